# Protected locations before the first request: what httpd -t finds in them, and what tokexctl shows.

use strict;
use warnings;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Tokex::Http;
use Tokex::World;

my @MODULES = qw(authn_file authz_user authz_host auth_basic);

sub world
{
    my ($config, %more) = @_;
    return Tokex::World->new(modules => [@MODULES, @{ delete $more{modules} || [] }], config => $config, %more);
}

# httpd -t of this configuration: refused, with these words in one line that names the section.
sub refused_by_test
{
    my ($name, $section, $config, @words) = @_;
    subtest $name => sub {
        my $world = world($config, start => 0);
        my ($status, $said) = $world->httpd->config_test;
        isnt($status, 0, 'httpd -t refuses it');
        my @lines = grep { /TX00010/ } split /\n/, $said;
        is(scalar(@lines), 1, 'in one line') or diag($said);
        like($lines[0] // '', qr/httpd\.conf:\d+: <\Q$section\E>: /, 'which names file, line and section');
        like($lines[0] // '', qr/$_/, "and says $_") for @words;
    };
}

# httpd -t accepts it and warns, or does not.
sub accepted_by_test
{
    my ($name, $config, $warns, %more) = @_;
    subtest $name => sub {
        my $world = world($config, start => 0, %more);
        my ($status, $said) = $world->httpd->config_test;
        is($status, 0, 'httpd -t accepts it') or diag($said);
        my @lines = map { /TX00010: \S+ (<.*)/ ? $1 : () } split /\n/, $said;
        return is_deeply(\@lines, [], 'without a word') if !$warns;
        like($lines[0] // '', $warns, 'and warns');
        is(scalar(@lines), 1, 'once');
    };
}

my $GOOD = <<'END';
    AuthType tokex
    TokexClient orders
    TokexTrustedIssuers partner
    TokexAudience api
    Require valid-user
END

refused_by_test('AuthType tokex without a client', 'Location /orders', <<'END', 'without TokexClient');
<Location /orders>
    AuthType tokex
    Require valid-user
</Location>
END
refused_by_test('AuthType tokex without Require protects nothing', 'Location /orders', <<'END', 'lets everybody in');
<Location /orders>
    AuthType tokex
    TokexClient orders
    TokexTrustedIssuers partner
</Location>
END
refused_by_test('CE-14 two tokens in one header', 'Location /orders', <<"END", 'TokexInject both', 'Authorization');
<Location /orders>
$GOOD
    TokexInject both
</Location>
END
refused_by_test('CE-14 two tokens in one header by other names', 'Location /orders', <<"END", 'X-Token');
<Location /orders>
$GOOD
    TokexInject both
    TokexOriginalTokenHeader x-token
    TokexExchangedTokenHeader X-Token
</Location>
END
refused_by_test('CE-14 what is wrong only in the section inside', 'Location /orders/1', <<"END", 'TokexInject both');
<Location /orders>
$GOOD
    TokexOriginalTokenHeader X-Token
    TokexInject both
</Location>
<Location /orders/1>
    TokexExchangedTokenHeader X-Token
</Location>
END
refused_by_test('our own tokens for nobody in particular', 'Location /orders', <<'END', 'TokexOwnTokens accept', 'TokexAudience');
<Location /orders>
    AuthType tokex
    TokexClient orders
    TokexTrustedIssuers partner
    TokexOwnTokens accept
    Require valid-user
</Location>
END
refused_by_test('a client under an AuthType that never asks us', 'Location /orders', <<'END', 'AuthType Basic', 'TokexSubjectFrom');
<Location /orders>
    AuthType Basic
    AuthName x
    AuthUserFile /dev/null
    TokexClient orders
    TokexTrustedIssuers partner
    Require valid-user
</Location>
END
refused_by_test('a virtual host that is not switched on', 'Location /orders', <<"END", 'TokexIssuer');
<VirtualHost 127.0.0.1:*>
    TokexIssuer Off
    <Location /orders>
$GOOD
    </Location>
</VirtualHost>
END

accepted_by_test('a good location', "<Location /orders>\n$GOOD</Location>", undef);
accepted_by_test('both tokens in two headers', "<Location /orders>\n$GOOD\nTokexInject both\n" .
    "TokexOriginalTokenHeader X-Token\n</Location>", undef);
accepted_by_test('AuthType around, Require inside', <<'END', undef);
<Location />
    AuthType tokex
    TokexClient orders
    TokexTrustedIssuers partner
</Location>
<Location /orders>
    Require valid-user
</Location>
END
accepted_by_test('Require in a section inside', <<'END', undef);
<Location /orders>
    AuthType tokex
    TokexClient orders
    TokexTrustedIssuers partner
    <If "%{REQUEST_METHOD} == 'GET'">
        Require valid-user
    </If>
</Location>
END
accepted_by_test('another AuthType for a part', <<"END", undef);
<Location /orders>
$GOOD
</Location>
<Location /orders/people>
    AuthType Basic
    AuthName x
    AuthUserFile /dev/null
</Location>
<Location /orders/open>
    AuthType None
    Require all granted
</Location>
END
accepted_by_test('the variable of another module', <<'END', undef);
<Location /orders>
    AuthType Basic
    AuthName x
    AuthUserFile /dev/null
    TokexClient orders
    TokexTrustedIssuers partner
    TokexSubjectFrom env:OIDC_access_token
    Require valid-user
</Location>
END
accepted_by_test('CE-22 several issuers and none named', <<'END', qr/^<Location \/orders>: no issuer is trusted here/);
<Location /orders>
    AuthType tokex
    TokexClient orders
    Require valid-user
</Location>
END
accepted_by_test('CE-22 one issuer and none named', <<'END', undef, document => sub { only_partner($_[0]) });
<Location /orders>
    AuthType tokex
    TokexClient orders
    Require valid-user
</Location>
END
accepted_by_test('an issuer that does not exist', <<'END', qr/issuer "partnr" does not exist/);
<Location /orders>
    AuthType tokex
    TokexClient orders
    TokexTrustedIssuers partnr
    Require valid-user
</Location>
END
accepted_by_test('a client that does not exist', <<'END', qr/client "nobody" does not exist/);
<Location /orders>
    AuthType tokex
    TokexClient nobody
    TokexTrustedIssuers partner
    Require valid-user
</Location>
END

sub only_partner
{
    my ($document) = @_;
    $_->{enabled} = $_->{id} eq 'partner' ? JSON::PP::true : JSON::PP::false for @{ $document->{issuers} };
}

subtest 'CE-20 tokexctl location list shows what the server protects' => sub {
    my $world = world(<<"END");
<Location /orders>
$GOOD
    TokexScope orders.read
</Location>
<Location "/orders/admin">
    TokexResource https://api.example/admin
    <RequireAll>
        Require valid-user
        Require ip 127.0.0.1
    </RequireAll>
    <If "true">
        TokexInject original
    </If>
</Location>
<Directory />
    Require all granted
</Directory>
<LocationMatch "^/reports/\\d+">
    AuthType tokex
    TokexClient orders
    TokexExchange Off
    TokexOwnTokens accept
    TokexAudience api
    <Limit GET>
        Require valid-user
    </Limit>
</LocationMatch>
<VirtualHost 127.0.0.1:\@PORT\@>
    ServerName other.example
    <Location /other>
$GOOD
    </Location>
</VirtualHost>
END
    is(Tokex::Http::get($world->port, '/orders/x')->status, 401, 'the server runs and protects');
    my ($status, $out) = $world->ctl->run(undef, 'location', 'list', '--json');
    is($status, 0, 'location list --json');
    my @rows = @{ decode_json($out) };
    my %host;
    push @{ $host{ $_->{server} } }, $_ for @rows;
    my ($main) = grep { !/^other/ } keys %host;
    my ($other) = grep { /^other/ } keys %host;
    is_deeply([map { $_->{section} } @{ $host{$main} }],
        ['Location /orders', 'Location "/orders/admin"', 'Location "/orders/admin", If "true"',
            'LocationMatch "^/reports/\d+"'],
        'CE-47 every section of ours, in the order of the files');
    my ($orders, $admin, $if, $reports) = @{ $host{$main} };
    is($orders->{client}, 'orders', 'the client');
    is_deeply($orders->{trusted_issuers}, ['partner'], 'the issuers');
    is_deeply($orders->{audience}, ['api'], 'the audience');
    is($orders->{scope}, 'orders.read', 'the scope');
    is_deeply($orders->{require}, ['Require valid-user'], 'who may pass');
    like($orders->{file}, qr{/httpd\.conf\z}, 'the file');
    is($admin->{auth_type}, 'tokex', 'the section below has the AuthType of the one above');
    is_deeply([@{$admin}{qw(client audience resource scope)}],
        ['orders', ['api'], ['https://api.example/admin'], 'orders.read'], 'and what that says of the exchange');
    is_deeply($admin->{require}, ['<RequireAll>', 'Require valid-user', 'Require ip 127.0.0.1', '</RequireAll>'],
        'but says itself who may pass');
    is($admin->{inject}, 'exchanged', 'what holds in <If> is not said of the section around');
    is($if->{inject}, 'original', 'but of that one');
    is_deeply($if->{require}, $admin->{require}, 'which has its Require from around');
    is_deeply([@{$reports}{qw(exchange own_tokens)}, $reports->{require}],
        [JSON::PP::false, 'accept', ['<Limit GET>', 'Require valid-user', '</Limit>']], 'a pattern, a method');
    is_deeply([map { $_->{section} } @{ $host{$other} }],
        [(map { $_->{section} } @{ $host{$main} }), 'Location /other'],
        'a virtual host has the locations of the main server and its own');

    ($status, $out) = $world->ctl->run(undef, 'location', 'list');
    is($status, 0, 'location list');
    like($out, qr{^\Q$main\E  <Location /orders>  /\S+:\d+\n    AuthType          tokex\n    client            orders$}m,
        'the same for people');
    like($out, qr/^    trusted issuers   none: several/m, 'a location that trusts nobody says so');

    only_partner($world->document);
    $world->ctl->import_document($world->document);
    (undef, $out) = $world->ctl->run(undef, 'location', 'list');
    like($out, qr/^    trusted issuers   partner \(the only one\)$/m, 'CE-22 the only issuer is trusted');

    ($status, undef, my $err) = $world->ctl->run(undef, 'location');
    is($status, 2, 'without a verb: wrong usage');
    like($err, qr/say: location list/, 'and what to say');
};

subtest 'a server that protects nothing' => sub {
    my $world = world('');
    Tokex::Http::get($world->port, '/sts/jwks');
    my ($status, $out) = $world->ctl->run(undef, 'location', 'list');
    is_deeply([$status, $out], [0, "The server that started last with this installation protects no location.\n"],
        'says so');
    is_deeply([$world->ctl->run(undef, 'location', 'list', '--json')]->[1], "[]\n", 'and [] in JSON');
};

done_testing;
