package Tokex::Faults;

# What the tests of faults share: how one is run, the servers that they befall, and how these are judged.

use strict;
use warnings;
use Exporter qw(import);
use List::Util ();
use Test::More;
use Time::HiRes qw(time);
use Tokex::Httpd;
use Tokex::Jose;
use Tokex::Load;
use Tokex::World;

our @EXPORT = qw(fault world has_mpm said no_crash fails_none slurp write_file $SERVED %THREADS);

BEGIN { *slurp = \&Tokex::Jose::slurp; *write_file = \&Tokex::Jose::write_file }

# Words of the command line.
my @only = @ARGV;
# Until each process looks at the database, and a second of patience with the machine.
our $SERVED = 3;

my %MPM = (
    prefork => "StartServers 4\nMinSpareServers 4\nMaxSpareServers 4\nMaxRequestWorkers 4\nServerLimit 4",
    map {
        $_ => "ServerLimit 3\nStartServers 3\nThreadLimit 4\nThreadsPerChild 4\nMinSpareThreads 12\n"
            . "MaxSpareThreads 12\nMaxRequestWorkers 12"
    } qw(worker event)
);
our %THREADS = (prefork => 1, worker => 4, event => 4);

# A subtest, if the command line names it or nothing.
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

1;
