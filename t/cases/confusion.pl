# One kind of key taken for another.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256 hmac_sha384 hmac_sha512);
use Tokex::Cases;
use Tokex::Jose qw(b64u json unb64u);

my $refused = refused('invalid_request', before => 'signature');
my %hmac = (HS256 => \&hmac_sha256, HS384 => \&hmac_sha384, HS512 => \&hmac_sha512);

# A token with an HMAC under `secret`, once naming the key and once not.
my $hs = sub {
    my ($w, $what, $issuer, $kid, $secret, $alg) = @_;
    $alg //= 'HS256';
    return map {
        my $header = json({ alg => $alg, typ => 'JWT', defined $_ ? (kid => $_) : () });
        my $input = b64u($header) . '.' . b64u(json($w->claims(-issuer => $issuer)));
        probe(
            "$what, $alg, " . (defined $_ ? "kid $_" : 'no kid'),
            token => "$input." . b64u($hmac{$alg}->($input, $secret))
        );
    } $kid, undef;
};

[
    ['ALG-001', sub {
        my ($w) = @_;
        my $pem = $w->key('rsa')->public_pem;
        return (
            $hs->($w, 'the public PEM', 'partner', 'rsa-1', $pem),
            $hs->($w, 'the PEM without its last line break', 'partner', 'rsa-1', $pem =~ s/\n\z//r),
            $hs->($w, 'the certificate', 'pem', undef, $w->cert('rsa_cert'))
        );
    }, $refused],
    ['ALG-002', sub {
        my ($w) = @_;
        my $jwk = $w->key('rsa')->public_jwk;
        my $ec = $w->key('ec')->public_jwk;
        return (
            $hs->($w, 'DER', 'partner', 'rsa-1', $w->key('rsa')->public_der),
            $hs->($w, 'the JWK', 'partner', 'rsa-1', json($jwk)),
            $hs->($w, 'the octets of n', 'partner', 'rsa-1', unb64u($jwk->{n})),
            $hs->($w, 'n as text', 'partner', 'rsa-1', $jwk->{n}),
            $hs->($w, 'the octets of x and y', 'ec', 'ec-1', unb64u($ec->{x}) . unb64u($ec->{y})),
            $hs->(
                $w, 'the octets of the Ed25519 key',
                'eddsa', 'ed-1', unb64u($w->key('ed')->public_jwk->{x})
            )
        );
    }, $refused],
    ['ALG-004', sub {
        my ($w) = @_;
        return map {
            my $alg = $_;
            (
                $hs->($w, 'EC, empty key', 'ec', 'ec-1', '', $alg),
                $hs->($w, 'OKP, empty key', 'eddsa', 'ed-1', '', $alg),
                $hs->($w, 'RSA, empty key', 'partner', 'rsa-1', '', $alg)
            )
        } qw(HS256 HS384 HS512);
    }, $refused],
    ['ALG-005', sub {
        my ($w) = @_;
        return (
            probe('RS256 under it', token => $w->token(issuer => 'mixed', header => { kid => 'hs' })),
            $hs->($w, 'HS256 under it', 'mixed', 'hs', $w->key('rsa')->public_pem),
            probe('the warning', import => $w->document, expect => taken(qr/\bhs\b.*|HS256/))
        );
    }, $refused],
    ['ALG-011', sub {
        my ($w) = @_;
        return (
            probe(
                'ES256 to an RSA certificate',
                token => $w->token(issuer => 'pem', key => 'ec_stranger', header => { kid => undef })
            ),
            probe(
                'EdDSA to an RSA certificate',
                token => $w->token(issuer => 'pem', key => 'ed', header => { kid => undef })
            ),
            probe(
                'RS256 to an EC certificate',
                token => $w->token(issuer => 'pem-ec', header => { kid => undef })
            ),
            probe(
                'RS256 under the kid of an EC key',
                token => $w->token(issuer => 'two-keys', header => { kid => 'ec-1' })
            ),
            probe(
                'ES256 under the kid of an RSA key',
                token => $w->token(issuer => 'two-keys', key => 'ec', header => { kid => 'rsa-1' })
            ),
            probe('ES384 under a P-256 key', token => $w->raw(issuer => 'ec', key => 'ec', alg => 'ES384'))
        );
    }, $refused],
    ['ALG-013', sub {
        my ($w) = @_;
        return (
            $hs->($w, 'the oct key', 'mixed', 'oct', 'an hmac secret of the wrong kind'),
            probe(
                'the good key beside it',
                token => $w->token(issuer => 'mixed', header => { kid => 'good' }),
                expect => accepted()
            ),
            probe('the warning', import => $w->document, expect => taken(qr/\boct\b/))
        );
    }, $refused],
    ['ALG-014', sub {
        my ($w) = @_;
        my $nowhere = sub {
            my $private = $w->key('rsa')->private_jwk;
            my $stored = join '', $w->ctl->export_text('--with-secrets'),
                map { Tokex::Httpd::slurp($_) } glob($w->httpd->dir . '/tokex/*/*.db'),
                $w->httpd->dir . '/error.log';
            my @found = grep { index($stored, $private->{$_}) >= 0 } qw(d p q dp dq qi);
            return (!@found && index($stored, $private->{n}) >= 0, "kept of it: @found");
        };
        return (
            probe('the public part', token => $w->token(issuer => 'mixed', header => { kid => 'private' })),
            probe('the warning', import => $w->document, expect => taken(qr/private/)),
            probe('the private members', show => $nowhere, expect => shown()),
            probe(
                'a private JWK by itself',
                import => $w->with_issuer(keys => [{ jwk => $w->key('rsa')->private_jwk }]),
                expect => faults(qr/private/)
            )
        );
    }, accepted()],
];
