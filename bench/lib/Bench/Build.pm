package Bench::Build;

# Everything that a measurement needs: the product, the floor module, the peers' packages.
use strict;
use warnings;
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Spec;

our @EXPORT_OK = qw(apxs build floor_module need run_or_die);

my $bench = File::Spec->rel2abs(dirname(dirname(dirname(__FILE__))));
my $top   = dirname($bench);

sub run_or_die {
    my (@command) = @_;
    open(my $pipe, '-|', 'sh', '-c', '"$@" 2>&1', 'sh', @command) or die "$command[0]: $!\n";
    my $output = do { local $/; <$pipe> };
    close($pipe) or die "this failed: @command\n$output";
    return $output;
}

sub need {
    my ($program, $package) = @_;
    return if grep { -x "$_/$program" } split(/:/, $ENV{PATH}), '/usr/sbin';
    die "$program is missing: install the package $package\n";
}

# What httpd's own tool answers.
sub apxs {
    my ($name) = @_;
    my ($apxs) = grep { -x $_ } map { ("$_/apxs2", "$_/apxs") } split(/:/, $ENV{PATH}), '/usr/bin';
    die "apxs is missing: install the package apache2-dev\n" if !$apxs;
    chomp(my $value = `$apxs -q $name`);
    return $value;
}

# The shared object of a floor module's source.
sub floor_module {
    my ($source, $out) = @_;
    my $include = apxs('INCLUDEDIR');
    my @flags = split ' ', `pkg-config --cflags apr-1 apr-util-1`;
    run_or_die($ENV{CC} // 'cc', qw(-std=gnu11 -O2 -fPIC -shared), @flags, "-I$include", '-o', $out, $source, '-lcrypto');
    return $out;
}

sub build {
    my (%want) = @_;
    need('wrk',     'wrk');
    need('taskset', 'util-linux');
    need('node',    'nodejs');
    my $build = $ENV{TOKEX_BUILDDIR} // "$top/build";
    run_or_die("$top/bootstrap", 'build') if !-f "$build/Makefile";
    run_or_die('make', '-s', '-C', $build, 'all');
    make_path("$build/bench");
    if ($want{peers} && !-d "$top/t/peers/node_modules/oidc-provider") {
        run_or_die('npm', 'ci', '--silent', '--prefix', "$top/t/peers");
    }
    return {
        top      => $top,
        bench    => $bench,
        build    => $build,
        module   => "$build/.libs/mod_tokex.so",
        tokexctl => "$build/tokexctl/tokexctl",
        floor    => floor_module("$bench/mod_floor.c", "$build/bench/mod_floor.so"),
    };
}

1;
