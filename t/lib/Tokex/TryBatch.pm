package Tokex::TryBatch;

# One process of `tokexctl try --batch`, started with the first question, on an installation or a copy of one.

use strict;
use warnings;
use File::Copy ();
use File::Temp ();
use IPC::Open2 ();
use Tokex::Ctl;
use Tokex::Jose qw(json unjson);

sub new { my ($class, $dir) = @_; return bless { dir => "$dir", pid => $$ }, $class }

# On a copy of its configuration as it is now, and of its state where that is asked for.
sub of_copy
{
    my ($class, $dir, $with_state) = @_;
    my $copy = File::Temp->newdir;
    mkdir "$copy/config", 0750 or die "$copy/config: $!\n";
    # Only this process writes to it.
    for my $path (grep { !/-shm$/ } glob("$dir/config/*"), "$dir/master.key") {
        (my $to = $path) =~ s/^\Q$dir\E/$copy/;
        File::Copy::copy($path, $to) or die "$path: $!\n";
        chmod 0640, $to;
    }
    if ($with_state) { copy_state("$dir/state/state.db", "$copy/state") }
    else { symlink "$dir/state", "$copy/state" or die "$copy/state: $!\n" }
    my $self = $class->new($copy);
    $self->{copy} = $copy;
    return $self;
}

# On a copy of all of it, in which no token that counts once was spent yet.
sub before_spending
{
    my ($class, $dir) = @_;
    my $self = $class->of_copy($dir, 'with state');
    system('sqlite3', "$self->{copy}/state/state.db", 'DELETE FROM spent') == 0 or die "sqlite3 changes no copy of $dir\n";
    return $self;
}

# A server writes to it meanwhile.
sub copy_state
{
    my ($from, $to) = @_;
    mkdir $to, 0750 or die "$to: $!\n";
    system('sqlite3', '-cmd', '.timeout 2000', $from, "VACUUM INTO '$to/state.db'") == 0 or die "sqlite3 copies no $from\n";
    return;
}

sub start
{
    my ($self) = @_;
    open my $quiet, '>', '/dev/null' or die "/dev/null: $!\n";
    open my $stderr, '>&', \*STDERR or die "stderr: $!\n";
    open STDERR, '>&', $quiet or die "stderr: $!\n";
    $self->{child} = IPC::Open2::open2($self->{from}, $self->{to}, Tokex::Ctl::program(), '-d', $self->{dir}, 'try', '--batch');
    open STDERR, '>&', $stderr or die "stderr: $!\n";
    return;
}

# The answer; undef when there was none.
sub ask
{
    my ($self, %question) = @_;
    $self->start if !$self->{to};
    local $SIG{PIPE} = 'IGNORE';
    print { $self->{to} } json(\%question), "\n" or return;
    $self->{to}->flush;
    my $line = readline $self->{from};
    return defined $line ? unjson($line) : undef;
}

sub DESTROY
{
    my ($self) = @_;
    return if !$self->{to} || $self->{pid} != $$;
    close delete $self->{to};
    close delete $self->{from};
    local ($?, $!);
    # A process forked since has the other end of its input too, so that it would not see the end of it.
    kill 'TERM', $self->{child};
    waitpid delete $self->{child}, 0;
    return;
}

1;
