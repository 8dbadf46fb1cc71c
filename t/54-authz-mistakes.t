#!/usr/bin/perl
# Mistakes in the Require lines of the module, found by httpd -t with the word that is wrong and the line.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::World;

my $OURS = <<'END';
    AuthType tokex
    AuthName "orders"
    TokexClient orders
    TokexTrustedIssuers partner
    TokexAudience api
END
my $FORBIDDEN = "    AuthzSendForbiddenOnFailure On\n";

my $world = Tokex::World->new(modules => ['authz_user'], config => <<"END");
<Location /described>
${OURS}    Require valid-user
    TokexResourceMetadata http://127.0.0.1:\@PORT\@/described
</Location>
END

subtest 'mistakes are found before the first request' => sub {
    my $httpd = $world->httpd;
    my $config = $httpd->{config};
    my $test = sub {
        my ($lines) = @_;
        $httpd->{config} = "$config\n<Location /tried>\n$OURS$FORBIDDEN$lines\n</Location>\n";
        my ($status, $said) = $httpd->config_test;
        $httpd->{config} = $config;
        return ($status, $said);
    };
    for my $row (
        ['Require tokex-scope', 'names no scope'],
        ['Require tokex-scope all', 'names no scope'],
        ['Require tokex-scope "a b"', '"a b" is no scope'],
        ['Require tokex-scope a ""', 'word 2 is empty'],
        ["Require tokex-scope a\x{c3}", 'word 1 is empty, or has control characters'],
        ['Require tokex-claim', 'names no claim and value'],
        ['Require tokex-claim groups', 'names no claim and value'],
        ['Require tokex-claim any groups', 'names no claim and value'],
        ['Require tokex-claim groups..x y', '"groups..x" is no path'],
        ['Require tokex-claim a.b.c.d.e.f.g.h.i y', 'is no path'],
        ['Require tokex-claim gr\\oups y', 'is no path'],
        ['Require tokex-issuer', 'names no issuer'],
        ['Require tokex-client', 'names no client'],
        ['Require tokex-actor', 'names no actor'],
        ['Require tokex-actor agents', 'names no actor'],
        ['Require tokex-acr', 'names no authentication context'],
        ['Require tokex-acr "a b"', 'is no authentication context'],
        ['Require tokex-auth-age', 'takes one number'],
        ['Require tokex-auth-age 5m', 'takes one number'],
        ['Require tokex-auth-age -1', 'takes one number'],
        ['Require tokex-auth-age 1 2', 'takes one number'],
        ['Require tokex-auth-age 99999999999999999999', 'takes one number'],
        ["<RequireAll>\nRequire all granted\nRequire not tokex-acr gold\n</RequireAll>", 'cannot be turned into its opposite'],
        ["<RequireAll>\nRequire all granted\n<RequireNone>\nRequire tokex-auth-age 1\n</RequireNone>\n</RequireAll>", 'cannot be turned into its opposite'],
        ["<RequireAll>\nRequire all granted\n<RequireNone>\n<RequireAll>\nRequire all granted\nRequire not tokex-scope a\n</RequireAll>\n</RequireNone>\n</RequireAll>", 'more than one "not"'],
        ['Require tokex-scopes a', 'Unknown Authz provider|Unknown.*provider'],
        ["Require valid-user\nTokexResourceMetadata /orders", 'is not an absolute URL'],
        ["Require valid-user\nTokexResourceMetadata https://a.example/x?y=1", 'without query'],
        ["Require valid-user\nTokexResourceMetadata ftp://a.example/x", 'does not begin with https'],
        ["Require valid-user\nTokexResourceMetadata http://a.example/x", 'does not begin with https'],
        ["Require valid-user\nTokexResourceMetadata https://a.example/x//y", 'not plain'],
        ["Require valid-user\nTokexResourceMetadata https://a.example/%78", 'not plain'],
        ["Require valid-user\nTokexResourceMetadata https://other.example/described", 'TX00010.*<Location /tried>.*address of the metadata of http://127.0.0.1'],
    ) {
        my ($status, $said) = $test->($row->[0]);
        isnt($status, 0, "$row->[0]: refused" =~ s/\n/; /gr);
        like($said, qr/$row->[1]/, 'and why') or diag($said);
        like($said, qr/line \d+ of .*httpd\.conf|httpd\.conf:\d+/, 'and where');
    }
    $httpd->{config} = "$config\n<AuthzProviderAlias tokex-scope reader orders.read>\n</AuthzProviderAlias>\n";
    my ($status, $said) = $httpd->config_test;
    $httpd->{config} = $config;
    isnt($status, 0, 'an alias is refused');
    like($said, qr/cannot stand in <AuthzProviderAlias>/, 'because nobody sees what stands before it');
    for my $row (
        ["Require tokex-scope a", 0],
        ["Require tokex-scope a\nAuthzSendForbiddenOnFailure Off", 1],
        ["<RequireAll>\nRequire all granted\nRequire not tokex-claim a b\n</RequireAll>\nAuthzSendForbiddenOnFailure Off", 1],
        ["Require tokex-acr gold\nAuthzSendForbiddenOnFailure Off", 0],
        ["Require valid-user\nAuthzSendForbiddenOnFailure Off", 0],
    ) {
        ($status, $said) = $test->($row->[0]);
        is($status, 0, "$row->[0]: accepted" =~ s/\n/; /gr) or diag($said);
        my @warned = grep {m{<Location /tried>.*answered with 401.*write AuthzSendForbiddenOnFailure On}} split /\n/, $said;
        is(scalar(@warned), $row->[1], $row->[1] ? 'with a warning' : 'without a warning');
    }
};
done_testing();
