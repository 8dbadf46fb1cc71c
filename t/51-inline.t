#!/usr/bin/perl
# A protected location as httpd asks it: which bearer tokens pass, as whom, what variables and notes they leave,
# and how the directives of sections inside each other come together.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Backend;
use Tokex::HostileServer;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(parts unjson);
use Tokex::World;

# Nobody answers there.
my $away = Tokex::HostileServer->new(start => 0);

# What a location with AuthType tokex needs beside what it is about.
sub location
{
    my ($path, @lines) = @_;
    my @all = grep { my $name = (split ' ')[0]; !grep {/^\Q$name\E /} @lines }
        'AuthType tokex', 'AuthName "the shop"', 'TokexClient orders', 'TokexTrustedIssuers partner',
        'AuthzSendForbiddenOnFailure On', 'Require valid-user';
    return join "\n", "<Location \"$path\">", @all, @lines, '</Location>', '';
}

my $config = join '', location('/api'), location('/user', 'TokexUserClaim email'),
    location('/nobody', 'TokexUserClaim groups'), location('/two', 'TokexTrustedIssuers partner other'),
    location('/audience', 'TokexAudience billing', 'TokexScope invoicing'),
    location('/resource', 'TokexResource https://foreign.example/', 'TokexClient foreign'),
    location('/few', 'TokexClient few', 'TokexScope orders.write'),
    location('/norules', 'TokexClient norules'), location('/judging', 'TokexClient judging'), location('/switched-off', 'TokexClient off'),
    location('/missing', 'ErrorDocument 404 /switched-off/page'), location('/gone', 'TokexClient nobody-knows-it'),
    location('/off', 'TokexExchange Off'), location('/off/on', 'TokexExchange On'),
    location('/if', '<If "%{HTTP:X-Stop} == \'yes\'">', 'TokexExchange Off', '</If>'),
    location('/if-user', '<If "%{HTTP:X-User} == \'email\'">', 'TokexUserClaim email', '</If>'),
    location('/accept', 'TokexOwnTokens Accept', 'TokexAudience api'),
    location('/accept-other', 'TokexOwnTokens Accept', 'TokexAudience billing'),
    location('/accept-off', 'TokexOwnTokens Accept', 'TokexAudience api', 'TokexExchange Off'),
    location('/again', 'TokexOwnTokens Exchange', 'TokexClient acting', 'TokexAudience api'),
    location('/machines', 'TokexMachineTokens On', 'TokexClient robots'),
    location('/no-machines', 'TokexClient robots'),
    location('/id-token', 'TokexSubjectTokenType id_token', 'TokexTrustedIssuers id-token-only partner'),
    location('/away', 'TokexTrustedIssuers away'),
    location('/preflight', 'TokexAllowPreflight On', 'Header set X-Answer given'),
    location('/variable', 'TokexSubjectFrom env:TOKEN', 'SetEnv TOKEN text'),
    <<"END";
<Location "/untold">
    AuthType tokex
    TokexClient orders
    AuthzSendForbiddenOnFailure On
    Require valid-user
</Location>
<Location "/any">
    AuthType tokex
    TokexClient orders
    TokexTrustedIssuers partner
    AuthzSendForbiddenOnFailure On
    <RequireAny>
        Require user nobody-at-all
        Require env LET_IN
    </RequireAny>
</Location>
SetEnvIf X-Let-In yes LET_IN
<Directory "\@DIR\@/htdocs">
    AllowOverride All
    Options +FollowSymLinks
</Directory>
Header always set X-User "expr=%{REMOTE_USER}"
Header always set X-Type "expr=%{AUTH_TYPE}"
Header set X-Sub "%{TOKEX_CLAIM_sub}e"
Header set X-Email "%{TOKEX_CLAIM_email}e"
Header set X-Groups "%{TOKEX_CLAIM_groups}e"
Header set X-Aud "%{TOKEX_CLAIM_aud}e"
Header set X-Scope "%{TOKEX_CLAIM_scope}e"
Header set X-Client "%{TOKEX_CLAIM_client_id}e"
Header set X-Jti "%{TOKEX_CLAIM_jti}e"
ErrorDocument 404 /error-page
LogFormat "%U|%>s|%{tokex-code}n|%{tokex-client}n|%{tokex-issuer}n|%{tokex-subject}n|%{tokex-receipt}n|%u" notes
CustomLog \@DIR\@/notes.log notes
TokexCacheTTL 0
END

my $world = Tokex::World->new(
    modules => [qw(authz_user authz_host headers env setenvif watchdog)],
    directives => 'TokexFetchAllow 127.0.0.1',
    config => $config,
    log_level => 'info tokex:trace8',
    document => sub {
        my ($document, $self) = @_;
        my (undef, $issuer) = $self->issuer('away', keys => [], algorithms => ['RS256'], jwks_urls => [$away->url('/jwks')]);
        push @{ $document->{issuers} }, $issuer;
        push @{ $_->{rules}[0]{issuers} }, 'away' for grep { $_->{id} eq 'orders' } @{ $document->{clients} };
        push @{ $document->{clients} }, $self->client('foreign', secret => undef,
            rules => [{ id => 'only', issuers => ['partner'], targets => ['foreign', 'api'], default_target => 'api' }]);
    },
    start => 0
);
my $htdocs = $world->httpd->dir . '/htdocs';

sub put_in { my ($where, $name) = @_; open my $out, '>', $where->httpd->dir . "/htdocs/$name" or die $!; return close $out }

sub put
{
    my ($name, $text) = @_;
    my ($dir) = $name =~ m{^(.*)/};
    mkdir "$htdocs/$dir" if defined $dir && !-d "$htdocs/$dir";
    open my $out, '>', "$htdocs/$name" or die "$name: $!\n";
    print {$out} $text;
    close $out or die $!;
    return;
}

put("$_/page", "content of $_\n") for $config =~ m{<Location "/([a-z-]+)">}g, 'open';
unlink "$htdocs/missing/page" or die $!;
put('off/on/page', "content\n") if mkdir "$htdocs/off/on";
put('overridden/.htaccess', "TokexClient orders\n");
put('no-client/.htaccess', "AuthType tokex\nAuthName x\nRequire valid-user\n");
put('no-client/page', "content\n");
put('overridden/page', "content\n");
put('error-page', "not here\n");
$world->httpd->start;

my %sent;

# ask(path, token or a whole Authorization in a list, headers)
sub ask
{
    my ($path, $token, @headers) = @_;
    my $authorization = ref $token ? $token->[0] : defined $token ? "Bearer $token" : undef;
    $sent{$1} = 1 if defined $authorization && $authorization =~ /(\.[\w-]{20,}\.[\w-]{20,})/;
    return $world->send_octets(Tokex::Http::octets('GET', $path =~ m{/\w+\?|/page|/\w+/} ? $path : "$path/page",
        [defined $authorization ? (Authorization => $authorization) : (), @headers]));
}

# Status, and error of the challenge.
sub told
{
    my ($answer) = @_;
    my ($error) = ($answer->header('www-authenticate') // '') =~ /\berror="([^"]*)"/;
    return join ' ', $answer->status, $error // ();
}

my $token = $world->token;

subtest 'BRR-001 to BRR-013: forms of the bearer token' => sub {
    my $none = ask('/api');
    is(told($none), '401', 'BRR-001 no Authorization header: 401 without an error code');
    is($none->header('www-authenticate'), 'Bearer realm="the shop"', 'and a challenge of the scheme Bearer');
    is($none->header('cache-control'), 'no-store', 'that nobody stores');
    unlike($none->body, qr/content/, 'and nothing of what is protected');
    is(told(ask('/api', $token)), '200', 'CE-26 a good token passes');
    is(told(ask('/api', ["$_ $token"])), '200', "BRR-005 the scheme as $_") for qw(bearer BEARER bEaReR);
    is(told(ask('/api', ["Bearer   $token"])), '200', 'several blanks after the scheme');
    is(told(ask('/api', $world->token(key => 'stranger'))), '401 invalid_token', 'BRR-002 a bad signature');
    is(told(ask('/api', ['Bearer'])), '400 invalid_request', 'BRR-004 Bearer without a token');
    is(told(ask('/api', ["Bearer $token $token"])), '400 invalid_request', 'BRR-004 Bearer with two tokens');
    is(told(ask('/api', ["Bearer\t$token"])), '400 invalid_request', 'BRR-006 a tab instead of a blank');
    is(told(ask('/api', ["Bearer=$token"])), '400 invalid_request', 'BRR-006 an equals sign instead of a blank');
    is(told(ask('/api', $token, Authorization => "Bearer $token")), '400 invalid_request',
        'BRR-007 two Authorization headers');
    is(told(ask('/api', $token, Authorization => Tokex::Http::basic('a', 'b'))), '400 invalid_request',
        'BRR-007 the second of another scheme');
    is(told(ask('/api', [Tokex::Http::basic('a', 'b')], Authorization => "Bearer $token")), '400 invalid_request',
        'BRR-007 the first of another scheme');
    is(told(ask('/api', [Tokex::Http::basic('a', 'b')])), '401', 'another scheme is no token');
    is(told(ask('/api', [$token])), '401', 'a token without a scheme is none');
    for my $odd ('a"b', 'a,b', "a\x01b") {
        my $answer = ask('/api', ["Bearer $odd"]);
        # A control character is refused by httpd itself.
        is($answer->status, 400, 'BRR-013 characters that are in no token: ' . ($odd =~ s/[^ -~]/?/gr));
    }
};

subtest 'BRR-009, BRR-010: a token anywhere else' => sub {
    is(told(ask("/api/page?access_token=$token")), '401', 'BRR-009 in the query alone: it is not looked at');
    is(told(ask('/api/page?access_token=x', $token)), '400 invalid_request', 'BRR-010 in the header and in the query');
    is(told(ask('/api/page?a=b&access%5Ftoken=x', $token)), '400 invalid_request', 'BRR-010 the same, spelled with escapes');
    is(told(ask('/api/page?xaccess_token=1&access_tokens=2', $token)), '200', 'another parameter is none');
    my $body = Tokex::Http::form(access_token => $token);
    my $post = sub {
        $world->send_octets(Tokex::Http::octets('POST', '/api/page',
            ['Content-Type' => 'application/x-www-form-urlencoded', @_], $body));
    };
    is(told($post->()), '401', 'BRR-010 in the body alone: a body is never read');
    unlike(told($post->(Authorization => "Bearer $token")), qr/invalid/, 'nor is it beside the header');
};

subtest 'who it is' => sub {
    my $answer = ask('/api', $token);
    is($answer->header('x-user'), 'auth0|user-1', 'CE-46 the user is sub, with the characters that it has');
    is($answer->header('x-aud'), '["https://api.example"]', 'CE-1 the token that goes on is one for the API');
    is($answer->header('x-type'), 'tokex', 'and AUTH_TYPE says who said so');
    is($answer->header('x-sub'), 'auth0|user-1', 'CE-31 claims are variables');
    is($answer->header('x-email'), 'user.one@people.example', 'CE-44 mapped ones too');
    is($answer->header('x-client'), 'orders', 'CE-4 the token is that of the client of the location');
    is(ask('/api', $world->token(claims => { groups => ['a', 'b'] }))->header('x-groups'), '["a","b"]', 'what is no text is JSON');
    is(ask('/user', $token)->header('x-user'), 'user.one@people.example', 'TokexUserClaim chooses another claim');
    is(told(ask('/user', $world->token(claims => { email => undef }))), '401 invalid_token',
        'a token without the claim is refused');
    my $nobody = ask('/nobody', $world->token(claims => { groups => ['a'] }));
    is(told($nobody), '401 invalid_token', 'so is a claim that is no text');
    my ($receipt) = ($nobody->header('www-authenticate') // '') =~ /\(receipt ([\w-]+)\)/;
    my $line = $world->httpd->wait_for(sub { $world->read_audit; $world->{audit}{ $receipt // '' } }, 5);
    is_deeply([@{$line}{qw(outcome code jti)}], ['refused', 'user_claim', undef], 'and the audit line names no token that nobody got');
    like($line->{reason}, qr/^claim "groups" of the token is no text that can be a user's name/, 'but the claim');
    my $open = ask('/open', $token);
    is($open->status, 200, 'an open location is open');
    is($open->header($_), 'x-user' eq $_ ? '' : '(null)', "and has no $_") for qw(x-user x-sub x-email);
    isnt(ask('/api', $token)->header('x-jti'), $answer->header('x-jti'), 'each exchange is one of its own');
};

subtest 'CE-5, CE-21, CE-22: whose tokens' => sub {
    my $other = $world->token(issuer => 'other', key => 'rsa_other');
    is(told(ask('/api', $other)), '401 invalid_token', 'CE-21 an issuer that others trust is not trusted here');
    is(told(ask('/two', $other)), '200', 'CE-5 one that is named is');
    is(told(ask('/two', $token)), '200', 'as is the other');
    is(told(ask('/untold', $token)), '401 invalid_token', 'CE-22 with several issuers a location that names none trusts none');
    is(told(ask('/api', $world->token(issuer => 'nobody'))), '401 invalid_token', 'an issuer that nobody knows');
    is(told(ask('/two', $world->token(issuer => 'disabled'))), '401 invalid_token', 'CE-15 one that is switched off');
};

subtest 'CE-25: machines' => sub {
    my $machine = $world->token(claims => { gty => 'client-credentials' });
    is(told(ask('/api', $machine)), '403', 'CE-25 a token of a machine is refused');
    is(told(ask('/no-machines', $machine)), '403', 'also where the rule takes it and the location does not');
    is(told(ask('/machines', $machine)), '200', 'both take it');
    is(told(ask('/machines', $token)), '200', 'and a user is welcome there');
};

subtest 'audience and scope asked for' => sub {
    my $answer = ask('/audience', $world->token(claims => { scope => 'invoicing orders.read' }));
    is($answer->header('x-aud'), '["https://billing.example"]', 'TokexAudience');
    is($answer->header('x-scope'), 'invoicing', 'TokexScope');
    my $resource = ask('/resource', $token);
    is($resource->header('x-aud'), '["https://foreign.example"]', 'TokexResource');
    is($resource->header('x-client'), 'foreign', 'CE-3 a client of the location alone, which has no secret');
    my $few = ask('/few', $token);
    is(told($few), '403 insufficient_scope', 'a scope that the client does not have');
    like($few->header('www-authenticate'), qr/, scope="orders\.write"/, 'is named');
    is(told(ask('/norules', $token)), '401 invalid_token', 'an issuer that no rule of the client names');
    is(told(ask('/judging', $token)), '403', 'a rule whose conditions the token does not meet');
    is(told(ask($_, $token)), '403', "a client that is not there to ask: $_") for qw(/switched-off /gone);
};

subtest 'TokexOwnTokens: our own tokens' => sub {
    my $ours = $world->exchange(audience => 'api')->json->{access_token};
    is(told(ask('/api', $ours)), '401 invalid_token', 'are refused unless told otherwise');
    my $accepted = ask('/accept', $ours);
    is(told($accepted), '200', 'are accepted as they are');
    is($accepted->header('x-jti'), unjson((parts($ours))[1])->{jti}, 'and go on as they are');
    is($accepted->header('x-user'), 'auth0|user-1', 'with their user');
    is(told(ask('/accept', $token)), '200', 'beside those that are exchanged');
    is(told(ask('/accept-other', $ours)), '401 invalid_token', 'for another target they are not accepted');
    is(told(ask('/accept-off', $ours)), '200', 'where nothing is exchanged they are accepted still');
    is(told(ask('/accept-off', $token)), '403', 'and others are not');
    is(told(ask('/again', $ours)), '401 invalid_token', 'a token that is not for the client is not exchanged again');
    my $again = ask('/again', $world->exchange(audience => 'hop', -client => 'delegate')->json->{access_token});
    is(told($again), '200', 'one that is for it is');
    is($again->header('x-aud'), '["https://api.example"]', 'for another target');
    is($again->header('x-client'), 'acting', 'as the client of the location');
};

subtest 'CE-2: TokexExchange in sections inside each other' => sub {
    is(told(ask('/off', $token)), '403', 'CE-2 off');
    is(told(ask('/off', undef)), '401', 'and a token is asked for all the same');
    is(told(ask('/off/on/page', $token)), '200', 'on inside off');
    is(told(ask('/if', $token)), '200', 'an <If> that does not hold');
    is(told(ask('/if', $token, 'X-Stop' => 'yes')), '403', 'one that does');
    is(ask('/if-user', $token)->header('x-user'), 'auth0|user-1', 'the claim of the location');
    is(ask('/if-user', $token, 'X-User' => 'email')->header('x-user'), 'user.one@people.example', 'that of an <If> in it');
};

subtest 'what is not configured lets nobody in' => sub {
    # httpd -t sees what the configuration says, and not what a directory says of itself.
    is(ask('/no-client/page', $token)->status, 500, 'AuthType tokex without TokexClient');
    is(ask('/no-client/page')->status, 500, 'whatever the request brings');
    like($world->httpd->error_log, qr/TX00110: .*set TokexClient/, 'and the log says what to set');
    is(ask('/overridden/page', $token)->status, 500, 'HTP-006 directives are not allowed in .htaccess');
    like($world->httpd->error_log, qr/TokexClient not allowed here/, 'as httpd itself says');
    is(told(ask('/variable', $token)), '401', 'a variable that is no token comes before the header');
};

subtest 'BRR-016: an issuer that cannot be asked' => sub {
    my $answer = ask('/away', $world->token(issuer => 'away'));
    is(told($answer), '503', 'BRR-016 is no fault of the token');
    like($answer->header('retry-after') // '', qr/^[1-9]\d*$/, 'and the answer says when to try again');
    unlike($answer->body, qr/content/, 'BRR-017 nothing goes on');
};

subtest 'BRR-018: a CORS preflight request' => sub {
    my $options = sub {
        my ($path, @headers) = @_;
        return $world->send_octets(Tokex::Http::octets('OPTIONS', "$path/page", [@headers]));
    };
    my @cors = (Origin => 'https://shop.example', 'Access-Control-Request-Method' => 'GET');
    is($options->('/api', @cors)->status, 401, 'BRR-018 is refused unless told otherwise');
    my $answer = $options->('/preflight', @cors);
    is($answer->status, 200, 'passes where TokexAllowPreflight says so');
    is($answer->header('x-user'), '', 'as nobody');
    is($options->('/preflight', @cors, Authorization => "Bearer $token")->header('x-user'), '', 'also with a token');
    is($options->('/preflight', @cors[0, 1])->status, 401, 'an OPTIONS request without the method asked for is none');
    is($options->('/preflight', @cors[2, 3])->status, 401, 'nor is one without Origin');
    is(told(ask('/preflight', undef, @cors)), '401', 'nor is a GET with both');
};

subtest 'RequireAny' => sub {
    is(told(ask('/any', $token)), '403', 'a known user whom no Require lets in: 403');
    my $in = ask('/any', undef, 'X-Let-In' => 'yes');
    is($in->status, 200, 'a Require that needs no user lets in without a token');
    is($in->header('x-user'), '', 'as nobody');
};

subtest 'one connection, several tokens' => sub {
    my $http = Tokex::Http->new($world->port);
    my @who = ('a', 'b', undef, 'c', 'a');
    my @seen = map {
        my $t = defined $_ ? $world->token(claims => { sub => $_ }) : undef;
        my $answer = $http->request(Tokex::Http::octets('GET', '/api/page', [$t ? (Authorization => "Bearer $t") : ()]));
        $answer->status == 200 ? $answer->header('x-user') : $answer->status
    } @who;
    is_deeply(\@seen, ['a', 'b', 401, 'c', 'a'], 'each request is who its own token says');
};

subtest 'notes for LogFormat' => sub {
    my $log = $world->httpd->dir . '/notes.log';
    my $from = 0;
    my $notes = sub {
        my ($path) = @_;
        my $line = $world->httpd->wait_for(
            sub {
                my @lines = grep {m{^\Q$path\E\|}} split /\n/, Tokex::Httpd::slurp($log, $from);
                return $lines[-1];
            },
            5
        ) // '';
        return [split /\|/, $line];
    };
    my $good = ask('/api/noted?', $token);
    my $missing = $notes->('/api/noted');
    is_deeply([@$missing[1 .. 5]], [404, 'granted', 'orders', 'partner', 'auth0'],
        'an ErrorDocument keeps those of the request that it stands for');
    ask('/user/page', $token);
    ask('/missing/page', $token);
    is_deeply([@{ $notes->('/missing/page') }[2 .. 5]], ['client_disabled', '-', '-', '-'], 'and has those of the decision on itself alone');
    is_deeply([@{ $notes->('/user/page') }[1 .. 5]], [200, 'granted', 'orders', 'partner', 'auth0'], 'of a grant');
    $world->httpd->wait_for(sub { Tokex::Httpd::slurp($log) =~ m{^/user/page\|.*\n\z}m }, 5);
    $from = -s $log;
    ask('/two/page', $world->token(key => 'stranger'));
    my $refused = $notes->('/two/page');
    is_deeply([@$refused[1 .. 4]], [401, 'signature', 'orders', 'partner'], 'of a refusal');
    $from = -s $log;
    my ($receipt) = ask('/two/page', $world->token(key => 'stranger'))->header('www-authenticate') =~ /receipt ([\w-]+)/;
    ok($world->httpd->wait_for(sub { grep { $_ eq $receipt } @{ $notes->('/two/page') } }, 5), 'with the receipt that the client was told');
    ask('/open/page', $token);
    is($notes->('/open/page')->[2], '-', 'none where nobody asked us');
};

subtest 'PAS-012: tokens stand in no log' => sub {
    my %log = $world->logs;
    $log{'notes.log'} = Tokex::Httpd::slurp($world->httpd->dir . '/notes.log');
    for my $name (sort keys %log) {
        my @found = grep { index($log{$name}, $_) >= 0 } grep { $name ne 'access.log' } keys %sent;
        is(scalar(@found), 0, "PAS-012 in $name");
    }
    cmp_ok(scalar(keys %sent), '>', 10, 'of many');
};

ok($world->httpd->stop_gently, 'httpd ends by itself');
unlike($world->httpd->error_log, qr/exit signal|AddressSanitizer/, 'and no process was lost');

subtest 'CE-22: the only issuer that is enabled' => sub {
    my $one = Tokex::World->new(
        modules => [qw(authz_user)],
        config => "<Location />\nAuthType tokex\nTokexClient orders\nRequire valid-user\n</Location>\n",
        document => sub {
            my ($document) = @_;
            $_->{enabled} = $_->{id} eq 'partner' ? \1 : \0 for @{ $document->{issuers} };
        }
    );
    my $status = sub { Tokex::Http::get($one->port, '/', Authorization => 'Bearer ' . $one->token(@_))->status };
    is($status->(), 404, 'CE-22 is trusted without being named');
    is($status->(issuer => 'other', key => 'rsa_other'), 401, 'and no other is');
};

subtest 'a virtual host is a workspace of its own' => sub {
    my $second = Tokex::World->new(start => 0, own_keys => 1);
    my $port = Tokex::Httpd::free_port();
    my $inside = "AuthType tokex\nTokexClient orders\nTokexTrustedIssuers partner\nRequire valid-user";
    my $first = Tokex::World->new(modules => [qw(authz_user headers)], config => <<"HOSTS");
Header set X-Tid "%{TOKEX_CLAIM_tid}e"
<Location "/">
    $inside
</Location>
Listen 127.0.0.1:$port
<VirtualHost 127.0.0.1:$port>
    TokexIssuer http://127.0.0.1:$port/sts
    TokexDirectory @{[$second->httpd->dir]}/tokex
    TokexTenant second
</VirtualHost>
HOSTS
    put_in($first, 'page');
    my %host = (default => [$first, $first->port], second => [$second, $port]);
    for my $tid (sort keys %host) {
        my ($world, $at) = @{ $host{$tid} };
        my ($own) = map { $_->token(claims => { aud => 'urn:alias:partner' }) } $world;
        my ($other) = map { $host{$_}[1] } grep { $_ ne $tid } keys %host;
        my $answer = Tokex::Http::get($at, '/page', Authorization => "Bearer $own");
        is($answer->status, 200, 'CE-19 a token of its own issuer passes');
        is($answer->header('x-tid'), $tid, 'and ours is of its workspace');
        is(Tokex::Http::get($other, '/page', Authorization => "Bearer $own")->status, 401, 'CE-19 in the other it does not');
    }
};

subtest 'a virtual host that is not ours' => sub {
    my $httpd = Tokex::Httpd->new(modules => [qw(authz_user)], config => "<Directory \"\@DIR\@/htdocs\">\nAllowOverride All\n</Directory>\n");
    Tokex::Backend::put($httpd->dir . '/htdocs/.htaccess', "AuthType tokex\nAuthName x\nRequire valid-user\n");
    Tokex::Backend::put($httpd->dir . '/htdocs/page', "content\n");
    $httpd->start;
    is(Tokex::Http::get($httpd->port, '/page')->status, 500, 'AuthType tokex without TokexIssuer lets nobody in');
    like($httpd->error_log, qr/TX00110: .*set TokexIssuer/, 'and the log says what to set');
};

done_testing();
