#!/usr/bin/perl
# Accounts that a site keeps in its database, asked for through mod_dbd: Debian's PostgreSQL, for real.
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
use Tokex::Postgres;
use Tokex::Protected;
use Tokex::World::People qw(people subject_of code_of until_said links);

# Seconds that an answer is believed.
my $TTL = 2;
my $COLUMNS = q{id, username, email, mobile, active, extract(epoch FROM locked_until)::bigint AS locked_until,}
    . q{ array_to_string(roles, ',') AS roles, admin AS privileged, badge};

sub queries
{
    my ($attributes, $where) = @_;
    return join '', map {qq{TokexAccountQuery $_ "SELECT $COLUMNS FROM people WHERE $where->{$_} LIMIT 2"\n}} @$attributes;
}

my $QUERIES = queries([qw(id username email)], { id => 'id = CAST(%s AS bigint)', username => 'username = %s', email => 'email = %s' });

my $postgres;

# One for all parts; its table anew.
sub database
{
    $postgres //= Tokex::Postgres->new;
    $postgres->sql(<<'SQL');
DROP TABLE IF EXISTS people;
CREATE TABLE people (id bigserial PRIMARY KEY, username text, email text, mobile text, active boolean, locked_until timestamptz,
    roles text[] NOT NULL DEFAULT '{}', admin boolean NOT NULL DEFAULT false, badge text);
INSERT INTO people (id, username, email, active, roles, badge) VALUES
    (1, 'mira', 'mira@home.example', true, '{auditor,clerk}', '77'),
    (2, 'root', 'root@home.example', true, '{}', NULL),
    (3, 'twin1', 'twin@home.example', true, '{}', NULL), (4, 'twin2', 'twin@home.example', true, '{}', NULL),
    (5, 'nemo', 'nemo@home.example', NULL, '{}', NULL),
    (6, 'anna', 'anna@home.example', true, '{}', NULL);
UPDATE people SET admin = true WHERE id = 2;
SQL
    return $postgres;
}

sub site
{
    my (%more) = @_;
    my $directives = delete $more{directives} // '';
    return people(modules => ['dbd'], directives => database()->directives . $QUERIES . "TokexAccountTTL $TTL\n$directives", %more);
}

my %verified = (email_verified => \1);
my $MIRA = 'tokex-account:sql:1';

part 'the first token links, and the account decides' => sub {
    my $world = site(locations => ['/api' => '']);
    is(subject_of($world, 'local', sub => 'p-1', email => 'mira@home.example', %verified), $MIRA, 'AS-18 the first token with a verified address links its subject');
};

done_testing();
