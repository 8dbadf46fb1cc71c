package Bench::Exchange;

# The token endpoint beside the floor: the same bodies, in turn, on the same CPU.
use strict;
use warnings;
use Exporter qw(import);
use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Bench::Build qw(apxs floor_module run_or_die);
use Bench::Server;

our @EXPORT_OK = qw(exchange floor_against);

use constant {SERVER_CPU => 0, CLIENT_CPU => 1, TOKENS => 20_000, CONNECTIONS => 16};

my $secret = 'bench-secret-of-the-load-test-only-0000000';
my @cases  = (['RS256', 'ES256'], ['ES256', 'ES256'], ['RS256', 'RS256']);

sub slurp {
    my ($file) = @_;
    open(my $in, '<', $file) or die "$file: $!\n";
    local $/;
    return scalar <$in>;
}

sub spew {
    my ($file, $text) = @_;
    open(my $out, '>', $file) or die "$file: $!\n";
    print {$out} $text;
    close($out) or die "$file: $!\n";
    return $file;
}

sub median {
    my @sorted = sort { $a <=> $b } @_;
    my $middle = int(@sorted / 2);
    return @sorted % 2 ? $sorted[$middle] : ($sorted[$middle - 1] + $sorted[$middle]) / 2;
}

# What the servers under test have in common.
sub httpd_conf {
    my ($dir, $port, $modules, $rest) = @_;
    my $user = $> == 0 ? "User www-data\nGroup www-data\n" : '';
    my $libexec = apxs('LIBEXECDIR');
    return <<"END";
ServerRoot $dir
ServerName 127.0.0.1
Listen 127.0.0.1:$port
PidFile $dir/httpd-$port.pid
ErrorLog $dir/error-$port.log
${user}LoadModule mpm_event_module $libexec/mod_mpm_event.so
LoadModule authz_core_module $libexec/mod_authz_core.so
$modules
StartServers 2
ServerLimit 2
ThreadsPerChild 25
MaxRequestWorkers 50
MinSpareThreads 25
MaxSpareThreads 50
MaxKeepAliveRequests 0
KeepAliveTimeout 30
$rest
END
}

sub httpd {
    my ($dir, $name, $port, $conf) = @_;
    my ($program) = grep { -x $_ } map { ("$_/httpd", "$_/apache2") } split(/:/, $ENV{PATH}), '/usr/sbin';
    my $file = spew("$dir/$name.conf", $conf);
    return Bench::Server->start(
        port    => $port,
        cpu     => SERVER_CPU,
        log     => "$dir/$name",
        command => [$program, '-DFOREGROUND', '-f', $file],
    );
}

sub floor_server {
    my ($dir, $so, $directives) = @_;
    my $port = Bench::Server::free_port();
    return httpd($dir, "floor-$port", $port,
        httpd_conf($dir, $port, "LoadModule floor_module $so",
            "<Location /sts/token>\n$directives\n</Location>"));
}

sub tokex_server {
    my ($built, $dir, $ours, $subject_dir, $alg) = @_;
    my $home = "$dir/tokex-$ours-$alg";
    my @group = $> == 0 ? ('--group', 'www-data') : ();
    run_or_die($built->{tokexctl}, '-d', $home, 'init', @group);
    run_or_die($built->{tokexctl}, '-d', $home, 'key', 'rotate', '--now', '--algorithm', $ours) if $ours ne 'ES256';
    my $document = spew("$home.json", JSON::PP->new->encode(document($ours, $alg, slurp("$subject_dir/subject.jwk"))));
    run_or_die($built->{tokexctl}, '-d', $home, 'import', $document);
    my $port = Bench::Server::free_port();
    my $rest = <<"END";
TokexIssuer https://sts.bench.example
TokexDirectory $home
TokexAuditLog $dir/audit.log
<LocationMatch "^/sts/token\$">
    SetHandler tokex
</LocationMatch>
END
    return httpd($dir, "tokex-$port", $port,
        httpd_conf($dir, $port, "LoadModule tokex_module $built->{module}", $rest));
}

sub document {
    my ($ours, $alg, $jwk) = @_;
    return {
        schema  => 1,
        issuers => [{
            id         => 'idp',
            name       => 'Bench',
            issuer     => 'https://idp.bench.example',
            algorithms => [$alg],
            mapping    => 'five',
            keys       => [{ jwk => JSON::PP::decode_json($jwk) }],
        }],
        mappings => [{
            id   => 'five',
            name => 'Five claims',
            rows => [map { { from => $_, to => $_ } } qw(email name groups department country)],
        }],
        scopes  => [{ id => 'orders.read', description => 'Read orders' }],
        targets => [{
            id        => 'api',
            name      => 'API',
            audience  => 'https://api.bench.example',
            scopes    => ['orders.read'],
            algorithm => $ours,
        }],
        clients => [{
            id      => 'bench',
            name    => 'Bench',
            scopes  => ['orders.read'],
            secrets => [{ id => 's1', sha256 => sha256_hex($secret) }],
            rules   => [{
                id             => 'all',
                issuers        => ['idp'],
                targets        => ['api'],
                default_target => 'api',
                conditions     => [
                    { claim => 'groups',  test => 'any_of', values => ['buyers', 'sellers'] },
                    { claim => 'country', test => 'one_of', values => ['BE', 'LU', 'NL'] },
                ],
            }],
        }],
    };
}

# One measurement: microseconds of the server's CPU a request.
sub measure {
    my ($built, $server, $path, $bodies, $seconds) = @_;
    local $ENV{BENCH_BODIES} = $bodies;
    local $ENV{BENCH_BASIC}  = encode_base64("bench:$secret", '');
    my $before = $server->cpu_seconds;
    my $output = run_or_die(
        'taskset', '-c', CLIENT_CPU, 'wrk', '-t', 1, '-c', CONNECTIONS, '-d', "${seconds}s",
        '-s', "$built->{bench}/load.lua", "http://127.0.0.1:$server->{port}$path",
    );
    my $used = $server->cpu_seconds - $before;
    my ($json) = $output =~ /^(\{"requests".*\})$/m or die "wrk printed no summary:\n$output";
    my $count = JSON::PP::decode_json($json);
    die "the load was not served: $json, see $server->{log}.err\n"
        if $count->{refused} || $count->{broken} || !$count->{requests};
    return 1e6 * $used / $count->{requests};
}

# Rounds in turn; the median of the ratios inside each round.
sub compare {
    my ($built, $name, $floor, $ours, $bodies, $opt, $path) = @_;
    $path //= '/sts/token';
    measure($built, $_, $path, $bodies, 1) for $floor, $ours;
    my (@floor, @ours);
    for my $round (1 .. $opt->{rounds}) {
        my @order = $round % 2 ? ($floor, $ours) : ($ours, $floor);
        my @us = map { measure($built, $_, $path, $bodies, $opt->{seconds}) } @order;
        @us = reverse @us if !($round % 2);
        push @floor, $us[0];
        push @ours,  $us[1];
    }
    my @ratio = sort { $a <=> $b } map { $ours[$_] / $floor[$_] } 0 .. $#ours;
    return {
        case     => $name,
        ratio    => 0 + sprintf('%.3f', median(@ratio)),
        floor_us => 0 + sprintf('%.1f', median(@floor)),
        ours_us  => 0 + sprintf('%.1f', median(@ours)),
        spread   => [map { 0 + sprintf '%.3f', $_ } @ratio[0, -1]],
    };
}

sub workplace {
    my $cpus = () = slurp('/proc/cpuinfo') =~ /^processor\s*:/mg;
    die "two CPUs are needed, one for the server and one for the load\n" if $cpus < 2;
    my $dir = tempdir('tokex-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0755, $dir;
    return $dir;
}

sub subject_tokens {
    my ($built, $dir, $alg) = @_;
    my $out = "$dir/subject-$alg";
    if (!-d $out) {
        make_path($out);
        run_or_die('node', "$built->{bench}/tokens.mjs", $alg, TOKENS, $out);
    }
    return $out;
}

sub signer_pem {
    my ($dir, $alg) = @_;
    my $file = "$dir/signer-$alg.pem";
    my @kind = $alg eq 'RS256' ? ('RSA', '-pkeyopt', 'rsa_keygen_bits:2048')
        : ('EC', '-pkeyopt', 'ec_paramgen_curve:P-256');
    run_or_die('openssl', 'genpkey', '-algorithm', @kind, '-out', $file) if !-f $file;
    return $file;
}

sub floor_for {
    my ($built, $dir, $subject, $ours) = @_;
    my $signer = signer_pem($dir, $ours);
    return floor_server($dir, $built->{floor}, "SetHandler floor\nFloorKeys $subject/subject.pem $signer");
}

sub peer_oidc_provider {
    my ($built, $dir, $subject, $ours) = @_;
    my $port = Bench::Server::free_port();
    local $ENV{NODE_ENV} = 'production';
    return Bench::Server->start(
        port    => $port,
        cpu     => SERVER_CPU,
        log     => "$dir/oidc-provider",
        command => ['node', "$built->{bench}/peer-oidc-provider.mjs", $port, "$subject/subject.jwk", $ours],
    );
}

sub exchange {
    my ($built, $opt) = @_;
    my $dir = workplace();
    my (@results, @peers);
    for my $case (@cases) {
        my ($alg, $ours) = @$case;
        next if $opt->{case} && !grep { $_ eq "$alg-$ours" } @{ $opt->{case} };
        my $subject = subject_tokens($built, $dir, $alg);
        my $floor   = floor_for($built, $dir, $subject, $ours);
        my $server  = tokex_server($built, $dir, $ours, $subject, $alg);
        push @results, compare($built, "$alg-$ours", $floor, $server, "$subject/bodies.txt", $opt);
        if ($opt->{peers} && !@peers) {
            my $peer = peer_oidc_provider($built, $dir, $subject, $ours);
            push @peers, peer_ratio($built, "$alg-$ours", $results[-1]{floor_us}, $peer, $subject, $opt);
            $peer->stop;
        }
        $_->stop for $floor, $server;
    }
    return { cases => \@results, peers => \@peers };
}

sub peer_ratio {
    my ($built, $case, $floor_us, $peer, $subject, $opt) = @_;
    measure($built, $peer, '/token', "$subject/bodies.txt", 2);
    my @us = map { measure($built, $peer, '/token', "$subject/bodies.txt", $opt->{seconds}) } 1 .. 3;
    return {
        name     => 'oidc-provider',
        case     => $case,
        peer_us  => 0 + sprintf('%.1f', median(@us)),
        vs_floor => 0 + sprintf('%.2f', median(@us) / $floor_us),
    };
}

# Our floor over another one that knows the handler floor-exchange.
sub floor_against {
    my ($built, $source, $opt) = @_;
    my $dir = workplace();
    my $other = floor_module($source, "$built->{build}/bench/other_floor.so");
    my @results;
    for my $case (@cases) {
        my ($alg, $ours) = @$case;
        my $subject = subject_tokens($built, $dir, $alg);
        my $mine    = floor_for($built, $dir, $subject, $ours);
        my $signer  = signer_pem($dir, $ours);
        my $theirs  = floor_server($dir, $other,
            "SetHandler floor-exchange\nFloorSubject $subject/subject.pem\nFloorSigner $signer");
        push @results, compare($built, "$alg-$ours", $theirs, $mine, "$subject/bodies.txt", $opt);
        $_->stop for $mine, $theirs;
    }
    return { cases => \@results, peers => [] };
}

1;
