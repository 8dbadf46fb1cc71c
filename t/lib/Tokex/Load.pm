package Tokex::Load;

# Processes that send one good exchange after the other, each on a connection of its own, and judge each answer.

use strict;
use warnings;
use POSIX ();
use Time::HiRes qw(sleep time);
use Tokex::Http;
use Tokex::Jose qw(json unb64u unjson);

# start($world, workers => 4, pace => seconds between two requests of one worker, least => requests that each
# makes before it stops, seconds => when it stops in any case). The first answer is asked for and verified here.
sub start
{
    my ($class, $world, %want) = @_;
    my $token = $world->token(claims => { exp => int(time) + 7200 });
    my $octets = Tokex::Http::octets(
        'POST',
        '/sts/token',
        [
            'Content-Type' => 'application/x-www-form-urlencoded',
            Authorization => Tokex::Http::basic('orders', $world->secret('orders')),
            Connection => 'close'
        ],
        Tokex::Http::form($world->form(subject_token => $token))
    );
    my $first = Tokex::Http->new($world->port)->request($octets);
    die "no good answer: $first->{status} $first->{body}\n" if $first->status != 200;
    $world->decode($first->json->{access_token});
    my $self = bless { workers => [], octets => $octets, expected => shape($first), port => $world->port }, $class;
    push @{ $self->{workers} }, $self->worker(\%want) for 1 .. $want{workers} // 4;
    return $self;
}

# What one good answer has in common with the next; of a refusal its status.
sub shape
{
    my ($answer) = @_;
    return $answer->status if $answer->status != 200;
    my ($payload) = $answer->{body} =~ /"access_token":"[\w-]+\.([\w-]+)\.[\w-]+"/ or return 'no token';
    my $claims = unb64u($payload);
    $claims =~ s/"(?:exp|iat|nbf)":\d+|"jti":"[^"]*"//g;
    return $claims;
}

# One more of the same, by whoever asks: 'good', 'wrong', a status, or 'none' when no answer came whole.
sub ask
{
    my ($self, $timeout) = @_;
    my $answer = eval { Tokex::Http->new($self->{port}, timeout => $timeout // 20)->request($self->{octets}) }
        or return 'none';
    my $shape = shape($answer);
    return $shape eq $self->{expected} ? 'good' : $answer->status == 200 ? 'wrong' : $answer->status;
}

# Asks until the answer is good; the seconds that it took, at most `seconds`.
sub until_good
{
    my ($self, $seconds) = @_;
    my $from = time;
    1 while $self->ask($seconds) ne 'good' && time - $from < $seconds;
    return time - $from;
}

sub worker
{
    my ($self, $want) = @_;
    my $test = $$;
    pipe my $read, my $write or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ($pid) {
        close $write;
        # It has to know what a signal means before it gets one.
        scalar <$read>;
        return { pid => $pid, read => $read };
    }
    my ($stop, $all, $slowest, %count) = (0, 0, 0);
    my ($least, $end) = ($want->{least} // 0, time + ($want->{seconds} // 600));
    my $term = POSIX::SigSet->new(POSIX::SIGTERM);
    $SIG{TERM} = sub { $stop = 1 };
    syswrite $write, "ready\n";
    # Nor longer than the test, should that die.
    while ((!$stop || $all < $least) && time < $end && getppid == $test) {
        # The signal cuts none short: what the server decided is counted.
        POSIX::sigprocmask(POSIX::SIG_BLOCK, $term);
        my $from = time;
        my $what = $self->ask;
        POSIX::sigprocmask(POSIX::SIG_UNBLOCK, $term);
        $count{$what}++;
        $all++;
        my $took = time - $from;
        $slowest = $took if $took > $slowest;
        sleep $want->{pace} // 0.003;
    }
    print {$write} json({ all => $all, slowest => $slowest, count => \%count }), "\n";
    close $write;
    POSIX::_exit(0);
}

# Ends the load: { all, slowest, count => { what => how many } }.
sub stop
{
    my ($self) = @_;
    my $sum = { all => 0, slowest => 0, count => {} };
    kill 'TERM', map { $_->{pid} } @{ $self->{workers} };
    for my $worker (@{ $self->{workers} }) {
        my $read = $worker->{read};
        my $said = unjson(scalar(<$read>) // '{}');
        waitpid $worker->{pid}, 0;
        $sum->{all} += $said->{all} // die "a worker of the load has died\n";
        $sum->{slowest} = $said->{slowest} if $said->{slowest} > $sum->{slowest};
        $sum->{count}{$_} += $said->{count}{$_} for keys %{ $said->{count} };
    }
    return $sum;
}

# What came instead of a good answer, as text.
sub bad
{
    my ($sum) = @_;
    return join ', ', map {"$sum->{count}{$_} $_"} grep { $_ ne 'good' } sort keys %{ $sum->{count} };
}

1;
