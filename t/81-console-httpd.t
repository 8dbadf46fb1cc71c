#!/usr/bin/perl
# The console in a real httpd, as docs/console.md says: by mod_cgid and by mod_cgi, behind a login, below ScriptAlias,
# outside of cgi-bin; what httpd does with its answers.
use strict;
use warnings;
use File::Temp ();
use FindBin;
use IPC::Open2 qw(open2);
use lib "$FindBin::RealBin/lib";
use MIME::Base64 qw(encode_base64);
use Test::More;
use Tokex::Console;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Preload;
use Tokex::Tree;

# What this test was given open, httpd has too, and passes on.
my %given = ('/dev/null' => 1, map { (readlink) // '' => 1 } glob "/proc/$$/fd/*");

# The block of the sample that is the console's, as somebody would use it.
sub sample
{
    my ($dir) = @_;
    my ($block) = Tokex::Tree::slurp('httpd.conf.sample') =~ /^(#ScriptAlias "\/tokex-admin".*?^#<\/Location>)$/ms;
    $block //= '';
    $block =~ s/^#//mg;
    $block =~ s{"/usr/local/libexec/mod_tokex/tokex-console"}{"$dir/bin/tokex-console"};
    $block =~ s{/etc/tokex/console\.htpasswd}{$dir/htpasswd};
    return $block;
}

for my $case (['event', 'cgid'], ['prefork', 'cgi']) {
    my ($mpm, $cgi) = @$case;
    subtest "$mpm with mod_$cgi" => sub {
        Tokex::Httpd::needs($_) or return for $cgi, qw(alias auth_basic authn_file authz_user);
        my $httpd = Tokex::Httpd->new(mpm => $mpm, tokex => 0, modules => [$cgi, qw(alias auth_basic authn_core authn_file authz_user)]);
        my $dir = $httpd->dir;
        my ($user, $group) = Tokex::Httpd::account();
        my $console = Tokex::Console->new(dir => $dir, sanitized => 0, origin => $httpd->url, group => $group);
        $console->ctl->init;
        $console->ctl->must(undef, 'demo', "$dir/demo", 'https://sts.example/sts');
        if ($> == 0) {
            my ($uid, $gid) = (getpwnam $user)[2, 3];
            chown $uid, $gid, $_ or die "$_: $!" for "$dir/tokex/config", "$dir/tokex/config/config.db";
        }
        open my $out, '>', "$dir/htpasswd" or die $!;
        print {$out} "$_:", crypt("$_-password", '$5$salt$'), "\n" for qw(edith vic stranger);
        close $out or die $!;
        $httpd->{config} = ($cgi eq 'cgid' ? "ScriptSock $dir/cgid.sock\n" : '') . "Timeout 3\n" . sample($dir);
        like($httpd->{config}, qr/^AuthType Basic|^\s+AuthType Basic/m, 'the sample has a block for it');
        $httpd->start;
        my $base = 'http://127.0.0.1:' . $httpd->port;

        my $ask = sub {
            my ($who, $method, $path, $body, %more) = @_;
            my %header = (Host => '127.0.0.1:' . $httpd->port, Connection => 'close', %more);
            $header{Authorization} = 'Basic ' . encode_base64("$who:$who-password", '') if defined $who;
            $header{'Content-Length'} = length $body if defined $body;
            $header{'Content-Type'} = 'application/x-www-form-urlencoded' if defined $body;
            my $http = Tokex::Http->new($httpd->port);
            $http->send_octets(join("\r\n", "$method $path HTTP/1.1", (map {"$_: $header{$_}"} sort keys %header), '', $body // ''));
            return $http->answer(head => $method eq 'HEAD');
        };

        is($ask->(undef, 'GET', '/tokex-admin/')->status, 401, 'nobody gets in without a login');
        is($ask->('stranger', 'GET', '/tokex-admin/')->status, 403, 'nor who has no role');
        my $page = $ask->('vic', 'GET', '/tokex-admin/');
        is($page->status, 200, 'a viewer does');
        like($page->body, qr/<b>vic<\/b>, viewer/, 'as who he is');
        is($page->header('X-Frame-Options'), 'DENY', 'the headers arrive');
        is($ask->('vic', 'GET', '/tokex-admin')->status, 200, 'without a slash too');
        is($ask->('vic', 'GET', '/tokex-admin/scopes/new')->status, 403, 'but changes nothing');
        is($ask->('vic', 'GET', '/tokex-admin/?words')->status, 400, 'words of a query are refused');
        is($ask->('vic', 'HEAD', '/tokex-admin/issuers')->status, 200, 'HEAD');
        is($ask->('vic', 'GET', '/tokex-admin/nowhere')->status, 404, 'a page that is not there');
        is($ask->('vic', 'GET', '/tokex-admin/issuers/../../htpasswd')->status, 404, 'nothing beside it');

        my ($token) = $ask->('edith', 'GET', '/tokex-admin/scopes/new')->body =~ /name="token" value="([^"]+)"/;
        ok($token, 'an editor gets a form');
        my $form = Tokex::Console::encode_form(token => $token, id => 'bills.read', description => 'See bills', do => 'save');
        is($ask->('edith', 'POST', '/tokex-admin/scopes/new', $form, Origin => 'https://evil.example')->status, 403, 'from elsewhere it is not taken');
        my $saved = $ask->('edith', 'POST', '/tokex-admin/scopes/new', $form, Origin => $base);
        is($saved->status, 303, 'from here it is');
        like($saved->header('Location') // '', qr{\A(?:\Q$base\E)?/tokex-admin/scopes/show\?id=bills\.read&done=\d+\z}, 'and the browser goes to the object');
        is($ask->('edith', 'GET', ($saved->header('Location') // '') =~ s/^\Q$base\E//r)->status, 200, 'which is there');
        like($console->ctl->must(undef, 'scope', 'show', 'bills.read'), qr/See bills/, 'in the database');
        is($ask->("edith", "POST", "/tokex-admin/scopes/new", "x" x $_, Origin => $base)->status, 413, "a form of $_ octets is too large") for 70_000, 3_000_000, 20_000_000;
        unlike($httpd->error_log, qr/\Q$token\E|bills-password/, 'no token stands in the log');
        my $sheet = ($page->body =~ m{href="(/tokex-admin/style\.css\?v=\w+)"})[0];
        like($ask->('vic', 'GET', $sheet)->header('Content-Type') // '', qr{^text/css}, 'the style sheet is there');

        # Seen while it waits, for a form and then for a database.
        my $head = sub { join "\r\n", 'POST /tokex-admin/scopes/new HTTP/1.1', 'Host: 127.0.0.1', 'Authorization: Basic ' . encode_base64('edith:edith-password', ''), "Origin: $base",
            'Content-Type: application/x-www-form-urlencoded', "Content-Length: $_[0]", 'Proxy: http://127.0.0.1:9/', 'Connection: close', '', '' };
        my $process = sub { $httpd->wait_for(sub { (Tokex::Console::processes($console->program))[0] }, 5) };
        $form = Tokex::Console::encode_form(token => $token, id => 'seen', description => 'Seen', do => 'save');
        my $http = Tokex::Http->new($httpd->port);
        $http->send_octets($head->(length $form) . substr $form, 0, 20);
        my $pid = $process->();
        my $environment = Tokex::Httpd::slurp("/proc/$pid/environ") =~ tr/\0/\n/r;
        like($environment, qr/^REMOTE_USER=edith$/m, 'the program is told who asks');
        unlike($environment, qr/^HTTP_PROXY=|127\.0\.0\.1:9|AUTHORIZATION|edith-password/m, 'CGI-004 and neither a proxy that a request names, nor the password');
        ok($httpd->wait_for(sub { Tokex::Httpd::slurp("/proc/$pid/limits") =~ /^Max core file size\s+0\s+0\s/m }, 5), 'it leaves no core file');
        # Its own configuration file is open for a moment; what httpd left it would stay.
        my $others = sub { grep { defined && !$given{$_} } map { readlink } grep { !m{/[012]$} } glob "/proc/$pid/fd/*" };
        $httpd->wait_for(sub { !$others->() }, 5);
        is_deeply([$others->()], [], 'CGI-011 it has nothing of httpd open but what a CGI program has');
        my $locker = open2(my $said, my $lock, 'sqlite3', '-batch', "$dir/tokex/config/config.db");
        print {$lock} "BEGIN IMMEDIATE;\nSELECT 'held';\n";
        is(scalar readline $said, "held\n", 'somebody else writes');
        $http->send_octets(substr $form, 20);
        my $open = sub { map { my $fd = $_; [readlink("/proc/$pid/fd/$fd") // '', Tokex::Httpd::slurp("/proc/$pid/fdinfo/$fd") =~ /^flags:\s+0*(\d+)/m] } grep { $_ > 2 } map {m{(\d+)$}} glob "/proc/$pid/fd/*" };
        $httpd->wait_for(sub { grep { $_->[0] =~ m{/config\.db\z} } $open->() }, 5);
        my @open = grep { !$given{ $_->[0] } } $open->();
        ok(scalar(@open), 'it waits with its database open: ' . join ' ', map { $_->[0] } @open);
        is_deeply([map { $_->[0] } grep { !(oct($_->[1]) & 02000000) } @open], [], 'CGI-011 and gives none of its own to a program that it would run');
        print {$lock} "ROLLBACK;\n.quit\n";
        close $lock;
        waitpid $locker, 0;
        is($http->answer->status, 303, 'then it saves');

        # Clients that do not go on, and clients that go.
        my $gone = sub { my ($pid) = @_; return $httpd->wait_for(sub { !kill 0, $pid }, 12) };
        my $slow = Tokex::Http->new($httpd->port);
        $slow->send_octets($head->(500) . 'token=');
        ok($gone->($process->()), 'of a form that does not come to its end nothing runs on after the time-out of httpd');
        my $leaves = Tokex::Http->new($httpd->port);
        $leaves->send_octets($head->(500) . 'token=');
        my $left = $process->();
        undef $leaves;
        ok($gone->($left), 'nor of one whose sender has gone');
        is($ask->('vic', 'GET', '/tokex-admin/')->status, 200, 'and the next is served');
        $httpd->stop;
    };
}

subtest 'the environment' => sub {
    my $dir = File::Temp->newdir;
    my $console = Tokex::Console->new(dir => "$dir", sanitized => 0);
    $console->ctl->init;
    my $page = $console->get('vic', '/scopes', HTTP_PROXY => 'http://127.0.0.1:9/', LD_PRELOAD => Tokex::Preload::library('last_environment'), LAST_ENVIRONMENT => "$dir/last");
    is($page->{status}, 200, 'a page is made');
    is(Tokex::Httpd::slurp("$dir/last"), "the end\n", 'CGI-004 without anything in the environment that a library could follow');
};
done_testing();
