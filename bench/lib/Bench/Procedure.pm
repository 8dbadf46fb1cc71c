package Bench::Procedure;

# What a procedure costs an exchange: the same bodies, in turn, at a service without one and at one whose rule passes
# the second of docs/procedures.md that came from JavaScript.
use strict;
use warnings;
use Exporter qw(import);
use Bench::Exchange qw(compare);
use Bench::Site qw(document home slurp spew subject_tokens token_server workplace);

our @EXPORT_OK = qw(procedure);

use constant {ALG => 'RS256', OURS => 'ES256', BAR => 1.3};

# The program of that name in the manual.
sub program {
    my ($built, $name) = @_;
    my ($source) = slurp("$built->{bench}/../docs/procedures.md") =~ /^```lua\n(-- \Q$name\E\.lua\n.*?)^```$/ms
        or die "docs/procedures.md has no $name.lua\n";
    return $source;
}

sub configuration {
    my ($built, $subject, $with) = @_;
    my $document = document(OURS, ALG, slurp("$subject/subject.jwk"));
    my ($client) = @{ $document->{clients} };
    $document->{targets}[0]{lifetime} = 86_400;
    $client->{rules}[0]{lifetime} = 300;
    $client->{properties} = [{ name => 'custom_token_exchange', value => 'true' }];
    if ($with) {
        $document->{procedures} = [{ id => 'transaction', name => 'Transactions', source => program($built, 'transaction') }];
        @{ $client->{rules}[0] }{qw(procedure procedure_lifetime)} = ('transaction', 86_400);
    }
    return $document;
}

sub procedure {
    my ($built, $opt) = @_;
    my $dir     = workplace();
    my $subject = subject_tokens($built, $dir, ALG);
    my $bodies  = spew("$dir/bodies-transaction.txt", slurp("$subject/bodies.txt") =~ s/$/&transaction_id=1234/gmr =~ s/^&.*\n?\z//mr);
    my ($plain, $with) = map {
        token_server($built, $dir, home($built, "$dir/procedure-$_", configuration($built, $subject, $_), OURS))
    } 0, 1;
    my $found = compare($built, 'transaction', $plain, $with, $bodies, $opt);
    $_->stop for $plain, $with;
    return { cases => [{ %$found, bar => BAR }] };
}

1;
