package Tokex::SiteServer;

# A server with the accounts of a site: Debian's PostgreSQL or slapd, run by an account of no rights, on a port and in
# a directory of its own; ended with the test.

use strict;
use warnings;
use parent qw(Tokex::Store);
use File::Temp ();
use IPC::Open3 ();
use Time::HiRes qw(sleep time);
use Tokex::Alive;
use Tokex::Httpd;

# The first that can be run of some names.
sub found
{
    my ($name, @places) = @_;
    my ($path) = grep { -x } map { glob "$_/$name" } @places, qw(/usr/bin /usr/sbin /usr/local/bin /usr/lib/openldap);
    return $path // die "no $name: see check_packages in ./bootstrap\n";
}

sub new
{
    my ($class) = @_;
    my $self = bless {
        kind => $class =~ s/.*:://r,
        dir => File::Temp::tempdir('tokex-XXXXXXXX', TMPDIR => 1),
        port => Tokex::Httpd::free_port()
    }, $class;
    Tokex::Alive::enter($self);
    my ($user, $group) = Tokex::Httpd::account();
    $self->{as} = $> == 0 ? [found('setpriv'), "--reuid=$user", "--regid=$group", '--clear-groups'] : [];
    chown scalar getpwnam $user, scalar getgrnam $group, $self->{dir} if $> == 0;
    $self->prepare;
    return $self->start;
}

# Runs a program to its end with `input`; what it said. Dies when it fails.
sub run
{
    my ($self, $input, @command) = @_;
    my $pid = IPC::Open3::open3(my $to, my $from, undef, @command);
    print {$to} $input;
    close $to;
    my $said = do { local $/ = undef; readline $from };
    waitpid $pid, 0;
    die "@command: $said\n" if $?;
    return $said;
}

# Runs it as the account that the server runs as.
sub run_as
{
    my ($self, @command) = @_;
    return $self->run('', @{ $self->{as} }, @command);
}

# As of its base; and it has to answer questions, too.
sub start
{
    my ($self) = @_;
    $self->SUPER::start;
    my $until = time + 20;
    until (eval { $self->ping; 1 }) {
        die "$self->{kind} does not answer: $@" if time > $until;
        sleep 0.05;
    }
    return $self;
}

# The server and its processes.
sub processes
{
    my ($self) = @_;
    return ($self->{pid}, grep { Tokex::Httpd::slurp("/proc/$_/stat") =~ /^\d+ \(.*\) \S $self->{pid} /s } map { m{(\d+)} } glob '/proc/[0-9]*');
}

# As if the machine stood still, though its kernel answers.
sub freeze { my ($self) = @_; return kill 'STOP', @{ $self->{frozen} = [$self->processes] } }
sub thaw { my ($self) = @_; return kill 'CONT', @{ delete $self->{frozen} } }

# Ends it in order, with its connections.
sub stop
{
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill 'CONT', @{ $self->{frozen} || [] }, $pid;
    kill 'INT', $pid;
    waitpid $pid, 0;
    return;
}

sub end { my ($self) = @_; return $self->stop }

1;
