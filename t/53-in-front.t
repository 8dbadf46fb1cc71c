#!/usr/bin/perl
# Other people's modules around ours: mod_auth_openidc and Basic decide who the user is and we exchange the token
# that they leave; a second httpd behind mod_proxy; every MPM; HTTP/2.
use strict;
use warnings;
use Crypt::JWT ();
use Digest::SHA ();
use File::Temp ();
use FindBin;
use lib "$FindBin::RealBin/lib";
use MIME::Base64 ();
use Test::More;
use Tokex::Backend;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(b64u json parts unb64u unjson);
use Tokex::Tls;
use Tokex::World;

for my $module (qw(auth_openidc http2)) {
    next if Tokex::Httpd::has_module($module);
    fail("httpd has no mod_$module: install " . ($module eq 'http2' ? 'apache2-bin' : 'libapache2-mod-auth-openidc') . ' (Debian)');
    done_testing();
    exit;
}

# ---- A second httpd, whose only program says what it was told

my $tls = Tokex::Tls->new;
my ($certificate, $key) = $tls->certificate('second');
my $tls_port = Tokex::Httpd::free_port();
my $provider = "https://127.0.0.1:$tls_port";
my $second = Tokex::Httpd->new(tokex => 0, modules => [qw(cgid alias ssl)], config => <<"END");
ScriptSock \@DIR\@/cgisock
ScriptAlias /env \@DIR\@/env.cgi
Redirect 401 /refuses
<Location /env>
    CGIPassAuth On
    Require all granted
</Location>
# It is the provider that mod_auth_openidc asks too; the test itself sends the browser back.
Listen 127.0.0.1:$tls_port
<VirtualHost 127.0.0.1:$tls_port>
    SSLEngine On
    SSLCertificateFile $certificate
    SSLCertificateKeyFile $key
    ScriptAlias /token \@DIR\@/token.cgi
    <Location /token>
        Require all granted
    </Location>
</VirtualHost>
END
Tokex::Backend::write_cgi($second->dir . '/env.cgi');
Tokex::Backend::put($second->dir . '/token.cgi', "#!/bin/sh\ncat >/dev/null\necho Content-Type: application/json\necho\ncat $second->{dir}/token.json\n", 0755);
$second->start;

my $PASSPHRASE = 'a-passphrase-of-a-test-that-is-long-enough';
my $CLIENT_SECRET = 'a-client-secret-of-a-test-that-is-long-enough';

my $https = Tokex::Httpd::free_port();
my $config = <<"END";
Listen 127.0.0.1:$https
<VirtualHost 127.0.0.1:$https>
    SSLEngine On
    SSLCertificateFile $certificate
    SSLCertificateKeyFile $key
</VirtualHost>
ProxyPass /behind @{[$second->url('/env')]}
ProxyPass /refuses @{[$second->url('/refuses')]}
<LocationMatch "^/(behind|refuses)">
    AuthType tokex
    TokexClient orders
    TokexTrustedIssuers partner
    AuthzSendForbiddenOnFailure On
    Require valid-user
</LocationMatch>

OIDCCryptoPassphrase $PASSPHRASE
OIDCOAuthVerifyCertFiles \@DIR\@/issuer.pem
OIDCOAuthRemoteUserClaim email
OIDCPassClaimsAs both
OIDCProviderIssuer $provider
OIDCProviderAuthorizationEndpoint $provider/authorize
OIDCProviderTokenEndpoint $provider/token
OIDCClientID shop-front
OIDCClientSecret $CLIENT_SECRET
OIDCIDTokenSignedResponseAlg HS256
OIDCRedirectURI http://127.0.0.1:\@PORT\@/browser/callback
OIDCSSLValidateServer Off
OIDCSessionType client-cookie
OIDCCookieSameSite On
OIDCRemoteUserClaim sub

<Location "/bearer">
    AuthType oauth20
    TokexClient orders
    TokexTrustedIssuers pem
    TokexSubjectFrom env:OIDC_access_token
    AuthzSendForbiddenOnFailure On
    Require valid-user
    CGIPassAuth On
</Location>
<Location "/bearer/named">
    TokexExchangedTokenHeader X-Internal-Token
</Location>
<Location "/bearer/both">
    TokexInject Both
    TokexExchangedTokenHeader X-Internal-Token
</Location>
<Location "/bearer/off">
    TokexExchange Off
</Location>
<Location "/bearer/untrusted">
    TokexTrustedIssuers partner
</Location>
<Location "/bearer/judged">
    Require expr "%{REMOTE_USER} == 'user.one\@people.example' && %{reqenv:TOKEX_CLAIM_client_id} == 'orders'"
</Location>
<Location "/bearer/refused">
    Require expr "%{REMOTE_USER} != '' && %{reqenv:TOKEX_CLAIM_client_id} == 'somebody'"
</Location>
<Location "/browser">
    AuthType openid-connect
    TokexClient orders
    TokexTrustedIssuers partner
    TokexSubjectFrom env:OIDC_access_token
    AuthzSendForbiddenOnFailure On
    Require valid-user
    CGIPassAuth On
</Location>

<Location "/bearer/any">
    <RequireAny>
        Require valid-user
        Require env LET_IN
    </RequireAny>
</Location>
<Location "/bearer/any-named">
    TokexExchangedTokenHeader X-Internal-Token
    <RequireAny>
        Require valid-user
        Require env LET_IN
    </RequireAny>
</Location>
SetEnvIf X-Another-Token "^(.+)\$" ANOTHER_TOKEN=\$1
SetEnvIf X-Let-In yes LET_IN
SetEnvIf X-Upstream-Token "^(.+)\$" UPSTREAM_TOKEN=\$1
<Location "/basic">
    AuthType Basic
    AuthName "people"
    AuthBasicProvider file
    AuthUserFile \@DIR\@/people
    TokexClient orders
    TokexTrustedIssuers partner
    TokexSubjectFrom env:UPSTREAM_TOKEN
    TokexAllowPreflight On
    AuthzSendForbiddenOnFailure On
    Require user anna
    CGIPassAuth On
</Location>
<Location "/basic/second">
    TokexSubjectFrom env:ANOTHER_TOKEN
</Location>
<Location "/basic/named">
    TokexExchangedTokenHeader X-Internal-Token
</Location>
<Directory "\@DIR\@/htdocs">
    Options +ExecCGI
    AddHandler cgi-script .cgi
    RewriteEngine On
    RewriteRule "(.*)/redirected\$" "\$1/named/env.cgi"
    RewriteRule "(.*)/onward\$" "\$1/second/env.cgi"
</Directory>
TypesConfig /dev/null
ScriptSock \@DIR\@/cgisock
END

my $world = Tokex::World->new(
    modules => [qw(authz_user authz_host auth_basic authn_file mime cgid alias env setenvif rewrite headers proxy proxy_http auth_openidc ssl http2)],
    directives => 'Protocols h2 h2c http/1.1',
    config => $config,
    log_level => 'info tokex:trace8',
    start => 0
);
my $dir = $world->httpd->dir;
for my $path (qw(bearer bearer/named bearer/both bearer/off bearer/untrusted bearer/judged bearer/refused bearer/any bearer/any-named browser basic basic/named basic/second)) {
    mkdir "$dir/htdocs/$path" or die "$path: $!\n";
    Tokex::Backend::write_cgi("$dir/htdocs/$path/env.cgi");
}
Tokex::Backend::put("$dir/issuer.pem", $world->cert('rsa_cert'));
Tokex::Backend::put("$dir/people", 'anna:{SHA}' . MIME::Base64::encode_base64(Digest::SHA::sha1('a-password'), '') . "\n"
        . 'bert:{SHA}' . MIME::Base64::encode_base64(Digest::SHA::sha1('another'), '') . "\n");
$world->httpd->start;

sub ask
{
    my ($path, @headers) = @_;
    return $world->send_octets(Tokex::Http::octets('GET', $path, \@headers));
}

sub environment { return Tokex::Backend::environment(ask(@_)) }

# The client of the bearer token in a variable, and whether the token is ours.
sub whose
{
    my ($value) = @_;
    my ($token) = ($value // '') =~ /^(?:Bearer )?(\S+\.\S+\.\S+)$/ or return '-';
    my ($claims) = eval { $world->decode($token) };
    return $claims ? "ours for $claims->{client_id}" : 'theirs';
}

sub holders { my ($environment, $token) = @_; return [grep { index($environment->{$_}, $token) >= 0 } sort keys %$environment] }

# What the audit log has more since `what` began.
sub decisions
{
    my ($what) = @_;
    my $path = "$dir/audit.log";
    my $from = -s $path // 0;
    $what->();
    return map { unjson($_)->{code} // unjson($_)->{outcome} } split /\n/, Tokex::Httpd::slurp($path, $from);
}

subtest 'mod_auth_openidc as a resource server' => sub {
    my $token = $world->token(issuer => 'pem', key => 'rsa_cert');
    my @bearer = (Authorization => "Bearer $token");
    my $seen = environment('/bearer/env.cgi', @bearer);
    is($seen->{REMOTE_USER}, 'user.one@people.example', 'T-11 the user is the one that the other module says');
    is($seen->{AUTH_TYPE}, 'oauth20', 'and so is the AuthType');
    is($seen->{TOKEX_CLAIM_sub}, 'auth0|user-1', 'the claims are those of our token');
    is(whose($seen->{HTTP_AUTHORIZATION}), 'ours for orders', 'CE-32 which the backend gets');
    is_deeply(holders($seen, $token), [], 'PAS-012 and the token that came nowhere, not even where mod_auth_openidc puts it');
    my $named = environment('/bearer/named/env.cgi', @bearer);
    is(whose($named->{HTTP_X_INTERNAL_TOKEN}), 'ours for orders', 'under another name');
    is_deeply(holders($named, $token), [], 'PAS-012 the header that it came in does not go on either');
    my $both = environment('/bearer/both/env.cgi', @bearer);
    is($both->{HTTP_AUTHORIZATION}, "Bearer $token", 'both: the one that came');
    is(whose($both->{HTTP_X_INTERNAL_TOKEN}), 'ours for orders', 'and ours');
    my $off = environment('/bearer/off/env.cgi', @bearer, 'X-Auth-Ctx' => 'forged', 'X-Internal-Token' => 'forged');
    is($off->{HTTP_AUTHORIZATION}, "Bearer $token", 'CE-2 off: the other module alone decides, and the token goes on as it came');
    is_deeply(holders($off, 'forged'), [], 'PAS-001 without what only we may say');
    is($off->{TOKEX_CLAIM_sub}, undef, 'and nothing of ours');

    is_deeply([decisions(sub { is(ask('/bearer/env.cgi', Authorization => 'Bearer x.y.z')->status, 401, 'what it refuses is refused') })], [], 'and we are not asked');
    is(ask('/bearer/env.cgi')->status, 401, 'without a token too');
    my $untrusted = ask('/bearer/untrusted/env.cgi', @bearer);
    is($untrusted->status, 401, 'an issuer that we do not trust here is refused, whoever else trusts it');
    like($untrusted->header('www-authenticate'), qr/error="invalid_token"/, 'as a token that is not accepted');
    is(ask('/bearer/judged/env.cgi', @bearer)->status, 200, 'T-9 a Require sees what the exchange found');
    unlike(ask('/bearer/refused/env.cgi', @bearer)->status, qr/^2/, 'T-9 and is judged after it');
    is(whose(environment('/bearer/any/env.cgi', @bearer)->{HTTP_AUTHORIZATION}), 'ours for orders', 'a Require that needs a user, beside one that does not');
    is(environment('/bearer/any/env.cgi', @bearer, 'X-Let-In' => 'yes')->{HTTP_AUTHORIZATION}, undef, 'PAS-012 where nobody is asked the token does not take the place of ours');
    is(environment('/bearer/any-named/env.cgi', @bearer, 'X-Let-In' => 'yes')->{HTTP_AUTHORIZATION}, $bearer[1], 'but that of the other module');
    my $redirected = environment('/bearer/redirected', @bearer);
    is(whose($redirected->{HTTP_X_INTERNAL_TOKEN}), 'ours for orders', 'HTP-001 a redirect: mod_auth_openidc sees what the client sent again');
    is(environment('/bearer/env.cgi', @bearer, Cookie => 'a=b')->{HTTP_COOKIE}, 'a=b', 'T-9 nothing is put into a cookie');
    is(ask('/bearer/env.cgi', @bearer)->header('set-cookie'), undef, 'T-9 on neither side');
};

subtest 'mod_auth_openidc for browsers' => sub {
    my $away = ask('/browser/env.cgi', Accept => 'text/html');
    is($away->status, 302, 'a browser without a session is sent to the provider');
    my ($state) = $away->header('location') =~ /[?&]state=([^&]+)/;
    my ($nonce) = $away->header('location') =~ /[?&]nonce=([^&]+)/;
    my ($cookie) = $away->header('set-cookie') =~ /^([^;]+)/;
    my $token = $world->token;
    my $now = time;
    my $id_token = Crypt::JWT::encode_jwt(alg => 'HS256', key => $CLIENT_SECRET,
        payload => { iss => $provider, aud => 'shop-front', sub => 'browser-user', nonce => $nonce, iat => $now, exp => $now + 300 });
    Tokex::Backend::put($second->dir . '/token.json', json({ access_token => $token, token_type => 'Bearer', id_token => $id_token, expires_in => 300 }));
    my $back = ask("/browser/callback?code=abc&state=$state", Cookie => $cookie);
    is($back->status, 302, 'it comes back with a code') or diag($world->httpd->error_log);
    my $session = join '; ', map { $_->[1] =~ /^([^;]+)/ } grep { lc $_->[0] eq 'set-cookie' && $_->[1] =~ /session/ } @{ $back->{headers} };
    my $seen = environment('/browser/env.cgi', Cookie => $session);
    like($seen->{REMOTE_USER}, qr/^browser-user/, 'and is who the provider says');
    is($seen->{AUTH_TYPE}, 'openid-connect', 'under the other AuthType');
    is(whose($seen->{HTTP_AUTHORIZATION}), 'ours for orders', 'CE-32 the backend gets our token, which the browser never had');
    is($seen->{TOKEX_CLAIM_sub}, 'auth0|user-1', 'with its claims');
    is_deeply(holders($seen, $token), [], 'PAS-012 and the provider\'s nowhere');
    my $forged = environment('/browser/env.cgi', Cookie => $session, Authorization => 'Bearer forged', 'X-Auth-Ctx' => 'forged', 'OIDC_access_token' => 'forged', 'OIDC-access-token' => 'forged');
    is(whose($forged->{HTTP_AUTHORIZATION}), 'ours for orders', 'what the browser sends itself is replaced');
    is_deeply([grep { !/OIDC/ } @{ holders($forged, 'forged') }], [], 'PAS-001 by what we set');
    is(whose($forged->{HTTP_AUTHORIZATION}), 'ours for orders', 'and is not what is exchanged');
};

subtest 'Basic in front' => sub {
    my $token = $world->token;
    my @anna = (Authorization => Tokex::Http::basic('anna', 'a-password'));
    my $seen = environment('/basic/env.cgi', @anna, 'X-Upstream-Token' => $token);
    is($seen->{REMOTE_USER}, 'anna', 'T-11 the user is the one with the password');
    is($seen->{AUTH_TYPE}, 'Basic', 'and AuthType says how');
    is($seen->{TOKEX_CLAIM_sub}, 'auth0|user-1', 'the claims are those of the token');
    is(whose($seen->{HTTP_AUTHORIZATION}), 'ours for orders', 'the token takes the place of the password');
    is_deeply(holders($seen, $token), [], 'PAS-012 the one that came stands nowhere');
    my $named = environment('/basic/named/env.cgi', @anna, 'X-Upstream-Token' => $token);
    is(whose($named->{HTTP_X_INTERNAL_TOKEN}), 'ours for orders', 'or it stands beside the password');
    is($named->{HTTP_AUTHORIZATION}, $anna[1], 'which is not ours to take');
    is(environment('/basic/redirected', @anna, 'X-Upstream-Token' => $token)->{REMOTE_USER}, 'anna', 'HTP-001 a redirect: Basic sees the password again');
    my $another = $world->token(claims => { sub => 'another' });
    is(environment('/basic/onward', @anna, 'X-Upstream-Token' => $token, 'X-Another-Token' => $another)->{TOKEX_CLAIM_sub}, 'another',
        'HTP-001 the place that it leads to has a variable of its own');
    is(ask('/basic/onward', @anna, 'X-Upstream-Token' => $token)->status, 401, 'and takes no other');
    is_deeply([decisions(sub { ask('/basic/env.cgi', 'X-Upstream-Token' => $token) })], [], 'without a password we are not asked');
    is(ask('/basic/env.cgi', 'X-Upstream-Token' => $token)->status, 401, 'and nobody is let in');
    like(ask('/basic/env.cgi', 'X-Upstream-Token' => $token)->header('www-authenticate'), qr/^Basic /, 'with the challenge of Basic');
    my $preflight = $world->send_octets(Tokex::Http::octets('OPTIONS', '/basic/env.cgi', [Origin => 'https://shop.example', 'Access-Control-Request-Method' => 'GET']));
    is($preflight->status, 401, 'BRR-018 TokexAllowPreflight does not open what another module guards');
    is(ask('/basic/env.cgi', @anna)->status, 401, 'with one and without the variable neither');
    is(ask('/basic/env.cgi', @anna, 'X-Upstream-Token' => $world->token(key => 'stranger'))->status, 401, 'nor with a token that is not accepted');
    is(ask('/basic/env.cgi', Authorization => Tokex::Http::basic('bert', 'another'), 'X-Upstream-Token' => $token)->status, 403, 'Require goes by the user of Basic');
};

my @FORGED = ('X-Auth-Ctx' => 'forged', 'X_Auth_Ctx' => 'forged', 'x.auth.ctx' => 'forged');

subtest 'a second httpd behind mod_proxy' => sub {
    my $token = $world->token;
    my $seen = environment('/behind', Authorization => "Bearer $token", @FORGED);
    is(whose($seen->{HTTP_AUTHORIZATION}), 'ours for orders', 'CE-32 its program sees our token');
    is(unjson(unb64u($seen->{HTTP_X_AUTH_CTX}))->{sub}, 'auth0|user-1', 'CE-33 and the context');
    is_deeply(holders($seen, 'forged'), [], 'PAS-002 and nothing that the client made up');
    is(ask('/behind')->status, 401, 'without a token it is not asked');
    my $from = length $second->access_log;
    is(ask('/refuses', Authorization => "Bearer $token")->status, 401, 'its own refusal is passed on');
    is(scalar(() = $second->access_log($from) =~ m{GET /refuses}g), 1, 'and it was asked once');
};

# Several requests of one curl, one connection: their bodies in the order of their numbers.
sub over_http2
{
    my ($parallel, @requests) = @_;
    my @words = ('curl', '-s', '--max-time', 20, $parallel ? ('-Z') : ());
    my $out = File::Temp->newdir;
    for my $i (0 .. $#requests) {
        my ($path, @headers) = @{ $requests[$i] };
        push @words, '--next', '-s' if $i;
        push @words, '--http2', '-k', '-o', "$out/$i", '-w', "$i %{http_code} %{http_version} %{num_connects}\\n";
        while (my ($name, $value) = splice @headers, 0, 2) {
            push @words, '-H', "$name: $value";
        }
        push @words, "https://127.0.0.1:$https$path";
    }
    open my $in, '-|', '/bin/sh', '-c', 'exec "$@" 2>/dev/null', 'sh', @words or die "curl: $!\n";
    my %told = map { /^(\d+) (.*)/ ? ($1 => $2) : () } <$in>;
    close $in;
    return map { { told => $told{$_} // 'nothing', seen => eval { unjson(Tokex::Httpd::slurp("$out/$_")) } // {} } } 0 .. $#requests;
}

subtest 'HTTP/2' => sub {
    my %token = map { $_ => $world->token(claims => { sub => $_ }) } 'a' .. 'f';
    my @names = ('a', undef, 'b', 'c', undef, 'a', 'd', 'e', 'f');
    my @requests = map { ['/behind', defined $_ ? (authorization => "Bearer $token{$_}") : (), @FORGED] } @names;
    for my $parallel (0, 1) {
        my @answers = over_http2($parallel, @requests);
        my $how = $parallel ? 'at a time' : 'one after the other';
        is_deeply([map { (split / /, $_->{told})[0] } @answers], [map { defined ? 200 : 401 } @names], "different tokens on a connection, $how");
        is_deeply([map { (split / /, $_->{told})[1] } @answers], [(2) x @names], 'over HTTP/2');
        is_deeply([map { $_->{seen}{HTTP_X_AUTH_CTX} ? unjson(unb64u($_->{seen}{HTTP_X_AUTH_CTX}))->{sub} : undef } @answers], \@names, 'each is who its own token says');
        is_deeply([map { @{ holders($_->{seen}, 'forged') } } @answers], [], 'PAS-002 and nothing is what the client made up');
        next if $parallel;
        my $plain = Tokex::Http::curl($world->httpd->url('/behind'), undef, '--http2-prior-knowledge', '-H', "authorization: Bearer $token{a}");
        is($plain->{version} . ' ' . whose(Tokex::Backend::environment($plain)->{HTTP_AUTHORIZATION}), '2 ours for orders', 'without TLS too');
        my $connects = 0;
        $connects += (split / /, $_->{told})[2] for @answers;
        is($connects, 1, 'on one connection');
    }
};

ok($world->httpd->stop_gently, 'httpd ends by itself');
unlike($world->httpd->error_log, qr/exit signal/, 'and no process was lost');

for my $mpm (qw(worker prefork)) {
    subtest "a backend on $mpm" => sub {
        Tokex::Httpd::needs("mpm_$mpm") or return;
        my $one = $config =~ /(.*?)^OIDC/ms ? $1 : die;
        $world = Tokex::World->new(mpm => $mpm, modules => [qw(authz_user proxy proxy_http ssl http2)], directives => 'Protocols h2 http/1.1', config => $one);
        my $token = $world->token;
        is(whose(environment('/behind', Authorization => "Bearer $token", @FORGED)->{HTTP_AUTHORIZATION}), 'ours for orders', 'gets our token');
        is(ask('/behind')->status, 401, 'and is not asked without one');
        my @subs = map { my $seen = environment('/behind', Authorization => 'Bearer ' . $world->token(claims => { sub => $_ })); unjson(unb64u($seen->{HTTP_X_AUTH_CTX}))->{sub} } qw(a b a);
        is_deeply(\@subs, [qw(a b a)], 'each request is who its own token says');
        if ($mpm eq 'worker') {
            my ($answer) = over_http2(0, ['/behind', authorization => "Bearer $token"]);
            like($answer->{told}, qr/^200 2 /, 'over HTTP/2 too');
        }
        ok($world->httpd->stop_gently, 'it ends by itself');
        unlike($world->httpd->error_log, qr/exit signal/, 'and no process was lost');
    };
}

done_testing();
