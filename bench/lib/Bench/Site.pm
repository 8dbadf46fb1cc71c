package Bench::Site;

# What is measured: folders, httpd with its configuration, the configuration of the service, tokens.
use strict;
use warnings;
use Exporter qw(import);
use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use JSON::PP ();
use Bench::Build qw(apxs run_or_die);
use Bench::Server;

our @EXPORT_OK = qw(SECRET SERVER_CPU document home httpd httpd_conf slurp spew subject_tokens token_server workplace);

use constant {SERVER_CPU => 0, TOKENS => 20_000, SECRET => 'bench-secret-of-the-load-test-only-0000000'};

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

# The folder of one run, gone after it.
sub workplace {
    my $cpus = () = slurp('/proc/cpuinfo') =~ /^processor\s*:/mg;
    die "two CPUs are needed, one for the server and one for the load\n" if $cpus < 2;
    my $dir = tempdir('tokex-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0755, $dir;
    return $dir;
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

# The service at /sts/token, with the folder `home`.
sub token_server {
    my ($built, $dir, $home) = @_;
    my $port = Bench::Server::free_port();
    my $rest = <<"END";
TokexIssuer https://sts.bench.example
TokexDirectory $home
TokexAuditLog $dir/audit.log
<LocationMatch "^/sts/token\$">
    SetHandler tokex
</LocationMatch>
END
    return httpd($dir, "tokex-$port", $port, httpd_conf($dir, $port, "LoadModule tokex_module $built->{module}", $rest));
}

# The service's folder with `document` in it and a signing key for every algorithm.
sub home {
    my ($built, $home, $document, @algorithms) = @_;
    my @group = $> == 0 ? ('--group', 'www-data') : ();
    run_or_die($built->{tokexctl}, '-d', $home, 'init', @group);
    run_or_die($built->{tokexctl}, '-d', $home, 'key', 'rotate', '--now', '--algorithm', $_)
        for grep { $_ ne 'ES256' } @algorithms;
    my $file = spew("$home.json", JSON::PP->new->encode($document));
    run_or_die($built->{tokexctl}, '-d', $home, 'import', $file);
    return $home;
}

# The configuration of the service: one issuer that signs by `alg`, one target that gets `ours`.
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
            secrets => [{ id => 's1', sha256 => sha256_hex(SECRET) }],
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

# The folder with `count` distinct tokens of the issuer: bodies.txt, tokens.txt, subject.pem, subject.jwk.
sub subject_tokens {
    my ($built, $dir, $alg, $count) = @_;
    my $out = "$dir/subject-$alg";
    if (!-d $out) {
        make_path($out);
        run_or_die('node', "$built->{bench}/tokens.mjs", $alg, $count // TOKENS, $out);
        spew("$out/tokens.txt", slurp("$out/bodies.txt") =~ s/^.*&subject_token=//gmr);
    }
    return $out;
}

1;
