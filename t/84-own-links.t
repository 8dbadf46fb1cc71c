#!/usr/bin/perl
# Own links: the program that people reach with the site's login. As plain CGI with the sanitizers, every route and
# field of its table, and what each of two people can do to the other; then in a real httpd.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use MIME::Base64 qw(encode_base64);
use Test::More;
use Tokex::Console;
use Tokex::Guarded qw(is_status is_whole gets with_headers without_user with_odd_queries with_odd_forms with_forms_of_others);
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(unjson);
use Tokex::Tree;

# Where the program is, with the installation of a demo in it; mira and bob have accounts.
sub pages
{
    my (%more) = @_;
    my $conf = sub {
        my (@lines) = @_;
        return join "\n", "directory $more{dir}/tokex", 'origin ' . ($more{origin} // 'https://admin.example'), 'label test', @lines, '';
    };
    my $pages = Tokex::Console->new(name => 'tokex-links', base => '/links', form => '/', conf => $conf->('client orders-api'), %more);
    $pages->{write} = $conf;
    $pages->ctl->init;
    $pages->ctl->must(undef, 'demo', "$more{dir}/demo", 'https://sts.example/sts');
    $pages->ctl->must(undef, 'account', 'add', $_, "email=$_\@home.example", "unique.staff=s-$_") for qw(mira bob);
    return $pages;
}

my $home = tempdir(CLEANUP => 1);
my $pages = pages(dir => "$home/main");
my $ctl = $pages->ctl;
my @routes = Tokex::Console::routes('links');
my %all = (console => $pages, routes => \@routes, url => sub { $_[0]{path} }, user => 'mira', other => 'bob');

# A token of the demo's issuer, made anew.
sub token { my ($of) = @_; $of //= $pages; $of->ctl->must(undef, 'demo', 'token', "$of->{dir}/demo"); return Tokex::Jose::slurp("$of->{dir}/demo/subject.jwt") =~ s/\s+//gr }
sub links { return map {"$_->{sub} $_->{username} $_->{how}"} @{ unjson($ctl->must(undef, qw(link list --json))) } }
sub removed { return $ctl->must(undef, qw(link list --removed)) }
sub present { my ($user, $token) = @_; return $pages->post($user, '/link', subject_token => "\r\n$token\r\n", subject_token_type => 'access_token') }
my $SUB = unjson((Tokex::Jose::parts(token()))[1])->{sub};

subtest 'its routes are few, and no page of the console is there' => sub {
    is_deeply([map {"$_->{method} $_->{path}"} @routes], ['GET /', 'GET /style.css', 'GET /script.js', 'GET /mark.svg', 'POST /link', 'POST /remove'], 'the table');
    is_status($pages->get('mira', $_), 404, "nothing at $_") for grep { !m{^/(?:style\.css|script\.js|mark\.svg)?\z} } map { $_->{path} } grep { $_->{method} eq 'GET' } Tokex::Console::routes();
};

subtest 'CON-016 headers' => sub { with_headers(\%all) };
subtest 'CON-021 without REMOTE_USER' => sub { without_user(\%all) };
subtest 'queries' => sub { with_odd_queries(\%all) };
subtest 'forms' => sub { with_odd_forms(\%all) };
subtest 'forms of others' => sub { with_forms_of_others(\%all, none => 'CON-002', other => 'CON-003', type => 'CON-007') };

subtest 'a form of the console is none of these pages' => sub {
    my $console = Tokex::Console->new(dir => "$home/console", ctl => $ctl, conf => "directory $home/main/tokex\norigin https://admin.example\nviewer mira\n");
    is_status($pages->post_body('mira', '/remove', Tokex::Console::encode_form(token => $console->token('mira'), issuer => 'demo-idp', sub => $SUB)), 403, 'its token is refused');
    is_status($console->post_body('mira', '/try', Tokex::Console::encode_form(token => $pages->token('mira'))), 403, 'and ours there');
};

subtest 'AS-21 people manage their own links' => sub {
    is_status($pages->get('nobody', '/'), 403, 'who has no account gets nowhere');
    is_status($pages->post_body('nobody', '/link', 'token=' . Tokex::Console::encode($pages->token('mira'))), 403, 'nor with a form of somebody else');
    my $page = $pages->get('mira', '/');
    is_status($page, 200, 'mira has a page');
    is_whole($page->{body}, 'that is whole');
    like($page->{body}, qr/Nobody elsewhere is linked to your account/, 'and no link');
    my $answer = present('mira', token());
    is_status($answer, 303, 'AS-21 a token of a trusted issuer makes one') or diag($answer->{body});
    is($answer->{header}{location}, '/links/?done=linked', 'and her page comes next');
    is_deeply([links()], ["$SUB mira own"], 'it is hers, made by herself');
    $page = $pages->get('mira', '/?done=linked');
    like($page->{body}, qr/is linked to your account.*<code>\Q$SUB\E<\/code>.*<td>you<\/td>/s, 'she sees it');
    is_whole($page->{body}, 'on a page that is whole');
    is_status(present('mira', token()), 303, 'once more is the same');
    like($answer->{log}, qr/tokex-links: \[\S+\] mira linked "\Q$SUB\E" of issuer demo-idp to tokex-account:/, 'and the log says who linked whom');
};

subtest 'nobody reaches what is another\'s' => sub {
    unlike($pages->get('bob', '/')->{body}, qr/\Q$SUB\E/, 'bob does not see it');
    my $answer = present('bob', token());
    is_status($answer, 422, 'nor takes it with a token of the same subject');
    like($answer->{body}, qr/<a href="#f-subject_token">Token: A user wanted to link a subject that is linked to another account\. \(account_taken\)/, 'and is told that it is taken');
    is_whole($answer->{body}, 'on a page that is whole');
    unlike($answer->{body}, qr/tokex-account:|mira/, 'but not by whom');
    is_status($pages->post('bob', '/remove', issuer => 'demo-idp', sub => $SUB), 404, 'nor removes it');
    is_deeply([links()], ["$SUB mira own"], 'it is as it was');
};

subtest 'AS-20 unlinking' => sub {
    $ctl->must(undef, qw(issuer set demo-idp unlink_by_users_only=true));
    my ($status) = $ctl->run(undef, qw(link remove demo-idp), $SUB, '--reason', 'x');
    is($status, 1, 'where users alone unlink, administrators do not');
    is_status($pages->post('mira', '/remove', issuer => 'demo-idp', sub => $SUB), 303, 'AS-20 she does');
    is_deeply([links()], [], 'it is gone');
    like(removed(), qr/demo-idp +\Q$SUB\E +tokex-account:\S+ +\S+ +own/, 'which is noted');
    is_status($pages->post('mira', '/remove', issuer => 'demo-idp', sub => $SUB), 404, 'once');
};

subtest 'tokens that show nothing' => sub {
    my $token = token();
    my ($head, $claims, $signature) = split /\./, $token;
    my %cases = (
        'nothing' => ['', qr/\(token_shape\)/],
        'no token' => ['x' x 40, qr/ \(\w+\)/],
        'one of another signature' => ["$head.$claims." . ($signature =~ s/^(.)/$1 eq 'A' ? 'B' : 'A'/er), qr/\(signature\w*\)/],
        'one of an issuer that is not trusted' => [join('.', $head, Tokex::Jose::b64u(Tokex::Jose::json({ %{ unjson((Tokex::Jose::parts($token))[1]) }, iss => 'https://evil.example' })), $signature), qr/\(iss\w*\)/],
    );
    for my $name (sort keys %cases) {
        my $answer = present('mira', $cases{$name}[0]);
        is_status($answer, 422, "$name is refused");
        like($answer->{body}, $cases{$name}[1], 'with the reason');
    }
    $ctl->must(undef, qw(account set mira active=false));
    like(present('mira', token())->{body}, qr/\(account_disabled\)/, 'nor does an account that is off link anybody');
    $ctl->must(undef, qw(account set mira active=true locked_until=1h));
    like(present('mira', token())->{body}, qr/\(account_locked\)/, 'nor one that is locked');
    $ctl->must(undef, qw(account set mira locked_until=));
    $ctl->must(undef, qw(issuer set demo-idp enabled=false));
    is_status(present('mira', token()), 422, 'nor a token of an issuer that is off');
    $ctl->must(undef, qw(issuer set demo-idp enabled=true));
    $ctl->must(\token(), qw(token revoke -));
    like(present('mira', Tokex::Jose::slurp("$home/main/demo/subject.jwt"))->{body}, qr/\(token_revoked\)/, 'nor one that was taken back');
    is_deeply([links()], [], 'nobody was linked');
};

subtest 'markup in a subject is text' => sub {
    $ctl->must(undef, qw(link add demo-idp), '<img src=x onerror=alert(1)>"\'&', 'mira');
    my $page = $pages->get('mira', '/');
    is_whole($page->{body}, 'CON-008 the page is whole');
    unlike($page->{body}, qr/<img/, 'and nothing of it is markup');
    is_status($pages->post('mira', '/remove', issuer => 'demo-idp', sub => '<img src=x onerror=alert(1)>"\'&'), 303, 'it is removed as it is');
};

subtest 'who is signed in' => sub {
    my $with = sub { $pages->configure($pages->{write}->('client orders-api', @_)); return $pages };
    like($with->('account email')->get('mira@home.example', '/')->{body}, qr/<b>mira<\/b>/, 'by another attribute');
    is_status($pages->get('mira', '/'), 403, 'and by that alone');
    like($with->('account staff')->get('s-bob', '/')->{body}, qr/<b>bob<\/b>/, 'by one that is marked unique');
    is_status($with->('account desk')->get('s-bob', '/'), 403, 'by none that nobody has');
    $ctl->must(undef, qw(account add twin email=mira@home.example));
    is_status($with->('account email')->get('mira@home.example', '/'), 403, 'LNK-005 what two accounts have is nobody');
    $ctl->must(undef, qw(account remove twin --yes));

    my %site = (AUTHENTICATE_ID => 17);
    $with->('account sql AUTHENTICATE_ID');
    is_status($pages->get('mira', '/'), 403, 'where the site keeps the accounts, not without the id that its login says');
    is_status($pages->get('mira', '/', AUTHENTICATE_ID => $_), 403, 'nor with one that is none') for '', 'x' x 256, "\xff";
    my $form = Tokex::Console::encode_form(token => $pages->{tokens}{mira}, subject_token => token(), subject_token_type => 'access_token');
    is_status($pages->post_body('mira', '/link', $form, %site), 303, 'with it a token links');
    my ($link) = @{ unjson($ctl->must(undef, qw(link list --json))) };
    is("$link->{account} $link->{how}", 'tokex-account:sql:17 own', 'to the account that the site calls so');
    like($pages->get('mira', '/', %site)->{body}, qr/\Q$SUB\E/, 'and is shown');
    unlike($pages->get('mira', '/', AUTHENTICATE_ID => 18)->{body}, qr/\Q$SUB\E/, 'to nobody else, whatever his name');
    is_status($pages->post_body('mira', '/remove', Tokex::Console::encode_form(token => $pages->{tokens}{mira}, issuer => 'demo-idp', sub => $SUB), %site), 303, 'and goes');
    $with->();
};

subtest 'configuration' => sub {
    my $one = sub {
        my ($text, $like, $name) = @_;
        $pages->configure($text);
        my $answer = $pages->get('mira', '/');
        is($answer->{status}, 500, "$name: nothing is served");
        like($answer->{log}, $like, 'the log says why');
    };
    my $usual = $pages->{write};
    $one->($usual->(), qr/client is missing/, 'no client');
    $one->($usual->('client orders-api', "$_ mira"), qr/line 5: the word is none of directory.*account/, "no role: $_") for qw(viewer editor administrator);
    $one->($usual->('client orders-api', 'account sql HTTP_X_USER'), qr/line 5: the variable is REMOTE_USER, or begins with AUTHENTICATE_/, 'a variable that a client may set');
    $one->($usual->('client orders-api', 'account file REMOTE_USER'), qr/line 5: account is an attribute, or sql or ldap/, 'another source');
    $pages->configure($usual->('client nobody'));
    is_status(present('mira', token()), 422, 'a client that is not there judges nothing');
    $pages->configure($usual->('client orders-api', 'server nowhere:443'));
    is_status(present('mira', token()), 500, 'nor does a server');
    $pages->configure($usual->('client orders-api'));
};

# ---- In httpd

sub sample
{
    my ($dir) = @_;
    my ($block) = Tokex::Tree::slurp('httpd.conf.sample') =~ /^(#ScriptAlias "\/links".*?^#<\/Location>)$/ms;
    $block //= '';
    $block =~ s/^#//mg;
    $block =~ s{"/usr/local/libexec/mod_tokex/tokex-links"}{"$dir/bin/tokex-links"};
    $block =~ s{/etc/tokex/people\.htpasswd}{$dir/htpasswd};
    return $block;
}

subtest 'in httpd with a login' => sub {
    Tokex::Httpd::needs($_) or return for qw(cgid alias auth_basic authn_file authz_user);
    my $httpd = Tokex::Httpd->new(mpm => 'event', tokex => 0, modules => [qw(cgid alias auth_basic authn_core authn_file authz_user)]);
    my $dir = $httpd->dir;
    my (undef, $group) = Tokex::Httpd::account();
    my $there = pages(dir => $dir, sanitized => 0, origin => $httpd->url, group => $group);
    open my $out, '>', "$dir/htpasswd" or die $!;
    print {$out} "$_:", crypt("$_-password", '$5$salt$'), "\n" for qw(mira bob carol);
    close $out or die $!;
    $httpd->{config} = "ScriptSock $dir/cgid.sock\n" . sample($dir);
    $httpd->start;
    my $ask = sub {
        my ($who, $method, $path, @form) = @_;
        my $body = @form ? Tokex::Console::encode_form(@form) : undef;
        my %header = (Host => '127.0.0.1:' . $httpd->port, Connection => 'close', 'X-Remote-User' => 'mira', 'Remote-User' => 'mira');
        $header{Authorization} = 'Basic ' . encode_base64("$who:$who-password", '') if defined $who;
        @header{qw(Content-Length Content-Type Origin)} = (length $body, 'application/x-www-form-urlencoded', $httpd->url) if defined $body;
        my $http = Tokex::Http->new($httpd->port);
        $http->send_octets(join("\r\n", "$method $path HTTP/1.1", (map {"$_: $header{$_}"} sort keys %header), '', $body // ''));
        return $http->answer;
    };
    my $form = sub { my ($who) = @_; return $ask->($who, 'GET', '/links/')->body =~ /name="token" value="([^"]+)"/ };
    is($ask->(undef, 'GET', '/links/')->status, 401, 'nobody gets in without a login');
    is($ask->('carol', 'GET', '/links/')->status, 403, 'nor who has no account');
    my $token = token($there);
    my $answer = $ask->('mira', 'POST', '/links/link', token => $form->('mira'), subject_token => $token, subject_token_type => 'access_token');
    is($answer->status, 303, 'AS-21 mira links herself') or diag($answer->body, $httpd->error_log);
    like($ask->('mira', 'GET', '/links')->body, qr/\Q$SUB\E/, 'and sees it');
    unlike($ask->('bob', 'GET', '/links/')->body, qr/\Q$SUB\E/, 'bob does not');
    is($ask->('bob', 'POST', '/links/link', token => $form->('bob'), subject_token => $token, subject_token_type => 'access_token')->status, 422, 'nor takes it');
    is($ask->('bob', 'POST', '/links/remove', token => $form->('bob'), issuer => 'demo-idp', sub => $SUB)->status, 404, 'nor removes it');
    is($ask->('bob', 'POST', '/links/remove', token => $form->('mira'), issuer => 'demo-idp', sub => $SUB)->status, 403, 'nor with a form of hers');
    is($ask->('mira', 'GET', "/links$_")->status, 404, "no page $_") for qw(/accounts /issuers /links /settings);
    is($ask->('mira', 'POST', '/links/remove', token => $form->('mira'), issuer => 'demo-idp', sub => $SUB)->status, 303, 'she removes it');
    unlike($httpd->error_log, qr/\Q$token\E|-password/, 'no token stands in the log');
    $httpd->stop;
};
done_testing();
