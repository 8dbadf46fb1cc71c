# Keys of issuers as they are given to us.
use strict;
use warnings;
use Digest::SHA qw(sha256);
use MIME::Base64 qw(decode_base64 encode_base64);
use Tokex::Cases;
use Tokex::Jose qw(b64u certificate unb64u);

# A token of issuer "mixed" under the key of that kid.
my $under = sub {
    my ($w, $kid) = @_;
    return probe("a token under $kid", token => $w->token(issuer => 'mixed', header => { kid => $kid }));
};
my $left_out = refused('invalid_request', before => 'signature', code => 'key_unknown');
my $alone = sub {
    my ($w, $what, $jwk) = @_;
    return probe(
        "$what by itself",
        import => $w->with_issuer(keys => [{ jwk => $jwk }]),
        expect => faults(qr/tried/)
    );
};
my $der = sub { my ($pem) = @_; return decode_base64($pem =~ s/-----.*?-----//gr) };

[
    ['JWK-001', sub {
        my ($w) = @_;
        return (
            $under->($w, 'enc'),
            $alone->($w, 'use enc', $w->key('rsa')->public_jwk(use => 'enc')),
            map { $alone->($w, 'use of another kind', $w->key('rsa')->public_jwk(use => $_)) } 7,
            ['sig'],
            '',
            'SIG'
        );
    }, $left_out],
    ['JWK-002', sub {
        my ($w) = @_;
        return (
            $under->($w, 'ops'),
            $alone->(
                $w,
                'key_ops encrypt',
                $w->key('rsa')->public_jwk(use => undef, key_ops => ['encrypt'])
            )
        );
    }, $left_out],
    ['JWK-004', sub {
        my ($w) = @_;
        return map { $under->($w, $_) } qw(ops-twice ops-odd);
    }, $left_out],
    ['JWK-007', sub {
        my ($w) = @_;
        my $small = $w->key('rsa_small')->public_jwk;
        return (
            $under->($w, 'zero'),
            $alone->(
                $w,
                '1024 bits behind many zeros',
                { %$small, n => b64u("\0" x 128 . unb64u($small->{n})) }
            )
        );
    }, accepted()],
    ['JWK-011', sub {
        my ($w) = @_;
        my $with = sub {
            my (@x5c) = @_;
            return [{ jwks => { keys => [$w->key('rsa')->public_jwk(x5c => [@x5c])] } }];
        };
        my $cert = $w->cert('rsa_cert') =~ s/-----.*?-----|\s//gr;
        return (
            $under->($w, 'x5c'),
            probe(
                'a chain of 10 certificates',
                import => $w->with_issuer(keys => $with->(($cert) x 10)),
                expect => taken()
            ),
            probe(
                '1 000 certificates',
                import => $w->with_issuer(keys => $with->(($cert) x 1000)),
                expect => faults(qr/tried/)
            ),
            probe('numbers', import => $w->with_issuer(keys => $with->(1, undef, {})), expect => taken())
        );
    }, accepted()],
    ['JWK-012', sub {
        my ($w) = @_;
        my $named = sub {
            my ($name, %more) = @_;
            return { 'x5t#S256' => b64u(sha256($der->($w->cert($name)))), kid => undef, %more };
        };
        return (
            probe(
                'another key signed',
                token => $w->token(issuer => 'pem', key => 'stranger', header => $named->('rsa_cert'))
            ),
            probe(
                'a key of another kind signed',
                token => $w->token(issuer => 'pem-ec', key => 'rsa_cert', header => $named->('ec_cert'))
            ),
            probe(
                'the certificate\'s key signed',
                token => $w->token(issuer => 'pem', key => 'rsa_cert', header => $named->('rsa_cert')),
                expect => accepted()
            )
        );
    }, refused('invalid_request')],
    ['JWK-016', sub {
        my ($w) = @_;
        my $both = $w->cert('rsa_cert') . $w->cert('ec_cert');
        my $expired = certificate($w->key('ec_cert'), 'expired', -1);
        my $rsa = $w->key('rsa');
        my $private_der = Tokex::Jose::openssl($rsa->{pem}, qw(pkey -outform DER));
        my $import = sub {
            my ($what, $key, $expect) = @_;
            return probe($what, import => $w->with_issuer(keys => [$key]), expect => $expect);
        };
        return (
            $import->('two certificates', { pem => $both }, taken()),
            $import->('an expired one', { pem => $expired }, taken(qr/expired/)),
            probe(
                'a token under an expired one',
                token => $w->token(issuer => 'expired', key => 'ec_cert'),
                expect => refused('invalid_request', before => 'signature', code => 'key_expired')
            ),
            probe(
                'a token under an expired one that is allowed',
                token => $w->token(issuer => 'forgiving', key => 'ec_cert'),
                expect => accepted()
            ),
            $import->(
                'a certificate as DER',
                { der => encode_base64($der->($w->cert('ec_cert')), '') }, taken()
            ),
            $import->('a private key as PEM', { pem => $rsa->{pem} }, faults(qr/private/)),
            $import->(
                'a private key behind a certificate',
                { pem => $w->cert('rsa_cert') . $rsa->{pem} },
                faults(qr/private/)
            ),
            $import->(
                'a private key as DER',
                { der => encode_base64($private_der, '') },
                faults(qr/private/)
            ),
            $import->(
                'neither', { pem => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
                faults(qr/tried/)
            ),
            probe(
                'nothing of the private key stays',
                show => sub {
                    my ($status) = $w->ctl->try_import($w->with_issuer(keys => [{ pem => $rsa->{pem} }]));
                    my ($line) = $rsa->{pem} =~ /\n([^\n]{40,})\n/;
                    my $kept = join '',
                        map { Tokex::Httpd::slurp($_) } glob $w->httpd->dir . '/tokex/*/*.db';
                    return ($status == 1 && index($kept, $line) < 0, "exit status $status");
                },
                expect => shown()
            )
        );
    }, taken()],
];
