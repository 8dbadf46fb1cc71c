#!/usr/bin/perl
# Who may pass a protected location: the Require lines of the module, alone and under httpd's containers, what a
# client is told that may not, and what httpd -t finds in them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Http;
use Tokex::World;

my @MODULES = qw(authz_user authz_host auth_basic authn_file alias dir include);

my $OURS = <<'END';
    AuthType tokex
    AuthName "orders"
    TokexClient orders
    TokexTrustedIssuers partner
    TokexAudience api
END
my $FORBIDDEN = "    AuthzSendForbiddenOnFailure On\n";

# Rows of a table: name, Require lines, claims of the token that comes (a list: several rows), what is answered.
# Each set of lines becomes a location of its own.
my (@places, %place_of);

sub place
{
    my ($lines, $more) = @_;
    my $text = $OURS . ($more // $FORBIDDEN) . join '', map {"    $_\n"} split /\n/, $lines;
    return $place_of{$text} if $place_of{$text};
    my $path = '/p' . @places;
    push @places, "<Location $path>\n$text</Location>\n";
    return $place_of{$text} = $path;
}

my %ROLE = ('https://example.com/roles' => ['admin', 'hr.lead']);

my @SCOPES = (
    ['a scope that the token has', 'Require tokex-scope orders.read', {}, 200],
    ['BRR-003 a scope that it has not', 'Require tokex-scope invoicing', {}, 403],
    ['one of several', 'Require tokex-scope invoicing orders.write', {}, 200],
    ['any of several', 'Require tokex-scope any invoicing orders.write', {}, 200],
    ['all of several', 'Require tokex-scope all orders.read orders.write', {}, 200],
    ['all but one of several', 'Require tokex-scope all orders.read invoicing', {}, 403],
    ['a part of its name', 'Require tokex-scope orders', {}, 403],
    ['more than its name', 'Require tokex-scope orders.reader', {}, 403],
    ['another case of letters', 'Require tokex-scope Orders.Read', {}, 403],
    ['a pattern', 'Require tokex-scope orders.*', {}, 200],
    ['a pattern that fits nothing', 'Require tokex-scope invoices.*', {}, 403],
    ['a pattern does not run over the blank between two', 'Require tokex-scope orders.read*write', {}, 403],
    ['two scopes in one word', 'Require tokex-scope "orders.read"', {}, 200],
    ['several lines: any of them', "Require tokex-scope invoicing\nRequire tokex-scope orders.read", {}, 200],
    ['not a scope', "<RequireAll>\nRequire valid-user\nRequire not tokex-scope invoicing\n</RequireAll>", {}, 200],
    ['not a scope that it has', "<RequireAll>\nRequire valid-user\nRequire not tokex-scope orders.read\n</RequireAll>", {}, 403],
);

my $all = sub { return join "\n", '<RequireAll>', 'Require valid-user', @_, '</RequireAll>' };
my $none = sub { return $all->('<RequireNone>', @_, '</RequireNone>') };

my @CLAIMS = (
    ['a claim that is a text', 'Require tokex-claim email user.one@people.example', {}, 200],
    ['another text', 'Require tokex-claim email user.two@people.example', {}, 403],
    ['a pattern', 'Require tokex-claim email *@people.example', {}, 200],
    ['a pattern for the beginning only', 'Require tokex-claim email user.one@*', {}, 200],
    ['a pattern is for the whole text', 'Require tokex-claim email people', {}, 403],
    ['one character', 'Require tokex-claim email user.on?@people.example', {}, 200],
    ['a star stops at a slash', 'Require tokex-claim groups /staff/*', { groups => ['/staff/it/root'] }, 403],
    ['and fits up to it', 'Require tokex-claim groups /staff/*', { groups => ['/staff/it'] }, 200],
    ['a text with a blank', 'Require tokex-claim number "a b"', { number => 'a b' }, 200],
    ['a text is not taken apart at blanks', 'Require tokex-claim number a', { number => 'a b' }, 403],
    ['an element of a list', 'Require tokex-claim groups lead', { groups => [qw(staff lead)] }, 200],
    ['none of a list', 'Require tokex-claim groups boss', { groups => [qw(staff lead)] }, 403],
    ['any of several in a list', 'Require tokex-claim groups boss staff', { groups => [qw(staff lead)] }, 200],
    ['all of several in a list', 'Require tokex-claim all groups lead staff', { groups => [qw(staff lead)] }, 200],
    ['not all of several', 'Require tokex-claim all groups lead boss', { groups => [qw(staff lead)] }, 403],
    ['all by patterns', 'Require tokex-claim all groups s* l*', { groups => [qw(staff lead)] }, 200],
    ['all of one text', 'Require tokex-claim all groups staff st*', { groups => 'staff' }, 200],
    ['an empty list', 'Require tokex-claim groups *', { groups => [] }, 403],
    ['a list in a list', 'Require tokex-claim groups staff', { groups => [['staff']] }, 403],
    ['a list with something else in it', 'Require tokex-claim groups staff', { groups => [{ a => 1 }, 'staff'] }, 200],
    ['a missing claim', 'Require tokex-claim groups *', {}, 403],
    ['null', 'Require tokex-claim groups null *', { groups => undef }, 403],
    ['a number', 'Require tokex-claim number 17', { number => 17 }, 200],
    ['another number', 'Require tokex-claim number 1', { number => 17 }, 403],
    ['true', 'Require tokex-claim number true', { number => \1 }, 200],
    ['false', 'Require tokex-claim number true', { number => \0 }, 403],
    ['a nested claim', 'Require tokex-claim nested.address.country de', { nested => { address => { country => 'de' } } }, 200],
    ['a nested claim with another value', 'Require tokex-claim nested.address.country fr', { nested => { address => { country => 'de' } } }, 403],
    ['a path that ends before', 'Require tokex-claim nested.address *', { nested => { address => { country => 'de' } } }, 403],
    ['a path that goes on behind', 'Require tokex-claim email.domain *', {}, 403],
    ['a name with a dot', 'Require tokex-claim nested.hr\\.lead yes', { nested => { 'hr.lead' => 'yes' } }, 200],
    ['is no path', 'Require tokex-claim nested.hr.lead yes', { nested => { 'hr.lead' => 'yes' } }, 403],
    ['a path is no name', 'Require tokex-claim nested.hr\\.lead yes', { nested => { hr => { lead => 'yes' } } }, 403],
    ['a value with a colon', 'Require tokex-claim groups urn:staff:lead', { groups => ['urn:staff:lead'] }, 200],
    ['a value with a star of its own', 'Require tokex-claim groups staff', { groups => ['*'] }, 403],
    ['the subject', 'Require tokex-claim sub auth0|user-1', {}, 200],
    ['what the client says beside it', 'Require tokex-claim email other@people.example', {}, 403],
);

my @NEGATED = (
    ['not a value', $all->('Require not tokex-claim groups blocked'), { groups => [qw(staff lead)] }, 200],
    ['not a value that it has', $all->('Require not tokex-claim groups blocked'), { groups => [qw(staff blocked)] }, 403],
    ['BRR-023 not, and the claim is missing', $all->('Require not tokex-claim groups blocked'), {}, 403],
    ['BRR-023 not, and the claim is null', $all->('Require not tokex-claim groups blocked'), { groups => undef }, 403],
    ['BRR-023 not, and the claim is an object', $all->('Require not tokex-claim nested blocked'), { nested => { a => 1 } }, 403],
    ['BRR-023 not, and an element cannot be compared', $all->('Require not tokex-claim groups blocked'), { groups => ['staff', { a => 1 }] }, 403],
    ['not, and the list is empty', $all->('Require not tokex-claim groups blocked'), { groups => [] }, 200],
    ['not a path, and its end is missing', $all->('Require not tokex-claim nested.role blocked'), { nested => { a => 1 } }, 403],
    ['not all, of which it has one', $all->('Require not tokex-claim all groups a b'), { groups => ['a'] }, 200],
    ['not all, and it has them', $all->('Require not tokex-claim all groups a b'), { groups => [qw(b c a)] }, 403],
    ['not a pattern', $all->('Require not tokex-claim email *@evil.example'), {}, 200],
    ['not a pattern that fits', $all->('Require not tokex-claim email *@people.example'), {}, 403],
    ['none', $none->('Require tokex-claim groups blocked'), { groups => ['staff'] }, 200],
    ['none, and it has it', $none->('Require tokex-claim groups blocked'), { groups => ['blocked'] }, 403],
    ['BRR-023 none, and the claim is missing', $none->('Require tokex-claim groups blocked'), {}, 403],
    ['none of two, and one is there', $none->('Require tokex-claim groups blocked', 'Require tokex-claim email user.one*'), { groups => ['staff'] }, 403],
    ['none of two, and one is unknown', $none->('Require tokex-claim email nobody', 'Require tokex-claim groups blocked'), {}, 403],
    ['none of both together, and one is not there', $none->('<RequireAll>', 'Require tokex-claim email nobody', 'Require tokex-claim groups blocked', '</RequireAll>'), {}, 200],
    ['none in any', $none->('<RequireAny>', 'Require tokex-claim groups blocked', '</RequireAny>'), {}, 403],
    ['BRR-023 not a scope, of a token without any', $all->('Require not tokex-scope admin'), { scope => 'nothing.known' }, 403],
    ['not an issuer', $all->('Require not tokex-issuer other'), {}, 200],
    ['not its issuer', $all->('Require not tokex-issuer partner'), {}, 403],
    ['not an actor, of a token without one', $all->('Require not tokex-actor * svc-*'), {}, 403],
);

my @PEOPLE = (
    ['its issuer', 'Require tokex-issuer partner', {}, 200],
    ['another issuer', 'Require tokex-issuer other', {}, 403],
    ['one of several issuers', 'Require tokex-issuer other partner', {}, 200],
    ['an issuer by a pattern', 'Require tokex-issuer part*', {}, 200],
    ['an issuer by its URL', 'Require tokex-issuer https://partner.example', {}, 403],
    ['the client', 'Require tokex-client orders', {}, 200],
    ['another client', 'Require tokex-client shop', {}, 403],
    ['any client', 'Require tokex-client *', {}, 200],
    ['an actor where nobody acts', 'Require tokex-actor * *', {}, 403],
);

my @TOGETHER = (
    ['any, the first', "<RequireAny>\nRequire tokex-scope orders.read\nRequire tokex-claim email nobody\n</RequireAny>", {}, 200],
    ['any, the second', "<RequireAny>\nRequire tokex-claim email nobody\nRequire tokex-scope orders.read\n</RequireAny>", {}, 200],
    ['any, neither', "<RequireAny>\nRequire tokex-claim email nobody\nRequire tokex-scope invoicing\n</RequireAny>", {}, 403],
    ['all, both', "<RequireAll>\nRequire tokex-scope orders.read\nRequire tokex-claim email user.one*\n</RequireAll>", {}, 200],
    ['all, one', "<RequireAll>\nRequire tokex-scope orders.read\nRequire tokex-claim email nobody\n</RequireAll>", {}, 403],
    ['all in any', "<RequireAny>\n<RequireAll>\nRequire tokex-scope orders.read\nRequire tokex-claim email nobody\n</RequireAll>\n<RequireAll>\nRequire tokex-scope orders.write\nRequire tokex-claim email user.one*\n</RequireAll>\n</RequireAny>", {}, 200],
    ['beside httpd\'s own: both', "<RequireAll>\nRequire ip 127.0.0.1\nRequire tokex-scope orders.read\n</RequireAll>", {}, 200],
    ['beside httpd\'s own: one', "<RequireAll>\nRequire ip 192.0.2.1\nRequire tokex-scope orders.read\n</RequireAll>", {}, 403],
    ['for one method only', "<Limit POST>\nRequire tokex-scope invoicing\n</Limit>\nRequire tokex-scope orders.read", {}, 200],
    ['under a condition that holds', "Require tokex-scope invoicing\n<If \"%{REQUEST_METHOD} == 'GET'\">\nRequire tokex-scope orders.read\n</If>", {}, 200],
    ['under a condition that does not', "Require tokex-scope orders.read\n<If \"%{REQUEST_METHOD} == 'GET'\">\nRequire tokex-scope invoicing\n</If>", {}, 403],
);

my %tables = (
    'scopes' => \@SCOPES,
    'claims' => \@CLAIMS,
    'behind not' => \@NEGATED,
    'issuers, clients, actors' => \@PEOPLE,
    'several together' => \@TOGETHER
);
place($_->[1]) for map {@$_} values %tables;

my $world = Tokex::World->new(
    modules => \@MODULES,
    config => join('', "AliasMatch ^/p\\d+/x\$ \@DIR\@/htdocs/x.txt\n", @places),
);
{
    open my $out, '>', $world->httpd->dir . '/htdocs/x.txt' or die $!;
    print {$out} "through\n";
    close $out;
}

sub ask
{
    my ($path, $token, @headers) = @_;
    return $world->send_octets(Tokex::Http::octets('GET', $path, [(defined $token ? (Authorization => "Bearer $token") : ()), @headers], undef));
}

for my $table (sort keys %tables) {
    subtest $table => sub {
        for my $row (@{ $tables{$table} }) {
            my ($name, $lines, $claims, $status) = @$row;
            my $token = Tokex::Jose::token($world->key('rsa'), { %{ $world->claims }, %$claims });
            my $answer = ask(place($lines) . '/x', $token);
            is($answer->status, $status, "$name: $status") or diag($lines);
        }
    };
}
done_testing();
