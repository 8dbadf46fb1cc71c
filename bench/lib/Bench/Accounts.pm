package Bench::Accounts;

# What local accounts cost an exchange: the same bodies, in turn, at a service without accounts and at one whose
# every subject is linked to one of many; and at one that has to know of many tokens that were taken back.
use strict;
use warnings;
use Exporter qw(import);
use HTTP::Tiny;
use JSON::PP ();
use Time::HiRes ();
use Bench::Build qw(need run_or_die);
use Bench::Exchange qw(compare);
use Bench::Load qw(rounded);
use Bench::Site qw(SECRET document home slurp spew subject_tokens token_server workplace);

our @EXPORT_OK = qw(accounts);

# LOOK_UP_BAR: what is demanded of a look-up, in microseconds.
use constant {ALG => 'RS256', OURS => 'ES256', REVOKED => 100_000, LOOK_UPS => 20_000, LOOK_UP_BAR => 50};

sub configuration {
    my ($subject, $local) = @_;
    my $document = document(OURS, ALG, slurp("$subject/subject.jwk"));
    my ($client) = @{ $document->{clients} };
    @{$client}{qw(local_attributes mandate_account)} = (JSON::PP::true, JSON::PP::true) if $local;
    return $document;
}

# Fills `home` with accounts called as the tokens' subjects are, and links each; seconds that the import took.
sub fill {
    my ($built, $home, $count) = @_;
    my $file = "$home.csv";
    open(my $out, '>', $file) or die "$file: $!\n";
    print {$out} "username,email,mobile,roles,unique.badge\n";
    printf {$out} "user-%07d,user-%07d\@home.example,+49%09d,\"clerk,auditor\",%d\n", ($_) x 4 for 0 .. $count - 1;
    close($out) or die "$file: $!\n";
    my $from = Time::HiRes::time();
    run_or_die($built->{tokexctl}, '-d', $home, 'account', 'import', $file);
    my $took = Time::HiRes::time() - $from;
    unlink $file;
    run_or_die('sqlite3', "$home/state/state.db", 'PRAGMA foreign_keys = ON; '
        . "INSERT INTO account_link SELECT 'idp', username, id, 0, 'admin', '' FROM account");
    return $took;
}

# Microseconds of CPU that it takes to find one of the accounts, by the way it is found.
sub look_up {
    my ($built, $home, $count) = @_;
    run_or_die('make', '-s', '-C', $built->{build}, 'bench/look_up');
    return JSON::PP::decode_json(run_or_die("$built->{build}/bench/look_up", "$home/state/state.db", $count, LOOK_UPS));
}

# Fills `home` with so many tokens that were taken back, none of them one of the load; seconds that it took.
sub take_back {
    my ($home, $count) = @_;
    my $from = Time::HiRes::time();
    run_or_die('sqlite3', "$home/state/state.db", 'BEGIN IMMEDIATE; '
        . "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $count) "
        . 'INSERT INTO revocation (number, kind, issuer, value, issued_before, ends, created, who, reason) '
        . "SELECT i, 'token', CASE i % 2 WHEN 0 THEN '' ELSE 'idp' END, 'AAAAAAAAAAAAAAAA' || i, 0, 4000000000, 1, 'bench', '' FROM n; "
        . "UPDATE revocation_change SET number = $count; COMMIT");
    return Time::HiRes::time() - $from;
}

# They are in force: one more, of a token that the load does not bring, is refused.
sub check_revocations {
    my ($built, $home, $server, $subject) = @_;
    my $body = (split /\n/, slurp("$subject/bodies.txt"))[-1];
    my $http = HTTP::Tiny->new(default_headers => { 'Content-Type' => 'application/x-www-form-urlencoded' });
    my $url  = 'http://bench:' . SECRET . "\@127.0.0.1:$server->{port}/sts/token";
    my $ask  = sub { return $http->post($url, { content => $body })->{status} };
    die "the last token is not exchanged\n" if $ask->() != 200;
    run_or_die($built->{tokexctl}, '-d', $home, 'token', 'revoke', '--issuer', 'idp', '--jti', 'bench-19999');
    my $end = Time::HiRes::time() + 10;
    while (Time::HiRes::time() < $end) { return if $ask->() == 400 }
    die "what is taken back is not refused\n";
}

# A case of its own: nobody has an account, and so many tokens were taken back.
sub revoked {
    my ($built, $dir, $subject, $plain, $opt) = @_;
    my $home   = home($built, "$dir/revoked", configuration($subject, 0), OURS);
    my $took   = take_back($home, REVOKED);
    my $server = token_server($built, $dir, $home);
    check_revocations($built, $home, $server, $subject);
    my $found = compare($built, 'revoked-' . REVOKED, $plain, $server, bodies_of($dir, $subject, 10_000), $opt);
    $server->stop;
    return { %$found, import_seconds => rounded($took, 1), state_db_mib => rounded((-s "$home/state/state.db") / 1048576, 1) };
}

# The bodies of subjects that have an account.
sub bodies_of {
    my ($dir, $subject, $count) = @_;
    my @lines = split /^/, slurp("$subject/bodies.txt");
    splice @lines, $count if @lines > $count;
    return spew("$dir/bodies-$count.txt", join '', @lines);
}

sub accounts {
    my ($built, $opt) = @_;
    need('sqlite3', 'sqlite3');
    my $dir     = workplace();
    my $subject = subject_tokens($built, $dir, ALG);
    my $plain   = token_server($built, $dir, home($built, "$dir/plain", configuration($subject, 0), OURS));
    my @results;
    for my $count (1, 10_000, 1_000_000) {
        next if $opt->{case} && !grep { $_ eq $count } @{ $opt->{case} };
        my $home   = home($built, "$dir/accounts-$count", configuration($subject, 1), OURS);
        my $took   = fill($built, $home, $count);
        my $server = token_server($built, $dir, $home);
        my $found  = compare($built, $count, $plain, $server, bodies_of($dir, $subject, $count), $opt);
        $server->stop;
        push @results, {
            %$found,
            look_up_us     => look_up($built, $home, $count),
            look_up_bar    => LOOK_UP_BAR,
            import_seconds => rounded($took, 1),
            state_db_mib   => rounded((-s "$home/state/state.db") / 1048576, 1)
        };
    }
    push @results, revoked($built, $dir, $subject, $plain, $opt)
        if !$opt->{case} || grep { $_ eq 'revoked-' . REVOKED } @{ $opt->{case} };
    $plain->stop;
    return { cases => \@results };
}

1;
