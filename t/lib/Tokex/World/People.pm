package Tokex::World::People;

# A world whose partner links its subjects, and a client that takes local attributes, one that mandates an account,
# one that knows of none.

use strict;
use warnings;
use Tokex::Jose qw(unjson);
use Tokex::Protected;
use Time::HiRes qw(sleep time);
use Exporter qw(import);

our @EXPORT_OK = qw(people subject_of code_of until_said account links);

# people(edit => sub { edits the document, with its partner and a rule for everything }, more as of Tokex::Protected)
sub people
{
    my (%more) = @_;
    my $edit = delete $more{edit};
    return Tokex::Protected->new(
        locations => ['/api' => 'TokexClient local', '/own' => "TokexClient local\nTokexOwnTokens accept",
            '/plain' => 'TokexClient orders'],
        document => sub {
            my ($document, $world) = @_;
            my ($everything) = map { $_->{rules}[0] } grep { $_->{id} eq 'orders' } @{ $document->{clients} };
            my $self = { %$everything, issuers => [@{ $everything->{issuers} }, 'self'] };
            my ($partner) = grep { $_->{id} eq 'partner' } @{ $document->{issuers} };
            %$partner = (%$partner, implicit_linking => \1, lookup_primary => 'email', lookup_secondary => 'username',
                authoritative_for => ['username']);
            push @{ $document->{clients} },
                $world->client('local', rules => [$self], local_attributes => \1),
                $world->client('mandating', rules => [$self], local_attributes => \1, mandate_account => \1),
                $world->client('checking', rules => [$self], mandate_account => \1),
                $world->client('inspector', grant_types => [], introspects => ['api']);
            my ($scope) = grep { $_->{id} eq 'invoicing' } @{ $document->{scopes} };
            $scope->{roles} = ['auditor'];
            push @{ $document->{mappings}[0]{rows} }, { source => 'account', from => 'username', to => 'login' };
            $edit->($document, $world, $partner, $everything) if $edit;
        },
        %more
    );
}

sub account
{
    my ($world, $name) = @_;
    return unjson($world->ctl->must(undef, 'account', 'show', $name, '--json'));
}

sub links { my ($world) = @_; return @{ unjson($world->ctl->must(undef, qw(link list --json))) } }

# What an exchange came to: the code of a refusal, or `sub`.
sub subject_of
{
    my ($world, $client, %claims) = @_;
    my $answer = $world->exchange(-client => $client, subject_token => $world->token(claims => \%claims));
    return code_of($world, $answer) if $answer->status != 200;
    my ($claims) = $world->decode($answer->json->{access_token});
    return $claims->{sub};
}

sub code_of { my ($world, $answer) = @_; return $world->audit_of($answer)->{code} }

# Seconds until `ask` says what is wanted; 99 when it does not.
sub until_said
{
    my ($what, $ask, $bound) = @_;
    my $from = time;
    while (time - $from < ($bound // 10)) {
        return time - $from if $ask->() eq $what;
        sleep 0.02;
    }
    return 99;
}

1;
