package Bench::Page;

# A static page that a module protects, beside the same page unprotected in the same httpd.
use strict;
use warnings;
use Exporter qw(import);
use File::Path qw(make_path);
use HTTP::Tiny;
use Bench::Build qw(apxs);
use Bench::Load qw(alternate load median rounded);
use Bench::Server;
use Bench::Site qw(httpd httpd_conf slurp spew);

our @EXPORT_OK = qw(get has_module overhead page_server token_of);

sub has_module { my ($name) = @_; return -f apxs('LIBEXECDIR') . "/mod_$name.so" }

# The first token of a file.
sub token_of { my ($tokens) = @_; return (split /\n/, slurp($tokens))[0] }

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

# One measurement of GETs with the first `count` tokens of the file in turn, without any when there is
# no file: how many requests, and the microseconds of CPU of one.
sub get {
    my ($built, $server, $path, $tokens, $count, $seconds) = @_;
    local $ENV{BENCH_TOKENS} = $tokens // '';
    local $ENV{BENCH_COUNT}  = $tokens ? $count : '';
    return load($built, $server, 'load-get.lua', $path, $seconds);
}

# The page is served for the token only; otherwise there would be nothing to measure.
sub check_protection {
    my ($server, $path, $tokens) = @_;
    my $http = HTTP::Tiny->new;
    my $url  = "http://127.0.0.1:$server->{port}$path";
    my $with = $http->get($url, { headers => { Authorization => 'Bearer ' . token_of($tokens) } });
    my $without = $http->get($url);
    die "$path: $with->{status} with a token and $without->{status} without one, see $server->{log}.err\n"
        if $with->{status} != 200 || $without->{status} != 401;
    return;
}

# What protection costs: the protected page and the plain one with the same requests, in turn; the
# median of the differences inside each round.
sub overhead {
    my ($built, $server, $name, $tokens, $count, $opt) = @_;
    my $path = "/$name/page";
    check_protection($server, $path, $tokens);
    my @measure = map {
        my $page = $_;
        sub { return (get($built, $server, $page, $tokens, $count, $_[0] // $opt->{seconds}))[1] }
    } '/plain/page', $path;
    $_->(1) for @measure;
    my ($plain, $protected) = alternate($opt->{rounds}, @measure);
    my @more = sort { $a <=> $b } map { $protected->[$_] - $plain->[$_] } 0 .. $#$plain;
    return (
        overhead_us => rounded(median(@more), 1),
        plain_us    => rounded(median(@$plain), 1),
        spread      => [map { rounded($_, 1) } @more[0, -1]],
    );
}

1;
