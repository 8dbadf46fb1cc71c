package Tokex::Protected;

# A world with protected locations, and what tests of what is remembered there ask of it.

use strict;
use warnings;
use parent qw(Tokex::World);
use POSIX ();
use Time::HiRes qw(sleep time);
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(unjson);

# What each location has; `%s` stands for its own lines.
my $SECTION = "<Location %s>\nAuthType tokex\nTokexClient orders\nTokexTrustedIssuers partner\n"
    . "TokexAudience https://api.example\nRequire valid-user\n%s\n</Location>\n";

# protected(path => lines, ...): the text of the configuration.
sub locations
{
    my (@locations) = @_;
    my $text = '';
    while (my ($path, $lines) = splice @locations, 0, 2) {
        $text .= sprintf $SECTION, $path, $lines;
    }
    return $text;
}

# new(locations => [path => lines, ...], more as of Tokex::World): three processes unless said otherwise.
sub new
{
    my ($class, %want) = @_;
    my $locations = delete $want{locations} || ['/api' => ''];
    my $more = delete $want{config} // '';
    my $modules = delete $want{modules} || [];
    my $shmcb = delete $want{shmcb} // 1;
    my $self = $class->SUPER::new(
        mpm => 'event',
        workers => "StartServers 3\nServerLimit 3\nThreadLimit 8\nThreadsPerChild 8\nMinSpareThreads 24\n"
            . "MaxSpareThreads 24\nMaxRequestWorkers 24",
        log_level => 'info',
        modules => [qw(authz_user), ($shmcb ? 'socache_shmcb' : ()), @$modules],
        config => join("\n",
            'LogFormat "%P %>s %{TOKEX_CLAIM_jti}e %{TOKEX_CLAIM_aud}e %{TOKEX_CLAIM_client_id}e '
                . '%{tokex-receipt}n %{tokex-code}n" uses',
            'CustomLog @DIR@/uses.log uses', 'LimitRequestFieldSize 65536',
            "<Location /metrics>\nSetHandler tokex-metrics\n</Location>",
            locations(@$locations), $more),
        start => 0,
        %want
    );
    my @paths = @$locations;
    while (my ($path) = splice @paths, 0, 2) {
        $self->publish("$path/x", "hello\n");
    }
    $self->httpd->start if $want{start} // 1;
    return $self;
}

# A file below htdocs.
sub publish
{
    my ($self, $path, $text) = @_;
    my $name = $self->httpd->dir . '/htdocs';
    my @parts = split m{/}, $path =~ s{^/}{}r;
    my $file = pop @parts;
    mkdir($name .= "/$_") for @parts;
    open my $out, '>', "$name/$file" or die "$name/$file: $!\n";
    print {$out} $text;
    return close $out;
}

# The answer to a request with a token, on a connection of its own.
sub ask
{
    my ($self, $path, $token, @headers) = @_;
    return Tokex::Http::get($self->port, $path, Authorization => "Bearer $token", @headers);
}

# Status after status.
sub statuses { my ($self, $path, @tokens) = @_; return join ' ', map { $self->ask($path, $_)->status } @tokens }

# All audit lines; all lines of the access log, of requests with a token.
sub decisions
{
    my ($self) = @_;
    return map { eval { unjson($_) } || () } split /\n/, Tokex::Httpd::slurp($self->httpd->dir . '/audit.log');
}

sub decided { my ($self, $jti) = @_; return scalar grep { ($_->{subject_jti} // '') eq $jti } $self->decisions }

# Once there are `count` of them.
sub uses
{
    my ($self, $count) = @_;
    my @uses;
    $self->httpd->wait_for(
        sub {
            @uses = ();
            for my $line (split /\n/, Tokex::Httpd::slurp($self->httpd->dir . '/uses.log')) {
                my %use;
                @use{qw(pid status jti aud client receipt code)} = split ' ', $line;
                push @uses, \%use if ($use{receipt} // '-') ne '-';
            }
            return @uses >= $count;
        },
        5
    );
    return @uses;
}

# A count of the metrics page: 'cache_stored', 'cache_lookups hit'.
sub count
{
    my ($self, $name) = @_;
    my ($family, $outcome) = split ' ', $name;
    my $label = defined $outcome ? qr/\{outcome="\Q$outcome\E"\}/ : '';
    my ($value) = Tokex::Http::get($self->port, '/metrics')->body =~ /^tokex_${family}_total$label (\d+)$/m;
    return $value;
}

# Asks again until the answer has that status; the seconds that it took, at most `bound`, else undef.
sub until_status
{
    my ($self, $path, $token, $status, $bound) = @_;
    my $from = time;
    while (time - $from < $bound) {
        return time - $from if $self->ask($path, $token)->status == $status;
        sleep 0.01;
    }
    return;
}

# `workers` processes that ask all at once; { status => number }, and the seconds that the slowest took.
sub at_once
{
    my ($self, $workers, $path, $token) = @_;
    my $begin = time + 0.2;
    my @workers = map {
        pipe my $read, my $write or die "pipe: $!\n";
        my $pid = fork // die "fork: $!\n";
        if (!$pid) {
            my $http = Tokex::Http->new($self->port);
            my $octets = Tokex::Http::octets('GET', $path, [Authorization => "Bearer $token", Connection => 'close']);
            sleep($begin - time) if $begin > time;
            my $from = time;
            my $status = eval { $http->request($octets)->status } // 'none';
            print {$write} "$status ", time - $from, "\n";
            close $write;
            POSIX::_exit(0);
        }
        { pid => $pid, read => $read };
    } 1 .. $workers;
    my (%count, $slowest);
    for my $worker (@workers) {
        my ($status, $took) = split ' ', readline($worker->{read}) // 'none 0';
        waitpid $worker->{pid}, 0;
        $count{$status}++;
        $slowest = $took if !defined $slowest || $took > $slowest;
    }
    return (\%count, $slowest);
}

1;
