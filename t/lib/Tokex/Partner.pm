package Tokex::Partner;

# A world with oidc-provider as the trusted issuer: its public keys imported, one client, one target.

use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use HTTP::Tiny;
use Tokex::Ctl;
use Tokex::Httpd;
use Tokex::Jose qw(unjson);
use Tokex::Node;

our $SECRET = 'a-secret-of-the-peer-tests-which-nobody-else-has';

sub secret { return $SECRET }

# new(algorithm => of the provider's access tokens, config => more of httpd.conf, modules => [...],
#     tls => a Tokex::Tls: the provider speaks TLS, and its keys are fetched through its metadata)
sub new
{
    my ($class, %want) = @_;
    my $port = Tokex::Httpd::free_port();
    my $self = bless { algorithm => $want{algorithm} // 'RS256', port => $port, tls => $want{tls} }, $class;
    $self->start_provider('provider');
    my $tokens = $self->log_in;
    my $issuer = $self->{provider}{ready}{issuer};
    my $jwks = $want{tls} ? $self->published : unjson(HTTP::Tiny->new->get($tokens->{jwks_uri})->{content});

    my $httpd = Tokex::Httpd->new(modules => $want{modules} // []);
    my $ours = $httpd->url('/sts');
    my ($user, $group) = Tokex::Httpd::account();
    my $ctl = Tokex::Ctl->new(dir => $httpd->dir . '/tokex', $> == 0 ? (group => $group) : ());
    $ctl->init;
    my $document = document($issuer, $jwks, $ours);
    if ($want{tls}) {
        my ($partner) = @{ $document->{issuers} };
        @$partner{qw(keys metadata_url)} = ([], "$issuer/.well-known/openid-configuration");
    }
    $ctl->import_document($document);
    $httpd->{config} = <<"END" . ($want{config} // '');
TokexIssuer $ours
TokexDirectory \@DIR\@/tokex
TokexAuditLog \@DIR\@/audit.log
<Location "/sts">
    SetHandler tokex
</Location>
END
    @$self{qw(tokens httpd ctl jwks)} = ($tokens, $httpd, $ctl, $jwks);
    return $self;
}

# The provider, with new keys whose kids begin with `kids`.
sub start_provider
{
    my ($self, $kids) = @_;
    my $tls = $self->{tls};
    $self->{certificate} //= [$tls->certificate('provider')] if $tls;
    $self->{provider} = Tokex::Node->start('provider.mjs', $self->{port}, 'partner-sts', $self->{algorithm},
        $tls ? (@{ $self->{certificate} }, $kids) : ());
    return;
}

sub stop_provider { my ($self) = @_; delete $self->{provider}; return }

# What a user's client gets from the provider.
sub log_in
{
    my ($self) = @_;
    local $ENV{NODE_EXTRA_CA_CERTS} = $self->{tls}->ca_file if $self->{tls};
    return Tokex::Node::run('', 'user.mjs', $self->{provider}{ready}{issuer});
}

# The keys that it shows over TLS.
sub published
{
    my ($self) = @_;
    my $ca = $self->{tls}->ca_file;
    return unjson(scalar qx(curl -s --cacert "$ca" "$self->{provider}{ready}{issuer}/jwks"));
}

sub document
{
    my ($issuer, $jwks) = @_;
    return {
        schema => 1,
        issuers => [{ id => 'partner', name => 'Partner', issuer => $issuer, mapping => 'partner',
                      algorithms => ['RS256', 'ES256'], audiences => ['partner-sts', 'web-app'],
                      keys => [{ jwks => $jwks }] }],
        mappings => [{ id => 'partner', name => 'Partner',
                       rows => [map { { from => $_, to => $_ } } qw(email groups)] }],
        scopes => [map { { id => $_, description => $_ } } qw(orders.read orders.write)],
        targets => [{ id => 'orders', name => 'Orders', audience => 'https://orders.example',
                      resources => ['https://orders.example/api'], scopes => ['orders.read', 'orders.write'] }],
        clients => [{ id => 'orders-api', name => 'Orders API', scopes => ['orders.read', 'orders.write'],
                      secrets => [{ id => 's1', sha256 => sha256_hex($SECRET) }],
                      rules => [{ id => 'partner', issuers => ['partner'], targets => ['orders'],
                                  default_target => 'orders' }] }],
    };
}

# openid-client's answer for an exchange.
sub exchange
{
    my ($self, $method, $type, $token, @extra) = @_;
    return Tokex::Node::run($token, 'client.mjs', $self->{httpd}->url('/sts'), 'orders-api', $SECRET, $method, $type,
        @extra);
}

1;
