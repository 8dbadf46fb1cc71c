package Tokex::Guarded;

# What holds for every route of a program of pages and every field that its table lists: headers, users, fields, and
# where forms come from. Each is a function of the program (Tokex::Console) and its routes; `url` makes the address
# of a GET route at which there is something to show.

use strict;
use warnings;
use Exporter qw(import);
use Test::More;
use Tokex::Console;

our @EXPORT_OK = qw(is_status is_unchanged_by is_whole page_of gets posts with_headers without_user with_odd_queries with_odd_forms with_forms_of_others);

sub is_status
{
    my ($answer, $status, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($title) = $answer->{body} =~ m{<h1>([^<]*)</h1>};
    return ok($answer->{status} == $status && $answer->{exit} == 0 && $answer->{log} !~ /Sanitizer|runtime error/, $name)
        || diag("$answer->{status}, exit $answer->{exit}: " . ($title // $answer->{said}) . "\n$answer->{log}");
}

# Is it HTML whose tags are in order? The writer holds that too; this looks from outside.
sub is_whole
{
    my ($body, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my (@open, @wrong);
    my %void = map { $_ => 1 } qw(input br meta link hr img wbr);
    while ($body =~ m{<(/?)([a-z0-9]+)([^>]*)>}g) {
        my ($end, $tag, $rest) = ($1, $2, $3);
        next if $void{$tag};
        push @open, $tag if !$end;
        push @wrong, $tag if $end && (pop(@open) // '') ne $tag;
        push @wrong, "on: $rest" if $rest =~ /\s(?:on\w+|style)=/;
    }
    my @heads = $body =~ /<h1>/g;
    my %ids;
    $ids{$_}++ for $body =~ /\sid="([^"]*)"/g;
    push @wrong, map {"id $_ twice"} grep { $ids{$_} > 1 } keys %ids;
    push @wrong, map {"label for $_"} grep { !$ids{$_} } $body =~ /<label for="([^"]*)"/g;
    push @wrong, map {"described by $_"} grep { !$ids{$_} } map { split / / } $body =~ /aria-describedby="([^"]*)"/g;
    push @wrong, 'script' if $body =~ s{<script src="[^"]*/script\.js\?v=[0-9a-f]+" defer></script></head>}{}r =~ /<script|<style|javascript:/i;
    return ok(!@wrong && !@open && @heads == 1 && $body =~ /\A<!doctype html>/, $name) || diag("open: @open; wrong: @wrong; h1: " . @heads);
}

# The body of an answer that is to be a page with that status.
sub page_of
{
    my ($answer, $status, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_status($answer, $status, $name);
    is_whole($answer->{body}, "$name: whole HTML");
    cmp_ok(length $answer->{body}, '<=', 60 * 1024, "$name: not too large");
    return $answer->{body};
}

# The configuration of that installation is the same before and after.
sub is_unchanged_by
{
    my ($ctl, $name, $code) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 2;
    my $before = $ctl->export_text('--with-secrets');
    $code->();
    return is($ctl->export_text('--with-secrets'), $before, "$name: nothing was changed");
}

sub gets { my ($p) = @_; return grep { $_->{method} eq 'GET' } @{ $p->{routes} } }
sub posts { my ($p) = @_; return grep { $_->{method} eq 'POST' } @{ $p->{routes} } }

# Of pages and refusals.
sub with_headers
{
    my ($p) = @_;
    my ($console, $user) = @$p{qw(console user)};
    my ($form) = map { $_->{path} } posts($p);
    for my $answer ((map { $console->get($user, $p->{url}->($_)) } gets($p)), $console->get($user, '/nowhere'), $console->get(undef, '/'), $console->post($user, $form)) {
        my $h = $answer->{header};
        is_deeply([@$h{qw(x-content-type-options referrer-policy x-frame-options cross-origin-opener-policy)}], [qw(nosniff no-referrer DENY same-origin)], 'sniffing, referrer, frames');
        like($h->{'content-security-policy'}, qr/\Adefault-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\z/, 'a policy that runs nothing but our one script');
        is($h->{'cache-control'}, 'no-store', 'not stored') if $h->{'content-type'} =~ /html|json/;
        ok($h->{'strict-transport-security'}, 'HSTS with TLS');
    }
    return ok(!$console->get($user, '/', HTTPS => undef)->{header}{'strict-transport-security'}, 'and not without');
}

sub without_user
{
    my ($p) = @_;
    my $console = $p->{console};
    for my $route (@{ $p->{routes} }) {
        for my $user (undef, '') {
            is_status($console->run($console->environment($user, $route->{method}, $route->{path})), 403, "$route->{method} $route->{path}");
        }
    }
    return is_status($console->get('x' x 300, '/'), 403, 'nor a name that is too long');
}

# Fields that are not there, that stand twice, that are too long.
sub with_odd_queries
{
    my ($p) = @_;
    my ($console, $user) = @$p{qw(console user)};
    for my $route (gets($p)) {
        my $url = $p->{url}->($route);
        my $and = $url =~ /\?/ ? '&' : '?';
        is_status($console->get($user, "$url${and}nothing=1"), 400, "$route->{path}: an unknown field");
        my ($first) = @{ $route->{fields} };
        next if !$first;
        my $name = $first->{name};
        is_status($console->get($user, "$route->{path}?$name=1&$name=2"), 400, "$route->{path}: $name twice");
        is_status($console->get($user, "$route->{path}?$name=" . '1' x ($first->{most} + 1)), 400, "$route->{path}: $name longer than it may be");
        is_status($console->get($user, "$route->{path}?$name=%00"), 400, "$route->{path}: $name with NUL");
        is_status($console->get($user, "$route->{path}?$name=%ff"), 400, "$route->{path}: $name that is no UTF-8");
        is_status($console->get($user, "$route->{path}?$name=%0a"), 400, "$route->{path}: $name with a line end");
        is_status($console->get($user, "$route->{path}?$name=%zz"), 400, "$route->{path}: $name with a broken escape");
    }
    return;
}

sub with_odd_forms
{
    my ($p) = @_;
    my ($console, $user) = @$p{qw(console user)};
    for my $route (posts($p)) {
        my $token = 'token=' . Tokex::Console::encode($console->token($user));
        is_status($console->post_body($user, $route->{path}, "$token&nothing=1"), 400, "$route->{path}: an unknown field");
        is_status($console->post_body($user, $route->{path}, "$token&$token"), 400, "$route->{path}: one twice");
        for my $field (grep { $_->{name} ne 'token' && $_->{most} < $route->{most} - 1024 } @{ $route->{fields} }) {
            is_status($console->post_body($user, $route->{path}, "$token&$field->{name}=" . '1' x ($field->{most} + 1)), 400, "$route->{path}: $field->{name} longer than it may be");
            is_status($console->post_body($user, $route->{path}, "$token&$field->{name}=x"), 400, "$route->{path}: $field->{name} that is no number") if $field->{digits};
        }
        is_status($console->post_body($user, $route->{path}, "$token&$_=1"), 400, "$route->{path}: no member $_")
            for $route->{noun} ? ('secrets', 'rules', 'sha256', 'introspection_sealed', 'conditions.0.claim', 'conditions.x.claim', 'conditions.1', 'keys.1.jwk.kty', 'scopes.') : ();
    }
    return;
}

# `ids` name what a test proves of whom: none, other, type.
sub with_forms_of_others
{
    my ($p, %ids) = @_;
    my ($console, $user) = @$p{qw(console user)};
    for my $route (posts($p)) {
        my $good = Tokex::Console::encode_form(token => $console->token($user));
        my $path = $route->{path};
        is_status($console->post_body($user, $path, ''), 403, "$ids{none} $path: no token, no cookie");
        is_status($console->post_body($user, $path, 'token='), 403, "$ids{none} $path: an empty one");
        is_status($console->post_body($user, $path, Tokex::Console::encode_form(token => $console->token($p->{other}))), 403, "$ids{other} $path: that of another user");
        is_status($console->post_body($user, $path, $good =~ s/.{6}\z/AAAAAA/r), 403, "$ids{other} $path: an altered one");
        is_status($console->post_body($user, $path, $good, HTTP_ORIGIN => 'https://evil.example', HTTP_SEC_FETCH_SITE => undef), 403, "$path: of another origin");
        is_status($console->post_body($user, $path, $good, HTTP_SEC_FETCH_SITE => 'cross-site'), 403, "$path: cross-site");
        is_status($console->post_body($user, $path, $good, HTTP_SEC_FETCH_SITE => 'same-site'), 403, "$path: of a neighbour");
        is_status($console->post_body($user, $path, $good, HTTP_ORIGIN => undef, HTTP_SEC_FETCH_SITE => undef), 403, "$path: from nowhere");
        is_status($console->post_body($user, $path, $good, HTTP_ORIGIN => 'null', HTTP_SEC_FETCH_SITE => undef), 403, "$path: of the origin null, with nothing else");
        is_status($console->post_body($user, $path, $good, CONTENT_TYPE => $_), 403, "$ids{type} $path: " . ($_ // 'no type'))
            for 'text/plain', 'application/json', 'multipart/form-data; boundary=x', undef;
        is_status($console->post_body($user, $path, $good, QUERY_STRING => 'token=x'), 400, "$path: a query beside the form");
    }
    return;
}

1;
