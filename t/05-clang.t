#!/usr/bin/perl
# The other compiler: what gcc built has to pass clang without a warning too, and the other way round.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Tree;

Tokex::Tree::export_environment();
chdir Tokex::Tree::srcdir() or die $!;
my $built_by_clang = qx($ENV{TOKEX_CC} --version 2>&1) =~ /clang/;
my $other = $built_by_clang ? 'gcc' : 'clang';
if (!grep { -x "$_/$other" } split /:/, $ENV{PATH}) {
    fail("$other is missing: install $other");
    done_testing();
    exit;
}

my $flags = Tokex::Tree::compile_flags() . " -O2 -D_FORTIFY_SOURCE=2 -fPIC -Wall -Wextra -Wshadow -Wstrict-prototypes"
    . " -Wmissing-prototypes -Wformat=2 -Werror";
my @sources = grep { /\.c\z/ && Tokex::Tree::compiles($_) } Tokex::Tree::product_sources();
my $dir = tempdir(CLEANUP => 1);
my @failed;
for my $path (@sources) {
    system("$other $flags -c -o $dir/object.o $path") == 0 or push @failed, $path;
}
cmp_ok(scalar(@sources), '>', 10, 'the sources are found');
Tokex::Tree::none(\@failed, "$other compiles each without a warning");
done_testing();
