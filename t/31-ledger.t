#!/usr/bin/perl
# Every id of the negative cases and of the requirements is either proved by a test or listed in
# t/cases/later.tsv with the mechanism that does not exist yet; never both, never neither.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Cases;
use Tokex::Tree;
use Tokex::World;

my $srcdir = Tokex::Tree::srcdir();
my $shared = $ENV{TOKEX_SHARED} // "$srcdir/../shared";
my $ID = qr/[A-Z][A-Z0-9]{2}-\d{3}|(?:CE|CI|CU|AS|H|T)-\d+/;

# ---- What is proved

my %tested;
for my $table (Tokex::Cases::tables()) {
    my ($name, $rows) = @$table;
    for my $row (@$rows) {
        push @{ $tested{ $row->[0] } }, "t/cases/$name.pl";
        is(scalar(@$row), 3, "$row->[0] is a row of three") if @$row != 3;
        ok(ref $row->[1] eq 'CODE' && ref $row->[2] eq 'HASH', "$row->[0] builds and expects")
            if ref $row->[1] ne 'CODE';
    }
}
# In tests, an id counts where a string begins with it: the name of an assertion.
for my $path (map { substr $_, length($srcdir) + 1 } glob("$srcdir/t/*.t"), glob("$srcdir/t/peers/*.t")) {
    next if $path eq 't/31-ledger.t';
    my $code = Tokex::Tree::slurp($path) =~ s/^\s*#.*$//mgr;
    push @{ $tested{$1} }, $path while $code =~ /["'{(]($ID)(?: |(?=['"]))/g;
}
# In units, where the name of a test that is also registered holds it: test_JSN_004_duplicate_member_refused
for my $path (map { substr $_, length($srcdir) + 1 } glob "$srcdir/t/unit/*.c") {
    my $code = Tokex::Tree::slurp($path);
    my %times;
    $times{$_}++ for $code =~ /\b(test_\w+)\b/g;
    for my $name (grep { $times{$_} > 1 } sort keys %times) {
        push @{ $tested{"$1-$2"} }, "$path $name"
            while $name =~ /(?<=_)([A-Z][A-Z0-9]{2}|CE|CI|CU|AS|H|T)_(\d+)(?=_|$)/g;
    }
}
cmp_ok(scalar(keys %tested), '>', 50, 'ids that tests prove: ' . keys %tested);

# ---- What is to come

my (%later, @odd);
for (split /\n/, Tokex::Tree::slurp('t/cases/later.tsv')) {
    next if /^#/;
    my ($id, $mechanism, @more) = split /\t/;
    push @odd, $_
        if !defined $mechanism || @more || $id !~ /^$ID$/ || length $mechanism < 4 || exists $later{$id};
    $later{$id} = $mechanism;
}
is_deeply(\@odd, [], 'later.tsv is ids and mechanisms, no id twice');
is_deeply([grep { $tested{$_} } sort keys %later], [], 'nothing is listed for later that a test proves already')
    or diag(join "\n", map {"$_: @{ $tested{$_} }"} grep { $tested{$_} } sort keys %later);

# ---- What there is

sub ids_of
{
    my ($path, $take) = @_;
    open my $in, '<', $path or return;
    my $text = do { local $/ = undef; <$in> };
    return $take->($text);
}

my @lists = (
    ['negative-cases.csv', sub { my ($text) = @_; return $text =~ /^($ID),/mg }, 300],
    [
        'requirements.md',
        sub {
            my ($text) = @_;
            my ($sentences) = $text =~ /^## 2\.(.*?)^## 3\./ms;
            my @ids = $sentences =~ /^\| ((?:CE|CI|CU|AS)-\d+) \|/mg;
            my ($holes) = $text =~ /^## 3\.(.*?)^## 4\./ms;
            my ($traps) = $text =~ /^## 4\.(.*)\z/ms;
            push @ids, map {"H-$_"} $holes =~ /^\| (\d+) \|/mg;
            my @rows = grep { /^\|/ && !/^\|[-\s|]+$/ } split /\n/, $traps;
            push @ids, map {"T-$_"} 1 .. $#rows;
            return @ids;
        },
        120
    ],
);
my %exists;
for my $list (@lists) {
    my ($file, $take, $least) = @$list;
SKIP: {
        skip("$file: $shared/$file is not here; set TOKEX_SHARED", 2) if !-r "$shared/$file";
        my @ids = ids_of("$shared/$file", $take);
        $exists{$_} = 1 for @ids;
        cmp_ok(scalar(@ids), '>=', $least, "$file: ids: " . @ids);
        my @neither = grep { !$tested{$_} && !$later{$_} } @ids;
        is_deeply(\@neither, [], "$file: each is proved or listed for later");
    }
}
SKIP: {
    skip('the lists of ids are not here', 1) if grep { !-r "$shared/$_->[0]" } @lists;
    is_deeply([grep { !$exists{$_} } sort { $a cmp $b } keys %later, keys %tested], [], 'no id is made up');
}
note(sprintf '%d proved, %d for later', scalar(keys %tested), scalar(keys %later));

done_testing();
