package Tokex::OpaqueIssuer;

# An issuer on 127.0.0.1 that hands out opaque tokens and can be asked about them: introspection
# (RFC 7662) below /introspect, UserInfo below /userinfo. What it says of a token can be changed while it
# runs; who asked what, and how, is written down.

use strict;
use warnings;
use parent qw(Tokex::HostileServer);
use Fcntl qw(:flock);
use Time::HiRes qw(sleep time);
use Tokex::Jose qw(json unjson);

# says(path, token, body, status => '200 OK', type => ..., after => seconds): from now on. A body that is data
# becomes JSON.
sub says
{
    my ($self, $path, $token, $body, %more) = @_;
    my $said = $self->{said} ||= {};
    $said->{"$path $token"} = { body => ref $body ? json($body) : $body, %more };
    $self->put('said', json($said));
    return;
}

# The questions since it began: { path, token, method, authorization, form, at }; of one path, of one token.
sub questions
{
    my ($self, $path, $token) = @_;
    return grep { (!defined $path || $_->{path} eq $path) && (!defined $token || ($_->{token} // '') eq $token) }
        map { unjson($_) } split /\n/, Tokex::HostileServer::slurp("$self->{dir}/questions");
}

sub decode { my ($text) = @_; $text =~ tr/+/ /; return $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger }

sub read_body
{
    my ($socket, $head) = @_;
    my ($top, $body) = split /\r\n\r\n/, $head, 2;
    my ($length) = $top =~ /^Content-Length: *(\d+)/mi;
    while (length $body < ($length // 0)) {
        sysread $socket, $body, 65536, length $body or last;
    }
    return $body;
}

sub answer
{
    my ($self, $socket) = @_;
    binmode $socket;
    my $head = Tokex::HostileServer::read_head($socket);
    my ($method, $path) = $head =~ /^(\S+) (\S+)/ or return;
    my $body = read_body($socket, $head);
    my ($authorization) = $head =~ /^Authorization: *([^\r\n]*)/mi;
    my %form = map { my ($name, $value) = split /=/, $_, 2; ($name => decode($value // '')) } split /&/, $body;
    my $token = $form{token} // (($authorization // '') =~ /^Bearer (\S+)$/ ? $1 : undef);
    open my $log, '>>', "$self->{dir}/questions" or die $!;
    flock $log, LOCK_EX or die $!;
    syswrite $log, json({
        path => $path, method => $method, token => $token, authorization => $authorization, form => \%form, at => time
    }) . "\n";
    close $log;
    my $mode = Tokex::HostileServer::slurp("$self->{dir}/mode");
    return Tokex::HostileServer::stay($socket) if $mode eq 'silent';
    return if $mode eq 'reset';
    my $text = Tokex::HostileServer::slurp("$self->{dir}/said");
    my $said = (length $text ? unjson($text) : {})->{ "$path " . ($token // '') };
    $said //= $path =~ m{^/userinfo} ? { status => '401 Unauthorized', body => '' } : { body => '{"active":false}' };
    sleep $said->{after} if $said->{after};
    return $self->do_endless($socket) if $said->{endless};
    my @headers = ('Content-Type: ' . ($said->{type} // 'application/json'));
    push @headers, "Location: $said->{location}" if $said->{location};
    return Tokex::HostileServer::whole($socket, $said->{status} // '200 OK', $said->{body}, @headers);
}

1;
