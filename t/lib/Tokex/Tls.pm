package Tokex::Tls;

# A certificate authority of a test, the certificates that it makes, good and bad, and servers that
# show them.

use strict;
use warnings;
use File::Temp ();
use IO::Socket::INET;
use Tokex::Httpd;
use Tokex::Jose qw(ec_key);

sub new
{
    my ($class) = @_;
    my $self = bless { dir => File::Temp->newdir, keys => {}, servers => [] }, $class;
    my $dir = $self->{dir};
    chmod 0755, "$dir" or die $!;
    Tokex::Jose::write_file("$dir/ca.key", ec_key(undef, 'P-256')->{pem});
    Tokex::Jose::write_file("$dir/db", '');
    Tokex::Jose::write_file("$dir/serial", "01\n");
    Tokex::Jose::write_file("$dir/ca.cnf", <<"END");
[ca]
default_ca = c
[c]
database = $dir/db
serial = $dir/serial
new_certs_dir = $dir
default_md = sha256
policy = p
unique_subject = no
[p]
commonName = supplied
END
    Tokex::Jose::openssl('', qw(req -x509 -new -key), "$dir/ca.key", qw(-subj /CN=Authority -days 2 -out), "$dir/ca.pem");
    return $self;
}

# The file with the certificate of the authority.
sub ca_file { my ($self) = @_; return "$self->{dir}/ca.pem" }

# certificate(name, names => 'IP:127.0.0.1', expired => 1, self_signed => 1): (certificate, key) files.
sub certificate
{
    my ($self, $name, %want) = @_;
    my $base = "$self->{dir}/$name";
    my $names = $want{names} // 'IP:127.0.0.1,DNS:localhost';
    Tokex::Jose::write_file("$base.key", ec_key(undef, 'P-256')->{pem});
    if ($want{self_signed}) {
        Tokex::Jose::openssl('', qw(req -x509 -new -key), "$base.key", '-subj', "/CN=$name", '-addext',
            "subjectAltName=$names", qw(-days 2 -out), "$base.pem");
        return ("$base.pem", "$base.key");
    }
    Tokex::Jose::write_file("$base.ext", "subjectAltName=$names\n");
    Tokex::Jose::openssl('', qw(req -new -key), "$base.key", '-subj', "/CN=$name", '-out', "$base.req");
    my @when = $want{expired} ? qw(-startdate 20200101000000Z -enddate 20210101000000Z) : qw(-days 2);
    Tokex::Jose::openssl('', qw(ca -batch -notext -config), "$self->{dir}/ca.cnf", '-keyfile', "$self->{dir}/ca.key",
        '-cert', "$self->{dir}/ca.pem", '-in', "$base.req", '-extfile', "$base.ext", '-out', "$base.pem", @when);
    return ("$base.pem", "$base.key");
}

# A server that gives out the files of the directory "$dir/www"; its URL. More options of openssl s_server.
sub serve
{
    my ($self, $certificate, $key, @options) = @_;
    my $port = Tokex::Httpd::free_port();
    my $www = "$self->{dir}/www";
    mkdir $www if !-d $www;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        chdir $www or POSIX::_exit(127);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec 'openssl', 's_server', '-accept', "127.0.0.1:$port", '-cert', $certificate, '-key', $key, '-WWW', '-quiet',
            @options
            or POSIX::_exit(127);
    }
    push @{ $self->{servers} }, $pid;
    for (1 .. 500) {
        last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
        Time::HiRes::sleep(0.02);
    }
    return "https://127.0.0.1:$port";
}

sub DESTROY
{
    my ($self) = @_;
    local ($?, $!, $@);
    for my $pid (@{ $self->{servers} }) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
    return;
}

1;
