#!/usr/bin/perl
# The console's pages of procedures: who may change them, what is wrong with them by line, and how one is tried before
# it is saved. As plain CGI.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use JSON::PP ();
use Test::More;
use Tokex::Console qw(fields_of with);
use Tokex::Guarded qw(is_status is_unchanged_by page_of);
use Tokex::Jose;
use Tokex::Tree;

Tokex::Tree::export_environment();
plan skip_all => 'this build has no Lua' if !$ENV{TOKEX_LUA};

my $home = tempdir(CLEANUP => 1);
my $console = Tokex::Console->new(dir => "$home/main");
my $ctl = $console->ctl;
$ctl->init;
$ctl->must(undef, 'demo', "$home/demo", 'https://sts.example/sts');
$ctl->must(undef, 'demo', 'token', "$home/demo");
my $token = Tokex::Jose::slurp("$home/demo/subject.jwt") =~ s/\s+//gr;
my $EVIL = q{-- '"></textarea><img src=x onerror=alert(1)>};
my $GOOD = "$EVIL\nfunction exchange(r)\n    r.grant.claims.seen = r.subject.sub\n    return tokex.OK\nend\n";
my $BAD = "function exchange(r)\n    return tokex.OK\nend end\n";

sub changes_nothing { return is_unchanged_by($ctl, @_) }

sub source_now { return (grep { $_->{id} eq 'event' } @{ $ctl->export_document->{procedures} })[0]{source} }

subtest 'only administrators save procedures' => sub {
    like(page_of($console->get('vic', '/procedures'), 200, 'a viewer sees the empty list'), qr/A procedure is a program of yours, in Lua/, 'and what one is');
    unlike($console->get('edith', '/procedures')->{body}, qr/New procedure/, 'an editor is offered none');
    page_of($console->get('edith', '/procedures/new'), 403, 'and cannot begin one');
    my %form = fields_of($console->get('root', '/procedures/new')->{body});
    my ($id, $name, $source, $on) = map { my $end = $_; (grep {/\b\Q$end\E$/} sort keys %form)[0] } qw(id name source enabled);
    ok($source, 'an administrator has a form with the program') or diag(join ' ', sort keys %form);
    my @fields = with(%form, $id => 'event', $name => 'Events', do => 'save', $source => $GOOD =~ s/\n/\r\n/gr);
    changes_nothing('an editor sends the form', sub { page_of($console->post('edith', '/procedures/new', @fields), 403, 'an editor who sends it is refused') });
    changes_nothing('a program that does not compile', sub {
        my $page = page_of($console->post('root', '/procedures/new', with(@fields, $source => $BAD =~ s/\n/\r\n/gr)), 422, 'what does not compile is not saved');
        like($page, qr/There is a problem/, 'the page says so');
        like($page, qr/line:3:.*end/, 'with the line');
        like($page, qr/return tokex\.OK\nend end/, 'and keeps what was written');
    });
    is_status($console->post('root', '/procedures/new', @fields), 303, 'CU-9 an administrator makes one and names it');
    is(source_now(), $GOOD, "as it was written, to its last line end, with the line ends of Lua");
    like($console->get('edith', '/clients/part?id=orders-api&place=1')->{body}, qr{<select[^>]* name="[^"]*procedure".*?<option value="event"}s, "CU-9 and a rule's form offers it in a list");
};

subtest 'saving without a change changes nothing' => sub {
    my @sources = (['as it is'], ['line ends before and behind', "\n\n$GOOD\n\n"], ['none', $GOOD =~ s/\n\z//r], ['those of others', $GOOD =~ s/\n/\r\n/gr], ['both kinds', "\r$GOOD\r\n"], ['as it was', $GOOD]);
    for my $case (@sources) {
        my ($name, $source) = @$case;
        $ctl->must(\JSON::PP->new->canonical->encode({ %{ $ctl->export_document }, procedures => [{ id => 'event', name => 'Events', source => $source }] }), 'import', '-') if defined $source;
        changes_nothing($name, sub {
            my $answer = $console->post('root', '/procedures/edit', fields_of($console->get('root', '/procedures/edit?id=event')->{body}), do => 'save');
            is_status($answer, 303, "$name: taken");
            like($answer->{header}{location}, qr/done=0$/, '... as no change');
        });
    }
};

subtest 'everybody reads them' => sub {
    my $page = page_of($console->get('vic', '/procedures/show?id=event'), 200, 'a viewer');
    like($page, qr{<pre>-- &#39;&quot;&gt;&lt;/textarea&gt;.*return tokex\.OK\nend}s, 'sees the program, as text');
    unlike($page, qr/>Edit</, 'and no way to change it');
    like($console->get('root', '/procedures/show?id=event')->{body}, qr/>Edit</, 'which an administrator has');
    unlike($console->get('edith', '/procedures/show?id=event')->{body}, qr/>Edit</, 'an editor has not');
    changes_nothing('an editor', sub {
        page_of($console->post('edith', '/procedures/switch', id => 'event', on => 'no', revision => 1), 403, 'does not switch it off');
        page_of($console->post('edith', '/procedures/delete', id => 'event', confirm => 'event', revision => 1), 403, 'nor removes it');
    });
};

subtest 'one is tried as it is written' => sub {
    $ctl->must(undef, 'rule', 'set', 'orders-api', 'partner', 'procedure=event');
    my @ask = (client => 'orders-api', subject_token => $token, subject_token_type => 'access_token', audience => 'orders', procedure => 'event');
    like(page_of($console->get('vic', '/try?procedure=event'), 200, 'the form'), qr{<textarea[^>]* name="source".*r\.grant\.claims\.seen}s, 'begins with the program as it stands');
    changes_nothing('trying', sub {
        my $page = page_of($console->post('vic', '/try', @ask, source => $GOOD =~ s/seen/tried/r), 200, 'a changed program');
        like($page, qr/What procedure event did/, 'what it did is shown');
        like($page, qr{It read: <code>subject\.sub</code>}, 'what it read');
        like($page, qr{claims\.tried</code></th><td>–</td><td><code>&quot;partner\|}, 'what it changed');
        unlike($page, qr{claims\.seen</code>}, 'and not what the saved one would');
        $page = page_of($console->post('vic', '/try', @ask, source => $BAD), 422, 'a program that does not compile');
        like($page, qr/line:3:/, 'is told with its line');
        $page = page_of($console->post('vic', '/try', @ask, source => "function exchange(r)\nreturn tokex.DENY, 'not you'\nend\n"), 200, 'one that refuses');
        like($page, qr/not you/, 'with its words');
        page_of($console->post('vic', '/try', @ask, source => $GOOD, draft => '{"schema":1}'), 422, 'a program and a document');
        page_of($console->get('vic', '/try?procedure=gone'), 404, 'a procedure that is not there');
        page_of($console->post('vic', '/try', with(@ask, procedure => 'gone', source => $GOOD)), 404, 'nor there when the form comes');
    });
};

subtest 'a change of one is taken back by administrators only' => sub {
    my $number = $ctl->must(undef, 'procedure', 'set', 'event', 'name=Other') =~ /change (\d+)/ ? $1 : die;
    changes_nothing('an editor', sub { page_of($console->post('edith', '/changes/restore', number => $number), 403, 'does not take it back') });
    is_status($console->post('root', '/changes/restore', number => $number), 303, 'an administrator does');
    like($ctl->must(undef, 'procedure', 'show', 'event'), qr/name: Events/, 'and it is');
};

done_testing();
