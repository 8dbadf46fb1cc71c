#!/usr/bin/perl
# Starting: what httpd -t says of mistakes, what is refused, which process models serve.
use strict;
use warnings;
use Fcntl qw(F_SETLK F_WRLCK SEEK_SET);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Time::HiRes qw(time);
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(json);
use Tokex::Tree;
use Tokex::World;

# ---- Loaded and not configured

{
    my $httpd = Tokex::Httpd->new(modules => [qw(alias)], config => "ErrorDocument 404 \"not here\"\n");
    my ($status, $said) = $httpd->config_test;
    is($status, 0, 'LoadModule alone passes httpd -t') or diag($said);
    like($said, qr/\ASyntax OK\s*\z/, 'and says nothing');
    $httpd->start;
    for my $path (
        '/', '/sts/token',
        '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration/sts'
    ) {
        my $answer = Tokex::Http::get($httpd->port, $path);
        is($answer->status, 404, "$path is the site's");
        is($answer->body, 'not here', 'with the site\'s page');
    }
    ok($httpd->graceful, 'it restarts');
    ok($httpd->stop, 'and stops');
    unlike($httpd->error_log, qr/TX\d{5}|tokex:/, 'nothing of ours in the log');
}

# ---- Mistakes in directives: file, line, directive, value, remedy

for my $case (
    ['TokexIssuer', 'TokexIssuer login', qr/"login" is not an absolute URL.*https:/],
    ['TokexIssuer', 'TokexIssuer http://sts.example/sts', qr/"http:\/\/sts\.example\/sts".*https/],
    ['TokexIssuer', 'TokexIssuer https://sts.example/sts?x=1', qr/query/],
    ['TokexIssuer', 'TokexIssuer https://sts.example/sts/', qr/"\/sts\/".*slash/],
    ['TokexIssuer', 'TokexIssuer', qr/takes one argument/],
    ['TokexExchange', 'TokexExchange maybe', qr/must be On or Off/],
    ['TokexAuditLog', 'TokexAuditLog |', qr/program/],
    ['TokexTenant', 'TokexTenant "two words"', qr/"two words"/],
    ['TokexFetchAllow', 'TokexFetchAllow 10.0.0.1 idp.example', qr/"idp\.example" is not an address.*10\.1\.0\.0\/16/],
    ['TokexFetchAllow', 'TokexFetchAllow 10.0.0.0/40', qr/"10\.0\.0\.0\/40" is not an address/],
    ['TokexFetchProxy', 'TokexFetchProxy proxy:3128', qr/"proxy:3128" is not the URL of a proxy.*http:/],
    ['TokexFetchProxy', 'TokexFetchProxy http://me:secret@proxy:3128', qr/without a user/],
    ['TokexFetchProxy', 'TokexFetchProxy socks5://proxy:3128', qr/is not the URL of a proxy/]
) {
    my ($directive, $line, $like) = @$case;
    my $httpd = Tokex::Httpd->new(config => "# a comment\n$line\n");
    my ($status, $said) = $httpd->config_test;
    isnt($status, 0, "HTP-013 refused: $line");
    my ($number) = map { $_->[0] } grep { $_->[1] eq $line } do {
        my $n = 0;
        map { [++$n, $_] } split /\n/, $httpd->text;
    };
    my $where = $httpd->dir . '/httpd.conf';
    like($said, qr/line $number of \Q$where\E/, 'HTP-013 with file and line');
    like($said, $like, "HTP-013 with $directive, the value and the way out");
}
for my $directive (
    ['TokexIssuer https://sts.example', 'VirtualHost *:*', 1],
    ['TokexIssuer https://sts.example', 'Location /x', 0],
    ['TokexDirectory /x', 'Directory /x', 0],
    ['TokexMasterKey /x', 'Location /x', 0]
) {
    my ($line, $section, $allowed) = @$directive;
    my ($name) = $section =~ /^(\w+)/;
    my ($status, $said) = Tokex::Httpd->new(config => "<$section>\n$line\n</$name>\n")->config_test;
    $allowed
        ? unlike($said, qr/not allowed/, "$line belongs in <$section>")
        : like($said, qr/not allowed/, "$line does not belong in <$section>");
}
{
    my $world =
        Tokex::World->new(config => "<Directory @{['@DIR@/htdocs']}>\nAllowOverride All\n</Directory>\n");
    for my $line (
        'TokexIssuer https://evil.example',
        'TokexDirectory /tmp',
        'TokexMasterKey /tmp/x',
        'TokexExchange Off',
        'TokexAuditLog /tmp/x',
        'TokexTenant x',
        'TokexServerId x',
        'TokexFetchAllow 127.0.0.1',
        'TokexFetchCAFile /tmp/x',
        'TokexFetchProxy http://proxy:3128'
    ) {
        my $path = $world->httpd->dir . '/htdocs/.htaccess';
        open my $out, '>', $path or die $!;
        print {$out} "$line\n";
        close $out;
        my $from = length $world->httpd->error_log;
        is(Tokex::Http::get($world->port, '/')->status, 500, "HTP-006 .htaccess may not say $line");
        like($world->httpd->error_log($from), qr/not allowed here/, 'and the log says why');
        unlink $path;
    }
}

# ---- What fetching needs

{
    my $host = '<VirtualHost 127.0.0.2:@PORT@>' . "\n%s\n</VirtualHost>\n";
    my $world = Tokex::World->new(start => 0, config => sprintf $host, 'TokexFetchAllow 10.0.0.1');
    refused_ok($world, qr/TX00009: .*is also the TokexDirectory of the host at \S+httpd\.conf:\d+, with another TokexFetchAllow/,
        'hosts that share a directory may not ask differently');
    $world->httpd->{config} =~ s/TokexFetchAllow 10\.0\.0\.1/TokexFetchAllow None/;
    my ($status, $said) = $world->httpd->config_test;
    is($status, 0, 'ones that ask alike may share it') or diag($said);
    $world = Tokex::World->new(start => 0, directives => "TokexFetchAllow 10.0.0.1\nTokexFetchCAFile \@DIR\@/tokex/ca.pem",
        config => sprintf $host, 'TokexFetchAllow None');
    refused_ok($world, qr/TX00009: .*TokexFetchCAFile: \S+ca\.pem: .*No such file/, 'a missing file of authorities is found');
    my $ca = $world->httpd->dir . '/tokex/ca.pem';
    Tokex::Jose::write_file($ca, "nothing\n");
    refused_ok($world, qr/TX00009: .*no certificate in PEM form/, 'so is one without a certificate');
    refused_ok($world, qr/with another TokexFetchAllow/, 'None takes back what the main server allows');
    Tokex::Jose::write_file($ca, $world->cert('ec_cert'));
    $world->httpd->{config} =~ s/TokexFetchAllow None/TokexTenant other/;
    ($status, $said) = $world->httpd->config_test;
    is($status, 0, 'a virtual host takes over what the main server says') or diag($said);
}

# ---- What is missing or damaged

sub unstarted
{
    my (%want) = @_;
    return Tokex::World->new(start => 0, %want);
}

# Neither httpd -t nor a start lets it pass, and both say `like`.
sub refused_ok
{
    my ($world, $like, $name) = @_;
    my ($status, $said) = $world->httpd->config_test;
    my $tested = $status != 0 && $said =~ $like && $said =~ /httpd\.conf:\d+/;
    my $why = $world->httpd->try_start;
    my $started = !defined $why;
    ok($tested && !$started && $why =~ $like, $name)
        or diag("httpd -t: status $status\n$said\nstart: " . ($started ? 'it runs' : $why));
    $world->httpd->stop;
    return;
}

{
    my $world = unstarted();
    my ($status, $said) = $world->httpd->config_test;
    is($status, 0, 'a good one passes') or diag($said);
    my $dir = $world->httpd->dir . '/tokex';
    for my $file ('config/config.db', 'state/state.db', 'master.key') {
        rename "$dir/$file", "$dir/aside" or die "$dir/$file: $!";
        refused_ok($world, qr/\Q$file\E/, "T-12 without $file nothing starts");
        ok(!-e "$dir/$file", 'and none is made') or unlink "$dir/$file";
        rename "$dir/aside", "$dir/$file" or die $!;
    }
    chmod 0644, "$dir/master.key";
    refused_ok(
        $world,
        qr/master\.key.*(?:chmod|mode|others)/s,
        'ISS-010 a master key that all may read is refused'
    );
    chmod 0640, "$dir/master.key";
    {
        my $key = Tokex::Httpd::slurp("$dir/master.key");
        for my $content ('', 'x', 'x' x length $key, scalar reverse $key) {
            Tokex::Jose::write_file("$dir/master.key", $content);
            my $why = $world->httpd->try_start // 'it runs';
            like($why, qr/master\.key|\bseal/, 'ISS-010 a master key that is not the one is refused, and told of');
            $world->httpd->stop;
        }
        Tokex::Jose::write_file("$dir/master.key", $key);
    }
    for my $file ('config/config.db', 'state/state.db') {
        my $path = "$dir/$file";
        my $good = Tokex::Httpd::slurp($path);
        my $mode = (stat $path)[2];
        my $page = unpack 'n', substr $good, 16, 2;
        # The page of a table that something rests on. Its first octet says what it is.
        my $table = $file =~ /config/ ? 'client' : 'revocation';
        my $place = (`sqlite3 '$path' "SELECT rootpage FROM sqlite_master WHERE name = '$table'"` - 1) * $page;
        my %damage = (
            '0 bytes' => '',
            '1 MiB of zeros' => "\0" x 1048576,
            'a flipped bit in the header' => do { my $x = $good; substr($x, 3, 1) ^= "\x10"; $x },
            'cut at half' => substr($good, 0, int(length($good) / 2 / $page) * $page + 7),
            'a page of noise' => do { my $x = $good; substr($x, $place, $page) = "\xA5" x $page; $x },
            'not a database' => 'SQLite?' x 1000
        );
        for my $what (sort keys %damage) {
            Tokex::Jose::write_file($path, $damage{$what});
            unlink glob "$path-*";
            refused_ok($world, qr/\Q$file\E/, "DBS-009 $file, $what: refused");
        }
        Tokex::Jose::write_file($path, $good);
    }
    is($world->httpd->try_start, undef, 'put back, it starts');
    is($world->exchange->status, 200, 'and serves');
}
{
    my $world = unstarted(
        document => sub { my ($d) = @_; $d->{$_} = [] for qw(issuers mappings scopes targets clients) });
    is($world->httpd->try_start, undef, 'an empty configuration starts');
    my @answers = map { $world->exchange(@$_) } [-client => 'orders', -secret => 'x'], [-auth => 'none'],
        [-client => 'orders', -secret => ''];
    ok(!grep({ $_->status != 401 || $_->json->{error} ne 'invalid_client' } @answers),
        'T-12 with nothing configured everything is refused');
}
{
    my $world = unstarted(config => 'TokexExchange Off');
    my $why = $world->httpd->try_start;
    is($why, undef, 'TokexExchange Off starts');
    my $answer = $world->exchange;
    ok(
        $answer->status == 400
            && $answer->json->{error} eq 'unsupported_grant_type'
            && !$answer->json->{access_token},
        'CE-2 off means no exchange'
    ) or diag($answer->body);
    is(Tokex::Http::get($world->port, '/sts/jwks')->status, 200, 'the keys stay published');
    $world->httpd->stop;
    $world->httpd->{config} =~ s/TokexExchange Off/TokexExchange On/;
    $world->httpd->start;
    delete $world->{http};
    is($world->exchange->status, 200, 'CE-2 and on means exchange');
}

# ---- Process models and restarts

for my $mpm (qw(prefork worker event)) {
    Tokex::Httpd::needs("mpm_$mpm") or next;
    my $world = Tokex::World->new(mpm => $mpm);
    my @status = map { delete $world->{http}; $world->exchange->status } 1 .. 6;
    is("@status", '200 ' x 5 . '200', "$mpm serves");
    # Two at once, while the first has hardly begun.
    kill 'USR1', $world->httpd->{pid};
    my $again = $world->httpd->graceful;
    my @after = map { delete $world->{http}; $world->exchange->status } 1 .. 3;
    ok($again && "@after" eq '200 200 200', "HTP-010 $mpm: two restarts at the start, and it serves")
        or diag("@after\n", $world->httpd->error_log);
    ok($world->httpd->stop_gently, "$mpm stops, and its children with it");
    unlike($world->httpd->error_log, qr/exit signal|Segmentation/, "$mpm: no crash");
}
{
    # Requests go on while it restarts.
    my $world = Tokex::World->new;
    my $subject = $world->token;
    my ($served, $failed) = (0, 0);
    my $pid = $world->httpd->{pid};
    my $fds = sub { my @fds = glob "/proc/$pid/fd/*"; return scalar @fds };
    my (@rss, @open);
    for my $round (1 .. 24) {
        my $from = length $world->httpd->error_log;
        kill 'USR1', $pid;
        do {
            delete $world->{http};
            my $answer = eval { $world->exchange(subject_token => $subject) };
            $answer && $answer->status == 200 ? $served++ : $failed++;
        } until $world->httpd->error_log($from) =~ /resuming normal operations/ || $failed > 5;
        push @rss, Tokex::Httpd->rss($pid);
        push @open, $fds->();
    }
    is($failed, 0, "restarts lose no request: $served served during 24 of them");
    my ($early, $late) = ($rss[7], $rss[-1]);
    ok(
        $late - $early < 1024 && $open[-1] <= $open[7],
        "HTP-009 the parent does not grow over graceful restarts: $early to $late KiB, $open[7] to $open[-1] descriptors"
    );
    # Columns: key, id, mode, size, and who made it.
    my $segments = Tokex::Httpd::slurp('/proc/sysvipc/shm');
    ok($segments =~ /^\s*key\s+shmid\s+perms\s+size\s+cpid\b/ && $segments !~ /^\s*-?\d+\s+\d+\s+\d+\s+\d+\s+$pid\b/m,
        'HTP-009 and leaves no shared memory segments')
        or diag($segments);
}

# ---- A writer that does not end

{
    my $world = Tokex::World->new;
    my @held;
    # The octets that SQLite locks: pending, reserved and shared; in a WAL index the one of its writer.
    my %octets = ('config/config.db' => [0x40000000, 512], 'state/state.db-shm' => [120, 1]);
    for my $file (sort keys %octets) {
        open my $database, '+<', $world->httpd->dir . "/tokex/$file" or die "$file: $!";
        my $lock = pack 's! s! x![q] q q l! x![q]', F_WRLCK, SEEK_SET, @{ $octets{$file} }, 0;
        fcntl($database, F_SETLK, $lock) or die "$file: $!";
        push @held, $database;
    }
    my ($status, $said) = $world->ctl->try_import($world->document);
    is($status, 3, 'the databases are locked') or diag($said);
    my $from = time;
    my @status = map { delete $world->{http}; $world->exchange->status } 1 .. 20;
    my $took = time - $from;
    ok(!grep({ $_ != 200 } @status) && $took < 3,
        sprintf 'FLT-005 the token endpoint serves while both databases are locked: 20 in %.1f s', $took)
        or diag("@status");
}

# ---- What the sources must not do

{
    my %code = map { $_ => Tokex::Tree::slurp($_) =~ s{/\*.*?\*/}{}gsr } Tokex::Tree::product_sources();
    is_deeply([grep { $code{$_} =~ /\bap_get_basic_auth_pw\b/ } sort keys %code],
        [], 'HTP-004 ap_get_basic_auth_pw is not used');
    # A database that one of our connections has open is never opened as a plain file: the one place
    # that opens one makes it, and fails when it exists.
    my @opens;
    for my $path (grep {m{^libtokex/store/}} sort keys %code) {
        push @opens, "$path: $1"
            while $code{$path} =~ /((?<![\w>.])(?:open|openat|fopen|creat|apr_file_open)\s*\([^;]*;)/g;
    }
    ok(@opens == 1 && $opens[0] =~ /O_CREAT \| O_EXCL/,
        'DBS-005 our own code opens a database file only to make it')
        or diag(json(\@opens));
}

done_testing();
