package Tokex::Preload;

# A file of t/lib/ in C, compiled, to be preloaded into a program.

use strict;
use warnings;
use File::Temp ();
use Tokex::Program;
use Tokex::Tree;

my ($dir, %library);

# library('cache_faults'): the path of the library made of t/lib/cache_faults.c.
sub library
{
    my ($name) = @_;
    return $library{$name} if $library{$name};
    Tokex::Tree::export_environment();
    $dir //= File::Temp->newdir;
    chmod 0755, "$dir";
    my @command = (
        split(' ', $ENV{TOKEX_CC}), '-std=gnu11', '-O1', '-shared', '-fPIC', '-o', "$dir/$name.so",
        Tokex::Tree::srcdir() . "/t/lib/$name.c", '-ldl'
    );
    my ($status, $said) = Tokex::Program::run(60, @command);
    die "@command:\n$said" if $status;
    return $library{$name} = "$dir/$name.so";
}

1;
