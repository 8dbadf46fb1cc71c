#!/usr/bin/perl
# Real input: tokens of npm oidc-provider, exchanged by npm openid-client through discovery.
use strict;
use warnings;
use Test::More;
use lib 't/lib';
use Tokex::Jose qw(decode_verified json unjson);
use HTTP::Tiny;
use Tokex::Node;

my $missing = Tokex::Node::missing();
plan skip_all => $missing if $missing;
require Tokex::Partner;

for my $algorithm (qw(RS256 ES256)) {
    my $world = Tokex::Partner->new(algorithm => $algorithm);
    $world->{httpd}->start;
    my $tokens = $world->{tokens};
    my $jwks = unjson(HTTP::Tiny->new->get($world->{httpd}->url('/sts/jwks'))->{content});

    for my $method (qw(basic post)) {
        my $answer = $world->exchange($method, 'access_token', $tokens->{access_token});
        is $answer->{error}, undef, "$algorithm, client_secret_$method: openid-client takes the answer";
        is lc $answer->{token_type}, 'bearer', 'token_type';
        is $answer->{issued_token_type}, 'urn:ietf:params:oauth:token-type:access_token', 'issued_token_type';
        is $answer->{scope}, 'orders.read orders.write', 'the granted scope is returned';
        my ($claims, $header) = decode_verified($answer->{access_token}, $jwks);
        is $header->{typ}, 'at+jwt', 'RFC 9068 typ';
        is $claims->{iss}, $world->{httpd}->url('/sts'), 'AS-30 iss is ours';
        is $claims->{sub}, 'auth0|alice', 'CE-46 sub is the subject at the partner, unchanged';
        is_deeply $claims->{aud}, ['https://orders.example'], 'aud is the target';
        is $claims->{client_id}, 'orders-api', 'CI-11 client_id is the client that asked';
        is_deeply $claims->{groups}, ['buyers', 'auditors'], 'a mapped claim';
    }
}

my $world = Tokex::Partner->new;
$world->{httpd}->start;
my $tokens = $world->{tokens};

my $answer = $world->exchange('basic', 'id_token', $tokens->{id_token});
ok $answer->{access_token}, 'an ID token, whose audience is an alias of the issuer'
    or diag explain $answer;
$answer = $world->exchange('basic', 'jwt', $tokens->{access_token},
    'requested_token_type=urn:ietf:params:oauth:token-type:jwt');
is $answer->{issued_token_type}, 'urn:ietf:params:oauth:token-type:jwt', 'requested_token_type jwt';
$answer = $world->exchange('post', 'access_token', $tokens->{access_token}, 'scope=orders.read');
is $answer->{scope}, 'orders.read', 'CU-20 scope reduction';
$answer = $world->exchange('basic', 'access_token', $tokens->{access_token}, 'resource=https://orders.example/api');
ok $answer->{access_token}, 'a resource' or diag explain $answer;

is $world->exchange('basic', 'access_token', $tokens->{access_token}, 'audience=elsewhere')->{error}, 'invalid_target',
    'openid-client understands invalid_target';
is $world->exchange('basic', 'access_token', $tokens->{access_token}, 'scope=admin')->{error}, 'invalid_scope',
    'openid-client understands invalid_scope';
(my $forged = $tokens->{access_token}) =~ s/\.([A-Za-z0-9_-]{4})/'.' . reverse $1/e;
is $world->exchange('basic', 'access_token', $forged)->{error}, 'invalid_request', 'a changed token is refused';

# The JWT bearer grant: what jose signs, brought by openid-client.
my $key = Tokex::Node::run('', 'assertion.mjs', 'key');
my $ctl = $world->{ctl};
$ctl->must(undef, 'issuer', 'add', 'asserting', 'name=Asserting', 'issuer=https://asserting.example', 'algorithms=ES256',
    'keys=' . json([{ jwk => $key->{public} }]));
$ctl->must(undef, 'rule', 'set', 'orders-api', 'partner', 'issuers+=asserting', 'scopes_when_absent=orders.read');
$ctl->must(undef, 'client', 'set', 'orders-api', 'grant_types+=urn:ietf:params:oauth:grant-type:jwt-bearer');
my $number = 0;
my $bring = sub {
    my ($claims, @extra) = @_;
    my %claims = (iss => 'https://asserting.example', sub => 'bob', aud => $world->{httpd}->url('/sts'),
        iat => int time, exp => int(time) + 60, jti => 'assertion-' . ++$number, %$claims);
    return Tokex::Node::run(json({ key => $key->{private}, claims => \%claims }), 'assertion.mjs', 'grant',
        $world->{httpd}->url('/sts'), 'orders-api', $world->secret, @extra);
};
# What was changed is served within a second.
$world->{httpd}->wait_for(sub { $bring->({})->{access_token} }, 3);
$answer = $bring->({ jti => 'one' }, 'scope=orders.read', 'audience=orders');
is $answer->{error}, undef, 'CI-7 openid-client takes the answer to an assertion';
is join(' ', sort keys %$answer), 'access_token expires_in scope token_type', 'which is that of RFC 6749';
my ($claims) = decode_verified($answer->{access_token}, unjson(HTTP::Tiny->new->get($world->{httpd}->url('/sts/jwks'))->{content}));
is "@$claims{qw(sub client_id idp)}", 'bob orders-api asserting', 'for its subject';
is $bring->({ jti => 'one' })->{error}, 'invalid_grant', 'openid-client understands that it counts once';
is $bring->({ aud => 'https://else.example' })->{error}, 'invalid_grant', '... and that it is for us';
ok $bring->({ aud => $world->{httpd}->url('/sts/token') })->{access_token}, 'the token endpoint is us, too';

done_testing;
