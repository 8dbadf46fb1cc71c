package Tokex::Tried;

# What `tokexctl try` says of the requests of a world. Every exchange that the world sends is asked about
# there too, and must come to the same: code, scope and claims. One process of `tokexctl try --batch` a world
# answers; it reads the installation anew for each question. A server may serve for a moment what stood there
# before a change, and for as long as it likes what stood there before somebody broke it: then one of the
# copies that were made after each change must come to the same.

use strict;
use warnings;
use Scalar::Util ();
use Test::Builder;
use Tokex::Jose qw(b64u json unjson);
use Tokex::TryBatch;

# Refused before the parameters of a form are read, or by what only a server has: no question for `try`.
my %BEFORE = map { $_ => 1 } qw(method query authorization_repeated content_type internal body_too_large
    body_read body_length body_encoding memory);
# These claims are another's each time, or the clock's.
my @OF_THE_MOMENT = qw(jti iat exp nbf);
# The server serves what was imported within a second.
our $SETTLED = 3;

# new(ctl => Tokex::Ctl)
my %alive;

sub new
{
    my ($class, %self) = @_;
    my $self = bless { %self, pid => $$, compared => 0, left_out => {}, copies => [] }, $class;
    $self->{now} = Tokex::TryBatch->new($self->{ctl}{dir});
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

# What it says of the installation as it stands.
sub ask { my ($self, %question) = @_; return $self->{now}->ask(%question) }

# The virtual host of that name has another installation.
sub serves { my ($self, $host, $dir) = @_; $self->{other}{$host} = Tokex::TryBatch->new($dir); return }

# A copy of what stands there now: from now on the server may serve it, and no more than $SETTLED seconds what
# stood there before. With state.db, where that is going to change and not the configuration.
sub keep
{
    my ($self, $with_state) = @_;
    return if $self->{pid} != $$;
    my $copies = $self->{copies};
    shift @$copies while @$copies > 1 && $copies->[1]{since} < time - $SETTLED;
    push @$copies, { since => time, batch => Tokex::TryBatch->of_copy($self->{ctl}{dir}, $with_state) };
    return;
}

# Those that the server may have served just now, the newest first.
sub copies
{
    my ($self) = @_;
    my @copies = reverse @{ $self->{copies} };
    my @young = grep { $_->{since} >= time - $SETTLED } @copies;
    return @copies[0 .. ($#young < $#copies ? $#young + 1 : $#copies)];
}

sub end
{
    my ($self) = @_;
    delete @$self{qw(now copies other)} if $self->{pid} == $$;
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
    if (defined $body->{refresh_token}) {
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
    return $self->judge($line, host_of($octets), [body => b64u($body), (defined $authorization ? (authorization => b64u($authorization)) : ())],
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
    return $self->leave_out('a token in the query') if ($line->{code} // '') eq 'bearer_twice';
    # As httpd joins them.
    my @headers = map {s/[ \t]+\z//r} $octets =~ /^Authorization:[ \t]*([^\r\n]*)\r$/mgi;
    my $header = join ', ', @headers;
    my ($token) = $header =~ /^Bearer +(\S+)$/i;
    my $elsewhere = defined $line->{subject_jti} ? !defined $token || (!is_opaque($token) && $line->{subject_jti} ne jti_of($token))
        : defined $token == (($line->{code} // '') eq 'bearer_missing') && ($line->{code} // '') ne 'bearer_malformed';
    return $self->leave_out('a location that takes its token from elsewhere') if $elsewhere;
    return $self->judge($line, host_of($octets), [location => $line->{location}, (@headers ? (authorization => b64u($header)) : ())],
        sub { differs_at_location($line, $answer, @_) });
}

# The name of the host that a request was for, without its port.
sub host_of
{
    my ($octets) = @_;
    return $octets =~ /^Host: *([^\r:]+)(?::\d+)?\r$/mi ? lc $1 : '';
}

# As `tokexctl try` calls the virtual host: by its own name, or the first one, or the only one.
sub ask_of_host
{
    my ($self, $host, @question) = @_;
    my ($tried, $batch) = (undef, $self->{other}{$host} // $self->{now});
    return $batch->ask(@question, server => $self->{server}{$host}) if exists $self->{server}{$host};
    for my $server ("$host:$self->{port}", "127.0.0.1:$self->{port}", undef) {
        $tried = $batch->ask(@question, server => $server);
        next if !$tried || ($tried->{failure} // '') =~ /could not be read/;
        $self->{server}{$host} = $server;
        last;
    }
    return $tried;
}

sub judge
{
    my ($self, $line, $host, $question, $differs) = @_;
    return $self->leave_out('refused before its parameters were read') if $BEFORE{ $line->{code} // '' };
    my @question = (@$question, as_of => seconds($line->{time}));
    return $self->judge_spent($line, $host, \@question, $differs) if grep { $_ eq 'once:ok' } @{ $line->{trace} || [] };
    my $tried = time < ($self->{unreadable_until} // 0) ? undef : $self->ask_of_host($host, @question);
    # Of a section that matches many paths, or that stands in another, the line names no location alone.
    return $self->leave_out('no location by this name') if $tried && ($tried->{failure} // '') eq 'there is no such location';
    my $broken = !$tried || $tried->{failure};
    # A lock or a broken database stays for a while, and what is timed must not wait for it each time.
    $self->{unreadable_until} = time + 2 if $broken && time >= ($self->{unreadable_until} // 0);
    my ($why) = $broken ? 'the installation cannot be read' : $self->weigh($line, $tried, $differs);
    return if !defined $why;
    for my $copy ($self->copies) {
        my $then = $copy->{batch}->ask(@question, server => $self->{server}{$host});
        next if !$then || $then->{failure};
        my ($still) = $self->weigh($line, $then, $differs);
        return if !defined $still;
        $why .= "\nand as it stood before: $still" if $still ne $why;
    }
    return $self->leave_out('no copy of the installation could be read') if $broken && $why !~ /before/;
    return $self->differ($line, $tried, $why);
}

# A token that counts once: now it is spent, and try must say so; before, it must have come to the same.
sub judge_spent
{
    my ($self, $line, $host, $question, $differs) = @_;
    my $tried = $self->ask_of_host($host, @$question);
    return $self->leave_out('the installation cannot be read') if !$tried || $tried->{failure};
    return $self->differ($line, $tried, "the server spent the token, try says $tried->{verdict}: $tried->{sentence}")
        if $tried->{verdict} ne 'undetermined' && ($tried->{code} // '') !~ /_spent$/;
    my $then = Tokex::TryBatch->before_spending($self->{ctl}{dir})->ask(@$question, server => $self->{server}{$host});
    return $self->leave_out('no copy of the installation could be read') if !$then || $then->{failure};
    my ($why) = $self->weigh($line, $then, $differs);
    return defined $why ? $self->differ($line, $then, $why) : undef;
}

# Why what was tried is not what the server decided; nothing where it is, or where it cannot be known.
sub weigh
{
    my ($self, $line, $tried, $differs) = @_;
    if ($tried->{verdict} eq 'undetermined') {
        $self->leave_out('undetermined: the server would ask the issuer');
        return;
    }
    if (($line->{code} // '') eq 'account_unavailable' && $tried->{verdict} eq 'granted') {
        $self->leave_out('the server could not write state.db, which try does not');
        return;
    }
    my ($why) = $differs->($tried);
    if (!defined $why) {
        $self->{compared}++;
        delete $self->{keys_differ}{ $line->{issuer} // '' };
        delete $self->{revocations_differ};
    }
    return $why;
}

sub differ
{
    my ($self, $line, $tried, $why) = @_;
    my $issuer = $line->{issuer} // '';
    my @codes = map { $_->{code} // '' } $line, $tried || ();
    # Fetched keys come into the database before every process has followed, which takes a second.
    return $self->leave_out('the keys of the issuer are changing')
        if grep({/^(?:keys?_\w+|signature)$/} @codes) && time - ($self->{keys_differ}{$issuer} //= time) < $SETTLED;
    # So do revocations.
    return $self->leave_out('tokens are being taken back')
        if grep({ $_ eq 'token_revoked' } @codes) && time - ($self->{revocations_differ} //= time) < $SETTLED;
    local $Test::Builder::Level = $Test::Builder::Level + 6;
    my $test = Test::Builder->new;
    $test->ok(0, 'tokexctl try says the same');
    $test->diag($why);
    return;
}

1;
