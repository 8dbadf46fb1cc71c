package Bench::Page;

# A static page that a module protects, beside the same page unprotected in the same httpd.
use strict;
use warnings;
use Exporter qw(import);
use File::Path qw(make_path);
use HTTP::Tiny;
use Bench::Build qw(apxs);
use Bench::Load qw(CONNECTIONS alternate load median rounded);
use Bench::Server;
use Bench::Site qw(httpd httpd_conf slurp spew);

our @EXPORT_OK = qw(get has_module overhead page_server);

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

# One measurement of GETs of a page: how many requests, and the microseconds of CPU of one. `with` is
# what they bring: the first `count` tokens of the file `tokens` in turn; undef: nothing.
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

# The same of a protected page: for `share` of the requests at least `counter` must have gone up. For
# those that wrk no longer waited for it may have, too.
sub get_counted {
    my ($built, $server, $page, $seconds) = @_;
    my $before = counts($server)->{ $page->{counter} } // die "nothing counts $page->{counter}\n";
    my ($requests, $us) = get($built, $server, $page->{name}, $page, $seconds);
    my $counted = counts($server)->{ $page->{counter} } - $before;
    die "$page->{name}: $requests requests, but $page->{counter} went up by $counted\n"
        if $counted < $page->{share} * $requests || $counted > $requests + CONNECTIONS;
    return ($requests, $us);
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

# What protection costs: the protected page and the plain one with the same requests, in turn; the
# median of the differences inside each round. `page` has name, tokens and count, and may have the
# counter that proves how its requests were served, with the least share of them that it must count.
sub overhead {
    my ($built, $server, $page, $opt) = @_;
    check_protection($server, $page);
    my $plain_page     = sub { return (get($built, $server, 'plain', $page, $_[0]))[1] };
    my $protected_page = sub {
        return ($page->{counter} ? get_counted($built, $server, $page, $_[0])
            : get($built, $server, $page->{name}, $page, $_[0]))[1];
    };
    $plain_page->(1);
    get($built, $server, $page->{name}, $page, 1);
    my ($plain, $protected) =
        alternate($opt->{rounds}, map { my $measure = $_; sub { $measure->($opt->{seconds}) } } $plain_page, $protected_page);
    my @more = sort { $a <=> $b } map { $protected->[$_] - $plain->[$_] } 0 .. $#$plain;
    return (
        overhead_us => rounded(median(@more), 1),
        plain_us    => rounded(median(@$plain), 1),
        spread      => [map { rounded($_, 1) } @more[0, -1]],
    );
}

1;
