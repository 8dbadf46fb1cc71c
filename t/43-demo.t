#!/usr/bin/perl
# What ./bootstrap demo shows, run for real in a place of its own; and the README quotes just that.
use strict;
use warnings;
use File::Temp ();
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes ();
use lib 't/lib';
use Tokex::Browser;
use Tokex::Httpd;
use Tokex::Tree;

my $build = Tokex::Tree::builddir();
my $top = Tokex::Tree::srcdir();
my $place = File::Temp->newdir;
chmod 0755, $place or die $!;
local $ENV{TOKEX_DEMO_PLACE} = "$place";
local $ENV{TOKEX_CALLER} = '/nowhere';

# Returns although the server runs on: nothing of the caller's stays open in it.
my $said = qx("$top/demo/run" "$build" 2>&1);
is $?, 0, 'the demonstration succeeds' or diag $said;
END { my $status = $?; qx("$top/demo/run" "$build" stop) if $build && $place; $? = $status }

my ($pid) = Tokex::Httpd::slurp("$place/httpd.pid") =~ /(\d+)/;
my @open = map { readlink } glob "/proc/$pid/fd/*";
ok scalar(grep { m{^\Q$place\E/} } @open), 'the files that the server holds are seen';
is_deeply [grep { m{^/} && !m{^/dev/null$|^\Q$place\E/} } @open], [], 'the server holds no file of its caller';

# Everything that differs from run to run made the same.
sub plain
{
    my ($text) = @_;
    $text =~ s/"(kid|jti)": "(?!demo-1)[^"]*"/"$1": "..."/g;
    $text =~ s/"demo-idp#[^"]+"/"demo-idp#..."/g;
    $text =~ s/"(exp|iat|nbf)": \d+/"$1": N/g;
    $text =~ s/: (Bearer |)eyJ\S{24}\.\.\./: $1.../g;
    $text =~ s/127\.0\.0\.1:\d+/127.0.0.1:PORT/g;
    $text =~ s{\Q$place\E}{build/demo}g;
    $text =~ s/[ ]+/ /g;
    $text =~ s/[ ]+$//mg;
    return $text;
}
my ($shown) = $said =~ /^(THEIRS: .*?\| jq \.)$/ms;
ok $shown, 'both tokens and the line to repeat it are shown' or diag $said;
my ($quoted) = Tokex::Httpd::slurp("$top/README.md") =~ /^```\n(THEIRS: .*?)\n```$/ms;
is plain($quoted // ''), plain($shown // ''), 'the README quotes the real output';

my ($protected) = $said =~ /^(A protected location .*?)\n\nThe console/ms;
ok $protected, 'a protected location is asked, without and with a token' or diag $said;
my ($quoted_too) = Tokex::Httpd::slurp("$top/README.md") =~ /^```\n(A protected location .*?)\n```$/ms;
is plain($quoted_too // ''), plain($protected // ''), 'the README quotes what the backend got';
my ($token) = $said =~ /^  Authorization: (.*)/m;
like $token, qr/^Bearer eyJhbGciOiJFUzI1NiI/, 'which was our token';

# ---- The console

my $plain = sub { plain($_[0] // '') =~ s/password \w+/password PASSWORD/r };
my ($console) = $said =~ /^(The console shows .*?)\n\nWhat was decided/ms;
ok $console, 'the console is named' or diag $said;
my ($quoted_console) = Tokex::Httpd::slurp("$top/README.md") =~ /^```\n(The console shows .*?)\n```$/ms;
is $plain->($quoted_console), $plain->($console), 'the README quotes where it is';
my ($address, $user, $password) = $console =~ m{(http://\S+)/\s+user (\w+), password (\w+)};
my $admin = Tokex::Browser->new($address, headers => { Authorization => 'Basic ' . encode_base64("$user:$password", '') });
is(Tokex::Browser->new($address)->get('/')->{status}, 401, 'it asks who it is');
my $overview = $admin->get('/');
is $overview->{status}, 200, 'the password that was shown opens it';
for (1 .. 50) {
    last if $admin->get('/activity?outcome=refused')->{body} =~ /target_rule.*client_secret|client_secret.*target_rule/s;
    Time::HiRes::sleep(0.1);
}
my @rows = split /(?=<tr>)/, $admin->get('/activity')->{body};
my %seen;
for my $row (@rows) { $seen{$1}++ if $row =~ /(orders-api|mobile-app|nightly-bills|billing-robot)/ }
is_deeply [sort keys %seen], [qw(billing-robot mobile-app nightly-bills orders-api)], 'several clients have asked';
my $robot = $admin->get('/activity?client=billing-robot')->{body};
is scalar(() = $robot =~ /class="status granted"/g), 2, 'one of them with assertions, each of which counts once';
like $robot, qr/assertion_spent/, 'which the second use of one is told';
my @reasons = ($admin->get('/')->{body} =~ m{Why they were refused</h2>(.*?)</section>}s ? $1 : '') =~ m{<li>}g;
cmp_ok scalar(@reasons), '>=', 6, 'and were refused for different reasons';
my $form = $admin->get('/scopes/new');
my $saved = $admin->post('/scopes/new', [token => Tokex::Browser::token($form), id => 'made.here', description => 'Made here', do => 'save'], Origin => 'null');
is $saved->{status}, 303, 'a form is taken as browsers send it';

my ($curl) = $said =~ /^(  \. .*?\| jq \.)$/ms;
my $again = qx($curl 2>&1);
like $again, qr/"access_token": "eyJ/, 'the printed line works';

my $second = qx("$top/demo/run" "$build" 2>&1);
is $?, 0, 'it works a second time' or diag $second;
($password) = $second =~ /user admin, password (\w+)/;
$admin->{headers}{Authorization} = 'Basic ' . encode_base64("admin:$password", '');
is $admin->get('/scopes/show?id=made.here')->{status}, 200, 'with what was changed in between';
# Each command of the page in one shell, with what it prints; `...` stands for anything.
subtest 'docs/after-the-exchange.md is what happens' => sub {
    my (@commands, @want);
    for my $line (split /\n/, Tokex::Httpd::slurp("$top/docs/after-the-exchange.md")) {
        if ($line =~ /^    \$ (.*)/) { push @commands, $1; push @want, [] }
        elsif ($line =~ /^    > (.*)/) { $commands[-1] .= "\n$1" }
        elsif ($line =~ /^    (.*)/) { push @{ $want[-1] }, $1 }
    }
    cmp_ok scalar(@commands), '>', 30, 'the commands are found';
    my $script = "$place/commands";
    open my $out, '>', $script or die "$script: $!\n";
    print {$out} map { s{build/demo/}{$place/}gr =~ s{build/tokexctl}{$build/tokexctl}gr . "\necho '==='\n" } @commands;
    close $out;
    # A process may follow a moment later than another on a machine that has other work.
    my $printed = qx(sed -i 's/^sleep 1\$/sleep 2/' '$script'; bash '$script' 2>&1);
    my @said = split /^===\n|(?<=.)===\n/m, $printed;
    for my $i (0 .. $#commands) {
        my $like = join "\n", map { quotemeta =~ s/\\\.\\\.\\\./.*/gr } @{ $want[$i] };
        like $said[$i] // '', qr/\A$like\n*\z/s, $commands[$i];
    }
};

my @processes = grep { Tokex::Httpd::slurp("/proc/$_/cmdline") =~ /\Q$place\E/ } map {m{(\d+)}} glob '/proc/[0-9]*';
ok scalar(@processes), 'its processes are seen';
my $stopped = qx("$top/demo/run" "$build" stop 2>&1);
is $stopped, "demo: stopped\n", 'it stops';
is_deeply [grep { kill 0, $_ } @processes], [], 'and nothing of it runs on';

done_testing;
