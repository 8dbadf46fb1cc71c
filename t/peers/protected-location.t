#!/usr/bin/perl
# A user logs in at npm oidc-provider, with an application that is registered there; its token opens a protected
# location, and the backend gets ours.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Tokex::Backend;
use Tokex::Http;
use Tokex::Jose;
use Tokex::Node;

my $missing = Tokex::Node::missing();
plan skip_all => $missing if $missing;
require Tokex::Partner;

my $backend = Tokex::Backend::server();
for my $algorithm (qw(RS256 ES256)) {
    my $world = Tokex::Partner->new(algorithm => $algorithm, modules => [qw(authz_user proxy proxy_http socache_shmcb)], config => <<"END");
<Location "/orders">
    AuthType tokex
    TokexClient orders-api
    TokexTrustedIssuers partner
    TokexAudience orders
    TokexUserClaim email
    AuthzSendForbiddenOnFailure On
    Require tokex-scope orders.read
    ProxyPass "@{[$backend->url('/echo/orders')]}"
</Location>
<Location "/orders/pay">
    Require tokex-scope orders.pay
</Location>
END
    my $httpd = $world->{httpd};
    $httpd->start;
    my $theirs = $world->{tokens}{access_token};
    my $get = sub { my ($path, $token) = @_; return Tokex::Http::get($httpd->port, $path, $token ? (Authorization => "Bearer $token") : ()) };

    my $answer = $get->('/orders/7', $theirs);
    is $answer->status, 200, "CE-17 $algorithm: a token of the application opens the location" or diag $httpd->error_log;
    my ($ours) = (Tokex::Backend::one(Tokex::Backend::heard($answer), 'Authorization') // '') =~ /^Bearer (\S+)\z/;
    isnt $ours, $theirs, "CE-17 $algorithm: the backend gets another token";
    my ($claims) = Tokex::Jose::decode_verified($ours, Tokex::Http::get($httpd->port, '/sts/jwks')->json);
    my $was = Tokex::Jose::unjson((Tokex::Jose::parts($theirs))[1]);
    is_deeply [@{$claims}{qw(iss sub aud idp client_id)}],
        [$httpd->url('/sts'), $was->{sub}, ['https://orders.example'], 'partner', 'orders-api'], "CE-17 $algorithm: ours, for the same user";
    cmp_ok $claims->{exp}, '<=', $was->{exp}, "CE-17 $algorithm: that ends no later";
    is $get->('/orders/7', $theirs)->status, 200, "$algorithm: it is let in again";
    is $get->('/orders/pay', $theirs)->status, 403, "$algorithm: a scope that nobody granted is missing";
    my ($header, $payload, $signature) = split /\./, $theirs;
    is $get->('/orders/7', join('.', $header, $payload, scalar reverse $signature))->status, 401, "$algorithm: with another signature it is refused";
    is $get->('/orders/7', $ours)->status, 401, "$algorithm: so is ours";
    is $get->('/orders/7')->status, 401, "$algorithm: and nobody comes without one";
    ok $httpd->stop, "$algorithm: it stops";
}
done_testing;
