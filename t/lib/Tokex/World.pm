package Tokex::World;

# The world that most tests stand in: one httpd, its databases, and a configuration with every kind of
# issuer, client and target that they need. Nothing of it is shared between two worlds.

use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use MIME::Base64 qw(encode_base64);
use Time::HiRes qw(time);
use Tokex::Ctl;
use Tokex::Http;
use Tokex::Httpd;
use Tokex::Jose qw(b64u certificate compact ec_key ed25519_key ed448_key json rsa_key unb64u unjson);

our $GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
our $TYPE = 'urn:ietf:params:oauth:token-type';

# What a client with everything has.
our @SCOPES = qw(orders.read orders.write invoicing);
# A secret with each character that Basic and forms treat in a way of their own.
our $ODD_SECRET = 'se/cr+et: %41&=ü';

my %MAKE = (
    rsa => sub { rsa_key('rsa-1') },
    rsa_other => sub { rsa_key('other-1') },
    rsa_cert => sub { rsa_key(undef) },
    rsa_small => sub { rsa_key('small', 1024) },
    stranger => sub { rsa_key('rsa-1') },
    ec => sub { ec_key('ec-1', 'P-256') },
    ec_cert => sub { ec_key(undef, 'P-256') },
    ec384 => sub { ec_key('ec-2', 'P-384') },
    ec521 => sub { ec_key('ec-3', 'P-521') },
    ec_stranger => sub { ec_key('ec-1', 'P-256') },
    ed => sub { ed25519_key('ed-1') },
    ed_cert => sub { ed25519_key(undef) },
    ed448 => sub { ed448_key('ed-2') },
);

# new(mpm, modules, config, log_level, document => sub { edits the document }, start => 0)
sub new
{
    my ($class, %want) = @_;
    my $edit = delete $want{document};
    my $start = delete $want{start} // 1;
    my $more = delete $want{config} // '';
    my $directives = delete $want{directives} // '';
    my $self = bless { keys => {}, secrets => {}, seen => {}, audit_at => 0, audit => {} }, $class;
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
    $httpd->start if $start;
    return $self;
}

sub httpd { return $_[0]{httpd} }
sub ctl { return $_[0]{ctl} }
sub document { return $_[0]{document} }
sub port { return $_[0]{httpd}->port }
sub issuer_url { my ($self) = @_; return $self->{httpd}->url('/sts') }

# A key of this world by its name above, made when first asked for.
sub key { my ($self, $name) = @_; return $self->{keys}{$name} //= ($MAKE{$name} or die "no key $name\n")->() }

# ---- The configuration

sub make_document
{
    my ($self) = @_;
    my %issuers = $self->make_issuers;
    my @enabled = sort keys %issuers;
    my @all_but_other = grep { $_ ne 'other' } @enabled;
    my $rule = sub {
        my ($id, $issuers, $targets, $default, %more) = @_;
        return {
            id => $id,
            issuers => $issuers,
            targets => $targets,
            ($default ? (default_target => $default) : ()), %more
        };
    };
    my $everything = sub { $rule->('everything', [@enabled], [qw(api billing dark short)], 'api') };
    my $clients = [
        $self->client('orders', rules => [$everything->()]),
        $self->client('shop', rules => [$everything->()]),
        $self->client('orders:1', secret => 'se/cr+et', rules => [$everything->()]),
        $self->client('odd', secret => $ODD_SECRET, rules => [$everything->()]),
        $self->client('off', enabled => \0, rules => [$everything->()]),
        $self->client('public', secret => undef, rules => [$everything->()]),
        $self->client('nogrant', grant_types => [], rules => [$everything->()]),
        $self->client('norules'),
        $self->client('others', rules => [$rule->('other', ['other'], ['api'], 'api')]),
        $self->client('nodefault', rules => [$rule->('named', \@enabled, [qw(api billing)])]),
        $self->client(
            'inorder',
            rules => [
                $rule->('first', ['partner'], ['billing'], 'billing', enabled => \0),
                $rule->('second', ['partner'], ['api'], 'api', lifetime => 60),
                $rule->('third', ['partner'], [qw(api billing)], 'billing', lifetime => 30)
            ]
        ),
        $self->client(
            'absent',
            rules => [$rule->('absent', \@enabled, ['api'], 'api', scopes_when_absent => ['orders.read'])]
        ),
        $self->client('darkened', rules => [$rule->('dark', [@enabled], ['dark'], 'dark')]),
        $self->client('few', scopes => ['orders.read'], rules => [$everything->()]),
        $self->delegating_clients(\@enabled),
        $self->client('rotating', secret => 'unused', rules => [$everything->()]),
    ];
    $self->{secrets}{rotating} = b64u($self->octets(32));
    $self->{secrets}{'rotating-old'} = b64u($self->octets(32));
    $clients->[-1]{secrets} = [
        { id => 'new', sha256 => sha256_hex($self->{secrets}{rotating}), created => 1, expires => 0 },
        { id => 'old', sha256 => sha256_hex($self->{secrets}{'rotating-old'}), created => 1, expires => 1000 }
    ];
    return {
        schema => 1,
        issuers => [map { $issuers{$_} } sort keys %issuers],
        mappings => [{
            id => 'profile',
            name => 'Profile',
            rows => [
                { from => 'email', to => 'email' },
                { from => 'groups', to => 'groups' },
                { from => 'https://example\.com/roles', to => 'roles' },
                { from => 'number', to => 'number' },
                { from => 'nested', to => 'nested' }
            ]
        }, $self->typed_mappings],
        scopes => [
            (map { { id => $_, description => "Scope $_" } } @SCOPES, 'admin'),
            { id => 'payments', sensitive => \1 }
        ],
        targets => [
            $self->target(
                'api',
                scopes => [@SCOPES, 'payments'],
                resources => ['https://api.example/', 'https://api.example/v1?shop=1&x=%2F']
            ),
            $self->target('billing', scopes => ['invoicing'], resources => ['https://billing.example/']),
            $self->target('dark', enabled => \0, scopes => [@SCOPES]),
            $self->target('short', scopes => [@SCOPES], lifetime => 20),
            # A service that exchanges the tokens it is sent: they carry its client id.
            $self->target('hop', scopes => [@SCOPES], audience => 'acting'),
            $self->target('foreign', scopes => [@SCOPES], resources => ['https://foreign.example/'])
        ],
        clients => $clients,
    };
}

# Clients whose rules say who may act, how scopes grow, and what else a token must be.
sub delegating_clients
{
    my ($self, $issuers) = @_;
    my $rule = sub {
        return [{
            id => 'only',
            issuers => [@$issuers, 'self'],
            targets => [qw(api billing hop)],
            default_target => 'api',
            @_
        }];
    };
    my $agents = { issuer => 'agents', subject => 'svc-*' };
    my $delegation = sub { return (delegation => \1, actors => [$agents], @_) };
    my $our_agents = { issuer => 'self', subject => 'svc-*' };
    my $condition = sub {
        my ($claim, $test, @values) = @_;
        return { claim => $claim, test => $test, values => \@values };
    };
    return (
        $self->client(
            'delegate',
            properties => [{ name => 'department', value => 'sales' }],
            rules => $rule->($delegation->(actors => [$agents, $our_agents]))
        ),
        $self->client('delegate-only', rules => $rule->($delegation->(impersonation => \0))),
        $self->client(
            'acting',
            rules => $rule->($delegation->(impersonation => \0, client_as_actor => \1, max_actors => 2))
        ),
        $self->client(
            'own-actor',
            rules => $rule->($delegation->(actors => [{ issuer => 'partner', subject => 'auth0|*' }]))
        ),
        $self->client(
            'undelegated',
            rules => $rule->($delegation->(conditions => [$condition->(qw(act none_of anybody))]))
        ),
        $self->client(
            'judging',
            rules => $rule->(
                conditions => [$condition->(qw(org is acme)), $condition->(qw(groups any_of staff lead))]
            )
        ),
        $self->client(
            'wide',
            scopes => [@SCOPES, 'payments'],
            rules => $rule->(scope_mode => 'widen', sensitive_scopes => ['payments'])
        ),
        $self->client('fall', scopes => [@SCOPES, 'payments'], rules => $rule->(scope_mode => 'fallback')),
        $self->client('robots', rules => $rule->(machine_tokens => \1)),
    );
}

# Mappings with every source, transform and type, and what each does without a value.
sub typed_mappings
{
    my ($self) = @_;
    return ({
        id => 'typed',
        name => 'Typed',
        rows => [
            { from => 'address.country', to => 'country', transform => 'lower', type => 'text' },
            { from => 'https://example\.com/groups', to => 'groups', type => 'texts' },
            { from => 'https://example\.com/groups', to => 'group', transform => 'first', type => 'text' },
            { from => 'level', to => 'level', type => 'number' },
            { from => 'verified', to => 'verified', type => 'boolean' },
            { from => 'words', to => 'words', transform => 'split', type => 'texts' },
            { from => 'list', to => 'line', transform => 'join', type => 'text' },
            {
                from => 'rank',
                to => 'grade',
                transform => 'table',
                table => [{ from => 'boss', to => 'manager' }, { from => 'hand', to => 'clerk' }]
            },
            { from => 'tier', to => 'tier', if_missing => 'default', default_value => 'basic' },
            { source => 'actor', from => 'email', to => 'sent_by' },
            { source => 'parameter', from => 'transaction_id', to => 'transaction_id', type => 'text' },
            { source => 'client', from => 'department', to => 'department' },
            { source => 'constant', from => 'eu-1', to => 'region' }
        ]
    }, {
        id => 'needing',
        name => 'Needing',
        rows => [
            { from => 'email', to => 'email', if_missing => 'refuse' },
            { source => 'client', from => 'department', to => 'department', if_missing => 'refuse' },
            {
                source => 'parameter',
                from => 'transaction_id',
                to => 'transaction_id',
                if_missing => 'refuse'
            }
        ]
    });
}

# A copy of the configuration with changes.
sub edited
{
    my ($self, $edit) = @_;
    my $copy = unjson(json($self->{document}));
    $edit->($copy);
    return $copy;
}

# The same with one more issuer, for trying out key material.
sub with_issuer
{
    my ($self, %fields) = @_;
    my (undef, $issuer) = $self->issuer('tried', %fields);
    return $self->edited(sub { push @{ $_[0]{issuers} }, $issuer });
}

# Sleeps until the clock has most of a second left, for tests of times to the second.
sub early_in_a_second
{
    my $part = time - int time;
    Time::HiRes::sleep(1.01 - $part) if $part > 0.5;
    return int time;
}

sub target
{
    my ($self, $id, %more) = @_;
    return { id => $id, name => "Target $id", audience => "https://$id.example", %more };
}

sub octets
{
    my ($self, $count) = @_;
    open my $in, '<:raw', '/dev/urandom' or die "/dev/urandom: $!\n";
    my $octets;
    read $in, $octets, $count;
    return $octets;
}

sub client
{
    my ($self, $id, %more) = @_;
    my $secret = exists $more{secret} ? delete $more{secret} : b64u($self->octets(32));
    my @secrets;
    if (defined $secret) {
        $self->{secrets}{$id} = $secret;
        my $octets = $secret;
        utf8::encode($octets) if utf8::is_utf8($octets);
        @secrets = ({ id => 'one', sha256 => sha256_hex($octets), created => 1, expires => 0 });
    }
    return { id => $id, name => "Client $id", scopes => [@SCOPES], secrets => \@secrets, rules => [], %more };
}

sub secret { my ($self, $id) = @_; return $self->{secrets}{$id} }

sub issuer
{
    my ($self, $id, %more) = @_;
    return (
        $id => {
            id => $id,
            name => "Issuer $id",
            issuer => "https://$id.example",
            audiences => ["urn:alias:$id"],
            %more
        }
    );
}

sub make_issuers
{
    my ($self) = @_;
    my $jwk = sub { my ($name, %more) = @_; return { jwk => $self->key($name)->public_jwk(%more) } };
    my $rsa = [$jwk->('rsa')];
    my $rs = [qw(RS256 RS384 RS512 PS256 PS384 PS512)];
    my $all = [@$rs, qw(ES256 ES384 ES512 EdDSA)];
    my $nameless = sub { $jwk->($_[0], kid => undef) };
    return (
        $self->issuer('partner', keys => $rsa, algorithms => $rs, mapping => 'profile'),
        $self->issuer('other', keys => [$jwk->('rsa_other')], algorithms => $rs),
        $self->issuer(
            'ec',
            keys => [map { $jwk->($_) } qw(ec ec384 ec521)],
            algorithms => [qw(ES256 ES384 ES512)]
        ),
        $self->issuer('eddsa', keys => [map { $jwk->($_) } qw(ed ed448)], algorithms => ['EdDSA']),
        $self->issuer('pem', keys => [{ pem => $self->cert('rsa_cert') }], algorithms => $all),
        $self->issuer('pem-ec', keys => [{ pem => $self->cert('ec_cert') }], algorithms => $all),
        $self->issuer('pem-ed', keys => [{ pem => $self->cert('ed_cert') }], algorithms => $all),
        $self->issuer(
            'der',
            keys => [{ der => encode_base64($self->key('rsa_cert')->public_der, '') }],
            algorithms => $all
        ),
        # A certificate whose time has ended, and somebody who takes it all the same.
        $self->issuer('expired', keys => [{ pem => $self->old_cert }], algorithms => $all),
        $self->issuer(
            'forgiving',
            keys => [{ pem => $self->old_cert }],
            algorithms => $all,
            allow_expired_certificates => \1
        ),
        $self->issuer('disabled', keys => $rsa, algorithms => $rs, enabled => \0),
        $self->issuer('strict', keys => $rsa, algorithms => $rs, leeway => 0),
        $self->issuer('skewed', keys => $rsa, algorithms => $rs, leeway => 10),
        $self->issuer('aged', keys => $rsa, algorithms => $rs, max_age => 600, leeway => 0),
        $self->issuer('at-only', keys => $rsa, algorithms => $rs, typ => 'at+jwt'),
        $self->issuer('jwt-only', keys => $rsa, algorithms => $rs, typ => 'jwt'),
        $self->issuer('rs256-only', keys => $rsa, algorithms => ['RS256']),
        $self->issuer('id-token-only', keys => $rsa, algorithms => $rs, token_types => ['id_token']),
        $self->issuer('scp', keys => $rsa, algorithms => $rs, scope_claim => 'permissions'),
        $self->issuer('no-alias', keys => $rsa, algorithms => $rs, audiences => []),
        $self->issuer('agents', keys => $rsa, algorithms => $rs),
        $self->issuer('vouching', keys => $rsa, algorithms => $rs, accept_may_act => \1),
        $self->issuer(
            'typed',
            keys => $rsa,
            algorithms => $rs,
            mapping => 'typed',
            scope_map => [
                { from => 'theirs.read', to => 'orders.read' }, { from => 'invoicing', to => 'admin' }
            ]
        ),
        $self->issuer('needing', keys => $rsa, algorithms => $rs, mapping => 'needing'),
        $self->issuer(
            'marked',
            keys => $rsa,
            algorithms => $rs,
            default_machine_marks => \0,
            machine_marks => [{ claim => 'token_use', test => 'is', values => ['service'] }]
        ),
        $self->issuer(
            'judged',
            keys => $rsa,
            algorithms => $rs,
            conditions => [
                { claim => 'org', test => 'one_of', values => ['acme', 'initech'] },
                { claim => 'path', test => 'glob', values => ['/shops/*'] },
                { claim => 'https://example\.com/groups', test => 'none_of', values => ['banned'] }
            ]
        ),
        # A key set in which no key, one key, or several fit a token without kid.
        $self->issuer('one-key', keys => [$nameless->('rsa'), $nameless->('ec')], algorithms => $all),
        $self->issuer(
            'two-keys',
            keys => [$jwk->('rsa'), $jwk->('rsa_other'), $jwk->('ec')],
            algorithms => $all
        ),
        # One kid for two kinds of key.
        $self->issuer(
            'same-kid',
            keys => [$jwk->('rsa', kid => 'same'), $jwk->('ec', kid => 'same')],
            algorithms => $all
        ),
        # A set as the net brings it: one good key among keys that must not be used.
        $self->issuer('mixed', keys => [{ jwks => { keys => [$self->mixed_keys] } }], algorithms => $all),
    );
}

sub cert
{
    my ($self, $name) = @_;
    return $self->{cert}{$name} //= certificate($self->key($name), "$name.example");
}

sub old_cert
{
    my ($self) = @_;
    return $self->{cert}{old} //= certificate($self->key('ec_cert'), 'old.example', -1);
}

# Keys of the set of issuer "mixed". All but those in %MIXED_GOOD must be left out of it.
our %MIXED_GOOD = map { $_ => 1 } qw(good private zero x5c);

sub mixed_keys
{
    my ($self) = @_;
    my $key = $self->key('rsa');
    my $n = unb64u($key->public_jwk->{n});
    return (
        $key->public_jwk(kid => 'good'),
        $key->public_jwk(kid => 'enc', use => 'enc'),
        $key->public_jwk(kid => 'ops', use => undef, key_ops => ['encrypt']),
        $key->public_jwk(kid => 'ops-twice', use => undef, key_ops => ['verify', 'verify']),
        $key->public_jwk(kid => 'ops-odd', use => undef, key_ops => ['verify', 7]),
        $key->public_jwk(kid => 'hs', alg => 'HS256'),
        $key->public_jwk(kid => 'e1', e => b64u("\x01")),
        $key->public_jwk(kid => 'e2', e => b64u("\x02")),
        $key->public_jwk(kid => 'e-long', e => b64u("\x01" . "\0" x 8 . "\x01")),
        $self->key('rsa_small')->public_jwk,
        $key->public_jwk(kid => 'zero', n => b64u("\0$n")),
        $key->public_jwk(kid => 'x5c', x5c => ['garbage', ('QUJD') x 100]),
        $key->private_jwk(kid => 'private'),
        { kty => 'oct', kid => 'oct', k => b64u('an hmac secret of the wrong kind') },
    );
}

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
        $answer = eval { $http->request($octets, %more) } and last;
        my $why = $@;
        delete $self->{http};
        die $why if $try == 2;
    }
    delete $self->{http} if lc($answer->header('connection') // '') eq 'close' || $answer->{version} eq '1.0';
    $self->remember($octets, $answer);
    return $answer;
}

# Keeps what must not be found in a log: secrets, and of tokens payload and signature.
sub remember
{
    my ($self, $octets, $answer) = @_;
    my $seen = $self->{seen};
    my $note = sub {
        my ($what, $value) = @_;
        $seen->{$value} = $what if defined $value && length $value >= 16;
    };
    $note->('Authorization', $1) if $octets =~ /^Authorization: \S+ ([A-Za-z0-9+\/=]+)\r$/mi;
    for my $pair (map { /^(?:subject_token|actor_token|client_secret)=(.*)/s ? $1 : () } split /&/,
        $octets =~ s/^.*?\r\n\r\n//sr) {
        my $value = $pair =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger;
        if ($value =~ /^[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)/) {
            $note->('payload of a subject token', $1);
            $note->('signature of a subject token', $2);
        } elsif (length $value < 4096 && $value !~ /^eyJ/) {
            $note->('secret or token', $value);
        }
    }
    my $issued = $answer->json;
    if (ref $issued eq 'HASH' && defined $issued->{access_token}) {
        my (undef, $payload, $signature) = split /\./, $issued->{access_token};
        $note->('payload of an issued token', $payload);
        $note->('signature of an issued token', $signature);
    }
    return;
}

# The audit line of an answer, as Perl data: found by the receipt of a refusal, the jti of a token.
sub audit_of
{
    my ($self, $answer) = @_;
    my $json = $answer->json;
    my $name = $json->{receipt};
    if (defined $json->{access_token}) {
        $name = unjson((Tokex::Jose::parts($json->{access_token}))[1])->{jti};
    }
    return if !defined $name;
    return $self->{httpd}->wait_for(
        sub {
            $self->read_audit;
            return $self->{audit}{$name};
        },
        5
    );
}

sub read_audit
{
    my ($self) = @_;
    my $text = Tokex::Httpd::slurp($self->{httpd}->dir . '/audit.log', $self->{audit_at});
    while ($text =~ s/^([^\n]*)\n//) {
        my $line = $1;
        $self->{audit_at} += length($line) + 1;
        my $entry = eval { unjson($line) } or next;
        $self->{audit}{$_} = $entry for grep {defined} map { $entry->{$_} } qw(receipt jti);
    }
    return;
}

# All that was logged anywhere.
sub logs
{
    my ($self) = @_;
    my $dir = $self->{httpd}->dir;
    return map { $_ => Tokex::Httpd::slurp("$dir/$_") } qw(error.log access.log audit.log start.log);
}

# ---- Our tokens

sub jwks
{
    my ($self) = @_;
    return $self->{jwks} //= Tokex::Http::get($self->port, '/sts/jwks')->json;
}

# (claims, header) of an issued token, verified against the published keys.
sub decode { my ($self, $token) = @_; return Tokex::Jose::decode_verified($token, $self->jwks) }

1;
