# JSON that a lenient parser takes and we do not.
use strict;
use warnings;
use Time::HiRes qw(time);
use Tokex::Cases;
use Tokex::Jose qw(json);

my $refused = refused(
    'invalid_request',
    before => 'signature',
    code => [qw(token_claims token_header token_shape)]
);

# A signed token whose claims are the text of good ones, changed.
my $claims = sub {
    my ($w, $what, $change, %more) = @_;
    local $_ = json($w->claims(%{ $more{claims} || {} }));
    $change->();
    return probe($what, token => $w->raw(payload => $_));
};
# The same with one more member, written as it stands.
my $member = sub {
    my ($w, $what, $text) = @_;
    return $claims->($w, $what, sub {s/\}$/,$text}/});
};

# The fastest of some tries, in seconds; undef when one was not refused.
my $fastest = sub {
    my ($w, $token) = @_;
    my $best = 9;
    for (1 .. 7) {
        my $answer = $w->exchange(subject_token => $token);
        my $took = $answer->{seconds};
        return if $answer->{status} != 400;
        $best = $took if $took < $best;
    }
    return $best;
};

[
    ['JSN-001', sub {
        my ($w) = @_;
        return (
            $claims->($w, 'in a value', sub {s/"auth0\|user-1"/"admin\\u0000x"/}),
            $claims->($w, 'at the end of a value', sub {s/"auth0\|user-1"/"admin\\u0000"/}),
            $member->($w, 'in a name', '"sub\u0000x":"admin"'),
            $claims->($w, 'a raw NUL', sub {s/auth0\|user-1/admin\0x/}),
            $claims->($w, 'a NUL after the object', sub { $_ .= "\0" })
        );
    }, $refused],
    ['JSN-004', sub {
        my ($w) = @_;
        return (
            $member->($w, 'sub', '"sub":"admin"'),
            $member->($w, 'aud', '"aud":"https://api.example"'),
            $member->($w, 'exp', '"exp":9999999999'),
            $member->($w, 'iss', '"iss":"https://other.example"'),
            $member->($w, 'one of them escaped', '"s\u0075b":"admin"'),
            $member->($w, 'deep inside', '"x":[{"a":1,"a":2}]'),
            $claims->($w, 'the same again', sub {s/\{/{"sub":"auth0|user-1",/})
        );
    }, $refused],
    ['JSN-006', sub {
        my ($w) = @_;
        return (
            probe(
                'Sub beside sub',
                token => $w->token(
                    claims => { Sub => 'admin', SUB => 'admin', Exp => 1, AUD => 'x', Iss => 'y' }
                )
            ),
            probe(
                'Sub alone',
                token => $w->token(claims => { sub => undef, Sub => 'admin' }),
                expect => refused('invalid_request')
            ),
            probe(
                'EXP alone',
                token => $w->token(claims => { exp => undef, EXP => 9_999_999_999 }),
                expect => refused('invalid_request')
            )
        );
    }, accepted(claims => sub { $_[0]{sub} eq 'auth0|user-1' })],
    ['JSN-008', sub {
        my ($w) = @_;
        return (
            $claims->($w, 'before the claims', sub { $_ = "\xEF\xBB\xBF$_" }),
            probe(
                'before the header',
                token => $w->raw(header => qq(\xEF\xBB\xBF{"alg":"RS256","kid":"rsa-1"}))
            )
        );
    }, $refused],
    ['JSN-009', sub {
        my ($w) = @_;
        return (
            (
                map {
                    my $c = $_;
                    $claims->($w, sprintf('0x%02X in a string', $c), sub {s/user-1/"user" . chr $c/e})
                } 1,
                8, 9, 10, 13,
                0x1F
            ),
            (
                map {
                    my $c = $_;
                    $claims->($w, sprintf('0x%02X as white space', $c), sub {s/\{/"{" . chr $c/e})
                } 1,
                8, 11, 12,
                0x1F
            ),
            map {
                my $c = $_;
                +{
                    %{ $claims->($w, sprintf('0x%02X as white space', $c), sub {s/\{/"{" . chr $c/e}) },
                    expect => accepted()
                }
            } 9,
            10,
            13
        );
    }, $refused],
    ['JSN-012', sub {
        my ($w) = @_;
        return map { $member->($w, $_, qq("x":$_)) } '0123', '1.', '+1', '.5', '0x10', 'NaN', 'Infinity',
            '-Infinity', '1e', '-', '1_000', '--1';
    }, $refused],
    ['JSN-013', sub {
        my ($w) = @_;
        return map {
            my $n = $_;
            $claims->($w, "exp $n", sub {s/"exp":\d+/"exp":$n/})
        } '1e400', '1e300', '-1e400', '1e99999999999';
    }, refused('invalid_request')],
    ['JSN-015', sub {
        my ($w) = @_;
        my $digits = sub { $member->($_[0], '10 000 digits', '"x":' . '9' x 10_000) };
        my $quick = sub {
            my $best = $fastest->($w, $digits->($w)->{token});
            return (
                defined $best && $best < 0.005,
                sprintf 'the fastest of 7 took %.1f ms',
                1000 * ($best // 99)
            );
        };
        return (
            $digits->($w),
            $member->($w, '10 000 digits after the point', '"x":0.' . '1' x 10_000),
            $claims->($w, 'exp of 10 000 digits', sub {s/"exp":\d+/'"exp":' . '1' x 10_000/e}),
            probe('in 5 ms', show => $quick, expect => shown())
        );
    }, $refused],
    ['JSN-016', sub {
        my ($w) = @_;
        my $nest = sub {
            my ($depth, $open, $close) = @_;
            return '"x":' . $open x ($depth - 1) . '1' . $close x ($depth - 1);
        };
        my $deep = '[' x 1_000_000;
        return (
            $member->($w, 'depth 33', $nest->(33, '[', ']')),
            $member->($w, 'depth 33 of objects', $nest->(33, '{"a":', '}')),
            $member->($w, '10 000 open brackets', '"x":' . '[' x 10_000),
            do { my $p = $member->($w, 'depth 32', $nest->(32, '[', ']')); $p->{expect} = accepted(); $p },
            probe('1 000 000 open brackets as a document', import => $deep, expect => faults()),
            probe(
                '1 000 000 open brackets as keys',
                import => json($w->document) =~ s/"keys":\[/"keys":[$deep/r,
                expect => faults()
            )
        );
    }, $refused],
    ['JSN-017', sub {
        my ($w) = @_;
        my $many = sub {
            my ($count) = @_;
            return join ',', map {qq("m$_":1)} 1 .. $count;
        };
        my $set = sub {
            my $document = json($w->with_issuer(
                keys => [{
                    jwks => { keys => [$w->key('rsa')->public_jwk], map { ("m$_" => 1) } 1 .. 100_000 }
                }]
            ));
            my $from = time;
            $w->ctl->try_import($w->document, '--dry-run');
            my $plain = time - $from;
            $from = time;
            my ($status, $said) = $w->ctl->try_import($document, '--dry-run');
            my $took = time - $from - $plain;
            # The limit of a set's octets is met first.
            return (
                $status == 1 && $said =~ /field jwks: the text is too long/ && $took < 0.5,
                sprintf 'status %d after %.0f ms: %s',
                $status, 1000 * $took,
                substr $said, 0, 200
            );
        };
        my $token = sub {
            my $answer = $w->exchange(subject_token => $member->($w, '', $many->(4000))->{token});
            my $took = $answer->{seconds};
            return (
                $answer->{status} == 200 && $took < 0.2,
                sprintf 'status %d after %.0f ms',
                $answer->{status}, 1000 * $took
            );
        };
        return (probe('a key set', show => $set), probe('a token of 4 000 members', show => $token));
    }, shown()],
    ['JSN-018', sub {
        my ($w) = @_;
        return map {
            my $text = $_;
            (
                probe("claims $text", token => $w->raw(payload => $text)),
                probe("header $text", token => $w->raw(header => $text))
            )
        } '[]', '[{"sub":"x"}]', '"text"', '1', 'null', 'true', '', ' ', '{', '{}{}', '{} x';
    }, $refused],
    ['JSN-022', sub {
        my ($w) = @_;
        return probe(
            'both',
            token => $w->token(
                claims =>
                    { __proto__ => { sub => 'admin' }, constructor => { prototype => { sub => 'admin' } } }
            )
        );
    }, accepted(
        claims =>
            sub { $_[0]{sub} eq 'auth0|user-1' && !exists $_[0]{__proto__} && !exists $_[0]{constructor} }
    )],
];
