package Tokex::Alive;

# What a test has started, by its directory: cleaned at the end of the process that started it, whatever happens to the
# test. An object that lives in a lexical of the main file is destroyed too late to write messages.
use strict;
use warnings;

my %ALIVE;
my $OWNER = $$;

END {
    if ($$ == $OWNER) {
        my $status = $?;
        $_->clean for values %ALIVE;
        $? = $status;
    }
}

sub enter { my ($object) = @_; $ALIVE{ $object->{dir} } = $object; return $object }

# True for the one who has to clean, once: not in a child of the test, nor a second time.
sub leave { my ($object) = @_; return $$ == $OWNER && delete $ALIVE{ $object->{dir} } }

1;
