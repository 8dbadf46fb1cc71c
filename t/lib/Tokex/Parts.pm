package Tokex::Parts;

# A long test in parts: words after its name run only those whose names have one of them.
#
#   prove -I t/lib t/52-cache.t :: TTL
use strict;
use warnings;
use Exporter qw(import);
use Test::More;

our @EXPORT = qw(part);

my @words = @ARGV;

sub part
{
    my ($name, $run) = @_;
    return if @words && !grep { index($name, $_) >= 0 } @words;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return subtest($name, $run);
}

1;
