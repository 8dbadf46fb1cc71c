#!/usr/bin/perl
# The walls: who may include whom, one owner for each foreign header, no mutable state in the engine, no
# dangerous calls, SQL only in sql/, and one exported symbol.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Tree;

# A room, and the rooms below libtokex/ whose headers it may read. Its own it always may.
my %sees = (
    base => [],
    crypt => [qw(base)],
    config => [qw(base)],
    procedure => [qw(base)],
    policy => [qw(base crypt config procedure)],
    exchange => [qw(base crypt config procedure policy)],
    keys => [qw(base crypt config policy store adapter)],
    store => [qw(base config)],
    adapter => [qw(base)],
    edit => [qw(base crypt config policy keys store)],
    explain => [qw(base crypt config policy exchange keys store edit)],
    # The entrances fill in host.h, so they see what stands behind it; never each other.
    mod_tokex => [qw(base crypt config policy exchange keys store adapter)],
    tokexctl => [qw(base crypt config procedure policy exchange keys store adapter edit explain)],
    'admin-cgi' => [qw(base crypt config procedure policy exchange keys store adapter edit explain)],
);
# Single arrows beside the table.
my %also = map { $_ => 1 } 'adapter exchange/host.h', 'keys exchange/host.h';

# Foreign headers, and the one place that knows each.
my @owners = (
    [qr{^cjson/|^cJSON\.h$}, qr{^libtokex/base/json\.c$}],
    [qr{^openssl/}, qr{^libtokex/crypt/}],
    [qr{^sqlite3\.h$}, qr{^libtokex/store/db_sqlite\.c$}],
    [qr{^curl/}, qr{^libtokex/adapter/curl_library\.h$}],
    [qr{^dlfcn\.h$}, qr{^libtokex/adapter/curl_library\.c$}],
    [qr{^(?:lua|lualib|lauxlib)\.h$}, qr{^libtokex/procedure/}],
    [qr{^(?:httpd|util_\w+|scoreboard|mpm_common|(?:http|ap|mod)_\w+)\.h$}, qr{^mod_tokex/}],
    [qr{^apr(?:_\w+)?\.h$|^apu(?:_\w+)?\.h$}, qr{}],
);
# The C library, POSIX and Linux, which everybody knows. A header in neither list is refused.
my %system = map { $_ => 1 } qw(
    arpa/inet.h assert.h ctype.h dirent.h errno.h fcntl.h fnmatch.h getopt.h grp.h inttypes.h limits.h locale.h
    malloc.h math.h poll.h pthread.h pwd.h signal.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h
    stdlib.h string.h strings.h sys/file.h sys/mman.h sys/resource.h sys/stat.h sys/time.h sys/types.h
    sys/uio.h sys/vfs.h sys/wait.h termios.h time.h unistd.h);

# The code without comments, and with each string and character literal emptied unless asked for.
sub code_of
{
    my ($text, $keep_literals) = @_;
    $text =~ s{("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|/\*.*?\*/|//[^\n]*}
              {defined $1 ? ($keep_literals ? $1 : substr($1, 0, 1) x 2) : ' '}gse;
    return $text;
}

sub room_of
{
    my ($path) = @_;
    return $1 if $path =~ m{^libtokex/([^/]+)/};
    return $1 if $path =~ m{^(mod_tokex|tokexctl|admin-cgi)/};
    return 'front door';
}

# Why this include is not allowed, or nothing.
sub wrong_arrow
{
    my ($path, $header, %known) = @_;
    my $room = room_of($path);
    if (my ($owner) = grep { $header =~ $_->[0] } @owners) {
        return $path =~ $owner->[1] ? () : "foreign header with another owner";
    }
    return if $system{$header};
    if ($known{"libtokex/$header"}) {
        my ($target) = $header =~ m{^([^/]+)/};
        return $path =~ m{^libtokex/[^/]+/} ? "the engine does not know its front door" : ()
            if !defined $target;
        return if $room eq 'front door' || $room eq $target || $also{"$room $header"};
        return (grep { $_ eq $target } @{ $sees{$room} || [] }) ? () : "$room does not see $target";
    }
    return if $room =~ /^(?:mod_tokex|tokexctl|admin-cgi)$/ && $known{"$room/$header"};
    return if $header eq 'store/sql_text.h' && $room eq 'store';
    return "unknown header";
}

my @sources = Tokex::Tree::product_sources();
my %known = map { $_ => 1 } @sources;
my %text = map { $_ => Tokex::Tree::slurp($_) } @sources;
ok(@sources > 10, 'the sources are found: ' . @sources);

subtest 'includes follow the map' => sub {
    my (@wrong, %arrows);
    for my $path (@sources) {
        my $code = code_of($text{$path}, 1);
        while ($code =~ /^\s*#\s*include\s*[<"]([^>"]+)[>"]/mg) {
            my $header = $1;
            $arrows{$path}++;
            push @wrong, "$path includes $header: $_" for wrong_arrow($path, $header, %known);
        }
        push @wrong, "$path: an include that cannot be read"
            if $code =~ /^\s*#\s*include\s*[^\s<"]/m;
    }
    cmp_ok(scalar(keys %arrows), '>', @sources / 2, 'include lines are found');
    Tokex::Tree::none(\@wrong, 'every arrow is allowed');
};

subtest 'the map itself refuses' => sub {
    my @refused = (
        ['libtokex/exchange/token.c', 'store/state_store.h'], ['libtokex/base/err.c', 'crypt/jwk.h'],
        ['libtokex/base/form.c', 'cjson/cJSON.h'], ['libtokex/keys/signing_keys.c', 'openssl/evp.h'],
        ['libtokex/store/state_store.c', 'sqlite3.h'], ['libtokex/base/err.c', 'httpd.h'],
        ['tokexctl/main.c', 'mod_tokex.h'], ['admin-cgi/main.c', 'httpd.h'], ['admin-cgi/save.c', 'ctl.h'], ['libtokex/base/err.c', 'jansson.h'],
    );
    for my $arrow (@refused) {
        my @why = wrong_arrow(@$arrow, %known, 'libtokex/store/state_store.h' => 1,
                              'libtokex/crypt/jwk.h' => 1, 'mod_tokex/mod_tokex.h' => 1);
        is(scalar(@why), 1, "$arrow->[0] may not include $arrow->[1]");
    }
};

subtest 'dangerous calls' => sub {
    my $calls = join '|', qw(strcpy strcat strncat sprintf vsprintf strtok atoi atol atoll gets alloca
                             mktemp tmpnam);
    my @wrong;
    for my $path (@sources) {
        my $code = code_of($text{$path}, 0);
        push @wrong, "$path: $1" while $code =~ /\b($calls)\s*\(/g;
    }
    Tokex::Tree::none(\@wrong, 'none is called');
};

subtest 'SQL stands in sql/' => sub {
    my @wrong;
    my $verb = qr/(?:SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|REPLACE|PRAGMA|ATTACH|VACUUM)\b/;
    my $statement = qr/select\s.+\sfrom\s|insert\s+(?:or\s+\w+\s+)?into\s|update\s+\w+\s+set\s
                      |delete\s+from\s|create\s+(?:unique\s+)?(?:table|index|view|trigger)\s|pragma\s+\w+\s*[=;(]/xi;
    for my $path (@sources) {
        my $code = code_of($text{$path}, 1);
        while ($code =~ /"((?:\\.|[^"\\\n])*)"/g) {
            my $literal = $1;
            next if $path eq 'libtokex/store/db_sqlite.c' && $literal =~ /^\s*PRAGMA\b/;
            push @wrong, qq{$path: "$literal"} if $literal =~ /^\s*$verb\s/ || $literal =~ /^\s*$statement/;
        }
    }
    Tokex::Tree::none(\@wrong, 'and nowhere else');
};

my $builddir = Tokex::Tree::builddir();

subtest 'no mutable state in the engine' => sub {
    my $archive = "$builddir/.libs/libtokex.a";
    ok(-e $archive, 'libtokex.a is built') or return;
    my ($objects, $constants, @mutable) = (0, 0);
    open my $dump, '-|', 'objdump', '-t', $archive or die "objdump: $!: install binutils\n";
    my $member = '';
    while (<$dump>) {
        ($member, $objects) = ($1, $objects + 1) if /^(\S+\.o):\s+file format/;
        # address, flags (O: an object), section, size, perhaps a visibility, name
        next if !/^[0-9a-f]+ .{7}\s*(\S+)\t([0-9a-f]+) +(?:\.hidden )?(\S+)$/;
        my ($section, $size, $name) = ($1, hex $2, $3);
        next if $size == 0 || $section eq '*UND*';
        $constants++ if $section =~ /^\.(?:rodata|data\.rel\.ro)/;
        push @mutable, "$member: $name in $section"
            if $section =~ /^\.(?:data(?!\.rel\.ro)|bss|tdata|tbss)/ || $section eq '*COM*';
    }
    close $dump;
    cmp_ok($objects, '>', 10, 'object files are read');
    cmp_ok($constants, '>', 0, 'constant tables are seen');
    Tokex::Tree::none(\@mutable, 'nothing writable');
};

subtest 'the module exports tokex_module' => sub {
    my $module = "$builddir/.libs/mod_tokex.so";
    ok(-e $module, 'mod_tokex.so is built') or return;
    my @exported = map { /^[0-9a-f]+ [A-Z] (\S+)/ ? $1 : () } qx(nm -D --defined-only "$module");
    is_deeply(\@exported, ['tokex_module'], 'and nothing else');
};

subtest 'hardening' => sub {
    for my $binary ("$builddir/.libs/mod_tokex.so", "$builddir/tokexctl/tokexctl", "$builddir/admin-cgi/tokex-console") {
        my $headers = qx(readelf -W -l -d "$binary");
        my ($name) = $binary =~ m{([^/]+)$};
        like($headers, qr/GNU_RELRO/, "$name: relocations become read-only");
        like($headers, qr/BIND_NOW|FLAGS.*NOW/, "$name: bound at start");
        like($headers, qr/GNU_STACK.* RW /, "$name: the stack is not executable");
        like($headers, qr/FLAGS_1.*PIE/, "$name: position-independent") if $name !~ /\.so$/;
        like(qx(nm -D "$binary"), qr/__stack_chk_fail/, "$name: the stack is guarded");
    }
};

done_testing();
