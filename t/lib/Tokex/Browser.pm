package Tokex::Browser;

# Somebody at a browser, as far as curl is one: cookies are kept and sent by their rules, forms say where they come
# from, redirects are followed only when a test says so.

use strict;
use warnings;
use IPC::Open2 qw(open2);
use Tokex::Console;

# new('https://127.0.0.1:PORT', ca => file, headers => { of each request })
sub new
{
    my ($class, $base, %more) = @_;
    return bless { base => $base, cookies => {}, headers => {}, %more }, $class;
}

sub cookies { return $_[0]{cookies} }

# The answer of a request: status, header (names in small letters), cookies (each Set-Cookie as it was sent), body.
sub ask
{
    my ($self, $method, $path, $body, %headers) = @_;
    my $url = $path =~ /^https?:/ ? $path : $self->{base} . $path;
    my ($where) = $url =~ m{^https?://[^/]+([^?#]*)};
    my $cookie = join '; ', map {"$_=$self->{cookies}{$_}{value}"}
        grep { my $of = $self->{cookies}{$_}{path}; $where eq $of || $where =~ m{^\Q$of\E(?:(?<=/)|/)} } sort keys %{ $self->{cookies} };
    %headers = (%{ $self->{headers} }, ($cookie eq '' ? () : (Cookie => $cookie)), %headers);
    my @command = ('curl', '-sS', '-i', '--http1.1', '--path-as-is', '-m', 30, '-H', 'Expect:');
    push @command, '--cacert', $self->{ca} if $self->{ca};
    push @command, $method eq 'HEAD' ? '-I' : ('-X', $method);
    push @command, map { ('-H', "$_: $headers{$_}") } grep { defined $headers{$_} } sort keys %headers;
    push @command, '--data-binary', '@-' if defined $body;
    my $pid = open2(my $from, my $to, @command, '--', $url);
    local $SIG{PIPE} = 'IGNORE';
    print {$to} $body if defined $body;
    close $to;
    binmode $from;
    my $said = do { local $/ = undef; readline($from) // '' };
    waitpid $pid, 0;
    die "curl $method $url: status " . ($? >> 8) . "\n" if $?;
    my ($head, $page) = split /\r\n\r\n/, $said, 2;
    my ($status) = $head =~ m{\AHTTP/\S+ (\d+)} or die "$url: no status\n";
    my @lines = map { /^([^:]+): *(.*)$/ ? [lc $1, $2] : () } split /\r\n/, $head;
    my @cookies = map { $_->[0] eq 'set-cookie' ? $_->[1] : () } @lines;
    $self->keep($_) for @cookies;
    return { status => $status, header => { map { $_->[0] => $_->[1] } @lines }, cookies => \@cookies, lines => \@lines, body => $page // '', url => $url };
}

sub keep
{
    my ($self, $line) = @_;
    my ($pair, @attributes) = split /;\s*/, $line;
    my ($name, $value) = split /=/, $pair, 2;
    my %of = map { /^([^=]+)(?:=(.*))?$/ ? (lc $1 => $2 // '') : () } @attributes;
    if (defined $of{'max-age'} && $of{'max-age'} <= 0) {
        delete $self->{cookies}{$name};
        return;
    }
    $self->{cookies}{$name} = { value => $value, path => $of{path} // '/', of => \%of };
    return;
}

sub get { my ($self, $path, %headers) = @_; return $self->ask('GET', $path, undef, %headers) }

# A form, sent as from a page of the same place.
sub post
{
    my ($self, $path, $fields, %headers) = @_;
    my ($origin) = ($path =~ /^https?:/ ? $path : $self->{base}) =~ m{^(https?://[^/]+)};
    return $self->ask('POST', $path, ref $fields ? Tokex::Console::encode_form(@$fields) : $fields,
        'Content-Type' => 'application/x-www-form-urlencoded', Origin => $origin, 'Sec-Fetch-Site' => 'same-origin', %headers);
}

# Where an answer sends the browser, until it is a page.
sub follow
{
    my ($self, $answer) = @_;
    for (1 .. 12) {
        my $to = $answer->{header}{location};
        return $answer if $answer->{status} !~ /^30[1237]$/ || !defined $to;
        my ($origin) = $answer->{url} =~ m{^(https?://[^/]+)};
        $answer = $self->get(($to =~ m{^/} ? $origin : '') . ($to =~ s/#.*//r));
    }
    die "$answer->{url}: redirects without end\n";
}

# The token of the forms of a page.
sub token { my ($answer) = @_; return $answer->{body} =~ /name="token" value="([^"]+)"/ ? $1 : undef }

1;
