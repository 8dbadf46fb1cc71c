package Tokex::Node;

# Runs the programs of t/peers/, which are other people's code: an OpenID provider, a strict client.

use strict;
use warnings;
use IPC::Open2 qw(open2);
use Tokex::Jose qw(unjson);
use Tokex::Tree;

sub peers { return Tokex::Tree::srcdir() . '/t/peers' }

# Why the peers cannot run here, or nothing: `package` is one of those that they need.
sub missing
{
    my ($package) = @_;
    my $version = qx(node --version 2>/dev/null);
    return 'node is not installed' if !$version;
    return "node $version is older than 18" if $version =~ /^v(\d+)/ && $1 < 18;
    return 'the packages of t/peers are not installed (npm ci)' if !-d peers() . '/node_modules/' . ($package // 'oidc-provider');
    return;
}

# Runs a program to its end with `input`; its one line of JSON, decoded. Dies with what it said.
sub run
{
    my ($input, $program, @words) = @_;
    my $pid = open2(my $out, my $in, 'node', peers() . "/$program", @words);
    print {$in} $input;
    close $in;
    my $said = do { local $/ = undef; <$out> };
    waitpid $pid, 0;
    die "$program: status $?: $said\n" if $?;
    return unjson($said);
}

# Starts a program that serves until its input ends; gives what it said when it was ready.
sub start
{
    my ($class, $program, @words) = @_;
    my $pid = open2(my $out, my $in, 'sh', '-c', 'exec node "$@" 2>/dev/null', 'sh', peers() . "/$program", @words);
    my $self = bless { pid => $pid, in => $in, out => $out }, $class;
    my $line = <$out> // die "$program did not start\n";
    $self->{ready} = unjson($line);
    return $self;
}

sub DESTROY
{
    my ($self) = @_;
    local ($?, $!, $@);
    # Its input may be open in other children of ours too, so its end alone is no sign.
    close $self->{in};
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

1;
