#!/usr/bin/perl
# The console's pages of local accounts and their links, as plain CGI: what they show, change and refuse is what
# tokexctl shows, changes and refuses.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Console qw(with);
use Tokex::Guarded qw(is_status is_whole);
use Tokex::Jose qw(unjson);

my $home = tempdir(CLEANUP => 1);
my $console = Tokex::Console->new(dir => "$home/main");
my $ctl = $console->ctl;
$ctl->init;
$ctl->must(undef, 'demo', "$home/demo", 'https://sts.example/sts');
my $EVIL = q{<img src=x onerror=alert(1)>"'&};

sub account { my ($name) = @_; return unjson($ctl->must(undef, 'account', 'show', $name, '--json')) }
sub get { my ($user, $path, %query) = @_; return $console->get($user, $path . (%query ? '?' . Tokex::Console::encode_form(map { $_ => $query{$_} } sort keys %query) : '')) }
sub accounts { return $ctl->must(undef, qw(account list --json)) . $ctl->must(undef, qw(link list --json)) }
sub hidden { my ($body, $name) = @_; return $body =~ /name="$name" value="([^"]*)"/ ? $1 : undef }

# The fields of an account's form, as they are sent when nothing is changed.
my %BLANK = (username => '', email => '', mobile => '', locked_until => '', roles => '', unique => '', attributes => '');
my %MIRA = (%BLANK, username => 'mira', email => 'mira@home.example', mobile => '+4930', roles => 'auditor, clerk', unique => "badge=77\r\n",
    attributes => "desk=7\r\nfloor = third one\r\n", active => 'on');

subtest 'an account is added' => sub {
    like(get('vic', '/accounts')->{body}, qr/There are none so far.*tokexctl account import|tokexctl account import.*There are none so far/s, 'none so far, and where many come from');
    my $answer = $console->post('edith', '/accounts/new', %MIRA);
    is_status($answer, 303, 'saved') or diag($answer->{body});
    my $mira = account('mira');
    is($answer->{header}{location}, '/tokex-admin/accounts/show?id=' . Tokex::Console::encode($mira->{id}) . '&done=yes', 'its page comes next');
    is_deeply([@$mira{qw(email mobile active privileged)}, "@{ $mira->{roles} }"], ['mira@home.example', '+4930', JSON::PP::true(), JSON::PP::false(), 'auditor clerk'], 'tokexctl shows what was written');
    is_deeply([map {"$_->{name}=$_->{value} $_->{unique}"} @{ $mira->{attributes} }], ['badge=77 1', 'desk=7 0', 'floor=third one 0'], 'with its attributes');
    like($answer->{log}, qr/edith added account "mira" \(tokex-account:/, 'CON-034 who did it stands in the log');
    my $page = get('vic', '/accounts/show', id => $mira->{id});
    is_whole($page->{body}, 'its page is whole');
    like($page->{body}, qr/badge \(unique\)<\/dt><dd>77.*floor<\/dt><dd>third one/s, 'and says it all');
    unlike($page->{body}, qr/<form method="post"|accounts\/edit/, 'without buttons for a viewer');
};

subtest 'what is wrong stands beside its field' => sub {
    my $before = accounts();
    my %cases = (
        'no name' => [{ username => '' }, 'username', qr/an account has a user name always/],
        'a name that is taken' => [{ unique => '' }, 'username', qr/another account has this already/],
        'a value that is taken' => [{ username => 'other' }, 'unique', qr/badge: another account has this already/],
        'no moment' => [{ username => 'x', locked_until => 'soon' }, 'locked_until', qr/write a moment in UTC/],
        'no pair' => [{ username => 'x', attributes => 'desk' }, 'attributes', qr/write NAME=VALUE instead of (?:"|&quot;)desk/],
        'a name that every account has' => [{ username => 'x', attributes => 'roles=x' }, 'attributes', qr/roles: every account has a member of this name/],
    );
    for my $name (sort keys %cases) {
        my ($set, $field, $words) = @{ $cases{$name} };
        my $answer = $console->post('edith', '/accounts/new', with(%MIRA, %$set));
        is_status($answer, 422, $name);
        like($answer->{body}, qr/<title>Error: .*<a href="#f-$field">[^<]*$words.*<p class="error" id="e-$field">/s, '... is said above and beside it');
        like($answer->{body}, qr/value="mira\@home\.example"/, '... and what was written is kept');
        is_whole($answer->{body}, '... on a page that is whole');
    }
    is(accounts(), $before, 'nothing was changed');
};

subtest 'it is changed' => sub {
    my $id = account('mira')->{id};
    my $form = get('edith', '/accounts/edit', id => $id)->{body};
    is_whole($form, 'its form is whole');
    my %same = (%MIRA, id => $id, was => hidden($form, 'was'));
    my $before = accounts();
    is_status($console->post('edith', '/accounts/edit', %same), 303, 'the form as it is');
    is(accounts(), $before, 'changes nothing');
    is_status($console->post('edith', '/accounts/edit', with(%same, roles => 'boss', locked_until => '2h', attributes => '')), 303, 'another one is saved');
    my $mira = account('mira');
    is_deeply(["@{ $mira->{roles} }", map { $_->{name} } @{ $mira->{attributes} }], ['boss', 'badge'], 'lists are what stands there');
    cmp_ok(abs($mira->{locked_until} - time - 7200), '<', 60, 'and it is locked for two hours');
    my $late = $console->post('adam', '/accounts/edit', with(%same, email => 'late@home.example', privileged => 'on'));
    is_status($late, 409, 'CON-029 who saves late is told');
    like($late->{body}, qr/Theirs, in force.*boss.*value="late\@home\.example"/s, 'sees both, and loses nothing');
    is_whole($late->{body}, 'on a page that is whole');
    my %rows = $late->{body} =~ m{<tr><th scope="row">([^<]*)</th><td>([^<]*</td><td>[^<]*)</td></tr>}g;
    is(scalar(() = $late->{body} =~ /<(?:label for|input type="checkbox")/g), scalar keys %rows, 'each field of the form among them');
    is("$rows{Status} $rows{Privileged}", 'on</td><td>on no</td><td>yes', 'what is ticked too');
    is_status($console->post('adam', '/accounts/edit', with(%same, was => hidden($late->{body}, 'was'))), 303, 'and saves it in the end');
    my %one = (switch => [[on => 'no'], sub { !account('mira')->{active} }], lock => [[until => '1h'], sub { account('mira')->{locked_until} > time }]);
    for my $path (sort keys %one) {
        is_status($console->post('edith', "/accounts/$path", id => $id, @{ $one{$path}[0] }), 303, $path);
        ok($one{$path}[1]->(), '... is done');
    }
    like(get('vic', '/accounts')->{body}, qr/<span class="status off">off</, 'the list says so');
    is_status($console->post('edith', '/accounts/switch', id => $id, on => 'yes'), 303, 'on again');
    like(get('vic', '/accounts')->{body}, qr/locked until<\/span> <time/, 'until when it is locked too');
    is_status($console->post('edith', '/accounts/lock', id => $id, until => ''), 303, 'unlocked');
    is_status($console->post('edith', '/accounts/lock', id => $id, until => 'ever'), 400, 'not until some word');
    is_status($console->post('edith', '/accounts/switch', id => 'tokex-account:none', on => 'no'), 404, 'nobody else');
    is_status($console->post('vic', '/accounts/switch', id => $id, on => 'no'), 403, 'not by a viewer');
};

subtest 'search and look-up' => sub {
    $ctl->must(undef, qw(account add), $_, 'email=twin@home.example') for qw(twin1 twin2 mirabelle);
    my $found = sub { return join ' ', get('vic', '/accounts', @_)->{body} =~ m{accounts/show\?id=[^"]+">([^<]+)<}g };
    is($found->(), 'mira mirabelle twin1 twin2', 'by user name');
    is($found->(q => 'mira'), 'mira mirabelle', 'how a name begins');
    is($found->(q => 'mira@home.example'), 'mira', 'an address');
    is($found->(q => '+4930'), 'mira', 'a number');
    is($found->(q => $_), '', "no wild card: $_") for '%', 'm_ra', '*', 'MIRA';
    like(get('vic', '/accounts', q => 'twin@home.example')->{body}, qr/Several accounts have this address/, 'an address of several');
    is($found->(after => 'mirabelle'), 'twin1 twin2', 'from behind one on');
    my $look = sub { my ($user, %what) = @_; my $body = $console->post($user, '/accounts/look', %what)->{body}; is_whole($body, 'whole'); return $body =~ /<p class="verdict (\w+)"[^>]*>([^.<]*)/ ? "$1: $2" : $body };
    is($look->('vic', attribute => 'email', value => 'mira@home.example'), 'granted: One account: ', 'a look-up finds one');
    is($look->('vic', attribute => 'badge', value => '77'), 'granted: One account: ', 'by an attribute that is unique');
    is($look->('vic', attribute => 'email', value => 'Mira@home.example'), 'undetermined: No account is found', 'LNK-003 none in other letters');
    is($look->('vic', attribute => 'desk', value => '7'), 'undetermined: No account is found', 'none by one that is not unique');
    is($look->('vic', attribute => 'email', value => 'twin@home.example'), 'refused: Several accounts have this value', 'LNK-005 several');
};

subtest 'links' => sub {
    my $id = account('mira')->{id};
    is_status($console->post('edith', '/links/new', issuer => 'demo-idp', sub => $EVIL, account => 'mira'), 303, 'a subject is linked');
    my ($link) = @{ unjson($ctl->must(undef, qw(link list --json))) };
    is("$link->{sub} $link->{account} $link->{how}", "$EVIL $id admin", 'as tokexctl shows it');
    like($link->{who}, qr/^edith \(console, 192\.0\.2\.7\)$/, 'CON-034 with who did it');
    my %wrong = (issuer => ['nobody', qr/there is no such issuer/], account => ['nobody', qr/there is no such account/], sub => ['', qr/write whom to link/]);
    for my $field (sort keys %wrong) {
        my $answer = $console->post('edith', '/links/new', with(issuer => 'demo-idp', sub => 's', account => 'mira', $field => $wrong{$field}[0]));
        is_status($answer, 422, "$field that is none");
        like($answer->{body}, qr/<a href="#f-$field">[^<]*$wrong{$field}[1]/, '... is said');
    }
    like($console->post('edith', '/links/new', issuer => 'demo-idp', sub => $EVIL, account => 'twin1')->{body}, qr/it is linked to another account already/, 'nobody is two accounts');
    is_status($console->post('edith', '/links/new', issuer => 'demo-idp', sub => 'site', account => 'tokex-account:sql:17'), 303, 'an account that the site keeps');
    my $count = sub { my (%query) = @_; my $body = get('vic', '/links', %query)->{body}; is_whole($body, 'whole'); unlike($body, qr/<img/, 'CON-008 a subject is text'); return () = $body =~ /<tr><th scope="row">/g };
    is($count->(), 2, 'both are listed');
    is($count->(issuer => 'demo-idp'), 2, 'by issuer');
    is($count->(issuer => 'other'), 0, 'none of another');
    is($count->(sub => $EVIL), 1, 'by subject');
    is($count->(sub => $EVIL, issuer => 'demo-idp', account => 'mira'), 1, 'by all three');
    is($count->(account => 'mira'), 1, 'by account');
    is($count->(account => 'tokex-account:sql:17'), 1, 'by the site\'s');
    like(get('vic', '/accounts/show', id => $id)->{body}, qr/Who is this account elsewhere/, 'the account shows its own');
    like(get('vic', '/issuers/show', id => 'demo-idp')->{body}, qr{links\?issuer=demo-idp}, 'and the issuer leads to its');
    is_status(get('edith', '/links/delete', issuer => 'demo-idp', sub => $EVIL), 200, 'unlinking asks for a reason');
    is_status($console->post('edith', '/links/delete', issuer => 'demo-idp', sub => $EVIL), 422, 'AS-20 without one it is not done');
    $ctl->must(undef, qw(issuer set demo-idp unlink_by_users_only=true));
    is_status($console->post('edith', '/links/delete', issuer => 'demo-idp', sub => $EVIL, reason => 'x'), 403, 'AS-20 where users alone unlink, administrators do not');
    is(scalar(@{ unjson($ctl->must(undef, qw(link list --json))) }), 2, 'nothing was changed');
    $ctl->must(undef, qw(issuer set demo-idp unlink_by_users_only=false));
    is_status($console->post('edith', '/links/delete', issuer => 'demo-idp', sub => $EVIL, reason => 'ticket 9'), 303, 'with one it is');
    like($ctl->must(undef, qw(link list --removed)), qr/admin +edith \(console, 192\.0\.2\.7\) +ticket 9/, 'which is kept');
    my $removed = get('vic', '/links/removed')->{body};
    is_whole($removed, 'removed ones have a page');
    like($removed, qr/ticket 9/, 'with the reason');
    unlike($removed, qr/has all of/, 'and all of them');
    my @gone = map {"('demo-idp', 'gone-$_', '$id', 'admin', 'x', $_, 'y')"} 1 .. 120;
    system('sqlite3', "$home/main/tokex/state/state.db", 'INSERT INTO account_unlink (issuer, sub, account, how, who, removed, reason) VALUES ' . join ',', @gone) == 0 or die;
    $removed = get('vic', '/links/removed')->{body};
    like($removed, qr/The last 100 of 121;/, 'or the last, and of how many');
    is(scalar(() = $removed =~ /<tr><th scope="row">/g), 100, 'which those are');
    is_status($console->post('edith', '/links/delete', issuer => 'demo-idp', sub => $EVIL, reason => 'x'), 404, 'once');
    is_status($console->post('vic', '/links/new', issuer => 'demo-idp', sub => 'v', account => 'mira'), 403, 'not by a viewer');
};

subtest 'revocations' => sub {
    my $list = sub { return map {"$_->{kind} $_->{issuer} $_->{value} $_->{reason}"} @{ unjson($ctl->must(undef, qw(token list --json))) } };
    like(get('vic', '/revocations')->{body}, qr/Nothing is taken back/, 'none so far');
    $ctl->must(undef, 'demo', 'token', "$home/demo");
    my $token = Tokex::Jose::slurp("$home/demo/subject.jwt") =~ s/\s+//gr;
    my %claims = %{ unjson((Tokex::Jose::parts($token))[1]) };
    my %form = (kind => 'token', issuer => '', value => '', subject_token => '', reason => 'ticket 3');
    my $post = sub { my (%set) = @_; return $console->post('edith', '/revocations/new', with(%form, %set)) };
    is_status($post->(subject_token => "\r\n$token\r\n"), 303, 'a token that is pasted');
    is_deeply([$list->()], ["token demo-idp $claims{jti} ticket 3"], 'is taken back, as tokexctl shows it');
    like($ctl->must(\$token, qw(token show -)), qr/^Revoked: yes/m, 'which it is');
    my %wrong = (
        'one that is not verified' => [{ subject_token => substr($token, 0, -6) . 'AAAAAA' }, 'subject_token', qr/the token is not verified/],
        'both' => [{ subject_token => $token, value => 'x' }, 'value', qr/write a token or this, not both/],
        'nothing' => [{}, 'value', qr/what is to be revoked is empty/],
        'a subject of nobody' => [{ kind => 'subject', value => 'x' }, 'value', qr/a subject is one of an issuer/],
    );
    for my $name (sort keys %wrong) {
        my ($set, $field, $words) = @{ $wrong{$name} };
        my $answer = $post->(%$set);
        is_status($answer, 422, "$name is not");
        like($answer->{body}, qr/<a href="#f-$field">[^<]*$words/, '... and the page says why');
        is_whole($answer->{body}, '... whole');
    }
    is_status($post->(kind => 'all', value => 'x'), 400, 'no other kind');
    is(scalar(my @rows = $list->()), 1, 'nothing more is taken back');
    $ctl->must(undef, qw(link add demo-idp linked mira));
    my $id = account('mira')->{id};
    is_status($post->(kind => 'subject', issuer => 'demo-idp', value => 'linked'), 303, 'all of a subject');
    is_status($post->(kind => $_->[0], value => $_->[1]), 303, "all of $_->[0] $_->[1]") for ['client', $EVIL], ['issuer', 'self'], ['token', 'some-jti'];
    is_deeply([map { /^\S+ \S* \S+/ ? $& : $_ } $list->()], ["token demo-idp $claims{jti}", 'subject demo-idp linked', "subject demo-idp $id", "client  <img", 'issuer  self', 'token  some-jti'], 'with the account that it is linked to');
    my $page = get('vic', '/revocations')->{body};
    is_whole($page, 'the list is whole');
    unlike($page, qr/<img/, 'CON-008 and what stands in it is text');
    like($page, qr/edith \(console, 192\.0\.2\.7\)<\/td><td>ticket 3/, 'CON-034 with who and why');
    is_status($console->post('vic', '/revocations/new', with(%form, value => 'x')), 403, 'a viewer takes nothing back');
    my @many = map {"('token', '', 'many-$_', 0, 9999999999, 1, 'x', '', $_ + 1000)"} 1 .. 120;
    system('sqlite3', "$home/main/tokex/state/state.db", 'INSERT INTO revocation (kind, issuer, value, issued_before, ends, created, who, reason, number) VALUES ' . join ',', @many) == 0 or die;
    my ($path, @seen) = ('/revocations');
    while ($path) {
        my $body = $console->get('root', $path)->{body};
        push @seen, $body =~ /token <code>many-(\d+)</g;
        ($path) = map { s{^/tokex-admin}{}r } $body =~ /rel="next" href="([^"]+)"/;
    }
    is_deeply(\@seen, [reverse 1 .. 120], 'pages of fifty, the last first');
};

subtest 'it is removed' => sub {
    my $id = account('mira')->{id};
    $ctl->must(undef, qw(link add demo-idp last mira));
    like(get('edith', '/accounts/delete', id => $id)->{body}, qr/Switch off instead.*What stops: 2 subjects linked to it.*account_gone.*>last</s, 'the page says what stops');
    is_status($console->post('edith', '/accounts/delete', id => $id, confirm => 'Mira'), 422, 'the name must be written');
    ok(account('mira'), 'it is there');
    is_status($console->post('edith', '/accounts/delete', id => $id, confirm => 'mira'), 303, 'then it goes');
    is(($ctl->run(undef, qw(account show mira)))[0], 1, 'it is gone');
    is_status(get('vic', '/accounts/show', id => $id), 404, 'and so is its page');
};

subtest 'where accounts are' => sub {
    my $sql = sub { system('sqlite3', "$home/main/tokex/state/state.db", $_[0]) == 0 or die };
    $sql->("INSERT INTO setting (server, name, value, written) VALUES ('a.example:443', 'TokexAccountQuery', 'id', 1), ('b.example:443', 'TokexAccountLDAP', 'ldap://x', 1), ('c.example:443', 'TokexAccountQuery', 'Off', 1)");
    my $body = get('vic', '/accounts')->{body};
    like($body, qr/a\.example:443 asks the site&#39;s database|a\.example:443 asks the site's database/, 'a server that asks a database is named');
    like($body, qr/b\.example:443 asks the site(?:&#39;|')s directory/, 'and one that asks a directory');
    unlike($body, qr/c\.example/, 'and no other');
};

subtest 'many' => sub {
    my $csv = "$home/many.csv";
    open my $out, '>', $csv or die $!;
    print {$out} "username,email\n", map { sprintf "user%05d,user%05d\@home.example\n", $_, $_ } 1 .. 5000;
    close $out;
    $ctl->must(undef, 'account', 'import', $csv);
    system('sqlite3', "$home/main/tokex/state/state.db", "INSERT INTO account_link SELECT 'demo-idp', 'sub-' || id, id, 1, 'admin', '' FROM account") == 0 or die;
    for my $path ('/accounts', '/accounts?q=user', '/accounts?after=user04000', '/links', '/links?issuer=demo-idp') {
        my $answer = $console->get('root', $path);
        is_status($answer, 200, $path);
        cmp_ok(length $answer->{body}, '<=', 60 * 1024, '... is no large page: ' . length $answer->{body});
        like($answer->{body}, qr/rel="next"/, '... and has a next one');
    }
    my ($path, %seen) = ('/links');
    for (1 .. 3) {
        my $body = $console->get('root', $path)->{body};
        $seen{$_}++ for $body =~ /<th scope="row"><code>([^<]+)</g;
        ($path) = map { s/&amp;/&/gr =~ s{^/tokex-admin}{}r } $body =~ /rel="next" href="([^"]+)"/;
    }
    is(scalar(keys %seen), 150, 'pages go on where the last ended');
};
done_testing();
