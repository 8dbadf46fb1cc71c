#!/usr/bin/perl
# Logging in to the console with npm oidc-provider, by mod_auth_openidc, as the example is shipped.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(json);
use Tokex::LoginSite qw(example site tls write_file);
use Tokex::Node;
use Tokex::Tree;

my $missing = Tokex::Node::missing();
plan skip_all => $missing if $missing;
Tokex::Httpd::has_module('auth_openidc') or do {
    fail('httpd has no mod_auth_openidc: install libapache2-mod-auth-openidc (Debian)');
    done_testing();
    exit;
};

my $SECRET = 'a-client-secret-of-a-test-that-is-long-enough';

# A site whose provider gives its user these groups: (httpd, console, what makes a browser).
sub openid_site
{
    my (@groups) = @_;
    my $httpd = Tokex::Httpd->new(tokex => 0);
    my $dir = $httpd->dir;
    my ($text, @modules) = example('openid.conf', $dir);
    mkdir "$dir/$_" or die $! for qw(secret share);
    write_file("$dir/share/again.html", Tokex::Tree::slurp('admin-cgi/login/again.html'));
    write_file("$dir/secret/console-openid.conf", "OIDCClientSecret $SECRET\nOIDCCryptoPassphrase a-passphrase-of-a-test-that-is-long-enough\n", 0600);
    my $port = Tokex::Httpd::free_port();
    $text =~ s{https://login\.example\.org}{https://127.0.0.1:$port};
    # Its certificate is not of an authority that this machine knows.
    $text .= "OIDCCABundlePath @{[tls()->ca_file]}\n";
    my ($new, $console);
    (undef, $console, $new) = site($httpd, $text, @modules);
    $console->configure($console->usual =~ s/^(?:administrator|editor|viewer) .*\n//mgr . "administrator *\nlogout /tokex-admin/openid?logout=" . Tokex::Console::encode($console->origin . '/tokex-admin/') . "\n");
    local $ENV{PROVIDER_OPTIONS} = json({
        clients => [{ client_id => 'tokex-console', client_secret => $SECRET, redirect_uris => [$console->origin . '/tokex-admin/openid'],
            post_logout_redirect_uris => [$console->origin . '/tokex-admin/'], grant_types => ['authorization_code'], response_types => ['code'] }],
        claims => { openid => ['sub', 'groups'] }, conformIdTokenClaims => \0, scopes => ['openid'],
        pkce => { required => [] }
    });
    local $ENV{PROVIDER_GROUPS} = json(\@groups);
    my ($certificate, $key) = tls()->certificate('provider');
    my $provider = Tokex::Node->start('provider.mjs', $port, 'partner-sts', 'RS256', $certificate, $key);
    $httpd->start;
    return ($httpd, $console, $new, $provider);
}

my ($httpd, $console, $new, $provider) = openid_site('buyers', 'tokex-administrators');
my $alice = $new->();
my $away = $alice->get('/tokex-admin/clients');
is($away->{status}, 302, 'who is not logged in is sent');
like($away->{header}{location}, qr{^\Q$provider->{ready}{issuer}\E/auth\?.*code_challenge_method=S256}, 'to the provider, with PKCE');
my $page = $alice->follow($away);
is($page->{status}, 200, 'and comes back');
like($page->{body}, qr{<h1>Clients</h1>}, 'to the page that was asked for');
like($page->{body}, qr{<b>auth0\|alice</b>, administrator<.*>Log out<}s, 'as whom the provider knows, with the role of the group');
my $session = $alice->cookies->{'__Secure-tokex'};
is(join(' ', map {"$_=$session->{of}{$_}"} grep { exists $session->{of}{$_} } qw(path secure httponly samesite)), 'path=/tokex-admin secure= httponly= samesite=Lax', 'its cookie is for this path, over TLS, of no use to a script, and not sent with forms of other sites');
is($alice->get('/tokex-admin/')->{status}, 200, 'with it the console is open');

my $form = $alice->get('/tokex-admin/scopes/new');
my @fields = (token => Tokex::Browser::token($form), id => 'made.here', description => 'Made here', do => 'save');
is($alice->post('/tokex-admin/scopes/new', \@fields, Origin => 'https://evil.example', 'Sec-Fetch-Site' => 'cross-site')->{status}, 403, 'a form from elsewhere is refused');
is($alice->post('/tokex-admin/scopes/new', \@fields)->{status}, 303, 'one from here is saved');

my $http = Tokex::Http->new($httpd->port);
$http->send_octets(join "\r\n", 'POST /tokex-admin/scopes/new HTTP/1.1', 'Host: ' . $console->origin =~ s{.*/}{}r, "Cookie: __Secure-tokex=$session->{value}", 'OIDC_CLAIM_groups: tokex-administrators', 'Origin: ' . $console->origin,
    'X-Forwarded-Proto: https', 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 100', 'Connection: close', '', 'token=');
my $pid = $httpd->wait_for(sub { (Tokex::Console::processes($console->program))[0] }, 5);
my $told = Tokex::Httpd::slurp("/proc/$pid/environ") =~ tr/\0/\n/r;
like($told, qr/^REMOTE_USER=auth0\|alice$/m, 'the program is told who it is');
unlike($told, qr/\Q$session->{value}\E|OIDC|eyJ/, 'and neither the session nor a token or claim');
$http->send_octets('x' x 94);
$http->answer;

my $out = $alice->get('/tokex-admin/openid?logout=' . Tokex::Console::encode($console->origin . '/tokex-admin/'));
like($out->{header}{location}, qr{^\Q$provider->{ready}{issuer}\E/session/end\?}, 'logging out ends the session of the provider too');
ok(!$alice->cookies->{'__Secure-tokex'} || $alice->cookies->{'__Secure-tokex'}{value} eq '', 'the cookie ends');
$alice->keep("__Secure-tokex=$session->{value}; Path=/tokex-admin");
is($alice->get('/tokex-admin/clients')->{status}, 302, 'and who kept it is asked again');
my $late = $alice->post('/tokex-admin/scopes/new', \@fields);
like("$late->{status} $late->{body}", qr{\A401 .*<h1>You are logged out</h1>}s, 'who sends a form gets a page that tells how to send it again');
my $evil = $alice->get('/tokex-admin/openid?logout=' . Tokex::Console::encode('https://evil.example/'));
is($evil->{header}{location}, undef, 'nobody is sent elsewhere by it');
$httpd->stop;

($httpd, undef, $new, $provider) = openid_site('buyers');
my $bob = $new->();
is($bob->follow($bob->get('/tokex-admin/'))->{status}, 401, 'who is not in the group does not come in');
is($bob->get('/tokex-admin/scopes/new', 'OIDC_CLAIM_groups' => 'tokex-administrators')->{status}, 401, 'whatever he says of himself');
$httpd->stop;
done_testing();
