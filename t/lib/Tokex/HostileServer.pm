package Tokex::HostileServer;

# An HTTP server on 127.0.0.1 that does what an issuer should not: one process a connection. What it
# answers and how it behaves can be changed while it runs; what it was asked is counted.

use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp ();
use IO::Compress::Gzip ();
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);
use Tokex::Alive;

# new(start => 0): it only keeps its port for later.
sub new
{
    my ($class, %want) = @_;
    my $self = bless { dir => File::Temp::tempdir('tokex-XXXXXXXX', TMPDIR => 1) }, $class;
    my $listen = $self->listen_on(0);
    $self->{port} = $listen->sockport;
    mkdir "$self->{dir}/pages" or die $!;
    Tokex::Alive::enter($self);
    close $listen if exists $want{start} && !$want{start};
    $self->start($listen) if !exists $want{start} || $want{start};
    return $self;
}

sub url { my ($self, $path) = @_; return "http://127.0.0.1:$self->{port}" . ($path // '') }

sub listen_on
{
    my ($self, $port) = @_;
    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, Proto => 'tcp',
        ReuseAddr => 1) || die "no port: $!\n";
}

# What `path` answers from now on: page('/jwks', body, header => value, status => '200 OK'). A name
# that is no behaviour below.
sub page
{
    my ($self, $path, $body, %header) = @_;
    my $status = delete $header{status} // '200 OK';
    my %all = ('Content-Type' => 'application/json', %header);
    my $head = join '', map { "$_: $all{$_}\r\n" } sort keys %all;
    my $answer = "HTTP/1.1 $status\r\n${head}Content-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body";
    $self->put('pages/' . name_of($path), $answer);
    return;
}

# How it behaves whatever it is asked: 'silent', 'reset' (closes at once), 'broken' (status 500),
# 'slow' (answers after a second), '' (as it should).
sub mode { my ($self, $mode) = @_; $self->put('mode', $mode); return }

# What it was asked: the request lines since it began, or those of one path.
sub requests
{
    my ($self, $path) = @_;
    my @lines = split /\n/, slurp("$self->{dir}/requests");
    return grep { !defined $path || (split / /)[2] eq $path } @lines;
}

sub name_of { my ($path) = @_; return $path =~ s/[^A-Za-z0-9.-]/_/gr }

sub put
{
    my ($self, $name, $text) = @_;
    open my $out, '>:raw', "$self->{dir}/$name.new" or die $!;
    print {$out} $text;
    close $out or die $!;
    rename "$self->{dir}/$name.new", "$self->{dir}/$name" or die $!;
    return;
}

sub slurp
{
    my ($path) = @_;
    open my $in, '<:raw', $path or return '';
    local $/ = undef;
    return <$in> // '';
}

sub start
{
    my ($self, $listen) = @_;
    $listen //= $self->listen_on($self->{port});
    pipe my $read, my $write or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        close $write;
        setpgrp 0, 0;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
        $SIG{CHLD} = 'IGNORE';
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        $self->serve($listen, $read);
        kill 'KILL', -$$;
        POSIX::_exit(0);
    }
    setpgrp $pid, $pid;
    close $read;
    close $listen;
    @$self{qw(pid life)} = ($pid, $write);
    return $self;
}

# Until the process that made it has gone.
sub serve
{
    my ($self, $listen, $life) = @_;
    my $select = IO::Select->new($listen, $life);
    while (my @ready = $select->can_read) {
        return if grep { $_ == $life } @ready;
        my $socket = $listen->accept or next;
        my $pid = fork // next;
        if (!$pid) {
            close $listen;
            $SIG{PIPE} = 'IGNORE';
            eval { $self->answer($socket) };
            POSIX::_exit(0);
        }
        close $socket;
    }
    return;
}

sub read_head
{
    my ($socket) = @_;
    my $head = '';
    while ($head !~ /\r\n\r\n/ && length $head < 65536) {
        sysread $socket, $head, 4096, length $head or last;
    }
    return $head;
}

# Stays until the other side has gone, at most a minute.
sub stay { my ($socket) = @_; sysread $socket, my $rest, 1 if IO::Select->new($socket)->can_read(60); return }

sub say_to { my ($socket, $text) = @_; print {$socket} $text or die "gone\n"; $socket->flush; return }

sub answer
{
    my ($self, $socket) = @_;
    binmode $socket;
    my $head = read_head($socket);
    my ($method, $target) = $head =~ /^(\S+) (\S+)/ or return;
    open my $log, '>>', "$self->{dir}/requests" or die $!;
    syswrite $log, sprintf "%.3f %s %s\n", time, $method, $target;
    my $mode = slurp("$self->{dir}/mode");
    return stay($socket) if $mode eq 'silent';
    return if $mode eq 'reset';
    sleep 1 if $mode eq 'slow';
    return say_to($socket, "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") if $mode eq 'broken';
    my $page = slurp("$self->{dir}/pages/" . name_of($target));
    return say_to($socket, $page) if length $page;
    my ($word, $rest) = $target =~ m{^/([a-z]+)(.*)};
    my $behave = $self->can("do_" . ($word // 'none')) || \&do_none;
    $behave->($self, $socket, $rest, $head);
    return;
}

# ---- Behaviours, by the first word of the path

sub whole
{
    my ($socket, $status, $body, @headers) = @_;
    say_to($socket, join "\r\n", "HTTP/1.1 $status", @headers, 'Content-Length: ' . length $body,
        'Connection: close', '', $body);
    return;
}

sub do_none { my ($self, $socket) = @_; return whole($socket, '404 Not Found', 'nothing') }

sub do_silent { my ($self, $socket) = @_; return stay($socket) }

# What it was asked, as the body.
sub do_echo { my ($self, $socket, $rest, $head) = @_; return whole($socket, '200 OK', $head, 'Content-Type: text/plain') }

sub do_status { my ($self, $socket, $rest) = @_; return whole($socket, substr($rest, 1) . ' Some', '{}') }

# One octet a second.
sub do_drip
{
    my ($self, $socket) = @_;
    say_to($socket, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n");
    for (1 .. 60) {
        say_to($socket, ' ');
        sleep 1;
    }
    return;
}

sub do_endless
{
    my ($self, $socket) = @_;
    say_to($socket, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n");
    say_to($socket, ' ' x 65536) while 1;
    return;
}

sub do_loop
{
    my ($self, $socket) = @_;
    return whole($socket, '302 Found', '', "Location: /loop");
}

# /to/N: so many redirects, then an answer.
sub do_to
{
    my ($self, $socket, $rest) = @_;
    my $left = substr($rest, 1) || 0;
    return whole($socket, '200 OK', '{"here":true}') if !$left;
    return whole($socket, '301 Moved', 'gone', 'Location: /to/' . ($left - 1));
}

# /redirect?URL
sub do_redirect
{
    my ($self, $socket, $rest) = @_;
    return whole($socket, '307 There', '', 'Location: ' . substr($rest, 1));
}

# The same after most of a second.
sub do_late
{
    my ($self, $socket, $rest) = @_;
    sleep 0.8;
    return $self->do_redirect($socket, $rest);
}

# 64 MiB of zeros in some kilobytes.
sub do_bomb
{
    my ($self, $socket) = @_;
    my $zeros = "\0" x (64 * 1024 * 1024);
    IO::Compress::Gzip::gzip(\$zeros, \my $packed) or die;
    return whole($socket, '200 OK', $packed, 'Content-Type: application/json', 'Content-Encoding: gzip');
}

sub do_packed
{
    my ($self, $socket) = @_;
    IO::Compress::Gzip::gzip(\'{"packed":true}', \my $packed) or die;
    return whole($socket, '200 OK', $packed, 'Content-Type: application/json', 'Content-Encoding: gzip');
}

sub do_random
{
    my ($self, $socket) = @_;
    open my $in, '<:raw', '/dev/urandom' or die $!;
    read $in, my $octets, 4096;
    return say_to($socket, "\0$octets");
}

sub do_headers
{
    my ($self, $socket) = @_;
    say_to($socket, "HTTP/1.1 200 OK\r\n");
    my $i = 0;
    say_to($socket, join '', map { 'X-' . $i++ . ': ' . 'x' x 100 . "\r\n" } 1 .. 100) while 1;
    return;
}

sub do_login
{
    my ($self, $socket) = @_;
    return whole($socket, '200 OK', '<!DOCTYPE html><title>Log in</title>', 'Content-Type: text/html');
}

# ---- Its end

# Ends it; start() begins again at the same port.
sub stop
{
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill 'KILL', -$pid;
    waitpid $pid, 0;
    close delete $self->{life};
    return;
}

sub clean
{
    my ($self) = @_;
    return if !Tokex::Alive::leave($self);
    $self->stop;
    remove_tree($self->{dir});
    return;
}

sub DESTROY { my ($self) = @_; local ($?, $!, $@); $self->clean; return }

1;
