#!/usr/bin/perl
# docs/locations.md: each section there protects something real as it stands; only hosts, ports and paths are ours.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Digest::SHA qw(sha256_base64);
use Test::More;
use Tokex::Backend;
use Tokex::HostileServer;
use Tokex::Http;
use Tokex::Jose;
use Tokex::Tree;
use Tokex::World;

my $text = Tokex::Tree::slurp('docs/locations.md');
my %recipe;
while ($text =~ /^## ([^\n]+)\n(.*?)(?=^## |\z)/msg) {
    my ($title, $body) = ($1, $2);
    my ($section) = $body =~ /^```apache\n(.*?)^```$/ms or next;
    $recipe{$title} = $section;
}

my $key = Tokex::Jose::rsa_key('partner');
my $backend = Tokex::Backend::server();
my $provider = Tokex::HostileServer->new;

# What the recipes presuppose.
sub document
{
    return {
        schema => 1,
        issuers => [{
            id => 'partner', name => 'Partner', issuer => $provider->url, algorithms => ['RS256'],
            audiences => ['https://orders.example'], keys => [{ jwk => $key->public_jwk }], mapping => 'claims'
        }],
        mappings => [{ id => 'claims', name => 'Claims', rows => [map { { from => $_, to => $_ } } qw(email roles)] }],
        scopes => [map { { id => "orders.$_", description => "To $_ orders" } } qw(read write)],
        targets => [{ id => 'orders', name => 'Orders', audience => 'https://orders.example', scopes => [qw(orders.read orders.write)] }],
        clients => [{
            id => 'orders-gateway', name => 'Gateway', scopes => [qw(orders.read orders.write)],
            rules => [{ id => 'partner', issuers => ['partner'], targets => ['orders'], default_target => 'orders' }]
        }],
    };
}

sub token
{
    my (%more) = @_;
    return Tokex::Jose::token($key, {
        iss => $provider->url, sub => 'mira', aud => 'https://orders.example', iat => time - 5, exp => time + 300,
        jti => 'j', email => 'mira@example.com', scope => 'orders.read', roles => ['buyer'], %more
    }, {}, 'RS256');
}

# The section as it stands, with places of ours; the modules that it needs.
sub protected
{
    my ($title, $edit, @modules) = @_;
    my $section = delete $recipe{$title} or die "docs/locations.md has no recipe \"$title\"\n";
    my $to = $backend->url('/echo');
    $section =~ s{http://127\.0\.0\.1:9000}{$to}g;
    $edit->(\$section) if $edit;
    return Tokex::World->new(
        modules => [qw(authz_user proxy proxy_http), @modules],
        config => $section,
        document => sub { %{ $_[0] } = %{ document() } }
    );
}

sub ask
{
    my ($world, $method, $path, @headers) = @_;
    return $world->send_octets(Tokex::Http::octets($method, $path, \@headers, ''));
}

sub bearer { return (Authorization => "Bearer $_[0]") }

# The claims of the token that the backend got, checked against our published keys.
sub ours
{
    my ($world, $answer) = @_;
    my $got = Tokex::Backend::one(Tokex::Backend::heard($answer), 'Authorization') // '';
    my ($token) = $got =~ /^Bearer (\S+)\z/ or return {};
    return ($world->decode($token))[0];
}

subtest 'an API behind mod_proxy' => sub {
    my $world = protected('An API behind mod_proxy');
    my $answer = ask($world, 'GET', '/orders/7', bearer(token()));
    is($answer->status, 200, 'who may read reads');
    like($answer->body, qr{^GET /echo/orders/7 }, 'the path goes on');
    is_deeply([@{ ours($world, $answer) }{qw(sub aud scope client_id)}],
        ['mira', ['https://orders.example'], 'orders.read', 'orders-gateway'], 'with our token');
    $answer = ask($world, 'POST', '/orders/7', bearer(token()), 'Content-Length' => 0);
    is($answer->status, 403, 'but does not write');
    like($answer->header('www-authenticate') // '', qr/insufficient_scope.*scope="orders\.write"/, 'and is told what is missing');
    is(ask($world, 'POST', '/orders/7', bearer(token(scope => 'orders.write')), 'Content-Length' => 0)->status, 200,
        'who may write writes');
    is(ask($world, 'GET', '/orders/7')->status, 401, 'nobody does without a token');
};

subtest 'PHP behind FastCGI' => sub {
    my $php = Tokex::Backend->php;
    my $world = protected('PHP behind FastCGI', sub {
        my ($section) = @_;
        $$section =~ s{/srv/www}{\@DIR\@/htdocs}g;
        # PHP's FastCGI process manager is what people have; here its plain responder stands in for it.
        $$section = "ProxyFCGIBackendType GENERIC\n$$section";
        $$section =~ s{127\.0\.0\.1:9001}{"127.0.0.1:" . $php->port}e;
    }, 'proxy_fcgi');
    my $htdocs = $world->httpd->dir . '/htdocs';
    mkdir "$htdocs/app" or die $!;
    Tokex::Backend::write_php("$htdocs/app/index.php");
    my $answer = ask($world, 'GET', '/app/index.php', bearer(token()));
    is($answer->status, 200, 'a token lets in');
    my $said = Tokex::Backend::environment($answer);
    is_deeply([@{$said}{qw(REMOTE_USER TOKEX_CLAIM_email TOKEX_CLAIM_roles TOKEX_CLAIM_sub)}],
        ['mira@example.com', 'mira@example.com', '["buyer"]', 'mira'], 'PHP knows who is there');
    is($said->{HTTP_AUTHORIZATION}, undef, 'without the token');
    is(ask($world, 'GET', '/app/index.php')->status, 401, 'nobody is let in without one');
};

# The value of a cookie that a name like this gets, as a browser sends it back.
sub cookies
{
    my ($answer) = @_;
    my $head = $answer->{headers};
    my @set = map { $_->[1] } grep { lc $_->[0] eq 'set-cookie' } @$head;
    return join '; ', map { /^([^;]+)/ ? $1 : () } grep { !/=;/ } @set;
}

subtest 'browsers, through mod_auth_openidc' => sub {
    my $at = $provider->url;
    $provider->page('/.well-known/openid-configuration', Tokex::Jose::json({
        issuer => $at, authorization_endpoint => "$at/authorize", token_endpoint => "$at/token", jwks_uri => "$at/jwks",
        response_types_supported => ['code'], subject_types_supported => ['public'],
        id_token_signing_alg_values_supported => ['RS256']
    }));
    $provider->page('/jwks', Tokex::Jose::json({ keys => [$key->public_jwk] }));
    my $world = protected('Browsers, through mod_auth_openidc', sub {
        my ($section) = @_;
        $$section =~ s{https://partner\.example}{$at}g;
    }, 'auth_openidc');
    my $answer = ask($world, 'GET', '/app/7', Accept => 'text/html');
    is($answer->status, 302, 'a browser without a session is sent to the provider');
    my $where = $answer->header('location') // '';
    like($where, qr{^\Q$at\E/authorize\?}, 'there');
    my ($state, $nonce) = map { $where =~ /[?&]$_=([^&]+)/ ? $1 : '' } qw(state nonce);
    my $cookie = cookies($answer);
    my $id = Tokex::Jose::token($key, { iss => $at, sub => 'mira', aud => 'web', nonce => $nonce, iat => time, exp => time + 300 }, {}, 'RS256');
    $provider->page('/token', Tokex::Jose::json({ access_token => token(), token_type => 'Bearer', id_token => $id, expires_in => 300 }));
    $answer = ask($world, 'GET', "/app/signed-in?code=c&state=$state", Cookie => $cookie);
    is($answer->status, 302, 'comes back from it') or diag($world->httpd->error_log);
    $answer = ask($world, 'GET', '/app/7', Cookie => cookies($answer));
    is($answer->status, 200, 'and is let in with the session') or diag($world->httpd->error_log);
    my $heard = Tokex::Backend::heard($answer);
    is_deeply([@{ ours($world, $answer) }{qw(sub idp scope)}], ['mira', 'partner', 'orders.read'], 'the backend gets our token');
    is(scalar(grep {/^OIDC/i} keys %$heard), 0, 'and nothing of the provider\'s');
    is(ask($world, 'GET', '/app/7', bearer(token()), Accept => 'text/html')->status, 302, 'a token in the header is not asked for here');
};

subtest 'people with a password, and machines with a token' => sub {
    my $world = protected('People with a password, and machines with a token', sub {
        my ($section) = @_;
        $$section =~ s{/etc/apache2/reports\.htpasswd}{\@DIR\@/htdocs/passwords};
    }, qw(auth_basic authn_file));
    # {SHA} needs no program to make it; it is no recommendation.
    Tokex::Backend::put($world->httpd->dir . '/htdocs/passwords',
        'anna:{SHA}' . MIME::Base64::encode_base64(Digest::SHA::sha1('secret'), '') . "\n");
    my $answer = ask($world, 'GET', '/reports/7', bearer(token()));
    is($answer->status, 200, 'a token lets in');
    is(ours($world, $answer)->{sub}, 'mira', 'with ours');
    $answer = ask($world, 'GET', '/reports/7', Authorization => Tokex::Http::basic('anna', 'secret'));
    is($answer->status, 200, 'a password too') or diag($world->httpd->error_log);
    is_deeply(ours($world, $answer), {}, 'without a token');
    $answer = ask($world, 'GET', '/reports/7');
    is($answer->status, 401, 'neither: refused');
    like($answer->header('www-authenticate') // '', qr/^Basic/, 'and asked for a password');
    $answer = ask($world, 'GET', '/reports/7', bearer('x.y.z'));
    is($answer->status, 401, 'a bad token: refused');
    like($answer->header('www-authenticate') // '', qr/^Bearer .*invalid_token/, 'and told why');
};

subtest 'CU-31 coming from mod_sts' => sub {
    my $world = protected('Coming from mod_sts');
    my $answer = ask($world, 'GET', '/orders/7', bearer(token()));
    is($answer->status, 200, 'the issuer\'s token lets in');
    is(ours($world, $answer)->{iss}, $world->issuer_url, 'ours goes on');
    is(ask($world, 'GET', '/orders/7')->status, 401, 'nobody without one');
};

subtest 'coming from mod_oauth2' => sub {
    my $world = protected('Coming from mod_oauth2');
    $world->document->{clients}[0]{secrets} = [{ id => 's1', sha256 => Digest::SHA::sha256_hex('secret') }];
    $world->ctl->import_document($world->document);
    my $own;
    for (1 .. 200) {
        my $answer = $world->exchange(-client => 'orders-gateway', -secret => 'secret', subject_token => token());
        last if $own = $answer->status == 200 && $answer->json->{access_token};
        Time::HiRes::sleep(0.05);
    }
    my $answer = ask($world, 'GET', '/orders/7', bearer($own));
    is($answer->status, 200, 'our own token lets in');
    is(Tokex::Backend::one(Tokex::Backend::heard($answer), 'Authorization'), "Bearer $own", 'and goes on as it is');
    is(ask($world, 'GET', '/orders/7', bearer(token()))->status, 403, 'the issuer\'s does not');
    my $other = $world->exchange(-client => 'orders-gateway', -secret => 'secret', subject_token => token(roles => ['seller']))->json->{access_token};
    is(ask($world, 'GET', '/orders/7', bearer($other))->status, 403, 'nor ours without the claim');
};

is_deeply([sort keys %recipe], [], 'every recipe is tried');
done_testing;
