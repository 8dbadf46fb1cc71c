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

# Requests of one kind before those of the other: each of 900 tokens ten times, so that what a processor
# has to read again at the beginning of a turn is a small part of it.
use constant TURN => 9000;

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

# Pages of one name, with other numbers of tokens, and the plain one with the same requests, in turns.
# Microseconds of CPU, of each of them: of each of its turns, what a request took more than the mean of
# the plain turns before and after it; and what one of the plain ones took. A page may have the counter
# that proves how its requests were served: for `share` of them at least it must go up. For those that
# wrk no longer waited for it may have, too.
sub turns {
    my ($built, $server, $pages, $seconds) = @_;
    my $page = $pages->[0];
    local @ENV{qw(BENCH_PLAIN BENCH_TURN BENCH_PIDS)} = ('/plain/page', TURN, join ' ', keys %{ $server->processes });
    my $before = $page->{counter} && (counts($server)->{ $page->{counter} } // die "nothing counts $page->{counter}\n");
    my $with   = { %$page, count => join ',', map { $_->{count} } @$pages };
    my $found  = (get($built, $server, $page->{name}, $with, $seconds * @$pages))[2];
    my $counted = $page->{counter} ? counts($server)->{ $page->{counter} } - $before : 0;
    die "$page->{name}: $found->{pages} requests, but $page->{counter} went up by $counted\n"
        if $page->{counter} && ($counted < $page->{share} * ($found->{pages} - CONNECTIONS) || $counted > $found->{pages});
    return map { turns_of($found->{turns}, $_) } 0 .. $#$pages;
}

sub turns_of {
    my ($turns, $i) = @_;
    my ($page, $plain) = (2 * $i + 1, 2 * $i + 2);
    my @more = map { $turns->[$_][1] - ($turns->[$_ - 1][1] + $turns->[$_ + 1][1]) / 2 }
        grep { $turns->[$_][0] == $page } 1 .. $#$turns - 1;
    return { more => \@more, plain => [map { $_->[1] } grep { $_->[0] == $plain } @$turns] };
}

# What protection costs, of each of the pages: the median of all turns of all rounds, and that of each
# round from the least to the most. Each round has all pages, so that what changes on the machine
# meanwhile changes for all of them; those of one name are measured in one run.
sub overheads {
    my ($built, $server, $pages, $opt) = @_;
    my @found = map { { more => [], plain => [], medians => [] } } @$pages;
    my (%of_name, @names);
    for my $i (0 .. $#$pages) {
        my $page = $pages->[$i];
        check_protection($server, $page);
        get($built, $server, $page->{name}, $page, 1);
        push @names, $page->{name} if !$of_name{ $page->{name} };
        push @{ $of_name{ $page->{name} } }, $i;
    }
    for my $name ((@names) x $opt->{rounds}) {
        my @same = @{ $of_name{$name} };
        my @taken = turns($built, $server, [@$pages[@same]], 2 * $opt->{seconds});
        for my $i (0 .. $#same) {
            my $sum = $found[$same[$i]];
            die "$name: not one whole turn in a round; measure with more --seconds\n" if !@{ $taken[$i]{more} };
            push @{ $sum->{$_} }, @{ $taken[$i]{$_} } for qw(more plain);
            push @{ $sum->{medians} }, median(@{ $taken[$i]{more} });
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
