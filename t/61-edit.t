#!/usr/bin/perl
# Changes of the configuration: what import says would differ, history, taking changes back, a large configuration,
# and a process that is killed at each of its writes.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Time::HiRes qw(time);
use Tokex::Ctl;
use Tokex::Jose qw(json unjson);
use Tokex::Preload;
use Tokex::Scale;
use Tokex::Tree;

my $home = tempdir(CLEANUP => 1);
my $serial = 0;
my $nothing = qr/\A\z/;
my $user = getpwuid($<);
delete $ENV{SUDO_USER};

sub fresh { my $ctl = Tokex::Ctl->new(dir => "$home/i" . ++$serial); $ctl->init; return $ctl }
sub copy_of { return unjson(json($_[0])) }

sub is_run
{
    my ($ctl, $input, $words, $status, $out_like, $err_like, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($got, $out, $err) = $ctl->run($input, @$words);
    ok($got == $status && $out =~ $out_like && $err =~ $err_like, $name) or diag("exit $got instead of $status\n$out$err");
    return $out;
}

# The number of the last change.
sub last_change { my ($list) = unjson($_[0]->must(undef, 'history', '--limit', 1, '--json')); return $list->[0]{number} }

my $document = unjson(Tokex::Tree::slurp('t/data/example.json'));
delete $document->{'$schema'};
$document->{clients}[0]{secrets} = [{ id => 'first', sha256 => sha256_hex('first'), created => 1 }];
push @{ $document->{scopes} }, { id => 'orders.admin', sensitive => JSON::PP::true };

# ---- What differs

my $ctl = fresh();
subtest 'a dry run says what would differ' => sub {
    is_run($ctl, \json($document), ['import', '-', '--dry-run'], 0,
        qr/\A\+ issuer partner\n\+ mapping partner\n\+ scope orders\.read\n\+ scope orders\.write\n\+ scope orders\.admin\n\+ target orders\n\+ client gateway\nno fault, nothing was changed: [^\n]*\n\z/,
        $nothing, 'what is new');
    is(last_change($ctl), 1, 'and changes nothing');
    is_run($ctl, \json($document), ['import', '-', '--reason', 'the first'], 0, qr/^imported: .*\nchange 2\n\z/m, $nothing, 'import is one change');
    is_run($ctl, \json($document), ['import', '-'], 0, qr/^imported: [^\n]*\n\z/m, $nothing, 'the same again is none');
    is(last_change($ctl), 2, 'and stands in no history');
    my $other = copy_of($document);
    $other->{issuers}[0]{algorithms} = ['ES256'];
    $other->{clients}[0]{rules}[0]{lifetime} = 60;
    $other->{clients}[0]{secrets}[0]{sha256} = sha256_hex('second');
    push @{ $other->{clients} }, { id => 'reports', name => 'Reports' };
    pop @{ $other->{scopes} };
    my $said = is_run($ctl, \json($other), ['import', '-', '--dry-run'], 0,
        qr/\A~ issuer partner\n    algorithms: \["ES256","RS256"\] -> \["ES256"\]\n- scope orders\.admin\n~ client gateway\n    secrets first\.sha256: changed\n    rules partner-orders\.lifetime: 120 -> 60\n\+ client reports\nno fault/,
        qr/^warning: client "reports"/m, 'what is new, gone and different, with members before and after');
    unlike($said, qr/[0-9a-f]{64}/, 'and no hash');
    my $text = $ctl->export_text;
    is_run($ctl, \$text, ['import', '-', '--dry-run'], 0, qr/\Ano fault, nothing was changed/, $nothing, 'an export differs in nothing');
    is_run($ctl, \$text, ['import', '-'], 0, qr/^imported/, $nothing, 'and its import');
    is($ctl->export_text, $text, 'gives the same octets again');
};

# ---- History

subtest 'history' => sub {
    local $ENV{SUDO_USER} = "eve\n(uid 0)";
    my $other = copy_of($document);
    $other->{targets}[0]{lifetime} = 60;
    is_run($ctl, \json($other), ['import', '-', '--reason', 'a "shorter" life'], 0, qr/^change 3$/m, $nothing, 'a change with a reason');
    delete $ENV{SUDO_USER};
    my $list = is_run($ctl, undef, ['history'], 0, qr/\A +3  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  \Q$user\E \(uid $<, sudo of eve\\x0a\(uid 0\)\)  target orders +a "shorter" life\n +2  /, $nothing,
        'who, when, what and why, and nobody writes a line of his own there');
    like($list, qr/^ +2  \S+  \Q$user\E \(uid $<\) +7 objects +the first$/m, 'several objects by their number');
    like($list, qr/^ +1  \S+  .* signing_key \S+ +the installation was made\n\z/m, 'from the first change on');
    my $shown = is_run($ctl, undef, ['history', 'show', 3], 0, qr/\Achange 3\n  when  \S+\n  who   .*\n  why   a "shorter" life\n~ target orders\n    lifetime: 300 -> 60\n\z/, $nothing, 'one change');
    my $data = unjson(is_run($ctl, undef, ['history', 'show', 3, '--json'], 0, qr/\A\{/, $nothing, 'as JSON'));
    is_deeply([map { $_->{lifetime} } @{ $data->{objects}[0] }{qw(before after)}], [300, 60], 'with the object before and after');
    $shown = is_run($ctl, undef, ['history', 'show', 2], 0, qr/^\+ client gateway\n    id: "gateway"$/m, $nothing, 'a new object with its members');
    unlike($shown, qr/[0-9a-f]{64}/, 'and no hash of a secret');
    unlike($ctl->must(undef, 'history', 'show', $_, '--json'), qr/[0-9a-f]{64}|sealed/, "nor does change $_ as JSON tell a secret") for 1, 2;
    is(scalar(() = $ctl->must(undef, 'history', '--object', 'target/orders') =~ /\n/g), 2, 'changes of one object');
    is(scalar(() = $ctl->must(undef, 'history', '--object', 'client') =~ /\n/g), 1, 'changes of a kind');
    is(scalar(() = $ctl->must(undef, 'history', '--limit', 2) =~ /\n/g), 2, 'so many as are asked for');
    is_run($ctl, undef, ['history', 'show', 99], 1, $nothing, qr/there is no change 99/, 'a change that is not there');
    is_run($ctl, undef, ['history', @$_], 2, $nothing, qr/\S/, "wrong usage: @$_")
        for ['x'], ['show'], ['show', 'x'], ['--object', 'rule/x'], ['--limit', '-1'], ['show', 1, '--limit', 2];
    is_run($ctl, \json($document), ['import', '-', '--reason', "two\nlines"], 1, $nothing, qr/field reason: the text holds control characters/, 'a reason of two lines');
};

subtest 'restore' => sub {
    is_run($ctl, undef, ['restore', 3], 0, qr/\A~ target orders\n    lifetime: 60 -> 300\nchange 4: took change 3 back\n\z/, $nothing, 'takes a change back');
    is_run($ctl, undef, ['history', 'show', 4], 0, qr/^  why   takes change 3 back$/m, $nothing, 'as a change of its own');
    my $before = $ctl->export_text;
    is_run($ctl, undef, ['restore', 3], 1, $nothing, qr/target "orders" is at revision 4, the change was made from revision 3.*since change 3:\n~ target orders\n    lifetime: 60 -> 300\n.*--force/s,
        'what was changed since then is refused, with both versions');
    is_run($ctl, undef, ['restore', 3, '--force'], 0, qr/already as it was/, $nothing, 'forced it has nothing to do');
    is($ctl->export_text, $before, 'and nothing is different');
    is_run($ctl, undef, ['restore', 99], 1, $nothing, qr/there is no change 99/, 'a change that is not there');
    is_run($ctl, undef, ['restore', @$_], 2, $nothing, qr/\S/, "wrong usage: @$_") for [], ['x'], [1, 2];
    my $less = copy_of($document);
    @$less{qw(issuers targets clients mappings)} = ([], [], [], []);
    my $secrets = $ctl->export_text('--with-secrets');
    $ctl->import_document($less);
    is_run($ctl, undef, ['restore', 5, '--reason', 'a mistake'], 0, qr/^\+ client gateway\n.*change 6: took change 5 back\n\z/ms, $nothing, 'all that was removed comes back in one change');
    is($ctl->export_text('--with-secrets'), $secrets, 'with its secrets, octet by octet');
    is_run($ctl, undef, ['key', 'rotate', '--now'], 0, qr/^active/, $nothing, 'a change of keys');
    is(last_change($ctl), 7, 'stands in the history');
    my ($kid) = map { $_->{id} } @{ unjson($ctl->must(undef, 'history', 'show', 7, '--json'))->{objects} };
    is_run($ctl, undef, ['key', 'remove', $kid, '--force'], 0, qr/removed/, $nothing, 'a key that is removed');
    is_run($ctl, undef, ['restore', 8, '--force'], 0, qr/^\+ signing_key \Q$kid\E$/m, qr//, 'comes back with what it is sealed in');
    is_run($ctl, undef, ['doctor'], 0, qr/^ok .*\Q$kid\E/m, $nothing, 'and opens');
};

# ---- Killed at each of its writes

sub killed
{
    my ($inst, $at, $input, @words) = @_;
    local $ENV{LD_PRELOAD} = Tokex::Preload::library('kill_at');
    local $ENV{KILL_AT} = $at;
    return $inst->run($input, @words);
}

# How many calls of a command change a file.
sub calls_of
{
    my ($inst, $input, @words) = @_;
    local $ENV{LD_PRELOAD} = Tokex::Preload::library('kill_at');
    local $ENV{KILL_COUNT} = "$home/count";
    my ($status, $out, $err) = $inst->run($input, @words);
    is($status, 0, "@words: runs to its end") or diag($out . $err);
    return 0 + Tokex::Jose::slurp("$home/count");
}

# What history says of the objects against the objects themselves.
sub agrees
{
    my ($inst) = @_;
    my $query = 'SELECT noun, id, became FROM change_object AS o WHERE became IS NOT NULL AND change = '
        . '(SELECT MAX(change) FROM change_object WHERE noun = o.noun AND id = o.id)';
    open my $from, '-|', 'sqlite3', '-json', "$inst->{dir}/config/config.db", $query or die "sqlite3 is needed: $!";
    my %last = map { ("$_->{noun}/$_->{id}" => unjson($_->{became})) } @{ unjson(do { local $/ = undef; <$from> }) };
    close $from or die "sqlite3: $?\n";
    my $stands = $inst->export_document('--with-secrets');
    my %list = (issuer => 'issuers', mapping => 'mappings', scope => 'scopes', target => 'targets', client => 'clients', signing => 'signing', signing_key => 'signing_keys');
    my %found;
    for my $noun (keys %list) {
        $found{"$noun/" . ($_->{id} // $_->{kid} // $_->{algorithm})} = $_ for @{ $stands->{ $list{$noun} } };
    }
    return json(\%found) eq json(\%last);
}

subtest 'killed while it writes' => sub {
    my $inst = fresh();
    my $first = copy_of($document);
    $inst->import_document($first);
    my $turn = 0;
    my $next_document = sub {
        my $next = $inst->export_document('--with-secrets');
        $next->{targets}[0]{lifetime} = 100 + ++$turn;
        $next->{clients}[0]{name} = "Gateway $turn";
        push @{ $next->{clients} }, { id => "c$turn", name => "Client $turn", rules => $next->{clients}[0]{rules} };
        splice @{ $next->{clients} }, 1, 1 if @{ $next->{clients} } > 4;
        return $next;
    };
    # Each command differs from what stands there; what is restored is always as large.
    my @commands = (
        sub { return (\json($next_document->()), 'import', '-') },
        sub { $inst->import_document($next_document->()); return (undef, 'restore', last_change($inst)) },
        sub { return (undef, 'key', 'schedule', 'ES256', '--every', 1 + ++$turn % 700) },
    );
    my ($points, $lost, $broken, $apart, $half, $dead, $made) = (0) x 7;
    my @calls;
    # A first run may fill pages that later ones find filled, so the fewest of three count.
    for my $command (@commands) {
        push @calls, (sort { $a <=> $b } map { my ($input, @words) = $command->(); calls_of($inst, $input, @words) } 1 .. 3)[0];
    }
    cmp_ok((sort { $a <=> $b } @calls)[0], '>', 10, "the commands change files so often: @calls");
    # From the first call of each command to its last one, evenly, until it was killed at 200; and behind the last one.
    my @all = map { my $n = $_; map { [$n, $_] } 1 .. $calls[$n] } 0 .. $#commands;
    my @points = ((map { $all[$_ * @all / 200] } 0 .. 199), map { my $n = $_; map { [$n, $calls[$n] + $_] } 1 .. 8 } 0 .. $#commands);
    while (my $point = shift @points) {
        my ($n, $at) = @$point;
        my ($input, @words) = $commands[$n]->();
        my ($before, $number) = ($inst->export_text, last_change($inst));
        my ($status, $out) = killed($inst, $at, $input, @words);
        $points++;
        if ($status == 128 + 9) { $dead++ }
        # One that made fewer calls this time.
        elsif ($at <= $calls[$n]) { push @points, [$n, int($at / 2)] }
        # Undoes what is half done, as every writer does.
        my ($mended) = $inst->run(undef, 'migrate');
        my ($after, $now) = ($inst->export_text, last_change($inst));
        my ($checked) = $inst->run(undef, 'doctor');
        $broken++ if $mended || $checked;
        $made++ if $now != $number;
        $lost++ if ($status == 0 || $out =~ /^(?:imported|change|ES256: a new key)/m) && $now == $number;
        $half++ if ($now == $number) != ($after eq $before);
        $apart++ if !agrees($inst);
        diag("$words[0] at call $at: exit $status, change $number to $now, doctor $checked") if $mended || $checked;
    }
    cmp_ok($dead, '>=', 200, "at $dead of $points points of writing it was killed");
    cmp_ok($made, '>=', 1, "$made changes were made all the same, whose process died when it told of them or did not");
    is($lost, 0, 'nothing is lost that was acknowledged');
    is($half, 0, 'the objects change with their row of history or not at all');
    is($apart, 0, 'history and objects agree');
    is($broken, 0, 'the doctor finds both databases whole');
};

# ---- Ten thousand clients

subtest 'ten thousand clients' => sub {
    my $large = fresh();
    my $many = copy_of($document);
    my $keys = $many->{issuers}[0]{keys};
    for my $i (1 .. 200) {
        push @{ $many->{issuers} }, { id => "i$i", name => "Issuer $i", issuer => "https://i$i.example", algorithms => ['ES256'], keys => $keys };
    }
    for my $i (1 .. 10_000) {
        push @{ $many->{clients} }, {
            id => "c$i", name => "Client $i", scopes => ['orders.read'], secrets => [{ id => 'one', sha256 => sha256_hex("secret $i"), created => 1 }],
            rules => [{ id => 'only', issuers => ['i' . (1 + $i % 200)], targets => ['orders'], default_target => 'orders' }]
        };
    }
    my $from = time;
    $large->import_document($many);
    note(sprintf 'import took %.1f s', time - $from);
    my $timed = sub {
        my ($status, $words) = @_;
        my ($best, $said, @words) = (9);
        for (1 .. 3) {
            @words = $words->();
            my $began = time;
            my ($got, $out, $err) = $large->run(undef, @words);
            my $took = time - $began;
            $best = $took if $took < $best;
            $said = "exit $got\n$out$err";
            is($got, $status, "@words") or diag($said);
        }
        # What else runs on the machine can only make it longer.
        cmp_ok($best, '<', Tokex::Scale::of(0.4, 0.2), sprintf '%s: %.0f ms', "@words", 1000 * $best);
        return $said;
    };
    # Single objects: taking back the last change, which took back the one before it, and so on.
    my %kind = (
        client => sub { $_[0]{clients}[77]{name} = 'Another name' },
        issuer => sub { $_[0]{issuers}[77]{leeway} = 7 },
        target => sub { $_[0]{targets}[0]{lifetime} = 60 },
        scope => sub { $_[0]{scopes}[0]{description} = 'Other words' },
    );
    for my $noun (sort keys %kind) {
        my $other = copy_of($many);
        $kind{$noun}->($other);
        $large->import_document($other);
        my $change = unjson($large->must(undef, 'history', 'show', last_change($large), '--json'));
        is_deeply([map { $_->{noun} } @{ $change->{objects} }], [$noun], "one $noun differs, and one object is in the history");
        $timed->(0, sub { ('restore', last_change($large)) });
    }
    my $used = copy_of($many);
    push @{ $used->{scopes} }, { id => 'orders.new' };
    $large->import_document($used);
    my $added = last_change($large);
    push @{ $_->{scopes} }, 'orders.new' for @{ $used->{clients} };
    $large->import_document($used);
    like($timed->(1, sub { ('restore', $added) }), qr/scope "orders\.new": 10001 clients or rules of them name it: c1, c10, c100, c1000, c10000, \.\.\. Take it out/,
        'what ten thousand clients refer to stays');
    $timed->(0, sub { ('history') });
    $timed->(0, sub { ('history', '--object', 'client/c77') });
};

done_testing();
