package Tokex::Backend;

# What stands behind a protected location in tests: a server that answers with the request that it got, octet by
# octet, CGI programs and PHP pages that answer with their environment.

use strict;
use warnings;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);
use Tokex::HostileServer;
use Tokex::Httpd;
use Tokex::Jose qw(unjson);

# A server whose /echo/... answers with the head of the request.
sub server { return Tokex::HostileServer->new }

# The headers of such an answer: each name as it was spelled, with the list of its values.
sub heard
{
    my ($answer) = @_;
    my (undef, @lines) = split /\r\n/, $answer->body;
    my %heard;
    push @{ $heard{$1} }, $2 while @lines && (shift @lines) =~ /^([^:]+):[ \t]*(.*)$/s;
    return \%heard;
}

# The one value of a header in any case of letters; undef when there is none, a list where there are several.
sub one
{
    my ($heard, $name) = @_;
    my @values = map { @{ $heard->{$_} } } grep { lc eq lc $name } keys %$heard;
    return @values > 1 ? \@values : $values[0];
}

sub put
{
    my ($path, $text, $mode) = @_;
    open my $out, '>', $path or die "$path: $!\n";
    print {$out} $text;
    close $out or die "$path: $!\n";
    chmod $mode // 0644, $path or die "$path: $!\n";
    return;
}

# A CGI program that answers with its environment as JSON.
sub write_cgi
{
    my ($path) = @_;
    put($path, <<'END', 0755);
#!/usr/bin/perl
use JSON::PP;
1 while read STDIN, my $rest, 65536;
print "Content-Type: application/json\n\n", JSON::PP->new->latin1->canonical->encode({%ENV});
END
    return;
}

# A PHP page that answers with what PHP calls the server's variables.
sub write_php
{
    my ($path) = @_;
    put($path, "<?php header('Content-Type: application/json'); echo json_encode(\$_SERVER);\n");
    return;
}

sub environment { my ($answer) = @_; return eval { unjson($answer->body) } // {} }

# php-cgi as a FastCGI responder at a free port, until the object goes.
sub php
{
    my ($class) = @_;
    my $port = Tokex::Httpd::free_port();
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        $ENV{PHP_FCGI_CHILDREN} = 0;
        exec 'php-cgi', '-n', '-b', "127.0.0.1:$port" or POSIX::_exit(127);
    }
    my $self = bless { pid => $pid, port => $port, owner => $$ }, $class;
    my $until = time + 20;
    while (time < $until) {
        return $self if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
        die "php-cgi does not start: install php-cgi (Debian)\n" if waitpid($pid, POSIX::WNOHANG) == $pid;
        sleep 0.02;
    }
    die "php-cgi does not answer\n";
}

sub port { return $_[0]{port} }

sub DESTROY
{
    my ($self) = @_;
    local ($?, $!);
    return if $$ != $self->{owner};
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

1;
