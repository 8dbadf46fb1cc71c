#!/usr/bin/perl
# Local accounts: kept by tokexctl, linked by tokens, and what they decide at every entrance.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use File::Temp ();
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Ctl;
use Tokex::Felt;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(json unjson);
use Tokex::Parts;
use Tokex::Tree;
use Tokex::World::People qw(people subject_of code_of until_said account);

# What is demanded is a second; what is measured stands in the name of the test.
my $BOUND = 2;

# Runs tokexctl: "STATUS WORDS".
sub said
{
    my ($ctl, @words) = @_;
    my ($status, $out, $err) = $ctl->run(undef, @words);
    return "$status $out$err";
}

sub imported
{
    my ($ctl, $csv, @options) = @_;
    my ($status, $out, $err) = $ctl->run(\$csv, 'account', 'import', '-', @options);
    return "$status $out$err";
}

part 'the command line keeps accounts and links' => sub {
    my $dir = File::Temp->newdir;
    my $ctl = Tokex::Ctl->new(dir => "$dir/tokex");
    $ctl->init;
    $ctl->import_document({
        schema => 1,
        issuers => [map {
            { id => $_, name => $_, issuer => "https://$_.example", jwks_urls => ["https://$_.example/jwks"],
                ($_ eq 'users' ? (unlink_by_users_only => \1) : ()) }
        } qw(partner users)]
    });
    my $show = sub { return unjson($ctl->must(undef, 'account', 'show', $_[0], '--json')) };

    like(said($ctl, qw(account add mira email=mira@home.example), 'roles=clerk,auditor', qw(unique.badge=77 attribute.desk=7)),
        qr/^0 added account "mira" \(tokex-account:[\w-]{22}\)\n$/, 'an account is added with an id of its own');
    my $mira = $show->('mira');
    is_deeply([@{$mira}{qw(username email mobile active locked_until privileged)}, @{ $mira->{roles} }],
        ['mira', 'mira@home.example', undef, JSON::PP::true, 0, JSON::PP::false, 'auditor', 'clerk'], 'and shown as it was given');
    is_deeply([map { "$_->{name}=$_->{value} $_->{unique}" } @{ $mira->{attributes} }], ['badge=77 1', 'desk=7 0'], 'with its attributes');
    like(said($ctl, qw(account show), $mira->{id}), qr/^0 id +\Q$mira->{id}\E\nusername +mira\n/, 'by its id too');
    like(said($ctl, qw(account add mira)), qr/^1 .*username: another account has this already; nothing was changed/, 'a name belongs to one');
    like(said($ctl, qw(account add mirb unique.badge=77)), qr/^1 .*badge: another account has this already/, 'and what is unique');
    like(said($ctl, qw(account show mirb)), qr/^1 .*there is no such account/, 'nothing of the refused one is there');
    for my $case (['active=yes', 'write true or false'], ['locked_until=soon', 'write a moment'], ['username=', 'user name always'],
        ["email=a\nb", 'control'], ['attribute.email=x', 'every account has a member'], ['colour=red', 'no such member'], ['email+=x', 'only roles']) {
        like(said($ctl, 'account', 'set', 'mira', $case->[0]), qr/^1 .*\Q$case->[1]\E/s, "$case->[0] is refused");
    }
    like(said($ctl, qw(account set mira active=false locked_until=2h roles+=boss roles-=clerk), 'email=', 'privileged=true'), qr/^0 changed account "mira"\n$/, 'members change');
    $mira = $show->('mira');
    ok(!$mira->{active} && $mira->{privileged} && !defined $mira->{email}, 'as was said');
    is("@{ $mira->{roles} }", 'auditor boss', 'roles one by one');
    cmp_ok(abs($mira->{locked_until} - time - 7200), '<', 60, 'a span is counted from now on');
    like(said($ctl, qw(account list)), qr/^0 USERNAME .*\nmira +- +- +off +yes +auditor,boss\n$/s, 'the list says that it is off');

    like(said($ctl, qw(link add partner), 'auth0|1', 'mira'), qr/^0 linked subject "auth0\|1" of issuer "partner" to account "mira"\n$/, 'a link is made by hand');
    like(said($ctl, qw(link add nobody x mira)), qr/^1 .*there is no such issuer/, 'of an issuer that is there');
    like(said($ctl, qw(link add partner x nobody)), qr/^1 .*there is no such account/, 'to an account that is there');
    $ctl->must(undef, qw(account add mirb));
    like(said($ctl, qw(link add partner), 'auth0|1', 'mirb'), qr/^1 .*is linked to another account already/, 'and nobody is two accounts');
    my ($link) = @{ unjson($ctl->must(undef, qw(link list --account mira --json))) };
    is("$link->{issuer} $link->{sub} $link->{username} $link->{how}", 'partner auth0|1 mira admin', 'the list has it');
    like($link->{who}, qr/\(uid \d+/, 'with who made it');
    like(said($ctl, qw(link remove partner), 'auth0|1'), qr/^2 tokexctl: say: link remove ISSUER SUB --reason TEXT/, 'AS-20 a link is not removed without a reason');
    like(said($ctl, qw(link remove partner), 'auth0|1', '--reason', 'wrong person'), qr/^0 removed the link/, 'with one it is');
    like(said($ctl, qw(link list --removed)), qr/^0 .*\npartner +auth0\|1 +\S+ +\S+ +admin +.*wrong person\n$/s, 'which is kept');
    like(said($ctl, qw(link remove partner), 'auth0|1', '--reason', 'again'), qr/^1 .*is linked to no account/, 'once');
    $ctl->must(undef, qw(link add users u-1 mira));
    like(said($ctl, qw(link remove users u-1 --reason x)), qr/^1 .*unlink_by_users_only: only users themselves/, 'where users alone unlink, administrators do not');

    my $id = $mira->{id};
    like(said($ctl, qw(account remove mira)), qr/^0 removed account "mira"/, 'an account goes');
    is_deeply(unjson($ctl->must(undef, qw(link list --json))), [], 'LNK-008 its links go with it');
    $ctl->must(undef, qw(account add mira));
    isnt($show->('mira')->{id}, $id, 'LNK-008 and who is made anew by that name is another');

    my $csv = "username,email,active,roles,unique:x\nann,ann\@home.example,,clerk,\n";
    like(imported($ctl, $csv), qr/^1 .*line 1: column unique:x: there is no such member/s, 'a column that is no member is refused');
    $csv = "username,email,active,roles,unique.badge\r\nann,ann\@home.example,,\"clerk,boss\",1\r\n\"bob \"\"b\"\"\",,false,,2\r\n";
    like(imported($ctl, $csv, '--dry-run'), qr/^0 would be: 2 accounts added, 0 changed\n$/, 'an import can be tried');
    like(said($ctl, qw(account show ann)), qr/^1 /, 'without a change');
    like(imported($ctl, $csv), qr/^0 2 accounts added, 0 changed\n$/, 'accounts are imported');
    is("@{ $show->('ann')->{roles} }", 'boss clerk', 'with what stands between quotation marks');
    ok(!$show->('bob "b"')->{active}, 'or is one itself');
    like(imported($ctl, "username,email\nann,new\@home.example\n"), qr/^0 0 accounts added, 1 changed\n$/, 'those that are there are changed');
    is("@{ $show->('ann')->{roles} }", 'boss clerk', 'and keep what no column names');
    my $faults = imported($ctl, "username,active,unique.badge\ncid,true,3\ndan,maybe,4\neve,true,1\nfay,true\n\nguy,true,5\n");
    like($faults, qr/^1 line 3: active: write true or false\nline 4: badge: another account has this already\nline 5: the record has not as many fields.*nothing was changed: 3 faults/s, 'faults have their lines');
    like(said($ctl, qw(account show cid)), qr/^1 /, 'and one fault is enough for nothing to change');
    like(imported($ctl, "username\n\"open\n"), qr/^1 line 2: a quotation mark is not closed/, 'a record without an end is one');
    like(imported($ctl, ''), qr/^1 .*no first line/, 'so is no record at all');
    my $name = 'x' x 70_000;
    for my $case (["a\0b", 'octet that is zero'], ['a"b"', 'inside a field that does not begin'], ['"a"b', 'behind the quotation mark'],
        [$name, 'too large'], [',' x 200, 'too many fields']) {
        like(imported($ctl, "username,email\n$case->[0],\n"), qr/^1 line 2: [^\n]*\Q$case->[1]\E/, "and one with $case->[1]");
    }
};

part 'the example of the manual' => sub {
    my $world = Tokex::World->new(start => 0);
    my ($example) = Tokex::Tree::slurp('docs/accounts.md') =~ /^```json\n(.*?)^```$/ms;
    my ($status, $out, $said) = $world->ctl->run(\$example, 'import', '-');
    is("$status $said", '0 ', 'is imported without a warning');
    my ($secret) = $out =~ /^client shop secret first: (\S+)$/m;
    my $document = unjson($example);
    $document->{issuers}[0]{keys} = [{ jwk => $world->key('rsa')->public_jwk }];
    $document->{clients}[0]{secrets} = [{ id => 'first' }];
    $world->ctl->import_document($document);
    $world->ctl->must(undef, qw(account add mira email=mira@partner.example roles=auditor));
    $world->httpd->start;
    my %claims = (iss => 'https://idp.partner.example', email => 'mira@partner.example', email_verified => \1, scope => 'orders.read');
    my $answer = $world->exchange(-client => 'shop', -secret => $secret, subject_token => $world->token(claims => \%claims));
    my ($claims) = $world->decode($answer->json->{access_token});
    is("$claims->{login} $claims->{email} $claims->{scope}", 'mira mira@partner.example orders.audit orders.read', 'and does what is said there');
    $answer = $world->exchange(-client => 'shop', -secret => $secret, subject_token => $world->token(claims => { %claims, sub => 'x', email_verified => \0 }));
    is($answer->json->{error}, 'invalid_request', 'for nobody else');
};

part 'tokens link their subjects, and accounts decide' => sub {
    my $world = people(locations => ['/api' => '']);
    my $ctl = $world->ctl;
    $ctl->must(undef, qw(account add mira email=mira@home.example roles=auditor));
    $ctl->must(undef, qw(account add root email=root@home.example privileged=true));
    $ctl->must(undef, qw(account add twin1 email=twin@home.example));
    $ctl->must(undef, qw(account add twin2 email=twin@home.example));
    my $mira = account($world, 'mira')->{id};
    my %verified = (email_verified => \1);
    my $links = sub { return scalar @{ unjson($ctl->must(undef, qw(link list --json))) } };

    is(subject_of($world, 'local', sub => 'p-1', email => 'mira@home.example'), 'p-1', 'LNK-001 an address that is not verified links nobody');
    is(subject_of($world, 'local', sub => 'p-1', email => 'mira@home.example', email_verified => 'true'), 'p-1', 'LNK-001 nor one that is said to be in words');
    is(join(' ', map { subject_of($world, 'local', sub => 'p-1', email => 'mira@home.example', email_verified => $_) } \0, 1, 'TRUE', undef, [\1]), join(' ', ('p-1') x 5), 'H-14 absent is not verified, and only the literal true is');
    is(subject_of($world, 'mandating', sub => 'p-1', email => 'mira@home.example'), 'account_unverified', 'LNK-001 where an account is mandated that is refused');
    is(subject_of($world, 'mandating', sub => 'p-1', email => 'nobody@home.example', %verified), 'account_none', 'AS-17 as is a subject without one');
    is(subject_of($world, 'local', sub => 'p-1'), 'p-1', 'T-3 a token without what is looked for goes on where no account is mandated');
    is(subject_of($world, 'orders', sub => 'p-1', email => 'mira@home.example', %verified), 'p-1', 'AS-22 a client without local attributes links nobody');
    is(subject_of($world, 'local', sub => 'p-1', email => 'Mira@home.example', %verified), 'p-1', 'LNK-003 an address in other letters links nobody');
    is(subject_of($world, 'local', sub => 'p-1', email => 'root@home.example', %verified), 'p-1', 'LNK-004 a privileged account is linked to nobody');
    is(subject_of($world, 'mandating', sub => 'p-1', email => 'root@home.example', %verified), 'account_privileged', 'LNK-004 and no account where one is mandated');
    is(subject_of($world, 'local', sub => 'p-1', email => 'twin@home.example', %verified, preferred_username => 'mira'), 'account_ambiguous',
        'LNK-005 what several accounts have is refused, whatever else would find one');
    my $answer = $world->exchange(-client => 'local', subject_token => $world->token(claims => { sub => 'p-1', email => 'twin@home.example', %verified }));
    is($answer->status . ' ' . $answer->json->{error}, '400 invalid_request', 'LNK-005 with 400 invalid_request');
    like($world->httpd->error_log, qr/\[tokex:error\].*account_ambiguous/, 'LNK-005 and an error in the log');
    is($links->(), 0, 'T-3 no link was made by any of them');

    $answer = $world->exchange(-client => 'local', scope => 'orders.read invoicing',
        subject_token => $world->token(claims => { sub => 'p-1', scope => 'orders.read', email => 'mira@home.example', %verified }));
    my ($claims) = $world->decode($answer->json->{access_token});
    is("$claims->{sub} $claims->{acct} $claims->{idp}", "$mira $mira partner", 'AS-18 the first token with a verified address links its subject');
    is($claims->{login}, 'mira', 'AS-16 the account says what its user is called');
    is(join(' ', sort split / /, $claims->{scope}), 'invoicing orders.read', 'AS-15 and its role gives a scope');
    is($world->audit_of($answer)->{account}, $mira, 'the audit line names the account');
    my ($link) = @{ unjson($ctl->must(undef, qw(link list --json))) };
    is("$link->{issuer} $link->{sub} $link->{account} $link->{how}", "partner p-1 $mira implicit", 'the link is there');
    is(subject_of($world, 'local', sub => 'p-1', email => 'root@home.example', %verified), $mira, 'LNK-006 and decides from then on');
    is(subject_of($world, 'local', sub => 'p-2', email => 'mira@home.example', %verified, preferred_username => 'root'), $mira, 'LNK-006 the first attribute that finds an account is the one that counts');
    is(subject_of($world, 'local', sub => 'p-3', email => 'nobody@home.example', %verified, preferred_username => 'mira'), $mira, 'AS-25 where the first finds nobody the second is asked');
    is(subject_of($world, 'orders', sub => 'p-1'), 'p-1', 'AS-16 a client without local attributes keeps the sub of the token');
    is(subject_of($world, 'checking', sub => 'p-1'), 'p-1', 'AS-17 for one that mandates an account the link is enough');
    is(subject_of($world, 'local', sub => $mira), 'sub_is_account', 'no issuer may call its subjects as accounts are called');

    my $ours = $world->exchange(-client => 'local', subject_token => $world->token(claims => { sub => 'p-1' }))->json->{access_token};
    my $again = sub {
        my $got = $world->exchange(-client => 'local', subject_token => $ours);
        return $got->status == 200 ? ($world->decode($got->json->{access_token}))[0]{sub} : code_of($world, $got);
    };
    is($again->(), $mira, 'a token of ours for an account is exchanged for another');
    my %says = (active => ['active=false', 'active=true', 'account_disabled'], locked => ['locked_until=1h', 'locked_until=', 'account_locked']);
    for my $how (sort keys %says) {
        my ($off, $on, $code) = @{ $says{$how} };
        $ctl->must(undef, 'account', 'set', 'mira', $off);
        is(subject_of($world, $_, sub => 'p-1'), $code, "AS-15 TEX-043 $code at $_") for qw(local checking);
        # Where nobody is known to be linked, who makes nothing of accounts asks nobody.
        felt("AS-15 TEX-043 $code at orders", sub { subject_of($world, 'orders', sub => 'p-1') eq $code });
        is(subject_of($world, 'local', sub => 'p-9', email => 'mira@home.example', %verified), $code, "$code also for who would be linked");
        is($again->(), $code, "TEX-043 $code for a token of ours");
        $ctl->must(undef, 'account', 'set', 'mira', $on);
        is(subject_of($world, 'local', sub => 'p-1'), $mira, 'until it is over');
    }
    $ctl->must(undef, qw(account remove mira));
    $ctl->must(undef, qw(account add mira email=mira@home.example));
    is($again->(), 'account_gone', 'LNK-008 a token for an account that was removed is nobody\'s');
    is(subject_of($world, 'local', sub => 'p-1', email => 'x@home.example'), 'p-1', 'LNK-008 and its links are dead');
    is(subject_of($world, 'local', sub => 'p-1', email => 'mira@home.example', %verified), account($world, 'mira')->{id}, 'who is linked anew is linked to the new one');
    cmp_ok($world->tried->compared, '>', 10, 'tokexctl try was asked about them: ' . $world->tried->compared);
};

part 'what is remembered ends with the account' => sub {
    my $world = people();
    my $ctl = $world->ctl;
    $ctl->must(undef, qw(account add mira email=mira@home.example));
    my %claims = (sub => 'p-1', email => 'mira@home.example', email_verified => \1);
    # What is remembered ends with every change of accounts, which each process follows by itself.
    my $token;
    my $once = sub {
        $token = $world->token(claims => \%claims);
        return $world->statuses('/api/x', ($token) x 4) eq '200 200 200 200' && $world->decided(Tokex::Jose::jti($token)) == 1;
    };
    felt('a linked subject is let in and remembered', $once, 3);
    my $plain = $world->token(claims => { sub => 'p-1' });
    is($world->statuses('/plain/x', ($plain) x 2), '200 200', 'at a location whose client knows of no accounts too');
    my $ours = $world->exchange(-client => 'local', audience => 'api', subject_token => $token)->json->{access_token};
    is($world->statuses('/own/x', ($ours) x 2), '200 200', 'and with our own token');
    my $stranger = $world->token(claims => { sub => 'p-2' });
    is($world->statuses('/api/x', ($stranger) x 2), '200 200', 'somebody without an account is let in');
    $ctl->must(undef, qw(account set mira active=false));
    my $from = time;
    for my $case (['/api/x', $token], ['/plain/x', $plain], ['/own/x', $ours]) {
        my ($path, $presented) = @$case;
        # Each of the processes follows by itself.
        my $settled = until_said('403 403 403 403 403 403', sub { $world->statuses($path, ($presented) x 6) });
        cmp_ok(time - $from, '<', $BOUND + 1, sprintf 'AS-15 TEX-043 at %s nobody comes in who is switched off (%.2f s)', $path, time - $from);
    }
    is($world->statuses('/api/x', $stranger), '200', 'and others do');
    $ctl->must(undef, qw(account set mira active=true));
    cmp_ok(until_said('200 200 200', sub { $world->statuses('/api/x', ($token) x 3) }), '<', $BOUND, 'until it is switched on');
};

part 'state.db is not there' => sub {
    my $world = people(locations => ['/api' => '']);
    my $dir = $world->httpd->dir . '/tokex/state';
    # At once with all that belongs to it.
    my $away = sub { rename $dir, "$dir-away" or die "$dir: $!\n"; return };
    my $back = sub { rename "$dir-away", $dir or die "$dir: $!\n"; return };
    my %verified = (email => 'mira@home.example', email_verified => \1);
    $world->ctl->must(undef, qw(account add mira email=mira@home.example));
    is(subject_of($world, 'orders', sub => 'p-1'), 'p-1', 'all is well');
    $away->();
    is(subject_of($world, 'orders', sub => 'p-1'), 'p-1', 'an exchange without accounts goes on');
    my %old = map { $_ => 1 } $world->httpd->children;
    kill 'KILL', keys %old;
    ok($world->httpd->wait_for(sub { (grep { !$old{$_} } $world->httpd->children) >= 3 }, 10), 'processes begin that never saw it');
    is(subject_of($world, 'orders', sub => 'p-1'), 'p-1', 'and it goes on there');
    my $answer = $world->exchange(-client => 'local', subject_token => $world->token(claims => { sub => 'p-1', %verified }));
    is(join(' ', $answer->status, $answer->json->{error}, $answer->header('retry-after')), '503 temporarily_unavailable 1', 'one that needs them is told to come again');
    $back->();
    cmp_ok(until_said('yes', sub { subject_of($world, 'local', sub => 'p-1', %verified) =~ /^tokex-account:/ ? 'yes' : 'no' }), '<', 12, 'and is served when the file is back');
    # Each of the processes has seen that there is a link.
    my $follows = sub {
        my ($pid, $log) = @_;
        my @said = $log =~ /\[pid $pid\b.*?TX00182: local accounts (can|are)/g;
        return !@said || $said[-1] eq 'are';
    };
    ok($world->httpd->wait_for(sub { my $log = $world->httpd->error_log; !grep { !$follows->($_, $log) } $world->httpd->children }, 20),
        'every process follows it again');
    $world->ctl->must(undef, qw(account set mira active=false));
    my $each = sub {
        my %said;
        for (1 .. 40) {
            delete $world->{http};
            $said{ subject_of($world, 'orders', sub => 'p-1') }++;
        }
        return join ' ', sort keys %said;
    };
    until_said('account_disabled', $each);
    $away->();
    is($each->(), 'account_unavailable', 'once somebody is linked, nobody comes in who might be switched off');
    $back->();
};

done_testing();
