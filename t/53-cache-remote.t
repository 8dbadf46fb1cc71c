#!/usr/bin/perl
# Decisions are remembered on another host: nothing there can be read or put in place of another, and whatever
# becomes of that host, requests are answered as without it, and at once.
# `prove t/53-cache-remote.t :: WORD ...` runs only the parts whose names hold one of the words.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose;
use Tokex::Parts;
use Tokex::Protected;
use Tokex::Store;

# Seconds that may be added to a request. A busy machine adds more by itself: twice what it does to a server that
# has nothing to do with a store, at the same time.
my $ADDED = 0.05;
my $NOISE = 0.1;
my $plain;


# A machine that is busy may be late itself, and then it decides; each time is counted.
sub decided_at_most
{
    my ($world, $token, $count, $name) = @_;
    my $late = $world->count('cache_remote_failures late');
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return cmp_ok($world->decided(Tokex::Jose::jti($token)), '<=', $count + $late, $name . ($late ? ", but for $late that came late" : ''));
}

# Answers to tokens, one after the other, on one connection: statuses, and the seconds of the slowest.
sub timed
{
    my ($world, @tokens) = @_;
    my $http = Tokex::Http->new($world->port);
    my ($slowest, @status) = (0);
    for my $token (@tokens) {
        my $from = time;
        push @status, $http->request(Tokex::Http::octets('GET', '/api/x', [Authorization => "Bearer $token"]))->status;
        $slowest = time - $from if time - $from > $slowest;
    }
    return (join(' ', @status), $slowest);
}

# More than one second of requests, so that it is asked again several times.
sub beset
{
    my ($world, $what) = @_;
    my ($good, $bad) = ($world->token, $world->token(claims => { aud => 'urn:somebody:else' }));
    my ($all, $wrong, $slowest, $noise, $until) = (0, 0, 0, $NOISE, time + 2.5);
    $plain //= Tokex::Protected->new(directives => 'TokexCache Off');
    my @plain = map { $plain->token } 1 .. 3;
    while (time < $until) {
        my (undef, $alone) = timed($plain, @plain);
        $noise = 2 * $alone if $noise < 2 * $alone;
        my ($status, $took) = timed($world, $good, $bad, $world->token);
        $all++;
        $wrong++ if $status ne '200 401 200';
        $slowest = $took if $took > $slowest;
        sleep 0.02;
    }
    is($wrong, 0, "FLT-014 $what: $all times the same verdicts");
    cmp_ok($slowest, '<', $ADDED + $noise, sprintf '%s: the slowest request takes %.3f s', $what, $slowest);
    return;
}

# As long as it is asked again, tokens come back. httpd's clients try a server that was gone every 5 seconds, and
# may find more than one dead connection.
sub recovers
{
    my ($world, $what) = @_;
    my $from = time;
    my $found = $world->httpd->wait_for(
        sub {
            my ($token, $hits) = ($world->token, $world->count('cache_lookups hit'));
            $world->ask('/api/x', $token);
            sleep 0.02;
            $world->ask('/api/x', $token);
            return $world->count('cache_lookups hit') > $hits;
        },
        30
    );
    ok($found, sprintf '%s: it is used again %.1f s later', $what, time - $from);
    return;
}

for my $kind (qw(redis memcache)) {
    part $kind => sub {
        Tokex::Httpd::needs("socache_$kind") or return;
        Tokex::Store::program($kind) or return fail("$kind: install redis-server and memcached (Debian)");
        my $store = Tokex::Store->new($kind);
        my $world = Tokex::Protected->new(shmcb => 0, modules => ["socache_$kind"], directives => 'TokexCache ' . $store->name);
        unlike($world->httpd->error_log, qr/TX00121/, 'no memory of this host is asked for');
        my $token = $world->token(claims => { sub => 'auth0|somebody-to-be-found' });
        my ($status) = timed($world, $token);
        is($status, 200, 'a token is let in');
        my $hit = $world->httpd->wait_for(sub { $world->ask('/api/x', $token); $world->count('cache_lookups hit') > 0 }, 5);
        ok($hit, 'and remembered there');
        my $decided = $world->decided(Tokex::Jose::jti($token));
        my %pid;
        for (1 .. 200) {
            last if keys %pid == 3;
            is($world->ask('/api/x', $token)->status, 200, 'it comes again') if $_ % 50 == 0;
            $world->ask('/api/x', $token);
            %pid = map { $_->{pid} => 1 } $world->uses(2);
        }
        is(scalar(keys %pid), 3, 'all processes have it from there');
        decided_at_most($world, $token, $decided, 'without a decision of their own');
        look_into($world, $store, $token) if $kind eq 'redis';

        $store->signal('STOP');
        my $late = $world->count('cache_remote_failures late');
        beset($world, 'it is stopped');
        $late = $world->count('cache_remote_failures late') - $late;
        cmp_ok($late, '>', 0, 'which is counted');
        # Three processes, each once a second.
        cmp_ok($late, '<', 20, 'and not asked for at each request');
        $store->signal('CONT');
        recovers($world, 'it goes on');
        $store->end;
        beset($world, 'it is killed');
        cmp_ok($world->count('cache_remote_failures failed'), '>', 0, 'which is counted');
        my @said = $world->httpd->error_log =~ /(TX00124: the store of TokexCache, $kind, (?:did not|could not).*)/g;
        cmp_ok(scalar(@said), '>=', 1, 'the log says so');
        cmp_ok(scalar(@said), '<', 20, 'and not at each request');
        $store->start;
        recovers($world, 'it is there again');
        $store->signal('STOP');
        my $from = time;
        $world->ask('/api/x', $world->token);
        ok($world->httpd->deserted, 'nobody asks any more');
        ok($world->httpd->stop, 'it is stopped: httpd stops');
        cmp_ok(time - $from, '<', 4, sprintf 'within %.1f s', time - $from);
        unlike($world->httpd->error_log, qr/exit signal|AddressSanitizer/, 'nothing crashed');
    };
}

# What is kept for `token`, as a thief would see it, and as somebody would change it.
sub look_into
{
    my ($world, $store, $token) = @_;
    my @keys = $store->redis('KEYS', '*');
    cmp_ok(scalar(@keys), '>', 0, 'there is something to steal');
    my $all = join "\n", map { ($_, $store->redis('GET', $_)) } @keys;
    my ($head, $payload, $signature) = split /\./, $token;
    my $issued = ($world->uses(1))[0]{jti};
    for my $secret ($payload, $signature, Tokex::Jose::jti($token), $issued, 'somebody-to-be-found', 'auth0', 'api.example', 'partner', '"sub"') {
        my $shown = length $secret > 20 ? substr($secret, 0, 20) . '...' : $secret;
        ok(index($all, $secret) < 0, "nothing there says $shown");
        ok(index($all, encode_base64($secret, '') =~ s/.{0,4}=*\z//r) < 0, 'nor in base64') if length $secret > 8;
    }
    my ($ttl) = sort { $b <=> $a } map { $store->redis('TTL', $_) } @keys;
    cmp_ok($ttl, '<=', 60, 'and all of it goes away');

    my $other = $world->token(claims => { sub => 'auth0|another' });
    $world->ask('/api/x', $other);
    $world->httpd->wait_for(sub { $store->redis('DBSIZE') == @keys + 1 }, 5);
    my ($new) = grep { my $name = $_; !grep { $_ eq $name } @keys } $store->redis('KEYS', '*');
    my %was = map { $_ => scalar $store->redis('GET', $_) } @keys, $new;
    my %change = (
        'that of another token' => sub { $was{ $keys[0] } },
        'one octet changed' => sub { my $text = $was{$new}; substr($text, 100, 1) ^= "\x01"; $text },
        'cut' => sub { substr $was{$new}, 0, -8 },
        'text' => sub {'rubbish'},
        'zeros' => sub { "\0" x 500 },
        'large' => sub { 'x' x 1_000_000 },
    );
    for my $what (sort keys %change) {
        my $before = $world->decided(Tokex::Jose::jti($other));
        my $changed = $change{$what}->();
        $store->redis('SET', $new, $changed, 'EX', 50);
        is($world->ask('/api/x', $other)->status, 200, "$what: the verdict stays");
        is($world->decided(Tokex::Jose::jti($other)), $before + 1, 'and is decided anew');
        my @uses = $world->uses(1);
        isnt($uses[-1]{jti}, $issued, 'for nobody else');
        # What was decided is on its way there, and must not arrive after the next change.
        # After one that is too large the store is left alone for a second.
        $what eq 'large' ? sleep 1.1
            : $world->httpd->wait_for(sub { ($store->redis('GET', $new) // '') ne $changed }, 5) || diag("$what: it stays");
    }
    return;
}

for my $mpm (qw(prefork worker)) {
    part $mpm => sub {
        Tokex::Httpd::needs("mpm_$mpm") or return;
        my $store = Tokex::Store->new('redis');
        my $world = Tokex::Protected->new(
            mpm => $mpm,
            modules => ['socache_redis'],
            directives => 'TokexCache ' . $store->name,
            $mpm eq 'prefork' ? (workers => "StartServers 3\nMinSpareServers 3\nMaxSpareServers 3\nMaxRequestWorkers 3") : ()
        );
        my $token = $world->token;
        is($world->statuses('/api/x', ($token) x 20), join(' ', (200) x 20), 'a token is let in');
        is($world->decided(Tokex::Jose::jti($token)), 1, 'and decided on once');
        $world->httpd->wait_for(sub { $store->redis('DBSIZE') == 1 }, 5);
        my $found = sub { my ($hits) = $store->redis('INFO', 'stats') =~ /keyspace_hits:(\d+)/; return $hits };
        my $before = $found->();
        ok($world->httpd->graceful, 'a graceful restart empties the memory of the host');
        is($world->statuses('/api/x', ($token) x 20), join(' ', (200) x 20), 'the token is let in');
        cmp_ok($found->(), '>', $before, 'as the other host remembers');
        $store->signal('STOP');
        $world->ask('/api/x', $world->token) for 1 .. 5;
        my $from = time;
        ok($world->httpd->stop, 'it stops while that one does not answer');
        cmp_ok(time - $from, '<', 5, sprintf 'within %.1f s', time - $from);
        my $log = $world->httpd->error_log;
        unlike($log, qr/exit signal/, 'nothing crashed') or diag($log =~ /^(.*exit signal.*)$/mg);
    };
}

part 'rubbish' => sub {
    my $store = Tokex::Store->new('rubbish');
    my $world = Tokex::Protected->new(shmcb => 0, modules => ['socache_redis'], directives => 'TokexCache ' . $store->name);
    beset($world, 'it answers rubbish');
    ok($world->httpd->stop, 'httpd stops');
    unlike($world->httpd->error_log, qr/exit signal/, 'nothing crashed');
};

part 'this host first' => sub {
    my $store = Tokex::Store->new('redis');
    my $world = Tokex::Protected->new(modules => ['socache_redis'], directives => 'TokexCache ' . $store->name);
    my $token = $world->token;
    is($world->statuses('/api/x', ($token) x 2), '200 200', 'a token is remembered');
    $world->httpd->wait_for(sub { $store->redis('DBSIZE') == 1 }, 5);
    is($store->redis('DBSIZE'), 1, 'on the other host too');
    my ($gets) = $store->redis('INFO', 'commandstats') =~ /cmdstat_get:calls=(\d+)/;
    $world->statuses('/api/x', ($token) x 20);
    my ($now) = $store->redis('INFO', 'commandstats') =~ /cmdstat_get:calls=(\d+)/;
    # On a busy machine the memory of this host may not be had in time once.
    cmp_ok($now, '<=', $gets + 3, 'which is not asked where this one knows');
    $store->end;
    my $decided = $world->decided(Tokex::Jose::jti($token));
    is($world->statuses('/api/x', ($token) x 20), join(' ', (200) x 20), 'nor needed, once it is gone');
    cmp_ok($world->decided(Tokex::Jose::jti($token)), '<=', $decided + 3, 'for what was decided before');
};

part 'two hosts' => sub {
    my $store = Tokex::Store->new('redis');
    my $world = Tokex::Protected->new(modules => ['socache_redis'], directives => 'TokexCache ' . $store->name);
    my $token = $world->token;
    is($world->ask('/api/x', $token)->status, 200, 'one decides');
    $world->httpd->wait_for(sub { $store->redis('DBSIZE') == 1 }, 5);
    is($world->decided(Tokex::Jose::jti($token)), 1, 'once');
    # Begun anew, it has the same configuration and an empty memory, as another host would.
    ok($world->httpd->stop, 'it ends');
    $world->httpd->start;
    is($world->ask('/api/x', $token)->status, 200, 'another with the same configuration finds it');
    decided_at_most($world, $token, 1, 'and does not decide');
    my $before = $world->decided(Tokex::Jose::jti($token));
    $world->ctl->import_document($world->edited(sub { $_[0]{scopes}[0]{description} = 'changed' }));
    $world->httpd->wait_for(sub { $world->ask('/api/x', $token); $world->decided(Tokex::Jose::jti($token)) > $before }, 3);
    cmp_ok($world->decided(Tokex::Jose::jti($token)), '>', $before, 'one with another configuration does');
};

part 'mistakes' => sub {
    my @mistakes = (
        ['TokexCache redis', qr/TokexCache: 'redis': List of server names required/],
        ['TokexCache dbm:/tmp/x', qr/TokexCache: 'dbm' cannot be used by several threads; write shmcb, memcache/],
    );
    for my $mistake (@mistakes) {
        my ($line, $like) = @$mistake;
        my $world = Tokex::Protected->new(start => 0, modules => [qw(socache_redis socache_dbm)], directives => $line);
        my ($status, $said) = $world->httpd->config_test;
        isnt($status, 0, "$line: httpd -t refuses");
        like($said, $like, 'and says why');
    }
};

done_testing();
