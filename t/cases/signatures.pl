# Signatures that must not verify, and keys that must not be used.
use strict;
use warnings;
use Math::BigInt;
use Tokex::Cases;
use Tokex::Jose qw(b64u json unb64u);

my $refused = refused('invalid_request', step => 'signature');
my $not_run = refused('invalid_request', before => 'signature');
my $N = Math::BigInt->from_hex('FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551');
my $fixed = sub {
    my ($number, $octets) = @_;
    return pack 'H*', substr('0' x 200 . ($number->as_hex =~ s/^0x//r), -2 * $octets);
};

my $signed = sub { my ($w, $what, %raw) = @_; return probe($what, token => $w->raw(%raw)) };
# A token whose signature is the real one, changed.
my $changed = sub {
    my ($w, $what, $issuer, $key, $alg, $change) = @_;
    my $token = $w->token(issuer => $issuer, key => $key, alg => $alg);
    my ($input, $signature) = $token =~ /^(.*)\.([^.]*)$/;
    return probe("$what, $alg", token => "$input." . b64u($change->(unb64u($signature), $input)));
};
# A modulus with the fingerprint of the ROCA weakness: modulo each small prime a power of 65537.
my $roca = sub {
    my $m = Math::BigInt->new(1);
    $m->bmul($_) for grep {
        my $n = $_;
        !grep { $n % $_ == 0 } 2 .. sqrt $n
    } 2 .. 167;
    my $power = Math::BigInt->new(65537)->bmodpow(12_345, $m);
    my $n = Math::BigInt->new(2)->bpow(2047)->bdiv($m)->badd(1)->bmul($m)->badd($power);
    return b64u($fixed->($n, 256));
};

[
    ['SIG-001', sub {
        my ($w) = @_;
        return $signed->($w, 'r = s = 0', issuer => 'ec', key => 'ec', signature => "\0" x 64);
    }, $refused],
    ['SIG-002', sub {
        my ($w) = @_;
        my %value =
            (0 => Math::BigInt->new(0), 1 => Math::BigInt->new(1), 'n - 1' => $N - 1, n => $N->copy);
        return map {
            my $r = $_;
            map {
                $signed->(
                    $w, "r = $r, s = $_",
                    issuer => 'ec',
                    key => 'ec',
                    signature => $fixed->($value{$r}, 32) . $fixed->($value{$_}, 32)
                )
            } sort keys %value
        } sort keys %value;
    }, $refused],
    ['SIG-006', sub {
        my ($w) = @_;
        return map {
            $changed->($w, 'DER', 'ec', @$_, sub { $w->key($_->[0])->sign($_->[1], $_[1], der => 1) })
        } ['ec', 'ES256'], ['ec384', 'ES384'], ['ec521', 'ES512'];
    }, $refused],
    ['SIG-007', sub {
        my ($w) = @_;
        return (
            (
                map {
                    my $change = $_;
                    map { $changed->($w, $change->[0], 'ec', @$_, $change->[1]) } ['ec', 'ES256'],
                        ['ec384', 'ES384'],
                        ['ec521', 'ES512']
                } ['an octet less', sub { substr $_[0], 0, -1 }],
                ['two octets less', sub { substr $_[0], 1, -1 }],
                ['an octet more', sub {"$_[0]\0"}],
                ['an octet more in front', sub {"\0$_[0]"}],
                ['half', sub { substr $_[0], 0, length($_[0]) / 2 }],
                ['twice', sub { $_[0] x 2 }]
            ),
            map {
                probe(
                    "unchanged, $_->[1]",
                    token => $w->token(issuer => 'ec', key => $_->[0]),
                    expect => accepted()
                )
            } ['ec', 'ES256'],
            ['ec384', 'ES384'],
            ['ec521', 'ES512']
        );
    }, $refused],
    ['SIG-009', sub {
        my ($w) = @_;
        return map {
            my $alg = $_;
            map { $changed->($w, $_->[0], 'partner', 'rsa', $alg, $_->[1]) }
                ['one octet less at the end', sub { substr $_[0], 0, -1 }],
                ['one octet less in front', sub { substr $_[0], 1 }],
                ['one octet more at the end', sub {"$_[0]\0"}],
                ['one octet more in front', sub {"\0$_[0]"}],
                ['one octet alone', sub {'x'}]
        } qw(RS256 PS256);
    }, $refused],
    ['SIG-011', sub {
        my ($w) = @_;
        my $salted = sub {
            my ($alg, $salt) = @_;
            $changed->(
                $w, "salt of $salt octets",
                'partner', 'rsa', $alg, sub { $w->key('rsa')->sign($alg, $_[1], salt => $salt) }
            );
        };
        return (
            (map { $salted->('PS256', $_) } 0, 20, 31, 33, 48, 64),
            (map { $salted->('PS384', $_) } 0, 32, 64),
            (map { $salted->('PS512', $_) } 0, 32, 48),
            map { probe("$_ as it should be", token => $w->token(alg => $_), expect => accepted()) }
                qw(PS256 PS384 PS512)
        );
    }, $refused],
    ['SIG-012', sub {
        my ($w) = @_;
        return map {
            my ($alg, $mgf) = @$_;
            $changed->(
                $w, "MGF1 with $mgf",
                'partner', 'rsa', $alg, sub { $w->key('rsa')->sign($alg, $_[1], mgf => $mgf) }
            )
        } ['PS256', 'sha1'], ['PS256', 'sha512'], ['PS512', 'sha256'];
    }, $refused],
    ['SIG-015', sub {
        my ($w) = @_;
        my $rsa = $w->key('rsa');
        return (
            (
                map {
                    my $kid = $_;
                    map {
                        probe(
                            "$kid, signature $_->[0]",
                            token => $w->raw(
                                header => { alg => 'RS256', kid => $kid },
                                issuer => 'mixed',
                                signature => $_->[1]
                            )
                        )
                    } ['of zeros', "\0" x 256], ['of padding', "\0\1" . "\xFF" x 200 . "\0" x 54]
                } qw(e1 e2 e-long)
            ),
            map {
                probe(
                    "an RSA key with e = $_->[0]",
                    import => $w->with_issuer(keys => [{ jwk => $rsa->public_jwk(e => b64u($_->[1])) }]),
                    expect => faults(qr/tried/)
                )
            } [1, "\1"],
            [2, "\2"],
            ['2^64 + 1', "\1" . "\0" x 7 . "\1"]
        );
    }, $not_run],
    ['SIG-017', sub {
        my ($w) = @_;
        return probe('a modulus with the fingerprint',
            import => $w->with_issuer(keys => [{ jwk => $w->key('rsa')->public_jwk(n => $roca->()) }]));
    }, faults(qr/tried/)],
    ['SIG-022', sub {
        my ($w) = @_;
        return (
            (
                map {
                    probe(
                        "an oct key, secret '$_'",
                        import => $w->with_issuer(
                            keys => [{ jwk => { kty => 'oct', kid => 'x', k => b64u($_) } }]
                        )
                    )
                } '',
                'secret'
            ),
            probe(
                'HS256 as an algorithm of an issuer',
                import => $w->with_issuer(
                    keys => [{ jwk => $w->key('rsa')->public_jwk }],
                    algorithms => ['HS256']
                ),
                expect => faults(qr/HS256/)
            ),
            probe(
                'none as an algorithm of an issuer',
                import => $w->with_issuer(
                    keys => [{ jwk => $w->key('rsa')->public_jwk }],
                    algorithms => ['none']
                ),
                expect => faults(qr/none/)
            ),
            probe(
                'alg none',
                token => $w->raw(header => { alg => 'none', kid => 'rsa-1' }, signature => 'x'),
                expect => $not_run
            ),
            probe(
                'alg none without a signature',
                token => $w->raw(header => { alg => 'none' }, signature => ''),
                expect => $not_run
            )
        );
    }, faults(qr/tried/)],
    ['SIG-024', sub {
        my ($w) = @_;
        my $ones = "\xFF";
        return (
            $signed->($w, 'RS256, a number beyond the modulus', signature => $ones x 256),
            $signed->(
                $w, 'PS256, a number beyond the modulus',
                header => { alg => 'PS256', kid => 'rsa-1' },
                signature => $ones x 256
            ),
            $signed->(
                $w, 'ES256, numbers beyond the order',
                issuer => 'ec',
                key => 'ec',
                signature => $ones x 64
            ),
            $signed->(
                $w, 'ES512, numbers beyond the order',
                issuer => 'ec',
                key => 'ec521',
                signature => $ones x 132
            ),
            $signed->(
                $w, 'Ed25519, numbers beyond the order',
                issuer => 'eddsa',
                key => 'ed',
                signature => $ones x 64
            ),
            $signed->(
                $w, 'Ed25519, length of Ed448',
                issuer => 'eddsa',
                key => 'ed',
                signature => $ones x 114
            ),
            $signed->(
                $w, 'Ed448, numbers beyond the order',
                issuer => 'eddsa',
                key => 'ed448',
                signature => $ones x 114
            ),
            $signed->(
                $w, 'Ed448, length of Ed25519',
                issuer => 'eddsa',
                key => 'ed448',
                signature => $ones x 64
            ),
            probe('another key of the same kind', token => $w->token(key => 'stranger')),
            probe('another EC key', token => $w->token(issuer => 'ec', key => 'ec_stranger')),
            (
                map {
                    $changed->(
                        $w, 'one bit changed',
                        @$_, sub { my $s = $_[0]; substr($s, 9, 1) ^= "\x01"; $s }
                    )
                } ['partner', 'rsa', 'RS256'],
                ['partner', 'rsa', 'PS256'],
                ['ec', 'ec', 'ES256'],
                ['eddsa', 'ed', 'EdDSA']
            ),
            (
                map {
                    probe(
                        "unchanged, $_->[1]",
                        token => $w->token(issuer => $_->[0], key => $_->[1]),
                        expect => accepted()
                    )
                } ['eddsa', 'ed'],
                ['eddsa', 'ed448']
            ),
            map { probe("unchanged, $_", token => $w->token(alg => $_), expect => accepted()) }
                qw(RS256 RS384 RS512)
        );
    }, $refused],
];
