#!/usr/bin/perl
# Signing keys in a running server: published before they sign, on time to the second, gone when they are
# dead or taken away; several algorithms; keys that the server makes by itself.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(unb64u unjson);
use Tokex::World;

# What is demanded is a second; what is measured stands in the name of the test.
my $BOUND = 2;
my $DAY = 86400;

my $world = Tokex::World->new(
    mpm => 'event',
    workers => "ServerLimit 2\nStartServers 2\nThreadLimit 4\nThreadsPerChild 4\nMinSpareThreads 8\nMaxSpareThreads 8\nMaxRequestWorkers 8\nMaxConnectionsPerChild 0",
    log_level => 'notice',
    document => sub {
        my ($document, $self) = @_;
        push @{ $document->{targets} }, $self->target('rsa', enabled => \0, algorithm => 'RS256'),
            map { $self->target($_, enabled => \0, algorithm => 'EdDSA') } qw(ed ed2);
        push @{ $document->{clients} },
            $self->client('signed', rules => [{ id => 'only', issuers => ['partner'], targets => [qw(api rsa ed ed2)], default_target => 'api' }]);
    }
);
my ($ctl, $httpd) = ($world->ctl, $world->httpd);
my ($config_db, $state_db) = map { $httpd->dir . "/tokex/$_" } 'config/config.db', 'state/state.db';

sub fresh { my (@what) = @_; delete $world->{http}; return $world->exchange(@what) }
sub published { return map { $_->{kid} => $_ } @{ Tokex::Http::get($world->port, '/sts/jwks')->json->{keys} } }
sub key_list { return map { $_->{kid} => $_ } @{ unjson($ctl->must(undef, 'key', 'list', '--json')) } }
sub made_kid { my ($out) = @_; return $out =~ /^(?:next|active) signing key (\S+) /m ? $1 : undef }
sub rotate { return made_kid($ctl->must(undef, 'key', 'rotate', @_)) }

# (kid, iat, alg) of a token that is issued now.
sub issued
{
    my $answer = fresh(@_);
    return ('refused: ' . $answer->status, 0, '') if $answer->status != 200;
    my ($header, $claims) = map { unjson($_) } (Tokex::Jose::parts($answer->json->{access_token}))[0, 1];
    return ($header->{kid}, $claims->{iat}, $header->{alg});
}

# Each of several connections in a row gets what is wanted, the first at most BOUND seconds later.
sub becomes
{
    my ($is) = @_;
    my ($from, $row) = (time, 0);
    while ($row < 8 && ($row || time - $from < $BOUND)) { $row = $is->() ? $row + 1 : 0 }
    return $row >= 8;
}

sub signs { my ($kid, @what) = @_; return becomes(sub { return (issued(@what))[0] eq $kid }) }

sub sqlite
{
    my ($path, @statements) = @_;
    return system('sqlite3', '-bail', '-cmd', '.timeout 5000', $path, join '; ', 'BEGIN IMMEDIATE', @statements, 'COMMIT') == 0;
}

# Keys of config.db with other times.
sub set_times
{
    my ($where, %times) = @_;
    return sqlite($config_db, 'UPDATE signing_key SET ' . join(', ', map { "$_ = $times{$_}" } sort keys %times) . " WHERE $where",
        'UPDATE generation SET number = number + 1');
}

my ($first) = keys %{ { key_list() } };

# ---- On time

{
    my $kid = rotate('--after', 4);
    my %key = key_list();
    my $from = $key{$kid}{activates};
    ok(becomes(sub { my %jwk = published(); return $jwk{$kid} && $jwk{$first} }), 'ISS-008 the next key is published beside the one that signs');
    cmp_ok(time, '<', $from, 'before it signs');
    my (@wrong, %count);
    while (time < $from + 2) {
        my ($is, $iat) = issued();
        my $want = $iat < $from ? $first : $kid;
        $count{$want}++;
        push @wrong, "$is at " . ($iat - $from) if $is ne $want;
    }
    is_deeply(\@wrong, [], "it signs from its second on and not before, in every process: $count{$first} and $count{$kid} tokens");
    ok($count{$first} && $count{$kid}, 'both had signed');
    my %jwk = published();
    ok($jwk{$first}, 'the old one stays published');
    is((grep { $_->{alg} ne 'ES256' || exists $_->{d} } values %jwk), 0, 'and no private half is');
}

{
    my ($active) = issued();
    ok(set_times("kid IN ('$active', '$first')", activates => "CASE kid WHEN '$first' THEN 1 ELSE " . (int(time) - $DAY + 3) . ' END'),
        'the old key has a moment left');
    my $until = { key_list() }->{$first}{published_until};
    my ($seen, $gone);
    while (!$gone && time < $until + $BOUND) {
        my %jwk = published();
        $jwk{$first} ? ($seen = time) : ($gone = time);
        sleep 0.02;
    }
    cmp_ok($seen // 0, '>', $until - 0.5, 'ISS-008 an old key is published until the last of its tokens is dead');
    ok($gone, sprintf 'and goes, %.2f s later', ($gone // 0) - $until);
    ok(becomes(sub { my %jwk = published(); return !$jwk{$first} }), 'in every process');
}

# ---- Taken away

{
    my ($bad) = issued();
    my @own = (-client => 'acting', audience => 'hop');
    my $token = fresh(@own)->json->{access_token};
    is((issued(@own, subject_token => $token))[0], $bad, 'a token of ours is accepted');
    my ($test, @load) = ($$);
    my $subject = $world->token;
    for (1 .. 3) {
        pipe my $read, my $write or die "pipe: $!";
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            my ($stop, %count, $last) = (0);
            $SIG{TERM} = sub { $stop = 1 };
            while (!$stop && getppid == $test) {
                my $began = time;
                my $answer = eval { fresh(subject_token => $subject) };
                last if !$answer && $stop;
                $count{ $answer ? $answer->status : 'none' }++;
                next if !$answer || $answer->status != 200;
                $last = $began if unjson((Tokex::Jose::parts($answer->json->{access_token}))[0])->{kid} eq $bad;
            }
            print {$write} join(' ', $last // 0, %count), "\n";
            close $write;
            POSIX::_exit(0);
        }
        close $write;
        push @load, [$pid, $read];
    }
    sleep 0.5;
    my $new = made_kid($ctl->must(undef, 'key', 'remove', '--force', '--', $bad));
    my $at = time;
    ok(becomes(sub { my %jwk = published(); return !$jwk{$bad} && $jwk{$new} }), 'a key that is removed is not published any more');
    ok(signs($new), 'a new one signs');
    my ($slowest, %sum) = (0);
    kill 'TERM', map { $_->[0] } @load;
    for my $worker (@load) {
        my $read = $worker->[1];
        my ($last, %count) = split ' ', scalar(<$read>) // '';
        $slowest = $last - $at if $last && $last - $at > $slowest;
        $sum{$_} += $count{$_} for keys %count;
        waitpid $worker->[0], 0;
    }
    is_deeply([keys %sum], ['200'], 'no request of ' . ($sum{200} // 0) . ' fails meanwhile');
    cmp_ok($slowest, '<', $BOUND, sprintf 'the last token that it signs is asked for %.2f s after it was removed', $slowest);
    my $answer = fresh(@own, subject_token => $token);
    is($answer->status, 400, 'its tokens are not accepted any more');
    is($world->audit_of($answer)->{code}, 'key_unknown', 'because there is no such key');
}

# ---- Several algorithms

sub verified_by_openssl
{
    my ($token, $jwk) = @_;
    my ($input, $signature) = $token =~ /^(.*)\.([^.]*)\z/;
    my $dir = $httpd->dir;
    my $pk = $jwk->{kty} eq 'RSA' ? Crypt::PK::RSA->new({%$jwk}) : Crypt::PK::Ed25519->new({%$jwk});
    Tokex::Jose::write_file("$dir/key.pem", $pk->export_key_pem('public'));
    Tokex::Jose::write_file("$dir/input", $input);
    Tokex::Jose::write_file("$dir/signature", unb64u($signature));
    my @how = $jwk->{kty} eq 'RSA' ? ('-digest', 'sha256') : ();
    return system("openssl pkeyutl -verify -pubin -inkey $dir/key.pem -rawin @how -in $dir/input -sigfile $dir/signature >$dir/verify.log 2>&1") == 0;
}

{
    my ($es) = issued();
    my %kid = map { $_ => rotate('--algorithm', $_, '--now') } qw(RS256 EdDSA);
    $ctl->import_document($world->edited(sub { $_->{enabled} = \1 for grep { $_->{algorithm} } @{ $_[0]{targets} } }));
    for my $case (['rsa', 'RS256'], ['ed', 'EdDSA']) {
        my ($target, $alg) = @$case;
        my @ask = (-client => 'signed', audience => $target);
        ok(signs($kid{$alg}, @ask), "$alg signs for the target that names it");
        my $token = fresh(@ask)->json->{access_token};
        delete $world->{jwks};
        my ($claims, $header) = $world->decode($token);
        is($header->{alg}, $alg, 'Crypt::JWT verifies it') or diag("$claims");
        ok(verified_by_openssl($token, { published() }->{ $kid{$alg} }), 'openssl does');
    }
    is((issued(-client => 'signed'))[0], $es, 'ES256 for targets that name none');
    is(fresh(-client => 'signed', audience => ['ed', 'ed2'])->status, 200, 'targets of the same algorithm share a token');
    for my $both (['ed', 'rsa'], ['ed', 'api']) {
        my $answer = fresh(-client => 'signed', audience => $both);
        is($answer->status . ' ' . $answer->json->{error}, '400 invalid_target', "@$both: of different ones they do not");
        is($world->audit_of($answer)->{code}, 'target_algorithms', 'and the audit log says why');
    }
    $ctl->must(undef, 'key', 'prefer', 'RS256');
    ok(signs($kid{RS256}, -client => 'signed'), 'another algorithm is preferred within a second');
    $ctl->must(undef, 'key', 'prefer', 'ES256');
    ok(signs($es, -client => 'signed'), 'and ES256 again');
}

# ---- The schedule

{
    my $from = length $httpd->error_log;
    my ($old) = issued();
    $ctl->must(undef, 'key', 'schedule', 'ES256', '--every', 10, '--ahead', 24);
    my $activates = int(time) - 9 * $DAY + 2;
    ok(set_times("kid = '$old'", activates => $activates), 'a key comes near its end');
    my $line = $httpd->wait_for(sub { $httpd->error_log($from) =~ /TX00102: the next ES256 signing key (\S+) is published/ ? $1 : undef }, 2 + $BOUND);
    ok($line, 'ISS-008 the server makes the next key by itself');
    cmp_ok(time, '>=', $activates + 9 * $DAY, 'when it is time');
    ok(becomes(sub { my %jwk = published(); return $line && $jwk{$line} }), 'and publishes it');
    my %key = key_list();
    my @own = grep { $_->{where} eq 'state.db' } values %key;
    is(scalar @own, 1, 'of all processes one has made one');
    is_deeply([@{ $own[0] }{qw(kid state activates)}], [$line, 'next', $activates + 10 * $DAY], 'it waits until the old one has signed for its time');
    is((issued())[0], $old, 'which signs meanwhile');
    like($ctl->must(undef, 'doctor'), qr/^ok    next signing key \Q$line\E /m, 'the doctor knows it');

    ok(sqlite($state_db, 'UPDATE signing_key SET activates = ' . int(time), 'UPDATE signing_key_number SET number = number + 1'), 'its time comes');
    ok(signs($line), 'it signs');
    ok($httpd->graceful, 'new processes');
    ok(signs($line), 'sign with it too');

    my $at = length $httpd->error_log;
    $world->tried->keep('with state.db');
    ok(rename($state_db, "$state_db.away"), 'state.db goes');
    ok($httpd->wait_for(sub { $httpd->error_log($at) =~ /TX00100: / }, $BOUND), 'that is said');
    ok(signs($line), 'and the key signs on');
    ok(rename("$state_db.away", $state_db), 'it comes back');
    my $move = sub { return sqlite($state_db, "UPDATE signing_key SET activates = $_[0]", 'UPDATE signing_key_number SET number = number + 1') };
    ok($move->(int(time) + 3600) && signs($old), 'what changed in it counts within a second');
    ok($move->(int time) && signs($line), 'and once more');

    # A row that somebody without the master key wrote.
    ok(sqlite($state_db, "INSERT INTO signing_key (kid, algorithm, created, activates, retired, sealed) VALUES ('mine', 'ES256', 1, " . int(time) . ", 0, '1.AAAA')",
            'UPDATE signing_key_number SET number = number + 1'), 'a key of somebody else');
    sleep 1;
    ok(signs($line), 'signs nothing');
    ok(!{ published() }->{mine}, 'and is not published');
    $ctl->must(undef, 'key', 'remove', 'mine');

    # Overtaken nine days ago.
    ok(sqlite($state_db, 'UPDATE signing_key SET activates = ' . (int(time) - 40 * $DAY), 'UPDATE signing_key_number SET number = number + 1'), 'it has been dead for days');
    ok($httpd->wait_for(sub { $httpd->error_log($at) =~ /TX00103: signing key \Q$line\E / }, 10 + $BOUND), 'then it is cleared away');
    is((grep { $_->{kid} eq $line } values %{ { key_list() } }), 0, 'from state.db');
    unlike($httpd->error_log, qr/exit signal|TX0002[03456]|TX0008[14]/, 'nothing else is complained of');
    ok($httpd->stop, 'it stops');
}

done_testing();
