#!/usr/bin/perl
# Accounts that a site keeps in its database, asked for through mod_dbd: Debian's PostgreSQL, for real.
use strict;
use warnings;
use FindBin;
use IO::Socket::INET;
use POSIX ();
use lib "$FindBin::RealBin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(json unjson);
use Tokex::OwnLinks;
use Tokex::Parts;
use Tokex::Postgres;
use Tokex::Tree;
use Tokex::World;
use Tokex::World::People qw(people subject_of code_of until_said links);

# Seconds that an answer is believed.
my $TTL = 2;
my $COLUMNS = q{id, username, email, mobile, active, extract(epoch FROM locked_until)::bigint AS locked_until,}
    . q{ array_to_string(roles, ',') AS roles, admin AS privileged, badge};

sub queries
{
    my ($attributes, $where) = @_;
    return join '', map {qq{TokexAccountQuery $_ "SELECT $COLUMNS FROM people WHERE $where->{$_} LIMIT 2"\n}} @$attributes;
}

my $QUERIES = queries([qw(id username email)], { id => 'id = CAST(%s AS bigint)', username => 'username = %s', email => 'lower(email) = lower(%s)' });

my $postgres;

# One for all parts; its table anew.
sub database
{
    $postgres //= Tokex::Postgres->new;
    $postgres->sql(<<'SQL');
DROP TABLE IF EXISTS people;
CREATE TABLE people (id bigserial PRIMARY KEY, username text, email text, mobile text, active boolean, locked_until timestamptz,
    roles text[] NOT NULL DEFAULT '{}', admin boolean NOT NULL DEFAULT false, badge text);
INSERT INTO people (id, username, email, active, roles, badge) VALUES
    (1, 'mira', 'mira@home.example', true, '{auditor,clerk}', '77'),
    (2, 'root', 'root@home.example', true, '{}', NULL),
    (3, 'twin1', 'twin@home.example', true, '{}', NULL), (4, 'twin2', 'twin@home.example', true, '{}', NULL),
    (5, 'nemo', 'nemo@home.example', NULL, '{}', NULL),
    (6, 'anna', 'anna@home.example', true, '{}', NULL);
UPDATE people SET admin = true WHERE id = 2;
SQL
    return $postgres;
}

# What stands in the manual below a heading: its SQL and its directives.
sub manual
{
    my ($heading) = @_;
    my ($text) = Tokex::Tree::slurp('docs/accounts.md') =~ /^### \Q$heading\E\n(.*?)(?=^##)/ms or die "docs/accounts.md: no $heading\n";
    return map { join "\n", $text =~ /^```$_\n(.*?)^```$/msg } qw(sql apache);
}

sub site
{
    my (%more) = @_;
    my $directives = delete $more{directives} // '';
    return people(modules => ['dbd'], directives => database()->directives . $QUERIES . ($directives =~ /TTL/ ? '' : "TokexAccountTTL $TTL\n") . $directives, %more);
}

my %verified = (email_verified => \1);
my $MIRA = 'tokex-account:sql:1';

part 'tokens link their subjects, and accounts decide' => sub {
    my $world = site(locations => ['/api' => '']);
    my $ctl = $world->ctl;
    my $count = sub { return scalar links($world) };

    is(subject_of($world, 'local', sub => 'p-1', email => 'mira@home.example'), 'p-1', 'LNK-001 an address that is not verified links nobody');
    is(subject_of($world, 'mandating', sub => 'p-1', email => 'mira@home.example'), 'account_unverified', 'LNK-001 where an account is mandated that is refused');
    is(subject_of($world, 'mandating', sub => 'p-1', email => 'nobody@home.example', %verified), 'account_none', 'AS-17 as is a subject without one');
    is(subject_of($world, 'orders', sub => 'p-1', email => 'mira@home.example', %verified), 'p-1', 'AS-22 a client without local attributes links nobody');
    is(subject_of($world, 'local', sub => 'p-1', email => 'Mira@home.example', %verified), 'p-1', 'LNK-003 an address in other letters links nobody, though the database finds somebody');
    is(subject_of($world, 'local', sub => 'p-1', email => 'root@home.example', %verified), 'p-1', 'LNK-004 a privileged account is linked to nobody');
    is(subject_of($world, 'local', sub => 'p-1', email => 'twin@home.example', %verified, preferred_username => 'mira'), 'account_ambiguous', 'LNK-005 what several accounts have is refused, whatever else would find one');
    is(subject_of($world, 'local', sub => 'p-1', email => 'nemo@home.example', %verified), 'account_disabled', 'whose active is NULL does not come in');
    for my $evil (q{' OR '1'='1}, q{mira@home.example' --}, q{mira%}, q{____@home.example}, q{\\}, q{$1}, q{mira@home.example'; DROP TABLE people; --}, "mira\@home.example\n") {
        is(subject_of($world, 'local', sub => 'p-1', email => $evil, %verified), 'p-1', 'a claim with what SQL has a meaning for finds nobody: ' . json($evil));
    }
    is(subject_of($world, 'local', sub => 'p-1', email => 'x' x 2000, %verified), 'p-1', 'nor does one that is too long to be asked for');
    is($postgres->sql('SELECT COUNT(*) FROM people;'), "6\n", 'and the table is there');
    my @took = sort { $a <=> $b } map {
        my $body = [$world->form(subject_token => $world->token(claims => { sub => 'p-1', email => "nobody$_\@home.example", %verified }))];
        my $octets = Tokex::Http::octets('POST', '/sts/token', ['Content-Type' => 'application/x-www-form-urlencoded',
            Authorization => Tokex::Http::basic('local', $world->secret('local'))], Tokex::Http::form(@$body));
        my $from = time;
        my $answer = Tokex::Http->new($world->port)->request($octets);
        $answer->status == 200 ? time - $from : 99;
    } 1 .. 9;
    cmp_ok($took[0], '<', 0.09, sprintf 'that nobody was found cannot be told by the clock: the driver waits for nothing (%.3f s)', $took[0]);
    is($count->(), 0, 'no link was made by any of them');

    my $answer = $world->exchange(-client => 'local', scope => 'orders.read invoicing',
        subject_token => $world->token(claims => { sub => 'p-1', scope => 'orders.read', email => 'mira@home.example', %verified }));
    my ($claims) = $world->decode($answer->json->{access_token});
    is("$claims->{sub} $claims->{acct} $claims->{idp}", "$MIRA $MIRA partner", 'AS-18 the first token with a verified address links its subject');
    is($claims->{login}, 'mira', 'AS-16 the account says what its user is called');
    is(join(' ', sort split / /, $claims->{scope}), 'invoicing orders.read', 'AS-15 and its role gives a scope');
    is($world->audit_of($answer)->{account}, $MIRA, 'the audit line names the account');
    my ($link) = links($world);
    is("$link->{issuer} $link->{sub} $link->{account} $link->{how}", "partner p-1 $MIRA implicit", 'the link is in state.db');
    is(subject_of($world, 'local', sub => 'p-1', email => 'anna@home.example', %verified), $MIRA, 'LNK-006 and decides from then on');
    is(subject_of($world, 'local', sub => 'p-3', email => 'nobody@home.example', %verified, preferred_username => 'mira'), $MIRA, 'AS-25 where the first attribute finds nobody the second is asked');
    is(subject_of($world, 'checking', sub => 'p-1'), 'p-1', 'AS-17 for a client that mandates an account the link is enough');
    is(subject_of($world, 'local', sub => $MIRA), 'sub_is_account', 'no issuer may call its subjects as accounts are called');
    my ($status, $out) = $ctl->run(undef, qw(link add partner p-3), 'tokex-account:sql:6');
    is($status, 1, 'nobody is two accounts');
    ($status, $out) = $ctl->run(undef, qw(link add partner p-6), 'tokex-account:sql:6');
    like("$status $out", qr/^0 linked subject "p-6" of issuer "partner" to account "tokex-account:sql:6"$/, 'an administrator links by the id');
    is(subject_of($world, 'local', sub => 'p-6'), 'tokex-account:sql:6', 'and that counts');
    is(scalar(@{ unjson($ctl->must(undef, qw(link list --json --account), $MIRA)) }), 2, 'links are listed by the id too');
    like($ctl->must(undef, qw(link list)), qr/^partner +p-1 +\Q$MIRA\E /m, 'and show it');

    $ctl->must(undef, qw(link add partner p-0), 'tokex-account:sql:abc');
    for (1 .. 12) {
        is(subject_of($world, 'orders', sub => 'p-0'), 'account_unavailable', 'what a statement cannot be asked is told of that one alone');
        is(subject_of($world, 'local', sub => "p-2$_", email => 'anna@home.example', %verified), 'tokex-account:sql:6', 'and others are answered');
    }
    $ctl->must(undef, qw(link remove partner p-0 --reason x));

    my $ours = $world->exchange(-client => 'local', subject_token => $world->token(claims => { sub => 'p-1' }))->json->{access_token};
    my $again = sub {
        my $got = $world->exchange(-client => 'local', subject_token => $ours);
        return $got->status == 200 ? ($world->decode($got->json->{access_token}))[0]{sub} : code_of($world, $got);
    };
    is($again->(), $MIRA, 'a token of ours for an account is exchanged for another');
    my %says = (account_disabled => 'active = false', account_locked => q{locked_until = now() + interval '1 hour'});
    for my $code (sort keys %says) {
        $postgres->sql("UPDATE people SET $says{$code} WHERE id = 1;");
        my $took = until_said("$code $code $code $code", sub { join ' ', $again->(), map { subject_of($world, $_, sub => 'p-1') } qw(local orders checking) });
        cmp_ok($took, '<', $TTL + 1, sprintf 'AS-15 TEX-043 %s for every client and for a token of ours within TokexAccountTTL (%.2f s)', $code, $took);
        $postgres->sql('UPDATE people SET active = true, locked_until = NULL WHERE id = 1;');
        cmp_ok(until_said($MIRA, sub { subject_of($world, 'local', sub => 'p-1') }), '<', $TTL + 1, 'until it is over');
    }
    $postgres->sql(q{DELETE FROM people WHERE id = 1; INSERT INTO people (id, username, email, active) VALUES (9, 'mira', 'mira@home.example', true);});
    cmp_ok(until_said('account_gone', $again), '<', $TTL + 1, 'LNK-008 a token for an account that was removed is nobody\'s');
    is(subject_of($world, $_, sub => 'p-1', email => 'mira@home.example', %verified), 'account_gone', "nor does its subject come in at $_, as it may only be hidden") for qw(local orders);
    $ctl->must(undef, qw(link remove partner p-1 --reason gone));
    is(subject_of($world, 'local', sub => 'p-1', email => 'mira@home.example', %verified), 'tokex-account:sql:9', 'LNK-008 who is linked anew is linked to the new one');
    $ctl->must(undef, qw(account add oscar));
    $ctl->must(undef, qw(link add partner p-7 oscar));
    is(subject_of($world, 'orders', sub => 'p-7'), 'account_gone', 'a link to an account that this host does not ask for lets nobody in');
    my $tried = $world->tried;
    cmp_ok($tried->compared, '>', 3, 'tokexctl try was asked about them: ' . $tried->compared);
    cmp_ok($tried->left_out->{'undetermined: the server would ask the issuer'} // 0, '>', 10, 'and said where it could not know');
};

# The login of mod_authn_dbd asks the same table, and says the id of whom it let in.
part 'own links' => sub {
    my $hash = crypt 'pw', '$5$salt$';
    my $world = site(
        modules => [qw(dbd authn_dbd authn_core auth_basic alias cgid)], locations => ['/api' => ''],
        directives => Tokex::OwnLinks::directives(qq{AuthBasicProvider dbd\nAuthDBDUserPWQuery "SELECT '$hash' AS password, CAST(id AS text) AS id FROM people WHERE username = %s AND active"})
    );
    my $own = Tokex::OwnLinks->new($world, 'account sql AUTHENTICATE_ID');
    is($own->ask('nobody', 'pw', 'GET', '/')->status, 401, 'nobody gets in without the login');
    my $token = $world->token(claims => { sub => 'p-1' });
    is(subject_of($world, 'local', sub => 'p-1'), 'p-1', 'a subject is nobody here');
    my $answer = $own->present('mira', 'pw', $token);
    is($answer->status, 303, 'AS-21 until somebody who is signed in presents its token') or diag($answer->body, $world->httpd->error_log);
    my ($link) = links($world);
    is("$link->{issuer} $link->{sub} $link->{account} $link->{how}", "partner p-1 $MIRA own", 'then it is the account that the login let in');
    cmp_ok(until_said($MIRA, sub { subject_of($world, 'local', sub => 'p-1') }), '<', 2, 'an exchange says so too');
    is($own->present('anna', 'pw', $token)->status, 422, 'nobody else takes it');
    unlike($own->ask('anna', 'pw', 'GET', '/')->body, qr/p-1/, 'nor sees it');
    is($own->ask('anna', 'pw', 'POST', '/remove', issuer => 'partner', sub => 'p-1')->status, 404, 'nor removes it');
    is($own->ask('mira', 'pw', 'POST', '/remove', issuer => 'partner', sub => 'p-1')->status, 303, 'AS-20 its user does');
    cmp_ok(until_said('p-1', sub { subject_of($world, 'local', sub => 'p-1') }), '<', 2, 'and the subject is nobody again');
    $postgres->sql('UPDATE people SET active = false WHERE id = 1;');
    is($own->present('mira', 'pw', $token)->status, 401, 'who is switched off is not let in there');
    $postgres->sql('UPDATE people SET active = true WHERE id = 1;');
    my $other = Tokex::OwnLinks->new($world, 'account username');
    $world->ctl->must(undef, qw(account add mira));
    is($other->present('mira', 'pw', $token)->status, 500, 'accounts of state.db, which this server does not ask for, are not linked');
    is(scalar(links($world)), 0, 'nothing is left');
};

part 'what is remembered ends with the account' => sub {
    my $world = site();
    my %claims = (sub => 'p-1', email => 'mira@home.example', %verified);
    my $token = $world->token(claims => \%claims);
    is($world->statuses('/api/x', ($token) x 2), '200 200', 'a linked subject is let in');
    my $ours = $world->exchange(-client => 'local', audience => 'api', subject_token => $token)->json->{access_token};
    my $plain = $world->token(claims => { sub => 'p-1' });
    my $early = $world->token(claims => { sub => 'p-8' });
    is($world->statuses('/plain/x', $early), '200', 'who is nobody so far is let in, and that is remembered');
    is(subject_of($world, 'local', sub => 'p-8', email => 'anna@home.example', %verified), 'tokex-account:sql:6', 'then linked');
    my $stranger = $world->token(claims => { sub => 'p-2' });
    is($world->statuses($_->[0], ($_->[1]) x 2), '200 200', "and at $_->[0]") for ['/plain/x', $plain], ['/own/x', $ours], ['/plain/x', $stranger];
    cmp_ok($world->count('cache_lookups hit'), '>=', 3, 'decisions are remembered');
    my $active = sub {
        my $octets = Tokex::Http::octets('POST', '/sts/introspect', ['Content-Type' => 'application/x-www-form-urlencoded',
            Authorization => Tokex::Http::basic('inspector', $world->secret('inspector'))], Tokex::Http::form(token => $ours));
        my $json = $world->send_octets($octets)->json;
        return defined $json->{active} ? $json->{active} ? 'yes' : 'no' : $json->{error};
    };
    is($active->(), 'yes', 'and introspection says that our token is good');
    $postgres->sql('UPDATE people SET active = false WHERE id IN (1, 6);');
    my $from = time;
    for my $case (['/api/x', $token], ['/plain/x', $plain], ['/own/x', $ours], ['/plain/x', $early]) {
        my ($path, $presented) = @$case;
        until_said('403 403 403 403 403 403', sub { $world->statuses($path, ($presented) x 6) });
        cmp_ok(time - $from, '<', $TTL + 1, sprintf 'AS-15 TEX-043 at %s nobody comes in who is switched off longer than TokexAccountTTL (%.2f s)', $path, time - $from);
    }
    is(until_said('no', $active) + time - $from < $TTL + 2 ? 1 : 0, 1, 'nor is our token for the account good any more');
    is($world->statuses('/plain/x', $stranger), '200', 'and others do');
    $postgres->sql('UPDATE people SET active = true WHERE id = 1;');
    cmp_ok(until_said('200 200 200', sub { $world->statuses('/api/x', ($token) x 3) }), '<', $TTL + 1, 'until it is switched on');
};

part 'TokexAccountTTL 0 asks each time, and a long one does not' => sub {
    my $world = site(directives => 'TokexAccountTTL 0');
    my $token = $world->token(claims => { sub => 'p-1', email => 'mira@home.example', %verified });
    is($world->statuses('/api/x', ($token) x 3), '200 200 200', 'a linked subject is let in');
    is($world->decided(Tokex::Jose::jti($token)), 3, 'and decided on each time');
    $postgres->sql('UPDATE people SET active = false WHERE id = 1;');
    is($world->statuses('/api/x', ($token) x 6), join(' ', (403) x 6), 'nobody who is switched off comes in, at once');
    is(subject_of($world, 'orders', sub => 'p-1'), 'account_disabled', 'nor at the token endpoint');
    $postgres->sql('UPDATE people SET active = true WHERE id = 1;');

    $world = site(directives => 'TokexAccountTTL 300', workers => "StartServers 1\nServerLimit 1\nThreadLimit 8\nThreadsPerChild 8\nMaxRequestWorkers 8\n");
    is(subject_of($world, 'local', sub => 'p-1', email => 'mira@home.example', %verified), $MIRA, 'what is asked for once');
    is(subject_of($world, 'local', sub => 'p-1'), $MIRA, 'by its address, then by its link,');
    $postgres->sql('UPDATE people SET active = false WHERE id = 1;');
    is(subject_of($world, 'local', sub => 'p-1'), $MIRA, 'is remembered that long');
};

# Which answer comes, by status and code.
sub outcome
{
    my ($world, $client, %claims) = @_;
    my $answer = $world->exchange(-client => $client, subject_token => $world->token(claims => \%claims));
    return join ' ', $answer->status, code_of($world, $answer) // (), $answer->header('retry-after') // ();
}

part 'the database is stopped and comes back' => sub {
    my $world = site(locations => ['/api' => "TokexClient local\nTokexCacheTTL 300"], directives => 'TokexAccountTTL 3');
    my %mira = (sub => 'p-1', email => 'mira@home.example', %verified);
    my $token = $world->token(claims => \%mira);
    # Each process has a connection with statements that are prepared.
    is($world->statuses('/api/x', map { $world->token(claims => \%mira) } 1 .. 12), join(' ', (200) x 12), 'a linked subject is let in');
    my %children = map { $_ => 1 } $world->httpd->children;
    my $remembered = $world->token(claims => \%mira);
    is($world->statuses('/api/x', $remembered), '200', 'and once more');
    $postgres->stop;
    is($world->statuses('/api/x', ($remembered) x 3), '200 200 200', 'without the database, what was said serves for its time');
    is(outcome($world, 'orders', sub => 'p-2'), '200', 'who is nobody here goes on');
    my $from = time;
    is(until_said('503 503 503', sub { $world->statuses('/api/x', ($remembered) x 3) }, 5) < 4.5 ? 1 : 0, 1, 'then a linked subject is told to come again, at a location');
    cmp_ok(time - $from, '<', 4.5, 'not later than its time is over');
    is(outcome($world, $_, sub => 'p-1'), '503 account_unavailable 1', "at $_ too") for qw(local orders checking);
    is(outcome($world, 'local', sub => 'p-9', email => 'anna@home.example', %verified), '503 account_unavailable 1', 'and who would be looked for');
    is(outcome($world, 'orders', sub => 'p-2'), '200', 'others still go on');
    is(scalar(links($world)), 1, 'nobody was linked');
    $postgres->start;
    cmp_ok(until_said(join(' ', (200) x 12), sub { join ' ', map { $world->statuses('/api/x', $world->token(claims => \%mira)) } 1 .. 12 }), '<', 8, 'when it is back everybody comes in again');
    is_deeply([sort $world->httpd->children], [sort keys %children], 'in the same processes');

    # While nobody asks: the connections look good until they are used, and the statements are gone.
    sleep 3;
    $postgres->stop;
    $postgres->start;
    is($world->statuses('/api/x', map { $world->token(claims => \%mira) } 1 .. 12), join(' ', (200) x 12), 'after a restart in between nobody notices');
    # What one statement of three does wrong is told of that one alone.
    $postgres->sql('ALTER TABLE people RENAME COLUMN badge TO mark;');
    is(until_said('503 503 503', sub { $world->statuses('/api/x', map { $world->token(claims => \%mira) } 1 .. 3) }, 6) < 6 ? 1 : 0, 1, 'a column that goes makes it 503');
    $postgres->sql('ALTER TABLE people RENAME COLUMN mark TO badge;');
    cmp_ok(until_said('200 200 200', sub { $world->statuses('/api/x', map { $world->token(claims => \%mira) } 1 .. 3) }), '<', 3, 'until it is there again');
    is_deeply([sort $world->httpd->children], [sort keys %children], 'still in the same processes');

    $postgres->stop;
    kill 'KILL', keys %children;
    ok($world->httpd->wait_for(sub { (grep { !$children{$_} } $world->httpd->children) >= 3 }, 10), 'processes begin that never saw the database');
    is($world->statuses('/api/x', map { $world->token(claims => \%mira) } 1 .. 3), '503 503 503', 'they let nobody in who is linked,');
    is(outcome($world, 'orders', sub => 'p-2'), '200', 'and others');
    $postgres->start;
    cmp_ok(until_said(join(' ', (200) x 12), sub { $world->statuses('/api/x', map { $world->token(claims => \%mira) } 1 .. 12) }), '<', 8, 'until it is there');
};

part 'a database that takes connections and says nothing' => sub {
    my $world = site(locations => ['/api' => 'TokexClient local'], directives => 'TokexAccountTTL 0',
        workers => "StartServers 1\nServerLimit 1\nThreadLimit 32\nThreadsPerChild 32\nMaxRequestWorkers 32\n");
    is(subject_of($world, 'local', sub => 'p-1', email => 'mira@home.example', %verified), $MIRA, 'a subject is linked');
    my $port = $postgres->port;
    $postgres->stop;
    my $hole = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 128, ReuseAddr => 1) or die "port $port: $!\n";
    my $from = time;
    my ($count, $slowest) = $world->at_once(20, '/api/x', $world->token(claims => { sub => 'p-1' }));
    is_deeply($count, { 503 => 20 }, 'who is linked is told to come again');
    cmp_ok($slowest, '<', 6, sprintf 'after %.1f s at most, with connect_timeout=3', $slowest);
    $from = time;
    is($world->statuses('/api/x', $world->token(claims => { sub => 'p-1' })), '503', 'so is who comes a moment later,');
    cmp_ok(time - $from, '<', 0.7, sprintf 'at once (%.2f s)', time - $from);
    is(outcome($world, 'orders', sub => 'p-2'), '200', 'who is nobody here goes on');
    close $hole;
    $postgres->start;
    cmp_ok(until_said($MIRA, sub { subject_of($world, 'local', sub => 'p-1') }), '<', 8, 'and when it answers again all is well');
};

part 'a database that stands still' => sub {
    my $world = site(locations => ['/api' => 'TokexClient local'], directives => "DBDMin 20\nDBDKeep 20\nDBDMax 20\nTokexAccountTTL 0\n",
        workers => "StartServers 1\nServerLimit 1\nThreadLimit 32\nThreadsPerChild 32\nMaxRequestWorkers 32\n");
    my $token = $world->token(claims => { sub => 'p-1', email => 'mira@home.example', %verified });
    is($world->statuses('/api/x', ($token) x 3), '200 200 200', 'a linked subject is let in');
    $postgres->freeze;
    pipe my $read, my $write or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        my ($count) = $world->at_once(24, '/api/x', $token);
        print {$write} json($count);
        close $write;
        POSIX::_exit(0);
    }
    close $write;
    ok($world->httpd->wait_for(sub { $world->httpd->error_log =~ /all who may ask at once wait|somebody waits for a connection/ }, 10), 'of many requests some wait, others are told to come again');
    my $from = time;
    is($world->statuses('/api/x', $world->token(claims => { sub => 'p-1' })), '503', 'as is who comes then,');
    cmp_ok(time - $from, '<', 2.5, sprintf 'soon (%.2f s)', time - $from);
    is(outcome($world, 'orders', sub => 'p-2'), '200', 'and others are served');
    $postgres->thaw;
    my $count = unjson(do { local $/ = undef; readline $read });
    waitpid $pid, 0;
    is(($count->{200} // 0) + ($count->{503} // 0), 24, 'when it goes on all have their answers');
    cmp_ok($count->{200} // 0, '<=', 8, 'and no more than eight waited for it');
    cmp_ok(until_said('200 200 200', sub { $world->statuses('/api/x', ($token) x 3) }), '<', 5, 'as others have');
};

part 'mistakes in directives' => sub {
    my $world = Tokex::World->new(start => 0, modules => [qw(dbd ldap)]);
    my $httpd = $world->httpd;
    my $config = $httpd->{config};
    my $said = sub {
        my (@lines) = @_;
        $httpd->{config} = join "\n", $config, @lines;
        my ($status, $text) = $httpd->config_test;
        return $status ? $text : "0 $text";
    };
    my $id = 'TokexAccountQuery id "x %s"';
    my $ldap = 'TokexAccountLDAP ldap://127.0.0.1/dc=example';
    my $active = 'TokexAccountLDAPMap active (objectClass=*)';
    like($said->($id, 'TokexAccountQuery email "y %s and %%"', 'TokexAccountTTL 300'), qr/^0 .*Syntax OK/s, 'what is right is taken');
    like($said->($ldap, $active, 'TokexAccountTTL 0'), qr/^0 .*Syntax OK/s, 'of a directory too');
    for my $case (
        [qr/is no plain name of an attribute/, 'TokexAccountQuery E-Mail "y %s"'],
        [qr/is no plain name of an attribute/, 'TokexAccountQuery ' . 'a' x 41 . ' "y %s"'],
        [qr/the statement has %s 0 times/, 'TokexAccountQuery id "x"'],
        [qr/the statement has %s 2 times/, 'TokexAccountQuery id "x %s %s"'],
        [qr/"%d" stands in the statement; write %s/, 'TokexAccountQuery id "x %d"'],
        [qr/"%" stands in the statement/, 'TokexAccountQuery id "x %s %"'],
        [qr/write the attribute and the statement/, 'TokexAccountQuery id'],
        [qr/there is a statement for "id" already/, $id, $id],
        [qr/there is no TokexAccountQuery id, by which/, 'TokexAccountQuery email "y %s"'],
        [qr/TokexAccountLDAP: accounts are asked for elsewhere already \(TokexAccountQuery at \S+:\d+\)/, $id, $ldap],
        [qr/TokexAccountQuery: accounts are asked for elsewhere already \(TokexAccountLDAPMap at \S+:\d+\)/, $active, $id],
        [qr/accounts are asked for elsewhere already/, $id, 'TokexAccountLDAP Off'],
        [qr/"301" is no number of seconds from 0 to 300/, 'TokexAccountTTL 301'],
        [qr/"-1" is no number/, 'TokexAccountTTL -1'],
        [qr/"1m" is no number/, 'TokexAccountTTL 1m'],
        [qr/is no URL of a directory/, 'TokexAccountLDAP http://x/'],
        [qr/names no host/, 'TokexAccountLDAP ldap:///dc=example'],
        [qr/names attributes, which is what TokexAccountLDAPMap does/, 'TokexAccountLDAP ldap://127.0.0.1/dc=example?uid'],
        [qr/reaches the directory without TLS/, 'TokexAccountLDAP ldap://ldap.example.org/dc=example'],
        [qr/reaches the directory without TLS/, 'TokexAccountLDAP "ldap://127.0.0.1 ldap.example.org/dc=example"'],
        [qr/reaches the directory without TLS/, 'TokexAccountLDAP ldap://127.0.0.1.example.org:389/dc=example'],
        [qr/"TLS" is no way to reach a directory/, "$ldap TLS"],
        [qr/it stands here already/, $ldap, $ldap],
        [qr/nothing says whose account is switched off; write TokexAccountLDAPMap active/, $ldap],
        [qr/there is no TokexAccountLDAP beside it/, $active],
        [qr/active: "objectClass" is no filter in brackets/, 'TokexAccountLDAPMap active objectClass'],
        [qr/roles: "\(x\)" is no name of an attribute/, 'TokexAccountLDAPMap roles (x)'],
        [qr/TokexAccountLDAPMap: roles stands here twice/, 'TokexAccountLDAPMap roles a', 'TokexAccountLDAPMap roles b'],
        [qr/password file \S+ cannot be opened/, $ldap, $active, 'TokexAccountLDAPBind cn=x /nowhere/password'],
        [qr/password file \S+ holds no password/, $ldap, $active, 'TokexAccountLDAPBind cn=x /dev/null'],
    ) {
        my ($wanted, @lines) = @$case;
        like($said->(@lines), $wanted, join '; ', map { substr $_, 0, 80 } @lines);
    }
    like($said->($ldap =~ s/ldap:/ldaps:/r =~ s/127.0.0.1/ldap.example.org/r, $active), qr/^0 /, 'with TLS a directory may be anywhere');
    like($said->($ldap =~ s/127.0.0.1/ldap.example.org/r . ' STARTTLS', $active), qr/^0 /, 'with STARTTLS too');
    like($said->($id, '<VirtualHost *:81>', $ldap, $active, '</VirtualHost>', '<VirtualHost *:82>', 'TokexAccountQuery Off', '</VirtualHost>'), qr/^0 /, 'another host may have another source, or none');
    $httpd->{modules} = [];
    like($said->($id), qr/TokexAccountQuery: mod_dbd is not loaded; load it before this line/, 'without mod_dbd there is no database');
    like($said->($ldap), qr/TokexAccountLDAP: mod_ldap is not loaded; load it before this line/, 'nor a directory without mod_ldap');
};

# What an exchange at a virtual host came to, for who has an address.
sub at_host
{
    my ($world, $host, %claims) = @_;
    my @form = $world->form(subject_token => $world->token(claims => { %claims, email => 'mira@home.example', %verified }));
    my $octets = Tokex::Http::octets('POST', '/sts/token', ['Content-Type' => 'application/x-www-form-urlencoded',
        Authorization => Tokex::Http::basic('local', $world->secret('local'))], Tokex::Http::form(@form));
    $octets =~ s/^Host: [^\r]*/Host: $host/m;
    my $answer = $world->send_octets($octets);
    return $answer->status == 200 ? ($world->decode($answer->json->{access_token}))[0]{sub} : code_of($world, $answer);
}

part 'one host asks the database, another has accounts of its own' => sub {
    my $postgres = database();
    my $world = people(modules => ['dbd'], locations => ['/api' => 'TokexClient local'], directives => $postgres->directives . $QUERIES,
        config => "<VirtualHost *:*>\nServerName 127.0.0.1\n</VirtualHost>\n<VirtualHost *:*>\nServerName own.example\nTokexAccountQuery Off\n</VirtualHost>");
    $world->ctl->must(undef, qw(account add otto email=mira@home.example));
    is(at_host($world, '127.0.0.1', sub => 'p-1'), $MIRA, 'at the one the subject is who the database says');
    like(at_host($world, 'own.example', sub => 'p-2'), qr/^tokex-account:[\w-]{22}$/, 'at the other who state.db says');
    is(at_host($world, 'own.example', sub => 'p-1'), 'account_gone', 'who is linked to an account that is not asked for there does not come in');
    is(at_host($world, '127.0.0.1', sub => 'p-2'), 'account_gone', 'at neither');
    my $token = $world->token(claims => { sub => 'p-1' });
    my $there = sub {
        my ($host) = @_;
        return Tokex::Http->new($world->port)->request(Tokex::Http::octets('GET', '/api/x', [Authorization => "Bearer $token"]) =~ s/^Host: [^\r]*/Host: $host/mr)->status;
    };
    is(join(' ', map { $there->($_) } ('127.0.0.1') x 3, ('own.example') x 3), '200 200 200 403 403 403', 'what is remembered for the one is not for the other');
};

part 'attributes of the site, and refresh tokens' => sub {
    my $world = site(
        locations => ['/api' => ''],
        directives => queries(['badge'], { badge => 'badge = %s' }),
        edit => sub {
            my ($document, $self, $partner, $everything) = @_;
            %$partner = (%$partner, lookup_primary => 'badge', lookup_secondary => 'mobile', authoritative_for => ['badge']);
            push @{ $document->{mappings}[0]{rows} }, { source => 'account', from => 'badge', to => 'desk' };
            push @{ $document->{clients} }, $self->client('keeper', local_attributes => \1, grant_types => [$Tokex::World::GRANT, 'refresh_token'],
                rules => [{ %$everything, refresh_lifetime => 600 }]);
        }
    );
    my $answer = $world->exchange(-client => 'keeper', subject_token => $world->token(claims => { sub => 'p-1', badge => '77' }));
    my ($claims) = $world->decode($answer->json->{access_token});
    is("$claims->{sub} $claims->{desk}", "$MIRA 77", 'an account is found by an attribute of the site, and has it');
    is(outcome($world, 'local', sub => 'p-2', phone_number => '+4912', phone_number_verified => \1), '503 account_unavailable 1', 'where there is no statement for an attribute nobody can say whose it is');
    like($world->httpd->error_log, qr/accounts are looked for by "mobile", and there is no TokexAccountQuery for that/, 'and the error log says so');
    my $token = $answer->json->{refresh_token};
    my $refresh = sub {
        my $got = Tokex::Http::post_form($world->port, '/sts/token', [grant_type => 'refresh_token', refresh_token => $token],
            Authorization => Tokex::Http::basic('keeper', $world->secret('keeper')));
        $token = $got->json->{refresh_token} // $token;
        return $got->status;
    };
    is($refresh->(), 200, 'its refresh token is good');
    $postgres->sql('UPDATE people SET active = false WHERE id = 1;');
    cmp_ok(until_said(400, $refresh), '<', $TTL + 1, 'until the account is switched off');
};

part 'two hosts have two databases' => sub {
    my $postgres = database();
    $postgres->sql('CREATE SCHEMA other; CREATE TABLE other.people AS SELECT * FROM people;');
    my $other = $postgres->directives(q{ options='-c search_path=other'});
    my $world = people(modules => ['dbd'], locations => ['/api' => ''], directives => $postgres->directives . $QUERIES,
        workers => "StartServers 1\nServerLimit 1\nThreadLimit 8\nThreadsPerChild 8\nMaxRequestWorkers 8\n",
        config => "<VirtualHost *:*>\nServerName 127.0.0.1\n</VirtualHost>\n<VirtualHost *:*>\nServerName other.example\n$other</VirtualHost>");
    $postgres->sql('UPDATE people SET active = false WHERE id = 1;');
    is(at_host($world, '127.0.0.1', sub => 'p-1'), 'account_disabled', 'what the one says');
    like(at_host($world, 'other.example', sub => 'p-1'), qr/^tokex-account:sql:1$/, 'is not what the other remembers');
    is(at_host($world, '127.0.0.1', sub => 'p-1'), 'account_disabled', 'nor the other way round');
};

part 'the example of the manual' => sub {
    my ($sql, $directives) = manual('In a database');
    my $postgres = database();
    $postgres->sql("DROP TABLE people; $sql CREATE ROLE tokex LOGIN; GRANT SELECT ON account TO tokex;");
    my $port = $postgres->port;
    $directives =~ s/dbname=people/port=$port dbname=postgres/ or die "no dbname=people\n";
    my $world = people(modules => ['dbd'], locations => ['/api' => ''], directives => $directives);
    is(subject_of($world, 'mandating', sub => 'p-1', email => 'mira@partner.example', %verified), $MIRA, 'finds an account');
    my ($row) = grep { $_->{account} eq $MIRA } links($world);
    ok($row, 'and links it');
    $postgres->sql(q{UPDATE people SET locked = now() + interval '1 hour';});
    is(subject_of(people(modules => ['dbd'], locations => ['/api' => ''], directives => $directives), 'mandating', sub => 'p-1', email => 'mira@partner.example', %verified), 'account_locked', 'until it is locked');
    $postgres->sql('DROP VIEW account; DROP TABLE people;');
};

done_testing();
