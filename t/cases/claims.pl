# What a token claims.
use strict;
use warnings;
use Tokex::Cases;
use Tokex::Jose qw(b64u json);

my $refused = refused('invalid_request');
my $now = sub { return int time };

# A good token of `issuer` but for these claims.
my $with = sub {
    my ($w, $what, $claims, %more) = @_;
    return probe($what, token => $w->token(claims => $claims, %more));
};
# A member of the claims written as JSON text.
my $written = sub {
    my ($w, $what, $name, $text, $issuer) = @_;
    my $claims = $w->claims(-issuer => $issuer);
    $claims->{$name} = 'HERE';
    return probe($what, token => $w->raw(payload => json($claims) =~ s/"HERE"/$text/r));
};

# The same sub from two issuers: what we issue tells them apart.
my $two_subjects = sub {
    my ($w) = @_;
    return probe(
        'two subjects',
        show => sub {
            my @claims =
                map { ($w->decode($w->exchange(subject_token => $_)->json->{access_token}))[0] } $w->token,
                $w->token(issuer => 'other', key => 'rsa_other');
            return (
                $claims[0]{sub} eq $claims[1]{sub}
                    && $claims[0]{idp} eq 'partner'
                    && $claims[1]{idp} eq 'other',
                json(\@claims)
            );
        }
    );
};

[
    ['CLM-001', sub {
        my ($w) = @_;
        return map { $with->($w, "iss $_", { iss => $_ }) } 'https://partner.example/',
            'https://PARTNER.example', 'http://partner.example',
            'https://partner.example:443', 'https://partner.exampl', 'https://partner.example ', '';
    }, $refused],
    ['CLM-004', sub {
        my ($w) = @_;
        return map { $with->($w, 'iss ' . json($_), { iss => $_ }) } ['https://partner.example'],
            { iss => 'https://partner.example' }, 7, JSON::PP::true();
    }, $refused],
    ['CLM-005', sub { my ($w) = @_; return $with->($w, 'no iss', { iss => undef }) }, $refused],
    ['CLM-011', sub {
        my ($w) = @_;
        return ($with->($w, 'ours alone', { aud => [$w->issuer_url] }),
            $with->($w, 'ours among others', { aud => ['https://a.example', $w->issuer_url, 'b'] }));
    }, accepted()],
    ['CLM-012', sub {
        my ($w) = @_;
        my $us = $w->issuer_url;
        return (
            (
                map { $with->($w, 'aud ' . json($_), { aud => $_ }) } [],
                [$us, 7], [[$us]], { $us => 1 },
                7, '', JSON::PP::null()
            ),
            $with->($w, 'no aud', { aud => undef })
        );
    }, $refused],
    ['CLM-015', sub {
        my ($w) = @_;
        return (
            $with->($w, 'the alias', { aud => 'urn:alias:partner' }),
            $with->($w, 'the alias in a list', { aud => ['x', 'urn:alias:partner'] }),
            map {
                my ($what, $aud, %token) = @$_;
                my $p = $with->($w, $what, { aud => $aud }, %token);
                $p->{expect} = refused('invalid_request', code => 'aud_wrong');
                $p
            } ['the alias of another issuer', 'urn:alias:other'],
            ['the alias of another issuer beside a stranger', ['urn:alias:other', 'x']],
            [
                'our own alias, given to the other', 'urn:alias:partner',
                issuer => 'other',
                key => 'rsa_other'
            ],
            ['an issuer without alias', 'urn:alias:no-alias', issuer => 'no-alias'],
            ['our URL with a slash', $w->issuer_url . '/']
        );
    }, accepted()],
    ['CLM-018', sub {
        my ($w) = @_;
        return (
            $with->($w, 'exp = now', { exp => $now->() }, issuer => 'strict'),
            $with->($w, 'exp = now - 1', { exp => $now->() - 1 }, issuer => 'strict')
        );
    }, refused('invalid_request', code => 'expired')],
    ['CLM-019', sub {
        my ($w) = @_;
        # One second is left of it, which must not end on the way to the server.
        my $n = $w->early_in_a_second;
        return $with->($w, 'exp = now - 9, leeway 10', { exp => $n - 9, iat => $n - 60 },
            issuer => 'skewed');
    }, accepted(
        claims => sub {
            my ($claims) = @_;
            my $left = $claims->{exp} - time;
            return ($left <= 1, "issued for $left s");
        }
    )],
    ['CLM-020', sub {
        my ($w) = @_;
        my $n = $now->();
        return map {
            $with->($w, "exp = now - $_, leeway 10", { exp => $n - $_, iat => $n - 60 }, issuer => 'skewed')
        } 10, 11, 59;
    }, refused('invalid_request', code => 'expired')],
    ['CLM-021', sub {
        my ($w) = @_;
        return (
            $written->($w, 'exp = now + 10.5', 'exp', $now->() + 10 . '.5', 'strict'),
            $written->($w, 'with an exponent', 'exp', ($now->() + 10) / 10 . 'e1', 'strict')
        );
    }, accepted(
        claims => sub { my ($claims) = @_; return $claims->{exp} <= time + 10 && $claims->{exp} =~ /^\d+$/ }
    )],
    [
        'CLM-023',
        sub { my ($w) = @_; return $with->($w, 'exp in 100 years', { exp => $now->() + 100 * 365 * 86400 }) },
        accepted(
            claims => sub {
                my ($claims, $answer) = @_;
                return $claims->{exp} <= time + 300 && $answer->json->{expires_in} <= 300;
            }
        )
    ],
    ['CLM-026', sub {
        my ($w) = @_;
        my $n = $now->() - 5;
        return (
            (
                map { $written->($w, "nbf $_", 'nbf', $_) } qq("$n"),
                "[$n]", 'true', 'null', '{}', '-1', '1e30'
            ),
            (
                map { $written->($w, "exp $_", 'exp', $_) } '"' . ($n + 600) . '"',
                '[9999999999]', 'null', 'true', '-1'
            ),
            map { $written->($w, "iat $_", 'iat', $_) } qq("$n"),
            "[$n]", 'null'
        );
    }, $refused],
    ['CLM-028', sub {
        my ($w) = @_;
        return (
            probe(
                'no iat',
                token => $w->token(issuer => 'aged', claims => { iat => undef }),
                expect => refused('invalid_request', code => 'iat_missing')
            ),
            $with->($w, 'too old', { iat => $now->() - 700 }, issuer => 'aged'),
            probe(
                'young enough',
                token => $w->token(issuer => 'aged', claims => { iat => $now->() - 500 }),
                expect => accepted()
            ),
            probe(
                'no iat where no age is set',
                token => $w->token(claims => { iat => undef }),
                expect => accepted()
            )
        );
    }, $refused],
    ['CLM-030', sub {
        my ($w) = @_;
        my $n = $now->();
        return (
            $with->($w, 'exp before iat', { exp => $n + 5, iat => $n + 10 }),
            $with->($w, 'exp before nbf', { exp => $n + 5, nbf => $n + 10 }),
            $with->($w, 'iat in the future', { iat => $n + 100 }),
            $with->($w, 'nbf in the future', { nbf => $n + 100 })
        );
    }, $refused],
    ['CLM-031', sub {
        my ($w) = @_;
        return (
            $with->($w, 'no sub', { sub => undef }),
            map { $with->($w, 'sub ' . json($_), { sub => $_ }) } '',
            7, ['a'], { a => 1 },
            JSON::PP::null()
        );
    }, $refused],
    ['CLM-033', sub {
        my ($w) = @_;
        return map {
            my $sub = $_->[1];
            probe(
                $_->[0],
                token => $w->token(claims => { sub => $sub }),
                expect => accepted(
                    claims => sub { return ($_[0]{sub} eq $sub, "sub came back as " . json($_[0]{sub})) }
                )
            )
            } ['blanks around', '  user '], ['a TAB and a line break', "user\t\n"], ['NFC', "caf\x{E9}"],
            ['NFD', "cafe\x{301}"],
            ['beyond the first plane', "\x{1F600}"], ['upper case', 'USER'];
    }, accepted()],
    ['CLM-034', $two_subjects, shown()],
    ['CLM-035', sub {
        my ($w) = @_;
        return map { $with->($w, "sub $_", { sub => $_ }) } qw(orders shop orders:1 off);
    }, refused('invalid_request', code => 'sub_is_client')],
    ['CLM-036', sub {
        my ($w) = @_;
        my $token = $w->token(issuer => 'once');
        my $jti = b64u($w->octets(12));
        $w->exchange(subject_token => $token);
        $w->exchange(subject_token => $w->token(issuer => 'once', claims => { jti => $jti }));
        return (
            probe('the same token', token => $token),
            probe('another token with its jti', token => $w->token(issuer => 'once', claims => { jti => $jti, sub => 'else' }))
        );
    }, refused('invalid_request', code => 'token_spent')],
    ['CLM-043', sub {
        my ($w) = @_;
        return $with->(
            $w,
            'unknown claims',
            {
                foo => 'bar',
                admin => JSON::PP::true(),
                client_id => 'admin',
                tid => 'x',
                idp => 'x',
                st => 'x'
            }
        );
    }, accepted(
        claims => sub {
            my ($claims) = @_;
            return
                   !exists $claims->{foo}
                && !exists $claims->{admin}
                && $claims->{client_id} eq 'orders'
                && $claims->{idp} eq 'partner'
                && $claims->{tid} eq 'default'
                && $claims->{st} eq 'user';
        }
    )],
    ['CLM-044', sub {
        my ($w) = @_;
        return map { $with->($w, 'cnf ' . json($_), { cnf => $_ }) } { jkt => 'x' x 43 },
            { 'x5t#S256' => 'x' x 43 }, { jwk => {} }, {}, 'x', [];
    }, refused('invalid_request', code => 'token_bound')],
];
