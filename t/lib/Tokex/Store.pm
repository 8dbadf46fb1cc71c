package Tokex::Store;

# A server that keeps things for httpd: Debian's redis-server or memcached, or one that answers rubbish. On a
# port and in a directory of its own; ended with the test.

use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp ();
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);
use Tokex::Alive;
use Tokex::Httpd;

my %PROGRAM = (redis => 'redis-server', memcache => 'memcached');

# The path of the program, or nothing.
sub program
{
    my ($kind) = @_;
    my ($path) = grep { -x } map {"$_/$PROGRAM{$kind}"} qw(/usr/bin /usr/sbin /usr/local/bin);
    return $path;
}

# new('redis'), new('memcache'), new('rubbish')
sub new
{
    my ($class, $kind) = @_;
    my $self = bless { kind => $kind, dir => File::Temp::tempdir('tokex-XXXXXXXX', TMPDIR => 1), port => Tokex::Httpd::free_port() },
        $class;
    Tokex::Alive::enter($self);
    return $self->start;
}

sub port { return $_[0]{port} }

# What TokexCache says of it.
sub name { my ($self) = @_; return ($self->{kind} eq 'memcache' ? 'memcache' : 'redis') . ":127.0.0.1:$self->{port}" }

sub command
{
    my ($self) = @_;
    my $program = program($self->{kind});
    return ($program, '--port', $self->{port}, '--bind', '127.0.0.1', '--dir', $self->{dir}, '--save', '', '--appendonly', 'no')
        if $self->{kind} eq 'redis';
    return ($program, '-l', '127.0.0.1', '-p', $self->{port}, '-U', 0, '-m', 16, ($> == 0 ? ('-u', 'nobody') : ()));
}

sub start
{
    my ($self) = @_;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$self->{dir}/log";
        open STDERR, '>&', \*STDOUT;
        POSIX::_exit(rubbish($self->{port})) if $self->{kind} eq 'rubbish';
        my @command = $self->command;
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    my $until = time + 10;
    while (time < $until) {
        return $self if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Timeout => 1);
        sleep 0.02;
    }
    die "$self->{kind} does not start\n" . Tokex::Httpd::slurp("$self->{dir}/log");
}

# Whatever it is asked, it answers what no client expects.
sub rubbish
{
    my ($port) = @_;
    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1) or return 1;
    my @answers = ("\$-5\r\n", "rubbish\r\n", "\0\0\0\0\r\n", "+OK\r\n\$3\r\nabcdef\r\n", ":\r\n", "*7\r\n", "\$5\r\nhello\r\n");
    my $next = 0;
    $SIG{CHLD} = 'IGNORE';
    $SIG{PIPE} = 'IGNORE';
    while (1) {
        my $client = $listen->accept or next;
        my $first = $next++;
        my $pid = fork // next;
        next if $pid;
        while (sysread $client, my $asked, 65536) {
            last if !syswrite $client, $answers[$first++ % @answers];
        }
        POSIX::_exit(0);
    }
}

sub signal { my ($self, $name) = @_; return kill $name, $self->{pid} }

sub end
{
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill 'CONT', $pid;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    return;
}

sub clean
{
    my ($self) = @_;
    return if !Tokex::Alive::leave($self);
    $self->end;
    remove_tree($self->{dir});
    return;
}

sub DESTROY { my ($self) = @_; local ($?, $!, $@); $self->clean; return }

# ---- What a thief, or whoever writes there, could do (redis)

# One command; its answer, a list where it is one.
sub redis
{
    my ($self, @words) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Timeout => 5) or die "redis: $!\n";
    print {$socket} '*' . @words . "\r\n", map { '$' . length($_) . "\r\n$_\r\n" } @words;
    return answer($socket);
}

sub answer
{
    my ($socket) = @_;
    my $line = readline $socket;
    my ($kind, $rest) = $line =~ /^(.)(.*)\r\n/ or die "redis: $line\n";
    return $rest if $kind =~ /[+:]/;
    die "redis: $rest\n" if $kind eq '-';
    if ($kind eq '*') {
        return map { scalar answer($socket) } 1 .. $rest;
    }
    return if $rest < 0;
    read $socket, my $text, $rest + 2;
    return substr $text, 0, $rest;
}

1;
