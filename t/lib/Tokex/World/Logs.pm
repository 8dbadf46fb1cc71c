package Tokex::World::Logs;

# What a world has logged: the audit line of an answer, and what of a request must stand in no log.

use strict;
use warnings;
use Tokex::Httpd;
use Tokex::Jose qw(unjson);

# Keeps what must not be found in a log: secrets, and of tokens payload and signature.
sub remember
{
    my ($self, $octets, $answer) = @_;
    my $seen = $self->{seen};
    my $note = sub {
        my ($what, $value) = @_;
        $seen->{$value} = $what if defined $value && length $value >= 16;
    };
    $note->('Authorization', $1) if $octets =~ /^Authorization: \S+ ([A-Za-z0-9+\/=]+)\r$/mi;
    for my $bearer ($octets =~ /^Authorization: Bearer (\S+)\r$/mi, ($answer->header('x-goes-on') // '') =~ /(\S+)$/) {
        my (undef, $payload, $signature) = split /\./, $bearer;
        $note->('payload of a bearer token', $payload);
        $note->('signature of a bearer token', $signature);
    }
    for my $pair (map { /^(?:subject_token|actor_token|client_secret)=(.*)/s ? $1 : () } split /&/,
        $octets =~ s/^.*?\r\n\r\n//sr) {
        my $value = $pair =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger;
        if ($value =~ /^[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)/) {
            $note->('payload of a subject token', $1);
            $note->('signature of a subject token', $2);
        } elsif (length $value < 4096 && $value !~ /^eyJ/) {
            $note->('secret or token', $value);
        }
    }
    my $issued = $answer->json;
    if (ref $issued eq 'HASH' && defined $issued->{access_token}) {
        my (undef, $payload, $signature) = split /\./, $issued->{access_token};
        $note->('payload of an issued token', $payload);
        $note->('signature of an issued token', $signature);
    }
    return;
}

# The audit line of an answer, as Perl data: found by the receipt of a refusal, the jti of a token.
sub audit_of
{
    my ($self, $answer) = @_;
    my $json = $answer->json;
    my $name = $json->{receipt};
    if (defined $json->{access_token}) {
        $name = unjson((Tokex::Jose::parts($json->{access_token}))[1])->{jti};
    }
    return if !defined $name;
    return $self->{httpd}->wait_for(
        sub {
            $self->read_audit;
            return $self->{audit}{$name};
        },
        5
    );
}

# The first audit line of `location` after `from` lines.
sub audit_from
{
    my ($self, $from, $location) = @_;
    return $self->{httpd}->wait_for(
        sub {
            $self->read_audit;
            my @lines = @{ $self->{audit_lines} || [] };
            my ($line) = grep { ($_->{location} // '') eq $location } @lines[$from .. $#lines];
            return $line;
        },
        5
    );
}

sub read_audit
{
    my ($self) = @_;
    my $text = Tokex::Httpd::slurp($self->{httpd}->dir . '/audit.log', $self->{audit_at});
    while ($text =~ s/^([^\n]*)\n//) {
        my $line = $1;
        $self->{audit_at} += length($line) + 1;
        my $entry = eval { unjson($line) } or next;
        push @{ $self->{audit_lines} }, $entry;
        $self->{audit}{$_} = $entry for grep {defined} map { $entry->{$_} } qw(receipt jti);
    }
    return;
}

# All that was logged anywhere.
sub logs
{
    my ($self) = @_;
    my $dir = $self->{httpd}->dir;
    return map { $_ => Tokex::Httpd::slurp("$dir/$_") } qw(error.log access.log audit.log start.log);
}

1;
