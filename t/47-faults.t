#!/usr/bin/perl
# What befalls processes, logs, the clock and connections while the server serves, one fault after the other, and
# the figure that has to hold in it.
# `prove t/47-faults.t :: WORD ...` runs only the faults whose names hold one of the words.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use List::Util qw(max sum0);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Disk;
use Tokex::Faults;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(unjson);
use Tokex::Load;
use Tokex::Scale;
use Tokex::Tree;
use Tokex::World;
# ---- Processes die

for my $mpm (qw(event prefork)) {
    fault "kill -9 of a child, $mpm" => sub {
        Tokex::Httpd::needs("mpm_$mpm") or return;
        my $world = world($mpm);
        my $httpd = $world->httpd;
        my $load = Tokex::Load->start($world, workers => 4, seconds => 900);
        my ($kills, $slowest) = (Tokex::Scale::of(2, 600), 0);
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

# The one lock that processes share is held while the configuration is copied.
for my $mutex ('pthread', 'file:@DIR@') {
    fault "kill -9 within the shared lock, $mutex" => sub {
        my $world = world('event', environment => { Tokex::Disk::environment() }, config => "Mutex $mutex default\n");
        my $httpd = $world->httpd;
        my $state = $httpd->dir . '/tokex/state';
        my $copy = sub { return join ' ', (stat "$state/last-good.db")[1, 10] };
        $httpd->wait_for(sub { -e "$state/last-good.db" }, 5);
        my $before = $copy->();
        my $load = Tokex::Load->start($world, workers => 2, seconds => 60);
        Tokex::Disk::kill_next($state);
        $world->ctl->import_document($world->edited(sub { $_[0]{scopes}[0]{description} = 'another' }));
        ok($httpd->wait_for(sub { !-e "$state/.kill" }, 5), 'a process is killed before it names the copy that it made');
        my $from = time;
        ok($httpd->wait_for(sub { $copy->() ne $before }, 5), sprintf 'another makes one, %.2f s later', time - $from);
        cmp_ok(time - $from, '<', 1, 'within a second');
        is_deeply([grep { !/last-good\.db$/ } glob "$state/last-good.db*"], [], 'and what the first left is gone');
        my $sum = $load->stop;
        cmp_ok($sum->{count}{none} // 0, '<=', $THREADS{event}, "of $sum->{all} requests no more are lost than it had threads");
        is(Tokex::Load::bad($sum) =~ s/\d+ none//r, '', 'and no answer is wrong');
        no_crash($httpd, 'beside this');
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
        Tokex::Httpd::needs("mpm_$mpm") or return;
        my $world = world($mpm);
        my $httpd = $world->httpd;
        my ($restarts, $least) = (Tokex::Scale::of(3, 20), Tokex::Scale::of(400, 30_000));
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

# ---- The audit log of many processes

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
        my ($each, @pids) = (Tokex::Scale::of(25, 500));
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
sub used { return sum0(map { my @f = split ' ', slurp("/proc/$_/stat") =~ s/^.*\)//sr; ($f[11] + $f[12]) / 100 } @_) }

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
        sleep 0.5;
        my $used = used(@children) - $before;
        cmp_ok($used, '<', 0.2, sprintf "$to: and no process is busy with waiting: %.2f s in 0.5 s", $used);
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
    # A wait until a time of day, which these two are unless another clock is chosen, lasts an hour longer when the
    # clock is set back by one. libfaketime corrects them, so it cannot show that.
    my @waits = grep {
        my $text = Tokex::Tree::slurp($_);
        $text =~ /\bapr_thread_cond_timedwait\b/ || ($text =~ /\bpthread_cond_timedwait\b/ && !m{/monotonic\.c\z});
    } Tokex::Tree::product_sources();
    is_deeply(\@waits, [], 'nothing waits by the clock of the day');
    my $from = time;
    $set->('-1h');
    ok($httpd->stop && time - $from < 5, sprintf 'it stops, in %.1f s', time - $from);
    no_crash($httpd, 'all of it');
};

# ---- Clients that are slow

fault 'FLT-017 slow clients' => sub {
    Tokex::Httpd::needs('reqtimeout') or return;
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
