package Tokex::Console;

# The console as a plain CGI program: a directory with the program, its configuration and an installation, and
# requests by environment as a web server makes them.

use strict;
use warnings;
use Exporter qw(import);
use File::Copy qw(copy);
use File::Path qw(make_path);
use File::Temp ();
use JSON::PP ();
use Tokex::Ctl;
use Tokex::Jose ();
use Tokex::Tree;

our @EXPORT_OK = qw(fields_of with);

my $ORIGIN = 'https://admin.example';

# new(dir => DIR, sanitized => 0, conf => text, name => 'tokex-links'): the program is DIR/bin/tokex-console, or that of
# the name; `base`: what it stands behind.
sub new
{
    my ($class, %self) = @_;
    my $self = bless { sanitized => 1, name => 'tokex-console', base => '/tokex-admin', form => '/try', %self }, $class;
    make_path("$self->{dir}/bin", "$self->{dir}/etc");
    my $from = Tokex::Tree::builddir() . "/t/drive/" . $self->{name} =~ s/^tokex-//r . ($self->{sanitized} ? '_asan' : '');
    copy($from, $self->program) or die "$from: $!\n";
    chmod 0755, $self->program;
    $self->{ctl} //= Tokex::Ctl->new(dir => "$self->{dir}/tokex", group => $self->{group});
    $self->configure($self->{conf} // $self->usual);
    return $self;
}

sub program { return "$_[0]{dir}/bin/$_[0]{name}" }
sub conf_path { return "$_[0]{dir}/etc/$_[0]{name}.conf" }
sub ctl { return $_[0]{ctl} }
sub origin { return $_[0]{origin} // $ORIGIN }

sub usual
{
    my ($self) = @_;
    my $origin = $self->origin;
    return "# a console\ndirectory $self->{dir}/tokex\norigin $origin\nlabel test\ncolour green\n"
        . "administrator root adam\neditor edith\nviewer vic\n";
}

sub configure
{
    my ($self, $text) = @_;
    open my $out, '>', $self->conf_path or die $!;
    print {$out} $text;
    close $out or die $!;
    chmod 0644, $self->conf_path;
    return $self;
}

# run({ NAME => value of the environment, undef for none }, $body, @words): an answer.
sub run
{
    my ($self, $environment, $body, @words) = @_;
    my ($in, $out, $err) = map { File::Temp->new } 1 .. 3;
    binmode $in;
    print {$in} $body // '';
    close $in;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        open STDIN, '<', $in->filename or die $!;
        open STDOUT, '>', $out->filename or die $!;
        open STDERR, '>', $err->filename or die $!;
        chdir "$self->{dir}/bin" or die $!;
        umask $self->{umask} if defined $self->{umask};
        %ENV = (ASAN_OPTIONS => 'exitcode=99:detect_leaks=1', UBSAN_OPTIONS => 'halt_on_error=1',
            map { defined $environment->{$_} ? ($_ => $environment->{$_}) : () } keys %$environment);
        exec { $self->program } $self->{name}, @words or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    my ($said, $log) = map { Tokex::Jose::slurp($_->filename) } $out, $err;
    my ($head, $page) = split /\r\n\r\n/, $said, 2;
    my %header = map { /^([^:]+): (.*)$/ ? (lc $1 => $2) : () } split /\r\n/, $head // '';
    return {
        exit => $?,
        status => ($header{status} // '') =~ /^(\d+)/ ? $1 : 0,
        header => \%header,
        body => $page // '',
        log => $log,
        said => $said
    };
}

sub environment
{
    my ($self, $user, $method, $path, $query) = @_;
    return {
        REQUEST_METHOD => $method, SCRIPT_NAME => $self->{base}, PATH_INFO => $path, QUERY_STRING => $query // '',
        REMOTE_USER => $user, REMOTE_ADDR => '192.0.2.7', SERVER_NAME => 'sts.example', HTTPS => 'on'
    };
}

sub get
{
    my ($self, $user, $url, %more) = @_;
    my ($path, $query) = split /\?/, $url, 2;
    return $self->run({ %{ $self->environment($user, 'GET', $path, $query) }, %more });
}

# The processes that run a program.
sub processes { my ($path) = @_; return grep { (readlink("/proc/$_/exe") // '') eq $path } map {m{(\d+)}} glob '/proc/[0-9]*' }

sub encode { my ($text) = @_; utf8::encode($text) if utf8::is_utf8($text); return $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ger }
sub encode_form { my (@pairs) = @_; my @out; while (my ($name, $value) = splice @pairs, 0, 2) { push @out, encode($name) . '=' . encode($value) } return join '&', @out }

# The token of a page's forms.
sub token
{
    my ($self, $user) = @_;
    return $self->{tokens}{$user} //= do {
        my $page = $self->get($user, $self->{form})->{body};
        $page =~ /name="token" value="([^"]+)"/ ? $1 : die "no token for $user\n";
    };
}

# What a form of ours sends as a browser does. %more: of the environment.
sub post_body
{
    my ($self, $user, $path, $body, %more) = @_;
    return $self->run({
        %{ $self->environment($user, 'POST', $path) }, CONTENT_TYPE => 'application/x-www-form-urlencoded',
        CONTENT_LENGTH => length $body, HTTP_ORIGIN => $self->origin, HTTP_SEC_FETCH_SITE => 'same-origin', %more
    }, $body);
}

sub post { my ($self, $user, $path, @fields) = @_; return $self->post_body($user, $path, encode_form(token => $self->token($user), @fields)) }

# The table of routes; of another program than the console by its name.
sub routes
{
    my ($name) = @_;
    my $program = Tokex::Tree::builddir() . '/t/drive/' . ($name ? "${name}_" : '') . 'routes';
    my $json = JSON::PP->new;
    my @routes = map { $json->decode($_) } split /\n/, qx("$program");
    die "$program says nothing\n" if !@routes;
    return @routes;
}

# ---- What came

# Fields of which the later ones count.
sub with { my %fields = @_; return %fields }

# What a browser sends of the last form on a page, without its buttons and its token.
sub fields_of
{
    my ($body) = @_;
    my ($form) = $body =~ m{.*(<form method="post".*?</form>)}s;
    my @fields;
    while ($form =~ m{<(input|textarea|select)([^>]*)>(?:(?<=>)\n?(.*?)</(?:textarea|select)>)?}gs) {
        my ($tag, $attributes, $content) = ($1, $2, $3);
        if ($tag eq 'input') { pos($form) = $+[2] + 1 }
        my %a = $attributes =~ /(\w+)="([^"]*)"/g;
        next if !defined $a{name} || $a{name} eq 'token';
        next if ($a{type} // '') eq 'checkbox' && !$a{checked};
        my $value = $tag eq 'input' ? $a{value} // '' : $tag eq 'textarea' ? $content : $content =~ /<option value="([^"]*)" selected/ ? $1 : $content =~ /<option value="([^"]*)"/ ? $1 : '';
        $value =~ s/&quot;/"/g;
        $value =~ s/&#39;/'/g;
        $value =~ s/&lt;/</g;
        $value =~ s/&gt;/>/g;
        $value =~ s/&amp;/&/g;
        push @fields, $a{name}, $value =~ s/\n/\r\n/gr;
    }
    return @fields;
}

1;
