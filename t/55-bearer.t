#!/usr/bin/perl
# The bearer token of a protected location: how the header is written, what the client is told, and our own tokens.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Ctl;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(b64u json);
use Tokex::World;

my $PAGE = 'the protected page';
my $REALM = 'The "orders" API \\ 1';

sub section
{
    my ($path, @lines) = @_;
    return join "\n", "<Location $path>", 'AuthType tokex', 'Require valid-user', 'TokexClient orders',
        'TokexSubjectTokenType jwt', 'TokexCacheTTL 0', 'Header set X-Goes-On "expr=%{req:Authorization}"', @lines,
        '</Location>';
}

# What most of them trust.
sub location
{
    my ($path, @lines) = @_;
    return section($path, 'TokexTrustedIssuers partner at-only id-token-only unreachable', @lines);
}

my $locations = join "\n", 'AliasMatch ^/(?!sts).* @DIR@/htdocs/page.txt', location('/plain'),
    section('/trusting-nobody'), section('/typo', 'TokexTrustedIssuers partner.example'), section('/shop', 'TokexTrustedIssuers other', 'TokexClient shop'),
    # httpd reads it as a word, and then as an expression.
    location('/named', 'AuthName "The \"orders\" API ' . '\\' x 4 . ' 1"'),
    location('/read', 'TokexScope orders.read'),
    location('/both', 'TokexScope orders.read "invoicing"'),
    location('/access', 'TokexSubjectTokenType access_token'),
    location('/off', 'TokexExchange off'),
    location('/nobody', 'TokexClient nobody'),
    location('/switched-off', 'TokexClient off'),
    location('/own/api', 'TokexOwnTokens accept', 'TokexAudience api'),
    location('/own/billing', 'TokexOwnTokens accept', 'TokexAudience billing'),
    location('/own/short', 'TokexOwnTokens accept', 'TokexAudience short'),
    location('/own/pair', 'TokexOwnTokens accept', 'TokexAudience api billing'),
    location('/own/read', 'TokexOwnTokens accept', 'TokexAudience api', 'TokexScope orders.read'),
    location('/own/billed', 'TokexOwnTokens accept', 'TokexAudience api', 'AuthzSendForbiddenOnFailure On',
        'Require tokex-scope invoicing') =~ s/Require valid-user\n//r,
    location('/own/off', 'TokexOwnTokens accept', 'TokexAudience api', 'TokexExchange off');

my $world = Tokex::World->new(
    modules => [qw(alias headers authz_user)],
    log_level => 'debug core:info headers:info',
    directives => 'TokexFetchAllow 127.0.0.1',
    config => <<"END",
$locations
<VirtualHost 127.0.0.1:\@PORT\@>
    ServerName 127.0.0.1
</VirtualHost>
<VirtualHost 127.0.0.1:\@PORT\@>
    ServerName other.example
    TokexIssuer https://other.example/sts
</VirtualHost>
<VirtualHost 127.0.0.1:\@PORT\@>
    ServerName third.example
    TokexIssuer https://third.example/sts
    TokexDirectory \@DIR\@/third
</VirtualHost>
END
    start => 0,
    document => sub {
        my ($document, $self) = @_;
        my (undef, $issuer) = $self->issuer(
            'unreachable',
            keys => [],
            jwks_urls => ['http://127.0.0.1:' . Tokex::Httpd::free_port() . '/jwks'],
            algorithms => ['RS256']
        );
        push @{ $document->{issuers} }, $issuer;
        push @{ $_->{rules}[0]{issuers} }, 'unreachable' for grep { $_->{id} eq 'orders' } @{ $document->{clients} };
    }
);
my $httpd = $world->httpd;
Tokex::Ctl->new(dir => $httpd->dir . '/third', group => (Tokex::Httpd::account())[1])->init;
$world->tried->serves('third.example', $httpd->dir . '/third');
$httpd->start;
Tokex::Jose::write_file($httpd->dir . '/htdocs/page.txt', $PAGE);

# (answer, audit line) of a request whose values of Authorization are these. $path may hold a query.
sub ask
{
    my ($path, @values) = @_;
    my %more = ref $values[-1] eq 'HASH' ? %{ pop @values } : ();
    my $place = $path =~ s/\?.*//sr;
    $world->read_audit;
    my $from = @{ $world->{audit_lines} || [] };
    my $answer = $world->send_octets(
        Tokex::Http::octets(
            $more{method} // 'GET', $path,
            [@{ $more{headers} || [] }, map { (Authorization => $_) } @values], $more{body}
        )
    );
    return ($answer, $answer->status == 404 ? undef : $world->audit_from($from, $more{location} // $place));
}

# A name, and what `ask` gave: the page came, and a token of ours went on.
sub passes
{
    my ($name, $answer, $audit) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $good = $answer->status == 200 && $answer->body eq $PAGE
        && ($answer->header('x-goes-on') // '') =~ /^Bearer eyJ/;
    ok($good && $audit->{outcome} =~ /^(?:granted|accepted)$/, $name)
        or diag($answer->status . ' ' . ($answer->header('www-authenticate') // '') . ' ' . json($audit));
    return $good ? $answer->header('x-goes-on') =~ s/^Bearer //r : undef;
}

# The same for a refusal: status, error (undef: the challenge has none, '': there is no challenge) and code.
sub refuses
{
    my ($name, $status, $error, $code, $answer, $audit) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $challenge = $answer->header('www-authenticate');
    my @wrong;
    push @wrong, "status is not $status" if $answer->status != $status;
    push @wrong, 'the page came' if index($answer->body, $PAGE) >= 0;
    push @wrong, 'something went on' if defined $answer->header('x-goes-on');
    push @wrong, 'there is a challenge' if defined $error && $error eq '' && defined $challenge;
    push @wrong, 'the challenge has an error' if !defined $error && ($challenge // 'error') !~ /^Bearer realm="(?!.*error)/;
    push @wrong, "error is not $error" if $error && ($challenge // '') !~ /^Bearer realm="(?:[^"\\]|\\.)*", error="$error", error_description="/;
    push @wrong, 'no no-store' if ($answer->header('cache-control') // '') !~ /\bno-store\b/;
    push @wrong, "code is not $code" if !$audit || $audit->{outcome} ne 'refused' || $audit->{code} ne $code;
    ok(!@wrong, $name) or diag(join '; ', @wrong, $answer->status, $challenge // 'no challenge', json($audit));
    return;
}

my $good = $world->token;
my $other = $world->token(claims => { sub => 'auth0|user-2' });

# ---- What the header is

{
    my ($claims) = $world->decode(passes('CE-26 the token is sent in the header Authorization', ask('/plain', "Bearer $good")));
    is("@$claims{qw(iss sub idp)}", $world->issuer_url . ' auth0|user-1 partner', 'CE-1 one of ours goes on for the same user');
    is($claims->{client_id}, 'orders', 'CE-3 it was issued to the client of the location');
}

refuses('BRR-001 no header', 401, undef, 'bearer_missing', ask('/plain'));
refuses("BRR-001 $_->[0]", 401, undef, 'bearer_missing', ask('/plain', $_->[1]))
    for ['an empty one' => ''], ['Basic' => Tokex::Http::basic('orders', $world->secret('orders'))],
    ['DPoP' => "DPoP $good"], ['Token' => "Token $good"], ['a scheme that begins like it' => "Bearer2 $good"],
    ['no scheme' => $good], ['commas within a scheme' => 'Digest username="a", realm="b", uri="/"'];

refuses('BRR-002 a word that is no token', 401, 'invalid_token', 'token_shape', ask('/plain', 'Bearer x'));
refuses('BRR-002 a token of a stranger', 401, 'invalid_token', 'signature',
    ask('/plain', 'Bearer ' . $world->token(key => 'stranger')));
refuses('BRR-002 one that has ended', 401, 'invalid_token', 'expired',
    ask('/plain', 'Bearer ' . $world->token(claims => { exp => time - 100, iat => time - 200 })));

{
    my $poor = $world->token(claims => { scope => 'orders.write' });
    passes('a token without the scope, where none is asked for', ask('/plain', "Bearer $poor"));
    for my $case (['/read', 'orders.read'], ['/both', 'orders.read invoicing']) {
        my ($path, $scope) = @$case;
        my ($answer, $audit) = ask($path, "Bearer $poor");
        refuses("BRR-003 a token without $scope", 403, 'insufficient_scope', 'scope_empty', $answer, $audit);
        like($answer->header('www-authenticate'), qr/, scope="$scope"$/, 'BRR-003 and the scope is named');
    }
    my ($claims) = $world->decode(passes('BRR-003 a token with it', ask('/read', "Bearer $good")));
    is($claims->{scope}, 'orders.read', 'which is all that the token has that goes on');
}

refuses("BRR-004 '$_->[0]'", 400, 'invalid_request', 'bearer_malformed', ask('/plain', $_->[1]))
    for ['Bearer' => 'Bearer'], ['Bearer and blanks' => 'Bearer   '], ['two tokens' => "Bearer $good $other"],
    ['the same token twice' => "Bearer $good $good"], ['a token and a comma' => "Bearer $good,"],
    ['tokens with a comma' => "Bearer $good,$other"], ['a token and more' => "Bearer $good realm=x"],
    ['Bearer twice' => "Bearer Bearer $good"];

passes("BRR-005 $_", ask('/plain', "$_ $good")) for qw(bearer BEARER bEaReR);

passes('BRR-006 several blanks', ask('/plain', "Bearer    $good"));
refuses("BRR-006 Bearer and $_->[0]", 400, 'invalid_request', 'bearer_malformed', ask('/plain', "Bearer$_->[1]$good"))
    for ['a TAB' => "\t"], ['an equals sign' => '='], ['a colon' => ':'], ['a blank and a TAB' => " \t"];

{
    my $basic = Tokex::Http::basic('orders', $world->secret('orders'));
    for my $case (
        ['two good ones' => "Bearer $good", "Bearer $other"],
        ['the same twice' => "Bearer $good", "Bearer $good"],
        ['a good one and a bad one' => "Bearer $good", 'Bearer x'],
        ['a bad one and a good one' => 'Bearer x', "Bearer $good"],
        ['Basic first' => $basic, "Bearer $good"],
        ['Basic last' => "Bearer $good", $basic],
        ['an empty one first' => '', "Bearer $good"]
        )
    {
        my ($what, @values) = @$case;
        my ($answer, $audit) = ask('/plain', @values);
        refuses("BRR-007 $what", 400, 'invalid_request', 'bearer_malformed', $answer, $audit);
        ok(!grep({ defined $audit->{$_} } qw(subject issuer)), 'BRR-007 neither is looked at');
    }
}

refuses('BRR-009 in the query', 401, undef, 'bearer_missing', ask("/plain?access_token=$good"));
refuses('BRR-009 in the query, written otherwise', 401, undef, 'bearer_missing', ask("/plain?a=1&access%5Ftoken=$good"));
refuses(
    'BRR-009 in a form',
    401, undef,
    'bearer_missing',
    ask(
        '/plain',
        {
            method => 'POST',
            headers => ['Content-Type' => 'application/x-www-form-urlencoded'],
            body => "access_token=$good"
        }
    )
);
refuses('BRR-009 in a cookie', 401, undef, 'bearer_missing', ask('/plain', { headers => [Cookie => "access_token=$good"] }));

for my $case (['a quote' => '"'], ['a comma' => ','], ['a TAB' => "\t"]) {
    my ($what, $octet) = @$case;
    my $word = b64u($world->octets(20));
    refuses("BRR-013 $what in it", 400, 'invalid_request', 'bearer_malformed', ask('/plain', "Bearer $word$octet$word"));
    unlike(join('', map { Tokex::Httpd::slurp($httpd->dir . "/$_") } qw(error.log audit.log access.log)),
        qr/$word/, 'BRR-013 and it stands in no log');
}
for my $octet ("\x01", "\x1B", "\x7F") {
    my $answer = $world->send_octets(Tokex::Http::octets('GET', '/plain', [Authorization => "Bearer a${octet}b"]));
    is($answer->status, 400, sprintf 'BRR-013 %02X in it', ord $octet);
    unlike($answer->body, qr/\Q$PAGE\E/, 'and nothing comes');
}

# ---- What is said

refuses('BRR-016 an issuer whose keys cannot be had', 503, '', 'keys_unavailable',
    my @unreachable = ask('/plain', 'Bearer ' . $world->token(issuer => 'unreachable')));
like($unreachable[0]->header('retry-after'), qr/^\d+$/, 'BRR-016 and when to come again');

{
    my ($answer, $audit) = ask('/named', 'Bearer x');
    refuses('BRR-021 a realm with a quote and a backslash', 401, 'invalid_token', 'token_shape', $answer, $audit);
    my ($realm) = $answer->header('www-authenticate') =~ /^Bearer realm="((?:[^"\\]|\\.)*)", error=/;
    is(($realm // '') =~ s/\\(.)/$1/gr, $REALM, 'BRR-021 is that quoted string');
    like(+(ask('/named'))[0]->header('www-authenticate'), qr/^Bearer realm="(?:[^"\\]|\\.)*"$/, 'BRR-021 also by itself');
    like(+(ask('/plain'))[0]->header('www-authenticate'), qr/^Bearer realm="\Q@{[$world->issuer_url]}\E"$/,
        'without AuthName it is our URL');
}

# A location that is not set up lets nobody in, and what is wrong is not the token's.
refuses('a client that does not exist', 403, '', 'client_unknown', ask('/nobody', "Bearer $good"));
refuses('a client that is switched off', 403, '', 'client_disabled', ask('/switched-off', "Bearer $good"));
refuses('CE-2 exchange is off', 403, '', 'exchange_off', ask('/off', "Bearer $good"));

# ---- Whose it is

refuses('CE-21 an issuer that the rules of the client name, and the location does not',
    401, 'invalid_token', 'issuer_location', ask('/plain', 'Bearer ' . $world->token(issuer => 'other', key => 'rsa_other')));
refuses('CI-4 another location trusts other issuers', 401, 'invalid_token', 'issuer_location', ask('/shop', "Bearer $good"));
{
    my $token = passes('CI-4 and those it trusts', ask('/shop', 'Bearer ' . $world->token(issuer => 'other', key => 'rsa_other')));
    is(($world->decode($token))[0]{client_id}, 'shop', 'CI-4 each with its own client');
}
refuses('an issuer that does not exist is trusted in vain', 401, 'invalid_token', 'issuer_location', ask('/typo', "Bearer $good"));
refuses('CE-22 of several issuers none is trusted by itself', 401, 'invalid_token', 'issuer_location',
    ask('/trusting-nobody', "Bearer $good"));
{
    my @last;
    $world->ctl->import_document($world->edited(sub { $_->{enabled} = \0 for grep { $_->{id} ne 'partner' } @{ $_[0]{issuers} } }));
    $httpd->wait_for(sub { @last = ask('/trusting-nobody', "Bearer $good"); $last[0]->status == 200 }, 5);
    passes('CE-22 the only one that is enabled is', @last);
    $world->ctl->import_document($world->document);
    $httpd->wait_for(sub { @last = ask('/trusting-nobody', "Bearer $good"); $last[0]->status != 200 }, 5);
    refuses('CE-22 until there is another', 401, 'invalid_token', 'issuer_location', @last);
}

# ---- What kind of token it is

refuses('RSV-004 an ID token', 401, 'invalid_token', 'subject_token_type',
    ask('/access', 'Bearer ' . $world->token(issuer => 'id-token-only')));
refuses('RSV-004 a JWT of an issuer whose access tokens say that they are some', 401, 'invalid_token', 'token_typ',
    ask('/access', 'Bearer ' . $world->token(issuer => 'at-only', header => { typ => 'JWT' })));
passes('RSV-004 its access token', ask('/access', 'Bearer ' . $world->token(issuer => 'at-only', header => { typ => 'at+jwt' })));
{
    my ($payload) = $good =~ /\.(.*)\./;
    my @jwe = map { b64u($_) } json({ alg => 'RSA-OAEP-256', enc => 'A256GCM', kid => 'rsa-1' }), 'k' x 256, 'v' x 12;
    refuses("RSV-005 an encrypted token, $_", 401, 'invalid_token', 'token_encrypted',
        ask($_, 'Bearer ' . join '.', @jwe, $payload, b64u('t' x 16)))
        for qw(/plain /own/api);
}

# ---- Our own tokens

sub issued
{
    my (%form) = @_;
    my $answer = $world->exchange(subject_token => $world->token(claims => { scope => 'orders.read orders.write invoicing' }), %form);
    return $answer->json->{access_token} // die 'no token: ' . $answer->body . "\n";
}

my $ours = issued();
refuses('our token, where nothing is said of those', 401, 'invalid_token', 'issuer_location', ask('/plain', "Bearer $ours"));
is(passes('our token, where it is accepted', ask('/own/api', "Bearer $ours")), $ours, 'it goes on as it is');
is(passes('our token, where nothing is exchanged', ask('/own/off', "Bearer $ours")), $ours, 'the same');
passes('a token of somebody else is exchanged there', ask('/own/api', "Bearer $good"));
refuses('our token for another target', 401, 'invalid_token', 'aud_wrong', ask('/own/billing', "Bearer $ours"));
refuses(
    'our token without the scope of the location', 403, 'insufficient_scope', 'scope_empty',
    ask('/own/read', 'Bearer ' . issued(scope => 'orders.write'))
);
passes('our token with it', ask('/own/read', 'Bearer ' . issued(scope => 'orders.read')));
refuses('our token, changed', 401, 'invalid_token', 'signature',
    ask('/own/api', 'Bearer ' . $ours =~ s/\.\K([^.])(?=[^.]*$)/$1 eq 'A' ? 'B' : 'A'/er));
{
    my ($answer, $audit) = ask('/own/api', "Bearer $ours");
    my ($claims) = $world->decode($ours);
    is_deeply(
        [@$audit{qw(outcome client issuer subject jti target scope_granted)}],
        ['accepted', 'orders', 'self', @$claims{qw(sub jti)}, 'api', $claims->{scope}],
        'the audit line says whose it is'
    );
}
{
    my $pair = issued(audience => ['api', 'billing']);
    passes("RSV-003 a token for two, at $_", ask($_, "Bearer $pair")) for qw(/own/api /own/billing /own/pair);
    refuses('RSV-003 and at a third', 401, 'invalid_token', 'aud_wrong', ask('/own/short', "Bearer $pair"));
    refuses('RSV-003 a token for one, where two are asked for', 401, 'invalid_token', 'aud_wrong', ask('/own/pair', "Bearer $ours"));
    is(($world->decode($pair))[0]{scope}, 'invoicing', 'RSV-003 it has what both know');
    passes('RSV-003 a Require finds it', ask('/own/billed', "Bearer $pair"));
    my @last;
    $world->ctl->import_document($world->edited(sub {
        for my $target (grep { $_->{id} eq 'api' } @{ $_[0]{targets} }) {
            $target->{scopes} = [grep { $_ ne 'invoicing' } @{ $target->{scopes} }];
        }
    }));
    $httpd->wait_for(sub { @last = ask('/own/billed', "Bearer $pair"); $last[0]->status != 200 }, 5);
    is($last[0]->status, 403, 'RSV-003 and not once it is a scope of the other alone');
    is($last[1]{scope_granted}, '', 'RSV-003 as the audit line says');
    $world->ctl->import_document($world->document);
    $httpd->wait_for(sub { @last = ask('/own/billed', "Bearer $pair"); $last[0]->status == 200 }, 5);
    refuses('RSV-003 and nothing of one alone', 403, 'insufficient_scope', 'scope_empty', ask('/own/read', "Bearer $pair"));
}
{
    my $machine = issued(-client => 'robots', subject_token => $world->token(claims => { gty => 'client-credentials' }));
    refuses('CE-25 our token of a machine', 403, '', 'machine_token', ask('/own/api', "Bearer $machine"));
}

# Another virtual host is another issuer, though all is one directory.
my @there = ({ headers => [Host => 'other.example'] });
refuses('our token at another virtual host', 401, 'invalid_token', 'issuer_unknown', ask('/own/api', "Bearer $ours", @there));
refuses('a token for this virtual host at another one', 401, 'invalid_token', 'aud_wrong', ask('/plain', "Bearer $good", @there));

@there = ({ headers => [Host => 'third.example'] });
refuses('CE-19 a virtual host with a directory of its own knows none of our clients', 403, '', 'client_unknown',
    ask($_, "Bearer $good", @there))
    for qw(/plain /own/api);

# What is switched off is felt within a second, also by tokens that were issued before.
for my $case (['the issuer of its user', 'issuers', 'partner', 'own_issuer', 401, 'invalid_token'],
    ['the client that it was issued to', 'clients', 'shop', 'own_client', 401, 'invalid_token'],
    ['the target', 'targets', 'api', 'target_disabled', 403, ''],
    ['the client of the location', 'clients', 'orders', 'client_disabled', 403, ''])
{
    my ($what, $kind, $id, $code, $status, $error) = @$case;
    my $token = issued(-client => 'shop');
    passes("before $what is switched off", ask('/own/api', "Bearer $token"));
    $world->ctl->import_document($world->edited(sub { $_->{enabled} = \0 for grep { $_->{id} eq $id } @{ $_[0]{$kind} } }));
    my @last;
    $httpd->wait_for(sub { @last = ask('/own/api', "Bearer $token"); $last[0]->status != 200 }, 5);
    refuses("$what is switched off", $status, $error, $code, @last);
    $world->ctl->import_document($world->document);
    $httpd->wait_for(sub { @last = ask('/own/api', "Bearer $token"); $last[0]->status == 200 }, 5);
    passes('and on again', @last);
}

ok($httpd->stop_gently, 'httpd and its children end');
unlike($httpd->error_log, qr/exit signal|AddressSanitizer|runtime error/, 'no child crashed');
done_testing();
