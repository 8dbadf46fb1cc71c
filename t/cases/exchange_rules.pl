# What may be exchanged for what.
use strict;
use warnings;
use Tokex::Cases;

my $T = $Tokex::World::TYPE;
my $bad = refused('invalid_request', before => 'token');
my $target = refused('invalid_target');
my $with = sub {
    my ($w, $what, $parameters, %more) = @_;
    return probe($what, token => $w->token, parameters => $parameters, %more);
};
my $aud = sub {
    my ($wanted) = @_;
    return accepted(claims =>
            sub { my ($claims) = @_; return ("@{ $claims->{aud} }" eq $wanted, "aud is @{ $claims->{aud} }") });
};

[
    ['TEX-001', sub {
        my ($w) = @_;
        return (
            $with->($w, 'missing', { subject_token => undef }),
            $with->($w, 'empty', { subject_token => '' })
        );
    }, $bad],
    ['TEX-002', sub {
        my ($w) = @_;
        return (
            $with->($w, 'missing', { subject_token_type => undef }),
            $with->($w, 'empty', { subject_token_type => '' })
        );
    }, $bad],
    ['TEX-004', sub {
        my ($w) = @_;
        return map { $with->($w, $_, { subject_token_type => "$T:$_" }) } qw(saml2 saml1);
    }, $bad],
    ['TEX-007', sub {
        my ($w) = @_;
        return (
            (
                map { $with->($w, $_, { subject_token_type => $_ }) } "$T:refresh_token",
                "$T:nothing", 'jwt', "$T:JWT", "$T:jwt ", 'access_token'
            ),
            (
                map { $with->($w, $_, { subject_token_type => "$T:$_" }, expect => accepted()) }
                    qw(access_token jwt id_token)
            ),
            probe(
                'a type that the issuer does not have',
                token => $w->token(issuer => 'id-token-only'),
                expect => refused('invalid_request', before => 'signature')
            ),
            probe(
                'the type that it has',
                token => $w->token(issuer => 'id-token-only'),
                parameters => { subject_token_type => "$T:id_token" },
                expect => accepted()
            )
        );
    }, refused('invalid_request', code => 'subject_token_type')],
    ['TEX-010', sub {
        my ($w) = @_;
        return (
            (
                map { $with->($w, $_, { requested_token_type => $_ }) } "$T:saml2",
                "$T:id_token", "$T:nothing", 'jwt', "$T:access_token "
            ),
            (
                map {
                    my $type = "$T:$_";
                    $with->(
                        $w, $_,
                        { requested_token_type => $type },
                        expect => accepted(claims => sub { $_[1]->json->{issued_token_type} eq $type })
                    )
                } qw(access_token jwt)
            )
        );
    }, refused('invalid_request', code => 'requested_token_type')],
    ['TEX-011', sub {
        my ($w) = @_;
        return $with->($w, 'refresh_token', { requested_token_type => "$T:refresh_token" });
    }, $bad],
    ['TEX-023', sub {
        my ($w) = @_;
        return (
            (
                map { $with->($w, "audience $_", { audience => $_ }) }
                    qw(nowhere https://api.example/ API api%20),
                'api '
            ),
            $with->($w, 'an unknown resource', { resource => 'https://nowhere.example/' }),
            $with->($w, 'a known one and an unknown one', { audience => ['api', 'nowhere'] }),
            $with->(
                $w,
                'one and a resource that is unknown',
                { audience => 'api', resource => 'https://nowhere.example/' }
            )
        );
    }, $target],
    ['TEX-024', sub {
        my ($w) = @_;
        return (
            (map { $with->($w, "audience $_", { audience => $_ }) } qw(foreign https://foreign.example)),
            $with->($w, 'by resource', { resource => 'https://foreign.example/' }),
            $with->($w, 'no target asked for, none by default', {}, client => 'nodefault')
        );
    }, $target],
    ['TEX-025', sub {
        my ($w) = @_;
        my $us = $w->issuer_url;
        my $for = sub {
            my ($what, $aud, $parameters, @more) = @_;
            return probe($what, token => $w->token(claims => { aud => $aud }), parameters => $parameters, client => 'narrowed', @more);
        };
        return (
            $for->('another target', [$us, 'https://api.example'], { audience => 'billing' }),
            $for->('one of two', [$us, 'https://api.example'], { audience => ['api', 'billing'] }),
            $for->('the default one', $us, {}),
            $for->('a part of the name', [$us, 'https://api.example.evil', 'https://api'], { audience => 'api' }),
            $for->('the logical name', [$us, 'api'], { audience => 'api' }),
            $for->('the target that it names', [$us, 'https://api.example'], { audience => 'api' }, expect => $aud->('https://api.example')),
            $for->('both', [$us, 'https://billing.example', 'https://api.example'], { audience => ['api', 'billing'] }, expect => accepted()),
            $for->('by a resource', [$us, 'https://billing.example/'], { audience => 'billing' }, expect => $aud->('https://billing.example')),
            probe('where narrowing is off', token => $w->token, parameters => { audience => 'billing' }, expect => accepted())
        );
    }, refused('invalid_target', code => 'target_subject')],
    ['TEX-026', sub {
        my ($w) = @_;
        return ((map { $with->($w, $_, { audience => $_ }) } qw(dark https://dark.example)),
            $with->($w, 'by default', {}, client => 'darkened'));
    }, refused('invalid_target', code => 'target_disabled')],
    ['TEX-028', sub {
        my ($w) = @_;
        return map { $with->($w, $_, { resource => $_ }) } '/v1', 'api.example/v1', '//api.example/',
            'https://api.example/#x', 'https://api.example/#', 'not a URI', 'https://api.example/ ', '?x=1';
    }, refused('invalid_target', code => 'resource')],
    ['TEX-029', sub {
        my ($w) = @_;
        return (
            $with->($w, 'as configured', { resource => 'https://api.example/v1?shop=1&x=%2F' }),
            map { $with->($w, $_, { resource => $_ }, expect => $target) } 'https://api.example/v1?shop=1',
            'https://api.example/v1?x=%2F&shop=1',
            'https://api.example/v1?shop=1&x=/',
            'https://API.example/'
        );
    }, $aud->('https://api.example')],
    ['TEX-032', sub {
        my ($w) = @_;
        my $both = $aud->('https://api.example https://billing.example');
        return (
            $with->(
                $w,
                'both allowed',
                { audience => 'api', resource => 'https://billing.example/' },
                expect => $both
            ),
            $with->($w, 'two audiences', { audience => ['api', 'billing'] }, expect => $both),
            $with->(
                $w,
                'two audiences the other way round',
                { audience => ['billing', 'api'] },
                expect => $aud->('https://billing.example https://api.example')
            ),
            $with->(
                $w,
                'one target twice',
                { audience => 'api', resource => 'https://api.example/' },
                expect => $aud->('https://api.example')
            ),
            $with->(
                $w, 'one that no rule allows', { audience => 'api', resource => 'https://foreign.example/' }
            ),
            $with->(
                $w, 'one that is switched off', { audience => 'dark', resource => 'https://api.example/' }
            ),
            $with->(
                $w,
                'one that this client may not have',
                { audience => ['api', 'short'] },
                client => 'delegate'
            )
        );
    }, $target],
    ['TEX-033', sub {
        my ($w) = @_;
        return (
            (map { $with->($w, "audience $_", { audience => $_ }) } qw(api https://api.example)),
            $with->($w, 'resource', { resource => 'https://api.example/v1?shop=1&x=%2F' }),
            $with->($w, 'none', {}),
            $with->($w, 'twice', { audience => ['api', 'https://api.example'] }),
            probe(
                'the subject token\'s own',
                token => $w->token(claims => { aud => [$w->issuer_url, 'https://elsewhere.example'] })
            )
        );
    }, $aud->('https://api.example')],
    ['TEX-034', sub {
        my ($w) = @_;
        my $wide = $w->token(claims => { scope => 'admin orders.read openid offline_access unheard.of' });
        return map { probe($_, token => $wide, parameters => { scope => $_ }) } 'admin',
            'orders.read admin', 'unheard.of', 'openid', 'offline_access', 'orders.read openid',
            'ORDERS.READ';
    }, refused('invalid_scope')],
    ['TEX-036', sub {
        my ($w) = @_;
        return (
            probe(
                'of what both have',
                token => $w->token(
                    claims => { scope => 'invoicing orders.read admin other.thing openid offline_access' }
                ),
                expect => with_scope('invoicing orders.read')
            ),
            probe(
                'of a client with less',
                token => $w->token,
                client => 'few',
                expect => with_scope('orders.read')
            ),
            probe(
                'of a target with less',
                token => $w->token(claims => { scope => 'orders.read invoicing' }),
                parameters => { audience => 'billing' },
                expect => with_scope('invoicing')
            ),
            probe(
                'as a list',
                token => $w->token(claims => { scope => undef, scp => ['orders.write', 'admin'] }),
                expect => with_scope('orders.write')
            ),
            probe(
                'of a claim with another name',
                token => $w->token(issuer => 'scp', claims => { permissions => 'invoicing' }),
                expect => with_scope('invoicing')
            ),
            probe(
                'of a token without',
                token => $w->token(claims => { scope => undef }),
                expect => with_scope('')
            ),
            probe(
                'of a token without, where the rule says',
                token => $w->token(claims => { scope => undef }),
                client => 'absent',
                expect => with_scope('orders.read')
            ),
            probe(
                'of a token with an empty one',
                token => $w->token(claims => { scope => '' }),
                client => 'absent',
                expect => with_scope('')
            )
        );
    }, accepted()],
    ['TEX-039', sub {
        my ($w) = @_;
        return (
            $with->($w, 'one word', { scope => 'x' x 65_536 }),
            $with->($w, 'many words', { scope => join ' ', ('orders.read') x 5461 }),
            map { $with->($w, "'$_'", { scope => $_ }) } 'orders.read"',
            "orders.read\\",
            "orders.read\x7F",
            "caf\xC3\xA9",
            "orders.read\torders.write"
        );
    }, refused('invalid_scope')],
    ['TEX-041', sub {
        my ($w) = @_;
        my $of_another = { azp => 'shop-at-partner', client_id => 'shop-at-partner' };
        return (
            probe('a rule allows', token => $w->token(claims => $of_another)),
            probe(
                'no rule allows',
                token => $w->token(claims => $of_another),
                client => 'others',
                expect => refused('invalid_request')
            ),
            probe(
                'a client without rules',
                token => $w->token(claims => $of_another),
                client => 'norules',
                expect => refused('invalid_request')
            )
        );
    }, accepted()],
    ['TEX-045', sub {
        my ($w) = @_;
        my $life = sub {
            my ($most, $least) = @_;
            return accepted(
                claims => sub {
                    my ($claims, $answer) = @_;
                    my $seconds = $answer->json->{expires_in};
                    return (
                        $seconds >= ($least // $most) && $seconds <= $most && $claims->{exp} - $claims->{iat} == $seconds,
                        "expires in $seconds s, at $claims->{exp}, made at $claims->{iat}"
                    );
                }
            );
        };
        my $now = int time;
        return (
            probe('the target\'s', token => $w->token, expect => $life->(300)),
            probe(
                'a short target\'s',
                token => $w->token,
                parameters => { audience => 'short' },
                expect => $life->(20)
            ),
            probe('the rule\'s', token => $w->token, client => 'inorder', expect => $life->(60)),
            probe(
                'what the subject token has left',
                token => $w->token(issuer => 'strict', claims => { exp => $now + 15 }),
                expect => $life->(15, 10)
            ),
            probe(
                'inside the leeway',
                token => $w->token(claims => { exp => $now - 5, iat => $now - 60 }),
                expect => $life->(25, 20)
            )
        );
    }, accepted()],
];
