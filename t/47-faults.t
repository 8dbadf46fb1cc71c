#!/usr/bin/perl
# What fails while the server serves, one fault after the other, and the figure that has to hold in it.
# `prove t/47-faults.t :: WORD ...` runs only the faults whose names hold one of the words.
use strict;
use warnings;
use File::Copy ();
use File::Path qw(remove_tree);
use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Open2 qw(open2);
use List::Util qw(max);
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Ctl;
use Tokex::Disk;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(json unjson);
use Tokex::Load;
use Tokex::Scale;
use Tokex::World;

BEGIN { *slurp = \&Tokex::Jose::slurp; *write_file = \&Tokex::Jose::write_file }

my @only = @ARGV;
# Until each process looks at the database, and a second of patience with the machine.
my $SERVED = 3;

my %MPM = (
    prefork => "StartServers 4\nMinSpareServers 4\nMaxSpareServers 4\nMaxRequestWorkers 4\nServerLimit 4",
    map {
        $_ => "ServerLimit 3\nStartServers 3\nThreadLimit 4\nThreadsPerChild 4\nMinSpareThreads 12\n"
            . "MaxSpareThreads 12\nMaxRequestWorkers 12"
    } qw(worker event)
);
my %THREADS = (prefork => 1, worker => 4, event => 4);

sub fault
{
    my ($name, $code) = @_;
    return if @only && !grep { index($name, $_) >= 0 } @only;
    my $from = time;
    subtest $name => $code;
    note(sprintf '%s: %.1f s', $name, time - $from);
    return;
}

sub world
{
    my ($mpm, %more) = @_;
    return Tokex::World->new(mpm => $mpm, workers => "$MPM{$mpm}\nMaxConnectionsPerChild 0", log_level => 'notice', %more);
}

sub has_mpm { return Tokex::Httpd::has_module("mpm_$_[0]") }

sub said { my ($httpd, $from, $like) = @_; return scalar(() = $httpd->error_log($from) =~ /$like/g) }

# No process ended but by a signal of ours.
sub no_crash
{
    my ($httpd, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @crashes = $httpd->error_log =~ /^(.*(?:exit signal (?!Killed)|did not exit).*)$/mg;
    return is_deeply(\@crashes, [], "$name: no crash");
}

sub fails_none
{
    my ($sum, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is(Tokex::Load::bad($sum), '', "$name: of $sum->{all} requests none failed");
}

sub files_below { my ($dir) = @_; return sort map { substr $_, length $dir } glob "$dir/{,*/}{.*,*.*}" }

# A configuration that differs from that of the world in one thing, which makes it longer.
sub longer
{
    my ($world) = @_;
    return $world->edited(sub { push @{ $_[0]{scopes} }, map { { id => "more.$_", description => 'x' x 200 } } 1 .. 200 });
}

# ---- Processes die

for my $mpm (qw(event prefork)) {
    fault "kill -9 of a child, $mpm" => sub {
        plan skip_all => "httpd has no mpm_$mpm" if !has_mpm($mpm);
        my $world = world($mpm);
        my $httpd = $world->httpd;
        my $load = Tokex::Load->start($world, workers => 4, seconds => 900);
        my ($kills, $slowest) = (Tokex::Scale::of(3, 600), 0);
        for (1 .. $kills) {
            my $next = time + 1;
            my @children = $httpd->children;
            kill 'KILL', $children[rand @children];
            $slowest = max($slowest, $load->until_good(10));
            sleep max(0, $next - time);
        }
        my $sum = $load->stop;
        my $none = $sum->{count}{none} // 0;
        cmp_ok($none, '<=', $kills * $THREADS{$mpm}, "$kills kills lose at most the threads of a child each: $none of $sum->{all}");
        is(Tokex::Load::bad($sum) =~ s/\d+ none//r, '', 'and no answer is wrong');
        cmp_ok($slowest, '<', 1, sprintf 'the next request is served after %.2f s at most', $slowest);
        no_crash($httpd, 'beside these');
        ok($httpd->stop, 'it stops');
    };
}

# Processes of a group that are not dead; who waits for those of a dead parent takes its time.
sub group { my ($group) = @_; return grep { Tokex::Httpd::slurp($_) =~ /^\d+ \(.*\) [^Z] \d+ $group /s } glob '/proc/[0-9]*/stat' }

fault 'kill -9 of the parent' => sub {
    my $tries = Tokex::Scale::of(2, 20);
    for my $mpm (grep { has_mpm($_) } qw(event prefork)) {
        my $world = world($mpm, config => "Mutex file:\@DIR\@ default\n");
        my $httpd = $world->httpd;
        my ($slowest, @orphaned, @failed) = (0);
        for my $try (1 .. $tries) {
            my $load = Tokex::Load->start($world, workers => 2, seconds => 60);
            my $pid = delete $httpd->{pid};
            kill 'KILL', $pid;
            waitpid $pid, 0;
            sleep 0.2;
            push @orphaned, $load->stop;
            # What a service manager does with the rest.
            kill 'KILL', -$pid;
            $httpd->wait_for(sub { !group($pid) }, 5);
            my $from = time;
            my $why = $httpd->try_start;
            push @failed, $why if defined $why;
            last if defined $why;
            $load->{port} = $httpd->port;
            $load->until_good(10);
            $slowest = max($slowest, time - $from);
        }
        is_deeply([map { Tokex::Load::bad($_) } @orphaned], [('') x @orphaned], "$mpm: what it leaves serves on until it is ended");
        is_deeply(\@failed, [], "$mpm: with what it left it starts again, $tries of $tries times");
        cmp_ok($slowest, '<', 5, sprintf "$mpm: and has given a good answer after %.2f s at most", $slowest);
        no_crash($httpd, $mpm);
    }
};

for my $mpm (qw(prefork worker event)) {
    fault "graceful restarts, $mpm" => sub {
        plan skip_all => "httpd has no mpm_$mpm" if !has_mpm($mpm);
        my $world = world($mpm);
        my $httpd = $world->httpd;
        my ($restarts, $least) = (Tokex::Scale::of(3, 20), Tokex::Scale::of(600, 30_000));
        my $load = Tokex::Load->start($world, workers => 4, pace => 0.002, least => $least / 4, seconds => Tokex::Scale::of(60, 600));
        my $good = grep { sleep Tokex::Scale::of(0.2, 1); $httpd->graceful } 1 .. $restarts;
        my $sum = $load->stop;
        is($good, $restarts, "$restarts restarts");
        fails_none($sum, 'under load');
        cmp_ok($sum->{all}, '>=', $least, 'which was enough of them');
        # Memory is had in pages and given back late: what the first few need is no growth.
        my $idle = Tokex::Scale::of(5, 100);
        $httpd->graceful for 1 .. 3;
        my $before = Tokex::Httpd->rss($httpd->{pid});
        $httpd->graceful for 1 .. $idle;
        my $grown = Tokex::Httpd->rss($httpd->{pid}) - $before;
        cmp_ok($grown, '<', 1024, "the parent grows by $grown KiB in $idle restarts");
        no_crash($httpd, 'all of it');
        ok($httpd->stop, 'it stops');
    };
}

# ---- Databases

# A writer that holds the lock of a database until it is told to let go.
sub hold
{
    my ($path, $kind) = @_;
    my $pid = open2(my $out, my $in, 'sqlite3', '-batch', $path);
    print {$in} ".timeout 5000\nBEGIN $kind;\nSELECT 'held';\n";
    $in->flush;
    my $said = <$out> // '';
    ok($said eq "held\n", "a writer holds the lock of $path: $kind");
    return sub { print {$in} "ROLLBACK;\n.quit\n"; close $in; waitpid $pid, 0; return };
}

fault 'FLT-005 databases locked' => sub {
    my $world = world('event');
    my $httpd = $world->httpd;
    my $dir = $httpd->dir . '/tokex';
    $httpd->wait_for(sub { -e "$dir/state/last-good.db" }, 5);
    my $before = $world->ctl->export_text;
    my $load = Tokex::Load->start($world, workers => 3, seconds => 60);
    my ($from, $log) = (time, length $httpd->error_log);
    my @let_go = (hold("$dir/config/config.db", 'IMMEDIATE'), hold("$dir/state/state.db", 'IMMEDIATE'));
    # A generation that begins meanwhile: its processes want to write state.db.
    ok($httpd->graceful, 'a graceful restart meanwhile');
    my ($status, $why) = $world->ctl->try_import(longer($world));
    ok($status == 3 && $why =~ /locked by another process/, 'an import gives up') or diag("$status: $why");
    my $held = Tokex::Scale::of(6, 10);
    sleep max(0, $from + $held - time);
    $_->() for @let_go;
    is($world->ctl->export_text, $before, 'and changed nothing');
    my $sum = $load->stop;
    fails_none($sum, sprintf 'locked for %.0f s', $held);
    cmp_ok($sum->{slowest}, '<', 1, sprintf 'and none took longer than %.2f s', $sum->{slowest});
    # The lock under which nobody else can read either.
    my $let_go = hold("$dir/config/config.db", 'EXCLUSIVE');
    my ($victim) = $httpd->children;
    kill 'KILL', $victim;
    ok($httpd->wait_for(sub { said($httpd, $log, 'TX00024: ') }, 5), 'while nobody can read, a process that begins serves what was saved');
    is_deeply([grep { $_ ne 'good' } map { $load->ask } 1 .. 20], [], 'and serves');
    $let_go->();
    $log = length $httpd->error_log;
    $world->ctl->import_document(longer($world));
    my $children = $httpd->children;
    ok($httpd->wait_for(sub { said($httpd, $log, 'TX00022: ') >= $children }, $SERVED), 'afterwards a change is served by all');
    no_crash($httpd, 'all of it');
};

fault 'disk full, databases' => sub {
    my $world = world('event', environment => { Tokex::Disk::environment() });
    my $httpd = $world->httpd;
    my ($ctl, $dir) = ($world->ctl, $httpd->dir . '/tokex');
    my ($config, $state, $saved) = ("$dir/config/config.db", "$dir/state/state.db", "$dir/state/last-good.db");
    $httpd->wait_for(sub { -e $saved && (stat $saved)[9] >= (stat $config)[9] }, 5);
    my $load = Tokex::Load->start($world, workers => 2, seconds => 60);
    my ($before, $database, $log) = ($ctl->export_text('--with-secrets'), slurp($config), length $httpd->error_log);
    local @ENV{ keys %{ { Tokex::Disk::environment() } } } = values %{ { Tokex::Disk::environment() } };
    Tokex::Disk::fill($dir);
    my ($status, $why) = $ctl->try_import(longer($world));
    ok($status == 3 && $why =~ /disk is full/, 'an import says that the disk is full') or diag("$status: $why");
    ok(slurp($config) eq $database, 'and changes nothing');
    is_deeply([grep { /-(?:journal|wal)$/ && -s "$dir$_" } files_below($dir)], [], 'and leaves nothing behind');
    my ($key, undef, $said) = $ctl->run(undef, 'key', 'rotate');
    ok($key == 3 && slurp($config) eq $database, 'so does a rotation of the key') or diag($said);
    ok($httpd->graceful, 'a graceful restart meanwhile');
    like($httpd->error_log($log), qr/TX00002: .*state\.db: .*the disk is full/, 'which says what it goes on without');
    Tokex::Disk::make_room($dir);
    # At each write that it comes to, once.
    my ($at, @torn) = (0);
    my $document = json(longer($world));
    while (1) {
        local $ENV{TOKEX_FULL_AT} = ++$at;
        ($status) = $ctl->try_import($document);
        last if $status != 3;
        push @torn, $at if slurp($config) ne $database || grep { -s } "$config-journal";
    }
    ok($at > 5 && $status == 0, "full at each of $at writes of an import, then room for all of them") or diag("exit $status");
    is_deeply(\@torn, [], 'and nothing half saved');
    # The server's own copy.
    $log = length $httpd->error_log;
    my $served = sub { my $children = $httpd->children; return $httpd->wait_for(sub { said($httpd, $log, 'TX00022: ') >= $children }, $SERVED) };
    Tokex::Disk::fill("$dir/state");
    $ctl->import_document($world->document);
    ok($served->(), 'a change is served though the copy of it cannot be saved');
    ok($httpd->wait_for(sub { said($httpd, $log, 'TX00025: .*full') }, 5), 'which is said');
    Tokex::Disk::make_room("$dir/state");
    ok($httpd->wait_for(sub { (stat $saved)[9] >= (stat $config)[9] }, 15), 'once there is room it is saved');
    is_deeply([grep { /\.new/ } files_below($dir)], [], 'and nothing unfinished lies about');
    fails_none($load->stop, 'meanwhile');
    no_crash($httpd, 'all of it');
};

fault 'disk full, audit log' => sub {
    my $world = world(
        'event',
        environment => { Tokex::Disk::environment() },
        directives => 'TokexAuditLog @DIR@/log/audit.log',
        config => "<Location /metrics>\nSetHandler tokex-metrics\n</Location>\n",
        start => 0
    );
    my $httpd = $world->httpd;
    my $logs = $httpd->dir . '/log';
    mkdir $logs or die $!;
    $httpd->start;
    my $log = length $httpd->error_log;
    my $load = Tokex::Load->start($world, workers => 4, seconds => 60);
    sleep 0.3;
    my $sent = 1;
    for (1 .. 3) {
        Tokex::Disk::fill($logs);
        sleep 0.4;
        Tokex::Disk::make_room($logs);
        sleep 0.2;
    }
    my $sum = $load->stop;
    fails_none($sum, 'meanwhile');
    $sent += $sum->{all};
    my ($lost) = Tokex::Http::get($httpd->port, '/metrics')->body =~ /^tokex_audit_lines_lost_total (\d+)$/m;
    my (@whole, @torn);
    for my $line (split /\n/, slurp("$logs/audit.log")) {
        next if $line eq '';
        my $entry = eval { unjson($line) };
        push @{ $entry && $entry->{jti} ? \@whole : \@torn }, $line;
    }
    cmp_ok($lost, '>', 0, "lines are lost: $lost of $sent");
    is(@whole + $lost, $sent, 'each that was not written whole is counted');
    ok(@torn <= 3, 'and of each full disk at most one is torn, which spoils no other: ' . @torn) or diag(@torn);
    like($httpd->error_log($log), qr/TX00046: receipt \S{16} has no audit line.*audit\.log/, 'the error log says so');
    no_crash($httpd, 'all of it');
};

# What a caller who may not, asks for: each has to stay refused whatever the database has become.
sub temptations
{
    my ($world) = @_;
    return (
        ['a wrong secret', -secret => 'wrong'],
        ['an unknown client', -client => 'nobody', -secret => 'x'],
        ['a client that is switched off', -client => 'off'],
        ['a client without the grant', -client => 'nogrant'],
        ['a client without rules', -client => 'norules'],
        ['a secret that has expired', -client => 'rotating', -secret => $world->secret('rotating-old')],
        ['a target that is switched off', audience => 'https://dark.example'],
        ['a target that is not allowed', audience => 'https://foreign.example'],
        ['an issuer that is switched off', subject_token => $world->token(issuer => 'disabled')],
        ['an issuer that is not there', subject_token => $world->token(issuer => 'nowhere')],
        ['an issuer of another rule', -client => 'others', subject_token => $world->token],
        ['a signature of a stranger', subject_token => $world->token(key => 'stranger')]
    );
}

# The names of those that were granted after all.
sub fallen
{
    my ($world, $temptations) = @_;
    return grep {
        my ($name, %ask) = @$_;
        delete $world->{http};
        $world->exchange(%ask)->status == 200;
    } @$temptations;
}

fault 'databases deleted and replaced' => sub {
    my $world = world('event');
    my $httpd = $world->httpd;
    my $dir = $httpd->dir . '/tokex';
    my @temptations = temptations($world);
    my $load = Tokex::Load->start($world, workers => 2, seconds => 60);
    $httpd->wait_for(sub { -e "$dir/state/last-good.db" }, 5);
    my $log = length $httpd->error_log;
    rename $dir, "$dir.away" or die $!;
    mkdir $dir and mkdir "$dir/config" and mkdir "$dir/state" or die $!;
    chmod 0777, "$dir/state";
    my $children = $httpd->children;
    ok($httpd->wait_for(sub { said($httpd, $log, 'TX00023: ') >= $children }, $SERVED), 'all databases are deleted, and each process says so');
    is_deeply([map { $_->[0] } fallen($world, \@temptations)], [], 'what was refused is refused');
    fails_none($load->stop, 'from memory');
    is_deeply([grep { -f "$dir$_" } files_below($dir)], [], 'and no file is made');
    my ($victim) = $httpd->children;
    kill 'KILL', $victim;
    ok($httpd->wait_for(sub { said($httpd, $log, 'TX00020: ') }, 5), 'a process that begins has nothing to serve');
    my %answers = map { $load->ask => 1 } 1 .. 30;
    delete @answers{qw(good 503)};
    is_deeply([keys %answers], [], 'and answers 503');
    # So that all of them serve from memory again.
    rename $dir, "$dir.empty" or die $!;
    rename "$dir.away", $dir or die $!;
    $httpd->graceful or die "no restart\n";
    rename $dir, "$dir.away" or die $!;
    rename "$dir.empty", $dir or die $!;
    # Another installation's: its master key is another.
    my $other = Tokex::Ctl->new(dir => $httpd->dir . '/other', group => $world->ctl->{group});
    $other->init;
    $log = length $httpd->error_log;
    $children = $httpd->children;
    $load = Tokex::Load->start($world, workers => 2, seconds => 60);
    for my $name (qw(config/config.db state/state.db)) {
        rename $httpd->dir . "/other/$name", "$dir/$name" or die $!;
    }
    ok($httpd->wait_for(sub { said($httpd, $log, 'TX00023: ') >= $children }, $SERVED), 'those of another installation are not served');
    fails_none($load->stop, 'from memory still');
    remove_tree($dir);
    rename "$dir.away", $dir or die $!;
    $log = length $httpd->error_log;
    ok($httpd->wait_for(sub { said($httpd, $log - 200, 'TX00022: ') >= 1 }, $SERVED), 'they come back and are served');
    no_crash($httpd, 'all of it');
    ok($httpd->stop, 'it stops');
    for my $name (qw(config/config.db state/state.db)) {
        rename "$dir/$name", "$dir/aside.db" or die $!;
        my $why = $httpd->try_start;
        like($why // '', qr/TX00002: .*\Q$name\E/, "without $name it does not start");
        $httpd->stop;
        ok(!-e "$dir/$name", 'and makes none');
        rename "$dir/aside.db", "$dir/$name" or die $!;
    }
};

# (what, octets) of a database that was `good`.
sub damages
{
    my ($good, $flips) = @_;
    my $pages = length($good) / 4096;
    my $flip = sub {
        my ($page, $mask) = @_;
        my $bad = $good;
        substr($bad, $page * 4096, 4096) ^= $mask;
        return $bad;
    };
    return (
        ['an empty file', ''],
        ['1 MiB of zeros', "\0" x (1 << 20)],
        ['a bit of the header', substr($good, 0, 17) . chr(ord(substr $good, 17, 1) ^ 4) . substr($good, 18)],
        ['cut at half', substr($good, 0, 4096 * int($pages / 2))],
        ['another file', 'no database ' x 1000],
        map {
            my $page = int rand $pages;
            my $mask = int(rand 2) ? "\xff" x 4096 : join '', map { chr int rand 256 } 1 .. 4096;
            ["page $page flipped", $flip->($page, $mask)]
        } 1 .. $flips
    );
}

fault 'DBS-009 databases damaged' => sub {
    my $world = world('event');
    my $httpd = $world->httpd;
    my $dir = $httpd->dir . '/tokex';
    my @temptations = temptations($world);
    my $seed = $ENV{TOKEX_SEED} // 9;
    srand $seed;
    for my $name (qw(config/config.db state/state.db)) {
        my $path = "$dir/$name";
        if ($name =~ /state/) {
            # What stands in the write-ahead log is moved into the file when the last process closes it.
            $httpd->stop;
            $httpd->start;
            qx(sqlite3 '$path' 'PRAGMA wal_checkpoint(TRUNCATE)') or die "sqlite3\n";
        }
        my $good = slurp($path);
        my @damages = damages($good, Tokex::Scale::of($name =~ /state/ ? 1 : 6, 100));
        my (@granted, @failed, @served, @wrong);
        my $load = Tokex::Load->start($world, workers => 1, pace => 0.01, seconds => 1200);
        for my $damage (@damages) {
            my $log = length $httpd->error_log;
            write_file($path, $damage->[1]);
            if ($name =~ /config/) {
                my $children = $httpd->children;
                $httpd->wait_for(sub { said($httpd, $log, 'TX0002[23]: ') >= $children }, $SERVED) or push @failed, "$damage->[0]: not seen";
                push @served, $damage->[0] if said($httpd, $log, 'TX00022: ');
            }
            push @granted, map {"$damage->[0]: $_->[0]"} fallen($world, \@temptations);
        }
        write_file($path, $good);
        fails_none($load->stop, "$name damaged in " . @damages . ' ways');
        is_deeply(\@failed, [], 'each is seen');
        is_deeply(\@granted, [], 'none of them grants what was refused');
        note("$name: harmless: @served");
        my $log = length $httpd->error_log;
        # As a start finds them; with a page that nothing uses it may go on.
        $httpd->stop;
        my @started;
        for my $damage (@damages) {
            write_file($path, $damage->[1]);
            my $why = $httpd->try_start;
            if (defined $why) {
                push @wrong, "$damage->[0]: $why" if $why !~ /TX0000[23]: /;
                next;
            }
            push @started, $damage->[0];
            push @granted, map {"$damage->[0]: $_->[0]"} fallen($world, \@temptations);
            $httpd->stop;
        }
        is_deeply(\@wrong, [], 'a start refuses each, and says why');
        is_deeply([grep { !/^page/ } @started], [], 'but for pages that nothing uses: ' . @started);
        is_deeply(\@granted, [], 'and grants nothing that was refused');
        write_file($path, $good);
        unlink "$path-wal", "$path-shm";
        $httpd->start;
    }
    is($world->exchange->status, 200, 'put right again it serves');
    no_crash($httpd, "all of it (TOKEX_SEED=$seed)");
};

# The schema of a database as text, and whether it is whole.
sub schema_of { my ($path) = @_; return scalar qx(sqlite3 '$path' 'PRAGMA integrity_check; SELECT sql FROM sqlite_master ORDER BY sql') }

fault 'schema upgrade and import cut at each step' => sub {
    my $httpd = Tokex::Httpd->new;
    my $home = $httpd->dir;
    my $srcdir = Tokex::Tree::srcdir();
    my $ctl = Tokex::Ctl->new(dir => "$home/tokex");
    $ctl->init;
    my $path = "$home/tokex/config/config.db";
    my ($id) = Tokex::Tree::slurp('sql/query/sqlite.sql') =~ /PRAGMA application_id = (1416329283);/;
    # A database of each version, made of the migrations up to it.
    my @migrations = sort glob "$srcdir/sql/migrate/config_*.sql";
    my %schema;
    for my $version (1 .. @migrations) {
        my $made = "$home/version-$version.db";
        my $sql = join "\n", 'PRAGMA foreign_keys = ON;', (map { slurp($migrations[$_ - 1]) . "\n;INSERT INTO schema_version VALUES ($_, 1);" } 1 .. $version), "PRAGMA application_id = $id;";
        write_file("$home/make.sql", $sql);
        system("sqlite3 -bail '$made' < '$home/make.sql'") == 0 or die "sqlite3: $made\n";
        $schema{$version} = schema_of($made);
    }
    system('sqlite3', "$home/version-1.db", "INSERT INTO scope (id, description) VALUES ('kept', 'K')") == 0 or die "sqlite3\n";
    my %preload = Tokex::Disk::environment();
    my $cut = sub {
        my ($start, $run, $judge) = @_;
        my (%ends, @between, @alive);
        my $once = sub {
            my (%how) = @_;
            unlink "$path-journal";
            File::Copy::cp($start, $path) or die $!;
            local @ENV{ keys %preload, keys %how } = (values %preload, values %how);
            return ($run->())[0];
        };
        is($once->(TOKEX_STEPS_FILE => "$home/steps"), 0, 'uncut it succeeds');
        my $steps = slurp("$home/steps");
        # In a check some of them, but all near the commit.
        my $stride = Tokex::Scale::of(1 + int($steps / 20), 1);
        my @steps = grep { $_ % $stride == 0 || $_ > $steps - 8 } 1 .. $steps;
        for my $step (@steps) {
            push @alive, $step if $once->(TOKEX_KILL_AT => $step) != 137;
            my $end = $judge->();
            defined $end ? $ends{$end}++ : push @between, $step;
        }
        is_deeply(\@alive, [], 'it is killed at ' . @steps . " of $steps steps");
        is_deeply(\@between, [], 'and leaves the old or the new, never between: ' . join ', ', map {"$ends{$_} $_"} sort keys %ends);
        return;
    };
    $cut->(
        "$home/version-1.db",
        sub { return $ctl->run(undef, 'migrate') },
        sub {
            # Whoever opens it next undoes what was begun.
            my $now = schema_of($path);
            chomp(my $version = qx(sqlite3 '$path' 'SELECT MAX(version) FROM schema_version'));
            return if ($schema{$version} // '') ne $now || $now !~ /^ok\n/;
            my ($again) = $ctl->run(undef, 'migrate');
            return if $again || schema_of($path) ne $schema{ @migrations + 0 } || qx(sqlite3 '$path' 'SELECT id FROM scope') ne "kept\n";
            return "version $version";
        }
    );
    my $world = Tokex::World->new(start => 0);
    $ctl = $world->ctl;
    $path = $ctl->{dir} . '/config/config.db';
    my $other = $world->edited(sub { $_[0]{scopes}[0]{description} = 'another' });
    my @document = ($ctl->export_text('--with-secrets'), json($other));
    $ctl->import_document($document[1]);
    my $new = $ctl->export_text('--with-secrets');
    my $changed = "$home/before.db";
    $ctl->import_document($document[0]);
    File::Copy::cp($path, $changed) or die $!;
    $cut->(
        $changed,
        sub { return $ctl->try_import($document[1]) },
        sub {
            my ($fails) = $ctl->run(undef, 'migrate');
            my ($now) = $fails ? undef : $ctl->export_text('--with-secrets');
            return !defined $now ? undef : $now eq $document[0] ? 'old' : $now eq $new ? 'new' : undef;
        }
    );
};

# ---- The audit log of many processes

for my $kind ('file', 'pipe') {
    fault "LOG audit lines do not mix, $kind" => sub {
        my @long = map { sprintf 'scope.%03d.%s', $_, 'x' x 90 } 1 .. 38;
        my $world = Tokex::World->new(
            mpm => 'prefork',
            workers => "StartServers 8\nMinSpareServers 8\nMaxSpareServers 8\nMaxRequestWorkers 8",
            log_level => 'notice',
            directives => $kind eq 'pipe' ? qq(TokexAuditLog "|/bin/sh -c 'exec cat >>\@DIR\@/piped.log'") : '',
            document => sub {
                my ($document, $world) = @_;
                push @{ $document->{scopes} }, map { { id => $_ } } @long;
                push @{ $document->{targets} }, $world->target('long', scopes => \@long);
                push @{ $document->{clients} }, $world->client(
                    'long',
                    scopes => \@long,
                    rules => [{
                        id => 'long',
                        issuers => ['partner'],
                        targets => ['long'],
                        default_target => 'long',
                        scope_mode => 'widen'
                    }]
                );
            }
        );
        my $httpd = $world->httpd;
        my $path = $httpd->dir . ($kind eq 'pipe' ? '/piped.log' : '/audit.log');
        my ($each, @pids) = (Tokex::Scale::of(40, 2000));
        my $token = $world->token;
        for my $worker (1 .. 8) {
            my $pid = fork // die "fork: $!\n";
            if (!$pid) {
                my $good = eval {
                    for (1 .. $each) {
                        $world->exchange(-client => 'long', subject_token => $token, scope => join ' ', @long)->status == 200 or die;
                        $world->exchange(-secret => 'wrong', subject_token => $token)->status == 401 or die;
                    }
                    1;
                };
                POSIX::_exit($good ? 0 : 1);
            }
            push @pids, $pid;
        }
        is(scalar(grep { waitpid($_, 0); $? } @pids), 0, 'eight clients get what they should');
        my $all = 16 * $each;
        $httpd->wait_for(sub { slurp($path) =~ tr/\n// >= $all }, 5);
        my @lines = split /(?<=\n)/, slurp($path);
        is(scalar(@lines), $all, "$all decisions, a line each");
        is(scalar(grep { !eval { unjson($_)->{outcome} } } @lines), 0, 'all of them whole');
        my $longest = max(map { length } @lines);
        ok($longest <= 4096 && $longest > 2048, "the longest has $longest octets");
        my @cut = grep { unjson($_)->{scope_granted} =~ /\.\.\.\z/ } grep {/"granted"/} @lines;
        is(scalar(@cut), 8 * $each, 'what would not fit is cut, and marked so');
    };
}

# ---- The clock

# Seconds of processor time that processes have had.
sub used { return List::Util::sum0(map { my @f = split ' ', slurp("/proc/$_/stat") =~ s/^.*\)//sr; ($f[11] + $f[12]) / 100 } @_) }

fault 'FLT-009 the clock jumps' => sub {
    my ($library) = glob '/usr/lib*/{,*/}faketime/libfaketimeMT.so.1' or return fail('libfaketime is missing: install faketime');
    my $world = world(
        'event',
        environment => {
            LD_PRELOAD => $library,
            FAKETIME_NO_CACHE => 1,
            FAKETIME_DONT_FAKE_MONOTONIC => 1,
            NO_FAKE_STAT => 1
        },
        start => 0
    );
    my $httpd = $world->httpd;
    my $clock = $httpd->dir . '/clock';
    my $set = sub { write_file("$clock.new", $_[0]); chmod 0644, "$clock.new"; return rename "$clock.new", $clock };
    $set->('+0');
    $httpd->{environment}{FAKETIME_TIMESTAMP_FILE} = $clock;
    $httpd->start;
    my $ask = sub {
        my (%claims) = @_;
        delete $world->{http};
        my $answer = $world->exchange(subject_token => $world->token(claims => \%claims));
        return $answer->status == 200 ? 'granted' : $world->audit_of($answer)->{code};
    };
    my $renamed = 0;
    for my $jump (['+1h', 3600], ['-1h', -3600], ['+10y', 10 * 365 * 86_400], ['+0', 0]) {
        my ($to, $offset) = @$jump;
        $set->($to);
        my $now = int(time) + $offset;
        is($ask->(iat => $now - 5, exp => $now + 600), 'granted', "$to: what is valid now is granted");
        is($ask->(iat => $now - 900, exp => $now - 400), 'expired', "$to: what has expired is not");
        isnt($ask->(iat => $now - 5, nbf => $now + 400, exp => $now + 600), 'granted', "$to: nor what is not valid yet");
        my $log = length $httpd->error_log;
        $world->ctl->import_document($world->edited(sub { $_[0]{scopes}[0]{description} = 'jump ' . ++$renamed }));
        my @children = $httpd->children;
        ok($httpd->wait_for(sub { said($httpd, $log, 'TX00022: ') >= @children }, $SERVED), "$to: a change is served within seconds all the same");
        my $before = used(@children);
        sleep 0.7;
        my $used = used(@children) - $before;
        cmp_ok($used, '<', 0.25, sprintf "$to: and no process is busy with waiting: %.2f s in 0.7 s", $used);
    }
    # What was saved before the clock was set back is later than everything.
    my $saved = $httpd->dir . '/tokex/state/last-good.db';
    utime time + 3600, time + 3600, $saved;
    $world->ctl->import_document($world->document);
    ok($httpd->wait_for(sub { (stat $saved)[9] < time + 60 }, $SERVED), 'nor does it keep the copy of a change from being saved');
    # Jumps while requests are under way: what they took is told by the other clock.
    my $load = Tokex::Load->start($world, workers => 2, seconds => 30);
    for (1 .. 10) {
        sleep 0.1;
        $set->($_ % 2 ? '-5s' : '+0');
    }
    fails_none($load->stop, 'meanwhile');
    my @odd = grep { $_ < 0 || $_ > 2e6 } map { unjson($_)->{latency_us} } split /\n/, slurp($httpd->dir . '/audit.log');
    is_deeply(\@odd, [], 'no request took less than nothing, or hours');
    # A wait until a time of day, which these two are, lasts an hour longer when the clock is set back by one.
    # libfaketime corrects them, so it cannot show that.
    my @waits = grep { Tokex::Tree::slurp($_) =~ /\b(?:apr_thread|pthread)_cond_timedwait\b/ } Tokex::Tree::product_sources();
    is_deeply(\@waits, [], 'nothing waits by the clock of the day');
    my $from = time;
    $set->('-1h');
    ok($httpd->stop && time - $from < 5, sprintf 'it stops, in %.1f s', time - $from);
    no_crash($httpd, 'all of it');
};

# ---- Clients that are slow

fault 'FLT-017 slow clients' => sub {
    plan skip_all => 'httpd has no mod_reqtimeout' if !Tokex::Httpd::has_module('reqtimeout');
    my $slow = Tokex::Scale::of(100, 1000);
    my $children = 1 + int($slow / 50);
    # As many sockets as that are more than a process usually may have.
    qx(prlimit --pid $$ --nofile=4096: 2>&1);
    my $world = Tokex::World->new(
        modules => ['reqtimeout'],
        log_level => 'notice',
        workers => "ServerLimit $children\nStartServers $children\nThreadLimit 64\nThreadsPerChild 64\nMinSpareThreads 64\nMaxSpareThreads "
            . 64 * $children . "\nMaxRequestWorkers " . 64 * $children,
        config => "RequestReadTimeout header=2-4,MinRate=500 body=2,MinRate=500\n"
    );
    my $load = Tokex::Load->start($world, workers => 0);
    my $request = $load->{octets};
    my $body = index $request, "\r\n\r\n";
    my (@open, $answered);
    my $closed = 0;
    my $connect = sub {
        my $http = Tokex::Http->new($world->port);
        $http->{socket}->blocking(0);
        # Half of them are slow in the header, half in the body.
        my $at = int(rand 2) ? 20 : $body + 10;
        syswrite $http->{socket}, substr $request, 0, $at;
        push @open, { http => $http, at => $at };
    };
    $connect->() for 1 .. $slow;
    my ($asked, $good, $tick) = (0, 0, time);
    my $until = time + Tokex::Scale::of(5, 60);
    while (time < $until) {
        my $from = time;
        my $what = $load->ask(5);
        $asked++;
        $good++ if $what eq 'good' && time - $from < 1;
        if (time - $tick >= 1) {
            $tick = time;
            my @gone;
            for my $client (@open) {
                my $socket = $client->{http}{socket};
                local $SIG{PIPE} = 'IGNORE';
                my $sent = syswrite $socket, substr $request, $client->{at}++, 1;
                my $read = sysread $socket, my $answer, 4096;
                $answered++ if $read && $answer =~ m{^HTTP/1\.1 200};
                push @gone, $client if !$sent || defined $read && !$read || $read;
            }
            my %gone = map { $_ => 1 } @gone;
            $closed += @gone;
            @open = grep { !$gone{$_} } @open;
            # Who is sent away comes again.
            $connect->() for @gone;
        }
        sleep 0.01;
    }
    cmp_ok($good / $asked, '>=', 0.95, "$slow clients send an octet a second; of $asked good requests $good are served within a second");
    cmp_ok($closed, '>=', $slow, "mod_reqtimeout ends them: $closed");
    ok(!$answered, 'none of them gets a token');
    no_crash($world->httpd, 'all of it');
};

done_testing();
