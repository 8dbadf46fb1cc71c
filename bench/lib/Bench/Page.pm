package Bench::Page;

# A static page that a module protects, beside the same page unprotected in the same httpd.
use strict;
use warnings;
use Exporter qw(import);
use File::Path qw(make_path);
use HTTP::Tiny;
use Bench::Build qw(apxs);
use Bench::Load qw(CONNECTIONS load median rounded);
use Bench::Server;
use Bench::Site qw(httpd httpd_conf slurp spew);

# Requests of one kind before those of the other: each of 900 tokens more than twice.
use constant TURN => 2000;

our @EXPORT_OK = qw(get has_module overheads page_server);

sub has_module { my ($name) = @_; return -f apxs('LIBEXECDIR') . "/mod_$name.so" }

# An httpd with the page at /plain/page and at every other name of `paths`; `modules` are names or
# [name, file], `rest` is more configuration.
sub page_server {
    my ($dir, $name, $paths, $modules, $rest) = @_;
    my $port    = Bench::Server::free_port();
    my $libexec = apxs('LIBEXECDIR');
    my @load = map { ref ? $_ : [$_, "$libexec/mod_$_.so"] } 'authn_core', 'authz_user', @$modules;
    for my $path ('plain', @$paths) {
        make_path("$dir/htdocs/$path");
        spew("$dir/htdocs/$path/page", "content\n");
    }
    return httpd($dir, "$name-$port", $port,
        httpd_conf($dir, $port, join("\n", map { "LoadModule $_->[0]_module $_->[1]" } @load),
            "DocumentRoot $dir/htdocs\n$rest"));
}

# One measurement of GETs of a page: how many requests, the microseconds of CPU of one, and all that
# load-get.lua says. `with` is what they bring: the first `count` tokens of the file `tokens` in turn;
# undef: nothing.
sub get {
    my ($built, $server, $name, $with, $seconds) = @_;
    local $ENV{BENCH_TOKENS} = $with ? $with->{tokens} : '';
    local $ENV{BENCH_COUNT}  = $with ? $with->{count} : '';
    return load($built, $server, 'load-get.lua', "/$name/page", $seconds);
}

# What the page of counts of a server with mod_tokex says.
sub counts {
    my ($server) = @_;
    my $answer = HTTP::Tiny->new->get("http://127.0.0.1:$server->{port}/metrics");
    die "no counts: $answer->{status}, see $server->{log}.err\n" if $answer->{status} != 200;
    return { $answer->{content} =~ /^(tokex_\S+) (\d+)$/mg };
}

# The page is served for the token only; otherwise there would be nothing to measure.
sub check_protection {
    my ($server, $page) = @_;
    my ($token) = slurp($page->{tokens}) =~ /^(.*)$/m;
    my $http = HTTP::Tiny->new;
    my $url  = "http://127.0.0.1:$server->{port}/$page->{name}/page";
    my $with = $http->get($url, { headers => { Authorization => "Bearer $token" } });
    my $without = $http->get($url);
    die "$url: $with->{status} with a token and $without->{status} without one, see $server->{log}.err\n"
        if $with->{status} != 200 || $without->{status} != 401;
    return;
}

# A page and the plain one with the same requests, in turns. Microseconds of CPU: of each turn of the
# page, what a request took more than the mean of the plain turns before and after it; and what one of
# the plain ones took. `page` has name, tokens and count, and may have the counter that proves how its
# requests were served: for `share` of them at least it must go up. For those that wrk no longer waited
# for it may have, too.
sub turns {
    my ($built, $server, $page, $seconds) = @_;
    local @ENV{qw(BENCH_PLAIN BENCH_TURN BENCH_PIDS)} = ('/plain/page', TURN, join ' ', keys %{ $server->processes });
    my $before = $page->{counter} && (counts($server)->{ $page->{counter} } // die "nothing counts $page->{counter}\n");
    my $found  = (get($built, $server, $page->{name}, $page, $seconds))[2];
    my $counted = $page->{counter} ? counts($server)->{ $page->{counter} } - $before : 0;
    die "$page->{name}: $found->{pages} requests, but $page->{counter} went up by $counted\n"
        if $page->{counter} && ($counted < $page->{share} * ($found->{pages} - CONNECTIONS) || $counted > $found->{pages});
    my @turns = @{ $found->{turns} };
    my @more  = map { $turns[$_][1] - ($turns[$_ - 1][1] + $turns[$_ + 1][1]) / 2 }
        grep { $turns[$_][0] == 1 } 1 .. $#turns - 1;
    return (\@more, [map { $_->[1] } grep { $_->[0] == 2 } @turns]);
}

# What protection costs, of each of the pages: the median of all turns of all rounds, and that of each
# round from the least to the most. Each round has all pages, so that what changes on the machine
# meanwhile changes for all of them.
sub overheads {
    my ($built, $server, $pages, $opt) = @_;
    my @found = map { { more => [], plain => [], medians => [] } } @$pages;
    for my $page (@$pages) {
        check_protection($server, $page);
        get($built, $server, $page->{name}, $page, 1);
    }
    for (1 .. $opt->{rounds}) {
        for my $i (0 .. $#$pages) {
            my ($more, $plain) = turns($built, $server, $pages->[$i], 2 * $opt->{seconds});
            push @{ $found[$i]{more} },    @$more;
            push @{ $found[$i]{plain} },   @$plain;
            push @{ $found[$i]{medians} }, median(@$more);
        }
    }
    return map { result(@{$_}{qw(more plain medians)}) } @found;
}

sub result {
    my ($more, $plain, $medians) = @_;
    my @medians = sort { $a <=> $b } @$medians;
    return {
        overhead_us => rounded(median(@$more), 2),
        plain_us    => rounded(median(@$plain), 1),
        spread      => [map { rounded($_, 1) } @medians[0, -1]],
    };
}

1;
