package Bench::Inline;

# What a protected location costs over the same page unprotected, in time and in memory.
use strict;
use warnings;
use Exporter qw(import);
use Digest::SHA qw(sha256_hex);
use HTTP::Tiny;
use Bench::Load qw(alternate median rounded);
use Bench::Page qw(get overheads page_server);
use Bench::ResourceServers qw(resource_servers);
use Bench::Site qw(SECRET document home slurp spew subject_tokens workplace);

our @EXPORT_OK = qw(inline);

# What is demanded: microseconds, a ratio, KiB.
use constant {
    OWN_TOKENS     => 1000,
    CACHED_900_BAR => 1.1,
    LOADED_BAR     => 1.03,
    PSS_BAR        => 5 * 1024,
    GROWTH_BAR     => 1024,
};

# Of the cases: the page and its tokens, how many when not all, the bar, and the counter that proves
# how the requests were served: at least this share of them.
my %granted    = (counter => 'tokex_exchanges_total{outcome="granted"}', share => 1);
my %remembered = (counter => 'tokex_cache_lookups_total{outcome="hit"}', share => 0.99);
my @cases = (
    { case => 'cached-1',   name => 'cached',    tokens => 'subject',   count => 1, bar => 12, %remembered },
    { case => 'cached-900', name => 'cached',    tokens => 'subject',   count => 900, %remembered },
    { case => 'own-RS256',  name => 'own-RS256', tokens => 'own-RS256', bar => 55, %granted },
    { case => 'own-ES256',  name => 'own-ES256', tokens => 'own-ES256', bar => 130, %granted },
    { case => 'exchange-RS256-ES256', name => 'exchange', tokens => 'subject', bar => 120, %granted },
);
my %audience = (ES256 => 'https://api.bench.example', RS256 => 'https://rsa.bench.example');

# One issuer, one target for every algorithm of ours; tokens that outlive the run.
sub configuration {
    my ($jwk) = @_;
    my $document = document('ES256', 'RS256', $jwk);
    my $target   = $document->{targets}[0];
    $target->{lifetime} = 7200;
    push @{ $document->{targets} }, { %$target, id => 'rsa', name => 'RSA', audience => $audience{RS256}, algorithm => 'RS256' };
    push @{ $document->{clients}[0]{rules}[0]{targets} }, 'rsa';
    push @{ $document->{clients} },
        { id => 'inspector', name => 'Inspector', grant_types => [], secrets => [{ id => 's1', sha256 => sha256_hex(SECRET) }], introspects => ['api'] };
    return $document;
}

sub location {
    my ($name, @directives) = @_;
    return join "\n", "<Location \"/$name/\">", 'AuthType tokex', 'TokexClient bench', 'Require valid-user', @directives,
        "</Location>\n";
}

sub directives {
    my ($home, $dir) = @_;
    my @exchange = ('TokexTrustedIssuers idp', "TokexAudience $audience{ES256}", 'TokexScope orders.read');
    return join '', <<"END",
TokexIssuer https://sts.bench.example
TokexDirectory $home
TokexAuditLog $dir/audit.log
<Location "/sts">
    SetHandler tokex
</Location>
<Location "/metrics">
    SetHandler tokex-metrics
</Location>
END
        # What is remembered shall be so for the whole of a run; with a minute, some of it would be decided anew.
        location('cached',   @exchange, 'TokexCacheTTL 3600'),
        location('exchange', @exchange, 'TokexCacheTTL 0'),
        map { location("own-$_", "TokexAudience $audience{$_}", 'TokexOwnTokens accept', 'TokexCacheTTL 0') } sort keys %audience;
}

sub tokex_server {
    my ($built, $dir, $home) = @_;
    my @modules = ('socache_shmcb', ['tokex', $built->{module}]);
    return page_server($dir, 'tokex', [map { $_->{name} } @cases], \@modules, directives($home, $dir));
}

sub plain_server { my ($dir) = @_; return page_server($dir, 'plain', [], [], '') }

# A file of `count` tokens of ours.
sub own_tokens {
    my ($server, $dir, $subject, $alg, $count) = @_;
    # A second request on a connection would wait for the client's kernel.
    my $http = HTTP::Tiny->new(keep_alive => 0, default_headers => { 'Content-Type' => 'application/x-www-form-urlencoded' });
    my $url  = "http://bench:" . SECRET . "\@127.0.0.1:$server->{port}/sts/token";
    my @body = grep { defined } (split /\n/, slurp("$subject/bodies.txt"))[0 .. $count - 1];
    my $text = '';
    for my $body (@body) {
        my $answer = $http->post($url, { content => "$body&audience=$audience{$alg}" });
        my ($token) = $answer->{content} =~ /"access_token":"([^"]+)"/
            or die "no token was issued: $answer->{status} $answer->{content}\n";
        $text .= "$token\n";
    }
    return spew("$dir/own-$alg-$count.txt", $text);
}

# A case with the file of its tokens, and how many of them are sent.
sub page_of {
    my ($case, $tokens, $opt) = @_;
    return { %$case, tokens => $tokens->{ $case->{tokens} }, count => $case->{count} // $opt->{tokens} };
}

sub measure_cases {
    my ($built, $server, $tokens, $wanted, $opt) = @_;
    my @asked = grep { $wanted->($_->{case}) } @cases;
    my @found = overheads($built, $server, [map { page_of($_, $tokens, $opt) } @asked], $opt);
    my %cost  = map { $asked[$_]{case} => $found[$_]{overhead_us} } 0 .. $#asked;
    # That of many tokens is measured by the cost of one.
    my $many = $cost{'cached-1'} && rounded(CACHED_900_BAR * $cost{'cached-1'}, 2);
    return [map { { case => $asked[$_]{case}, bar => $asked[$_]{bar} // $many, %{ $found[$_] } } } 0 .. $#asked];
}

# The plain page of a server with the module over that of one without. How a server that runs spreads
# its connections over processes makes more of a difference than the module, so each measurement has
# a server of its own.
sub measure_loaded {
    my ($built, $dir, $home, $opt) = @_;
    my @start   = (sub { plain_server($dir) }, sub { tokex_server($built, $dir, $home) });
    my @measure = map {
        my $start = $_;
        sub {
            my $server = $start->();
            get($built, $server, 'plain', undef, 1);
            my ($requests, $us) = get($built, $server, 'plain', undef, $opt->{seconds});
            $server->stop;
            return $us;
        }
    } @start;
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
        $sum += (get($built, $server, $case->{name}, page_of($case, $tokens, $opt), $seconds))[0];
    }
    return $sum;
}

sub many_requests {
    my ($built, $server, $tokens, $opt) = @_;
    my $sum = 0;
    $sum += all_kinds($built, $server, $tokens, 5, $opt) while $sum < $opt->{memory};
    return $sum;
}

# KiB of a process over one of plain httpd after a warm-up, and how much all of them grow in many
# requests after as many.
sub measure_memory {
    my ($built, $without, $with, $tokens, $opt) = @_;
    get($built, $without, 'plain', { tokens => $tokens->{subject}, count => $opt->{tokens} }, 3);
    all_kinds($built, $with, $tokens, 3, $opt);
    my ($plain, $processes) = $without->memory_kib('Pss');
    my ($ours, $same) = $with->memory_kib('Pss');
    die "$processes processes without the module, $same with it\n" if $processes != $same;
    my %found = (
        pss_kib   => rounded(($ours - $plain) / $processes, 0),
        bar       => PSS_BAR,
        processes => $processes,
        plain_kib => $plain,
        ours_kib  => $ours,
    );
    return \%found if !$opt->{memory};
    # Until every thread has had its turn, memory grows in any httpd.
    many_requests($built, $with, $tokens, $opt);
    my ($before) = $with->memory_kib('Private_Dirty');
    $found{requests}   = many_requests($built, $with, $tokens, $opt);
    $found{grown_kib}  = ($with->memory_kib('Private_Dirty'))[0] - $before;
    $found{growth_kib} = rounded(1e6 * $found{grown_kib} / $found{requests}, 0);
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
        $tokens{"own-$alg"} = own_tokens($server, $dir, $subject{RS256}, $alg, OWN_TOKENS);
    }
    my %result = (cases => measure_cases($built, $server, \%tokens, $wanted, $opt), peers => []);
    if ($opt->{peers} && $wanted->('peers')) {
        my %asked = (server => $server, client => 'inspector', secret => SECRET);
        $asked{tokens} = own_tokens($server, $dir, $subject{RS256}, 'ES256', $opt->{tokens});
        $result{peers} = resource_servers($built, $dir, \%subject, \%asked, $opt);
    }
    $server->stop;

    $result{loaded} = measure_loaded($built, $dir, $home, $opt) if $wanted->('loaded');
    if ($wanted->('memory')) {
        my ($without, $with) = (plain_server($dir), tokex_server($built, $dir, $home));
        $result{memory} = measure_memory($built, $without, $with, \%tokens, $opt);
        $_->stop for $without, $with;
    }

    $result{loaded_ratio} = $result{loaded}{ratio} if $result{loaded};
    $result{pss_kib}      = $result{memory}{pss_kib} if $result{memory};
    return \%result;
}

1;
