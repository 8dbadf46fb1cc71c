#!/usr/bin/perl
# What befalls state.db while the server serves: an exchange that needs nothing of it goes on, what needs it says so
# (503, and when to come again) instead of guessing, what was taken back stays so, and all is well by itself
# when the fault is over. t/48-databases.t does the same to exchanges alone.
#
#   prove -I t/lib t/72-state-faults.t :: locked
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Open2 qw(open2);
use Test::More;
use Time::HiRes qw(sleep time);
use Tokex::Ctl;
use Tokex::Disk;
use Tokex::Faults qw(fails_none no_crash slurp write_file);
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Load;
use Tokex::Parts;
use Tokex::Protected;
use Tokex::Scale;

my $EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
# A file that could not be opened is tried again after ten seconds, if no other one came.
my $HEALED = 13;

sub world
{
    my (%want) = @_;
    return Tokex::Protected->new(
        locations => ['/own' => 'TokexOwnTokens accept'],
        environment => { Tokex::Disk::environment() },
        document => sub {
            my ($document, $self) = @_;
            my $rules = [{ id => 'only', issuers => ['partner'], targets => ['api'], default_target => 'api', refresh_lifetime => 3600 }];
            my ($partner) = grep { $_->{id} eq 'partner' } @{ $document->{issuers} };
            %$partner = (%$partner, implicit_linking => \1, lookup_primary => 'email');
            push @{ $document->{clients} },
                $self->client('keeper', grant_types => [$EXCHANGE, 'refresh_token'], rules => $rules),
                $self->client('linking', local_attributes => \1, rules => $rules),
                $self->client('inspector', grant_types => [], introspects => ['api']);
        },
        %want
    );
}

sub state_dir { return $_[0]->httpd->dir . '/tokex/state' }

sub send_form
{
    my ($world, $page, $client, @pairs) = @_;
    return Tokex::Http::post_form($world->port, "/sts/$page", \@pairs, Authorization => Tokex::Http::basic($client, $world->secret($client)));
}

sub exchanged { my ($world, $client, %form) = @_; return send_form($world, 'token', $client, $world->form(%form)) }
sub is_active { my ($world, $token) = @_; return send_form($world, 'introspect', 'inspector', token => $token)->json->{active} ? 1 : 0 }

# What needs state.db, each as often as it is called. A refresh token that was used brings the next one.
sub needs
{
    my ($world, $have) = @_;
    return (
        'a token is given back' => sub { send_form($world, 'revoke', 'keeper', token => $have->{spare}) },
        'a refresh token is used' => sub {
            my $answer = send_form($world, 'token', 'keeper', grant_type => 'refresh_token', refresh_token => $have->{refresh});
            $have->{refresh} = $answer->json->{refresh_token} if $answer->status == 200;
            return $answer;
        },
        'a subject is linked' => sub {
            exchanged($world, 'linking', subject_token => $world->token(claims => { sub => 'p-1', email => 'mira@home.example', email_verified => \1 }))
        }
    );
}

# A world with what was there before: a token that was taken back, one to be, a refresh token, an account.
sub begin
{
    my (%want) = @_;
    my $world = world(%want);
    my %have;
    $world->ctl->must(undef, qw(account add mira email=mira@home.example));
    my $first = exchanged($world, 'keeper')->json;
    @have{qw(live refresh)} = @$first{qw(access_token refresh_token)};
    @have{qw(dead spare)} = map { exchanged($world, 'keeper')->json->{access_token} } 1, 2;
    is(send_form($world, 'revoke', 'keeper', token => $have{dead})->status, 200, 'a token is taken back');
    # Each process reads that before its first request.
    $world->httpd->stop;
    $world->httpd->start;
    ok(!is_active($world, $have{dead}), 'which is known');
    return ($world, \%have);
}

# While the fault lasts. `good` are the needs that are met all the same.
sub suffer
{
    my ($world, $have, $what, %good) = @_;
    my %needs = needs($world, $have);
    for my $name (sort keys %needs) {
        my %said;
        for (1 .. 6) {
            my $answer = $needs{$name}->();
            my $again = $answer->status == 503 ? ($answer->header('retry-after') // '') =~ /^[1-9]\d*$/ ? ' come again' : ' never' : '';
            $said{ $answer->status . $again }++;
        }
        is(join(', ', sort keys %said), $good{$name} // '503 come again', "$what: $name");
    }
    my @without = map { exchanged($world, 'keeper') } 1 .. 6;
    is(join(' ', map { $_->status } @without), '200 200 200 200 200 200', "$what: an exchange goes on");
    is(scalar(grep { $_->json->{refresh_token} } @without), 0, "$what: without a refresh token that nothing keeps") if !keys %good;
    is(join('', map { is_active($world, $have->{dead}) . is_active($world, $have->{live}) } 1 .. 6), '01' x 6, "$what: what was taken back is, and nothing else");
    return;
}

# All that needs it is well again by itself, but for the link, which can be made once.
sub healed
{
    my ($world, $have, $what, @but) = @_;
    my %needs = needs($world, $have);
    delete @needs{ 'a subject is linked', @but };
    my ($from, $row) = (time, 0);
    while (time - $from < $HEALED && $row < 6) {
        $row = (grep { $needs{$_}->()->status != 200 } sort keys %needs) ? 0 : $row + 1;
    }
    is($row, 6, sprintf '%s: over, and all is well after %.1f s', $what, time - $from);
    ok(exchanged($world, 'keeper')->json->{refresh_token}, "$what: an exchange brings a refresh token again");
    $have->{spare} = exchanged($world, 'keeper')->json->{access_token};
    return;
}

sub end
{
    my ($world, $have, $load, $what) = @_;
    fails_none($load->stop, $what);
    my %needs = needs($world, $have);
    is($needs{'a subject is linked'}->()->status, 200, "$what: and a subject is linked");
    ok(!is_active($world, $have->{dead}) && is_active($world, $have->{live}), "$what: what was taken back is, and nothing else, still");
    no_crash($world->httpd, $what);
    ok($world->httpd->stop, 'it stops');
    return;
}

# Somebody else writes until a function is called.
sub hold
{
    my ($path) = @_;
    my $pid = open2(my $out, my $in, 'sqlite3', '-batch', $path);
    print {$in} ".timeout 5000\nBEGIN IMMEDIATE;\nSELECT 'held';\n";
    $in->flush;
    is(readline $out, "held\n", 'somebody else writes');
    return sub { print {$in} "ROLLBACK;\n.quit\n"; close $in; waitpid $pid, 0; return };
}

Tokex::Httpd::needs($_) or do { done_testing(); exit } for qw(socache_shmcb authz_user);

part 'FLT-005 state.db locked' => sub {
    my ($world, $have) = begin();
    my $load = Tokex::Load->start($world, workers => 2, seconds => 120);
    my $from = time;
    my $let_go = hold(state_dir($world) . '/state.db');
    suffer($world, $have, 'locked');
    my $seconds = Tokex::Scale::of(4, 10);
    sleep 0.1 while time - $from < $seconds;
    suffer($world, $have, sprintf 'locked for %.0f s', time - $from);
    $let_go->();
    healed($world, $have, 'locked');
    end($world, $have, $load, 'locked');
};

part 'disk full, state.db' => sub {
    my ($world, $have) = begin();
    my $load = Tokex::Load->start($world, workers => 2, seconds => 120);
    my $dir = state_dir($world);
    Tokex::Disk::fill($dir);
    suffer($world, $have, 'full');
    is(scalar qx(sqlite3 '$dir/state.db' 'PRAGMA integrity_check'), "ok\n", 'full: nothing is half written');
    Tokex::Disk::make_room($dir);
    healed($world, $have, 'full');
    end($world, $have, $load, 'full');
};

part 'state.db deleted' => sub {
    my ($world, $have) = begin();
    my $load = Tokex::Load->start($world, workers => 2, seconds => 120);
    my $dir = state_dir($world);
    rename $dir, "$dir.away" or die "$dir: $!\n";
    suffer($world, $have, 'deleted');
    mkdir $dir or die "$dir: $!\n";
    suffer($world, $have, 'deleted, its directory is there');
    is_deeply([glob "$dir/*"], [], 'deleted: and nobody makes one');
    rmdir $dir or die "$dir: $!\n";
    rename "$dir.away", $dir or die "$dir: $!\n";
    healed($world, $have, 'deleted');
    end($world, $have, $load, 'deleted');
};

part 'state.db replaced' => sub {
    my ($world, $have) = begin();
    my $load = Tokex::Load->start($world, workers => 2, seconds => 120);
    my $dir = state_dir($world);
    my $other = Tokex::Ctl->new(dir => $world->httpd->dir . '/other', group => $world->ctl->{group});
    $other->init;
    # A refresh token of the one is none of the other; nor has it the account.
    rename $dir, "$dir.away" or die "$dir: $!\n";
    rename $world->httpd->dir . '/other/state', $dir or die "$dir: $!\n";
    my %needs = needs($world, $have);
    ok($world->httpd->wait_for(sub { $needs{'a token is given back'}->()->status == 200 }, 5), 'replaced: the other one is written');
    my %said;
    $said{ $needs{'a refresh token is used'}->()->status }++ for 1 .. 12;
    is(join(' ', sort keys %said), '400', 'replaced: a refresh token that it does not hold is none');
    is(join('', map { is_active($world, $have->{dead}) . is_active($world, $have->{live}) } 1 .. 6), '01' x 6, 'replaced: what was taken back stays so, from memory');
    rename $dir, "$dir.other" or die "$dir: $!\n";
    rename "$dir.away", $dir or die "$dir: $!\n";
    healed($world, $have, 'replaced');
    end($world, $have, $load, 'replaced');
};

part 'state.db corrupted' => sub {
    my ($world, $have) = begin();
    my $load = Tokex::Load->start($world, workers => 2, seconds => 300);
    my $dir = state_dir($world);
    my $path = "$dir/state.db";
    qx(sqlite3 '$path' 'PRAGMA wal_checkpoint(FULL)') or die "sqlite3\n";
    my $good = slurp($path);
    my %damage = (
        'empty' => '',
        'zeros' => "\0" x (1 << 18),
        'another file' => 'no database ' x 4000,
        'cut' => substr($good, 0, 4096 * 2),
        'its schema' => substr($good, 0, 100) . ("\xff" x 3996) . substr($good, 4096)
    );
    for my $what (sort keys %damage) {
        rename $dir, "$dir.away" or die "$dir: $!\n";
        mkdir $dir or die "$dir: $!\n";
        chmod((stat "$dir.away")[2] & 07777, $dir);
        chown((stat "$dir.away")[4, 5], $dir);
        write_file($path, $damage{$what});
        chmod((stat "$dir.away/state.db")[2] & 07777, $path);
        chown((stat "$dir.away/state.db")[4, 5], $path);
        suffer($world, $have, "corrupted ($what)");
        my $after = slurp($path);
        ok($after eq $damage{$what}, "corrupted ($what): nobody writes into it");
        rename $dir, "$dir.$what" or die "$dir: $!\n";
        rename "$dir.away", $dir or die "$dir: $!\n";
        healed($world, $have, "corrupted ($what)");
    }
    # Under the hands of who has it open nothing can be promised but that nobody dies and nobody is let in.
    open my $file, '+<', $path or die "$path: $!\n";
    seek $file, 4096, 0;
    print {$file} "\xff" x (length($good) - 4096);
    close $file;
    my %needs = needs($world, $have);
    my %said;
    for my $name (sort keys %needs) { $said{ $needs{$name}->()->status }++ for 1 .. 6 }
    is_deeply([grep { !/^(?:200|400|503)$/ } keys %said], [], 'corrupted in place: answers ' . join ', ', sort keys %said);
    ok(!is_active($world, $have->{dead}), 'corrupted in place: what was taken back stays so') for 1 .. 6;
    fails_none($load->stop, 'corrupted');
    no_crash($world->httpd, 'corrupted');
    ok($world->httpd->stop, 'it stops');
};

part 'state.db without permission' => sub {
    my ($world, $have) = begin();
    plan skip_all => 'processes of httpd have the user of the test, who may do everything' if $> == 0 && !$world->ctl->{group};
    my $load = Tokex::Load->start($world, workers => 2, seconds => 120);
    my $dir = state_dir($world);
    my $mode = (stat $dir)[2] & 07777;
    chmod 0, $dir or die "$dir: $!\n";
    suffer($world, $have, 'no permission');
    # Others have never seen it.
    my %old = map { $_ => 1 } $world->httpd->children;
    $load->stop;
    kill 'KILL', keys %old;
    ok($world->httpd->wait_for(sub { (grep { !$old{$_} } $world->httpd->children) >= 3 }, 10), 'processes begin that never saw it');
    $load = Tokex::Load->start($world, workers => 2, seconds => 120);
    is(join(' ', map { exchanged($world, 'keeper')->status } 1 .. 6), '200 200 200 200 200 200', 'no permission: an exchange goes on');
    chmod $mode, $dir or die "$dir: $!\n";
    healed($world, $have, 'no permission');
    end($world, $have, $load, 'no permission');
};

done_testing();
