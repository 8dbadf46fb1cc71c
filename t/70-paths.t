#!/usr/bin/perl
# TEX-044: whatever stops a token stops it on every path: exchange, refresh, a protected location, one that
# remembers the decision, one that takes our token as it is, and introspection. A path or a cause that is added
# goes into one of the two tables.
#
#   prove -I t/lib t/70-paths.t
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Time::HiRes qw(time);
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Protected;

my $EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
my $TYPE = 'urn:ietf:params:oauth:token-type:access_token';
my $BOUND = 2;
Tokex::Httpd::needs($_) or do { done_testing(); exit } for qw(socache_shmcb authz_user);

my $world = Tokex::Protected->new(
    locations => ['/api' => "TokexClient gate\nTokexCacheTTL 0", '/kept' => 'TokexClient gate', '/own' => "TokexClient gate\nTokexOwnTokens accept"],
    document => sub {
        my ($document, $self) = @_;
        my $rules = [{ id => 'only', issuers => ['partner'], targets => ['api'], default_target => 'api', refresh_lifetime => 600 }];
        push @{ $document->{clients} },
            $self->client('app', grant_types => [$EXCHANGE, 'refresh_token'], local_attributes => \1, rules => $rules),
            $self->client('gate', local_attributes => \1, rules => $rules),
            $self->client('hush', token_format => 'opaque', local_attributes => \1, rules => [{ %{ $rules->[0] }, issuers => ['partner', 'self'] }]),
            $self->client('inspector', grant_types => [], introspects => ['api']);
    }
);
my $ctl = $world->ctl;
$ctl->must(undef, 'account', 'add', 'mira', 'email=mira@example.org');
$ctl->must(undef, 'link', 'add', 'partner', 'auth0|user-1', 'mira');

sub send_form
{
    my ($page, $client, @pairs) = @_;
    return Tokex::Http::post_form($world->port, "/sts/$page", \@pairs, Authorization => Tokex::Http::basic($client, $world->secret($client)));
}

sub exchanged { my ($token) = @_; return send_form('token', 'app', $world->form(subject_token => $token)) }

# By the client whose tokens are opaque.
sub silenced { my ($token) = @_; return send_form('token', 'hush', $world->form(subject_token => $token)) }

# What each path starts from, made before the cause: a partner's token, ours, a refresh token.
sub provisions
{
    my $token = $world->token(claims => { iat => int(time) - 30 });
    my $got = exchanged($token)->json;
    return { token => $token, ours => $got->{access_token}, opaque => silenced($token)->json->{access_token}, refresh => $got->{refresh_token} };
}

# The client that a path is for, and whether a token passes on it.
my @paths = (
    ['exchange', 'app', sub { exchanged($_[0]{token})->status == 200 }],
    ['protected location', 'gate', sub { $world->ask('/api/x', $_[0]{token})->status == 200 }],
    ['remembered decision', 'gate', sub { $world->ask('/kept/x', $_[0]{token})->status == 200 }],
    ['our token, accepted', 'app', sub { $world->ask('/own/x', $_[0]{ours})->status == 200 }],
    ['introspection', 'app', sub { send_form('introspect', 'inspector', token => $_[0]{ours})->json->{active} }],
    ['our opaque token, accepted', 'hush', sub { $world->ask('/own/x', $_[0]{opaque})->status == 200 }],
    ['our opaque token, asked about', 'hush', sub { send_form('introspect', 'inspector', token => $_[0]{opaque})->json->{active} }],
    ['our opaque token, exchanged', 'hush', sub { send_form('token', 'hush', $world->form(subject_token => $_[0]{opaque}, subject_token_type => $TYPE))->status == 200 }],
    # Last, because it can be used once.
    ['refresh', 'app', sub { my $json = send_form('token', 'app', grant_type => 'refresh_token', refresh_token => $_[0]{refresh})->json; $_[0]{refresh} = $json->{refresh_token} if $json->{refresh_token}; $json->{access_token} }],
);

# How it is done and undone. What is taken back stays so, and comes last.
my @causes = (
    ['the user is switched off', ['account', 'set', 'mira', 'active=false'], ['account', 'set', 'mira', 'active=true']],
    ['the user is locked', ['account', 'set', 'mira', 'locked_until=1h'], ['account', 'set', 'mira', 'locked_until=']],
    ['the issuer is switched off', ['issuer', 'set', 'partner', 'enabled=false'], ['issuer', 'set', 'partner', 'enabled=true']],
    ['the target is switched off', ['target', 'set', 'api', 'enabled=false'], ['target', 'set', 'api', 'enabled=true']],
    ['the client is switched off', [map { ['client', 'set', $_, 'enabled=false'] } qw(app gate hush)],
        [map { ['client', 'set', $_, 'enabled=true'] } qw(app gate hush)]],
    ['the user is taken back', ['token', 'revoke', '--subject', 'partner', 'auth0|user-1']],
);

# Waits, within the bound, until `is` holds twelve times in a row, on connections of any process.
sub holds
{
    my ($is) = @_;
    my ($from, $good) = (time, 0);
    while (time - $from < $BOUND && $good < 12) { $good = $is->() ? $good + 1 : 0 }
    return $good == 12;
}

sub run_all { my ($commands) = @_; $ctl->must(undef, @$_) for ref $commands->[0] ? @$commands : $commands; return }

for my $cause (@causes) {
    my ($what, $do, $undo) = @$cause;
    subtest "TEX-044 $what" => sub {
        my $have = provisions();
        ok(holds(sub { $_->[2]->($have) }), "before: $_->[0]") for @paths;
        run_all($do);
        # Which processes know of it is seen by what uses nothing up.
        for my $path (@paths) {
            my ($name, undef, $passes) = @$path;
            ok($name eq 'refresh' ? !$passes->($have) : holds(sub { !$passes->($have) }), "nothing passes: $name");
        }
        return if !$undo;
        run_all($undo);
        ok(holds(sub { exchanged($have->{token})->status == 200 && silenced($have->{token})->status == 200 }), 'until it is undone');
    };
}

ok($world->httpd->stop, 'httpd ends by itself');
unlike($world->httpd->error_log, qr/exit signal|AddressSanitizer/, 'and no process was lost');
done_testing();
