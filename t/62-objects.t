#!/usr/bin/perl
# The object commands of tokexctl: tables, one object, changes, refusals that name field, value and remedy, late
# changes, rotation of secrets, rules and rows, backups; and what they take beside ten thousand clients.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Time::HiRes qw(time);
use Tokex::Ctl;
use Tokex::Jose qw(b64u json unjson);
use Tokex::Scale;

my $home = tempdir(CLEANUP => 1);
my $nothing = qr/\A\z/;
my $ctl = Tokex::Ctl->new(dir => "$home/main");

sub spew { open my $out, '>:raw', $_[0] or die "$_[0]: $!"; print {$out} $_[1]; close $out or die $!; return $_[0] }
sub mode { my @info = lstat $_[0]; return @info ? sprintf('%04o', $info[2] & 07777) : 'missing' }

# said([words], status, qr/stdout/, qr/stderr/, name): stdout and stderr
sub said
{
    my ($words, $status, $out_like, $err_like, $name, $input) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($got, $out, $err) = $ctl->run($input, @$words);
    ok($got == $status && $out =~ $out_like && $err =~ $err_like, $name) or diag("@$words\nexit $got instead of $status\n$out$err");
    return wantarray ? ($out, $err) : $out;
}

sub refused { my ($words, $like, $name, $input) = @_; local $Test::Builder::Level = $Test::Builder::Level + 1; return said($words, 1, $nothing, $like, $name, $input) }

# A change that works: its number.
sub changed
{
    my ($words, $what, $name, $input) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($out) = said($words, 0, qr/^\Q$what\E in change (\d+); `tokexctl restore \1` takes it back\n\z/m, qr/\A(?:warning: .*\n)*\z/, $name, $input);
    return $out =~ /in change (\d+)/ ? $1 : 0;
}

# A change that comes too late: what is said of it on standard error.
sub late
{
    my ($words, $who, $versions, $name, $input) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my (undef, $err) = said($words, 1, $nothing, qr/\Atokexctl: $who .*nothing was changed\..*\n$versions\z/, $name, $input);
    return $err;
}

sub object { my (@words) = @_; return unjson($ctl->must(undef, @words, '--json')) }

$ctl->init;
$ctl->must(undef, 'demo', "$home/demo", 'http://127.0.0.1:8080/sts');

# ---- Words

subtest 'help' => sub {
    my $help = said(['--help'], 0, qr/^Usage: tokexctl/, $nothing, 'the commands');
    cmp_ok($help =~ tr/\n//, '<=', 24, 'fit a screen of 24 lines');
    cmp_ok((sort { $b <=> $a } map { length } split /\n/, $help)[0], '<=', 80, 'of 80 columns');
    for my $command (qw(issuer client target scope mapping rule key)) {
        like($help, qr/^  (?:\w+, )*$command\b/m, "$command is among them");
        my $forms = said([$command, '--help'], 0, qr/^  $command list/m, $nothing, "the forms of $command");
        cmp_ok($forms =~ tr/\n//, '<=', 24, 'fit as well');
        cmp_ok((sort { $b <=> $a } map { length } split /\n/, $forms)[0], '<=', 90, 'and are not wide');
    }
    said(['client', 'add', '--help'], 0, qr/client rotate/, $nothing, 'asked for behind a verb');
    said([@$_], 2, $nothing, qr/^tokexctl: /, "wrong usage: @$_")
        for ['client'], ['client', 'change'], ['client', 'show'], ['client', 'show', 'a', 'b'], ['client', 'list', 'x'], ['client', 'add', 'x'], ['client', 'set', 'orders-api'],
            ['client', 'set', 'orders-api', 'name'], ['client', 'set', 'orders-api', '=x'], ['client', 'set', 'orders-api', 'name=x', '--reason', "a\nb"],
            ['client', 'set', 'orders-api', 'name=x', '--revision', 'last'], ['client', 'list', '--enabled', '--disabled'], ['client', 'list', '--sort', 'colour'],
            ['client', 'list', '--page', '0'], ['client', 'list', '--per-page', 'many'], ['scope', 'list', '--enabled'], ['client', 'rotate'], ['client', 'rotate', 'orders-api', '--expires-in', '367'],
            ['client', 'secret', 'add', 'orders-api', 's2'], ['target', 'rotate', 'orders'], ['rule'], ['rule', 'list'], ['rule', 'move', 'orders-api', 'partner'],
            ['rule', 'move', 'orders-api', 'partner', '--last', '--before', 'x'], ['mapping', 'row'], ['mapping', 'row', 'set', 'demo-claims', 'email'], ['key', 'show'], ['backup'];
};

# ---- Lists

subtest 'list' => sub {
    said(['issuer', 'list'], 0, qr/\AID  +NAME  +ISSUER  +KEYS  +PLACES  +LINKING  +STATUS  +KEYS FETCHED  +ASKED AGAIN\ndemo-idp  Demo partner  https:\/\/idp\.demo\.example  1     0       no       on      -             -\n1-1 of 1\n\z/, $nothing, 'issuers');
    said(['client', 'list'], 0, qr/\AID  +NAME  +SECRETS  +SECRET SINCE  +RULES  +STATUS  +TARGETS\norders-api  Orders gateway  1        \d{4}-\d\d-\d\dT[\d:]+Z  1      on      orders\n1-1 of 1\n\z/, $nothing, 'clients');
    said(['target', 'list'], 0, qr/\AID  +NAME  +AUDIENCE  +SCOPES  +CLIENTS  +LIFETIME  +ALGORITHM  +STATUS\norders  Orders  https:\/\/orders\.example  2       1        300       -          on\n1-1 of 1\n\z/, $nothing, 'targets');
    said(['scope', 'list'], 0, qr/\AID  +DESCRIPTION  +TARGETS  +CLIENTS  +SENSITIVE\ninvoices\.read  See invoices   0        1        no\norders\.read .*\norders\.write .*\n1-3 of 3\n\z/, $nothing, 'scopes');
    said(['mapping', 'list'], 0, qr/\AID  +NAME  +ROWS  +ISSUERS\ndemo-claims  Demo claims  3     1\n1-1 of 1\n\z/, $nothing, 'mappings');
    said(['rule', 'list', 'orders-api'], 0, qr/\A#  ID  +ISSUERS  +TARGETS  +DEFAULT TARGET  +SCOPE MODE  +ENABLED\n1  partner  demo-idp  orders   orders          narrow      true\n\z/, $nothing, 'rules of a client');
    said(['mapping', 'row', 'list', 'demo-claims'], 0, qr/\A#  TO  +SOURCE  +FROM .*\n1  roles  +subject  +groups .*\n2  email .*\n3  partner_oid .*\n\z/, $nothing, 'rows of a mapping');
    is_deeply(object('client', 'list'), { total => 1, from => 1, items => [{ id => 'orders-api', name => 'Orders gateway', secrets => 1,
                secret_since => object('client', 'show', 'orders-api')->{secrets}[0]{created}, rules => 1, enabled => JSON::PP::true, targets => ['orders'] }] }, 'as JSON');
    is_deeply([map { $_->{id} } @{ object('rule', 'list', 'orders-api') }], ['partner'], 'rules as JSON');
};

subtest 'filters, order and pages' => sub {
    for my $i (1 .. 30) {
        $ctl->must(undef, 'scope', 'add', sprintf('s.%02d', $i), 'description=' . ($i % 3 ? 'Odd Thing' : 'Third thing') . ' ' . (31 - $i));
    }
    said(['scope', 'list', '--per-page', 10, '--page', 2], 0, qr/^s\.08 .*\n(?:.*\n){8}s\.17 .*\n11-20 of 33\n\z/m, $nothing, 'a page');
    said(['scope', 'list'], 0, qr/^s\.22 .*\n1-25 of 33\n\z/m, $nothing, 'of 25 where nothing is said');
    said(['scope', 'list', '--page', 2], 0, qr/^26-33 of 33\n\z/m, $nothing, 'the last one');
    said(['scope', 'list', '--page', 9], 0, qr/\Anone of 33\n\z/, $nothing, 'one behind it');
    said(['scope', 'list', '--filter', 'THIRD'], 0, qr/^s\.03 .*\n(?:.*\n)*1-10 of 10\n\z/m, $nothing, 'a filter, whatever the case');
    said(['scope', 'list', '--filter', 's.0'], 0, qr/^1-9 of 9\n\z/m, $nothing, 'in the id');
    said(['scope', 'list', '--filter', 'nowhere'], 0, qr/\Anone of 0\n\z/, $nothing, 'that finds nothing');
    my @by = map { $_->{description} } @{ object('scope', 'list', '--sort', 'description', '--per-page', 100)->{items} };
    is_deeply(\@by, [sort @by], 'sorted by another column');
    is_deeply([map { $_->{description} } @{ object('scope', 'list', '--sort', '-description', '--per-page', 100)->{items} }], [reverse @by], 'and the other way round');
    is_deeply([map { $_->{id} } @{ object('scope', 'list', '--sort', '-clients')->{items} }[0 .. 3]], [qw(invoices.read orders.read orders.write s.01)], 'by a number; by id where that is the same');
    my $page = object('scope', 'list', '--page', 2, '--per-page', 20);
    is_deeply([@$page{qw(total from)}, scalar @{ $page->{items} }], [33, 21, 13], 'JSON says which page it is');
    changed(['client', 'set', 'orders-api', 'description=Takes orders', 'contacts=orders@example.org,On call: 4711'], 'changed client "orders-api"', 'a client with a description and contacts');
    changed(['issuer', 'set', 'demo-idp', 'description=Partners in the north'], 'changed issuer "demo-idp"', 'and an issuer');
    is_deeply([@{ object('client', 'show', 'orders-api') }{qw(description contacts)}], ['Takes orders', ['orders@example.org', 'On call: 4711']], 'which stand with it');
    said([$_->[0], 'list', '--filter', $_->[1]], 0, qr/\A(?!.*(?:DESCRIPTION|CONTACTS)).*\n$_->[2] .*\n1-1 of 1\n\z/, $nothing, "$_->[0] found by $_->[1], which is no column")
        for ['client', 'takes', 'orders-api'], ['client', 'call: 4', 'orders-api'], ['issuer', 'THE NORTH', 'demo-idp'];
    said(['client', 'list', '--sort', 'contacts'], 2, $nothing, qr/sorted by one of id, name, secrets, secret_since, rules, enabled;/, 'nor sorted by');
    changed(['client', 'set', 'orders-api', 'description=', 'contacts='], 'changed client "orders-api"', 'and away again');
    $ctl->must(undef, 'target', 'add', 'off', 'name=Off', 'audience=off', 'enabled=false');
    said(['target', 'list', '--disabled'], 0, qr/\A.*\noff .*  off\n1-1 of 1\n\z/, $nothing, 'what is switched off');
    said(['target', 'list', '--enabled'], 0, qr/\A.*\norders .*  on\n1-1 of 1\n\z/, $nothing, 'what is switched on');
    changed(['target', 'remove', 'off'], 'removed target "off"', 'and it goes again');
};

# ---- One object

subtest 'show' => sub {
    my $text = said(['client', 'show', 'orders-api'], 0, qr/\Aid: orders-api\nname: Orders gateway\ndescription: - \(default\)\n(?:contacts: .*\n)?enabled: true \(default\)\n/, $nothing, 'a client');
    like($text, qr/^grant_types: urn:\S+ \(default\)$/m, 'a default is marked');
    like($text, qr/^scopes: orders\.read, orders\.write, invoices\.read$/m, 'what is none is not');
    like($text, qr/^secrets:\n  - id: s1\n    created: \d{4}-\d\d-\d\dT\S+Z\n    expires: 0 \(default\)\n/m, 'a secret: name and times');
    like($text, qr/^rules:\n  - id: partner\n    enabled: true \(default\)\n    issuers: demo-idp\n/m, 'rules stand in it');
    like($text, qr/^revision: \d+\n\z/m, 'and its revision');
    unlike($text . json(object('client', 'show', 'orders-api')), qr/sha256|[0-9a-f]{64}/, 'no digest of a secret');
    said(['issuer', 'show', 'demo-idp'], 0, qr/^scope_claim: - \(default\)\n(?:.*\n)*keys:\n  - jwk: \{.*\}\n/m, $nothing, 'an issuer with its key');
    my $json = object('issuer', 'show', 'demo-idp');
    my $exported = $ctl->export_document->{issuers}[0];
    cmp_ok(delete $json->{revision}, '>', 0, 'JSON has the revision');
    is_deeply($json, $exported, 'and is the object of an export');
    said(['rule', 'show', 'orders-api', 'partner'], 0, qr/\Aid: partner\n(?:.*\n)*max_actors: 4 \(default\)\n/, $nothing, 'a rule');
    said(['mapping', 'row', 'show', 'demo-claims', 'email'], 0, qr/^from: email\n/m, $nothing, 'a row');
    refused(['client', 'show', 'nobody'], qr/client "nobody": there is none; see tokexctl client list/, 'one that is not there');
    refused(['rule', 'show', 'orders-api', 'x'], qr/client "orders-api" has no rule "x"/, 'a rule that is not there');
    refused(['rule', 'list', 'nobody'], qr/client "nobody": there is none/, 'rules of nobody');
    my ($kid) = map { $_->{kid} } @{ object('key', 'list') };
    said(['key', 'show', '--', $kid], 0, qr/\Akid: \Q$kid\E\nalgorithm: ES256\nstate: active\n(?:.*\n)*where: config\.db\npublic key: \{.*\}\n\z/, $nothing, 'a signing key');
    is(unjson($ctl->must(undef, 'key', 'show', '--json', '--', $kid))->{public_jwk}{kty}, 'EC', 'with its public half as JSON');
    refused(['key', 'show', 'other'], qr/other: there is no such signing key/, 'a key that is not there');
};

# ---- Changes

subtest 'add, set, remove' => sub {
    changed(['scope', 'add', 'bills.read', 'description=See bills', '--reason', 'ticket 7'], 'added scope "bills.read"', 'a scope');
    changed(['target', 'add', 'billing', 'name=Billing', 'audience=https://billing.example', 'scopes=bills.read', 'lifetime=120'], 'added target "billing"', 'a target');
    changed(['mapping', 'add', 'plain', 'name=Plain'], 'added mapping "plain"', 'a mapping');
    my $key = spew("$home/key.json", json($ctl->export_document->{issuers}[0]{keys}[0]{jwk}));
    changed(['issuer', 'add', 'second', 'name=Second', 'issuer=https://second.example', 'algorithms=RS256,ES256', 'audiences=sts', "keys=\@$key", 'mapping=plain'], 'added issuer "second"', 'an issuer with a key from a file');
    is($ctl->export_document->{issuers}[1]{keys}[0]{jwk}{kid}, 'demo-1', 'which is the key');
    changed(['client', 'add', 'bills-api', 'name=Bills', 'scopes=bills.read', 'rules=[{"id":"r","issuers":["second"],"targets":["billing"]}]'], 'added client "bills-api"', 'a client with a rule');
    my $number = changed(['target', 'set', 'billing', 'lifetime=60', 'scopes+=orders.read', 'name='."Bill\x{c3}\x{bc}ng"], 'changed target "billing"', 'several members at once');
    my $target = object('target', 'show', 'billing');
    is_deeply([@$target{qw(lifetime scopes revision)}], [60, ['bills.read', 'orders.read'], $number], 'are what was said, in one change');
    changed(['target', 'set', 'billing', 'scopes-=bills.read', 'lifetime='], 'changed target "billing"', 'a value less, and a default again');
    is_deeply([@{ object('target', 'show', 'billing') }{qw(lifetime scopes)}], [300, ['orders.read']], 'is what is there');
    changed(['issuer', 'set', 'second', 'algorithms-=ES256', 'audiences=["a,b","c"]', 'enabled=false', 'keys-=#1'], 'changed issuer "second"', 'lists with commas in them, a key less');
    is_deeply([@{ object('issuer', 'show', 'second') }{qw(algorithms audiences keys)}], [['RS256'], ['a,b', 'c'], []], 'are taken as written');
    changed(['issuer', 'set', 'second', 'token_types-=id_token'], 'changed issuer "second"', 'one value of a default list');
    is_deeply(object('issuer', 'show', 'second')->{token_types}, ['access_token', 'jwt'], 'leaves the others');
    changed(['client', 'set', 'bills-api', 'properties+={"name":"tier","value":"gold"}'], 'changed client "bills-api"', 'an element of a list of objects');
    changed(['client', 'set', 'bills-api', 'properties-=tier'], 'changed client "bills-api"', 'and away again by its name');
    said(['target', 'set', 'billing', 'lifetime=300'], 0, qr/\Atarget "billing" is like that already; nothing was changed\n\z/, $nothing, 'what is so already is no change');
    refused(['scope', 'remove', 'bills.read'], qr/scope "bills\.read": .*bills-api/, 'what others refer to does not go, and is told who does');
    refused(['issuer', 'remove', 'second'], qr/issuer "second": .*bills-api/, 'nor an issuer of a rule');
    refused(['mapping', 'remove', 'plain'], qr/mapping "plain": .*second/, 'nor a mapping of an issuer');
    changed(['client', 'remove', 'bills-api', '--yes'], 'removed client "bills-api"', 'a client goes');
    changed(['issuer', 'remove', 'second'], 'removed issuer "second"', 'then its issuer');
    changed(['target', 'remove', 'billing'], 'removed target "billing"', 'and the target');
    changed([$_->[0], 'remove', $_->[1]], "removed $_->[0] \"$_->[1]\"", "and $_->[1]") for ['scope', 'bills.read'], ['mapping', 'plain'];
    refused([$_, 'remove', 'gone'], qr/$_ "gone": there is none; see tokexctl $_ list/, "no $_ to remove") for qw(issuer client target scope mapping);
    refused(['target', 'set', 'gone', 'lifetime=1'], qr/target "gone": there is none/, 'nor to change');
    refused(['target', 'add', 'orders', 'name=x', 'audience=x'], qr/target "orders" is there already; change it with tokexctl target set/, 'nor to add twice');
};

subtest 'a dry run' => sub {
    my $before = $ctl->export_text('--with-secrets');
    said(['target', 'set', 'orders', 'lifetime=60', 'scopes-=orders.write', '--dry-run'], 0, qr/\A~ target orders\n    scopes: \["orders\.read","orders\.write"\] -> \["orders\.read"\]\n    lifetime: 300 -> 60\nno fault, nothing was changed\n\z/, $nothing, 'says what would differ');
    said(['scope', 'add', 'x', '--json', '-', '--dry-run'], 0, qr/\A\+ scope x\nno fault, nothing was changed\n\z/, $nothing, 'of an addition', \'{}');
    said(['client', 'rotate', 'orders-api', '--dry-run'], 0, qr/\A(?!.*secret s\d: ).*no fault, nothing was changed\n\z/s, $nothing, 'of a rotation, without a secret');
    said(['client', 'remove', 'orders-api', '--dry-run'], 0, qr/\A- client orders-api\nno fault, nothing was changed\n\z/, $nothing, 'of a removal');
    is($ctl->export_text('--with-secrets'), $before, 'and all is as it was');
};

subtest 'documents of objects' => sub {
    my $shown = $ctl->must(undef, 'client', 'show', 'orders-api', '--json');
    said(['client', 'set', 'orders-api', '--json', '-'], 0, qr/is like that already/, $nothing, 'what show says is taken back', \$shown);
    my $digest = $ctl->export_document('--with-secrets')->{clients}[0]{secrets}[0]{sha256};
    my $client = unjson($shown);
    $client->{name} = 'Orders again';
    changed(['client', 'set', 'orders-api', '--json', spew("$home/client.json", json($client))], 'changed client "orders-api"', 'from a file');
    is($ctl->export_document('--with-secrets')->{clients}[0]{secrets}[0]{sha256}, $digest, 'and the secret stays');
    delete $client->{revision};
    changed(['client', 'set', 'orders-api', '--json', '-', 'name=Orders gateway'], 'changed client "orders-api"', 'words come after the document', \json($client));
    refused(['client', 'set', 'orders-api', '--json', '-'], qr/client "orders-api": field id: .*other.*the command is about "orders-api"/, 'a document of another one', \json({ %$client, id => 'other' }));
    refused(['client', 'set', 'orders-api', '--json', '-'], qr/tokexctl: \S/, 'what is no JSON', \'{');
    refused(['client', 'add', 'n', '--json', '-'], qr/secret "n\/s9": field sha256: .*generate/, 'a secret that is not here', \'{"name":"N","secrets":[{"id":"s9"}]}');
    my ($out) = said(['client', 'add', 'n', '--json', '-'], 0, qr/^client n secret s9: [\w-]{43}\nadded client "n" in change/, qr/^warning: /, 'one that is to be made is shown once', \'{"name":"N","secrets":[{"id":"s9","generate":true}]}');
    my ($secret) = $out =~ /s9: (\S+)/;
    is($ctl->export_document('--with-secrets')->{clients}[0]{secrets}[0]{sha256}, sha256_hex($secret), 'and its digest kept');
    changed(['client', 'remove', 'n'], 'removed client "n"', 'and goes');
    said(['client', 'set', 'orders-api', '--json', "$home/nowhere"], 3, $nothing, qr/nowhere: No such file/, 'a file that is not there');
};

# ---- Late changes

subtest 'a late change' => sub {
    my $then = object('target', 'show', 'orders')->{revision};
    changed(['target', 'set', 'orders', 'lifetime=200', '--revision', $then], 'changed target "orders"', 'from what was seen');
    my $before = $ctl->export_text;
    my $err = late(['target', 'set', 'orders', 'name=Mine', '--revision', $then], qr/target "orders" was changed by \S.* \(change \d+\), after the revision $then/,
        qr/theirs:\n~ target orders\n    lifetime: 300 -> 200\nyours:\n~ target orders\n    name: "Orders" -> "Mine"\n/, 'from what stood there before: refused, with both versions');
    is($ctl->export_text, $before, 'and nothing is lost');
    my ($now) = $err =~ /--revision (\d+)/;
    changed(['target', 'set', 'orders', 'name=Mine', '--revision', $now], 'changed target "orders"', 'repeated as it says');
    is_deeply([@{ object('target', 'show', 'orders') }{qw(name lifetime)}], ['Mine', 200], 'both are in it');
    changed(['scope', 'set', 's.01', 'description=Between'], 'changed scope "s.01"', 'something else is changed');
    my $between = object('target', 'show', 'orders')->{revision};
    changed(['target', 'set', 'orders', 'name=Yours'], 'changed target "orders"', 'and the target again');
    late(['target', 'set', 'orders', 'lifetime=5', '--revision', $between], qr/target "orders" was changed by/, qr/theirs:\n~ target orders\n    name: "Mine" -> "Yours"\nyours:\n~ target orders\n    lifetime: 200 -> 5\n/, 'both versions are told against what was there');
    late(['target', 'set', 'orders', 'lifetime=5', '--revision', $between + 1], qr/target "orders" was changed by/, qr/theirs:\n~ target orders\n    name: "Mine" -> "Yours"\nyours:\n~ target orders\n    lifetime: 200 -> 5\n/, 'by the number of a change of something else, too');
    my $document = object('target', 'show', 'orders');
    changed(['target', 'set', 'orders', 'name=Orders', 'lifetime='], 'changed target "orders"', 'somebody is faster');
    late(['target', 'set', 'orders', '--json', '-'], qr/target "orders" was changed by/, qr/theirs:\n~ target orders\n(?:    .*\n)+yours:\n~ target orders\n    lifetime: 200 -> 10\n/, 'than who edits a document, which says what it was made from', \json({ %$document, lifetime => 10 }));
};

# ---- Rules and rows

subtest 'rules' => sub {
    my $ids = sub { return join ' ', map { $_->{id} } @{ object('rule', 'list', 'orders-api') } };
    changed(['rule', 'add', 'orders-api', 'second', 'issuers=demo-idp', 'targets=orders'], 'added rule "orders-api/second"', 'one more');
    changed(['rule', 'add', 'orders-api', 'first', 'issuers=self', 'targets=orders', '--before', 'partner'], 'added rule "orders-api/first"', 'one before another');
    is($ids->(), 'first partner second', 'stand where they were put');
    changed(['rule', 'move', 'orders-api', 'first', '--last'], 'moved rule "orders-api/first"', 'to the end');
    is($ids->(), 'partner second first', 'is where it says');
    changed(['rule', 'move', 'orders-api', 'first', '--before', 'second'], 'moved rule "orders-api/first"', 'before another');
    is($ids->(), 'partner first second', 'is where it says');
    said(['rule', 'move', 'orders-api', 'first', '--before', 'first'], 0, qr/is like that already/, $nothing, 'before itself');
    refused(['rule', 'move', 'orders-api', 'first', '--before', 'x'], qr/has no rule "x"/, 'before one that is not there');
    changed(['rule', 'set', 'orders-api', 'first', 'delegation=true', 'client_as_actor=true', 'lifetime=30', 'issuers+=demo-idp'], 'changed rule "orders-api/first"', 'members of one');
    my ($rule) = grep { $_->{id} eq 'first' } @{ object('rule', 'list', 'orders-api') };
    is_deeply([@$rule{qw(delegation lifetime issuers)}], [JSON::PP::true, 30, ['self', 'demo-idp']], 'are what was said');
    my $shown = object('rule', 'show', 'orders-api', 'first');
    changed(['rule', 'set', 'orders-api', 'first', '--json', '-'], 'changed rule "orders-api/first"', 'from a document', \json({ %$shown, lifetime => 31 }));
    late(['rule', 'set', 'orders-api', 'first', 'lifetime=5', '--revision', $shown->{revision}], qr/client "orders-api" was changed by/,
        qr/theirs:\n~ client orders-api\n    rules first\.lifetime: 30 -> 31\nyours:\n~ client orders-api\n    rules first\.lifetime: 30 -> 5\n/, 'late');
    refused(['rule', 'add', 'orders-api', 'first', 'issuers=self', 'targets=orders'], qr/has a rule "first" already/, 'one that is there');
    refused(['rule', 'set', 'orders-api', 'first', 'id=other'], qr/rule "orders-api\/first": field id: "other": what an object is called cannot be changed/, 'another name');
    refused(['rule', 'set', 'orders-api', 'first', 'lifetime=soon', 'targets=nowhere'], qr/rule "orders-api\/first": field lifetime: "soon": a whole number is needed.*\n.*field targets: "nowhere": there is no such target/, 'two mistakes, both told');
    changed(['rule', 'remove', 'orders-api', $_, '--yes'], "removed rule \"orders-api/$_\"", "without $_") for qw(first second);
    is($ids->(), 'partner', 'the one that was there stays');
};

subtest 'rows of mappings' => sub {
    changed(['mapping', 'row', 'add', 'demo-claims', 'tenant', 'from=tid', 'type=text'], 'added mapping row "demo-claims/tenant"', 'one more');
    changed(['mapping', 'row', 'set', 'demo-claims', 'tenant', 'if_missing=default', 'default_value=none'], 'changed mapping row "demo-claims/tenant"', 'changed');
    is(object('mapping', 'row', 'show', 'demo-claims', 'tenant')->{default_value}, 'none', 'is what was said');
    changed(['mapping', 'row', 'set', 'demo-claims', 'tenant', 'name=Tenant of the user'], 'changed mapping row "demo-claims/tenant"', 'a name for people');
    is(object('mapping', 'row', 'show', 'demo-claims', 'tenant')->{name}, 'Tenant of the user', 'CE-40 an attribute has a display name');
    refused(['mapping', 'row', 'set', 'demo-claims', 'tenant', 'transform=upper'], qr/row "demo-claims\/#4": field transform: "upper": .*Write one of: copy, first/, 'a choice that there is not');
    refused(['mapping', 'row', 'add', 'demo-claims', 'sub', 'from=x'], qr/row "demo-claims\/#5": field to: "sub": this claim has a meaning of its own/, 'a reserved claim');
    changed(['mapping', 'row', 'remove', 'demo-claims', 'tenant'], 'removed mapping row "demo-claims/tenant"', 'taken away');
    refused(['mapping', 'row', 'remove', 'demo-claims', 'tenant'], qr/mapping "demo-claims" has no row "tenant"/, 'once');
};

subtest 'taking back' => sub {
    my $before = $ctl->export_text;
    my $number = changed(['rule', 'set', 'orders-api', 'partner', 'lifetime=77'], 'changed rule "orders-api/partner"', 'a change');
    said(['restore', $number], 0, qr/\S/, $nothing, 'is taken back by the number that it printed');
    is($ctl->export_text, $before, 'and all is as it was');
};

subtest 'a database that somebody wrote into' => sub {
    open my $sql, '|-', 'sqlite3', '-bail', "$ctl->{dir}/config/config.db" or die "sqlite3 is needed: $!";
    print {$sql} "UPDATE scope SET description = 'a' || char(27) || '[2J' || char(155) || 'b' WHERE id = 's.01';\n";
    ok(close $sql, 'control characters are in it');
    for my $words (['scope', 'list'], ['scope', 'show', 's.01']) {
        my $out = said($words, 0, qr/a\?\[2J\?\?b/, $nothing, "@$words shows them as question marks");
        unlike($out, qr/\x1b|\x9b/, 'and none reaches the terminal');
    }
    changed(['scope', 'set', 's.01', 'description=Whole'], 'changed scope "s.01"', 'and it can be mended');
};

# ---- Secrets

subtest 'client rotate' => sub {
    my $secrets = sub { return { map { $_->{id} => $_ } @{ object('client', 'show', 'orders-api')->{secrets} } } };
    my $from = time;
    my ($out) = said(['client', 'rotate', 'orders-api'], 0, qr/\Aclient orders-api secret s2: ([\w-]{43})\nrotated client "orders-api" to secret s2 in change \d+; /, $nothing, 'a new secret, shown once');
    my ($value) = $out =~ /s2: (\S+)/;
    my $now = $secrets->();
    is_deeply([sort keys %$now], ['s1', 's2'], 'beside the old one');
    cmp_ok(abs($now->{s1}{expires} - $from - 7 * 86400), '<', 60, 'which ends in seven days');
    is($now->{s2}{expires}, 0, 'and the new one does not');
    is({ map { $_->{id} => $_->{sha256} } @{ $ctl->export_document('--with-secrets')->{clients}[0]{secrets} } }->{s2}, sha256_hex($value), 'its digest is kept');
    open my $db, '<:raw', "$ctl->{dir}/config/config.db" or die $!;
    ok(index(do { local $/ = undef; <$db> }, $value) < 0, 'and itself nowhere');
    refused(['client', 'rotate', 'orders-api'], qr/two secrets that have not ended; --drop-old/, 'a third one is refused');
    said(['client', 'rotate', 'orders-api', '--drop-old', '--expires-in', 1], 0, qr/secret s3: /, $nothing, 'unless the oldest may go');
    $now = $secrets->();
    is_deeply([sort keys %$now], ['s2', 's3'], 'which it does');
    cmp_ok(abs($now->{s2}{expires} - time - 86400), '<', 60, 'and the days are what was said');
    changed(['client', 'secret', 'remove', 'orders-api', 's2'], 'removed secret "orders-api/s2"', 'one secret less');
    refused(['client', 'secret', 'remove', 'orders-api', 's2'], qr/client "orders-api" has no secret "s2"/, 'once');
    said(['client', 'rotate', 'orders-api', '--expires-in', 0], 0, qr/secret s4: /, qr/\Awarning: secret "orders-api\/s3": field expires: the time of this secret has ended/, 'the old one ends at once');
    cmp_ok($secrets->()->{s3}{expires}, '<=', time, 'does it');
    said(['client', 'rotate', 'orders-api'], 0, qr/secret s5: /, $nothing, 'one that has ended is none');
    is_deeply([sort keys %{ $secrets->() }], ['s4', 's5'], 'and leaves');
    refused(['client', 'rotate', 'nobody'], qr/client "nobody": there is none/, 'a client that is not there');
};

# ---- Fifty mistakes: object, field, value and what to do; nothing changes

my $private = Tokex::Jose::rsa_key('k');
my $pem = spew("$home/private.pem", $private->{pem});
my $small = spew("$home/text", 'no key at all');
my @issuer = ('issuer', 'add', 'new', 'name=New', 'issuer=https://new.example');
my @target = ('target', 'add', 'new', 'name=New', 'audience=new');
my @client = ('client', 'add', 'new', 'name=New');
my @rule = ('rule', 'set', 'orders-api', 'partner');
my @row = ('mapping', 'row', 'set', 'demo-claims', 'email');
my @mistakes = (
    ['an unknown member', [@target, 'lifetme=60'], qr/target "new": field lifetme: unknown member `lifetme`: did you mean `lifetime`\?/],
    ['an unknown member to be reset', ['target', 'set', 'orders', 'lifetme='], qr/unknown member `lifetme`: did you mean `lifetime`/],
    ['an unknown member to be added to', ['target', 'set', 'orders', 'scope+=x'], qr/unknown member `scope`: did you mean `scopes`/],
    ['an unknown member of a rule', [@rule, 'isuers=x'], qr/rule "orders-api\/partner": field isuers: .*`issuers`/],
    ['an unknown member of a row', [@row, 'form=x'], qr/row "demo-claims\/#2": field form: .*`from`/],
    ['text for a number', [@target, 'lifetime=long'], qr/target "new": field lifetime: "long": a whole number is needed\. Write digits\. Longest life/],
    ['a fraction', [@target, 'lifetime=1.5'], qr/field lifetime: "1\.5": a whole number is needed/],
    ['a number with a unit', ['issuer', 'set', 'demo-idp', 'leeway=30s'], qr/issuer "demo-idp": field leeway: "30s": a whole number/],
    ['yes for true', ['client', 'set', 'orders-api', 'enabled=yes'], qr/client "orders-api": field enabled: "yes": true or false is needed\. Write true or false\. Whether it is served\./],
    ['1 for true', [@rule, 'delegation=1'], qr/rule "orders-api\/partner": field delegation: "1": true or false is needed/],
    ['a lifetime of 0', [@target, 'lifetime=0'], qr/target "new": field lifetime: "0": .*1\.\.2592000/],
    ['a lifetime too long', [@target, 'lifetime=2592001'], qr/field lifetime: "2592001"/],
    ['a negative leeway', ['issuer', 'set', 'demo-idp', 'leeway=-1'], qr/field leeway: "-1": .*0\.\.300/],
    ['a leeway too large', ['issuer', 'set', 'demo-idp', 'leeway=301'], qr/field leeway: "301"/],
    ['too many actors', [@rule, 'max_actors=9'], qr/field max_actors: "9": .*1\.\.8/],
    ['keys asked for each second', ['issuer', 'set', 'demo-idp', 'keys_refresh=1'], qr/field keys_refresh: "1": .*60\.\.86400/],
    ['a required member left out', ['target', 'add', 'new', 'name=New'], qr/target "new": field audience: the value is missing\. Add it\./],
    ['a required member reset', ['client', 'set', 'orders-api', 'name='], qr/client "orders-api": field name: the value is missing/],
    ['a rule without issuers', ['rule', 'add', 'orders-api', 'n', 'targets=orders'], qr/rule "orders-api\/n": field issuers: the value is missing/],
    ['the last issuer of a rule taken away', [@rule, 'issuers-=demo-idp'], qr/rule "orders-api\/partner": field issuers: /],
    ['an id with a blank', ['target', 'add', 'a b', 'name=New', 'audience=new'], qr/target "a b": field id: "a b": this is no id\. Use letters/],
    ['an id too long', ['target', 'add', 'a' x 129, 'name=New', 'audience=new'], qr/the id is too long\. Use at most 128/],
    ['an id that begins with a dot', ['client', 'add', '.x', 'name=New'], qr/client "\.x": field id: "\.x": this is no id/],
    ['an id to be changed', ['client', 'set', 'orders-api', 'id=other'], qr/client "orders-api": field id: "other": what an object is called cannot be changed\. Add another/],
    ['a name of two lines', ['client', 'set', 'orders-api', "name=a\nb"], qr/field name: "a\\x0ab": the text holds control characters/],
    ['a name twice', ['client', 'add', 'new', 'name=Orders gateway'], qr/client "new": field name: "Orders gateway": the client "orders-api" has this name already\. Give each/],
    ['a name twice among targets', ['target', 'add', 'new', 'name=Orders', 'audience=new'], qr/target "new": field name: "Orders": .*"orders"/],
    ['an audience twice', ['target', 'add', 'new', 'name=New', 'audience=https://orders.example'], qr/target "new": field audience: "https:\/\/orders\.example": the target "orders" is called so already/],
    ['a resource twice', [@target, 'resources=https://orders.example/'], qr/field resources: "https:\/\/orders\.example\/": the target "orders" has this resource already/],
    ['an issuer twice', ['issuer', 'add', 'new', 'name=New', 'issuer=https://idp.demo.example'], qr/issuer "new": field issuer: "https:\/\/idp\.demo\.example": the issuer "demo-idp" has this URL already/],
    ['an issuer without TLS', ['issuer', 'add', 'new', 'name=New', 'issuer=http://new.example'], qr/issuer "new": field issuer: "http:\/\/new\.example".*https/],
    ['an issuer that is no URL', ['issuer', 'add', 'new', 'name=New', 'issuer=new.example'], qr/field issuer: "new\.example": .*https:\/\/issuer\.example/],
    ['keys without TLS', [@issuer, 'jwks_urls=http://new.example/jwks'], qr/field jwks_urls: "http:\/\/new\.example\/jwks": .*https/],
    ['a resource with a fragment', [@target, 'resources=https://new.example/#a'], qr/field resources: "https:\/\/new\.example\/#a": the URI has a fragment/],
    ['a URL with a password', [@issuer, 'metadata_url=https://a:b@new.example/'], qr/field metadata_url: .*the URI has a user name in it/],
    ['HS256', ['issuer', 'set', 'demo-idp', 'algorithms+=HS256'], qr/issuer "demo-idp": field algorithms: "HS256": .*Write one of: RS256/],
    ['none', [@issuer, 'algorithms=none'], qr/field algorithms: "none": this is none of the values/],
    ['an algorithm without a key', ['target', 'set', 'orders', 'algorithm=RS256'], qr/target "orders": field algorithm: "RS256": there is no active signing key of this algorithm\. Make one with `tokexctl key rotate/],
    ['an algorithm twice', [@issuer, 'algorithms=ES256,ES256'], qr/field algorithms: "ES256": this stands twice/],
    ['a mapping that is not there', ['issuer', 'set', 'demo-idp', 'mapping=other'], qr/issuer "demo-idp": field mapping: "other": there is no such mapping\. Add it/],
    ['a scope that is not there', ['client', 'set', 'orders-api', 'scopes+=invoces.read'], qr/client "orders-api": field scopes: "invoces\.read": there is no such scope/],
    ['a scope of a target that is not there', [@target, 'scopes=x'], qr/target "new": field scopes: "x": there is no such scope/],
    ['an issuer of a rule that is not there', [@rule, 'issuers+=nobody'], qr/rule "orders-api\/partner": field issuers: "nobody": there is no such issuer/],
    ['a target of a rule that is not there', [@rule, 'targets+=nowhere'], qr/field targets: "nowhere": there is no such target/],
    ['a default target that is none of the targets', [@rule, 'default_target=billing'], qr/rule "orders-api\/partner": field default_target: "billing"/],
    ['a wildcard for scopes', ['client', 'set', 'orders-api', 'scopes=*'], qr/client "orders-api": field scopes: "\*": there is no such scope/],
    ['openid as a scope', ['scope', 'add', 'openid', 'description=x'], qr/scope "openid"/],
    ['a scope with a quote', ['scope', 'add', 'a"b', 'description=x'], qr/this is no scope token\. Use visible ASCII/],
    ['an unknown scope mode', [@rule, 'scope_mode=generous'], qr/field scope_mode: "generous": .*narrow, widen, fallback/],
    ['a sensitive scope that is none', [@rule, 'sensitive_scopes=orders.read'], qr/field sensitive_scopes: "orders\.read": this scope is not sensitive/],
    ['a reserved claim', ['mapping', 'row', 'add', 'demo-claims', 'iss', 'from=a'], qr/row "demo-claims\/#4": field to: "iss": this claim has a meaning of its own in the tokens that we issue\. Choose/],
    ['a condition of an unknown test', [@rule, 'conditions+={"claim":"a","test":"like","values":["x"]}'], qr/field test: "like": .*one_of/],
    ['a condition without values', [@rule, 'conditions+={"claim":"a","test":"is","values":[]}'], qr/field values: /],
    ['a condition that is no JSON', [@rule, 'conditions+=groups=sales'], qr/rule "orders-api\/partner": field conditions: an object or a list of objects is needed\. Write JSON/],
    ['a value to be taken that is not there', [@rule, 'targets-=nowhere'], qr/field targets: "nowhere": there is no such value to take away/],
    ['something added to what is no list', [@target, 'lifetime+=5'], qr/field lifetime: "5": it is no list/],
    ['a list that is no JSON', [@target, 'resources=["https://new.example'], qr/field resources: .*this is no JSON list/],
    ['a private key', [@issuer, "keys=\@$pem"], qr/issuer "new": .*private key.*exposed/],
    ['a key that is none', [@issuer, "keys=\@$small"], qr/issuer "new": /],
    ['a file that is not there', [@issuer, "keys=\@$home/nowhere"], qr/issuer "new": field keys: .*nowhere: No such file/],
    ['a symmetric key', [@issuer, 'keys={"jwk":{"kty":"oct","k":"AAAA"}}'], qr/issuer|key "new/],
    ['three secrets', [@client, 'secrets=[{"id":"a","generate":true},{"id":"b","generate":true},{"id":"c","generate":true}]'], qr/client "new": field secrets: .*2/],
    ['a secret as it is', [@client, 'secrets=[{"id":"a","sha256":"geheim"}]'], qr/secret "new\/a": field sha256: .*64 digits/],
    ['a claim that two rows write', ['mapping', 'row', 'add', 'demo-claims', 'mail', 'from=a', 'to=email'], qr/field to: "email": what an object is called cannot be changed/],
    ['a path with an empty name', [@row, 'from=a..b'], qr/row "demo-claims\/#2": field from: "a\.\.b": this is no path to a claim/],
    ['a default value that nothing reads', [@row, 'default_value=x'], qr/field default_value: "x": only if_missing default reads a default value/],
);

subtest 'mistakes' => sub {
    cmp_ok(scalar @mistakes, '>=', 50, 'fifty of them');
    my $before = $ctl->export_text('--with-secrets');
    for my $mistake (@mistakes) {
        my ($name, $words, $like) = @$mistake;
        my ($out, $err) = refused($words, $like, $name);
        like($err, qr/^tokexctl: \d+ faults?; nothing was changed$/m, "$name: nothing was changed");
        my @bare = grep { !/^warning: |[.?] [A-Z].*\.$/ } grep { !/^tokexctl: / } split /\n/, $err;
        is_deeply(\@bare, [], "$name: says what to do");
    }
    is($ctl->export_text('--with-secrets'), $before, 'after all of these everything is as it was');
};

# ---- Backup

subtest 'backup' => sub {
    said(['backup', "$home/backup"], 0, qr/\A\Q$home\E\/backup\/config\.db\n\Q$home\E\/backup\/state\.db\nKeep a copy of \Q$ctl->{dir}\E\/master\.key.*\nTo restore: /, $nothing, 'into a new directory');
    is(mode("$home/backup$_->[0]"), $_->[1], "backup$_->[0] is private") for ['', '0700'], ['/config.db', '0600'], ['/state.db', '0600'];
    is_deeply([sort map { s{.*/}{}r } glob "$home/backup/*"], ['config.db', 'state.db'], 'and nothing else is in it');
    refused(['backup', "$home/backup"], qr/exists already/, 'which is not overwritten');
    said(['backup', "$home/no/where"], 3, $nothing, qr/No such file/, 'nor made in nowhere');
    # As it says: the two files and the master key.
    my $text = $ctl->export_text('--with-secrets');
    my $other = Tokex::Ctl->new(dir => "$home/other");
    $other->init;
    for my $file (['backup/config.db', 'config/config.db', 0640], ['backup/state.db', 'state/state.db', 0660], ['main/master.key', 'master.key', 0640]) {
        unlink glob "$other->{dir}/$file->[1]*";
        open my $in, '<:raw', "$home/$file->[0]" or die $!;
        spew("$other->{dir}/$file->[1]", do { local $/ = undef; <$in> });
        chmod $file->[2], "$other->{dir}/$file->[1]";
    }
    is($other->export_text('--with-secrets'), $text, 'restored as it says it is the same');
    is(($other->run(undef, 'doctor'))[0], 0, 'and whole');
    rename "$ctl->{dir}/state/state.db", "$ctl->{dir}/away";
    said(['backup', "$home/half"], 3, $nothing, qr/state\.db: No such file/, 'without state.db there is none');
    ok(!-e "$home/half", 'not even half');
    rename "$ctl->{dir}/away", "$ctl->{dir}/state/state.db";
};

# ---- Ten thousand clients

subtest 'ten thousand clients' => sub {
    my $MANY = 10_000;
    # In a check other tests run beside this one, on whatever machine: what counts then is the CPU time of the best of
    # five runs, and that the command does not read the clients one by one. A soak holds the bar by the clock.
    my $clock = Tokex::Scale::soak() ? \&time : sub { my @t = times; return $t[2] + $t[3] };
    my ($which, $bar) = (Tokex::Scale::of(0, 2), Tokex::Scale::of(0.35, 0.2));
    my $large = $ctl->export_document;
    my $now = int time;
    delete $large->{signing_keys};
    delete $_->{secrets} for @{ $large->{clients} };
    push @{ $large->{clients} }, map { { id => "many-$_", name => "Client $_", scopes => ['orders.read'], secrets => [{ id => 'one', sha256 => sha256_hex("secret $_"), created => $now, expires => 0 }],
                rules => [{ id => 'only', issuers => ['demo-idp'], targets => ['orders'], default_target => 'orders' }] } } 1 .. $MANY;
    my $ctl = Tokex::Ctl->new(dir => "$home/large");
    $ctl->init;
    $ctl->import_document($large);
    my $serial = 0;
    my @commands = (
        ['client', 'list'], ['client', 'list', '--page', 300, '--sort', '-name'], ['client', 'list', '--filter', '777', '--json'], ['client', 'show', 'many-5000'], ['client', 'show', 'many-1', '--json'],
        ['client', 'set', 'many-5000', sub { 'name=Another ' . ++$serial }], ['client', 'set', 'many-5000', 'name=Client 1', '--dry-run', 1], ['client', 'add', sub { 'new-' . ++$serial }, sub { "name=New $serial" }],
        ['client', 'remove', sub { 'many-' . ++$serial }], ['client', 'rotate', 'many-6000', '--drop-old'], ['rule', 'list', 'many-1000'], ['rule', 'show', 'many-1000', 'only'],
        ['rule', 'set', 'many-1000', 'only', sub { 'lifetime=' . ++$serial }], ['rule', 'add', 'many-1001', sub { 'r' . ++$serial }, 'issuers=self', 'targets=orders'],
        ['issuer', 'list'], ['issuer', 'show', 'demo-idp'], ['issuer', 'set', 'demo-idp', sub { 'leeway=' . ++$serial }], ['target', 'list'], ['target', 'show', 'orders'],
        ['target', 'set', 'orders', sub { 'lifetime=' . ++$serial }], ['target', 'add', sub { 't-' . ++$serial }, sub { "name=T $serial" }, sub { "audience=t-$serial" }],
        ['target', 'remove', 'orders', 1], ['scope', 'list'], ['scope', 'show', 'orders.read'], ['scope', 'set', 'orders.read', sub { 'description=Seen ' . ++$serial }],
        ['scope', 'add', sub { 'x.' . ++$serial }, 'description=x'], ['scope', 'remove', 'orders.read', 1], ['mapping', 'list'], ['mapping', 'show', 'demo-claims'],
        ['mapping', 'row', 'set', 'demo-claims', 'email', sub { 'from=mail' . ++$serial }], ['key', 'list'],
        ['history'], ['export'], ['doctor'], ['import', "$home/all.json"], ['import', "$home/all.json", '--dry-run'],
        ['try', '--client', 'many-7', '--subject-token', "$home/token", 1],
        ['try', '--client', 'many-7', '--subject-token', "$home/token", '--draft', "$home/draft.json", 1],
    );
    spew("$home/all.json", json($large));
    spew("$home/token", b64u('{"alg":"RS256","kid":"x"}') . '.' . b64u('{"iss":"https://nobody.example","sub":"x"}') . ".AAAA\n");
    spew("$home/draft.json", json({ schema => 1, clients => [{ %{ $large->{clients}[-1] }, id => 'many-7', name => 'Drafted' }] }));
    for my $command (@commands) {
        my @words = @$command;
        my $status = $words[-1] eq '1' && ref $words[-1] eq '' ? pop @words : 0;
        my ($good, @times) = (1);
        for (1 .. 5) {
            my @run = map { ref $_ ? $_->() : $_ } @words;
            my $from = $clock->();
            my ($got, $out, $err) = $ctl->run(undef, @run);
            push @times, $clock->() - $from;
            $good &&= $got == $status or diag("@run: exit $got\n$out$err");
        }
        my $took = (sort { $a <=> $b } @times)[$which];
        my $name = join ' ', map { ref $_ ? '...' : $_ } @words;
        ok($good && $took < $bar, sprintf '%s: %.0f ms', $name, 1000 * $took) or diag("@times");
    }
};
done_testing();
