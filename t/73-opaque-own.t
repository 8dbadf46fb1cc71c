#!/usr/bin/perl
# Opaque access tokens of ours: who gets them, that they are taken wherever a JWT of ours is, and that nothing
# but what we sealed is one.
#
#   prove -I t/lib t/73-opaque-own.t :: location
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Felt;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(unjson);
use Tokex::Parts;
use Tokex::Protected;

my $TYPE = 'urn:ietf:params:oauth:token-type';
my $INACTIVE = '{"active":false}';

# `hush` gets opaque tokens, `plain` JWTs, and both exchange ours again; tokens for `secret` are opaque whoever gets
# them.
sub world
{
    my (%want) = @_;
    my $shows = 'Header set X-Goes-On "expr=%{req:Authorization}"';
    return Tokex::Protected->new(
        modules => ['headers'],
        locations => [
            '/api' => $shows,
            '/hush' => "TokexClient hush\n$shows",
            '/own' => "TokexOwnTokens accept\n$shows",
            '/again' => "TokexClient hush\nTokexOwnTokens exchange\n$shows",
            '/jwt' => "TokexOwnTokens accept\nTokexSubjectTokenType jwt"
        ],
        document => sub {
            my ($document, $self) = @_;
            my $rules = [{ id => 'only', issuers => ['partner', 'self'], targets => [qw(api billing secret)], default_target => 'api' }];
            push @{ $document->{targets} },
                { id => 'secret', name => 'Secret', audience => 'https://secret.example', scopes => ['orders.read'], token_format => 'opaque' };
            push @{ $document->{clients} },
                $self->client('hush', token_format => 'opaque', rules => $rules),
                $self->client('plain', rules => $rules),
                $self->client('inspector', grant_types => [], introspects => [qw(api secret)]);
        },
        %want
    );
}

sub inquire
{
    my ($world, $page, $client, $token, @headers) = @_;
    return Tokex::Http::post_form($world->port, "/sts/$page", [token => $token],
        Authorization => Tokex::Http::basic($client, $world->secret($client)), @headers);
}

sub is_active { my ($world, $token) = @_; return inquire($world, 'introspect', 'inspector', $token)->json->{active} ? 1 : 0 }

Tokex::Httpd::needs($_) or do { done_testing(); exit } for qw(socache_shmcb authz_user headers);

part 'the token endpoint' => sub {
    my $world = world();
    my $got = $world->exchange(-client => 'hush', scope => 'orders.read')->json;
    like($got->{access_token}, qr/^txo_[\w-]+\.[\w-]+$/, 'a client has them opaque');
    is($got->{issued_token_type}, "$TYPE:access_token", 'which the answer calls an access token');
    is($got->{token_type}, 'Bearer', 'to be sent as any other');
    my $jwt = $world->exchange(-client => 'plain', scope => 'orders.read')->json;
    like($jwt->{access_token}, qr/^eyJ/, 'another client gets a JWT');
    my $secret = $world->exchange(-client => 'plain', audience => 'secret')->json;
    like($secret->{access_token}, qr/^txo_/, 'but not for a target that has them opaque');
    for my $type (['jwt', 'hush'], ['jwt', 'plain', audience => 'secret'], ['jwt', 'plain', audience => ['api', 'secret']]) {
        my ($name, $client, @more) = @$type;
        my $answer = $world->exchange(-client => $client, requested_token_type => "$TYPE:$name", @more);
        is(join(' ', $answer->status, @{ $answer->json }{qw(error error_description)}),
            '400 invalid_request The requested_token_type is not supported.', "no JWT can be asked for: @$type[1 .. $#$type]");
        is(($world->audit_of($answer) || {})->{code}, 'token_format', 'and the log says why');
    }
    my $said = inquire($world, 'introspect', 'inspector', $got->{access_token})->json;
    ok($said->{active}, 'it is asked about');
    is_deeply([@$said{qw(token_type client_id sub scope aud iss)}],
        ['Bearer', 'hush', 'auth0|user-1', 'orders.read', ['https://api.example'], $world->issuer_url], 'and says what a JWT would');
    is($said->{exp} - $said->{iat}, $got->{expires_in}, 'and when it ends');
    is(inquire($world, 'introspect', 'hush', $got->{access_token})->body, $INACTIVE, 'to whom it concerns alone');
    my $again = $world->exchange(-client => 'hush', subject_token => $got->{access_token}, subject_token_type => "$TYPE:access_token");
    is($again->status, 200, 'it is exchanged again') or diag($again->body);
    my $other = $world->exchange(-client => 'plain', subject_token => $got->{access_token}, subject_token_type => "$TYPE:access_token");
    is(($world->audit_of($other) || {})->{code}, 'aud_wrong', 'by its client alone');
    my $declared = $world->exchange(-client => 'hush', subject_token => $got->{access_token}, subject_token_type => "$TYPE:jwt");
    is(($world->audit_of($declared) || {})->{code}, 'token_shape', 'and as an access token alone');
    is(inquire($world, 'revoke', 'plain', $got->{access_token})->json->{error}, 'invalid_grant', 'another client cannot give it back');
    is(inquire($world, 'revoke', 'hush', $got->{access_token})->status, 200, 'its client can');
    felt('and it is active nowhere', sub { !is_active($world, $got->{access_token}) });
    felt('nor is what came of it', sub { !is_active($world, $again->json->{access_token}) });
    my %log = $world->logs;
    ok(!grep({ index($log{$_}, substr $got->{access_token}, 40) >= 0 } keys %log), 'LOG-004 and no token stands in a log');
    ok($world->httpd->stop, 'it stops');
};

part 'INT-014 changed' => sub {
    my $world = world();
    my $token = $world->exchange(-client => 'hush')->json->{access_token};
    my $flip = sub { my ($at) = @_; my $bad = $token; substr($bad, $at, 1) = substr($bad, $at, 1) eq 'A' ? 'B' : 'A'; return $bad };
    my %bad = (
        'a character shorter' => substr($token, 0, -1),
        'four shorter' => substr($token, 0, -4),
        'a character longer' => "${token}A",
        'four longer' => "${token}AAAA",
        'another prefix' => 'txp_' . substr($token, 4),
        'the prefix alone' => 'txo_',
        'another salt' => $flip->(10),
        'another nonce' => $flip->(30),
        'other octets' => $flip->(length($token) / 2),
        'another tag' => $flip->(length($token) - 3),
        'without its prefix' => substr($token, 4),
        'too long' => $token . 'A' x 70_000
    );
    for my $what (sort keys %bad) {
        is(inquire($world, 'introspect', 'inspector', $bad{$what})->body, $INACTIVE, "INT-014 not active: $what");
        is(inquire($world, 'revoke', 'hush', $bad{$what})->status, 200, 'nothing to give back');
    }
    ok(is_active($world, $token), 'the token is good');
    ok($world->httpd->stop, 'it stops');
};

part 'locations' => sub {
    my $world = world();
    my $goes_on = sub { my ($path, $token) = @_; return $world->ask($path, $token)->header('x-goes-on') // '' };
    my $jwt = $world->token;
    like($goes_on->('/api/x', $jwt), qr/^Bearer eyJ/, 'a backend gets a JWT');
    like($goes_on->('/hush/x', $jwt), qr/^Bearer txo_/, 'or an opaque token, as the location\'s client has it');
    my ($first, $second) = map { $goes_on->('/hush/x', $jwt) } 1, 2;
    is($first, $second, 'the same once it is remembered');
    ok(is_active($world, $first =~ s/^Bearer //r), 'about which a backend asks');
    my $ours = $world->exchange(-client => 'hush')->json->{access_token};
    is($goes_on->('/own/x', $ours), "Bearer $ours", 'one of ours goes on as it is where those are taken');
    like($goes_on->('/again/x', $ours), qr/^Bearer txo_(?!\Q@{[substr $ours, 4, 20]}\E)/, 'or is exchanged for another');
    is($world->ask('/api/x', $ours)->status, 401, 'elsewhere it is refused');
    is($world->ask('/jwt/x', $ours)->status, 401, 'so it is where tokens are JWTs');
    is($world->ask('/own/x', substr($ours, 0, -1))->status, 401, 'INT-014 and where it was changed');
    my ($line) = grep { ($_->{location} // '') eq '/own' && $_->{outcome} eq 'accepted' } $world->decisions;
    is($line->{subject}, 'auth0|user-1', 'the audit log names who it is');
    is(inquire($world, 'revoke', 'hush', $ours)->status, 200, 'it is given back');
    felt('and let in no more, though it was and is remembered', sub { $world->ask('/own/x', $ours)->status == 401 });
    ok($world->httpd->stop, 'it stops');
};

part 'tokexctl' => sub {
    my $world = world();
    my $ctl = $world->ctl;
    my $token = $world->exchange(-client => 'hush')->json->{access_token};
    my $show = sub { return unjson($ctl->must(\$_[0], 'token', 'show', '-', '--json')) };
    my $said = $show->("$token\n");
    ok($said->{verified} && $said->{opaque} && $said->{issuer} eq 'self' && !$said->{revoked}, 'shows what is sealed in it');
    is($said->{claims}{client_id}, 'hush', 'with its claims');
    like($ctl->must(\$token, 'token', 'show', '-'), qr/^Opaque: .*^Signature: verified\nIssuer: this server\n/ms, 'for people too');
    my ($status, $out) = $ctl->run(\(my $cut = substr $token, 0, -1), 'token', 'show', '-');
    ok($status == 1 && $out =~ /^Signature: not verified: /m, 'of one that was changed nothing');
    my ($line) = grep { $_->{outcome} eq 'granted' } $world->decisions;
    my $told;
    ok($world->httpd->wait_for(sub { ($status, $told) = $ctl->run(undef, 'explain', $line->{receipt}); return !$status }, 10), 'a receipt is explained');
    like($told, qr/token_format/, 'with the setting that makes it opaque') or diag($told);
    my $file = $world->httpd->dir . '/token';
    open my $to, '>', $file or die "$file: $!\n";
    print {$to} $token;
    close $to;
    my @question = ('try', '--client', 'hush', '--subject-token', $file, '--subject-token-type', 'access_token');
    like($ctl->must(undef, @question), qr/\AGranted: an opaque token for .*^\s+\d+\s+token .*?an opaque token of ours.*^The subject token \(opaque; sealed in it is\).*"client_id": "hush".*^The token as it would be issued \(opaque;/ms,
        'what would come of it is told');
    $ctl->must(\$token, 'token', 'revoke', '-');
    ok($show->($token)->{revoked}, 'takes it back');
    felt('which the server feels', sub { !is_active($world, $token) });
    $ctl->must(undef, 'client', 'set', 'hush', 'token_format=jwt');
    felt('set to jwt, the client gets JWTs', sub { ($world->exchange(-client => 'hush')->json->{access_token} // '') =~ /^eyJ/ });
    my $later = $world->exchange(-client => 'plain', audience => 'secret')->json->{access_token};
    ok(is_active($world, $later), 'a token before');
    ($status) = $ctl->run(undef, 'client', 'set', 'hush', 'token_format=jwe');
    isnt($status, 0, 'there is no third format');
    ok($world->httpd->graceful, 'a graceful restart');
    ok(is_active($world, $later), 'and after it it is as good') for 1 .. 4;
    ok($world->httpd->stop, 'it stops');
};

part 'RFC 9701' => sub {
    my $world = world();
    my $token = $world->exchange(-client => 'plain')->json->{access_token};
    my $accept = sub { return inquire($world, 'introspect', 'inspector', $token, Accept => $_[0]) };
    my $signed = 'application/token-introspection+jwt';
    for my $alone ($signed, uc $signed, "$signed;q=0.9", "$signed, text/html", "$signed, application/json;q=0") {
        my $answer = $accept->($alone);
        is(join(' ', $answer->status, $answer->json->{error}), '406 invalid_request', "INT a signed answer alone is refused: $alone");
        ok(!exists $answer->json->{active}, 'and nothing is said of the token');
    }
    for my $also ('application/json', '*/*', "$signed, application/json", "$signed, */*;q=0.1", "$signed;q=0, text/html", 'application/*') {
        my $answer = $accept->($also);
        ok($answer->status == 200 && $answer->json->{active}, "who takes JSON too gets it: $also");
        like($answer->header('content-type'), qr{^application/json}, 'as what it is');
    }
    my $metadata = Tokex::Http::get($world->port, '/sts/.well-known/oauth-authorization-server')->json;
    ok(!grep({ /^introspection_(?:signing|encryption)/ } keys %$metadata), 'metadata offers none');
    ok($world->httpd->stop, 'it stops');
};

done_testing();
