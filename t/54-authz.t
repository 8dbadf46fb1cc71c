#!/usr/bin/perl
# Who may pass a protected location: the Require lines of the module, alone and under httpd's containers, and what a
# client is told that may not.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Http;
use Tokex::World;

my @MODULES = qw(authz_user authz_host auth_basic authn_file alias dir include rewrite proxy proxy_http setenvif);

my $OURS = <<'END';
    AuthType tokex
    AuthName "orders"
    TokexClient orders
    TokexTrustedIssuers partner
    TokexAudience api
END
my $FORBIDDEN = "    AuthzSendForbiddenOnFailure On\n";

# Rows of a table: name, Require lines, claims of the token that comes (a list: several rows), what is answered.
# Each set of lines becomes a location of its own.
my (@places, %place_of);

sub place
{
    my ($lines, $more) = @_;
    my $text = $OURS . ($more // $FORBIDDEN) . join '', map {"    $_\n"} split /\n/, $lines;
    return $place_of{$text} if $place_of{$text};
    my $path = '/p' . @places;
    push @places, "<Location $path>\n$text</Location>\n";
    return $place_of{$text} = $path;
}

my %ROLE = ('https://example.com/roles' => ['admin', 'hr.lead']);

my @SCOPES = (
    ['a scope that the token has', 'Require tokex-scope orders.read', {}, 200],
    ['BRR-003 a scope that it has not', 'Require tokex-scope invoicing', {}, 403],
    ['one of several', 'Require tokex-scope invoicing orders.write', {}, 200],
    ['any of several', 'Require tokex-scope any invoicing orders.write', {}, 200],
    ['all of several', 'Require tokex-scope all orders.read orders.write', {}, 200],
    ['all but one of several', 'Require tokex-scope all orders.read invoicing', {}, 403],
    ['a part of its name', 'Require tokex-scope orders', {}, 403],
    ['more than its name', 'Require tokex-scope orders.reader', {}, 403],
    ['another case of letters', 'Require tokex-scope Orders.Read', {}, 403],
    ['a pattern', 'Require tokex-scope orders.*', {}, 200],
    ['a pattern that fits nothing', 'Require tokex-scope invoices.*', {}, 403],
    ['a pattern does not run over the blank between two', 'Require tokex-scope orders.read*write', {}, 403],
    ['two scopes in one word', 'Require tokex-scope "orders.read"', {}, 200],
    ['several lines: any of them', "Require tokex-scope invoicing\nRequire tokex-scope orders.read", {}, 200],
    ['not a scope', "<RequireAll>\nRequire valid-user\nRequire not tokex-scope invoicing\n</RequireAll>", {}, 200],
    ['not a scope that it has', "<RequireAll>\nRequire valid-user\nRequire not tokex-scope orders.read\n</RequireAll>", {}, 403],
);

my $all = sub { return join "\n", '<RequireAll>', 'Require valid-user', @_, '</RequireAll>' };
my $none = sub { return $all->('<RequireNone>', @_, '</RequireNone>') };

my @CLAIMS = (
    ['a claim that is a text', 'Require tokex-claim email user.one@people.example', {}, 200],
    ['another text', 'Require tokex-claim email user.two@people.example', {}, 403],
    ['a pattern', 'Require tokex-claim email *@people.example', {}, 200],
    ['a pattern for the beginning only', 'Require tokex-claim email user.one@*', {}, 200],
    ['a pattern is for the whole text', 'Require tokex-claim email people', {}, 403],
    ['one character', 'Require tokex-claim email user.on?@people.example', {}, 200],
    ['a star stops at a slash', 'Require tokex-claim groups /staff/*', { groups => ['/staff/it/root'] }, 403],
    ['and fits up to it', 'Require tokex-claim groups /staff/*', { groups => ['/staff/it'] }, 200],
    ['a text with a blank', 'Require tokex-claim number "a b"', { number => 'a b' }, 200],
    ['a text is not taken apart at blanks', 'Require tokex-claim number a', { number => 'a b' }, 403],
    ['an element of a list', 'Require tokex-claim groups lead', { groups => [qw(staff lead)] }, 200],
    ['none of a list', 'Require tokex-claim groups boss', { groups => [qw(staff lead)] }, 403],
    ['any of several in a list', 'Require tokex-claim groups boss staff', { groups => [qw(staff lead)] }, 200],
    ['all of several in a list', 'Require tokex-claim all groups lead staff', { groups => [qw(staff lead)] }, 200],
    ['not all of several', 'Require tokex-claim all groups lead boss', { groups => [qw(staff lead)] }, 403],
    ['all by patterns', 'Require tokex-claim all groups s* l*', { groups => [qw(staff lead)] }, 200],
    ['all of one text', 'Require tokex-claim all groups staff st*', { groups => 'staff' }, 200],
    ['an empty list', 'Require tokex-claim groups *', { groups => [] }, 403],
    ['a list in a list', 'Require tokex-claim groups staff', { groups => [['staff']] }, 403],
    ['a list with something else in it', 'Require tokex-claim groups staff', { groups => [{ a => 1 }, 'staff'] }, 200],
    ['a missing claim', 'Require tokex-claim groups *', {}, 403],
    ['null', 'Require tokex-claim groups null *', { groups => undef }, 403],
    ['a number', 'Require tokex-claim number 17', { number => 17 }, 200],
    ['another number', 'Require tokex-claim number 1', { number => 17 }, 403],
    ['true', 'Require tokex-claim number true', { number => \1 }, 200],
    ['false', 'Require tokex-claim number true', { number => \0 }, 403],
    ['a nested claim', 'Require tokex-claim nested.address.country de', { nested => { address => { country => 'de' } } }, 200],
    ['a nested claim with another value', 'Require tokex-claim nested.address.country fr', { nested => { address => { country => 'de' } } }, 403],
    ['a path that ends before', 'Require tokex-claim nested.address *', { nested => { address => { country => 'de' } } }, 403],
    ['a path that goes on behind', 'Require tokex-claim email.domain *', {}, 403],
    ['a name with a dot', 'Require tokex-claim nested.hr\\.lead yes', { nested => { 'hr.lead' => 'yes' } }, 200],
    ['is no path', 'Require tokex-claim nested.hr.lead yes', { nested => { 'hr.lead' => 'yes' } }, 403],
    ['a path is no name', 'Require tokex-claim nested.hr\\.lead yes', { nested => { hr => { lead => 'yes' } } }, 403],
    ['a value with a colon', 'Require tokex-claim groups urn:staff:lead', { groups => ['urn:staff:lead'] }, 200],
    ['a value with a star of its own', 'Require tokex-claim groups staff', { groups => ['*'] }, 403],
    ['the subject', 'Require tokex-claim sub auth0|user-1', {}, 200],
    ['what the client says beside it', 'Require tokex-claim email other@people.example', {}, 403],
);

my @NEGATED = (
    ['not a value', $all->('Require not tokex-claim groups blocked'), { groups => [qw(staff lead)] }, 200],
    ['not a value that it has', $all->('Require not tokex-claim groups blocked'), { groups => [qw(staff blocked)] }, 403],
    ['BRR-023 not, and the claim is missing', $all->('Require not tokex-claim groups blocked'), {}, 403],
    ['BRR-023 not, and the claim is null', $all->('Require not tokex-claim groups blocked'), { groups => undef }, 403],
    ['BRR-023 not, and the claim is an object', $all->('Require not tokex-claim nested blocked'), { nested => { a => 1 } }, 403],
    ['BRR-023 not, and an element cannot be compared', $all->('Require not tokex-claim groups blocked'), { groups => ['staff', { a => 1 }] }, 403],
    ['not, and the list is empty', $all->('Require not tokex-claim groups blocked'), { groups => [] }, 200],
    ['not a path, and its end is missing', $all->('Require not tokex-claim nested.role blocked'), { nested => { a => 1 } }, 403],
    ['not all, of which it has one', $all->('Require not tokex-claim all groups a b'), { groups => ['a'] }, 200],
    ['not all, and it has them', $all->('Require not tokex-claim all groups a b'), { groups => [qw(b c a)] }, 403],
    ['not a pattern', $all->('Require not tokex-claim email *@evil.example'), {}, 200],
    ['not a pattern that fits', $all->('Require not tokex-claim email *@people.example'), {}, 403],
    ['none', $none->('Require tokex-claim groups blocked'), { groups => ['staff'] }, 200],
    ['none, and it has it', $none->('Require tokex-claim groups blocked'), { groups => ['blocked'] }, 403],
    ['BRR-023 none, and the claim is missing', $none->('Require tokex-claim groups blocked'), {}, 403],
    ['none of two, and one is there', $none->('Require tokex-claim groups blocked', 'Require tokex-claim email user.one*'), { groups => ['staff'] }, 403],
    ['none of two, and one is unknown', $none->('Require tokex-claim email nobody', 'Require tokex-claim groups blocked'), {}, 403],
    ['none of both together, and one is not there', $none->('<RequireAll>', 'Require tokex-claim email nobody', 'Require tokex-claim groups blocked', '</RequireAll>'), {}, 200],
    ['none in any', $none->('<RequireAny>', 'Require tokex-claim groups blocked', '</RequireAny>'), {}, 403],
    ['BRR-023 not a scope, of a token without any', $all->('Require not tokex-scope admin'), { scope => 'nothing.known' }, 403],
    ['not an issuer', $all->('Require not tokex-issuer other'), {}, 200],
    ['not its issuer', $all->('Require not tokex-issuer partner'), {}, 403],
    ['not an actor, of a token without one', $all->('Require not tokex-actor * svc-*'), {}, 403],
);

my @PEOPLE = (
    ['its issuer', 'Require tokex-issuer partner', {}, 200],
    ['another issuer', 'Require tokex-issuer other', {}, 403],
    ['one of several issuers', 'Require tokex-issuer other partner', {}, 200],
    ['an issuer by a pattern', 'Require tokex-issuer part*', {}, 200],
    ['an issuer by its URL', 'Require tokex-issuer https://partner.example', {}, 403],
    ['the client', 'Require tokex-client orders', {}, 200],
    ['another client', 'Require tokex-client shop', {}, 403],
    ['any client', 'Require tokex-client *', {}, 200],
    ['an actor where nobody acts', 'Require tokex-actor * *', {}, 403],
);

my @TOGETHER = (
    ['any, the first', "<RequireAny>\nRequire tokex-scope orders.read\nRequire tokex-claim email nobody\n</RequireAny>", {}, 200],
    ['any, the second', "<RequireAny>\nRequire tokex-claim email nobody\nRequire tokex-scope orders.read\n</RequireAny>", {}, 200],
    ['any, neither', "<RequireAny>\nRequire tokex-claim email nobody\nRequire tokex-scope invoicing\n</RequireAny>", {}, 403],
    ['all, both', "<RequireAll>\nRequire tokex-scope orders.read\nRequire tokex-claim email user.one*\n</RequireAll>", {}, 200],
    ['all, one', "<RequireAll>\nRequire tokex-scope orders.read\nRequire tokex-claim email nobody\n</RequireAll>", {}, 403],
    ['all in any', "<RequireAny>\n<RequireAll>\nRequire tokex-scope orders.read\nRequire tokex-claim email nobody\n</RequireAll>\n<RequireAll>\nRequire tokex-scope orders.write\nRequire tokex-claim email user.one*\n</RequireAll>\n</RequireAny>", {}, 200],
    ['beside httpd\'s own: both', "<RequireAll>\nRequire ip 127.0.0.1\nRequire tokex-scope orders.read\n</RequireAll>", {}, 200],
    ['beside httpd\'s own: one', "<RequireAll>\nRequire ip 192.0.2.1\nRequire tokex-scope orders.read\n</RequireAll>", {}, 403],
    ['CE-24 what always fails', 'Require all denied', {}, 403],
    ['CE-24 beside what passes', $all->('Require all denied'), {}, 403],
    ['CE-24 what always passes, beside what fails', "<RequireAll>\nRequire all granted\nRequire tokex-scope invoicing\n</RequireAll>", {}, 403],
    ['CE-24 what always fails, or what passes', "Require all denied\nRequire tokex-scope orders.read", {}, 200],
    ['for one method only', "<Limit POST>\nRequire tokex-scope invoicing\n</Limit>\nRequire tokex-scope orders.read", {}, 200],
    ['under a condition that holds', "Require tokex-scope invoicing\n<If \"%{REQUEST_METHOD} == 'GET'\">\nRequire tokex-scope orders.read\n</If>", {}, 200],
    ['under a condition that does not', "Require tokex-scope orders.read\n<If \"%{REQUEST_METHOD} == 'GET'\">\nRequire tokex-scope invoicing\n</If>", {}, 403],
);

my %tables = (
    'scopes' => \@SCOPES,
    'claims' => \@CLAIMS,
    'behind not' => \@NEGATED,
    'issuers, clients, actors' => \@PEOPLE,
    'several together' => \@TOGETHER
);
place($_->[1]) for map {@$_} values %tables;

my $ALL_NOT = $all->('Require not tokex-claim groups blocked') =~ s/valid-user/all granted/r;
my %at = (
    scope => place('Require tokex-scope invoicing'),
    scope_401 => place('Require tokex-scope invoicing', ''),
    scopes => place('Require tokex-scope invoicing admin "orders?x" *.no'),
    two_lines => place("Require tokex-scope invoicing\nRequire tokex-scope admin"),
    pattern => place('Require tokex-scope admin.*'),
    claim => place('Require tokex-claim email nobody'),
    claim_401 => place('Require tokex-claim email nobody', ''),
    user_401 => place('Require user nobody', ''),
    not_scope_and_claim => place($all->('Require not tokex-scope invoicing', 'Require tokex-claim email nobody')),
    other_branch => place("Require tokex-scope invoicing\nRequire tokex-claim email user.one*"),
    by_address => place("Require tokex-scope invoicing\nRequire ip 127.0.0.1"),
    not_by_address => place("Require tokex-scope invoicing\nRequire ip 192.0.2.1"),
    all_not => place($ALL_NOT),
    all_none => place($ALL_NOT =~ s/Require not (.*)/<RequireNone>\nRequire $1\n<\/RequireNone>/r),
    not_or_address => place("<RequireAny>\n" . $all->('Require not tokex-claim groups blocked') . "\nRequire ip 127.0.0.1\n</RequireAny>"),
    not_or_other => place("<RequireAny>\n$ALL_NOT\nRequire ip 192.0.2.1\n</RequireAny>"),
    quoted => place('Require tokex-scope invoicing', qq{    AuthName "the \\"orders\\" of C:\\\\\\\\"\n$FORBIDDEN}),
    get_only => place("<Limit GET>\nRequire valid-user\n</Limit>"),
    acr => place('Require tokex-acr gold urn:mace:silver'),
    acr_401 => place('Require tokex-acr gold', ''),
    age => place('Require tokex-auth-age 300'),
    acr_age => place($all->('Require tokex-acr gold', 'Require tokex-auth-age 300')),
    acr_or_scope => place("Require tokex-acr gold\nRequire tokex-scope invoicing"),
    acr_and_scope => place($all->('Require tokex-acr gold', 'Require tokex-scope invoicing')),
    acr_and_scope_401 => place($all->('Require tokex-acr gold', 'Require tokex-scope invoicing'), ''),
);
my $MORE = <<"END";
Alias /old \@DIR\@/htdocs/old
<Directory \@DIR\@/htdocs>
    Options +Includes
    <If "%{REQUEST_URI} =~ m#^/ssi/#">
        SetOutputFilter INCLUDES
    </If>
</Directory>
<Directory \@DIR\@/htdocs/old>
    RewriteEngine On
    RewriteRule .* /secret/x.txt
</Directory>
<LocationMatch ^/(?:ssi|site|old|lax|looped)>
$OURS$FORBIDDEN    Require tokex-scope orders.read
</LocationMatch>
<LocationMatch ^/(?:secret|site/hidden/index\.txt|lax/told|looped/page)>
$OURS$FORBIDDEN    Require tokex-scope invoicing
</LocationMatch>
<Location /lax/told>
    ErrorDocument 403 /open/denied.txt
</Location>
<Location /looped/page>
    ErrorDocument 403 /secret/x.txt
</Location>
DirectoryIndex index.txt

<Location /own>
$OURS$FORBIDDEN    TokexOwnTokens Accept
    TokexTrustedIssuers at-only
    Require valid-user
</Location>
<Location /own/shop>
    Require tokex-client shop
</Location>
<Location /own/partner>
    Require tokex-issuer partner
</Location>
<Location /own/mail>
    Require tokex-actor agents svc-m*
</Location>
<Location /own/others-mail>
    Require tokex-actor other svc-mail
</Location>
<Location /own/any-mail>
    Require tokex-actor * svc-mail nobody
</Location>
<Location /own/not-mail>
    <RequireAll>
        Require valid-user
        Require not tokex-actor agents svc-mail
    </RequireAll>
</Location>
<Location /own/not-other>
    <RequireAll>
        Require valid-user
        Require not tokex-actor other *
    </RequireAll>
</Location>
<Location /acting>
$OURS$FORBIDDEN    TokexClient acting
    Require tokex-actor self acting
</Location>

<Location /described>
$OURS$FORBIDDEN    TokexScope orders.read orders.write
    TokexOwnTokens Accept
    TokexResourceMetadata http://127.0.0.1:\@PORT\@/described
    Require tokex-scope invoicing
</Location>
<Location /described/below>
    TokexScope orders.read
</Location>
<Location /described/not>
    TokexResourceMetadata Off
</Location>
<Location /described-elsewhere>
$OURS$FORBIDDEN    TokexTrustedIssuers other disabled nobody
    TokexResourceMetadata https://api.example.org/
    Require tokex-acr gold
</Location>
<Location /.well-known>
$OURS$FORBIDDEN    Require tokex-scope invoicing
</Location>
<Location /.well-known/oauth-protected-resource/shut>
    AuthType None
    Require ip 192.0.2.1
</Location>
<Location /shut>
$OURS$FORBIDDEN    TokexResourceMetadata https://api.example.org/shut
    Require valid-user
</Location>
<Location /own/untyped>
    AuthType None
    <RequireAll>
        Require all granted
        Require not tokex-scope admin
    </RequireAll>
</Location>
ProxyPass /.well-known/ http://127.0.0.1:9/

<Location /basic>
    AuthType Basic
    AuthName people
    AuthBasicProvider file
    AuthUserFile \@DIR\@/people
    TokexClient orders
    TokexSubjectFrom env:NOTHING
    Require tokex-scope orders.read
</Location>
<Location /basic/plain>
    TokexExchange Off
</Location>
<Location /basic/plain/not>
    <RequireAll>
        Require all granted
        Require not tokex-scope admin
    </RequireAll>
</Location>
SetEnvIf X-From-Module "(.+)" FROM_MODULE=\$1
<Location /module>
    AuthType Basic
    AuthName people
    AuthBasicProvider file
    AuthUserFile \@DIR\@/people
    TokexClient orders
    TokexTrustedIssuers partner
    TokexSubjectFrom env:FROM_MODULE
    AuthzSendForbiddenOnFailure On
    Require tokex-scope orders.read
</Location>
<Location /module/more>
    Require tokex-scope invoicing
</Location>
<Directory \@DIR\@/htdocs/told>
$OURS$FORBIDDEN    Require valid-user
    AllowOverride AuthConfig
</Directory>
<Location /merged>
$OURS$FORBIDDEN    Require tokex-scope orders.read
</Location>
<Location /merged/and>
    AuthMerging And
    <RequireAll>
        Require all granted
        Require not tokex-claim groups blocked
    </RequireAll>
</Location>
<Location /merged/or>
    AuthMerging Or
    Require tokex-claim groups staff
</Location>
<Location /untyped>
    <RequireAll>
        Require all granted
        Require not tokex-scope admin
    </RequireAll>
</Location>
END

my $world = Tokex::World->new(
    modules => \@MODULES,
    config => join('', "AliasMatch ^/p\\d+/x\$ \@DIR\@/htdocs/x.txt\n", @places, $MORE),
    document => sub {
        my ($document) = @_;
        push @{ $document->{mappings}[0]{rows} }, { from => 'auth_time', to => 'auth_time', type => 'number' };
    }
);
sub put
{
    my ($name, $text) = @_;
    my $path = $world->httpd->dir . "/$name";
    open my $out, '>', $path or die "$path: $!\n";
    print {$out} $text;
    close $out or die "$path: $!\n";
    chmod 0644, $path or die "$path: $!\n";
    return;
}
put('htdocs/x.txt', "through\n");
for my $name (qw(ssi site site/hidden old secret open lax looped looped/page own acting module module/more told merged merged/and merged/or)) {
    mkdir $world->httpd->dir . "/htdocs/$name" or die "$name: $!\n";
}
put("htdocs/$_", "through\n")
    for qw(site/index.txt site/hidden/index.txt old/x.txt looped/page/x.txt own/any own/shop own/partner own/mail own/others-mail own/any-mail own/not-mail own/not-other acting/x.txt module/x.txt module/more/x.txt told/x.txt merged/x.txt merged/and/x.txt merged/or/x.txt);
put('htdocs/told/.htaccess', $all->('Require not tokex-claim groups blocked') . "\n");
put('htdocs/secret/x.txt', "the secret\n");
put('htdocs/open/denied.txt', "ask the shop\n");
put('htdocs/lax/told', "through\n");
put('htdocs/ssi/page.txt', qq{before <!--#include virtual="/secret/x.txt" --> behind\n});
put('people', 'ann:' . crypt('secret', 'ab') . "\n");

sub ask
{
    my ($path, $token, @headers) = @_;
    return $world->send_octets(Tokex::Http::octets('GET', $path, [(defined $token ? (Authorization => "Bearer $token") : ()), @headers], undef));
}

for my $table (sort keys %tables) {
    subtest $table => sub {
        for my $row (@{ $tables{$table} }) {
            my ($name, $lines, $claims, $status) = @$row;
            my $token = Tokex::Jose::token($world->key('rsa'), { %{ $world->claims }, %$claims });
            my $answer = ask(place($lines) . '/x', $token);
            is($answer->status, $status, "$name: $status") or diag($lines);
        }
    };
}

# ---- What is said to those who may not pass

my $good = $world->token;

sub challenge { return $_[0]->header('WWW-Authenticate') // 'none' }
my $REALM = 'Bearer realm="orders"';

subtest 'who has no token, or a bad one' => sub {
    my $answer = ask("$at{scope}/x");
    is($answer->status, 401, 'no token: 401');
    is(challenge($answer), $REALM, 'and no error');
    $answer = ask("$at{scope}/x", $good . 'A');
    is($answer->status, 401, 'a bad token: 401');
    like(challenge($answer), qr/^$REALM, error="invalid_token"/, 'invalid_token');
    unlike(challenge($answer), qr/scope=/, 'and no scope');
};

subtest 'who asks in another way' => sub {
    my $send = sub { return $world->send_octets(Tokex::Http::octets($_[0], "$at{get_only}/x", [], undef)) };
    is($send->('GET')->status, 401, 'CE-23 a policy for one API and one method: no token, refused');
    is(ask("$at{get_only}/x", $good)->status, 200, 'CE-23 a token, let in');
    is($send->('OPTIONS')->status, 200, 'CE-23 another method is not asked for one');
    is(ask('/open/denied.txt')->status, 200, 'CE-23 nor another API');
};

subtest 'who has a good token' => sub {
    my $answer = ask("$at{scope}/x", $good);
    is($answer->status, 403, 'a scope is missing: 403');
    like(challenge($answer), qr/^$REALM, error="insufficient_scope", error_description="[^"]+", scope="invoicing"$/,
        'BRR-003 insufficient_scope, and the scope');
    is($answer->header('Cache-Control'), 'no-store', 'never stored');
    $answer = ask("$at{scope_401}/x", $good);
    is($answer->status, 401, 'without AuthzSendForbiddenOnFailure: 401');
    like(challenge($answer), qr/^$REALM, error="insufficient_scope", .*, scope="invoicing"$/, 'with the same challenge');
    like(challenge(ask("$at{scopes}/x", $good)), qr/, scope="invoicing admin"$/, 'patterns are no scopes');
    like(challenge(ask("$at{two_lines}/x", $good)), qr/, scope="invoicing admin"$/, 'of several lines all');
    my $pattern = challenge(ask("$at{pattern}/x", $good));
    like($pattern, qr/error="insufficient_scope"/, 'a pattern alone: insufficient_scope');
    unlike($pattern, qr/ scope=/, 'of none by name');
    $answer = ask("$at{claim}/x", $good);
    is($answer->status . ' ' . challenge($answer), '403 none', 'another claim: 403, and nothing that a client could do');
    for my $path (@at{qw(claim_401 user_401)}) {
        $answer = ask("$path/x", $good);
        is($answer->status, 401, 'without AuthzSendForbiddenOnFailure: 401');
        like(challenge($answer), qr/^$REALM, error="insufficient_scope", error_description="[^"]+"$/,
            'which does not call the token bad');
    }
    $answer = ask("$at{not_scope_and_claim}/x", $good);
    is($answer->status . ' ' . challenge($answer), '403 none', 'a scope that must not be there is not asked for');
    $answer = ask("$at{other_branch}/x", $good);
    is($answer->status . ' ' . challenge($answer), '200 none', 'who passes by another line hears of no scope');
    isnt($answer->header('Cache-Control') // '', 'no-store', 'nor of a cache');
    like(challenge(ask("$at{quoted}/x", $good)), qr/^Bearer realm="the \\"orders\\" of C:\\\\", error=/,
        'BRR-021 a realm with quotes and a backslash');
};

subtest 'who has nobody to be judged' => sub {
    my $from = length $world->httpd->error_log;
    is(ask("$at{by_address}/x")->status, 200, 'no token needed where the address is enough');
    is(ask("$at{not_by_address}/x")->status, 401, 'asked for where it is not');
    for my $name (qw(all_not all_none)) {
        is(ask("$at{$name}/x")->status, 401, "BRR-023 $name: nobody is not let in because he is not somebody");
        is(ask("$at{$name}/x", claiming(groups => ['staff']))->status, 200, 'somebody else is');
        is(ask("$at{$name}/x", claiming(groups => ['blocked']))->status, 403, 'the one is not');
        is(ask("$at{$name}/x", $good)->status, 403, 'BRR-023 nor one of whom nobody knows');
        is(ask("$at{$name}/x", 'x.y.z')->status, 401, 'nor a bad token');
    }
    is(ask("$at{not_or_address}/x")->status, 200, 'a line behind not does not keep out whom another line lets in');
    is(ask("$at{not_or_other}/x")->status, 401, 'it asks for a token where none does');
    is(ask("$at{not_or_other}/x", claiming(groups => ['staff']))->status, 200, 'and lets in');
    is(ask('/untyped/x')->status, 500, 'behind not, where no AuthType says how to ask: nobody');
    is(ask('/own/untyped', @$_)->status, 500, 'nor where AuthType None says so') for [], [$good];
    unlike($world->httpd->error_log($from), qr/AH01630/, 'and no denial is logged that did not happen');
};

subtest 'where no token is exchanged' => sub {
    my @basic = (Authorization => Tokex::Http::basic('ann', 'secret'));
    my $answer = ask('/basic/plain/x', undef, @basic);
    is($answer->status, 401, 'a user of another module has no scopes');
    unlike(challenge($answer), qr/Bearer/, 'and is asked for no token');
    is(ask('/basic/plain/not/x', undef, @basic)->status, 401, 'BRR-023 nor does he pass because he has none');
    is(ask('/basic/plain/not/x')->status, 401, 'nobody neither');
};

subtest 'where another module has asked who it is' => sub {
    my @basic = (Authorization => Tokex::Http::basic('ann', 'secret'), 'X-From-Module' => $good);
    is(ask('/module/x.txt', undef, @basic)->status, 200, 'its token is judged');
    my $answer = ask('/module/more/x.txt', undef, @basic);
    is($answer->status . ' ' . challenge($answer), '403 none', 'and who has none of ours is not asked for scopes');
    is(ask('/module/x.txt', $good)->status, 401, 'a bearer token is no user of that module');
};

# A token with these claims beside those of a good one.
sub claiming
{
    my (%claims) = @_;
    return Tokex::Jose::token($world->key('rsa'), { %{ $world->claims }, %claims });
}

subtest 'rules of several sections' => sub {
    my %claims = (staff => { groups => ['staff'] }, blocked => { groups => ['blocked'] }, unknown => {});
    my %token = map { ($_ => claiming(%{ $claims{$_} }), "$_, poor" => claiming(%{ $claims{$_} }, scope => 'orders.write')) } keys %claims;
    my %passes = (
        '/told/x.txt' => ['staff', 'staff, poor'],
        '/merged/x.txt' => [qw(blocked staff unknown)],
        '/merged/and/x.txt' => ['staff'],
        '/merged/or/x.txt' => ['blocked', 'staff', 'staff, poor', 'unknown'],
    );
    for my $path (sort keys %passes) {
        my @passed = grep { ask($path, $token{$_})->status == 200 } sort keys %token;
        is_deeply(\@passed, $passes{$path}, "$path lets pass: " . join ' | ', @{ $passes{$path} });
        is(ask($path)->status, 401, 'and nobody without a token');
    }
    put('htdocs/told/.htaccess', "Require tokex-claim\n");
    is(ask('/told/x.txt', $good)->status, 500, 'a mistake in an .htaccess file lets nobody in');
};

# ---- RFC 9470

subtest 'how the user has logged in' => sub {
    my $STEP = qr/^$REALM, error="insufficient_user_authentication", error_description="[^"]+"/;
    my $now = time;
    for my $row (
        [acr => { acr => 'gold' }, 200],
        [acr => { acr => 'urn:mace:silver' }, 200],
        [acr => { acr => 'bronze' }, 401, ', acr_values="gold urn:mace:silver"'],
        [acr => { acr => 'g*' }, 401, ', acr_values="gold urn:mace:silver"'],
        [acr => {}, 401, ', acr_values="gold urn:mace:silver"'],
        [acr_401 => {}, 401, ', acr_values="gold"'],
        [age => { auth_time => $now - 100 }, 200],
        [age => { auth_time => $now - 400 }, 401, ', max_age="300"'],
        [age => { auth_time => $now + 1000 }, 401, ', max_age="300"'],
        [age => { auth_time => $now + 10 }, 200],
        [age => {}, 401, ', max_age="300"'],
        [acr_age => { acr => 'gold', auth_time => $now }, 200],
        [acr_age => { auth_time => $now }, 401, ', acr_values="gold"'],
        [acr_age => { acr => 'gold' }, 401, ', max_age="300"'],
        [acr_age => {}, 401, ', acr_values="gold", max_age="300"'],
        [acr_or_scope => {}, 401, ', acr_values="gold"'],
        [acr_or_scope => { acr => 'gold' }, 200],
        [acr_and_scope_401 => {}, 401, ', acr_values="gold"'],
    ) {
        my ($name, $claims, $status, $more) = @$row;
        my $what = join ' ', "RSV-006 $name:", map {"$_ $claims->{$_}"} sort keys %$claims;
        my $answer = ask("$at{$name}/x", claiming(%$claims));
        is($answer->status, $status, "$what: $status");
        like(challenge($answer), qr/$STEP\Q$more\E$/, "$what: says what is asked for") if $more;
        is(challenge($answer), 'none', "$what: no challenge") if !$more;
    }
    my $answer = ask("$at{acr_and_scope}/x", claiming());
    is($answer->status, 403, 'a scope is missing too: 403, because another login would not do');
    like(challenge($answer), qr/error="insufficient_scope"/, 'and says so');
};

# ---- Requests that httpd makes of one

subtest 'redirects and subrequests' => sub {
    my $rich = claiming(scope => 'orders.read invoicing');
    my $answer = ask('/ssi/page.txt', $good);
    is($answer->status, 200, 'a page that includes another');
    unlike($answer->body, qr/secret/, 'without what its reader may not see');
    like($answer->body, qr/^before \[an error .*\] behind$/, 'but with the rest');
    is(challenge($answer), 'none', 'and without a challenge');
    like(ask('/ssi/page.txt', $rich)->body, qr/^before the secret\n behind$/, 'with it, for who may');
    is(ask('/site/', $good)->body, "through\n", 'the index of a directory');
    $answer = ask('/site/hidden/', $good);
    isnt($answer->status, 200, 'an index that may not be seen: ' . $answer->status);
    unlike($answer->body, qr/through/, 'is not');
    is(ask('/site/hidden/', $rich)->body, "through\n", 'but by who may');
    is(ask('/old/x.txt', $good)->status, 403, 'a rewritten address is judged anew');
    is(ask('/old/x.txt', $rich)->body, "the secret\n", 'and passes who may');
    is(ask('/old/x.txt')->status, 401, 'nobody else');
    $answer = ask('/lax/told', $good);
    is($answer->status . ' ' . $answer->body, "403 ask the shop\n", 'an ErrorDocument of a denial');
    like(challenge($answer), qr/scope="invoicing"$/, 'with the challenge');
    $answer = ask('/looped/page/x.txt', $good);
    is($answer->status, 403, 'an ErrorDocument that may not be seen either');
    unlike($answer->body, qr/the secret/, 'is not');
};

subtest 'what the client says besides' => sub {
    my @said = ('X-Auth-Ctx' => 'eyJlbWFpbCI6Im5vYm9keSJ9', 'TOKEX_CLAIM_email' => 'nobody', 'X-Forwarded-User' => 'nobody',
        'X-Claim-email' => 'nobody', 'X-Forwarded-For' => '192.0.2.1', 'Remote-User' => 'nobody');
    is(ask("$at{claim}/x", $good, @said)->status, 403, 'no header is a claim');
    is(ask("$at{not_by_address}/x", undef, @said)->status, 401, 'nor an address');
    is(ask("$at{claim}/x?email=nobody&scope=invoicing", $good)->status, 403, 'nor a query');
    is(ask("$at{claim}//x", $good)->status, 403, 'nor another spelling of the path');
    is(ask("$at{claim}/%78", $good)->status, 403, 'nor a third');
    is(ask(uc("$at{claim}/x"), $good)->status, 404, 'nor a fourth');
};

# ---- Our own tokens

subtest 'our own tokens' => sub {
    my $agent = sub { return $world->token(issuer => 'agents', claims => { sub => $_[0] }) };
    my $delegated = sub {
        return $world->exchange(
            -client => 'delegate',
            audience => 'api',
            actor_token => $agent->($_[0]),
            actor_token_type => "$Tokex::World::TYPE:jwt"
        )->json->{access_token};
    };
    my %token = (
        orders => $world->exchange(audience => 'api')->json->{access_token},
        shop => $world->exchange(-client => 'shop', audience => 'api')->json->{access_token},
        mail => $delegated->('svc-mail'),
        print => $delegated->('svc-print'),
    );
    my %passes = (
        orders => [qw(any partner)],
        shop => [qw(any partner shop)],
        mail => [qw(any any-mail mail not-other partner)],
        print => [qw(any not-mail not-other partner)],
    );
    for my $name (sort keys %token) {
        my @passed = grep { ask("/own/$_", $token{$name})->status == 200 }
            qw(any any-mail mail not-mail not-other others-mail partner shop);
        is_deeply(\@passed, $passes{$name}, "$name passes at: @{ $passes{$name} }");
    }
    is(ask('/acting/x.txt', $good)->status, 200, 'the client of a location acts');
    my @refused = (
        ['RSV-004 an ID token', $world->token(issuer => 'at-only', header => { typ => 'JWT' })],
        ['RSV-004 an ID token of ours', our_id_token($token{orders})],
        ['RSV-005 an encrypted token', join('.', ('eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0', '', 'aXY', 'dGV4dA', 'dGFn'))],
    );
    is(ask('/own/any', $world->token(issuer => 'at-only', header => { typ => 'at+jwt' }))->status, 200, 'an access token passes');
    for my $row (@refused) {
        my $answer = ask('/own/any', $row->[1]);
        is($answer->status, 401, "$row->[0]: 401");
        like(challenge($answer), qr/error="invalid_token"/, "$row->[0]: invalid_token");
    }
};

# The same with another typ: nobody but us could sign that.
sub our_id_token
{
    my ($token) = @_;
    my ($head, $rest) = split /[.]/, $token, 2;
    my $header = Tokex::Jose::unjson((Tokex::Jose::parts($token))[0]);
    return Tokex::Jose::b64u(Tokex::Jose::json({ %$header, typ => 'JWT' })) . ".$rest";
}

# ---- RFC 9728

subtest 'metadata of protected resources' => sub {
    my $base = 'http://127.0.0.1:' . $world->port;
    my $at = '/.well-known/oauth-protected-resource';
    my $answer = Tokex::Http::get($world->port, "$at/described");
    is($answer->status, 200, 'a public document');
    is($answer->header('Content-Type'), 'application/json', 'of JSON');
    is_deeply(
        $answer->json, {
            resource => "$base/described",
            authorization_servers => ["$base/sts", 'https://partner.example'],
            scopes_supported => [qw(orders.read orders.write)],
            bearer_methods_supported => ['header']
        },
        'MET-005 resource and authorization servers'
    );
    is_deeply(
        Tokex::Http::get($world->port, $at)->json, {
            resource => 'https://api.example.org/',
            authorization_servers => ['https://partner.example', 'https://other.example'],
            bearer_methods_supported => ['header']
        },
        'MET-005 without a path; issuers that are switched off or gone are not listed'
    );
    is(Tokex::Http::once($world->port, 'POST', "$at/described", [], 'x')->status, 405, 'only GET');
    is(Tokex::Http::once($world->port, 'HEAD', "$at/described")->status, 200, 'and HEAD');
    for my $path ("$at/described/", "$at/described/below", "$at/described/not", "$at/p0", "$at/", "$at-x", "$at/own/any") {
        my $status = Tokex::Http::get($world->port, $path)->status;
        is($status, 401, "$path: nothing of ours");
    }
    is(Tokex::Http::get($world->port, "$at/shut")->status, 403, 'other rules of the site hold for it');
    for my $row (
        ['/described/x', undef, 401, "$base$at/described"],
        ['/described/x', 'x.y.z', 401, "$base$at/described"],
        ['/described/x', $good, 403, "$base$at/described"],
        ['/described/below/x', undef, 401, "$base$at/described"],
        ['/described-elsewhere/x', undef, 401, "https://api.example.org$at"],
        ['/described-elsewhere/x', $good, 401, "https://api.example.org$at"],
    ) {
        my ($path, $token, $status, $url) = @$row;
        $answer = ask($path, $token);
        is($answer->status, $status, "$path: $status");
        like(challenge($answer), qr/, resource_metadata="\Q$url\E"$/, 'MET-006 the challenge names the document');
    }
    unlike(challenge(ask('/described/not/x')), qr/resource_metadata/, 'and none where there is none');
};

done_testing();
