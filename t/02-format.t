#!/usr/bin/perl
# The outside of the sources: layout, line length, what clang-tidy finds, and what must not be named.
use strict;
use warnings;
use Digest::SHA qw(sha1_hex);
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Tree;

Tokex::Tree::export_environment();
chdir Tokex::Tree::srcdir() or die $!;
my @files = Tokex::Tree::files();
my @sources = grep { /\.[ch]\z/ } @files;
my @product = grep { /\.c\z/ } Tokex::Tree::product_sources();
cmp_ok(scalar(@product), '>', 10, 'the sources are found');

sub have
{
    my ($program, $package) = @_;
    return 1 if grep { -x "$_/$program" } split /:/, $ENV{PATH};
    fail("$program is missing: install $package");
    return 0;
}

subtest 'clang-format' => sub {
    have('clang-format', 'clang-format') or return;
    my $said = qx(clang-format --dry-run -Werror @sources 2>&1);
    my $code = $?;
    my %where = map { /^(\S+?):\d+:\d+: error/ ? ($1 => 1) : () } split /\n/, $said;
    diag("run clang-format -i on: @{[sort keys %where]}") if %where;
    is($code, 0, 'the layout is as .clang-format says') or $said =~ /error:/ or diag($said);
};

subtest 'long lines' => sub {
    my @long;
    for my $path (@sources) {
        my $number = 0;
        for (split /\n/, Tokex::Tree::slurp($path)) {
            $number++;
            utf8::decode($_);
            push @long, "$path:$number" if length > 100 || /\t/ || /\s$/;
        }
    }
    Tokex::Tree::none(\@long, 'at most 100 columns, no tabs, nothing after the end');
};

# One process a file, two at a time, with what the other tests leave of the processors. What passed is remembered
# in the build directory under the hash of everything that was read, so that a second run looks only at what changed.
subtest 'clang-tidy' => sub {
    have('clang-tidy', 'clang-tidy') or return;
    my $store = Tokex::Tree::builddir() . '/t/tidy';
    make_path($store);
    my $flags = Tokex::Tree::compile_flags();
    my $common = join "\0", $flags, qx(clang-tidy --version),
        map { $_, Tokex::Tree::slurp($_) } '.clang-tidy', grep { /\.h\z/ } Tokex::Tree::product_sources();
    my %stamp = map { $_ => "$store/" . sha1_hex($common . "\0$_\0" . Tokex::Tree::slurp($_)) } @product;
    my @waiting = grep { !-e $stamp{$_} && Tokex::Tree::compiles($_) } @product;
    note(@waiting . ' of ' . @product . ' files have to be looked at');

    my %running;
    my @bad;
    my $reap = sub {
        my $pid = waitpid -1, 0;
        my $path = delete $running{$pid};
        if ($? == 0) {
            rename "$stamp{$path}.out", $stamp{$path} or die "$stamp{$path}: $!\n";
            return;
        }
        push @bad, $path;
        # The way that the analyser took is long: it is shown by running clang-tidy on the one file.
        open my $out, '<', "$stamp{$path}.out" or die $!;
        diag(grep { /: (?:error|warning): / } <$out>);
        unlink "$stamp{$path}.out";
    };
    for my $path (@waiting) {
        $reap->() if keys %running >= 2;
        my $pid = fork // die "fork: $!\n";
        if (!$pid) {
            exec '/bin/sh', '-c', qq{exec nice -n 19 clang-tidy --quiet "$path" -- $flags > "$stamp{$path}.out" 2>&1}
                or exit 127;
        }
        $running{$pid} = $path;
    }
    $reap->() while %running;
    Tokex::Tree::none(\@bad, 'no finding');
};

# Addresses of a workplace or of a package registry have no business in the sources.
subtest 'names of places' => sub {
    my @words = map { join '', @$_ } ['/wo', 'rk/'], ['deb.deb', 'ian.org'], ['security.deb', 'ian.org'],
        ['registry.np', 'mjs.org'], ['registry.ya', 'rnpkg.com'], ['py', 'pi.org'], ['files.python', 'hosted.org'],
        ['proxy.gol', 'ang.org'], ['rubyg', 'ems.org'], ['crat', 'es.io'];
    my $place = join '|', map { quotemeta } @words;
    my @wrong;
    for my $path (grep { -f && -T } @files) {
        my $text = Tokex::Tree::slurp($path);
        while ($text =~ m{^(.*(?<![\w.])(?:$place).*)$}mg) {
            push @wrong, "$path: " . substr $1, 0, 100;
        }
        push @wrong, "$path: resolved addresses; see omit-lockfile-registry-resolved in npm's manual"
            if $path =~ /(?:package-lock|npm-shrinkwrap)\.json\z/ && $text =~ /"resolved"\s*:/;
    }
    Tokex::Tree::none(\@wrong, 'none is named');
};

done_testing();
