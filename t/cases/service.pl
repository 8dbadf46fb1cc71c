# What the service says of itself and what it issues.
use strict;
use warnings;
use Tokex::Cases;
use Tokex::Http;
use Tokex::Jose qw(b64u json parts unb64u unjson);

my $metadata = sub {
    my ($w, $path) = @_;
    return probe(
        $path,
        show => sub {
            my $answer = Tokex::Http::get($w->port, $path);
            my $json = $answer->json;
            my $us = $w->issuer_url;
            my @wrong = grep { json($json->{ $_->[0] }) ne json($_->[1]) } ['issuer', $us],
                ['token_endpoint', "$us/token"], ['jwks_uri', "$us/jwks"],
                ['grant_types_supported', [$Tokex::World::GRANT, 'urn:ietf:params:oauth:grant-type:jwt-bearer', 'refresh_token']],
                ['token_endpoint_auth_methods_supported', [qw(client_secret_basic client_secret_post)]];
            return (
                $answer->{status} == 200
                    && ($answer->header('content-type') // '') =~ m{^application/json\b}
                    && !@wrong,
                "answer $answer->{status} $answer->{body}"
            );
        }
    );
};
my @AT_ROOT = map {"/.well-known/$_"} qw(oauth-authorization-server openid-configuration);

[
    ['ISS-004', sub {
        my ($w) = @_;
        return (
            probe(
                'the header',
                token => $w->token,
                expect => accepted(
                    claims => sub {
                        my ($header) = parts($_[1]->json->{access_token});
                        my $h = unjson($header);
                        return (
                            $h->{alg} eq 'ES256'
                                && $h->{typ} eq 'at+jwt'
                                && join(' ', sort keys %$h) eq 'alg kid typ',
                            $header
                        );
                    }
                )
            ),
            map {
                my $alg = $_;
                probe(
                    "a key for $alg",
                    show => sub {
                        my ($status, $out, $err) =
                            $w->ctl->run(undef, 'key', 'rotate', '--algorithm', $alg);
                        return ($status == 1 || $status == 2, "exit status $status: $out$err");
                    },
                    expect => shown()
                )
            } qw(HS256 HS512 none dir)
        );
    }, accepted()],
    ['T-13', sub {
        my ($w) = @_;
        return probe(
            'HS256 as a signing key of a document',
            import => $w->edited(sub {
                $_[0]{signing_keys} = [{
                    kid => 'x',
                    algorithm => 'HS256',
                    activates => 1,
                    created => 1,
                    public_jwk => { kty => 'oct', k => 'AAAA' }
                }];
            })
        );
    }, faults(qr/HS256/)],
    ['ISS-005', sub {
        my ($w) = @_;
        return probe(
            '600 signatures',
            show => sub {
                my ($short, %length) = (0);
                my $token = $w->token;
                my $pk = $w->{es256} //= do {
                    my ($jwk) = @{ $w->jwks->{keys} };
                    Crypt::PK::ECC->new({%$jwk});
                };
                for (1 .. 600) {
                    my $issued = $w->exchange(subject_token => $token)->json->{access_token};
                    my ($input, $signature) = $issued =~ /^(.*)\.([^.]*)$/;
                    my $octets = unb64u($signature);
                    $length{ length $octets }++;
                    $short++ if $octets =~ /^\0/ || substr($octets, 32, 1) eq "\0";
                    return (0, "a signature does not verify: $signature")
                        if !$pk->verify_message_rfc7518($octets, $input, 'SHA256');
                }
                return (join(' ', keys %length) eq '64',
                    'lengths: ' . json(\%length) . ", $short with a leading zero");
            }
        );
    }, shown()],
    ['ISS-009', sub {
        my ($w) = @_;
        return probe(
            'the document',
            show => sub {
                my $answer = Tokex::Http::get($w->port, '/sts/jwks',
                    Accept => 'application/json, application/jwk-set+json');
                my @keys = @{ $answer->json->{keys} // [] };
                my %kid = map { $_->{kid} => 1 } @keys;
                my @private = grep {
                    my $key = $_;
                    grep { exists $key->{$_} } qw(d p q dp dq qi oth k)
                } @keys;
                my $good =
                       $answer->{status} == 200
                    && @keys
                    && keys %kid == @keys
                    && !@private
                    && !grep({ $_->{kty} !~ /^(?:RSA|EC|OKP)$/ || ($_->{use} // '') ne 'sig' } @keys)
                    && ($answer->header('cache-control') // '') =~ /max-age=\d+/;
                return ($good,
                    ($answer->header('cache-control') // 'no Cache-Control') . " $answer->{body}");
            }
        );
    }, shown()],
    ['MET-001', sub {
        my ($w) = @_;
        return map { $metadata->($w, $_) } (map {"/sts$_"} @AT_ROOT), (map {"$_/sts"} @AT_ROOT);
    }, shown()],
    ['MET-002', sub {
        my ($w) = @_;
        my $other = sub {
            my ($path) = @_;
            return probe(
                "$path is not ours",
                show => sub {
                    my $status = Tokex::Http::get($w->port, $path)->{status};
                    return ($status == 404, "answer $status");
                }
            );
        };
        return ((map { $metadata->($w, "$_/sts") } @AT_ROOT),
            map { $other->($_), $other->("$_/other"), $other->("$_/sts/") } @AT_ROOT);
    }, shown()],
    ['MET-003', sub {
        my ($w) = @_;
        return map {
            my $path = $_;
            probe(
                "POST $path",
                show => sub {
                    my $answer = Tokex::Http::post_form($w->port, $path, [a => 1]);
                    return ($answer->{status} == 405 && ($answer->header('allow') // '') =~ /\bGET\b/,
                        "answer $answer->{status} $answer->{body}");
                }
            )
        } (map { ("/sts$_", "$_/sts") } @AT_ROOT), '/sts/jwks';
    }, shown()],
    ['LOG-004', sub {
        my ($w) = @_;
        my $rest = Tokex::Http::form($w->form);
        my @basic = (Authorization => Tokex::Http::basic('orders', $w->secret('orders')));
        # Sends `body` and headers with SECRET replaced by one of its own, which must then stand in no log.
        my $sent = sub {
            my ($what, $body, @headers) = @_;
            return probe(
                $what,
                show => sub {
                    my $secret = b64u($w->octets(24));
                    my $answer = $w->post(
                        map {s/SECRET/$secret/gr} $body,
                        map {s/BASIC\((.*)\)/Tokex::Http::basic(split m{:}, $1 =~ s{SECRET}{$secret}r)/er}
                            @headers
                    );
                    $w->audit_of($answer);
                    my $logs = join '',
                        map { Tokex::Httpd::slurp($w->httpd->dir . "/$_") }
                        qw(error.log audit.log access.log);
                    my ($line) = $logs =~ /([^\n]*\Q@{[substr $secret, 0, 16]}\E[^\n]*)/;
                    return ($answer->{status} >= 400
                            && !defined $line
                            && index($answer->{body}, $secret) < 0,
                        "answer $answer->{status}, logged: " . ($line // 'nothing'));
                }
            );
        };
        return (
            $sent->('a wrong secret in the form', "$rest&client_id=orders&client_secret=SECRET"),
            $sent->('a wrong secret in the header', $rest, Authorization => 'BASIC(orders:SECRET)'),
            $sent->('the secret of an unknown client', $rest, Authorization => 'BASIC(nobody:SECRET)'),
            $sent->('an odd scheme', $rest, Authorization => 'Secret SECRET'),
            $sent->('a scheme that is a secret', $rest, Authorization => 'SECRET'),
            $sent->('a broken header', $rest, Authorization => 'Basic SECRET'),
            $sent->('a body that is no form', "$rest&client_secret=SECRET&%zz"),
            $sent->('a parameter twice', "$rest&client_secret=SECRET&client_secret=SECRET"),
            # A client that separates by semicolons, as some do, sends its secret inside of another value.
            $sent->(
                'a secret behind a semicolon, no client',
                'grant_type=x;client_id=orders;client_secret=SECRET'
            ),
            (
                map {
                    $sent->(
                        "a secret behind a semicolon in $_",
                        Tokex::Http::form($w->form($_ => undef)) . "&$_=x;client_secret=SECRET", @basic
                    )
                } qw(grant_type subject_token_type requested_token_type scope audience resource)
            ),
            $sent->(
                'a secret behind a semicolon in client_id',
                "$rest&client_id=orders;client_secret=SECRET"
            )
        );
    }, shown()],
    ['LOG-006', sub {
        my ($w) = @_;
        my @secrets = map { b64u($w->octets(24)) } 1 .. 2;
        return probe(
            'none of the two',
            show => sub {
                my $answer =
                    $w->post([$w->form, client_id => 'orders', map { (client_secret => $_) } @secrets]);
                $w->audit_of($answer);
                my $logs = join '', { $w->logs }->{'error.log'},
                    map { Tokex::Httpd::slurp($w->httpd->dir . "/$_") } qw(audit.log access.log);
                return (
                    $answer->{status} == 400
                        && !grep({ index($logs, $_) >= 0 || index($answer->{body}, $_) >= 0 } @secrets),
                    $answer->{body}
                );
            }
        );
    }, shown()],
    ['LOG-008', sub {
        my ($w) = @_;
        my $logged = sub {
            my ($what, $octets) = @_;
            return probe(
                $what,
                show => sub {
                    my $from = length $w->httpd->error_log;
                    my $answer = $octets->();
                    my $audit = $w->audit_of($answer);
                    my $raw =
                        $w->httpd->error_log($from) . Tokex::Httpd::slurp($w->httpd->dir . '/audit.log');
                    # Each line of the audit is JSON of valid UTF-8, and no raw control character or bad octet stands anywhere.
                    my @bad =
                        grep { /[\x00-\x08\x0B-\x1F\x7F]/ || !utf8::decode(my $copy = $_) } split /\n/,
                        $raw;
                    return ($audit && !@bad,
                        'answer ' . $answer->{body} . ($bad[0] ? ", logged $bad[0]" : ''));
                }
            );
        };
        my $with_sub = sub {
            my ($octets) = @_;
            return $w->exchange(
                subject_token => $w->raw(payload => json($w->claims(sub => 'HERE')) =~ s/HERE/$octets/r));
        };
        return (
            $logged->('in the subject', sub { $with_sub->("a\xFFb") }),
            $logged->('an overlong form', sub { $with_sub->("a\xC0\xAFb") }),
            $logged->('a lone surrogate, escaped', sub { $with_sub->('a\\ud800b') }),
            $logged->(
                'line breaks and escapes, escaped',
                sub { $with_sub->('a\\n2026-01-01 fake\\u001b[31m') }
            ),
            $logged->(
                'in the client id', sub { $w->exchange(-client => "nobody\xFF\x01", -secret => 'x') }
            ),
            $logged->(
                'a line break in the client id',
                sub { $w->exchange(-auth => 'post', -client => "nobody\nfake line", -secret => 'x') }
            ),
            $logged->('in the audience', sub { $w->exchange(audience => "x\n\x1b[31m") })
        );
    }, shown()],
];
