package Tokex::Disk;

# A disk that is full, or that a process dies on in the middle of a change: t/lib/disk_faults.c, compiled and
# preloaded. So nobody has to be root, and each step can be chosen.

use strict;
use warnings;
use File::Temp ();
use Tokex::Program;
use Tokex::Tree;

my ($dir, $library);

sub library
{
    return $library if $library;
    Tokex::Tree::export_environment();
    $dir = File::Temp->newdir;
    chmod 0755, "$dir";
    my @command = (
        split(' ', $ENV{TOKEX_CC}), '-std=gnu11', '-O1', '-shared', '-fPIC', '-o', "$dir/disk_faults.so",
        Tokex::Tree::srcdir() . '/t/lib/disk_faults.c', '-ldl'
    );
    my ($status, $said) = Tokex::Program::run(60, @command);
    die "@command:\n$said" if $status;
    return $library = "$dir/disk_faults.so";
}

# The environment of a program on such a disk; `more` as t/lib/disk_faults.c says.
sub environment { my (%more) = @_; return (LD_PRELOAD => library(), %more) }

# From now on nothing below `path` grows; until there is room again.
sub fill { my ($path) = @_; open my $out, '>', "$path/.full" or die "$path/.full: $!\n"; return close $out }
sub make_room { my ($path) = @_; return unlink "$path/.full" }

# The next process that gives a file a name in the directory is killed before it does.
sub kill_next { my ($dir) = @_; open my $out, '>', "$dir/.kill" or die "$dir/.kill: $!\n"; return close $out }

1;
