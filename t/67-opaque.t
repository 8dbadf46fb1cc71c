#!/usr/bin/perl
# Opaque tokens: the issuer that a token must be of is asked about it, at the token endpoint and in front of a
# location; by introspection or by UserInfo, once for many requests, and never by trying one issuer after the other.
use strict;
use warnings;
use File::Temp ();
use FindBin;
use lib "$FindBin::RealBin/lib";
use List::Util qw(max);
use MIME::Base64 qw(decode_base64);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::HostileServer;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(json unjson);
use Tokex::OpaqueIssuer;
use Tokex::World;

my $ACCESS = "$Tokex::World::TYPE:access_token";
my $SECRET = 'p:a ss&w+ö=rd/%41';
# As it is sent, because the document is of characters.
utf8::encode(my $SENT = $SECRET);
my %WORKERS = (
    event => "ServerLimit 1\nStartServers 1\nThreadLimit 12\nThreadsPerChild 12\nMinSpareThreads 12\n"
        . "MaxSpareThreads 12\nMaxRequestWorkers 12",
    prefork => "StartServers 2\nMinSpareServers 2\nMaxSpareServers 2\nMaxRequestWorkers 2\nServerLimit 2",
);

my ($idp, $rival, $auth0) = map { Tokex::OpaqueIssuer->new } 1 .. 3;
my $away = Tokex::HostileServer->new(start => 0);

sub introspects
{
    my ($self, $id, $server, %more) = @_;
    my (undef, $issuer) = $self->issuer($id, token_types => ['access_token'],
        introspection_url => $server->url("/introspect/$id"), introspection_client_id => 'gate way',
        introspection_secret => $SECRET, %more);
    return $issuer;
}

sub edit
{
    my ($document, $self) = @_;
    my $rule = sub { my (@issuers) = @_; return [{ id => 'only', issuers => \@issuers, targets => ['api'], default_target => 'api' }] };
    push @{ $document->{mappings} }, {
        id => 'auth0-user', name => 'Auth0 user',
        rows => [{ source => 'userinfo', from => 'https://example\.com/groups', to => 'groups', type => 'texts' }]
    }, {
        id => 'told', name => 'Told',
        rows => [{ source => 'introspection', from => 'department', to => 'department' }]
    }, {
        id => 'person', name => 'Person',
        rows => [{ source => 'userinfo', from => 'nickname', to => 'nickname', if_missing => 'refuse' }]
    };
    push @{ $document->{issuers} }, introspects($self, 'idp', $idp, mapping => 'told'), introspects($self, 'rival', $rival),
        introspects($self, 'posting', $idp, introspection_auth => 'post'), introspects($self, 'fresh', $idp, opaque_cache => 0),
        introspects($self, 'short', $idp, opaque_cache => 2), introspects($self, 'away', $away),
        ($self->issuer('auth0', token_types => ['access_token'], userinfo_url => $auth0->url('/userinfo'), mapping => 'auth0-user'))[1],
        ($self->issuer('people', keys => [{ jwk => $self->key('ec')->public_jwk }], algorithms => ['ES256'],
            userinfo_url => $auth0->url('/userinfo/people'), mapping => 'person'))[1];
    push @{ $document->{clients} }, $self->client('both', rules => $rule->('idp', 'rival')),
        $self->client('told', rules => $rule->('idp', 'rival'), opaque_issuer => 'idp'),
        $self->client('seed', rules => [{ %{ $rule->('auth0')->[0] }, scopes_when_absent => ['orders.read'] }]),
        (map { $self->client($_, rules => $rule->($_)) } qw(idp rival posting fresh short away people));
    return;
}

sub location
{
    my ($path, $client, @issuers) = @_;
    return "<Location \"$path\">\nAuthType tokex\nAuthName opaque\nTokexClient $client\nTokexTrustedIssuers @issuers\n"
        . "TokexAudience api\nRequire valid-user\nHeader always set X-Goes-On \"expr=%{req:Authorization}\"\n</Location>\n";
}

sub opaque_world
{
    my ($mpm) = @_;
    return Tokex::World->new(
        mpm => $mpm,
        workers => "$WORKERS{$mpm}\nMaxConnectionsPerChild 0",
        modules => [qw(authz_user headers watchdog socache_shmcb)],
        directives => 'TokexFetchAllow 127.0.0.1',
        log_level => 'notice',
        config => join('', "<Location /metrics>\nSetHandler tokex-metrics\n</Location>\n", location('/idp', 'idp', 'idp'), location('/both', 'both', 'idp', 'rival'), location('/told', 'told', 'idp', 'rival'),
            location('/seed', 'seed', 'auth0'), location('/away', 'away', 'away'), location('/fresh', 'fresh', 'fresh'), location('/short', 'short', 'short')),
        document => \&edit
    );
}

our $world = opaque_world('event');
my $made = 0;

# A token that no other test has; `says` of introspection, at the issuer `id`.
sub opaque { my ($id) = @_; return sprintf '%s-%d-%s', $id, ++$made, Tokex::Jose::b64u($world->octets(12)) }

sub known
{
    my ($server, $id, $says, %more) = @_;
    my $token = opaque($id);
    $server->says("/introspect/$id", $token, $says, %more);
    return $token;
}

sub good { my (%more) = @_; return { active => JSON::PP::true(), sub => 'auth0|user-1', scope => 'orders.read', client_id => 'web', %more } }

sub ask
{
    my ($client, $token, %more) = @_;
    return $world->exchange(-client => $client, subject_token => $token, subject_token_type => $ACCESS, %more);
}

sub refused
{
    my ($name, $answer, $status, $code) = @_;
    is($answer->status, $status, "$name: $status");
    is(($world->audit_of($answer) || {})->{code}, $code, "$name: $code");
    is($answer->json->{error}, $status == 503 ? 'temporarily_unavailable' : 'invalid_request', "$name: the OAuth error");
    return;
}

sub claims_of { my ($answer) = @_; return $answer->status == 200 ? ($world->decode($answer->json->{access_token}))[0] : {} }

sub visit { my ($path, $token) = @_; return Tokex::Http::get($world->port, $path, Authorization => "Bearer $token") }

sub goes_on
{
    my ($answer) = @_;
    my ($token) = ($answer->header('x-goes-on') // '') =~ /^Bearer (\S+)$/;
    return defined $token ? ($world->decode($token))[0] : {};
}

subtest 'introspection at the token endpoint' => sub {
    my $exp = time + 45;
    my $token = known($idp, 'idp', good(department => 'sales', exp => int $exp, iss => 'https://idp.example'));
    my $answer = ask('idp', $token);
    is($answer->status, 200, 'CE-36 an opaque token is exchanged') or diag($answer->body);
    my $claims = claims_of($answer);
    is($claims->{sub}, 'auth0|user-1', 'CE-46 sub is what the issuer says');
    is($claims->{scope}, 'orders.read', 'so is the scope');
    is($claims->{department}, 'sales', 'a row of the mapping reads introspection');
    cmp_ok($claims->{exp}, '<=', int $exp, 'it ends with the token');
    my ($question) = $idp->questions('/introspect/idp', $token);
    is($question->{method}, 'POST', 'it is asked with POST');
    is_deeply($question->{form}, { token => $token, token_type_hint => 'access_token' }, 'with the token in the body');
    my ($id, $secret) = split /:/, decode_base64(($question->{authorization} // '') =~ s/^Basic //r), 2;
    is(Tokex::OpaqueIssuer::decode($id), 'gate way', 'as our client there');
    is(Tokex::OpaqueIssuer::decode($secret), $SENT, 'with its secret');
    my $line = $world->audit_of($answer);
    ok((grep { $_ eq 'introspection' || /^introspection:/ } @{ $line->{trace} }), 'the audit line has the step')
        or diag(json($line));

    my $posted = known($idp, 'posting', good());
    is(ask('posting', $posted)->status, 200, 'with introspection_auth post');
    ($question) = $idp->questions('/introspect/posting', $posted);
    is($question->{authorization}, undef, 'there is no header');
    is($question->{form}{client_id}, 'gate way', 'but the client in the body');
    is($question->{form}{client_secret}, $SENT, 'and its secret');
};

subtest 'what introspection must say' => sub {
    my $is = sub {
        my ($name, $code, $says, %more) = @_;
        refused($name, ask('idp', known($idp, 'idp', $says, %more)), $code eq 'issuer_unavailable' ? 503 : 400, $code);
    };
    $is->('OPQ-001 active false', 'token_inactive', { active => JSON::PP::false() });
    $is->('OPQ-001 active as a text', 'token_inactive', good(active => 'true'));
    $is->('OPQ-003 exp in the past', 'expired', good(exp => time - 3600));
    $is->('OPQ-003 nbf in the future', 'not_yet_valid', good(nbf => time + 3600));
    $is->('OPQ-003 another iss', 'introspected_issuer', good(iss => 'https://rival.example'));
    $is->('OPQ-003 another aud', 'aud_wrong', good(aud => 'https://elsewhere.example'));
    $is->('OPQ-004 neither sub nor username', 'sub_malformed', { active => JSON::PP::true() });
    $is->('OPQ-005 token_type DPoP', 'token_bound', good(token_type => 'DPoP'));
    $is->('OPQ-005 cnf', 'token_bound', good(cnf => { jkt => 'x' }));
    $is->('OPQ-007 HTML', 'issuer_unavailable', '<html>', type => 'text/html');
    $is->('OPQ-007 JSON that is declared as HTML', 'issuer_unavailable', good(), type => 'text/html');
    $is->('OPQ-007 a list', 'issuer_unavailable', '[{"active":true,"sub":"a"}]');
    $is->('OPQ-007 no end of it', 'issuer_unavailable', '', endless => 1);
    $is->('OPQ-007 1 MiB and one', 'issuer_unavailable', json(good(pad => 'x' x (1024 * 1024))));
    $is->('OPQ-007 twice the same member', 'issuer_unavailable', '{"active":false,"active":true,"sub":"a"}');
    $is->('OPQ-010 a signed answer', 'issuer_unavailable', 'eyJhbGciOiJSUzI1NiJ9.e30.AA', type => 'application/token-introspection+jwt');
    $is->('status 500', 'issuer_unavailable', good(), status => '500 Broken');
    $is->('status 401', 'issuer_unavailable', good(), status => '401 Unauthorized');
    my @before = $rival->questions;
    $is->('a redirect', 'issuer_unavailable', '', status => '307 There', location => $rival->url('/introspect/idp'));
    is(scalar($rival->questions), scalar(@before), 'OPQ-016 and the token does not go where it leads');
    is(ask('idp', known($idp, 'idp', { active => JSON::PP::true(), username => 'mira', scope => 'orders.read' }))->status, 200, 'username alone is a subject');
};

subtest 'whose token it is' => sub {
    my $token = known($idp, 'idp', good());
    $rival->says('/introspect/rival', $token, good(sub => 'thief'));
    my @before = map { scalar $_->questions } $idp, $rival;
    refused('OPQ-016 a client of two issuers', ask('both', $token), 400, 'opaque_issuer');
    is(visit('/both/x', $token)->status, 401, 'OPQ-016 a location of two issuers');
    is_deeply([map { scalar $_->questions } $idp, $rival], \@before, 'OPQ-016 and neither of them is asked');
    is(claims_of(ask('told', $token))->{sub}, 'auth0|user-1', 'the client says whose it is');
    is(goes_on(visit('/told/x', $token))->{sub}, 'auth0|user-1', 'at a location too');
    is(scalar($rival->questions), $before[1], 'OPQ-016 and the other one never sees it');
    my $jwt = $world->token;
    ask('idp', $jwt);
    is(scalar(grep { $_->{token} eq $jwt } $idp->questions), 0, 'a JWT is shown to nobody');
    refused('a token that is declared as a JWT', ask('idp', $token, subject_token_type => "$Tokex::World::TYPE:jwt"), 400, 'token_shape');
    refused('a client whose issuers take none', $world->exchange(subject_token => $token, subject_token_type => $ACCESS), 400, 'token_shape');
};

subtest 'a location' => sub {
    my $token = known($idp, 'idp', good(department => 'sales'));
    my $answer = visit('/idp/x', $token);
    is($answer->status, 404, 'CE-49 the request passes') or diag($answer->body);
    my $claims = goes_on($answer);
    is($claims->{sub}, 'auth0|user-1', 'our token goes on');
    is($claims->{department}, 'sales', 'with what introspection says');
    is(visit('/idp/x', $token)->status, 404, 'and again');
    is(scalar($idp->questions('/introspect/idp', $token)), 1, 'for which nobody is asked again');
    $answer = visit('/idp/x', known($idp, 'idp', { active => JSON::PP::false() }));
    is($answer->status, 401, 'OPQ-001 a token that is not active');
    like($answer->header('www-authenticate') // '', qr/invalid_token/, 'is invalid_token');
    $answer = visit('/away/x', opaque('away'));
    is($answer->status, 503, 'an issuer that is down is no fault of the token');
    ok($answer->header('retry-after'), 'and it says when to come again');
};

subtest 'the walk-through of the seed: Auth0 without an API' => sub {
    my $token = opaque('auth0');
    $auth0->says('/userinfo', $token, {
        sub => 'auth0|61dc1e33fa020d00693862e9', name => 'Mira', 'https://example.com/groups' => [qw(user admin)],
        'https://example' => { 'com/groups' => ['wrong'] }
    });
    my $claims = claims_of(ask('seed', $token));
    is_deeply($claims->{groups}, [qw(user admin)], 'CE-43 OPQ-018 groups of UserInfo are mapped');
    is($claims->{sub}, 'auth0|61dc1e33fa020d00693862e9', 'CE-46 sub is unchanged');
    is($claims->{idp}, 'auth0', 'CE-45 idp names the issuer');
    my ($question) = $auth0->questions('/userinfo', $token);
    is($question->{method}, 'GET', 'CE-37 UserInfo is asked with GET');
    is($question->{authorization}, "Bearer $token", 'with the token in the header');
    is_deeply(goes_on(visit('/seed/anything', $token))->{groups}, [qw(user admin)], 'CE-44 a location passes the same on');
    is(scalar($auth0->questions('/userinfo', $token)), 1, 'and UserInfo was asked once');

    my $says = sub { my ($body, %more) = @_; my $other = opaque('auth0'); $auth0->says('/userinfo', $other, $body, %more); return ask('seed', $other) };
    refused('OPQ-013 UserInfo without sub', $says->({ name => 'Mira' }), 400, 'sub_malformed');
    refused('OPQ-014 UserInfo answers 401', $says->('', status => '401 Unauthorized'), 400, 'token_inactive');
    refused('OPQ-015 UserInfo is a list', $says->('[{"sub":"a"}]'), 503, 'issuer_unavailable');
    refused('OPQ-015 UserInfo is a JWT', $says->('eyJhbGciOiJSUzI1NiJ9.e30.AA', type => 'application/jwt'), 503, 'issuer_unavailable');
    refused('OPQ-019 ten thousand groups', $says->({ sub => 'a', 'https://example.com/groups' => [map {"g$_"} 1 .. 10000] }), 400, 'claims_size');
    refused('CE-41 groups of another type', $says->({ sub => 'a', 'https://example.com/groups' => 'admin' }), 400, 'mapping_type');
    is(visit('/seed/x', opaque('auth0'))->status, 401, 'OPQ-014 at a location that is 401');
};

subtest 'UserInfo for a JWT' => sub {
    my $token = sub { my (%more) = @_; return $world->token(key => 'ec', issuer => 'people', claims => { sub => 'p1', %more }) };
    my $jwt = $token->();
    $auth0->says('/userinfo/people', $jwt, { sub => 'p1', nickname => 'Mi' });
    is(claims_of(ask('people', $jwt))->{nickname}, 'Mi', 'CE-42 a row with that source has it asked');
    my $other = $token->(jti => 'other');
    $auth0->says('/userinfo/people', $other, { sub => 'p2', nickname => 'Mi' });
    refused('UserInfo of somebody else', ask('people', $other), 400, 'userinfo_subject');
    my $asked = $auth0->questions;
    refused('what is refused anyway', ask('people', $token->(aud => 'https://elsewhere.example')), 400, 'aud_wrong');
    is(scalar($auth0->questions), $asked, 'CE-42 asks nobody');
};

subtest 'how long an answer counts' => sub {
    my $end = int(time) + 3;
    my $token = known($idp, 'idp', good(exp => $end));
    is(ask('idp', $token)->status, 200, 'a token with three seconds to live');
    is(ask('idp', $token)->status, 200, 'is good for another exchange') for 1 .. 2;
    is(scalar($idp->questions('/introspect/idp', $token)), 1, 'and its issuer is asked once');
    $idp->says('/introspect/idp', $token, good(exp => $end + 600));
    Tokex::Httpd::wait_for($world->httpd, sub { time >= $end }, 5);
    is(ask('idp', $token)->status, 200, 'OPQ-008 at its end');
    is(scalar($idp->questions('/introspect/idp', $token)), 2, 'OPQ-008 the issuer is asked again');

    my $fresh = known($idp, 'fresh', good());
    is(visit('/fresh/x', $fresh)->status, 404, 'with opaque_cache 0') for 1 .. 2;
    is(scalar($idp->questions('/introspect/fresh', $fresh)), 2, 'OPQ-008 the issuer is asked each time, at a location too');

    my $short = known($idp, 'short', good());
    is(visit('/short/x', $short)->status, 404, 'with opaque_cache 2');
    $idp->says('/introspect/short', $short, { active => JSON::PP::false() });
    my $from = time;
    ok($world->httpd->wait_for(sub { visit('/short/x', $short)->status == 401 }, 5), 'OPQ-008 what is revoked there dies here');
    cmp_ok(time - $from, '<', 4, 'after two seconds');

    my $no = known($idp, 'idp', { active => JSON::PP::false() });
    is(ask('idp', $no)->status, 400, 'a refusal') for 1 .. 3;
    is(scalar($idp->questions('/introspect/idp', $no)), 1, 'is remembered');
    $idp->says('/introspect/idp', $no, good());
    $from = time;
    ok($world->httpd->wait_for(sub { ask('idp', $no)->status == 200 }, 15), 'OPQ-009 but not for long');
    cmp_ok(time - $from, '<', 11, 'OPQ-009 ten seconds at most');
};

# `count` processes that all ask at the same moment; how often each status came, and the longest time.
sub at_once
{
    my ($count, $client, @tokens) = @_;
    my $begin = time + 0.3;
    my @workers = map {
        my $token = $tokens[($_ - 1) % @tokens];
        pipe my $read, my $write or die "pipe: $!\n";
        my $pid = fork // die "fork: $!\n";
        if (!$pid) {
            my $octets = Tokex::Http::octets('POST', '/sts/token',
                ['Content-Type' => 'application/x-www-form-urlencoded', Authorization => Tokex::Http::basic($client, $world->secret($client)), Connection => 'close'],
                Tokex::Http::form($world->form(subject_token => $token, subject_token_type => $ACCESS)));
            sleep($begin - time) if $begin > time;
            my $from = time;
            my $status = eval { Tokex::Http->new($world->port)->request($octets)->status } // 'none';
            print {$write} "$status ", time - $from, "\n";
            close $write;
            POSIX::_exit(0);
        }
        close $write;
        { pid => $pid, read => $read };
    } 1 .. $count;
    my (%count, $slowest);
    for my $worker (@workers) {
        my ($status, $took) = split ' ', readline($worker->{read}) // 'none 0';
        waitpid $worker->{pid}, 0;
        $count{$status}++;
        $slowest = max($slowest // 0, $took);
    }
    return (\%count, $slowest);
}

subtest 'many at once' => sub {
    my $token = known($idp, 'idp', good(), after => 0.5);
    my ($count) = at_once(4, 'idp', $token);
    is_deeply($count, { 200 => 4 }, 'four requests with one token');
    is(scalar($idp->questions('/introspect/idp', $token)), 1, 'ask its issuer once');
};

subtest 'an issuer that is silent' => sub {
    my ($count, $slowest);
    $idp->mode('silent');
    ($count, $slowest) = at_once(6, 'idp', map { opaque('idp') } 1 .. 6);
    is_deeply([keys %$count], [503], 'field notes 7 its tokens get 503');
    cmp_ok($slowest, '<', 5, 'field notes 7 no request waits five seconds');
    my $answer = ask('idp', opaque('idp'));
    refused('the next one', $answer, 503, 'issuer_unavailable');
    is($answer->header('retry-after'), 2, 'with Retry-After');
    $idp->mode('');
    my $token = known($idp, 'idp', good());
    ok($world->httpd->wait_for(sub { ask('idp', $token)->status == 200 }, 5), 'and when it answers again all is well');
    my $log = $world->httpd->error_log;
    like($log, qr/TX00092: issuer "idp" could not be asked/, 'the log says so');
    like($log, qr/TX00093: issuer "idp" says/, 'and that it is over');
    unlike($log, qr/\Q$token\E|idp-\d+-/, 'without a token');
};

subtest 'other tokens while one issuer is silent' => sub {
    my $fine = known($rival, 'rival', good());
    $idp->mode('silent');
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        at_once(8, 'idp', map { "idp-stuck-$_-$$" } 1 .. 8);
        POSIX::_exit(0);
    }
    $world->httpd->wait_for(sub { scalar(grep { ($_->{token} // '') =~ /^idp-stuck/ } $idp->questions) }, 5);
    my $from = time;
    is(ask('rival', $fine)->status, 200, 'those of another issuer pass');
    cmp_ok(time - $from, '<', 1, 'at once');
    is($world->exchange->status, 200, 'so do JWTs');
    waitpid $pid, 0;
    $idp->mode('');
};

subtest 'what the configuration says takes effect' => sub {
    my $token = known($idp, 'told', good());
    $idp->says('/introspect/idp', $token, good());
    ok($world->httpd->wait_for(sub { visit('/told/x', $token)->status == 404 }, 3), 'a token');
    my $document = $world->edited(sub { $_->{id} eq 'idp' && ($_->{enabled} = \0) for @{ $_[0]{issuers} } });
    $world->ctl->import_document($document);
    ok($world->httpd->wait_for(sub { visit('/told/x', $token)->status == 401 }, 3), 'of an issuer that is switched off dies');
    is_deeply([$rival->questions('/introspect/rival', $token)], [], 'OPQ-016 and is not shown to the other one then');
    $world->ctl->import_document($world->document);
    ok($world->httpd->wait_for(sub { visit('/told/x', $token)->status == 404 }, 3), 'and lives again');
};

subtest 'what is counted' => sub {
    my $count = sub { my ($outcome) = @_; return Tokex::Http::get($world->port, '/metrics')->body =~ /^tokex_token_questions_total\{outcome="$outcome"\} (\d+)$/m ? $1 : -1 };
    my %before = map { $_ => $count->($_) } qw(good failed spared);
    my $token = known($idp, 'idp', good());
    ask('idp', $token) for 1 .. 3;
    ask('idp', known($idp, 'idp', 'nothing'));
    is_deeply({ map { $_ => $count->($_) - $before{$_} } qw(good failed spared) }, { good => 1, failed => 1, spared => 2 }, 'questions, by what came of them');
};

subtest 'tokexctl try' => sub {
    my $file = File::Temp->new;
    print {$file} known($idp, 'idp', good()), "\n";
    close $file;
    my @asked = $idp->questions;
    my $try = sub {
        my ($client) = @_;
        my (undef, $out) = $world->ctl->run(undef, 'try', '--client', $client, '--subject-token', "$file", '--subject-token-type', 'access_token', '--json');
        return unjson($out);
    };
    my $said = $try->('idp');
    is($said->{verdict}, 'undetermined', 'asks no issuer about a token, and says so') or diag(json($said));
    my %state = map { $_->{step} // $_->{name} => $_->{state} } @{ $said->{steps} };
    is($state{introspection}, 'not asked', 'at the step that would');
    is($state{signature}, 'skipped', 'and there is no signature to look for');
    is($try->('both')->{code}, 'opaque_issuer', 'what nobody has to be asked for it says');
    is(scalar($idp->questions), scalar(@asked), 'and nobody was asked');
};

# What does not depend on threads holds where each process is one, too.
subtest 'prefork' => sub {
    local $world = opaque_world('prefork');
    my $token = known($idp, 'idp', good());
    is(ask('idp', $token)->status, 200, 'an opaque token is exchanged');
    is(visit('/idp/x', $token)->status, 404, 'and passes a location');
    $idp->mode('silent');
    my $from = time;
    is(ask('idp', opaque('idp'))->status, 503, 'field notes 7 of a silent issuer it gets 503');
    cmp_ok(time - $from, '<', 5, 'field notes 7 within five seconds');
    is($world->exchange->status, 200, 'JWTs are exchanged as ever');
    $idp->mode('');
};

subtest 'the secret' => sub {
    my $ctl = $world->ctl;
    my $export = $ctl->export_text;
    unlike($export, qr/introspection_secret|introspection_sealed|p:a ss/, 'is in no export');
    my $whole = $ctl->export_text('--with-secrets');
    like($whole, qr/"introspection_sealed": "1\./, 'sealed in one with secrets');
    unlike($whole, qr/p:a ss/, 'and never in the clear');
    $ctl->import_document(unjson($export));
    my $token = known($idp, 'idp', good());
    ok($world->httpd->wait_for(sub { ask('idp', $token)->status == 200 }, 3), 'an import that leaves it out keeps it');
    my ($status, $out, $said) = $ctl->run(undef, 'issuer', 'show', 'idp');
    unlike("$out$said", qr/p:a ss|"1\./, 'tokexctl issuer show does not tell it');
    ($status, $out, $said) = $ctl->run(undef, 'issuer', 'test', 'idp');
    like($out, qr/^ok +introspection/m, 'tokexctl issuer test asks introspection');
    ($status, $out, $said) = $ctl->run(undef, 'issuer', 'test', 'auth0');
    like($out, qr/^ok +userinfo/m, 'and UserInfo');
    ($status, $out, $said) = $ctl->run(undef, 'issuer', 'test', 'away');
    is($status, 1, 'and fails where nobody is');
    like($out, qr/^failed +introspection/m, 'and says so');
    for my $database (qw(config.db state.db)) {
        my ($file) = grep {-f} map {"$ctl->{dir}/$_"} $database, "config/$database", "state/$database";
        unlike(Tokex::HostileServer::slurp($file), qr/p:a ss/, "$database does not have it in the clear") if $file;
    }
    ($status, $out, $said) = $ctl->run(undef, 'doctor');
    like($out, qr/introspection_secret of issuer "idp" opens with/, 'doctor opens it');
    ($status, $out, $said) = $ctl->run(\json($world->edited(sub { for (@{ $_[0]{issuers} }) { delete $_->{introspection_secret}; $_->{introspection_sealed} = '1.AAAA' if $_->{introspection_url} } })), 'import', '-');
    isnt($status, 0, 'one that was sealed elsewhere is refused');
    like($said, qr/introspection_sealed.*does not open/, 'and it says why');
    ($status, $out, $said) = $ctl->run(\json($world->edited(sub { push @{ $_[0]{issuers} }, { id => 'bare', name => 'Bare', issuer => 'https://bare.example', introspection_url => 'https://bare.example/i' } })), 'import', '-');
    isnt($status, 0, 'an introspection_url without a client is refused');

    my $file = File::Temp->new;
    print {$file} "another\n";
    close $file;
    ($status, $out, $said) = $ctl->run(undef, 'issuer', 'set', 'idp', "introspection_secret=\@$file");
    is($status, 0, 'a new one comes from a file') or diag($said);
    unlike("$out$said", qr/another/, 'and is not told');
    ($status, $out, $said) = $ctl->run(undef, 'issuer', 'set', 'idp', 'introspection_url=' . $rival->url('/introspect/idp'));
    isnt($status, 0, 'it does not go with introspection_url to another server');
    like($said, qr/was written for another server/, 'and it says so');
    ($status, $out, $said) = $ctl->run(undef, 'issuer', 'set', 'idp', 'introspection_url=' . $idp->url('/introspect/elsewhere'), '--dry-run');
    is($status, 0, 'but to another address of the same one') or diag($said);
    $token = known($idp, 'idp', good());
    my $sent = sub { my ($question) = reverse $idp->questions('/introspect/idp', $_[0]); return decode_base64(($question->{authorization} // '') =~ s/^Basic //r) };
    ok($world->httpd->wait_for(sub { my $new = known($idp, 'idp', good()); ask('idp', $new)->status == 200 && $sent->($new) =~ /:another$/ }, 3),
        'the server asks with it within a second or two');
    ($status, $out, $said) = $ctl->run(undef, 'history', 'show', ($ctl->must(undef, 'history') =~ /^ *(\d+)/m)[0]);
    unlike("$out$said", qr/another|"1\./, 'history does not tell it');
    like($out, qr/introspection_sealed: changed/, 'but that it changed');
};

done_testing();
