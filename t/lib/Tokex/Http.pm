package Tokex::Http;

# A raw HTTP/1.x client: the octets sent are exactly those given, and the answer is taken apart
# without help. Several requests may go over one connection.

use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Socket qw(IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(time);

sub new
{
    my ($class, $port, %more) = @_;
    my $socket =
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Proto => 'tcp', Timeout => 10)
        or die "cannot connect to port $port: $!\n";
    $socket->setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    binmode $socket;
    return bless { socket => $socket, buffer => '', port => $port, timeout => $more{timeout} // 20 }, $class;
}

sub send_octets
{
    my ($self, $octets) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $at = 0;
    my $select = IO::Select->new($self->{socket});
    $self->{socket}->blocking(0);
    while ($at < length $octets) {
        # An answer that comes before all was sent is worth more than the rest.
        last if $at && $select->can_read(0);
        next if !$select->can_write($self->{timeout});
        my $sent = syswrite $self->{socket}, $octets, 65536, $at;
        next if !defined $sent && $!{EAGAIN};
        last if !defined $sent;
        $at += $sent;
    }
    $self->{socket}->blocking(1);
    return $self;
}

sub fill
{
    my ($self) = @_;
    die "no answer in $self->{timeout} s\n" if !IO::Select->new($self->{socket})->can_read($self->{timeout});
    my $got = sysread $self->{socket}, $self->{buffer}, 65536, length $self->{buffer};
    return $got ? 1 : 0;
}

sub take
{
    my ($self, $count) = @_;
    while (length($self->{buffer}) < $count) {
        $self->fill or die "the answer is cut short\n";
    }
    return substr $self->{buffer}, 0, $count, '';
}

sub line
{
    my ($self) = @_;
    my $end;
    while (($end = index $self->{buffer}, "\r\n") < 0) {
        $self->fill or die "the answer is cut short\n";
    }
    my $line = substr $self->{buffer}, 0, $end + 2, '';
    return substr $line, 0, -2;
}

# The next answer. `head`: it has no body whatever its headers say. Answers of 1xx are kept aside.
sub answer
{
    my ($self, %more) = @_;
    my @interim;
    while (1) {
        my ($version, $status, $reason) = $self->line =~ m{^HTTP/(\d\.\d) (\d{3})(?: (.*))?$}
            or die "no status line\n";
        my @headers;
        while ((my $line = $self->line) ne '') {
            my ($name, $value) = $line =~ /^([^:\s]+):[ \t]*(.*?)[ \t]*$/ or die "odd header: $line\n";
            push @headers, [$name, $value];
        }
        my $answer = bless {
            version => $version,
            status => $status,
            reason => $reason,
            headers => \@headers,
            body => '',
            interim => [@interim]
            },
            'Tokex::Http::Answer';
        if ($status < 200) {
            push @interim, $status;
            next;
        }
        $answer->{body} = $self->body($answer) if !$more{head} && $status != 204 && $status != 304;
        return $answer;
    }
}

sub body
{
    my ($self, $answer) = @_;
    if (lc($answer->header('transfer-encoding') // '') eq 'chunked') {
        my $body = '';
        while (1) {
            my ($size) = $self->line =~ /^([0-9a-fA-F]+)/ or die "odd chunk\n";
            if (!hex $size) {
                1 while $self->line ne '';
                return $body;
            }
            $body .= $self->take(hex $size);
            $self->take(2);
        }
    }
    my $length = $answer->header('content-length');
    return $self->take($length) if defined $length;
    1 while $self->fill;
    my $body = $self->{buffer};
    $self->{buffer} = '';
    return $body;
}

# True when the server closes the connection without another octet.
sub closed
{
    my ($self) = @_;
    return 0 if length $self->{buffer};
    return !$self->fill;
}

# port => what is called with the octets of each request there and its answer.
our %WATCHED;

# The answer also says how many seconds it took.
sub request
{
    my ($self, $octets, %more) = @_;
    my $from = time;
    my $answer = $self->send_octets($octets)->answer(%more);
    $answer->{seconds} = time - $from;
    my $watch = $WATCHED{ $self->{port} };
    $watch->($octets, $answer) if $watch;
    return $answer;
}

sub close { my ($self) = @_; return close $self->{socket} }

# ---- Conveniences

sub encode
{
    my ($value) = @_;
    utf8::encode($value) if utf8::is_utf8($value);
    $value =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
    return $value;
}

# Pairs in their order as a form body.
sub form
{
    my (@pairs) = @_;
    my @out;
    push @out, encode(shift @pairs) . '=' . encode(shift @pairs) while @pairs;
    return join '&', @out;
}

sub basic { my ($id, $secret) = @_; return 'Basic ' . encode_base64("$id:$secret", '') }

# The octets of a request; headers in their order, undef takes a default one away.
sub octets
{
    my ($method, $target, $headers, $body) = @_;
    my @headers = @{ $headers || [] };
    my %given;
    for (my $i = 0; $i < @headers; $i += 2) {
        $given{ lc $headers[$i] } = 1;
    }
    my @all = ($given{host} ? () : (Host => '127.0.0.1'), @headers);
    push @all, 'Content-Length' => length $body
        if defined $body && !$given{'content-length'} && !$given{'transfer-encoding'};
    my $text = "$method $target HTTP/1.1\r\n";
    while (my ($name, $value) = splice @all, 0, 2) {
        $text .= "$name: $value\r\n" if defined $value;
    }
    return "$text\r\n" . ($body // '');
}

# One request on a connection of its own.
sub once
{
    my ($port, $method, $target, $headers, $body) = @_;
    my $http = __PACKAGE__->new($port);
    return $http->request(octets($method, $target, [@{ $headers || [] }, Connection => 'close'], $body),
        head => $method eq 'HEAD');
}

sub get { my ($port, $target, @headers) = @_; return once($port, 'GET', $target, \@headers) }

sub post_form
{
    my ($port, $target, $pairs, @headers) = @_;
    return once(
        $port, 'POST', $target,
        ['Content-Type' => 'application/x-www-form-urlencoded', @headers],
        ref $pairs ? form(@$pairs) : $pairs
    );
}

# A form POST by curl, with what `options` say (--http2-prior-knowledge). The same kind of answer.
sub curl
{
    my ($url, $pairs, @options) = @_;
    my $pid = open(my $out, '-|') // die "fork: $!\n";
    if (!$pid) {
        exec 'curl', '-s', '-i', '--max-time', 20, @options,
            ($pairs ? ('--data-raw', ref $pairs ? form(@$pairs) : $pairs) : ()), $url
            or exit 127;
    }
    binmode $out;
    my $text = do { local $/ = undef; <$out> }
        // '';
    CORE::close $out;
    return if $?;
    my ($head, $body);
    while (1) {
        ($head, $body) = split /\r\n\r\n/, $text, 2;
        last if $head !~ m{^HTTP/\S+ 1\d\d};
        $text = $body;
    }
    my ($first, @lines) = split /\r\n/, $head;
    my ($version, $status) = $first =~ m{^HTTP/(\S+) (\d+)} or return;
    return bless {
        version => $version,
        status => $status,
        reason => '',
        body => $body // '',
        interim => [],
        headers => [map { [split /:\s*/, $_, 2] } @lines]
        },
        'Tokex::Http::Answer';
}

package Tokex::Http::Answer;

use strict;
use warnings;

sub status { return $_[0]{status} }

sub body { return $_[0]{body} }

# The value of a header, several joined by a comma; undef when there is none.
sub header
{
    my ($self, $name) = @_;
    my @values = map { $_->[1] } grep { lc $_->[0] eq lc $name } @{ $self->{headers} };
    return @values ? join(', ', @values) : undef;
}

# The body as Perl data, {} when it is no JSON.
sub json
{
    my ($self) = @_;
    return $self->{json} //= eval { JSON::PP->new->utf8->decode($self->{body}) } // {};
}

1;
