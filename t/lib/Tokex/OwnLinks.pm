package Tokex::OwnLinks;

# The program of own links beside a world's server, where the site keeps the accounts: behind the login of that very
# site, which says the site's own id.

use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use Tokex::Console;
use Tokex::Http;

# What stands in httpd's configuration: `login` are the directives of the login.
sub directives
{
    my ($login) = @_;
    return <<"END";
ScriptSock \@DIR\@/cgid.sock
ScriptAlias "/links" "\@DIR\@/bin/tokex-links"
<Location "/links">
    AuthType Basic
    AuthName people
    $login
    Require valid-user
</Location>
END
}

# new($world, $account): `account` is the line of its configuration.
sub new
{
    my ($class, $world, $account) = @_;
    my $httpd = $world->httpd;
    my $pages = Tokex::Console->new(
        name => 'tokex-links', dir => $httpd->dir, ctl => $world->ctl, sanitized => 0,
        conf => join("\n", 'directory ' . $httpd->dir . '/tokex', 'origin ' . $httpd->url, 'client local', $account, '')
    );
    return bless { world => $world, pages => $pages }, $class;
}

# ask($user, $password, 'POST', '/link', fields): an answer.
sub ask
{
    my ($self, $user, $password, $method, $path, @form) = @_;
    my $httpd = $self->{world}->httpd;
    my $body = @form ? Tokex::Console::encode_form(token => $self->form_of($user, $password), @form) : '';
    my @headers = (
        Authorization => 'Basic ' . encode_base64("$user:$password", ''),
        'Content-Type' => 'application/x-www-form-urlencoded',
        Origin => $httpd->url
    );
    return Tokex::Http::once($httpd->port, $method, "/links$path", \@headers, $body);
}

sub form_of
{
    my ($self, @who) = @_;
    return $self->ask(@who, 'GET', '/')->body =~ /name="token" value="([^"]+)"/ ? $1 : '';
}

sub present { my ($self, $user, $password, $token) = @_; return $self->ask($user, $password, 'POST', '/link', subject_token => $token, subject_token_type => 'access_token') }

1;
