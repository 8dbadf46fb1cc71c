package Tokex::LoginSite;

# A console behind a log-in of admin-cgi/login/, as it is shipped, in a httpd over TLS.

use strict;
use warnings;
use Exporter qw(import);
use Tokex::Browser;
use Tokex::Console;
use Tokex::Httpd;
use Tokex::Tls;
use Tokex::Tree;

our @EXPORT_OK = qw(example site tls write_file);

# For all servers of a test.
my $tls;

sub tls { return $tls //= Tokex::Tls->new }

sub write_file
{
    my ($path, $text, $mode) = @_;
    open my $out, '>', $path or die "$path: $!\n";
    print {$out} $text;
    close $out or die $!;
    chmod $mode // 0644, $path or die $!;
    return $path;
}

# An example as it is shipped, with the places of the test.
sub example
{
    my ($name, $dir) = @_;
    my $text = Tokex::Tree::slurp("admin-cgi/login/$name");
    my %places = ('/var/lib/tokex-login' => "$dir/login", '/usr/local/share/mod_tokex/login' => "$dir/share", '/etc/tokex' => "$dir/secret",
        '/usr/local/libexec/mod_tokex' => "$dir/bin");
    for my $place (sort keys %places) { $text =~ s/"\Q$place\E/"$places{$place}/g }
    my @modules = map { split ' ' } $text =~ /^# Modules: (.*)/m;
    return ($text, @modules);
}

# A console in a httpd over TLS, that is not started: (httpd, console, what makes a browser).
sub site
{
    my ($httpd, $text, @modules) = @_;
    my ($certificate, $key) = tls()->certificate('console');
    my $https = Tokex::Httpd::free_port();
    my $dir = $httpd->dir;
    my (undef, $group) = Tokex::Httpd::account();
    my $console = Tokex::Console->new(dir => $dir, sanitized => 0, origin => "https://127.0.0.1:$https", group => $group);
    $console->ctl->init;
    $console->ctl->must(undef, 'demo', "$dir/demo", 'https://sts.example/sts');
    if ($> == 0) {
        my $uid = getpwnam((Tokex::Httpd::account())[0]);
        chown $uid, -1, $_ or die "$_: $!" for "$dir/tokex/config", "$dir/tokex/config/config.db";
    }
    $httpd->{modules} = \@modules;
    Tokex::Httpd::needs($_) for @modules;
    $httpd->{config} = "ScriptSock \@DIR\@/cgid.sock\nListen 127.0.0.1:$https\n<VirtualHost 127.0.0.1:$https>\nSSLEngine On\nSSLCertificateFile $certificate\nSSLCertificateKeyFile $key\n</VirtualHost>\n$text";
    return ($httpd, $console, sub { Tokex::Browser->new("https://127.0.0.1:$https", ca => tls()->ca_file, @_) });
}

1;
