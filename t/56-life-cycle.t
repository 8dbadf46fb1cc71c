#!/usr/bin/perl
# Protected locations in the life of a request: programs behind CGI and FastCGI and what they see, internal
# redirects, subrequests, index files, error documents. The sections of the final address decide, with the token
# that came over the wire.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Backend;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(parts unb64u unjson);
use Tokex::World;

if (!grep { -x "$_/php-cgi" } split /:/, $ENV{PATH}) {
    fail('php-cgi is missing: install php-cgi (Debian)');
    done_testing();
    exit;
}
my $php = Tokex::Backend->php;

sub location
{
    my ($path, @lines) = @_;
    return join "\n", "<Location \"$path\">", protection(@lines), '</Location>', '';
}

sub protection
{
    my (@lines) = @_;
    my @client = grep({/^TokexClient/} @lines) ? () : 'TokexClient orders';
    return ('AuthType tokex', @client, 'TokexTrustedIssuers partner', 'AuthzSendForbiddenOnFailure On', 'Require valid-user', @lines);
}

my $protected = join "\n    ", protection();
my $by_shop = join "\n        ", protection('TokexClient shop');
my $config = join '', location('/api'), location('/second', 'TokexClient shop', 'TokexClaimHeaders X-Claim-'),
    location('/pass', 'CGIPassAuth On'), location('/php', "SetHandler \"proxy:fcgi://127.0.0.1:@{[$php->port]}\""),
    location('/php/pass', 'CGIPassAuth On'), location('/error'), location('/error-open', 'ErrorDocument 401 /open/error.html'),
    location('/error-here', 'ErrorDocument 401 /error-here/error.html'),
    location('/error-there', 'ErrorDocument 401 /api/error.html'), <<"END";
<Directory "\@DIR\@/htdocs">
    Options +ExecCGI +Includes +FollowSymLinks
    AllowOverride None
    Require all granted
    DirectoryIndex index.cgi index.php
    AddHandler cgi-script .cgi
    AddType text/html .shtml
    AddOutputFilter INCLUDES .shtml
</Directory>
<Location "/open">
    CGIPassAuth On
    Require all granted
</Location>
<Directory "\@DIR\@/htdocs/directory">
    $protected
</Directory>
# An index whose own section protects it, in a directory that is open, and in one that another client protects.
<Directory "\@DIR\@/htdocs/index-open">
    CGIPassAuth On
    <Files "index.cgi">
        $by_shop
        TokexClaimHeaders X-Claim-
    </Files>
</Directory>
<Directory "\@DIR\@/htdocs/index-other">
    $protected
    TokexUserClaim email
    CGIPassAuth On
    <Files "index.cgi">
        $by_shop
        TokexUserClaim sub
        TokexAuthContext Off
    </Files>
</Directory>
<Directory "\@DIR\@/htdocs/index-freed">
    $protected
    CGIPassAuth On
</Directory>
<Directory "\@DIR\@/htdocs/index-freed">
    RewriteEngine On
    RewriteRule "^round\$" "/index-freed/"
</Directory>
<Directory "\@DIR\@/htdocs/negotiated-freed">
    $protected
    CGIPassAuth On
    Options +MultiViews
    MultiviewsMatch Handlers
</Directory>
<LocationMatch "^/(index-freed/index|negotiated-freed/page)\.cgi\$">
    AuthType None
    Require all granted
</LocationMatch>
<Directory "\@DIR\@/htdocs/negotiated">
    Options +MultiViews
    MultiviewsMatch Handlers
    CGIPassAuth On
    <Files "page.cgi">
        $by_shop
    </Files>
</Directory>
TypesConfig /dev/null
ProxyFCGIBackendType GENERIC
RewriteEngine On
RewriteRule "^/passed\$" "/api/env.cgi" [PT]
<Directory "\@DIR\@/htdocs/open">
    RewriteEngine On
    RewriteRule "^in\$" "/api/env.cgi"
</Directory>
<Directory "\@DIR\@/htdocs/api">
    <Files "secretly.shtml">
        CGIPassAuth On
    </Files>
    RewriteEngine On
    RewriteRule "^out\$" "/open/env.cgi"
    RewriteRule "^across\$" "/second/env.cgi"
    RewriteRule "^round\$" "/api/env.cgi"
    RewriteRule "^copied\.cgi\$" "-" [E=COPIED:%{HTTP:Authorization}]
</Directory>
SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=\$1
SetEnvIf Authorization "^Bearer (.*)" COPY_OF_THE_TOKEN=\$1
ErrorDocument 404 /open/env.cgi
END

my @MODULES = qw(authz_user authz_host mime dir alias env setenvif headers negotiation include rewrite proxy proxy_fcgi);

sub put
{
    my ($world, $name, $text) = @_;
    my $path = $world->httpd->dir . "/htdocs/$name";
    my ($dir) = $path =~ m{^(.*)/};
    mkdir $dir if !-d $dir;
    return Tokex::Backend::write_cgi($path) if $name =~ /\.cgi$/;
    return Tokex::Backend::write_php($path) if $name =~ /\.php$/;
    Tokex::Backend::put($path, $text // "content of $name\n");
    return;
}

sub new_world
{
    my ($mpm) = @_;
    my $cgi = $mpm eq 'prefork' ? 'cgi' : 'cgid';
    my $world = Tokex::World->new(
        mpm => $mpm,
        modules => [@MODULES, $cgi],
        config => $config . ($cgi eq 'cgid' ? "ScriptSock \@DIR\@/cgisock\n" : ''),
        log_level => 'info tokex:trace8',
        start => 0
    );
    put($world, $_)
        for qw(api/env.cgi api/copied.cgi api/file.txt api/error.html second/env.cgi pass/env.cgi php/env.php open/env.cgi quiet/env.cgi open/error.html
        error-here/error.html error-here/env.cgi error-open/env.cgi error-there/env.cgi error/env.cgi directory/env.cgi index-open/index.cgi index-other/index.cgi
        index-freed/index.cgi negotiated/page.cgi negotiated-freed/page.cgi);
    mkdir $world->httpd->dir . '/htdocs/php/pass';
    put($world, 'php/pass/env.php');
    put($world, 'php/index.php');
    my $include = sub { "<!--#include virtual=\"$_[0]\" -->\n" };
    put($world, 'open/include.shtml', 'begin ' . $include->('/api/env.cgi') . ' end');
    put($world, "api/$_->[0].shtml", $include->($_->[1])) for ['same', '/api/env.cgi'], ['across', '/second/env.cgi'], ['out', '/open/env.cgi'],
        ['secretly', '/quiet/env.cgi'];
    put($world, 'api/all.shtml', join '', map { $include->($_) } '/second/env.cgi', '/open/env.cgi', '/api/env.cgi');
    $world->httpd->start;
    return $world;
}

my $world = new_world('event');
my $token = $world->token;

sub ask
{
    my ($path, $authorization, @headers) = @_;
    $authorization = "Bearer $authorization" if defined $authorization && $authorization !~ / /;
    return $world->send_octets(Tokex::Http::octets('GET', $path, [defined $authorization ? (Authorization => $authorization) : (), @headers]));
}

sub environment { return Tokex::Backend::environment(ask(@_)) }

sub context { my ($environment) = @_; return eval { unjson(unb64u($environment->{HTTP_X_AUTH_CTX} // '')) } // {} }

# Whose client the three ways say that it is: the variables, X-Auth-Ctx, and the token where it is passed on.
sub clients
{
    my ($environment) = @_;
    my ($bearer) = ($environment->{HTTP_AUTHORIZATION} // '') =~ /^Bearer (\S+)$/;
    my $claims = $bearer ? eval { unjson((parts($bearer))[1]) } // {} : {};
    return join ' ', map { $_ // '-' } $environment->{TOKEX_CLAIM_client_id}, context($environment)->{client_id}, $claims->{client_id};
}

# Does the token that came stand anywhere?
sub conceals
{
    my ($environment, $what) = @_;
    my @found = grep { index($environment->{$_}, $token) >= 0 } sort keys %$environment;
    is_deeply(\@found, [], $what);
    return;
}

subtest 'CGI' => sub {
    is(ask('/api/env.cgi')->status, 401, 'without a token it does not run');
    my $seen = environment('/api/env.cgi', $token);
    is($seen->{REMOTE_USER}, 'auth0|user-1', 'who it is');
    is($seen->{AUTH_TYPE}, 'tokex', 'and who says so');
    is($seen->{TOKEX_CLAIM_email}, 'user.one@people.example', 'CE-31 claims are variables');
    is($seen->{TOKEX_CLAIM_aud}, '["https://api.example"]', 'what is no text is JSON');
    is(context($seen)->{sub}, 'auth0|user-1', 'the context is a header');
    ok(!exists $seen->{HTTP_AUTHORIZATION}, 'there is no Authorization without CGIPassAuth');
    conceals($seen, 'PAS-012 the token that came stands nowhere, SetEnvIf or not');
    conceals(environment('/api/env.cgi', "bearer   $token"), 'PAS-012 however it is spelled');
    conceals(environment('/api/copied.cgi', $token), 'PAS-012 nor where mod_rewrite made a copy of it');
    my $passed = environment('/pass/env.cgi', $token);
    is(clients($passed), 'orders orders orders', 'with CGIPassAuth it is our token');
    conceals($passed, 'PAS-012 and not the one that came');
    $seen = environment('/api/env.cgi', $token, 'Tokex-Claim-Sub' => 'forged', 'X_Auth_Ctx' => 'forged', 'x.auth.ctx' => 'forged', 'TOKEX_CLAIM_sub' => 'forged',
        'X-Auth-Ctx' => 'forged');
    is(join(' ', @$seen{qw(TOKEX_CLAIM_sub)}, context($seen)->{sub}), 'auth0|user-1 auth0|user-1', 'PAS-002 a client cannot say who it is');
    is_deeply([grep { $seen->{$_} =~ /forged/ } sort keys %$seen], [grep {/TOKEX_CLAIM_S/} keys %$seen], 'but under its own names');
};

subtest 'PHP behind FastCGI' => sub {
    is(ask('/php/env.php')->status, 401, 'without a token it is not asked');
    my $seen = environment('/php/env.php', $token);
    is($seen->{REMOTE_USER}, 'auth0|user-1', 'who it is');
    is($seen->{TOKEX_CLAIM_email}, 'user.one@people.example', 'claims');
    is(context($seen)->{client_id}, 'orders', 'the context');
    ok(!exists $seen->{HTTP_AUTHORIZATION}, 'no Authorization');
    conceals($seen, 'PAS-012 the token that came stands nowhere');
    is(clients(environment('/php/pass/env.php', $token)), 'orders orders orders', 'with CGIPassAuth it is our token');
    is(clients(environment('/php/', $token)), 'orders orders -', 'an index file');
};

subtest 'static files' => sub {
    is(ask('/api/file.txt', $token)->body, "content of api/file.txt\n", 'with a token');
    is(ask('/api/file.txt', $token)->header('cache-control'), 'private', 'BRR-020 for one user alone');
    is(ask('/open/error.html')->header('cache-control'), undef, 'what is open is for everybody');
    my $none = ask('/api/file.txt');
    is($none->status, 401, 'without one');
    unlike($none->body, qr/content of/, 'nothing of it is sent');
    my $tag = ask('/api/file.txt', $token)->header('etag');
    is(ask('/api/file.txt', undef, 'If-None-Match' => $tag)->status, 401, 'whoever knows its tag has to show a token too');
    is(ask('/api/file.txt', undef, Range => 'bytes=0-3')->status, 401, 'so has who wants a part');
    is(ask('/api/file.txt', $token, Range => 'bytes=0-6')->body, 'content', 'and gets it then');
};

subtest 'HTP-001: internal redirects' => sub {
    is(ask('/open/in')->status, 401, 'HTP-001 from an open place into a protected one: a token is needed');
    is(clients(environment('/open/in', $token)), 'orders orders -', 'and with it everything is as if asked directly');
    is(ask('/passed')->status, 401, 'HTP-001 so it is with an address that mod_rewrite passes through');
    is(clients(environment('/passed', $token)), 'orders orders -', 'with a token it passes');
    is(ask('/api/out')->status, 401, 'HTP-001 out of a protected place: the first address is judged too');
    my $out = environment('/api/out', $token);
    is(clients($out), '- - -', 'HTP-001 outside nothing is left of it');
    is($out->{HTTP_AUTHORIZATION}, "Bearer $token", 'and the client\'s own header is back');
    my $across = environment('/api/across', $token);
    is(clients($across), 'shop shop -', 'HTP-001 into the place of another client: the token that came is exchanged for it');
    is($across->{HTTP_X_CLAIM_CLIENT_ID}, 'shop', 'and its headers are those of that place');
    is(clients(environment('/api/round', $token)), 'orders orders -', 'within one place');
    my $missing = environment('/api/nowhere', $token);
    is($missing->{REDIRECT_STATUS}, 404, 'an ErrorDocument outside');
    is(clients($missing), '- - -', 'HTP-001 does not get what the protected place got');
};

subtest 'HTP-002: subrequests' => sub {
    my $alone = ask('/open/include.shtml');
    is($alone->status, 200, 'an open page that includes a protected one');
    unlike($alone->body, qr/SERVER_NAME/, 'HTP-002 comes without it when there is no token');
    like(ask('/open/include.shtml', $token)->body, qr/^begin \{.*"TOKEX_CLAIM_client_id":"orders".*\}\s+end$/s, 'and with it when there is one');
    is(clients(environment('/api/same.shtml', $token)), 'orders orders -', 'within one place');
    my $across = environment('/api/across.shtml', $token);
    is(clients($across), 'shop shop -', 'HTP-002 a page of another client: the token that came is exchanged for it');
    is($across->{TOKEX_CLAIM_sub}, 'auth0|user-1', 'for the same user');
    my $out = environment('/api/out.shtml', $token);
    is(clients($out), '- - -', 'HTP-002 an open page gets nothing of it');
    is($out->{HTTP_AUTHORIZATION}, "Bearer $token", 'but what the client sent');
    $out = environment('/api/secretly.shtml', $token);
    is($out->{HTTP_AUTHORIZATION}, undef, 'HTP-002 not even where the page itself got our token');
    my @each = map { clients(unjson($_)) } grep {/^\{/} split /\n/, ask('/api/all.shtml', $token)->body;
    is_deeply(\@each, ['shop shop -', '- - -', 'orders orders -'], 'one after the other, and none takes from another');
};

subtest 'index files and negotiation' => sub {
    is(ask('/index-open/')->status, 401, 'HTP-001 an index that is protected by itself, in an open directory');
    my $open = environment('/index-open/', $token);
    is(clients($open), 'shop shop shop', 'is told who is calling');
    is($open->{REMOTE_USER}, 'auth0|user-1', 'by every means');
    is($open->{HTTP_X_CLAIM_SUB}, 'auth0|user-1', 'headers with claims too');
    conceals($open, 'PAS-012 and does not see the token that came');
    my $other = environment('/index-other/', $token);
    is(clients($other), 'shop - shop', 'one that has another client than its directory');
    is($other->{REMOTE_USER}, 'auth0|user-1', 'is told what its own section says');
    my $freed = environment('/index-freed/', $token);
    is(clients($freed), '- - -', 'one that is open in a protected directory gets nothing of it');
    is($freed->{HTTP_AUTHORIZATION}, "Bearer $token", 'but what the client sent');
    is(ask('/index-freed/')->status, 401, 'and stays behind its directory');
    is(clients(environment('/index-freed/round', $token)), '- - -', 'also where a redirect led to it');
    is(clients(environment('/negotiated-freed/page', $token)), '- - -', 'so it is with a negotiated one');
    is(ask('/negotiated-freed/page')->status, 401, 'which stays behind its directory too');
    is(ask('/negotiated/page')->status, 404, 'HTP-001 a negotiated file that is protected by itself is none without a token');
    is(clients(environment('/negotiated/page', $token)), 'shop shop shop', 'with one it is told who is calling');
};

subtest 'HTP-005: other spellings of a path' => sub {
    my @same = ('//api/env.cgi', '/./api/env.cgi', '/open/../api/env.cgi', '/%61pi/env.cgi', '/api//env.cgi', '/api/./env.cgi', '/open/%2e%2e/api/env.cgi', '/api/env.cgi/more',
        '/api/env.cgi?x', '/api/%65nv.cgi', '/directory/env.cgi', '//directory/env.cgi', '/open/../directory//env.cgi');
    for my $path (@same) {
        is(ask($path)->status, 401, "HTP-005 $path is protected");
        is(ask($path, $token)->status, 200, 'and is there');
    }
    for my $path ('/api%2fenv.cgi', '/api;x/env.cgi', '/API/env.cgi', '/api%00/env.cgi', '/api\\env.cgi', '/open/%2e%2e%2fapi/env.cgi') {
        unlike(ask($path)->status, qr/^2/, "HTP-005 $path is not there");
    }
};

subtest 'HTP-015: refused is refused' => sub {
    my $bad = $world->token(key => 'stranger');
    for my $case (['/error-open', 'open'], ['/error-here', 'error-here'], ['/error-there', undef], ['/error', undef]) {
        my ($path, $document) = @$case;
        for my $sent (undef, $bad) {
            my $answer = ask("$path/env.cgi", $sent);
            is($answer->status, 401, "HTP-015 $path: " . ($sent ? 'a token that is not accepted' : 'no token'));
            is($answer->body, "content of $document/error.html\n", 'the error document is all that is sent') if $document;
            unlike($answer->body, qr/SERVER_NAME|content of api/, 'HTP-015 nothing that is protected is sent');
            like($answer->header('www-authenticate') // '', qr/^Bearer realm="[^"]*"(?:, error="invalid_token".*)?$/, 'and one challenge');
        }
    }
    my $http = Tokex::Http->new($world->port);
    my @all = map { $http->request(Tokex::Http::octets('GET', '/api/file.txt', [$_ ? (Authorization => "Bearer $_") : ()])) } $bad, $token, undef, $token;
    is_deeply([map { $_->status } @all], [401, 200, 401, 200], 'on one connection each answer is that of its request');
    is_deeply([map { $_->body =~ /content of/ ? 1 : 0 } @all], [0, 1, 0, 1], 'with its body');
};

ok($world->httpd->stop_gently, 'httpd ends by itself');
unlike($world->httpd->error_log, qr/exit signal/, 'and no process was lost');

subtest 'HTP-005: without MergeSlashes' => sub {
    my $other = Tokex::World->new(modules => [qw(authz_user)], start => 0,
        config => "MergeSlashes Off\n<Directory \"\@DIR\@/htdocs\">\n$protected\n</Directory>\n");
    put($other, 'api/file.txt');
    $other->httpd->start;
    for my $path ('/api/file.txt', '//api/file.txt', '/api//file.txt', '///api/.//file.txt') {
        is(Tokex::Http::get($other->port, $path)->status, 401, "HTP-005 a directory stays protected: $path");
    }
    is(Tokex::Http::get($other->port, '//api//file.txt', Authorization => 'Bearer ' . $other->token)->status, 200, 'and is there');
};

for my $mpm (qw(worker prefork)) {
    subtest "the same on $mpm" => sub {
        Tokex::Httpd::needs("mpm_$mpm") or return;
        $world = new_world($mpm);
        $token = $world->token;
        is(ask('/api/env.cgi')->status, 401, 'no token');
        is(clients(environment($_->[0], $token)), $_->[1], $_->[0])
            for ['/api/env.cgi', 'orders orders -'], ['/pass/env.cgi', 'orders orders orders'], ['/php/env.php', 'orders orders -'], ['/api/across', 'shop shop -'],
            ['/api/out', '- - -'], ['/api/across.shtml', 'shop shop -'], ['/index-open/', 'shop shop shop'], ['/index-other/', 'shop - shop'],
            ['/negotiated/page', 'shop shop shop'];
        my @codes = map { ask('/api/file.txt', $_)->status } $token, undef, $world->token(key => 'stranger'), $token;
        is_deeply(\@codes, [200, 401, 401, 200], 'one after the other');
        ok($world->httpd->stop_gently, 'it ends by itself');
        unlike($world->httpd->error_log, qr/exit signal/, 'and no process was lost');
    };
}

done_testing();
