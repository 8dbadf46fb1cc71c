#!/usr/bin/perl
# make install with DESTDIR: what arrives, that nothing else does, and that uninstall takes it all away.
use strict;
use warnings;
use File::Find;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Tree;

my $builddir = Tokex::Tree::builddir();
my $dest = tempdir(CLEANUP => 1);
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

sub make
{
    my ($goal) = @_;
    my $said = qx(make --no-print-directory -C "$builddir" $goal DESTDIR="$dest" 2>&1 </dev/null);
    is($?, 0, "make $goal") or diag($said);
    return;
}

sub installed
{
    my @found;
    find({ no_chdir => 1, wanted => sub { push @found, substr($_, length $dest) if -f || -l } }, $dest);
    return sort @found;
}

make('install');
my @files = installed();
my $all = join "\n", @files, '';
like($all, qr{/mod_tokex\.so$}m, 'the module');
like($all, qr{/sbin/tokexctl$}m, 'the command line');
like($all, qr{/libexec/mod_tokex/tokex-console$}m, 'the console, outside of any cgi-bin');
like($all, qr{/doc/mod_tokex/httpd\.conf\.sample$}m, 'the sample');
like($all, qr{/doc/mod_tokex/README\.md$}m, 'the first page of the documentation');
like($all, qr{/share/mod_tokex/login/\Q$_\E$}m, "for the log-in of the console: $_") for qw(login.html again.html style.css);
for my $sql (grep { m{^sql/(?:query|migrate)/.*\.sql\z} } Tokex::Tree::files()) {
    like($all, qr{/mod_tokex/\Q$sql\E$}m, $sql);
}
unlike($all, qr{\.l?a$}m, 'no leftover of libtool');
my ($ctl) = grep { m{/tokexctl\z} } @files;
if ($ctl) {
    my $said = qx("$dest$ctl" --help 2>&1);
    is($?, 0, 'the installed tokexctl starts');
    like($said, qr/\binit\b/, 'and names its commands');
}
make('uninstall');
Tokex::Tree::none([installed()], 'nothing stays behind');
done_testing();
