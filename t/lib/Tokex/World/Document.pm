package Tokex::World::Document;

# The configuration of a world: every kind of client, target, mapping and scope that the tests need. Its
# issuers are those of Tokex::World::Issuers.

use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Tokex::Jose qw(b64u json unjson);

# What a client with everything has.
our @SCOPES = qw(orders.read orders.write invoicing);
# A secret with each character that Basic and forms treat in a way of their own.
our $ODD_SECRET = 'se/cr+et: %41&=ü';

sub make_document
{
    my ($self) = @_;
    my %issuers = $self->make_issuers;
    my @enabled = sort keys %issuers;
    my $rule = sub {
        my ($id, $issuers, $targets, $default, %more) = @_;
        return {
            id => $id,
            issuers => $issuers,
            targets => $targets,
            ($default ? (default_target => $default) : ()), %more
        };
    };
    my $everything = sub { $rule->('everything', [@enabled], [qw(api billing dark short)], 'api') };
    my $clients = [
        $self->client('orders', rules => [$everything->()]),
        $self->client('shop', rules => [$everything->()]),
        $self->client('orders:1', secret => 'se/cr+et', rules => [$everything->()]),
        $self->client('odd', secret => $ODD_SECRET, rules => [$everything->()]),
        $self->client('off', enabled => \0, rules => [$everything->()]),
        $self->client('public', secret => undef, rules => [$everything->()]),
        $self->client('nogrant', grant_types => [], rules => [$everything->()]),
        $self->client('norules'),
        $self->client('asserting', grant_types => ['urn:ietf:params:oauth:grant-type:jwt-bearer'], rules => [$everything->()]),
        $self->client('others', rules => [$rule->('other', ['other'], ['api'], 'api')]),
        $self->client('nodefault', rules => [$rule->('named', \@enabled, [qw(api billing)])]),
        $self->client(
            'inorder',
            rules => [
                $rule->('first', ['partner'], ['billing'], 'billing', enabled => \0),
                $rule->('second', ['partner'], ['api'], 'api', lifetime => 60),
                $rule->('third', ['partner'], [qw(api billing)], 'billing', lifetime => 30)
            ]
        ),
        $self->client(
            'absent',
            rules => [$rule->('absent', \@enabled, ['api'], 'api', scopes_when_absent => ['orders.read'])]
        ),
        $self->client('darkened', rules => [$rule->('dark', [@enabled], ['dark'], 'dark')]),
        $self->client('few', scopes => ['orders.read'], rules => [$everything->()]),
        $self->delegating_clients(\@enabled),
        $self->client('rotating', secret => 'unused', rules => [$everything->()]),
    ];
    $self->{secrets}{rotating} = b64u($self->octets(32));
    $self->{secrets}{'rotating-old'} = b64u($self->octets(32));
    $clients->[-1]{secrets} = [
        { id => 'new', sha256 => sha256_hex($self->{secrets}{rotating}), created => 1, expires => 0 },
        { id => 'old', sha256 => sha256_hex($self->{secrets}{'rotating-old'}), created => 1, expires => 1000 }
    ];
    return {
        schema => 1,
        issuers => [map { $issuers{$_} } sort keys %issuers],
        mappings => [{
            id => 'profile',
            name => 'Profile',
            rows => [
                { from => 'email', to => 'email' },
                { from => 'groups', to => 'groups' },
                { from => 'https://example\.com/roles', to => 'roles' },
                { from => 'number', to => 'number' },
                { from => 'nested', to => 'nested' }
            ]
        }, $self->typed_mappings],
        scopes => [
            (map { { id => $_, description => "Scope $_" } } @SCOPES, 'admin'),
            { id => 'payments', sensitive => \1 }
        ],
        targets => [
            $self->target(
                'api',
                scopes => [@SCOPES, 'payments'],
                resources => ['https://api.example/', 'https://api.example/v1?shop=1&x=%2F']
            ),
            $self->target('billing', scopes => ['invoicing'], resources => ['https://billing.example/']),
            $self->target('dark', enabled => \0, scopes => [@SCOPES]),
            $self->target('short', scopes => [@SCOPES], lifetime => 20),
            # A service that exchanges the tokens it is sent: they carry its client id.
            $self->target('hop', scopes => [@SCOPES], audience => 'acting'),
            $self->target('foreign', scopes => [@SCOPES], resources => ['https://foreign.example/'])
        ],
        clients => $clients,
    };
}

# Clients whose rules say who may act, how scopes grow, and what else a token must be.
sub delegating_clients
{
    my ($self, $issuers) = @_;
    my $rule = sub {
        return [{
            id => 'only',
            issuers => [@$issuers, 'self'],
            targets => [qw(api billing hop)],
            default_target => 'api',
            @_
        }];
    };
    my $agents = { issuer => 'agents', subject => 'svc-*' };
    my $delegation = sub { return (delegation => \1, actors => [$agents], @_) };
    my $our_agents = { issuer => 'self', subject => 'svc-*' };
    my $condition = sub {
        my ($claim, $test, @values) = @_;
        return { claim => $claim, test => $test, values => \@values };
    };
    return (
        $self->client(
            'delegate',
            properties => [{ name => 'department', value => 'sales' }],
            rules => $rule->($delegation->(actors => [$agents, $our_agents]))
        ),
        $self->client('narrowed', rules => $rule->(narrow_audience => \1)),
        $self->client('delegate-only', rules => $rule->($delegation->(impersonation => \0))),
        $self->client(
            'acting',
            rules => $rule->($delegation->(impersonation => \0, client_as_actor => \1, max_actors => 2))
        ),
        $self->client(
            'own-actor',
            rules => $rule->($delegation->(actors => [{ issuer => 'partner', subject => 'auth0|*' }]))
        ),
        $self->client(
            'undelegated',
            rules => $rule->($delegation->(conditions => [$condition->(qw(act none_of anybody))]))
        ),
        $self->client(
            'judging',
            rules => $rule->(
                conditions => [$condition->(qw(org is acme)), $condition->(qw(groups any_of staff lead))]
            )
        ),
        $self->client(
            'wide',
            scopes => [@SCOPES, 'payments'],
            rules => $rule->(scope_mode => 'widen', sensitive_scopes => ['payments'])
        ),
        $self->client('fall', scopes => [@SCOPES, 'payments'], rules => $rule->(scope_mode => 'fallback')),
        $self->client('robots', rules => $rule->(machine_tokens => \1)),
    );
}

# Mappings with every source, transform and type, and what each does without a value.
sub typed_mappings
{
    my ($self) = @_;
    return ({
        id => 'typed',
        name => 'Typed',
        rows => [
            { from => 'address.country', to => 'country', transform => 'lower', type => 'text' },
            { from => 'https://example\.com/groups', to => 'groups', type => 'texts' },
            { from => 'https://example\.com/groups', to => 'group', transform => 'first', type => 'text' },
            { from => 'level', to => 'level', type => 'number' },
            { from => 'verified', to => 'verified', type => 'boolean' },
            { from => 'words', to => 'words', transform => 'split', type => 'texts' },
            { from => 'list', to => 'line', transform => 'join', type => 'text' },
            {
                from => 'rank',
                to => 'grade',
                transform => 'table',
                table => [{ from => 'boss', to => 'manager' }, { from => 'hand', to => 'clerk' }]
            },
            { from => 'tier', to => 'tier', if_missing => 'default', default_value => 'basic' },
            { source => 'actor', from => 'email', to => 'sent_by' },
            { source => 'parameter', from => 'transaction_id', to => 'transaction_id', type => 'text' },
            { source => 'client', from => 'department', to => 'department' },
            { source => 'constant', from => 'eu-1', to => 'region' }
        ]
    }, {
        id => 'needing',
        name => 'Needing',
        rows => [
            { from => 'email', to => 'email', if_missing => 'refuse' },
            { source => 'client', from => 'department', to => 'department', if_missing => 'refuse' },
            {
                source => 'parameter',
                from => 'transaction_id',
                to => 'transaction_id',
                if_missing => 'refuse'
            }
        ]
    });
}

# A copy of the configuration with changes.
sub edited
{
    my ($self, $edit) = @_;
    my $copy = unjson(json($self->{document}));
    $edit->($copy);
    return $copy;
}

# The same with one more issuer, for trying out key material.
sub with_issuer
{
    my ($self, %fields) = @_;
    my (undef, $issuer) = $self->issuer('tried', %fields);
    return $self->edited(sub { push @{ $_[0]{issuers} }, $issuer });
}

sub target
{
    my ($self, $id, %more) = @_;
    return { id => $id, name => "Target $id", audience => "https://$id.example", %more };
}

sub client
{
    my ($self, $id, %more) = @_;
    my $secret = exists $more{secret} ? delete $more{secret} : b64u($self->octets(32));
    my @secrets;
    if (defined $secret) {
        $self->{secrets}{$id} = $secret;
        my $octets = $secret;
        utf8::encode($octets) if utf8::is_utf8($octets);
        @secrets = ({ id => 'one', sha256 => sha256_hex($octets), created => 1, expires => 0 });
    }
    return { id => $id, name => "Client $id", scopes => [@SCOPES], secrets => \@secrets, rules => [], %more };
}

1;
