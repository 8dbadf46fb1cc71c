#!/usr/bin/perl
# HTP-008: the module built with the sanitizer of threads, loaded by httpd, under many threads at once while everything
# changes that can change: no two of them touch the same memory unordered.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use File::Temp ();
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::HostileServer;
use Tokex::Http;
use Tokex::Jose qw(ec_key json);
use Tokex::OpaqueIssuer;
use Tokex::Tree;
use Tokex::World;

my $cc = $ENV{TOKEX_CC} || 'gcc';
chomp(my $runtime = qx($cc -print-file-name=libtsan.so));
my $module = Tokex::Tree::builddir() . '/.libs/mod_tokex_tsan.so';
ok(-e $runtime, 'the sanitizer is there') && ok(-e $module, 'and the module built with it') or BAIL_OUT("no $runtime, or no $module");

my $reports = File::Temp->newdir;
chmod 0777, "$reports" or die $!;
my @fixed = ('setarch', '-R');

# What the sanitizer has to say of a program that does race: else silence proves nothing.
{
    open my $out, '>', "$reports/race.c" or die $!;
    print {$out} "#include <pthread.h>\nint n; static void *f(void *p) { (void)p; n++; return 0; }\n"
        . "int main(void) { pthread_t t; pthread_create(&t, 0, f, 0); n++; pthread_join(t, 0); return 0; }\n";
    close $out or die $!;
    is(system("$cc -g -O1 -fsanitize=thread -o $reports/race $reports/race.c -lpthread"), 0, 'a program that races is built');
    like(scalar qx(@fixed $reports/race 2>&1), qr/WARNING: ThreadSanitizer: data race/, 'and its race is reported');
}

my $server = Tokex::HostileServer->new;
my $key = ec_key('k1', 'P-256');
my $opaque = Tokex::OpaqueIssuer->new;
$server->page('/keys', json({ keys => [$key->public_jwk(alg => 'ES256')] }));

# Sanitizers want the same addresses in each process; httpd and its libraries are not built with one, so only what
# our code does is seen, with the locks of all.
my $world = Tokex::World->new(
    mpm => 'event',
    module => $module,
    environment => {
        LD_PRELOAD => $runtime,
        TSAN_OPTIONS => "log_path=$reports/report die_after_fork=0 exitcode=0 report_thread_leaks=0 history_size=4"
    },
    wrapper => \@fixed,
    modules => [qw(authz_user socache_shmcb)],
    log_level => 'notice',
    workers => "ServerLimit 1\nStartServers 1\nThreadLimit 64\nThreadsPerChild 64\nMaxRequestWorkers 64\n"
        . "MinSpareThreads 1\nMaxSpareThreads 64\nMaxConnectionsPerChild 0",
    directives => 'TokexFetchAllow 127.0.0.1',
    config => <<'END',
<Location "/remembered">
    AuthType tokex
    TokexClient orders
    TokexTrustedIssuers partner fetched
    Require valid-user
</Location>
<Location "/anew">
    AuthType tokex
    TokexClient orders
    TokexTrustedIssuers partner fetched
    TokexCacheTTL 0
    AuthzSendForbiddenOnFailure On
    Require tokex-scope orders.read
</Location>
<Location "/opaque">
    AuthType tokex
    TokexClient opaque
    TokexTrustedIssuers opaque
    TokexCacheTTL 0
    Require valid-user
</Location>
<Location "/metrics">
    SetHandler tokex-metrics
</Location>
END
    document => sub {
        my ($document, $self) = @_;
        my (undef, $issuer) = $self->issuer('fetched', keys => [], algorithms => ['ES256'], jwks_urls => [$server->url('/keys')]);
        push @{ $document->{issuers} }, $issuer;
        push @{ $document->{clients} }, $self->client('inspector', grant_types => [], introspects => ['api']);
        push @{ $document->{issuers} }, ($self->issuer('opaque', introspection_url => $opaque->url('/introspect'),
            introspection_client_id => 'us', introspection_secret => 'secret', opaque_cache => 1))[1];
        push @{ $document->{clients} }, $self->client('opaque', rules => [{ id => 'only', issuers => ['opaque'], targets => ['api'], default_target => 'api' }]);
        push @{ $_->{rules}[0]{issuers} }, 'fetched' for grep { $_->{id} eq 'orders' } @{ $document->{clients} };
    }
);
$world->{keys}{fetched} = $key;
$opaque->says('/introspect', "opaque-$_", { active => JSON::PP::true(), sub => "user-$_", scope => 'orders.read' }) for 1 .. 10;
for my $place (qw(remembered anew opaque)) {
    mkdir $world->httpd->dir . "/htdocs/$place" or die $!;
    open my $out, '>', $world->httpd->dir . "/htdocs/$place/page" or die $!;
    print {$out} "page\n";
    close $out or die $!;
}

# ---- Requests of every kind

sub get { my ($path, $token) = @_; return Tokex::Http::octets('GET', $path, [$token ? (Authorization => "Bearer $token") : ()], '') }

my @partner = map { $world->token } 1 .. 40;
my @fetched = map { $world->token(issuer => 'fetched', key => 'fetched') } 1 .. 20;
my $unknown = $world->token(issuer => 'fetched', key => 'fetched', header => { kid => 'nobody' });
my @ours = map { $world->exchange->json->{access_token} } 1 .. 12;

sub inquire
{
    my ($page, $client, $token) = @_;
    return Tokex::Http::octets('POST', "/sts/$page",
        ['Content-Type' => 'application/x-www-form-urlencoded', Authorization => Tokex::Http::basic($client, $world->secret($client))],
        Tokex::Http::form(token => $token));
}

my @requests = (
    (map { inquire('introspect', 'inspector', $_) } @ours), (map { inquire('revoke', 'orders', $_) } @ours[0 .. 5]),
    (map { get('/remembered/page', $_), get('/anew/page', $_) } @partner, @fetched),
    (map { get('/opaque/page', "opaque-$_") } 1 .. 12),
    (map {
        Tokex::Http::octets('POST', '/sts/token',
            ['Content-Type' => 'application/x-www-form-urlencoded', Authorization => Tokex::Http::basic('orders', $world->secret('orders'))],
            Tokex::Http::form($world->form(subject_token => $_)))
    } @partner[0 .. 9]),
    get('/anew/page', $unknown), get('/anew/page'), get('/remembered/page', 'a.b.c'), get('/sts/jwks'), get('/metrics'),
);

# Processes that send them over connections that they keep, for `seconds`; each tells what it saw.
my ($SECONDS, @workers) = (6);
for my $i (1 .. 32) {
    pipe my $read, my $write or die $!;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        close $read;
        my ($until, %seen, $http) = (time + $SECONDS);
        for (my $n = $i * 7; time < $until; $n++) {
            my $answer = eval { ($http //= Tokex::Http->new($world->port))->request($requests[$n % @requests]) };
            undef $http if !$answer || lc($answer->header('connection') // '') eq 'close';
            $seen{ $answer ? $answer->status : 'none' }++;
        }
        print {$write} join(' ', %seen), "\n";
        close $write;
        POSIX::_exit(0);
    }
    close $write;
    push @workers, [$pid, $read];
}

# Meanwhile the configuration, our keys and the issuer's change, and so much is taken back that it needs more room.
my $changes = 0;
for my $n (1 .. 4) {
    sleep 0.8;
    $world->ctl->import_document($world->edited(sub { $_[0]{scopes}[0]{description} = "change $n" }));
    $world->ctl->must(undef, 'key', 'rotate', '--now');
    my $next = ec_key("k$n", 'P-256');
    $server->page('/keys', json({ keys => [map { $_->public_jwk(alg => 'ES256') } $key, $next] }));
    $world->ctl->must(undef, 'token', 'revoke', '--jti', Tokex::Jose::jti($partner[-$n]), '--issuer', 'partner');
    my ($first, $last) = ($n * 1000, $n * 1000 + 700);
    system('sqlite3', $world->httpd->dir . '/tokex/state/state.db', '.timeout 5000',
        "BEGIN IMMEDIATE; WITH RECURSIVE n(i) AS (SELECT $first UNION ALL SELECT i + 1 FROM n WHERE i < $last) "
            . "INSERT INTO revocation (number, kind, issuer, value, issued_before, ends, created, who, reason) "
            . "SELECT i, 'token', '', 'n' || i, 0, 4000000000, 1, 'test', '' FROM n; UPDATE revocation_change SET number = $last; COMMIT;") == 0
        or die "sqlite3\n";
    $changes++;
}
my %seen;
for my $worker (@workers) {
    my ($pid, $read) = @$worker;
    my %count = split ' ', scalar(<$read>) // '';
    $seen{$_} += $count{$_} for keys %count;
    waitpid $pid, 0;
}
cmp_ok($seen{200} // 0, '>', 500, "requests were granted: " . join(', ', map {"$seen{$_} times $_"} sort keys %seen));
ok($seen{401}, 'and refused');
is_deeply([grep { !/^(?:200|400|401|503)$/ } sort keys %seen], [], 'nothing else') or diag($world->httpd->error_log);
is($changes, 4, 'while everything changed');
ok($world->httpd->stop, 'the server stops');
my @reports = grep { !/race/ } glob "$reports/report.*";
my $text = join '', map { Tokex::Jose::slurp($_) } @reports;
my @races = $text =~ /(WARNING: ThreadSanitizer: .*?\n=====)/gs;
is(scalar(@races), 0, 'HTP-008 no data race') or diag(join "\n", @races);
done_testing;
