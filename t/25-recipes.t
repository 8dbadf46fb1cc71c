#!/usr/bin/perl
# docs/recipes.md: each document there is imported into a fresh installation as it stands, and a token is exchanged
# through it. The keys of its issuers come from elsewhere, so one of ours is put beside the places that it names.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::RealBin/lib";
use File::Temp ();
use Test::More;
use Tokex::Ctl;
use Tokex::Jose qw(json unjson);
use Tokex::OpaqueIssuer;
use Tokex::Tree;
use Tokex::World;

# What each recipe is about, the claims of a token that it is for, and what ours then says.
my %expected = (
    'Migration from another authorization server' => {
        claims => { aud => 'shop', scope => 'order-view profile', preferred_username => 'mira', realm_access => { roles => ['buyer'] } },
        issued => { scope => 'orders.read', username => 'mira', roles => ['buyer'], aud => ['https://orders.example'], act => undef },
    },
    'Partnership between two organisations' => {
        claims => { aud => 'https://stock.example', employment => 'employee', groups => ['logistics'] },
        refused => { employment => 'contractor' },
        issued => { scope => 'stock.read', aud => ['https://stock.example'], act => undef },
    },
    'A distributed environment' => {
        claims => { aud => 'https://reports.south.example', scope => 'reports.read' },
        typ => 'at+jwt',
        type => 'access_token',
        issued => { scope => 'reports.read', aud => ['https://reports.south.example'], act => { sub => 'south-gateway' } },
    },
    'Opaque tokens of Auth0' => {
        userinfo => { sub => 'auth0|61dc1e33fa020d00693862e9', 'https://example.com/groups' => ['user', 'admin'] },
        type => 'access_token',
        issued => { scope => 'orders.read', sub => 'auth0|61dc1e33fa020d00693862e9', groups => ['user', 'admin'], idp => 'auth0' },
    },
);

my $secret = 'R5cxB0pq3vT8yKd2Zn6mWj4sHf7aLg9e';
my $text = Tokex::Tree::slurp('docs/recipes.md');
my %recipes = $text =~ /^## ([^\n]+)\n.*?^```json\n(.*?)^```$/msg;
is_deeply([sort keys %recipes], [sort keys %expected], 'every recipe is tried');

# The same with an opaque token, which a server of ours is asked about.
sub opaque
{
    my ($title, $document, $expected) = @_;
    my $server = Tokex::OpaqueIssuer->new;
    my ($issuer, $client) = ($document->{issuers}[0], $document->{clients}[0]);
    $issuer->{userinfo_url} = $server->url('/userinfo');
    $client->{secrets} = [{ id => 's1', sha256 => sha256_hex($secret) }];
    my $world = Tokex::World->new(directives => 'TokexFetchAllow 127.0.0.1', document => sub { %{ $_[0] } = %$document });
    $server->says('/userinfo', 'opaque-1', $expected->{userinfo});
    my $ask = sub {
        return $world->exchange(-client => $client->{id}, -secret => $secret, subject_token => $_[0],
            subject_token_type => "urn:ietf:params:oauth:token-type:$expected->{type}");
    };
    my $answer = $ask->('opaque-1');
    is($answer->status, 200, "CI-2 $title: its token is exchanged") or diag($answer->{body}), return;
    my ($claims) = $world->decode($answer->json->{access_token});
    is_deeply({ map { $_ => $claims->{$_} } keys %{ $expected->{issued} } }, $expected->{issued}, "CI-2 $title: for what it is meant for");
    is($ask->('opaque-2')->status, 400, "CI-2 $title: and no token that its issuer does not know");
    return;
}

for my $title (sort keys %recipes) {
    my $expected = $expected{$title} or next;
    my $home = File::Temp->newdir;
    my $ctl = Tokex::Ctl->new(dir => "$home/inst");
    $ctl->init;
    my ($status, $out, $said) = $ctl->run(\$recipes{$title}, 'import', '-');
    ok($status == 0 && $said eq '', "CI-2 $title: the document is imported, without a warning") or diag($said);
    like($out, qr/^client \S+ secret s1: \S{43}$/m, "CI-2 $title: and its secret is shown");

    my $document = unjson($recipes{$title});
    my ($issuer, $client) = ($document->{issuers}[0], $document->{clients}[0]);
    if ($expected->{userinfo}) {
        opaque($title, $document, $expected);
        next;
    }
    my $key = Tokex::Jose->can($issuer->{algorithms}[0] eq 'ES256' ? 'ec_key' : 'rsa_key')->('recipe');
    $issuer->{keys} = [{ jwk => $key->public_jwk }];
    $client->{secrets} = [{ id => 's1', sha256 => sha256_hex($secret) }];
    my $world = Tokex::World->new(document => sub { %{ $_[0] } = %$document });
    my $ask = sub {
        my (%more) = @_;
        my $claims = { iss => $issuer->{issuer}, sub => 'mira', iat => time - 5, exp => time + 300, %{ $expected->{claims} }, %more };
        return $world->exchange(
            -client => $client->{id},
            -secret => $secret,
            subject_token => Tokex::Jose::token($key, $claims, { typ => $expected->{typ} // 'JWT' }, $issuer->{algorithms}[0]),
            subject_token_type => "urn:ietf:params:oauth:token-type:" . ($expected->{type} // 'jwt')
        );
    };
    my $answer = $ask->();
    is($answer->status, 200, "CI-2 $title: its token is exchanged") or diag($answer->{body}), next;
    my ($claims) = $world->decode($answer->json->{access_token});
    is_deeply({ map { $_ => $claims->{$_} } keys %{ $expected->{issued} } }, $expected->{issued}, "CI-2 $title: for what it is meant for");
    next if !$expected->{refused};
    is($ask->(%{ $expected->{refused} })->status, 400, "CI-2 $title: and nobody else's");
}
done_testing();
