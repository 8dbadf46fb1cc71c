#!/usr/bin/perl
# sql/: the generator refuses every file that breaks a rule of sql/README.md, and the statements keep to what both
# databases understand.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Tree;

my $srcdir = Tokex::Tree::srcdir();
my $place = tempdir(CLEANUP => 1);
mkdir "$place/$_" for qw(query migrate);

sub spew { my ($path, $text) = @_; open my $out, '>:raw', "$place/$path" or die "$path: $!"; print {$out} $text; close $out; return "$place/$path" }

# (exit status, stdout, stderr) of the generator
sub embed
{
    my ($out, @files) = @_;
    my $pid = open(my $from, '-|') // die "fork: $!";
    if (!$pid) {
        open STDERR, '>', "$place/errors" or die $!;
        exec 'awk', '-v', "out=$out", '-f', "$srcdir/sql/embed.awk", @files or exit 127;
    }
    local $/ = undef;
    my $said = <$from> // '';
    close $from;
    my $status = $? >> 8;
    open my $errors, '<', "$place/errors" or die $!;
    return ($status, $said, scalar <$errors> // '');
}

my @files = map { "$srcdir/$_" } grep { m{^sql/(?:query|migrate)/\S+\.sql$} } Tokex::Tree::files();
cmp_ok(scalar @files, '>=', 4, 'there are files');
for my $out (qw(h c)) {
    my ($status, $said, $errors) = embed($out, @files);
    is($status, 0, "out=$out") or diag($errors);
    like($said, qr/\bTOKEX_SQL_COUNT\b/, 'prints C');
    is($errors, '', 'and nothing else');
}

my $first = "CREATE TABLE t (a INTEGER);\n";
my @migrations = (spew('migrate/config_0001_initial.sql', $first), spew('migrate/state_0001_initial.sql', $first));
my $good = "-- name: get_one (id, kind)\n-- What for.\nSELECT a\nFROM t\nWHERE a = \$1 AND b = \$2;\n";

sub refused
{
    my ($name, $like, @with) = @_;
    my ($status, $said, $errors) = embed('h', @with, @migrations);
    ok($status == 1 && $said eq '' && $errors =~ $like, $name) or diag("exit $status\n$said$errors");
    return;
}

{
    my ($status, $said) = embed('c', spew('query/good.sql', $good), @migrations);
    is($status, 0, 'a good file');
    like($said, qr/\{"get_one",\s+"SELECT a\\n"\s+"FROM t\\n"\s+"WHERE a = \$1 AND b = \$2\\n",\s+params_get_one, 2\}/, 'its text');
    like($said, qr/params_get_one\[\] = \{"id", "kind"\}/, 'and its parameters');
    my $long = $good =~ s/\(id, kind\)/(id,\n--   kind)/r;
    is((embed('c', spew('query/long.sql', $long), @migrations))[1], $said, 'a list of parameters may go on in the next line');
}
for my $case (
    ['a name twice', $good . "\n$good", qr/stands twice/],
    ['a name with a capital', $good =~ s/get_one/getOne/r, qr/lower-case/],
    ['no comment', $good =~ s/-- What for\.\n//r, qr/says what for/],
    ['no semicolon', $good =~ s/;//r, qr/end with a semicolon/],
    ['two statements', $good =~ s/FROM t/FROM t; SELECT b/r, qr/semicolon inside/],
    ['text before the first name', "SELECT 1;\n$good", qr/belongs to no statement/],
    ['text behind the semicolon', "${good}AND c = 1;\n", qr/belongs to no statement/],
    ['a number without a name', $good =~ s/\$2/\$3/r, qr/no parameter \$3/],
    ['a parameter that is not used', $good =~ s/ AND b = \$2//r, qr/kind .*is not used/],
    ['a parameter twice', $good =~ s/kind/id/r, qr/stands twice/],
    ['parameters without brackets', $good =~ s/\(id, kind\)/id, kind/r, qr/do not end/],
    ['parameters that do not end', $good =~ s/kind\)/kind/r, qr/parameters/],
    ['another way to write a parameter', $good =~ s/\$2/:kind/r, qr/written \$1/],
    ['a question mark', $good =~ s/\$2/?/r, qr/written \$1/],
    ['a tab', $good =~ s/^FROM/\tFROM/mr, qr/ASCII/],
    ['a comment behind text', $good =~ s/FROM t/FROM t -- here/r, qr/line of its own/],
    ['no statement', "-- Nothing.\n", qr/no statement/],
    ['an empty file', '', qr/file is empty/]) {
    my ($name, $text, $like) = @$case;
    refused($name, $like, spew('query/bad.sql', $text));
}
refused('a file elsewhere', qr/not a file of/, spew('x.sql', $good));
my $query = spew('query/good.sql', $good);
refused('a gap between versions', qr/follows on/, $query, spew('migrate/config_0003_more.sql', $first));
refused('a migration without a number', qr/DATABASE_NNNN/, $query, spew('migrate/config_more.sql', $first));
refused('a migration of another database', qr/DATABASE_NNNN/, $query, spew('migrate/other_0001_initial.sql', $first));
$migrations[1] = spew('migrate/state_0001_initial.sql', "BEGIN;\n$first");
refused('a migration with a transaction of its own', qr/transaction/, $query);
$migrations[1] = spew('migrate/state_0001_initial.sql', $first =~ s/;//r);
refused('a migration that does not end', qr/end with a semicolon/, $query);
isnt((embed('x', @files))[0], 0, 'another form of output is refused');
isnt((embed('h'))[0], 0, 'so is no file at all');

# What only one of the two databases understands.
my @bound;
for my $path (grep { m{^sql/.*\.sql$} && $_ ne 'sql/query/sqlite.sql' } Tokex::Tree::files()) {
    my $text = Tokex::Tree::slurp($path) =~ s/^\s*--.*$//mgr;
    push @bound, map { "$path: $_" } $text =~ /\b(STRICT|RETURNING|WITHOUT\s+ROWID|INSERT\s+OR|AUTOINCREMENT|PRAGMA|GLOB|IIF|BLOB|SERIAL|BYTEA|ILIKE|NOW\(\)|sqlite_\w+)/gi;
}
Tokex::Tree::none(\@bound, 'outside sqlite.sql stands nothing that only one database understands');
done_testing();
