#!/usr/bin/perl
# What the console's pages say of how things are used, and what can be taken away from them, as plain CGI.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use JSON::PP ();
use Test::More;
use Tokex::Console qw(fields_of with);
use Tokex::Guarded qw(is_status is_unchanged_by is_whole page_of);
use Tokex::Jose qw(ec_key json unjson);

my $home = tempdir(CLEANUP => 1);
my $console = Tokex::Console->new(dir => "$home/main");
my $ctl = $console->ctl;
$ctl->init;
$ctl->must(undef, 'demo', "$home/demo", 'https://sts.example/sts');
$ctl->must(undef, 'demo', 'token', "$home/demo");
my $token = Tokex::Jose::slurp("$home/demo/subject.jwt") =~ s/\s+//gr;
my $now = time;
my $EVIL = q{'"><img src=x onerror=alert(1)>};

sub sql
{
    my ($sql) = @_;
    return system('sqlite3', "$ctl->{dir}/state/state.db", $sql) == 0 || die "$sql\n";
}

sub setting { my ($name, $value) = @_; return sql("INSERT OR REPLACE INTO setting (server, name, value, written) VALUES ('sts.example:443', '$name', '$value', 1)") }

# Decisions as a server records them: as many rows as are said, each with its sums.
my $number = 0;
sub decided
{
    my (%row) = @_;
    %row = (time => $now - 60, client => 'orders-api', issuer => 'demo-idp', targets => 'orders', outcome => 'granted', code => '', subject => 's-1',
        latency_us => 87, count => 1, location => '', scope_asked => 'orders.read', scope_granted => 'orders.read', reason => '', %row);
    my $hour = int($row{time} / 3600);
    my $sql = 'BEGIN;';
    for (1 .. $row{count}) {
        $number++;
        my $receipt = sprintf 'receipt%09d', $number;
        my %quoted = map { $_ => $row{$_} =~ s/'/''/gr } keys %row;
        $sql .= "INSERT INTO activity VALUES ($number, $row{time}, '$receipt', 'sts.example:443', '$quoted{location}', '$quoted{client}', '$quoted{issuer}', "
            . "'$quoted{subject}', '', 'partner', '$quoted{targets}', '$quoted{scope_asked}', '$quoted{scope_granted}', '$row{outcome}', '$row{code}', '$quoted{reason}', 0, $row{latency_us}, '[]');";
        for (['client', $quoted{client}], ['issuer', $quoted{issuer}]) {
            $sql .= "INSERT INTO use_hour VALUES ('$_->[0]', '$_->[1]', $hour, 1) ON CONFLICT (noun, id, hour) DO UPDATE SET number = number + 1;"
                . "INSERT OR REPLACE INTO use_last VALUES ('$_->[0]', '$_->[1]', $row{time});";
        }
    }
    return sql("$sql UPDATE activity_count SET number = $number; COMMIT;");
}

sub changes_nothing { return is_unchanged_by($ctl, @_) }

# ---- Lists

subtest 'lists say how clients and issuers are used' => sub {
    like(page_of($console->get('vic', '/clients'), 200, 'before'), qr{orders-api.*<td class="number">0</td>}s, 'never so far');
    decided(time => $now - 30 * 3600);
    decided(time => $now - 5 * 3600 - 60, count => 9);
    decided(count => 3);
    my $body = page_of($console->get('vic', '/clients'), 200, 'clients');
    like($body, qr{<td class="number">12 <svg [^>]*role="img"><title>Hour by hour, now at the right, 9 at most</title><path[^>]* d="M0 8h\d+v-8h2v8h8v-2h2(?:v2h2)?V8z"></path></svg></td>}, 'a line of bars with its text, and the number');
    like($body, qr{>Last used<.*<time datetime=}s, 'and when last');
    like($body, qr{>Targets<.*orders-api.*<td>invoices, orders</td>|>Targets<.*orders-api.*<td>orders</td>}s, 'with the targets of their rules');
    like($body, qr{href="[^"]*sort=last">Last used</a>.*<th scope="col">Last 24 hours</th>}s, 'which can be sorted by');
    for my $case (['last', qr{twin.*orders-api}s], ['-last', qr{orders-api.*twin}s]) {
        $ctl->must(undef, 'client', 'add', 'twin', 'name=Twin') if $case->[0] eq 'last';
        like(page_of($console->get('vic', "/clients?sort=$case->[0]"), 200, "by $case->[0]") =~ s/.*<tbody>//sr, $case->[1], 'and are');
    }
    $ctl->must(undef, 'client', 'remove', 'twin');
    like($console->get('vic', '/clients/show?id=orders-api')->{body}, qr{Used last <time[^>]*>[^<]*</time> <span class="ago">\d minutes? ago}, 'its own page too');
    like(page_of($console->get('vic', '/clients?sort=-last&per=100'), 200, 'a long page'), qr{<td class="number">12</td>}, 'has the number alone');
    $body = page_of($console->get('vic', '/issuers'), 200, 'issuers');
    like($body, qr{demo-idp.*<td class="number">12 <svg}s, 'issuers too');
    sql("INSERT INTO issuer_key_set VALUES ('demo-idp', 'https://idp.demo.example/keys', '{\"keys\":[]}', $now - 7200, $now + 4 * 3600 - 60, $now - 7200, NULL, 7)");
    like($console->get('vic', '/issuers')->{body}, qr{>Keys came<.*>Asked again<.*>Links<.*demo-idp.*2 hours ago.*in 3 hours}s, 'with the age of their keys, and whether they link');
    unlike($console->get('vic', '/targets')->{body}, qr/Last 24 hours/, 'targets are not counted');
    my $state = "$ctl->{dir}/state/state.db";
    rename $state, "$state.away" or die $!;
    like(page_of($console->get('vic', '/clients'), 200, 'without state.db'), qr/state\.db cannot be read.*orders-api/s, 'what stands in the configuration is listed');
    rename "$state.away", $state or die $!;
};

# ---- The overview

subtest 'the overview says what somebody should look at' => sub {
    my $body = page_of($console->get('vic', '/'), 200, 'a good day');
    unlike($body, qr/To be looked at/, 'nothing is to be done');
    like($body, qr/The last decision was made .*Half of the latest 13 took no longer than 87 µs/s, 'how long decisions take');
    like($body, qr{href="[^"]*/activity\?since=24h&amp;issuer=demo-idp&amp;client=orders-api&amp;target=orders">demo-idp → orders-api → orders</a>.*<b>12</b>}s, 'whose tokens went where, leading to Activity');
    for (1 .. 5) {
        decided(time => time);
        $body = $console->get('vic', '/')->{body};
        last if $body =~ /just now/;
    }
    like($body, qr{The last decision was made <time[^>]*>[^<]*</time> <span class="ago">just now</span>}, 'what is not a second ago is so');
    unlike($body, qr/\b0 seconds ago/, 'and not counted');
    my $generation = qx(sqlite3 "$ctl->{dir}/config/config.db" "UPDATE change SET made = $now - 60; SELECT number FROM generation") + 0;
    my $old = $generation - 1;
    my $told = sub { my ($ago, @rows) = @_; return sql(join ';', 'DELETE FROM serving', "INSERT OR REPLACE INTO server_count VALUES ('told', $now - $ago)", map {"INSERT INTO serving VALUES ($_->[0], '$_->[1]', $_->[2], $now - 70)"} @rows) };
    my @serving = (
        ['all serve what stands here', 5, [[$generation, 'current', 3]], undef],
        ['some serve what stood here before', 5, [[$generation, 'current', 2], [$old, 'current', 1]], qr{One process of the server</a> still serves generation $old of the configuration, which is at $generation<}],
        ['what stands here cannot be loaded', 5, [[$old, 'kept', 3]], qr{3 processes of the server</a> still serve generation $old of the configuration, which is at $generation: what stands here cannot be loaded}],
        ['nothing can', 5, [[0, 'none', 2]], qr{2 processes of the server</a> can load no configuration}],
        ['nobody has told anything for long', 400, [[$generation, 'current', 3]], qr{No server has been heard of since <time.*6 minutes ago}],
    );
    for my $case (@serving) {
        my ($name, $ago, $rows, $said) = @$case;
        $told->($ago, @$rows);
        my $page = page_of($console->get('vic', '/'), 200, $name);
        $said ? like($page, qr/To be looked at.*$said/s, "... is told") : unlike($page, qr/To be looked at/, '... is no news');
    }
    $told->(5, [$old, 'current', 3]);
    system('sqlite3', "$ctl->{dir}/config/config.db", 'UPDATE change SET made = ' . (time - 2)) == 0 or die;
    unlike($console->get('vic', '/')->{body}, qr/still serve/, 'a change just now is not waited for');
    $told->(5, [$generation, 'current', 3]);
    my $other = Tokex::Ctl->new(dir => "$home/other");
    $other->init;
    setting('TokexDirectory', "$home/other");
    like($console->get('vic', '/')->{body}, qr{sts\.example:443 serves the configuration in <code>\Q$home\E/other/config/config\.db</code>; what is changed here is}, 'a host that serves another installation');
    setting('TokexDirectory', $ctl->{dir});
    unlike($console->get('vic', '/')->{body}, qr/To be looked at/, 'one that serves this');
    sql("UPDATE issuer_key_set SET failure = 'no answer', tried = $now - 60");
    like($console->get('vic', '/')->{body}, qr{To be looked at.*Keys of issuer <a href="[^"]*/issuers/show\?id=demo-idp">demo-idp</a> could not be fetched .*\d minutes? ago.*: no answer}s, 'keys that could not be fetched');
    decided(time => time, outcome => 'refused', code => 'aud_wrong', count => 11);
    like($console->get('vic', '/')->{body}, qr{More is refused than usual: <a href="[^"]*since=1h&amp;outcome=refused">11 of 1\d this hour</a>, 0 of a hundred before}, 'refusals above usual');
    sql("UPDATE activity_count SET dropped = 4, dropped_last = $now - 10");
    like($console->get('vic', '/')->{body}, qr/4 decisions could not be recorded for want of room/, 'decisions that are missing');
    my $config = "$ctl->{dir}/config/config.db";
    system('sqlite3', $config, "UPDATE client_secret SET expires = $now + 86400 WHERE client = 'orders-api'") == 0 or die;
    like($console->get('vic', '/')->{body}, qr{The last secret of client <a href="[^"]*">orders-api</a> ends .*in (?:2\d hours|1 day)<}s, 'a last secret that ends');
    system('sqlite3', $config, "UPDATE client_secret SET expires = 0 WHERE client = 'orders-api'") == 0 or die;
    unlike($console->get('vic', '/')->{body}, qr/last secret/, 'no longer than it does');
    sql("UPDATE activity_count SET dropped = 0, dropped_last = 0");
};

# ---- An issuer

subtest 'an issuer\'s page has the last times that it was asked' => sub {
    $ctl->must(undef, 'issuer', 'set', 'demo-idp', 'jwks_urls=https://idp.demo.example/keys');
    sql("INSERT INTO issuer_key_try VALUES ('demo-idp', 'https://idp.demo.example/keys', $now - 60, 'no answer'), ('demo-idp', 'https://idp.demo.example/keys', $now - 7200, NULL)");
    like(page_of($console->get('vic', '/issuers/show?id=demo-idp'), 200, 'its page'),
        qr{The last times that it was asked.*>failed</span>.*\d minutes? ago.*: no answer.*>ok</span>.*2 hours ago}s, 'with what came of it');
    like($console->get('vic', '/issuers/show?id=demo-idp')->{body}, qr{href="[^"]*/activity\?issuer=demo-idp">Activity}, 'and leads to its activity');
};

# ---- A secret

sub tested { my ($secret, $id) = @_; return $console->post('edith', '/clients/credential', id => $id // 'orders-api', secret => $secret) }

subtest 'whether a secret works is asked of the code that the token endpoint asks' => sub {
    my ($secret) = $console->post('edith', '/clients/rotate', id => 'orders-api', revision => unjson($ctl->must(undef, 'client', 'show', 'orders-api', '--json'))->{revision}, days => 7)->{body} =~ /class="secret">([^<]+)</;
    like($console->get('edith', '/clients/show?id=orders-api')->{body}, qr{href="[^"]*/clients/credential\?id=orders-api">Test a secret<}, 'from the client\'s page');
    like(page_of($console->get('edith', '/clients/credential?id=orders-api'), 200, 'the question'), qr/<input id="f-secret"[^>]*type="password"/, 'which shows nothing of it');
    changes_nothing('the question' => sub {
        my $good = tested($secret);
        my $body = page_of($good, 200, 'the right one');
        like($body, qr/Yes, it works.*It is the one called <b>s2<\/b>\./s, 'works, and which one it is');
        unlike("$body$good->{log}", qr/\Q$secret\E/, 'it is on no page, and in no log');
        like($good->{log}, qr/edith tested a secret: it works/, 'which says who has asked');
        my $bad = tested("${secret}x");
        like(page_of($bad, 200, 'another one'), qr/verdict refused.*No: .*What to do/s, 'does not');
        unlike("$bad->{body}$bad->{log}", qr/\Q$secret\E|It is the one/, 'and nothing is said of it');
        like(tested($_)->{body}, qr/verdict refused/, "nor does \"" . substr($_, 0, 20) . '"') for '', substr($secret, 0, -1), $EVIL, 'x' x 1000;
    });
    system('sqlite3', "$ctl->{dir}/config/config.db", "UPDATE client_secret SET expires = $now - 60 WHERE client = 'orders-api' AND id = 's2'") == 0 or die;
    like(tested($secret)->{body}, qr/verdict refused.*It is the one called <b>s2<\/b>, which ended /s, 'one that has ended, and that it has');
    system('sqlite3', "$ctl->{dir}/config/config.db", "UPDATE client_secret SET expires = 0 WHERE client = 'orders-api' AND id = 's2'") == 0 or die;
    is($console->post('vic', '/clients/credential', id => 'orders-api', secret => $secret)->{status}, 403, 'viewers do not test any');
    is(tested($secret, 'nobody')->{status}, 404, 'there is no client of that name');
    is($console->get('edith', '/clients/credential?id=nobody')->{status}, 404, 'nor a question about it');
    $ctl->must(undef, 'client', 'set', 'orders-api', 'enabled=false');
    like(tested($secret)->{body}, qr/verdict refused.*switched off|verdict refused.*disabled/si, 'a client that is off');
    $ctl->must(undef, 'client', 'set', 'orders-api', 'enabled=true');
};

subtest 'P8 when each secret was presented last' => sub {
    my $secrets = unjson($ctl->must(undef, 'client', 'show', 'orders-api', '--json'))->{secrets};
    my ($one, $two) = map { $_->{id} } @$secrets;
    my $of = sub { return $console->get('vic', '/clients/show?id=orders-api')->{body} =~ m{<th scope="row">\Q$_[0]\E</th>(.*?)</tr>}s ? $1 : '' };
    like($console->get('vic', '/clients/show?id=orders-api')->{body}, qr{>Made</th><th scope="col">Last used</th><th scope="col">Ends<}, 'beside when it was made and ends');
    like($of->($one), qr{</td><td>–</td><td>}, 'never so far');
    sql("INSERT INTO use_secret VALUES ('orders-api', '$one', " . (time + 1) . "), ('orders-api', '$two', $secrets->[1]{created} - 1), ('shop', '$two', $now)");
    like($of->($one), qr{</td><td><time [^>]*>[^<]*</time>.*?</td><td>.*</td><td><span class="status}s, 'then');
    like($of->($two), qr{</td><td>–</td><td>}, 'what an earlier one of that name was used for is not counted');
    my $state = "$ctl->{dir}/state/state.db";
    rename $state, "$state.away" or die $!;
    like(page_of($console->get('vic', '/clients/show?id=orders-api'), 200, 'without state.db'), qr{<section id="credentials">.*<td>–</td>.*state\.db cannot be read}s, 'it is not known, and said so');
    rename "$state.away", $state or die $!;
};

# ---- Try

my %ask = (client => 'orders-api', subject_token => $token, subject_token_type => 'access_token', audience => 'orders', scope => 'orders.read');

subtest 'what was tried can be taken away' => sub {
    my $body = page_of($console->post('vic', '/try', %ask), 200, 'a question');
    my ($curl) = $body =~ m{<pre data-copy="as curl">(.*?)</pre>}s;
    $curl =~ s/&#39;/'/g;
    like($curl, qr{\Acurl -s -u 'orders-api:SECRET' 'https://[^']+/token' \\\n  -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange}, 'as a line of curl');
    like($curl, qr/--data-urlencode subject_token\@subject\.jwt \\\n.*--data-urlencode 'audience=orders' \\\n  --data-urlencode 'scope=orders\.read'\z/s, 'with what was asked');
    unlike($curl, qr/\Q$token\E|eyJ/, 'and without the token');
    my ($report) = $body =~ m{<pre data-copy="report">(.*?)</pre>}s;
    $report =~ s/&quot;/"/g;
    is(unjson($report)->{verdict}, 'granted', 'as a report');
    my ($signature) = $token =~ /\.([^.]+)\z/;
    unlike($body =~ s{<textarea.*?</textarea>}{}gsr, qr/\Q$signature\E/, 'without the signature');
    my ($evil) = page_of($console->post('vic', '/try', with(%ask, scope => "a'b \$(id)")), 200, 'an odd scope') =~ m{<pre data-copy="as curl">(.*?)</pre>}s;
    $evil =~ s/&#39;/'/g;
    like($evil, qr/--data-urlencode 'scope=a'\\''b \$\(id\)'/, 'a shell makes nothing else of what was asked');
};

subtest 'at another time, and with other settings' => sub {
    like($console->post('vic', '/try', %ask, as_of => '2020-01-01')->{body}, qr/verdict refused.*Assumed: the time is another one/s, 'as of 2020 the token is not good yet');
    my $body = page_of($console->post('vic', '/try', %ask, as_of => 'soon'), 422, 'no moment');
    like($body, qr/<title>Error: .*href="#f-as_of">As of: write a moment.*<details open>.*value="soon"/s, 'is told beside its field, which keeps it');
    my $draft = $ctl->export_document;
    changes_nothing('a draft' => sub {
        my ($client) = grep { $_->{id} eq 'orders-api' } @{ $draft->{clients} };
        $client->{enabled} = JSON::PP::false;
        like($console->post('vic', '/try', %ask, draft => JSON::PP->new->encode({ schema => 1, clients => [$client] }))->{body}, qr/verdict refused.*switched off/s, 'what it would come to is told');
        $client->{scopes} = ['orders.raed'];
        like(page_of($console->post('vic', '/try', %ask, draft => JSON::PP->new->encode({ schema => 1, clients => [$client] })), 422, 'a draft with a fault'),
            qr/href="#f-draft">With these settings: .*there is no such scope\. Did you mean &quot;orders\.read&quot;\?/, 'and what is wrong with it');
        is($console->post('vic', '/try', %ask, draft => 'hello')->{status}, 422, 'no document at all');
    });
};

subtest 'P12 an assertion is tried as one' => sub {
    my $key = ec_key('k1', 'P-256');
    my ($sts) = $console->post('vic', '/try', %ask)->{body} =~ m{data-copy="as curl">curl -s -u \S+ &#39;(\S+)/token&#39;};
    $ctl->must(undef, 'issuer', 'add', 'asserting', 'name=Asserting', 'issuer=https://assert.example', 'algorithms=ES256', 'keys=' . json([{ jwk => $key->public_jwk }]));
    my $rule = '[{"id":"r","issuers":["asserting"],"targets":["orders"],"default_target":"orders","scopes_when_absent":["orders.read"]}]';
    $ctl->must(undef, 'client', 'add', 'bearer', 'name=Bearer', 'grant_types=urn:ietf:params:oauth:grant-type:jwt-bearer', 'scopes=orders.read', "rules=$rule", 'secrets=[{"id":"s1","generate":true}]');
    my $assertion = Tokex::Jose::token($key, { iss => 'https://assert.example', sub => 'robot', aud => $sts, iat => time, exp => time + 120, jti => 'a-1' });
    like(page_of($console->get('vic', '/try'), 200, 'the form'), qr{<select id="f-grant" name="grant"[^>]*><option value="token-exchange">.*<option value="jwt-bearer">}s, 'asks for the grant');
    my %assert = (client => 'bearer', grant => 'jwt-bearer', subject_token => $assertion, subject_token_type => 'access_token', actor_token_type => 'access_token');
    my $body = page_of($console->post('vic', '/try', %assert), 200, 'an assertion');
    like($body, qr/verdict granted.*Granted: a token for https:\/\/orders\.example/s, 'is granted');
    like($body, qr{<option value="jwt-bearer" selected}, 'and the form keeps the grant');
    my ($curl) = $body =~ m{<pre data-copy="as curl">(.*?)</pre>}s;
    like($curl, qr/grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer \\\n  --data-urlencode assertion\@assertion\.jwt\z/, 'curl says it as well, with nothing beside it');
    like($body, qr/&quot;grant_type&quot;:\s*&quot;urn:ietf:params:oauth:grant-type:jwt-bearer&quot;/, 'and the report');
    like($console->post('vic', '/try', %assert, actor_token => $assertion)->{body}, qr/verdict refused.*actor_token cannot stand beside an assertion/s, 'an actor token is none of it');
    like($console->post('vic', '/try', with(%assert, grant => 'token-exchange'))->{body}, qr/verdict refused.*client_grant/s, 'the same as an exchange is not what the client may');
    like($console->post('vic', '/try', with(%assert, client => 'orders-api'))->{body}, qr/verdict refused.*client_grant/s, 'and others may not bring one');
    is($console->post('vic', '/try', with(%assert, grant => $_))->{status}, 400, "no grant $_") for 'refresh', 'jwt';
    is($console->get('vic', '/try?grant=jwt')->{status}, 400, 'nor in the address');
    decided(client => 'bearer', issuer => 'asserting');
    sql("UPDATE activity SET steps = '[{\"step\":\"grant\",\"passed\":true,\"found\":\"urn:ietf:params:oauth:grant-type:jwt-bearer\"}]' WHERE number = $number");
    like($console->get('vic', sprintf '/activity/receipt?id=receipt%09d', $number)->{body}, qr{href="[^"]*/try\?client=bearer&amp;grant=jwt-bearer&amp;audience=orders}, 'a receipt of one leads to one');
    like($console->get('vic', '/try?client=bearer&grant=jwt-bearer')->{body}, qr{<option value="jwt-bearer" selected}, 'which is chosen there');
    like($console->get('vic', '/try?client=bearer')->{body}, qr{<option value="jwt-bearer" selected}, 'as it is for a client that has no other grant');
    unlike($console->get('vic', "/try?client=$_")->{body}, qr{<option value="jwt-bearer" selected}, "and for no other: $_") for 'bearer&grant=token-exchange', 'orders-api', 'nobody', '';
};

subtest 'P4 P7 saved and tried' => sub {
    for my $path ('/clients/new', '/issuers/new', '/clients/edit?id=orders-api', '/clients/part?id=orders-api&place=1') {
        like($console->get('edith', $path)->{body}, qr{value="save">Save</button><button name="do" value="try" class="quiet">Save and try</button>}, "$path can be saved and tried");
    }
    unlike($console->get('edith', '/targets/new')->{body}, qr/Save and try/, 'a target alone cannot');
    my %new = fields_of($console->get('edith', '/issuers/new')->{body});
    my $saved = $console->post('edith', '/issuers/new', with(%new, id => 'newcomer', name => 'Newcomer', issuer => 'https://new.example', do => 'try'));
    is($saved->{status}, 303, 'a new issuer');
    like($saved->{header}{location}, qr{/try\?issuer=newcomer&done=\d+\z}, 'leads to Try');
    my ($url) = $saved->{header}{location} =~ m{/tokex-admin(/.*)};
    like(page_of($console->get('edith', $url), 200, 'Try'), qr{Saved as <a [^>]*>change \d+</a>.*<button class="quiet">Undo</button>.*No client has a rule that takes tokens of issuer <a [^>]*>newcomer</a> yet}s, 'which says what was done, and what is missing');
    unlike($console->get('vic', $url)->{body}, qr/Undo/, 'and has nothing to undo for viewers');
    my $body = $console->post('edith', '/clients/new', id => 'fresh', name => 'Fresh', enabled => 'on', make_secret => 'on', do => 'try')->{body};
    like($body, qr{class="secret">.*href="[^"]*/try\?client=fresh&amp;done=\d+">I have stored it}s, 'a new client, when its secret is stored');
    is($console->post('edith', '/clients/new', id => '', name => '', do => 'try')->{status}, 422, 'what is wrong is not saved');
    my %rule = fields_of($console->get('edith', '/clients/part?id=bearer&place=1')->{body});
    like($console->post('edith', '/clients/part', with(%rule, 'issuers.newcomer' => 'on', do => 'try'))->{header}{location}, qr{/try\?client=bearer&done=\d+\z}, 'a rule is tried with its client');
    $body = page_of($console->get('vic', '/try?issuer=newcomer'), 200, 'the issuer again');
    like($body, qr{Clients with a rule that takes it: <a [^>]*>bearer</a>\..*<option value="bearer" selected}s, 'whose client is chosen');
    like($console->get('vic', '/issuers/show?id=newcomer')->{body}, qr{href="[^"]*/try\?issuer=newcomer">Try a token of it}, 'as from its page');
    is($console->get('vic', '/try?issuer=nobody')->{status}, 404, 'there is no other');
    $ctl->must(undef, 'client', 'remove', $_) for 'fresh', 'bearer';
    $ctl->must(undef, 'issuer', 'remove', $_) for 'newcomer', 'asserting';
};

# ---- Activity

subtest 'activity as a file' => sub {
    decided(subject => '=1+2"', client => 'shop', reason => "a, b\nc");
    setting('TokexActivity', '7 100000');
    my $body = page_of($console->get('vic', '/activity?client=shop'), 200, 'the list');
    like($body, qr{href="[^"]*/activity/export\.csv\?client=shop">As CSV<.*href="[^"]*/activity/export\.json\?client=shop">As JSON<}s, 'leads to its files');
    like($body, qr/TokexActivity 7 100000/, 'and says for how long they are kept');
    like($body, qr/<td>orders\.read<\/td><td class="number">87<\/td>/, 'each with its scopes and its time');
    my $csv = $console->get('vic', '/activity/export.csv?client=shop');
    is_status($csv, 200, 'CSV');
    like($csv->{header}{'content-disposition'}, qr/activity\.csv/, 'is to be kept');
    my @lines = split /\r\n/, $csv->{body};
    like($lines[0], qr/\Atime,receipt,server,location,client,issuer,subject,.*,latency_us\z/, 'has names');
    like($lines[1], qr/,"shop","demo-idp","'=1\+2"""/, 'quotes, and nothing that a program would compute');
    is(scalar(@lines), 2, 'and what the filter lets through alone');
    my $json = $console->get('vic', '/activity/export.json?outcome=refused');
    is_status($json, 200, 'JSON');
    my $rows = JSON::PP->new->decode($json->{body});
    is_deeply([scalar(@$rows), $rows->[0]{code}], [11, 'aud_wrong'], 'the same');
    is($console->get('vic', "/activity/export.$_?since=soon")->{status}, 400, "no such filter of $_") for qw(csv json);
    like($console->get('vic', '/activity/receipt?id=receipt000000001')->{body}, qr{href="[^"]*/try\?client=orders-api&amp;audience=orders&amp;scope=orders\.read">Try this with today's settings<}, 'a receipt leads to Try');
    my %fields = fields_of($console->get('vic', '/try?client=orders-api&audience=orders&scope=orders.read')->{body});
    is_deeply([@fields{qw(client audience scope)}], ['orders-api', 'orders', 'orders.read'], 'where it is filled in');
};

subtest 'changes say what was changed, and are filtered' => sub {
    $ctl->must(undef, 'scope', 'add', 'bills.read', 'description=Bills');
    $ctl->must(undef, 'scope', 'remove', 'bills.read');
    my $body = page_of($console->get('vic', '/changes'), 200, 'all');
    like($body, qr{removed scope bills\.read.*added scope bills\.read.*(?:, added|added) .* and \d+ more}s, 'what, of the first of many');
    like($body, qr{<select id="f-noun" name="noun">.*<option value="scope">scope</option>}s, 'with a filter');
    unlike($console->get('vic', '/changes?noun=client&id=orders-api')->{body}, qr/bills\.read</, 'which is followed');
    is($console->get('vic', '/changes?noun=&id=')->{status}, 200, 'also where nothing is chosen');
    like($console->get('vic', '/activity')->{body}, qr{action="[^"]*/activity/receipt".*<label for="f-id">Receipt}s, 'a receipt is found by what the client was told');
};

# ---- Who answers for it

subtest 'P7 what a client is for, and whom to ask about it' => sub {
    my $body = page_of($console->get('edith', '/clients/new'), 200, 'the form of a new one');
    like($body, qr{<label for="f-description">What it is for.*Whom to ask about it.*<textarea [^>]*name="contacts"}s, 'asks for both');
    my %fields = fields_of($console->get('edith', '/clients/edit?id=orders-api')->{body});
    is($console->post('edith', '/clients/edit', with(%fields, description => "Orders $EVIL", contacts => "orders\@example.org\r\nOn call: 4711", do => 'save'))->{status}, 303, 'is saved');
    $body = page_of($console->get('vic', '/clients/show?id=orders-api'), 200, 'its page');
    like($body, qr{What it is for</dt><dd>Orders &#39;&quot;&gt;&lt;img src=x.*Whom to ask about it</dt><dd>.*orders\@example\.org.*On call: 4711}s, 'has them');
    like(page_of($console->get('vic', "/clients?q=$_"), 200, "searched for $_"), qr{<tbody><tr><th scope="row"><a [^>]*>Orders gateway}, 'they find it in the list') for 'ORDERS%40example', 'on%20call';
    unlike($console->get('vic', '/clients?q=nobody@example')->{body}, qr/<tbody>/, 'and others do not');
    is($console->get('vic', '/clients?sort=contacts')->{status}, 400, 'which is not sorted by what it does not show');
    my %like = fields_of($console->get('edith', '/clients/new?like=orders-api')->{body});
    is_deeply([@like{qw(description contacts)}], ['', "orders\@example.org\r\nOn call: 4711"], 'one like it has its contacts, and a description of its own');
    %fields = fields_of($console->get('edith', '/clients/edit?id=orders-api')->{body});
    $body = page_of($console->post('edith', '/clients/edit', with(%fields, description => 'x' x 1025, do => 'save')), 422, 'a description that is too long');
    like($body, qr{href="#f-description"}, 'is told beside it');
};

subtest 'P4 what an issuer is for' => sub {
    my %fields = fields_of($console->get('edith', '/issuers/edit?id=demo-idp')->{body});
    is($console->post('edith', '/issuers/edit', with(%fields, description => 'Partners in the north', do => 'save'))->{status}, 303, 'is saved');
    like(page_of($console->get('vic', '/issuers/show?id=demo-idp'), 200, 'its page'), qr{What it is for</dt><dd>Partners in the north<}, 'stands on its page');
    like($console->get('vic', '/issuers?q=the+north')->{body}, qr{<tbody><tr><th scope="row"><a [^>]*>Demo partner}, 'and finds it');
};

# ---- Parts

subtest 'P5 P8 a page has parts, and links to them' => sub {
    my %parts = (
        '/issuers/show?id=demo-idp' => [qw(settings keys mapping accounts activity changes danger)],
        '/clients/show?id=orders-api' => [qw(settings credentials rules properties activity changes danger)]
    );
    for my $url (sort keys %parts) {
        my $body = page_of($console->get('edith', $url), 200, $url);
        my ($links) = $body =~ m{<nav aria-label="On this page">(.*?)</nav>}s;
        is_deeply([$links =~ /href="#(\w+)"/g], $parts{$url}, 'the links, in order');
        is_deeply([$body =~ /<section id="(\w+)"><h2>/g], $parts{$url}, 'and what they lead to');
        my ($danger) = $body =~ m{<section id="danger">(.*?)</section>}s;
        like($danger, qr{<button class="quiet">Disable</button>.*/delete\?id=[^"]*">Delete</a>}s, 'what stops something stands last');
        $body = page_of($console->get('vic', $url), 200, "$url for a viewer");
        unlike($body, qr/danger|Disable|Delete/, 'and is nothing for viewers');
    }
    my $body = $console->get('vic', '/issuers/show?id=demo-idp')->{body};
    my ($mapping) = $body =~ m{<section id="mapping">(.*?)</section>}s;
    like($mapping, qr{mappings/show\?id=demo-claims">demo-claims</a>.*<td>subject</td><td><code>oid</code></td><td>copy</td><th scope="row">partner_oid</th>.*Claim that holds the scopes}s, 'what an issuer\'s claims become');
    like($console->get('vic', '/clients/show?id=orders-api')->{body}, qr{<section id="activity">.*; \d+ times in the last 24 hours\. <svg}s, 'how often it was used, hour by hour');
    unlike($console->get('edith', $_)->{body}, qr/On this page/, "a short page needs no links: $_") for '/targets/show?id=orders', '/mappings/show?id=demo-claims';
};

# ---- Words

subtest 'a form says what is wrong once' => sub {
    for my $path ('/issuers/new', '/targets/new', '/clients/new') {
        my $body = page_of($console->post('edith', $path, do => 'save'), 422, "$path: an empty one");
        my ($summary) = $body =~ m{<div class="summary".*?</div>}s ? $& : '';
        my %links;
        $links{$_}++ for $summary =~ m{<li>(<a href="#.*?)</li>}g;
        is_deeply([grep { $links{$_} > 1 } keys %links], [], "$path: no line twice");
        unlike($body, qr{<p class="error"[^>]*>(?:<span[^>]*>[^<]*</span>)?(.{10,})\s\1</p>}, "$path: nor beside a field");
    }
};

subtest 'objects that are chosen are exported alone' => sub {
    my $ask = sub { my ($only) = @_; return $console->get('vic', '/transfer/export?only=' . $only =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger) };
    is($console->get('vic', '/transfer/export')->{body}, $ctl->export_text, 'all of them, as tokexctl exports them');
    is($ask->('')->{body}, $ctl->export_text, 'an empty form too');
    is($ask->(" client/orders-api  issuer ")->{body}, $ctl->export_text('client/orders-api', 'issuer'), 'some, as tokexctl does');
    for my $case (['client/nobody', qr/there is no client nobody/], ['rule/x', qr/rule\/x is no kind of object; kinds are issuer, mapping/], [$EVIL, qr/is no kind of object/]) {
        my $page = page_of($ask->($case->[0]), 422, "not $case->[0]");
        like($page, qr{<title>Error: .*<a href="#f-only">[^<]*$case->[1].*<input id="f-only"[^>]* value="\Q@{[$case->[0] =~ s/"/&quot;/gr =~ s/'/&#39;/gr =~ s/</&lt;/gr =~ s/>/&gt;/gr]}\E">}s, '... is said, and kept');
    }
};

subtest 'pages that say no lead on' => sub {
    for my $case (['/targets/show?id=gone', '/targets', 'targets'], ['/mappings/edit?id=gone', '/mappings', 'mappings'], ['/nowhere', '/clients', 'clients']) {
        my ($path, $action, $words) = @$case;
        my $body = page_of($console->get('edith', $path), 404, $path);
        like($body, qr{<form method="get" action="[^"]*$action" role="search"><label for="q">Search the $words</label>}, '... offers the search');
    }
    my $body = page_of($console->get('vic', '/activity?code=nothing&client=orders-api'), 422, 'a code that is none');
    like($body, qr{<title>Error: .*<a href="#f-code">Reason code: there is none called nothing; .*id="f-client"[^>]*value="orders-api".*id="f-code"[^>]*value="nothing"}s, 'is a mistake in the form of filters, which is kept');
    is_status($console->get('vic', '/activity?since=soon'), 400, 'what no form sends is none');
};

subtest 'what was added has one version' => sub {
    $ctl->must(undef, qw(scope add brief description=Long));
    my ($number) = $ctl->must(undef, qw(scope set brief description=Brief)) =~ /change (\d+)/;
    like(page_of($console->get('vic', "/changes/show?number=$number"), 200, 'a change'), qr{<th scope="col">Before</th><th scope="col">After</th>}, 'has two');
    my $added = $number - 1;
    my $body = page_of($console->get('vic', "/changes/show?number=$added"), 200, 'what was added');
    like($body, qr{<th scope="col">Field</th><th scope="col">After</th></tr>}, 'has one');
    unlike($body, qr/class="was"/, 'and no empty column');
    $ctl->must(undef, qw(scope remove brief --yes));
};

subtest 'settings show the files' => sub {
    like(page_of($console->get('vic', '/settings'), 200, 'settings'), qr{Schema of config\.db</dt><dd>(\d+) of \1<.*Schema of state\.db</dt><dd>(\d+) of \2<.*>Configuration</th><td class="number">[\d,]+</td><td><code>rw-}s, 'with version, size and mode');
    my @counts = (cache_hits => 1500, cache_misses => 500, since => $now - 7200, told => $now - 5);
    while (my ($name, $value) = splice @counts, 0, 2) { sql("INSERT OR REPLACE INTO server_count VALUES ('$name', $value)") }
    sql("DELETE FROM setting; INSERT INTO setting VALUES ('sts.example:443', 'TokexTenant', 'default', $now, 1), ('sts.example:443', 'TokexIssuer', 'https://$EVIL', $now, 0)" =~ s/'"><img/''\"><img/r);
    my $body = page_of($console->get('vic', '/settings'), 200, 'what the server tells');
    like($body, qr{3 processes serve</dt><dd>generation \d+, since <time.*Decisions that were remembered</dt><dd>1,500 \(75 of a hundred\)</dd>.*Counted since</dt><dd><time[^>]*>[^<]*</time> <span class="ago">2 hours ago}s, 'what its processes serve, and what of decisions was remembered');
    like($body, qr{TokexTenant</th><td><code>default</code> <span class="none">default</span>}, 'what is the default is marked');
    my ($path) = $body =~ m{href="/tokex-admin(/settings\?directives=changed)">Only what differs};
    unlike(page_of($console->get('vic', $path), 200, 'only what differs'), qr/TokexTenant/, 'leaves that out');
    like($console->get('vic', $path)->{body}, qr{aria-current="true">Only what differs.*TokexIssuer}s, 'and shows the rest');
    like($console->get('vic', '/setup')->{body}, qr/<pre data-copy="request">curl /, 'the first request can be copied');
};

done_testing();
