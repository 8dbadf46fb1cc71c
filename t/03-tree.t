#!/usr/bin/perl
# Makefile.am names every source: automake knows no patterns, and a file in no list is neither built
# nor released.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Tree;

my $makefile = Tokex::Tree::slurp('Makefile.am');
$makefile =~ s/^#.*$//mg;
$makefile =~ s/\\\n/ /g;
my %word = map { $_ => 1 } split /[\s()=]+/, $makefile;
my @files = Tokex::Tree::files();
my %exists = map { $_ => 1 } @files;

sub listed
{
    my ($path) = @_;
    return 1 if $word{$path};
    return 1 if $path =~ m{^t/unit/([^/]+)\.c\z} && $word{"t/unit/$1"};
    # A directory named in EXTRA_DIST takes all that is in it.
    while ($path =~ s{/[^/]+\z}{}) {
        return 1 if $word{$path};
    }
    return 0;
}

my $autotools = qr{^(?:configure\.ac|Makefile\.am|[A-Z]+)$};
my @loose = grep { !listed($_) } grep { /\.(?:[ch]|sql|awk|t|pm|mjs|tsv)\z/ } @files;
Tokex::Tree::none(\@loose, 'every source stands in Makefile.am');

SKIP: {
    skip 'no clone: what is in a release was in the lists', 1 if !Tokex::Tree::tracked();
    my @rest = grep { !listed($_) && !/$autotools/ && !m{(?:^|/)\.git(?:ignore|attributes)$} }
        grep { !/\.(?:[ch]|sql|awk|t|pm|mjs|tsv|in)\z/ } @files;
    Tokex::Tree::none(\@rest, 'and so does every other file that a release needs');
}

my @ghosts = grep { !$exists{$_} && !m{_text\.[ch]\z} }
    grep { m{^(?:libtokex|mod_tokex|tokexctl|admin-cgi|sql|t|bench|docs)/\S+\.(?:[ch]|sql|awk|t|pm|mjs|tsv)\z} }
    grep { !/[%\$]/ } sort keys %word;
Tokex::Tree::none(\@ghosts, 'and every name there is a file');

for my $program (qw(bootstrap .ci/run t/TEST t/run-tests demo/backend demo/run bench/run)) {
    ok(-x Tokex::Tree::srcdir() . "/$program", "$program can be run");
}

subtest 'a run that requires its tools fails when a file is skipped' => sub {
    my $dir = tempdir(CLEANUP => 1);
    my $run = sub {
        my ($why, $required, @words) = @_;
        open my $out, '>', "$dir/skipped.t" or die $!;
        print {$out} "use Test::More skip_all => '$why';\n";
        close $out or die $!;
        local $ENV{TOKEX_REQUIRE_PEERS} = $required;
        my $said = join ' ', $^X, Tokex::Tree::srcdir() . '/t/run-tests', @words, "$dir/skipped.t";
        $said = qx($said 2>&1);
        return $? == 0 ? 'passed' : $said =~ m{skipped, but required here: \Q$dir\E/skipped\.t: \Q$why\E$}m ? 'failed by name' : $said;
    };
    is($run->('no Chromium is installed', ''), 'passed', 'not where they are not required');
    is($run->('no Chromium is installed', 1, @$_), 'failed by name', "where they are: @$_") for [], ['-v'];
    is($run->('only root can do that', 1, @$_), 'passed', "not for who runs it: @$_") for [], ['-v'];
};
done_testing();
