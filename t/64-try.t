#!/usr/bin/perl
# `tokexctl try`: what an exchange would come to, and why. That it agrees with the server in every exchange
# that the suite sends is Tokex::Tried's affair; here is what it tells beyond that.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(json unjson);
use Tokex::Protected;
use Tokex::Tree;

# An issuer whose keys lie where nobody answers, and that nobody has asked yet.
my $world = Tokex::Protected->new(
    locations => ['/api' => '', '/machines' => "TokexMachineTokens On\nTokexSubjectTokenType jwt", '/own' => 'TokexOwnTokens Accept',
        '/scoped' => 'Require tokex-scope orders.write', '/nobody' => 'TokexUserClaim groups', '/user' => 'TokexUserClaim email'],
    document => sub {
        my ($document, $self) = @_;
        my (undef, $issuer) = $self->issuer('silent', jwks_urls => ['https://127.0.0.1:1/keys']);
        delete $issuer->{keys};
        push @{ $document->{issuers} }, $issuer;
        push @{ $document->{clients}[0]{rules}[0]{issuers} }, 'silent';
    },
    start => 0
);
my $dir = $world->httpd->dir;

sub file
{
    my ($name, $text) = @_;
    open my $out, '>', "$dir/$name" or die "$dir/$name: $!\n";
    print {$out} $text;
    close $out;
    return "$dir/$name";
}

# (exit code, the report) of a run with --json; a token is given as text.
sub try_json
{
    my ($token, @options) = @_;
    my ($code, $out, $err) =
        $world->ctl->run(undef, 'try', '--subject-token', file('subject.jwt', "$token\n"), '--json', @options);
    return ($code, eval { unjson($out) } // { sentence => $err });
}

sub try_text
{
    my ($token, @options) = @_;
    return $world->ctl->run(undef, 'try', '--subject-token', file('subject.jwt', "$token\n"), @options);
}

sub step { my ($report, $name) = @_; return (grep { $_->{name} eq $name } @{ $report->{steps} })[0] }

my @ORDERS = ('--client', 'orders');

subtest 'an installation that no server ran with says what is assumed' => sub {
    my ($code, $report) = try_json($world->token(claims => { aud => 'https://issuer.invalid' }), @ORDERS);
    is($code, 0, 'granted') or diag($report->{sentence});
    like($report->{assumed}[0], qr/no server ran.*TokexIssuer/, 'and says that TokexIssuer is not known');
};

$world->httpd->start;

subtest 'a grant shows the token as it would be issued, and none is made' => sub {
    my $token = $world->token(claims => { groups => ['staff'], shoe_size => 43, scope => 'orders.read admin' });
    my ($code, $report) = try_json($token, @ORDERS, '--audience', 'https://api.example', '--scope', 'orders.read');
    is($code, 0, 'exit code 0') or diag($report->{sentence});
    is($report->{verdict}, 'granted', 'granted');
    like($report->{sentence}, qr/^Granted: a token for https:\/\/api\.example with scope "orders\.read"/, 'in one sentence');
    is($report->{answer}{status}, 200, 'the client gets 200');
    is($report->{answer}{body}{access_token}, 'masked', 'and the token is masked');
    is($report->{token}{signature}, 'masked', 'the signature of ours is masked');
    is($report->{token}{claims}{iss}, $world->issuer_url, 'our issuer is in it');
    is($report->{token}{header}{typ}, 'at+jwt', 'and its header');
    is($report->{subject_token}{signature}, 'masked', "and the subject token's");
    my ($table) = grep { $_->{scope} eq 'orders.read' } @{ $report->{scopes} };
    is_deeply([map { $table->{$_} ? 1 : 0 } qw(requested subject client target granted)], [1, 1, 1, 1, 1],
        'the table of scopes');
    my ($other) = grep { $_->{scope} eq 'orders.write' } @{ $report->{scopes} };
    ok(!$other->{granted}, 'what was not asked for is not granted');
    is_deeply([grep { $_ eq 'shoe_size' } @{ $report->{dropped} }], ['shoe_size'], 'a claim that goes nowhere is named');
    my ($row) = grep { $_->{to} eq 'groups' } @{ $report->{mapping} };
    is_deeply($row->{out}, ['staff'], 'and a row says what came in and goes out');
    is_deeply([grep { $_->{state} !~ /^(?:passed|skipped)$/ } @{ $report->{steps} }], [], 'every step passed');
    ok((!grep { $_->{state} eq 'passed' && !$_->{required} } @{ $report->{steps} }), 'and says what it asked for');
    my ($again, $text) = try_text($token, @ORDERS);
    my (undef, $payload, $signature) = split /\./, $token;
    unlike($text, qr/\Q$signature\E|\Q$payload\E/, 'no part of the token is printed');
    like($text, qr/^Scopes +requested .*^Mapping\n.*^The token as it would be issued\n/ms, 'for people there are tables');
};

subtest 'each refusal names the step, what was found and the setting that decides' => sub {
    my $now = time;
    my @cases = (
        # step, code, object, field, what is found, client, token, options
        ['client', 'client_unknown', 'client', 'id', qr/nobody/, 'nobody', $world->token],
        ['client', 'client_disabled', 'client', 'enabled', qr/off/, 'off', $world->token],
        ['grant', 'client_grant', 'client', 'grant_types', qr/nogrant/, 'nogrant', $world->token],
        ['parameters', 'requested_token_type', 'request', 'requested_token_type', qr/urn:x/, 'orders', $world->token, '--requested-token-type', 'urn:x'],
        ['token', 'token_shape', 'request', 'subject_token', qr/./, 'orders', 'rubbish'],
        ['issuer', 'issuer_unknown', 'issuer', 'issuer', qr{https://evil\.example}, 'orders', $world->token(claims => { iss => 'https://evil.example' })],
        ['key', 'alg_not_allowed', 'issuer', 'algorithms', qr/alg ES256/, 'orders', $world->token(key => 'ec')],
        ['audience', 'aud_wrong', 'issuer', 'audiences', qr{aud https://other\.example}, 'orders', $world->token(claims => { aud => 'https://other.example' })],
        ['time', 'expired', 'issuer', 'leeway', qr/exp \d+/, 'orders', $world->token(claims => { iat => $now - 7200, exp => $now - 3600 })],
        ['subject', 'sub_malformed', 'issuer', undef, qr/sub/, 'orders', $world->token(claims => { sub => undef })],
        ['target', 'target_unknown', 'target', 'audience', qr/nowhere/, 'orders', $world->token, '--audience', 'nowhere'],
        ['rule', 'target_rule', 'client', 'rules', qr/billing/, 'absent', $world->token, '--audience', 'billing'],
        ['scope', 'scope_client', 'client', 'scopes', qr/admin/, 'orders', $world->token, '--scope', 'admin'],
    );
    for my $case (@cases) {
        my ($name, $code, $object, $field, $found, $client, $token, @options) = @$case;
        my ($exit, $report) = try_json($token, '--client', $client, '--subject-token-type', 'jwt', @options);
        my $step = step($report, $name);
        is("$exit " . ($report->{code} // $report->{sentence}), "1 $code", "$code: refused");
        is_deeply([@$step{qw(state object field)}], ['refused', $object, $field], "$code: the setting that decides");
        like($step->{found}, $found, "$code: what was found");
        like($report->{sentence}, qr/^Refused at step $step->{number}, $name: /, "$code: in one sentence");
        my ($next) = grep { $_->{number} > $step->{number} && $_->{state} ne 'skipped' } @{ $report->{steps} };
        is($next->{state}, 'not reached', "$code: what comes then is not reached");
    }
    my (undef, $report) = try_json($world->token(claims => { aud => 'https://other.example' }), @ORDERS);
    my $ours = $world->issuer_url;
    like($report->{sentence}, qr/: the token is for https:\/\/other\.example, accepted are \Q$ours\E/, 'for whom it is, and for whom it may be');
    my (undef, $expired) = try_json($world->token(claims => { aud => 'x' }, key => 'stranger'), @ORDERS);
    is($expired->{verdict}, 'refused', 'a token with a signature of somebody else is refused');
    is_deeply([@$expired{qw(scopes mapping conditions)}], [[], [], []], 'and nothing that it says is judged');
};

subtest 'rules that were not chosen say why' => sub {
    my (undef, $report) = try_json($world->token, '--client', 'inorder', '--audience', 'api');
    my @rules = map { [@$_{qw(of why)}] } @{ $report->{rules} };
    is_deeply(\@rules, [['first', 'it is switched off'], ['second', 'it is the first that fits'], ['third', 'an earlier one fits']], 'each of the three');
    (undef, $report) = try_json($world->token, '--client', 'inorder', '--audience', 'billing');
    is($report->{rules}[1]{why}, 'it does not name target "billing"', 'and which target is missing');
};

subtest 'as of another time' => sub {
    my $now = int time;
    my $token = $world->token(claims => { iat => $now - 7200, exp => $now - 3600 });
    is((try_json($token, @ORDERS))[1]{code}, 'expired', 'now it has expired');
    my ($code, $report) = try_json($token, @ORDERS, '--as-of', $now - 5000);
    is($code, 0, 'then it had not') or diag($report->{sentence});
    like("@{ $report->{assumed} }", qr/time is another one/, 'and that is said');
    my @then = gmtime($now - 5000);
    my $text = sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $then[5] + 1900, $then[4] + 1, @then[3, 2, 1, 0];
    is((try_json($token, @ORDERS, '--as-of', $text))[1]{as_of}, $text, 'a date does, too');
    is((try_json($token, @ORDERS, '--as-of', 'yesterday'))[0], 2, 'another word is none');
};

subtest 'with a draft of changed objects, for this run only' => sub {
    my $token = $world->token;
    my @ask = (@ORDERS, '--audience', 'new');
    my $before = $world->ctl->export_text('--with-secrets');
    is((try_json($token, @ask))[1]{code}, 'target_unknown', 'without it there is no such target');
    my ($client) = grep { $_->{id} eq 'orders' } @{ $world->ctl->export_document->{clients} };
    push @{ $client->{rules}[0]{targets} }, 'new';
    my $draft = file('draft.json', json({
        schema => 1,
        targets => [$world->target('new', scopes => ['orders.read'])],
        clients => [$client]
    }));
    my ($code, $report) = try_json($token, @ask, '--draft', $draft);
    is($code, 0, 'with it there is') or diag($report->{sentence});
    is($world->ctl->export_text('--with-secrets'), $before, 'and nothing was changed');
    my ($bad, $out, $err) = try_text($token, @ask, '--draft', file('bad.json', '{"schema":1,"targets":[{"id":"x"}]}'));
    is($bad, 1, 'a draft with faults is refused');
    like($err, qr/target "x"/, 'and they are named');
};

subtest 'at a location, with its directives' => sub {
    my ($code, $report) = try_json($world->token, '--location', '/api');
    is($code, 0, 'granted') or diag($report->{sentence});
    is(step($report, 'client')->{object}, 'location', 'the location vouches for its client');
    my $other = $world->token(issuer => 'other', key => 'rsa_other');
    ($code, $report) = try_json($other, '--location', '/api');
    is("$code $report->{code}", '1 issuer_location', 'another issuer is none that it trusts');
    is($report->{answer}{status}, $world->ask('/api/x', $other)->status, 'and the client gets that status');
    my $machine = $world->token(claims => { gty => 'client-credentials' });
    ($code, $report) = try_json($machine, '--location', '/api');
    is("$report->{code} " . step($report, 'machine')->{field}, 'machine_token TokexMachineTokens', 'a machine is not let in');
    (undef, $report) = try_json($machine, '--location', '/machines');
    isnt(step($report, 'machine')->{field}, 'TokexMachineTokens', 'where TokexMachineTokens is on it is the rule that decides');
    like(step($report, 'parameters')->{found}, qr/token-type:jwt/, 'and TokexSubjectTokenType counts');
    is((try_json($machine, '--location', '/nowhere'))[0], 2, 'a location that is none');
};

subtest 'the claim that names the user of a location is asked for' => sub {
    my $token = $world->token(claims => { groups => ['a'] });
    my ($code, $report) = try_json($token, '--location', '/nobody');
    is("$code $report->{code}", '1 user_claim', 'one that can be nobody is a refusal');
    is(step($report, 'subject')->{field}, 'TokexUserClaim', 'of this directive');
    is($report->{answer}{status}, 401, 'the answer says that the token is at fault');
    is((try_json($token, '--location', '/user'))[0], 0, 'one that is a text is none');
    is((try_json($world->token(claims => { email => undef }), '--location', '/user'))[1]{code}, 'user_claim', 'unless it is missing');
    my ($entry) = grep { $_->{section} =~ m{/user$} } @{ unjson(($world->ctl->run(undef, 'location', 'list', '--json'))[1]) };
    is($entry->{user_claim}, 'email', 'location list shows it');
};

subtest 'who may pass at a location is not asked, and so undetermined' => sub {
    my ($code, $report) = try_json($world->token, '--location', '/scoped');
    is("$code $report->{verdict}", '1 undetermined', 'a token would be issued, but nobody has asked Require');
    is_deeply($report->{not_asked}, ['Require tokex-scope orders.write'], 'the line is named; that there is a user goes without saying');
    like($report->{sentence}, qr/^Undetermined: a token for .*only the server can ask: Require tokex-scope orders\.write$/, 'in a sentence');
    ok(!$report->{answer}, 'what the client gets is not known');
    like((try_text($world->token, '--location', '/scoped'))[1], qr/^not asked: Require tokex-scope orders\.write$/m, 'and so for people');
    ($code, $report) = try_json('a.b.c', '--location', '/scoped');
    is("$code $report->{verdict}", '1 refused', 'what is refused before is refused');
    ok(!$report->{not_asked}, 'whoever may pass');
};

subtest 'what only the server can ask is not asked' => sub {
    my $token = $world->token(issuer => 'silent', key => 'rsa');
    is($world->exchange(subject_token => $token)->status, 503, 'the server has asked the issuer, in vain');
    ok(
        $world->httpd->wait_for(sub { (try_json($token, @ORDERS))[1]{verdict} eq 'refused' }, 5),
        'it would not ask again so soon, so the answer is known'
    );
    my ($code, $report) = try_json($token, @ORDERS, '--as-of', 60 + int time);
    is($code, 1, 'later it would, and the exit code is 1');
    is($report->{verdict}, 'undetermined', 'what comes of that is undetermined') or diag($report->{sentence});
    is(step($report, 'renewal')->{state}, 'not asked', 'the issuer was not asked for its keys');
    ok(!$report->{answer}, 'and no answer is made up');
};

subtest 'client secrets are given by file, and never shown' => sub {
    my $secret = $world->secret('orders');
    my $token = $world->token;
    my ($code, $out) = try_text($token, @ORDERS, '--client-secret-file', file('secret', "$secret\n"));
    is($code, 0, 'the right one is right');
    unlike($out, qr/\Q$secret\E/, 'and stands nowhere');
    my $wrong = 'x' x 40;
    ($code, $out) = try_text($token, @ORDERS, '--client-secret-file', file('secret', $wrong));
    is($code, 1, 'another one is not');
    like($out, qr/^code: client_secret /m, 'by its code');
    unlike($out, qr/$wrong/, 'and stands nowhere either');
};

subtest 'the server of several is chosen' => sub {
    my ($code, $out, $err) = try_text($world->token, @ORDERS, '--server', 'elsewhere:1');
    is($code, 2, 'one that is not there');
    like($err, qr/those that did: /, 'and which there are');
};

# Sections are written with quotation marks more often than without.
subtest 'a location is found by its path, however it is written, and its server by the location' => sub {
    my $several = Tokex::Protected->new(
        locations => ['"/quoted"' => ''],
        config => "Listen 127.0.0.2:\@PORT\@\n<VirtualHost 127.0.0.2:\@PORT\@>\nServerName other.example\n"
            . "TokexIssuer http://127.0.0.2:\@PORT\@/sts\n"
            . Tokex::Protected::locations('/other' => 'TokexOwnTokens Exchange') . "</VirtualHost>\n"
    );
    my $try = sub {
        my ($location, @more) = @_;
        return $several->ctl->run(undef, 'try', '--subject-token', file('subject.jwt', $several->token . "\n"), '--location', $location, @more);
    };
    for my $name ('/quoted', 'Location "/quoted"') {
        my ($code, $out, $err) = $try->($name, '--server', '127.0.0.1:' . $several->port);
        is($code, 0, "$name is found") or diag("$out$err");
        like($out, qr/^Granted/, 'and asked about');
    }
    my ($code, $out, $err) = $try->('/other');
    is($code, 1, '/other is found at the other server');
    like($out, qr/the token is for.*server other\.example/s, 'for which the token is not');
    for my $name ('/quote', 'quoted', '"/quoted', '/none') {
        ($code, $out, $err) = $try->($name);
        is($code, 2, "$name is not");
    }
    ok($several->httpd->stop, 'it stops');
};

subtest 'a token of ours names a client that is looked up too' => sub {
    my $issued = $world->exchange(-client => 'delegate')->json->{access_token};
    my ($code, $report) = try_json($issued, '--location', '/own');
    is($report->{verdict}, 'accepted', 'and is there') or diag($report->{sentence});
    ($code, $report) = try_json($world->exchange(-client => 'delegate')->json->{access_token}, '--client', 'delegate');
    unlike($report->{code} // '', qr/document/, 'once, where it is the one that asks') or diag($report->{sentence});
    ($code, $report) = try_json($world->token(claims => { sub => 'delegate' }), @ORDERS);
    is($report->{code}, 'sub_is_client', 'and no subject has the id of one');
};

subtest 'the world asks try about what it sends' => sub {
    my $before = $world->tried->compared;
    is($world->exchange->status, 200, 'a grant');
    is($world->exchange(subject_token => 'x')->status, 400, 'a refusal');
    is($world->tried->compared - $before, 2, 'both were compared');
    my $token = $world->token;
    my $answer = $world->exchange(subject_token => $token);
    my $line = $world->audit_of($answer);
    my $tried = $world->tried->ask(
        location => '/api',
        token => $token,
        as_of => int time
    );
    is($tried->{verdict}, 'granted', 'a location is asked about in a line, too');
    my @differences = (
        ['another code', { %$line, outcome => 'refused', code => 'expired' }, $tried],
        ['another scope', $line, { %$tried, scope_granted => 'admin' }],
        ['another claim', $line, { %$tried, token => { claims => { %{ $tried->{token}{claims} }, sub => 'x' } } }]
    );
    for my $case (@differences) {
        my ($name, @said) = @$case;
        ok(defined Tokex::Tried::differs($said[0], $answer, $said[1]), "$name is a difference");
    }
    $answer = $world->post('grant_type=x', 'Content-Type' => 'text/plain');
};

# Each command of the document, with what it prints; `...` stands for any lines.
subtest 'docs/why-refused.md is what happens' => sub {
    my $token = $world->token(claims => { aud => 'https://shop.example', scope => 'orders.read' });
    my $draft = "$dir/mended.json";
    my @words = (subject => file('subject.jwt', $token), draft => $draft);
    my ($commands, $command, @want) = (0);
    my $url = $world->issuer_url;
    my $check = sub {
        return if !defined $command;
        $commands++;
        my ($said, $code) = ('', 0);
        if ($command =~ /^edit /) {
            my $document = $world->ctl->export_document;
            my ($issuer) = grep { $_->{id} eq 'partner' } @{ $document->{issuers} };
            push @{ $issuer->{audiences} }, 'https://shop.example';
            file('mended.json', json($document));
        } elsif ($command !~ /^tokexctl export/) {
            my @arguments = split ' ', $command =~ s/^tokexctl //r =~ s/subject\.jwt/$dir\/subject.jwt/r
                =~ s/draft\.json/$draft/r;
            ($code, $said) = $world->ctl->run(undef, @arguments);
        }
        my $want = join '', map { $_ eq '...' ? '(?:.*\n)*' : quotemeta($_) =~ s/\\\.\\\.\\\.\z/.*/r . '\n' } @want;
        like($said, qr/\A$want\z/, $command);
        ($command, @want) = ();
    };
    for my $line (split /\n/, Tokex::Tree::slurp('docs/why-refused.md')) {
        if ($line =~ /^    \$ (.*)/) {
            my $next = $1;
            $check->();
            $command = $next;
        } elsif (defined $command && $line =~ /^    (.*)/) {
            push @want, $1 =~ s{https://login\.example\.org/sts}{$url}r;
        } elsif (defined $command) {
            $check->();
        }
    }
    $check->();
    is($commands, 6, 'every command was run');
};

done_testing();
