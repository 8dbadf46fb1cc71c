# Claims that are made, scopes that grow, conditions and machines.
use strict;
use warnings;
use Tokex::Cases;
use Tokex::Jose qw(json);

my $T = $Tokex::World::TYPE;
my $has = sub {
    my (%wanted) = @_;
    return accepted(
        claims => sub {
            my ($claims) = @_;
            my @wrong = grep {
                my $found = exists $claims->{$_} ? json([$claims->{$_}]) : 'none';
                $found ne (defined $wanted{$_} ? json([$wanted{$_}]) : 'none')
            } sort keys %wanted;
            return (!@wrong, "@wrong of " . json($claims));
        }
    );
};
my $typed = sub {
    my ($w, $what, $claims, @more) = @_;
    return probe(
        $what, token => $w->token(issuer => 'typed', claims => $claims), client => 'delegate', @more
    );
};
my $row = sub {
    my ($w, $what, $like, %row) = @_;
    return probe(
        $what,
        import => $w->edited(sub { push @{ $_[0]{mappings}[0]{rows} }, { from => 'x', to => 'y', %row } }),
        expect => faults($like)
    );
};
my $GROUPS = 'https://example.com/groups';
my $wrong_type = refused('invalid_request', code => 'mapping_type', step => 'claims');

[
    ['CE-18', sub {
        my ($w) = @_;
        return (
            $typed->(
                $w,
                'a value of theirs becomes one of ours',
                { rank => 'boss' },
                expect => $has->(grade => 'manager')
            ),
            $typed->($w, 'one that we lack does not', { rank => 'boss ' }, expect => $has->(grade => undef)),
            $typed->(
                $w,
                'a list of them',
                { rank => ['hand', 'boss', 'x'] },
                expect => $has->(grade => ['clerk', 'manager'])
            ),
            probe(
                'a mapping that does not exist',
                import => $w->edited(sub { $_[0]{issuers}[0]{mapping} = 'nowhere' }),
                expect => faults(qr/nowhere/)
            )
        );
    }, accepted()],
    ['CE-38', sub {
        my ($w) = @_;
        return (
            $typed->(
                $w,
                'of the subject token',
                { $GROUPS => ['a', 'b'] },
                expect => $has->(groups => ['a', 'b'], group => 'a')
            ),
            $typed->(
                $w, 'of the actor token', {},
                parameters => {
                    actor_token => $w->token(
                        issuer => 'agents', claims => { sub => 'svc-mail', email => 'actor@x.example' }
                    ),
                    actor_token_type => "$T:jwt"
                },
                expect => $has->(sent_by => 'actor@x.example')
            ),
            $typed->(
                $w, 'of no actor token', { email => 'subject@x.example' }, expect => $has->(sent_by => undef)
            ),
            $typed->($w, 'of the client', {}, expect => $has->(department => 'sales')),
            $typed->(
                $w, 'of a client without', {}, client => 'robots', expect => $has->(department => undef)
            ),
            $typed->($w, 'constant', {}, expect => $has->(region => 'eu-1')),
            $row->($w, 'an unknown source', qr/source/, source => 'cookie'),
            map { $row->($w, "parameter $_", qr/\Q$_\E/, source => 'parameter', from => $_) }
                qw(subject_token actor_token client_secret client_assertion)
        );
    }, accepted()],
    ['CE-39', sub {
        my ($w) = @_;
        return (
            $typed->(
                $w, 'a dot is nesting', { address => { country => 'CH' } }, expect => $has->(country => 'ch')
            ),
            $typed->(
                $w,
                'and never part of a name',
                { 'address.country' => 'CH' },
                expect => $has->(country => undef)
            ),
            $typed->(
                $w,
                'an escaped dot is part of a name',
                { $GROUPS => ['x'] },
                expect => $has->(groups => ['x'])
            ),
            $typed->(
                $w, 'and never nesting',
                { 'https://example' => { 'com/groups' => ['x'] } },
                expect => $has->(groups => undef)
            ),
            map { $row->($w, "path '$_'", qr/from/, from => $_) } 'a..b', '.a', 'a.', 'a\\b', 'a\\'
        );
    }, accepted()],
    ['CE-41', sub {
        my ($w) = @_;
        return (
            (
                map { $typed->($w, json($_), $_) } { $GROUPS => 'a' },
                { $GROUPS => ['a', 1] }, { level => '7' }, { level => [7] },
                { verified => 'true' }, { verified => 1 }, { address => { country => 7 } },
                { address => { country => ['CH'] } }, { words => ['a'] }, { list => 'a' }
            ),
            $typed->(
                $w, 'each of its type',
                {
                    level => 7,
                    verified => JSON::PP::true(),
                    words => 'a b',
                    list => ['c', 'd'],
                    $GROUPS => []
                },
                expect => $has->(
                    level => 7,
                    verified => JSON::PP::true(),
                    words => ['a', 'b'],
                    line => 'c d',
                    groups => [],
                    group => undef
                )
            ),
            $typed->($w, 'a default where nothing is', {}, expect => $has->(tier => 'basic')),
            $typed->($w, 'none where something is', { tier => 'gold' }, expect => $has->(tier => 'gold')),
            $row->($w, 'an unknown type', qr/type/, type => 'date'),
            $row->($w, 'an unknown transform', qr/transform/, transform => 'upper'),
            $row->($w, 'a default that is never used', qr/default_value/, default_value => 'x')
        );
    }, $wrong_type],
    ['CU-22', sub {
        my ($w) = @_;
        return (
            $typed->(
                $w,
                'it becomes a claim',
                {},
                parameters => { transaction_id => '1234' },
                expect => $has->(transaction_id => '1234')
            ),
            $typed->($w, 'as a text, whatever it holds', {}, parameters => { transaction_id => '","sub":"x' },
                expect => $has->(transaction_id => '","sub":"x', sub => 'auth0|user-1')),
            $typed->($w, 'not sent', {}, expect => $has->(transaction_id => undef)),
            $typed->(
                $w,
                'twice',
                {},
                parameters => { transaction_id => [1, 2] },
                expect => refused('invalid_request')
            ),
            map {
                my ($what, $client, $claims, $parameters, $expect) = @$_;
                probe($what, client => $client, parameters => $parameters, expect => $expect,
                    token => $w->token(issuer => 'needing', claims => $claims))
            } (
                [
                    'all that is needed',
                    'delegate',
                    {},
                    { transaction_id => 'x' },
                    $has->(transaction_id => 'x', department => 'sales')
                ],
                ['no parameter', 'delegate', {}, {}, refused('invalid_request', code => 'mapping_parameter')],
                [
                    'no claim',
                    'delegate',
                    { email => undef },
                    { transaction_id => 'x' },
                    refused('invalid_request', code => 'mapping_missing')
                ],
                [
                    'no property',
                    'robots',
                    {},
                    { transaction_id => 'x' },
                    refused('invalid_request', code => 'mapping_missing')
                ]
            )
        );
    }, accepted()],
    ['CE-27', sub {
        my ($w) = @_;
        return (
            $typed->(
                $w,
                'of theirs that count as ours',
                { scope => 'theirs.read orders.write' },
                expect => with_scope('orders.read orders.write')
            ),
            $typed->(
                $w,
                'one that counts as another is not itself',
                { scope => 'invoicing' },
                expect => with_scope('')
            )
        );
    }, accepted()],
    ['CE-29', sub {
        my ($w) = @_;
        my $fall = sub {
            my ($what, $theirs, $asked, $wanted) = @_;
            return probe(
                $what,
                token => $w->token(claims => { scope => $theirs }),
                client => 'fall',
                parameters => { scope => $asked },
                expect => ref $wanted ? $wanted : with_scope($wanted)
            );
        };
        my $all = 'invoicing orders.read orders.write';
        return (
            $fall->('the same ones', 'orders.read', undef, 'orders.read'),
            $fall->('the same ones, and what asks no access', 'openid orders.read', undef, 'orders.read'),
            $fall->('one of them cannot be had', 'orders.read theirs.x', undef, $all),
            $fall->('asked for', 'theirs.x', 'invoicing', 'invoicing'),
            $fall->('never a sensitive one', 'theirs.x payments', undef, $all),
            $fall->('not even by name', 'theirs.x', 'payments', refused('invalid_scope')),
            $fall->('nor one that is not the client\'s', 'theirs.x', 'admin', refused('invalid_scope')),
            probe(
                'never by itself',
                token => $w->token(claims => { scope => 'orders.read theirs.x' }),
                expect => with_scope('orders.read')
            ),
            probe(
                'it is told of',
                import => $w->edited(sub { $_[0]{clients}[0]{rules}[0]{scope_mode} = 'fallback' }),
                expect => taken(qr/warning.*fallback/)
            )
        );
    }, accepted()],
    ['CU-29', sub {
        my ($w) = @_;
        my $wide = sub {
            my ($what, $asked, $wanted, %more) = @_;
            return probe(
                $what,
                token => $w->token(claims => { scope => 'orders.read' }),
                client => 'wide',
                parameters => { scope => $asked },
                expect => ref $wanted ? $wanted : with_scope($wanted),
                %more
            );
        };
        return (
            $wide->('more than the subject token has', 'orders.write invoicing', 'invoicing orders.write'),
            $wide->('nothing asked for', undef, 'orders.read'),
            $wide->('a sensitive one by name', 'payments', 'payments'),
            $wide->('never more than the client has', 'admin', refused('invalid_scope')),
            $wide->('never offline_access', 'orders.write offline_access', refused('invalid_scope')),
            $wide->('of two targets what both know', undef, 'invoicing',
                parameters => { scope => 'invoicing orders.write', audience => ['api', 'billing'] }),
            probe(
                'a sensitive one that was not asked for',
                token => $w->token(claims => { scope => 'orders.read payments' }),
                client => 'wide',
                expect => with_scope('orders.read')
            )
        );
    }, accepted()],
    ['H-4', sub {
        my ($w) = @_;
        my $without = $w->token(claims => { scope => undef });
        return (
            probe('narrow', token => $without, expect => with_scope('')),
            probe(
                'narrow, asked for',
                token => $without,
                parameters => { scope => 'orders.read' },
                expect => refused('invalid_scope')
            ),
            probe('widen', token => $without, client => 'wide', expect => with_scope('')),
            probe(
                'widen, asked for',
                token => $without,
                client => 'wide',
                parameters => { scope => 'orders.read' },
                expect => with_scope('orders.read')
            ),
        );
    }, accepted()],
    ['H-12', sub {
        my ($w) = @_;
        return (
            probe('narrow', token => $w->token(claims => { scope => 'orders.read' }),
                parameters => { scope => 'orders.read orders.write' }, expect => with_scope('orders.read')),
            probe(
                'a mode that does not exist',
                import => $w->edited(sub { $_[0]{clients}[0]{rules}[0]{scope_mode} = 'all' }),
                expect => faults(qr/scope_mode/)
            )
        );
    }, accepted()],
    ['CE-25', sub {
        my ($w) = @_;
        my $machine = sub {
            my ($issuer, %claims) = @_;
            return $w->token(issuer => $issuer, claims => \%claims);
        };
        my @marks = (
            { gty => 'client-credentials' },
            { sub => 'abc@clients' },
            { sub => 'a/b@clients' },
            { sub => 'svc', client_id => 'svc' },
            { sub => 'svc', azp => 'svc' }
        );
        return (
            (map { probe(json($_), token => $machine->('partner', %$_)) } @marks),
            (map {
                probe(
                    json($_) . ' where the rule takes them',
                    token => $machine->('partner', %$_),
                    client => 'robots',
                    expect => $has->(st => 'machine')
                )
            } @marks),
            probe(
                'a user, where the rule takes machines',
                token => $w->token,
                client => 'robots',
                expect => $has->(st => 'user')
            ),
            probe('a mark of the issuer\'s own', token => $machine->('marked', token_use => 'service')),
            probe(
                'one of those that it does without',
                token => $machine->('marked', gty => 'client-credentials'),
                expect => accepted()
            )
        );
    }, refused('invalid_request', code => 'machine_token', step => 'machine')],
    # Conditions as rows: of an issuer, and of a rule.
    ['H-8', sub {
        my ($w) = @_;
        my %good = (org => 'acme', path => '/shops/1', $GROUPS => ['staff']);
        my $judged = sub {
            my ($what, $claims, @more) = @_;
            return probe(
                "issuer: $what", token => $w->token(issuer => 'judged', claims => { %good, %$claims }), @more
            );
        };
        my $ruled = sub {
            my ($what, $claims, @more) = @_;
            return probe(
                "rule: $what",
                client => 'judging',
                token => $w->token(claims => { org => 'acme', groups => ['staff'], %$claims }),
                expect => refused('invalid_request', code => 'rule_condition', step => 'rule'),
                @more
            );
        };
        return (
            $judged->('all hold', {}, expect => accepted()),
            $judged->('none_of, the claim is missing', { $GROUPS => undef }, expect => accepted()),
            $judged->('one_of, the claim is missing', { org => undef }),
            $judged->('one_of, another value', { org => 'Acme' }),
            $judged->('one_of, a list', { org => ['acme'] }),
            $judged->('glob, across a slash', { path => '/shops/1/2' }),
            $judged->('none_of, one of them', { $GROUPS => ['staff', 'banned'] }),
            $judged->('none_of, of another kind', { $GROUPS => { banned => 1 } }),
            $ruled->('all hold', {}, expect => accepted()),
            $ruled->('any_of in a text of words', { groups => 'x lead' }, expect => accepted()),
            $ruled->('any_of, none', { groups => ['leads'] }),
            $ruled->('any_of, missing', { groups => undef }),
            $ruled->('is, another', { org => 'initech' }),
            probe(
                'a test that does not exist',
                expect => faults(qr/test/),
                import => $w->edited(
                    sub {
                        $_[0]{issuers}[0]{conditions} = [{ claim => 'a', test => 'like', values => ['x'] }]
                    }
                )
            )
        );
    }, refused('invalid_request', code => 'issuer_condition', step => 'condition')],
];
