#!/usr/bin/perl
# The life of signing keys on the command line: listed, made ahead of use, retired, removed, scheduled,
# preferred; and what an older database becomes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use File::Temp ();
use Test::More;
use Tokex::Ctl;
use Tokex::Jose qw(json unjson);

my $home = File::Temp->newdir;
my $made = 0;

sub installation
{
    my ($document) = @_;
    my $ctl = Tokex::Ctl->new(dir => "$home/" . ++$made);
    $ctl->init;
    $ctl->import_document($document) if $document;
    return $ctl;
}

# A document with targets, as (id, fields) pairs.
sub with_targets
{
    my (%targets) = @_;
    return {
        schema => 1,
        targets => [map { { id => $_, name => $_, audience => "https://$_.example", %{ $targets{$_} } } } sort keys %targets]
    };
}

sub list { my ($ctl) = @_; return @{ unjson($ctl->must(undef, 'key', 'list', '--json')) } }
sub by_kid { my ($ctl) = @_; return map { $_->{kid} => $_ } list($ctl) }

# The kid that a line of standard output names.
sub made_kid { my ($out) = @_; return $out =~ /^(?:next|active) signing key (\S+) / ? $1 : undef }

sub rotate
{
    my ($ctl, @words) = @_;
    return made_kid($ctl->must(undef, 'key', 'rotate', @words));
}

sub is_refused
{
    my ($ctl, $words, $status, $part, $name) = @_;
    my $before = $ctl->export_text('--with-secrets');
    my ($is, $out, $err) = $ctl->run(undef, @$words);
    is($is, $status, $name) or diag("$out$err");
    like($err, $part, '... with the reason');
    is($ctl->export_text('--with-secrets'), $before, '... and nothing changed');
    return;
}

subtest 'ISS-008 key rotate publishes before it signs' => sub {
    my $ctl = installation();
    my ($old) = map { $_->{kid} } list($ctl);
    my $from = time;
    my $out = $ctl->must(undef, 'key', 'rotate');
    my $kid = made_kid($out);
    like($out, qr/^next signing key \S+ \(ES256\): published now, signs from \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ on$/, 'it says from when on');
    my %key = by_kid($ctl);
    is($key{$kid}{state}, 'next', 'the new one waits');
    cmp_ok(abs($key{$kid}{activates} - $from - 3600), '<=', 5, 'for an hour');
    is($key{$old}{state}, 'active', 'the old one signs');
    is($key{$old}{published_until}, $key{$kid}{activates} + 86400, 'and is published a day longer');
    my $soon = rotate($ctl, '--after', 60);
    %key = by_kid($ctl);
    cmp_ok(abs($key{$soon}{activates} - $from - 60), '<=', 5, 'or for as long as is asked');
    my $now = rotate($ctl, '--now');
    %key = by_kid($ctl);
    is_deeply([map { $key{$_}{state} } $now, $old, $soon, $kid], [qw(active retired next next)], 'with --now it takes over at once');
    is($key{$now}{where}, 'config.db', 'it is in config.db');
    like($ctl->must(undef, 'key', 'list'), qr/^\Q$now\E +ES256 +active +\d{4}-/m, 'the list shows it');
    like($ctl->must(undef, 'doctor'), qr/^ok    next signing key \Q$kid\E \(ES256\) opens .* it signs from /m, 'the doctor opens keys that wait');
};

subtest 'a service without a key that signs gets one at once' => sub {
    my $ctl = installation();
    my $document = $ctl->export_document;
    $document->{signing_keys} = [];
    $ctl->import_document($document);
    is((list($ctl))[0], undef, 'there is none');
    my $kid = rotate($ctl);
    is({ by_kid($ctl) }->{$kid}{state}, 'active', 'now there is');
};

subtest 'key retire' => sub {
    my $ctl = installation(with_targets(a => {}));
    my ($old) = map { $_->{kid} } list($ctl);
    is_refused($ctl, ['key', 'retire', '--', $old], 1, qr/is the only key that signs with ES256, which the target "a" needs/, 'the only one stays');
    my $new = rotate($ctl, '--now');
    my $next = rotate($ctl);
    $ctl->must(undef, 'key', 'retire', '--', $next);
    is({ by_kid($ctl) }->{$next}{state}, 'retired', 'one that waits never signs');
    like($ctl->must(undef, 'key', 'retire', '--', $new), qr/^active signing key \Q$old\E /m, 'the one before takes over again');
    my %key = by_kid($ctl);
    is_deeply([map { $key{$_}{state} } $old, $new], [qw(active retired)], 'and signs');
    is_refused($ctl, ['key', 'retire', '--', $new], 1, qr/is retired already/, 'once is enough');
    is_refused($ctl, ['key', 'retire', 'nobody'], 1, qr/there is no such signing key/, 'a kid that is none');
};

subtest 'the history says why a key was changed' => sub {
    my $ctl = installation();
    my $new = rotate($ctl, '--now', '--reason', 'reason of rotate');
    $ctl->must(undef, 'key', 'schedule', 'ES256', '--every', 90, '--reason', 'reason of schedule');
    $ctl->must(undef, 'key', 'prefer', 'ES256', '--reason', 'reason of prefer');
    $ctl->must(undef, 'key', 'retire', '--reason', 'reason of retire', '--', $new);
    $ctl->must(undef, 'key', 'remove', '--reason', 'reason of remove', '--', $new);
    my @why = $ctl->must(undef, 'history') =~ /reason of (\w+)$/mg;
    is_deeply(\@why, [qw(remove retire prefer schedule rotate)], 'as --reason said');
};

subtest 'key remove' => sub {
    my $ctl = installation(with_targets(a => {}));
    my ($first) = map { $_->{kid} } list($ctl);
    is_refused($ctl, ['key', 'remove', '--', $first], 1, qr/only key that signs with ES256, which the target "a" needs; --force/, 'the last one that a target needs stays');
    my $out = $ctl->must(undef, 'key', 'remove', '--force', '--', $first);
    my @left = list($ctl);
    is(scalar @left, 1, 'with --force it goes');
    isnt($left[0]{kid}, $first, 'for another one');
    is($left[0]{state}, 'active', 'that signs at once');
    like($out, qr/^active signing key \Q$left[0]{kid}\E /m, 'and is named');
    my $new = rotate($ctl, '--now');
    is_refused($ctl, ['key', 'remove', '--', $new], 1, qr/only key that signs/, 'one that was replaced does not come back for it');
    $ctl->must(undef, 'key', 'remove', '--force', '--', $new);
    my %key = by_kid($ctl);
    is($key{ $left[0]{kid} }{state}, 'retired', 'not with --force either');
    is(scalar(grep { $_->{state} eq 'active' } values %key), 1, 'a new one signs');
    $ctl->must(undef, 'key', 'remove', '--', $left[0]{kid});
    is(scalar(list($ctl)), 1, 'a retired one goes without more');
    is_refused($ctl, ['key', 'remove', 'nobody'], 1, qr/there is no such signing key/, 'a kid that is none');
};

subtest 'the last key of an algorithm that no target needs goes, but not the last of all' => sub {
    my $ctl = installation(with_targets(a => {}));
    my $rsa = rotate($ctl, '--algorithm', 'RS256', '--now');
    $ctl->must(undef, 'key', 'remove', '--', $rsa);
    is(scalar(list($ctl)), 1, 'RS256 is gone');
    $ctl->import_document(with_targets(a => { algorithm => 'ES256' }, b => { algorithm => 'ES256', enabled => \0 }));
    my $ed = rotate($ctl, '--algorithm', 'EdDSA', '--now');
    my ($es) = map { $_->{kid} } grep { $_->{algorithm} eq 'ES256' } list($ctl);
    is_refused($ctl, ['key', 'remove', '--', $es], 1, qr/ES256, which the target "a" needs/, 'one that a target names stays');
    $ctl->import_document(with_targets(b => { algorithm => 'ES256', enabled => \0 }));
    $ctl->must(undef, 'key', 'remove', '--', $es);
    is_deeply([map { $_->{kid} } list($ctl)], [$ed], 'one of a target that is switched off goes');
};

subtest 'key prefer' => sub {
    my $ctl = installation(with_targets(a => {}));
    is_refused($ctl, ['key', 'prefer', 'RS256'], 1, qr/signing "RS256": field preferred: there is no active signing key/, 'an algorithm without a key');
    rotate($ctl, '--algorithm', 'RS256', '--now');
    $ctl->must(undef, 'key', 'prefer', 'RS256');
    is_deeply([map { "$_->{algorithm} $_->{preferred}" } @{ $ctl->export_document->{signing} }], ['RS256 1'], 'is kept');
    like($ctl->must(undef, 'key', 'rotate'), qr/\(RS256\)/, 'and is what rotate makes');
    $ctl->must(undef, 'key', 'prefer', 'ES256');
    is_deeply([map { "$_->{algorithm} " . ($_->{preferred} ? 1 : 0) } @{ $ctl->export_document->{signing} }], ['ES256 1', 'RS256 0'], 'one at a time');
    $ctl->import_document(with_targets(a => {}));
    is(scalar @{ $ctl->export_document->{signing} }, 2, 'a document that does not speak of it leaves it');
    my ($es) = map { $_->{kid} } grep { $_->{algorithm} eq 'ES256' } list($ctl);
    is_refused($ctl, ['key', 'remove', '--', $es], 1, qr/only key that signs with ES256/, 'its last key stays');
};

subtest 'keys of several algorithms want a preference' => sub {
    my $ctl = installation();
    my ($es) = map { $_->{kid} } list($ctl);
    rotate($ctl, '--algorithm', 'EdDSA', '--now');
    $ctl->must(undef, 'key', 'remove', '--', $es);
    is_refused($ctl, ['key', 'rotate', '--algorithm', 'RS256'], 1, qr/there are signing keys of several algorithms.*tokexctl key prefer ALG/s, 'a second one is refused');
    $ctl->must(undef, 'key', 'prefer', 'EdDSA');
    ok(rotate($ctl, '--algorithm', 'RS256'), 'with one it is made');
};

subtest 'key schedule' => sub {
    my $ctl = installation();
    like($ctl->must(undef, 'key', 'schedule', 'ES256', '--every', 90), qr/^ES256: a new key every 90 days, published 24 hours before it signs$/, 'says what it is');
    $ctl->must(undef, 'key', 'schedule', 'ES256', '--every', 30, '--ahead', 48);
    is_deeply($ctl->export_document->{signing}, [{ algorithm => 'ES256', preferred => \0, rotate_every => 30 * 86400, publish_ahead => 48 * 3600 }], 'is kept')
        or diag(json($ctl->export_document->{signing}));
    $ctl->must(undef, 'key', 'schedule', 'ES256', '--every', 60);
    is($ctl->export_document->{signing}[0]{publish_ahead}, 48 * 3600, 'what is not said stays');
    my ($status, undef, $err) = $ctl->run(undef, 'key', 'schedule', 'EdDSA', '--every', 1);
    is($status, 0, 'an algorithm without a key has one too');
    like($err, qr/^warning: signing "EdDSA": .*key rotate --algorithm/m, 'with a warning');
    is_refused($ctl, ['key', 'schedule', 'ES256', '--every', 1, '--ahead', 25], 1, qr/field publish_ahead/, 'ahead of the key before');
    $ctl->must(undef, 'key', 'schedule', 'ES256', '--off');
    is({ map { $_->{algorithm} => $_ } @{ $ctl->export_document->{signing} } }->{ES256}{rotate_every}, 0, 'and ends');
};

subtest 'wrong usage' => sub {
    my $ctl = installation();
    is_refused($ctl, ['key', @$_], 2, qr/./, "key @$_")
        for ['list', 'x'], ['rotate', 'x'], ['rotate', '--now', '--after', 5], ['rotate', '--after', '-1'], ['rotate', '--after', '1h'],
        ['rotate', '--after', 366 * 86400 + 1], ['retire'], ['retire', 'a', 'b'], ['remove'], ['schedule'], ['schedule', 'ES256'],
        ['schedule', 'ES256', '--every', 0], ['schedule', 'ES256', '--every', 733], ['schedule', 'ES256', '--off', '--every', 5],
        ['schedule', 'ES256', '--off', '--ahead', 5], ['schedule', 'HS256', '--off'], ['schedule', 'ES256', '--every', 9, '--ahead', 721],
        ['prefer'], ['prefer', 'none'];
};

subtest 'state.db or the master key away' => sub {
    my $ctl = installation();
    rename "$ctl->{dir}/state/state.db", "$ctl->{dir}/away";
    my ($status, $out, $err) = $ctl->run(undef, 'key', 'list');
    is($status, 3, 'the list is not whole');
    like($out, qr/ES256 +active/, 'what there is stands there');
    like($err, qr/state\.db/, 'and why not more');
    ok(rotate($ctl, '--now'), 'a key can be made all the same');
    rename "$ctl->{dir}/away", "$ctl->{dir}/state/state.db";
    rename "$ctl->{dir}/master.key", "$ctl->{dir}/away";
    my ($retired) = map { $_->{kid} } grep { $_->{retired} || $_->{activates} < time } @{ $ctl->export_document->{signing_keys} };
    my $keys = @{ $ctl->export_document->{signing_keys} };
    ($status) = $ctl->run(undef, 'key', 'list');
    is($status, 3, 'the list says so too');
    is(($ctl->run(undef, 'key', 'rotate'))[0], 3, 'nothing is made');
    is(scalar @{ $ctl->export_document->{signing_keys} }, $keys, 'and nothing changed');
};

done_testing();
