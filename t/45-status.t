#!/usr/bin/perl
# What is counted: the section of mod_status and the page for Prometheus, over several children and threads.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use POSIX ();
use Test::More;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Tree;
use Tokex::World;

my $PAGES = <<'END';
<Location /server-status>
SetHandler server-status
</Location>
<Location /metrics>
SetHandler tokex-metrics
</Location>
END

my %code = do {
    my @rows = Tokex::Tree::slurp('libtokex/base/codes.h') =~ /TOKEX_CODE\(\w+,\s*(?:\\\s*)?"([^"]*)"/g;
    map { $_ => 1 } @rows;
};

# ---- The text format, line by line

# { series => value }; dies at the first line that is not of the format, or where it must not stand.
sub parse
{
    my ($text) = @_;
    my (%value, %type, $family);
    die "the last line has no end\n" if $text !~ /\n\z/;
    for my $line (split /\n/, $text) {
        if ($line =~ /^# HELP ([a-z_]+) \S.*\S\z/) {
            die "twice: $line\n" if $type{$1};
            ($family, $type{$1}) = ($1, 'none yet');
        } elsif ($line =~ /^# TYPE ([a-z_]+) (counter|gauge|histogram)\z/) {
            die "out of place: $line\n" if $1 ne ($family // '') || $type{$1} ne 'none yet';
            $type{$1} = $2;
        } elsif ($line =~ /^([a-z_]+)(\{[a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*\})? ([0-9]+(?:\.[0-9]+)?)\z/) {
            my ($name, $labels, $number) = ($1, $2 // '', $3);
            my $base = $name;
            $base =~ s/_(?:bucket|sum|count)\z// if ($type{ $family // '' } // '') eq 'histogram';
            die "not of $family: $line\n" if $base ne $family;
            die "a counter without _total: $line\n" if $type{$base} eq 'counter' && $name !~ /_total\z/;
            die "twice: $line\n" if exists $value{"$name$labels"};
            $value{"$name$labels"} = $number;
        } else {
            die "no line of the format: $line\n";
        }
    }
    return \%value;
}

sub metrics
{
    my ($port) = @_;
    my $answer = Tokex::Http::get($port, '/metrics');
    die 'status ' . $answer->status . "\n" if $answer->status != 200;
    return (parse($answer->body), $answer);
}

sub brief
{
    my ($port) = @_;
    my $body = Tokex::Http::get($port, '/server-status?auto')->body;
    return { $body =~ /^(Tokex[\w-]+): (\d+)$/mg };
}

sub refused { return qq(tokex_exchanges_total{outcome="refused",code="$_[0]"}) }
my $granted = 'tokex_exchanges_total{outcome="granted"}';

# ---- Several writers at once: each makes `rounds` of three requests, on connections of its own

sub load
{
    my ($world, $writers, $rounds) = @_;
    my $subject = $world->token;
    my @pids;
    for my $writer (1 .. $writers) {
        my $pid = fork // die "fork: $!\n";
        if (!$pid) {
            my $good = eval {
                for my $round (1 .. $rounds) {
                    delete $world->{http} if $round % 5 == 1;
                    die "not granted\n" if $world->exchange(subject_token => $subject)->status != 200;
                    my $answer = $world->exchange(-secret => 'wrong', subject_token => $subject);
                    die "not refused\n" if $answer->status != 401;
                    $answer = $world->exchange(subject_token => $subject, audience => 'elsewhere');
                    die "no target\n" if $answer->json->{error} ne 'invalid_target';
                }
                1;
            };
            POSIX::_exit($good ? 0 : 1);
        }
        push @pids, $pid;
    }
    return scalar grep { waitpid($_, 0); $? != 0 } @pids;
}

my $metrics_body = '';
MPM: for my $mpm (qw(prefork worker event)) {
    Tokex::Httpd::needs($_) or next MPM for "mpm_$mpm", 'status';
    subtest $mpm => sub {
        my $world = Tokex::World->new(
            mpm => $mpm,
            modules => ['status'],
            directives => "LogFormat \"%{pid}P %{tid}P %{tokex-code}n\" who\nCustomLog \@DIR\@/who.log who",
            config => $PAGES,
            ($mpm eq 'prefork'
                ? ()
                : (workers => "StartServers 3\nServerLimit 3\nThreadsPerChild 4\n"
                        . "MaxRequestWorkers 12\nMinSpareThreads 12\nMaxSpareThreads 12"))
        );
        my $port = $world->port;
        my ($before) = metrics($port);
        is_deeply([grep { !/start_time/ && $before->{$_} != 0 } sort keys %$before],
            [], 'a start begins at zero');
        is(load($world, 6, 20), 0, 'all writers had their answers');
        is(Tokex::Http::get($port, "/sts/$_->[0]")->status, $_->[1], $_->[0])
            for ['jwks', 200], ['.well-known/openid-configuration', 200], ['nothing', 404];

        my ($after, $answer) = metrics($port);
        $metrics_body = $answer->body;
        my %who = map { /^(\d+) (\d+) (granted|[a-z_]{2,})/ ? ("$1 $2" => $1) : () } split /\n/,
            Tokex::Httpd::slurp($world->httpd->dir . '/who.log');
        my %children = reverse %who;
        cmp_ok(scalar(keys %children), '>=', 2, 'several children served');
        cmp_ok(scalar(keys %who), '>', scalar(keys %children), 'and several threads of one')
            if $mpm ne 'prefork';

        is($after->{$granted}, 120, 'each grant is counted once');
        is($after->{ refused('client_secret') }, 120, 'each refusal by its code');
        my @moved = grep { /refused/ && $after->{$_} != 0 } sort keys %$after;
        is(scalar(@moved), 2, 'and no other code') or diag("@moved");
        is(eval { $after->{ $moved[0] } + $after->{ $moved[1] } }, 240, 'both kinds of refusals');
        is_deeply(
            [map { $after->{"tokex_requests_total{page=\"$_\"}"} } qw(token jwks metadata other)],
            [360, 1, 1, 1], 'requests by page');
        is($after->{tokex_exchange_duration_seconds_count}, 360, 'each has a duration');
        cmp_ok($after->{tokex_exchange_duration_seconds_sum}, '>', 360 * 20e-6, 'of some length');
        cmp_ok($after->{tokex_exchange_duration_seconds_sum}, '<', 60, 'and not of a strange one');
        my @steps = map { $after->{"tokex_exchange_duration_seconds_bucket{le=\"$_\"}"} }
            qw(0.00005 0.0001 0.0002 0.0005 0.001 0.002 0.005 0.01 0.05 0.1 0.5 1 +Inf);
        ok(@steps == grep({ defined } @steps) && "@steps" eq join(' ', sort { $a <=> $b } @steps),
            'the histogram rises')
            or diag("@steps");
        is($steps[-1], 360, 'to all of them');
        is($after->{tokex_audit_lines_lost_total}, 0, 'no audit line is lost');
        my $lines = () = $world->httpd->error_log =~ /TX00040: /g;
        is($after->{tokex_refusals_unlogged_total} + $lines, 240,
            'a refusal has a line in the error log or is counted as one that has not');

        my $brief = brief($port);
        my %same = (
            TokexExchangesGranted => 120,
            TokexExchangesRefused => 240,
            'TokexExchangesRefused-client_secret' => 120,
            'TokexRequests-token' => 360,
            'TokexRequests-jwks' => 1,
            'TokexRequests-metadata' => 1,
            'TokexRequests-other' => 1,
            TokexAuditLinesLost => 0,
            TokexRefusalsUnlogged => $after->{tokex_refusals_unlogged_total}
        );
        is_deeply({ map { $_ => $brief->{$_} } keys %same }, \%same, 'mod_status says the same, as Key: value');
        my $html = Tokex::Http::get($port, '/server-status')->body;
        like($html, qr/<h2>Token exchange<\/h2>\s*<dl>\s*<dt>Exchanges granted: 120<\/dt>/, 'and on its page');

        my ($section) = $html =~ /(<h2>Token exchange.*?<\/dl>)/s;
        for my $page ([metrics => $metrics_body], ['server-status' => $section]) {
            my @names = grep { $page->[1] =~ /\b\Q$_\E\b/ } 'orders', 'partner', 'api', 'everything',
                'elsewhere', $world->claims->{sub}, $world->claims->{iss}, '127.0.0.1', 'sts';
            is_deeply(\@names, [], "$page->[0]: no client, no subject, no issuer, no target, no rule");
        }
        ok($world->httpd->graceful, 'a graceful restart');
        my ($anew) = metrics($port);
        is_deeply([grep { !/start_time/ && $anew->{$_} != 0 } sort keys %$anew], [], 'begins at zero again');
        cmp_ok($anew->{tokex_start_time_seconds}, '>=', $after->{tokex_start_time_seconds}, 'and says since when');
        delete $world->{http};
        is($world->exchange->status, 200, 'and counts');
        is((metrics($port))[0]{$granted}, 1, 'from one');
    };
}

subtest 'labels are bounded' => sub {
    my $value = parse($metrics_body);
    my @codes = map { /code="([^"]*)"/ ? $1 : () } sort keys %$value;
    is_deeply([sort @codes], [sort keys %code], 'every reason code, and no other');
    is(scalar(grep {/\{/} keys %$value), keys(%code) + 1 + 6 + 13 + 2 + 3 + 4,
        'and nothing else has labels but steps, pages, fetches, questions and the cache');
};

# ---- What the page is, and is not

{
    my $world = Tokex::World->new(
        config => $PAGES . <<'END' );
<VirtualHost *:*>
ServerName one.example
</VirtualHost>
<VirtualHost *:*>
ServerName two.example
TokexTenant two
</VirtualHost>
<VirtualHost *:*>
ServerName off.example
TokexIssuer Off
</VirtualHost>
END
    my $port = $world->port;
    my $answer = Tokex::Http::get($port, '/metrics');
    is($answer->header('Content-Type'), 'text/plain; version=0.0.4; charset=utf-8', 'the type is the format\'s');
    is($answer->header('Cache-Control'), 'no-store', 'no cache keeps it');
    my $head = Tokex::Http::once($port, 'HEAD', '/metrics');
    ok($head->status == 200 && $head->body eq '', 'HEAD is answered');
    for my $method (qw(POST PUT DELETE OPTIONS)) {
        my $refusal = Tokex::Http::once($port, $method, '/metrics', [], $method eq 'OPTIONS' ? undef : 'x=1');
        ok($refusal->status == 405 && $refusal->header('Allow') eq 'GET, HEAD', "$method is 405")
            or diag($refusal->status);
    }
    for my $host (qw(one.example two.example)) {
        delete $world->{http};
        is($world->exchange(-headers => [Host => $host])->status, 200, "$host serves");
    }
    my $off = Tokex::Http::get($port, '/metrics', Host => 'off.example');
    is(eval { parse($off->body)->{$granted} }, 2, 'virtual hosts are counted together, and shown by any');
}
{
    my $httpd = Tokex::Httpd->new(modules => ['status'], config => $PAGES)->start;
    is(Tokex::Http::get($httpd->port, '/metrics')->status, 404, 'without TokexIssuer there is no page');
    like($httpd->error_log, qr/TX00061: /, 'and the log says why');
    is_deeply(brief($httpd->port), {}, 'and no line in mod_status');
    my $page = Tokex::Http::get($httpd->port, '/server-status')->body;
    ok($page =~ /Server Version/ && $page !~ /Token exchange/, 'and no section on its page');
}
{
    my $world = Tokex::World->new(config => "TokexAuditLog /dev/full\n$PAGES");
    $world->send_octets(Tokex::Http::octets('POST', '/sts/token', [], '')) for 1 .. 3;
    is((metrics($world->port))[0]->{tokex_audit_lines_lost_total}, 3, 'lost audit lines are counted');
}

done_testing();
