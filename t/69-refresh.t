#!/usr/bin/perl
# Refresh tokens (RFC 6749 section 6): who gets one, what it brings, that each is good once, and that everything
# is judged anew at each use.
#
#   prove -I t/lib t/69-refresh.t :: reuse
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Open2 qw(open2);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Felt;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(unjson);
use Tokex::Parts;
use Tokex::Protected;

my $EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

# Clients that may refresh: `keeper` for ten minutes whatever the subject token says, `plain` as long as that
# lives, `moment` for two seconds, `other` as keeper; and `inspector`, which asks about tokens.
sub world
{
    my (%want) = @_;
    return Tokex::Protected->new(
        locations => ['/own' => 'TokexOwnTokens accept'],
        document => sub {
            my ($document, $self) = @_;
            my $rule = sub {
                return { id => 'only', issuers => ['partner', 'self'], targets => [qw(api billing)], default_target => 'api', @_ };
            };
            my @grants = (grant_types => [$EXCHANGE, 'refresh_token']);
            push @{ $document->{clients} },
                $self->client('keeper', @grants, rules => [$rule->(refresh_lifetime => 600)]),
                $self->client('plain', @grants, rules => [$rule->()]),
                $self->client('moment', @grants, rules => [$rule->(refresh_lifetime => 2)]),
                $self->client('other', @grants, rules => [$rule->(refresh_lifetime => 600)]),
                $self->client('local', @grants, local_attributes => \1, rules => [$rule->(refresh_lifetime => 600)]),
                $self->client('inspector', grant_types => [], introspects => ['api']);
        },
        %want
    );
}

sub first { my ($world, $client, %form) = @_; return $world->exchange(-client => $client, %form)->json }

# refresh(client, refresh token, more pairs)
sub refresh
{
    my ($world, $client, $token, @more) = @_;
    return Tokex::Http::post_form($world->port, '/sts/token', [grant_type => 'refresh_token', refresh_token => $token, @more],
        Authorization => Tokex::Http::basic($client, $world->secret($client)));
}

sub claims_of { return unjson((Tokex::Jose::parts($_[0]))[1]) }

sub is_refused
{
    my ($world, $answer, $error, $code, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->read_audit;
    my $line = $world->{audit}{ $answer->json->{receipt} // '' } // {};
    return is(join(' ', $answer->status, $answer->json->{error} // '', $line->{code} // ''), "400 $error $code", $name);
}

sub is_active
{
    my ($world, $token) = @_;
    return Tokex::Http::post_form($world->port, '/sts/introspect', [token => $token],
        Authorization => Tokex::Http::basic('inspector', $world->secret('inspector')))->json->{active} ? 1 : 0;
}

sub change
{
    my ($world, @words) = @_;
    return $world->ctl->must(undef, @words);
}

# The same exchange as first(), on a connection of its own: any process may answer.
sub anew
{
    my ($world, $client, %form) = @_;
    return Tokex::Http::post_form($world->port, '/sts/token', [$world->form(%form)],
        Authorization => Tokex::Http::basic($client, $world->secret($client)));
}

Tokex::Httpd::needs($_) or do { done_testing(); exit } for qw(socache_shmcb authz_user);

part 'AS-14 who gets one' => sub {
    my $world = world();
    my $now = int time;
    my $metadata = Tokex::Http::get($world->port, '/sts/.well-known/oauth-authorization-server')->json;
    ok(scalar(grep { $_ eq 'refresh_token' } @{ $metadata->{grant_types_supported} }), 'metadata names the grant');
    ok(!exists first($world, 'orders')->{refresh_token}, 'a client without the grant type gets none');
    my $got = first($world, 'keeper', scope => 'orders.read');
    like($got->{refresh_token}, qr/^[\w-]{64}$/, 'a client with it gets one');
    my $answer = refresh($world, 'keeper', $got->{refresh_token});
    my $next = $answer->json;
    is($answer->status, 200, 'which brings another access token') or diag($answer->body);
    is($answer->header('cache-control'), 'no-store', 'that nobody keeps');
    my ($before, $after) = map { ($world->decode($_->{access_token}))[0] } $got, $next;
    delete @$_{qw(jti iat nbf exp)} for $before, $after;
    is_deeply($after, $before, 'of the same claims');
    is($next->{scope}, 'orders.read', 'and scope');
    isnt($next->{refresh_token}, $got->{refresh_token}, 'and another refresh token');
    is(refresh($world, 'keeper', $next->{refresh_token})->status, 200, 'which is good in its turn');

    my $short = first($world, 'plain', subject_token => $world->token(claims => { exp => $now + 40 }));
    my $plain = refresh($world, 'plain', $short->{refresh_token})->json;
    my $exp = claims_of($plain->{access_token})->{exp};
    cmp_ok($exp, '<=', $now + 40, 'without refresh_lifetime nothing outlives the subject token');
    my $kept = first($world, 'keeper', subject_token => $world->token(claims => { exp => $now + 40 }));
    cmp_ok(claims_of($kept->{access_token})->{exp}, '<=', $now + 40, 'with it the first access token does not either');
    cmp_ok(claims_of(refresh($world, 'keeper', $kept->{refresh_token})->json->{access_token})->{exp}, '>', $now + 45,
        'and those that follow may');
    my $ours = first($world, 'keeper', subject_token => $got->{access_token}, subject_token_type => 'urn:ietf:params:oauth:token-type:access_token');
    is(refresh($world, 'keeper', $ours->{refresh_token})->status, 200, 'also for a token of ours');
    my $first_end = claims_of($kept->{access_token})->{exp};
    my @ends;
    my $token = $kept->{access_token};
    for (1 .. 3) {
        my $chain = first($world, 'keeper', subject_token => $token, subject_token_type => 'urn:ietf:params:oauth:token-type:access_token');
        my $fresh = refresh($world, 'keeper', $chain->{refresh_token})->json;
        $token = $fresh->{access_token} // last;
        push @ends, claims_of($token)->{exp};
    }
    is(scalar(grep { $_ <= $first_end } @ends), 3, 'H-13 what a token of ours is exchanged for, and refreshed, and exchanged again, never outlives it');
    my $offline = first($world, 'keeper', subject_token => $world->token(claims => { scope => 'openid offline_access orders.read' }));
    is(refresh($world, 'keeper', $offline->{refresh_token})->json->{scope}, 'orders.read', 'H-13 offline_access is never granted, by a refresh either');
};

part 'parameters' => sub {
    my $world = world();
    my $token = first($world, 'keeper', scope => 'orders.read orders.write')->{refresh_token};
    is_refused($world, refresh($world, 'keeper', $token, audience => 'billing'), 'invalid_request', 'refresh_parameter', 'another target');
    is_refused($world, refresh($world, 'keeper', $token, $_ => 'x'), 'invalid_request', 'refresh_parameter', $_)
        for qw(resource subject_token subject_token_type actor_token actor_token_type requested_token_type);
    is_refused($world, refresh($world, 'keeper', ''), 'invalid_request', 'refresh_missing', 'no refresh token');
    is_refused($world, refresh($world, 'keeper', $token, scope => 'orders.read invoicing'), 'invalid_scope', 'refresh_scope',
        'more scope than was granted');
    is_refused($world, refresh($world, 'keeper', $_), 'invalid_grant', 'refresh_unknown', 'no token of ours: ' . length)
        for 'x', 'A' x 64, $token . 'A', substr($token, 1), "$token.", $world->token;
    my $less = refresh($world, 'keeper', $token, scope => 'orders.write')->json;
    is($less->{scope}, 'orders.write', 'none of that used it; less scope is granted');
    is(refresh($world, 'keeper', $less->{refresh_token})->json->{scope}, 'orders.read orders.write', 'and all of it again later');
    my $answer = refresh($world, 'nogrant', $token);
    is($answer->json->{error}, 'unauthorized_client', 'a client without the grant type');
    is(Tokex::Http::post_form($world->port, '/sts/token', [grant_type => 'refresh_token', refresh_token => $token],
        Authorization => Tokex::Http::basic('keeper', 'x'))->status, 401, 'a client that is not authenticated');
};

part 'reuse' => sub {
    my $world = world();
    my $got = first($world, 'keeper');
    is_refused($world, refresh($world, 'other', $got->{refresh_token}), 'invalid_grant', 'refresh_client', 'the token of another client');
    my $next = refresh($world, 'keeper', $got->{refresh_token})->json;
    ok($next->{refresh_token}, 'which does not end it');
    my $last = refresh($world, 'keeper', $next->{refresh_token})->json;
    my $descendant = first($world, 'keeper', subject_token => $last->{access_token}, subject_token_type => 'urn:ietf:params:oauth:token-type:access_token');
    ok(is_active($world, $_->{access_token}), 'all that came of it is good') for $got, $last, $descendant;
    is_refused($world, refresh($world, 'keeper', $next->{refresh_token}), 'invalid_grant', 'refresh_reused', 'one that was used before');
    $world->read_audit;
    felt('the one after it is no good any more', sub { refresh($world, 'keeper', $last->{refresh_token})->status == 400 });
    my ($which, @tokens) = (0, $got, $last, $descendant);
    for my $token (@tokens) {
        felt('nor is access token ' . ++$which, sub { !is_active($world, $token->{access_token}) });
        felt('... at a location', sub { $world->ask('/own/x', $token->{access_token})->status == 401 });
    }
    ok(is_active($world, first($world, 'keeper')->{access_token}), 'another exchange is');
    like($world->ctl->must(undef, 'token', 'list'), qr/used twice/, 'and an administrator sees why');

    # At the same time: one gets the next one, and then nobody has any.
    my $token = first($world, 'keeper')->{refresh_token};
    my @pids = map {
        my $pid = fork // die "fork: $!\n";
        POSIX::_exit(refresh($world, 'keeper', $token)->status == 200 ? 0 : 1) if !$pid;
        $pid;
    } 1 .. 6;
    my $granted = grep { waitpid $_, 0; $? == 0 } @pids;
    is($granted, 1, 'six at once: one is granted');
};

part 'what it rests on' => sub {
    my $world = world();
    my $token = sub { my ($client, %form) = @_; return first($world, $client, %form)->{refresh_token} };
    my $code = sub {
        my ($client, $refresh) = @_;
        my $answer = refresh($world, $client, $refresh);
        $world->read_audit;
        return join ' ', $answer->status, $answer->json->{error} // '';
    };
    my %change = (
        'the issuer is switched off' => ['400 invalid_grant', ['issuer', 'set', 'partner', 'enabled=false'], ['issuer', 'set', 'partner', 'enabled=true']],
        'CAU-019 the client is switched off' => ['401 invalid_client', ['client', 'set', 'keeper', 'enabled=false'], ['client', 'set', 'keeper', 'enabled=true']],
        'the client loses the grant' => ['400 unauthorized_client', ['client', 'set', 'keeper', "grant_types=$EXCHANGE"], ['client', 'set', 'keeper', "grant_types=$EXCHANGE,refresh_token"]],
        'the rule is switched off' => ['400 invalid_grant', ['rule', 'set', 'keeper', 'only', 'enabled=false'], ['rule', 'set', 'keeper', 'only', 'enabled=true']],
        'the target is switched off' => ['400 invalid_target', ['target', 'set', 'api', 'enabled=false'], ['target', 'set', 'api', 'enabled=true']],
        'the issuer has a condition that does not hold' => ['400 invalid_grant', ['issuer', 'set', 'partner', 'conditions=[{"claim":"sub","test":"is","values":["nobody"]}]'], ['issuer', 'set', 'partner', 'conditions=']],
    );
    for my $name (sort keys %change) {
        my ($wanted, $do, $undo) = @{ $change{$name} };
        my $kept = $token->('keeper');
        change($world, @$do);
        felt("$name: an exchange feels it", sub { $name =~ /grant/ ? !anew($world, 'keeper')->json->{refresh_token} : anew($world, 'keeper')->status != 200 });
        is($code->('keeper', $kept), $wanted, '... and so does its refresh token');
        change($world, @$undo);
        felt('... until it is undone', sub { anew($world, 'keeper')->json->{refresh_token} });
        is($code->('keeper', $kept), '200 ', '... and it was not used up');
    }
    my $kept = first($world, 'keeper', scope => 'orders.read orders.write')->{refresh_token};
    change($world, 'client', 'set', 'keeper', 'scopes=orders.read');
    felt('the client has less scope', sub { (anew($world, 'keeper')->json->{scope} // '') eq 'orders.read' });
    is(refresh($world, 'keeper', $kept)->json->{scope}, 'orders.read', '... and so has what it is refreshed to');
    $kept = $token->('keeper');
    my $since = time;
    change($world, 'rule', 'set', 'keeper', 'only', 'refresh_lifetime=1', 'lifetime=77');
    felt('a rule that ends it earlier is served', sub { anew($world, 'keeper')->json->{expires_in} == 77 });
    sleep 0.1 while time < $since + 1;
    is_refused($world, refresh($world, 'keeper', $kept), 'invalid_grant', 'refresh_expired', 'and counts for one that was issued before');

    my $moment = first($world, 'moment');
    ok($moment->{refresh_token}, 'one for two seconds');
    my $ends = time + 4;
    my $good = 0;
    while (time < $ends) {
        my $next = refresh($world, 'moment', $moment->{refresh_token})->json;
        last if !$next->{refresh_token};
        $moment = $next;
        $good++;
    }
    cmp_ok($good, '>', 0, "is good for a while: $good times");
    is_refused($world, refresh($world, 'moment', $moment->{refresh_token}), 'invalid_grant', 'refresh_expired', 'H-13 and never longer, however often it is used');
};

part 'local accounts' => sub {
    my $world = world();
    my $ctl = $world->ctl;
    $ctl->must(undef, 'account', 'add', 'mira', 'email=mira@example.org');
    my $linked = $world->token(claims => { sub => 'linked' });
    $ctl->must(undef, 'link', 'add', 'partner', 'linked', 'mira');
    my $get = sub { return Tokex::Http::post_form($world->port, '/sts/token', [$world->form(subject_token => $linked)],
        Authorization => Tokex::Http::basic('keeper', $world->secret('keeper'))) };
    felt('the subject has an account', sub { claims_of($get->()->json->{access_token})->{acct} });
    for my $try (['active=false', 'active=true', 'switched off'], ['locked_until=1h', 'locked_until=', 'locked']) {
        my ($off, $on, $what) = @$try;
        my $kept = $get->()->json->{refresh_token};
        $ctl->must(undef, 'account', 'set', 'mira', $off);
        felt("AS-15 the account is $what", sub { $get->()->status == 400 });
        is_refused($world, refresh($world, 'keeper', $kept), 'invalid_grant', 'refresh_party', '... and its refresh token is no good');
        $ctl->must(undef, 'account', 'set', 'mira', $on);
        felt('... until it is back', sub { $get->()->status == 200 });
        is(refresh($world, 'keeper', $kept)->status, 200, '... which did not use it up');
    }
    my $local = $world->exchange(-client => 'local', subject_token => $linked)->json;
    like(claims_of($local->{access_token})->{sub}, qr/^tokex-account:/, 'AS-16 a token whose subject is the account');
    ok(is_active($world, $local->{access_token}), 'is active');
    like($ctl->must(undef, 'token', 'revoke', '--subject', 'partner', 'linked'), qr/partner linked.*\n.*partner tokex-account:/, 'with everything of its subject');
    felt('it is taken back', sub { !is_active($world, $local->{access_token}) });
    is_refused($world, refresh($world, 'local', $local->{refresh_token}), 'invalid_grant', 'refresh_party', 'and so is its refresh token');
};

part 'taken back' => sub {
    my $world = world();
    my $give_back = sub {
        my ($client, $token) = @_;
        return Tokex::Http::post_form($world->port, '/sts/revoke', [token => $token], Authorization => Tokex::Http::basic($client, $world->secret($client)));
    };
    my $got = first($world, 'keeper');
    is($give_back->('other', $got->{refresh_token})->json->{error}, 'invalid_grant', 'not by another client');
    my $next = refresh($world, 'keeper', $got->{refresh_token})->json;
    is($give_back->('keeper', $next->{refresh_token})->status, 200, 'by its client (RFC 7009)');
    felt('it is no good any more', sub { refresh($world, 'keeper', $next->{refresh_token})->status == 400 });
    felt('nor the access tokens that it came with', sub { !is_active($world, $next->{access_token}) && !is_active($world, $got->{access_token}) });
    is($give_back->('keeper', $next->{refresh_token})->status, 200, 'once more says the same');

    $got = first($world, 'keeper');
    change($world, 'token', 'revoke', '--client', 'keeper', '--reason', 'lost');
    felt('with all tokens of the client', sub { refresh($world, 'keeper', $got->{refresh_token})->status == 400 });
    my $subject = $world->token(claims => { sub => 'somebody' });
    $got = first($world, 'other', subject_token => $subject);
    change($world, 'token', 'revoke', '--subject', 'partner', 'somebody');
    felt('with all tokens of the subject', sub { refresh($world, 'other', $got->{refresh_token})->status == 400 });
};

# Somebody takes a partner's token back and is not done with it yet; a function that ends that.
sub taking_back
{
    my ($world, $jti, $ends) = @_;
    my $pid = open2(my $out, my $in, 'sqlite3', '-batch', $world->httpd->dir . '/tokex/state/state.db');
    print {$in} ".timeout 5000\nBEGIN IMMEDIATE;\nUPDATE revocation_change SET number = number + 1;\n"
        . 'INSERT INTO revocation (number, kind, issuer, value, issued_before, ends, created, who, reason) '
        . "SELECT number, 'token', 'partner', '$jti', 0, $ends, 1, 'test', '' FROM revocation_change;\nSELECT 'held';\n";
    $in->flush;
    my $line = readline $out;
    return sub { print {$in} "COMMIT;\n"; close $in; waitpid $pid, 0; return ($line // '') eq "held\n" };
}

# What an exchange judges good is taken back before its refresh token is kept. Who takes it back does not see
# how long that lives, so it must not be there.
part 'taken back meanwhile' => sub {
    my $world = world();
    my ($late, @kept) = (0);
    for my $try (1 .. 20) {
        my $jti = "meanwhile-$try";
        my $token = $world->token(claims => { jti => $jti, exp => int(time) + 40 });
        my $end = taking_back($world, $jti, int(time) + 400);
        pipe(my $from, my $to) or die "pipe: $!\n";
        my $pid = fork // die "fork: $!\n";
        if (!$pid) {
            my $answer = anew($world, 'keeper', subject_token => $token);
            print {$to} $answer->body;
            close $to;
            POSIX::_exit(0);
        }
        close $to;
        # It waits for the lock for 200 ms at most.
        sleep 0.03 + 0.01 * $try;
        $end->() or die "the lock was not held\n";
        my $said = unjson(do { local $/ = undef; <$from> });
        waitpid $pid, 0;
        push @kept, $try if exists $said->{refresh_token};
        next if !$said->{receipt};
        $world->httpd->wait_for(sub { $world->read_audit; return $world->{audit}{ $said->{receipt} } }, 5);
        my $line = $world->{audit}{ $said->{receipt} };
        $late++ if $line->{code} eq 'token_revoked' && grep { $_ eq 'sign:ok' } @{ $line->{trace} };
        last if $late;
    }
    is_deeply(\@kept, [], 'no refresh token comes of what was taken back meanwhile');
    cmp_ok($late, '>', 0, 'which is judged once more when nobody else can write');
    my $path = $world->httpd->dir . '/tokex/state/state.db';
    is(scalar qx(sqlite3 '$path' 'SELECT COUNT(*) FROM refresh_token'), "0\n", 'and nothing of it is there');
    ok(first($world, 'keeper')->{refresh_token}, 'another exchange brings one');
};

# An administrator has a partner's token in hand that has expired long ago; what came of it goes on.
part 'taken back when it has expired' => sub {
    my $world = world();
    my $token = $world->token(claims => { exp => int(time) + 5000 });
    my $got = first($world, 'keeper', subject_token => $token);
    my $old = $world->token(claims => { %{ claims_of($token) }, iat => int(time) - 9000, exp => int(time) - 8000 });
    my ($status, undef, $why) = $world->ctl->run(\$old, 'token', 'revoke', '-');
    is($status, 0, 'a token that has expired is taken back as long as refresh tokens live') or diag($why);
    felt('and what came of it with it', sub { !is_active($world, $got->{access_token}) });
    is_refused($world, refresh($world, 'keeper', $got->{refresh_token}), 'invalid_grant', 'refresh_party', 'the refresh token too');
};

part 'state.db' => sub {
    my $world = world();
    my $got = first($world, 'keeper');
    my $dir = $world->httpd->dir . '/tokex/state';
    open my $in, '<:raw', "$dir/state.db" or die $!;
    my $octets = do { local $/ = undef; <$in> };
    open $in, '<:raw', "$dir/state.db-wal" or die $!;
    $octets .= do { local $/ = undef; <$in> };
    is(index($octets, $got->{refresh_token}), -1, 'does not hold the token');
    is(index($octets, substr $got->{refresh_token}, 0, 24), -1, 'nor what all of a family have in common');
    my ($sealed) = `sqlite3 -batch '$dir/state.db' 'SELECT sealed FROM refresh_token'` =~ /^1\.([\w-]+)$/m;
    ok($sealed, 'what it stands for is sealed');
    unlike(Tokex::Jose::unb64u($sealed), qr/auth0|partner|orders/, 'and cannot be read');
    my ($claims) = $world->decode($got->{access_token});
    isnt(index($octets, $claims->{lineage}[-1]), -1, 'but the id that stands in the lineage of access tokens');

    rename "$dir/state.db", "$dir/away.db" or die $!;
    my $at = length $world->httpd->error_log;
    my $answer = anew($world, 'keeper');
    is($answer->status, 200, 'without it an exchange goes on');
    ok(!exists $answer->json->{refresh_token}, 'and brings no refresh token');
    is_deeply(
        [grep { !/#/ } @{ ($world->decode($answer->json->{access_token}))[0]{lineage} // [] }],
        [], 'nor does the lineage of its token name a family of them that is not there'
    );
    ok($world->httpd->wait_for(sub { $world->httpd->error_log($at) =~ /TX00183: receipt \S+: granted without a refresh token/ }, 2), 'which is said');
    my $refused = refresh($world, 'keeper', $got->{refresh_token});
    is($refused->status, 503, 'a refresh does not');
    ok($refused->header('retry-after'), 'and says when to come again');
    rename "$dir/away.db", "$dir/state.db" or die $!;
    felt('once it is back, exchanges bring them', sub { anew($world, 'keeper')->json->{refresh_token} });
    is(refresh($world, 'keeper', $got->{refresh_token})->status, 200, 'and the one that was refused is good');
};

done_testing();
