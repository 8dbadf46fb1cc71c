#!/usr/bin/perl
# Accounts that a site keeps in its directory, asked for through mod_ldap: Debian's slapd, for real.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(unjson);
use Tokex::Parts;
use Tokex::Slapd;
use Tokex::World::People qw(people subject_of code_of until_said links);

# Seconds that an answer is believed.
my $TTL = 2;

my $slapd;

sub entry
{
    my ($uid, @more) = @_;
    return join("\n", "dn: uid=$uid,ou=people,dc=example", 'objectClass: inetOrgPerson', "uid: $uid", "cn: $uid", "sn: $uid", @more) . "\n\n";
}

# One for all parts.
sub directory
{
    return $slapd if $slapd;
    $slapd = Tokex::Slapd->new;
    $slapd->ldif("dn: dc=example\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: example\n\n"
            . "dn: ou=people,dc=example\nobjectClass: organizationalUnit\nou: people\n\n"
            . entry('mira', 'mail: mira@home.example', 'mail: a.mira@home.example', 'title: auditor', 'title: clerk', 'employeeNumber: 77')
            . entry('root', 'mail: root@home.example', 'employeeType: admin')
            . entry('twin1', 'mail: twin@home.example')
            . entry('twin2', 'mail: twin@home.example')
            . entry('anna', 'mail: anna@home.example'));
    return $slapd;
}

sub directives
{
    my ($more) = @_;
    return 'TokexAccountLDAP "' . directory()->url('/ou=people,dc=example??sub?(objectClass=inetOrgPerson)') . qq{"\n}
        . qq{TokexAccountLDAPMap active "(!(employeeType=off))"\nTokexAccountLDAPMap privileged "(employeeType=admin)"\n}
        . "TokexAccountLDAPMap roles title\nTokexAccountLDAPMap badge employeeNumber\nTokexAccountTTL $TTL\n" . ($more // '');
}

sub site
{
    my (%more) = @_;
    return people(modules => ['ldap'], directives => directives(delete $more{directives}), %more);
}

my %verified = (email_verified => \1);

part 'the first token links, and the account decides' => sub {
    my $world = site(locations => ['/api' => '']);
    like(subject_of($world, 'local', sub => 'p-1', email => 'mira@home.example', %verified), qr/^tokex-account:ldap:[0-9a-f-]{36}$/, 'AS-18 the first token with a verified address links its subject');
    diag $world->httpd->error_log if $ENV{SHOW};
};

done_testing();
