#!/usr/bin/perl
# The issued token at Debian's resource servers: mod_oauth2 and mod_auth_openidc.
use strict;
use warnings;
use File::Temp ();
use HTTP::Tiny;
use Test::More;
use lib 't/lib';
use Tokex::Httpd;
use Tokex::Jose;
use Tokex::Node;

my $missing = Tokex::Node::missing();
for my $module (qw(oauth2 auth_openidc ssl)) {
    $missing ||= "mod_$module is not installed" if !Tokex::Httpd::has_module($module);
}
plan skip_all => $missing if $missing;
require Tokex::Partner;

# mod_auth_openidc fetches keys by https only.
my $tls = Tokex::Httpd::free_port();
my $certificates = File::Temp->newdir;
Tokex::Jose::openssl('', qw(req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1),
    '-keyout', "$certificates/key.pem", '-out', "$certificates/cert.pem");

my $world = Tokex::Partner->new(
    modules => [qw(ssl socache_shmcb authn_core authz_user auth_openidc oauth2)],
    config  => <<"END");
Listen 127.0.0.1:$tls
<VirtualHost 127.0.0.1:$tls>
    SSLEngine on
    SSLCertificateFile $certificates/cert.pem
    SSLCertificateKeyFile $certificates/key.pem
    TokexIssuer https://127.0.0.1:$tls/sts
    <Location "/sts">
        SetHandler tokex
    </Location>
</VirtualHost>

OAuth2TokenVerify jwks_uri http://127.0.0.1:\@PORT\@/sts/jwks verify.iss=http://127.0.0.1:\@PORT\@/sts
<Location "/oauth2/">
    AuthType oauth2
    AuthzSendForbiddenOnFailure On
    Require oauth2_claim scp:orders.read
</Location>
<Location "/oauth2/write/">
    AuthType oauth2
    AuthzSendForbiddenOnFailure On
    Require oauth2_claim scp:orders.write
</Location>

OIDCCryptoPassphrase passphrase-of-a-test
OIDCOAuthVerifyJwksUri https://127.0.0.1:$tls/sts/jwks
OIDCOAuthSSLValidateServer Off
OIDCSSLValidateServer Off
OIDCOAuthRemoteUserClaim sub
<Location "/openidc/">
    AuthType oauth20
    AuthzSendForbiddenOnFailure On
    Require claim scp:orders.read
</Location>
<Location "/openidc/write/">
    AuthType oauth20
    AuthzSendForbiddenOnFailure On
    Require claim scp:orders.write
</Location>
END
my $httpd = $world->{httpd};
for my $dir (qw(oauth2 oauth2/write openidc openidc/write)) {
    mkdir $httpd->dir . "/htdocs/$dir" or die $!;
    open my $out, '>', $httpd->dir . "/htdocs/$dir/page" or die $!;
    print {$out} "content\n";
    close $out;
}
$httpd->start;

my $answer = $world->exchange('basic', 'access_token', $world->{tokens}{access_token}, 'scope=orders.read');
my $token = $answer->{access_token} or BAIL_OUT('no token: ' . Tokex::Jose::json($answer));
my @part = split /\./, $token;
my %wrong = (
    'with another signature' => join('.', @part[0, 1], scalar reverse $part[2]),
    'of the partner'         => $world->{tokens}{access_token},
);

sub get
{
    my ($path, $bearer) = @_;
    return HTTP::Tiny->new->get($httpd->url($path), { headers => { $bearer ? (Authorization => "Bearer $bearer") : () } });
}

for my $server (qw(oauth2 openidc)) {
    my $got = get("/$server/page", $token);
    is $got->{status}, 200, "mod_$server accepts the issued token" or diag $httpd->error_log;
    is $got->{content}, "content\n", "mod_$server: the page";
    isnt get("/$server/write/page", $token)->{status}, 200, "mod_$server refuses a scope that was not granted";
    is get("/$server/page")->{status}, 401, "mod_$server refuses no token";
    is get("/$server/page", $wrong{$_})->{status}, 401, "mod_$server refuses a token $_" for sort keys %wrong;
}

done_testing;
