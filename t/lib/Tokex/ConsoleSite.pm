package Tokex::ConsoleSite;

# The console beside a server that exchanges, in one private httpd with Basic login, as browsers reach it: by the
# name localhost, for which they send Sec-Fetch-Site without TLS. And browsers: programs of t/browser/, which say
# what they found as lines of JSON.

use strict;
use warnings;
use IPC::Open2 qw(open2);
use Test::More ();
use Tokex::Console;
use Tokex::Httpd;
use Tokex::Jose qw(json unjson);
use Tokex::Node;
use Tokex::Tree;

my @MODULES = qw(cgid alias authn_core auth_basic authn_file authz_user);
my %ROLE = (administrator => 'adam', editor => 'edith', viewer => 'vic');

# new(config => more of httpd.conf): started, with an installation that holds nothing but a signing key.
sub new
{
    my ($class, %want) = @_;
    my $httpd = Tokex::Httpd->new(modules => \@MODULES, config => ($want{config} // '') . "\n" . <<'END_OF_CONF');
ScriptSock @DIR@/cgid.sock
TokexIssuer http://localhost:@PORT@/sts
TokexDirectory @DIR@/tokex
<Location "/sts">
    SetHandler tokex
</Location>
ScriptAlias "/tokex-admin" "@DIR@/bin/tokex-console"
<Location "/tokex-admin">
    AuthType Basic
    AuthName "mod_tokex console"
    AuthBasicProvider file
    AuthUserFile @DIR@/htpasswd
    Require valid-user
</Location>
END_OF_CONF
    my $dir = $httpd->dir;
    my ($user, $group) = Tokex::Httpd::account();
    my $self = bless { httpd => $httpd }, $class;
    $self->{console} = Tokex::Console->new(dir => $dir, sanitized => 0, group => $group);
    $self->ctl->init;
    # httpd's account writes the configuration here: without suexec the console is that.
    if ($> == 0) {
        my ($uid, $gid) = (getpwnam $user)[2, 3];
        chown $uid, $gid, $_ or die "$_: $!" for "$dir/tokex/config", "$dir/tokex/config/config.db";
    }
    Tokex::Jose::write_file("$dir/htpasswd", join '', map { "$_:" . crypt("$_-password", '$5$salt$') . "\n" } values %ROLE);
    chmod 0644, "$dir/htpasswd" or die $!;
    $httpd->start;
    $self->{console}{origin} = $self->origin;
    $self->{console}->configure($self->{console}->usual);
    return $self;
}

sub ctl { return $_[0]{console}->ctl }
sub httpd { return $_[0]{httpd} }
sub origin { my ($self) = @_; return 'http://localhost:' . $self->{httpd}->port }

# What a program of t/browser/ wants to know.
sub described
{
    my ($self, %more) = @_;
    return {
        origin => $self->origin,
        base => $self->origin . '/tokex-admin',
        sts => $self->origin . '/sts',
        users => \%ROLE,
        chromium => chromium(),
        routes => [Tokex::Console::routes()],
        tokexctl => [Tokex::Ctl::program(), '-d', $self->ctl->{dir}],
        %more
    };
}

sub chromium { my ($path) = grep {-x} map {"/usr/bin/$_"} qw(chromium chromium-browser google-chrome); return $path }

# Why there is no browser here, or nothing.
sub missing
{
    my ($why) = grep { defined } map { Tokex::Node::missing($_) } qw(playwright-core axe-core html-validate);
    return $why if $why;
    return 'no Chromium is installed (Debian: chromium)' if !chromium();
    return;
}

# Runs a program of t/browser/; its lines, decoded, go to `each`.
sub run
{
    my ($program, $input, $each) = @_;
    my $pid = open2(my $out, my $in, 'node', Tokex::Tree::srcdir() . "/t/browser/$program");
    print {$in} json($input);
    close $in;
    while (my $line = <$out>) {
        $each->(unjson($line), $out);
    }
    waitpid $pid, 0;
    return $?;
}

# The same, as tests of ours: {"begin": name}, {"ok": true, "name": ..., "diag": ...}, {"end": true}.
sub check
{
    my ($program, $input) = @_;
    my $status = run($program, $input, \&replay);
    return Test::More::is($status, 0, "$program ran to its end");
}

sub replay
{
    my ($said, $out) = @_;
    if (defined $said->{begin}) {
        Test::More::subtest($said->{begin} => sub {
            my $some = 0;
            while (my $line = <$out>) {
                my $next = unjson($line);
                last if $next->{end};
                $some = 1;
                replay($next, $out);
            }
            Test::More::ok(0, 'something was looked at') if !$some;
        });
        return;
    }
    return Test::More::ok($said->{ok}, $said->{name}) || Test::More::diag($said->{diag} // '');
}

1;
