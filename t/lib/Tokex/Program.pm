package Tokex::Program;

# Runs a program under a time limit, and judges one that speaks TAP.

use strict;
use warnings;
use TAP::Parser;
use Test::More ();

# The sanitizers end a program at the first finding, leaks included, with a status of their own.
my %SANITIZER = (
    ASAN_OPTIONS => 'exitcode=99:detect_leaks=1:abort_on_error=0:handle_abort=1',
    UBSAN_OPTIONS => 'print_stacktrace=1:halt_on_error=1',
);

# run($seconds, @command): (status as waitpid gives it, all that was said). Ended when time is up.
sub run
{
    my ($seconds, @command) = @_;
    local @ENV{keys %SANITIZER} = values %SANITIZER;
    my $pid = open(my $out, '-|') // die "fork: $!\n";
    if (!$pid) {
        open STDIN, '<', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        # An alarm outlives exec.
        alarm $seconds;
        exec { $command[0] } @command or print "cannot run $command[0]: $!\n";
        exit 127;
    }
    local $/ = undef;
    my $said = <$out> // '';
    close $out;
    my $status = $?;
    $said .= "ended after $seconds seconds\n" if ($status & 127) == 14;
    return ($status, $said);
}

# Runs a TAP program; each of its tests becomes one of ours, "program: test". A program that crashes, prints
# no plan, or not as many tests as planned, or ends with a status other than 0, fails. True when it ran.
sub run_tap
{
    my ($name, $path) = @_;
    if (!-x $path) {
        Test::More::fail("$name: $path is not built");
        return 0;
    }
    my ($status, $said) = run(300, $path);
    my $parser = TAP::Parser->new({ tap => $said =~ /\S/ ? $said : "# it said nothing\n" });
    my ($tests, $failed, @other) = (0, 0);
    while (my $result = $parser->next) {
        if (!$result->is_test) {
            push @other, $result->as_string if !$result->is_plan;
            next;
        }
        $tests++;
        my $words = "$name: " . $result->description =~ s/^-\s*//r;
        if ($result->has_skip) {
            Test::More->builder->skip($words . ': ' . $result->explanation);
            next;
        }
        $failed++ if !$result->is_actual_ok;
        Test::More::ok($result->is_actual_ok, $words);
    }
    my @problems = $parser->parse_errors;
    push @problems, 'no plan' if !defined $parser->plan;
    push @problems, 'no test' if !$tests;
    push @problems, 'killed by signal ' . ($status & 127) if $status & 127;
    push @problems, 'exit status ' . ($status >> 8) if $status >> 8;
    Test::More::ok(!@problems, "$name: ends in order, $tests tests")
        or Test::More::diag(join "\n", @problems);
    Test::More::diag(join "\n", @other) if @problems || $failed;
    return 1;
}

1;
