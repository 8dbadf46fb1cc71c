#!/usr/bin/perl
# What befalls the databases while the server serves, one fault after the other, and the figure that has to hold
# in it.
# `prove t/48-databases.t :: WORD ...` runs only the faults whose names hold one of the words.
use strict;
use warnings;
use File::Copy ();
use File::Path qw(remove_tree);
use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Open2 qw(open2);
use List::Util qw(max);
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Ctl;
use Tokex::Disk;
use Tokex::Faults;
use Tokex::Httpd;
use Tokex::Jose qw(json);
use Tokex::Load;
use Tokex::Scale;
use Tokex::Tree;
use Tokex::World;

sub files_below { my ($dir) = @_; return sort map { substr $_, length $dir } glob "$dir/{,*/}{.*,*.*}" }

# A configuration that differs from that of the world in one thing, which makes it longer.
sub longer
{
    my ($world) = @_;
    return $world->edited(sub { push @{ $_[0]{scopes} }, map { { id => "more.$_", description => 'x' x 200 } } 1 .. 200 });
}

# ---- Locks

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
    # A wait for a lock would take the five seconds of SQLite's patience.
    cmp_ok($sum->{slowest}, '<', 4, sprintf 'and none waited for the lock: %.2f s at most', $sum->{slowest});
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

# ---- No room

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
    # The server has state.db open, with its WAL.
    is_deeply([grep { /-(?:journal|wal)$/ && !m{^/state/state\.db-wal$} && -s "$dir$_" } files_below($dir)], [], 'and leaves nothing behind');
    my ($key, undef, $said) = $ctl->run(undef, 'key', 'rotate');
    ok($key == 3 && slurp($config) eq $database, 'so does a rotation of the key') or diag($said);
    my $again = length $httpd->error_log;
    ok($httpd->graceful, 'a graceful restart meanwhile');
    # Whoever finds state.db open can read it, and then cannot write what is decided.
    ok($httpd->wait_for(sub { said($httpd, $again, 'TX00\d+: .*state\.db: .*the disk is full') }, 5), 'which says what it goes on without')
        or diag(substr $httpd->error_log, $again);
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

# ---- Gone, exchanged, damaged

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
    $world->tried->keep('with state.db');
    rename $dir, "$dir.away" or die $!;
    mkdir $dir and mkdir "$dir/config" and mkdir "$dir/state" or die $!;
    chmod 0777, "$dir/state";
    my $children = $httpd->children;
    ok($httpd->wait_for(sub { said($httpd, $log, 'TX00023: ') >= $children }, $SERVED), 'all databases are deleted, and each process says so');
    is_deeply([map { $_->[0] } fallen($world, \@temptations)], [], 'what was refused is refused');
    fails_none($load->stop, 'from memory');
    is_deeply([grep { -f "$dir$_" } files_below($dir)], [], 'and no file is made');
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
    # Nobody has anything on the disk: only memory has it.
    remove_tree($dir);
    my ($victim) = $httpd->children;
    kill 'KILL', $victim;
    ok($httpd->wait_for(sub { said($httpd, $log, 'TX00020: ') }, 5), 'a process that begins with nothing to serve says so');
    my %answers = map { $load->ask => 1 } 1 .. 30;
    delete @answers{qw(good 503)};
    is_deeply([keys %answers], [], 'and answers 503');
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
    $world->tried->keep('with state.db');
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

# ---- Changes that are cut off

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

done_testing();
