package Tokex::World::Issuers;

# The issuers of a world, and their keys: one issuer for each setting, notation and kind of key.

use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use Tokex::Jose qw(b64u certificate ec_key ed25519_key ed448_key rsa_key unb64u);

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

# Keys and certificates that the worlds of one test have in common, but for those with own_keys: making them takes longer
# than all else of a world.
my %kept;
sub kept { my ($self) = @_; return $self->{own_keys} // \%kept }

# A key of this world by its name above, made when first asked for.
sub key { my ($self, $name) = @_; return $self->{keys}{$name} //= $self->kept->{$name} //= ($MAKE{$name} or die "no key $name\n")->() }

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
        $self->issuer('once', keys => $rsa, algorithms => $rs, one_time => \1),
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
    return $self->kept->{"certificate of $name"} //= certificate($self->key($name), "$name.example");
}

sub old_cert
{
    my ($self) = @_;
    return $self->kept->{'old certificate'} //= certificate($self->key('ec_cert'), 'old.example', -1);
}

# Keys of the set of issuer "mixed". Only those called good, private, zero and x5c may be used.
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

1;
