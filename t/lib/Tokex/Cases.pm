package Tokex::Cases;

# The words in which t/cases/*.pl are written, and what a row comes to at each entrance.
#
# A table is a list of rows: [ID, sub { my ($world) = @_; return @probes }, expectation].
# A probe is a hash: `what` (words for people), and one of
#   token   a subject token; any entrance can be given it. `form`: parameters beside it
#   form    pairs of a whole form
#   octets  a whole HTTP request
#   import  a configuration document
#   show    sub { (true or false, words) }: asks the running server by itself
# and perhaps `client`, `headers`, `auth`, `expect` (instead of the row's).

use strict;
use warnings;
use Exporter qw(import);
use Tokex::Http;
use Tokex::Tree;

our @EXPORT = qw(accepted with_scope refused faults taken shown probe tables);

# The steps of an exchange in their order, as exchange/trace.h names them.
my @STEPS = (
    qw(request client grant parameters token issuer key signature audience time subject condition),
    (map {"actor_$_"} qw(token issuer key signature audience time subject condition)),
    qw(account target rule machine delegation scope lifetime claims link sign once)
);
my %STEP = map { $STEPS[$_] => $_ } 0 .. $#STEPS;

# A token comes back. `claims`: sub that judges the issued claims ($claims, $answer), true when good.
sub accepted { my (%more) = @_; return { kind => 'accepted', %more } }

# A token comes back whose scopes are these, in alphabetical order: as a text, as a list, and in the answer.
sub with_scope
{
    my ($wanted) = @_;
    return accepted(
        claims => sub {
            my ($claims, $answer) = @_;
            my @sorted = map { join ' ', sort split / /, $_ // '' } $claims->{scope}, $answer->json->{scope},
                join ' ', @{ $claims->{scp} };
            return (!grep({ $_ ne $wanted } @sorted), 'scope is ' . join ' / ', @sorted);
        }
    );
}

# refused('invalid_request', status => 400, before => 'signature', code => 'token_encoding' or a list)
sub refused { my ($error, %more) = @_; return { kind => 'refused', error => $error, status => 400, %more } }

# An import that is refused, with a fault that says `like`.
sub faults { my ($like) = @_; return { kind => 'faults', like => $like } }

# An import that succeeds; with `like`, and says that.
sub taken { my ($like) = @_; return { kind => 'taken', like => $like } }

# A probe of the kind `show` judges itself.
sub shown { return { kind => 'shown' } }

sub probe { my ($what, %more) = @_; return { what => $what, %more } }

# ([name, rows], ...) of all tables.
sub tables
{
    my @tables;
    for my $path (sort glob Tokex::Tree::srcdir() . '/t/cases/*.pl') {
        my ($name) = $path =~ m{([^/]+)\.pl$};
        my $rows = do $path;
        die "$path: " . ($@ || $!) . "\n" if ref $rows ne 'ARRAY';
        push @tables, [$name, $rows];
    }
    return @tables;
}

# ---- What the token endpoint makes of a probe: (good or not, words)

sub at_token_endpoint
{
    my ($world, $probe, $expect) = @_;
    return $probe->{show}->($world) if $probe->{show};
    my $answer;
    if (exists $probe->{octets}) {
        $answer = $world->send_octets($probe->{octets});
    } elsif (exists $probe->{form}) {
        $answer = $world->post($probe->{form}, @{ $probe->{headers} || [] });
    } else {
        $answer = $world->exchange(
            subject_token => $probe->{token},
            %{ $probe->{parameters} || {} },
            map { exists $probe->{$_} ? ("-$_" => $probe->{$_}) : () } qw(client auth headers secret)
        );
    }
    my @wrong =
        $expect->{kind} eq 'accepted'
        ? judge_token($world, $answer, $expect)
        : judge_refusal($world, $answer, $expect);
    return (!@wrong, join '; ', @wrong, "answer $answer->{status}: " . substr($answer->{body}, 0, 300));
}

sub judge_headers
{
    my ($answer) = @_;
    my @wrong;
    push @wrong, 'Content-Type is ' . ($answer->header('content-type') // 'missing')
        if ($answer->header('content-type') // '') !~ m{^application/json\b}i;
    push @wrong, 'Cache-Control without no-store' if ($answer->header('cache-control') // '') !~ /\bno-store\b/;
    push @wrong, 'Pragma without no-cache' if ($answer->header('pragma') // '') ne 'no-cache';
    push @wrong, "there is a header $_" for grep { defined $answer->header($_) } qw(ETag Set-Cookie);
    return @wrong;
}

sub judge_token
{
    my ($world, $answer, $expect) = @_;
    return 'no token' if $answer->{status} != 200 || !defined $answer->json->{access_token};
    my @wrong = judge_headers($answer);
    my ($claims) = eval { $world->decode($answer->json->{access_token}) };
    return (@wrong, "the issued token does not verify: $@") if !$claims;
    if ($expect->{claims}) {
        my ($good, $words) = $expect->{claims}->($claims, $answer);
        push @wrong, $words // 'the claims are not as expected: ' . Tokex::Jose::json($claims) if !$good;
    }
    my $audit = $world->audit_of($answer) or push @wrong, 'no audit line';
    return @wrong;
}

sub judge_refusal
{
    my ($world, $answer, $expect) = @_;
    my $json = $answer->json;
    my @wrong;
    push @wrong, "status is not $expect->{status}" if $answer->{status} != $expect->{status};
    push @wrong, 'a token came back' if exists $json->{access_token};
    # Some requests are refused by httpd itself before anybody's handler: no JSON is asked of those.
    if (defined $expect->{error}) {
        push @wrong, judge_headers($answer);
        push @wrong, "error is not $expect->{error}" if ($json->{error} // '') ne $expect->{error};
        push @wrong, 'no receipt' if ($json->{receipt} // '') !~ /^[A-Za-z0-9_-]{16}$/;
        push @wrong, 'no WWW-Authenticate'
            if $answer->{status} == 401 && !defined $answer->header('www-authenticate');
    }
    return @wrong if !$expect->{before} && !$expect->{code} && !$expect->{step};
    my $audit = $world->audit_of($answer) or return (@wrong, 'no audit line');
    return (@wrong, judge_audit($audit, $expect));
}

# Where and why an audited request was refused, against what is expected of it.
sub judge_audit
{
    my ($audit, $expect) = @_;
    my @wrong;
    my ($step) = refused_at($audit);
    push @wrong, "refused at step $step, not before $expect->{before}"
        if $expect->{before} && ($STEP{$step} // 99) >= $STEP{ $expect->{before} };
    push @wrong, "refused at step $step, not $expect->{step}" if $expect->{step} && $step ne $expect->{step};
    my @codes = ref $expect->{code} ? @{ $expect->{code} } : $expect->{code} // ();
    push @wrong, "code is $audit->{code}, not @codes"
        if @codes && !grep { $_ eq ($audit->{code} // '') } @codes;
    return @wrong;
}

sub is_between
{
    my ($step, $first, $last) = @_;
    return ($STEP{$step} // -1) >= $STEP{$first} && $STEP{$step} <= $STEP{$last};
}

# The step at which an audited request was refused: the last of its trace.
sub refused_at
{
    my ($audit) = @_;
    my @trace = ref $audit->{trace} ? @{ $audit->{trace} } : split /[ ,]+/, $audit->{trace} // '';
    my ($step) = ($trace[-1] // 'none:') =~ /^([^:]*)/;
    return $step;
}

# ---- What tokexctl import makes of a probe

sub at_import
{
    my ($world, $probe, $expect) = @_;
    my ($status, $said) = $world->ctl->try_import($probe->{import}, '--dry-run');
    my @wrong;
    push @wrong, "exit status $status" if $status != ($expect->{kind} eq 'faults' ? 1 : 0);
    push @wrong, "does not say $expect->{like}" if defined $expect->{like} && $said !~ $expect->{like};
    return (!@wrong, join '; ', @wrong, "said: $said");
}

1;
