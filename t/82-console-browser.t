#!/usr/bin/perl
# The console in a browser: Debian's Chromium, against a real httpd, with JavaScript off and on, by keyboard, on a
# narrow screen and a wide one, light and dark. What is looked at stands in t/browser/.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::ConsoleSite;
use Tokex::Jose qw(ec_key);

if (my $missing = Tokex::ConsoleSite::missing()) {
    plan skip_all => $missing if !$ENV{TOKEX_REQUIRE_PEERS};
    fail($missing);
    done_testing();
    exit;
}
for my $name (qw(cgid alias auth_basic authn_file authz_user)) {
    next if Tokex::Httpd::needs($name);
    done_testing();
    exit;
}

my $site = Tokex::ConsoleSite->new;

# Somebody whose tokens are exchanged. The second token is for another service than ours.
my $key = ec_key('partner-1', 'P-256');
my $issuer = 'https://partner.example';
my %claims = (iss => $issuer, sub => 'mira', email => 'mira@partner.example', scope => 'orders.read', iat => time, exp => time + 3600);
my ($token, $stranger) = map { Tokex::Jose::token($key, { %claims, aud => $_ }) } $site->origin . '/sts', 'https://elsewhere.example/sts';

Tokex::ConsoleSite::check('console.mjs', $site->described(partner => { issuer => $issuer, jwk => $key->public_jwk, token => $token, stranger => $stranger }));
done_testing();
