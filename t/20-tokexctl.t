#!/usr/bin/perl
# The command line: making an installation, documents in and out, mistakes told one by one, damage, locks.
use strict;
use warnings;
use Fcntl qw(F_SETLK F_WRLCK SEEK_SET);
use File::Copy ();
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Ctl;
use Tokex::Jose qw(json unjson);
use Tokex::Tree;

my $home = tempdir(CLEANUP => 1);
# The version of each database, by its migrations.
my %newest = map { $_ => scalar(my @files = glob Tokex::Tree::srcdir() . "/sql/migrate/${_}_*.sql") } qw(config state);
my $serial = 0;

sub fresh { return Tokex::Ctl->new(dir => "$home/i" . ++$serial, @_) }
sub mode { my @info = lstat $_[0]; return @info ? sprintf('%04o', $info[2] & 07777) : 'missing' }
sub slurp { open my $in, '<:raw', $_[0] or die "$_[0]: $!"; local $/ = undef; return scalar <$in> }
sub spew { open my $out, '>:raw', $_[0] or die "$_[0]: $!"; print {$out} $_[1]; close $out or die $!; return }
sub copy_of { return unjson(json($_[0])) }

# is_run($ctl, $input, [words], status, qr/stdout/, qr/stderr/, name)
sub is_run
{
    my ($ctl, $input, $words, $status, $out_like, $err_like, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($got, $out, $err) = $ctl->run($input, @$words);
    my $good = $got == $status && $out =~ $out_like && $err =~ $err_like;
    ok($good, $name) or diag("exit $got instead of $status\n$out$err");
    return $out;
}
my $nothing = qr/\A\z/;

# ---- Words

{
    my $ctl = fresh();
    my $help = is_run($ctl, undef, ['--help'], 0, qr/^Usage: tokexctl/, $nothing, '--help');
    cmp_ok($help =~ tr/\n//, '<=', 24, 'fits a screen of 24 lines');
    cmp_ok((sort { $b <=> $a } map { length } split /\n/, $help)[0], '<=', 80, 'of 80 columns');
    like($help, qr/^  (?:\w+, )*$_\b/m, "--help names $_") for qw(init migrate import export issuer client target scope mapping rule key backup doctor demo schema);
    is_run($ctl, undef, ['--version'], 0, qr/^tokexctl \d+\.\d/, $nothing, '--version');
    is_run($ctl, undef, [], 2, $nothing, qr/^Usage/, 'no command is wrong usage');
    is_run($ctl, undef, ['frobnicate'], 2, $nothing, qr/frobnicate.*no such command/, 'an unknown command');
    is_run($ctl, undef, ['export', '--secrets'], 2, $nothing, qr/--secrets.*no such option/, 'an unknown option');
    is_run($ctl, undef, ['export', '--with-secrets=1'], 2, $nothing, qr/takes no value/, 'a value too many');
    is_run($ctl, undef, ['init', '--group'], 2, $nothing, qr/value is missing/, 'a value too few');
    is_run($ctl, undef, ['-d', 'x', 'export'], 2, $nothing, qr/stands twice/, 'an option twice');
    is_run($ctl, undef, [@$_], 2, $nothing, qr/\S/, "wrong usage: @$_")
        for ['init', 'x'], ['import'], ['import', 'a', 'b'], ['export', 'x'], ['export', 'clients'], ['export', 'rule/x'], ['export', ''], ['key'], ['key', 'turn'], ['demo'], ['demo', 'x'], ['schema', 'x'],
            ['migrate', 'x'], ['doctor', 'x'], ['key', 'rotate', '--algorithm', 'HS256'], ['key', 'rotate', '--algorithm', 'none'];
    ok(!-e $ctl->{dir}, 'and none of these made anything');
}

# What the code says of its commands, docs/tokexctl.md and tokexctl.8 say too.
subtest 'the manuals' => sub {
    my $ctl = fresh();
    my ($markdown, $page) = map { Tokex::Tree::slurp("docs/$_") } 'tokexctl.md', 'tokexctl.8';
    $page =~ s/\\-/-/g;
    $page =~ s/\\f[A-Z]|"//g;
    my @commands = map { split /, / } $ctl->must(undef, '--help') =~ /^  ((?:\w+, )*\w+)  /mg;
    cmp_ok(scalar @commands, '>=', 17, 'the commands are found');
    my %documented = map { $_ => 1 } map { /^(\w+(?:, \w+)*)/ ? split /, /, $1 : () } $markdown =~ /^### (.*)$/mg;
    is_deeply([grep { !$documented{$_} && $_ ne 'init' } @commands], [], 'each has a section in tokexctl.md');
    my %known = map { $_ => 1 } @commands;
    is_deeply([grep { !$known{$_} } sort keys %documented], [], 'and nothing else has');
    for my $command (@commands) {
        my $section = join "\n", $markdown =~ /^(### (?:\w+, )*\Q$command\E\b.*?)(?=^### (?!(?:\w+, )*\Q$command\E\b)|\z)/msg;
        my @forms = ($ctl->must(undef, $command, '--help') =~ s/\n {6,}/ /gr) =~ /^  \Q$command\E (.*)$/mg;
        ok(scalar @forms, "$command has forms");
        my (@missing, @unsaid);
        for my $form (@forms) {
            my @words = $form =~ /(--[a-z-]+)/g;
            push @words, $form =~ /^((?:[a-z]+ (?:\| )?)+)/ ? grep { /\w/ } split / /, $1 : ();
            push @missing, grep { ($command eq 'init' ? $markdown : $section) !~ /(?<![\w-])\Q$_\E(?![\w-])/ } @words;
            push @unsaid, grep { $page !~ /(?<![\w-])\Q$_\E(?![\w-])/ } $command, @words;
        }
        is_deeply(\@missing, [], "tokexctl.md has each word of the forms of $command");
        is_deeply(\@unsaid, [], "and so has tokexctl.8");
    }
};

# ---- init

my @modes = (['config', '2750'], ['config/config.db', '0640'], ['state', '2770'], ['state/state.db', '0660'], ['master.key', '0640']);
for my $umask (0, 022, 077) {
    my $ctl = fresh(umask => $umask);
    my $out = is_run($ctl, undef, ['init'], 0, qr/^active signing key \S{43} \(ES256\)$/m, $nothing, sprintf 'init under umask %03o', $umask);
    is(mode("$ctl->{dir}/$_->[0]"), $_->[1], sprintf "CGI-013 $_->[0] has exactly mode $_->[1] under umask %03o", $umask) for @modes;
    is_run($ctl, undef, ['doctor'], 0, qr/^ok .*configuration compiles/m, $nothing, 'and the doctor is content');
    my @before = map { slurp("$ctl->{dir}/$_->[0]") } grep { -f "$ctl->{dir}/$_->[0]" } @modes;
    is_run($ctl, undef, ['init'], 1, $nothing, qr/config\.db: exists already.*state\.db: exists.*master\.key: exists/s, 'a second init is refused');
    my @after = map { slurp("$ctl->{dir}/$_->[0]") } grep { -f "$ctl->{dir}/$_->[0]" } @modes;
    is_deeply(\@after, \@before, 'and changes nothing');
}
{
    my $ctl = fresh();
    is_run($ctl, undef, ['init', '--group', 'no-such-group'], 1, $nothing, qr/no such group/, 'an unknown group is refused');
    ok(!-e $ctl->{dir}, 'before anything is made');
    mkdir $ctl->{dir};
    spew("$ctl->{dir}/state", 'in the way');
    is_run($ctl, undef, ['init'], 3, $nothing, qr{/state}, 'init that cannot go on');
    is_deeply([map { s{.*/}{}r } glob "$ctl->{dir}/*"], ['state'], 'takes back what it made');
    my $key = "$home/elsewhere.key";
    $ctl = fresh();
    is_run($ctl, undef, ['-k', $key, 'init'], 0, qr/\Q$key\E/, $nothing, 'a master key at another place');
    ok(!-e "$ctl->{dir}/master.key", 'is not made at the usual one');
    is_run($ctl, undef, ['doctor'], 1, qr/^FAIL .*master\.key/m, $nothing, 'the doctor misses it without -k');
    is_run($ctl, undef, ["--master-key=$key", 'doctor'], 0, qr/opens with \Q$key\E/, $nothing, 'and finds it with');
}
subtest 'init is not led elsewhere' => sub {
    my $ctl = fresh(dir => "$home/led");
    mkdir "$home/elsewhere", 0700;
    mkdir $ctl->{dir};
    symlink "$home/elsewhere", "$ctl->{dir}/state";
    is_run($ctl, undef, ['init'], 3, $nothing, qr{led/state: }, 'a link in the place of a directory is refused');
    is((stat "$home/elsewhere")[2] & 07777, 0700, 'what it points to keeps its mode');
    is_deeply([glob "$home/elsewhere/*"], [], 'and stays empty');
};

# ---- Documents

my $ctl = fresh();
$ctl->init;
my $out = "$home/demo";
is_run($ctl, undef, ['demo', $out, 'http://127.0.0.1:8080/sts'], 0, qr/client orders-api/, $nothing, 'demo fills an empty installation');
my $whole = $ctl->export_document;
my $text = $ctl->export_text;

subtest 'the demo' => sub {
    is(mode("$out/$_"), '0600', "$_ is private") for qw(client.env issuer.key subject.jwt);
    is(mode($out), '0700', 'and so is the directory');
    my $env = slurp("$out/client.env");
    like($env, qr/^CLIENT_ID='orders-api'\nCLIENT_SECRET='[\w-]{43}'\nTOKEN_ENDPOINT='http:\/\/127\.0\.0\.1:8080\/sts\/token'\n\z/, 'client.env');
    my ($header, $claims) = map { unjson($_) } (Tokex::Jose::parts(slurp("$out/subject.jwt")))[0, 1];
    is_deeply($header, { alg => 'RS256', kid => 'demo-1', typ => 'JWT' }, 'header of the subject token');
    is_deeply([@$claims{qw(iss aud)}, $claims->{exp} - $claims->{iat}], ['https://idp.demo.example', 'partner-sts', 3600], 'and its claims');
    is_deeply($claims->{scp}, ['orders.read', 'orders.write', 'reports.run'], 'scopes as a list');
    my ($token, $key) = (slurp("$out/subject.jwt"), slurp("$out/issuer.key"));
    is_run($ctl, undef, ['demo', 'token', $out], 0, qr/subject\.jwt/, $nothing, 'demo token');
    isnt(slurp("$out/subject.jwt"), $token, 'is another one');
    is($ctl->export_text, $text, 'and leaves the configuration alone');
    is_run($ctl, undef, ['demo', $out, 'https://sts.example'], 0, qr/client orders-api/, $nothing, 'demo again');
    isnt(slurp("$out/client.env"), $env, 'makes another secret');
    is(slurp("$out/issuer.key"), $key, 'under the same key of the issuer');
    is_run($ctl, undef, ['demo', 'token', "$home/nowhere"], 3, $nothing, qr/issuer\.key/, 'demo token without an issuer');
    is_run($ctl, undef, ['demo', $out, $_], 2, $nothing, qr/not an issuer URL/, "demo for $_") for 'ftp://x', "http://x/'", 'https://x/';
    my $other = copy_of($whole);
    $other->{issuers}[0]{id} = $other->{clients}[0]{rules}[0]{issuers}[0] = 'somebody';
    $ctl->import_document($other);
    is_run($ctl, undef, ['demo', $out, 'https://sts.example'], 1, $nothing, qr/not the demo's/, 'demo over another configuration is refused');
    is($ctl->export_document->{issuers}[0]{id}, 'somebody', 'which stays');
    $ctl->import_document($whole);
};

subtest 'export and import' => sub {
    my $before = $ctl->export_text;
    is_run($ctl, \$before, ['import', '-'], 0, qr/^imported: issuers 1, mappings 1, scopes 3, targets 1, clients 1, signing keys 1$/m, $nothing, 'import of an export');
    is($ctl->export_text, $before, 'export, import, export: the same octets');
    unlike($before, qr/sha256|sealed/, 'an export holds no digest and no private key');
    my $all = $ctl->export_document;
    is($ctl->export_text(qw(issuer mapping procedure scope target client signing signing_key)), $before, 'an export of every kind is that of all, octet by octet');
    is_deeply($ctl->export_document('client', "scope/$all->{scopes}[1]{id}"), { schema => 1, clients => $all->{clients}, scopes => [$all->{scopes}[1]] }, 'objects that are chosen come alone, as they stand there');
    is_deeply($ctl->export_document('--with-secrets', 'client')->{clients}, $ctl->export_document('--with-secrets')->{clients}, 'with their digests, where that is asked for');
    is_run($ctl, undef, ['export', 'client', 'client/nobody'], 1, $nothing, qr/there is no client "nobody"/, 'one that is none, and nothing is printed');
    my $secrets = $ctl->export_text('--with-secrets');
    like($secrets, qr/"sha256": "[0-9a-f]{64}"/, 'unless secrets are asked for: digest');
    like($secrets, qr/"sealed": "1\./, 'and sealed key');
    is_run($ctl, \$secrets, ['import', '-'], 0, qr/^imported/, $nothing, 'which can be imported');
    is($ctl->export_text('--with-secrets'), $secrets, 'and come out the same');
    my $sourced = copy_of(unjson($before));
    @{ $sourced->{issuers}[0] }{qw(jwks_urls metadata_url keys_refresh keys_stale)} =
        (['https://idp.demo.example/z?v=1', 'https://idp.demo.example/a'], 'https://idp.demo.example/.well-known/openid-configuration', 60, 120);
    $ctl->import_document($sourced);
    my $places = $ctl->export_text;
    is_deeply(unjson($places), $sourced, 'places that keys are fetched from come out as they went in');
    is_run($ctl, \$places, ['import', '-'], 0, qr/^imported/, $nothing, 'can be imported again');
    is($ctl->export_text, $places, 'and come out in the same octets');
    is_run($ctl, \$before, ['import', '-'], 0, qr/^imported/, $nothing, 'a document without them');
    is($ctl->export_text, $before, 'leaves none of them');
    my $file = "$home/document.json";
    spew($file, $before);
    is_run($ctl, undef, ['import', $file], 0, qr/^imported/, $nothing, 'import from a file');
    is_run($ctl, undef, ['import', "$file.not"], 3, $nothing, qr/document\.json\.not: No such file/, 'a file that is not there');

    my $other = fresh();
    $other->init;
    is_run($other, \$secrets, ['import', '-'], 1, $nothing, qr/signing_key.*does not open with the master key/, 'on another host the sealed key does not open');
    my $without = copy_of(unjson($secrets));
    delete $without->{signing_keys};
    $other->import_document($without);
    my $now = $other->export_document;
    is_deeply($now->{clients}, unjson($before)->{clients}, 'without signing_keys the rest is taken');
    is(scalar @{ $now->{signing_keys} }, 1, 'and the key there stays');
    isnt($now->{signing_keys}[0]{kid}, unjson($before)->{signing_keys}[0]{kid}, 'its own');
};

subtest 'secrets that are made' => sub {
    my $document = copy_of($whole);
    $document->{clients}[0]{secrets} = [{ id => 's1' }, { id => 's2', generate => JSON::PP::true }];
    my ($first) = $ctl->import_document($document) =~ /^client orders-api secret s2: ([\w-]{43})$/m;
    ok($first, 'a secret of 256 bits is printed');
    my %digest = map { $_->{id} => $_->{sha256} } @{ $ctl->export_document('--with-secrets')->{clients}[0]{secrets} };
    require Digest::SHA;
    is($digest{s2}, Digest::SHA::sha256_hex($first), 'its digest is kept');
    ok(index(slurp("$ctl->{dir}/config/config.db"), $first) < 0, 'and the secret nowhere');
    my $again = $ctl->import_document($ctl->export_document);
    unlike($again, qr/secret/, 'the next import makes and shows none');
    is_deeply({ map { $_->{id} => $_->{sha256} } @{ $ctl->export_document('--with-secrets')->{clients}[0]{secrets} } }, \%digest, 'both stay as they were');
    my ($second) = $ctl->import_document($document) =~ /secret s2: (\S+)$/m;
    isnt($second, $first, 'asked for again it is a new one');
    is_run($ctl, \json($document), ['import', '-', '--dry-run'], 0, qr/\A~ client orders-api\n    secrets s2\.sha256: changed\n(?:    secrets s2\.created: \d+ -> \d+\n)?no fault, nothing was changed[^\n]*\n\z/, $nothing, 'a dry run shows none');
    $ctl->import_document($whole);
};

# ---- Mistakes: each with its object, field, value and what to do; nothing changes

my $jwk = $whole->{issuers}[0]{keys}[0]{jwk};
my $private = Tokex::Jose::rsa_key('k');
my @mistakes = (
    ['an unknown member that hides nothing', sub { $_[0]{issuers}[0]{algoritms} = ['RS256']; $_[0]{clients}[0]{rules}[0]{issuers} = ['nobody'] },
        qr/field algoritms: .*`algorithms`.*\n.*field issuers: "nobody"/],
    ['an unknown member', sub { $_[0]{issuers}[0]{algoritms} = ['RS256'] }, qr/issuer "demo-idp": field algoritms: .*`algorithms`/],
    ['an unknown list', sub { $_[0]{client} = [] }, qr/`client`.*`clients`/],
    ['a number that is a text', sub { $_[0]{issuers}[0]{leeway} = '30' }, qr/issuer "demo-idp": field leeway: .*number/],
    ['a leeway too large', sub { $_[0]{issuers}[0]{leeway} = 301 }, qr/field leeway: "301".*0\.\.300/],
    ['a lifetime of 0', sub { $_[0]{targets}[0]{lifetime} = 0 }, qr/target "orders": field lifetime: "0"/],
    ['a missing member', sub { delete $_[0]{targets}[0]{audience} }, qr/target "orders": field audience/],
    ['another schema', sub { $_[0]{schema} = 2 }, qr/field schema: .*schema 1 only/],
    ['an id with a blank', sub { $_[0]{clients}[0]{id} = 'orders api' }, qr/field id: "orders api"/],
    ['an id twice', sub { push @{ $_[0]{scopes} }, { id => 'orders.read' } }, qr/scope "orders\.read"/],
    ['a name twice', sub { push @{ $_[0]{targets} }, { %{ $_[0]{targets}[0] }, id => 'o2', audience => 'o2', resources => [] } }, qr/target "o2": field name: "Orders"/],
    ['an issuer twice', sub { push @{ $_[0]{issuers} }, { %{ $_[0]{issuers}[0] }, id => 'i2', name => 'i2' } }, qr/issuer "i2": field issuer: "https:\/\/idp\.demo\.example"/],
    ['an issuer without TLS', sub { $_[0]{issuers}[0]{issuer} = 'http://idp.example' }, qr/field issuer: "http:\/\/idp\.example".*https/],
    ['keys without TLS', sub { $_[0]{issuers}[0]{jwks_urls} = ['http://idp.demo.example/jwks'] }, qr/issuer "demo-idp": field jwks_urls: "http:\/\/idp\.demo\.example\/jwks".*https/],
    ['metadata by FTP', sub { $_[0]{issuers}[0]{metadata_url} = 'ftp://idp.demo.example/' }, qr/field metadata_url: "ftp:\/\/idp\.demo\.example\/".*https/],
    ['a place of keys twice', sub { $_[0]{issuers}[0]{jwks_urls} = [('https://idp.demo.example/jwks') x 2] }, qr/field jwks_urls: "https:\S+": this stands twice/],
    ['keys asked for each second', sub { $_[0]{issuers}[0]{keys_refresh} = 1 }, qr/field keys_refresh: "1".*60\.\.86400/],
    ['no algorithm', sub { $_[0]{issuers}[0]{algorithms} = [] }, qr/field algorithms/],
    ['HS256', sub { $_[0]{issuers}[0]{algorithms} = ['HS256'] }, qr/field algorithms: "HS256"/],
    ['a mapping that is not there', sub { $_[0]{issuers}[0]{mapping} = 'm' }, qr/field mapping: "m"/],
    ['a reserved claim', sub { $_[0]{mappings}[0]{rows}[0]{to} = 'sub' }, qr/"sub"/],
    ['a claim twice', sub { $_[0]{mappings}[0]{rows}[0]{to} = 'email' }, qr/"email"/],
    ['a scope that is not there', sub { push @{ $_[0]{clients}[0]{scopes} }, 'x' }, qr/client "orders-api": field scopes: "x"/],
    ['openid as a scope', sub { push @{ $_[0]{scopes} }, { id => 'openid' } }, qr/scope "openid"/],
    ['an issuer that is not there', sub { $_[0]{clients}[0]{rules}[0]{issuers} = ['nobody'] }, qr/rule "orders-api\/partner": field issuers: "nobody"/],
    ['a target that is not there', sub { $_[0]{clients}[0]{rules}[0]{targets} = ['orders', 'x'] }, qr/rule "orders-api\/partner": field targets: "x"/],
    ['a default target of no rule', sub { $_[0]{clients}[0]{rules}[0]{default_target} = 'x' }, qr/field default_target: "x"/],
    ['an unknown scope mode', sub { $_[0]{clients}[0]{rules}[0]{scope_mode} = 'generous' }, qr/field scope_mode: "generous"/],
    ['three secrets', sub { $_[0]{clients}[0]{secrets} = [map { { id => "s$_", generate => JSON::PP::true } } 1 .. 3] }, qr/client "orders-api": field secrets/],
    ['a secret that is not here', sub { $_[0]{clients}[0]{secrets} = [{ id => 's9' }] }, qr/secret "orders-api\/s9": field sha256: .*generate/],
    ['a secret with and without value', sub { $_[0]{clients}[0]{secrets} = [{ id => 's9', generate => JSON::PP::true, sha256 => 'a' x 64 }] }, qr/secret "orders-api\/s9": field generate/],
    ['a digest in capitals', sub { $_[0]{clients}[0]{secrets} = [{ id => 's9', sha256 => 'A' x 64 }] }, qr/field sha256/],
    ['a key that is none', sub { $_[0]{issuers}[0]{keys} = [{ pem => 'hello' }] }, qr/demo-idp/],
    ['two forms of a key', sub { $_[0]{issuers}[0]{keys} = [{ jwk => $jwk, pem => 'x' }] }, qr/demo-idp/],
    ['a private key as PEM', sub { $_[0]{issuers}[0]{keys} = [{ pem => $private->{pem} }] }, qr/private key.*exposed/],
    ['a private JWK', sub { $_[0]{issuers}[0]{keys} = [{ jwk => { %$jwk, d => 'AQAB' } }] }, qr/private key.*exposed/],
    ['a symmetric key', sub { $_[0]{issuers}[0]{keys} = [{ jwk => { kty => 'oct', k => 'AAAA' } }] }, qr/demo-idp/],
    ['a signing key that is not here', sub { $_[0]{signing_keys}[0]{kid} = 'other' }, qr/signing_key "other": field sealed/],
    ['a signing key with another public half', sub { $_[0]{signing_keys}[0]{public_jwk} = $jwk }, qr/signing_key "\S+": field public_jwk/],
    ['a signing key with the public half of another of its kind', sub { $_[0]{signing_keys}[0]{public_jwk} = Tokex::Jose::ec_key($_[0]{signing_keys}[0]{kid})->public_jwk },
        qr/signing_key "\S+": field public_jwk: is not the one of the private key/],
    ['a signing key that is not here beside one that is', sub { $_[0]{signing_keys} = [(@{ $_[0]{signing_keys} }) x 2]; $_[0]{signing_keys}[1] = { %{ $_[0]{signing_keys}[1] }, kid => 'k2' } }, qr/signing_key "k2"/],
);
# The errors that an import with these mistakes lists, sorted.
sub faults_of {
    my (@plants) = @_;
    my $document = copy_of($whole);
    $_->($document) for @plants;
    my ($status, $said, $err) = $ctl->run(\json($document), 'import', '-', '--dry-run');
    return sort grep { !/^(?:warning|tokexctl): / } split /^/, $err;
}

subtest 'mistakes' => sub {
    my $before = $ctl->export_text('--with-secrets');
    for my $mistake (@mistakes) {
        my ($name, $plant, $like) = @$mistake;
        my $document = copy_of($whole);
        $plant->($document);
        my ($status, $said, $err) = $ctl->run(\json($document), 'import', '-');
        ok($status == 1 && $err =~ $like && $said eq '', $name) or diag("exit $status\n$said$err");
        like($err, qr/^tokexctl: \d+ faults?; nothing was changed$/m, 'nothing was changed');
    }
    # One of form and one of meaning, beside each of the others.
    my @beside = (
        sub { push @{ $_[0]{mappings} }, { id => 'beside', name => 5, rows => [7, { from => 'a', to => 'iss' }] } },
        sub { $_[0]{clients}[0]{rules}[0]{scopes_when_absent} = ['beside'] },
    );
    my @said_beside = map { faults_of($_) } @beside;
    is(scalar @said_beside, 4, 'faults of form and of meaning') or diag(@said_beside);
    for my $mistake (@mistakes) {
        my ($name, $plant) = @$mistake;
        # Where a mistake is in the client's id, its rules and secrets are called by it.
        my @wanted = sort map { s{orders api/}{orders-api/}r } @said_beside, faults_of($plant);
        my @told = sort map { s{orders api/}{orders-api/}r } faults_of(@beside, $plant);
        is_deeply(\@told, \@wanted, "$name: hides nothing, is hidden by nothing, brings nothing along");
    }
    my %once = (
        'a key without a member' => sub { push @{ $_[0]{issuers}[0]{keys} }, {} },
        'a key that is a number' => sub { push @{ $_[0]{issuers}[0]{keys} }, { pem => 5 } },
        'generate as a text' => sub { $_[0]{clients}[0]{secrets} = [{ id => 's9', generate => 'yes' }] },
        'a target that is no text' => sub { @{ $_[0]{clients}[0]{rules}[0] }{qw(targets default_target)} = ([5], 'orders') },
        'an unknown test' => sub { $_[0]{issuers}[0]{conditions} = [{ claim => 'a', test => 'any', values => ['x', 'y'] }] },
        'an unknown source' => sub { push @{ $_[0]{mappings} }, { id => 'm', name => 'm', rows => [{ source => 'subjct', from => 'a..b', to => 'c' }] } },
        'an unknown transform' => sub { push @{ $_[0]{mappings} }, { id => 'm', name => 'm', rows => [{ transform => 'tabel', table => [{ from => 'a', to => 'b' }], from => 'a', to => 'c' }] } },
        'an unknown if_missing' => sub { push @{ $_[0]{mappings} }, { id => 'm', name => 'm', rows => [{ if_missing => 'defalt', default_value => 'x', from => 'a', to => 'c' }] } },
    );
    for my $name (sort keys %once) {
        my @told = faults_of($once{$name});
        is(scalar @told, 1, "$name is told once, and nothing that follows from it") or diag(@told);
    }
    my $without = { %$whole, issuers => {}, scopes => 5, targets => [{ %{ $whole->{targets}[0] }, scopes => [] }] };
    my ($status, undef, $err) = $ctl->run(\json($without), 'import', '-', '--dry-run');
    is_deeply([sort grep { !/^(?:warning|tokexctl): / } split /\n/, $err], [map { "document: field $_ is needed, " . ($_ =~ /issuers/ ? 'an object' : 'a number') . ' is there. Write the value in that form.' }
            'issuers: a list of objects', 'scopes: a list of objects'], 'a list that is none: nothing is said of what refers to it');
    my $empty = { schema => 1, map { my $list = $_; ($list => [undef, 5, {}, { rules => [{}, undef], secrets => [{}, undef], rows => [{}, undef], keys => [{}, undef], conditions => [{}, undef], actors => [{}],
            scope_map => [{}], properties => [{}] }]) } qw(issuers mappings scopes targets clients signing_keys) };
    ($status, undef, $err) = $ctl->run(\json($empty), 'import', '-');
    is($status, 1, 'objects without anything in them are listed') or diag($err);
    unlike($err, qr/\(null\)/, 'by their places');
    for my $octets ('', '{', 'null', '[]', '{"schema":1,"schema":1}', "{\"schema\":1}\0", "\xef\xbb\xbf{\"schema\":1}", '{"schema":01}', "{\"schema\":1,\"x\":\"\xff\"}") {
        is_run($ctl, \$octets, ['import', '-'], 1, $nothing, qr/tokexctl: \S/, 'no document: ' . ($octets =~ s/[^ -~]/./gr));
    }
    is($ctl->export_text('--with-secrets'), $before, 'after all of these everything is as it was');
};

subtest 'the schema' => sub {
    my $schema = unjson(is_run($ctl, undef, ['schema'], 0, qr/2020-12/, $nothing, 'is printed'));
    is_deeply([sort keys %{ $schema->{properties} }], [sort keys %$whole], 'and has the members of an export');
};

# ---- Reason codes

subtest 'explain' => sub {
    is_run($ctl, undef, ['explain', 'aud_wrong'], 0,
        qr/\Aaud_wrong\n  answer        400 invalid_request\n  client reads  \S.*\n  logged as     notice.*\n  it means      \S.*\n  what to do    \S.*\n\z/,
        $nothing, 'a code: what it means and what to do');
    my $data = unjson(is_run($ctl, undef, ['explain', 'aud_wrong', '--json'], 0, qr/\A\{/, $nothing, 'the same as JSON'));
    is_deeply([sort keys %$data], [qw(cause code error error_description remedy status)], 'with its members');
    my $list = is_run($ctl, undef, ['explain'], 0, qr/^aud_wrong  .*\n/m, $nothing, 'without a code: all');
    my @rows = Tokex::Tree::slurp('libtokex/base/codes.h') =~ /TOKEX_CODE\(\w+,\s*(?:\\\s*)?"([^"]*)"/g;
    is_deeply([$list =~ /^(\w+) /mg], \@rows, 'that there are');
    is_run($ctl, undef, ['explain', 'aud_wrongg'], 1, $nothing, qr/aud_wrongg: there is no such reason code/, 'an unknown code');
    is_run($ctl, undef, ['explain', @$_], 2, $nothing, qr/\S/, "wrong usage: @$_") for ['a', 'b'], ['--markdown', 'aud_wrong'], ['--json'];
    my $page = is_run($ctl, undef, ['explain', '--markdown'], 0, qr/\A# Reason codes\n/, $nothing, 'as a page');
    is($page, Tokex::Tree::slurp('docs/reasons.md'), 'which docs/reasons.md is');
};

# ---- Signing keys

subtest 'key rotate' => sub {
    my ($old) = map { $_->{kid} } @{ $ctl->export_document->{signing_keys} };
    is_run($ctl, undef, ['key', 'rotate', '--now'], 0, qr/^active signing key \S+ \(ES256\); 1 retired/, $nothing, 'keeps the algorithm');
    is_run($ctl, undef, ['key', 'rotate', '--now', '--algorithm', 'EdDSA'], 0, qr/\(EdDSA\); 1 retired/, $nothing, 'or makes one of another');
    is_run($ctl, undef, ['doctor'], 0, qr/^ok .*\(EdDSA\) opens/m, $nothing, 'and opens');
    my $less = $ctl->export_document;
    $less->{signing_keys} = [grep { $_->{kid} ne $old } @{ $less->{signing_keys} }];
    is_run($ctl, \json($less), ['import', '-'], 0, qr/signing keys 2/, qr/^warning: signing_key "\Q$old\E"/, 'a key that a document leaves out goes with a warning');
    my $lost = "$ctl->{dir}/master.key";
    rename $lost, "$lost.away";
    is_run($ctl, undef, ['key', 'rotate', '--now'], 3, $nothing, qr/master\.key/, 'without the master key nothing is rotated');
    is(scalar @{ $ctl->export_document->{signing_keys} }, 2, 'and nothing changed');
    fresh(dir => "$home/key2")->run(undef, 'init');
    rename "$home/key2/master.key", $lost;
    is_run($ctl, undef, ['doctor'], 1, qr/^FAIL .*seal/mi, $nothing, 'the doctor sees a master key of somebody else');
    rename "$lost.away", $lost;
};

# ---- The doctor, and what is wrong with files

subtest 'modes' => sub {
    for my $case (['config/config.db', 0644], ['state/state.db', 0666], ['master.key', 0644], ['config', 0755], ['state', 0777]) {
        my ($name, $mode) = @$case;
        my $was = (stat "$ctl->{dir}/$name")[2] & 07777;
        chmod $mode, "$ctl->{dir}/$name";
        is_run($ctl, undef, ['doctor'], 1, qr/^FAIL .*\Q$name\E: mode .*chmod/m, $nothing, sprintf '%s with mode %04o', $name, $mode);
        chmod $was, "$ctl->{dir}/$name";
    }
    is_run($ctl, undef, ['doctor'], 0, qr/^ok/, $nothing, 'put right again');
    is_run($ctl, undef, ['doctor', '--user', 'no-such-user'], 2, qr//, qr/no such user/, 'an unknown user');
    if ($> == 0 && getpwnam('nobody')) {
        is_run($ctl, undef, ['doctor', '--user', 'nobody'], 1, qr/^FAIL  user nobody: .*Permission denied/m, $nothing, 'a user outside the group');
    } else {
        is_run($ctl, undef, ['doctor', '--user', 'root'], 2, qr//, qr/only root/, 'only root may be somebody else');
    }
    is_run($ctl, undef, ['doctor', '--user', scalar getpwuid($>)], 1, qr/^FAIL  user \S+ may write \S+config\.db/m, $nothing, 'the owner, who may write too much');
    return if $> != 0;
    chmod 0755, $home;
    my $group = getgrgid((getpwnam 'nobody')[3]);
    my $shared = fresh(group => $group, umask => 077);
    $shared->init;
    is((stat "$shared->{dir}/$_->[0]")[5], scalar getgrnam($group), "$_->[0] belongs to group $group") for @modes;
    is_run($shared, undef, ['doctor', '--user', 'nobody'], 0, qr/^ok    user nobody can read config\.db and the master key, and write state\.db$/m, $nothing,
        'a member of the group');
    is((stat $_)[5], scalar getgrnam($group), "CGI-015 $_ belongs to the group") for glob "$shared->{dir}/state/*";
    is(mode($_), '0660', "CGI-015 and all of it may write $_") for glob "$shared->{dir}/state/*";
};

subtest 'DBS-009 damage' => sub {
    my $db = "$ctl->{dir}/config/config.db";
    my $good = slurp($db);
    my @damage = (
        ['an empty file', ''], ['zeros', "\0" x (1 << 20)], ['a header bit', substr($good, 0, 2) . chr(ord(substr $good, 2, 1) ^ 4) . substr($good, 3)],
        ['cut at half', substr($good, 0, length($good) / 2)], ['another file', 'hello ' x 1000]);
    srand 9;
    for (1 .. 10) {
        my $page = int rand(length($good) / 4096);
        my $bad = $good;
        substr($bad, $page * 4096, 4096) ^= "\xff" x 4096;
        push @damage, ["page $page flipped", $bad];
    }
    for my $damage (@damage) {
        spew($db, $damage->[1]);
        is_run($ctl, undef, ['doctor'], 1, qr/^FAIL .*config\.db/m, $nothing, "DBS-009 the doctor sees $damage->[0]");
        is_run($ctl, undef, ['export'], 3, $nothing, qr/config\.db.*damaged/s, "DBS-009 export refuses $damage->[0]");
        is_run($ctl, \$text, ['import', '-'], 3, $nothing, qr/config\.db/, "DBS-009 import refuses $damage->[0]");
        ok(slurp($db) eq $damage->[1], 'and leaves it to be looked at');
    }
    spew($db, $good);
    rename $db, "$db.away";
    is_run($ctl, undef, [@$_], 3, qr//, qr/config\.db: No such file.*tokexctl init/s, "without config.db: @$_") for ['export'], ['key', 'rotate'], ['migrate'];
    is_run($ctl, undef, ['doctor'], 1, qr/^FAIL .*config\.db: No such file/m, $nothing, 'without config.db: doctor');
    ok(!-e $db, 'and none of them made an empty one');
    rename "$ctl->{dir}/state/state.db", $db;
    is_run($ctl, undef, ['export'], 3, $nothing, qr/not a config\.db of ours/, 'state.db in its place');
    rename $db, "$ctl->{dir}/state/state.db";
    rename "$db.away", $db;
    is_run($ctl, undef, ['doctor'], 0, qr/^ok/, $nothing, 'put right again');
};

subtest 'migrate' => sub {
    is_run($ctl, undef, ['migrate'], 0, qr/config\.db: schema $newest{config}, nothing to do\n.*state\.db: schema $newest{state}, nothing to do\n/, $nothing, 'has nothing to do');
    is(mode("$ctl->{dir}/config/config.db"), '0640', 'and changes no mode');
};

sub sqlite
{
    my ($path, $input) = @_;
    my $pid = open(my $to, '|-', 'sqlite3', '-bail', $path) || die "sqlite3 is needed: $!";
    print {$to} $input;
    return close $to;
}

sub answers
{
    my ($path, $query) = @_;
    open my $from, '-|', 'sqlite3', $path, $query or die "sqlite3 is needed: $!";
    chomp(my @lines = <$from>);
    close $from or die "$path: $query";
    return @lines;
}

# What stood in columns that are gone.
my %before = ('signing_key.state' => q(CASE retired WHEN 0 THEN 'active' ELSE 'retired' END));

# Turns a database of ours into what it would be, had migrations not gone further than $version: the same rows, without
# the columns and tables that came later.
sub set_back
{
    my ($path, $kind, $version) = @_;
    my $older = "$home/older.db";
    unlink $older;
    my @migrations = sort glob Tokex::Tree::srcdir() . "/sql/migrate/${kind}_*.sql";
    my ($id) = answers($path, 'PRAGMA application_id');
    sqlite($older, join '', "PRAGMA application_id = $id;\n", map { slurp($_) } @migrations[0 .. $version - 1]) or die 'cannot make it';
    my $copy = "ATTACH '$path' AS later;\nBEGIN;\n";
    for my $table (answers($older, q(SELECT name FROM sqlite_master WHERE type = 'table'))) {
        my @columns = answers($older, "SELECT name FROM pragma_table_info('$table')");
        my ($to, $from) = map { join ', ', @$_ } \@columns, [map { $before{"$table.$_"} // $_ } @columns];
        $copy .= "DELETE FROM $table;\nINSERT INTO $table ($to) SELECT $from FROM later.$table;\n";
    }
    sqlite($older, "${copy}DELETE FROM schema_version WHERE version > $version;\nCOMMIT;\n") or die 'cannot fill it';
    spew($path, slurp($older));
    return;
}

subtest 'a database of an earlier version' => sub {
    my $old = fresh();
    $old->init;
    my ($config, $state) = ("$old->{dir}/config/config.db", "$old->{dir}/state/state.db");
    my $full = unjson($text);
    delete $full->{signing_keys};
    $full->{issuers}[0]{audiences} = ['b', 'a'];
    push @{ $full->{issuers} }, { %{ $full->{issuers}[0] }, id => 'second', name => 'Second', issuer => 'https://second.example', enabled => JSON::PP::false };
    delete $_->{secrets} for @{ $full->{clients} };
    $old->import_document($full);
    my $before = $old->export_text;
    sqlite($state, q(INSERT INTO setting (server, name, value, written) VALUES ('a:443', 'TokexTenant', 'kept', 1);));
    set_back($config, 'config', 2);
    set_back($state, 'state', 1);
    is_run($old, undef, ['export'], 3, $nothing, qr/schema.*tokexctl migrate/is, 'is not read');
    is_run($old, undef, ['migrate'], 0, qr/config\.db: schema $newest{config}, @{[$newest{config} - 2]} migrations applied\n.*state\.db: schema $newest{state}, @{[$newest{state} - 1]} migrations applied\n/, $nothing, 'is migrated');
    is($old->export_text, $before, 'and all issuers are what they were');
    is_run($old, undef, ['doctor'], 0, qr/^ok .*config\.db: schema $newest{config}, whole\n.*^ok .*state\.db: schema $newest{state}, whole\n.*a:443: TokexTenant kept$/ms, $nothing, 'and so is the rest');
};

subtest 'the doctor on places of keys' => sub {
    my $here = fresh();
    $here->init;
    my $document = unjson($text);
    delete $document->{signing_keys};
    delete $_->{secrets} for @{ $document->{clients} };
    my @with = ({ %{ $document->{issuers}[0] } }, map { { %{ $document->{issuers}[0] }, id => $_, name => $_, issuer => "https://$_.example" } } 'two', 'three');
    @{ $with[1] }{qw(jwks_urls metadata_url keys_stale)} = (['https://two.example/b', 'https://two.example/a'], 'https://two.example/m', 3600);
    $with[2]{metadata_url} = 'https://three.example/m';
    $here->import_document({ %$document, issuers => \@with });
    my $said = is_run($here, undef, ['doctor'], 0, qr/^info  keys of issuer three at https:\/\/three\.example\/m: not asked for yet$/m, $nothing, 'not asked for yet');
    unlike($said, qr/keys of issuer demo-idp/, 'an issuer without any is not named');
    my $now = time;
    my $stamp = sub { my @t = gmtime $_[0]; return sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0] };
    my $number = 0;
    my $row = sub {
        my ($url, $jwks, $fetched, $fresh, $tried, $failure) = @_;
        $number++;
        ok(sqlite("$here->{dir}/state/state.db", "INSERT INTO issuer_key_set (issuer, url, jwks, fetched, fresh_until, tried, failure, number)"
                    . " VALUES ('two', 'https://two.example/$url', $jwks, $fetched, $fresh, $tried, $failure, $number);\n"), "a row for $url");
    };
    $row->('a', q('{"keys":[]}'), $now - 60, $now + 600, $now - 60, 'NULL');
    $row->('b', q('{"keys":[]}'), $now - 3600, $now + 30, $now - 30, q('no answer' || char(27, 10) || 'in 5 s'));
    $row->('m', 'NULL', 0, $now + 5, $now - 5, q('refused'));
    $said = is_run($here, undef, ['doctor'], 0, qr/^ok/, $nothing, 'is content');
    my @lines = $said =~ /^info  keys of issuer two at https:\/\/two\.example\/(.*)$/mg;
    is_deeply(\@lines, [
            sprintf('b: keys fetched %s, too old to be used, asked again %s; failed %s: no answer\\x1b\\x0ain 5 s', map { $stamp->($now + $_) } -3600, 30, -30),
            sprintf('a: keys fetched %s, asked again %s', map { $stamp->($now + $_) } -60, 600),
            sprintf('m: no keys came yet, asked again %s; failed %s: refused', map { $stamp->($now + $_) } 5, -5),
        ], 'a line a place: when keys came, when it is asked again, what went wrong, and no control character');
    ok(sqlite("$here->{dir}/config/config.db", "UPDATE issuer SET metadata_url = 'https://two.example/' || char(27) WHERE id = 'two';\n"), 'a place is damaged by hand');
    $said = is_run($here, undef, ['doctor'], 1, qr/^FAIL .*does not compile/m, $nothing, 'which is told');
    unlike($said, qr/\x1b|^info  keys of/m, 'and of a configuration that is not sound no place is shown');
};

# SQLite's RESERVED lock: the one that a second writer cannot take (sqlite.org/fileformat2, "lock-byte").
subtest 'FLT-005 a writer that does not end' => sub {
    my $db = "$ctl->{dir}/config/config.db";
    my $before = $ctl->export_text;
    open my $held, '+<', $db or die "$db: $!";
    my $lock = pack 's! s! x![q] q q l! x![q]', F_WRLCK, SEEK_SET, 0x40000001, 1, 0;
    ok(fcntl($held, F_SETLK, $lock), 'another process holds the lock') or diag($!);
    my $from = time;
    is_run($ctl, \$before, ['import', '-'], 3, $nothing, qr/locked by another process/, 'import gives up');
    cmp_ok(time - $from, '>=', 4, 'after five seconds');
    cmp_ok(time - $from, '<=', 9, 'and not much later');
    is($ctl->export_text, $before, 'readers go on meanwhile');
    close $held;
    is_run($ctl, \$before, ['import', '-'], 0, qr/^imported/, $nothing, 'and the next import works');
};

subtest 'a directory that may not be written' => sub {
    # Root may write everything.
    if ($> == 0 && !getpwnam('nobody')) {
        fail('there is no account nobody, which root must be here: install base-passwd (Debian)');
        return;
    }
    my $place = tempdir(CLEANUP => 1);
    chmod 0755, $place, $home;
    # Nobody may be unable to reach the place of the build.
    my $program = "$home/tokexctl";
    File::Copy::cp(Tokex::Ctl::program(), $program) or die "$program: $!";
    chmod 0755, $program;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        if ($> == 0) {
            my ($uid, $gid) = (getpwnam 'nobody')[2, 3];
            ($(, $)) = ($gid, "$gid $gid");
            ($<, $>) = ($uid, $uid);
        }
        chmod 0555, $place if $> == (stat $place)[4];
        open STDERR, '>', '/dev/null';
        open STDOUT, '>', '/dev/null';
        exec $program, '-d', "$place/inst", 'init' or exit 99;
    }
    waitpid $pid, 0;
    is($? >> 8, 3, 'init says so with exit code 3');
    ok(!-e "$place/inst", 'and makes nothing');
};

{
    my $status = system(q(') . Tokex::Ctl::program() . qq(' -d '$ctl->{dir}' export >/dev/full 2>/dev/null));
    is($status >> 8, 3, 'a standard output that takes nothing is an error');
}
done_testing();
