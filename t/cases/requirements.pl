# Sentences of the requirements that an exchange can show.
use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use Tokex::Cases;
use Tokex::Http;
use Tokex::Jose qw(json);

my $T = $Tokex::World::TYPE;
my $refused = refused('invalid_request');
my $claims = sub { my ($judge) = @_; return accepted(claims => $judge) };
my $with = sub {
    my ($w, $what, $parameters, %more) = @_;
    return probe($what, token => $w->token, parameters => $parameters, %more);
};
my $scope = sub {
    my ($wanted) = @_;
    return $claims->(sub {
        my ($c, $a) = @_;
        return ("$c->{scope}/@{ $c->{scp} }/" . $a->json->{scope} eq "$wanted/$wanted/$wanted",
            "scope is $c->{scope}");
    });
};
# Two issuers that agree in a field which has to be unique.
my $clash = sub {
    my ($w, $what, %fields) = @_;
    return probe(
        $what,
        import => $w->with_issuer(keys => [{ jwk => $w->key('rsa')->public_jwk }], %fields),
        expect => faults(qr/tried|partner/)
    );
};
my $der = sub { my ($pem) = @_; return $pem =~ s/-----.*?-----|\s//gr };
# What an issuer whose only key is this one does with a token of that key.
my $by_certificate = sub {
    my ($w) = @_;
    return (
        probe('an RSA certificate as PEM', token => $w->token(issuer => 'pem', key => 'rsa_cert')),
        probe('an EC certificate as PEM', token => $w->token(issuer => 'pem-ec', key => 'ec_cert')),
        probe('an Ed25519 certificate as PEM', token => $w->token(issuer => 'pem-ed', key => 'ed_cert'))
    );
};

[
    ['CE-5', sub {
        my ($w) = @_;
        return (
            probe('unknown', token => $w->token(claims => { iss => 'https://nobody.example' })),
            probe('switched off', token => $w->token(issuer => 'disabled')),
            probe('trusted', token => $w->token, expect => accepted())
        );
    }, $refused],
    ['CE-15', sub {
        my ($w) = @_;
        return (probe('switched off', token => $w->token(issuer => 'disabled')),
            probe('switched on', token => $w->token(issuer => 'strict'), expect => accepted()));
    }, $refused],
    ['CE-27', sub {
        my ($w) = @_;
        return (
            probe(
                'the same scopes',
                token => $w->token(claims => { scope => 'invoicing' }),
                expect => $scope->('invoicing')
            ),
            probe(
                'those of them that exist here',
                token => $w->token(claims => { scope => 'theirs.read invoicing theirs.write' }),
                expect => $scope->('invoicing')
            ),
            probe(
                'none of them exists here',
                token => $w->token(claims => { scope => 'theirs.read' }),
                expect => $claims->(sub { !length($_[0]{scope} // '') && !exists $_[1]->json->{scope} })
            )
        );
    }, accepted()],
    ['CE-28', sub {
        my ($w) = @_;
        my $all = $w->token(claims => { scope => 'orders.read orders.write admin theirs.read' });
        return (
            probe('not created', token => $all, parameters => { scope => 'theirs.read' }),
            probe('created, not assigned', token => $all, parameters => { scope => 'admin' }),
            probe(
                'assigned to another client only',
                token => $all,
                parameters => { scope => 'orders.write' },
                client => 'few'
            ),
            probe(
                'created and assigned',
                token => $all,
                parameters => { scope => 'orders.write' },
                expect => $scope->('orders.write')
            ),
            probe(
                'assigned and not created',
                import => $w->edited(sub { push @{ $_[0]{clients}[0]{scopes} }, 'theirs.read' }),
                expect => faults(qr/theirs\.read/)
            )
        );
    }, refused('invalid_scope', code => 'scope_client')],
    ['CE-30', sub {
        my ($w) = @_;
        my $wide = $w->token(claims => { scope => 'openid offline_access orders.read' });
        return (
            probe('dropped', token => $wide, expect => $scope->('orders.read')),
            (
                map {
                    probe(
                        "$_ asked for",
                        token => $wide,
                        parameters => { scope => $_ },
                        expect => refused('invalid_scope')
                    )
                } qw(openid offline_access)
            ),
            map {
                my $id = $_;
                probe(
                    "$id as a scope of ours",
                    expect => faults(qr/\Q$id\E/),
                    import => $w->edited(sub { push @{ $_[0]{scopes} }, { id => $id } })
                )
            } qw(openid offline_access)
        );
    }, accepted()],
    ['CE-35', sub {
        my ($w) = @_;
        return probe(
            'by rows',
            token => $w->token(
                claims => {
                    groups => ['a', "b\x{E9}"],
                    'https://example.com/roles' => ['x'],
                    number => 9007199254740993,
                    unmapped => 1
                }
            )
        );
    }, $claims->(sub {
        my ($c) = @_;
        return
               $c->{email} eq 'user.one@people.example'
            && json($c->{groups}) eq json(['a', "b\x{E9}"])
            && json($c->{roles}) eq '["x"]'
            && $c->{number} eq '9007199254740993'
            && !exists $c->{unmapped};
    })],
    ['CE-44', sub {
        my ($w) = @_;
        return (
            probe('beside the others', token => $w->token),
            probe(
                'absent where it is absent',
                token => $w->token(claims => { email => undef }),
                expect => $claims->(sub { !exists $_[0]{email} && $_[0]{sub} eq 'auth0|user-1' })
            ),
            map {
                my $name = $_;
                probe(
                    "no row writes $name",
                    expect => faults(qr/\b\Q$name\E\b/),
                    import => $w->edited(
                        sub { push @{ $_[0]{mappings}[0]{rows} }, { from => 'x', to => $name } }
                    )
                )
            } qw(iss sub aud exp iat nbf jti client_id scope scp tid act cnf)
        );
    }, $claims->(sub { $_[0]{email} eq 'user.one@people.example' && $_[0]{iss} && $_[0]{jti} })],
    ['CE-43', sub {
        my ($w) = @_;
        return (
            probe(
                'a name with a namespace',
                token => $w->token(claims => { 'https://example.com/roles' => ['clerk', 'lead'] })
            ),
            probe(
                'names that only look like it',
                token => $w->token(
                    claims => {
                        'https://example' => { 'com/roles' => ['lead'] },
                        'https://example.com/' => { roles => ['lead'] },
                        roles => ['lead']
                    }
                ),
                expect => $claims->(sub { !exists $_[0]{roles} })
            )
        );
    }, $claims->(sub { json($_[0]{roles}) eq '["clerk","lead"]' })],
    ['CE-45', sub {
        my ($w) = @_;
        return (
            probe('nothing known', token => $w->token),
            probe(
                'acr and amr known',
                token => $w->token(claims => { acr => 'urn:loa:2', amr => ['pwd', 'otp'] }),
                expect =>
                    $claims->(sub { $_[0]{acr} eq 'urn:loa:2' && json($_[0]{amr}) eq '["pwd","otp"]' })
            ),
            probe(
                'acr and amr of another kind',
                token => $w->token(claims => { acr => 2, amr => 'pwd' }),
                expect => $claims->(sub { json([@{ $_[0] }{qw(acr amr)}]) eq '["0",[]]' })
            )
        );
    }, $claims->(sub {
        my ($c) = @_;
        my $names = join ' ', sort keys %$c;
        my $good = $names eq 'acr aid amr aud client_id email exp iat idp iss jti lineage nbf scope scp st sub tid'
            && json([@$c{qw(acr amr aud scp idp st)}]) eq
            '["0",[],["https://api.example"],["orders.read","orders.write"],"partner","user"]'
            && $c->{exp} > $c->{iat}
            && $c->{nbf} <= $c->{iat}
            && $c->{jti} =~ /^[A-Za-z0-9_-]{22}$/
            && "@{ $c->{lineage} }" =~ /^partner#[A-Za-z0-9_-]{16}$/
            && length $c->{aid}
            && length $c->{tid};
        return ($good, json($c));
    })],
    ['CE-46', sub {
        my ($w) = @_;
        return map {
            my $sub = $_;
            probe(
                json($sub),
                token => $w->token(claims => { sub => $sub }),
                expect => $claims->(sub { ($_[0]{sub} eq $sub, $_[0]{sub}) })
            )
            } 'auth0|user-1', 'a"b\\c/d', "J\x{FC}rgen \x{1F600}", '<&\'>', 'x' x 1000, 'google-oauth2|1',
            "line\nbreak";
    }, accepted()],
    ['CI-1', sub {
        my ($w) = @_;
        return (probe('validated and issued', token => $w->token),
            probe('not valid, not issued', token => $w->token(key => 'stranger'), expect => $refused));
    }, $claims->(sub { $_[0]{iss} =~ m{^http://127\.0\.0\.1:\d+/sts$} })],
    ['CI-7', sub {
        my ($w) = @_;
        my $assertion = sub { return $w->token(claims => { exp => time + 120, @_ }) };
        my $brought = sub {
            my ($what, $token, %more) = @_;
            return probe($what, headers => [Authorization => Tokex::Http::basic('asserting', $w->secret('asserting'))],
                form => [grant_type => 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion => $token], %more);
        };
        my $good = $assertion->();
        my $bad = { expect => refused('invalid_grant', code => 'assertion') };
        return (
            $brought->('an assertion', $good),
            $brought->('the same again', $good, expect => refused('invalid_grant', code => 'assertion_spent')),
            $brought->('for others too', $assertion->(aud => [$w->issuer_url, 'https://else.example']), %$bad),
            $brought->('of nobody we know', $assertion->(iss => 'https://nobody.example'), %$bad),
            $brought->('under no key of its issuer', $w->token(key => 'stranger'), %$bad),
            $brought->('too old', $assertion->(iat => time - 400), %$bad)
        );
    }, $claims->(sub { $_[0]{sub} eq 'auth0|user-1' && $_[0]{client_id} eq 'asserting' })],
    ['CI-9', sub {
        my ($w) = @_;
        return probe(
            'a token made for client A, brought by client B',
            token => $w->token(claims => { azp => 'client-a', client_id => 'client-a' }),
            client => 'shop'
        );
    }, $claims->(sub { $_[0]{client_id} eq 'shop' && $_[0]{sub} eq 'auth0|user-1' })],
    ['CI-11', sub {
        my ($w) = @_;
        return probe(
            'who asked',
            token => $w->token(claims => { azp => 'client-a' }),
            client => 'shop'
        );
    }, $claims->(sub {
               !exists $_[0]{act}
            && !exists $_[0]{azp}
            && $_[0]{client_id} eq 'shop'
            && json($_[0]) !~ /client-a/;
    })],
    ['CU-1', sub {
        my ($w) = @_;
        my $token = $w->token(claims => { scope => 'orders.read invoicing' });
        return (
            probe(
                'the first hop',
                token => $token,
                parameters => { audience => 'api', scope => 'orders.read' },
                expect =>
                    $claims->(sub { "@{ $_[0]{aud} } $_[0]{scope}" eq 'https://api.example orders.read' })
            ),
            probe(
                'the second hop',
                token => $token,
                parameters => { audience => 'billing' },
                expect => $claims->(
                    sub { "@{ $_[0]{aud} } $_[0]{scope}" eq 'https://billing.example invoicing' }
                )
            )
        );
    }, accepted()],
    ['CU-3', sub {
        my ($w) = @_;
        return (probe('without it', token => $w->token, client => 'nogrant'),
            probe('with it', token => $w->token, client => 'shop', expect => accepted()));
    }, refused('unauthorized_client')],
    ['CU-4', sub {
        my ($w) = @_;
        return (
            probe('a client without a secret', form => [$w->form, client_id => 'public']),
            probe(
                'a client without a secret, an empty one',
                token => $w->token,
                client => 'public',
                secret => ''
            ),
            probe(
                'a client without a secret, some secret',
                token => $w->token,
                client => 'public',
                secret => 'x'
            ),
            probe('no client', form => [$w->form]),
            probe('the secret withheld', form => [$w->form, client_id => 'orders']),
            probe(
                'one that has ended',
                token => $w->token,
                client => 'rotating',
                secret => $w->secret('rotating-old')
            ),
            probe('its successor', token => $w->token, client => 'rotating', expect => accepted())
        );
    }, refused('invalid_client', status => 401)],
    ['CU-5', sub {
        my ($w) = @_;
        return (
            $with->($w, 'not its own', { scope => 'orders.write' }, client => 'few'),
            $with->(
                $w, 'its own', { scope => 'orders.read' },
                client => 'few',
                expect => $scope->('orders.read')
            )
        );
    }, refused('invalid_scope')],
    ['CU-16', sub {
        my ($w) = @_;
        return (
            probe(
                'asked for one of three',
                token => $w->token(claims => { scope => 'orders.read orders.write invoicing' }),
                parameters => { scope => 'invoicing' },
                expect => $scope->('invoicing')
            ),
            probe(
                'asked for more than the subject has',
                token => $w->token(claims => { scope => 'orders.read' }),
                parameters => { scope => 'orders.read orders.write' },
                expect => $scope->('orders.read')
            ),
            probe(
                'nothing left',
                token => $w->token(claims => { scope => 'orders.read' }),
                parameters => { scope => 'orders.write' },
                expect => refused('invalid_scope', code => 'scope_empty')
            )
        );
    }, accepted()],
    [
        'CU-17',
        sub { my ($w) = @_; return $with->($w, 'the fields', { scope => 'orders.read' }) },
        $claims->(sub {
            my ($c, $a) = @_;
            my $json = $a->json;
            return (
                join(' ', sort keys %$json) eq 'access_token expires_in issued_token_type scope token_type'
                    && $json->{token_type} eq 'Bearer'
                    && $json->{scope} eq 'orders.read'
                    && $json->{issued_token_type} eq "$T:access_token"
                    && abs($c->{exp} - time - $json->{expires_in}) <= 2
                    && $a->body =~ /"expires_in":\s*\d+[,}]/,
                $a->body
            );
        })
    ],
    ['CU-18', sub {
        my ($w) = @_;
        return $with->($w, 'all of it in a form', { scope => 'orders.read' }, auth => 'post');
    }, $scope->('orders.read')],
    ['CU-19', sub {
        my ($w) = @_;
        return (
            probe('right', token => $w->token, auth => 'post'),
            probe(
                'wrong',
                token => $w->token,
                auth => 'post',
                secret => 'wrong',
                expect => refused('invalid_client', status => 401)
            )
        );
    }, accepted()],
    ['CU-20', sub {
        my ($w) = @_;
        return probe(
            'invoicing of a wider token',
            token => $w->token(claims => { scope => 'openid invoicing orders.read' }),
            parameters => { scope => 'invoicing' }
        );
    }, $scope->('invoicing')],
    ['CU-21', sub {
        my ($w) = @_;
        return $with->($w, 'another audience than the subject token\'s', { audience => 'short' });
    }, $claims->(sub { json($_[0]{aud}) eq '["https://short.example"]' })],
    ['CU-28', sub {
        my ($w) = @_;
        return ($with->($w, 'fewer scopes', { scope => 'orders.write' }),
            probe('never more', token => $w->token(claims => { scope => 'orders.write' })));
    }, $scope->('orders.write')],
    ['AS-1', sub {
        my ($w) = @_;
        return (
            probe('registered', token => $w->token),
            probe(
                'not registered',
                token => $w->token(claims => { iss => 'https://partner.example.net' }),
                expect => $refused
            )
        );
    }, accepted()],
    ['AS-3', sub {
        my ($w) = @_;
        return (
            $clash->($w, 'the same name', name => 'Issuer partner'),
            $clash->($w, 'no name', name => undef),
            $clash->($w, 'the same id', id => 'partner')
        );
    }, accepted()],
    ['AS-4', sub {
        my ($w) = @_;
        return (
            probe('equal', token => $w->token),
            probe(
                'not equal',
                token => $w->token(claims => { iss => 'https://Partner.example' }),
                expect => $refused
            ),
            $clash->($w, 'two with one iss', issuer => 'https://partner.example')
        );
    }, accepted()],
    ['AS-5', sub {
        my ($w) = @_;
        return (
            probe('the alias', token => $w->token(claims => { aud => 'urn:alias:partner' })),
            probe(
                'without one',
                token => $w->token(issuer => 'no-alias', claims => { aud => 'urn:alias:partner' }),
                expect => $refused
            )
        );
    }, accepted()],
    ['AS-6', sub {
        my ($w) = @_;
        return (
            probe('our issuer', token => $w->token),
            probe('the alias', token => $w->token(claims => { aud => ['x', 'urn:alias:partner'] })),
            map {
                probe(
                    "neither: $_",
                    token => $w->token(claims => { aud => $_ }),
                    expect => refused('invalid_request', code => 'aud_wrong')
                )
            } 'https://api.example',
            'orders',
            'urn:alias:other'
        );
    }, accepted()],
    ['AS-9', $by_certificate, accepted()],
    ['AS-10', sub {
        my ($w) = @_;
        return (
            probe(
                'a public key as DER',
                token => $w->token(issuer => 'der', key => 'rsa_cert', header => { kid => undef })
            ),
            map {
                probe(
                    "a certificate of $_ as DER",
                    import => $w->with_issuer(keys => [{ der => $der->($w->cert($_)) }]),
                    expect => taken()
                )
            } qw(rsa_cert ec_cert ed_cert)
        );
    }, accepted()],
    ['AS-11', sub {
        my ($w) = @_;
        return (
            probe(
                'another key',
                token => $w->token(issuer => 'pem', key => 'stranger', header => { kid => undef })
            ),
            probe(
                'another EC key',
                token => $w->token(issuer => 'pem-ec', key => 'ec_stranger', header => { kid => undef })
            )
        );
    }, refused('invalid_request', step => 'signature')],
    ['AS-12', sub {
        my ($w) = @_;
        return (
            probe('not enabled', token => $w->token, client => 'nogrant'),
            probe('enabled', token => $w->token, expect => accepted())
        );
    }, refused('unauthorized_client')],
    [
        'AS-13',
        sub { my ($w) = @_; return probe('a public client', form => [$w->form, client_id => 'public']) },
        refused('invalid_client', status => 401, code => ['client_public', 'client_auth_missing'])
    ],
    ['AS-28', sub {
        my ($w) = @_;
        return $with->(
            $w,
            'the request of the sentence',
            { subject_token_type => "$T:jwt", requested_token_type => "$T:access_token" }
        );
    }, $claims->(sub { $_[1]->json->{issued_token_type} eq "$T:access_token" })],
    [
        'AS-29',
        sub { my ($w) = @_; return probe('copied', token => $w->token(claims => { sub => '8f6e-42' })) },
        $claims->(sub { $_[0]{sub} eq '8f6e-42' })
    ],
    [
        'AS-30',
        sub { my ($w) = @_; return probe('iss', token => $w->token) },
        $claims->(sub { $_[0]{iss} =~ m{^http://127\.0\.0\.1:\d+/sts$} })
    ],
    ['H-1', sub {
        my ($w) = @_;
        my $token = $w->token;
        return (
            (
                map {
                    probe(
                        $_->[0],
                        form => [$w->form(subject_token => $_->[1])],
                        headers => [Authorization => Tokex::Http::basic('orders', $w->secret('orders'))]
                    )
                } ['absent', undef],
                ['empty', ''],
                ['repeated', [$token, $token]],
                ['blank', ' ']
            ),
            probe(
                'under a name that is not the right one',
                form => [$w->form(subject_token => undef), 'Subject_Token' => $token],
                headers => [Authorization => Tokex::Http::basic('orders', $w->secret('orders'))]
            )
        );
    }, refused('invalid_request', before => 'signature')],
    ['H-2', sub {
        my ($w) = @_;
        return (
            probe('no rule at all', token => $w->token, client => 'norules'),
            probe('no rule for the issuer', token => $w->token, client => 'others'),
            probe(
                'a rule that is switched off',
                token => $w->token,
                client => 'inorder',
                parameters => { audience => 'billing' },
                expect => $claims->(sub { $_[1]->json->{expires_in} <= 30 })
            )
        );
    }, $refused],
    ['H-3', sub {
        my ($w) = @_;
        return map {
            probe("aud $_->[0]",
                token => $w->token(issuer => $_->[2] // 'partner', claims => { aud => $_->[1] }))
            } ['missing', undef], ['empty', ''], ['an empty list', []],
            ['of another', 'https://api.example'], ['missing, no alias', undef, 'no-alias'],
            ['of another, no alias', 'x', 'no-alias'];
    }, $refused],
    ['H-5', sub {
        my ($w) = @_;
        return map { $with->($w, $_, { audience => $_ }) } 'https://evil.example', 'foreign',
            'api,billing', 'api billing', '*';
    }, refused('invalid_target')],
    ['H-8', sub {
        my ($w) = @_;
        return (
            probe('no rules', token => $w->token, client => 'norules', expect => $refused),
            probe('no default target', token => $w->token, client => 'nodefault'),
            probe(
                'a rule without targets',
                import => $w->edited(sub {
                    $_[0]{clients}[0]{rules}[0]{targets} = [];
                    delete $_[0]{clients}[0]{rules}[0]{default_target};
                }),
                expect => faults(qr/targets/)
            ),
            probe(
                'a rule without issuers',
                import => $w->edited(sub { $_[0]{clients}[0]{rules}[0]{issuers} = [] }),
                expect => faults(qr/issuers/)
            ),
            probe(
                'a token without scopes',
                token => $w->token(claims => { scope => undef }),
                expect => $claims->(sub { !length($_[0]{scope} // '') })
            )
        );
    }, refused('invalid_target')],
    ['H-9', sub {
        my ($w) = @_;
        return
            map { probe('cnf ' . json($_), token => $w->token(claims => { cnf => $_ })) }
            { jkt => 'x' x 43 }, { 'x5t#S256' => 'x' x 43 }, { kid => 'x' };
    }, refused('invalid_request', code => 'token_bound')],
    ['H-11', sub {
        my ($w) = @_;
        my $judged = sub {
            my ($outcome, %wanted) = @_;
            return sub {
                my ($request) = @_;
                my $audit = $w->audit_of($request->()) or return (0, 'no line');
                my @wrong = grep { ($audit->{$_} // '') ne $wanted{$_} } sort keys %wanted;
                push @wrong, 'outcome' if ($audit->{outcome} // '') ne $outcome;
                push @wrong, 'trace' if !@{ $audit->{trace} // [] };
                return (!@wrong, "@wrong of " . json($audit));
            };
        };
        my $line = sub {
            my ($what, $request, $outcome, @wanted) = @_;
            return probe($what, show => sub { $judged->($outcome, @wanted)->($request) });
        };
        return (
            $line->(
                'granted', sub { $w->exchange(scope => 'orders.read') }, 'granted',
                client => 'orders',
                issuer => 'partner',
                target => 'api',
                rule => 'everything',
                subject => 'auth0|user-1',
                scope_asked => 'orders.read',
                scope_granted => 'orders.read'
            ),
            $line->(
                'another method',
                sub { $w->send_octets(Tokex::Http::octets('GET', '/sts/token', [])) },
                'refused', code => 'method'
            ),
            $line->(
                'no form',
                sub {
                    $w->send_octets(
                        Tokex::Http::octets('POST', '/sts/token', ['Content-Type' => 'text/plain'], 'x'));
                },
                'refused',
                code => 'content_type'
            ),
            $line->(
                'unknown client',
                sub { $w->exchange(-client => 'nobody', -secret => 'x') },
                'refused',
                code => 'client_unknown'
            ),
            $line->(
                'wrong secret',
                sub { $w->exchange(-secret => 'x') },
                'refused',
                code => 'client_secret',
                client_presented => 'orders'
            ),
            $line->(
                'disabled client',
                sub { $w->exchange(-client => 'off') },
                'refused',
                code => 'client_disabled',
                client_presented => 'off'
            ),
            $line->(
                'wrong grant',
                sub { $w->exchange(grant_type => 'x') },
                'refused',
                code => 'grant_type'
            ),
            $line->(
                'no token',
                sub { $w->exchange(subject_token => undef) },
                'refused',
                code => 'subject_token_missing'
            ),
            $line->(
                'an actor',
                sub { $w->exchange(actor_token => 'x', actor_token_type => "$T:jwt") },
                'refused',
                code => 'actor_token'
            ),
            $line->(
                'a token that is none',
                sub { $w->exchange(subject_token => 'x') },
                'refused',
                code => 'token_shape'
            ),
            $line->(
                'unknown issuer',
                sub {
                    $w->exchange(subject_token => $w->token(claims => { iss => 'https://nobody.example' }));
                },
                'refused',
                code => 'issuer_unknown'
            ),
            $line->(
                'no rule',
                sub { $w->exchange(-client => 'norules') },
                'refused',
                code => 'issuer_rule',
                client => 'norules',
                issuer => 'partner'
            ),
            $line->(
                'unknown key',
                sub { $w->exchange(subject_token => $w->token(header => { kid => 'x' })) },
                'refused',
                code => 'key_unknown',
                issuer => 'partner'
            ),
            $line->(
                'bad signature',
                sub { $w->exchange(subject_token => $w->token(key => 'stranger')) },
                'refused',
                code => 'signature',
                issuer => 'partner'
            ),
            $line->(
                'expired',
                sub { $w->exchange(subject_token => $w->token(claims => { exp => 1000, iat => 900 })) },
                'refused',
                code => 'expired',
                issuer => 'partner'
            ),
            $line->(
                'target',
                sub { $w->exchange(audience => 'nowhere') },
                'refused',
                code => 'target_unknown'
            ),
            $line->(
                'scope',
                sub { $w->exchange(scope => 'admin') },
                'refused',
                code => 'scope_client',
                scope_asked => 'admin'
            )
        );
    }, shown()],
    ['H-12', sub {
        my ($w) = @_;
        return (
            probe('what the subject token has', token => $w->token(claims => { scope => 'orders.read' })),
            probe(
                'asked for more',
                token => $w->token(claims => { scope => 'orders.read' }),
                parameters => { scope => 'orders.read invoicing' }
            )
        );
    }, $scope->('orders.read')],
    ['H-17', sub {
        my ($w) = @_;
        return (
            probe(
                'not registered for the client',
                token => $w->token(claims => { scope => 'admin' }),
                parameters => { scope => 'admin' }
            ),
            probe(
                'not asked for either',
                token => $w->token(claims => { scope => 'admin orders.read' }),
                expect => $scope->('orders.read')
            )
        );
    }, refused('invalid_scope')],
    ['T-2', sub {
        my ($w) = @_;
        my $now = int time;
        return (
            (
                map {
                    probe(
                        "exp = now - $_, leeway 10",
                        token =>
                            $w->token(issuer => 'skewed', claims => { exp => $now - $_, iat => $now - 60 })
                    )
                } 5,
                8
            ),
            probe(
                'exp = now - 11, leeway 10',
                token => $w->token(issuer => 'skewed', claims => { exp => $now - 11, iat => $now - 60 }),
                expect => refused('invalid_request', code => 'expired')
            )
        );
    }, accepted()],
    ['T-4', sub {
        my ($w) = @_;
        return (
            $by_certificate->($w),
            probe(
                'an RSA token to an EC certificate',
                token => $w->token(issuer => 'pem-ec', key => 'rsa_cert'),
                expect => refused('invalid_request', before => 'signature')
            ),
            probe(
                'an EC token to an Ed25519 certificate',
                token => $w->token(issuer => 'pem-ed', key => 'ec_cert'),
                expect => refused('invalid_request', before => 'signature')
            )
        );
    }, accepted()],
    ['T-10', sub {
        my ($w) = @_;
        return (
            $with->($w, 'a wrong audience', { audience => 'foreign' }),
            probe('a bad token', token => $w->token(key => 'stranger'), expect => $refused),
            probe(
                'another audience in the token',
                token => $w->token(claims => { aud => 'x' }),
                expect => $refused
            )
        );
    }, refused('invalid_target')],
];
