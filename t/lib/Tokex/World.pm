package Tokex::World;

# The world that most tests stand in: one httpd, its databases, and a configuration with every kind of
# issuer, client and target that they need. Nothing of it is shared between two worlds but the keys of foreign
# issuers. What is configured stands in Tokex::World::Document and Tokex::World::Issuers, what is logged is read
# by Tokex::World::Logs.

use strict;
use warnings;
use Scalar::Util ();
use parent qw(Tokex::World::Document Tokex::World::Issuers Tokex::World::Logs);
use Time::HiRes qw(sleep time);
use Tokex::Ctl;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(b64u compact);
use Tokex::Tried;

our $GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
our $TYPE = 'urn:ietf:params:oauth:token-type';

# new(mpm, modules, config, log_level, document => sub { edits the document }, start => 0, own_keys => 1)
sub new
{
    my ($class, %want) = @_;
    my $edit = delete $want{document};
    my $start = delete $want{start} // 1;
    my $more = delete $want{config} // '';
    my $directives = delete $want{directives} // '';
    my %own = delete $want{own_keys} ? (own_keys => {}) : ();
    my $self = bless { keys => {}, secrets => {}, seen => {}, audit_at => 0, audit => {}, %own }, $class;
    my $httpd = $self->{httpd} = Tokex::Httpd->new(
        %want,
        config => join "\n",
        'KeepAlive On', 'MaxKeepAliveRequests 0', 'KeepAliveTimeout 60',
        'TokexIssuer http://127.0.0.1:@PORT@/sts', 'TokexDirectory @DIR@/tokex',
        'TokexAuditLog @DIR@/audit.log', $directives, '<Location /sts>', 'SetHandler tokex', '</Location>',
        $more
    );
    my (undef, $group) = Tokex::Httpd::account();
    $self->{ctl} = Tokex::Ctl->new(dir => $httpd->dir . '/tokex', group => $group);
    $self->{ctl}->init;
    $self->{document} = $self->make_document;
    $edit->($self->{document}, $self) if $edit;
    $self->{ctl}->import_document($self->{document});
    $self->watch;
    $httpd->start if $start;
    return $self;
}

sub httpd { return $_[0]{httpd} }
sub ctl { return $_[0]{ctl} }
sub document { return $_[0]{document} }
sub port { return $_[0]{httpd}->port }
sub issuer_url { my ($self) = @_; return $self->{httpd}->url('/sts') }

# Sleeps, at most half a second, until the clock has half a second left: for a token that is good until the
# clock's next second. Here time itself is the subject, and a claim set in the past says nothing of that edge.
sub early_in_a_second
{
    my $part = time - int time;
    sleep(1.01 - $part) if $part > 0.5;
    return int time;
}

sub octets
{
    my ($self, $count) = @_;
    open my $in, '<:raw', '/dev/urandom' or die "/dev/urandom: $!\n";
    my $octets;
    read $in, $octets, $count;
    return $octets;
}

sub secret { my ($self, $id) = @_; return $self->{secrets}{$id} }

# ---- Tokens

# The claims of a good token; `more` adds, replaces, and takes away where undef.
sub claims
{
    my ($self, %more) = @_;
    my $issuer = delete $more{-issuer} // 'partner';
    my $now = int time;
    my %claims = (
        iss => "https://$issuer.example",
        sub => 'auth0|user-1',
        aud => $self->issuer_url,
        iat => $now - 5,
        exp => $now + 600,
        jti => b64u($self->octets(12)),
        scope => 'orders.read orders.write',
        email => 'user.one@people.example',
        %more
    );
    delete $claims{$_} for grep { !defined $claims{$_} } keys %claims;
    return \%claims;
}

# token(issuer => 'partner', key => 'rsa', alg => ..., claims => {}, header => {})
sub token
{
    my ($self, %want) = @_;
    my $key = $self->key($want{key} // 'rsa');
    return Tokex::Jose::token($key, $self->claims(%{ $want{claims} || {} }, -issuer => $want{issuer}),
        $want{header}, $want{alg});
}

# raw(header => text or data, payload => text or data, key => name, alg => ..., signature => octets):
# missing parts are those of a good token.
sub raw
{
    my ($self, %want) = @_;
    my $key = $self->key($want{key} // 'rsa');
    my $alg = $want{alg} // $key->{alg};
    return compact(
        header => $want{header} // { alg => $alg, kid => $key->{kid}, typ => 'JWT' },
        payload => $want{payload} // $self->claims(-issuer => $want{issuer}),
        key => $key,
        alg => $alg,
        signature => $want{signature}
    );
}

# ---- Requests

# The pairs of an exchange form. undef takes a parameter away, a list repeats it.
sub form
{
    my ($self, %more) = @_;
    my @order = qw(grant_type subject_token subject_token_type);
    my %form = (grant_type => $GRANT, subject_token_type => "$TYPE:jwt", %more);
    $form{subject_token} = $self->token if !exists $form{subject_token};
    my %ordered = map { $_ => 1 } @order;
    my @pairs;
    for my $name (@order, sort grep { !$ordered{$_} } keys %form) {
        my $value = $form{$name};
        push @pairs, map { $name => $_ } ref $value ? @$value : defined $value ? $value : ();
    }
    return @pairs;
}

# exchange(-client => id, -auth => 'basic', 'post' or 'none', -secret => ..., -headers => [...], form)
sub exchange
{
    my ($self, %form) = @_;
    my ($client, $auth, $headers, $secret) = delete @form{qw(-client -auth -headers -secret)};
    $client //= 'orders';
    $auth //= 'basic';
    $secret //= $self->secret($client);
    my @headers = @{ $headers || [] };
    my @pairs = $self->form(%form);
    push @headers, Authorization => Tokex::Http::basic($client, $secret) if $auth eq 'basic';
    push @pairs, client_id => $client, client_secret => $secret if $auth eq 'post';
    return $self->post(\@pairs, @headers);
}

# A form POST to the token endpoint over the one connection that is kept.
sub post
{
    my ($self, $pairs, @headers) = @_;
    my $body = ref $pairs ? Tokex::Http::form(@$pairs) : $pairs;
    return $self->send_octets(Tokex::Http::octets(
        'POST', '/sts/token', ['Content-Type' => 'application/x-www-form-urlencoded', @headers], $body
    ));
}

sub send_octets
{
    my ($self, $octets, %more) = @_;
    my $answer;
    for my $try (1, 2) {
        my $http = $self->{http} //= Tokex::Http->new($self->port);
        # A server may close a kept connection at any moment; then it is sent once more, on a new one.
        $answer = eval { $http->request($octets, %more) };
        last if $answer;
        my $why = $@;
        delete $self->{http};
        die $why if $try == 2;
    }
    delete $self->{http} if lc($answer->header('connection') // '') eq 'close' || $answer->{version} eq '1.0';
    $self->remember($octets, $answer);
    return $answer;
}

# Asks `tokexctl try` about each request of this process that httpd decided.
sub watch
{
    my ($self) = @_;
    my $tried = $self->{tried} = Tokex::Tried->new(ctl => $self->{ctl}, port => $self->port);
    my $world = $self;
    Scalar::Util::weaken($_) for $world, $tried;
    $tried->keep;
    $self->{ctl}{changing} = sub { $tried->keep('with state.db') if $tried };
    $self->{ctl}{changed} = sub { $tried->keep if $tried };
    $Tokex::Http::WATCHED{ $self->port } = sub { $world->try_too(@_) if $world && $world->{tried}{pid} == $$ };
    return;
}

sub try_too
{
    my ($self, $octets, $answer) = @_;
    my $tried = $self->{tried};
    my $from = @{ $self->{audit_lines} || [] };
    $self->read_audit;
    if ($octets !~ m{^POST /sts/token }) {
        my @lines = grep { defined $_->{location} } @{ $self->{audit_lines} || [] }[$from .. $#{ $self->{audit_lines} || [] }];
        return @lines == 1 && $tried->compare_at_location($octets, $answer, $lines[0]);
    }
    my $json = $answer->json;
    return if !%$json;
    my $name = $json->{receipt};
    # What an opaque token is called the line alone says.
    my @lines = grep { defined $_->{jti} } @{ $self->{audit_lines} || [] }[$from .. $#{ $self->{audit_lines} || [] }];
    $name = ($json->{access_token} // '') =~ /^txo_/
        ? (@lines == 1 ? $lines[0]{jti} : undef)
        : Tokex::Jose::unjson((Tokex::Jose::parts($json->{access_token}))[1])->{jti}
        if defined $json->{access_token};
    return $tried->compare($octets, $answer, defined $name ? $self->{audit}{$name} : undef);
}

sub tried { return $_[0]{tried} }

# ---- Our tokens

sub jwks
{
    my ($self) = @_;
    return $self->{jwks} //= Tokex::Http::get($self->port, '/sts/jwks')->json;
}

# (claims, header) of an issued token, verified against the published keys.
sub decode { my ($self, $token) = @_; return Tokex::Jose::decode_verified($token, $self->jwks) }

1;
