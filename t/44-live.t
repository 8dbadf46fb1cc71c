#!/usr/bin/perl
# The configuration changes while requests are served: every child serves the change, none fails, and what
# cannot be served leaves what could.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose;
use Tokex::Scale;
use Tokex::World;

# What is demanded is a second; what is measured stands in the name of the test.
my $BOUND = 2;

# Each request of a load with its process, when it began, what came of it, whose it is, and who sent it.
my $LOG = 'LogFormat "%P %{begin:usec}t %s %{X-Load}i %{X-Sender}i" moment' . "\n"
    . 'CustomLog @DIR@/moments.log moment' . "\n";

sub live_world
{
    my ($mpm, %more) = @_;
    my $workers =
        $mpm eq 'prefork'
        ? "StartServers 3\nMinSpareServers 3\nMaxSpareServers 3\nMaxRequestWorkers 3\nServerLimit 3"
        : "ServerLimit 2\nStartServers 2\nThreadLimit 4\nThreadsPerChild 4\nMinSpareThreads 8\nMaxSpareThreads 8\nMaxRequestWorkers 8";
    my $world = Tokex::World->new(
        mpm => $mpm,
        workers => "$workers\nMaxConnectionsPerChild 0",
        config => $LOG,
        log_level => 'notice',
        %more
    );
    # The first answer comes before the last child does.
    my $all = $mpm eq 'prefork' ? 3 : 2;
    $world->httpd->wait_for(sub { $world->httpd->children == $all }, $BOUND * 10) or die "$mpm: not all children began";
    return $world;
}

# Processes that send one exchange after the other, for each of `clients`, until they are told to stop.
# Each then tells how many answers were neither 200 nor 401.
sub load
{
    my ($world, @clients) = @_;
    my ($token, $test) = ($world->token, $$);
    my @load;
    for my $sender (1 .. @clients) {
        my $client = $clients[$sender - 1];
        my $octets = Tokex::Http::octets(
            'POST',
            '/sts/token',
            [
                'Content-Type' => 'application/x-www-form-urlencoded',
                Authorization => Tokex::Http::basic($client, $world->secret($client)),
                'X-Load' => $client,
                'X-Sender' => $sender,
                Connection => 'close'
            ],
            Tokex::Http::form($world->form(subject_token => $token))
        );
        pipe my $read, my $write or die "pipe: $!";
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            my ($stop, %count) = (0);
            $SIG{TERM} = sub { $stop = 1 };
            # Nor longer than the test, should that die.
            while (!$stop && getppid == $test) {
                my $answer = eval { Tokex::Http->new($world->port)->request($octets) };
                # The signal may have cut this one short.
                last if !$answer && $stop;
                $count{ $answer ? $answer->status : 'none' }++;
                # No wait, but a pace: the machine has other work.
                sleep 0.003;
            }
            print {$write} join(' ', %count), "\n";
            close $write;
            POSIX::_exit(0);
        }
        close $write;
        push @load, { pid => $pid, read => $read, sender => $sender };
    }
    return \@load;
}

# All answers of the load by status.
sub unload
{
    my ($load) = @_;
    my %sum;
    kill 'TERM', map { $_->{pid} } @$load;
    for my $worker (@$load) {
        my $read = $worker->{read};
        my %count = split ' ', scalar(<$read>) // '';
        $sum{$_} += $count{$_} for keys %count;
        waitpid $worker->{pid}, 0;
    }
    return \%sum;
}

sub moments
{
    my ($world, $client) = @_;
    my @found;
    for my $line (split /\n/, Tokex::Jose::slurp($world->httpd->dir . '/moments.log')) {
        my ($pid, $begin, $status, $of, $sender) = split ' ', $line;
        # The last line may be on its way.
        next if !defined $sender;
        push @found, { pid => $pid, begin => $begin / 1e6, status => $status, sender => $sender } if $of eq $client;
    }
    return @found;
}

# Clients with `enabled` as told.
sub switched
{
    my ($world, %enabled) = @_;
    return $world->edited(sub {
        my ($document) = @_;
        for my $kind (qw(clients issuers targets)) {
            for my $object (@{ $document->{$kind} }) {
                my $name = "$kind/$object->{id}";
                $object->{enabled} = $enabled{$name} ? \1 : \0 if exists $enabled{$name};
            }
        }
    });
}

# Every process of the load for `client` has had two answers to requests that began after `time`: whatever it had
# asked before then is answered and logged.
sub moved_on
{
    my ($world, $client, $time, $senders) = @_;
    return $world->httpd->wait_for(
        sub {
            my %count;
            $count{ $_->{sender} }++ for grep { $_->{begin} > $time } moments($world, $client);
            return $senders == grep { $_ >= 2 } values %count;
        },
        $BOUND
    );
}

sub said { my ($world, $from, $like) = @_; return scalar(() = $world->httpd->error_log($from) =~ /$like/g) }

# { process => how often it has said so }
sub said_by
{
    my ($world, $from, $like) = @_;
    my ($log, %times) = $world->httpd->error_log($from);
    $times{$1}++ while $log =~ /^[^\n]*\[pid (\d+)\D[^\n]*$like/mg;
    return \%times;
}

sub fresh { my ($world, @what) = @_; delete $world->{http}; return $world->exchange(@what) }

# How long the error log was before the last change.
my $mark = 0;

# The exchange is asked for on new connections until several in a row end as wanted, by the audit log's code, and
# each child has said that it serves the change; at most BOUND seconds for either.
sub becomes
{
    my ($world, $want, @what) = @_;
    my ($from, $row, $code) = (time, 0, '');
    while ($row < 8 && time - $from < $BOUND) {
        my $answer = fresh($world, @what);
        $code = $answer->status == 200 ? 'granted' : $world->audit_of($answer)->{code};
        $row = $code eq $want ? $row + 1 : 0;
    }
    diag("it was $code") if $row < 8;
    return $row >= 8 && $world->httpd->wait_for(sub { said($world, $mark, 'TX00022: ') >= $world->httpd->children }, $BOUND);
}

# ---- A client that is disabled, in every process model, under load

for my $mpm (qw(event worker prefork)) {
    Tokex::Httpd::needs("mpm_$mpm") or next;
    my $world = live_world($mpm);
    my @children = $world->httpd->children;
    my $load = load($world, ('orders') x 2, ('shop') x 4);
    ok(moved_on($world, 'orders', 0, 2) && moved_on($world, 'shop', 0, 4), "$mpm: the load runs");
    my (@rounds, @moved, %slowest);
    my $turns = Tokex::Scale::of(2, 50);
    for my $on ((0, 1) x $turns) {
        $world->ctl->import_document(switched($world, 'clients/shop' => $on));
        my $at = time;
        my $by = sub {
            my ($status) = @_;
            return grep { $_->{begin} > $at && $_->{status} == $status } moments($world, 'shop');
        };
        push @rounds, $world->httpd->wait_for(
            sub {
                my %served = map { $_->{pid} => 1 } $by->($on ? 200 : 401);
                return !grep { !$served{$_} } @children;
            },
            $BOUND
        );
        push @moved, moved_on($world, 'shop', time, 4);
        for my $late (map { $_->{begin} - $at } $by->($on ? 401 : 200)) {
            $slowest{$on} = $late if $late > ($slowest{$on} // 0);
        }
    }
    my $count = unload($load);
    is_deeply([grep { !/^(?:200|401)$/ } keys %$count],
        [], "$mpm: no request of $count->{200} + $count->{401} fails");
    is_deeply([grep { $_->{status} != 200 } moments($world, 'orders')],
        [], "$mpm: who is not disabled is not refused");
    is_deeply([map { $_ ? 1 : 0 } @rounds, @moved], [(1) x (4 * $turns)],
        "$mpm: each of " . @children . ' children serves each change');
    my $name = sub { sprintf '%.2f s', $_[0] // 0 };
    cmp_ok($slowest{0} // 0, '<', $BOUND,
        "$mpm: a disabled client gets its last token " . $name->($slowest{0}) . ' after the import');
    cmp_ok($slowest{1} // 0, '<', $BOUND,
        "$mpm: an enabled one its last refusal after " . $name->($slowest{1}));
    is_deeply([sort $world->httpd->children], [sort @children], "$mpm: by the same children");
    my $from = time;
    ok($world->httpd->stop && time - $from < 3, sprintf "$mpm: they end when they are told to, in %.1f s", time - $from);
    unlike($world->httpd->error_log, qr/exit signal|did not exit|TX0002[03456]/, "$mpm: without a complaint");
}

# ---- What else can be disabled, and a new key

my $world = live_world('event');
my $httpd = $world->httpd;
my $config_db = $httpd->dir . '/tokex/config/config.db';
my $last_good = $httpd->dir . '/tokex/state/last-good.db';
my $state_db = $httpd->dir . '/tokex/state/state.db';

sub import_now { my ($document) = @_; $mark = length $httpd->error_log; return $world->ctl->import_document($document) }

{
    is(fresh($world)->status, 200, 'it serves');
    import_now(switched($world, 'targets/api' => 0));
    ok(becomes($world, 'target_disabled', audience => 'https://api.example'), 'a disabled target is refused');
    import_now(switched($world, 'issuers/partner' => 0));
    ok(becomes($world, 'issuer_disabled'), 'so are tokens of a disabled issuer');
    import_now($world->edited(
        sub {
            my ($document) = @_;
            $_->{rules}[0]{enabled} = \0 for grep { $_->{id} eq 'orders' } @{ $document->{clients} };
        }
    ));
    ok(becomes($world, 'issuer_rule'), 'and what only a disabled rule allows');
    import_now($world->document);
    ok(becomes($world, 'granted'), 'and all is granted again');
}

# ---- The last good one is kept

# When the file was written, and when it or its name was changed.
sub written { return (Time::HiRes::stat $_[0])[9] // 0 }
sub changed { return (Time::HiRes::stat $_[0])[10] // 0 }
sub saved { return $httpd->wait_for(sub { written($last_good) > changed($config_db) }, 3) }

# What the server tells of its processes: "generation state processes", a line each.
sub told { return join ' | ', split /\n/, qx(sqlite3 -cmd '.timeout 10000' -separator ' ' "$state_db" 'SELECT generation, state, processes FROM serving ORDER BY generation DESC, state') }

sub generation { return 0 + qx(sqlite3 -cmd '.timeout 10000' "$config_db" 'SELECT number FROM generation') }

sub is_told
{
    my ($wanted, $name) = @_;
    $httpd->wait_for(sub { told() =~ $wanted }, 10);
    return like(told(), $wanted, $name);
}

{
    my $all = $httpd->children;
    my $generation = generation();
    is_told(qr/^$generation current $all$/, 'the server tells which generation all its processes serve');
    ok(saved(), 'what is served is saved');
    my ($account) = Tokex::Httpd::account();
    is(sprintf('%o %s', (stat $last_good)[2] & 07777, scalar getpwuid((stat _)[4])), "640 $account",
        'so that its owner alone may write it');
    is_deeply([glob $httpd->dir . '/tokex/state/last-good.db?*'], [], 'and nothing is left beside it');
}

sub name_other
{
    my ($name) = @_;
    return system('sqlite3', '-cmd', '.timeout 10000', $config_db,
        "BEGIN; UPDATE issuer SET issuer = '$name' WHERE id = 'other'; UPDATE generation SET number = number + 1; COMMIT") == 0;
}

{
    my $from = length $httpd->error_log;
    my $load = load($world, ('orders') x 2);
    # What no import would take.
    ok(name_other('http://plain.example'), 'a configuration is damaged by hand');
    my @children = $httpd->children;
    ok($httpd->wait_for(sub { said($world, $from, 'TX00023: ') >= @children }, $BOUND), 'each child says that it cannot be served');
    like($httpd->error_log($from), qr/TX00004: .*plain\.example/, 'and what is wrong with it');
    my $all = @children;
    is_told(qr/^\d+ kept $all$/, 'and it is told that they serve an older one');
    like(($world->ctl->run(undef, 'doctor'))[1], qr/^FAIL  $all processes of httpd serve generation \d+, because what stands there now cannot be loaded/m, '... by tokexctl doctor too');
    isnt((told() =~ /^(\d+)/)[0], generation(), '... by its number');
    is(fresh($world)->status, 200, 'what was served before is served');
    # A child that is born now has only the last good one. The others have looked again in the meantime.
    kill 'KILL', $children[0];
    ok($httpd->wait_for(sub { said($world, $from, 'TX00024: ') }, 5), 'a child that is born meanwhile serves the last good one');
    is_deeply([@{ said_by($world, $from, 'TX00023: ') }{@children}], [(1) x @children], 'and each that was there has said it once');
    is_told(qr/^\d+ kept $all$/, 'it is told of in the place of the one that was killed');
    ok($httpd->graceful, 'a graceful restart meanwhile');
    like($httpd->error_log($from), qr/TX00008: /, 'says what it goes on with');
    is_deeply([grep { $_ != 200 } map { fresh($world)->status } 1 .. 20], [], 'and serves');
    my $count = unload($load);
    ok($count->{200} && !grep({ $_ ne '200' && $_ ne 'none' } keys %$count), 'no answer but 200 in all of this: ' . join ' ', %$count);
    # What somebody else might put there: a link, and where root can make one, a file that is not the server's.
    # All children are born anew, so that none serves what it had.
    my $elsewhere = $httpd->dir . '/elsewhere.db';
    rename $last_good, $elsewhere or die $!;
    my @foreign = (['a link', sub { symlink $elsewhere, $last_good }]);
    push @foreign, ['a file of somebody else', sub { unlink $last_good; rename $elsewhere, $last_good; chown 0, 0, $last_good }] if $> == 0;
    for my $case (@foreign) {
        my ($what, $put) = @$case;
        $put->() or die "$what: $!";
        $from = length $httpd->error_log;
        kill 'KILL', $httpd->children;
        ok($httpd->wait_for(sub { said($world, $from, 'TX00020: ') }, 5) && fresh($world)->status == 503,
            "$what in its place is not believed");
        is_told(qr/^0 none \d+$/, '... and that nothing is served is told');
    }
    $from = length $httpd->error_log;
    ok(name_other('https://other.example')
        && $httpd->wait_for(sub { said($world, $from, 'TX00022: ') >= $httpd->children }, $BOUND), 'repaired, it is served again');
    my $generation = generation();
    is_told(qr/^$generation current \d+$/, 'and told');
}

# ---- The file goes, and comes

{
    my $from = length $httpd->error_log;
    rename $config_db, "$config_db.aside" or die $!;
    my @children = $httpd->children;
    my $children = @children;
    ok($httpd->wait_for(sub { said($world, $from, 'TX00023: ') >= $children }, $BOUND), 'config.db is gone, and each child says so');
    kill 'KILL', $children[0];
    ok($httpd->wait_for(sub { said($world, $from, 'TX00024: ') }, 5), 'a child that is born meanwhile serves the last good one');
    is_deeply([@{ said_by($world, $from, 'TX00023: ') }{@children}], [(1) x @children], 'and each that was there has said it once');
    is_deeply([grep { $_ != 200 } map { fresh($world)->status } 1 .. 12], [], 'it goes on serving');
    ok(!-e $config_db, 'and makes none');
    rename "$config_db.aside", $config_db or die $!;
    ok($httpd->wait_for(sub { said($world, $from, 'TX00022: ') >= $children }, $BOUND), 'it is back, and served');
    # Another file under the same name.
    my $copy = Tokex::Jose::slurp($config_db);
    import_now(switched($world, 'clients/orders' => 0));
    ok(becomes($world, 'client_disabled'), 'a client is disabled');
    Tokex::Jose::write_file("$config_db.copy", $copy);
    my ($mode, $uid, $gid) = (stat $config_db)[2, 4, 5];
    chmod $mode & 07777, "$config_db.copy";
    chown $uid, $gid, "$config_db.copy";
    $mark = length $httpd->error_log;
    rename "$config_db.copy", $config_db or die $!;
    ok(becomes($world, 'granted'), 'the file is replaced by a copy from before');
    # What is served while the file is damaged can be compared with what it was.
    $world->tried->keep('with state.db');
    # Damage of the file itself.
    $from = length $httpd->error_log;
    Tokex::Jose::write_file($config_db, "\0" x 8192);
    ok($httpd->wait_for(sub { said($world, $from, 'TX00023: ') >= $children }, $BOUND), 'the file is overwritten with zeros');
    is_deeply([grep { $_ != 200 } map { fresh($world)->status } 1 .. 12], [], 'DBS-009 it goes on serving');
    Tokex::Jose::write_file($config_db, $copy);
    ok($httpd->wait_for(sub { said($world, $from, 'TX00022: ') >= $children }, $BOUND), 'and serves it once it is whole');
}

# ---- Many changes leave nothing behind

{
    my ($child) = $httpd->children;
    my $from = length $httpd->error_log;
    my $change = sub {
        my ($count, $what) = @_;
        for my $n (1 .. $count) {
            my $at = length $httpd->error_log;
            $world->ctl->import_document($world->edited(sub { $_[0]{scopes}[0]{description} = "$what $n" }));
            $httpd->wait_for(sub { said($world, $at, "pid $child.*TX00022: ") }, $BOUND) or return 0;
        }
        return 1;
    };
    # What stays open: connections do not, nor a copy that is being saved.
    my $open_files = sub { return grep { !/^socket:/ } map { readlink // () } glob "/proc/$child/fd/*" };
    my $fds = sub {
        saved() && $httpd->wait_for(sub { !grep { /last-good/ } $open_files->() }, $BOUND) or return 'too many';
        return scalar(my @open = $open_files->());
    };
    delete $world->{http};
    ok($change->(4, 'before'), 'changes are served one after the other');
    my ($rss, $open) = (Tokex::Httpd->rss($child), $fds->());
    ok($change->(Tokex::Scale::of(10, 200), 'after'), 'and more of them');
    my ($now, $later) = (Tokex::Httpd->rss($child), $fds->());
    ok($now - $rss < 1024 && $later eq $open, "a child does not grow with changes: $rss to $now KiB, $open to $later descriptors");
    unlike($httpd->error_log, qr/exit signal (?!Killed)|did not exit/, 'no crash');
    ok($httpd->stop, 'it stops');
}

done_testing();
