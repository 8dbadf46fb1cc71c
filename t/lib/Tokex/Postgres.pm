package Tokex::Postgres;

# A PostgreSQL of the test's own.

use strict;
use warnings;
use parent qw(Tokex::SiteServer);

my @PLACES = ('/usr/lib/postgresql/*/bin', '/usr/pgsql-*/bin');

sub prepare
{
    my ($self) = @_;
    $self->run_as(Tokex::SiteServer::found('initdb', @PLACES), '-D', "$self->{dir}/data", qw(-U site -A trust -E UTF8 --no-locale --no-sync));
    return;
}

sub command
{
    my ($self) = @_;
    return (@{ $self->{as} }, Tokex::SiteServer::found('postgres', @PLACES), '-D', "$self->{dir}/data", '-p', $self->{port},
        map { ('-c', $_) } 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=60');
}

# Statements as the owner; rows, with | between columns.
sub sql
{
    my ($self, $sql) = @_;
    return $self->run($sql, Tokex::SiteServer::found('psql', @PLACES), qw(-X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -U site -d postgres -p), $self->{port});
}

sub ping { my ($self) = @_; return $self->sql('SELECT 1;') }

# For httpd.
sub directives
{
    my ($self, $more) = @_;
    return qq{DBDriver pgsql\nDBDParams "host=127.0.0.1 port=$self->{port} dbname=postgres user=site connect_timeout=3}
        . ($more // '') . qq{"\n};
}

1;
