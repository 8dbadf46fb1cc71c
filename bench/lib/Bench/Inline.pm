package Bench::Inline;

# What a protected location costs over the same page unprotected, in time and in memory.
use strict;
use warnings;
use Exporter qw(import);
use HTTP::Tiny;
use Bench::Load qw(alternate median rounded);
use Bench::Page qw(get has_module overhead page_server);
use Bench::ResourceServers qw(resource_servers);
use Bench::Site qw(SECRET document home slurp spew subject_tokens workplace);

our @EXPORT_OK = qw(inline);

# What is demanded: microseconds, a ratio, KiB.
use constant {
    LOADED_BAR     => 1.03,
    CACHED_900_BAR => 1.1,
    PSS_BAR        => 5 * 1024,
    GROWTH_BAR     => 1024,
};

# [case, the page's folder, which tokens, the bar, how many tokens when not all]
my @cases = (
    ['cached-1',             'exchange',  'subject',   12, 1],
    ['cached-900',           'exchange',  'subject',   undef, 900],
    ['own-RS256',            'own-RS256', 'own-RS256', 55],
    ['own-ES256',            'own-ES256', 'own-ES256', 130],
    ['exchange-RS256-ES256', 'exchange',  'subject',   120],
);
my %audience = (ES256 => 'https://api.bench.example', RS256 => 'https://rsa.bench.example');

# One issuer, one target for every algorithm of ours; tokens that outlive the run.
sub configuration {
    my ($jwk) = @_;
    my $document = document('ES256', 'RS256', $jwk);
    my $target   = $document->{targets}[0];
    $target->{lifetime} = 7200;
    push @{ $document->{targets} }, { %$target, id => 'rsa', audience => $audience{RS256}, algorithm => 'RS256' };
    push @{ $document->{clients}[0]{rules}[0]{targets} }, 'rsa';
    return $document;
}

sub own_location {
    my ($alg) = @_;
    return <<"END";
<Location "/own-$alg/">
    AuthType tokex
    TokexClient bench
    TokexAudience $audience{$alg}
    TokexOwnTokens accept
    Require valid-user
</Location>
END
}

sub directives {
    my ($home, $dir) = @_;
    return <<"END" . own_location('RS256') . own_location('ES256');
TokexIssuer https://sts.bench.example
TokexDirectory $home
TokexAuditLog $dir/audit.log
<Location "/sts">
    SetHandler tokex
</Location>
<Location "/exchange/">
    AuthType tokex
    TokexClient bench
    TokexTrustedIssuers idp
    TokexAudience $audience{ES256}
    TokexScope orders.read
    Require valid-user
</Location>
END
}

sub tokex_server {
    my ($built, $dir, $home) = @_;
    return page_server($dir, 'tokex', [qw(exchange own-RS256 own-ES256)],
        [(grep { has_module($_) } 'socache_shmcb'), ['tokex', $built->{module}]], directives($home, $dir));
}

# A file of tokens of ours, one for every subject token.
sub own_tokens {
    my ($server, $dir, $subject, $alg) = @_;
    my $http = HTTP::Tiny->new(default_headers => { 'Content-Type' => 'application/x-www-form-urlencoded' });
    my $url  = "http://bench:" . SECRET . "\@127.0.0.1:$server->{port}/sts/token";
    my $text = '';
    for my $body (split /\n/, slurp("$subject/bodies.txt")) {
        my $answer = $http->post($url, { content => "$body&audience=$audience{$alg}" });
        my ($token) = $answer->{content} =~ /"access_token":"([^"]+)"/
            or die "no token was issued: $answer->{status} $answer->{content}\n";
        $text .= "$token\n";
    }
    return spew("$dir/own-$alg.txt", $text);
}

sub measure_cases {
    my ($built, $server, $tokens, $wanted, $opt) = @_;
    my (@results, %overhead);
    for my $case (grep { $wanted->($_->[0]) } @cases) {
        my ($name, $page, $file, $bar, $count) = @$case;
        my %found = overhead($built, $server, $page, $tokens->{$file}, $count // $opt->{tokens}, $opt);
        $overhead{$name} = $found{overhead_us};
        $bar //= rounded(CACHED_900_BAR * $overhead{'cached-1'}, 1) if exists $overhead{'cached-1'};
        push @results, { case => $name, %found, bar => $bar };
    }
    return \@results;
}

# The plain page of a server with the module over that of one without.
sub measure_loaded {
    my ($built, $without, $with, $opt) = @_;
    my @measure = map {
        my $server = $_;
        sub { return (get($built, $server, '/plain/page', undef, 0, $_[0] // $opt->{seconds}))[1] }
    } $without, $with;
    $_->(1) for @measure;
    my ($base, $loaded) = alternate($opt->{rounds}, @measure);
    my @ratio = sort { $a <=> $b } map { $loaded->[$_] / $base->[$_] } 0 .. $#$base;
    return {
        ratio      => rounded(median(@ratio), 3),
        without_us => rounded(median(@$base), 1),
        with_us    => rounded(median(@$loaded), 1),
        spread     => [map { rounded($_, 3) } @ratio[0, -1]],
        bar        => LOADED_BAR,
    };
}

# Every kind of request of the cases for some seconds each; how many requests that were.
sub all_kinds {
    my ($built, $server, $tokens, $seconds, $opt) = @_;
    my $sum = 0;
    for my $case (@cases) {
        my (undef, $page, $file, undef, $count) = @$case;
        $sum += (get($built, $server, "/$page/page", $tokens->{$file}, $count // $opt->{tokens}, $seconds))[0];
    }
    return $sum;
}

# KiB over plain httpd after a warm-up, and how much that grows in many requests.
sub measure_memory {
    my ($built, $without, $with, $tokens, $opt) = @_;
    get($built, $without, '/plain/page', $tokens->{subject}, $opt->{tokens}, 3);
    all_kinds($built, $with, $tokens, 3, $opt);
    my ($plain, $ours) = map { $_->pss_kib } $without, $with;
    my %found = (plain_kib => $plain, ours_kib => $ours, pss_kib => $ours - $plain, bar => PSS_BAR);
    return \%found if !$opt->{memory};
    my $sum = 0;
    $sum += all_kinds($built, $with, $tokens, 5, $opt) while $sum < $opt->{memory};
    $found{requests}   = $sum;
    $found{grown_kib}  = $with->pss_kib - $ours;
    $found{growth_kib} = rounded(1e6 * $found{grown_kib} / $sum, 0);
    $found{growth_bar} = GROWTH_BAR;
    return \%found;
}

sub inline {
    my ($built, $opt) = @_;
    my $wanted = sub { my ($name) = @_; return !$opt->{case} || grep { $_ eq $name } @{ $opt->{case} } };
    my $dir = workplace();
    my %subject = map { $_ => subject_tokens($built, $dir, $_, $opt->{tokens}) } qw(RS256 ES256);
    my $home = home($built, "$dir/tokex", configuration(slurp("$subject{RS256}/subject.jwk")), 'RS256', 'ES256');
    my $server = tokex_server($built, $dir, $home);
    my %tokens = (subject => "$subject{RS256}/tokens.txt");
    for my $alg (grep { $wanted->("own-$_") || $wanted->('memory') } qw(RS256 ES256)) {
        $tokens{"own-$alg"} = own_tokens($server, $dir, $subject{RS256}, $alg);
    }
    my %result = (cases => measure_cases($built, $server, \%tokens, $wanted, $opt));
    $server->stop;

    my $plain = page_server($dir, 'plain', [], [], '');
    $server = tokex_server($built, $dir, $home);
    $result{loaded} = measure_loaded($built, $plain, $server, $opt) if $wanted->('loaded');
    $result{memory} = measure_memory($built, $plain, $server, \%tokens, $opt) if $wanted->('memory');
    $_->stop for $plain, $server;

    $result{loaded_ratio} = $result{loaded}{ratio} if $result{loaded};
    $result{pss_kib}      = $result{memory}{pss_kib} if $result{memory};
    $result{peers} = $opt->{peers} && $wanted->('peers') ? resource_servers($built, $dir, \%subject, $opt) : [];
    return \%result;
}

1;
