#!/usr/bin/perl
# docs/issuers.md: each issuer there is imported as it stands; a token made as that issuer makes its own is exchanged,
# and those that must not be are refused. Keys come from elsewhere, so one of ours is put beside the places it names.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use JSON::PP ();
use Test::More;
use Tokex::Ctl;
use Tokex::Jose qw(unjson);
use Tokex::Tree;
use Tokex::World;

# type: what the token is declared as; claims: a good one; issued: what ours then says; refused: changes of the claims that
# must not pass; machine: changes that make it a machine's, for issuers that have people too.
my $tenant = '11111111-2222-3333-4444-555555555555';
my %expected = (
    'Okta' => {
        type => 'access_token',
        claims => {
            ver => 1, sub => 'mira@example.com', uid => '00u1', cid => '0oa1', scp => ['orders.read', 'openid'],
            aud => 'api://default', groups => ['Everyone', 'Buyers']
        },
        issued => { scope => 'orders.read', username => 'mira@example.com', okta_user => '00u1', groups => ['Everyone', 'Buyers'] },
        refused => { 'for another API' => { aud => 'api://other' } },
        machine => { sub => '0oa1', uid => undef },
    },
    'Auth0' => {
        type => 'access_token',
        claims => {
            sub => 'auth0|6553', azp => 'web', scope => 'openid profile orders.read', org_id => 'org_1',
            aud => ['https://api.example.com', 'https://example.eu.auth0.com/userinfo'],
            'https://example.com/roles' => ['buyer'], 'https://example.com/email' => 'mira@example.com'
        },
        issued => { scope => 'orders.read', sub => 'auth0|6553', roles => ['buyer'], email => 'mira@example.com', organization => 'org_1' },
        refused => { 'of an issuer without the slash' => { iss => 'https://example.eu.auth0.com' } },
        machine => { sub => 'web@clients', gty => 'client-credentials' },
    },
    'Keycloak' => {
        type => 'access_token',
        claims => {
            sub => 'b6f2', typ => 'Bearer', azp => 'shop', aud => ['shop-gateway', 'account'], scope => 'profile orders.read',
            preferred_username => 'mira', email => 'mira@example.com', realm_access => { roles => ['buyer'] }
        },
        issued => { scope => 'orders.read', username => 'mira', roles => ['buyer'], email => 'mira@example.com' },
        refused => { 'for the account console alone' => { aud => 'account' } },
        machine => { preferred_username => 'service-account-job', client_id => 'job' },
    },
    'Entra ID' => {
        type => 'access_token',
        claims => {
            aud => '99999999-8888-7777-6666-555555555555', sub => 'pairwise', oid => 'object', tid => $tenant, ver => '2.0',
            azp => 'app', scp => 'orders.read', preferred_username => 'mira@example.com', roles => ['Buyer']
        },
        issued => { scope => 'orders.read', entra_object => 'object', username => 'mira@example.com', roles => ['Buyer'] },
        refused => {
            'of another tenant' => { tid => '00000000-0000-0000-0000-000000000000' },
            'of another tenant, by its issuer' => { iss => 'https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0' },
        },
        machine => { sub => 'object', scp => undef },
    },
    'GitHub Actions' => {
        type => 'id_token',
        claims => {
            aud => 'https://sts.example.com', sub => 'repo:example/shop:ref:refs/heads/main', repository => 'example/shop',
            repository_owner => 'example', repository_owner_id => '123456', ref => 'refs/heads/main',
            job_workflow_ref => 'example/shop/.github/workflows/deploy.yml@refs/heads/main'
        },
        issued => {
            repository => 'example/shop', ref => 'refs/heads/main', st => 'machine',
            workflow => 'example/shop/.github/workflows/deploy.yml@refs/heads/main'
        },
        refused => {
            'of somebody else\'s repository' => { repository_owner_id => '654321' },
            'of another branch' => { ref => 'refs/heads/try' },
            'of a pull request' => { ref => 'refs/pull/1/merge' },
        },
    },
    'Kubernetes' => {
        type => 'jwt',
        claims => {
            aud => ['https://sts.example.com'], sub => 'system:serviceaccount:shop:orders',
            'kubernetes.io' => { namespace => 'shop', serviceaccount => { name => 'orders', uid => 'u' }, pod => { name => 'orders-1' } }
        },
        issued => { namespace => 'shop', service_account => 'orders', pod => 'orders-1', st => 'machine' },
        refused => {
            'of another namespace' => { sub => 'system:serviceaccount:kube-system:default' },
            'for the API server' => { aud => ['https://kubernetes.default.svc.cluster.local'] },
        },
    },
);

my $text = Tokex::Tree::slurp('docs/issuers.md');
my %documents = $text =~ /^## ([^\n]+)\n.*?^```json\n(.*?)^```$/msg;
is_deeply([sort keys %documents], [sort keys %expected], 'every issuer is tried');

# The documents without what is ours: a target, and a client for each kind of subject.
sub completed
{
    my ($document, $issuer) = @_;
    $document->{scopes} = [{ id => 'orders.read', description => 'See orders' }];
    $document->{targets} = [{ id => 'orders', name => 'Orders', audience => 'https://orders.example', scopes => ['orders.read'] }];
    my %rule = (id => 'r', issuers => [$issuer->{id}], targets => ['orders'], default_target => 'orders',
        scopes_when_absent => ['orders.read']);
    my %client = (scopes => ['orders.read'], secrets => [{ id => 's1', sha256 => Digest::SHA::sha256_hex('secret') }]);
    $document->{clients} = [
        { %client, id => 'people', name => 'For people', rules => [{%rule}] },
        { %client, id => 'machines', name => 'For machines', rules => [{ %rule, machine_tokens => JSON::PP::true }] },
    ];
    return $document;
}

for my $title (sort keys %documents) {
    my $expected = $expected{$title} or next;
    subtest "CE-16 $title" => sub {
        my $home = File::Temp->newdir;
        my $ctl = Tokex::Ctl->new(dir => "$home/inst");
        $ctl->init;
        my ($status, $out, $said) = $ctl->run(\$documents{$title}, 'import', '-');
        ok($status == 0 && $said eq '', 'the document is imported as it stands, without a warning') or diag($said);

        my $document = unjson($documents{$title});
        my $issuer = $document->{issuers}[0];
        my $key = Tokex::Jose::rsa_key('issuer');
        $issuer->{keys} = [{ jwk => $key->public_jwk }];
        my $world = Tokex::World->new(document => sub { %{ $_[0] } = %{ completed($document, $issuer) } });
        my $ask = sub {
            my ($client, %more) = @_;
            my $claims = { iss => $issuer->{issuer}, iat => time - 5, exp => time + 300, jti => 'j', %{ $expected->{claims} }, %more };
            delete $claims->{$_} for grep { !defined $claims->{$_} } keys %$claims;
            return $world->exchange(
                -client => $client,
                -secret => 'secret',
                subject_token => Tokex::Jose::token($key, $claims, {}, 'RS256'),
                subject_token_type => "urn:ietf:params:oauth:token-type:$expected->{type}"
            );
        };
        my $people = $expected->{machine} ? 'people' : 'machines';
        my $answer = $ask->($people);
        is($answer->status, 200, 'its token is exchanged') or diag($answer->{body}), return;
        my ($claims) = $world->decode($answer->json->{access_token});
        is_deeply({ map { $_ => $claims->{$_} } keys %{ $expected->{issued} } }, $expected->{issued}, 'and ours says what was mapped');
        is($ask->($people, %{ $expected->{refused}{$_} })->status, 400, "one $_ is refused") for sort keys %{ $expected->{refused} };
        my %machine = %{ $expected->{machine} || {} };
        is($ask->('people', %machine)->status, 400, 'a machine\'s is refused');
        is($ask->('machines', %machine)->status, 200, 'unless the rule lets it pass');
    };
}
done_testing;
