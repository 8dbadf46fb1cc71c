#!/usr/bin/perl
# The console as a user of its own, by Debian's suexec: the commands of docs/console.md, run; what suexec refuses;
# the server beside it, which serves what the console saved.
use strict;
use warnings;
use Fcntl qw(O_CREAT O_EXCL O_WRONLY);
use FindBin;
use lib "$FindBin::RealBin/lib";
use MIME::Base64 qw(encode_base64);
use Test::More;
use Tokex::Browser;
use Tokex::Console;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Tree;

my $SETTINGS = '/etc/apache2/suexec';
my $LOG = '/var/log/apache2/suexec.log';

plan skip_all => 'only root can give a program to another user and run httpd as a third' if $> != 0;
for my $program ('/usr/lib/apache2/suexec-custom', '/usr/bin/setpriv') {
    next if -e $program;
    fail("no $program: install apache2-suexec-custom and util-linux (Debian)");
    done_testing();
    exit;
}
Tokex::Httpd::needs('suexec') or do { done_testing(); exit };

# Who it runs as, and the group that the installation is of.
my $USER = 'nobody';
my $GROUP = getgrgid((getpwnam $USER)[3]);

# suexec reads one file for each user who calls it. Ours is of a user that has none and calls it nowhere else; a process
# that outlives the test takes it away again, and the log's directory where there was none.
my $caller = free_name();
my $made_log = mkdir '/var/log/apache2', 0750;
pipe my $ended, my $runs or die "pipe: $!\n";
my $guard = fork // die "fork: $!\n";
if (!$guard) {
    close $runs;
    $SIG{$_} = 'IGNORE' for qw(INT TERM HUP PIPE);
    POSIX::setsid();
    open $_->[0], $_->[1], '/dev/null' for [\*STDIN, '<'], [\*STDOUT, '>'], [\*STDERR, '>'];
    # A word, or the end of all who could say one.
    readline $ended;
    unlink "$SETTINGS/$caller";
    if ($made_log) { unlink $LOG; rmdir '/var/log/apache2' }
    POSIX::_exit(0);
}
close $ended;
END { if ($guard) { my $status = $?; syswrite $runs, "done\n"; waitpid $guard, 0; $? = $status } }

sub free_name
{
    for my $name (grep { defined getpwnam $_ } qw(daemon bin games man lp mail news uucp irc list)) {
        return $name if sysopen my $new, "$SETTINGS/$name", O_CREAT | O_EXCL | O_WRONLY, 0644;
    }
    die "$SETTINGS has a file for everybody\n";
}

sub allow
{
    my ($root) = @_;
    open my $out, '>', "$SETTINGS/$caller" or die "$SETTINGS/$caller: $!\n";
    print {$out} "$root\n#public_html\n";
    close $out or die $!;
    return;
}

# The lines of the manual, but for those that make the user, with the names and places of the test.
sub follow_manual
{
    my ($dir) = @_;
    my ($commands) = Tokex::Tree::slurp('docs/console.md') =~ /^### A user of its own, by suexec\n.*?^```\n(adduser .*?)^```$/ms;
    my @commands = grep { !/^(?:adduser|a2enmod) / } split /\n/, $commands // '';
    is(scalar(@commands), 3, 'the manual has three commands beside those that make the user');
    for (@commands) {
        s/-o tokex-console -g tokex-console/-o $USER -g $GROUP/;
        s{/usr/local/libexec/mod_tokex/tokex-console /var/www/tokex-console/}{$dir/bin/tokex-console $dir/www/console/};
        s{/var/www/tokex-console}{$dir/www/console};
        s/chown tokex-console/chown $USER/;
        s{/var/lib/tokex}{$dir/tokex}g;
        is(system('/bin/sh', '-c', $_), 0, $_);
    }
    my ($block) = Tokex::Tree::slurp('docs/console.md') =~ /^```apache\n(SuexecUserGroup .*?)^```$/ms;
    $block =~ s/^SuexecUserGroup .*/SuexecUserGroup $USER $GROUP/;
    $block =~ s{/var/www/tokex-console}{$dir/www/console} or die 'the manual names no directory';
    return $block;
}

# A console in a httpd that runs as the caller.
sub site
{
    my (%want) = @_;
    my $httpd = Tokex::Httpd->new(mpm => $want{mpm} // 'event', tokex => 0, modules => [$want{cgi} // 'cgid', qw(alias auth_basic authn_file authz_user suexec env)], %want);
    my $dir = $httpd->dir;
    my $console = Tokex::Console->new(dir => $dir, sanitized => 0, origin => $httpd->url, group => $GROUP);
    $console->ctl->init;
    $console->ctl->must(undef, 'demo', "$dir/demo", $httpd->url('/sts'));
    mkdir "$dir/www" or die $!;
    # Beside the place of the copy, as it would be sysconfdir.
    symlink "$dir/etc", "$dir/www/etc" or die $!;
    allow("$dir/www");
    my $block = follow_manual($dir);
    open my $out, '>', "$dir/htpasswd" or die $!;
    print {$out} "$_:", crypt("$_-password", '$5$salt$'), "\n" for qw(edith vic);
    close $out or die $!;
    $httpd->{config} = join "\n", ($want{config} // ()), $block, ($httpd->{modules}[0] eq 'cgid' ? 'ScriptSock @DIR@/cgid.sock' : ()),
        "User $caller", 'Group www-data', 'SetEnv SITE_SECRET of-the-site', '<Location "/tokex-admin">', 'AuthType Basic', 'AuthName console',
        'AuthUserFile @DIR@/htpasswd', 'Require valid-user', '</Location>';
    return ($httpd, $console);
}

sub as { my ($httpd, $who) = @_; return Tokex::Browser->new($httpd->url, headers => { Authorization => 'Basic ' . encode_base64("$who:$who-password", '') }) }

sub new_scope
{
    my ($browser, $id) = @_;
    my $token = Tokex::Browser::token($browser->get('/tokex-admin/scopes/new')) // return;
    return $browser->post('/tokex-admin/scopes/new', [token => $token, id => $id, description => 'Made here', do => 'save']);
}

sub tree
{
    my ($dir) = @_;
    return { map { my @stat = lstat; substr($_, length $dir) => sprintf '%o %s:%s', $stat[2], scalar getpwuid $stat[4], scalar getgrgid $stat[5] }
            glob "$dir/{master.key,config,config/*,state,state/*}" };
}

for my $case (['event', 'cgid'], ['prefork', 'cgi']) {
    my ($mpm, $cgi) = @$case;
    subtest "$mpm with mod_$cgi" => sub {
        my ($httpd, $console) = site(mpm => $mpm, cgi => $cgi);
        my $dir = $httpd->dir;
        my $before = tree("$dir/tokex");
        $httpd->start;
        my ($vic, $edith) = map { as($httpd, $_) } qw(vic edith);
        my $list = $vic->get('/tokex-admin/clients');
        is($list->{status}, 200, 'a list comes') or diag $httpd->error_log, Tokex::Httpd::slurp($LOG);
        like($list->{body}, qr/orders-api/, 'with what is in the configuration');
        is($vic->get('/tokex-admin/activity')->{status}, 200, 'and a page of state.db');
        is($vic->get('/tokex-admin/?words+of+a+query')->{status}, 400, 'words of a query, which suexec passes on, are refused');
        my $saved = new_scope($edith, 'made.here');
        is($saved->{status}, 303, 'a form is saved');
        like($edith->follow($saved)->{body}, qr/made\.here/, 'and shown');
        like($console->ctl->must(undef, 'history', '--limit', 1), qr/edith \(console, 127\.0\.0\.1\)/, 'as its user, in the history');
        is_deeply(tree("$dir/tokex"), $before, 'owners and modes are what they were');

        # One that waits for the rest of its form can be looked at.
        my $http = Tokex::Http->new($httpd->port);
        $http->send_octets(join "\r\n", 'POST /tokex-admin/scopes/new HTTP/1.1', 'Host: 127.0.0.1', 'Authorization: ' . $edith->{headers}{Authorization},
            'Origin: ' . $httpd->url, 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 100', 'Proxy: http://127.0.0.1:9', 'Connection: close', '', 'token=');
        my $pid = $httpd->wait_for(sub { (Tokex::Console::processes("$dir/www/console/tokex-console"))[0] });
        my $status = Tokex::Httpd::slurp("/proc/$pid/status");
        my ($uid, $gid) = (getpwnam $USER)[2, 3];
        like($status, qr/^Uid:\t$uid\t$uid\t$uid\t$uid\n/m, "it runs as $USER");
        like($status, qr/^Gid:\t$gid\t$gid\t$gid\t$gid\n/m, "of $GROUP");
        my %has = map { /^([^=]+)=(.*)$/s ? ($1 => $2) : () } split /\0/, Tokex::Httpd::slurp("/proc/$pid/environ");
        is($has{REMOTE_USER}, 'edith', 'it is told who asks');
        is_deeply([grep { defined $has{$_} } qw(SITE_SECRET HTTP_AUTHORIZATION HTTP_PROXY)], [], 'and neither what the site keeps, nor the password, nor a proxy of the request');
        $http->send_octets('x' x 94);
        is($http->answer->status, 403, 'and answers when the rest is there');

        # What suexec refuses does not run at all.
        my $refused = sub {
            my ($name, $says) = @_;
            my $from = -s $LOG;
            my $answer = $vic->get('/tokex-admin/clients');
            is("$answer->{status} " . ($answer->{header}{'content-security-policy'} // 'none of ours'), '500 none of ours', "$name: the console does not run");
            like(Tokex::Httpd::slurp($LOG, $from), $says, 'and suexec says why');
        };
        my ($place, $program) = ("$dir/www/console", "$dir/www/console/tokex-console");
        chown 0, 0, $program or die $!;
        $refused->('a program of root', qr/target uid\/gid \($uid\/$gid\) mismatch with directory \($uid\/$gid\) or program \(0\/0\)/);
        chown $uid, $gid, $program or die $!;
        chmod 0775, $place or die $!;
        $refused->('a directory that the group can write', qr/directory is writable by others/);
        chmod 0755, $place or die $!;
        chmod 0775, $program or die $!;
        $refused->('a program that the group can write', qr/file is writable by others/);
        chmod 0755, $program or die $!;
        chown 0, 0, $place or die $!;
        $refused->('a directory of root', qr/mismatch with directory \(0\/0\)/);
        chown $uid, $gid, $place or die $!;
        allow("$dir/etc");
        $refused->('a program beside the root of suexec', qr/command not in docroot/);
        allow("$dir/www");
        is($vic->get('/tokex-admin/clients')->{status}, 200, 'all put back it runs');

        chown 0, -1, "$dir/tokex/config/config.db" or die $!;
        my $failed = new_scope($edith, 'made.never');
        is($failed->{status}, 500, 'without the chown of the manual nothing is saved');
        like($httpd->error_log, qr/tokex-console: \[\S+\] \w+: .*config\.db/, 'the log names the file');
        $httpd->stop;
        $httpd->{config} =~ s/^SuexecUserGroup .*/SuexecUserGroup www-data www-data/m;
        $httpd->start;
        $vic = as($httpd, 'vic');
        $refused->('a user of the system', qr/cannot run as forbidden uid/);
        $httpd->stop;
    };
}

# Of a group that both are in, as www-data is one of the console's user in the manual: httpd keeps the groups that it
# is started with.
subtest 'the server serves what its console saved' => sub {
    my $gid = getgrnam $GROUP;
    my $httpd_gid = getgrnam 'www-data';
    my ($httpd, $console) = site(tokex => 1, wrapper => ['setpriv', "--reuid=$caller", "--regid=$httpd_gid", "--groups=$httpd_gid,$gid"],
        config => "TokexIssuer http://127.0.0.1:\@PORT\@/sts\nTokexDirectory \@DIR\@/tokex\n<Location /sts>\nSetHandler tokex\n</Location>");
    my $dir = $httpd->dir;
    chown scalar getpwnam($caller), $httpd_gid, $dir, "$dir/htpasswd" or die $!;
    $httpd->start;
    my $edith = as($httpd, 'edith');
    my $exchange = sub {
        my %set = map { /^(?:export )?(\w+)='?([^']*)'?$/ ? ($1 => $2) : () } split /\n/, Tokex::Httpd::slurp("$dir/demo/client.env");
        return Tokex::Browser->new($httpd->url)->ask('POST', '/sts/token',
            Tokex::Console::encode_form(grant_type => 'urn:ietf:params:oauth:grant-type:token-exchange', audience => 'orders', scope => 'orders.read',
                subject_token_type => 'urn:ietf:params:oauth:token-type:access_token', subject_token => Tokex::Httpd::slurp("$dir/demo/subject.jwt") =~ s/\s//gr),
            'Content-Type' => 'application/x-www-form-urlencoded', Authorization => 'Basic ' . encode_base64("$set{CLIENT_ID}:$set{CLIENT_SECRET}", ''))->{status};
    };
    is($exchange->(), 200, 'a token is exchanged');
    ok($httpd->wait_for(sub { $edith->get('/tokex-admin/activity')->{body} =~ /orders-api/ }, 5), 'CGI-015 the console sees it in state.db, which the server writes as another user');
    my $page = $edith->get('/tokex-admin/clients/show?id=orders-api');
    my ($revision) = $page->{body} =~ /name="revision" value="(\d+)"/;
    my $off = $edith->post('/tokex-admin/clients/switch', [token => Tokex::Browser::token($page), id => 'orders-api', on => 'no', revision => $revision]);
    is($off->{status}, 303, 'the client is switched off') or diag $httpd->error_log;
    ok($httpd->wait_for(sub { $exchange->() != 200 }, 3), 'and the server gives it nothing any more');
    $httpd->stop;
};
my ($table) = Tokex::Tree::slurp('docs/console.md') =~ /^\| Line \| What to do \|\n\|.*?\n(.*?)^\n/ms;
my $log = Tokex::Httpd::slurp($LOG);
for my $line (map { /`([^`]+)`/g } map { (split / \| /)[0] } split /\n/, $table // '') {
    my $like = join '.*', map {quotemeta} split /\.\.\./, $line;
    like($log, qr/$like/, "suexec says \"$line\", as the manual has it");
}
done_testing();
