package Bench::Server;

# A server under load, bound to one CPU, and the CPU time that its processes have used.
use strict;
use warnings;
use IO::Socket::INET;
use POSIX qw(sysconf _SC_CLK_TCK WNOHANG);
use Time::HiRes qw(sleep time);

my $ticks = sysconf(_SC_CLK_TCK);

sub free_port {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1)
        or die "no free port: $!\n";
    return $socket->sockport;
}

# start(port => N, cpu => N, command => [...], stdin => whether it lives as long as its input)
sub start {
    my ($class, %arg) = @_;
    my $self = bless {%arg}, $class;
    pipe(my $read, my $write) or die "pipe: $!\n";
    my $pid = fork() // die "fork: $!\n";
    if (!$pid) {
        close $write;
        open(STDIN, '<&', $read) or die;
        open(STDOUT, '>', "$arg{log}.out") or die;
        open(STDERR, '>', "$arg{log}.err") or die;
        exec 'taskset', '-c', $arg{cpu}, @{ $arg{command} } or POSIX::_exit(127);
    }
    close $read;
    @{$self}{qw(pid hold)} = ($pid, $write);
    $self->wait_until_it_answers;
    return $self;
}

# A parent listens before it has a child that answers.
sub answers {
    my ($self) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}) or return;
    local $SIG{PIPE} = 'IGNORE';
    local $SIG{ALRM} = sub { $socket->shutdown(2) };
    alarm 5;
    print {$socket} "GET / HTTP/1.0\r\n\r\n";
    my $line = <$socket>;
    alarm 0;
    return defined $line && $line =~ m{^HTTP/};
}

sub wait_until_it_answers {
    my ($self) = @_;
    my $end = time() + 20;
    while (time() < $end) {
        return if $self->answers;
        die "the server ended, see $self->{log}.err\n" if waitpid($self->{pid}, WNOHANG) > 0;
        sleep 0.02;
    }
    die "the server does not answer on port $self->{port}\n";
}

# The fields of /proc/PID/stat after the state, by PID, of the process and all that came of it.
sub processes {
    my ($self) = @_;
    my %stat;
    for my $file (glob '/proc/[0-9]*/stat') {
        open(my $in, '<', $file) or next;
        my $line = <$in> // next;
        my ($pid, $rest) = $line =~ /^(\d+) \(.*\) \S (.*)$/ or next;
        $stat{$pid} = [split ' ', $rest];
    }
    my %mine;
    for my $pid (keys %stat) {
        my $up = $pid;
        $up = $stat{$up} && $stat{$up}[0] while defined $up && $up != $self->{pid} && $up > 1;
        $mine{$pid} = $stat{$pid} if defined $up && $up == $self->{pid};
    }
    return \%mine;
}

# Seconds of user and system time of the process, its children that live and those that ended.
sub cpu_seconds {
    my ($self) = @_;
    my $processes = $self->processes;
    my $sum = 0;
    for my $pid (keys %$processes) {
        my $field = $processes->{$pid};
        $sum += $field->[10] + $field->[11];
        $sum += $field->[12] + $field->[13] if $pid == $self->{pid};
    }
    return $sum / $ticks;
}

# KiB of memory of all its processes, and how many those are. Pss: what several share is divided
# among them, processes of others too; Private_Dirty: what they have written and share with nobody.
sub memory_kib {
    my ($self, $kind) = @_;
    my @processes = keys %{ $self->processes };
    my $sum = 0;
    for my $pid (@processes) {
        open(my $in, '<', "/proc/$pid/smaps_rollup") or die "/proc/$pid/smaps_rollup: $!\n";
        $sum += /^$kind:\s+(\d+) kB/ ? $1 : 0 while <$in>;
    }
    return ($sum, scalar @processes);
}

sub stop {
    my ($self) = @_;
    return if !$self->{pid};
    close $self->{hold};
    kill 'TERM', $self->{pid};
    waitpid($self->{pid}, 0);
    delete $self->{pid};
    return;
}

sub DESTROY { my ($self) = @_; local $?; $self->stop; return }

1;
