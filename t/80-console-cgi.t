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
use Tokex::Console qw(fields_of with);
use Tokex::Guarded qw(is_status is_unchanged_by is_whole gets with_headers without_user with_odd_queries with_odd_forms with_forms_of_others);
use Tokex::Jose qw(json unjson);
use Tokex::Scale;

my $home = tempdir(CLEANUP => 1);
my $console = Tokex::Console->new(dir => "$home/main");
my $ctl = $console->ctl;
$ctl->init;
$ctl->must(undef, 'demo', "$home/demo", 'https://sts.example/sts');
$ctl->must(undef, qw(account add mira));
$ctl->must(undef, qw(link add demo-idp s-1 mira));
my $mira = unjson($ctl->must(undef, qw(account show mira --json)))->{id};
# Without Lua there can be none to look at.
my @routes = grep { $ENV{TOKEX_LUA} || ($_->{noun} // '') ne 'procedure' } Tokex::Console::routes();
$ctl->must(undef, qw(procedure add event name=Events), "source=function exchange(r)\n    return tokex.OK\nend") if $ENV{TOKEX_LUA};

sub generation { return $ctl->must(undef, 'history', '--limit', 1) =~ /^\s*(\d+)/m ? $1 : 0 }

sub changes_nothing { return is_unchanged_by($ctl, @_) }

my %ID = (issuer => 'demo-idp', client => 'orders-api', target => 'orders', scope => 'orders.read', mapping => 'demo-claims',
    procedure => 'event');

# A query with which a GET route has something to show.
sub url_of
{
    my ($route) = @_;
    my %names = map { $_->{name} => 1 } @{ $route->{fields} };
    my @query;
    my $id = $route->{path} =~ m{^/accounts/} ? $mira : $ID{ $route->{noun} // 'client' };
    push @query, 'id=' . Tokex::Console::encode($id) if $names{id} && $route->{path} ne '/changes';
    push @query, 'issuer=demo-idp&sub=s-1' if $route->{path} eq '/links/delete';
    push @query, 'number=1' if $names{number};
    push @query, 'place=1' if $names{place};
    return $route->{path} . (@query ? '?' . join('&', @query) : '');
}

# What is refused before a page sees it is refused by the same code for each: without the sanitizers, for there are many.
my $plain = Tokex::Console->new(dir => "$home/plain", ctl => $ctl, sanitized => 0, conf => $console->usual);
my %all = (console => $plain, routes => \@routes, url => \&url_of, user => 'root', other => 'edith');
my @gets = gets(\%all);
my @pages = grep { $_->{path} !~ m{\.\w+\z|^/(?:transfer/export|activity/receipt)\z} } @gets;

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

subtest 'CON-016 headers of every page, of refusals too' => sub { with_headers(\%all) };

subtest 'the style sheet' => sub {
    my ($v) = $console->get('root', '/')->{body} =~ m{/style\.css\?v=([0-9a-f]+)"};
    my $sheet = $console->get('root', "/style.css?v=$v");
    like($sheet->{header}{'cache-control'}, qr/immutable/, 'is kept under the name that has its version');
    is($console->get('root', '/style.css?v=0')->{header}{'cache-control'}, 'no-store', 'and under no other');
    cmp_ok(length $sheet->{body}, '<=', 16 * 1024, 'is small: ' . length $sheet->{body});
    unlike($sheet->{body}, qr/url\(|\@import/, 'and asks for nothing else');
    my %sizes = map { $_ => 1 } $sheet->{body} =~ /font(?:-size)?:\s*(var\(--s\d\))/g;
    is(scalar(keys %sizes), 5, 'five sizes of type');
    my ($address) = $console->get('root', '/')->{body} =~ m{src="/tokex-admin(/script\.js\?v=[0-9a-f]+)"};
    my $script = $console->get('root', $address);
    like($script->{header}{'cache-control'}, qr/immutable/, 'the script is kept in the same way');
    cmp_ok(length $script->{body}, '<=', 6 * 1024, 'and is smaller: ' . length $script->{body});
    unlike($script->{body}, qr/innerHTML|eval|Function|document\.write|fetch|XMLHttp/, 'makes no markup of text and asks nobody');
};

subtest 'how pages are shown stands in a cookie, and nowhere else' => sub {
    my $kept = $console->post('vic', '/display', scheme => 'dark');
    is_status($kept, 303, 'a viewer may choose');
    my $cookie = $kept->{header}{'set-cookie'} // '';
    is($cookie, 'tokex-display=dark.off; Path=/tokex-admin; Max-Age=31536000; HttpOnly; SameSite=Strict; Secure', 'the cookie');
    like($console->get('vic', '/', HTTP_COOKIE => "a=b; $cookie")->{body}, qr/<html lang="en" data-scheme="dark">.*<body data-keys="off">/s, 'is followed');
    for my $bad ('', 'x', 'tokex-display=', 'tokex-display=blue.on', 'tokex-display=dark', 'tokex-display=dark.on"><script>', 'xtokex-display=dark.off', "\xff" x 9000) {
        like($console->get('vic', '/', HTTP_COOKIE => $bad)->{body}, qr/<html lang="en">.*<body data-keys="on">/s, 'and anything else is nothing: ' . substr $bad, 0, 30);
    }
    is_status($console->post('vic', '/display', scheme => 'blue'), 400, 'no other colours');
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
    my %pairs = map { /^--([\w-]+):light-dark\((#\w{6}),(#\w{6})\);$/ ? ($1 => [$2, $3]) : () } split /\n/, $sheet;
    cmp_ok(scalar(keys %pairs), '>=', 14, 'the colours are found');
    unlike($sheet =~ s/^--\w[\w-]*:.*$//mgr =~ s/--env:#\w{6}//gr =~ s/\.label\{[^}]*\}//r, qr/#[0-9a-f]{6}\b/, 'and there are no others');
    for my $scheme (0, 1) {
        my $name = (qw(light dark))[$scheme];
        my %c = map { $_ => $pairs{$_}[$scheme] } keys %pairs;
        for my $pair (map { my $on = $_; map { [$_, $on] } qw(ink faint link bad good) } qw(ground sheet mark)) {
            cmp_ok(contrast(@c{@$pair}), '>=', 4.5, "$name: $pair->[0] on $pair->[1]");
        }
        cmp_ok(contrast(@c{@$_}), '>=', 4.5, "$name: $_->[0] on $_->[1]")
            for ['act-ink', 'act'], ['act', 'sheet'], ['act', 'ground'], ['good', 'good-ground'], ['bad', 'bad-ground'], map { my $on = $_; map { [$_, $on] } qw(ink faint link) } qw(bad-ground good-ground);
        cmp_ok(contrast(@c{@$_}), '>=', 3, "$name: $_->[0] on $_->[1]") for ['edge', 'sheet'], ['edge', 'ground'], ['focus', 'sheet'], ['focus', 'ground'];
    }
    cmp_ok(contrast('#ffffff', $_), '>=', 4.5, "the label on $_") for $sheet =~ /--env:(#\w{6})/g;
};

subtest 'the grid' => sub {
    my $sheet = $console->get('root', '/style.css')->{body};
    my @off;
    while ($sheet =~ /\b((?:margin|padding|gap|top|bottom)[\w-]*):([^;}]+)/g) {
        my ($what, $room) = ($1, $2);
        push @off, "$what: $room" if grep { $_ > 3 && $_ % 4 } $room =~ /(\d+)px/g;
    }
    is_deeply(\@off, [], 'room between things is a multiple of 4 px');
    my %sizes = map { $_ => 1 } $sheet =~ /font(?:-size)?:([^;}]*?)(?=\/|;|\}|$)/gm;
    is_deeply([sort grep { !/var\(--s\d\)|inherit/ } keys %sizes], [], 'every size of type is one of the five');
};

# ---- Who may

subtest 'CON-021 without REMOTE_USER nobody gets anywhere' => sub {
    without_user(\%all);
    is_status($console->get('stranger', '/'), 403, 'and whoever has no role neither');
    is_status($console->get('stranger', '/nowhere'), 403, 'who does not even learn which pages there are');
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

subtest 'queries: fields that are not there, that stand twice, that are too long' => sub { with_odd_queries(\%all) };

subtest 'forms: fields that are not there, that stand twice, that are too long' => sub {
    changes_nothing('unknown, repeated, long' => sub { with_odd_forms(\%all) });
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
    changes_nothing('forms of others' => sub { with_forms_of_others(\%all, none => 'CON-002', other => 'CON-003', type => 'CON-007') });
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
    for my $noun (grep { $_ ne 'procedure' || $ENV{TOKEX_LUA} } sort keys %ID) {
        my ($route) = grep { $_->{noun} && $_->{noun} eq $noun && $_->{path} =~ m{/edit\z} && $_->{method} eq 'POST' } @routes;
        my @fields = fields_of($console->get('root', "$route->{path}?id=" . Tokex::Console::encode($ID{$noun}))->{body});
        my $answer = $console->post('root', $route->{path}, @fields, do => 'save');
        is_status($answer, 303, "$noun: its form, sent as it is") or diag($answer->{body} =~ /(<div class="summary.*?<\/div>)/s);
        like($answer->{header}{location} // '', qr/done=0\z/, "$noun: changes nothing");
    }
    is_deeply($ctl->export_document, $document, 'the configuration is the same');
    for my $path ('/clients/part?id=orders-api&place=1', '/mappings/part?id=demo-claims&place=2') {
        my @fields = fields_of($console->get('edith', $path)->{body});
        like($console->post('edith', $path =~ s/\?.*//r, @fields, do => 'save')->{header}{location} // '', qr/done=0\z/, "$path: neither do its elements");
    }
};

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
    is_status($console->get('vic', "/activity?$_->[0]"), $_->[1], "no filter $_->[0]") for ['since=2h', 400], ['outcome=maybe', 400], ['code=nothing', 422];
    my $receipt = $console->get('vic', '/activity/receipt?id=receipt000000002');
    is_status($receipt, 200, 'a receipt');
    is_whole($receipt->{body}, 'is whole');
    like($receipt->{body}, qr/Refused: .*What to do:.*the token is for somebody else.*issuers\/show\?id=demo-idp">issuer demo-idp<\/a> <code>audiences<\/code>/s, 'says what it means, what to do, and which setting decided');
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
        my @steps = $answer->{body} =~ m{<li><span class="status \w+">([^<]+)</span><div><p><b>\d+\. ([^<]+)</b>}g;
        my %steps;
        while (my ($state, $step) = splice @steps, 0, 2) { $steps{$step} = $state }
        my %expected = map { $_->{step} // $_->{name} => $_->{state} // $_->{result} } @{ $report->{steps} };
        is_deeply(\%steps, \%expected, 'and the same steps');
        like($answer->{body}, qr{<a href="[^"]*/clients/show\?id=orders-api">rule \w+ of client orders-api</a>}, 'a setting of a rule leads to its client');
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
    $one->($usual . "logout $_\n", qr/line 9: logout is a path of this server/, "logout $_") for 'https://evil.example/', '//evil.example', '/\\evil.example', 'out', '/a b', '/"';
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
    unlike($console->get('root', '/')->{body}, qr/Log out/, 'there is nothing to log out with');
    $console->configure($usual . "logout /login/out?to=%2Fby\n");
    like($console->get($_, '/')->{body}, qr{<a class="logout" href="/login/out\?to=%2Fby">Log out</a>}, "where there is, $_ can") for 'root', 'nobody';
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
