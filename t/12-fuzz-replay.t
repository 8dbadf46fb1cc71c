#!/usr/bin/perl
# Feeds each fuzz target its corpus, under ASan and UBSan: what was once found stays found.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Program;
use Tokex::Tree;

Tokex::Tree::export_environment();
my ($srcdir, $builddir) = (Tokex::Tree::srcdir(), Tokex::Tree::builddir());
my @names = map { m{^t/fuzz/fuzz_([^/]+)\.c\z} ? $1 : () } sort(Tokex::Tree::files());
cmp_ok(scalar(@names), '>', 0, 'there are fuzz targets');

for my $name (@names) {
    my @inputs = grep { -f } glob "$srcdir/t/fuzz/corpus/$name/*";
    cmp_ok(scalar(@inputs), '>', 0, "$name: the corpus is not empty") or next;
    my ($status, $said) = Tokex::Program::run(120, "$builddir/t/fuzz/fuzz_$name", @inputs);
    is($status, 0, "$name: " . @inputs . ' inputs replayed') or diag($said);
}
my %target = map { $_ => 1 } @names;
my @orphans = grep { !$target{$_} } map { m{([^/]+)\z} } glob "$srcdir/t/fuzz/corpus/*";
Tokex::Tree::none(\@orphans, 'every corpus has its target');
done_testing();
