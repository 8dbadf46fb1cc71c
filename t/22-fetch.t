#!/usr/bin/perl
# Fetching from servers that do what they should not.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use IO::Socket::INET;
use Test::More;
use Tokex::HostileServer;
use Tokex::Httpd;
use Tokex::Jose qw(unjson);
use Tokex::Program;
use Tokex::Tls;
use Tokex::Tree;

Tokex::Tree::export_environment();
my $program = Tokex::Tree::builddir() . '/t/drive/fetch';
-x $program or BAIL_OUT("$program is not built");
my $server = Tokex::HostileServer->new;
my @here = ('--allow', '127.0.0.1');

# fetch(words): what came of each URL, and the milliseconds of all together.
sub fetch
{
    my (@words) = @_;
    my ($status, $said) = Tokex::Program::run(30, $program, @words);
    $status == 0 or die "fetch @words: status $status\n$said\n";
    my $all = unjson($said);
    return wantarray ? (@{ $all->{fetches} }, $all->{took}) : $all->{fetches}[0];
}

sub refused
{
    my ($what, $like, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok($what->{error} =~ $like && $what->{len} == 0, $name) || diag("'$what->{error}', $what->{len} octets");
}

# ---- As it should be

{
    $server->page('/good', '{"keys":[]}', 'Cache-Control' => 'public, max-age=300');
    my $got = fetch(@here, $server->url('/good'));
    is($got->{error}, '', 'a document is fetched');
    is("$got->{body} $got->{type} $got->{max_age}", '{"keys":[]} application/json 300', 'with its type and its time');
    is(fetch(@here, $server->url('/packed'))->{body}, '{"packed":true}', 'one that is packed is unpacked');
    is(fetch(@here, $server->url('/to/3'))->{body}, '{"here":true}', 'three redirects are followed');
    my $echo = fetch(@here, $server->url('/echo'))->{body};
    like($echo, qr{^GET /echo HTTP/1\.1\r\n}, 'it is asked with GET');
    like($echo, qr{^User-Agent: mod_tokex/[\d.]+\r$}m, 'under our name');
    like($echo, qr{^Accept: application/json\r$}m, 'for what is wanted');
    unlike($echo, qr{^(?:Expect|Cookie|Authorization|Referer|Proxy)}mi, 'and with nothing else');
    my @all = fetch(@here, ($server->url('/silent')) x 3, ($server->url('/good')) x 8, '--total', 1000);
    my $took = pop @all;
    is(scalar(grep { $_->{error} eq '' } @all), 8, 'many are fetched at the same time');
    cmp_ok($took, '<', 1500, "and the silent ones keep nobody waiting: $took ms");
}

# ---- With a form, or somebody's credentials

{
    my @sent = ('--authorization', 'Bearer abc', '--form', 'token=a%20b&x=y');
    my $echo = fetch(@here, @sent, $server->url('/echo'))->{body};
    like($echo, qr{^POST /echo HTTP/1\.1\r\n}, 'a form is sent with POST');
    like($echo, qr{^Authorization: Bearer abc\r$}m, 'with the header that was given');
    like($echo, qr{^Content-Type: application/x-www-form-urlencoded\r$}m, 'and its type');
    like($echo, qr{^Content-Length: 15\r$}m, 'and its length');
    unlike($echo, qr{^Expect}mi, 'at once');
    for my $what (['--authorization', 'Bearer abc'], ['--form', 'token=a']) {
        my @before = $server->requests;
        my $got = fetch(@here, @$what, $server->url('/to/1'));
        refused($got, qr/redirected, which is not followed with what was sent/, "$what->[0]: a redirect is not followed");
        is($got->{status}, 301, "$what->[0]: the status is told");
        is(scalar($server->requests), @before + 1, "$what->[0]: and nobody else is asked");
    }
    is(fetch(@here, $server->url('/status/401'))->{status}, 401, 'the status of a refusal is told');
    is(fetch(@here, '--total', 300, $server->url('/silent'))->{status}, 0, 'and that there was none');
}

# ---- Servers that are slow

{
    my ($got, $took) = fetch(@here, '--total', 1200, $server->url('/silent'));
    refused($got, qr/no whole answer in time/, 'JFX-001 a server that says nothing');
    cmp_ok($took, '<', 1600, "JFX-001 it is given up when its time is over: $took of 1200 ms");
    like($got->{error}, qr{^http://127\.0\.0\.1:\d+/silent: .*1200 ms in all.*\(after 1\d\d\d ms\)$}, 'JFX-001 the text says where and how long');
    ($got, $took) = fetch(@here, '--total', 1200, $server->url('/drip'));
    refused($got, qr/no whole answer in time/, 'JFX-002 a server that sends one octet a second');
    cmp_ok($took, '<', 1600, "JFX-002 it is given up when its time is over: $took of 1200 ms");
    ($got, $took) = fetch(@here, '--stop', 300, $server->url('/silent'), $server->url('/drip'));
    refused($got, qr/given up, because the server ends/, 'JFX-020 a fetch is stopped');
    ($got, undef, $took) = fetch(@here, '--stop', 300, $server->url('/silent'), $server->url('/drip'));
    cmp_ok($took, '<', 800, "JFX-020 within half a second: $took - 300 ms");
    # A name whose resolver does not answer cannot be had here; a port where nobody accepts can.
    my $full = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1, Proto => 'tcp') or die $!;
    my @waiting = map {
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $full->sockport, Proto => 'tcp', Blocking => 0)
    } 1 .. 4;
    ($got, $took) = fetch(@here, '--connect', 500, 'http://127.0.0.1:' . $full->sockport . '/');
    refused($got, qr/500 ms to connect/, 'JFX-001 a server that does not accept');
    cmp_ok($took, '<', 900, "JFX-001 it has less time: $took of 500 ms");
}

# ---- Answers that are too large, or none

{
    my ($got, $took) = fetch(@here, $server->url('/endless'));
    refused($got, qr/larger than 262144 octets/, 'an answer without an end');
    cmp_ok($took, '<', 2000, 'is not read for long');
    refused(scalar fetch(@here, $server->url('/bomb')), qr/larger than 262144 octets/, '64 MiB in some kilobytes');
    refused(scalar fetch(@here, $server->url('/headers')), qr/headers of the answer are larger than 65536/, 'headers without an end');
    refused(scalar fetch(@here, $server->url('/random')), qr/\S/, 'random octets');
    refused(scalar fetch(@here, $server->url("/status/$_")), qr/the answer has status $_, not 200/, "status $_")
        for 204, 206, 300, 304, 404, 500;
    my $got_login = fetch(@here, $server->url('/login'));
    is($got_login->{type}, 'text/html', 'a login page with status 200 is told by its type');
    $server->page('/exact', 'x' x 1000);
    is(fetch(@here, '--octets', 1000, $server->url('/exact'))->{len}, 1000, 'the largest answer');
    refused(scalar fetch(@here, '--octets', 999, $server->url('/exact')), qr/larger than 999/, 'one octet more');
    refused(scalar fetch(@here, 'http://127.0.0.1:' . Tokex::Httpd::free_port() . '/'), qr/refused|connect/i, 'nobody is there');
}

# ---- Redirects

{
    my $by = sub { return $server->url('/redirect?' . $_[0]) };
    refused(scalar fetch(@here, $server->url('/loop')), qr/redirected more than 3 times/, 'redirects without an end');
    refused(scalar fetch(@here, $server->url('/to/4')), qr/redirected more than 3 times/, 'four redirects');
    refused(scalar fetch(@here, $by->('file:///etc/passwd')), qr/redirected from http to file/, 'a redirect to a file');
    refused(scalar fetch(@here, $by->('ftp://127.0.0.1/x')), qr/redirected from http to ftp/, 'a redirect to FTP');
    refused(scalar fetch(@here, $by->('gopher://127.0.0.1/x')), qr/redirected from http to gopher/, 'a redirect to gopher');
    refused(scalar fetch(@here, $by->('https://127.0.0.1/x')), qr/redirected from http to https/, 'a redirect to another scheme');
    refused(scalar fetch(@here, $by->('http://10.0.0.1/x')), qr/10\.0\.0\.1 is not a public address: name it in TokexFetchAllow/,
        'a redirect to an address that is not public');
    refused(scalar fetch(@here, $by->('http://user:secret@127.0.0.1/x')), qr/has a user/, 'a redirect with a user');
    unlike(fetch(@here, $by->('http://user:secret@127.0.0.1/x'))->{error}, qr/secret/, 'whose password is not said');
    my ($got, $took) = fetch(@here, '--total', 1200, $server->url('/late?' . $server->url('/silent')));
    refused($got, qr/no whole answer in time/, 'a redirect, late, to a silent server');
    cmp_ok($took, '<', 1600, "has the time of one fetch: $took of 1200 ms");
}

# ---- Addresses

{
    my ($requests, $url) = (scalar($server->requests), $server->url('/good'));
    refused(scalar fetch($url), qr/not asked, because 127\.0\.0\.1 is not a public address/, 'JFX-011 an address that is not allowed');
    # The name is public as far as its URL tells: what it has is seen when it is connected to.
    my ($name) = own_names();
SKIP: {
        skip 'this host has no name of its own for an address that is not public', 1 if !$name;
        refused(scalar fetch("http://$name:$server->{port}/good"), qr/not asked, because [\d.:a-f]+ is not a public address/,
            "JFX-011 a name ($name) is judged by the address that is connected to");
    }
    refused(scalar fetch("http://localhost:$server->{port}/good"), qr/localhost is not a public address/, 'JFX-011 localhost');
    refused(scalar fetch("http://2130706433:$server->{port}/good"), qr/not a public address/, 'JFX-011 an address as a number');
    refused(scalar fetch("http://[::ffff:127.0.0.1]:$server->{port}/good"), qr/not a public address/, 'JFX-011 an address within another');
    is(scalar($server->requests), $requests, 'JFX-011 nobody was asked');
    is(fetch(@here, "http://localhost:$server->{port}/good")->{error}, '', 'what is allowed is asked by its name too');
    refused(scalar fetch(@here, 'file:///etc/passwd'), qr/neither https nor http|not a URL|no host/, 'a file');
    refused(scalar fetch(@here, "http://a:b\@127.0.0.1:$server->{port}/echo"), qr/has a user/, 'a URL with a user');
}

sub own_names
{
    open my $in, '<', '/etc/hosts' or return;
    return grep { !/(?:^|\.)localhost$/ }
        map { s/#.*//r =~ /^(?:127\.|10\.|172\.1[6-9]\.|192\.168\.|::1\s)\S*\s*(.*)/ ? split ' ', $1 : () } <$in>;
}

# ---- Proxies

{
    my $proxy = Tokex::HostileServer->new;
    $proxy->page('http://idp.example/keys', '{"by":"proxy"}');
    my $closed = 'http://127.0.0.1:' . Tokex::Httpd::free_port();
    local %ENV = (%ENV, map { $_ => $closed } qw(http_proxy HTTP_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY));
    is(fetch(@here, $server->url('/good'))->{error}, '', 'JFX-021 a proxy of the environment is not used');
    local %ENV = (%ENV, no_proxy => '*', NO_PROXY => '*');
    my $got = fetch('--proxy', $proxy->url, 'http://idp.example/keys');
    is($got->{body}, '{"by":"proxy"}', 'JFX-021 a configured one is, and its own address needs no permission');
    my $asked = $proxy->requests;
    refused(scalar fetch('--proxy', $proxy->url, "http://$_/keys"), qr/not a public address/, "it is not asked for $_")
        for qw(10.0.0.1 127.0.0.1 localhost [::1] 169.254.169.254 0x7f.1);
    is(scalar($proxy->requests), $asked, 'nor for anything else');
}

# ---- Certificates

{
    my $tls = Tokex::Tls->new;
    mkdir "$tls->{dir}/www";
    Tokex::Jose::write_file("$tls->{dir}/www/keys", '{"by":"tls"}');
    my @ca = (@here, '--ca', $tls->ca_file);
    my $good = $tls->serve($tls->certificate('good'));
    my $got = fetch(@ca, "$good/keys");
    is($got->{error}, '', 'a good certificate');
    is($got->{body}, '{"by":"tls"}', 'lets the document come');
    refused(scalar fetch(@here, "$good/keys"), qr/certificate is not good: .*TokexFetchCAFile/, 'JFX-008 an authority that the system does not know');
    my %bad = (
        'for another host' => [$tls->certificate('other', names => 'DNS:other.example')],
        'that has expired' => [$tls->certificate('expired', expired => 1)],
        'that signs itself' => [$tls->certificate('self', self_signed => 1)]
    );
    for my $name (sort keys %bad) {
        refused(scalar fetch(@ca, $tls->serve(@{ $bad{$name} }) . '/keys'), qr/certificate is not good/,
            "JFX-008 a certificate $name");
    }
    refused(scalar fetch(@ca, $tls->serve($tls->certificate('old'), '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0') . '/keys'), qr/\S/, 'TLS 1.1');
    is(scalar(grep { $_->{error} ne '' } (fetch(@ca, '--rounds', 3, ("$good/keys") x 4))[0 .. 3]), 0,
        'connections are kept for the next fetch');
}

done_testing();
