# The token endpoint as HTTP: methods, media types, forms, sizes, framing.
use strict;
use warnings;
use Tokex::Cases;
use Tokex::Http;
use Tokex::Jose qw(json);

my $FORM = 'application/x-www-form-urlencoded';
my $refused = refused('invalid_request', before => 'token');
my $syntax = refused('invalid_request', before => 'token', code => 'form_syntax');

my $basic = sub { my ($w) = @_; return (Authorization => Tokex::Http::basic('orders', $w->secret('orders'))) };
# A whole request; headers with undef are left out.
my $octets = sub {
    my ($w, $method, $target, $body, %headers) = @_;
    my %all = ($basic->($w), 'Content-Type' => $FORM, %headers);
    return Tokex::Http::octets($method, $target, [map { ($_ => $all{$_}) } sort keys %all], $body);
};
my $good = sub { my ($w, @more) = @_; return Tokex::Http::form($w->form, @more) };
# A body sent as it stands.
my $body = sub {
    my ($w, $what, $text, %more) = @_;
    return probe($what, octets => $octets->($w, 'POST', '/sts/token', $text), %more);
};
my $typed = sub {
    my ($w, $type, $text) = @_;
    return probe("Content-Type $type",
        octets => $octets->($w, 'POST', '/sts/token', $text, 'Content-Type' => $type));
};
# The request is refused and this header says that.
my $method = sub {
    my ($w, $name, %headers) = @_;
    return probe(
        $name,
        show => sub {
            my $answer =
                Tokex::Http->new($w->port)
                ->request($octets->($w, $name, '/sts/token', $name eq 'PUT' ? $good->($w) : undef, %headers),
                head => $name eq 'HEAD');
            my $fine =
                   $answer->{status} == 405
                && ($answer->header('allow') // '') eq 'POST'
                && ($answer->header('cache-control') // '') =~ /no-store/
                && !grep { defined $answer->header($_) }
                qw(Access-Control-Allow-Origin Access-Control-Allow-Methods ETag);
            $fine = 0 if $name ne 'HEAD' && ($answer->json->{error} // '') ne 'invalid_request';
            return ($fine, "answer $answer->{status}: " . json($answer->{headers}) . " $answer->{body}");
        },
        expect => shown()
    );
};

[
    ['TEP-001', sub {
        my ($w) = @_;
        my $query = $good->($w);
        return (
            probe(
                'the whole exchange in a query',
                show => sub {
                    my $answer = $w->send_octets(
                        $octets->($w, 'GET', "/sts/token?$query&client_secret=a-secret-in-a-query"));
                    my $logged = join '', { $w->logs }->{'access.log'}, $w->httpd->error_log;
                    my $fine =
                           $answer->{status} == 405
                        && $answer->header('allow') eq 'POST'
                        && $answer->header('cache-control') =~ /no-store/
                        && !exists $answer->json->{access_token}
                        && $logged !~ /a-secret-in-a-query|subject_token=/;
                    return ($fine,
                        "answer $answer->{status} $answer->{body}"
                            . ($logged =~ /(.*a-secret-in-a-query.*)/ ? "; logged: $1" : ''));
                }
            ),
            $method->($w, 'GET')
        );
    }, shown()],
    ['TEP-002', sub {
        my ($w) = @_;
        return map { $method->($w, $_) } qw(HEAD PUT DELETE PATCH TRACE PROPFIND);
    }, shown()],
    ['TEP-003', sub {
        my ($w) = @_;
        return (
            $method->(
                $w, 'OPTIONS',
                Origin => 'https://evil.example',
                'Access-Control-Request-Method' => 'POST'
            ),
            $method->($w, 'OPTIONS')
        );
    }, shown()],
    ['TEP-004', sub {
        my ($w) = @_;
        return (
            $typed->($w, 'application/json', json({ $w->form })),
            $typed->($w, 'application/json', $good->($w))
        );
    }, $refused],
    ['TEP-005', sub {
        my ($w) = @_;
        my %form = $w->form;
        my $parts = join '',
            map {"--b\r\nContent-Disposition: form-data; name=\"$_\"\r\n\r\n$form{$_}\r\n"} sort keys %form;
        return $typed->($w, 'multipart/form-data; boundary=b', "$parts--b--\r\n");
    }, $refused],
    ['TEP-009', sub {
        my ($w) = @_;
        return (
            (
                map { $typed->($w, $_, $good->($w)) } "${FORM}X",
                "$FORM-x", "x$FORM", 'application/x-www-form', 'text/plain'
            ),
            probe(
                'no Content-Type',
                octets => $octets->($w, 'POST', '/sts/token', $good->($w), 'Content-Type' => undef) =~
                    s/^Content-Type:.*?\r\n//mgr
            ),
            (
                map { +{ %{ $typed->($w, $_, $good->($w)) }, expect => accepted() } }
                    "$FORM; charset=UTF-8",
                "$FORM;charset=utf-8",
                uc $FORM
            )
        );
    }, $refused],
    ['TEP-011', sub {
        my ($w) = @_;
        my $secret = $w->secret('orders');
        return (
            probe(
                'in the query',
                octets => Tokex::Http::octets(
                    'POST', "/sts/token?client_id=orders&client_secret=$secret",
                    ['Content-Type' => $FORM], $good->($w)
                )
            ),
            probe(
                'beside Basic',
                octets => $octets->($w, 'POST', "/sts/token?client_secret=$secret", $good->($w))
            ),
            probe(
                'what is logged',
                show => sub {
                    my %log = $w->logs;
                    my @found = grep { index($log{$_}, $secret) >= 0 } sort keys %log;
                    return (!@found, "found in @found");
                },
                expect => shown()
            )
        );
    }, $refused],
    ['TEP-012', sub {
        my ($w) = @_;
        return (
            probe('missing', form => [$w->form(grant_type => undef)], headers => [$basic->($w)]),
            probe('empty', form => [$w->form(grant_type => '')], headers => [$basic->($w)]),
            probe('an empty body', octets => $octets->($w, 'POST', '/sts/token', ''))
        );
    }, $refused],
    ['TEP-013', sub {
        my ($w) = @_;
        return
            map { probe($_, form => [$w->form(grant_type => $_)], headers => [$basic->($w)]) }
            'token-exchange', 'client_credentials', 'password',
            'urn:ietf:params:oauth:grant-type:token-exchange ',
            'URN:IETF:params:oauth:grant-type:token-exchange',
            'jwt-bearer', 'urn:ietf:params:oauth:grant-type:saml2-bearer';
    }, refused('unsupported_grant_type', before => 'token')],
    ['TEP-015', sub {
        my ($w) = @_;
        my $grant = $Tokex::World::GRANT;
        return (
            probe('the same twice', form => [$w->form, grant_type => $grant], headers => [$basic->($w)]),
            probe('another first', form => [grant_type => 'password', $w->form], headers => [$basic->($w)])
        );
    }, $refused],
    ['TEP-016', sub {
        my ($w) = @_;
        my %value = (
            subject_token => $w->token,
            subject_token_type => "$Tokex::World::TYPE:jwt",
            actor_token => 'a',
            scope => 'orders.read',
            client_id => 'orders',
            client_secret => $w->secret('orders'),
            requested_token_type => "$Tokex::World::TYPE:jwt",
            actor_token_type => 'x'
        );
        return map {
            my $name = $_;
            my @twice = map { ($name => $value{$name}) } 1, 2;
            probe(
                "$name twice",
                form => [
                    $w->form(
                        map { ($_ => undef) } grep { $_ eq $name } qw(subject_token subject_token_type)
                    ),
                    @twice
                ],
                headers => [$basic->($w)]
            )
        } sort keys %value;
    }, $refused],
    ['TEP-018', sub {
        my ($w) = @_;
        return (
            probe('empty', form => [$w->form(subject_token => '')], headers => [$basic->($w)]),
            $body->(
                $w,
                'without an equals sign',
                Tokex::Http::form($w->form(subject_token => undef)) . '&subject_token'
            )
        );
    }, $refused],
    ['TEP-020', sub {
        my ($w) = @_;
        return (
            probe(
                'some',
                form => [$w->form, foo => 'bar', transaction_id => '1234', 'x y' => 'z'],
                headers => [$basic->($w)]
            ),
            probe('an empty one', form => [$w->form, foo => ''], headers => [$basic->($w)])
        );
    }, accepted()],
    ['TEP-021', sub {
        my ($w) = @_;
        my $rest = Tokex::Http::form($w->form);
        return (
            $body->($w, 'in a value', "$rest&scope=orders.read%00x"),
            $body->($w, 'at the end of a value', "$rest&scope=orders.read%00"),
            $body->($w, 'in a name', "$rest&scope%00x=1"),
            $body->($w, 'raw', "$rest&scope=orders.read\0"),
            $body->($w, 'in the token', Tokex::Http::form($w->form(subject_token => $w->token . "\0"))),
            $body->($w, 'in a parameter that nobody reads', "$rest&foo=%00")
        );
    }, $syntax],
    ['TEP-022', sub {
        my ($w) = @_;
        my $rest = Tokex::Http::form($w->form);
        return map { $body->($w, $_, "$rest&foo=$_") } '%zz', '%', '%4', 'x%', '%u0041', '%%41', '%-1',
            '%FF', '%C0%AF', '%ED%A0%80';
    }, $syntax],
    ['TEP-025', sub {
        my ($w) = @_;
        my $rest = Tokex::Http::form($w->form);
        return (
            $body->($w, 'an escaped name', $rest =~ s/grant_type/grant%5Ftype/r),
            $body->(
                $w,
                'every letter escaped',
                $rest =~ s/^grant_type/join '', map { sprintf '%%%02x', ord } split m{}, 'grant_type'/er
            ),
            $body->(
                $w, 'twice, once escaped',
                "$rest&grant%5Ftype=password",
                expect => refused('invalid_request', before => 'token', code => 'form_repeated')
            ),
            $body->(
                $w, 'twice, escaped first',
                "grant%5ftype=password&$rest",
                expect => refused('invalid_request', before => 'token', code => 'form_repeated')
            )
        );
    }, accepted()],
    ['TEP-027', sub {
        my ($w) = @_;
        my $rest = Tokex::Http::form($w->form);
        return (
            $body->(
                $w,
                'all behind semicolons',
                $rest =~ s/&/;/gr,
                expect => refused('unsupported_grant_type', before => 'token')
            ),
            $body->(
                $w, 'the scope behind one',
                "$rest&foo=1;scope=admin",
                expect => accepted(claims => sub { $_[0]{scope} eq 'orders.read orders.write' })
            ),
            $body->($w, 'a second scope behind one', "$rest&scope=orders.read;scope=orders.write")
        );
    }, refused('invalid_scope')],
    ['TEP-028', sub {
        my ($w) = @_;
        my $large = 'x=' . 'y' x (1024 * 1024 - 1);
        my $closed = sub {
            my (%headers) = @_;
            return sub {
                my $http = Tokex::Http->new($w->port);
                my $sent =
                    $headers{'Transfer-Encoding'}
                    ? join('', map { sprintf "%x\r\n%s\r\n", length, $_ } unpack '(a65536)*', $large)
                    . "0\r\n\r\n"
                    : $large;
                my $whole = $octets->($w, 'POST', '/sts/token', $sent, %headers);
                $whole =~ s/\r\n\r\n.*/\r\n\r\n/s if $headers{Expect};
                my $answer = $http->request($whole);
                # It dies when nothing comes and the connection stays.
                my $ends = eval { $http->closed } // 0;
                return ($answer->{status} == 413 && $answer->json->{error} eq 'invalid_request' && $ends,
                    "answer $answer->{status}, " . ($ends ? 'closed' : 'left open'));
            };
        };
        return (
            probe('1 MiB + 1', show => $closed->()),
            probe('1 MiB + 1 in chunks', show => $closed->('Transfer-Encoding' => 'chunked')),
            probe('1 MiB announced, none sent', show => $closed->(Expect => '100-continue'))
        );
    }, shown()],
    ['TEP-029', sub {
        my ($w) = @_;
        my $rest = Tokex::Http::form($w->form);
        my $with = sub {
            my ($count) = @_;
            return join '&', $rest, map {"x$_=1"} 1 .. $count;
        };
        return (
            $body->($w, '10 000 parameters', $with->(10_000)),
            $body->($w, '65 parameters', $with->(62)),
            $body->($w, '64 parameters', $with->(61), expect => accepted())
        );
    }, $refused],
    ['TEP-031', sub {
        my ($w) = @_;
        my $text = $good->($w);
        my $chunks = join '', map { sprintf "%x\r\n%s\r\n", length, $_ } unpack '(a100)*', $text;
        my $send = sub {
            my ($trailer) = @_;
            return $octets->(
                $w, 'POST', '/sts/token', "${chunks}0\r\n$trailer\r\n", 'Transfer-Encoding' => 'chunked'
            );
        };
        return (
            probe('in chunks', octets => $send->('')),
            probe(
                'with trailers',
                octets => $send->("Authorization: Bearer x\r\nContent-Type: text/plain\r\nX-Tokex: 1\r\n")
            ),
            probe(
                'credentials in a trailer',
                octets => $send->(
                    'Authorization: ' . Tokex::Http::basic('orders', $w->secret('orders')) . "\r\n"
                ) =~ s/^Authorization:.*?\r\n//mr,
                expect => refused('invalid_client', status => 401)
            )
        );
    }, accepted()],
    ['TEP-036', sub {
        my ($w) = @_;
        # Every probe of every table is held against the same headers; these are the kinds.
        return (
            probe('a token', token => $w->token),
            probe('a refused token', token => 'x', expect => refused('invalid_request')),
            probe(
                'a refused client',
                token => $w->token,
                secret => 'wrong',
                expect => refused('invalid_client', status => 401)
            ),
            probe(
                'a refused scope',
                token => $w->token,
                parameters => { scope => 'admin' },
                expect => refused('invalid_scope')
            ),
            probe(
                'a refused target',
                token => $w->token,
                parameters => { audience => 'nowhere' },
                expect => refused('invalid_target')
            ),
            probe(
                'a refused grant',
                form => [$w->form(grant_type => 'x')],
                headers => [$basic->($w)],
                expect => refused('unsupported_grant_type')
            )
        );
    }, accepted()],
    ['TEP-040', sub {
        my ($w) = @_;
        my $once = sub { my ($token) = @_; return Tokex::Http::form($w->form(subject_token => $token)) };
        my $same = sub {
            my (@answers) = @_;
            my @bad = grep {
                      !$_
                    || $_->{status} != 200
                    || $_->json->{issued_token_type} ne "$Tokex::World::TYPE:access_token"
                    || $_->json->{token_type} ne 'Bearer'
            } @answers;
            return (!@bad, join '; ',
                map { $_ ? "HTTP/$_->{version} $_->{status} $_->{body}" : 'no answer' } @answers);
        };
        return (
            probe(
                'HTTP/1.0',
                show => sub {
                    my $request =
                        $octets->($w, 'POST', '/sts/token', $good->($w)) =~ s{HTTP/1\.1}{HTTP/1.0}r;
                    return $same->(Tokex::Http->new($w->port)->request($request));
                }
            ),
            probe(
                'HTTP/2',
                show => sub {
                    return (0, 'httpd has no mod_http2') if !Tokex::Httpd::has_module('http2');
                    my $answer = Tokex::Http::curl(
                        $w->httpd->url('/sts/token'), [$w->form],
                        '--http2-prior-knowledge', '-u',
                        'orders:' . $w->secret('orders')
                    );
                    my ($good, $words) = $same->($answer);
                    return ($good && $answer->{version} eq '2', $words);
                }
            ),
            probe(
                'HTTP/2, refused',
                show => sub {
                    my $answer = Tokex::Http::curl(
                        $w->httpd->url('/sts/token'),
                        [$w->form(subject_token => 'x')],
                        '--http2-prior-knowledge', '-u', 'orders:' . $w->secret('orders')
                    );
                    return (
                        $answer && $answer->{status} == 400 && $answer->json->{error} eq 'invalid_request',
                        $answer ? $answer->{body} : 'no answer'
                    );
                }
            ),
            probe(
                'three in one go',
                show => sub {
                    my $http = Tokex::Http->new($w->port);
                    $http->send_octets(
                        join '',
                        map {
                            $octets->(
                                $w, 'POST', '/sts/token', $once->($w->token(claims => { sub => "user-$_" }))
                            )
                        } 1 .. 3
                    );
                    my @answers = map { $http->answer } 1 .. 3;
                    my ($good, $words) = $same->(@answers);
                    my @subjects = map { ($w->decode($_->json->{access_token}))[0]{sub} } @answers;
                    return ($good && "@subjects" eq 'user-1 user-2 user-3', $words);
                }
            ),
            probe(
                '100-continue',
                show => sub {
                    my $http = Tokex::Http->new($w->port);
                    my $text = $good->($w);
                    my ($head) = $octets->($w, 'POST', '/sts/token', $text, Expect => '100-continue') =~
                        /^(.*?\r\n\r\n)/s;
                    $http->send_octets($head);
                    my $line = $http->line;
                    $http->line;
                    my ($good, $words) = $same->($http->request($text));
                    return ($good && $line =~ m{^HTTP/1.1 100}, "$line; $words");
                }
            )
        );
    }, shown()],
    ['HTP-016', sub {
        my ($w) = @_;
        return map {
            my ($name, $value) = @$_;
            probe("$name: $value",
                octets => $octets->($w, 'POST', '/sts/token', $good->($w), $name => $value))
            } ['Range', 'bytes=0-10'], ['If-None-Match', '*'], ['If-Match', '"x"'],
            ['If-Modified-Since', 'Fri, 01 Jan 2100 00:00:00 GMT'],
            ['If-Unmodified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'], ['If-Range', '"x"'];
    }, accepted()],
];
