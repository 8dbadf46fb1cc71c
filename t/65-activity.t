#!/usr/bin/perl
# What is decided stands in state.db within a second, found by its receipt, filtered, kept as long as it should be, and
# no request waits for that; the client learns nothing of it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Open2 qw(open2);
use MIME::Base64 qw(decode_base64);
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Ctl;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(unjson);
use Tokex::Protected;

my $ONE = "StartServers 1\nServerLimit 1\nThreadLimit 8\nThreadsPerChild 8\nMinSpareThreads 1\nMaxSpareThreads 8\nMaxRequestWorkers 8\n"
    . 'MaxConnectionsPerChild 0';
my %WORKERS = (prefork => "StartServers 4\nMinSpareServers 4\nMaxSpareServers 4\nServerLimit 4\nMaxRequestWorkers 4", worker => $ONE, event => $ONE);

sub world { my ($mpm, %more) = @_; return Tokex::Protected->new(mpm => $mpm, workers => $WORKERS{$mpm}, log_level => 'info', %more) }

sub state_db { my ($world) = @_; return $world->httpd->dir . '/tokex/state/state.db' }

sub sql
{
    my ($world, $text) = @_;
    my $path = state_db($world);
    my $said = qx(sqlite3 -cmd '.timeout 5000' "$path" "$text" 2>&1);
    $? == 0 or die "sqlite3: $said\n$text\n";
    chomp $said;
    return $said;
}

sub rows { my ($world) = @_; return sql($world, 'SELECT COUNT(*) FROM activity') }

sub activity { my ($world, @words) = @_; return unjson($world->ctl->must(undef, 'activity', '--json', @words)) }

sub receipts { my ($world, @words) = @_; return join ' ', map { $_->{receipt} } @{ activity($world, @words)->{activity} } }

# The seconds until a receipt is found, at most five.
sub found_after
{
    my ($world, $receipt, $from) = @_;
    while (time - $from < 5) {
        return time - $from if sql($world, "SELECT 1 FROM activity WHERE receipt = '$receipt'");
        sleep 0.02;
    }
    return 99;
}

sub dropped { my ($world) = @_; return Tokex::Http::get($world->port, '/metrics')->body =~ /^tokex_activity_dropped_total (\d+)$/m ? $1 : undef }

# ---- Every MPM: within a second, both entrances, explained, written at the end, no token

for my $mpm (qw(prefork worker event)) {
    subtest $mpm => sub {
        my $world = world($mpm);
        my ($httpd, $ctl) = ($world->httpd, $world->ctl);
        my $good = $world->token;
        my @sent = ($good, $world->token(claims => { aud => 'somebody' }), $world->token(claims => { iat => time - 9000, exp => time - 4000 }));

        my $from = time;
        my $granted = $world->exchange(subject_token => $sent[0]);
        my $refused = $world->exchange(subject_token => $sent[1]);
        is($granted->status . ' ' . $refused->status, '200 400', 'one exchange is granted, one refused');
        my $receipt = $refused->json->{receipt};
        my $second = unpack 'N', decode_base64(($receipt =~ tr{-_}{+/}r));
        ok($second >= int($from) - 1 && $second <= time, 'its receipt begins with the second, so that those of one time stand together')
            or diag("$receipt: $second");
        cmp_ok(found_after($world, $receipt, $from), '<', 1, 'the refusal is recorded within a second');

        my $text = $ctl->must(undef, 'explain', $receipt);
        like($text, qr/\ARefused at step audience with aud_wrong: \S+Z, token endpoint of 127\.0\.0\.1:\d+, client orders, issuer partner\.\n/,
            'its receipt gives the verdict');
        like($text, qr/^  signature +passed +issuer partner: keys +RS256$/m, 'each step with its setting and what was found');
        like($text, qr/^  audience +aud_wrong +issuer partner: audiences +aud has 1 values, the first is "somebody"/m, 'the one that refused with why');
        like($text, qr/^it means +The token is not for us/m, 'the cause');
        like($text, qr/^what to do +Add the audience/m, 'and the remedy');
        my $data = unjson($ctl->must(undef, 'explain', $receipt, '--json'));
        is("$data->{outcome} $data->{code} $data->{steps}[-1]{step} $data->{steps}[-1]{field}", 'refused aud_wrong audience audiences', 'the same as JSON');

        $from = time;
        is($world->ask('/api/x', $good)->status, 200, 'a location lets a token in');
        is($world->ask('/api/x', $sent[2])->status, 401, 'and another not');
        # Two threads may write their lines the other way round.
        my @uses = sort { $a->{status} <=> $b->{status} } ($world->uses(4))[2, 3];
        cmp_ok(found_after($world, $uses[1]{receipt}, $from), '<', 1, 'both are recorded within a second');
        like($ctl->must(undef, 'explain', $uses[0]{receipt}), qr/\AGranted: \S+Z, location \/api of \S+, client orders, issuer partner, subject auth0\|user-1, target api\.$/m,
            'what a location granted is explained');
        like($ctl->must(undef, 'explain', $uses[1]{receipt}), qr/\ARefused at step time with expired: .*^what to do +Get a new token/ms, 'and what it refused');
        my $rows = rows($world);
        is($world->ask('/api/x', $good)->status, 200, 'a remembered decision is used');

        # Wherever a caller may put a token or a secret.
        my $secret = $world->secret('orders');
        my %other = map { $_ => $world->token(claims => { jti => "in $_" }) } qw(audience resource scope client_id requested_token_type actor_token grant_type);
        $world->exchange($_ => $other{$_}, ($_ eq 'actor_token' ? (actor_token_type => "$Tokex::World::TYPE:jwt") : ())) for sort keys %other;
        # So short that no limit of a parameter stops it.
        my $short = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJzb21lYm9keS1lbHNlIn0.c2lnbmF0dXJlLW9mLXNvbWVib2R5';
        $world->exchange(-auth => 'none', client_id => $short);
        $world->exchange(scope => $short);
        $world->exchange(subject_token => "$good&client_secret=$secret");
        $world->exchange(-auth => 'post', subject_token => $good);
        $world->exchange(-secret => 'wrong-secret-of-somebody');
        my $last = $world->exchange(subject_token => 'a.b.c')->json->{receipt};
        ok($httpd->stop, 'the server ends by itself at once');
        is(sql($world, "SELECT code FROM activity WHERE receipt = '$last'"), 'token_encoding', 'what stood in the ring when it ended is recorded')
            or diag(sql($world, "SELECT number, receipt, code FROM activity ORDER BY number DESC LIMIT 3"));
        is(rows($world), $rows + 13, 'all of it, and no use of what was remembered');
        my ($id) = map { $_->{secrets}[0]{id} } grep { $_->{id} eq 'orders' } @{ $ctl->export_document->{clients} };
        is(sql($world, "SELECT client, id, $from - 60 < time FROM use_secret"), "orders|$id|1", 'which secret was presented is recorded, and no wrong one');

        my $octets = join '', map { Tokex::Jose::slurp($_) } glob state_db($world) . '*';
        like($octets, qr/aud_wrong/, 'the files of state.db are read');
        my @parts = map { split /\./ } @sent, values %other, $short, ($granted->json->{access_token});
        is_deeply([grep { length > 20 && index($octets, $_) >= 0 } @parts], [], 'and hold no part of a token');
        is_deeply([grep { index($octets, $_) >= 0 } $secret, 'wrong-secret-of-somebody'], [], 'nor a secret');
        unlike($httpd->error_log, qr/TX0016\d/, 'and nothing went wrong');
    };
}

# ---- A database that cannot be written costs no request anything

subtest 'state.db locked' => sub {
    my $world = world('event', modules => ['status'], config => "<Location /server-status>\nSetHandler server-status\n</Location>");
    my $httpd = $world->httpd;
    $world->exchange;
    my $one = $world->exchange(subject_token => 'a.b.c')->json->{receipt};
    found_after($world, $one, time);
    my ($before, $child) = (rows($world), $httpd->children);
    my $rss = $httpd->rss($child);
    my $pid = open2(my $out, my $in, 'sqlite3', '-batch', state_db($world));
    print {$in} ".timeout 5000\nBEGIN IMMEDIATE;\nSELECT 'held';\n";
    $in->flush;
    is(scalar(<$out>), "held\n", 'another process holds its lock');
    my ($SENT, $slowest, %status) = (1300, 0);
    for (1 .. $SENT) {
        my $from = time;
        $status{ $world->exchange(subject_token => 'a.b.c')->status }++;
        $slowest = time - $from if time - $from > $slowest;
    }
    is_deeply(\%status, { 400 => $SENT }, "$SENT requests are answered");
    cmp_ok($slowest, '<', 1, sprintf 'and none waits for it, which would take seconds: %.3f s at most', $slowest);
    my $lost = dropped($world);
    cmp_ok($lost, '>=', $SENT - 2 * 256, "what finds no room in the ring is counted: $lost");
    cmp_ok($lost, '<', $SENT - 256, 'and the ring has its room');
    my $grown = $httpd->rss($child) - $rss;
    cmp_ok($grown, '<', 8192, "the process grew by $grown KiB");
    my @said = $httpd->error_log =~ /(TX00160: .*)/g;
    is(scalar(@said), 1, 'it is said once') or diag(@said);
    like($said[0] // '', qr/cannot be recorded: .*another process holds the lock/, 'and why');
    print {$in} "ROLLBACK;\n.quit\n";
    close $in;
    waitpid $pid, 0;
    my $again = qr/TX00160: .*recorded again; (\d+) decisions/;
    ok($httpd->wait_for(sub { $httpd->error_log =~ $again }, 5), 'once it goes again that is said');
    my ($missing) = $httpd->error_log =~ $again;
    # Those that were lost before it was noticed are not among them.
    ok($missing && $missing <= $lost, "and how many are missing since it was noticed: $missing of $lost");
    ok($httpd->wait_for(sub { rows($world) == $before + $SENT - $lost }, 5), 'and what is not counted as lost is there');
    like($world->ctl->must(undef, 'activity', '--limit', 1), qr/^Kept: .* Not recorded for want of room: $lost, last \S+Z\.$/m, 'tokexctl says how many are missing');
    like(Tokex::Http::get($world->port, '/server-status?auto')->body, qr/^TokexActivityDropped: $lost$/m, 'so does server-status');
    # The end of a process that still has something to write.
    $pid = open2($out, $in, 'sqlite3', '-batch', state_db($world));
    print {$in} ".timeout 5000\nBEGIN IMMEDIATE;\nSELECT 'held';\n";
    $in->flush;
    readline $out;
    $world->exchange(subject_token => 'a.b.c');
    my $from = time;
    ok($httpd->stop, 'locked again, the server ends by itself');
    cmp_ok(time - $from, '<', 4, sprintf 'and does not hang: %.2f s', time - $from);
    print {$in} "ROLLBACK;\n.quit\n";
    close $in;
    waitpid $pid, 0;
};

# ---- Retention

subtest 'retention' => sub {
    my $world = world('event', start => 0, directives => 'TokexActivity 2 30');
    my $now = int time;
    my $row = sub {
        my ($number, $time) = @_;
        return "INSERT INTO activity SELECT $number, $time, 'r' || $number, 's', '', '', '', '', '', '', '', '', '', 'granted', '', '', 0, 1, '[]';";
    };
    # Out of date, dated ahead by a wrong clock, and more than are kept.
    sql($world, join '', 'BEGIN;', (map { $row->($_, $now - 3 * 86400) } 1 .. 700), (map { $row->($_, $now + 9 * 86400) } 701 .. 710),
        (map { $row->($_, $now - 86400) } 711 .. 720), 'UPDATE activity_count SET number = 720; COMMIT');
    $world->httpd->start;
    ok($world->httpd->wait_for(sub { rows($world) == 10 }, 8), 'what is too old, or dated ahead, is taken away') or diag(rows($world));
    is(sql($world, 'SELECT MIN(number) FROM activity'), 711, 'and nothing else');
    $world->exchange(subject_token => 'a.b.c') for 1 .. 40;
    my $kept = sub { return sql($world, 'SELECT MIN(number), MAX(number), COUNT(*) FROM activity') };
    ok($world->httpd->wait_for(sub { $kept->() eq '731|760|30' }, 15), 'of too many the latest stay') or diag($kept->());
    my ($status, undef, $why) = $world->ctl->run(undef, 'explain', 'AAAAAAAAAAAAAAAA');
    is($status, 1, 'a receipt that is gone');
    like($why, qr/AAAAAAAAAAAAAAAA: there is no such receipt.* Kept: 2 days, the latest 30 at most \(TokexActivity 2 30\)/, 'for how long they are kept is said');
};

# ---- The client learns nothing, and Off

subtest 'what the client reads' => sub {
    my %worlds = (on => world('event'), off => world('event', directives => 'TokexActivity Off'));
    my %says;
    for my $name (sort keys %worlds) {
        my $world = $worlds{$name};
        my @answers = (
            $world->exchange(subject_token => 'a.b.c'), $world->exchange(-secret => 'wrong'), $world->exchange(audience => 'nowhere'),
            $world->exchange(subject_token => $world->token(claims => { aud => 'x' })), $world->post('a=b'),
            $world->ask('/api/x', 'a.b.c')
        );
        $says{$name} = [
            map {
                my $answer = $_;
                join "\n", $answer->status, (map { "$_: " . ($answer->header($_) // '') } qw(content-type cache-control www-authenticate)),
                    $answer->body 
            } @answers
        ];
        s/127\.0\.0\.1:\d+/HOST/g, s/(receipt(?:":"| ))[\w-]{16}/${1}RECEIPT/g for @{ $says{$name} };
    }
    is($says{on}[0] =~ s/.*\n//sr, '{"error":"invalid_request","error_description":"The subject token is not accepted.","receipt":"RECEIPT"}',
        'a refusal says the error, its text and the receipt');
    is_deeply($says{on}, $says{off}, 'and the same as where nothing is recorded');
    my $off = $worlds{off};
    ok($off->httpd->stop, 'Off:');
    is(rows($off), 0, 'nothing is recorded');
    like($off->ctl->must(undef, 'activity'), qr/^No such decision is recorded\.\nThe server records nothing \(TokexActivity Off\)\./, 'which tokexctl says');
};

# ---- tokexctl activity

subtest 'filters' => sub {
    my $world = world('event', directives => 'TokexAuditCached On');
    my ($ctl, $httpd) = ($world->ctl, $world->httpd);
    my $token = $world->token;
    my @r = ($world->exchange, $world->exchange(subject_token => $world->token(claims => { aud => 'x' })), $world->exchange(-client => 'nobody', -secret => 'x'));
    $world->ask('/api/x', $token) for 1 .. 2;
    my @uses = $world->uses(3);
    my $first = $uses[-1]{receipt};
    $httpd->wait_for(sub { rows($world) == 5 }, 5);
    my @all = split ' ', receipts($world);
    is(scalar(@all), 5, 'with TokexAuditCached On uses of a decision are recorded too');
    my ($granted, $aud, $nobody) = ($all[0], map { $_->json->{receipt} } @r[1, 2]);
    is("@all[1, 2, 3, 4]", "$aud $nobody $first $first", 'the newest last, a use with the receipt of its decision');
    my %want = (
        '--outcome refused' => "$aud $nobody", '--outcome granted' => "$granted $first $first", '--code aud_wrong' => $aud, '--client nobody' => $nobody,
        '--issuer partner' => "$granted $aud $first $first", '--target api' => "$granted $first", '--subject auth0|user-1' => "$granted $first $first",
        '--location /api' => "$first $first", '--limit 1' => $first, '--since 1h --limit 2' => "$first $first", '--until 1h' => '',
        '--since 2030-01-01' => '', '--until 2030-01-01T10:00:00Z --code aud_wrong' => $aud, '--outcome refused --client orders' => $aud,
    );
    is(receipts($world, split / /), $want{$_}, $_) for sort keys %want;
    like($ctl->must(undef, 'activity'), qr/^\S+Z  $first  granted again  -  +orders +partner +auth0\|user-1 +- +127\.0\.0\.1:\d+ \/api$/m, 'a use in the table');
    my ($explained) = $ctl->must(undef, 'explain', $first);
    like($explained, qr/^  signature +passed/m, 'its receipt shows the steps of the decision');
    for my $dashed ('-wAMSksI1ntV9DZY', '--AMSksI1ntV9DZY') {
        sql($world, "UPDATE activity SET receipt = '$dashed' WHERE code = 'aud_wrong'");
        like($ctl->must(undef, 'explain', $dashed), qr/^Refused at step audience/, "a receipt may begin with a dash: $dashed");
        like($ctl->must(undef, 'explain', '--', $dashed), qr/^Refused/, 'behind two dashes too');
        is(unjson($ctl->must(undef, 'explain', $dashed, '--json'))->{receipt}, $dashed, 'also before an option');
    }
    for my $wrong (['--since', 'yesterday'], ['--until', '2026-13-01'], ['--since', '5'], ['--outcome', 'maybe'], ['--code', 'aud_wrongg'], ['--limit', '0'],
        ['--limit', 'x'], ['x'], ['--since', '2026-01-01T25:00:00Z']) {
        my ($status, undef, $err) = $ctl->run(undef, 'activity', @$wrong);
        ok($status == 2 && $err =~ /\S/, "wrong usage: @$wrong") or diag("$status: $err");
    }

    my $pid = open2(my $out, my $in, Tokex::Ctl::program(), '-d', $ctl->{dir}, 'activity', '--follow', '--json', '--limit', '1');
    is(unjson(scalar <$out>)->{receipt}, $first, '--follow begins with the latest');
    my $next = $world->exchange(subject_token => 'a.b.c')->json->{receipt};
    my $from = time;
    is(unjson(scalar <$out>)->{receipt}, $next, 'and shows what comes');
    cmp_ok(time - $from, '<', 2, 'soon');
    kill 'TERM', $pid;
    waitpid $pid, 0;
};

# ---- The directive

subtest 'TokexActivity' => sub {
    my $httpd = Tokex::Httpd->new;
    my $test = sub {
        my ($text, $status, $like) = @_;
        $httpd->{config} = $text;
        my ($got, $said) = $httpd->config_test;
        ok($got == $status && $said =~ $like, $text =~ s/\n/ /gr) or diag("$got: $said");
    };
    $test->("TokexActivity $_", 0, qr/Syntax OK/) for '7', '30 500', 'Off', 'off', '3660 10000000';
    $test->("TokexActivity $_->[0]", 1, $_->[1]) for ['0', qr/"0" is no number of days from 1 to 3660/], ['-1', qr/no number of days/], ['7d', qr/no number of days/],
        ['7 0', qr/"0" is no number of decisions/], ['7 x', qr/no number of decisions/], ['Off 5', qr/stands behind Off/], ['3661', qr/no number of days/];
    $test->("<VirtualHost *:80>\nTokexActivity 5\n</VirtualHost>", 1, qr/TokexActivity cannot occur within <VirtualHost> section/);
};
done_testing;
