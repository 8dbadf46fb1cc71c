package Bench::Exchange;

# The token endpoint beside the floor: the same bodies, in turn, on the same CPU.
use strict;
use warnings;
use Exporter qw(import);
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Bench::Build qw(floor_module run_or_die);
use Bench::Load qw(alternate load median rounded);
use Bench::Server;
use Bench::Site qw(SECRET SERVER_CPU document home httpd httpd_conf slurp subject_tokens token_server workplace);

our @EXPORT_OK = qw(compare exchange floor_against);

my @cases = (['RS256', 'ES256'], ['ES256', 'ES256'], ['RS256', 'RS256']);

sub floor_server {
    my ($dir, $so, $directives) = @_;
    my $port = Bench::Server::free_port();
    return httpd($dir, "floor-$port", $port,
        httpd_conf($dir, $port, "LoadModule floor_module $so",
            "<Location /sts/token>\n$directives\n</Location>"));
}

# One measurement: microseconds of the server's CPU a request.
sub measure {
    my ($built, $server, $path, $bodies, $seconds) = @_;
    local $ENV{BENCH_BODIES} = $bodies;
    local $ENV{BENCH_BASIC}  = encode_base64('bench:' . SECRET, '');
    return (load($built, $server, 'load.lua', $path, $seconds))[1];
}

# Rounds in turn; the median of the ratios inside each round.
sub compare {
    my ($built, $name, $floor, $ours, $bodies, $opt) = @_;
    my @measure = map {
        my $server = $_;
        sub { return measure($built, $server, '/sts/token', $bodies, $_[0] // $opt->{seconds}) }
    } $floor, $ours;
    $_->(1) for @measure;
    my ($floors, $times) = alternate($opt->{rounds}, @measure);
    my @ratio = sort { $a <=> $b } map { $times->[$_] / $floors->[$_] } 0 .. $#$times;
    return {
        case     => $name,
        ratio    => rounded(median(@ratio), 3),
        floor_us => rounded(median(@$floors), 1),
        ours_us  => rounded(median(@$times), 1),
        spread   => [map { rounded($_, 3) } @ratio[0, -1]],
    };
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
        my $home    = home($built, "$dir/tokex-$ours-$alg", document($ours, $alg, slurp("$subject/subject.jwk")), $ours);
        my $server  = token_server($built, $dir, $home);
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
        peer_us  => rounded(median(@us), 1),
        vs_floor => rounded(median(@us) / $floor_us, 2),
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
