package Tokex::Tried;

# What `tokexctl try` says of the requests of a world. Every exchange that the world sends is asked about
# there too, and must come to the same: code, scope and claims. One process of `tokexctl try --batch` a world
# answers; it reads the installation anew for each question.

use strict;
use warnings;
use IPC::Open2 ();
use Scalar::Util ();
use Test::Builder;
use Tokex::Ctl;
use Tokex::Jose qw(b64u json unjson);

# Refused before the parameters of a form are read, or by what only a server has: no question for `try`.
my %BEFORE = map { $_ => 1 } qw(method query authorization_repeated content_type internal body_too_large
    body_read body_length body_encoding memory);
# These claims are another's each time, or the clock's.
my @OF_THE_MOMENT = qw(jti iat exp nbf);
# The server serves what was imported within a second.
our $SETTLED = 3;
# Set while refresh tokens are due that the server cannot keep: the token names them all the same.
our $UNKEPT = 0;
# At a location a request is refused for its header before anything else.
my $OF_THE_SERVER = qr/^bearer_\w+$/;

# new(ctl => Tokex::Ctl)
my %alive;

sub new
{
    my ($class, %self) = @_;
    my $self = bless { %self, pid => $$, compared => 0, left_out => {} }, $class;
    Scalar::Util::weaken($alive{ Scalar::Util::refaddr($self) } = $self);
    return $self;
}

# How many were compared; how many were left out, by why.
sub compared { return $_[0]{compared} }
sub left_out { return $_[0]{left_out} }

sub leave_out
{
    my ($self, $why) = @_;
    $self->{left_out}{$why}++;
    return;
}

sub ask
{
    my ($self, %question) = @_;
    if (!$self->{to}) {
        open my $quiet, '>', '/dev/null' or die "/dev/null: $!\n";
        open my $stderr, '>&', \*STDERR or die "stderr: $!\n";
        open STDERR, '>&', $quiet or die "stderr: $!\n";
        $self->{child} = IPC::Open2::open2($self->{from}, $self->{to}, Tokex::Ctl::program(), '-d',
            $self->{ctl}{dir}, 'try', '--batch');
        open STDERR, '>&', $stderr or die "stderr: $!\n";
    }
    local $SIG{PIPE} = 'IGNORE';
    print { $self->{to} } json(\%question), "\n" or return;
    $self->{to}->flush;
    my $line = readline $self->{from};
    return defined $line ? unjson($line) : undef;
}

sub end
{
    my ($self) = @_;
    return if !$self->{to} || $self->{pid} != $$;
    close delete $self->{to};
    close delete $self->{from};
    local ($?, $!);
    # A process forked since has the other end of its input too, so that it would not see the end of it.
    kill 'TERM', $self->{child};
    waitpid delete $self->{child}, 0;
    return;
}

# How many were compared, for whoever reads the test's output.
sub tell
{
    my ($self) = @_;
    my $left = $self->{left_out};
    return if $self->{pid} != $$ || $self->{told}++ || !($self->{compared} || %$left);
    my $line = join '; ', "# tokexctl try: $self->{compared} compared", map { "$left->{$_} left out: $_" } sort keys %$left;
    print "$line\n";
    # Of a whole run: TOKEX_TRIED_LOG=FILE.
    return if !$ENV{TOKEX_TRIED_LOG};
    open my $log, '>>', $ENV{TOKEX_TRIED_LOG} or die "$ENV{TOKEX_TRIED_LOG}: $!\n";
    print {$log} "$0: $line\n";
    close $log;
    return;
}

END { local $?; $_->tell for grep { defined } values %alive }

sub DESTROY
{
    my ($self) = @_;
    delete $alive{ Scalar::Util::refaddr($self) };
    $self->tell if ${^GLOBAL_PHASE} ne 'DESTRUCT';
    $self->end;
    return;
}

# Seconds of "2026-11-22T04:07:31Z".
sub seconds
{
    my ($text) = @_;
    my @parts = $text =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)Z$/ or return;
    require Time::Local;
    return Time::Local::timegm(@parts[5, 4, 3, 2], $parts[1] - 1, $parts[0]);
}

# The form and the header of a request's octets; nothing when it is no exchange.
sub form_of
{
    my ($octets) = @_;
    my ($head, $body) = split /\r\n\r\n/, $octets, 2;
    return if $head !~ m{^POST /sts/token HTTP/1\.[01]\r\n};
    return if $head =~ /^(?:Transfer-Encoding|Content-Encoding|Expect):/mi;
    return if $head !~ m{^Content-Type: *application/x-www-form-urlencoded}mi;
    return if ($head =~ /^Content-Length: *(\d+)/mi ? $1 : -1) != length($body // '');
    my @authorization = $head =~ /^Authorization: *([^\r\n]*)/mgi;
    return if @authorization > 1;
    return ($body, $authorization[0]);
}

sub claims_of
{
    my ($claims) = @_;
    my %claims = %{ $claims || {} };
    delete @claims{@OF_THE_MOMENT};
    return json(\%claims);
}

# Nobody but the server can read one of ours that is opaque, so all that can be compared is that it is.
sub is_opaque { return $_[0] =~ /^txo_/ }

sub opaque_differs
{
    my ($token, $tried) = @_;
    return is_opaque($token) && $tried->{token}{opaque} ? () : 'one of the two tokens is opaque';
}

# Why the two do not agree; nothing when they do.
sub differs
{
    my ($line, $answer, $tried) = @_;
    my $granted = $line->{outcome} eq 'granted';
    return "the server says $line->{outcome} "
        . ($line->{code} // '') . ", try says $tried->{verdict} " . ($tried->{code} // '')
        . ": $tried->{sentence}"
        if $tried->{verdict} ne $line->{outcome} || ($tried->{code} // '') ne ($line->{code} // '');
    my $body = $answer->json;
    if (!$granted) {
        for my $name (qw(error error_description)) {
            return "$name: $body->{$name}, try: $tried->{answer}{body}{$name}"
                if $body->{$name} ne $tried->{answer}{body}{$name};
        }
        return $answer->status == $tried->{answer}{status} ? () : "status $tried->{answer}{status}";
    }
    # The audit line cuts what is long.
    my ($begin, $cut) = $line->{scope_granted} =~ /^(.*?)(\.\.\.)?$/s;
    my $scope = $tried->{scope_granted} // '';
    return "scope \"$line->{scope_granted}\", try: \"$scope\"" if $cut ? index($scope, $begin) != 0 : $scope ne $begin;
    return opaque_differs($body->{access_token}, $tried) if is_opaque($body->{access_token}) || $tried->{token}{opaque};
    my $got = unjson((Tokex::Jose::parts($body->{access_token}))[1]);
    # The refresh tokens that it came with are its last ancestor; try makes none.
    if (defined $body->{refresh_token} || $UNKEPT) {
        pop @{ $got->{lineage} };
        delete $got->{lineage} if !@{ $got->{lineage} };
    }
    my $claims = claims_of($got);
    my $tried_claims = claims_of($tried->{token}{claims});
    return $claims eq $tried_claims ? () : "claims $claims, try: $tried_claims";
}

# The same of a request to a protected location, which has no answer of ours to compare but its status, the
# token that went on where the location shows it, and what the audit line says.
sub differs_at_location
{
    my ($line, $answer, $tried) = @_;
    return "at $line->{location} the server says $line->{outcome} "
        . ($line->{code} // '') . ", try says $tried->{verdict} " . ($tried->{code} // '')
        . ": $tried->{sentence}"
        if $tried->{verdict} ne $line->{outcome} || ($tried->{code} // '') ne ($line->{code} // '');
    my ($begin, $cut) = ($line->{scope_granted} // '') =~ /^(.*?)(\.\.\.)?$/s;
    my $scope = $tried->{scope_granted} // '';
    return "at $line->{location} scope \"$begin\", try: \"$scope\""
        if $line->{outcome} eq 'granted' && ($cut ? index($scope, $begin) != 0 : $scope ne $begin);
    my ($token) = ($answer->header('x-goes-on') // '') =~ /^Bearer (\S+)$/;
    return if $line->{outcome} ne 'granted' || !defined $token;
    return opaque_differs($token, $tried) if is_opaque($token) || $tried->{token}{opaque};
    my $claims = claims_of(unjson((Tokex::Jose::parts($token))[1]));
    my $tried_claims = claims_of($tried->{token}{claims});
    return $claims eq $tried_claims ? () : "at $line->{location} claims $claims, try: $tried_claims";
}

# Asks about one exchange of the world and fails the test that sent it where the answers differ.
sub compare
{
    my ($self, $octets, $answer, $line) = @_;
    my ($body, $authorization) = form_of($octets) or return $self->leave_out('no exchange by its head');
    return $self->leave_out('no audit line') if !$line;
    return $self->judge($line, $self->host_of($octets), [body => b64u($body), (defined $authorization ? (authorization => b64u($authorization)) : ())],
        sub { differs($line, $answer, @_) });
}

# Of a token that is one; as the audit line has it.
sub jti_of
{
    my ($token) = @_;
    my $claims = eval { unjson((Tokex::Jose::parts($token))[1]) };
    return ref $claims eq 'HASH' ? $claims->{jti} // '' : '';
}

sub compare_at_location
{
    my ($self, $octets, $answer, $line) = @_;
    my @tokens = $octets =~ /^Authorization: *Bearer +(\S+) *\r$/mgi;
    return $self->leave_out('a location that takes its token from elsewhere')
        if @tokens != 1 || (defined $line->{subject_jti} && !is_opaque($tokens[0]) && $line->{subject_jti} ne jti_of($tokens[0]));
    return $self->leave_out('refused for its header') if ($line->{code} // '') =~ $OF_THE_SERVER;
    return $self->judge($line, $self->host_of($octets), [location => $line->{location}, token => $tokens[0]],
        sub { differs_at_location($line, $answer, @_) });
}

# The name that a server has when nothing names it, where the request went to that one.
sub host_of
{
    my ($self, $octets) = @_;
    return $octets =~ /^Host: *127\.0\.0\.1(?::\d+)?\r$/mi ? "127.0.0.1:$self->{port}" : undef;
}

sub judge
{
    my ($self, $line, $host, $question, $differs) = @_;
    return $self->leave_out('refused before its parameters were read') if $BEFORE{ $line->{code} // '' };
    return $self->leave_out('the installation could not be read just now')
        if time < ($self->{unreadable_until} // 0);
    return $self->leave_out('another server of several') if defined $self->{server} && !defined $host;
    my @question = (@$question, as_of => seconds($line->{time}));
    my $tried = $self->ask(@question, (defined $self->{server} ? (server => $self->{server}) : ()));
    # Of several servers it is the one that was spoken to.
    if ($tried && ($tried->{failure} // '') =~ /could not be read/ && !defined $self->{server} && defined $host) {
        $tried = $self->ask(@question, server => $host);
        $self->{server} = $host if $tried && !$tried->{failure};
    }
    # Of a section that matches many paths, or that stands in another, the line names no location alone.
    return $self->leave_out('no location by this name') if $tried && ($tried->{failure} // '') eq 'there is no such location';
    if (!$tried || $tried->{failure}) {
        # A lock or a broken database stays for a while, and what is timed must not wait for it each time.
        $self->{unreadable_until} = time + 2;
        return $self->leave_out('try could not read the installation');
    }
    return $self->leave_out('undetermined: the server would ask the issuer')
        if $tried->{verdict} eq 'undetermined';
    return $self->leave_out('the server could not write state.db, which try does not')
        if ($line->{code} // '') eq 'account_unavailable' && $tried->{verdict} eq 'granted';
    $self->{compared}++;
    my ($why) = $differs->($tried);
    my $issuer = $line->{issuer} // '';
    if (!defined $why) {
        delete $self->{keys_differ}{$issuer};
        delete $self->{revocations_differ};
        return;
    }
    return $self->leave_out('just imported')
        if time - ($self->{ctl}{changed} // 0) < $SETTLED;
    # Fetched keys come into the database before every process has followed, which takes a second.
    return $self->leave_out('the keys of the issuer are changing')
        if grep({ ($_->{code} // q()) =~ /^(?:keys?_\w+|signature)$/ } $line, $tried)
        && time - ($self->{keys_differ}{$issuer} //= time) < $SETTLED;
    # So do revocations.
    return $self->leave_out('tokens are being taken back')
        if grep({ ($_->{code} // q()) eq 'token_revoked' } $line, $tried)
        && time - ($self->{revocations_differ} //= time) < $SETTLED;
    local $Test::Builder::Level = $Test::Builder::Level + 5;
    my $test = Test::Builder->new;
    $test->ok(0, 'tokexctl try says the same');
    $test->diag($why);
    return;
}

1;
