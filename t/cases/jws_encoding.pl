# How a token is written: base64url, parts, sizes.
use strict;
use warnings;
use Time::HiRes qw(time);
use Tokex::Cases;
use Tokex::Jose qw(b64u json);

my $refused = refused('invalid_request', before => 'signature');

# A token of these three parts as they stand, with a signature that is right for the first two.
my $signed = sub {
    my ($world, $header, $payload, $change) = @_;
    my $signature = b64u($world->key('rsa')->sign('RS256', "$header.$payload"));
    $signature = $change->($signature) if $change;
    return "$header.$payload.$signature";
};
my $header = sub { return json({ alg => 'RS256', kid => 'rsa-1', typ => 'JWT', @_ }) };
my $payload = sub { my ($world, @more) = @_; return json($world->claims(@more)) };

# JSON text of a length that leaves bits of the last character unused.
my $uneven = sub { my ($text) = @_; $text =~ s/\{/{ / while length($text) % 3 == 0; return $text };
# The next character of the alphabet: a bit that no octet uses becomes 1.
my $other_spelling = sub {
    my ($part) = @_;
    my $alphabet = join '', 'A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_';
    substr($part, -1) = substr $alphabet, index($alphabet, substr $part, -1) + 1, 1;
    return $part;
};
# Puts `octets` into each of the parts in turn, at `place`.
my $in_each_part = sub {
    my ($world, $name, $octets, $at_end) = @_;
    my @parts = (b64u($header->()), b64u($payload->($world)));
    my $put = sub {
        my ($part) = @_;
        return $at_end ? $part . $octets : substr($part, 0, 8) . $octets . substr($part, 8);
    };
    return (
        probe("$name in the header", token => $signed->($world, $put->($parts[0]), $parts[1])),
        probe("$name in the payload", token => $signed->($world, $parts[0], $put->($parts[1]))),
        probe("$name in the signature", token => $signed->($world, @parts, $put))
    );
};
my $parts = sub { my ($world) = @_; return split /\./, $world->token };

[
    ['B64-001', sub {
        my ($w) = @_;
        return ($in_each_part->($w, 'padding', '=', 1), $in_each_part->($w, 'padding of two', '==', 1));
    }, $refused],
    ['B64-003', sub {
        my ($w) = @_;
        my %white = ('a blank' => ' ', 'a TAB' => "\t", 'a CR' => "\r", 'an LF' => "\n");
        return map {
            $in_each_part->($w, "$_ inside", $white{$_}),
                $in_each_part->($w, "$_ at the end", $white{$_}, 1)
            }
            sort keys %white;
    }, $refused],
    ['B64-004', sub {
        my ($w) = @_;
        return map { $in_each_part->($w, $_->[0], $_->[1]) } ['a question mark', '?'], ['a hash sign', '#'],
            ['a percent sign', '%'], ['a plus', '+'], ['a slash', '/'],
            ['a letter beyond ASCII', "\xC3\xA9"], ['a lone octet', "\xFF"];
    }, $refused],
    ['B64-005', sub {
        my ($w) = @_;
        my ($h, $p) = map { b64u($uneven->($_)) } $header->(), $payload->($w);
        return (
            probe('unused bits in the header', token => $signed->($w, $other_spelling->($h), $p)),
            probe('unused bits in the payload', token => $signed->($w, $h, $other_spelling->($p))),
            probe('the same token without them', token => $signed->($w, $h, $p), expect => accepted())
        );
    }, $refused],
    ['B64-006', sub {
        my ($w) = @_;
        my $four = sub { my ($text) = @_; $text =~ s/\{/{ / while length($text) % 3; return b64u($text) };
        my ($h, $p) = map { $four->($_) } $header->(), $payload->($w);
        return (
            probe('header of 4n + 1', token => $signed->($w, $h . 'A', $p)),
            probe('payload of 4n + 1', token => $signed->($w, $h, $p . 'A')),
            probe('signature of 4n + 1', token => $signed->($w, $h, $p, sub { substr($_[0], 0, 341) }))
        );
    }, $refused],
    ['B64-007', sub {
        my ($w) = @_;
        my @parts = map { b64u($_) } $header->(), $payload->($w);
        return (
            probe('the first spelling', token => $signed->($w, @parts), expect => accepted()),
            probe('the other spelling of the signature', token => $signed->($w, @parts, $other_spelling))
        );
    }, $refused],
    ['B64-008', sub {
        my ($w) = @_;
        my ($h, $p, $s) = $parts->($w);
        return (
            probe('two parts', token => "$h.$p"),
            probe('four parts', token => "$h.$p.$s.$s"),
            probe('a trailing dot', token => "$h.$p.$s."),
            probe('one part', token => $h)
        );
    }, $refused],
    ['B64-009', sub {
        my ($w) = @_;
        my ($h, $p, $s) = $parts->($w);
        my $jwe = b64u(json({ alg => 'RSA-OAEP-256', enc => 'A256GCM', kid => 'rsa-1' }));
        return (
            probe(
                'an encrypted token',
                token => join('.', $jwe, $s, b64u('x' x 12), $p, b64u('t' x 16)),
                expect => refused('invalid_request', before => 'signature', code => 'token_encrypted')
            ),
            probe('a signed token with two more parts', token => "$h.$p.$s.$s.$s")
        );
    }, $refused],
    [
        'B64-010',
        sub { my ($w) = @_; my (undef, $p, $s) = $parts->($w); return probe('no header', token => ".$p.$s") },
        $refused
    ],
    ['B64-011', sub {
        my ($w) = @_;
        my ($h, $p) = $parts->($w);
        my ($eh, $ep) = split /\./, $w->token(issuer => 'ec', key => 'ec');
        return (probe('RS256', token => "$h.$p."), probe('ES256', token => "$eh.$ep."));
    }, $refused],
    ['B64-012', sub {
        my ($w) = @_;
        my ($h, $p, $s) = $parts->($w);
        return (
            probe('flattened', token => json({ protected => $h, payload => $p, signature => $s })),
            probe(
                'general',
                token => json({ payload => $p, signatures => [{ protected => $h, signature => $s }] })
            )
        );
    }, refused('invalid_request', before => 'signature', code => 'token_shape')],
    [
        'B64-013',
        sub { my ($w) = @_; my ($h, undef, $s) = $parts->($w); return probe('detached', token => "$h..$s") },
        $refused
    ],
    ['B64-014', sub {
        my ($w) = @_;
        my $of_size = sub {
            my ($size) = @_;
            my $text = $payload->($w, filler => '');
            # Fillers of text, then single blanks, until the length is met exactly.
            my $room = $size - length(b64u($header->())) - 2 - 342;
            my $octets = int($room * 3 / 4) - length $text;
            $text =~ s/"filler":""/'"filler":"' . 'x' x $octets . '"'/e;
            my $token = $signed->($w, b64u($header->()), b64u($text));
            return $token;
        };
        my $exact = $of_size->(65536);
        $exact = $of_size->(65535) if length $exact > 65536;
        return (
            probe(length($exact) . ' octets', token => $exact, expect => accepted()),
            probe('one octet over the limit', token => $exact . 'x' x (65537 - length $exact)),
            probe('far over the limit', token => $of_size->(200_000))
        );
    }, refused('invalid_request', before => 'signature', code => 'token_size')],
    [
        'B64-015',
        sub { return probe('the empty string', token => '') },
        refused('invalid_request', before => 'token')
    ],
    ['B64-016', sub {
        my $fast = sub {
            my ($w) = @_;
            my $best = 9;
            for (1 .. 7) {
                my $answer = $w->exchange(subject_token => '.' x 10_000);
                my $took = $answer->{seconds};
                $best = $took if $took < $best;
                return (0, "answer $answer->{status}") if $answer->{status} != 400;
            }
            return ($best < 0.005, sprintf 'the fastest of 7 took %.1f ms', $best * 1000);
        };
        return (probe('10 000 dots', token => '.' x 10_000),
            probe('10 000 dots in 5 ms', show => $fast, expect => shown()));
    }, $refused],
];
