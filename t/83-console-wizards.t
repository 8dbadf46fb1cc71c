#!/usr/bin/perl
# The console's wizards, as plain CGI: a new issuer from what it says of itself, whether it can be reached, keys, the
# first run, mappings from a sample token.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Time::HiRes qw(time);
use Tokex::Console qw(fields_of with);
use Tokex::Guarded qw(is_status is_unchanged_by page_of);
use Tokex::HostileServer;
use Tokex::Jose qw(ec_key json rsa_key unjson);
use Tokex::Tls;
use Tokex::Tree;

my $home = tempdir(CLEANUP => 1);
my $console = Tokex::Console->new(dir => "$home/main");
my $ctl = $console->ctl;
$ctl->init;
$ctl->must(undef, 'demo', "$home/demo", 'https://sts.example/sts');
$ctl->must(undef, 'demo', 'token', "$home/demo");
my $server = Tokex::HostileServer->new;
my $here = $server->url;
my %key = (ec => ec_key('ec-1', 'P-256'), rsa => rsa_key('rsa-1', 2048), small => rsa_key('small-1', 1024));
my $set = json({ keys => [$key{ec}->public_jwk(alg => 'ES256'), $key{rsa}->public_jwk] });

sub metadata { my ($issuer, $jwks_uri) = @_; return json({ issuer => $issuer, jwks_uri => $jwks_uri }) }

# The directives of a server that ran with the installation.
sub directives
{
    my (%directives) = @_;
    for my $name (sort keys %directives) {
        system('sqlite3', "$ctl->{dir}/state/state.db",
            "INSERT OR REPLACE INTO setting (server, name, value, written) VALUES ('sts.example:443', '$name', '$directives{$name}', 1)") == 0 or die;
    }
    return;
}

sub changes_nothing { return is_unchanged_by($ctl, @_) }

directives(TokexFetchAllow => '127.0.0.1');

# ---- A new issuer

subtest 'AS-2 a new issuer begins with who it is' => sub {
    like($console->get('edith', '/issuers')->{body}, qr{href="/tokex-admin/issuers/start">New issuer<}, 'from the list of issuers');
    my $body = page_of($console->get('edith', '/issuers/start'), 200, 'the three ways');
    like($body, qr/name="issuer".*>Read its metadata<.*name="jwks_url".*>Read its keys<.*name="material".*>Take these keys<.*name="sample".*href="[^"]*\/issuers\/new"/s,
        'AS-7 and where its keys are: metadata, a key set, pasted keys or certificates; or a sample token, or by hand');
    is($console->get('vic', '/issuers/start')->{status}, 403, 'viewers do not make any');
};

subtest 'metadata fills the form' => sub {
    $server->page('/good/.well-known/openid-configuration', metadata("$here/good", "$here/good/keys"));
    $server->page('/good/keys', $set);
    my $before = $server->requests;
    $console->get('edith', '/issuers/start');
    is(scalar($server->requests), $before, 'a page that is only looked at asks nobody');
    my $body;
    changes_nothing('reading' => sub {
        $body = page_of($console->post('edith', '/issuers/read', issuer => " $here/good\r\n" =~ s/\s//gr, do => 'metadata'), 200, 'found');
    });
    like($body, qr/2 of 2 keys can be used/, 'it says what it found');
    like($body, qr/counts as one of <code>\Q$here\E\/good<\/code> when it is signed with RS256, ES256 by one of the keys that its metadata leads to/, 'and what it will mean');
    my %fields = fields_of($body);
    is_deeply([@fields{qw(issuer metadata_url id name algorithms.RS256 algorithms.ES256)}, $fields{'algorithms.PS256'}],
        ["$here/good", "$here/good/.well-known/openid-configuration", $here =~ s{http://|:}{}gr =~ s/127\.0\.0\.1/127.0.0.1:/r, $here =~ s{http://}{}r, 'on', 'on', undef], 'the form holds it');
    is($console->post('edith', '/issuers/new', with(%fields, id => 'good', name => 'Good', do => 'save'))->{status}, 303, 'and saves it as any other');
    $body = page_of($console->post('edith', '/issuers/read', issuer => "$here/good", do => 'metadata'), 422, 'a second time');
    like($body, qr/This issuer is already registered as &quot;good&quot;.*<a href="[^"]*id=good">Open good</s, 'it is there already');
    $server->page('/.well-known/oauth-authorization-server/only', metadata("$here/only", "$here/good/keys"));
    my %only = fields_of($console->post('edith', '/issuers/read', issuer => "$here/only", do => 'metadata')->{body});
    is($only{metadata_url}, "$here/.well-known/oauth-authorization-server/only", 'metadata of OAuth alone is found too');
};

# What a page says when it cannot be read so; nothing is saved.
sub says
{
    my ($name, $fields, $like) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $began = time;
    my $body = page_of($console->post('edith', '/issuers/read', with(do => 'metadata', @$fields)), 422, $name);
    cmp_ok(time - $began, '<', 5.5, "$name: in time");
    like($body, $like, "$name: in these words");
    return $body;
}

subtest 'what can be wrong, in words' => sub {
    says('http', [issuer => 'http://idp.example'], qr/Use https\. Plain http is only possible for this host itself/);
    says('no URL', [issuer => 'idp'], qr/an issuer must be an https URL/);
    says('none', [], qr/an issuer must be an https URL/);
    $server->page('/slash/.well-known/openid-configuration', metadata("$here/slash/", "$here/good/keys"));
    my $body = says('a slash', [issuer => "$here/slash"], qr{<code>\Q$here\E/slash</code> and <code>\Q$here\E/slash/</code> are different issuers\. The metadata says the second\.});
    like($body, qr{name="issuer" value="\Q$here\E/slash/">.*Use that}s, 'with a button that takes the other one');
    is($console->post('edith', '/issuers/read', issuer => "$here/slash/", do => 'metadata')->{status}, 200, 'which is found then');
    $server->page('/else/.well-known/openid-configuration', metadata('https://else.example', "$here/good/keys"));
    says('another issuer', [issuer => "$here/else"], qr/The document names issuer &quot;https:\/\/else\.example&quot;, you typed &quot;\Q$here\E\/else&quot;\. They must be equal letter for letter/);
    says('nobody there', [issuer => 'https://127.0.0.1:1'], qr/Could not reach 127\.0\.0\.1:1 \(.*\)\. Check the firewall, or paste the keys/);
    $server->page('/weak/keys', json({ keys => [{ %{ $key{ec}->public_jwk }, kid => 'k1', use => 'enc' }, $key{small}->public_jwk] }));
    says('no usable key', [issuer => 'https://weak.example', jwks_url => "$here/weak/keys", do => 'jwks'], qr/0 of \d keys can be used.*1024/s);
    my $count = () = $server->requests('/good/keys');
    $server->page('/moved/.well-known/openid-configuration', '', Location => "$here/good/keys", status => '302 Found');
    says('a redirect', [issuer => "$here/moved"], qr/redirected, which is not followed here/);
    is(scalar(() = $server->requests('/good/keys')), $count, 'and was not followed');
    $server->mode('silent');
    says('silence', [issuer => "$here/quiet"], qr/href="#f-issuer">/);
    $server->mode('');
    directives(TokexFetchAllow => 'None');
    says('a private address', [issuer => "$here/private"], qr/127\.0\.0\.1 resolves to 127\.0\.0\.1\. Addresses in private networks need TokexFetchAllow in the server&#39;s configuration|Addresses in private networks/);
    directives(TokexFetchAllow => '127.0.0.1');
};

subtest 'pasted keys' => sub {
    my $private = $key{ec}{pem};
    my $body = says('a private key', [issuer => 'https://paste.example', material => $private, do => 'paste'],
        qr/This is a private key, not a certificate\. It was not stored\. Replace it, since it has been pasted into a browser/);
    unlike($body, qr/PRIVATE KEY/, 'and it is not shown again');
    says('nonsense', [issuer => 'https://paste.example', material => 'hello', do => 'paste'], qr/#f-material/);
    my $tls = Tokex::Tls->new;
    my ($certificate) = $tls->certificate('signer');
    my $pem = Tokex::Jose::slurp($certificate);
    my $der = join '', grep { !/^-/ } split /^/, $pem;
    for my $case (['a JWK Set', $set], ['a certificate', $pem], ['base64 of DER', $der]) {
        my %fields = fields_of(page_of($console->post('edith', '/issuers/read', issuer => 'https://paste.example', material => $case->[1], do => 'paste'), 200, $case->[0]));
        is($console->post('edith', '/issuers/new', with(%fields, id => 'pasted', do => 'save'))->{status}, 303, "$case->[0]: saved");
        ok(unjson($ctl->must(undef, 'issuer', 'show', 'pasted', '--json'))->{keys}[0], "$case->[0]: its key is there");
        $ctl->must(undef, 'issuer', 'remove', 'pasted');
    }
};

# A token of somebody's, signed or not: nobody looks.
sub sample { my ($header, $claims) = @_; return join '.', (map { Tokex::Jose::b64u(json($_)) } $header, $claims), 'c2ln' }

subtest 'a sample token' => sub {
    my %claims = (iss => 'https://sample.example', aud => 'us', sub => 'mira', exp => 4_000_000_000, email => 'mira@sample.example', 'https://x.example/groups' => ['a']);
    my $body;
    changes_nothing('reading a sample' => sub {
        $body = page_of($console->post('edith', '/issuers/sample', sample => "Bearer " . sample({ alg => 'ES256', typ => 'at+jwt' }, \%claims)), 200, 'a proposal');
    });
    like($body, qr/The signature of the token was not verified/, 'it is no proof');
    unlike($body, qr/mira|c2ln/, 'no value of it but names stands on the page');
    my %fields = fields_of($body);
    is_deeply([@fields{qw(issuer audiences typ algorithms.ES256 mapping)}], ['https://sample.example', 'us', 'at+jwt', 'on', 'sample.example'], 'the form holds what it says');
    like($fields{with_mapping}, qr/"rows":\[.*groups/, 'with a mapping beside it');
    is($console->post('edith', '/issuers/new', %fields, do => 'save')->{status}, 303, 'both are saved');
    my $history = $ctl->must(undef, 'history', '--limit', 1);
    like($ctl->must(undef, 'mapping', 'show', 'sample.example'), qr/email/, 'the mapping too');
    like($history, qr/edith \(console/, 'as one change');
    $ctl->must(undef, 'issuer', 'remove', 'sample.example');
    $body = page_of($console->post('edith', '/issuers/sample', sample => sample({ alg => 'HS256' }, \%claims)), 200, 'of a shared secret');
    like($body, qr/HS256.*shared secret, which a trusted issuer should not have/s, 'a weak algorithm is said to be one');
    like($body, qr/There is a mapping sample\.example already/, 'a mapping that is there is taken as it is');
    like(page_of($console->post('edith', '/issuers/sample', sample => 'nonsense'), 422, 'nonsense'), qr/It cannot serve as a sample/, 'is none');
    $body = page_of($console->post('edith', '/issuers/new', %fields, do => 'save'), 422, 'a mapping whose id is taken meanwhile');
    like($body, qr/href="#f-mapping">.*there is a mapping with this id already/, 'is said to be there');
};

# ---- Whether it can be reached

subtest 'test connection over TLS' => sub {
    my $tls = Tokex::Tls->new;
    mkdir "$tls->{dir}/www";
    mkdir "$tls->{dir}/www/.well-known";
    my $at = $tls->serve($tls->certificate('good'));
    Tokex::Jose::write_file("$tls->{dir}/www/.well-known/openid-configuration", metadata($at, "$at/keys"));
    Tokex::Jose::write_file("$tls->{dir}/www/keys", $set);
    $ctl->must(undef, 'issuer', 'add', 'tls', 'name=Over TLS', "issuer=$at", "metadata_url=$at/.well-known/openid-configuration", 'algorithms=ES256');
    my $body = page_of($console->get('edith', '/issuers/show?id=tls'), 200, 'its page');
    like($body, qr/<h2>Keys<.*no server has asked yet.*Test connection.*Refresh keys now/s, 'says what is known of its keys, and offers to look');
    unlike($console->get('vic', '/issuers/show?id=tls')->{body}, qr/Test connection/, 'a viewer sends nobody out');
    my $failed = page_of($console->post('edith', '/issuers/test', id => 'tls'), 200, 'an authority that is not trusted');
    like($failed, qr/steps failed.*>tls<.*>failed<.*which is not trusted.*TokexFetchCAFile/s, 'says so, and what to do');
    directives(TokexFetchCAFile => $tls->ca_file);
    my $well = page_of($console->post('edith', '/issuers/test', id => 'tls'), 200, 'trusted');
    like($well, qr/All is well/, 'all is well');
    my %ms = $well =~ m{<tr><th scope="row">(\w+)</th><td><span class="status granted">ok</span></td><td class="number">(\d*)<}g;
    is_deeply([sort keys %ms], [qw(connect dns issuer jwks jwks_uri keys metadata tls)], 'each step');
    ok(!(grep { $ms{$_} eq '' } qw(dns connect tls metadata jwks)), 'with its time');
    like($well, qr/certificate of .*good from .*Authority, \d days? left.*Its chain/s, 'the certificate, its days and its chain');
    like($well, qr/usable<\/span> <code>ec-1<\/code>/, 'the keys');
    like($well, qr/not usable<\/span> <code>rsa-1<\/code>.*algorithms/, 'and why one is of no use');
    is($console->post('edith', '/issuers/test', id => 'nobody')->{status}, 404, 'no such issuer');
    directives(TokexFetchCAFile => 'Off');
};

subtest 'refresh keys now' => sub {
    my $body = page_of($console->post('edith', '/issuers/refresh', id => 'good'), 200, 'without a server');
    like($body, qr/no running server has asked within 4 seconds\. It will be asked when httpd starts/, 'it is said that none asked');
    $ctl->must(undef, 'issuer', 'set', 'good', 'enabled=false');
    like($console->post('edith', '/issuers/refresh', id => 'good')->{body}, qr/It is not enabled, so no server asks it/, 'one that is off');
    is($console->post('edith', '/issuers/refresh', id => 'nobody')->{status}, 404, 'none of that name');
};

# ---- Mappings from a sample

subtest 'a mapping from a sample token' => sub {
    my $id = 'demo-claims';
    my %claims = (iss => 'https://idp.demo.example', sub => 'x<b>', email => 'mira@partner.example', groups => ['sales'], 'https://a.example/dept' => 'd7', address => { country => 'NZ', 'geo.lat' => 1 }, exp => 1);
    like($console->get('vic', "/mappings/show?id=$id")->{body}, qr/Show its claims/, 'its page takes one');
    my $body;
    changes_nothing('a sample' => sub { $body = page_of($console->post('edith', '/mappings/sample', id => $id, sample => sample({ alg => 'ES256' }, \%claims)), 200, 'pasted') });
    my %use = $body =~ m{<th scope="row"><code>([^<]+)</code></th><td><code>[^<]*</code></td><td><a href="([^"]+)"}g;
    is_deeply([map { /from=([^&]+)&amp;type=(\w+)/ ? "$1 $2" : '?' } @use{'address › country', 'address › geo.lat', 'https://a.example/dept'}],
        ['address.country text', 'address.geo%5C.lat number', 'https%3A%2F%2Fa%5C.example%2Fdept text'], 'each claim by its segments, with a row to be made of it: dots in names are no steps');
    like($body, qr{<code>email</code></th><td><code>&quot;mira\@partner\.example&quot;</code></td><td>becomes <code>email</code>}, 'claims that are mapped already say what they become');
    unlike($body, qr/x<b>/, 'what came from outside is text');
    my %became = $body =~ m{<th scope="row">→ ([^<]+)</th><td>(.*?)</td>}g;
    is($became{email}, '<code>&quot;mira@partner.example&quot;</code>', 'what the rows make of it: a value');
    is($became{partner_oid}, 'left out', 'or none');
    like($body, qr{Who receives it.*issuers/show\?id=demo-idp">demo-idp</a>: <a [^>]*>orders-api</a> for <a [^>]*>orders</a>}s, 'and who gets it: of which issuer, which client, for which target');
    my ($link) = map { s/&amp;/&/gr =~ s{^/tokex-admin}{}r } $use{'https://a.example/dept'};
    my %fields = fields_of(page_of($console->get('edith', $link), 200, 'use this claim'));
    is_deeply([@fields{qw(source from type to)}], ['subject', 'https://a\\.example/dept', 'text', 'dept'], 'fills the form of a row');
    is($console->post('edith', '/mappings/part', %fields, do => 'save')->{status}, 303, 'which is saved');
    like($console->post('edith', '/mappings/sample', id => $id, sample => sample({ alg => 'ES256' }, \%claims))->{body}, qr{→ dept</th><td><code>&quot;d7&quot;</code>}, 'and works');
    unlike($console->post('vic', '/mappings/sample', id => $id, sample => sample({ alg => 'ES256' }, \%claims))->{body}, qr/Use this claim/, 'a viewer looks only');
    page_of($console->post('vic', '/mappings/sample', id => $id, sample => 'nonsense'), 422, 'nonsense');
    is($console->post('vic', '/mappings/sample', id => 'none', sample => 'x')->{status}, 404, 'no such mapping');
    for my $reserved (qw(sub exp)) { my %row = fields_of($console->get('edith', "/mappings/part?id=$id&place=0&from=$reserved")->{body}); is($row{to}, '', "$reserved is no name that a row may write") }
};

# ---- Clients

subtest 'CU-6 clients have properties, which the console sets and an exchange reads' => sub {
    my %fields = fields_of($console->get('edith', '/clients/edit?id=orders-api')->{body});
    is($console->post('edith', '/clients/edit', with(%fields, 'properties.1.name' => 'tier', 'properties.1.value' => 'gold', do => 'save'))->{status}, 303, 'a property');
    like($console->get('vic', '/clients/show?id=orders-api')->{body}, qr/tier.*gold/s, 'stands on its page');
    my $revision = unjson($ctl->must(undef, 'mapping', 'show', 'demo-claims', '--json'))->{revision};
    is($console->post('edith', '/mappings/part', of => 'demo-claims', place => 0, revision => $revision, source => 'client', from => 'tier', to => 'client_tier', do => 'save')->{status}, 303, 'a row reads it');
    my $token = Tokex::Jose::slurp("$home/demo/subject.jwt") =~ s/\s+//gr;
    like($console->post('vic', '/try', client => 'orders-api', subject_token => $token, subject_token_type => 'access_token', audience => 'orders')->{body}, qr/&quot;client_tier&quot;: &quot;gold&quot;/, 'and the token has it');
};

subtest 'a client like another one' => sub {
    like($console->get('edith', '/clients/show?id=orders-api')->{body}, qr{clients/new\?like=orders-api">New one like this}, 'from its page');
    my %fields = fields_of(page_of($console->get('edith', '/clients/new?like=orders-api'), 200, 'its form'));
    is_deeply([@fields{qw(id name properties.1.value scopes.orders.read)}], ['', '', 'gold', 'on'], 'has all but what is its own');
    my $answer = $console->post('edith', '/clients/new', with(%fields, id => 'twin', name => 'Twin', do => 'save', make_secret => 'on'));
    is($answer->{status}, 200, 'saved, with a secret of its own');
    my ($one, $twin) = map { unjson($ctl->must(undef, 'client', 'show', $_, '--json')) } qw(orders-api twin);
    is_deeply($twin->{rules}, $one->{rules}, 'its rules are the same');
    is(scalar @{ $twin->{secrets} }, 1, 'and no secret is shared');
    is($console->get('edith', '/clients/new?like=nobody')->{status}, 404, 'there is none of that name');
    $ctl->must(undef, 'client', 'remove', 'twin');
};

subtest 'CU-33 who exchanges what is in one place, and in sight of people who change nothing' => sub {
    like($console->get('vic', '/clients')->{body}, qr/orders-api/, 'all clients are listed');
    like($console->get('vic', '/clients/show?id=orders-api')->{body}, qr/<h2>Exchange rules<.*tokens of demo-idp for orders/s, 'with their rules, to be reviewed');
    like($console->get('vic', '/changes')->{body}, qr/edith \(console/, 'who changed them');
    is($console->get('vic', '/activity')->{status}, 200, 'and what was decided');
    changes_nothing('a viewer' => sub { is($console->post('vic', $_, id => 'orders-api')->{status}, 403, "no $_") for '/clients/new', '/clients/edit', '/clients/part', '/clients/delete' });
    my $token = Tokex::Jose::slurp("$home/demo/subject.jwt") =~ s/\s+//gr;
    like($console->post('vic', '/try', client => 'nobody', subject_token => $token, subject_token_type => 'access_token')->{body}, qr/verdict refused/, 'nobody exchanges who is no client');
};

subtest 'TIM-003 the token of a form is opened, not compared' => sub {
    my ($function) = Tokex::Jose::slurp(Tokex::Tree::srcdir() . '/admin-cgi/guard.c') =~ /^(bool admin_guard_is_token\(.*?^\})/ms;
    like($function, qr/tokex_seal_open\(/, 'under the master key, whose cipher tells in constant time whether it is whole');
    unlike($function, qr/mem(?:n)?cmp\([^)]*token|str\w*cmp/, 'octet by octet it is compared with nothing');
    my $token = $console->token('edith');
    my @taken = grep {
        my $altered = $token;
        substr($altered, $_, 1) = substr($altered, $_, 1) eq 'A' ? 'B' : 'A';
        $console->post_body('edith', '/scopes/new', Tokex::Console::encode_form(token => $altered, id => 'never', do => 'save'))->{status} != 403
    } 0, 1, 2, length($token) / 2, length($token) - 2;
    is_deeply(\@taken, [], 'wherever it is altered it is none');
};

# ---- Signing keys

sub keys_now { return { map { $_->{kid} => $_ } @{ unjson($ctl->must(undef, 'key', 'list', '--json')) } } }
sub only { my ($state) = @_; my $all = keys_now(); return grep { $all->{$_}{state} eq $state } sort keys %$all }

subtest 'signing keys in time' => sub {
    my ($first) = only('active');
    my $body = page_of($console->get('vic', '/keys'), 200, 'a viewer looks');
    like($body, qr/<svg[^>]*role="img".*<title.*<desc.*the upright line: now.*<table>.*\Q$first\E.*>active</s, 'a picture, and a table of the same');
    like($body, qr/The JWK Set that is published.*&quot;kid&quot;: &quot;\Q$first\E&quot;/s, 'and what is published');
    unlike($body, qr/<form|sealed/, 'changes nothing, and sees no private half');
    is($console->post('edith', '/keys/add', algorithm => 'ES256', after => 1)->{status}, 403, 'keys are an administrator\'s');
    is($console->post('adam', '/keys/add', algorithm => 'ES256', after => 2, reason => 'yearly')->{status}, 303, 'the next one');
    my ($next) = only('next');
    cmp_ok(abs(keys_now()->{$next}{activates} - time - 7200), '<', 60, 'is published for two hours before it signs');
    like($ctl->must(undef, 'history', '--limit', 1), qr/adam \(console.*yearly/, 'with who and why in the history');
    like(page_of($console->get('adam', '/keys?done=added'), 200, 'both'), qr/A key was made.*>Activate<.*>Retire</s, 'with what can be done');
    changes_nothing('the question' => sub {
        like(page_of($console->post('adam', '/keys/change', do => 'activate', kid => $next), 200, 'activate: asked first'), qr/name="sure".*It signs from now on/s, 'says what it means');
    });
    is($console->post('adam', '/keys/change', do => 'activate', kid => $next, sure => 'on')->{status}, 303, 'activated');
    is_deeply([only('active')], [$next], 'it signs');
    is_deeply([only('retired')], [$first], 'the one before it is retiring');
    like($console->post('adam', '/keys/change', do => 'activate', kid => $next, sure => 'on')->{body}, qr/It signs already/, 'not twice');
};

subtest 'the last key, and one that somebody else has' => sub {
    my ($active) = only('active');
    my ($old) = only('retired');
    my $question = page_of($console->post('adam', '/keys/change', do => 'revoke', kid => $old), 200, 'revoke: asked first');
    like($question, qr/Every token that it signed dies within a second.*lives for [\d,]+ seconds at most; in that time 0 exchanges were granted/s, 'says what dies');
    is($console->post('adam', '/keys/change', do => 'revoke', kid => $old, sure => 'on')->{status}, 303, 'an old one goes');
    is(keys_now()->{$old}, undef, 'and is gone');
    for my $what (qw(retire revoke)) {
        changes_nothing("$what of the last one" => sub {
            my $body = page_of($console->post('adam', '/keys/change', do => $what, kid => $active, sure => 'on'), 422, "$what: the last one");
            like($body, qr/This is the only active key of its algorithm, which the target &quot;orders&quot; needs\. Add and activate another first\./, 'stays');
        });
    }
    is($console->post('adam', '/keys/change', do => 'revoke', kid => $active, sure => 'on', replace => 'on')->{status}, 303, 'with a new one in its place it goes');
    my ($new) = only('active');
    ok($new && $new ne $active && !keys_now()->{$active}, 'which signs at once');
    is($console->post('adam', '/keys/change', do => 'revoke', kid => 'nobody', sure => 'on')->{status}, 422, 'one that is none');
    is($console->post('adam', '/keys/change', do => 'burn', kid => $new, sure => 'on')->{status}, 400, 'what cannot be done');
    is($console->post('adam', '/keys/add', algorithm => 'HS256')->{status}, 400, 'no weak algorithm');
    is($console->post('adam', '/keys/use', do => 'schedule', algorithm => 'ES256', every => 90, ahead => 48)->{status}, 303, 'a schedule');
    like($console->get('vic', '/keys')->{body}, qr/<b>ES256<\/b>.*replaced every 90 days, published 48 hours before/, 'stands on the page');
    is($ctl->must(undef, 'key', 'activate', '--', made_next()) =~ /^active signing key/m, 1, 'tokexctl activates too');
};

sub made_next { $ctl->must(undef, 'key', 'rotate', '--after', 3600) =~ /next signing key (\S+)/; return $1 }

# ---- The first run

subtest 'from nothing to ready' => sub {
    my $fresh = Tokex::Console->new(dir => "$home/fresh");
    my $its = $fresh->ctl;
    $its->init;
    my $steps = sub {
        my ($url) = @_;
        return join ' ', map { $_ eq 'done' ? 1 : 0 } $fresh->get('adam', $url)->{body} =~ m{<span class="status (?:granted|off)">(done|to do)</span>}g;
    };
    is($steps->('/'), '0 1 0 0 0', 'the overview has the list: init has made a key');
    my $body = page_of($fresh->get('adam', '/setup'), 200, 'setting up');
    like($body, qr{TokexIssuer https://sts\.example/sts.*&lt;Location "/sts"&gt;}s, 'says what belongs into httpd\'s configuration');
    like($body, qr/This console calls itself <b>test<\/b>/, 'and which label it has');
    my ($kid) = keys %{ { map { $_->{kid} => 1 } @{ unjson($its->must(undef, 'key', 'list', '--json')) } } };
    $its->must(undef, 'key', 'remove', '--', $kid);
    is($steps->('/setup'), '0 0 0 0 0 0', 'without the key that is to be done too');
    is($fresh->post('adam', '/keys/add', algorithm => 'RS256', after => 0)->{status}, 303, 'a key is made there');
    system('sqlite3', "$its->{dir}/state/state.db", "INSERT INTO setting (server, name, value, written) VALUES ('sts.example:443', 'TokexIssuer', 'https://sts.example/sts', 1)") == 0 or die;
    my %issuer = fields_of($fresh->get('edith', '/issuers/new')->{body});
    my $one = sub { my ($path, @fields) = @_; my %form = fields_of($fresh->get('edith', $path)->{body}); is($fresh->post('edith', $path, with(%form, @fields, do => 'save'))->{status}, $path =~ /client/ ? 200 : 303, "$path: saved") };
    $one->('/issuers/new', id => 'idp', name => 'Idp', issuer => 'https://idp.example', jwks_urls => 'https://idp.example/keys');
    is($steps->('/'), '1 1 1 0 0', 'what is done is seen');
    $one->('/scopes/new', id => 'read');
    $one->('/targets/new', id => 'api', name => 'Api', audience => 'https://api.example', 'scopes.read' => 'on', lifetime => 300);
    $one->('/clients/new', id => 'app', name => 'App', 'scopes.read' => 'on', make_secret => 'on');
    is($steps->('/'), '1 1 1 1 0', 'a client without a rule gets nothing');
    my $revision = unjson($its->must(undef, 'client', 'show', 'app', '--json'))->{revision};
    is($fresh->post('edith', '/clients/part', of => 'app', place => 0, revision => $revision, id => 'r', 'issuers.idp' => 'on', 'targets.api' => 'on', enabled => 'on', impersonation => 'on', scope_mode => 'narrow', do => 'save')->{status}, 303, 'its rule');
    is($steps->('/'), '', 'the list goes when all is done');
    like($fresh->get('vic', '/setup')->{body}, qr{curl -s -u &#39;app:SECRET&#39; https://sts\.example/sts/token .*audience=api|curl -s -u 'app:SECRET' https://sts\.example/sts/token .*audience=api}s, 'with a curl that is ready');
};

done_testing();
