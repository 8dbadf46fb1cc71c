#!/usr/bin/perl
# Procedures (docs/procedures.md): those of the manual do what it says, statement by statement; the command line, the
# document, history; changes while the server runs; locations, refresh tokens, `tokexctl try`; beside mod_lua.
#
#   prove -I t/lib t/90-procedures.t :: manual
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Felt;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(json unjson);
use Tokex::Parts;
use Tokex::Protected;
use Tokex::Tree;

Tokex::Tree::export_environment();
my $GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
my $MISSING = 'Missing %s in a token exchange request';

# The programs of the manual, by their names.
my %manual = do {
    my $text = Tokex::Tree::slurp('docs/procedures.md');
    my %found;
    $found{$2} = $1 while $text =~ /^```lua\n(-- (\w+)\.lua\n.*?)^```$/msg;
    %found;
};

sub procedure
{
    my ($id, $source, %more) = @_;
    return { id => $id, name => "Procedure $id", source => $source // $manual{$id}, %more };
}

# exchange(r) of which this is the body, and that returns tokex.OK.
sub simple { my ($body) = @_; return "function exchange(r)\n$body\nreturn tokex.OK\nend\n" }

# Clients with the property and without, each with the manual's procedures.
sub world
{
    my (%want) = @_;
    my $edit = delete $want{document};
    return Tokex::Protected->new(
        document => sub {
            my ($document, $self) = @_;
            my $rule = sub {
                return { id => 'only', issuers => ['partner'], targets => [qw(day api)], default_target => 'day', @_ };
            };
            my @special = (properties => [{ name => 'custom_token_exchange', value => 'true' }]);
            push @{ $document->{targets} }, $self->target('day', scopes => [qw(orders.read orders.write)], lifetime => 86400);
            push @{ $document->{procedures} }, map { procedure($_) } sort keys %manual;
            my @day = (procedure => 'transaction', procedure_lifetime => 86400, lifetime => 300);
            push @{ $document->{clients} },
                $self->client('narrow', rules => [$rule->(procedure => 'downscope')]),
                $self->client('special', @special, rules => [$rule->(@day)]),
                $self->client('plain', properties => [{ name => 'custom_token_exchange', value => 'false' }], rules => [$rule->(@day)]),
                $self->client('without', procedure => 'transaction', rules => [$rule->()]),
                $self->client('bounded', @special, rules => [$rule->(procedure => 'transaction')]),
                $self->client('events', rules => [$rule->(procedure => 'event', procedure_lifetime => 86400)]),
                $self->client('ledger', rules => [$rule->(procedure => 'legacy')]);
            $edit->($document, $self) if $edit;
        },
        %want
    );
}

sub claims_of { my ($world, $answer) = @_; return ($world->decode($answer->json->{access_token}))[0] }

sub is_told
{
    my ($answer, $error, $text, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is(join(' | ', $answer->status, $answer->json->{error} // '', $answer->json->{error_description} // ''),
        "400 | $error | $text", $name);
}

sub is_refused
{
    my ($world, $answer, $status, $code, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is(join(' ', $answer->status, $world->audit_of($answer)->{code} // ''), "$status $code", $name);
}

if (!$ENV{TOKEX_LUA}) {
    my $world = Tokex::Protected->new;
    my $document = $world->edited(sub { push @{ $_[0]{procedures} }, procedure('x', simple('')) });
    my ($code, undef, $said) = $world->ctl->run(\json($document), 'import', '-');
    is($code, 1, 'a build without Lua refuses a configuration with a procedure');
    like($said, qr/configure --with-lua/, 'and says how to build one with it');
    done_testing();
    exit;
}
Tokex::Httpd::needs($_) or do { done_testing(); exit } for qw(socache_shmcb authz_user);

part 'manual: the first of the seed' => sub {
    my $world = world();
    my $now = int time;
    is_told($world->exchange(-client => 'narrow'), 'invalid_request', sprintf($MISSING, 'scope'), 'CU-13 a missing scope is refused');
    my $answer = $world->exchange(-client => 'narrow', -auth => 'post', scope => 'orders.read');
    is($answer->status, 200, 'CU-18 CU-19 a form with the client in its body is granted') or diag($answer->body);
    my $claims = claims_of($world, $answer);
    is($answer->json->{scope}, 'orders.read', 'CU-17 CU-20 T-6 the answer has the granted scope, less than the subject token had');
    is($claims->{scope}, 'orders.read', 'T-6 and so does the token');
    is_deeply($claims->{scp}, ['orders.read'], 'CU-16 and nothing else');
    is_deeply($claims->{aud}, ['https://day.example'], 'CU-14 for the audience of the target');
    is($claims->{sub}, 'auth0|user-1', 'CU-15 of the subject');
    ok(!exists $answer->json->{claims}, 'CU-17 claims are no member of the answer');
    is($answer->json->{issued_token_type}, 'urn:ietf:params:oauth:token-type:access_token', 'CU-17 its type is');
    cmp_ok(abs($answer->json->{expires_in} - 595), '<=', 10, 'CU-17 and how long it lives: as long as the subject token');
    is($world->exchange(-client => 'narrow', scope => 'invoicing')->json->{error}, 'invalid_scope',
        'CU-16 a scope that the target does not know is not granted');
    is($world->audit_of($world->exchange(-client => 'narrow', scope => 'admin'))->{code}, 'scope_client',
        'CU-16 nor one that the client does not have');
};

part 'manual: the second of the seed' => sub {
    my $world = world();
    my $now = int time;
    my @ask = (scope => 'orders.read', transaction_id => '1234');
    is_told($world->exchange(-client => 'special', transaction_id => '1234'), 'invalid_request', sprintf($MISSING, 'scope'),
        'CU-13 a client with the property must ask for a scope');
    is_told($world->exchange(-client => 'special', scope => 'orders.read'), 'invalid_request',
        sprintf($MISSING, 'transaction_id'), 'CU-24 and name a transaction');
    is_told($world->exchange(-client => 'special', scope => 'orders.read', transaction_id => ''), 'invalid_request',
        sprintf($MISSING, 'transaction_id'), 'CU-24 an empty one is none');
    my $answer = $world->exchange(-client => 'special', @ask);
    my $claims = claims_of($world, $answer);
    is($claims->{transaction_id}, '1234', 'CU-22 the transaction is bound to the token');
    is($claims->{scope}, 'orders.read', 'CU-23 it has the scope that was asked for');
    cmp_ok(abs($claims->{exp} - $now - 86400), '<=', 30, 'CU-25 it lives for a day from now, in seconds');
    cmp_ok(abs($answer->json->{expires_in} - 86400), '<=', 1, 'CU-25 and the answer says so');
    cmp_ok($claims->{exp}, '>', $now + 3600, 'CU-32 longer than the subject token');
    for my $client (qw(plain without)) {
        my $plain = $world->exchange(-client => $client, transaction_id => '1234');
        is($plain->status, 200, "CU-23 $client: a client without the property needs neither") or diag($plain->body);
        is($plain->json->{scope}, 'orders.read orders.write', "CU-23 $client: it keeps the scopes that were presented");
        ok(!exists claims_of($world, $plain)->{transaction_id}, "CU-23 $client: no transaction is bound");
        cmp_ok($plain->json->{expires_in}, '<=', 600, "CU-25 $client: and the token lives as long as ever");
    }
    is_refused($world, $world->exchange(-client => 'bounded', @ask), 500, 'procedure_lifetime',
        'CU-25 where the rule does not allow a longer life nothing is issued');
    is($world->exchange(-client => 'bounded', @ask)->json->{error}, 'server_error', 'and the client is told no more');
};

part 'manual: an event, a legacy backend' => sub {
    my $world = world(locations => ['/ledger' => "TokexClient ledger\nTokexAudience day\nTokexClaimHeaders X-Ledger-\nTokexUserClaim user"]);
    my @ask = (-client => 'events', event_id => 'e-7');
    my $claims = claims_of($world, $world->exchange(@ask, event_type => 'order.archived'));
    is("$claims->{event_type} $claims->{event_id} $claims->{scope}", 'order.archived e-7 orders.read',
        'CU-32 a token for an event names it, and is narrower');
    is($claims->{exp} - $claims->{iat}, 86400, 'CU-32 and lives as long as that may wait');
    is($world->exchange(@ask, event_type => 'invoice.created')->json->{expires_in}, 3600, 'or not so long');
    is_told($world->exchange(@ask), 'invalid_request', 'Missing event_type or event_id', 'an event has a type');
    is_told($world->exchange(@ask, event_type => 'x'), 'invalid_request', 'No tokens are issued for such events', 'that is known');
    $claims = claims_of($world, $world->exchange(-client => 'ledger',
        subject_token => $world->token(claims => { groups => [qw(accounting staff sales-north)] })));
    is($claims->{user}, 'PARTNER\\USER.ONE', 'a legacy backend gets its user');
    is($claims->{units}, 'BH;VKN', 'and the groups that it knows');
    my $answer = $world->exchange(-client => 'ledger', subject_token => $world->token(claims => { email => undef }));
    is_told($answer, 'invalid_request', 'The request is not accepted.', 'a reason of tokex.DENY is not for the client');
    is($world->audit_of($answer)->{code}, 'procedure_denied', 'but for the log');
    like(json($world->audit_of($answer)), qr/the token names no user/, 'with its words');
    is($world->ask('/ledger/x', $world->token)->status, 200, 'a location runs it too');
    is($world->ask('/ledger/x', $world->token(claims => { email => undef }))->status, 403, 'and refuses as it says');
};

part 'refusals and failures' => sub {
    my %sources = (
        loop => 'while true do end', broken => 'error("no " .. r.subject.sub)', wide => 'table.insert(r.grant.scope, "admin")',
        ours => 'r.grant.claims.sub = "x"', ms => 'r.grant.exp = (r.now + 60) * 1000', values => 'tokex.refuse("invalid_request", "you are " .. r.subject.sub)',
        odd => 'return 5',
    );
    my $world = world(document => sub {
        my ($document, $self) = @_;
        for my $id (sort keys %sources) {
            push @{ $document->{procedures} }, procedure($id, simple("do $sources{$id} end"));
            push @{ $document->{clients} }, $self->client("c-$id",
                rules => [{ id => 'only', issuers => ['partner'], targets => ['api'], default_target => 'api', procedure => $id }]);
        }
    });
    my %code = (loop => 'procedure_spent', broken => 'procedure_error', wide => 'procedure_wider_scope', ours => 'procedure_claim',
        ms => 'procedure_lifetime', odd => 'procedure_result');
    for my $id (sort keys %code) {
        my $from = time;
        is_refused($world, $world->exchange(-client => "c-$id"), 500, $code{$id}, ($id eq 'ms' ? 'T-6' : 'CU-26') . " $id: refused with a code of its own");
        cmp_ok(time - $from, '<', 2, "$id: in good time");
    }
    my $answer = $world->exchange(-client => 'c-values');
    is_told($answer, 'invalid_request', 'The request is not accepted.', 'CU-26 a value of the token is not told to the client');
    unlike($answer->body, qr/user-1/, 'in no way');
    $world->ctl->must(undef, qw(procedure set loop enabled=false));
    $world->httpd->wait_for(sub { ($world->audit_of($world->exchange(-client => 'c-loop'))->{code} // '') eq 'procedure_off' }, 5);
    is_refused($world, $world->exchange(-client => 'c-loop'), 500, 'procedure_off', 'one that is switched off is not passed over');
};

part 'changes' => sub {
    my $world = world(locations => ['/day' => "TokexClient moving\nTokexAudience day"], document => sub {
        my ($document, $self) = @_;
        push @{ $document->{procedures} }, procedure('moving', simple('r.grant.claims.by = "one"'));
        push @{ $document->{clients} }, $self->client('moving', grant_types => [$GRANT, 'refresh_token'],
            rules => [{ id => 'only', issuers => ['partner'], targets => [qw(day api)], default_target => 'day', procedure => 'moving', refresh_lifetime => 600 }]);
    });
    my $token = $world->token;
    my $first = $world->exchange(-client => 'moving', scope => 'orders.read')->json;
    is(claims_of($world, $world->exchange(-client => 'moving'))->{by}, 'one', 'a procedure runs');
    is($world->ask('/day/x', $token)->status, 200, 'at a location too') for 1 .. 4;
    my ($code, undef, $said) = $world->ctl->run(\simple('r.grant.claims.by = "two" r.grant.scope = {"orders.read"}'), qw(procedure set moving source=@-));
    is($code, 0, 'it is changed from a file') or diag($said);
    my $refreshed;
    felt('and another one runs without a restart', sub { return claims_of($world, $world->exchange(-client => 'moving'))->{by} eq 'two' });
    $refreshed = Tokex::Http::post_form($world->port, '/sts/token', [grant_type => 'refresh_token', refresh_token => $first->{refresh_token}],
        Authorization => Tokex::Http::basic('moving', $world->secret('moving')));
    is($refreshed->status, 200, 'a refresh token runs it anew') or diag($refreshed->body);
    is(claims_of($world, $refreshed)->{by}, 'two', 'as it is then');
    is($refreshed->json->{scope}, 'orders.read', 'with the scope of the exchange');
    ($code, undef, $said) = $world->ctl->run(\"function exchange(r)\n  return tokex.DENY, 'closed'\nend\n", qw(procedure set moving source=@-));
    is($code, 0, 'it is changed again') or diag($said);
    ok(defined $world->until_status('/day/x', $token, 403, 5), 'what a location remembers of the one before is gone');
    felt('in every process', sub { return $world->ask('/day/x', $token)->status == 403 });
};

part 'taken back' => sub {
    my $world = world(document => sub {
        my ($document, $self) = @_;
        push @{ $document->{clients} }, $self->client('inspector', grant_types => [], introspects => ['day']);
    });
    my $is_active = sub {
        return Tokex::Http::post_form($world->port, '/sts/introspect', [token => $_[0]],
            Authorization => Tokex::Http::basic('inspector', $world->secret('inspector')))->json->{active} ? 1 : 0;
    };
    my $subject = $world->token;
    my $long = $world->exchange(-client => 'special', subject_token => $subject, scope => 'orders.read', transaction_id => 1)->json->{access_token};
    is($is_active->($long), 1, 'a token that outlives its subject token is good');
    like($world->ctl->must(\$subject, qw(token revoke -)), qr/^revocation 1: /, 'its subject token is taken back');
    felt('and so it is', sub { return !$is_active->($long) });
    my ($row) = @{ unjson($world->ctl->must(undef, qw(token list --json))) };
    cmp_ok($row->{ends}, '>', time + 86400 * 20, 'for longer than any token lives');
    my $other = $world->exchange(-client => 'special', scope => 'orders.read', transaction_id => 1)->json->{access_token};
    Tokex::Http::post_form($world->port, '/sts/revoke', [token => $other], Authorization => Tokex::Http::basic('special', $world->secret('special')));
    ($row) = grep { $_->{number} == 2 } @{ unjson($world->ctl->must(undef, qw(token list --json))) };
    cmp_ok($row->{ends}, '>', time + 86400 * 20, 'so is one that its client gives back');
};

part 'command line' => sub {
    my $world = world(start => 0);
    my $ctl = $world->ctl;
    my $bad = "function exchange(r)\n  local = 5\nend\n";
    my ($code, $out, $said) = $ctl->run(\$bad, qw(procedure add bad name=Bad source=@-));
    is($code, 1, 'one that does not compile is not saved');
    like($said, qr/procedure "bad": field source.*line:2: <name> expected near '='/, 'and its line is named');
    ($code, undef, $said) = $ctl->run(\$bad, qw(procedure check -));
    is($code, 1, 'check refuses it, too');
    like($said, qr/line:2:/, 'with its line');
    is($ctl->must(\simple(''), qw(procedure check -)), "- compiles\n", 'check says that one compiles');
    is($ctl->must(undef, qw(procedure compile event)), "event compiles\n", 'so does compile of one that is there');
    ($code, undef, $said) = $ctl->run(\simple(''), qw(procedure compile none));
    is($code, 1, 'of one that is not, nothing');
    ($code, undef, $said) = $ctl->run(undef, qw(rule set plain only procedure=none));
    is($code, 1, 'a rule names one that is there');
    like($said, qr/"none": there is no such procedure/, 'or it is said that there is none');
    ($code, undef, $said) = $ctl->run(undef, qw(client set plain procedure=none));
    is($code, 1, 'so does a client');
    ($code, undef, $said) = $ctl->run(undef, qw(procedure remove transaction --yes));
    is($code, 1, 'one that is passed is not removed');
    like($said, qr/clients or rules of them pass it: bounded, plain, special, without/, 'and by whom is said');
    like($ctl->must(undef, qw(procedure list)), qr/\AID +NAME +CLIENTS +STATUS\n.*^transaction +Procedure transaction +4 +on$/ms, 'a list');
    is(unjson($ctl->must(undef, qw(procedure show event --json)))->{source}, $manual{event}, 'its source is kept as it was written');
    like($ctl->must(undef, qw(procedure show event)), qr/^ +tokex\.refuse/m, 'and shown');
    $ctl->must(\simple('-- other'), qw(procedure set event source=@-), '--reason', 'a new one');
    my ($change) = @{ unjson($ctl->must(undef, qw(history --object procedure/event --json))) };
    is($change->{reason}, 'a new one', 'CU-33 its history says why') or diag(json($change));
    like($ctl->must(undef, qw(history show), $change->{number} // $change->{id}), qr/source/, 'CU-33 and what');
    my $document = $ctl->export_document;
    my ($exported) = grep { $_->{id} eq 'event' } @{ $document->{procedures} };
    is($exported->{source}, simple('-- other'), 'the document has it');
    $ctl->must(\json($document), qw(import -));
    is_deeply($ctl->export_document, $document, 'and brings it back');
    ($code, undef, $said) = $ctl->run(undef, qw(rule set plain only procedure_scopes=admin));
    like($said, qr/the client may not be granted this scope/, 'a scope that is never added is worth a warning');
    ($code, undef, $said) = $ctl->run(undef, qw(rule set plain only procedure_lifetime=90000));
    like($said, qr/tokens for target "day" live 86400 seconds at most/, 'and a lifetime that no target allows');
};

part 'try' => sub {
    my $world = world();
    my $dir = $world->httpd->dir;
    open my $file, '>', "$dir/token.jwt" or die "token.jwt: $!\n";
    print {$file} $world->token;
    close $file or die "token.jwt: $!\n";
    my @ask = (qw(try --client special --subject-token), "$dir/token.jwt", qw(--scope orders.read --param transaction_id=1234));
    my $text = $world->ctl->must(undef, @ask);
    like($text, qr/^ *\d+  procedure +passed$/m, 'try shows the step');
    like($text, qr/^Procedure "transaction", [1-9]\d* instructions$/m, 'with what it used');
    like($text, qr/^  read: properties\.custom_token_exchange request\.scope request\.transaction_id$/m, 'what it read');
    like($text, qr/^  claims\.transaction_id = absent  ->  "1234"$/m, 'the claim that it set');
    like($text, qr/^  exp = \d{10}  ->  \d{10}$/m, 'and the time that it changed');
    my $report = unjson($world->ctl->must(undef, @ask, '--json'));
    is($report->{procedure}{id}, 'transaction', 'the same as JSON');
    is_deeply([sort map { $_->{name} } @{ $report->{procedure}{changed} }], ['claims.transaction_id', 'exp'], 'with its changes');
    my (undef, $refused) = $world->ctl->run(undef, @ask[0 .. 4], '--json');
    is(unjson($refused)->{code}, 'procedure_request', 'and of a refusal');
    like(unjson($refused)->{answer}{body}{error_description}, qr/Missing scope/, 'with what the client reads');
};

part 'beside mod_lua' => sub {
    return plan(skip_all => 'there is no mod_lua') if !Tokex::Httpd::has_module('lua');
    my $load = 'LoadModule lua_module ' . Tokex::Httpd::modules_dir() . '/mod_lua.so';
    for my $order (['before', modules => ['lua']], ['after', config => $load]) {
        my ($word, @want) = @$order;
        my $handler = "<Location /hello.lua>\nSetHandler lua-script\n</Location>\n";
        my %want = (@want, config => join "\n", ($word eq 'after' ? $load : ()), $handler);
        my $world = world(%want);
        $world->publish('/hello.lua', "function handle(r)\n  r:puts(_VERSION)\n  return apache2.OK\nend\n");
        for my $round (1, 2) {
            like(Tokex::Http::get($world->port, '/hello.lua')->body, qr/^Lua 5\.\d$/, "$word it: mod_lua runs, round $round");
            is($world->exchange(-client => 'special', scope => 'orders.read', transaction_id => 1)->status, 200,
                "$word it: a procedure runs, round $round");
        }
        is(scalar(grep { /exit signal|Segmentation/ } split /\n/, $world->httpd->error_log), 0, "$word it: no process dies");
    }
};

done_testing();
