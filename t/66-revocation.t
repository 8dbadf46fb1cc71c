#!/usr/bin/perl
# Tokens are asked about and taken back: the introspection endpoint (RFC 7662), the revocation endpoint (RFC
# 7009), tokexctl token; what comes of a token dies with it, in every process, remembered decisions too.
#
#   prove -I t/lib t/66-revocation.t :: faults
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Open2 qw(open2);
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Felt;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(b64u unjson);
use Tokex::Parts;
use Tokex::Protected;

my $INACTIVE = '{"active":false}';

sub world
{
    my (%want) = @_;
    return Tokex::Protected->new(
        locations => ['/api' => '', '/own' => 'TokexOwnTokens accept'],
        document => sub {
            my ($document, $self) = @_;
            push @{ $document->{clients} },
                $self->client('inspector', grant_types => [], introspects => ['api']),
                $self->client('stranger', grant_types => [], introspects => ['billing']);
        },
        %want
    );
}

# A form POST to an endpoint in the name of a client, on a connection of its own.
sub inquire
{
    my ($world, $page, $client, @pairs) = @_;
    return Tokex::Http::post_form($world->port, "/sts/$page", \@pairs,
        Authorization => Tokex::Http::basic($client, $world->secret($client)));
}

sub introspect { my ($world, $token, @more) = @_; return inquire($world, 'introspect', 'inspector', token => $token, @more) }
sub is_active { my ($world, $token) = @_; return introspect($world, $token)->json->{active} ? 1 : 0 }
sub give_back { my ($world, $client, $token, @more) = @_; return inquire($world, 'revoke', $client, token => $token, @more) }

# What a client gets for a token; `form` as of Tokex::World::exchange.
sub got
{
    my ($world, $client, %form) = @_;
    my $answer = $world->exchange(-client => $client, %form);
    return $answer->json->{access_token} // die "$client: " . $answer->body . "\n";
}

# A token of ours, what another client made of it, and what came of that.
sub chain
{
    my ($world, %claims) = @_;
    my $first = got($world, 'delegate', audience => 'hop', subject_token => $world->token(claims => \%claims));
    my $second = got($world, 'acting', subject_token => $first);
    return ($first, $second, got($world, 'acting', subject_token => $second));
}

sub claims_of { return unjson((Tokex::Jose::parts($_[0]))[1]) }

sub revoke { my ($world, @words) = @_; return $world->ctl->must(undef, 'token', 'revoke', @words) }
sub state_db { my ($world) = @_; return $world->httpd->dir . '/tokex/state/state.db' }

Tokex::Httpd::needs($_) or do { done_testing(); exit } for qw(socache_shmcb authz_user);

part 'introspection' => sub {
    my $world = world();
    my $metadata = Tokex::Http::get($world->port, '/sts/.well-known/oauth-authorization-server')->json;
    is($metadata->{introspection_endpoint}, $world->issuer_url . '/introspect', 'metadata names the endpoint');
    is($metadata->{revocation_endpoint}, $world->issuer_url . '/revoke', 'and that of revocation');
    is_deeply($metadata->{"${_}_endpoint_auth_methods_supported"}, [qw(client_secret_basic client_secret_post)],
        "and how clients authenticate at it ($_)")
        for qw(introspection revocation);

    my $token = got($world, 'orders');
    my $answer = introspect($world, $token);
    my ($said, $claims) = ($answer->json, claims_of($token));
    is($answer->status, 200, 'a resource server asks about a token for it');
    ok($said->{active}, 'it is active');
    is_deeply([map { $said->{$_} } qw(token_type client_id sub scope jti exp iss aud)],
        ['Bearer', 'orders', 'auth0|user-1', @$claims{qw(scope jti exp iss aud)}], 'and what else it says');
    is($answer->header('cache-control'), 'no-store', 'to be kept by nobody');
    my $post = Tokex::Http::post_form($world->port, '/sts/introspect',
        [token => $token, client_id => 'inspector', client_secret => $world->secret('inspector')]);
    ok($post->json->{active}, 'the same by client_secret_post');

    for my $try (
        ['no credentials', []],
        ['a wrong secret', [Authorization => Tokex::Http::basic('inspector', 'x')]],
        ['an unknown client', [Authorization => Tokex::Http::basic('nobody', 'x')]]
    ) {
        my $refused = Tokex::Http::post_form($world->port, '/sts/introspect', [token => $token], @{ $try->[1] });
        is($refused->status . ' ' . ($refused->json->{error} // ''), '401 invalid_client', "INT-001 $try->[0]");
        ok($refused->json->{receipt} && $refused->header('www-authenticate'), 'with a receipt and a challenge');
    }
    is_deeply([map {"$_->{outcome} $_->{code}"} grep { ($_->{endpoint} // '') eq 'introspect' } $world->decisions],
        ['refused client_auth_missing', 'refused client_secret', 'refused client_unknown'], 'the audit log has who was refused');
    is(inquire($world, 'introspect', $_, token => $token)->body, $INACTIVE, "INT-002 $_ is told nothing of it")
        for qw(stranger orders);

    my ($header, undef, $signature) = split /\./, $token;
    my %bad = (
        'garbage' => 'garbage',
        'a foreign token' => $world->token,
        'an altered token' => join('.', $header, b64u(Tokex::Jose::json({ %$claims, sub => 'root' })), $signature),
        'one of another issuer' => $world->token(claims => { %$claims, iss => $world->issuer_url }),
        'a short one' => substr($token, 0, -4),
        'a long one' => "${token}AAAA",
        'a very long one' => 'A' x 70_000,
    );
    my $dead = got($world, 'orders', audience => 'api');
    is(give_back($world, 'orders', $dead)->status, 200, 'a token is taken back');
    felt('which every process knows', sub { return !is_active($world, $dead) });
    $bad{'a revoked token'} = $dead;
    my %head;
    for my $what (sort keys %bad) {
        my $no = introspect($world, $bad{$what});
        my $id = $what =~ /short|long/ ? 'INT-014' : 'INT-003';
        is($no->status . ' ' . $no->body, "200 $INACTIVE", "$id $what is not active");
        my $names = join ' ', sort map {lc} $no->{head} =~ /^([A-Za-z-]+):/mg if defined $no->{head};
        $head{ $names // '' }++;
    }
    is(scalar(keys %head), 1, 'INT-003 with the same headers');
    # What else runs on the machine can only make an answer later: a difference that is there is there still after
    # more rounds.
    my (%best, $least, $most);
    for my $round (1 .. 60) {
        for my $what ('a foreign token', 'an altered token', 'a revoked token', 'garbage') {
            my $seconds = introspect($world, $bad{$what})->{seconds};
            $best{$what} = $seconds if !defined $best{$what} || $seconds < $best{$what};
        }
        ($least, $most) = (sort { $a <=> $b } values %best)[0, -1];
        last if $round >= 15 && $most - $least < 0.003;
    }
    cmp_ok($most - $least, '<', 0.003, sprintf 'INT-003 and in the same time, %.1f to %.1f ms', 1000 * $least, 1000 * $most);

    my $none = inquire($world, 'introspect', 'inspector', token_type_hint => 'access_token');
    is($none->status . ' ' . $none->json->{error}, '400 invalid_request', 'INT-004 without a token');
    ok(introspect($world, $token, token_type_hint => $_)->json->{active}, "INT-006 the hint $_ is ignored")
        for qw(refresh_token id_token nonsense);
    is(Tokex::Http::get($world->port, "/sts/introspect?token=$token")->status, 405, 'GET is refused');
    is(Tokex::Http::post_form($world->port, "/sts/introspect?token=$token", [token => $token],
            Authorization => Tokex::Http::basic('inspector', $world->secret('inspector')))->status, 400, 'so is a token in the query');
    my %log = $world->logs;
    ok(!grep({ index($log{$_}, $signature) >= 0 } keys %log), 'LOG-004 and no token stands in a log');
    ok($world->httpd->stop, 'it stops');
};

part 'revocation endpoint' => sub {
    my $world = world();
    my $token = got($world, 'orders');
    my $other = give_back($world, 'shop', $token);
    is($other->status . ' ' . $other->json->{error}, '400 invalid_grant', 'INT-009 another client cannot give it back');
    ok(is_active($world, $token), 'INT-009 and it stays good');
    my $answer = give_back($world, 'orders', $token, token_type_hint => 'refresh_token');
    is($answer->status . ' ' . length($answer->body), '200 0', 'its client can, whatever the hint is');
    is($answer->header('cache-control'), 'no-store', 'to be kept by nobody');
    felt('INT-013 and every process says so', sub { return !is_active($world, $token) });
    is(give_back($world, 'orders', $token)->status, 200, 'once more is no harm');
    is(give_back($world, 'shop', $token)->status, 200, 'and it is anybody\'s now, as it is nobody\'s');
    is(give_back($world, 'orders', $_)->status, 200, 'nor is what is no token of ours') for 'garbage', $world->token;
    is(inquire($world, 'revoke', 'orders')->status, 400, 'but there has to be one');
    is(Tokex::Http::post_form($world->port, '/sts/revoke', [token => $token])->status, 401, 'and a client');
    is((grep { $_->{outcome} eq 'revoked' } $world->decisions)[0]{subject_jti}, claims_of($token)->{jti}, 'the audit log has it');
    ok($world->httpd->graceful, 'it is restarted');
    ok(!is_active($world, $token), 'and begins with what is taken back') for 1 .. 6;
    ok($world->httpd->stop, 'it stops');
};

part 'lineage' => sub {
    my $world = world();
    my $jti = b64u($world->octets(12));
    my ($first, $second, $third) = chain($world, jti => $jti);
    my ($one, $two, $three) = map { claims_of($_) } $first, $second, $third;
    is_deeply($one->{lineage}, ["partner#$jti"], 'a token names what it comes from');
    is_deeply($two->{lineage}, ["partner#$jti", '@delegate', $one->{jti}], 'and the client before');
    is_deeply($three->{lineage}, [@{ $two->{lineage} }, $two->{jti}], 'and so on');
    is($world->ask('/own/x', $third)->status, 200, 'a location takes it');
    ok(is_active($world, $third), 'it is active');

    my $branch = got($world, 'acting', subject_token => $first);
    is(give_back($world, 'acting', $second)->status, 200, 'the middle one is given back');
    felt('a location does not take it, though it did and remembers', sub { return $world->ask('/own/x', $third)->status == 401 });
    felt('what came of it is not active', sub { return !is_active($world, $third) });
    ok(is_active($world, $branch), 'what it came from, and its other branch, are');
    my $refused = $world->exchange(-client => 'acting', subject_token => $third);
    my $expired = $world->exchange(-client => 'orders', subject_token => $world->token(claims => { iat => time - 4000, exp => time - 3600 }));
    is(($world->audit_of($refused) || {})->{code}, 'token_revoked', 'TEX-042 it is not exchanged');
    is_deeply([map { $refused->json->{$_} } qw(error error_description)], [map { $expired->json->{$_} } qw(error error_description)],
        'and the client reads what it reads of any bad token');
    revoke($world, '--jti', $jti, '--issuer', 'partner');
    felt('the partner\'s token is taken back, and with it all', sub { return !is_active($world, $branch) && !is_active($world, $first) });

    my $log = $world->httpd->dir . '/audit.log';
    my $tree = $world->ctl->must(undef, 'token', 'tree', $jti, '--issuer', 'partner', '--audit-log', $log);
    like($tree, qr/\Apartner#\Q$jti\E\n  \Q$one->{jti}\E  .*\n    \Q$two->{jti}\E  .*, revoked .* by client acting\n      \Q$three->{jti}\E  .*\n/,
        'the audit log tells the tree');
    like($tree, qr/^    \Q@{[claims_of($branch)->{jti}]}\E  /m, 'with each branch');
    ok($world->httpd->stop, 'it stops');
};

part 'everything before now' => sub {
    my $world = world();
    my $early = $world->token(claims => { sub => 'mira' });
    my $ours = got($world, 'orders', subject_token => $early);
    my ($first, $second) = chain($world, sub => 'jan');
    is($world->statuses('/api/x', $early, $early), '200 200', 'a location takes a token, and remembers');
    revoke($world, '--subject', 'partner', 'mira', '--reason', 'laptop lost');
    felt('a subject\'s token at a location, remembered', sub { return $world->ask('/api/x', $early)->status == 401 });
    felt('ours that came of it', sub { return !is_active($world, $ours) });
    is($world->exchange(subject_token => $early)->status, 400, 'it is not exchanged');
    is($world->exchange(subject_token => $world->token(claims => { sub => 'mira', iat => undef }))->status, 400, 'nor is one without iat');
    my $late = $world->token(claims => { sub => 'mira', iat => time + 3 });
    ok(defined becomes(sub { return $world->exchange(subject_token => $late)->status == 200 }), 'a later one is, once those two seconds have passed');
    ok(is_active($world, got($world, 'orders', subject_token => $late)), 'and what comes of it is active');
    ok(is_active($world, $first) == 0 && is_active($world, $second), 'another\'s stay: one for the resource server is active');

    revoke($world, '--client', 'delegate');
    felt('all of a client, and what others made of it', sub { return !is_active($world, $second) });
    my $orders = got($world, 'orders', subject_token => $late);
    my $shop = got($world, 'shop', subject_token => $late);
    revoke($world, '--client', 'shop');
    felt('all of a third', sub { return !is_active($world, $shop) });
    ok(is_active($world, $orders), 'not what is another client\'s');
    revoke($world, '--issuer', 'partner');
    felt('all of an issuer', sub { return !is_active($world, $orders) });
    my $agent = got($world, 'orders', subject_token => $world->token(issuer => 'other', key => 'rsa_other'));
    ok(is_active($world, $agent), 'another issuer\'s stay');
    revoke($world, '--issuer', 'self');
    felt('all that we issued', sub { return !is_active($world, $agent) });

    my $list = unjson($world->ctl->must(undef, 'token', 'list', '--json'));
    is(join(' ', map {"$_->{kind}:$_->{issuer}:$_->{value}"} @$list),
        'subject:partner:mira client::delegate client::shop issuer::partner issuer::self', 'they are listed');
    is($list->[0]{reason}, 'laptop lost', 'with the reason');
    like($list->[0]{who}, qr/uid/, 'and by whom');
    ok($world->httpd->stop, 'it stops');
};

part 'tokexctl token' => sub {
    my $world = world();
    my $ctl = $world->ctl;
    my $token = got($world, 'orders');
    my $show = sub { my ($input) = @_; return unjson($ctl->must(\$input, 'token', 'show', '-', '--json')) };
    my $said = $show->("$token\n");
    ok($said->{verified} && !$said->{revoked} && !$said->{expired} && $said->{issuer} eq 'self', 'a token of ours is shown');
    is($said->{claims}{jti}, claims_of($token)->{jti}, 'with its claims');
    my $foreign = $world->token;
    $said = $show->($foreign);
    ok($said->{verified} && $said->{issuer} eq 'partner', 'and one of a partner');
    $said = $show->(substr($token, 0, -6) . 'AAAAAA');
    ok(!$said->{verified} && $said->{problem} && !exists $said->{revoked}, 'an altered one is not verified');
    my ($status, $out, $err) = $ctl->run(\'garbage', 'token', 'show', '-');
    ok($status == 1 && $out =~ /^Signature: not verified: /m, 'garbage neither');
    like($ctl->must(\$token, 'token', 'show', '-'), qr/^Signature: verified\nIssuer: this server\nEnds: \S+, not expired\nRevoked: no\n/m, 'for people too');

    my $altered = substr($token, 0, -6) . 'AAAAAA';
    ($status, undef, $err) = $ctl->run(\$altered, 'token', 'revoke', '-');
    ok($status == 1 && $err =~ /not verified/, 'what is not verified is not taken back');
    like($ctl->must(\$token, 'token', 'revoke', '-', '--reason', 'found in a mail'), qr/^revocation 1: token \S+; it ends \d{4}-/, 'what is, is');
    like($ctl->must(\$token, 'token', 'show', '-'), qr/^Revoked: yes, by revocation 1$/m, 'which it says then');
    felt('and the server feels it', sub { return !is_active($world, $token) });
    my $file = $world->httpd->dir . '/foreign.jwt';
    open my $to, '>', $file or die "$file: $!\n";
    print {$to} $foreign;
    close $to;
    like($ctl->must(undef, 'token', 'revoke', "\@$file"), qr/^revocation 2: token partner /, 'a partner\'s, from a file');
    felt('felt at a location', sub { return $world->ask('/api/x', $foreign)->status == 401 });
    my $old = $world->token(claims => { iat => time - 4000, exp => time - 3600 });
    ($status, undef, $err) = $ctl->run(\$old, 'token', 'revoke', '-');
    ok($status == 1 && $err =~ /expired/, 'one that has expired needs none');
    my $nameless = $world->token(claims => { jti => undef });
    ($status, undef, $err) = $ctl->run(\$nameless, 'token', 'revoke', '-');
    ok($status == 1 && $err =~ /--subject/, 'one without a jti cannot be told from others');
    like(scalar $ctl->must(undef, 'token', 'list'), qr/^NUMBER .*\n1 .*found in a mail\n2 /, 'the list for people');
    for my $words (['revoke'], ['revoke', '--subject', 'partner'], ['revoke', '--client', 'a', '--issuer', 'b'], ['show'], ['tree', 'x'], []) {
        is(($ctl->run(undef, 'token', @$words))[0], 2, "wrong usage: token @$words");
    }
    ok($world->httpd->stop, 'it stops');
};

part 'a resource server that asks, mod_oauth2' => sub {
    Tokex::Httpd::has_module('oauth2') or plan skip_all => 'mod_oauth2 is not installed';
    my $world = world();
    my ($url, $secret) = ($world->issuer_url . '/introspect', $world->secret('inspector'));
    my $peer = Tokex::Httpd->new(
        modules => [qw(authn_core authz_core authz_user oauth2)],
        config => "OAuth2TokenVerify introspect $url introspect.auth=client_secret_basic&client_id=inspector&client_secret=$secret\n"
            . "<Location \"/asked\">\nAuthType oauth2\nRequire oauth2_claim scope:orders.read\n</Location>"
    );
    mkdir $peer->dir . '/htdocs/asked' or die "asked: $!\n";
    open my $page, '>', $peer->dir . '/htdocs/asked/x' or die "asked: $!\n";
    close $page;
    $peer->start;
    my $ask = sub { return Tokex::Http::get($peer->port, '/asked/x', Authorization => "Bearer $_[0]")->status };
    my ($good, $dead) = map { got($world, 'orders', scope => 'orders.read') } 1, 2;
    is(give_back($world, 'orders', $dead)->status, 200, 'one of two tokens is taken back');
    felt('which every process knows', sub { return !is_active($world, $dead) });
    is($ask->($good), 200, 'it lets the other one in');
    is($ask->($dead), 401, 'and that one not');
    is($ask->($world->token), 401, 'nor one that is not ours');
    ok($peer->stop && $world->httpd->stop, 'both stop');
};

part 'prefork, and two hosts of one installation' => sub {
    Tokex::Httpd::has_module('mpm_prefork') or plan skip_all => 'no prefork';
    my $other = Tokex::Httpd::free_port();
    my $world = world(
        mpm => 'prefork',
        workers => "StartServers 4\nMinSpareServers 4\nMaxSpareServers 4\nServerLimit 4\nMaxRequestWorkers 4",
        config => "Listen 127.0.0.1:$other\n<VirtualHost 127.0.0.1:$other>\nTokexIssuer http://127.0.0.1:\@PORT\@/sts\n"
            . "TokexTenant second\n<Location /sts>\nSetHandler tokex\n</Location>\n</VirtualHost>"
    );
    my $token = got($world, 'orders');
    my $there = sub {
        return Tokex::Http::post_form($other, '/sts/introspect', [token => $token],
            Authorization => Tokex::Http::basic('inspector', $world->secret('inspector')))->json->{active} ? 1 : 0;
    };
    ok(is_active($world, $token) && $there->(), 'a token is active at both');
    is(give_back($world, 'orders', $token)->status, 200, 'it is given back at one');
    felt('which each process of it knows', sub { return !is_active($world, $token) });
    felt('and of the other', sub { return !$there->() });
    ok($world->httpd->stop, 'it stops');
};

# Somebody else writes state.db for a while; a function that ends it.
sub lock_state
{
    my ($world) = @_;
    my $pid = open2(my $out, my $in, 'sqlite3', state_db($world));
    print {$in} "BEGIN IMMEDIATE;\nSELECT 'held';\n";
    $in->flush;
    my $line = readline $out;
    return sub { print {$in} "ROLLBACK;\n"; close $in; waitpid $pid, 0; return $line eq "held\n" };
}

part 'faults of state.db' => sub {
    my $world = world();
    my ($early, $dead, $token) = map { got($world, 'orders') } 1, 2, 3;
    is(give_back($world, 'orders', $early)->status, 200, 'a token is taken back');
    ok($world->httpd->graceful, 'a graceful restart');
    ok(!is_active($world, $early), 'it stays so') for 1 .. 6;
    is(give_back($world, 'orders', $dead)->status, 200, 'another token is taken back');
    my $let_go = lock_state($world);
    my $answer = give_back($world, 'orders', $token);
    is($answer->status . ' ' . $answer->json->{error}, '503 temporarily_unavailable', 'while state.db is locked nothing is taken back');
    like($answer->header('retry-after'), qr/^\d+$/, 'and the client is told when to try again');
    ok(is_active($world, $token), 'the token stays good');
    ok($let_go->(), 'somebody else has ended');
    is(give_back($world, 'orders', $token)->status, 200, 'then it is');
    felt('as every process feels', sub { return !is_active($world, $token) });

    my $last = got($world, 'orders');
    my ($path, $log) = (state_db($world), length $world->httpd->error_log);
    rename $path, "$path.away" or die "$path: $!\n";
    ok($world->httpd->wait_for(sub { $world->httpd->error_log($log) =~ /TX00180: / }, 5), 'state.db goes, which is said');
    is(give_back($world, 'orders', $last)->status, 503, 'without it nothing is taken back');
    ok(!is_active($world, $dead) && is_active($world, $last), 'and what is known goes on') for 1 .. 6;
    is($world->exchange->status, 200, 'so do exchanges');
    ok($world->httpd->graceful, 'processes begin without it');
    ok(!is_active($world, $early) && is_active($world, $last), 'and know what was taken back before the last start') for 1 .. 6;
    $log = length $world->httpd->error_log;
    rename "$path.away", $path or die "$path: $!\n";
    ok($world->httpd->wait_for(sub { $world->httpd->error_log($log) =~ /TX00180: .*again/ }, 5), 'it comes back, which is said');
    ok(defined becomes(sub { return give_back($world, 'orders', $last)->status == 200 }, 1), 'and is written again');
    felt('and felt', sub { return !is_active($world, $last) });
    ok($world->httpd->stop, 'it stops');
};

part 'a hundred thousand' => sub {
    my $world = world();
    my $pss = sub {
        my @sizes = map { (Tokex::Httpd::slurp("/proc/$_/smaps_rollup") =~ /^Pss:\s+(\d+) kB/m)[0] // 0 } $world->httpd->children;
        return (sort { $b <=> $a } @sizes)[0];
    };
    my $token = got($world, 'orders');
    ok(is_active($world, $token), 'a token') for 1 .. 6;
    my $before = $pss->();
    my $rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)\n"
        . "INSERT INTO revocation (number, kind, issuer, value, issued_before, ends, created, who, reason)\n"
        . "SELECT i, 'token', '', 'AAAAAAAAAAAAAAAA' || i, 0, 4000000000, 1, 'test', '' FROM n;\n"
        . "UPDATE revocation_change SET number = 100000;";
    my $path = state_db($world);
    is(system('sqlite3', $path, '.timeout 5000', "BEGIN IMMEDIATE; $rows COMMIT;"), 0, '100,000 revocations come');
    revoke($world, '--jti', claims_of($token)->{jti});
    felt('one more is felt', sub { return !is_active($world, $token) });
    my $grown = $pss->() - $before;
    cmp_ok($grown, '<', 24 * 1024, "a process has $grown KiB more");
    is($world->exchange->status, 200, 'and goes on');
    my %old = map { $_ => 1 } $world->httpd->children;
    ok($world->httpd->graceful, 'a graceful restart');
    ok($world->httpd->wait_for(sub { !grep { $old{$_} } $world->httpd->children }, 10), 'ends the old processes');
    ok(!is_active($world, $token), 'the new ones begin with them') for 1 .. 6;
    $grown = $pss->() - $before;
    cmp_ok($grown, '<', 8 * 1024, "and a process has $grown KiB more, as most of it is shared");
    is(system('sqlite3', $path, '.timeout 5000', 'UPDATE revocation SET ends = 5 WHERE number <= 100000;'), 0, 'they hold for nothing any more');
    ok($world->httpd->wait_for(sub { my $left = qx(sqlite3 '$path' 'SELECT COUNT(*) FROM revocation'); return defined $left && $left =~ /^1$/ }, 60),
        'and are forgotten');
    ok(!is_active($world, $token), 'but for the one that does');
    ok($world->httpd->stop, 'it stops');
};

done_testing();
