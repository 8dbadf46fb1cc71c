#!/usr/bin/perl
# The case table: every row of t/cases/*.pl at every entrance that can be given it. A test's name
# begins with the id that it proves, and is printed by the assertion on the real answer alone.
#
# TOKEX_CASES=REGEX runs only the rows whose id fits.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Tokex::Cases;
use Tokex::Cases::Location;
use Tokex::World;

my $only = $ENV{TOKEX_CASES};
# All that can be logged is, but for what httpd's own parts say of request lines and headers at that level.
my $world = Tokex::World->new(
    modules => ['http2', @Tokex::Cases::Location::MODULES],
    log_level => 'trace8 core:info http:notice http2:notice headers:info',
    config => "<IfModule http2_module>\nProtocols h2c http/1.1\n</IfModule>\n$Tokex::Cases::Location::CONFIG"
);
my @tables = Tokex::Cases::tables();
ok(Tokex::Cases::Location::prepare($world, @tables), 'httpd serves a location for each wish of the rows');

# A new entrance is one more line.
my @entrances = (
    {
        name => 'token endpoint',
        takes => [qw(token form octets show)],
        run => \&Tokex::Cases::at_token_endpoint
    },
    { name => 'protected location', takes => ['token'], run => \&Tokex::Cases::Location::run },
    { name => 'tokexctl import', takes => ['import'], run => \&Tokex::Cases::at_import },
);

my %at_location;
for my $table (@tables) {
    my ($name, $rows) = @$table;
    note($name);
    for my $row (@$rows) {
        my ($id, $build, $expect) = @$row;
        next if defined $only && $id !~ /$only/;
        my @probes = eval { $build->($world) };
        my $ran = 0;
        for my $probe (@probes) {
            my $wanted = $probe->{expect} // $expect;
            for my $entrance (@entrances) {
                next if !grep { exists $probe->{$_} } @{ $entrance->{takes} };
                my ($good, $words) = eval { $entrance->{run}->($world, $probe, $wanted, $id) };
                # An entrance that has no room for it says nothing.
                next if !defined $words && !$@;
                $words //= $@;
                $ran++;
                $at_location{$id} = 1 if $entrance->{name} eq 'protected location';
                ok($good,
                    "$id $probe->{what} ($entrance->{name})" =~
                        s/([#\\\n\t\x00-\x1F\x7F-\xFF]|[^\x00-\xFF])/sprintf '\\x{%02X}', ord $1/ger)
                    or diag(substr $words, 0, 1500);
            }
        }
        $ran or fail("table $name, row $id: nothing was asked") or diag($@);
    }
    my ($good, $words) = Tokex::Cases::Location::run($world, probe('', token => $world->token), accepted(), $name);
    ok($good, "$name: a good token passes (protected location)") or diag(substr $words, 0, 1500);
}
my @odd = Tokex::Cases::Location::judge_coverage(\%at_location, map { $_->[0] } map { @{ $_->[1] } } @tables);
is_deeply(\@odd, [], 'each row runs at a protected location, or stands in the list of those that cannot') if !defined $only;

# What was sent and issued above must stand in no log.
my %log = $world->logs;
ok($world->httpd->stop_gently, 'httpd and its children end');
%log = $world->logs;
my %seen = %{ $world->{seen} };
$seen{$_} = 'secret' for grep { defined && length > 7 } values %{ $world->{secrets} };
my %piece;
for my $value (keys %seen) {
    my $octets = $value;
    utf8::encode($octets) if utf8::is_utf8($octets);
    $piece{ substr $octets, 0, 24 } = $piece{ substr $octets, -24 } = $seen{$value};
}
my $any = join '|', map {quotemeta} sort keys %piece;
cmp_ok(scalar(keys %piece), '>', 5, 'values to look for: ' . keys %piece);
for my $file (sort keys %log) {
    my ($found) = $log{$file} =~ /($any)/;
    my ($line) = defined $found ? $log{$file} =~ /([^\n]*\Q$found\E[^\n]*)/ : '';
    # httpd says nothing before its error log is open, unless something is wrong.
    ok(!defined $found && (length $log{$file} || $file eq 'start.log'), "LOG-004 no secret and no token in $file, " . length($log{$file}) . ' octets')
        or diag(defined $found ? "$piece{$found}: " . substr $line, 0, 600 : 'it is empty');
}
unlike($log{'error.log'}, qr/exit signal|AddressSanitizer|runtime error/, 'no child crashed');

done_testing();
