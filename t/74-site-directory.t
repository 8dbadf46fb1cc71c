#!/usr/bin/perl
# Accounts that a site keeps in its directory, asked for through mod_ldap: Debian's slapd, for real.
use strict;
use warnings;
use File::Temp ();
use FindBin;
use IO::Socket::INET;
use POSIX ();
use lib "$FindBin::RealBin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(json);
use Tokex::OwnLinks;
use Tokex::Parts;
use Tokex::Slapd;
use Tokex::Tree;
use Tokex::World;
use Tokex::World::People qw(people subject_of code_of until_said links);

# Seconds that an answer is believed.
my $TTL = 2;

my $slapd;

sub entry
{
    my ($uid, @more) = @_;
    return join("\n", "dn: uid=$uid,ou=people,dc=example", 'objectClass: inetOrgPerson', "uid: $uid", "cn: $uid", "sn: $uid", @more) . "\n\n";
}

# One for all parts.
sub directory
{
    return $slapd if $slapd;
    $slapd = Tokex::Slapd->new;
    $slapd->ldif("dn: dc=example\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: example\n\n"
            . "dn: ou=people,dc=example\nobjectClass: organizationalUnit\nou: people\n\n"
            . entry('mira', 'mail: mira@home.example', 'mail: a.mira@home.example', 'title: auditor', 'title: clerk', 'employeeNumber: 77')
            . entry('root', 'mail: root@home.example', 'employeeType: admin')
            . entry('twin1', 'mail: twin@home.example')
            . entry('twin2', 'mail: twin@home.example')
            . entry('anna', 'mail: anna@home.example'));
    return $slapd;
}

sub directives
{
    my ($more) = @_;
    return 'TokexAccountLDAP "' . directory()->url('/ou=people,dc=example??sub?(objectClass=inetOrgPerson)') . qq{"\n}
        . qq{TokexAccountLDAPMap active "(!(employeeType=off))"\nTokexAccountLDAPMap privileged "(employeeType=admin)"\n}
        . "TokexAccountLDAPMap roles title\nTokexAccountLDAPMap badge employeeNumber\n" . (($more // '') =~ /TTL/ ? '' : "TokexAccountTTL $TTL\n") . ($more // '');
}

sub site
{
    my (%more) = @_;
    return people(modules => ['ldap'], directives => directives(delete $more{directives}), %more);
}

my %verified = (email_verified => \1);


# The id that the directory's entry has here.
sub id_of
{
    my ($uid) = @_;
    my $said = directory()->search("(uid=$uid)", 'entryUUID');
    return 'tokex-account:ldap:' . ($said =~ /^entryUUID: (\S+)$/m)[0];
}

# Changes of an entry.
sub modify
{
    my ($uid, @lines) = @_;
    return directory()->ldif(join "\n", "dn: uid=$uid,ou=people,dc=example", 'changetype: modify', @lines, '');
}

sub outcome
{
    my ($world, $client, %claims) = @_;
    my $answer = $world->exchange(-client => $client, subject_token => $world->token(claims => \%claims));
    return join ' ', $answer->status, code_of($world, $answer) // (), $answer->header('retry-after') // ();
}

part 'tokens link their subjects, and accounts decide' => sub {
    my $world = site(locations => ['/api' => '']);
    my $mira = id_of('mira');
    is(subject_of($world, 'local', sub => 'p-1', email => 'mira@home.example'), 'p-1', 'LNK-001 an address that is not verified links nobody');
    is(subject_of($world, 'mandating', sub => 'p-1', email => 'nobody@home.example', %verified), 'account_none', 'AS-17 a subject without one is refused where one is mandated');
    is(subject_of($world, 'local', sub => 'p-1', email => $_, %verified), 'p-1', "LNK-003 the directory finds somebody by \"$_\", we do not") for 'Mira@home.example', ' mira@home.example', 'mira@home.example ';
    is(subject_of($world, 'local', sub => 'p-1', email => 'root@home.example', %verified), 'p-1', 'LNK-004 a privileged account is linked to nobody');
    is(subject_of($world, 'local', sub => 'p-1', email => 'twin@home.example', %verified), 'account_ambiguous', 'LNK-005 what several entries have is refused');
    for my $evil ('*', 'mira*', 'mira@home.example)(uid=*', '*)(|(uid=*', '\\2a', "\x{1}", 'mira@home.example)', '(') {
        is(subject_of($world, 'local', sub => 'p-1', email => $evil, %verified), 'p-1', 'a claim with what a filter has a meaning for finds nobody: ' . json($evil));
    }
    is(scalar(links($world)), 0, 'no link was made by any of them');
    my $answer = $world->exchange(-client => 'local', scope => 'orders.read invoicing',
        subject_token => $world->token(claims => { sub => 'p-1', scope => 'orders.read', email => 'mira@home.example', %verified }));
    my ($claims) = $world->decode($answer->json->{access_token});
    is("$claims->{sub} $claims->{acct} $claims->{idp} $claims->{login}", "$mira $mira partner mira", 'AS-18 the first token with a verified address links its subject');
    is(join(' ', sort split / /, $claims->{scope}), 'invoicing orders.read', 'AS-15 and its role gives a scope');
    is(subject_of($world, 'local', sub => 'p-2', email => 'a.mira@home.example', %verified), $mira, 'any of its addresses finds an entry');
    is(subject_of($world, 'local', sub => 'p-3', email => 'nobody@home.example', %verified, preferred_username => 'mira'), $mira, 'AS-25 where the first attribute finds nobody the second is asked');

    modify('mira', 'add: employeeType', 'employeeType: off');
    cmp_ok(until_said('account_disabled account_disabled', sub { join ' ', map { subject_of($world, $_, sub => 'p-1') } qw(local orders) }), '<', $TTL + 1, 'AS-15 who has not what active asks for is refused within TokexAccountTTL, whatever mod_ldap remembers');
    modify('mira', 'delete: employeeType');
    cmp_ok(until_said($mira, sub { subject_of($world, 'local', sub => 'p-1') }), '<', $TTL + 1, 'until it is over');
    directory()->ldif("dn: uid=mira,ou=people,dc=example\nchangetype: delete\n\n" . entry('mira', 'mail: mira@home.example'));
    cmp_ok(until_said('account_gone', sub { subject_of($world, 'local', sub => 'p-1', email => 'mira@home.example', %verified) }), '<', $TTL + 1, 'LNK-008 whose entry was removed is refused, though one of that name was made anew');
    cmp_ok($world->tried->left_out->{'undetermined: the server would ask the issuer'} // 0, '>', 10, 'tokexctl try said where it could not know');
};

# The login of mod_authnz_ldap asks the same directory, and says the entryUUID of whom it let in.
part 'own links' => sub {
    modify($_, 'add: userPassword', "userPassword: pw of $_") for qw(anna root);
    my $url = directory()->url('/ou=people,dc=example?uid,entryUUID?sub?(objectClass=inetOrgPerson)');
    my $world = site(
        modules => [qw(ldap authnz_ldap authn_core auth_basic alias cgid)], locations => ['/api' => ''],
        directives => Tokex::OwnLinks::directives(qq{AuthBasicProvider ldap\nAuthLDAPURL "$url"})
    );
    my $own = Tokex::OwnLinks->new($world, 'account ldap AUTHENTICATE_ENTRYUUID');
    is($own->ask('anna', 'wrong', 'GET', '/')->status, 401, 'nobody gets in without the login');
    my $token = $world->token(claims => { sub => 'p-9' });
    is(subject_of($world, 'local', sub => 'p-9'), 'p-9', 'a subject is nobody here');
    my $answer = $own->present('anna', 'pw of anna', $token);
    is($answer->status, 303, 'AS-21 until somebody who is signed in presents its token') or diag($answer->body, $world->httpd->error_log);
    my ($link) = links($world);
    is("$link->{sub} $link->{account} $link->{how}", 'p-9 ' . id_of('anna') . ' own', 'then it is the entry that the login let in');
    cmp_ok(until_said(id_of('anna'), sub { subject_of($world, 'local', sub => 'p-9') }), '<', 2, 'an exchange says so too');
    is($own->present('root', 'pw of root', $token)->status, 422, 'nobody else takes it');
    is($own->ask('root', 'pw of root', 'POST', '/remove', issuer => 'partner', sub => 'p-9')->status, 404, 'nor removes it');
    is($own->ask('anna', 'pw of anna', 'POST', '/remove', issuer => 'partner', sub => 'p-9')->status, 303, 'AS-20 its user does');
    cmp_ok(until_said('p-9', sub { subject_of($world, 'local', sub => 'p-9') }), '<', 2, 'and the subject is nobody again');
};

part 'what is remembered ends with the account' => sub {
    my $world = site();
    my $token = $world->token(claims => { sub => 'p-1', email => 'anna@home.example', %verified });
    is($world->statuses('/api/x', ($token) x 2), '200 200', 'a linked subject is let in');
    my $plain = $world->token(claims => { sub => 'p-1' });
    is($world->statuses('/plain/x', ($plain) x 2), '200 200', 'at a location whose client knows of no accounts too');
    modify('anna', 'add: employeeType', 'employeeType: off');
    my $from = time;
    for my $case (['/api/x', $token], ['/plain/x', $plain]) {
        until_said('403 403 403 403 403 403', sub { $world->statuses($case->[0], ($case->[1]) x 6) });
        cmp_ok(time - $from, '<', $TTL + 1, sprintf 'AS-15 TEX-043 at %s nobody comes in who is switched off longer than TokexAccountTTL (%.2f s)', $case->[0], time - $from);
    }
    modify('anna', 'delete: employeeType');
    cmp_ok(until_said('200 200 200', sub { $world->statuses('/api/x', ($token) x 3) }), '<', $TTL + 1, 'until it is switched on');
};

part 'the directory is stopped and comes back' => sub {
    my $world = site(locations => ['/api' => 'TokexClient local'],
        directives => "TokexAccountTTL 0\nLDAPConnectionTimeout 2\nLDAPTimeout 2\nLDAPRetries 0\n");
    my $anna = id_of('anna');
    is(subject_of($world, 'local', sub => 'p-1', email => 'anna@home.example', %verified), $anna, 'a subject is linked');
    is($world->statuses('/api/x', map { $world->token(claims => { sub => 'p-1' }) } 1 .. 12), join(' ', (200) x 12), 'and let in');
    my %children = map { $_ => 1 } $world->httpd->children;
    directory()->stop;
    is(outcome($world, $_, sub => 'p-1'), '503 account_unavailable 1', "without the directory a linked subject is told to come again at $_") for qw(local orders);
    is(outcome($world, 'orders', sub => 'p-2'), '200', 'who is nobody here goes on');
    my $hole = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => directory()->port, Listen => 128, ReuseAddr => 1) or die "port: $!\n";
    sleep 1.1;
    my ($count, $slowest) = $world->at_once(20, '/api/x', $world->token(claims => { sub => 'p-1' }));
    is_deeply($count, { 503 => 20 }, 'nor does one come in that takes connections and says nothing');
    cmp_ok($slowest, '<', 8, sprintf 'after %.1f s at most, with the time-outs of the manual', $slowest);
    close $hole;
    directory()->start;
    cmp_ok(until_said(join(' ', (200) x 12), sub { $world->statuses('/api/x', map { $world->token(claims => { sub => 'p-1' }) } 1 .. 12) }), '<', 8, 'when it is back everybody comes in again');
    directory()->stop;
    directory()->start;
    is($world->statuses('/api/x', map { $world->token(claims => { sub => 'p-1' }) } 1 .. 12), join(' ', (200) x 12), 'after a restart in between nobody notices');
    is_deeply([sort $world->httpd->children], [sort keys %children], 'in the same processes');
};

# slapd refuses a search whose limit is above its own; other directories cut it. One of them: whoever is searched for,
# it has found more than the one entry that it sends; asked of an entry itself (scope 0), it is there.
sub ber { my ($tag, @parts) = @_; my $value = join '', @parts; return pack('CCn', $tag, 0x82, length $value) . $value }

sub answer_search
{
    my ($id, $scope) = @_;
    my @attributes = map { ber(0x30, ber(0x04, $_->[0]), ber(0x31, ber(0x04, $_->[1]))) } ['entryUUID', 'e-1'], ['uid', 'twin1'], ['mail', 'twin@home.example'];
    my $entry = ber(0x64, ber(0x04, 'uid=twin1,ou=people,dc=example'), ber(0x30, @attributes));
    my $done = ber(0x65, ber(0x0a, chr($scope ? 4 : 0)), ber(0x04), ber(0x04));
    return ber(0x30, $id, $entry) . ber(0x30, $id, $done);
}

# The messages of one connection (RFC 4511); those of libldap have short lengths or 0x81 to 0x84.
sub answer_all
{
    my ($connection) = @_;
    my $read = sub { my $text = ''; read($connection, $text, $_[0]) == $_[0] or POSIX::_exit(0); return $text };
    while (1) {
        my ($tag, $length) = unpack 'CC', $read->(2);
        $length = unpack 'N', substr "\0\0\0" . $read->($length & 0x7f), -4 if $length & 0x80;
        my $message = $read->($length);
        my $id = substr $message, 0, 2 + ord substr($message, 1, 1), '';
        my ($operation, $rest) = $message =~ /\A([\x60\x63\x42])(.*)\z/s or POSIX::_exit(1);
        POSIX::_exit(0) if $operation eq "\x42";
        my ($scope) = $rest =~ /\x0a\x01(.)/s;
        print {$connection} $operation eq "\x60" ? ber(0x30, $id, ber(0x61, ber(0x0a, "\0"), ber(0x04), ber(0x04))) : answer_search($id, ord $scope);
        $connection->flush;
    }
}

sub cutting_directory
{
    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16) or die "listen: $!\n";
    my $pid = fork // die "fork: $!\n";
    return { pid => $pid, port => $listen->sockport } if $pid;
    local $SIG{CHLD} = 'IGNORE';
    while (my $connection = $listen->accept) {
        next if fork;
        answer_all($connection);
    }
    POSIX::_exit(0);
}

part 'a directory that cuts what it finds' => sub {
    my $cutting = cutting_directory();
    my $done = eval {
        my $world = people(modules => ['ldap'], locations => ['/api' => ''], directives => qq{TokexAccountLDAP "ldap://127.0.0.1:$cutting->{port}/ou=people,dc=example??sub?(objectClass=inetOrgPerson)"\n}
                . qq{TokexAccountLDAPMap active "(!(employeeType=off))"\nTokexAccountTTL 0\n});
        is(subject_of($world, 'local', sub => 'p-1', email => 'twin@home.example', %verified), 'account_ambiguous', 'LNK-005 one entry of several, the rest cut off, is nobody');
        is(scalar(links($world)), 0, 'and no link is made');
        1;
    };
    my $why = $@;
    kill 'TERM', $cutting->{pid};
    waitpid $cutting->{pid}, 0;
    die $why if !$done;
};

part 'somebody signs in there' => sub {
    my $dir = File::Temp->newdir;
    my $file = "$dir/password";
    open my $out, '>', $file or die "$file: $!\n";
    print {$out} directory()->password, "\n";
    close $out;
    chmod 0600, $file;
    my $world = site(locations => ['/api' => ''], directives => qq{TokexAccountTTL 0\nTokexAccountLDAPBind cn=admin,dc=example $file\n});
    is(subject_of($world, 'local', sub => 'p-1', email => 'anna@home.example', %verified), id_of('anna'), 'with the password of the file');
    open $out, '>', $file or die "$file: $!\n";
    print {$out} "wrong\n";
    close $out;
    $world->httpd->graceful;
    cmp_ok(until_said('503 account_unavailable 1', sub { outcome($world, 'local', sub => 'p-1') }), '<', 5, 'with another one nobody is asked');
    unlike($world->httpd->error_log, qr/\Q@{[ directory()->password ]}\E|wrong/, 'no password is in the log');
    chmod 0644, $file;
    like(($world->httpd->config_test)[1], qr/TokexAccountLDAP: password file \S+ has mode 0644: others must have no access/, 'one that others can read is refused');
};

part 'the example of the manual' => sub {
    my ($text) = Tokex::Tree::slurp('docs/accounts.md') =~ /^### In a directory\n(.*?)(?=^##)/ms;
    my ($directives) = $text =~ /^```apache\n(.*?)^```$/ms;
    my $to = directory()->url;
    $directives =~ s{ldap://127\.0\.0\.1:389}{$to} or die "no ldap://127.0.0.1:389\n";
    modify('anna', 'add: title', 'title: auditor');
    my $world = people(modules => ['ldap'], locations => ['/api' => ''], directives => $directives);
    my $answer = $world->exchange(-client => 'mandating', scope => 'orders.read invoicing',
        subject_token => $world->token(claims => { sub => 'p-1', scope => 'orders.read', email => 'anna@home.example', %verified }));
    my ($claims) = $world->decode($answer->json->{access_token});
    is($claims->{sub}, id_of('anna'), 'finds an account');
    is(join(' ', sort split / /, $claims->{scope}), 'invoicing orders.read', 'and its roles');
    for my $filter ($text =~ /`(\(!\([^`]+\))`/g) {
        my ($status, $said) = Tokex::World->new(start => 0, modules => ['ldap'], directives => $directives =~ s/"\(!\([^"]*"/"$filter"/r)->httpd->config_test;
        is($status, 0, "$filter is a filter") or diag $said;
    }
};

done_testing();
