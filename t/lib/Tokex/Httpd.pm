package Tokex::Httpd;

# A private httpd: its own directory, a free port, only the modules that a test names. It is stopped
# and all that it left is removed when the object goes, whatever happens to the test.

use strict;
use warnings;
use File::Copy qw(copy);
use File::Path qw(remove_tree);
use File::Temp ();
use IO::Handle;
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Test::More ();
use Time::HiRes qw(sleep time);
use Tokex::Alive;
use Tokex::Tree;

$SIG{$_} //= sub { exit 1 }
    for qw(INT TERM HUP PIPE);

# The account that httpd's children run as, and its group. As anybody else than root: oneself.
sub account
{
    return (scalar getpwuid($>), scalar getgrgid((split ' ', $))[0])) if $> != 0;
    for my $name (qw(www-data apache nobody)) {
        my @entry = getpwnam $name or next;
        return ($name, scalar getgrgid($entry[3]));
    }
    die "no account to run httpd as\n";
}

sub free_port
{
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1, Proto => 'tcp')
        or die "no free port: $!\n";
    return $socket->sockport;
}

# new(mpm => 'event', modules => ['http2'], config => text, log_level => '...', tokex => 1, descriptors => most,
#     module => path of another mod_tokex.so, environment => { NAME => value }, wrapper => [a command before httpd])
# `config` may hold @PORT@ and @DIR@.
sub new
{
    my ($class, %want) = @_;
    Tokex::Tree::export_environment();
    my $dir = File::Temp::tempdir('tokex-XXXXXXXX', TMPDIR => 1);
    chmod 0755, $dir or die "$dir: $!\n";
    my $self = bless {
        dir => $dir,
        mpm => 'event',
        modules => [],
        config => '',
        log_level => 'info',
        tokex => 1,
        port => free_port(),
        %want
    }, $class;
    Tokex::Alive::enter($self);
    if ($self->{tokex}) {
        # The place of the build need not be readable for the account that httpd runs as.
        my $from = $self->{module} // module();
        copy($from, "$dir/mod_tokex.so") or die "$from: $!\n";
        chmod 0755, "$dir/mod_tokex.so";
    }
    mkdir "$dir/htdocs" or die $!;
    return $self;
}

sub module { return Tokex::Tree::builddir() . '/.libs/mod_tokex.so' }

sub program
{
    for my $path (grep { defined && length } $ENV{TOKEX_HTTPD}, '/usr/sbin/apache2', '/usr/sbin/httpd') {
        return $path if -x $path;
    }
    die "no httpd: install apache2-bin (Debian) or httpd (RPM), or set TOKEX_HTTPD\n";
}

sub modules_dir { return $ENV{TOKEX_MODULES} || '/usr/lib/apache2/modules' }

# True when httpd can load `name`, built in or as a file.
sub has_module
{
    my ($name) = @_;
    return 1 if -e modules_dir() . "/mod_$name.so";
    my $program = program();
    return scalar grep {/^\s*mod_\Q$name\E\.c$/} qx("$program" -l);
}

# The same, and a failure that names the package when it cannot: no test passes for want of a module.
sub needs
{
    my ($name) = @_;
    return 1 if has_module($name);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    Test::More::fail("httpd has no mod_$name: install apache2-bin (Debian), or httpd and mod_ssl (RPM)");
    return 0;
}

sub port { return $_[0]{port} }
sub dir { return $_[0]{dir} }
sub url { my ($self, $path) = @_; return "http://127.0.0.1:$self->{port}" . ($path // '') }

sub text
{
    my ($self) = @_;
    my ($user, $group) = account();
    my @load =
        map { -e modules_dir() . "/mod_$_.so" ? "LoadModule ${_}_module " . modules_dir() . "/mod_$_.so" : () }
        "mpm_$self->{mpm}", qw(unixd log_config authn_core authz_core), @{ $self->{modules} };
    push @load, "LoadModule tokex_module $self->{dir}/mod_tokex.so" if $self->{tokex};
    my $workers =
        $self->{mpm} eq 'prefork'
        ? "StartServers 2\nMinSpareServers 1\nMaxSpareServers 4\nMaxRequestWorkers 8"
        : "StartServers 1\nMinSpareThreads 1\nMaxSpareThreads 64\nThreadsPerChild 8\nMaxRequestWorkers 16";
    my $text = join "\n", "ServerRoot $self->{dir}", 'ServerName 127.0.0.1', 'Listen 127.0.0.1:@PORT@',
        'PidFile @DIR@/httpd.pid', 'ErrorLog @DIR@/error.log', @load, "LogLevel $self->{log_level}",
        ($> == 0 ? "User $user\nGroup $group" : ()), 'DocumentRoot @DIR@/htdocs',
        'LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" full',
        'CustomLog @DIR@/access.log full', 'Mutex pthread', 'GracefulShutdownTimeout 5',
        $workers, $self->{workers} // '', $self->{config}, '';
    $text =~ s/\@PORT\@/$self->{port}/g;
    $text =~ s/\@DIR\@/$self->{dir}/g;
    return $text;
}

sub write_config
{
    my ($self) = @_;
    my $path = "$self->{dir}/httpd.conf";
    open my $out, '>', $path or die "$path: $!\n";
    print {$out} $self->text;
    close $out or die "$path: $!\n";
    return $path;
}

# httpd -t: (exit status, all that was said).
sub config_test
{
    my ($self) = @_;
    my $path = $self->write_config;
    my $program = program();
    my $said = qx("$program" -t -f "$path" 2>&1);
    return ($? >> 8, $said);
}

# Starts and waits until it answers. Dies with the error log when it does not; try_start tells instead.
sub start
{
    my ($self) = @_;
    my $why = $self->try_start;
    die "httpd does not start:\n$why\n" if defined $why;
    return $self;
}

# Nothing when it runs; else what it said.
sub try_start
{
    my ($self) = @_;
    for my $try (1 .. 5) {
        my $why = $self->start_once;
        return $why if !defined $why || $why !~ /Address already in use/;
        $self->{port} = free_port();
    }
    return 'no port stays free';
}

sub start_once
{
    my ($self) = @_;
    my $path = $self->write_config;
    my $from = -s "$self->{dir}/error.log" // 0;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$self->{dir}/start.log";
        open STDERR, '>&', \*STDOUT;
        $ENV{$_} = $self->{environment}{$_} for keys %{ $self->{environment} || {} };
        POSIX::setpgid(0, 0);
        my @command = (program(), '-DFOREGROUND', '-f', $path);
        unshift @command, '/bin/sh', '-c', "ulimit -n $self->{descriptors} && exec \"\$\@\"", 'sh'
            if $self->{descriptors};
        unshift @command, @{ $self->{wrapper} || [] };
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    $self->tell_guard($pid);
    my $until = time + 30;
    while (time < $until) {
        if (waitpid($pid, WNOHANG) == $pid) {
            delete $self->{pid};
            $self->{status} = $? >> 8;
            return $self->tail($from);
        }
        return if $self->answers;
        sleep 0.02;
    }
    $self->stop;
    return "no answer in 30 s\n" . $self->tail($from);
}

# A process that ends httpd and removes the directory when the test goes without a word, as by a kill.
sub tell_guard
{
    my ($self, $word) = @_;
    if (!$self->{guard}) {
        pipe my $read, my $write or die "pipe: $!\n";
        my $pid = fork // die "fork: $!\n";
        if (!$pid) {
            close $write;
            $SIG{$_} = 'IGNORE' for qw(INT TERM HUP PIPE);
            POSIX::setsid();
            open $_->[0], $_->[1], '/dev/null' for [\*STDIN, '<'], [\*STDOUT, '>'], [\*STDERR, '>'];
            my $last = '';
            while (my $line = <$read>) {
                chomp($last = $line);
                POSIX::_exit(0) if $last eq 'done';
            }
            if ($last > 0) {
                kill 'TERM', $last;
                $self->wait_for(sub { !kill 0, -$last }, 5) or kill 'KILL', -$last;
            }
            remove_tree($self->{dir});
            POSIX::_exit(0);
        }
        close $read;
        $write->autoflush(1);
        @$self{qw(guard guard_pid)} = ($write, $pid);
    }
    print { $self->{guard} } "$word\n";
    return;
}

# Does somebody speak HTTP at the port, and is it ours (the pid file names the process that we started)?
sub answers
{
    my ($self) = @_;
    return 0 if !-s "$self->{dir}/httpd.pid";
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Timeout => 5)
        or return 0;
    print {$socket} "OPTIONS * HTTP/1.0\r\n\r\n";
    my $line = <$socket>;
    return defined $line && $line =~ m{^HTTP/};
}

sub tail
{
    my ($self, $from) = @_;
    return join '', map { slurp($_->[0], $_->[1]) } ["$self->{dir}/start.log", 0],
        ["$self->{dir}/error.log", $from];
}

sub slurp
{
    my ($path, $from) = @_;
    open my $in, '<:raw', $path or return '';
    seek $in, $from // 0, 0;
    local $/ = undef;
    return <$in> // '';
}

sub error_log { my ($self, $from) = @_; return slurp("$self->{dir}/error.log", $from) }
sub access_log { my ($self, $from) = @_; return slurp("$self->{dir}/access.log", $from) }

# Waits until `what` gives a true value, at most `seconds`; gives it.
sub wait_for
{
    my ($self, $what, $seconds) = @_;
    my $until = time + ($seconds // 20);
    while (1) {
        my $value = $what->();
        return $value if $value || time > $until;
        sleep 0.01;
    }
}

# A graceful restart; true once the new generation serves.
sub graceful
{
    my ($self) = @_;
    my $from = length $self->error_log;
    kill 'USR1', $self->{pid};
    return $self->wait_for(
        sub { $self->error_log($from) =~ /resuming normal operations|configuration error|AH00526|AH00020/ }, 30)
        && $self->wait_for(sub { $self->answers }, 30);
}

# The pids of the children that run now.
sub children
{
    my ($self) = @_;
    my @found;
    for my $path (glob '/proc/[0-9]*/stat') {
        my $stat = slurp($path);
        push @found, $1 if $stat =~ /^(\d+) \(.*\) \S (\d+) /s && $2 == ($self->{pid} // 0);
    }
    return @found;
}

# Waits until there are so many children and each has its threads. Of prefork, httpd ends one that was told to in the
# handler of the signal: one that has just been born may be in the middle of an allocation of httpd's, and crashes there.
sub settled
{
    my ($self, $count) = @_;
    return $self->wait_for(sub {
        my @whole = grep { (my @threads = glob "/proc/$_/task/*") >= 2 } $self->children;
        return @whole == $count;
    }, 15);
}

# Waits until no connection to it is open. Ended before that, the event MPM looks at sockets (close_worker_sockets)
# whose pools its workers destroy at that moment, and may crash.
sub deserted
{
    my ($self) = @_;
    my $port = sprintf ':%04X ', $self->port;
    # 06 and 0A: TIME_WAIT, which no process has, and listening.
    return $self->wait_for(sub { !grep { /^ +\d+: [0-9A-F]{8}\Q$port\E\S+ (?!06|0A)/ } split /\n/, slurp('/proc/net/tcp') }, 5);
}

# Resident memory of a process in KiB.
sub rss { my ($self, $pid) = @_; return slurp("/proc/$pid/status") =~ /^VmRSS:\s+(\d+) kB/m ? $1 : undef }

# Ends it; true when parent and children have ended by themselves.
sub stop
{
    my ($self) = @_;
    my $pid = delete $self->{pid} or return 1;
    my $good = 1;
    kill 'TERM', $pid;
    my $ended = $self->wait_for(sub { waitpid($pid, WNOHANG) != 0 }, 15);
    if (!$ended) {
        $good = 0;
        kill 'KILL', -$pid;
        waitpid $pid, 0;
    }
    if (!$self->wait_for(sub { !kill 0, -$pid }, 5)) {
        $good = 0;
        kill 'KILL', -$pid;
    }
    $self->tell_guard(0);
    return $good;
}

# The same for a test that has just asked something and wants to know of crashes. The event MPM, told to end at
# once, closes the sockets of threads that may be freeing them, and now and then a child crashes there, with
# nothing of ours in sight: so its children end gracefully first.
sub stop_gently
{
    my ($self) = @_;
    if ($self->{mpm} eq 'event') {
        kill 'WINCH', $self->{pid};
        $self->wait_for(sub { !$self->children }, 10);
    }
    return $self->stop;
}

sub clean
{
    my ($self) = @_;
    return if !Tokex::Alive::leave($self);
    $self->stop;
    remove_tree($self->{dir}) if !$ENV{TOKEX_KEEP};
    if ($self->{guard}) {
        $self->tell_guard('done');
        close $self->{guard};
        waitpid $self->{guard_pid}, 0;
    }
    return;
}

sub DESTROY { my ($self) = @_; local ($?, $!, $@); $self->clean; return }

1;
