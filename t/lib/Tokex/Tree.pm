package Tokex::Tree;

# Where the sources are, where they were built, which files belong to the project.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Find;
use Test::More ();

# What tools leave beside the sources.
my $NOT_OURS = qr/^(?:\.git|\.libs|\.deps|node_modules|build(?:-.*)?|autom4te\.cache|configure~)$/;

my $SRCDIR = abs_path(dirname(__FILE__) . '/../../..');

sub srcdir { return $SRCDIR }

# TOKEX_BUILDDIR, or build/ inside the clone, or the clone itself when configure was run there.
sub builddir
{
    my @candidates = grep { defined } $ENV{TOKEX_BUILDDIR}, "$SRCDIR/build", $SRCDIR;
    for my $dir (@candidates) {
        return abs_path($dir) if -e "$dir/config.status";
    }
    die "nothing is built: run ./bootstrap check, or configure and make, or set TOKEX_BUILDDIR\n";
}

# Sets what the tests read from the environment; what is set already stays (t/TEST -httpd PATH).
sub export_environment
{
    $ENV{TOKEX_SRCDIR} = $SRCDIR;
    $ENV{TOKEX_BUILDDIR} = builddir();
    open my $env, '<', "$ENV{TOKEX_BUILDDIR}/t/env"
        or die "$ENV{TOKEX_BUILDDIR}/t/env: $!: run configure again\n";
    while (<$env>) {
        $ENV{$1} //= $2 if /^(TOKEX_\w+)=(.*)$/;
    }
    return;
}

# What git tracks, or nothing where there is no git, no clone, or one of another account.
sub tracked
{
    return if !-e "$SRCDIR/.git";
    my @tracked = split /\0/, qx(git -C "$SRCDIR" ls-files -z 2>/dev/null) // '';
    return $? == 0 ? grep { -e "$SRCDIR/$_" } @tracked : ();
}

# Every file of the project, relative to srcdir: what git tracks, or in an unpacked release what is there and
# was not built there.
sub files
{
    my @found = tracked();
    return @found if @found;
    my $built = qr{^libtokex/store/sql_text\.[ch]$|^admin-cgi/style\.c$|\.(?:l?[ao]|so|Plo|Po)$};
    find({ no_chdir => 1,
           preprocess => sub {
               return if $File::Find::dir ne $SRCDIR && -e "$File::Find::dir/config.status";
               return sort grep { !/$NOT_OURS/ } @_;
           },
           wanted => sub { push @found, substr($_, length($SRCDIR) + 1) if -f } }, $SRCDIR);
    return grep { !/$built/ } @found;
}

# The C files that a user gets: the engine and the entrances, without tests and measurements.
# Can it be compiled here? What runs procedures needs Lua.
sub compiles { my ($path) = @_; return $ENV{TOKEX_LUA} || $path !~ m{^libtokex/procedure/sandbox(?!_none)\w*\.c\z} }

sub product_sources
{
    return grep { m{^(?:libtokex|mod_tokex|admin-cgi|tokexctl)/.*\.[ch]\z} && !/sql_text\.[ch]\z/ } files();
}

# What a compiler started in srcdir needs to read one of the product's sources.
sub compile_flags
{
    return "-std=gnu11 -Ilibtokex -I$ENV{TOKEX_BUILDDIR}/libtokex $ENV{TOKEX_CPPFLAGS} $ENV{TOKEX_DEFS}";
}

# A test that passes when the list is empty, and otherwise shows all of it.
sub none
{
    my ($list, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::ok(!@$list, $name) || Test::More::diag(map { "$_\n" } sort @$list) && 0;
}

# The content of a file of the project.
sub slurp
{
    my ($path) = @_;
    open my $in, '<', "$SRCDIR/$path" or die "$path: $!\n";
    local $/ = undef;
    return scalar <$in>;
}

1;
