package Tokex::Scale;

# How long the long tests are. `./bootstrap check` runs them scaled down, `./bootstrap soak` whole: the same
# files with the same names of tests. TOKEX_SOAK=1 is the whole difference between the two, and is read here only.

use strict;
use warnings;

sub soak { return $ENV{TOKEX_SOAK} ? 1 : 0 }

# of(number in a check, number in a soak)
sub of { my ($check, $soak) = @_; return soak() ? $soak : $check }

1;
