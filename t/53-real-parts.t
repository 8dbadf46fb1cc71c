#!/usr/bin/perl
# What a backend behind mod_proxy_http gets: the token that it shall have, who is calling, and nothing that the
# client says of either, whatever becomes of the request.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Encode ();
use Test::More;
use Tokex::Backend;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(b64u parts unb64u unjson);
use Tokex::World;

my $backend = Tokex::Backend::server();

sub location
{
    my ($path, @lines) = @_;
    return join "\n", "<Location \"$path\">", 'AuthType tokex', 'TokexClient orders', 'TokexTrustedIssuers partner',
        'AuthzSendForbiddenOnFailure On', 'Require valid-user', 'ProxyPass ' . $backend->url("/echo$path"), @lines,
        '</Location>', '';
}

my $config = join '', location('/exchanged'), location('/original', 'TokexInject Original'),
    location('/both', 'TokexInject Both', 'TokexOriginalTokenHeader X-Original-Authorization'),
    location('/both-ours', 'TokexInject Both', 'TokexExchangedTokenHeader X-Internal-Token'),
    location('/named', 'TokexExchangedTokenHeader X-Internal-Token'),
    location('/original-named', 'TokexInject Original', 'TokexOriginalTokenHeader X-Original-Authorization'),
    "<LocationMatch \"^/both/same\">\nTokexOriginalTokenHeader Authorization\n</LocationMatch>\n", location('/strip', 'TokexStripBearer On'),
    location('/strip-both', 'TokexStripBearer On', 'TokexInject Both', 'TokexExchangedTokenHeader X-Internal-Token'),
    location('/plain', 'TokexAuthContext Off'), location('/claims', 'TokexClaimHeaders X-Claim-'),
    location('/claims/none', 'TokexClaimHeaders Off'),
    location('/accept', 'TokexOwnTokens Accept', 'TokexAudience api', 'TokexInject Both',
        'TokexOriginalTokenHeader X-Original-Authorization'),
    location('/off', 'TokexExchange Off'), location('/preflight', 'TokexAllowPreflight On'),
    location('/denied-here', 'ErrorDocument 401 /denied-here/told'),
    location('/denied-open', 'ErrorDocument 401 /open/told'),
    location('/denied-there', 'ErrorDocument 401 /exchanged/told'),
    location('/derived', 'TokexUserClaim email', 'RequestHeader set X-User "expr=%{REMOTE_USER}"',
        'RequestHeader set X-Email "expr=%{reqenv:TOKEX_CLAIM_email}"', 'RequestHeader set X-Same "%{TOKEX_CLAIM_email}e"'),
    location('/derived/by-sub', 'TokexUserClaim sub'), location('/administrator', 'RequestHeader set X-Auth-Ctx "of the administrator"'),
    <<"END";
<Location "/open">
    ProxyPass @{[$backend->url('/echo/open')]}
</Location>
<Location "/any">
    AuthType tokex
    TokexClient orders
    TokexTrustedIssuers partner
    <RequireAny>
        Require valid-user
        Require all granted
    </RequireAny>
    ProxyPass @{[$backend->url('/echo/any')]}
</Location>
<Location "/another-type">
    AuthType Basic
    AuthName "people"
    AuthBasicProvider anon
    Anonymous anna
    TokexClient orders
    TokexTrustedIssuers partner
    TokexSubjectFrom env:TOKEN
    TokexExchange Off
    Require valid-user
    ProxyPass @{[$backend->url('/echo/another-type')]}
</Location>
END

my $world = Tokex::World->new(
    modules => [qw(authz_user auth_basic authn_anon headers proxy proxy_http)],
    config => $config,
    log_level => 'info tokex:trace8'
);

sub ask
{
    my ($path, $token, @headers) = @_;
    return $world->send_octets(Tokex::Http::octets('GET', "$path/x", [defined $token ? (Authorization => "Bearer $token") : (), @headers]));
}

# The headers that the backend got.
sub heard { my $answer = ask(@_); return $answer->status == 200 ? Tokex::Backend::heard($answer) : { status => [$answer->status] } }

sub one { return Tokex::Backend::one(@_) }

# Is it our token? Gives its claims.
sub ours
{
    my ($value) = @_;
    my ($claims) = eval { $world->decode($value // '') };
    return $claims // {};
}

my $token = $world->token;
# Whatever a client could call what we set.
my @FORGED = (
    'X-Auth-Ctx' => 'forged-1', 'x-auth-ctx' => 'forged-2', 'X-AUTH-CTX' => 'forged-3', 'X_Auth_Ctx' => 'forged-4',
    'X.Auth.Ctx' => 'forged-5', 'X-Auth_Ctx' => 'forged-6', 'x_auth-ctx' => 'forged-7', 'X~Auth!Ctx' => 'forged-8',
    'X-Internal-Token' => 'forged-9', 'X_Internal_Token' => 'forged-10', 'x-original-authorization' => 'forged-11',
    'X_ORIGINAL_AUTHORIZATION' => 'forged-12', 'X-Claim-sub' => 'forged-13', 'X_Claim_admin' => 'forged-14',
    'x.claim-roles' => 'forged-15'
);

subtest 'TokexInject and its headers' => sub {
    my $heard = heard('/exchanged', $token);
    my ($value) = one($heard, 'Authorization') =~ /^Bearer (\S+)$/;
    my $claims = ours($value);
    is($claims->{sub}, 'auth0|user-1', 'CE-32 the backend gets our token as a bearer token');
    is($claims->{client_id}, 'orders', 'of the client of the location');
    unlike(join(' ', map {@$_} values %$heard), qr/\Q$token\E/, 'PAS-012 and the original in no header');

    is(one(heard('/original', $token), 'Authorization'), "Bearer $token", 'CE-10 Original: the token that came');

    $heard = heard('/both', $token);
    is(one($heard, 'X-Original-Authorization'), "Bearer $token", 'CE-9 Both: the original under the name given');
    is(ours(substr one($heard, 'Authorization'), 7)->{sub}, 'auth0|user-1', 'and ours');

    is(ask('/both/same', $token)->status, 500, 'PAS-013 a section inside that gives both one name lets nobody in');
    like($world->httpd->error_log, qr/TX00112: .*set TokexOriginalTokenHeader/, 'and the log says what to set');

    $heard = heard('/both-ours', $token);
    is(one($heard, 'Authorization'), "Bearer $token", 'CE-11 the original under its default name');
    is(ours(substr one($heard, 'X-Internal-Token'), 7)->{sub}, 'auth0|user-1', 'CE-12 and ours under the name given');

    $heard = heard('/named', $token);
    is(ours(substr one($heard, 'X-Internal-Token'), 7)->{sub}, 'auth0|user-1', 'ours under another name');
    is(one($heard, 'Authorization'), undef, 'PAS-012 and no Authorization');

    $heard = heard('/original-named', $token);
    is(one($heard, 'X-Original-Authorization'), "Bearer $token", 'the original under another name');
    is(one($heard, 'Authorization'), undef, 'and no Authorization');

    is(ours(one(heard('/strip', $token), 'Authorization'))->{sub}, 'auth0|user-1', 'CE-13 TokexStripBearer: the token alone');
    $heard = heard('/strip-both', $token);
    is(one($heard, 'Authorization'), $token, 'the original too');
    is(ours(one($heard, 'X-Internal-Token'))->{sub}, 'auth0|user-1', 'and ours');

    my $own = $world->exchange(audience => 'api')->json->{access_token};
    $heard = heard('/accept', $own);
    is(one($heard, 'Authorization'), "Bearer $own", 'a token of ours that is accepted goes on as it is');
    is(one($heard, 'X-Original-Authorization'), "Bearer $own", 'and stands for the original as well');

    $heard = heard('/exchanged', $token, 'X-Request-Id' => 'abc', 'X-Client-Cert' => 'PEM', Cookie => 'a=b');
    is_deeply([map { one($heard, $_) } qw(X-Request-Id X-Client-Cert Cookie)], ['abc', 'PEM', 'a=b'],
        'CE-34 other headers pass untouched');
    isnt(one(heard('/exchanged', $token), 'Authorization'), one(heard('/original', $token), 'Authorization'),
        'CE-48 what a backend gets is said for each location');
};

subtest 'X-Auth-Ctx' => sub {
    my $heard = heard('/exchanged', $token);
    my $claims = ours(substr one($heard, 'Authorization'), 7);
    like(one($heard, 'X-Auth-Ctx'), qr/^[\w-]+$/, 'CE-33 is base64url');
    my $context = unjson(unb64u(one($heard, 'X-Auth-Ctx')));
    my %expected = map { $_ => $claims->{$_} } grep { exists $claims->{$_} } qw(sub idp client_id scope aud exp acr amr st tid act jti);
    is_deeply($context, \%expected, 'and says who is calling as the token does');
    is(one(heard('/plain', $token), 'X-Auth-Ctx'), undef, 'TokexAuthContext Off');
    is(one(heard('/administrator', $token), 'X-Auth-Ctx'), 'of the administrator', 'mod_headers has the last word');
};

subtest 'headers with claims' => sub {
    my $heard = heard('/claims', $token);
    is(one($heard, 'X-Claim-sub'), 'auth0|user-1', 'a text as it is');
    is(one($heard, 'X-Claim-client-id'), 'orders', '- for _ in the name');
    is(one($heard, 'X-Claim-aud'), '["https://api.example"]', 'what is no text as JSON');
    is_deeply([grep {/^x-claim-/i} keys %{ heard('/claims/none', $token) }], [], 'Off inside');
    my $encoded = sub {
        my ($text) = @_;
        my $got = heard('/claims', $world->token(claims => { email => $text }));
        is_deeply([grep {/evil/i} keys %$got], [], 'no second header appears');
        return one($got, 'X-Claim-email');
    };
    is($encoded->("Cem \x{D6}zdemir"), 'Cem%20%C3%96zdemir', 'PAS-009 octets of UTF-8 are escaped');
    is($encoded->("a\r\nX-Evil: 1"), 'a%0D%0AX-Evil:%201', 'PAS-008 CR and LF are escaped');
    is($encoded->("a\rX-Evil: 1"), 'a%0DX-Evil:%201', 'PAS-008 so is a CR alone');
    is($encoded->("a\nX-Evil: 1"), 'a%0AX-Evil:%201', 'PAS-008 and a LF');
    is($encoded->("100%41"), '100%2541', 'and the escape character itself');
    is($encoded->(" a "), '%20a%20', 'blanks at both ends stay');
    is($encoded->(''), '', 'an empty text is one');
    is($encoded->("\x{1F600}\x{7F}"), '%F0%9F%98%80%7F', 'beyond the first plane, and DEL');
    my $nul = ask('/claims', $world->raw(payload => Tokex::Jose::json($world->claims(email => 'a-b')) =~ s/a-b/a\\u0000b/r));
    is($nul->status, 401, 'PAS-008 a token with a NUL in a text is refused');
    is(one(heard('/claims', $world->token(claims => { groups => ["\x{E9}", 1] })), 'X-Claim-groups'), '["%C3%A9",1]', 'JSON too');
};

subtest 'PAS-011: more than fits' => sub {
    my $long = $world->token(claims => { email => "\x{E9}" x 1500 });
    my $answer = ask('/claims', $long);
    is($answer->status, 500, 'PAS-011 headers of more than LimitRequestFieldSize do not go on, nor does a part of them');
    my @lines = $world->httpd->error_log =~ /^.*TX00111: .*$/mg;
    is(scalar(@lines), 1, 'one line of the log says so');
    like($lines[0], qr/X-Claim-email/, 'and which is the longest');
    is(ask('/exchanged', $long)->status, 200, 'where claims are no headers it passes');
    my $fits = "\x{E9}" x 1000;
    is(one(heard('/claims', $world->token(claims => { email => $fits })), 'X-Claim-email'), '%C3%A9' x 1000, 'what fits comes whole');
};

# No value that the client made up, and nothing under a name of ours but what we set.
sub is_clean
{
    my ($heard, $what) = @_;
    my @found = grep {/forged/} map {@$_} values %$heard;
    is_deeply(\@found, [], $what) or diag(explain($heard));
    return;
}

subtest 'what the client says of itself' => sub {
    my $heard = heard('/exchanged', $token, @FORGED);
    is_clean($heard, 'PAS-002 all spellings are removed');
    like(one($heard, 'X-Auth-Ctx') // '', qr/^eyJ[\w-]+$/, 'PAS-006 ours stands there once');
    is_clean(heard('/claims', $token, @FORGED), 'PAS-002 where claims are headers');
    is_clean(heard('/plain', $token, @FORGED), 'PAS-001 where we set no context');
    is_clean(heard('/open', undef, @FORGED), 'PAS-001 at an unprotected location of the same server');
    is_clean(heard('/any', undef, @FORGED), 'PAS-001 where a request passes without being asked');
    is_clean(heard('/another-type', undef, @FORGED, Authorization => Tokex::Http::basic('anna', 'x')),
        'PAS-001 where exchange is off and another AuthType decides');
    is(ask('/off', $token, @FORGED)->status, 403, 'where exchange is off nothing goes on');
    for my $path (qw(/denied-here /denied-open /denied-there)) {
        my $answer = ask($path, $world->token(key => 'stranger'), @FORGED);
        like($answer->body, qr{/told|Unauthorized}, "$path: refused");
        unlike($answer->body, qr/forged/, 'PAS-001 and its ErrorDocument gets none of it');
    }
    my $options = $world->send_octets(Tokex::Http::octets('OPTIONS', '/preflight/x',
        [Origin => 'https://shop.example', 'Access-Control-Request-Method' => 'GET', Authorization => "Bearer $token", @FORGED]));
    is($options->status, 200, 'a preflight request passes');
    is_clean(Tokex::Backend::heard($options), 'BRR-018 without any of it');
    is(one(Tokex::Backend::heard($options), 'Authorization'), undef, 'and without Authorization');
};

subtest 'a token that was not accepted goes nowhere that we protect' => sub {
    my $bad = $world->token(key => 'stranger');
    my $here = ask('/denied-here', $bad);
    like($here->body, qr{^GET /echo/denied-here/told }, 'refused, and the ErrorDocument lies behind the same location');
    unlike($here->body, qr/^Authorization:/mi, 'PAS-012 the token does not go to it');
    unlike(ask('/denied-there', $bad)->body, qr/^Authorization:/mi, 'PAS-012 nor to one behind another location');
    is(one(heard('/any', $bad), 'Authorization'), undef, 'PAS-012 nor where the request passes without being asked');
    is(one(heard('/open', $bad), 'Authorization'), "Bearer $bad", 'at an unprotected location it is the client\'s own affair');
};

subtest 'headers that a client calls hop-by-hop' => sub {
    for my $names ('X-Auth-Ctx, Authorization, X-Claim-sub', 'close, x-auth-ctx,authorization ,X-CLAIM-SUB', 'X-Auth-Ctx,,Authorization;x, X-Claim-sub') {
        my $answer = Tokex::Http::get($world->port, '/claims/x', Authorization => "Bearer $token", Connection => $names);
        my $heard = Tokex::Backend::heard($answer);
        ok(defined one($heard, $_), "PAS-001 Connection: $names does not take $_ away") for qw(X-Auth-Ctx Authorization X-Claim-sub);
    }
    my $answer = Tokex::Http::get($world->port, '/named/x', Authorization => "Bearer $token", Connection => 'X-Internal-Token, X-Mine', 'X-Mine' => 'mine');
    my $heard = Tokex::Backend::heard($answer);
    like(one($heard, 'X-Internal-Token') // '', qr/^Bearer /, 'nor a header of the configuration');
    is(one($heard, 'X-Mine'), undef, 'but what is the client\'s own');
};

subtest 'what an administrator makes of a claim' => sub {
    my $heard = heard('/derived', $token);
    is_deeply([map { one($heard, $_) } qw(X-User X-Email X-Same)], [('user.one@people.example') x 3], 'headers of their own');
    for my $break ("\r\n", "\n", "\r", "\r\n\r\n") {
        my $answer = ask('/derived', $world->token(claims => { email => "a${break}X-Evil: 1" }));
        unlike($answer->body, qr/^X-Evil/mi, 'PAS-008 no second header appears: ' . join ' ', map { sprintf '%02X', ord } split //, $break);
        unlike($answer->body, qr/\r(?!\n)/, 'nor a CR alone');
        is($answer->status, 401, 'since no such text is a user');
        $heard = heard('/derived/by-sub', $world->token(claims => { email => "a${break}X-Evil: 1" }));
        is_deeply([grep {/evil/i} keys %$heard], [], 'PAS-008 nor where it is another claim');
        like(one($heard, 'X-Email'), qr/^"a\\\S+X-Evil: 1"$/, 'which is JSON then');
    }
};

subtest 'TRACE' => sub {
    my $trace = sub {
        my ($path, @headers) = @_;
        return $world->send_octets(Tokex::Http::octets('TRACE', "$path/x", [Authorization => "Bearer $token", @headers]));
    };
    for my $path ('/exchanged', '/original', '/claims') {
        my $answer = $trace->($path, 'Max-Forwards' => 0);
        unlike($answer->body, qr/X-Auth-Ctx|X-Claim|eyJ/i, "PAS-012 $path: httpd does not show a client what is for the backend");
        is($answer->status, 405, 'TRACE is not allowed there');
        is($trace->($path)->status, 405, 'nor is the backend asked to');
    }
    is($trace->('/open', 'Max-Forwards' => 0)->status, 200, 'elsewhere it is httpd\'s affair');
};

subtest 'HTP-003: the order of the modules' => sub {
    my $late = Tokex::Http::get($world->port, '/exchanged/x');
    is($late->status, 401, 'HTP-003 mod_proxy is loaded before us and still comes after');
};

subtest 'PAS-015: X-Forwarded headers' => sub {
    my $metadata = Tokex::Http::get($world->port, '/sts/.well-known/oauth-authorization-server',
        'X-Forwarded-Host' => 'evil.example', 'X-Forwarded-Proto' => '://', 'X-Forwarded-Port' => 'x', Forwarded => 'host=evil.example', Host => 'evil.example');
    unlike($metadata->body, qr/evil/, 'PAS-015 none of our URLs is made of them');
    my $refused = Tokex::Http::get($world->port, '/exchanged/x', 'X-Forwarded-Host' => 'evil.example', Host => 'evil.example');
    unlike(join("\n", map {"@$_"} @{ $refused->{headers} }), qr/evil/, 'PAS-015 nor is a challenge');
};

ok($world->httpd->stop_gently, 'httpd ends by itself');
unlike($world->httpd->error_log, qr/exit signal/, 'and no process was lost');

subtest 'caches' => sub {
    my %page = ('Cache-Control' => 'max-age=600', 'Last-Modified' => 'Mon, 01 Jan 2024 00:00:00 GMT', ETag => '"1"');
    $backend->page("/kept/$_", '"secret"', %page) for qw(ours named open plain);
    my $cached = Tokex::World->new(
        modules => [qw(authz_user cache cache_disk proxy proxy_http)],
        start => 0,
        config => join "\n", 'CacheRoot @DIR@/cache', 'CacheEnable disk /kept', 'CacheIgnoreNoLastMod On',
        "ProxyPass /kept @{[$backend->url('/kept')]}",
        (map {"<Location /kept/$_->[0]>\nAuthType tokex\nTokexClient orders\nTokexTrustedIssuers partner\n$_->[1]\nRequire valid-user\n</Location>"}
            ['ours', ''], ['named', 'TokexExchangedTokenHeader X-Internal-Token']), ''
    );
    mkdir $cached->httpd->dir . '/cache' or die $!;
    chown scalar(getpwnam((Tokex::Httpd::account())[0])), -1, $cached->httpd->dir . '/cache';
    $cached->httpd->start;
    my $get = sub { my ($path, $t) = @_; Tokex::Http::get($cached->port, "/kept/$path", $t ? (Authorization => "Bearer $t") : ()) };
    my $asked = sub { scalar $backend->requests("/kept/$_[0]") };
    is($get->('open')->status, 200, 'an open page') for 1, 2;
    is($asked->('open'), 1, 'is kept by mod_cache');
    for my $path (qw(ours named)) {
        my $good = $get->($path, $cached->token);
        is($good->body, '"secret"', "$path: with a token");
        like($good->header('cache-control'), qr/\bprivate\b/, 'BRR-020 the answer says that it is for one user');
        like($good->header('cache-control'), qr/\bmax-age=600\b/, 'beside what the backend says');
        my $none = $get->($path);
        is($none->status, 401, 'BRR-020 and without one it does not come out of the cache');
        is($none->header('cache-control'), 'no-store', 'BRR-020 nor is the refusal kept');
    }
};

subtest 'PAS-013: two tokens, two names' => sub {
    my $said = sub {
        my (@lines) = @_;
        $world->httpd->{config} =~ s/^# tried\n.*//ms;
        $world->httpd->{config} .= join "\n", "\n# tried", '<Location /tried>', 'AuthType tokex', 'TokexClient orders', 'TokexTrustedIssuers partner', 'Require valid-user', @lines, '</Location>', '';
        my ($status, $text) = $world->httpd->config_test;
        return $status == 0 ? 'good' : $text;
    };
    for my $case (
        ['TokexInject Both'],
        ['TokexInject Both', 'TokexOriginalTokenHeader X-Token', 'TokexExchangedTokenHeader x-token'],
        ['TokexInject Both', 'TokexOriginalTokenHeader Authorization'],
        ['TokexInject Both', 'TokexExchangedTokenHeader AUTHORIZATION'],
    ) {
        like($said->(@$case), qr/httpd\.conf:\d+: <[^>]*>: TokexInject both, and both tokens in the header /, "PAS-013 is refused at the start: @$case");
    }
    like($said->('TokexInject Both'), qr/in the header Authorization; name another/, 'CE-14 and the line says which name');
    like($said->("TokexExchangedTokenHeader $_"), qr/"$_" is a header of HTTP itself/, "a token does not belong in $_")
        for qw(Host connection Transfer-Encoding);
    like($said->("TokexClaimHeaders $_"), qr/"$_" is what a header of HTTP itself begins with/, "nor do claims in $_") for qw(Content- transfer-);
    is($said->('TokexClaimHeaders X-Content-'), 'good', 'but in a name of one\'s own');
    is($said->('TokexInject Both', 'TokexOriginalTokenHeader X-Token'), 'good', 'one of the two is enough');
};

subtest 'a token of almost 16 KiB' => sub {
    my $other = Tokex::World->new(modules => [qw(authz_user proxy proxy_http)],
        config => join "\n", 'LimitRequestFieldSize 40000', location('/both', 'TokexInject Both', 'TokexOriginalTokenHeader X-Original-Authorization'), '');
    my $long = $other->token(claims => { email => 'a' x 11_300 });
    cmp_ok(length $long, '>', 15_500, 'it is ' . length($long) . ' octets long');
    my $heard = Tokex::Backend::heard(Tokex::Http::get($other->port, '/both/x', Authorization => "Bearer $long"));
    is(one($heard, 'X-Original-Authorization'), "Bearer $long", 'goes on whole where LimitRequestFieldSize lets it in');
    my ($ours) = one($heard, 'Authorization') =~ /^Bearer (\S+)$/;
    is(($other->decode($ours))[0]{email}, 'a' x 11_300, 'and so does ours');
};

subtest 'trailers' => sub {
    my $chunked = sub {
        my $other = Tokex::World->new(modules => [qw(authz_user proxy proxy_http)], start => 0, config => join "\n", location('/claims', 'TokexClaimHeaders X-Claim-'), @_, '');
        return $other;
    };
    my ($status, $said) = $chunked->('MergeTrailers On')->httpd->config_test;
    isnt($status, 0, 'PAS-001 a server that makes headers of trailers is not started');
    like($said, qr/TX00113: .*httpd\.conf:\d+: TokexIssuer: .* Write MergeTrailers Off/, 'and the line says what to write');
    my $other = $chunked->();
    $other->httpd->start;
    my $answer = Tokex::Http->new($other->port)->request(join "\r\n", 'POST /claims/x HTTP/1.1', 'Host: x', 'Authorization: Bearer ' . $other->token,
        'Transfer-Encoding: chunked', 'Trailer: X-Auth-Ctx', '', '5', 'hello', '0', 'X-Auth-Ctx: forged', 'X-Claim-admin: forged', '', '');
    is($answer->status, 200, 'otherwise a request with trailers passes');
    is_clean(Tokex::Backend::heard($answer), 'PAS-001 without them');
};

done_testing();
