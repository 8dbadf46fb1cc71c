#!/usr/bin/perl
# The JWT bearer grant (RFC 7523 section 2.1): an assertion of a trusted issuer becomes a token of ours, under the
# same rules as an exchange. It is for us alone, young, and counts once: for all processes, over a restart, and
# also where an issuer's subject tokens do (one_time).
#
#   prove -I t/lib t/91-jwt-bearer.t :: once
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Felt;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(b64u unjson);
use Tokex::Parts;
use Tokex::Protected;

my $EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
my $ASSERTION = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
my $TYPE = 'urn:ietf:params:oauth:token-type';
# As many as state.db keeps (TOKEX_LIMIT_SPENT).
my $MOST = 200_000;

# Clients: `bearer` has the grant alone, `all` every grant, `delegating` is the actor itself. The issuer `once` has
# one_time, `hasty` a largest age that is less than that of its assertions.
sub world
{
    my (%want) = @_;
    return Tokex::Protected->new(
        locations => ['/api' => '', '/once' => 'TokexTrustedIssuers once'],
        document => sub {
            my ($document, $self) = @_;
            my $keys = [{ jwk => $self->key('rsa')->public_jwk }];
            push @{ $document->{issuers} },
                ($self->issuer('hasty', keys => $keys, algorithms => ['RS256'], max_age => 30))[1];
            my $rule = sub {
                return [{
                    id => 'only', issuers => [qw(partner other hasty id-token-only once self)], targets => [qw(api billing)],
                    default_target => 'api', @_
                }];
            };
            push @{ $document->{clients} }, $self->client('bearer', grant_types => [$ASSERTION], rules => $rule->()),
                $self->client('all', grant_types => [$EXCHANGE, $ASSERTION, 'refresh_token'], rules => $rule->(refresh_lifetime => 600)),
                $self->client('delegating', grant_types => [$ASSERTION], rules => $rule->(impersonation => \0, delegation => \1, client_as_actor => \1));
        },
        %want
    );
}

# assertion(claims): a good one but for these.
sub assertion { my ($world, %claims) = @_; return $world->token(claims => { exp => int(time) + 120, %claims }) }

# grant(client, assertion, more pairs)
sub grant
{
    my ($world, $client, $assertion, @more) = @_;
    return $world->post([grant_type => $ASSERTION, (defined $assertion ? (assertion => $assertion) : ()), @more],
        Authorization => Tokex::Http::basic($client, $world->secret($client)));
}

# The same on a connection of its own: any process may answer.
sub anew
{
    my ($world, $client, $assertion, @more) = @_;
    return Tokex::Http::post_form($world->port, '/sts/token', [grant_type => $ASSERTION, assertion => $assertion, @more],
        Authorization => Tokex::Http::basic($client, $world->secret($client)));
}

sub is_granted
{
    my ($world, $answer, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is($answer->status, 200, $name) || diag($answer->body);
}

# ... with the code that the trace ends with.
sub is_refused
{
    my ($world, $answer, $wanted, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->read_audit;
    my $line = $world->{audit}{ $answer->json->{receipt} // '' } // {};
    my ($last) = ($line->{trace}[-1] // '') =~ /([^:]+)$/;
    return is(join(' ', $answer->status, $answer->json->{error} // '', $line->{code} // '', $last // ''), $wanted, $name);
}

sub database { my ($world) = @_; return $world->httpd->dir . '/tokex/state/state.db' }

sub sql
{
    my ($world, $statement) = @_;
    my @command = ('sqlite3', '-cmd', '.timeout 5000', database($world), $statement);
    open my $from, '-|', @command or die "sqlite3: $!\n";
    my $text = do { local $/ = undef; <$from> };
    close $from or die "sqlite3 fails: $statement\n";
    chomp $text;
    return $text;
}

Tokex::Httpd::needs($_) or do { done_testing(); exit } for qw(socache_shmcb authz_user);

part 'the grant' => sub {
    my $world = world();
    my $metadata = Tokex::Http::get($world->port, '/sts/.well-known/oauth-authorization-server')->json;
    is_deeply($metadata->{grant_types_supported}, [$EXCHANGE, $ASSERTION, 'refresh_token'], 'CI-7 metadata names the grant');
    my $answer = grant($world, 'bearer', assertion($world), scope => 'orders.read');
    is_granted($world, $answer, 'CI-7 an assertion brings a token');
    is($answer->header('cache-control'), 'no-store', '... that nobody keeps');
    my $json = $answer->json;
    is(join(' ', sort keys %$json), 'access_token expires_in scope token_type', '... as RFC 6749 section 5.1 says, without issued_token_type');
    my ($claims) = $world->decode($json->{access_token});
    is("@$claims{qw(iss sub client_id idp scope)}", join(' ', $world->issuer_url, 'auth0|user-1', 'bearer', 'partner', 'orders.read'), '... of ours');
    is($claims->{email}, 'user.one@people.example', '... mapped');
    cmp_ok($json->{expires_in}, '<=', 120, '... that ends with the assertion');
    $world->read_audit;
    my $line = $world->{audit}{ $claims->{jti} };
    is($line->{trace}[-1], 'once:ok', '... and its line in the audit log ends with that');
    is_deeply(($world->decode(grant($world, 'bearer', assertion($world), audience => 'billing', resource => 'https://api.example/')->json->{access_token}))[0]{aud},
        ['https://billing.example', 'https://api.example'], 'audience and resource count (RFC 8707)');
    ok(!exists grant($world, 'all', assertion($world))->json->{refresh_token}, 'no refresh token comes of it, for whoever could have one (RFC 7521 section 4.1)');
    ok(exists $world->exchange(-client => 'all')->json->{refresh_token}, '... by an exchange');
    my ($acted) = $world->decode(grant($world, 'delegating', assertion($world))->json->{access_token});
    is_deeply($acted->{act}, { sub => 'delegating' }, 'where the rule says so the client is the actor');
    my $endpoint = $world->issuer_url . '/token';
    is_granted($world, grant($world, 'bearer', assertion($world, aud => $endpoint)), 'the token endpoint is an audience of it');
    is_granted($world, grant($world, 'bearer', assertion($world, aud => [$endpoint])), '... in a list too');
    my $stdin = assertion($world);
    my (undef, $out) = $world->ctl->run(\$stdin, 'try', '--client', 'bearer', '--assertion', '-', '--scope', 'orders.read');
    like($out, qr/^Granted: /, 'tokexctl try --assertion says what would come of it');
    is_granted($world, grant($world, 'bearer', $stdin), '... and spends it not');
    (undef, $out) = $world->ctl->run(\$stdin, 'try', '--client', 'bearer', '--assertion', '-');
    like($out, qr/^Refused at step \d+, once: a token with this jti was accepted before/, '... and sees that it was spent');
};

part 'who may' => sub {
    my $world = world();
    is_refused($world, grant($world, 'orders', assertion($world)), '400 unauthorized_client client_grant client_grant', 'a client without the grant type');
    my $answer = $world->exchange(-client => 'bearer');
    is_refused($world, $answer, '400 unauthorized_client client_grant client_grant', 'one with that alone does not exchange');
    is($world->post([grant_type => $ASSERTION, assertion => assertion($world)])->status, 401, 'without authentication');
    is($world->post([grant_type => $ASSERTION, assertion => assertion($world)], Authorization => Tokex::Http::basic('bearer', 'x'))->status, 401, 'with a wrong secret');
    my (undef, $out, $err) = $world->ctl->run(undef, 'client', 'add', 'vain', 'name=Vain', "grant_types=$ASSERTION", 'scopes=orders.read');
    like($out . $err, qr/no rule of the client takes assertions/, 'one that no rule serves is told of when it is made');
};

part 'parameters' => sub {
    my $world = world();
    is_refused($world, grant($world, 'bearer', undef), '400 invalid_request assertion_missing assertion_missing', 'no assertion');
    is_refused($world, grant($world, 'bearer', ''), '400 invalid_request assertion_missing assertion_missing', 'an empty one');
    is_refused($world, grant($world, 'bearer', assertion($world), $_ => 'x'), '400 invalid_request assertion_parameter assertion_parameter', "$_ beside it")
        for qw(subject_token subject_token_type actor_token actor_token_type requested_token_type);
    is_refused($world, grant($world, 'bearer', assertion($world), assertion => 'x'), '400 invalid_request form_repeated form_repeated', 'two of them');
    is_refused($world, grant($world, 'bearer', assertion($world), scope => 'admin'), '400 invalid_scope scope_client scope_client', 'a scope that the client has not');
    is_refused($world, grant($world, 'bearer', assertion($world), audience => 'dark'), '400 invalid_target target_disabled target_disabled', 'a target that is off');
    is_refused($world, grant($world, 'bearer', assertion($world), resource => 'x'), '400 invalid_target resource resource', 'a resource that is no URI');
};

part 'what is no good' => sub {
    my $world = world();
    my ($us, $now) = ($world->issuer_url, int time);
    my $refused = sub {
        my ($code, $what, $assertion) = @_;
        return is_refused($world, grant($world, 'bearer', $assertion), "400 invalid_grant assertion $code", $what);
    };
    my %claims = (
        'no iss' => ['issuer_missing', iss => undef],
        'an iss that nobody knows' => ['issuer_unknown', iss => 'https://nobody.example'],
        'no sub' => ['sub_malformed', sub => undef],
        'no aud' => ['aud_malformed', aud => undef],
        'an audience that its issuer calls us, but not one of ours' => ['aud_wrong', aud => 'urn:partner:us'],
        'an audience that begins as ours' => ['aud_wrong', aud => "$us/token2"],
        'an audience below ours' => ['aud_wrong', aud => "$us/introspect"],
        'another audience beside ours' => ['aud_wrong', aud => [$us, 'https://elsewhere.example']],
        'another audience before ours' => ['aud_wrong', aud => ['https://elsewhere.example', $us]],
        'no exp' => ['exp_missing', exp => undef],
        'an exp that has passed' => ['expired', exp => $now - 31, iat => $now - 200],
        'an nbf to come' => ['not_yet_valid', nbf => $now + 100],
        'no iat' => ['iat_missing', iat => undef],
        'an iat too long ago' => ['too_old', iat => $now - 340, exp => $now + 100],
        'an iat to come' => ['not_yet_valid', iat => $now + 100],
        'no jti' => ['jti_missing', jti => undef],
        'an empty jti' => ['jti_missing', jti => ''],
        'a jti that is no text' => ['jti_missing', jti => 7],
        'a key that it is bound to' => ['token_bound', cnf => { jkt => 'x' }],
        'a sub that is a client of ours' => ['sub_is_client', sub => 'orders'],
    );
    for my $what (sort keys %claims) {
        my ($code, @claims) = @{ $claims{$what} };
        $refused->($code, $what, assertion($world, @claims));
    }
    $refused->('too_old', 'an age that is too much for every token of the issuer', $world->token(issuer => 'hasty', claims => { iat => $now - 70 }));
    is_granted($world, grant($world, 'bearer', $world->token(issuer => 'hasty', claims => { iat => $now - 20 })), '... and one that is not');
    is_granted($world, grant($world, 'bearer', assertion($world, iat => $now - 290)), 'an age that is not too much');
    $refused->('subject_token_type', 'an issuer whose tokens are no JWTs by its token_types', $world->token(issuer => 'id-token-only'));
    $refused->('signature', 'a signature of another key', $world->token(key => 'rsa_other', header => { kid => $world->key('rsa')->{kid} }));
    $refused->('token_shape', 'an opaque token', 'opaque');
    $refused->('token_shape', 'a sealed one of ours, perhaps', 'txo_AAAA');
    my $ours = $world->exchange(-client => 'all')->json->{access_token};
    is_refused($world, grant($world, 'all', $ours), '400 invalid_grant assertion issuer_rule', 'an access token of ours');
    my $answer = grant($world, 'bearer', assertion($world, aud => 'x'));
    is($answer->json->{error_description}, 'The assertion is not accepted.', 'the client is told no more');
};

part 'once' => sub {
    my $world = world();
    my $first = assertion($world);
    is_granted($world, grant($world, 'bearer', $first), 'it counts');
    my $spent = '400 invalid_grant assertion_spent assertion_spent';
    is_refused($world, grant($world, 'bearer', $first), $spent, 'CI-7 once');
    is_refused($world, grant($world, 'all', $first), $spent, '... for all clients');
    my $jti = b64u($world->octets(12));
    is_granted($world, grant($world, 'bearer', assertion($world, jti => $jti)), 'by its jti');
    is_refused($world, grant($world, 'bearer', assertion($world, jti => $jti, sub => 'somebody else')), $spent, '... whatever else it says');
    is_granted($world, grant($world, 'bearer', $world->token(issuer => 'other', key => 'rsa_other', claims => { jti => $jti })), '... of its issuer');
    is(sql($world, "SELECT COUNT(*) FROM spent WHERE id LIKE '%$jti%'"), 0, 'and state.db holds nothing of it in the clear');

    # What is refused for another reason is not spent.
    my $kept = assertion($world);
    is(grant($world, 'bearer', $kept, @$_)->status, 400, "refused for its @$_") for [scope => 'admin'], [audience => 'nothing'], [actor_token => 'x'];
    is($world->post([grant_type => $ASSERTION, assertion => $kept], Authorization => Tokex::Http::basic('bearer', 'x'))->status, 401, 'refused for its client');
    is_granted($world, grant($world, 'bearer', $kept), 'it is not spent by that');
    is(sql($world, 'SELECT COUNT(*) FROM spent'), 4, 'a row for each that counted');
    is(sql($world, 'SELECT COUNT(*) FROM spent WHERE ends BETWEEN ' . (int(time) + 400) . ' AND ' . (int(time) + 1000)), 4,
        '... until no setting could let it be valid any more');
};

# Each round: processes that send the same assertion, at once, to any process of the server.
sub race
{
    my ($world, $assertion, $count, $send) = @_;
    pipe(my $wait, my $go) or die "pipe: $!\n";
    my @pids = map {
        my $pid = fork // die "fork: $!\n";
        if (!$pid) {
            close $go;
            sysread $wait, my $nothing, 1;
            POSIX::_exit($send->($assertion)->status == 200 ? 0 : 1);
        }
        $pid;
    } 1 .. $count;
    close $wait;
    close $go;
    return scalar grep { waitpid $_, 0; $? == 0 } @pids;
}

part 'at the same time' => sub {
    my $world = world();
    my $send = sub { return anew($world, 'bearer', @_) };
    my @won = map { race($world, assertion($world), 8, $send) } 1 .. 10;
    is_deeply(\@won, [(1) x 10], 'CI-7 of eight that bring the same assertion at once one gets a token');
    # Two servers on one installation: the one that goes and the one that comes.
    my $assertion = assertion($world);
    my $pid = fork // die "fork: $!\n";
    if (!$pid) { $world->httpd->graceful; POSIX::_exit(0) }
    my $won = race($world, $assertion, 8, $send);
    waitpid $pid, 0;
    is($won, 1, '... also while the server restarts gracefully');
};

part 'restarts' => sub {
    my $world = world();
    my $spent = '400 invalid_grant assertion_spent assertion_spent';
    my $assertion = assertion($world);
    is_granted($world, grant($world, 'bearer', $assertion), 'an assertion counts');
    my %before = map { $_ => 1 } $world->httpd->children;
    $world->httpd->graceful;
    ok($world->httpd->wait_for(sub { !grep { $before{$_} } $world->httpd->children }, 10), 'after a graceful restart there are other processes');
    is_refused($world, anew($world, 'bearer', $assertion), $spent, '... that know it, too');
    $world->httpd->stop;
    $world->httpd->start;
    is_refused($world, anew($world, 'bearer', $assertion), $spent, 'and so does a server that was started anew');
};

part 'state.db' => sub {
    my $world = world();
    my $past = int(time) - 10;
    my $future = int(time) + 3600;
    my $fill = sub {
        my ($ends, $count, $prefix) = @_;
        sql($world, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $count) "
                . "INSERT INTO spent (id, issuer, ends) SELECT '$prefix' || i, 'partner', $ends FROM n");
    };
    $fill->($past, 3, 'old');
    ok($world->httpd->wait_for(sub { sql($world, 'SELECT COUNT(*) FROM spent') == 0 }, 15), 'what cannot be valid any more is taken away in time');

    $fill->($future, $MOST, 'new');
    my $assertion = assertion($world);
    my $answer = grant($world, 'bearer', $assertion);
    is_refused($world, $answer, '503 temporarily_unavailable spent_full spent_full', 'CI-7 when it is full none counts');
    ok($answer->header('retry-after'), '... and the answer says when to come again');
    sql($world, "UPDATE spent SET ends = $past WHERE id = 'new7'");
    is_granted($world, grant($world, 'bearer', $assertion), 'one that has ended makes room, and the one that was refused was not spent');
    is_refused($world, grant($world, 'bearer', assertion($world)), '503 temporarily_unavailable spent_full spent_full', '... for one');
    is_refused($world, grant($world, 'bearer', $assertion), '400 invalid_grant assertion_spent assertion_spent', '... which is known');
    sql($world, 'DELETE FROM spent');

    my $path = database($world);
    rename $path, "$path.away" or die $!;
    $assertion = assertion($world);
    $answer = anew($world, 'bearer', $assertion);
    is_refused($world, $answer, '503 temporarily_unavailable spent_store spent_store', 'CI-7 without state.db none counts');
    ok($answer->header('retry-after'), '... and the answer says when to come again');
    is(anew($world, 'all', $world->token, subject_token_type => "$TYPE:jwt")->status, 400, '... nor one that is no assertion');
    is($world->exchange->status, 200, 'an exchange goes on');
    rename "$path.away", $path or die $!;
    felt('once it is back they count again', sub { anew($world, 'bearer', assertion($world))->status == 200 });
    is_granted($world, grant($world, 'bearer', $assertion), '... also the one that was refused');
};

# An issuer whose subject tokens count once, in an exchange and at a location.
part 'one_time' => sub {
    my $world = world();
    my $single = sub { return $world->token(issuer => 'once', claims => {@_}) };
    my $spent = '400 invalid_request token_spent token_spent';
    my $token = $single->();
    is_granted($world, $world->exchange(subject_token => $token), 'a token of such an issuer counts');
    is_refused($world, $world->exchange(subject_token => $token), $spent, 'CLM-036 once');
    is($world->ask('/once/x', $token)->status, 401, 'CLM-036 also at a location');
    is_refused($world, $world->exchange(subject_token => $single->(jti => undef)), '400 invalid_request jti_missing jti_missing', 'one without a jti does not');
    is_granted($world, $world->exchange) for 1, 2;
    my $other = $world->token;
    is(join(' ', map { $world->exchange(subject_token => $other)->status } 1, 2), '200 200', 'one of another issuer counts as often as it comes');

    my $seen = $single->();
    is($world->ask('/once/x', $seen)->status, 200, 'at a location it passes');
    my $answer = $world->ask('/once/x', $seen);
    is($answer->status, 401, 'CLM-036 once, and nothing is remembered of it');
    like($answer->header('www-authenticate'), qr/error="invalid_token"/, '... as a token that is no good');
    is_refused($world, $world->exchange(subject_token => $seen), $spent, '... and it is spent for an exchange');
    my $raced = race($world, $single->(), 8, sub { return $world->ask('/once/x', @_) });
    is($raced, 1, 'of eight at once one passes');

    # What a refresh token stands for came past here once.
    my $got = $world->exchange(-client => 'all', subject_token => $single->())->json;
    ok($got->{refresh_token}, 'an exchange brings a refresh token as ever');
    my $next = Tokex::Http::post_form($world->port, '/sts/token', [grant_type => 'refresh_token', refresh_token => $got->{refresh_token}],
        Authorization => Tokex::Http::basic('all', $world->secret('all')));
    is($next->status, 200, '... which is not spent by that') or diag($next->body);
};

done_testing();
