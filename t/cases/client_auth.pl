# Who is the client? Secrets in the header or in the form.
use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use Tokex::Cases;
use Tokex::Http;

my $unknown = refused('invalid_client', status => 401, before => 'token');
my $bad = refused('invalid_request', before => 'token');

# A good exchange with these values of Authorization (none, one, several).
my $with = sub {
    my ($w, $what, @values) = @_;
    my %more = ref $values[-1] eq 'HASH' ? %{ pop @values } : ();
    return probe(
        $what,
        form => [$w->form, @{ delete $more{form} || [] }],
        headers => [map { (Authorization => $_) } @values],
        %more
    );
};
my $basic = sub { my ($text) = @_; return 'Basic ' . encode_base64($text, '') };

[
    ['CAU-004', sub {
        my ($w) = @_;
        my $right = $basic->('orders:' . $w->secret('orders'));
        return (
            $with->(
                $w, 'the same twice',
                $right, { form => [client_id => 'orders', client_secret => $w->secret('orders')] }
            ),
            $with->(
                $w, 'only the secret in the body',
                $right, { form => [client_secret => $w->secret('orders')] }
            ),
            $with->(
                $w, 'a wrong secret in the body',
                $right, { form => [client_id => 'orders', client_secret => 'wrong'] }
            ),
            $with->(
                $w,
                'a wrong secret in the header',
                $basic->('orders:wrong'),
                { form => [client_id => 'orders', client_secret => $w->secret('orders')] }
            )
        );
    }, refused('invalid_request', before => 'token', code => 'client_auth_multiple')],
    ['CAU-007', sub {
        my ($w) = @_;
        return (
            $with->(
                $w,
                'another client',
                $basic->('orders:' . $w->secret('orders')),
                { form => [client_id => 'shop'] }
            ),
            $with->(
                $w,
                'an unknown client',
                $basic->('orders:' . $w->secret('orders')),
                { form => [client_id => 'nobody'] }
            ),
            $with->(
                $w,
                'the same client',
                $basic->('orders:' . $w->secret('orders')),
                { form => [client_id => 'orders'], expect => accepted() }
            )
        );
    }, $bad],
    ['CAU-009', sub {
        my ($w) = @_;
        my $secret = $w->secret('odd');
        my $octets = $secret;
        utf8::encode($octets) if utf8::is_utf8($octets);
        return (
            $with->($w, 'a secret with a colon, raw', $basic->("odd:$octets")),
            $with->($w, 'the same, form-encoded', $basic->('odd:' . Tokex::Http::encode($secret))),
            $with->($w, 'the same in the body', { form => [client_id => 'odd', client_secret => $secret] }),
            $with->($w, 'an id with a colon, form-encoded', $basic->('orders%3A1:se%2Fcr%2Bet')),
            $with->(
                $w,
                'an id with a colon in the body',
                { form => [client_id => 'orders:1', client_secret => 'se/cr+et'] }
            ),
            $with->($w, 'an id with a colon, raw', $basic->('orders:1:se/cr+et'), { expect => $unknown }),
            $with->(
                $w,
                'only the part before the second colon',
                $basic->('odd:' . ($octets =~ /^(.*?):/)[0]),
                { expect => $unknown }
            )
        );
    }, accepted()],
    ['CAU-011', sub {
        my ($w) = @_;
        my $secret = $w->secret('orders');
        my $pair = "orders:$secret";
        # A length that needs padding.
        my $padded = encode_base64($pair, '');
        my ($short, $long) = $padded =~ /=/ ? ($padded =~ s/=//gr, $padded) : (undef, $padded);
        return (
            (
                map { $with->($w, @$_) } ['a NUL behind the secret', $basic->("$pair\0")],
                ['a NUL before the colon', $basic->("orders\0:$secret")],
                ['a NUL and more', $basic->("orders:$secret\0x")],
                ['an octet that is no base64', 'Basic ' . substr($long, 0, 8) . '*' . substr($long, 8)],
                ['a TAB inside', 'Basic ' . substr($long, 0, 8) . "\t" . substr($long, 8)],
                ['a blank inside', 'Basic ' . substr($long, 0, 8) . ' ' . substr($long, 8)],
                ['too much padding', "Basic $long="],
                ['no colon', $basic->('orders')],
                ['nothing', $basic->('')],
                ['one character', 'Basic Q'],
                ['only padding', 'Basic ====']
            ),
            (defined $short ? $with->($w, 'the padding missing', "Basic $short") : ()),
            $with->(
                $w,
                'the padding missing, one octet over',
                'Basic ' . ($basic->('orders:' . 'x' x 6) =~ s/^Basic |=//gr)
            ),
            $with->($w, 'the right one', "Basic $long", { expect => accepted() })
        );
    }, $unknown],
    ['CAU-012', sub {
        my ($w) = @_;
        return (
            $with->(
                $w, '1 MiB',
                'Basic ' . 'QUFB' x (256 * 1024),
                { expect => { kind => 'refused', status => 400 } }
            ),
            $with->($w, '7 KiB', $basic->('orders:' . 'x' x 5000), { expect => $unknown })
        );
    }, $unknown],
    ['CAU-013', sub {
        my ($w) = @_;
        my $credentials = encode_base64('orders:' . $w->secret('orders'), '');
        return (
            $with->($w, 'Basic alone', 'Basic'),
            $with->($w, 'Basic and a blank', 'Basic '),
            $with->($w, 'basic', "basic $credentials", { expect => accepted() }),
            $with->($w, 'BASIC', "BASIC $credentials", { expect => accepted() }),
            probe(
                'two blanks',
                show => sub {
                    my $answer = $w->post([$w->form], Authorization => "Basic  $credentials");
                    return (
                        $answer->{status} == 200
                            || $answer->{status} == 401 && $answer->json->{error} eq 'invalid_client',
                        "answer $answer->{status}"
                    );
                },
                expect => shown()
            )
        );
    }, $unknown],
    ['CAU-014', sub {
        my ($w) = @_;
        return (
            (
                map { $with->($w, $_, $_) } 'Bearer not-of-the-right-scheme',
                'Digest username="orders"',
                'DPoP abc', 'Negotiate abc',
                'Basicx abc', ':'
            ),
            $with->(
                $w, 'Bearer beside the secret in the body',
                'Bearer x', { form => [client_id => 'orders', client_secret => $w->secret('orders')] }
            )
        );
    }, $unknown],
    ['CAU-015', sub {
        my ($w) = @_;
        my $right = $basic->('orders:' . $w->secret('orders'));
        return (
            $with->($w, 'the same twice', $right, $right),
            $with->($w, 'two clients', $right, $basic->('shop:' . $w->secret('shop'))),
            $with->($w, 'a wrong one first', $basic->('orders:wrong'), $right),
            $with->($w, 'Bearer first', 'Bearer x', $right)
        );
    }, $bad],
    ['CAU-018', sub {
        my ($w) = @_;
        return probe('a client without the grant', token => $w->token, client => 'nogrant');
    }, refused('unauthorized_client', before => 'token')],
    ['CAU-020', sub {
        my ($w) = @_;
        return (
            probe('not allowed', token => $w->token, client => 'others'),
            probe(
                'unknown',
                token => $w->token(claims => { iss => 'https://nobody.example' }),
                client => 'others'
            ),
            probe('disabled', token => $w->token(issuer => 'disabled'), client => 'orders'),
            probe(
                'allowed',
                token => $w->token(issuer => 'other', key => 'rsa_other'),
                client => 'others',
                expect => accepted()
            ),
            probe(
                'the same octets',
                show => sub {
                    my @answers = map { $w->exchange(-client => 'others', subject_token => $_) } $w->token,
                        $w->token(claims => { iss => 'https://nobody.example' }),
                        $w->token(issuer => 'disabled'), $w->token(key => 'stranger');
                    my %kinds;
                    for my $answer (@answers) {
                        my $text = "$answer->{status} $answer->{body}\n" . join "\n",
                            map {"$_->[0]: $_->[1]"}
                            grep { $_->[0] !~ /^(?:Date|Connection|Upgrade|Keep-Alive)$/ }
                            @{ $answer->{headers} };
                        $kinds{ $text =~ s/"receipt":"[^"]*"//r }++;
                    }
                    return (keys %kinds == 1, join "\n", keys %kinds);
                },
                expect => shown()
            )
        );
    }, refused('invalid_request')],
    ['CAU-035', sub {
        my ($w) = @_;
        my $secret = $w->secret('orders');
        return (
            $with->($w, 'an empty id', $basic->(":$secret")),
            $with->($w, 'an empty secret', $basic->('orders:')),
            $with->($w, 'both empty', $basic->(':')),
            $with->($w, 'an empty id in the body', { form => [client_id => '', client_secret => $secret] }),
            $with->(
                $w,
                'an empty secret in the body',
                { form => [client_id => 'orders', client_secret => ''] }
            ),
            $with->($w, 'nothing at all')
        );
    }, $unknown],
];
