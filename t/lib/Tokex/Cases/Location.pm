package Tokex::Cases::Location;

# What a protected location makes of a probe of t/cases/*.pl: the subject token is sent as a bearer token, and
# what the form would have asked for is what the location asks for. So there is one location for each wish that
# the rows have; they are made before the rows run, because httpd reads its configuration at start.

use strict;
use warnings;
use JSON::PP ();
use Tokex::Cases ();
use Tokex::Http;
use Tokex::Jose qw(json);
use Tokex::Tree;

my $PAGE = 'the protected page';
# One that a request is sent with can be as long as this; the default of httpd is shorter than our tokens may be.
my $FIELD_SIZE = 100_000;
# A line of the configuration is no longer than this, and what a directive takes is one word.
my $LINE = 2000;
my $WORD = qr/^[^\x00-\x20\x7F"\\]{1,256}$/;
my $TYPE = qr/^urn:ietf:params:oauth:token-type:(access_token|jwt|id_token)$/;

# What httpd needs for it, and what stands in every configuration with it.
our @MODULES = qw(alias headers authz_user);
our $CONFIG = "LimitRequestFieldSize $FIELD_SIZE\nAliasMatch ^/at/\\d+\$ \@DIR\@/htdocs/page.txt";

# Rows of which no location can be given a single probe, and why. What is not here runs there; t/30-cases.t holds
# both.
my %ELSEWHERE = (
    'the form of a token request, or the credentials in it' => [qw(
        AS-13 CAU-004 CAU-007 CAU-009 CAU-011 CAU-012 CAU-013 CAU-014 CAU-015 CAU-035 CI-7 CU-18 CU-19 H-1
        HTP-016 TEP-004 TEP-005 TEP-009 TEP-011 TEP-012 TEP-013 TEP-015 TEP-016 TEP-018 TEP-020 TEP-021 TEP-022
        TEP-025 TEP-027 TEP-029 TEP-031 TEX-001 TEX-002 TEX-004
    )],
    'an actor token, which only a form has' => [qw(CLM-042 H-10 TEX-018 TEX-019)],
    'the type of token that a form asks for' => [qw(AS-28 TEX-010 TEX-011)],
    'a configuration, and no token' => [qw(AS-3 SIG-017 T-13)],
    'several answers of the other endpoints, or what is logged of them' => [qw(
        CLM-034 H-11 ISS-005 ISS-009 JSN-017 LOG-004 LOG-006 LOG-008 MET-001 MET-002 MET-003 TEP-001 TEP-002
        TEP-003 TEP-028 TEP-040
    )],
);
# Rows that are judged by the members of the token endpoint's answer, of which a location has none.
my %ANSWER = map { $_ => 1 } qw(CU-17);

# ---- What a location can express

# (what the location has to ask for, as a text) or (undef, why there is no such location)
sub wish_of
{
    my ($probe) = @_;
    my %asked = %{ $probe->{parameters} || {} };
    my %wish = (TokexClient => [$probe->{client} // 'orders'], TokexSubjectTokenType => ['jwt']);
    return (undef, 'it has no subject token') if !exists $probe->{token};
    return (undef, "a location's client presents no $_") for grep { exists $probe->{$_} } qw(auth headers secret);
    if (exists $asked{subject_token_type}) {
        my ($type) = (delete($asked{subject_token_type}) // '') =~ $TYPE;
        return (undef, 'TokexSubjectTokenType takes no such type') if !defined $type;
        $wish{TokexSubjectTokenType} = [$type];
    }
    my %directive = (audience => 'TokexAudience', resource => 'TokexResource', scope => 'TokexScope');
    for my $name (sort grep { defined $asked{$_} } keys %directive) {
        my @values = ref $asked{$name} ? @{ $asked{$name} } : $asked{$name};
        @values = split / /, $values[0], -1 if $name eq 'scope';
        return (undef, "$directive{$name} takes no such value") if grep { $_ !~ $WORD } @values;
        return (undef, "$directive{$name} has no such long line") if length "@values" > $LINE;
        $wish{ $directive{$name} } = \@values;
    }
    delete @asked{ keys %directive };
    return (undef, 'only a form has ' . join ', ', sort keys %asked) if %asked;
    return (undef, 'no header can hold such a token') if $probe->{token} =~ /[\x00\r\n]|^[ \t]|[ \t]$/;
    return json(\%wish);
}

# Makes the locations for all that the rows ask for, and starts httpd anew.
sub prepare
{
    my ($world, @tables) = @_;
    for my $row (map { @{ $_->[1] } } @tables) {
        for my $probe (eval { $row->[1]->($world) }) {
            my ($wish) = wish_of($probe);
            $world->{at}{$wish} //= keys %{ $world->{at} || {} } if defined $wish;
        }
    }
    my $httpd = $world->httpd;
    Tokex::Jose::write_file($httpd->dir . '/htdocs/page.txt', $PAGE);
    $httpd->{config} .= join '', map { section($world, $_) } sort keys %{ $world->{at} };
    $httpd->write_config;
    return $httpd->graceful;
}

sub section
{
    my ($world, $wish) = @_;
    my $asked = JSON::PP->new->utf8->decode($wish);
    my @issuers = map { $_->{id} } @{ $world->document->{issuers} };
    # The rows have subjects that cannot be the name of a user of httpd.
    return join "\n", "\n<Location /at/$world->{at}{$wish}>", 'AuthType tokex', 'Require valid-user',
        'TokexOwnTokens exchange', 'TokexMachineTokens on', 'TokexUserClaim jti', 'TokexCacheTTL 0',
        "TokexTrustedIssuers @issuers",
        (map { "$_ " . join ' ', map {qq("$_")} @{ $asked->{$_} } } sort keys %$asked),
        'Header set X-Goes-On "expr=%{req:Authorization}"', "</Location>\n";
}

# ---- One probe

# (good or not, words), or nothing where there is no such location.
sub run
{
    my ($world, $probe, $expect, $id) = @_;
    my ($wish) = wish_of($probe);
    return if !defined $wish || $ANSWER{$id};
    my $place = $world->{at}{$wish} // die "no location for $wish\n";
    $world->read_audit;
    my $from = @{ $world->{audit_lines} || [] };
    my $answer = $world->send_octets(
        Tokex::Http::octets(
            'GET', "/at/$place",
            [Authorization => length $probe->{token} ? "Bearer $probe->{token}" : '']
        )
    );
    my $audit = $world->audit_from($from, "/at/$place");
    my $asked = JSON::PP->new->utf8->decode($wish);
    my @wrong =
        $expect->{kind} eq 'accepted'
        ? judge_passage($world, $answer, $expect, $audit)
        : judge_refusal($answer, $expect, $audit, $probe->{token}, $id, $asked);
    return (!@wrong, join '; ',
        @wrong, "answer $answer->{status}: " . ($answer->header('www-authenticate') // 'no challenge'),
        $audit ? json($audit) : 'no audit line');
}

# The page comes, and the token that went on is held against what the row wants of an issued one.
sub judge_passage
{
    my ($world, $answer, $expect, $audit) = @_;
    return 'the page did not come' if $answer->{status} != 200 || $answer->{body} ne $PAGE;
    my ($token) = ($answer->header('x-goes-on') // '') =~ /^Bearer (\S+)$/ or return 'no token went on';
    my ($claims) = eval { $world->decode($token) };
    return "the token that went on does not verify: $@" if !$claims;
    my @wrong;
    if ($expect->{claims}) {
        my ($good, $words) = $expect->{claims}->($claims, as_issued($token, $claims));
        push @wrong, $words // 'the claims are not as expected: ' . json($claims) if !$good;
    }
    push @wrong, 'the audit line is not of it'
        if !$audit || $audit->{outcome} ne 'granted' || $audit->{jti} ne $claims->{jti};
    return @wrong;
}

# What the token endpoint would have said of it.
sub as_issued
{
    my ($token, $claims) = @_;
    my %answer = (
        access_token => $token,
        expires_in => $claims->{exp} - $claims->{iat},
        defined $claims->{scope} ? (scope => $claims->{scope}) : ()
    );
    return bless { status => 200, headers => [], body => json(\%answer), json => \%answer },
        'Tokex::Http::Answer';
}

# (status, error, true when it is the header that is refused): what RFC 6750 section 3.1 has for it.
sub answer_for
{
    my ($token, $expect, $audit, $asked) = @_;
    return (400, undef, 1) if length $token > $FIELD_SIZE;
    return (401, undef, 1) if !length $token;
    # Several words are several tokens (BRR-004), and a TAB is no blank (BRR-006).
    return (400, 'invalid_request', 1) if $token =~ /[\x00-\x20\x7F",]/;
    my $step = Tokex::Cases::refused_at($audit);
    return (401, 'invalid_token') if Tokex::Cases::is_between($step, 'token', 'condition') || $step eq 'once';
    return (403, 'insufficient_scope') if $step eq 'scope' && $asked->{TokexScope};
    return (403, undef);
}

sub judge_refusal
{
    my ($answer, $expect, $audit, $token, $id, $asked) = @_;
    my @wrong;
    push @wrong, 'something went on' if defined $answer->header('x-goes-on');
    push @wrong, 'the page came' if index($answer->{body}, $PAGE) >= 0;
    # What is too long is httpd's to refuse, before it knows of any location.
    return (@wrong, $answer->{status} == 400 ? () : 'status is not 400') if length $token > $FIELD_SIZE;
    return (@wrong, 'no audit line') if !$audit;
    my ($status, $error, $is_header) = answer_for($token, $expect, $audit, $asked);
    push @wrong, "status is not $status" if $answer->{status} != $status;
    push @wrong, judge_challenge($answer, $error, $audit) if $status != 403 || $error;
    push @wrong, "error is $error, not invalid_token"
        if !$is_header && ($error // '') ne 'invalid_token' && wants_invalid_token($id);
    push @wrong, 'the audit line does not say why' if !length $audit->{code} || !length $audit->{reason};
    push @wrong, 'outcome is not refused' if $audit->{outcome} ne 'refused';
    push @wrong, 'Cache-Control without no-store' if ($answer->header('cache-control') // '') !~ /\bno-store\b/;
    return (@wrong, Tokex::Cases::judge_audit($audit, $is_header ? { before => 'client' } : $expect));
}

sub judge_challenge
{
    my ($answer, $error, $audit) = @_;
    my $challenge = $answer->header('www-authenticate') // '';
    return 'no Bearer challenge' if $challenge !~ /^Bearer realm="/;
    return $challenge =~ /error/ ? "there is an error in $challenge" : () if !defined $error;
    my @wrong;
    push @wrong, "error is not $error in $challenge" if $challenge !~ /, error="\Q$error\E"/;
    push @wrong, "the receipt of the audit line is not in $challenge"
        if $challenge !~ /\(receipt \Q$audit->{receipt}\E\)"/;
    return @wrong;
}

# Rows whose sentence for protected locations is the usual one.
my $usual;

sub wants_invalid_token
{
    my ($id) = @_;
    if (!$usual) {
        my $shared = $ENV{TOKEX_SHARED} // Tokex::Tree::srcdir() . '/../shared';
        $usual = {};
        if (open my $in, '<', "$shared/negative-cases.csv") {
            while (<$in>) {
                $usual->{$1} = 1 if /^([A-Z0-9]{3}-\d{3}),.*401 Bearer error=invalid_token at a protected location/;
            }
        }
    }
    return $usual->{$id};
}

# ---- Is it the whole table?

# What is wrong with the lists above: ids that ran and are in it, ids that did neither.
sub judge_coverage
{
    my ($ran, @ids) = @_;
    my %reason = (%ANSWER, map { my $why = $_; map { $_ => $why } @{ $ELSEWHERE{$why} } } keys %ELSEWHERE);
    my %exists = map { $_ => 1 } @ids;
    return (
        (map {"$_ ran, and is listed: $reason{$_}"} grep { $reason{$_} } sort keys %$ran),
        (map {"$_ neither ran nor is listed"} grep { !$ran->{$_} && !$reason{$_} } sort keys %exists),
        (map {"$_ is listed and no row"} grep { !$exists{$_} } sort keys %reason)
    );
}

1;
