#!/usr/bin/perl
# The console as plain CGI, by environment: every route and field of its table, with the sanitizers.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use POSIX ();
use Test::More;
use Time::HiRes qw(time);
use Tokex::Console;
use Tokex::Jose qw(json unjson);
use Tokex::Scale;

my $home = tempdir(CLEANUP => 1);
my $console = Tokex::Console->new(dir => "$home/main");
my $ctl = $console->ctl;
$ctl->init;
$ctl->must(undef, 'demo', "$home/demo", 'https://sts.example/sts');
my @routes = Tokex::Console::routes();

sub is_status
{
    my ($answer, $status, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($title) = $answer->{body} =~ m{<h1>([^<]*)</h1>};
    return ok($answer->{status} == $status && $answer->{exit} == 0 && $answer->{log} !~ /Sanitizer|runtime error/, $name)
        || diag("$answer->{status}, exit $answer->{exit}: " . ($title // $answer->{said}) . "\n$answer->{log}");
}

sub generation { return $ctl->must(undef, 'history', '--limit', 1) =~ /^\s*(\d+)/m ? $1 : 0 }

# Changes nothing, whatever is said.
sub changes_nothing
{
    my ($name, $code) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $before = $ctl->export_text('--with-secrets');
    $code->();
    return is($ctl->export_text('--with-secrets'), $before, "$name: nothing was changed");
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
    push @wrong, 'script' if $body =~ /<script|<style|javascript:/i;
    return ok(!@wrong && !@open && @heads == 1 && $body =~ /\A<!doctype html>/, $name) || diag("open: @open; wrong: @wrong; h1: " . @heads);
}

my %ID = (issuer => 'demo-idp', client => 'orders-api', target => 'orders', scope => 'orders.read', mapping => 'demo-claims');

# A query with which a GET route has something to show.
sub url_of
{
    my ($route) = @_;
    my %names = map { $_->{name} => 1 } @{ $route->{fields} };
    my @query;
    push @query, 'id=' . Tokex::Console::encode($ID{ $route->{noun} // 'client' }) if $names{id} && $route->{path} ne '/changes';
    push @query, 'number=1' if $names{number};
    push @query, 'place=1' if $names{place};
    return $route->{path} . (@query ? '?' . join('&', @query) : '');
}

my @gets = grep { $_->{method} eq 'GET' } @routes;
my @posts = grep { $_->{method} eq 'POST' } @routes;
my @pages = grep { $_->{path} !~ m{^/(?:style\.css|transfer/export|activity/receipt)\z} } @gets;

subtest 'every page' => sub {
    cmp_ok(scalar(@pages), '>', 20, 'pages are found: ' . @pages);
    for my $route (@pages) {
        my $answer = $console->get('root', url_of($route));
        is_status($answer, 200, "$route->{path} is there");
        is_whole($answer->{body}, "$route->{path} is whole HTML with one heading, labels that fit, nothing inline");
        cmp_ok(length $answer->{body}, '<=', 60 * 1024, "$route->{path}: " . length($answer->{body}) . ' octets');
        is($answer->{header}{'content-length'}, length $answer->{body}, 'CGI-016 the length is known before anything is sent: the page is whole') if $route->{path} eq '/';
    }
};

subtest 'CON-016 headers of every page, of refusals too' => sub {
    for my $answer ((map { $console->get('root', url_of($_)) } @gets), $console->get('root', '/nowhere'), $console->get(undef, '/'), $console->post('root', '/scopes/new')) {
        my $h = $answer->{header};
        is_deeply([@$h{qw(x-content-type-options referrer-policy x-frame-options cross-origin-opener-policy)}], [qw(nosniff no-referrer DENY same-origin)], 'sniffing, referrer, frames');
        like($h->{'content-security-policy'}, qr/\Adefault-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\z/, 'a policy that runs nothing');
        is($h->{'cache-control'}, 'no-store', 'not stored') if $h->{'content-type'} !~ /css/;
        ok($h->{'strict-transport-security'}, 'HSTS with TLS');
    }
    ok(!$console->get('root', '/', HTTPS => undef)->{header}{'strict-transport-security'}, 'and not without');
};

subtest 'the style sheet' => sub {
    my ($v) = $console->get('root', '/')->{body} =~ m{/style\.css\?v=([0-9a-f]+)"};
    my $sheet = $console->get('root', "/style.css?v=$v");
    like($sheet->{header}{'cache-control'}, qr/immutable/, 'is kept under the name that has its version');
    is($console->get('root', '/style.css?v=0')->{header}{'cache-control'}, 'no-store', 'and under no other');
    cmp_ok(length $sheet->{body}, '<=', 16 * 1024, 'is small');
    unlike($sheet->{body}, qr/url\(|\@import/, 'and asks for nothing else');
    my %sizes = map { $_ => 1 } $sheet->{body} =~ /font(?:-size)?:\s*(var\(--s\d\))/g;
    is(scalar(keys %sizes), 5, 'five sizes of type');
};

# Relative luminance and contrast, WCAG 2.2.
sub luminance
{
    my @c = map { my $v = hex($_) / 255; $v <= 0.04045 ? $v / 12.92 : (($v + 0.055) / 1.055)**2.4 } $_[0] =~ /#(..)(..)(..)/;
    return 0.2126 * $c[0] + 0.7152 * $c[1] + 0.0722 * $c[2];
}
sub contrast { my ($l, $m) = sort { $b <=> $a } map { luminance($_) } @_; return ($l + 0.05) / ($m + 0.05) }

subtest 'contrast in both schemes' => sub {
    my $sheet = $console->get('root', '/style.css')->{body};
    my ($light, $dark) = $sheet =~ /:root \{(.*?)\}/gs;
    my %light = $light =~ /--([\w-]+): (#\w{6});/g;
    my %schemes = (light => \%light, dark => { %light, $dark =~ /--([\w-]+): (#\w{6});/g });
    for my $name (sort keys %schemes) {
        my $c = $schemes{$name};
        for my $pair (map { my $on = $_; map { [$_, $on] } qw(ink faint link bad good) } qw(ground sheet mark)) {
            cmp_ok(contrast(@$c{@$pair}), '>=', 4.5, "$name: $pair->[0] on $pair->[1]");
        }
        cmp_ok(contrast(@$c{@$_}), '>=', 4.5, "$name: $_->[0] on $_->[1]") for ['act-ink', 'act'], ['ink', 'bad-ground'], ['ink', 'good-ground'];
        cmp_ok(contrast(@$c{@$_}), '>=', 3, "$name: $_->[0] on $_->[1]") for ['edge', 'sheet'], ['focus', 'sheet'], ['focus', 'ground'];
    }
    cmp_ok(contrast('#ffffff', $_), '>=', 4.5, "the label on $_") for $sheet =~ /--env: (#\w{6})/g;
};

# ---- Who may

subtest 'CON-021 without REMOTE_USER nobody gets anywhere' => sub {
    for my $route (@routes) {
        for my $user (undef, '') {
            is_status($console->run($console->environment($user, $route->{method}, $route->{path})), 403, "$route->{method} $route->{path}");
        }
    }
    is_status($console->get('stranger', '/'), 403, 'and whoever has no role neither');
    is_status($console->get('stranger', '/nowhere'), 403, 'who does not even learn which pages there are');
    is_status($console->get('x' x 300, '/'), 403, 'nor a name that is too long');
};

subtest 'CON-023 each route has a role, and is closed below it' => sub {
    my %rank = (viewer => 1, editor => 2, administrator => 3);
    for my $route (@routes) {
        ok($rank{ $route->{role} }, "$route->{method} $route->{path}: $route->{role}");
        next if $route->{role} eq 'viewer';
        my @below = ('vic', $route->{role} eq 'administrator' ? 'edith' : ());
        for my $user (@below) {
            my $answer = $route->{method} eq 'GET' ? $console->get($user, url_of($route)) : $console->post_body($user, $route->{path}, 'token=x');
            is_status($answer, 403, "$route->{method} $route->{path} is closed to $user");
            like($answer->{body}, qr/needs the role $route->{role}, and yours is .*Those who may:/, 'and says which role it takes, and who has it');
        }
    }
    like($console->get('vic', '/')->{body}, qr/<b>vic<\/b>, viewer/, 'the role stands on each page');
    unlike($console->get('vic', '/issuers/show?id=demo-idp')->{body}, qr/<form method="post"|\/edit/, 'a viewer is shown no buttons that change something');
};

subtest 'other methods' => sub {
    is_status($console->run($console->environment('root', 'DELETE', '/issuers')), 405, 'DELETE');
    my $answer = $console->run($console->environment('root', 'GET', '/clients/rotate'));
    is_status($answer, 405, 'a form is not got');
    is($answer->{header}{allow}, 'POST', 'and which method it takes is said');
    is_status($console->run($console->environment('root', undef, '/')), 405, 'no method at all');
    is_status($console->run($console->environment('root', 'HEAD', '/')), 200, 'HEAD is a GET');
};

# ---- Paths and words

subtest 'CGI-006 paths are those of the table' => sub {
    is_status($console->get('root', $_), 404, 'no page: ' . substr $_, 0, 60)
        for '/' . '../' x 4096, '/..%2f..%2fetc/passwd', '/issuers/', '//issuers', '/issuers/../clients', '/ISSUERS', "/issuers\n", '/issuers/show/x';
    is_status($console->run({ %{ $console->environment('root', 'GET', '/') }, PATH_INFO => undef }), 200, 'a missing one is the first page');
};

subtest 'CON-025 nothing of a file is read by a name' => sub {
    for my $bad ('../../etc/passwd', '/etc/passwd', '%2e%2e%2fetc/passwd', "..\\..\\etc") {
        my $e = Tokex::Console::encode($bad);
        for my $url ("/help?file=$e", "/help?q=$e", "/issuers/show?id=$e", "/style.css?v=$e", "/changes?noun=$e") {
            my $answer = $console->get('root', $url);
            unlike($answer->{body}, qr/root:x:0/, "$url shows no file");
        }
        is_status($console->get('root', "/issuers/show?id=$e"), 404, "no object $bad");
        is_status($console->get('root', "/help?file=$e"), 400, 'no such field');
    }
};

subtest 'words in argv' => sub {
    my $answer = $console->run($console->environment('root', 'GET', '/', 'a+b'), undef, 'a', 'b');
    is($answer->{status}, 400, 'are refused') or diag($answer->{said});
};

subtest 'CON-027 no page of ours sends anybody away' => sub {
    for my $bad ('//evil.example', '/\\evil', 'https:evil', '///evil', 'http:www.evil.example', 'javascript:alert(1)') {
        my $e = Tokex::Console::encode($bad);
        is_status($console->get('root', "/?next=$e"), 400, "no field for it: $bad");
        my $answer = $console->get('root', '/', SCRIPT_NAME => $bad);
        my @links = $answer->{body} =~ /(?:href|action)="([^"]*)"/g;
        is_deeply([grep { !m{^(?:/(?![/\\])|[?#])} } @links], [], "links stay here although the script is called $bad");
    }
};

# ---- Fields

subtest 'queries: fields that are not there, that stand twice, that are too long' => sub {
    for my $route (@gets) {
        my $url = url_of($route);
        my $and = $url =~ /\?/ ? '&' : '?';
        is_status($console->get('root', "$url${and}nothing=1"), 400, "$route->{path}: an unknown field");
        my ($first) = @{ $route->{fields} };
        next if !$first;
        my $name = $first->{name};
        is_status($console->get('root', "$route->{path}?$name=1&$name=2"), 400, "$route->{path}: $name twice");
        is_status($console->get('root', "$route->{path}?$name=" . '1' x ($first->{most} + 1)), 400, "$route->{path}: $name longer than it may be");
        is_status($console->get('root', "$route->{path}?$name=%00"), 400, "$route->{path}: $name with NUL");
        is_status($console->get('root', "$route->{path}?$name=%ff"), 400, "$route->{path}: $name that is no UTF-8");
        is_status($console->get('root', "$route->{path}?$name=%0a"), 400, "$route->{path}: $name with a line end");
        is_status($console->get('root', "$route->{path}?$name=%zz"), 400, "$route->{path}: $name with a broken escape");
    }
};

subtest 'forms: fields that are not there, that stand twice, that are too long' => sub {
    changes_nothing('unknown, repeated, long' => sub {
        for my $route (@posts) {
            my $token = 'token=' . Tokex::Console::encode($console->token('root'));
            is_status($console->post_body('root', $route->{path}, "$token&nothing=1"), 400, "$route->{path}: an unknown field");
            is_status($console->post_body('root', $route->{path}, "$token&$token"), 400, "$route->{path}: one twice");
            for my $field (grep { $_->{name} ne 'token' && $_->{most} < $route->{most} - 1024 } @{ $route->{fields} }) {
                is_status($console->post_body('root', $route->{path}, "$token&$field->{name}=" . '1' x ($field->{most} + 1)), 400, "$route->{path}: $field->{name} longer than it may be");
                is_status($console->post_body('root', $route->{path}, "$token&$field->{name}=x"), 400, "$route->{path}: $field->{name} that is no number") if $field->{digits};
            }
            is_status($console->post_body('root', $route->{path}, "$token&$_=1"), 400, "$route->{path}: no member $_")
                for $route->{noun} ? ('secrets', 'rules', 'sha256', 'introspection_sealed', 'conditions.0.claim', 'conditions.x.claim', 'conditions.1', 'keys.1.jwk.kty', 'scopes.') : ();
        }
    });
};

subtest 'CGI-001 CONTENT_LENGTH' => sub {
    my $body = Tokex::Console::encode_form(token => $console->token('root'), id => 'never', do => 'save');
    changes_nothing('lengths' => sub {
        for my $case ([undef, 400], ['', 400], ['-1', 400], ['2147483647', 413], ['18446744073709551616', 413], ['5x', 400], [' 5', 400], ['0', 400], ['65537', 413], ['+5', 400]) {
            is_status($console->post_body('root', '/scopes/new', $body, CONTENT_LENGTH => $case->[0]), $case->[1], 'length ' . ($case->[0] // 'missing'));
        }
    });
};

subtest 'CGI-002 a body of another length' => sub {
    my $body = Tokex::Console::encode_form(token => $console->token('root'), id => 'never', do => 'save');
    changes_nothing('lengths' => sub {
        is_status($console->post_body('root', '/scopes/new', $body, CONTENT_LENGTH => length($body) + 1), 400, 'shorter than it says');
        is_status($console->post_body('root', '/scopes/new', $body, CONTENT_LENGTH => length($body) - 1), 400, 'longer than it says');
    });
};

subtest 'CGI-005 headers of 8 KiB, a hundred of them' => sub {
    is_status($console->get('root', '/', map { ("HTTP_X_$_" => 'A' x 8192) } 1 .. 100), 200, 'are nothing to us');
    for my $name (qw(HTTP_ORIGIN HTTP_SEC_FETCH_SITE HTTP_USER_AGENT HTTP_COOKIE REMOTE_ADDR SERVER_NAME CONTENT_TYPE)) {
        ok($console->get('root', '/', $name => "\xff<>\"" x 20_000)->{exit} == 0, "$name of 80,000 octets");
    }
    is_status($console->get('root', '/', REMOTE_USER => "r\xf6t"), 403, 'a name that is no UTF-8 is nobody');
};

subtest 'CON-028 uploads' => sub {
    changes_nothing('uploads' => sub {
        is_status($console->post_body('root', '/issuers/new', 'x', CONTENT_LENGTH => 100 * 1024 * 1024), 413, '100 MiB are refused before they are read');
        is_status($console->post('root', '/issuers/new', do => 'save', id => 'up', name => 'Up', issuer => 'https://up.example', 'keys.1.any' => $_->[1]), 422, "$_->[0] is no key")
            for ['a ZIP', "PK\x03"  =~ s/\x03/3/r . 'A' x 2000], ['a private key', $ctl->export_text =~ /x/ ? "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n" : ''];
    });
};

# ---- Where forms come from

subtest 'CON-002, CON-003, CON-007: forms of others' => sub {
    changes_nothing('forms of others' => sub {
        for my $route (@posts) {
            my $good = Tokex::Console::encode_form(token => $console->token('root'));
            my $path = $route->{path};
            is_status($console->post_body('root', $path, ''), 403, "CON-002 $path: no token, no cookie");
            is_status($console->post_body('root', $path, 'token='), 403, "CON-002 $path: an empty one");
            is_status($console->post_body('root', $path, Tokex::Console::encode_form(token => $console->token('edith'))), 403, "CON-003 $path: that of another user");
            is_status($console->post_body('root', $path, $good =~ s/.{6}\z/AAAAAA/r), 403, "CON-003 $path: an altered one");
            is_status($console->post_body('root', $path, $good, HTTP_ORIGIN => 'https://evil.example', HTTP_SEC_FETCH_SITE => undef), 403, "$path: of another origin");
            is_status($console->post_body('root', $path, $good, HTTP_SEC_FETCH_SITE => 'cross-site'), 403, "$path: cross-site");
            is_status($console->post_body('root', $path, $good, HTTP_SEC_FETCH_SITE => 'same-site'), 403, "$path: of a neighbour");
            is_status($console->post_body('root', $path, $good, HTTP_ORIGIN => undef, HTTP_SEC_FETCH_SITE => undef), 403, "$path: from nowhere");
            is_status($console->post_body('root', $path, $good, HTTP_ORIGIN => 'null', HTTP_SEC_FETCH_SITE => undef), 403, "$path: of the origin null, with nothing else");
            is_status($console->post_body('root', $path, $good, CONTENT_TYPE => $_), 403, "CON-007 $path: " . ($_ // 'no type'))
                for 'text/plain', 'application/json', 'multipart/form-data; boundary=x', undef;
            is_status($console->post_body('root', $path, $good, QUERY_STRING => 'token=x'), 400, "$path: a query beside the form");
        }
    });
    my $own = Tokex::Console::encode_form(token => $console->token('root'), id => 'null.origin', do => 'save');
    is_status($console->post_body('root', '/scopes/new', $own, HTTP_ORIGIN => 'null'), 303, 'the origin null of a page without referrers, which the browser itself calls same-origin');
    $ctl->must(undef, 'scope', 'remove', 'null.origin');
};

subtest 'CON-004 tokens are of 128 random bits' => sub {
    my @tokens = map { $console->get('root', '/scopes/new')->{body} =~ /name="token" value="([^"]+)"/ } 1 .. 5;
    my %seen = map { $_ => 1 } @tokens;
    is(scalar(keys %seen), 5, 'each page has another one');
    cmp_ok(length $tokens[0], '>=', 60, 'sealed under the master key');
};

# ---- What is written

subtest 'a scope from its form to its list' => sub {
    my $answer = $console->post('edith', '/scopes/new', id => 'bills.read', description => 'See bills', do => 'save', reason => 'ticket 7');
    is_status($answer, 303, 'is saved');
    like($answer->{header}{location}, qr{\A/tokex-admin/scopes/show\?id=bills\.read&done=\d+\z}, 'and its page comes next');
    my ($number) = $answer->{header}{location} =~ /done=(\d+)/;
    my $page = $console->get('edith', "/scopes/show?id=bills.read&done=$number")->{body};
    like($page, qr/Saved as .*change $number.*Undo/s, 'which says so, and offers to take it back');
    my $history = $ctl->must(undef, 'history', '--limit', 1);
    like($history, qr/edith \(console, 192\.0\.2\.7\).*ticket 7/, 'CON-034 who, from where and why stand in the history');
    like($console->get('vic', '/scopes')->{body}, qr/>bills\.read</, 'and it stands in the list');
    is_status($console->post('edith', '/changes/restore', number => $number), 303, 'it is taken back');
    is_status($console->get('edith', '/scopes/show?id=bills.read'), 404, 'and gone');
};

subtest 'errors: a summary, words beside the field, values kept' => sub {
    my $answer = $console->post('edith', '/targets/new', id => 'a b', lifetime => 'soon', 'scopes.orders.read' => 'on', resources => "https://a.example\nnowhere", do => 'save');
    is_status($answer, 422, 'it is not saved');
    my $body = $answer->{body};
    is_whole($body, 'the page is whole');
    like($body, qr/<title>Error: /, 'the title says so');
    like($body, qr/There is a problem<\/h2><ul>.*<a href="#f-lifetime">/s, 'the summary links to the field');
    my @links = $body =~ /<li><a href="#([^"]+)">/g;
    is_deeply([grep { $body !~ /id="\Q$_\E"/ } @links], [], 'every link has its field') or diag("@links");
    like($body, qr/<p class="error" id="e-lifetime">.*whole number/, 'the words stand beside it');
    like($body, qr/<a href="#f-lifetime">Life of a token \(seconds\): /, 'the summary names the field as its label does');
    like($body, qr/aria-describedby="h-lifetime e-lifetime" aria-invalid="true"[^>]* value="soon"/, 'with its value');
    like($body, qr/name="scopes\.orders\.read" value="on" checked/, 'what was ticked is ticked');
    like($body, qr/https:\/\/a\.example\nnowhere/, 'lines are kept');
    like($console->post('edith', '/scopes/new', id => 'orders.read', do => 'save')->{body}, qr/href="#f-id">.*there is a scope with this id already/, 'an id that is taken');
};

subtest 'every field of every object comes back as it was' => sub {
    my $document = $ctl->export_document;
    for my $noun (sort keys %ID) {
        my ($route) = grep { $_->{noun} && $_->{noun} eq $noun && $_->{path} =~ m{/edit\z} && $_->{method} eq 'POST' } @routes;
        my @fields = fields_of($console->get('edith', "$route->{path}?id=" . Tokex::Console::encode($ID{$noun}))->{body});
        my $answer = $console->post('edith', $route->{path}, @fields, do => 'save');
        is_status($answer, 303, "$noun: its form, sent as it is") or diag($answer->{body} =~ /(<div class="summary.*?<\/div>)/s);
        like($answer->{header}{location} // '', qr/done=0\z/, "$noun: changes nothing");
    }
    is_deeply($ctl->export_document, $document, 'the configuration is the same');
    for my $path ('/clients/part?id=orders-api&place=1', '/mappings/part?id=demo-claims&place=2') {
        my @fields = fields_of($console->get('edith', $path)->{body});
        like($console->post('edith', $path =~ s/\?.*//r, @fields, do => 'save')->{header}{location} // '', qr/done=0\z/, "$path: neither do its elements");
    }
};

# Fields of which the later ones count.
sub with { my %fields = @_; return %fields }

# What a browser sends of the last form on a page, without its buttons and its token.
sub fields_of
{
    my ($body) = @_;
    my ($form) = $body =~ m{.*(<form method="post".*?</form>)}s;
    my @fields;
    while ($form =~ m{<(input|textarea|select)([^>]*)>(?:(?<=>)\n?(.*?)</(?:textarea|select)>)?}gs) {
        my ($tag, $attributes, $content) = ($1, $2, $3);
        if ($tag eq 'input') { pos($form) = $+[2] + 1 }
        my %a = $attributes =~ /(\w+)="([^"]*)"/g;
        next if !defined $a{name} || $a{name} eq 'token';
        next if ($a{type} // '') eq 'checkbox' && !$a{checked};
        my $value = $tag eq 'input' ? $a{value} // '' : $tag eq 'textarea' ? $content : $content =~ /<option value="([^"]*)" selected/ ? $1 : $content =~ /<option value="([^"]*)"/ ? $1 : '';
        $value =~ s/&quot;/"/g;
        $value =~ s/&#39;/'/g;
        $value =~ s/&lt;/</g;
        $value =~ s/&gt;/>/g;
        $value =~ s/&amp;/&/g;
        push @fields, $a{name}, $value =~ s/\n/\r\n/gr;
    }
    return @fields;
}

subtest 'CON-029 two people edit the same' => sub {
    my @first = fields_of($console->get('edith', '/targets/edit?id=orders')->{body});
    my %second = fields_of($console->get('adam', '/targets/edit?id=orders')->{body});
    is_status($console->post('adam', '/targets/edit', with(%second, name => 'Orders of Adam'), do => 'save'), 303, 'the first is saved');
    my $late = $console->post('edith', '/targets/edit', with(@first, lifetime => 240), do => 'save');
    is_status($late, 409, 'the second is not');
    like($late->{body}, qr/adam \(console.*changed this/s, 'and learns who was faster');
    like($late->{body}, qr/Orders of Adam.*value="240"/s, 'both versions are there, and the own one is not lost');
    my %again = fields_of($late->{body});
    is($again{lifetime}, 240, 'its form keeps what was written');
    is_status($console->post('edith', '/targets/edit', with(%again, name => 'Orders'), do => 'save'), 303, 'and saves it in the end');
};

subtest 'an id cannot be changed by hand' => sub {
    my %fields = fields_of($console->get('edith', '/targets/edit?id=orders')->{body});
    changes_nothing('another id' => sub {
        my $answer = $console->post('edith', '/targets/edit', with(%fields, id => 'other'), do => 'save');
        isnt($answer->{status}, 303, 'it is refused');
    });
};

subtest 'clients: secrets are shown once' => sub {
    my $answer = $console->post('edith', '/clients/new', id => 'billing', name => 'Billing', 'scopes.orders.read' => 'on', make_secret => 'on', do => 'save');
    is_status($answer, 200, 'made');
    my ($secret) = $answer->{body} =~ /<code class="secret">([\w-]{43})</;
    ok($secret, 'its secret is shown');
    unlike($console->get('root', $_)->{body}, qr/\Q$secret\E|[0-9a-f]{64}/, "and never again: $_") for '/clients/show?id=billing', '/clients/edit?id=billing', '/changes/show?number=' . generation(), '/clients';
    my %rotate = fields_of($console->get('edith', '/clients/secret?id=billing')->{body});
    $answer = $console->post('edith', '/clients/rotate', with(%rotate, days => 3));
    my ($second) = $answer->{body} =~ /<code class="secret">([\w-]{43})</;
    ok($second && $second ne $secret, 'rotated to another one');
    my @secrets = @{ unjson($ctl->must(undef, 'client', 'show', 'billing', '--json'))->{secrets} };
    is_deeply([map { $_->{id} } @secrets], [qw(s1 s2)], 'two are good');
    cmp_ok(abs($secrets[0]{expires} - time - 3 * 86400), '<', 60, 'the old one for three days');
    is_status($console->post('edith', '/clients/rotate', with(%rotate, days => 3)), 409, 'not a third one');
    my %remove = fields_of($console->get('edith', '/clients/secret?id=billing&secret=s1')->{body});
    is_status($console->post('edith', '/clients/secret', %remove), 303, 'the old one is taken away');
    is_status($console->get('edith', '/clients/secret?id=billing&secret=s1'), 404, 'and gone');
};

subtest 'rules: made, moved, removed' => sub {
    my @rule = ('of' => 'billing', place => 0, 'issuers.demo-idp' => 'on', 'targets.orders' => 'on', enabled => 'on', impersonation => 'on', scope_mode => 'narrow', do => 'save');
    my $revision = sub { return unjson($ctl->must(undef, 'client', 'show', 'billing', '--json'))->{revision} };
    is_status($console->post('edith', '/clients/part', @rule, id => $_, revision => $revision->()), 303, "rule $_") for qw(one two);
    my $rules = sub { return join ' ', map { $_->{id} } @{ unjson($ctl->must(undef, 'client', 'show', 'billing', '--json'))->{rules} } };
    is($rules->(), 'one two', 'they stand in order');
    is_status($console->post('edith', '/clients/order', id => 'billing', place => 2, do => 'up', revision => $revision->()), 303, 'up');
    is($rules->(), 'two one', 'moved');
    is_status($console->post('edith', '/clients/order', id => 'billing', place => 1, do => 'up', revision => $revision->()), 409, 'not above the first');
    is_status($console->post('edith', '/clients/order', id => 'billing', place => 1, do => 'remove', revision => $revision->()), 303, 'out');
    is($rules->(), 'one', 'removed');
    my $answer = $console->post('edith', '/clients/part', @rule, id => 'three', 'conditions.1.claim' => 'groups', 'conditions.1.test' => 'is', 'conditions.1.values' => 'staff', 'conditions.3.claim' => 'a..b',
        'conditions.3.test' => 'is', 'conditions.3.values' => 'x', revision => $revision->());
    is_status($answer, 422, 'a condition with a fault');
    like($answer->{body}, qr/<a href="#f-conditions\.2\.claim">/, 'the summary links to its row, with empty rows closed up');
    is_whole($answer->{body}, 'the page is whole');
    $answer = $console->post('edith', '/clients/part', @rule[0 .. $#rule - 1], 'more:conditions', id => 'three', revision => $revision->());
    is_status($answer, 200, 'more empty rows');
    like($answer->{body}, qr/name="conditions\.4\.claim"/, 'are there, and nothing was saved');
    is($rules->(), 'one', 'indeed');
};

subtest 'off, on, delete' => sub {
    my $client = sub { return unjson($ctl->must(undef, 'client', 'show', 'billing', '--json')) };
    is_status($console->post('edith', '/clients/switch', id => 'billing', on => 'no', revision => $client->()->{revision}), 303, 'switched off');
    ok(!$client->()->{enabled}, 'it is off');
    is_status($console->post('edith', '/clients/switch', id => 'billing', on => 'yes', revision => 1), 409, 'a late one is not made');
    like($console->get('edith', '/targets/delete?id=orders')->{body}, qr/Disable instead.*It cannot go yet:.*client/s, 'what others refer to does not go, and the page says who');
    my %fields = fields_of($console->get('edith', '/clients/delete?id=billing')->{body});
    is_status($console->post('edith', '/clients/delete', with(%fields, confirm => 'Billing')), 422, 'the id must be written');
    is_status($console->post('edith', '/clients/delete', with(%fields, confirm => 'billing', reason => 'over')), 303, 'deleted');
    is_status($console->get('edith', '/clients/show?id=billing'), 404, 'gone');
    is_status($console->post('edith', '/changes/restore', number => generation()), 303, 'and had back from the history');
    is($client->()->{name}, 'Billing', 'as it was');
};

# ---- What is shown

my $EVIL = q{<img src=x onerror=alert(1)>"'&};

subtest 'CON-008, CON-010: markup in values is text' => sub {
    is_status($console->post('edith', '/issuers/new', id => 'evil', name => $EVIL, issuer => 'https://evil.example', jwks_urls => 'https://evil.example/jwks', audiences => $EVIL, enabled => 'on',
            'token_types.jwt' => 'on', 'algorithms.ES256' => 'on', default_machine_marks => 'on', do => 'save', reason => $EVIL), 303, 'such a name is saved');
    for my $url ('/issuers', '/issuers?q=' . Tokex::Console::encode($EVIL), '/issuers/show?id=evil', '/issuers/edit?id=evil', '/changes', '/changes/show?number=' . generation(), '/issuers/delete?id=evil') {
        my $body = $console->get('root', $url)->{body};
        is_whole($body, "$url is whole");
        unlike($body, qr/<img/, "CON-008 $url has no such element");
        like($body, qr/&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;/, "CON-010 $url shows the text") if $url !~ /delete/;
    }
    my $page = $console->get($EVIL, '/');
    is_status($page, 403, 'nor does a user of that name');
};

subtest 'CON-011 addresses that are none' => sub {
    for my $field (qw(issuer jwks_urls metadata_url introspection_url userinfo_url)) {
        for my $bad ('javascript:alert(1)', 'http://evil.example/', 'data:text/html,x', '//evil.example') {
            my $answer = $console->post('edith', '/issuers/edit', was => 'evil', id => 'evil', name => 'Evil', issuer => 'https://evil.example', revision => unjson($ctl->must(undef, 'issuer', 'show', 'evil', '--json'))->{revision},
                'token_types.jwt' => 'on', 'algorithms.ES256' => 'on', introspection_client_id => 'us', introspection_secret => 'x', $field => $bad, do => 'save') if $field ne 'issuer';
            $answer = $console->post('edith', '/issuers/new', id => 'bad', name => 'Bad', issuer => $bad, do => 'save') if $field eq 'issuer';
            is_status($answer, 422, "$field: $bad is refused");
            unlike($answer->{body}, qr/href="(?:javascript|data)/, 'and no link');
        }
    }
    unlike($console->get('root', '/issuers/show?id=evil')->{body}, qr/href="https?:/, 'what is shown links to nothing outside');
};

subtest 'CON-012 SQL in values' => sub {
    my $name = q{x'); DROP TABLE issuers;--};
    is_status($console->post('edith', '/scopes/new', id => 'sql', description => $name, do => 'save'), 303, 'is saved');
    is(unjson($ctl->must(undef, 'scope', 'show', 'sql', '--json'))->{description}, $name, 'as it is');
    like($console->get('root', '/scopes?q=' . Tokex::Console::encode($name))->{body}, qr/>sql</, 'and found by it');
    is_status($console->get('root', '/issuers'), 200, 'the others are still there');
};

subtest 'CON-013 order and pages are of a list' => sub {
    is_status($console->get('root', "/scopes?sort=$_"), 400, "sort=$_") for 'rowid', 'id;--', '1', 'id%20desc', '--id', 'secret_since';
    is_status($console->get('root', "/scopes?$_"), 400, $_) for 'per=1', 'per=1000000', 'page=0', 'page=99999999', 'status=maybe';
    is_status($console->get('root', "/scopes?sort=$_"), 200, "sort=$_") for 'id', '-id', 'description', '-clients';
};

subtest 'CON-014 per cent and underscore are characters' => sub {
    $ctl->must(undef, 'scope', 'add', 'per.cent', 'description=100% of_it');
    my $found = sub { return join ' ', $console->get('root', '/scopes?q=' . Tokex::Console::encode($_[0]))->{body} =~ m{scopes/show\?id=([^"]+)"}g };
    is($found->('%'), 'per.cent', '%');
    is($found->('f_i'), 'per.cent', '_');
    is($found->('o%e'), '', 'no wild card');
    is($found->('f.i'), '', 'no expression');
};

subtest 'lists: search, order, pages in the URL' => sub {
    $ctl->must(undef, 'scope', 'add', sprintf('s.%02d', $_), "description=Thing $_") for 1 .. 30;
    my $body = $console->get('root', '/scopes?q=thing&sort=-id')->{body};
    like($body, qr/1–25 of 30/, 'how many there are');
    like($body, qr{rel="next" href="/tokex-admin/scopes\?q=thing&amp;sort=-id&amp;page=2"}, 'the next page keeps search and order');
    like($body, qr{aria-sort="descending"><a href="/tokex-admin/scopes\?q=thing&amp;sort=id"}, 'a heading turns the order round');
    like($console->get('root', '/scopes?q=thing&sort=-id&page=2')->{body}, qr/26–30 of 30.*/, 'the last page');
    like($console->get('root', '/scopes?q=nowhere')->{body}, qr/None of the \d+ is like that/, 'nothing found');
};

# ---- What was decided

sub sql { my ($text) = @_; my $said = qx(sqlite3 "$home/main/tokex/state/state.db" "$text" 2>&1); $? == 0 or die $said; return }

# A row as the module writes one.
sub record
{
    my ($number, $ago, $outcome, $code, $steps) = @_;
    my $time = int(time) - $ago;
    $steps =~ s/"/\\"/g;
    return sql(sprintf q{INSERT INTO activity (number, time, receipt, server, location, client, issuer, subject, actor, rule, targets, scope_asked, scope_granted, outcome, code, reason, remembered, latency_us, steps)
        VALUES (%d, %d, 'receipt%09d', 'sts.example:443', '', 'orders-api', 'demo-idp', '<b>mira', '', 'partner', 'orders', 'orders.read', '', '%s', '%s', 'the token is for somebody else', 0, 123, '%s')},
        $number, $time, $number, $outcome, $code, $steps);
}

subtest 'activity, receipts and charts' => sub {
    like($console->get('vic', '/activity')->{body}, qr/No such decision is recorded/, 'nothing so far');
    my $steps = json([{ step => 'issuer', passed => JSON::PP::true, object => 'issuer', id => 'demo-idp' }, { step => 'audience', passed => JSON::PP::false, code => 'audience', object => 'issuer', id => 'demo-idp', field => 'audiences' }]);
    record(1, 7200, 'granted', '', $steps);
    record(2, 60, 'refused', 'aud_wrong', $steps);
    record(3, 30, 'refused', 'aud_wrong', $steps);
    record(4, 3 * 86400, 'refused', 'expired', $steps);
    my $shown = sub { return join ' ', $console->get('vic', "/activity?$_[0]")->{body} =~ m{receipt\?id=receipt0+(\d+)"}g };
    is($shown->(''), '4 3 2 1', 'the last first');
    is($shown->('outcome=refused&since=1h'), '3 2', 'filters');
    is($shown->('code=expired'), '4', 'by code');
    is($shown->('client=orders-api&issuer=demo-idp&target=orders&outcome=granted'), '1', 'by client, issuer, target');
    is($shown->('subject=nobody'), '', 'by subject');
    is_status($console->get('vic', "/activity?$_"), 400, "no filter $_") for 'since=2h', 'outcome=maybe', 'code=nothing';
    my $receipt = $console->get('vic', '/activity/receipt?id=receipt000000002');
    is_status($receipt, 200, 'a receipt');
    is_whole($receipt->{body}, 'is whole');
    like($receipt->{body}, qr/Refused: .*What to do:.*issuers\/show\?id=demo-idp">issuer demo-idp<\/a> <code>audiences<\/code>.*the token is for somebody else/s, 'says what it means, what to do, and which setting decided');
    unlike($receipt->{body}, qr/<b>mira/, 'what came from outside is text');
    is_status($console->get('vic', "/activity/receipt?id=$_"), 404, "no receipt $_") for 'receipt000000009', '', 'x' x 200;
    my $overview = $console->get('vic', '/')->{body};
    is_whole($overview, 'the overview with its charts');
    like($overview, qr/<svg[^>]*role="img".*<title.*<desc.*bar-good.*bar-bad.*The same as numbers.*<table>/s, 'a picture, and the same as numbers');
    like($overview, qr/since=24h&amp;code=aud_wrong"><code>aud_wrong<\/code><\/a>.*<b>2<\/b>/s, 'reasons lead to what they were of');
    unlike($overview, qr/expired/, 'of a day');
};

subtest 'try an exchange' => sub {
    $ctl->must(undef, 'demo', 'token', "$home/demo");
    my $file = "$home/demo/subject.jwt";
    my $token = Tokex::Jose::slurp($file) =~ s/\s+//gr;
    my %request = (client => 'orders-api', subject_token => "\r\n$token\r\n", subject_token_type => 'access_token', audience => 'orders', scope => 'orders.read');
    changes_nothing('trying' => sub {
        my $answer = $console->post('vic', '/try', %request);
        is_status($answer, 200, 'a viewer may');
        is_whole($answer->{body}, 'is whole');
        my @said = $ctl->run(undef, 'try', '--client', 'orders-api', '--subject-token', $file, '--audience', 'orders', '--scope', 'orders.read', '--json');
        my $report = unjson($said[1]);
        is($report->{verdict}, 'granted', 'tokexctl says it is granted');
        my $sentence = $report->{sentence} =~ s/"/&quot;/gr;
        like($answer->{body}, qr/<p class="verdict granted" role="status">\Q$sentence\E</, 'the page has the same verdict in the same words');
        my %steps = $answer->{body} =~ m{<tr><td class="number">\d+</td><th scope="row">([^<]+)</th><td><span class="status \w+">([^<]+)<}g;
        my %expected = map { $_->{step} // $_->{name} => $_->{state} // $_->{result} } @{ $report->{steps} };
        is_deeply(\%steps, \%expected, 'and the same steps');
        like($answer->{body}, qr/The token as it would be issued.*partner_oid/s, 'and shows the token to come');
        my $signature = (split /\./, $token)[2];
        unlike($answer->{body} =~ s/<textarea.*?<\/textarea>//gsr, qr/\Q$signature\E/, 'no signature is shown but in the field that it was pasted into');
    });
    my $refused = $console->post('vic', '/try', %request{qw(client subject_token subject_token_type)}, audience => 'nowhere');
    is_status($refused, 200, 'a refusal is an answer too');
    like($refused->{body}, qr/<p class="verdict refused".*What to do:/s, 'with what to do');
    is_status($console->post('vic', '/try', %request{qw(client)}, subject_token => 'x' x 70_000), 400, 'a token that is too long');
    like($console->post('vic', '/try', client => 'nobody', subject_token => $EVIL)->{body}, qr/verdict refused/, 'nonsense is refused');
    like($console->get('vic', '/try?client=orders-api')->{body}, qr/<option value="orders-api" selected/, 'a client is chosen already by its page');
    unlike($console->get('vic', '/try')->{body}, qr/eyJ/, 'no token is ever in an address');
};

subtest 'settings' => sub {
    like($console->get('vic', '/settings')->{body}, qr/administrator<\/dt><dd>root adam.*No server has started/s, 'roles, and what servers said');
};

subtest 'import and export' => sub {
    my $export = $console->get('vic', '/transfer/export');
    is_status($export, 200, 'export');
    is($export->{body}, $ctl->export_text, 'is what tokexctl exports');
    is($export->{header}{'content-type'}, 'application/json', 'as JSON');
    like($export->{header}{'content-disposition'}, qr/attachment/, 'to be kept');
    my $document = unjson($export->{body});
    $_->{description} = 'Imported' for grep { $_->{id} eq 'orders.read' } @{ $document->{scopes} };
    is_status($console->post('edith', '/transfer/import', document => json($document), do => 'dry'), 403, 'import is an administrator\'s');
    changes_nothing('a look' => sub {
        my $answer = $console->post('adam', '/transfer/import', document => json($document), do => 'dry');
        is_status($answer, 200, 'a look at what would change');
        is_whole($answer->{body}, 'is whole');
        like($answer->{body}, qr/Changed scope orders\.read.*See orders.*Imported/s, 'object by object');
    });
    changes_nothing('faults' => sub {
        is_status($console->post('adam', '/transfer/import', document => $_, do => 'apply'), 422, 'refused: ' . substr $_, 0, 20)
            for '', '{', '[]', '{"schema":1,"scopes":[{"id":"a b"}]}', '{"schema":1,"scopes":[{"id":"a"},{"id":"a"}]}';
    });
    is_status($console->post('adam', '/transfer/import', document => json($document), do => 'apply', reason => 'from the other server'), 303, 'and in');
    like($ctl->must(undef, 'scope', 'show', 'orders.read'), qr/Imported/, 'it is there');
    like($ctl->must(undef, 'history', '--limit', 1), qr/adam.*from the other server/, 'with who and why');
};

# ---- The process

subtest 'configuration' => sub {
    my $usual = $console->usual;
    my $one = sub {
        my ($text, $like, $name) = @_;
        $console->configure($text);
        my $answer = $console->get('root', '/');
        is($answer->{status}, 500, "$name: nothing is served");
        unlike($answer->{body}, qr/\Q$home\E/, 'and no path is told');
        like($answer->{log}, $like, 'the log says why');
    };
    $one->($usual . "colour pink\n", qr/line 9: colour is/, 'a value that is none');
    $one->($usual . "speed 7\n", qr/line 9: the word is none of/, 'a word that is none');
    $one->($usual . "label\n", qr/line 9: a word stands without its value/, 'a word alone');
    $one->($usual =~ s/^origin.*\n//mr, qr/origin is missing/, 'no origin');
    $one->($usual =~ s{^origin .*}{origin $_}mr, qr/line 3: origin is https/, "origin $_") for 'https://a.example/', 'a.example', 'ftp://a', 'https://', 'https://A.example';
    $one->($usual =~ s/^directory .*/directory tokex/mr, qr/line 2: write the whole path/, 'half a path');
    $one->($usual =~ s/^directory .*/directory $home\/none/mr, qr/db_open|file|none/, 'a directory without databases');
    ok(!-e "$home/none", 'no database is made there');
    $console->configure($usual);
    chmod 0664, $console->conf_path;
    like($console->get('root', '/')->{log}, qr/others than its owner may write it/, 'a file that others may write is not believed');
    chmod 0644, $console->conf_path;
    $console->configure($usual . "viewer *\n");
    is_status($console->get('anybody', '/'), 200, '* gives everybody a role');
    is_status($console->get('anybody', '/scopes/new'), 403, 'that one, and no higher');
    $console->configure($usual);
};

subtest 'CGI-013 umask 000' => sub {
    local $console->{umask} = 0;
    is_status($console->post('edith', '/scopes/new', id => 'mask', do => 'save'), 303, 'a change is made');
    my $mode = sub { return sprintf '%04o', (stat $_[0])[2] & 07777 };
    is($mode->("$home/main/tokex/config/config.db"), '0640', 'config.db');
    is($mode->("$home/main/tokex/state/state.db"), '0660', 'state.db');
    is_deeply([grep { (stat $_)[2] & 07 } glob "$home/main/tokex/{config,state}/*"], [], 'nothing is for the world');
};

subtest 'GET opens the databases read-only' => sub {
    my @files = glob "$home/main/tokex/config/*";
    my %before = map { $_ => (stat $_)[9] } @files;
    chmod 0555, "$home/main/tokex/config";
    is_status($console->get('root', '/issuers'), 200, 'a list') if $> != 0;
    is_status($console->get('root', '/issuers'), 200, 'a list');
    chmod 0750, "$home/main/tokex/config";
    is_deeply({ map { $_ => (stat $_)[9] } glob "$home/main/tokex/config/*" }, \%before, 'nothing is written');
};

subtest 'CGI-018 a locale with a comma' => sub {
    is_status($console->get('root', '/issuers/show?id=demo-idp', LC_ALL => 'de_DE.UTF-8', LANG => 'de_DE.UTF-8'), 200, 'a page');
    is_status($console->post('edith', '/targets/edit', fields_of($console->get('edith', '/targets/edit?id=orders')->{body}), do => 'save'), 303, 'and a form');
};

subtest 'a database that is gone or held' => sub {
    rename "$home/main/tokex/config/config.db", "$home/config.away" or die $!;
    my $answer = $console->get('root', '/issuers');
    is_status($answer, 500, 'gone');
    unlike($answer->{body}, qr/\Q$home\E|config\.db/, 'no detail on the page');
    my ($reference) = $answer->{body} =~ /Reference: <code>([\w-]+)</;
    like($answer->{log}, qr/\[\Q$reference\E\] db_open: .*config\.db/, 'but in the log under the reference of the page');
    ok(!-e "$home/main/tokex/config/config.db", 'and none is made in its place');
    rename "$home/config.away", "$home/main/tokex/config/config.db" or die $!;
};

# ---- 10,000 clients

subtest 'a list of 10,000 clients' => sub {
    my $big = Tokex::Console->new(dir => "$home/big", sanitized => 0);
    $big->ctl->init;
    my $document = { schema => 1, scopes => [{ id => 's' }], targets => [{ id => 't', name => 'T', audience => 'https://t.example', scopes => ['s'] }],
        issuers => [{ id => 'i', name => 'I', issuer => 'https://i.example', jwks_urls => ['https://i.example/jwks'] }],
        clients => [map { { id => "client-$_", name => "Client number $_", scopes => ['s'], rules => [{ id => 'r', issuers => ['i'], targets => ['t'] }] } } 1 .. 10_000] };
    $big->ctl->import_document($document);
    my @times;
    for my $url (map { ("/clients?page=$_", "/clients?q=number+77&sort=-name&page=$_") } 1 .. 5) {
        my @before = times;
        my $answer = $big->get('root', $url);
        my @after = times;
        push @times, $after[2] + $after[3] - $before[2] - $before[3];
        is_status($answer, 200, $url);
        cmp_ok(length $answer->{body}, '<=', 60 * 1024, 'is no large page: ' . length $answer->{body});
    }
    my ($best) = sort { $a <=> $b } @times;
    cmp_ok($best, '<', 0.2, sprintf 'takes %.0f ms of processor time at best', $best * 1000);
    is_status($big->get('root', '/clients/show?id=client-5000'), 200, 'one of them');
    like($big->get('root', '/')->{body}, qr/10,000/, 'the overview counts them');
};
done_testing();
