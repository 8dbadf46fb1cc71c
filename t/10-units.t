#!/usr/bin/perl
# Runs every unit program of t/unit/, built with ASan and UBSan, and hands on each of its test names.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Program;
use Tokex::Tree;

Tokex::Tree::export_environment();
my $builddir = Tokex::Tree::builddir();
my @names = map { m{^t/unit/([^/]+)\.c\z} ? $1 : () } sort(Tokex::Tree::files());
cmp_ok(scalar(@names), '>', 0, 'there are unit programs');
if (!$ENV{TOKEX_CMOCKA}) {
    fail('cmocka is missing: install libcmocka-dev (Debian) or libcmocka-devel (RPM), configure again');
    done_testing();
    exit;
}

$ENV{CMOCKA_MESSAGE_OUTPUT} = 'TAP';
delete $ENV{CMOCKA_XML_FILE};
delete $ENV{CMOCKA_TEST_FILTER};
my $ran = 0;
for my $name (@names) {
    $ran++ if Tokex::Program::run_tap($name, "$builddir/t/unit/$name");
}
is($ran, scalar(@names), 'as many programs ran as there are sources');
done_testing();
