#!/usr/bin/perl
# Keys of npm oidc-provider, fetched over TLS through its metadata; it rotates them, and ends, under load.
use strict;
use warnings;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);
use lib 't/lib';
use Tokex::Http;
use Tokex::Jose qw(json);
use Tokex::Node;
use Tokex::Tls;

my $missing = Tokex::Node::missing();
plan skip_all => $missing if $missing;
require Tokex::Partner;

my $tls = Tokex::Tls->new;
my $world = Tokex::Partner->new(tls => $tls,
    config => "TokexFetchAllow 127.0.0.1\nTokexFetchCAFile @{[$tls->ca_file]}\n");
my $httpd = $world->{httpd};

# As if its keys had been fetched ten minutes ago: what is asked for from then on, tokens have caused.
sub seed
{
    my $now = time;
    my $jwks = json($world->{jwks}) =~ s/"/\\"/gr;
    my $url = "$world->{provider}{ready}{issuer}/.well-known/openid-configuration";
    my $sql = "BEGIN IMMEDIATE; UPDATE issuer_key_change SET number = number + 1; INSERT INTO issuer_key_set SELECT 'partner', '$url', "
        . "'$jwks', $now - 600, $now + 3600, $now - 600, NULL, number FROM issuer_key_change; COMMIT";
    my $path = $httpd->dir . '/tokex/state/state.db';
    system(qq(sqlite3 "$path" "$sql")) == 0 or die "sqlite3: $?\n";
    return;
}

sub exchange { my ($token) = @_; return $world->exchange('basic', 'access_token', $token) }

sub octets_of
{
    my ($token) = @_;
    return Tokex::Http::octets(
        'POST',
        '/sts/token',
        [
            'Content-Type' => 'application/x-www-form-urlencoded',
            Authorization => Tokex::Http::basic('orders-api', Tokex::Partner::secret()),
            Connection => 'close'
        ],
        Tokex::Http::form(
            grant_type => 'urn:ietf:params:oauth:grant-type:token-exchange',
            subject_token => $token,
            subject_token_type => 'urn:ietf:params:oauth:token-type:access_token'
        )
    );
}

# Sends one exchange after the other until it is told to stop; then how often each status came.
sub load
{
    my ($token) = @_;
    my $octets = octets_of($token);
    pipe my $read, my $write or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        my ($end, %seen) = (0);
        $SIG{TERM} = sub { $end = 1 };
        while (!$end) {
            my $status = eval { Tokex::Http->new($httpd->port)->request($octets)->status } // 'none';
            $seen{$status}++ if !$end;
            sleep 0.005;
        }
        print {$write} join(' ', %seen), "\n";
        close $write;
        POSIX::_exit(0);
    }
    close $write;
    return { pid => $pid, read => $read };
}

sub unload
{
    my ($load) = @_;
    kill 'TERM', $load->{pid};
    my %seen = split ' ', readline($load->{read}) // '';
    waitpid $load->{pid}, 0;
    return \%seen;
}

seed();
$httpd->start;
my $old = $world->{tokens}{access_token};
ok exchange($old)->{access_token}, 'AS-8 a token of a provider whose keys are known by its metadata';
my $load = load($old);
sleep 1;
$world->stop_provider;
sleep 1;
my $seen = unload($load);
is_deeply [keys %$seen], ['200'], "FLT-008 the provider ends under load: each of $seen->{200} tokens is exchanged";

$world->start_provider('rotated');
my $new = $world->log_in->{access_token};
ok exchange($new)->{access_token}, 'JWK-015 it is back with new keys, and the first token under them is exchanged'
    or diag $httpd->error_log;
$load = load($new);
sleep 1;
$seen = unload($load);
is_deeply [keys %$seen], ['200'], "JWK-015 and so are others: $seen->{200}";
ok $httpd->wait_for(sub { (exchange($old)->{error} // '') eq 'invalid_request' }, 10),
    'JWK-014 tokens under the keys before are refused by now';

# A certificate that nobody vouches for.
my $other = Tokex::Partner->new(tls => Tokex::Tls->new,
    config => "TokexFetchAllow 127.0.0.1\nTokexFetchCAFile @{[$tls->ca_file]}\n");
$other->{httpd}->start;
$httpd = $other->{httpd};
is(Tokex::Http->new($httpd->port)->request(octets_of($other->{tokens}{access_token}))->status, 503,
    'JFX-008 keys of a server whose certificate another authority made are not taken');
like $other->{httpd}->error_log, qr/TX00081: .*"partner".*certificate is not good/, 'JFX-008 and the log says why';
ok $_->{httpd}->stop, 'it stops' for $world, $other;
unlike $_->{httpd}->error_log, qr/exit signal|did not exit/, 'without a complaint' for $world, $other;

done_testing;
