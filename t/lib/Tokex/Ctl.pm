package Tokex::Ctl;

# Runs tokexctl on a directory.

use strict;
use warnings;
use File::Temp ();
use Tokex::Jose qw(json unjson);
use Tokex::Tree;

# new(dir => DIR, group => GROUP); `changing` is called before each run that may change state.db, `changed` after each
# that may have changed anything
sub new { my ($class, %self) = @_; return bless {%self}, $class }

sub program
{
    my $path = Tokex::Tree::builddir() . '/tokexctl/tokexctl';
    -x $path or die "$path is not built\n";
    return $path;
}

# run(\$input or undef, words): (exit status, stdout, stderr)
sub run
{
    my ($self, $input, @words) = @_;
    my ($in, $out, $err) = map { File::Temp->new } 1 .. 3;
    binmode $in;
    print {$in} $$input if $input;
    close $in;
    $self->{changing}->() if $self->{changing} && ($words[0] // '') =~ /^(?:account|link|token)$/;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        open STDIN, '<', $in->filename or die $!;
        open STDOUT, '>', $out->filename or die $!;
        open STDERR, '>', $err->filename or die $!;
        umask $self->{umask} if defined $self->{umask};
        exec program(), '-d', $self->{dir}, @words or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    my $status = $?;
    # From now on a running server may serve something else.
    $self->{changed}->() if $self->{changed} && ($words[0] // '') !~ /^(?:try|export|explain|doctor|schema|location|--)/;
    return ($status & 127 ? 128 + ($status & 127) : $status >> 8,
        map { Tokex::Jose::slurp($_->filename) } $out, $err);
}

# The same, but anything than exit status 0 is the end. Gives stdout.
sub must
{
    my ($self, $input, @words) = @_;
    my ($status, $out, $err) = $self->run($input, @words);
    die "tokexctl @words: exit status $status\n$out$err\n" if $status;
    return $out;
}

sub init
{
    my ($self) = @_;
    return $self->must(undef, 'init', $self->{group} ? ('--group', $self->{group}) : ());
}

# A Perl structure (or JSON text) as the configuration.
sub import_document
{
    my ($self, $document) = @_;
    my $text = ref $document ? json($document) : $document;
    return $self->must(\$text, 'import', '-');
}

# (exit status, everything said) of an import that may be refused.
sub try_import
{
    my ($self, $document, @options) = @_;
    my $text = ref $document ? json($document) : $document;
    my ($status, $out, $err) = $self->run(\$text, 'import', '-', @options);
    return ($status, $out . $err);
}

sub export_text { my ($self, @options) = @_; return $self->must(undef, 'export', @options) }

sub export_document { my ($self, @options) = @_; return unjson($self->export_text(@options)) }

1;
