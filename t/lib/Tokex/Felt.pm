package Tokex::Felt;

# What is changed is felt in every process of a server within a second. What is measured stands in the name
# of the test.
use strict;
use warnings;
use Exporter qw(import);
use Test::More;
use Time::HiRes qw(time);

our @EXPORT = qw(becomes felt);

# What is demanded is a second; a machine that has much else to do gets one more.
our $BOUND = 2;
# On so many connections in a row,
my $ROW = 12;
# and for longer than processes, which look every quarter of a second, may be apart.
my $APART = 0.5;

# Seconds until `is` holds and goes on to do so; undef: not within the bound.
sub becomes
{
    my ($is, $row) = @_;
    my ($from, $good, $since) = (time, 0, 0);
    while (time - $from < $BOUND + 1) {
        $since = time - $from if !$good;
        $good = $is->() ? $good + 1 : 0;
        return $since if $good >= ($row // $ROW) && time - $from - $since > $APART;
    }
    return;
}

sub felt
{
    my ($what, $is, $row) = @_;
    my $after = becomes($is, $row);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok(defined $after && $after < $BOUND, $what . (defined $after ? sprintf(' (after %.2f s)', $after) : ''));
}

1;
