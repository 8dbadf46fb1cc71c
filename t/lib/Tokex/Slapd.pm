package Tokex::Slapd;

# A slapd of the test's own, with the suffix dc=example.

use strict;
use warnings;
use parent qw(Tokex::SiteServer);

my $ADMIN = 'cn=admin,dc=example';
my $PASSWORD = 'of the test';

sub password { return $PASSWORD }

sub prepare
{
    my ($self) = @_;
    my ($schemas) = grep { -d } qw(/etc/ldap/schema /etc/openldap/schema);
    my ($modules) = grep { -d } qw(/usr/lib/ldap /usr/lib64/openldap /usr/lib/openldap);
    open my $out, '>', "$self->{dir}/slapd.conf" or die "slapd.conf: $!\n";
    print {$out} map {"$_\n"} (map {"include $schemas/$_.schema"} qw(core cosine inetorgperson)), "modulepath $modules",
        'moduleload back_mdb', "pidfile $self->{dir}/pid", 'database mdb', 'suffix "dc=example"', qq{rootdn "$ADMIN"},
        qq{rootpw "$PASSWORD"}, "directory $self->{dir}/db", 'index mail,uid,mobile eq', 'access to * by * read';
    close $out or die "slapd.conf: $!\n";
    chmod 0644, "$self->{dir}/slapd.conf";
    $self->run_as('/bin/mkdir', "$self->{dir}/db");
    return;
}

sub command
{
    my ($self) = @_;
    return (@{ $self->{as} }, Tokex::SiteServer::found('slapd'), qw(-d 0 -f), "$self->{dir}/slapd.conf", '-h', $self->url('/'));
}

sub url { my ($self, $path) = @_; return "ldap://127.0.0.1:$self->{port}" . ($path // '') }

# Changes, as LDIF.
sub ldif
{
    my ($self, $ldif) = @_;
    return $self->run($ldif, Tokex::SiteServer::found('ldapmodify'), '-a', '-x', '-H', $self->url('/'), '-D', $ADMIN, '-w', $PASSWORD);
}

# Entries, as LDIF.
sub search
{
    my ($self, @what) = @_;
    return $self->run('', Tokex::SiteServer::found('ldapsearch'), '-x', '-LLL', '-H', $self->url('/'), '-b', 'dc=example', @what);
}

sub ping
{
    my ($self) = @_;
    return $self->run('', Tokex::SiteServer::found('ldapsearch'), '-x', '-LLL', '-H', $self->url('/'), qw(-s base -b), '', 'namingContexts');
}

1;
