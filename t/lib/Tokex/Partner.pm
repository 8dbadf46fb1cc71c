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

# new(algorithm => of the provider's access tokens, config => more of httpd.conf, modules => [...])
sub new
{
    my ($class, %want) = @_;
    my $port = Tokex::Httpd::free_port();
    my $provider = Tokex::Node->start('provider.mjs', $port, 'partner-sts', $want{algorithm} // 'RS256');
    my $issuer = $provider->{ready}{issuer};
    my $tokens = Tokex::Node::run('', 'user.mjs', $issuer);
    my $jwks = unjson(HTTP::Tiny->new->get($tokens->{jwks_uri})->{content});

    my $httpd = Tokex::Httpd->new(modules => $want{modules} // []);
    my $ours = $httpd->url('/sts');
    my ($user, $group) = Tokex::Httpd::account();
    my $ctl = Tokex::Ctl->new(dir => $httpd->dir . '/tokex', $> == 0 ? (group => $group) : ());
    $ctl->init;
    $ctl->import_document(document($issuer, $jwks, $ours));
    $httpd->{config} = <<"END" . ($want{config} // '');
TokexIssuer $ours
TokexDirectory \@DIR\@/tokex
TokexAuditLog \@DIR\@/audit.log
<Location "/sts">
    SetHandler tokex
</Location>
END
    return bless { provider => $provider, tokens => $tokens, httpd => $httpd, ctl => $ctl }, $class;
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
