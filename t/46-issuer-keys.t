#!/usr/bin/perl
# Keys of issuers are fetched: new ones when they are needed, all of them before, by one process for all,
# and whatever the issuer's server does nobody else feels it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use IO::Socket::INET;
use List::Util qw(max);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::HostileServer;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(ec_key json);
use Tokex::World;

my %WORKERS = (
    event => "ServerLimit 2\nStartServers 2\nThreadLimit 8\nThreadsPerChild 8\nMinSpareThreads 16\n"
        . "MaxSpareThreads 16\nMaxRequestWorkers 16",
    prefork => "StartServers 8\nMinSpareServers 8\nMaxSpareServers 8\nMaxRequestWorkers 8\nServerLimit 8",
);

# ---- A world whose issuers say where their keys are

# live_world(server, mpm, { issuer => { keys of the issuer's configuration } or a path }, more of World->new)
sub live_world
{
    my ($server, $mpm, $issuers, %more) = @_;
    my %fields = map { ref $issuers->{$_} ? ($_ => $issuers->{$_}) : ($_ => { jwks_urls => [$server->url($issuers->{$_})] }) }
        keys %$issuers;
    my $edit = delete $more{edit};
    my $world = Tokex::World->new(
        mpm => $mpm,
        workers => "$WORKERS{$mpm}\nMaxConnectionsPerChild 0",
        log_level => 'notice',
        start => 0,
        directives => 'TokexFetchAllow 127.0.0.1',
        document => sub {
            my ($document, $self) = @_;
            for my $id (sort keys %fields) {
                my (undef, $issuer) = $self->issuer($id, keys => [], algorithms => ['ES256'], %{ $fields{$id} });
                push @{ $document->{issuers} }, $issuer;
                push @{ $_->{rules}[0]{issuers} }, $id for grep { $_->{id} eq 'orders' } @{ $document->{clients} };
            }
            $edit->($document) if $edit;
        },
        %more
    );
    $world->{server} = $server;
    $world->{paths} = { map { $_ => $issuers->{$_} } grep { !ref $issuers->{$_} } keys %$issuers };
    return $world;
}

sub jwks { my (@keys) = @_; return json({ keys => [map { $_->public_jwk(alg => 'ES256') } @keys] }) }

# A new key of the kid `kid`, under the name "$issuer/$kid" or the one given.
sub new_key
{
    my ($world, $issuer, $kid, $name) = @_;
    return $world->{keys}{ $name // "$issuer/$kid" } = ec_key($kid, 'P-256');
}

# The server shows these keys for an issuer from now on.
sub show { my ($world, $issuer, @names) = @_; $world->{server}->page($world->{paths}{$issuer}, jwks(map { $world->key($_) } @names)); return }

sub sql
{
    my ($world, $text) = @_;
    my $path = $world->httpd->dir . '/tokex/state/state.db';
    my $said = qx(sqlite3 -cmd '.timeout 5000' "$path" "$text" 2>&1);
    $? == 0 or die "sqlite3: $said\n$text\n";
    return $said;
}

# What came from an issuer `ago` seconds ago, as if it had been fetched then.
sub seed
{
    my ($world, $issuer, $ago, @names) = @_;
    my ($now, $url) = (int time, $world->{server}->url($world->{paths}{$issuer}));
    my $jwks = jwks(map { $world->key($_) } @names) =~ s/"/\\"/gr;
    sql($world, "BEGIN IMMEDIATE; UPDATE issuer_key_change SET number = number + 1; INSERT INTO issuer_key_set SELECT '$issuer', '$url', '$jwks', "
            . ($now - $ago) . ", " . ($now + 3600) . ", " . ($now - $ago) . ", NULL, number FROM issuer_key_change; COMMIT");
    return;
}

# Changes a row, so that every process takes it in.
sub touch
{
    my ($world, $issuer, $set) = @_;
    sql($world, "BEGIN IMMEDIATE; UPDATE issuer_key_change SET number = number + 1; UPDATE issuer_key_set SET $set, "
            . "number = (SELECT number FROM issuer_key_change) WHERE issuer = '$issuer'; COMMIT");
    return;
}

# (status, code) of an exchange with a token of an issuer under one of its keys.
sub exchange
{
    my ($world, $issuer, $name) = @_;
    my $token = $world->{tokens}{"$issuer $name"} //= $world->token(issuer => $issuer, key => $name);
    my $answer = $world->exchange(subject_token => $token);
    return $answer->status == 200 ? '200 granted' : $answer->status . ' ' . ($world->audit_of($answer) || {})->{code};
}

sub fresh { my ($world, @what) = @_; delete $world->{http}; return exchange($world, @what) }

sub asked { my ($world, $issuer) = @_; return scalar($world->{server}->requests($world->{paths}{$issuer})) }

# Each of many new connections, so that each process has some, until all say so or time is up.
sub all_say
{
    my ($world, $want, $seconds, @what) = @_;
    my ($until, $row) = (time + $seconds, 0);
    while ($row < 12 && time < $until) {
        $row = fresh($world, @what) eq $want ? $row + 1 : 0;
    }
    return $row >= 12;
}

# The same of the statuses of answers to one question, each over a new connection, for five seconds.
sub all_answer
{
    my ($want, $ask) = @_;
    my ($until, $row) = (time + 5, 0);
    while ($row < 12 && time < $until) {
        $row = $ask->()->status == $want ? $row + 1 : 0;
    }
    return $row >= 12;
}

sub said { my ($world, $from, $like) = @_; return scalar(() = $world->httpd->error_log($from) =~ /$like/g) }

# Processes that send one octet string after the other on new connections until they are told to stop; each
# then tells how often each status came, and the longest time of an answer.
sub load
{
    my ($world, $count, $octets) = @_;
    my @load;
    for my $i (0 .. $count - 1) {
        pipe my $read, my $write or die "pipe: $!";
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            my ($end, %seen, $slowest) = (0);
            $SIG{TERM} = sub { $end = 1 };
            my $n = 0;
            while (!$end) {
                my $from = time;
                my $text = ref $octets eq 'CODE' ? $octets->($n++) : $octets;
                my $status = eval { Tokex::Http->new($world->port)->request($text)->status } // 'none';
                $seen{$status}++ if !$end;
                $slowest = max($slowest // 0, time - $from) if !$end;
                # Asking without a pause would only keep the processors from the server.
                sleep 0.02;
            }
            print {$write} join(' ', %seen, 'slowest', $slowest // 0), "\n";
            close $write;
            POSIX::_exit(0);
        }
        close $write;
        push @load, { pid => $pid, read => $read };
    }
    return \@load;
}

sub unload
{
    my ($load) = @_;
    my %sum = (slowest => 0);
    kill 'TERM', map { $_->{pid} } @$load;
    for my $worker (@$load) {
        my $read = $worker->{read};
        my %count = split ' ', scalar(<$read>) // '';
        $sum{slowest} = max($sum{slowest}, delete $count{slowest} // 0);
        $sum{$_} += $count{$_} for keys %count;
        waitpid $worker->{pid}, 0;
    }
    return \%sum;
}

sub octets_of
{
    my ($world, $token) = @_;
    return Tokex::Http::octets(
        'POST',
        '/sts/token',
        [
            'Content-Type' => 'application/x-www-form-urlencoded',
            Authorization => Tokex::Http::basic('orders', $world->secret('orders')),
            Connection => 'close'
        ],
        Tokex::Http::form($world->form(subject_token => $token))
    );
}

# ---- One process asks before requests have to

{
    my $server = Tokex::HostileServer->new;
    my $world = live_world($server, 'event', { map { $_ => "/$_" } qw(first rotated empty gone) });
    new_key($world, $_, 'k1') for qw(first rotated empty gone);
    show($world, $_, "$_/k1") for qw(first rotated empty gone);
    # Those are asked again when they are due; had they been asked at the start, not so soon.
    seed($world, $_, 600, "$_/k1") for qw(rotated empty gone);
    $world->httpd->start;
    ok($world->httpd->wait_for(sub { said($world, 0, 'TX00080: new keys of issuer "first"') }, 5), 'keys are fetched when the server starts');
    is(fresh($world, 'first', 'first/k1'), '200 granted', 'AS-8 a token of an issuer whose keys are fetched');
    ok(all_say($world, '200 granted', 10, 'first', 'first/k1'), 'AS-8 in each process');
    is(asked($world, 'first'), 1, 'JFX-017 one process has asked for all');
    is(fresh($world, 'rotated', 'rotated/k1'), '200 granted', 'keys that came before the start are served');
    is(asked($world, 'rotated'), 0, 'without a question');
    # The issuer rotates; the next refresh is due now.
    new_key($world, 'rotated', 'k2');
    show($world, 'rotated', 'rotated/k2');
    touch($world, 'rotated', 'fresh_until = 1');
    ok(all_say($world, '400 key_unknown', 10, 'rotated', 'rotated/k1'), 'JWK-014 a key that has gone from the set is refused after the next refresh');
    is(fresh($world, 'rotated', 'rotated/k2'), '200 granted', 'JWK-014 and the one in its place is not');
    is(asked($world, 'rotated'), 1, 'after one question');
    # It withdraws its keys.
    my $from = length $world->httpd->error_log;
    $server->page('/empty', '{"keys":[]}');
    touch($world, 'empty', 'fresh_until = 1');
    ok($world->httpd->wait_for(sub { said($world, $from, 'alert.*TX00082: issuer "empty" has withdrawn') }, 10), 'an empty set is an alarm');
    ok(all_say($world, '400 key_unknown', 5, 'empty', 'empty/k1'), 'and is believed');
    # An issuer that nobody names any more.
    $world->ctl->import_document($world->edited(sub {
        my ($document) = @_;
        @{ $document->{issuers} } = grep { $_->{id} ne 'gone' } @{ $document->{issuers} };
        for my $client (@{ $document->{clients} }) {
            $_->{issuers} = [grep { $_ ne 'gone' } @{ $_->{issuers} }] for @{ $client->{rules} };
        }
    }));
    ok($world->httpd->wait_for(sub { sql($world, "SELECT count(*) FROM issuer_key_set WHERE issuer = 'gone'") == 0 }, 10),
        'what came from an issuer that has gone goes too');
    is(sql($world, 'SELECT count(*) FROM issuer_key_set') + 0, 3, 'and nothing else');
    # A restart needs no network.
    $server->stop;
    ok($world->httpd->stop, 'it stops');
    unlike($world->httpd->error_log, qr/exit signal|did not exit/, 'without a complaint');
    $from = length $world->httpd->error_log;
    $world->httpd->start;
    is(fresh($world, $_, $_ eq 'first' ? 'first/k1' : 'rotated/k2'), '200 granted', "a restart without network: $_") for qw(first rotated);
    is(said($world, $from, 'TX0008'), 0, 'and without a word');
    ok($world->httpd->stop, 'it stops again');
}

{
    my $server = Tokex::HostileServer->new;
    my $world = live_world($server, 'event', { barred => '/barred' }, directives => '');
    my $httpd = $world->httpd;
    new_key($world, 'barred', 'k1');
    show($world, 'barred', 'barred/k1');
    $httpd->start;
    ok($httpd->wait_for(sub { said($world, 0, 'TX00081: .*127\.0\.0\.1 is not a public address: name it in TokexFetchAllow') }, 15),
        'an address that is not public is not asked, and the log says what allows it');
    is(asked($world, 'barred'), 0, 'not even for a connection');
    $httpd->{config} =~ s/^TokexAuditLog/TokexFetchAllow 127.0.0.1\nTokexAuditLog/m or die 'no such line';
    $httpd->write_config;
    ok($httpd->graceful && $httpd->wait_for(sub { said($world, 0, 'TX00080: .*"barred"') }, 15), 'once it is named, a restart asks at once');
    # Each process sees what came within a second.
    ok($httpd->wait_for(sub { fresh($world, 'barred', 'barred/k1') eq '200 granted' }, 2), 'and its tokens are exchanged');
    ok($httpd->stop, 'it stops');
}

# ---- A key that is not there

for my $mpm (qw(event prefork)) {
    {
        Tokex::Httpd::needs("mpm_$mpm") or next;
        my $server = Tokex::HostileServer->new;
        my @ids = qw(new same herd forged);
        my $world = live_world($server, $mpm, { map { $_ => "/$_" } @ids });
        new_key($world, $_, 'k1') for @ids;
        seed($world, $_, 600, "$_/k1") for @ids;
        $world->httpd->start;
        new_key($world, 'new', 'k2');
        show($world, 'new', 'new/k1', 'new/k2');
        is(fresh($world, 'new', 'new/k2'), '200 granted', "JWK-015 $mpm: the first token under a new key is exchanged");
        is(asked($world, 'new'), 1, "JWK-015 $mpm: after one question");
        ok(all_say($world, '200 granted', 5, 'new', 'new/k2'), "JWK-015 $mpm: by each process");
        # The same kid, another key: the old one is right until its signature is wrong.
        new_key($world, 'same', 'k1', 'same/other');
        show($world, 'same', 'same/other');
        is(fresh($world, 'same', 'same/other'), '200 granted', "$mpm: a new key under a kid that is known is asked for once");
        ok(all_say($world, '400 signature', 5, 'same', 'same/k1'), "$mpm: the one before is refused by each process");
        is(asked($world, 'same'), 1, "$mpm: without another question");
        # All processes need it at the same moment, and it takes a while.
        new_key($world, 'herd', 'k2');
        show($world, 'herd', 'herd/k2');
        $server->mode('slow');
        my $load = load($world, 8, octets_of($world, $world->token(issuer => 'herd', key => 'herd/k2')));
        sleep 2.5;
        my $count = unload($load);
        $server->mode('');
        is(asked($world, 'herd'), 1, "JFX-017 $mpm: many processes and threads need a key at once, and one asks");
        ok($count->{200} > 8 && $count->{slowest} < 3, "JFX-017 $mpm: the others wait for it: $count->{200} granted, the slowest in "
                . sprintf '%.1f s', $count->{slowest});
        is_deeply([grep { !/^(?:200|503|slowest)$/ } keys %$count], [], "JFX-017 $mpm: or are told to come again");
        # Any number of tokens with kids that nobody has.
        show($world, 'forged', 'forged/k1');
        my $good = octets_of($world, $world->token(issuer => 'forged', key => 'forged/k1'));
        my @forged = map { octets_of($world, $world->token(issuer => 'forged', key => 'forged/k1', header => { kid => "random-$_" })) } 1 .. 200;
        my @loads = (load($world, 2, sub { $forged[$_[0] % @forged] }), load($world, 2, $good));
        sleep 3;
        my ($bad, $fine) = map { unload($_) } @loads;
        is(asked($world, 'forged'), 1, "HDR-028 $mpm: any number of unknown kids leads to one question");
        is_deeply([grep { !/^(?:400|slowest)$/ } keys %$bad], [], "HDR-028 $mpm: each is refused with 400: $bad->{400} of them");
        is_deeply([grep { !/^(?:200|slowest)$/ } keys %$fine], [], "HDR-028 $mpm: while others are served: $fine->{200}");
        ok($world->httpd->stop, "$mpm: it stops");
        unlike($world->httpd->error_log, qr/exit signal|did not exit|TX0008[1-7]/, "$mpm: without a complaint");
    }
}

# ---- Issuers that are slow, down, or up and down

# How a token comes in, and what one whose key nobody has is told.
my %ENTRANCE = (
    'token endpoint' => { octets => \&octets_of, unknown => 400 },
    'protected location' => { octets => \&octets_of_location, unknown => 401 },
);

sub octets_of_location
{
    my ($world, $token) = @_;
    return Tokex::Http::octets('GET', '/protected/page', [Authorization => "Bearer $token", Connection => 'close']);
}

# Everything is decided anew, so that every request has need of a key.
sub location_for
{
    my (@issuers) = @_;
    return <<"END";
<Location "/protected">
    AuthType tokex
    TokexClient orders
    TokexTrustedIssuers partner @issuers
    TokexCacheTTL 0
    Require valid-user
</Location>
END
}

sub write_page
{
    my ($world) = @_;
    my $dir = $world->httpd->dir . '/htdocs/protected';
    mkdir $dir or die "$dir: $!\n";
    open my $out, '>', "$dir/page" or die $!;
    print {$out} "page\n";
    close $out or die $!;
    return;
}

for my $entrance (sort keys %ENTRANCE) {
    my $octets = $ENTRANCE{$entrance}{octets};
    my $unknown_status = $ENTRANCE{$entrance}{unknown};
    subtest "through the $entrance" => sub {
        my $server = Tokex::HostileServer->new;
        my %path = (silent => '/silent', drip => '/drip', down => '/down', flapping => '/flapping', stale => '/stale',
            good => '/good', login => '/login');
        my $world = live_world($server, 'event', \%path, modules => ['authz_user'], config => location_for(sort keys %path), edit => sub {
            my ($document) = @_;
            $_->{keys_stale} = 3600 for grep { $_->{id} eq 'stale' } @{ $document->{issuers} };
        });
        for my $issuer (sort keys %path) {
            new_key($world, $issuer, $_) for qw(k1 k2);
            seed($world, $issuer, 600, "$issuer/k1");
        }
        show($world, 'good', 'good/k1', 'good/k2');
        show($world, 'flapping', 'flapping/k1', 'flapping/k2');
        write_page($world);
        # The status of one request with a token of an issuer under one of its keys.
        my $asks = sub {
            my ($issuer, $name) = @_;
            my $token = $world->token(issuer => $issuer, key => $name);
            return Tokex::Http->new($world->port)->request($octets->($world, $token));
        };
        $world->httpd->start;
        for my $issuer (qw(silent drip)) {
            my $id = $issuer eq 'silent' ? 'JFX-001' : 'JFX-002';
            my @others = map { $octets->($world, $world->token(issuer => $_, key => "$_/k1")) } 'good', $issuer;
            my $calm = load($world, 2, sub { $others[$_[0] % 2] });
            sleep 1.5;
            $calm = unload($calm);
            my $storm = load($world, 20, $octets->($world, $world->token(issuer => $issuer, key => "$issuer/k2")));
            my $load = load($world, 2, sub { $others[$_[0] % 2] });
            my $answer = $asks->($issuer, "$issuer/k2");
            my $took = $answer->{seconds};
            sleep max(0, 6 - $took);
            my ($waited, $served) = map { unload($_) } $storm, $load;
            is_deeply([grep { !/^(?:503|slowest)$/ } keys %$waited], [], "$id an issuer that is $issuer: a token under a new key is answered with 503");
            is($answer->header('retry-after'), 30, "$id with Retry-After");
            cmp_ok(max($waited->{slowest}, $took), '<', 5.8, sprintf "$id after %.1f s at most", max($waited->{slowest}, $took));
            is_deeply([grep { !/^(?:200|slowest)$/ } keys %$served], [],
                "$id keys that are there are used, its own and others': $served->{200} requests");
            cmp_ok($served->{slowest}, '<', $calm->{slowest} + 2, sprintf "$id the slowest of them took %.0f ms, before %.0f ms",
                1000 * $served->{slowest}, 1000 * $calm->{slowest});
            is(asked($world, $issuer), 1, "$id after one question");
        }
        # A page of somebody else's.
        is($asks->('login', 'login/k2')->status . ' ' . $asks->('login', 'login/k1')->status, '503 200',
            'JFX-013 a login page instead of keys leaves the keys that were there');
        # Up and down.
        my $load = load($world, 4, $octets->($world, $world->token(issuer => 'flapping', key => 'flapping/k1')));
        my $more = load($world, 2, $octets->($world, $world->token(issuer => 'flapping', key => 'flapping/k2', header => { kid => 'k3' })));
        for (1 .. 10) {
            $server->mode($_ % 2 ? 'reset' : '');
            sleep 0.3;
        }
        $server->mode('');
        my ($known, $unknown) = map { unload($_) } $load, $more;
        is_deeply([grep { !/^(?:200|slowest)$/ } keys %$known], [], "JFX-016 an issuer that comes and goes: no known key is refused in $known->{200} requests");
        is_deeply([grep { !/^(?:$unknown_status|503|slowest)$/ } keys %$unknown], [], 'JFX-016 no unknown key is accepted');
        cmp_ok(asked($world, 'flapping'), '<=', 1, 'JFX-016 at most one question');
        # Down for good.
        $server->stop;
        is($asks->('down', 'down/k1')->status, 200, 'FLT-008 an issuer that is down: a known key is used');
        is($asks->('down', 'down/k2')->status, 503, 'FLT-008 an unknown one is answered with 503');
        is($asks->('down', 'down/k2')->status, 503, 'FLT-008 and again');
        is($asks->('partner', 'rsa')->status, 200, 'FLT-008 other issuers are not touched');
        is(said($world, 0, 'TX00081: the keys of issuer "down"'), 1, 'FLT-008 which is said once');
        touch($world, 'stale', 'fetched = fetched - 2000');
        ok(all_answer(200, sub { $asks->('stale', 'stale/k1') }), 'FLT-008 keys are used until they are too old');
        touch($world, 'stale', 'fetched = fetched - 2000');
        ok(all_answer(503, sub { $asks->('stale', 'stale/k1') }), 'FLT-008 then its tokens are answered with 503');
        my $answer = $asks->('stale', 'stale/k1');
        is($answer->header('retry-after'), 30, 'FLT-008 with Retry-After');
        is(eval { $answer->json->{error} }, $entrance eq 'token endpoint' ? 'temporarily_unavailable' : undef, 'FLT-008 and as RFC 6749 says where that holds');
        ok($world->httpd->stop, 'it stops');
        unlike($world->httpd->error_log, qr/exit signal|did not exit/, 'without a complaint');
    };
}

# ---- The end of a process that asks

for my $mpm (qw(event prefork)) {
    {
        Tokex::Httpd::needs("mpm_$mpm") or next;
        my $server = Tokex::HostileServer->new;
        my $world = live_world($server, $mpm, { background => '/silent', silent => '/silent' });
        new_key($world, $_, 'k1') for qw(background silent);
        seed($world, 'silent', 4000, 'silent/k1');
        # In the middle of the first round, and of a request.
        $world->httpd->start;
        $world->httpd->wait_for(sub { asked($world, 'silent') }, 10);
        new_key($world, 'silent', 'k2');
        my $load = load($world, 1, octets_of($world, $world->token(issuer => 'silent', key => 'silent/k2')));
        $world->httpd->wait_for(sub { $server->requests('/silent') >= 2 }, 10);
        my %before = map { $_ => 1 } $world->httpd->children;
        my $from = time;
        ok($world->httpd->graceful, "$mpm: a graceful restart while keys are asked for");
        ok($world->httpd->wait_for(sub { !grep { $before{$_} } $world->httpd->children }, 10), "JFX-020 $mpm: the processes end");
        cmp_ok(time - $from, '<', 2.5, sprintf "JFX-020 $mpm: %.1f s after they were told to", time - $from);
        unload($load);
        ok($world->httpd->settled($mpm eq 'event' ? 2 : 8), "$mpm: all new ones are there");
        ok($world->httpd->stop, "$mpm: it stops");
        unlike($world->httpd->error_log, qr/exit signal|did not exit/, "JFX-020 $mpm: without a crash");
    }
}

# ---- Where nobody is asked, nothing is loaded to ask with

{
    my $server = Tokex::HostileServer->new;
    my $world = Tokex::World->new(directives => 'TokexFetchAllow 127.0.0.1', log_level => 'notice');
    my $loaded = sub { return scalar grep { Tokex::Jose::slurp("/proc/$_/maps") =~ m{/libcurl[^/]*\.so} } $world->httpd->{pid}, $world->httpd->children };
    is(fresh($world, 'partner', 'rsa'), '200 granted', 'keys in the configuration');
    is($loaded->(), 0, 'no process has libcurl in memory');
    my $key = new_key($world, 'late', 'k1');
    $server->page('/late', json({ keys => [$key->public_jwk(alg => 'ES256')] }));
    $world->ctl->import_document($world->edited(sub {
        my ($document) = @_;
        my (undef, $issuer) = $world->issuer('late', keys => [], algorithms => ['ES256'], jwks_urls => [$server->url('/late')]);
        push @{ $document->{issuers} }, $issuer;
        push @{ $_->{rules}[0]{issuers} }, 'late' for grep { $_->{id} eq 'orders' } @{ $document->{clients} };
    }));
    ok($world->httpd->wait_for(sub { fresh($world, 'late', 'late/k1') eq '200 granted' }, 10), 'an issuer comes that says where its keys are');
    cmp_ok($loaded->(), '>', 0, 'and it is loaded to ask');
    ok($world->httpd->stop, 'it stops');
    unlike($world->httpd->error_log, qr/exit signal|did not exit/, 'without a complaint');
}

# ---- Virtual hosts of one directory

{
    my $server = Tokex::HostileServer->new;
    my $world = live_world($server, 'event', { both => '/both', round => '/round' }, config => <<'END');
Listen 127.0.0.2:@PORT@
<VirtualHost 127.0.0.2:@PORT@>
TokexIssuer http://127.0.0.2:@PORT@/sts
</VirtualHost>
END
    new_key($world, $_, 'k1') for qw(both round);
    show($world, $_, "$_/k1") for qw(both round);
    seed($world, 'both', 600, 'both/k1');
    $world->httpd->start;
    my $other = 'http://127.0.0.2:' . $world->port . '/sts';
    my $ask = sub {
        my ($host, $name) = @_;
        my ($issuer) = split m{/}, $name;
        my $octets = octets_of($world, $world->token(issuer => $issuer, key => $name, claims => { aud => [$world->issuer_url, $other] }));
        my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $world->port, Timeout => 10) or return "$host: $!";
        print {$socket} $octets;
        my $line = <$socket> // '';
        return $line =~ /^HTTP\S+ (\d+)/ ? $1 : $line;
    };
    new_key($world, 'both', 'k2');
    show($world, 'both', 'both/k1', 'both/k2');
    is($ask->('127.0.0.1', 'both/k2'), 200, 'a key is fetched for one virtual host');
    my $got = $world->httpd->wait_for(sub { $ask->('127.0.0.2', 'both/k2') == 200 }, 5);
    ok($got && asked($world, 'both') == 1, 'and is there for another one of the same directory, without another question');
    ok($world->httpd->wait_for(sub { $ask->('127.0.0.2', 'round/k1') == 200 }, 5) && asked($world, 'round') == 1,
        'one round goes for both');
    ok($world->httpd->stop, 'it stops');
}

# ---- Things that run out

{
    my $server = Tokex::HostileServer->new;
    my @ids = qw(few later locked);
    my $world = live_world($server, 'event', { map { $_ => "/$_" } @ids },
        workers => "ServerLimit 1\nStartServers 1\nThreadsPerChild 8\nMaxRequestWorkers 8\nAsyncRequestWorkerFactor 9\n"
            . 'MaxConnectionsPerChild 0');
    for my $issuer (@ids) {
        new_key($world, $issuer, $_) for qw(k1 k2);
        seed($world, $issuer, 600, "$issuer/k1");
        show($world, $issuer, "$issuer/k1", "$issuer/k2");
    }
    $world->httpd->start;
    # As many descriptors as are open now, and thirty; then connections take those.
    my ($child) = $world->httpd->children;
    # A program that started httpd may have left one with a large number open.
    my $limit = 1024;
    my $open = sub { return scalar(grep {m{/(\d+)$} && $1 < $limit} glob "/proc/$child/fd/*") };
    is(exchange($world, 'few', 'few/k1'), '200 granted', 'FLT-010 a connection is there');
    $limit = $open->() + 30;
    $world->httpd->stop;
    $world->httpd->{descriptors} = $limit;
    $world->httpd->start;
    delete $world->{http};
    ($child) = $world->httpd->children;
    is(exchange($world, 'few', 'few/k1'), '200 granted', 'FLT-010 and under a limit of descriptors');
    # What the process opens for itself once after its start is open by then.
    my ($before, $calm) = ($open->(), 0);
    $world->httpd->wait_for(
        sub {
            sleep 0.1;
            my $now = $open->();
            $calm = $now == $before ? $calm + 1 : 0;
            $before = $now;
            return $calm > 25;
        },
        20
    );
    my @idle;
    while ($open->() < $limit && @idle < 60) {
        my $http = Tokex::Http->new($world->port);
        $http->request("GET /sts/jwks HTTP/1.1\r\nHost: x\r\n\r\n");
        push @idle, $http;
    }
    is($open->(), $limit, 'FLT-010 connections take what is free: ' . @idle);
    is(exchange($world, 'few', 'few/k2'), '503 keys_unavailable', 'FLT-010 a fetch fails with 503');
    is(exchange($world, 'few', 'few/k1'), '200 granted', 'FLT-010 who is there is served');
    @idle = ();
    $world->httpd->wait_for(sub { $open->() <= $limit - 8 }, 10);
    is(exchange($world, 'later', 'later/k2'), '200 granted', 'FLT-010 and once some are free, fetches succeed');
    is(exchange($world, 'few', 'few/k1'), '200 granted', 'FLT-010 as before');
    # The database is locked; what was fetched is served all the same, and kept later.
    my $path = $world->httpd->dir . '/tokex/state/state.db';
    open my $writer, '|-', "sqlite3 $path >/dev/null" or die $!;
    $writer->autoflush(1);
    print {$writer} "BEGIN IMMEDIATE;\nSELECT 1;\n";
    sleep 0.5;
    my $from = time;
    is(fresh($world, 'locked', 'locked/k2'), '200 granted', 'state.db is locked: what is fetched is served');
    cmp_ok(time - $from, '<', 1.5, sprintf 'within %.1f s', time - $from);
    ok($world->httpd->wait_for(sub { said($world, 0, 'TX00085: fetched keys of issuers are served by this process alone') }, 5), 'and said');
    print {$writer} "ROLLBACK;\n.quit\n";
    close $writer;
    ok($world->httpd->stop, 'it stops');
}

done_testing();
