#!/usr/bin/perl
# What is written about the module against what it is: directives in the code, in httpd.conf.sample and in
# docs/directives.md; names of reason codes; numbers of messages; and httpd itself reads the sample.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Ctl;
use Tokex::Httpd;
use Tokex::Tree;

my $code = Tokex::Tree::slurp('mod_tokex/directives.c');
my $sample = Tokex::Tree::slurp('httpd.conf.sample');
my $docs = Tokex::Tree::slurp('docs/directives.md');

my %in_code = map { $_ => 1 } $code =~ /AP_INIT_\w+\(\s*"(\w+)"/g;
my %in_sample = map { $_ => 1 } $sample =~ /^#(Tokex\w+) /mg;
my %described = map { $_ => 1 } $sample =~ /^# (Tokex\w+) \S/mg;
my %section = $docs =~ /^## (Tokex\w+)\n(.*?)(?=^## |\z)/msg;
my @all = sort keys %in_code;

sub keys_of { return [sort keys %{ $_[0] }] }

cmp_ok(scalar(@all), '>=', 7, 'the directives of the code are found');
is_deeply(keys_of(\%in_sample), \@all, 'httpd.conf.sample has an example of each directive, and of no other');
is_deeply(keys_of(\%described), \@all, 'httpd.conf.sample describes each directive, and no other');
is_deeply(keys_of(\%section), \@all, 'docs/directives.md has a section for each directive, and for no other');

# The part of the sample that describes a directive: from its syntax line to its example.
sub sample_part
{
    my ($name) = @_;
    return $sample =~ /^(# \Q$name\E \S.*?^#\Q$name\E .*?)$/ms ? $1 : '';
}

# What httpd's documentation calls the places that a command of the code may stand in.
my %context = (
    'RSRC_CONF' => 'server config, virtual host',
    'ACCESS_CONF' => 'directory',
    'RSRC_CONF | ACCESS_CONF' => 'server config, virtual host, directory',
);

my %global = map { $_ => 1 } join('', map { Tokex::Tree::slurp("mod_tokex/$_.c") } qw(cache_config activity_config))
    =~ /^const char \*(\w+)\(cmd_parms[^{]*\{[^}]*ap_check_cmd_context\(cmd, GLOBAL_ONLY\)/mg;

for my $name (@all) {
    my $text = $section{$name} // '';
    my %row = $text =~ /^\| \*\*(\w+)\*\* \| (.+) \|$/mg;
    is_deeply([sort keys %row], [qw(Compatibility Context Default Description Module Status Syntax)],
        "$name: the manual has the rows of httpd's form");
    like($row{Syntax} // '', qr/^`\Q$name\E \S/, "$name: the syntax begins with its name");
    like($text, qr/^```apache\n\Q$name\E /m, "$name: the manual has an example");
    is($row{Module}, 'mod_tokex', "$name: the manual names the module");
    my ($where) = $code =~ /"\Q$name\E",.*?\b((?:RSRC|ACCESS|OR)_\w+(?:\s*\|\s*\w+_CONF)*)/s;
    my $context = $context{ $where // '' } // 'nowhere that is known';
    # A command that asks httpd whether it stands in a section.
    my ($command) = $code =~ /"\Q$name\E", (\w+)/;
    $context = 'server config' if $global{$command};
    is($row{Context}, $context, "$name: the code allows it where the manual says, and in no .htaccess file");
    like(sample_part($name), qr/^# Default: \S.*    Context: \Q$context\E$/m, "$name: so does the sample, with a default");
}

subtest 'reason codes' => sub {
    my $text = Tokex::Tree::slurp('libtokex/base/codes.h');
    my (%symbol, %name);
    my @rows = $text =~ /TOKEX_CODE\((\w+),\s*(?:\\\s*)?"([^"]*)"/g;
    cmp_ok(@rows / 2, '>', 60, 'the codes are found');
    while (my ($symbol, $name) = splice @rows, 0, 2) {
        $symbol{$symbol}++;
        $name{$name}++;
        like($name, qr/^[a-z0-9_]+\z/, "$symbol: its name has the characters of names") if $name !~ /^[a-z0-9_]+\z/;
    }
    is_deeply([grep { $symbol{$_} > 1 } sort keys %symbol], [], 'no symbol stands twice');
    is_deeply([grep { $name{$_} > 1 } sort keys %name], [], 'no name stands twice');
};

subtest 'numbered messages' => sub {
    my $list = Tokex::Tree::slurp('mod_tokex/messages.h');
    my %number = reverse $list =~ /^#define (TX_\w+) "(TX\d{5}): "/mg;
    my @names = $list =~ /^#define (TX_\w+) "TX/mg;
    cmp_ok(scalar(@names), '>', 10, 'the messages are found');
    is(scalar(keys %number), scalar(@names), 'no number stands twice');
    my @sources = grep { m{^mod_tokex/.*\.c\z} } Tokex::Tree::files();
    my $text = join '', map { Tokex::Tree::slurp($_) } @sources;
    is_deeply([grep { $text !~ /\b$_\b/ } @names], [], 'each is said somewhere');
    unlike($text, qr/"TX\d/, 'no number is written anywhere else');
    my @lines = $text =~ /(ap_log_r?error\(.*?;)/gs;
    is_deeply([grep { !/TX_\w+|number/ } @lines], [], 'each line of the log has one');
};

# As an administrator would use it: paths filled in, nothing else changed.
sub httpd_reads
{
    my ($what, $edit) = @_;
    my $httpd = Tokex::Httpd->new(modules => [qw(authn_core authz_core authz_user socache_shmcb dbd ldap)]);
    my $ctl = Tokex::Ctl->new(dir => $httpd->dir . '/tokex');
    $ctl->init;
    my $text = $sample;
    $text =~ s/^LoadModule tokex_module .*$//mg;
    $text =~ s/^(TokexIssuer .*)$/$1\nTokexDirectory $ctl->{dir}/m;
    $edit->(\$text, $httpd->dir, $ctl->{dir}) if $edit;
    $httpd->{config} = $text;
    my ($status, $said) = $httpd->config_test;
    is($status, 0, "httpd -t accepts $what") or diag($said);
    like($said, qr/^Syntax OK$/m, 'and says so');
    return;
}

httpd_reads('the sample');
# Accounts have one source.
for my $other (qw(TokexAccountQuery TokexAccountLDAP)) {
    httpd_reads("the sample with each directive switched on but $other", sub {
        my ($text, $dir, $tokex) = @_;
        ${$text} =~ s/^#$other.*\n//mg;
        open my $out, '>', "$tokex/ldap.password" or die "$tokex/ldap.password: $!\n";
        print {$out} "secret\n";
        close $out;
        chmod 0640, "$tokex/ldap.password";
        ${$text} =~ s{^(#<Location "/orders">\n.*?^#</Location>)}{$1 =~ s/^#(?=[<T]|\s+(?:Auth|Require))//mgr}mse;
        ${$text} =~ s/^#(Tokex\w+ |LogFormat |LogLevel )/$1/mg;
        ${$text} =~ s{/var/lib/tokex$}{$tokex}mg;
        ${$text} =~ s{/etc/tokex/(?=master\.key|ldap\.password)}{$tokex/}g;
        ${$text} =~ s{/var/log/apache2/}{$dir/}g;
    });
}

subtest 'pictures' => sub {
    my %named;
    for my $page (grep {/\.md\z/} Tokex::Tree::files()) {
        my ($folder) = $page =~ m{\A(.*/|)};
        $named{"$folder$_"}++ for Tokex::Tree::slurp($page) =~ /!\[[^\]]+\]\(([^)]+)\)/g;
    }
    my @there = glob Tokex::Tree::srcdir() . '/docs/*.png';
    s{^\Q@{[Tokex::Tree::srcdir()]}\E/}{} for @there;
    is_deeply([sort keys %named], [sort @there], 'every picture that is named is there, and every one that is there is named');
    cmp_ok(-s Tokex::Tree::srcdir() . "/$_", '<=', 60 * 1024, "$_ is small") for @there;
};
done_testing();
