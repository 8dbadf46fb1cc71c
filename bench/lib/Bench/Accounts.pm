package Bench::Accounts;

# What local accounts cost an exchange: the same bodies, in turn, at a service without accounts and at one whose
# every subject is linked to one of many.
use strict;
use warnings;
use Exporter qw(import);
use JSON::PP ();
use Time::HiRes ();
use Bench::Build qw(need run_or_die);
use Bench::Exchange qw(compare);
use Bench::Load qw(rounded);
use Bench::Server;
use Bench::Site qw(document home httpd httpd_conf slurp spew subject_tokens workplace);

our @EXPORT_OK = qw(accounts);

use constant {ALG => 'RS256', OURS => 'ES256'};

sub server {
    my ($built, $dir, $home) = @_;
    my $port = Bench::Server::free_port();
    my $rest = <<"END";
TokexIssuer https://sts.bench.example
TokexDirectory $home
TokexAuditLog $dir/audit.log
<LocationMatch "^/sts/token\$">
    SetHandler tokex
</LocationMatch>
END
    return httpd($dir, "tokex-$port", $port, httpd_conf($dir, $port, "LoadModule tokex_module $built->{module}", $rest));
}

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
    my $plain   = server($built, $dir, home($built, "$dir/plain", configuration($subject, 0), OURS));
    my @results;
    for my $count (1, 10_000, 1_000_000) {
        next if $opt->{case} && !grep { $_ eq $count } @{ $opt->{case} };
        my $home   = home($built, "$dir/accounts-$count", configuration($subject, 1), OURS);
        my $took   = fill($built, $home, $count);
        my $server = server($built, $dir, $home);
        my $found  = compare($built, $count, $plain, $server, bodies_of($dir, $subject, $count), $opt);
        $server->stop;
        push @results, {
            %$found,
            import_seconds => rounded($took, 1),
            state_db_mib   => rounded((-s "$home/state/state.db") / 1048576, 1)
        };
    }
    $plain->stop;
    return { cases => \@results };
}

1;
