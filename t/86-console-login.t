#!/usr/bin/perl
# Logging in to the console as docs/console-login.md says, in a real httpd over TLS: a form with sessions in a database, a
# directory, a console for each role. An OpenID provider: t/peers/console-login.t.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use MIME::Base64 qw(encode_base64);
use Test::More;
use Tokex::Browser;
use Tokex::Console;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::LoginSite qw(example site write_file);
use Tokex::Parts;
use Tokex::Slapd;
use Tokex::Tree;

sub passwords { return join '', map { "$_:" . crypt("$_-password", '$5$salt$') . "\n" } @_ }

sub form_site
{
    my (%replace) = @_;
    my $httpd = Tokex::Httpd->new(tokex => 0);
    my $dir = $httpd->dir;
    my ($text, @modules) = example('form.conf', $dir);
    $text = "TypesConfig /dev/null\nAddType text/css .css\nAddType text/html .html\n$text";
    push @modules, @{ delete $replace{modules} || [] };
    while (my ($from, $to) = each %replace) { $text =~ s/$from/$to/ or die "form.conf has no $from\n" }
    my ($user) = Tokex::Httpd::account();
    mkdir "$dir/$_" or die $! for qw(share secret);
    write_file("$dir/share/$_", Tokex::Tree::slurp("admin-cgi/login/$_")) for qw(login.html again.html);
    write_file("$dir/share/style.css", Tokex::Tree::slurp('admin-cgi/style.css'));
    write_file("$dir/secret/console.htpasswd", passwords(qw(edith vic)));
    # The commands of the manual, but for those that make what stands here already.
    my ($commands) = Tokex::Tree::slurp('docs/console-login.md') =~ /^```\n(mkdir -p .*?)^```$/ms;
    for (grep { !/^(?:mkdir|htpasswd) / } split /\n/, $commands) {
        s{/etc/tokex}{$dir/secret}g;
        s{/var/lib/tokex-login}{$dir/login}g;
        s{/usr/local/share/doc/mod_tokex}{@{[Tokex::Tree::srcdir()]}/admin-cgi/login};
        if ($> == 0) { s/www-data/$user/g }
        else { s/-o www-data -g www-data//; s/^chown .*?(?:&& |$)// }
        is(system('/bin/sh', '-c', $_), 0, $_);
    }
    return site($httpd, $text, @modules);
}

my $COOKIE = '__Secure-tokex';

sub log_in { my ($browser, $who, $password) = @_; return $browser->post('/tokex-admin/login/check', [httpd_username => $who, httpd_password => $password // "$who-password"]) }
sub id_of { my ($browser) = @_; return $browser->cookies->{$COOKIE}{value} }

# Rows of the database of sessions, or a change of them.
sub sessions
{
    my ($httpd, $sql) = @_;
    my $path = $httpd->dir . '/login/sessions.db';
    open my $in, '-|', 'sqlite3', '-batch', $path, '.timeout 5000', $sql or die "sqlite3: $!\n";
    chomp(my @rows = readline $in);
    close $in or die "sqlite3: $sql\n";
    return @rows;
}

sub is_asked
{
    my ($answer, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is("$answer->{status} " . ($answer->{header}{location} // ''), '302 /tokex-admin/login/login.html', $name);
}

sub again { my ($answer) = @_; return "$answer->{status} $answer->{body}" }

my $AGAIN = qr{\A401 .*<h1>You are logged out</h1>.*href="/tokex-admin/"}s;
my $ID = qr/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;

part 'form' => sub {
    my ($httpd, $console, $new) = form_site();
    my ($library) = glob '/usr/lib*/{,*/}faketime/libfaketimeMT.so.1' or return fail('libfaketime is missing: install faketime');
    my $clock = $httpd->dir . '/clock';
    my $set = sub { write_file("$clock.new", $_[0]); return rename "$clock.new", $clock };
    $set->('+0');
    $httpd->{environment} = { LD_PRELOAD => $library, FAKETIME_NO_CACHE => 1, FAKETIME_DONT_FAKE_MONOTONIC => 1, NO_FAKE_STAT => 1, FAKETIME_TIMESTAMP_FILE => $clock };
    $console->configure($console->usual . "logout /tokex-admin/login/out\n");
    $httpd->start;
    my $vic = $new->();
    is_asked($vic->get("/tokex-admin$_"), "who is not logged in is asked who it is, at $_") for '', '/', '/clients?q=a', '/style.css', '/login%2e%2e/clients', '/nowhere';
    like(again($vic->post('/tokex-admin/scopes/new', [id => 'x'])), $AGAIN, 'who sends a form gets a page that tells how to send it again');
    my $asked = $vic->follow($vic->get('/tokex-admin/clients'));
    like($asked->{body}, qr{<form method="post" action="check">}, 'by a form');
    like($asked->{header}{'content-security-policy'}, qr/default-src 'none'.*frame-ancestors 'none'/, 'in a page that runs nothing and stands in no frame');
    is($vic->get('/tokex-admin/login/style.css')->{header}{'content-type'}, 'text/css', 'with our style sheet');

    my ($wrong, $nobody, $empty) = map { log_in($vic, @$_) } ['vic', 'wrong'], ['zoe', 'vic-password'], ['', ''];
    is("$_->[0]{status} $_->[0]{header}{location}", '302 /tokex-admin/login/login.html#failed', "CON-033 $_->[1] leads to the same answer") for [$wrong, 'a wrong password'], [$nobody, 'a name that is nobody\'s'], [$empty, 'nothing'];
    is($wrong->{body}, $nobody->{body}, 'CON-033 word for word');
    my ($rule) = Tokex::Tree::slurp('docs/console-login.md') =~ /^failregex = (.*)$/m;
    my $host = '127\.0\.0\.1';
    $rule = '' if !defined $rule;
    $rule =~ s/<HOST>/$host/;
    my @lines = grep {/$rule/} split /\n/, $httpd->error_log =~ s/^\[\K\w[^]]+//mgr;
    is(scalar(@lines), 3, 'CON-033 and to a line of the log that the rule of the manual counts against the address') or diag join "\n", "/$rule/", split /\n/, $httpd->error_log;
    is_asked($vic->get('/tokex-admin/'), 'none of them opens anything');
    is($vic->get('/tokex-admin/login/check')->{status}, 405, 'nobody logs in by an address');
    for my $path ('/login/check', '/scopes/new') {
        is($new->()->post("/tokex-admin$path", [httpd_username => 'vic', httpd_password => 'vic-password'], 'Sec-Fetch-Site' => $_)->{status}, 403, "nor from elsewhere: $_, $path") for qw(cross-site same-site none);
    }
    is(join(' ', sessions($httpd, 'SELECT count(*) FROM session')), '0', 'nobody has a session');

    # What was planted before is worth nothing after.
    my $planted = '11111111-2222-4333-8444-555555555555';
    $vic->keep("$COOKIE=$planted; Path=/tokex-admin");
    my $in = log_in($vic, 'vic');
    is("$in->{status} $in->{header}{location}", '302 /tokex-admin/', 'the right password opens');
    my $first = id_of($vic);
    like($first, qr/\A$ID\z/, 'a session, with an id of 122 random bits');
    isnt($first, $planted, 'and not the one that was there before');
    my ($cookie) = $in->{cookies}[0];
    is($cookie =~ s/\Q$first\E/ID/r, "$COOKIE=ID;Max-Age=900;path=/tokex-admin;HttpOnly;Secure;SameSite=Strict", 'CON-018 its cookie is for this path, over TLS, and of no use to a script or another site');
    my $page = $vic->get('/tokex-admin/clients');
    is($page->{status}, 200, 'the console is open');
    like($page->{body}, qr{<b>vic</b>, viewer.*href="/tokex-admin/login/out">Log out<}s, 'to vic, who can log out');
    like(join(', ', map { $_->[0] eq 'cache-control' ? $_->[1] : () } @{ $page->{lines} }), qr/no-store/, 'its pages are still kept by nobody');
    my ($row) = sessions($httpd, 'SELECT value FROM session');
    unlike($row, qr/vic|password/, 'what is stored of the password is sealed');

    my $edith = $new->();
    log_in($edith, 'edith');
    my $form = $edith->get('/tokex-admin/scopes/new');
    my @fields = (token => Tokex::Browser::token($form), id => 'made.here', description => 'Made here', do => 'save');
    is($edith->post('/tokex-admin/scopes/new', \@fields, Origin => 'https://evil.example', 'Sec-Fetch-Site' => 'cross-site')->{status}, 403, 'CON-007 a form from elsewhere is refused to who is logged in');
    is($vic->post('/tokex-admin/scopes/new', \@fields)->{status}, 403, 'and one of somebody else');

    # What the program is told, seen while it waits for the rest of a form.
    my $http = Tokex::Http->new($httpd->port);
    $http->send_octets(join "\r\n", 'POST /tokex-admin/scopes/new HTTP/1.1', 'Host: 127.0.0.1', "Cookie: other=1; $COOKIE=" . id_of($edith), 'Origin: ' . $console->origin,
        'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 100', 'Connection: close', '', 'token=');
    my $pid = $httpd->wait_for(sub { (Tokex::Console::processes($console->program))[0] });
    my $told = Tokex::Httpd::slurp("/proc/$pid/environ") =~ tr/\0/\n/r;
    like($told, qr/^REMOTE_USER=edith$/m, 'the program is told who it is');
    unlike($told, qr/\Q@{[id_of($edith)]}\E|edith-password|HTTP_SESSION/, 'and neither the password nor the id of the session');
    $http->send_octets('x' x 94);
    is($http->answer->status, 403, 'and it checks the form itself');

    # Sessions end: after a while without a request, after a day's work in any case.
    my $before = id_of($edith);
    for my $minutes (0, 14, 28) {
        $set->("+${minutes}m");
        is($edith->get('/tokex-admin/')->{status}, 200, "CON-019 who comes back within 15 minutes goes on: $minutes minutes");
    }
    is_asked($vic->get('/tokex-admin/'), 'CON-019 who does not is asked again, whatever cookie he has');
    $set->('+44m');
    is_asked($edith->get('/tokex-admin/'), 'CON-019 after 16 minutes edith is, too');
    like(again($edith->post('/tokex-admin/scopes/new', \@fields)), $AGAIN, 'CON-019 for a form too');
    log_in($edith, 'edith');
    isnt(id_of($edith), $before, 'a new log-in has a new id');
    is($edith->post('/tokex-admin/scopes/new', \@fields)->{status}, 303, 'and the form that was sent too late is good when it is sent again');
    is(join(' ', sessions($httpd, 'SELECT count(*) FROM session')), '1', 'sessions that are over are deleted');
    my @open = grep { $set->("+${_}m"); $edith->get('/tokex-admin/')->{status} == 200 } map { 44 + 14 * $_ } 1 .. 36;
    is($open[-1], 44 + 14 * 34, 'CON-019 after eight hours a session ends, however busy it was');

    # Logging out.
    log_in($edith, 'edith');
    my $id = id_of($edith);
    my $out = $edith->follow($edith->get('/tokex-admin/login/out'));
    is($out->{url} =~ s{.*(?=/tokex)}{}r, '/tokex-admin/login/login.html', 'CON-020 logging out leads back to the form');
    like(($edith->get('/tokex-admin/login/out')->{cookies}[0]), qr/;Max-Age=1;/, 'CON-020 the cookie ends');
    $edith->keep("$COOKIE=$id; Path=/tokex-admin");
    is_asked($edith->get('/tokex-admin/'), 'CON-020 and who kept it has nothing');
    is(join(' ', sessions($httpd, "SELECT count(*) FROM session WHERE id = '$id'")), '0', 'CON-020 since its session is gone');
    unlike($httpd->error_log . $httpd->access_log, qr/(?:vic|edith)-password|\Q$first\E|\Q$id\E/, 'no log has a password or an id');
    $httpd->stop;
};

part 'logging out deletes' => sub {
    my ($httpd, $console, $new) = form_site();
    $httpd->start;
    my @people = map { $new->() } 1 .. 2;
    log_in($_, 'vic') for @people;
    $people[0]->get('/tokex-admin/login/out');
    like(again($new->()->post('/tokex-admin/scopes/new', 'a=' . 'x' x 60_000)), $AGAIN, 'a form of the usual size is asked for again');
    is(join(' ', sessions($httpd, 'SELECT id FROM session')), id_of($people[1]), 'CON-020 the session is deleted, and no other');
    is($people[1]->get('/tokex-admin/')->{status}, 200, 'which goes on');
    is($new->()->post('/tokex-admin/scopes/new', 'a=' . 'x' x 70_000)->{status}, 413, 'a large form of who is not logged in is not read');
    write_file($httpd->dir . '/secret/console.htpasswd', passwords('edith'));
    is_asked($people[1]->get('/tokex-admin/'), 'whose password is taken away is out at once');
    $httpd->stop;
};

# ---- A directory

sub person { my ($uid) = @_; return "dn: uid=$uid,ou=people,dc=example\nobjectClass: inetOrgPerson\nuid: $uid\ncn: $uid\nsn: $uid\nuserPassword: $uid-password\n\n" }
sub group { my ($name, @who) = @_; return join "\n", "dn: cn=$name,ou=groups,dc=example", 'objectClass: groupOfNames', "cn: $name", (map {"member: uid=$_,ou=people,dc=example"} @who), '', '' }

my $slapd;

sub directory
{
    return $slapd if $slapd;
    $slapd = Tokex::Slapd->new;
    $slapd->ldif("dn: dc=example\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: example\n\n"
            . join('', map {"dn: ou=$_,dc=example\nobjectClass: organizationalUnit\nou: $_\n\n"} qw(people groups))
            . join('', map { person($_) } qw(mira anna zoe))
            . group('tokex-administrators', 'mira') . group('tokex-viewers', 'anna', 'mira'));
    return $slapd;
}

sub basic { my ($new, $user, $password) = @_; return $new->(headers => { Authorization => 'Basic ' . encode_base64("$user:$password", '') }) }

part 'a directory, and a console for each of its groups' => sub {
    my $httpd = Tokex::Httpd->new(tokex => 0);
    my ($text, @modules) = example('ldap.conf', $httpd->dir);
    my $url = directory()->url;
    $text =~ s{ldap://127\.0\.0\.1:389}{$url} or die 'no ldap://127.0.0.1:389';
    (undef, my $console, my $new) = site($httpd, $text, @modules);
    my $usual = $console->usual =~ s/^(?:administrator|editor|viewer) .*\n//mgr;
    my ($commands) = Tokex::Tree::slurp('docs/console-login.md') =~ /^### Roles from groups\n.*?^```\n(.*?)^```$/ms;
    my ($admin, $look, $link) = ($commands // '') =~ /^# tokex-console\.conf\n(.*?\n)\n# tokex-look\.conf\n(.*?\n)\n(ln -s .*)$/ms;
    $console->configure($usual . $admin);
    write_file($httpd->dir . '/etc/tokex-look.conf', $usual . $look);
    $link =~ s{/usr/local/libexec/mod_tokex}{@{[$httpd->dir]}/bin}g;
    is(system('/bin/sh', '-c', $link), 0, $link);
    $httpd->start;
    my ($mira, $anna, $zoe) = map { basic($new, $_, "$_-password") } qw(mira anna zoe);
    like($mira->get('/tokex-admin/')->{body}, qr{<b>mira</b>, administrator<}, 'who is in the group of administrators is one');
    like($mira->get('/tokex-look/')->{body}, qr{<b>mira</b>, viewer<}, 'and looks only, where the other program stands');
    like($anna->get('/tokex-look/')->{body}, qr{<b>anna</b>, viewer<}, 'who is in the other one may look');
    is($anna->get($_)->{status}, 401, "and does not come in at $_") for '/tokex-admin', '/tokex-admin/', '/tokex-admin/scopes/new', '//tokex-admin/', '/tokex-look/../tokex-admin/';
    is($anna->get('/tokex-look/scopes/new')->{status}, 403, 'nor to a form where he may look');
    is($zoe->get($_)->{status}, 401, "who is in no group comes in nowhere: $_") for '/tokex-admin/', '/tokex-look/';
    is(basic($new, 'mira', $_)->get('/tokex-admin/')->{status}, 401, "not with the password '$_'") for 'wrong', '';
    like(basic($new, 'MIRA', 'mira-password')->get('/tokex-admin/')->{body}, qr{<b>mira</b>}, 'however the name is written, it is that of the directory');
    is(basic($new, $_, 'mira-password')->get('/tokex-admin/')->{status}, 401, "no name is a filter: $_") for '*', 'mira*', 'mira)(uid=*';
    my $form = $mira->get('/tokex-admin/scopes/new');
    my @fields = (token => Tokex::Browser::token($form), id => 'made.here', description => 'Made here', do => 'save');
    is($anna->post('/tokex-admin/scopes/new', \@fields)->{status}, 401, 'a form of the one is none of the other');
    is($mira->post('/tokex-look/scopes/new', \@fields)->{status}, 403, 'and nothing is saved by way of the one that looks');
    is($mira->post('/tokex-admin/scopes/new', \@fields)->{status}, 303, 'but by way of the one that may');
    $httpd->stop;
};

part 'the form, with the passwords of a directory' => sub {
    my ($block) = Tokex::Tree::slurp('docs/console-login.md') =~ /^```apache\n(    AuthFormProvider ldap\n.*?)^```$/ms;
    my $url = directory()->url;
    $block =~ s{ldap://127\.0\.0\.1:389}{$url} or die 'no ldap://127.0.0.1:389';
    my ($httpd, $console, $new) = form_site(modules => [qw(ldap authnz_ldap)], qr/^ *AuthFormProvider file\n.*\n/m => $block);
    $console->configure($console->usual . "viewer mira\n");
    $httpd->start;
    my $mira = $new->();
    log_in($mira, 'mira', 'wrong');
    is_asked($mira->get('/tokex-admin/'), 'a wrong password does not open it');
    log_in($mira, 'Mira', 'mira-password');
    like($mira->get('/tokex-admin/')->{body}, qr{<b>mira</b>, viewer<}, 'the right one does');
    $httpd->stop;
};
done_testing();
