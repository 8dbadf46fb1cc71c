# What a token says of itself before anything is verified.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use Tokex::Cases;
use Tokex::Jose qw(json unb64u);

my $refused = refused('invalid_request', before => 'signature');

# A token whose signature is right and whose header is this text.
my $with =
    sub { my ($w, $what, $header, %more) = @_; return probe($what, token => $w->raw(header => $header, %more)) };
my $head = sub { return { alg => 'RS256', kid => 'rsa-1', @_ } };
my $der = sub { my ($pem) = @_; return $pem =~ s/-----.*?-----|\s//gr };

[
    ['HDR-002', sub { my ($w) = @_; return $with->($w, 'no alg', { kid => 'rsa-1', typ => 'JWT' }) }, $refused],
    ['HDR-003', sub {
        my ($w) = @_;
        return map { $with->($w, "alg $_", qq({"alg":$_,"kid":"rsa-1"})) } '1', 'null', 'true',
            '["RS256"]', '{"alg":"RS256"}';
    }, $refused],
    ['HDR-006', sub {
        my ($w) = @_;
        return map { $with->($w, "alg '$_'", $head->(alg => $_), alg => 'RS256') } ' RS256', 'RS256 ',
            'rs256', 'Rs256', '';
    }, $refused],
    ['HDR-007', sub {
        my ($w) = @_;
        return map {
            probe("$_ where only RS256 is allowed", token => $w->token(issuer => 'rs256-only', alg => $_))
        } qw(RS384 RS512 PS256);
    }, refused('invalid_request', before => 'signature', code => 'alg_not_allowed')],
    ['HDR-009', sub {
        my ($w) = @_;
        return (
            $with->($w, 'two equal alg', '{"alg":"RS256","alg":"RS256","kid":"rsa-1"}'),
            $with->($w, 'none, then RS256', '{"alg":"none","kid":"rsa-1","alg":"RS256"}'),
            $with->($w, 'one of them escaped', '{"alg":"RS256","\u0061lg":"HS256","kid":"rsa-1"}')
        );
    }, $refused],
    ['HDR-012', sub { my ($w) = @_; return $with->($w, 'crit []', $head->(crit => [])) }, $refused],
    ['HDR-013', sub {
        my ($w) = @_;
        return map { $with->($w, 'crit ' . json($_), $head->(crit => $_, exp => 1)) } 'exp', { exp => 1 },
            [1], ['exp', 7], ['exp'];
    }, $refused],
    [
        'HDR-016',
        sub { my ($w) = @_; return $with->($w, 'crit b64', $head->(crit => ['b64'], b64 => JSON::PP::false())) }
        ,
        $refused
    ],
    [
        'HDR-017',
        sub { my ($w) = @_; return $with->($w, 'b64 without crit', $head->(b64 => JSON::PP::false())) },
        $refused
    ],
    ['HDR-018', sub {
        my ($w) = @_;
        my $nobody_comes = sub {
            my $door = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5, Proto => 'tcp')
                or die "$!\n";
            my $url = 'http://127.0.0.1:' . $door->sockport . '/jwks';
            my @answers;
            for my $kid ('rsa-1', 'mine') {
                push @answers,
                    $w->exchange(subject_token =>
                        $w->token(key => 'stranger', header => { kid => $kid, jku => $url, x5u => $url }));
            }
            # A call made for an answer has come before it; one made behind its back has a moment.
            my $called = IO::Select->new($door)->can_read(0.2);
            my $good = !$called && !grep { $_->{status} != 400 || $_->json->{error} ne 'invalid_request' }
                @answers;
            return ($good,
                ($called ? 'somebody called' : 'nobody called') . "; @{[map { $_->{body} } @answers]}");
        };
        return (
            probe('jku and x5u, the attacker\'s key', show => $nobody_comes, expect => shown()),
            probe(
                'jku, kid of the issuer',
                token => $w->token(key => 'stranger', header => { jku => 'https://evil.example/jwks' })
            )
        );
    }, refused('invalid_request')],
    ['HDR-022', sub {
        my ($w) = @_;
        my $chain = [$der->(Tokex::Jose::certificate($w->key('stranger'), 'partner.example'))];
        return (
            probe(
                'x5c, kid of the issuer',
                token => $w->token(key => 'stranger', header => { x5c => $chain })
            ),
            probe(
                'x5c, kid unknown',
                token => $w->token(key => 'stranger', header => { kid => 'x', x5c => $chain })
            ),
            probe(
                'x5c, no kid',
                token => $w->token(key => 'stranger', header => { kid => undef, x5c => $chain })
            ),
            probe(
                'jwk of its own',
                token => $w->token(
                    key => 'stranger',
                    header => { kid => undef, jwk => $w->key('stranger')->public_jwk }
                )
            )
        );
    }, refused('invalid_request')],
    ['HDR-023', sub {
        my ($w) = @_;
        my @kids = (
            '../../../../etc/passwd', q(' OR 1=1 --), q(rsa-1'; DROP TABLE issuers; --),
            '`id`', '$(id)', '|id', 'rsa-1;id', 'http://127.0.0.1/', '%s%s%n', 'RSA-1', 'rsa-1 ', ''
        );
        return (
            (map { $with->($w, "kid $_", $head->(kid => $_)) } @kids),
            $with->($w, 'kid with a NUL', '{"alg":"RS256","kid":"rsa-1\u0000"}'),
            $with->($w, 'kid with a NUL and more', '{"alg":"RS256","kid":"rsa-1\u0000x"}')
        );
    }, refused('invalid_request', before => 'signature', code => [qw(key_unknown token_header token_kid)])],
    ['HDR-024', sub {
        my ($w) = @_;
        my $logged = sub {
            my $from = length $w->httpd->error_log;
            $w->audit_of($w->exchange(subject_token => $w->raw(header => $head->(kid => 'k' x $_))))
                for 250, 3000, 10_000;
            my $log = $w->httpd->error_log($from) . Tokex::Httpd::slurp($w->httpd->dir . '/audit.log');
            my ($longest) = sort { $b <=> $a } map {length} $log =~ /(k{20,})/g;
            return (($longest // 0) <= 120,
                'the longest piece of a kid in a log has ' . ($longest // 0) . ' octets');
        };
        return (
            (map { $with->($w, "kid of $_ octets", $head->(kid => 'k' x $_)) } 10_000, 3000),
            probe('what is logged of it', show => $logged, expect => shown())
        );
    }, $refused],
    ['HDR-025', sub {
        my ($w) = @_;
        return map { $with->($w, "kid $_", qq({"alg":"RS256","kid":$_})) } '1', '{"a":1}', '["rsa-1"]',
            'null', 'true';
    }, $refused],
    ['HDR-026', sub {
        my ($w) = @_;
        return (
            probe('the one RSA key', token => $w->token(issuer => 'one-key', header => { kid => undef })),
            probe(
                'the one EC key',
                token => $w->token(issuer => 'one-key', key => 'ec', header => { kid => undef })
            ),
            probe(
                'a certificate, which has no kid', token => $w->token(issuer => 'pem', key => 'rsa_cert')
            )
        );
    }, accepted()],
    ['HDR-027', sub {
        my ($w) = @_;
        return (
            probe('two RSA keys', token => $w->token(issuer => 'two-keys', header => { kid => undef })),
            probe('with a kid', token => $w->token(issuer => 'two-keys'), expect => accepted()),
            probe(
                'the one EC key of the same set',
                token => $w->token(
                    issuer => 'two-keys',
                    key => 'ec',
                    header => { kid => undef }
                ),
                expect => accepted()
            )
        );
    }, refused('invalid_request', before => 'signature', code => 'key_ambiguous')],
    ['HDR-029', sub {
        my ($w) = @_;
        my $twice = [map { { jwk => $w->key($_)->public_jwk(kid => 'twice') } } qw(rsa rsa_other)];
        my $set = [{ jwks => { keys => [map { $_->{jwk} } @$twice] } }];
        return (
            probe('RSA', token => $w->token(issuer => 'same-kid', header => { kid => 'same' })),
            probe('EC', token => $w->token(issuer => 'same-kid', key => 'ec', header => { kid => 'same' })),
            probe(
                'one kid for two RSA keys of a set',
                import => $w->with_issuer(keys => $set),
                expect => faults(qr/twice|kid/)
            ),
            probe(
                'one kid for two RSA keys',
                import => $w->with_issuer(keys => $twice),
                expect => faults(qr/twice|kid/)
            )
        );
    }, accepted()],
    ['HDR-030', sub {
        my ($w) = @_;
        return map {
            my $typ = $_;
            map {
                probe("typ $typ, issuer $_", token => $w->token(issuer => $_, header => { typ => $typ }))
            } qw(partner jwt-only)
        } 'JWT', 'jwt', 'application/jwt', 'Application/JWT';
    }, accepted()],
    ['HDR-031', sub {
        my ($w) = @_;
        return
            map { probe("typ $_", token => $w->token(issuer => 'at-only', header => { typ => $_ })) }
            'at+jwt', 'application/at+jwt', 'AT+JWT';
    }, accepted()],
    ['HDR-032', sub {
        my ($w) = @_;
        return (
            (
                map { probe("typ $_", token => $w->token(issuer => 'at-only', header => { typ => $_ })) }
                    'JWT',
                'jwt',
                'at',
                'at+jwt2',
                'text/at+jwt'
            ),
            probe(
                'no typ', token => $w->raw(header => $head->(), payload => $w->claims(-issuer => 'at-only'))
            ),
            probe(
                'at+jwt where jwt is asked for',
                token => $w->token(issuer => 'jwt-only', header => { typ => 'at+jwt' })
            )
        );
    }, refused('invalid_request', code => 'token_typ')],
    ['HDR-032', sub {
        my ($w) = @_;
        return map { $with->($w, "typ $_", qq({"alg":"RS256","kid":"rsa-1","typ":$_})) } '1', 'null',
            '["at+jwt"]',
            '{"at+jwt":1}';
    }, refused('invalid_request', before => 'signature', code => 'token_header')],
    [
        'HDR-035',
        sub { my ($w) = @_; return $with->($w, 'a header of 5 KiB', $head->(filler => 'x' x 5000)) },
        $refused
    ],
    ['HDR-036', sub {
        my ($w) = @_;
        return probe('unknown members',
            token => $w->token(header => { foo => 'bar', nonce => [1, { a => undef }], cty => 'x' }));
    }, accepted()],
];
