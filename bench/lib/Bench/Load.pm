package Bench::Load;

# One measurement, and measurements in pairs: what a request costs the server in CPU time.
use strict;
use warnings;
use Exporter qw(import);
use JSON::PP ();
use Bench::Build qw(run_or_die);

our @EXPORT_OK = qw(CONNECTIONS alternate load median rounded);

use constant {CLIENT_CPU => 1, CONNECTIONS => 16};

sub median {
    my @sorted = sort { $a <=> $b } @_;
    my $middle = int(@sorted / 2);
    return @sorted % 2 ? $sorted[$middle] : ($sorted[$middle - 1] + $sorted[$middle]) / 2;
}

sub rounded {
    my ($number, $digits) = @_;
    return 0 + sprintf("%.${digits}f", $number);
}

# Runs wrk with a script of bench/ for some seconds: how many requests were served, the microseconds
# of the server's CPU that one took, and all that the script printed.
sub load {
    my ($built, $server, $script, $path, $seconds) = @_;
    my $before = $server->cpu_seconds;
    my $output = run_or_die(
        'taskset', '-c', CLIENT_CPU, 'wrk', '-t', 1, '-c', CONNECTIONS, '-d', "${seconds}s",
        '-s', "$built->{bench}/$script", "http://127.0.0.1:$server->{port}$path",
    );
    my $used = $server->cpu_seconds - $before;
    my ($json) = $output =~ /^(\{"requests".*\})$/m or die "wrk printed no summary:\n$output";
    my $count = JSON::PP::decode_json($json);
    die "the load was not served: $json, see $server->{log}.err\n"
        if $count->{refused} || $count->{broken} || !$count->{requests};
    return ($count->{requests}, 1e6 * $used / $count->{requests}, $count);
}

# Calls two measurements in turn, each of them first in every other round; two lists of results.
sub alternate {
    my ($rounds, $first, $second) = @_;
    my (@first, @second);
    for my $round (1 .. $rounds) {
        push @first, $first->() if $round % 2;
        push @second, $second->();
        push @first, $first->() if !($round % 2);
    }
    return (\@first, \@second);
}

1;
