#!/usr/bin/perl
# Many requests: memory, numbers that must not repeat, time that must not tell, logs that must not flood.
# Scaled down; the counts are in the names.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use List::Util qw(sum);
use POSIX ();
use Test::More;
use Time::HiRes qw(time);
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Scale;
use Tokex::Jose qw(json unb64u unjson);
use Tokex::World;

my $FORM = 'application/x-www-form-urlencoded';

# The octets of a request that is sent again and again.
sub octets
{
    my ($world, $token, %more) = @_;
    my $client = $more{client} // 'orders';
    return Tokex::Http::octets(
        'POST',
        '/sts/token',
        [
            'Content-Type' => $FORM,
            Authorization => Tokex::Http::basic($client, $more{secret} // $world->secret($client))
        ],
        Tokex::Http::form($world->form(subject_token => $token))
    );
}

# Sends octets `count` times, eight ahead of the answers over one connection while httpd keeps it open (after
# status 400 it does not), and calls `each` with every answer. Gives the number of connections.
sub hammer
{
    my ($world, $count, $octets, $each, $ahead) = @_;
    my ($http, $sent, $connections) = (undef, 0, 0);
    for (1 .. $count) {
        if (!$http) {
            $http = Tokex::Http->new($world->port);
            $connections++;
        }
        while ($sent < $count && $sent < $_ + ($ahead // 1) - 1) {
            syswrite $http->{socket}, ref $octets ? $octets->[$sent % @$octets] : $octets;
            $sent++;
        }
        my $answer = $http->answer;
        $http = undef if lc($answer->header('connection') // '') =~ /close/;
        $each->($answer);
    }
    return $connections;
}

# ---- One child, so that its memory is the one to look at

my $world = Tokex::World->new(
    mpm => 'event',
    log_level => 'error',
    directives => '',
    workers =>
        "ServerLimit 1\nThreadLimit 8\nMaxRequestWorkers 8\nMaxConnectionsPerChild 0\nMaxSpareThreads 8\nMinSpareThreads 8"
);
my ($child) = $world->httpd->children;
ok($child, 'one child runs');
{
    my @bad = map { octets($world, $_) } $world->token(key => 'stranger'),
        $world->token(issuer => 'ec', key => 'ec_stranger'),
        $world->token(issuer => 'eddsa', key => 'ed', claims => { sub => 'y' }) =~ s/.{20}$/'A' x 20/er,
        $world->token(key => 'stranger', alg => 'PS256');
    my $wrong = 0;
    my $judge = sub { $wrong++ if $_[0]->status != 400 };
    my $refuse = sub { hammer($world, $_[0], \@bad, $judge) };
    $refuse->(4000);
    my $before = Tokex::Httpd->rss($child);
    my $many = Tokex::Scale::of(16_000, 1_000_000);
    $refuse->($many);
    my $after = Tokex::Httpd->rss($child);
    my ($still) = $world->httpd->children;
    ok(
        $wrong == 0 && $still == $child && $after - $before < 1024,
        "SIG-026 $many failed verifications in one child: $before to $after KiB"
    );
}
{
    my $good = octets($world, $world->token);
    my $wrong = 0;
    my $judge = sub { $wrong++ if $_[0]->status != 200 };
    hammer($world, 2000, $good, $judge, 8);
    my $before = Tokex::Httpd->rss($child);
    my $many = Tokex::Scale::of(10_000, 500_000);
    my $connections = hammer($world, $many, $good, $judge, 8);
    my $after = Tokex::Httpd->rss($child);
    ok($wrong == 0 && $connections == 1 && $after - $before < 1024,
        "HTP-014 $many requests on one connection: $before to $after KiB");
}

# ---- Time does not tell an unknown client from a wrong secret

{
    my %octets = (
        known => octets($world, 'x', secret => 'a-wrong-secret-of-some-length'),
        unknown => octets($world, 'x', client => 'ordert', secret => 'a-wrong-secret-of-some-length')
    );
    my $measure = sub {
        my ($count) = @_;
        my $http = Tokex::Http->new($world->port);
        # The server's time alone, without that of asking try about each request.
        delete local $Tokex::Http::WATCHED{ $world->port };
        my %took;
        for (1 .. $count) {
            for my $kind (rand() < 0.5 ? qw(known unknown) : qw(unknown known)) {
                my $from = time;
                my $answer = $http->request($octets{$kind});
                push @{ $took{$kind} }, (time - $from) * 1e6;
                die "status $answer->{status}" if $answer->status != 401;
            }
        }
        # What the machine does beside us is in the slow tail.
        my %part = map {
            my @sorted = sort { $a <=> $b } @{ $took{$_} };
            $_ => [@sorted[0 .. int(@sorted * 0.8)]]
        } keys %took;
        my %mean = map { $_ => sum(@{ $part{$_} }) / @{ $part{$_} } } keys %part;
        my %var = map {
            my $m = $mean{$_};
            $_ => sum(map { ($_ - $m)**2 } @{ $part{$_} }) / (@{ $part{$_} } - 1) / @{ $part{$_} }
        } keys %part;
        my $t = ($mean{known} - $mean{unknown}) / sqrt($var{known} + $var{unknown});
        my $median = abs($part{known}[@{ $part{known} } / 2] - $part{unknown}[@{ $part{unknown} } / 2]);
        return ($t, $median);
    };
    my ($t, $median);
    # A difference that is there is there every time; noise is not.
    for my $try (1 .. 4) {
        ($t, $median) = $measure->(2500);
        last if abs($t) < 4.5 && $median < 50;
    }
    ok(
        abs($t) < 4.5 && $median < 50,
        sprintf
            'TIM-001 unknown client and wrong secret, 2 500 samples each: Welch t %.2f, medians differ by %.1f us',
        $t,
        $median
    );
}

# ---- No jti twice, from several processes

{
    my $many = Tokex::World->new(
        mpm => 'prefork',
        log_level => 'error',
        workers => "StartServers 8\nMinSpareServers 8\nMaxSpareServers 8\nMaxRequestWorkers 8",
        config => "LogFormat %P who\nCustomLog \@DIR\@/who.log who"
    );
    my $subject = $many->token;
    my $octets = octets($many, $subject);
    my @pipes;
    for my $worker (1 .. 8) {
        pipe my $read, my $write or die $!;
        my $pid = fork // die $!;
        if (!$pid) {
            my @seen;
            eval {
                hammer(
                    $many, 600, $octets,
                    sub {
                        my $token = $_[0]->json->{access_token} // '..';
                        push @seen, unjson(unb64u((split /\./, $token)[1]))->{jti};
                    },
                    8
                );
            };
            print {$write} join("\n", @seen), "\n";
            close $write;
            POSIX::_exit(0);
        }
        close $write;
        push @pipes, [$pid, $read];
    }
    my (%seen, $count);
    for my $pipe (@pipes) {
        my $read = $pipe->[1];
        while (<$read>) {
            $seen{$_}++;
            $count++;
        }
        waitpid $pipe->[0], 0;
    }
    my %who = map { $_ => 1 } split /\n/, Tokex::Httpd::slurp($many->httpd->dir . '/who.log');
    my $children = keys %who;
    ok($children > 1 && keys %seen == 4800, "ISS-002 4 800 tokens of $children processes, each with a jti of its own")
        or diag(scalar(keys %seen) . ' different ones');
    is($count, 4800, 'all of them were issued');
}

# ---- A flood of refusals does not flood the log

{
    my $flooded = Tokex::World->new(
        log_level => 'info',
        workers => "ServerLimit 1\nMaxRequestWorkers 8\nMaxSpareThreads 8\nMinSpareThreads 8\nThreadLimit 8"
    );
    my $octets = octets($flooded, $flooded->token(key => 'stranger'));
    my $from = time;
    hammer($flooded, 3000, $octets, sub { });
    my $seconds = int(time - $from) + 2;
    my $log = $flooded->httpd->error_log;
    my $lines = () = $log =~ /TX00040: /g;
    # The rest is told by the next line of its kind, which the next second has.
    my ($sent, $all) = (3000, $lines);
    my $said = $flooded->httpd->wait_for(
        sub {
            hammer($flooded, 1, $octets, sub { });
            $sent++;
            $log = $flooded->httpd->error_log;
            return ($all = () = $log =~ /TX00040: /g) > $lines;
        },
        5
    );
    my $unsaid = 0;
    $unsaid += $1 while $log =~ /TX00041: [^\n]*?(\d+) more refusals/g;
    ok($said && $lines <= 10 * $seconds && $lines > 0 && $all + $unsaid == $sent,
        "LOG-009 3 000 refusals, $lines lines, $unsaid counted")
        or diag("$all lines of $sent refusals");
    my $audited = () = Tokex::Httpd::slurp($flooded->httpd->dir . '/audit.log') =~ /\n/g;
    is($audited, $sent, 'and the audit log has every one');
}

# ---- TLS on the thread that has just refused a signature

if (Tokex::Httpd::needs('ssl')) {
    my $secure_port = Tokex::Httpd::free_port();
    my $tls = Tokex::World->new(
        mpm => 'prefork',
        modules => [qw(ssl socache_shmcb)],
        workers => "StartServers 1\nMinSpareServers 1\nMaxSpareServers 1\nServerLimit 1\nMaxRequestWorkers 1",
        log_level => 'info',
        start => 0,
        config => <<"END");
Listen 127.0.0.1:$secure_port
<VirtualHost 127.0.0.1:$secure_port>
SSLEngine on
SSLCertificateFile \@DIR\@/tls.pem
SSLCertificateKeyFile \@DIR\@/tls.key
</VirtualHost>
END
    my $key = $tls->key('rsa');
    Tokex::Jose::write_file($tls->httpd->dir . '/tls.key', $key->{pem});
    Tokex::Jose::write_file($tls->httpd->dir . '/tls.pem', Tokex::Jose::certificate($key, '127.0.0.1'));
    $tls->httpd->start;
    my @bad = (
        $tls->token(key => 'stranger'),
        $tls->raw(issuer => 'ec', key => 'ec', signature => "\xFF" x 64),
        $tls->raw(signature => "\xFF" x 256),
        $tls->token(issuer => 'eddsa', key => 'ed') =~ s/.{10}$/'A' x 10/er
    );
    my @answers;
    for my $token (@bad, undef) {
        for (1 .. 2) {
            my $answer = Tokex::Http::curl(
                "https://127.0.0.1:$secure_port/sts/token",
                [$tls->form(defined $token ? (subject_token => $token) : ())],
                '-k', '-u', 'orders:' . $tls->secret('orders')
            );
            push @answers, $answer ? $answer->status : 'none';
        }
    }
    is(
        "@answers",
        join(' ', (400) x 8, 200, 200),
        'SIG-025 TLS goes on after failed verifications on the same thread'
    );
    unlike(
        $tls->httpd->error_log,
        qr/SSL (?:Library Error|handshake)[^\n]*(?:rsa|ecdsa|signature|padding)/i,
        'SIG-025 and finds no error that was left'
    );
}

done_testing();
