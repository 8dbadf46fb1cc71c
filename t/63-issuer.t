#!/usr/bin/perl
# Issuers and their servers, as tokexctl sees them: why keys do not come, asking again, what a sample token says.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Ctl;
use Tokex::HostileServer;
use Tokex::Httpd;
use Tokex::Jose qw(b64u ec_key json rsa_key unjson);
use Tokex::Tls;
use Tokex::World;

my $home = tempdir(CLEANUP => 1);
my $server = Tokex::HostileServer->new;
my $here = $server->url;
my %key = (ec => ec_key('ec-1', 'P-256'), small => rsa_key('small-1', 1024));
my $set = json({ keys => [$key{ec}->public_jwk(alg => 'ES256')] });

sub metadata { my ($issuer, $jwks_uri) = @_; return json({ issuer => $issuer, jwks_uri => $jwks_uri }) }

# An installation with these issuers, and the directives of a server that ran with it.
sub installation
{
    my ($name, $issuers, %directives) = @_;
    my $ctl = Tokex::Ctl->new(dir => "$home/$name");
    $ctl->init;
    $ctl->import_document({ schema => 1, issuers => [map { { name => "The $_->{id}", algorithms => ['ES256'], audiences => ['us'], %$_ } } @$issuers] });
    run_before($ctl, 'sts.example:443', TokexFetchAllow => '127.0.0.1', %directives);
    return $ctl;
}

sub run_before
{
    my ($ctl, $host, %directives) = @_;
    for my $name (sort keys %directives) {
        system('sqlite3', "$ctl->{dir}/state/state.db",
            "INSERT INTO setting (server, name, value, written) VALUES ('$host', '$name', '$directives{$name}', 1)") == 0 or die;
    }
    return;
}

# (exit status, { step => its member }, standard error) of a test; of several places the last one counts.
sub asked
{
    my ($ctl, @words) = @_;
    my ($status, $out, $err) = $ctl->run(undef, 'issuer', 'test', '--json', @words);
    my %step = $out ? map { $_->{step} => $_ } @{ unjson($out)->{steps} } : ();
    return ($status, \%step, $err);
}

# The chain breaks at one step: those before are well, those behind are skipped; its words and its advice.
my @chain = qw(dns connect tls metadata issuer jwks_uri jwks keys);
sub breaks
{
    my ($name, $ctl, $words, $at, $found, $advice, %more) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($status, $step, $err) = asked($ctl, @$words);
    return subtest $name => sub {
        is($status, 1, 'exit code 1');
        my %skipped = map { $_ => 1 } @{ $more{skipped} || ['tls'] };
        my $before = 1;
        for my $one (grep { $step->{$_} } @chain) {
            $before = 0 if $one eq $at;
            my $want = $one eq $at ? 'failed' : !$before || $skipped{$one} ? 'skipped' : 'ok';
            is($step->{$one}{state}, $want, "$one: $want") or diag(explain($step->{$one}));
        }
        like($step->{$at}{found}, $found, 'what is wrong');
        like($step->{$at}{advice}, $advice, 'what to do');
        diag($err) if $err ne '';
    };
}

sub noting_server
{
    my ($tls, $log, $certificate, $key) = @_;
    my $port = Tokex::Httpd::free_port();
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        chdir "$tls->{dir}/www" or POSIX::_exit(127);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', $log;
        exec 'openssl', 's_server', '-accept', "127.0.0.1:$port", '-cert', $certificate, '-key', $key, '-WWW' or POSIX::_exit(127);
    }
    push @{ $tls->{servers} }, $pid;
    my $until = time + 10;
    sleep 0.02 while !IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) && time < $until;
    return "https://127.0.0.1:$port";
}

# ---- The whole chain

{
    $server->page('/good/.well-known/openid-configuration', metadata("$here/good", "$here/good/keys"));
    $server->page('/good/keys', json({ keys => [$key{ec}->public_jwk(alg => 'ES256'), $key{small}->public_jwk, { kty => 'oct', kid => 'o', k => 'AA' }] }));
    my $ctl = installation('good', [
        { id => 'good', issuer => "$here/good", metadata_url => "$here/good/.well-known/openid-configuration", keys => [{ jwk => $key{ec}->public_jwk }] },
        { id => 'none', issuer => "$here/none", keys => [{ jwk => $key{ec}->public_jwk }], enabled => JSON::PP::false() }
    ]);
    my ($status, $step, $err) = asked($ctl, 'good');
    is("$status$err", '0', 'an issuer that is well: exit code 0, nothing to say');
    is(join(' ', map { "$_ $step->{$_}{state}" } grep { $step->{$_}{state} ne 'ok' } sort keys %$step), 'clock skipped tls skipped',
        'all steps are well, but that plain HTTP has no certificate and this server tells no time');
    like($step->{dns}{found}, qr/^127\.0\.0\.1 is 127\.0\.0\.1$/, 'dns: the addresses');
    like($step->{connect}{found}, qr/^connected to 127\.0\.0\.1:$server->{port}$/, 'connect: to which');
    like($step->{metadata}{found}, qr/^application\/json, \d+ octets$/, 'metadata: type and size');
    like($step->{jwks_uri}{found}, qr{^\Q$here\E/good/keys, on the same host$}, 'jwks_uri: where');
    ok(!(grep { !defined $step->{$_}{ms} } qw(dns connect metadata jwks)), 'each with its time');
    my ($text) = $ctl->must(undef, 'issuer', 'test', 'good');
    like($text, qr/^ok +keys +1 of 3 keys can be used\n +key ec-1: EC 256, ES256: can be used\n.*small-1.* left out/m, 'keys: each with its reason, as text');
    like($text, qr/^configuration\nok +keys +1 of 1 key can be used/m, 'those of the configuration too');
    ($status, $step, $err) = asked($ctl, 'none');
    like("$status $err", qr/^0 tokexctl: issuer "none" is not enabled/, 'one that is not enabled is tested, and said to be so');
    ($status, $step, $err) = asked($ctl, 'nobody');
    like("$status $err", qr/^1 tokexctl: issuer "nobody": there is no such issuer/, 'an id that is none');
    is(($ctl->run(undef, 'issuer', 'test', @$_))[0], 2, "wrong usage: issuer test @$_") for [], ['a', 'b'], ['a', '--url', 'b'], ['a', '--port', '1'];
    is(($ctl->run(undef, 'issuer', 'turn'))[0], 2, 'wrong usage: issuer turn');
    # One that is not configured.
    ($status, $step) = asked($ctl, '--url', "$here/good");
    is("$status $step->{issuer}{state} $step->{keys}{state}", '0 ok ok', 'by its URL, before it is configured');
    $server->page('/.well-known/oauth-authorization-server/only', metadata("$here/only", "$here/good/keys"));
    ($status, $step) = asked($ctl, '--url', "$here/only");
    is("$status $step->{metadata}{url}", "0 $here/.well-known/oauth-authorization-server/only", 'metadata at the place of RFC 8414 is found');
}

# ---- Each fault of the chain

my $closed = Tokex::Httpd::free_port();
{
    my %url = (
        refused => "http://127.0.0.1:$closed/keys",
        missing => "$here/status/404", login => "$here/login", broken => "$here/status/503",
        huge => "$here/endless",
    );
    $server->page('/other/meta', metadata("$here/somebody", "$here/good/keys"));
    $server->page('/slash/meta', metadata("$here/slash/", "$here/good/keys"));
    $server->page('/noset/meta', json({ issuer => "$here/noset" }));
    $server->page('/plain/meta', metadata("$here/plain", 'http://idp.example/keys'));
    $server->page('/loginset/meta', metadata("$here/loginset", "$here/login"));
    $server->page('/unusable/meta', metadata("$here/unusable", "$here/unusable/keys"));
    $server->page('/unusable/keys', json({ keys => [$key{small}->public_jwk, $key{ec}->public_jwk(use => 'enc')] }));
    $server->page('/algs/meta', metadata("$here/algs", "$here/algs/keys"));
    $server->page('/algs/keys', $set);
    $server->page('/emptyset/meta', metadata("$here/emptyset", "$here/emptyset/keys"));
    $server->page('/emptyset/keys', '{"keys":[]}');
    my $ctl = installation('faults', [
        (map { { id => $_, issuer => "$here/$_", metadata_url => $url{$_} } } sort keys %url),
        (map { { id => $_, issuer => "$here/$_", metadata_url => "$here/$_/meta", $_ eq 'algs' ? (algorithms => ['RS256']) : () } }
            qw(other slash noset plain loginset unusable algs emptyset)),
        { id => 'nohost', issuer => 'https://idp.invalid', metadata_url => 'https://idp.invalid/meta' },
        { id => 'private', issuer => 'https://10.1.2.3', jwks_urls => ['https://10.1.2.3/keys'] }
    ]);
    breaks('no such host', $ctl, ['nohost'], 'dns', qr/^idp\.invalid has no address: \S/, qr/resolver/);
    breaks('an address that is not public', $ctl, ['private'], 'dns', qr/^10\.1\.2\.3 is 10\.1\.2\.3, which must not be asked$/,
        qr/TokexFetchAllow 10\.1\.2\.3/);
    breaks('nobody is there', $ctl, ['refused'], 'connect', qr/refused|connect/i, qr/firewall/);
    breaks('no metadata there', $ctl, ['missing'], 'metadata', qr/status 404/, qr{well-known/openid-configuration});
    breaks('a server with a fault', $ctl, ['broken'], 'metadata', qr/status 503/, qr/The fault is the issuer's/);
    breaks('metadata without an end', $ctl, ['huge'], 'metadata', qr/larger than 262144 octets/, qr/curl/);
    breaks('metadata that is a login page', $ctl, ['login'], 'metadata', qr{^the answer \(text/html\) is no metadata}, qr/page for people/);
    breaks('metadata of another issuer', $ctl, ['other'], 'issuer', qr{of the issuer "\Q$here\E/somebody", not of "\Q$here\E/other"},
        qr/equal letter for letter/);
    breaks('metadata of an issuer with a slash', $ctl, ['slash'], 'issuer', qr{"\Q$here\E/slash/", not of "\Q$here\E/slash"}, qr/the slash at the end/);
    breaks('metadata that names no keys', $ctl, ['noset'], 'jwks_uri', qr/names no jwks_uri/, qr/jwks_urls/);
    breaks('keys on another host without TLS', $ctl, ['plain'], 'jwks_uri', qr{"http://idp\.example/keys" of the metadata is not asked}, qr/jwks_urls/);
    breaks('keys that are a login page', $ctl, ['loginset'], 'jwks', qr{^the answer \(text/html\) is no JWK Set}, qr/page for people/);
    breaks('no key that can be used', $ctl, ['unusable'], 'keys', qr/^0 of 2 keys can be used$/, qr/RSA of 2048 bits or more/);
    breaks('no key at all', $ctl, ['emptyset'], 'keys', qr/^0 of 0 keys can be used$/, qr/until it publishes a key/);
    breaks('keys for other algorithms', $ctl, ['algs'], 'keys', qr/^0 of 1 key can be used$/, qr/Its keys are for ES256\. Add/);
    my ($status, $step) = asked($ctl, 'unusable');
    like(join("\n", @{ $step->{keys}{left_out} }), qr/small-1.*1024.*\n.*ec-1.*enc/s, 'each key that is left out, and why');
}

# ---- Clocks

{
    my %ahead = (fast => 600, slow => -600, near => 2, late => 100);
    # The page is made when it is asked for: its Date must be of now.
    my $show = sub {
        my ($id) = @_;
        my $date = POSIX::strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime(time + $ahead{$id}));
        $server->page("/$id/keys", $set, Date => $date, $id eq 'near' ? (Age => 1) : ());
    };
    my $ctl = installation('clocks', [map { { id => $_, issuer => "$here/$_", jwks_urls => ["$here/$_/keys"] } } sort keys %ahead]);
    $show->($_) for sort keys %ahead;
    my ($status, $step) = asked($ctl, 'fast');
    is("$status $step->{keys}{state} $step->{clock}{state}", '1 ok failed', 'a clock ten minutes ahead fails, the keys do not');
    like($step->{clock}{found}, qr/^its clock is (?:59\d|60\d) seconds ahead of ours$/, 'by how much');
    like($step->{clock}{advice}, qr/time server.*no leeway may be as large/, 'and what to do');
    $show->('slow');
    ($status, $step) = asked($ctl, 'slow');
    like("$status $step->{clock}{found}", qr/^1 its clock is (?:59\d|60\d) seconds behind ours$/, 'a clock ten minutes behind');
    $show->('late');
    ($status, $step) = asked($ctl, 'late');
    like("$status $step->{clock}{advice}", qr/^1 .*leeway of (?:9\d|10\d) seconds would let its tokens pass \(now 30\)/, 'one that a leeway would forgive');
    $show->('near');
    ($status, $step) = asked($ctl, 'near');
    is("$status $step->{clock}{state}", '0 ok', 'a difference within the leeway is none');
}

# ---- Certificates

{
    my $tls = Tokex::Tls->new;
    my $www = "$tls->{dir}/www";
    mkdir $www;
    Tokex::Jose::write_file("$www/keys", $set);
    my %served = (
        good => [$tls->certificate('good')],
        other => [$tls->certificate('other', names => 'DNS:other.example')],
        expired => [$tls->certificate('expired', expired => 1)],
        alone => [$tls->certificate('alone', self_signed => 1)],
        old => [$tls->certificate('old'), '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'],
    );
    my %url = map { $_ => $tls->serve(@{ $served{$_} }) } sort keys %served;
    Tokex::Jose::write_file("$www/meta", metadata($url{good}, "$url{other}/keys"));
    my $issuers = [
        (map { { id => $_, issuer => $url{$_}, jwks_urls => ["$url{$_}/keys"] } } sort keys %url),
        { id => 'moved', issuer => "$url{good}/moved", metadata_url => $url{good} =~ s/127\.0\.0\.1/localhost/r . '/moved' }
    ];
    Tokex::Jose::write_file("$www/moved", metadata("$url{good}/moved", "$url{good}/keys"));
    my $ctl = installation('tls', $issuers, TokexFetchCAFile => $tls->ca_file);
    my ($status, $step) = asked($ctl, 'good');
    is("$status $step->{tls}{state}", '0 ok', 'a good certificate');
    like($step->{tls}{found}, qr/^TLSv1\.3, certificate of CN = good from CN = Authority, [12] days? left$/, 'with protocol, names and days left');
    like($step->{tls}{advice}, qr/ends soon/, 'which are few');
    is($step->{tls}{certificates}[0]{names}, 'IP Address:127.0.0.1, DNS:localhost', 'its names');
    like($step->{tls}{certificates}[0]{days_left}, qr/^[12]$/, 'and its days, for programs');
    my @skipped = (skipped => []);
    breaks('JFX-008 a certificate that has expired', $ctl, ['expired'], 'tls', qr/^the certificate of CN = expired ended on 2021-01-01$/, qr/has to renew it/, @skipped);
    breaks('JFX-008 a certificate for another host', $ctl, ['other'], 'tls', qr/^the certificate is for DNS:other\.example, not for 127\.0\.0\.1$/,
        qr/Ask by a name that the certificate has/, @skipped);
    breaks('JFX-008 a certificate that signs itself', $ctl, ['alone'], 'tls', qr/^the certificate of CN = alone is signed by nobody but itself$/, qr/TokexFetchCAFile/, @skipped);
    breaks('TLS 1.1', $ctl, ['old'], 'tls', qr/\S/, qr/TLS of version 1\.2 or 1\.3/, @skipped);
    my $mute = Tokex::HostileServer->new;
    $mute->mode('silent');
    my $speechless = installation('speechless', [
        { id => 'mute', issuer => 'https://mute.example', jwks_urls => ["https://127.0.0.1:$mute->{port}/keys"] }
    ]);
    breaks('a server that says nothing', $speechless, ['mute'], 'tls', qr/in time/, qr/TLS of version 1\.2 or 1\.3/, @skipped);
    my $text = ($ctl->run(undef, 'issuer', 'test', 'moved'))[1];
    like($text, qr/^ok +jwks_uri +\Q$url{good}\E\/keys, on another host\n +-> .*make sure that the host is theirs/m, 'keys on another host are told');
    is(scalar(() = $text =~ /^ok +connect /mg), 2, 'which is reached by steps of its own');
    my $untrusting = installation('untrusting', $issuers);
    breaks('JFX-008 an authority that the system does not know', $untrusting, ['good'], 'tls',
        qr/^the certificate of CN = good is from CN = Authority, which is not trusted$/, qr/this system's authorities.*TokexFetchCAFile/, @skipped);
    # What looks at a chain that is not trusted asks nothing: the server notes each file that it is asked for.
    my %asked;
    for my $name (qw(good alone)) {
        my $log = "$home/asked-$name";
        my $at = noting_server($tls, $log, @{ $served{$name} });
        my $noting = installation("noting-$name", [{ id => 'p', issuer => $at, jwks_urls => ["$at/keys"] }], TokexFetchCAFile => $tls->ca_file);
        my ($got, $steps) = asked($noting, 'p');
        ok(scalar @{ $steps->{tls}{certificates} }, "the certificate of $name is seen");
        $asked{$name} = () = Tokex::Jose::slurp($log) =~ /^FILE:keys$/mg;
    }
    is_deeply(\%asked, { good => 1, alone => 0 }, 'a server that is not trusted is asked for nothing');
    # The directives of which server.
    run_before($untrusting, 'www.example:443', TokexFetchAllow => '127.0.0.1', TokexFetchCAFile => $tls->ca_file);
    my $err;
    ($status, $step, $err) = asked($untrusting, 'good');
    like("$status $err", qr/^1 tokexctl: asked as sts\.example:443 would; other servers have other directives, see --server/, 'several servers: the first, and it is said');
    is((asked($untrusting, 'good', '--server', 'www.example:443'))[0], 0, 'or the one that is named');
    ($status, $step, $err) = asked($untrusting, 'good', '--server', 'w3');
    like("$status $err", qr/^1 .*no such server has started/, 'not one that never was');
    my $bare = Tokex::Ctl->new(dir => "$home/bare");
    $bare->init;
    ($status, $step, $err) = asked($bare, '--url', $url{good});
    like("$status $step->{dns}{state} $err", qr/^1 failed tokexctl: no httpd has started with this installation; asked with the defaults/, 'no server so far: the defaults');
    my $missing = installation('missing', $issuers, TokexFetchCAFile => "$home/none.pem");
    is(($missing->run(undef, 'issuer', 'test', 'good'))[0], 3, 'a file of certificates that is not there');
    my $proxy = Tokex::HostileServer->new;
    my $proxied = installation('proxied', [{ id => 'far', issuer => 'http://127.0.0.1:1', jwks_urls => ["http://127.0.0.1:$closed/keys"] }], TokexFetchProxy => $proxy->url);
    $proxy->page("http://127.0.0.1:$closed/keys", $set);
    ($status, $step) = asked($proxied, 'far');
    is("$status $step->{dns}{state}: $step->{dns}{found}", '0 skipped: the proxy ' . $proxy->url . ' looks names up', 'through a proxy nobody here looks names up');
    like($step->{connect}{found}, qr/which is the proxy$/, 'and the connection is to it');
}

# ---- Asking again

{
    my $world = Tokex::World->new(
        directives => 'TokexFetchAllow 127.0.0.1',
        document => sub {
            my ($document, $self) = @_;
            push @{ $document->{issuers} },
                (map { { $self->issuer($_, keys => [], algorithms => ['ES256'], jwks_urls => [$server->url("/$_/set")]) } } qw(live off))[0]->{live},
                { id => 'off', name => 'Off', issuer => 'https://off.example', enabled => JSON::PP::false(), jwks_urls => [$server->url('/off/set')] };
        },
        start => 0
    );
    my $ctl = $world->ctl;
    my $state = $world->httpd->dir . '/tokex/state/state.db';
    my $sql = sub {
        my ($text) = @_;
        my $said = qx(sqlite3 -cmd '.timeout 5000' "$state" "$text");
        $? == 0 or die "sqlite3 $text";
        chomp $said;
        return $said;
    };
    # As if it had been asked so long ago that it may be asked again.
    my $long_ago = sub {
        $sql->('BEGIN IMMEDIATE; UPDATE issuer_key_change SET number = number + 1; UPDATE issuer_key_set SET tried = tried - 100, '
                . 'number = (SELECT number FROM issuer_key_change); COMMIT');
    };
    my $requests = sub { return scalar($server->requests('/live/set')) };
    my $url = $server->url('/live/set');
    $server->page('/live/set', $set);

    my ($status, $out, $err) = $ctl->run(undef, 'issuer', 'refresh', 'live', '--wait', 0);
    like("$status $out", qr{^1 failed  \Q$url\E: no running server has asked within 0 seconds\. It will be asked when httpd starts}, 'without a server: says so');
    is($requests->(), 0, 'and asks nobody by itself');
    is(join(' ', (map { ($ctl->run(undef, 'issuer', 'refresh', @$_))[0] } ['nobody'], ['off'], ['partner'], [], ['live', '--wait', 'x'], ['live', '--wait', 301])),
        '1 1 1 2 2 2', 'an unknown issuer, one that is not enabled, one without places: refused; wrong usage');

    $world->httpd->start;
    my $came = sub { my ($want) = @_; my $until = time + 10; sleep 0.05 while $sql->("SELECT count(*) FROM issuer_key_set WHERE $want") eq '0' && time < $until; return };
    $came->("issuer = 'live' AND fetched > 0");
    is($requests->(), 1, 'the server asks by itself when it starts');
    my $before = $sql->("SELECT fetched, fresh_until > strftime('%s', 'now') + 60, jwks FROM issuer_key_set WHERE issuer = 'live'");
    like($before, qr/^\d+\|1\|/, 'and would not ask again for a long time');
    ($status, $out) = $ctl->run(undef, 'issuer', 'refresh', 'live', '--wait', 0);
    like("$status $out", qr/^1 failed .*It was asked \d seconds? ago, and is not asked again within 30/, 'not within half a minute of the last time, and it says so');
    is($sql->("SELECT fetched, jwks FROM issuer_key_set WHERE issuer = 'live'"), $before =~ s/\|1\|/|/r, 'what is known stays as it is');
    # A server that has started anew knows nothing of who was asked when.
    $world->httpd->stop;
    $long_ago->();
    $sql->("UPDATE issuer_key_set SET fresh_until = strftime('%s', 'now') + 3600");
    $world->httpd->start;
    $world->exchange(subject_token => 'x');
    my $asked = $requests->();
    $key{new} = ec_key('ec-2', 'P-256');
    $server->page('/live/set', json({ keys => [map { $_->public_jwk(alg => 'ES256') } @key{qw(ec new)}] }));
    my $from = time;
    ($status, $out, $err) = $ctl->run(undef, 'issuer', 'refresh', 'live');
    is("$status $out$err", "0 ok      $url: 2 keys, other than before\n", 'the running server asks at once: what came');
    cmp_ok(time - $from, '<', 8, 'within seconds');
    is($requests->() - $asked, 1, 'once');
    like($sql->("SELECT jwks FROM issuer_key_set WHERE issuer = 'live'"), qr/ec-2/, 'and keeps it, as it keeps all keys');
    $world->httpd->stop;
    $long_ago->();
    $sql->("UPDATE issuer_key_set SET fresh_until = strftime('%s', 'now') + 3600");
    $world->httpd->start;
    $server->mode('broken');
    ($status, $out) = $ctl->run(undef, 'issuer', 'refresh', 'live');
    like($out, qr{^failed  \Q$url\E: .*status 500, not 200.*\. The keys that came before go on being used$}m, 'a server that fails: why, and what is used');
    is($status, 1, 'exit code 1');
    $server->mode('');
}

# ---- From a sample token

sub sample
{
    my ($claims, %header) = @_;
    return join '.', map { b64u($_) } json({ alg => 'ES256', typ => 'at+jwt', kid => 'k', %header }), json($claims), "\xdeadbeef";
}

# proposed(claims, header => value): (document, warnings, exit status)
sub proposed
{
    my ($token) = @_;
    my ($status, $out, $err) = Tokex::Ctl->new(dir => "$home/nowhere")->run(\$token, 'issuer', 'add', '--from-token', '-');
    return ($out ? unjson($out) : undef, $err, $status);
}

my $now = int time;
my %good = (
    iss => 'https://idp.example/eu', sub => 's3cr3t-subject', aud => 'shop-gateway', iat => $now, nbf => $now, exp => $now + 600, jti => 'j1',
    client_id => 'web', scope => 'a b', email => 'mira@people.example', email_verified => JSON::PP::true(), groups => ['x', 'y'], level => 3,
    'https://idp.example/roles' => ['r'], 'odd.name' => 'v'
);
{
    my ($document, $said, $status) = proposed("  Bearer " . sample(\%good) . "\n");
    is($status, 0, 'a sample token is read');
    is($said, "note: the signature of the token was not verified: compare what it says with what the issuer says\n", 'and nothing is loose in a good one, but that nobody proved it');
    is_deeply($document->{issuers}, [{
        id => 'idp.example', name => 'idp.example', issuer => 'https://idp.example/eu', algorithms => ['ES256'], typ => 'at+jwt',
        metadata_url => 'https://idp.example/eu/.well-known/openid-configuration', token_types => ['access_token', 'jwt'],
        audiences => ['shop-gateway'], mapping => 'idp.example'
    }], 'issuer, audience, algorithm, typ, metadata');
    is_deeply([sort { $a->{from} cmp $b->{from} } @{ $document->{mappings}[0]{rows} }], [
        { from => 'email', to => 'email', type => 'text' },
        { from => 'groups', to => 'groups', type => 'texts' },
        { from => 'https://idp\\.example/roles', to => 'roles', type => 'texts' },
        { from => 'level', to => 'level', type => 'number' },
        { from => 'odd\\.name', to => 'odd.name', type => 'text' },
    ], 'a mapping of the claims that are its own, and of no other');
    my $ctl = installation('proposal', []);
    my ($took, $text) = $ctl->try_import(json({ %$document, signing_keys => unjson($ctl->export_text)->{signing_keys} }), '--dry-run');
    is($took, 0, 'which can be imported as it stands') or diag($text);
    my $file = "$home/sample";
    Tokex::Jose::write_file($file, sample(\%good));
    is(unjson($ctl->must(undef, 'issuer', 'add', '--from-token', $file, '--id', 'mine'))->{issuers}[0]{mapping}, 'mine', 'from a file, with an id of one\'s own');
}

# ---- Taken as it is

{
    my $ctl = installation('applied', [{ id => 'there', issuer => 'https://there.example', keys => [{ jwk => $key{ec}->public_jwk }] }]);
    my $file = "$home/sample";
    my @add = ('issuer', 'add', '--from-token', $file);
    my $text = $ctl->export_text;
    my ($status, $out, $err) = $ctl->run(undef, @add, '--apply', 'new', '--dry-run');
    like("$status $out", qr/^0 \+ mapping new\n.*^\+ issuer new\n.*^no fault, nothing was changed$/ms, 'a dry run shows what would be');
    is($ctl->export_text, $text, 'and changes nothing');
    ($status, $out, $err) = $ctl->run(undef, @add, '--apply', 'new', '--reason', 'the sample of the shop');
    like("$status $out", qr/^0 .*^change \d+$/ms, 'applied: it is one change') or diag($err);
    like($err, qr/^note: the signature of the token was not verified/, 'with what has to be said of it');
    my ($issuer) = grep { $_->{id} eq 'new' } @{ $ctl->export_document->{issuers} };
    is_deeply([@$issuer{qw(issuer mapping typ audiences algorithms)}], ['https://idp.example/eu', 'new', 'at+jwt', ['shop-gateway'], ['ES256']], 'the issuer is there');
    is_deeply([map { $_->{id} } @{ $ctl->export_document->{mappings} }], ['new'], 'and its mapping');
    $text = $ctl->export_text;
    for my $id ('new', 'there') {
        ($status, $out, $err) = $ctl->run(undef, @add, '--apply', $id);
        like("$status $out $err", qr/^1  .*--apply $id: there is such an? (?:mapping|issuer) already/s, "never over one that is there: $id");
    }
    Tokex::Jose::write_file($file, sample({ %good, iss => 'http://idp.example' }));
    ($status, $out, $err) = $ctl->run(undef, @add, '--apply', 'plain');
    like("$status $err", qr/^1 .*issuer "plain": field issuer: .*https/s, 'what is judged not good is refused like any other change');
    is($ctl->export_text, $text, 'and nothing of it stays');
    Tokex::Jose::write_file($file, sample(\%good));
    is(($ctl->run(undef, @add, @$_))[0], 2, "wrong usage: @$_") for ['--dry-run'], ['--reason', 'x'], ['--id', 'a', '--apply', 'b'], ['x'];
    is(($ctl->run(undef, 'issuer', 'add'))[0], 2, 'wrong usage: no token');
}

my %loose = (
    'no aud' => [{ aud => undef }, {}, qr/has no aud/],
    'an aud that is the client' => [{ aud => 'web' }, {}, qr/aud is the client that got it/],
    'several aud' => [{ aud => ['a', 'b'] }, {}, qr/aud has 2 values/],
    'HS256' => [{}, { alg => 'HS256' }, qr/signed with HS256: that needs a shared secret/],
    'exp far away' => [{ exp => $now + 30 * 86400 }, {}, qr/good for 720 hours/],
    'no exp' => [{ exp => undef }, {}, qr/has no exp/],
    'no iat' => [{ iat => undef }, {}, qr/has no iat/],
    'no sub' => [{ sub => undef }, {}, qr/has no sub/],
    'a sub that is an e-mail address' => [{ sub => 'mira@people.example', email_verified => undef }, {}, qr/email_verified is not true/],
    'an http issuer' => [{ iss => 'http://idp.example' }, {}, qr/issuer is http/],
    'an issuer that is no URL' => [{ iss => 'idp' }, {}, qr/issuer is no URL/],
    'no typ' => [{}, { typ => undef }, qr/has no typ/],
    'an ID token' => [{ nonce => 'n' }, {}, qr/looks like an ID token/],
    'a claim that is an object' => [{ realm_access => { roles => ['r'] } }, {}, qr/claim "realm_access" is no simple value and is left out: .*realm_access\.NAME/],
    'a claim whose short name is reserved' => [{ 'https://idp.example/sub' => 'x' }, {}, qr{claim "https://idp\.example/sub" is left out}],
);
for my $name (sort keys %loose) {
    my ($claims, $header, $like) = @{ $loose{$name} };
    my %claims = (%good, %$claims);
    my %header = (alg => 'ES256', typ => 'at+jwt', %$header);
    delete $claims{$_} for grep { !defined $claims{$_} } keys %claims;
    delete $header{$_} for grep { !defined $header{$_} } keys %header;
    my ($document, $said, $status) = proposed(join '.', map { b64u($_) } json(\%header), json(\%claims), 'x');
    my @warnings = $said =~ /^warning: (.*)$/mg;
    ok($status == 0 && @warnings == 1 && $warnings[0] =~ $like && $document->{issuers}[0]{issuer} eq $claims{iss}, "a loose choice is told: $name")
        or diag("exit $status\n$said");
    unlike($said, qr/s3cr3t|mira/, "without a word of it: $name");
}
is_deeply((proposed(sample(\%good, alg => 'HS512')))[0]{issuers}[0]{algorithms}, ['RS256', 'ES256'], 'what a shared secret signs is never proposed');

my %refused = (
    'alg none' => [sample(\%good, alg => 'none'), qr/alg is "none"/],
    'alg none in other letters' => [sample(\%good, alg => 'NoNe'), qr/nobody can verify/],
    'an unknown alg' => [sample(\%good, alg => 'ES256K'), qr/alg is "ES256K"/],
    'no iss' => [sample({ sub => 's3cr3t' }), qr/names no issuer/],
    'an opaque token' => ['s3cr3t-opaque-token', qr/not the three parts/],
    'an encrypted token' => [join('.', ('s3cr3t') x 5), qr/encrypted/],
    'what is no base64url' => ['s3cr3t!.s3cr3t!.x', qr/header is not base64url/],
    'what is no JSON' => [join('.', (b64u('s3cr3t')) x 3), qr/its header/],
    'nothing' => ['', qr/not the three parts/],
    'too much' => ['s3cr3t' x 11000, qr/larger than 65536 octets/],
);
for my $name (sort keys %refused) {
    my ($token, $like) = @{ $refused{$name} };
    my ($document, $said, $status) = proposed($token);
    ok($status == 1 && !$document && $said =~ $like, "refused as a sample: $name") or diag("exit $status\n$said");
    unlike($said, qr/s3cr3t|czNjcjN0/, "without a word of it: $name");
}

done_testing();
