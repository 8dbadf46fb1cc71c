package Bench::Console;

# What a page of the console costs: CPU time of the CGI process from its start to its end, with ten thousand
# clients, and how large the page is.
use strict;
use warnings;
use Exporter qw(import);
use File::Copy qw(copy);
use File::Path qw(make_path);
use JSON::PP ();
use Bench::Build qw(run_or_die);
use Bench::Load qw(rounded);
use Bench::Site qw(slurp spew workplace);

our @EXPORT_OK = qw(console);

use constant {CLIENTS => 10_000, RUNS => 20, LIST_MS => 30, PAGE_OCTETS => 60 * 1024, STYLE_OCTETS => 16 * 1024, SCRIPT_OCTETS => 6 * 1024};

my @CASES = (
    ['list', '/clients', LIST_MS],
    ['list-100', '/clients?per=100&page=50', LIST_MS],
    ['list-search', '/clients?q=77&sort=-name', LIST_MS],
    ['overview', '/'],
    ['client', '/clients/show?id=client-5000'],
    ['form', '/clients/edit?id=client-5000'],
    ['activity', '/activity'],
    ['help', '/help'],
    ['style', '/style.css', undef, STYLE_OCTETS],
    ['script', '/script.js', undef, SCRIPT_OCTETS],
);

# An installation, and the program with its configuration beside it.
sub site {
    my ($built, $dir) = @_;
    my $rule = { id => 'r', issuers => ['i'], targets => ['t'], default_target => 't' };
    my $document = {
        schema => 1, scopes => [{ id => 's' }], targets => [{ id => 't', name => 'T', audience => 'https://t.example', scopes => ['s'] }],
        issuers => [{ id => 'i', name => 'I', issuer => 'https://i.example', jwks_urls => ['https://i.example/jwks'] }],
        clients => [map { { id => "client-$_", name => "Client $_", scopes => ['s'], secrets => [{ id => 's1', generate => JSON::PP::true }], rules => [$rule] } } 1 .. CLIENTS],
    };
    run_or_die($built->{tokexctl}, '-d', "$dir/tokex", 'init');
    spew("$dir/document.json", JSON::PP->new->encode($document));
    run_or_die($built->{tokexctl}, '-d', "$dir/tokex", 'import', "$dir/document.json");
    make_path("$dir/bin", "$dir/etc");
    run_or_die('make', '-s', '-C', $built->{build}, 't/drive/console');
    copy("$built->{build}/t/drive/console", "$dir/bin/tokex-console") or die "t/drive/console: $!\n";
    chmod 0755, "$dir/bin/tokex-console" or die $!;
    spew("$dir/etc/tokex-console.conf", "directory $dir/tokex\norigin https://admin.example\nadministrator root\n");
    return;
}

# So many answers. A shell starts them: a copy of ours would be the larger part of a small page.
sub answer {
    my ($dir, $url, $out, $runs) = @_;
    my ($path, $query) = split /\?/, $url, 2;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        chdir "$dir/bin" or die $!;
        open STDOUT, '>', $out or die $!;
        %ENV = (REQUEST_METHOD => 'GET', SCRIPT_NAME => '/tokex-admin', PATH_INFO => $path, QUERY_STRING => $query // '', REMOTE_USER => 'root');
        exec 'sh', '-c', 'i=0; while [ $i -lt $0 ]; do ./tokex-console || exit; i=$((i + 1)); done', $runs or die "sh: $!\n";
    }
    waitpid $pid, 0;
    die "$url: status $?\n" if $?;
    return;
}

# Milliseconds of CPU that one request takes.
sub cost {
    my ($dir, $url) = @_;
    my @before = times;
    answer($dir, $url, '/dev/null', RUNS);
    my @after = times;
    return 1000 * ($after[2] + $after[3] - $before[2] - $before[3]) / RUNS;
}

sub median { my @sorted = sort { $a <=> $b } @_; return $sorted[$#sorted / 2] }

sub measure {
    my ($dir, $case, $rounds) = @_;
    my ($name, $url, $bar, $most) = @{$case};
    answer($dir, $url, "$dir/page", 1);
    my ($head, $body) = split /\r\n\r\n/, slurp("$dir/page"), 2;
    die "$url: $head\n" if $head !~ /^Status: 200 /;
    my @costs = map { cost($dir, $url) } 1 .. $rounds;
    return {
        case => $name, url => $url, cpu_ms => rounded(median(@costs), 1), bar_ms => $bar,
        spread => [map { rounded($_, 1) } (sort { $a <=> $b } @costs)[0, -1]],
        octets => length $body, octets_bar => $most // PAGE_OCTETS,
    };
}

sub console {
    my ($built, $opt) = @_;
    my $dir = workplace($built);
    site($built, $dir);
    my %wanted = map { $_ => 1 } @{ $opt->{case} || [] };
    return { clients => CLIENTS, cases => [map { measure($dir, $_, $opt->{rounds}) } grep { !%wanted || $wanted{ $_->[0] } } @CASES] };
}

1;
