#!/usr/bin/perl
# The token endpoint from outside: one whole exchange, claim by claim, and what surrounds it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use POSIX ();
use Test::More;
use Tokex::Http;
use Tokex::Jose qw(b64u json unjson);
use Tokex::World;

my $T = $Tokex::World::TYPE;

# An issuer whose keys lie where nobody answers.
sub add_silent_issuer
{
    my ($document, $world) = @_;
    my (undef, $issuer) = $world->issuer('silent', jwks_urls => ['http://127.0.0.1:1/keys']);
    push @{ $document->{issuers} }, $issuer;
    push @{ $document->{clients}[0]{rules}[0]{issuers} }, 'silent';
}

my $world = Tokex::World->new(
    modules => [qw(headers filter deflate rewrite)],
    document => \&add_silent_issuer,
    config => <<'END');
ErrorDocument 400 "the site's own page"
ErrorDocument 401 "the site's own page"
ErrorDocument 404 /own.html
ErrorDocument 405 /own.html
ErrorDocument 413 /own.html
AddOutputFilterByType DEFLATE application/json
Header set X-Site on
TokexTenant acme
TokexServerId east-1
RewriteEngine on
RewriteRule ^/short$ /sts/token [PT]
<Location /hidden>
SetHandler tokex
</Location>
END
open my $page, '>', $world->httpd->dir . '/htdocs/own.html' or die $!;
print {$page} "the site's own page";
close $page;

# ---- A whole exchange, with every parameter that there is

my $subject = $world->token(
    claims => {
        scope => 'orders.read invoicing',
        acr => '2',
        amr => ['pwd'],
        groups => ['staff'],
        'https://example.com/roles' => ['clerk']
    }
);
my $before = int time;
my $answer = $world->exchange(
    subject_token => $subject,
    subject_token_type => "$T:access_token",
    requested_token_type => "$T:access_token",
    audience => 'api',
    resource => 'https://api.example/',
    scope => 'orders.read'
);
is($answer->status, 200, 'an exchange succeeds') or diag($answer->body, $world->httpd->error_log);
like($answer->header('content-type'), qr{^application/json\b}, 'as JSON');
is($answer->header('cache-control'), 'no-store', 'not to be stored');
is($answer->header('pragma'), 'no-cache', 'nor by old caches');
is($answer->header($_), undef, "without $_")
    for qw(ETag Set-Cookie Content-Encoding Last-Modified Accept-Ranges);
is_deeply(
    [sort keys %{ $answer->json }],
    [qw(access_token expires_in issued_token_type scope token_type)],
    'the members of RFC 8693'
);
is($answer->json->{token_type}, 'Bearer', 'token_type');
is($answer->json->{issued_token_type}, "$T:access_token", 'issued_token_type');
is($answer->json->{scope}, 'orders.read', 'the granted scope');
is($answer->json->{expires_in}, 300, 'the life of the target');

my ($claims, $header) = $world->decode($answer->json->{access_token});
my ($jwk) = @{ $world->jwks->{keys} };
is_deeply(
    $header,
    { typ => 'at+jwt', alg => 'ES256', kid => $jwk->{kid} },
    'CI-10 the token verifies under our published key'
);
my $jti = delete $claims->{jti};
like($jti, qr/^[A-Za-z0-9_-]{22}$/, 'jti of 128 bits');
like(join(' ', @{ delete $claims->{lineage} }), qr/^partner#[A-Za-z0-9_-]{16}$/, 'the token that it comes from');
my ($iat, $nbf, $exp) = delete @$claims{qw(iat nbf exp)};
ok($iat >= $before && $iat <= time, 'iat is now');
ok($nbf <= $iat, 'nbf is not later');
is($exp - $iat, 300, 'exp');
is_deeply(
    $claims,
    {
        iss => $world->issuer_url,
        sub => 'auth0|user-1',
        aud => ['https://api.example'],
        client_id => 'orders',
        scope => 'orders.read',
        scp => ['orders.read'],
        acr => '2',
        amr => ['pwd'],
        idp => 'partner',
        aid => 'east-1',
        tid => 'acme',
        st => 'user',
        email => 'user.one@people.example',
        groups => ['staff'],
        roles => ['clerk']
    },
    'every claim'
);

# A resource server needs no more than the published keys, and the audience tells it apart from another.
{
    my $rs = sub {
        my ($token, $aud) = @_;
        my ($c) = eval { $world->decode($token) };
        return $c && $c->{iss} eq $world->issuer_url && grep { $_ eq $aud } @{ $c->{aud} };
    };
    ok(
        $rs->($answer->json->{access_token}, 'https://api.example')
            && !$rs->($subject, 'https://api.example')
            && !$rs->($answer->json->{access_token}, 'https://billing.example'),
        'CI-3 the new token authenticates a request where the old one does not'
    );
}
ok(
    do {
        my $other = $world->exchange(-client => 'few', subject_token => $subject);
        my ($c) = $world->decode($other->json->{access_token});
               $other->json->{scope} eq 'orders.read'
            && $c->{client_id} eq 'few'
            && "@{ $c->{aud} }" eq 'https://api.example';
    },
    'CU-2 scopes and claims follow the operator\'s configuration, client by client'
);

# ---- Ways to present the client

is($world->exchange(-auth => $_)->status, 200, "client_secret_$_") for qw(basic post);
is($world->exchange(-client => 'orders%3A1', -secret => 'se%2Fcr%2Bet')->status, 200, 'Basic, form-encoded');
is($world->exchange(-client => 'odd')->status, 200, 'Basic, raw');
{
    my @bodies = map {
        my $a = $world->exchange(@$_);
        $a->body =~ s/"receipt":"[^"]+"//r
            . json([grep { $_->[0] !~ /^(?:Date|Connection|Keep-Alive)$/ } @{ $a->{headers} }])
        } [-secret => 'wrong'], [-client => 'nobody', -secret => 'wrong'],
        [-client => 'public', -secret => 'wrong'], [-client => 'off', -secret => 'wrong'],
        [-client => 'off'], [-client => 'rotating', -secret => $world->secret('rotating-old')];
    is($bodies[$_], $bodies[0], 'a wrong secret, an unknown, a public and a disabled client look alike')
        for 1 .. $#bodies;
    like($bodies[0], qr/"error":"invalid_client"/, 'invalid_client');
}
my $refused = $world->exchange(-secret => 'wrong');
is($refused->status, 401, 'with 401');
is($refused->header('www-authenticate'), 'Basic realm="' . $world->issuer_url . '"', 'and a challenge');

# ---- Errors are ours, not httpd's

for my $case (
    ['a refused token', 400, $world->exchange(subject_token => 'x')],
    ['a refused client', 401, $refused],
    ['another method', 405, Tokex::Http::once($world->port, 'PUT', '/sts/token', [], 'x')],
    ['an address that does not exist', 404, Tokex::Http::get($world->port, '/sts/nothing')],
    ['too large a body', 413, Tokex::Http::post_form($world->port, '/sts/token', 'x' x 1_100_000)]
) {
    my ($what, $status, $got) = @$case;
    is($got->status, $status, "$what: $status");
    like($got->json->{receipt} // '',
        qr/^[A-Za-z0-9_-]{16}$/, "$what: JSON with a receipt, not the site's page")
        or diag($got->body);
    is($got->header('cache-control'), 'no-store', "$what: not to be stored");
    unlike($got->body, qr/<|site's own/, "$what: no HTML");
}
{
    my $got = Tokex::Http::get($world->port, '/nowhere');
    is($got->body, "the site's own page", 'beside us the site has its own pages');
    my $plain = Tokex::Http::once(
        $world->port,
        'POST',
        '/sts/token',
        [
            'Content-Type' => 'application/x-www-form-urlencoded',
            'Accept-Encoding' => 'gzip',
            Authorization => Tokex::Http::basic('orders', $world->secret('orders'))
        ],
        Tokex::Http::form($world->form)
    );
    is($plain->header('content-encoding'), undef, 'a token is never compressed');
    ok(defined $plain->json->{access_token}, 'and is there');
    my $short = $world->send_octets(Tokex::Http::octets(
        'POST', '/short',
        [
            'Content-Type' => 'application/x-www-form-urlencoded',
            Authorization => Tokex::Http::basic('orders', $world->secret('orders'))
        ],
        Tokex::Http::form($world->form)
    ));
    is($short->status, 200, 'an address that httpd rewrites to ours works');
}

# ---- Metadata and keys

my @documents = map { Tokex::Http::get($world->port, $_) }
    map { ("/sts/.well-known/$_", "/.well-known/$_/sts") } qw(oauth-authorization-server openid-configuration);
is($_->status, 200, 'metadata') for @documents;
is($_->body, $documents[0]->body, 'the same at every place') for @documents;
is($documents[0]->json->{issuer}, $world->issuer_url, 'issuer');
is(Tokex::Http::once($world->port, 'HEAD', '/sts/jwks', [])->status, 200, 'HEAD of the keys');
my $keys = Tokex::Http::get($world->port, $documents[0]->json->{jwks_uri} =~ s{^http://[^/]+}{}r);
is_deeply([sort keys %{ $keys->json->{keys}[0] }], [qw(alg crv kid kty use x y)], 'a public key and no more');

# ---- Two requests at the same time do not touch each other

{
    my @kids;
    for my $type (qw(access_token jwt)) {
        pipe my $read, my $write or die $!;
        my $pid = fork // die $!;
        if (!$pid) {
            delete $world->{http};
            my $wrong = 0;
            for (1 .. 200) {
                my $got = $world->exchange(subject_token => $subject, requested_token_type => "$T:$type");
                $wrong++ if ($got->json->{issued_token_type} // '') ne "$T:$type";
            }
            syswrite $write, $wrong;
            POSIX::_exit(0);
        }
        push @kids, [$pid, $type, $read];
        close $write;
    }
    my $wrong = 0;
    for my $kid (@kids) {
        my ($pid, $type, $read) = @$kid;
        $wrong += <$read> // 1000;
        waitpid $pid, 0;
    }
    my $after = $world->exchange(subject_token => $subject)->json->{issued_token_type};
    ok($wrong == 0 && $after eq "$T:access_token",
        "T-1 two concurrent requests keep their requested_token_type; $wrong mixed up");
}

# ---- Keys that cannot be asked for

my $silent = $world->exchange(subject_token => $world->token(issuer => 'silent'));
is($silent->status, 503, 'a token whose keys nobody has is refused for now');
is($silent->json->{error}, 'temporarily_unavailable', 'which the error says');
is($silent->json->{error_description},
    q{The keys of the token's issuer cannot be asked for at the moment.}, 'and the description');
is($silent->header('retry-after'), 30, 'with Retry-After');
is($world->audit_of($silent)->{code}, 'keys_unavailable', 'audit: its code');

# ---- What is logged

my $audit = $world->audit_of($answer);
is($audit->{client}, 'orders', 'audit: client');
is($audit->{subject}, 'auth0|user-1', 'audit: subject');
is($audit->{jti}, $jti, 'audit: jti');
like($audit->{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'audit: time');
my $bad = $world->exchange(subject_token => $world->token(key => 'stranger'));
my $receipt = $bad->json->{receipt};
like(
    $world->httpd->wait_for(sub { $world->httpd->error_log =~ /([^\n]*\Q$receipt\E[^\n]*)/ ? $1 : '' }, 5),
    qr/TX\d{5}: .*signature/,
    'a refusal is found in the error log by its receipt'
);

ok($world->httpd->stop_gently, 'httpd and its children end');
unlike($world->httpd->error_log, qr/exit signal/, 'no child crashed');
done_testing();
