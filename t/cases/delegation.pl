# Who acts for whom.
use strict;
use warnings;
use Tokex::Cases;
use Tokex::Jose qw(json);

my $T = $Tokex::World::TYPE;
my $refused = sub {
    my ($code, %more) = @_;
    return refused('invalid_request', code => $code, step => 'delegation', %more);
};
# An actor token of issuer "agents", unless said otherwise.
my $actor = sub {
    my ($w, %want) = @_;
    my $token = ref $want{token} || defined $want{token}
        ? $want{token}
        : $w->token(
        issuer => $want{issuer} // 'agents',
        claims => { sub => 'svc-mail', scope => undef, %{ $want{claims} || {} } }
        );
    return (actor_token => $token, actor_token_type => "$T:jwt");
};
# An exchange of client "delegate" with an actor.
my $delegated = sub {
    my ($w, $what, %want) = @_;
    my ($subject, $parameters, $by) = delete @want{qw(subject parameters actor)};
    return probe(
        $what,
        client => 'delegate',
        token => $w->token(%{ $subject || {} }),
        parameters => { $actor->($w, %{ $by || {} }), %{ $parameters || {} } },
        %want
    );
};
my $act = sub {
    my ($wanted) = @_;
    return accepted(
        claims => sub {
            my ($claims) = @_;
            my $found = exists $claims->{act} ? json($claims->{act}) : 'none';
            return ($found eq (ref $wanted ? json($wanted) : 'none'), "act is $found");
        }
    );
};
my $MAIL = { sub => 'svc-mail', iss => 'https://agents.example' };
my $issued = sub {
    my ($w, %form) = @_;
    my $answer = $w->exchange(%form);
    return $answer->json->{access_token} // die "no token: " . $answer->body . "\n";
};
# A token of ours for the service "acting", which "delegate" has got for svc-mail.
my $first_link = sub {
    my ($w) = @_;
    return $issued->($w, -client => 'delegate', subject_token => $w->token, audience => 'hop', $actor->($w));
};
my $again = sub {
    my ($w, $what, $token, %want) = @_;
    return probe($what, token => $token, client => 'acting', %want);
};

[
    ['CI-5', sub {
        my ($w) = @_;
        return (
            probe('impersonation', token => $w->token, client => 'delegate', expect => $act->(undef)),
            $delegated->($w, 'on behalf', expect => $act->($MAIL)),
            $delegated->(
                $w, 'a rule without the right', client => 'wide',
                expect => refused('invalid_request', code => 'actor_token', step => 'actor_issuer')
            ),
            probe(
                'a rule with no other right',
                token => $w->token,
                client => 'delegate-only',
                expect => $refused->('impersonation_rule')
            ),
            $delegated->($w, 'and that one used', client => 'delegate-only', expect => $act->($MAIL))
        );
    }, accepted()],
    ['CI-6', sub {
        my ($w) = @_;
        my $link = $first_link->($w);
        return (
            $again->(
                $w, 'the client is the actor', $w->token, expect => $act->({ sub => 'acting' })
            ),
            $again->(
                $w, 'of a token that it was sent', $link, expect => $act->({ sub => 'acting', act => $MAIL })
            ),
            $again->(
                $w, 'with another actor', $link,
                parameters => { $actor->($w, claims => { sub => 'svc-print' }) },
                expect => $act->({ sub => 'svc-print', iss => 'https://agents.example', act => $MAIL })
            ),
            $delegated->(
                $w,
                'an actor token of ours, and where its actor comes from',
                actor => {
                    token => $issued->(
                        $w,
                        -client => 'delegate',
                        subject_token => $w->token(issuer => 'agents', claims => { sub => 'svc-mail' })
                    )
                },
                expect => $act->({ sub => 'svc-mail', idp => 'agents' })
            ),
            probe(
                'the subject stays, and where it comes from',
                token => $link,
                client => 'acting',
                expect => accepted(
                    claims => sub { "@{ $_[0] }{qw(sub idp client_id)}" eq 'auth0|user-1 partner acting' }
                )
            )
        );
    }, accepted()],
    ['T-5', sub {
        my ($w) = @_;
        return (
            $delegated->($w, 'an object that names a foreign actor with its issuer', expect => $act->($MAIL)),
            $again->($w, 'and one of ours without', $w->token, expect => $act->({ sub => 'acting' })),
            map {
                my $text = json($_);
                probe(
                    "act $text of a subject token",
                    client => 'delegate',
                    token => $w->token(claims => { act => $_ }),
                    expect => refused('invalid_request', code => 'act_malformed', step => 'subject')
                )
            } '{"sub":"svc-mail"}', {}, [], { sub => 1 }, { sub => '' }, { sub => 'a', act => 'b' }
        );
    }, accepted()],
    # A chain has an end, is never shortened, and a link that was refused is not in it.
    ['CI-6', sub {
        my ($w) = @_;
        my $link = $first_link->($w);
        my $second = $issued->($w, -client => 'acting', subject_token => $link, audience => 'hop');
        return (
            $again->(
                $w, 'one actor more than the rule has room for', $second, expect => $refused->('act_depth')
            ),
            $again->(
                $w, 'a refused link', $link,
                parameters => { scope => 'admin' },
                expect => refused('invalid_scope', step => 'scope')
            ),
            $again->(
                $w, 'and the same token after it', $link, expect => $act->({ sub => 'acting', act => $MAIL })
            ),
            probe(
                'impersonation keeps the chain',
                token => $issued->($w, -client => 'delegate', subject_token => $w->token, $actor->($w)),
                client => 'delegate',
                expect => $act->($MAIL)
            ),
            probe(
                'a token of ours by a client that it does not name',
                token => $link,
                client => 'wide',
                expect => refused('invalid_request', code => 'aud_wrong', step => 'audience')
            ),
            $delegated->(
                $w,
                'an actor that has an actor',
                actor => { claims => { act => { sub => 'hidden' } } },
                expect => refused('invalid_request', code => 'actor_delegated', step => 'actor_subject')
            )
        );
    }, accepted()],
    ['CLM-042', sub {
        my ($w) = @_;
        my $prior = sub {
            my ($sub) = @_;
            return { claims => { act => { sub => $sub, iss => 'https://agents.example' } } };
        };
        return (
            $delegated->(
                $w, 'a prior actor that the rule names does not help another',
                subject => $prior->('svc-mail'),
                actor => { claims => { sub => 'mail' } }
            ),
            $delegated->(
                $w, 'a prior actor that it does not name does not hinder',
                subject => $prior->('mail'),
                expect => $act->({ %$MAIL, act => { sub => 'mail', iss => 'https://agents.example' } })
            )
        );
    }, $refused->('actor_rule')],
    ['TEX-016', sub {
        my ($w) = @_;
        my $naming = sub { my ($name) = @_; return $w->token(claims => { may_act => $name }) };
        return (
            (
                map {
                    probe('may_act ' . json($_), client => 'delegate', token => $naming->($_))
                    } { sub => 'somebody' },
                { sub => 'delegate', iss => 'https://partner.example' },
                $MAIL
            ),
            probe(
                'the client is the party',
                client => 'delegate',
                token => $naming->({ sub => 'delegate' }),
                expect => $act->(undef)
            ),
            $delegated->(
                $w,
                'another actor is the party',
                subject => { claims => { may_act => { %$MAIL, sub => 'svc-x' } } }
            ),
            $delegated->(
                $w, 'the actor is the party',
                subject => { claims => { may_act => $MAIL } },
                expect => $act->($MAIL)
            ),
            $delegated->(
                $w, 'a name without iss is not one of another issuer',
                subject => { claims => { may_act => { sub => 'svc-mail' } } }
            ),
            map {
                probe(
                    'may_act ' . json($_),
                    client => 'delegate',
                    token => $naming->($_),
                    expect => refused('invalid_request', code => 'may_act_malformed', step => 'subject')
                )
            } 'delegate', [], {}, { sub => ['delegate'] }, { iss => 'https://agents.example' }
        );
    }, $refused->('may_act')],
    ['TEX-018', sub {
        my ($w) = @_;
        my $butler = { claims => { sub => 'butler' } };
        my $may = { may_act => { sub => 'butler', iss => 'https://agents.example' } };
        return (
            $delegated->(
                $w, 'an actor that nobody names', actor => $butler, subject => { issuer => 'vouching' }
            ),
            $delegated->(
                $w, 'named by an issuer that may',
                actor => $butler,
                subject => { issuer => 'vouching', claims => $may },
                expect => $act->({ sub => 'butler', iss => 'https://agents.example' })
            ),
            $delegated->($w, 'named by one that may not', actor => $butler, subject => { claims => $may }),
            $delegated->(
                $w,
                'a pattern does not go across a slash',
                actor => { claims => { sub => 'svc-a/b' } }
            )
        );
    }, $refused->('actor_rule')],
    ['H-10', sub {
        my ($w) = @_;
        my $may = { may_act => { sub => 'butler', iss => 'https://agents.example' } };
        my $butler = { claims => { sub => 'butler' } };
        return (
            $delegated->($w, 'without the opt-in', actor => $butler, subject => { claims => $may }),
            $delegated->(
                $w, 'with it, and no right of the rule to delegate',
                client => 'wide',
                actor => $butler,
                subject => { issuer => 'vouching', claims => $may },
                expect => $refused->('delegation_rule')
            )
        );
    }, $refused->('actor_rule')],
    ['TEX-019', sub {
        my ($w) = @_;
        my $same = { issuer => 'partner', claims => { sub => 'auth0|user-1' } };
        return (
            $delegated->($w, 'not where the rule says nothing of it', actor => $same),
            $delegated->(
                $w, 'where it does',
                client => 'own-actor',
                actor => $same,
                expect => $act->({ sub => 'auth0|user-1', iss => 'https://partner.example' })
            )
        );
    }, refused('invalid_request', step => 'actor_issuer')],
    ['TEX-022', sub {
        my ($w) = @_;
        my $delegated = $w->token(claims => { act => $MAIL });
        return (
            probe('refused by a condition', token => $delegated, client => 'undelegated'),
            probe('which others pass', token => $w->token, client => 'undelegated', expect => accepted())
        );
    }, refused('invalid_request', code => 'rule_condition', step => 'rule')],
    # Both or neither, and the actor token is checked as the subject token is.
    ['H-1', sub {
        my ($w) = @_;
        my $bad = sub {
            my ($what, $step, %want) = @_;
            return $delegated->(
                $w,
                "an actor token $what is never as if there were none",
                actor => \%want,
                expect => refused('invalid_request', step => $step)
            );
        };
        return (
            $delegated->($w, 'only actor_token', parameters => { actor_token_type => undef }),
            $delegated->($w, 'only actor_token_type', parameters => { actor_token => undef }),
            $delegated->($w, 'an empty actor_token', parameters => { actor_token => '' }),
            $delegated->($w, 'an unknown type', parameters => { actor_token_type => "$T:saml2" }),
            $delegated->(
                $w,
                'two of them',
                parameters => { actor_token => ['x', 'y'] },
                expect => refused('invalid_request')
            ),
            $bad->('that is none', 'actor_token', token => 'x.y.z'),
            $bad->(
                'of a stranger',
                'actor_signature',
                token => $w->token(issuer => 'agents', key => 'stranger', claims => { sub => 'svc-mail' })
            ),
            $bad->('that has ended', 'actor_time', claims => { exp => time - 100 }),
            $bad->('for another', 'actor_audience', claims => { aud => 'https://api.example' }),
            $bad->('of an issuer of no actor', 'actor_issuer', issuer => 'other'),
            $bad->('that names a client', 'actor_subject', claims => { sub => 'acting' }),
            $bad->('that is bound', 'actor_subject', claims => { cnf => { jkt => 'x' x 43 } })
        );
    }, refused('invalid_request', step => 'parameters')],
    ['TEX-041', sub {
        my ($w) = @_;
        my $own = $issued->($w, -client => 'delegate', subject_token => $w->token);
        return (
            probe('our token by its client', token => $own, client => 'delegate', expect => accepted()),
            probe('our token by another client', token => $own, client => 'acting'),
            probe(
                'our token by a client that it is for',
                token => $first_link->($w),
                client => 'acting',
                expect => accepted()
            )
        );
    }, refused('invalid_request', code => 'aud_wrong', step => 'audience')],
    ['H-6', sub {
        my ($w) = @_;
        my $own = $issued->($w, -client => 'delegate', subject_token => $w->token);
        return map { probe("our token, brought by $_", token => $own, client => $_) } qw(acting wide robots);
    }, refused('invalid_request', code => 'aud_wrong')],
    # Tokens of ours only where a rule names us.
    ['H-2', sub {
        my ($w) = @_;
        my $own = $issued->($w, subject_token => $w->token);
        return probe('our token, no rule for it', token => $own, client => 'orders');
    }, refused('invalid_request', code => 'issuer_rule', step => 'issuer')],
    ['H-11', sub {
        my ($w) = @_;
        return probe(
            'who acts',
            show => sub {
                my $audit = $w->audit_of(
                    $w->exchange(-client => 'acting', subject_token => $first_link->($w))
                );
                my $good = ($audit->{actors} // '') eq 'acting svc-mail'
                    && $audit->{actor} eq 'acting'
                    && $audit->{delegation};
                return ($good, json($audit));
            }
        );
    }, shown()],
];
