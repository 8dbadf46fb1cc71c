package Tokex::Jose;

# Keys and tokens, made by code that shares nothing with the product: CryptX, Crypt::JWT and, for
# Ed448, certificates and odd paddings, the openssl command. Well-formed tokens come from token(),
# any other octets from compact().

use strict;
use warnings;
use Crypt::JWT ();
use Crypt::PK::ECC;
use Crypt::PK::Ed25519;
use Crypt::PK::RSA;
use Exporter qw(import);
use File::Temp ();
use JSON::PP ();
use MIME::Base64 qw(decode_base64url encode_base64url);

our @EXPORT_OK = qw(b64u unb64u json unjson compact token decode_verified rsa_key ec_key ed25519_key
    ed448_key certificate parts);

my %CURVE = ('P-256' => 'secp256r1', 'P-384' => 'secp384r1', 'P-521' => 'secp521r1');

sub b64u { return encode_base64url($_[0], '') }

sub unb64u { return decode_base64url($_[0]) }

# Perl data as JSON octets, members sorted; and back.
sub json { return JSON::PP->new->canonical->utf8->allow_nonref->encode($_[0]) }

sub unjson { return JSON::PP->new->utf8->allow_nonref->decode($_[0]) }

# The octets of a command's answer.
sub openssl
{
    my ($input, @words) = @_;
    my $in = File::Temp->new;
    binmode $in;
    print {$in} $input;
    close $in;
    my $out = File::Temp->new;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        open STDIN, '<', $in->filename or die $!;
        open STDOUT, '>', $out->filename or die $!;
        open STDERR, '>', '/dev/null' or die $!;
        exec 'openssl', @words or exit 127;
    }
    waitpid $pid, 0;
    die "openssl @words: status $?\n" if $?;
    return slurp($out->filename);
}

sub slurp
{
    my ($path) = @_;
    open my $in, '<:raw', $path or die "$path: $!\n";
    local $/ = undef;
    return scalar <$in>;
}

# A key: kty, kid, pk (a CryptX object, none for Ed448), pem (PKCS#8), alg (the one used unless told).
sub rsa_key
{
    my ($kid, $bits) = @_;
    my $pem = openssl('', qw(genpkey -algorithm RSA -pkeyopt), 'rsa_keygen_bits:' . ($bits // 2048));
    return bless { kty => 'RSA', kid => $kid, pem => $pem, alg => 'RS256', pk => Crypt::PK::RSA->new(\$pem) },
        'Tokex::Jose::Key';
}

sub ec_key
{
    my ($kid, $curve) = @_;
    $curve //= 'P-256';
    my $pem = openssl('', qw(genpkey -algorithm EC -pkeyopt), "ec_paramgen_curve:$curve");
    my %alg = ('P-256' => 'ES256', 'P-384' => 'ES384', 'P-521' => 'ES512');
    return
        bless { kty => 'EC', kid => $kid, pem => $pem, alg => $alg{$curve}, pk => Crypt::PK::ECC->new(\$pem) },
        'Tokex::Jose::Key';
}

sub ed25519_key
{
    my ($kid) = @_;
    my $pem = openssl('', qw(genpkey -algorithm ed25519));
    return
        bless { kty => 'OKP', kid => $kid, pem => $pem, alg => 'EdDSA', pk => Crypt::PK::Ed25519->new(\$pem) },
        'Tokex::Jose::Key';
}

sub ed448_key
{
    my ($kid) = @_;
    my $pem = openssl('', qw(genpkey -algorithm ed448));
    return bless { kty => 'OKP', kid => $kid, pem => $pem, alg => 'EdDSA' }, 'Tokex::Jose::Key';
}

# A self-signed certificate of a key, as PEM. `days` may be negative: one that has expired.
sub certificate
{
    my ($key, $name, $days) = @_;
    my $file = $key->pem_file;
    $days //= 30;
    my @when = ('-days', $days);
    if ($days < 0) {
        # openssl req of OpenSSL 3.0 knows no start date: a request is signed with dates of its own.
        my $dir = File::Temp->newdir;
        my $request = openssl('', qw(req -new -key), $file->filename, '-subj', "/CN=$name");
        write_file("$dir/r.pem", $request);
        write_file("$dir/db", '');
        write_file("$dir/serial", "01\n");
        write_file("$dir/ca.cnf",
                  "[ca]\ndefault_ca=c\n[c]\ndatabase=$dir/db\nserial=$dir/serial\nnew_certs_dir=$dir\n"
                . "default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n");
        return openssl('', qw(ca -batch -selfsign -notext -config),
            "$dir/ca.cnf", '-keyfile', $file->filename,
            '-in', "$dir/r.pem", qw(-startdate 20200101000000Z -enddate 20210101000000Z));
    }
    return openssl('', qw(req -x509 -new -key), $file->filename, '-subj', "/CN=$name", @when);
}

sub write_file
{
    my ($path, $octets) = @_;
    open my $out, '>:raw', $path or die "$path: $!\n";
    print {$out} $octets;
    close $out or die "$path: $!\n";
    return $path;
}

# A compact serialisation of whatever octets; `header` and `payload` may be Perl data. With `key`
# the signature is real, with `signature` it is those octets.
sub compact
{
    my (%part) = @_;
    my ($header, $payload) = map { ref $_ ? json($_) : $_ } @part{qw(header payload)};
    my $input = b64u($header) . '.' . b64u($payload);
    my $signature = $part{signature} // $part{key}->sign($part{alg} // $part{key}{alg}, $input);
    return "$input." . b64u($signature);
}

# A well-formed token. Crypt::JWT makes it, but for Ed448, which it does not know.
sub token
{
    my ($key, $claims, $header, $alg) = @_;
    $alg //= $key->{alg};
    my %header = (%{ $header || {} });
    $header{kid} = $key->{kid} if defined $key->{kid} && !exists $header{kid};
    delete $header{kid} if !defined $header{kid};
    if (!$key->{pk}) {
        return compact(
            header => { typ => 'JWT', %header, alg => $alg },
            payload => $claims,
            key => $key,
            alg => $alg
        );
    }
    return Crypt::JWT::encode_jwt(
        payload => $claims,
        key => $key->{pk},
        alg => $alg,
        extra_headers => { typ => 'JWT', %header }
    );
}

# Verifies a token against a JWK Set, with Crypt::JWT; (claims, header). Dies when it does not verify.
sub decode_verified
{
    my ($token, $jwks, %more) = @_;
    my ($header, $claims) =
        # time() may lag behind the clock that httpd reads by a tick, and so by a second.
        Crypt::JWT::decode_jwt(
        token => $token,
        kid_keys => $jwks,
        decode_header => 1,
        verify_exp => 1,
        leeway => 1,
        accepted_alg => $more{alg} // ['ES256', 'RS256', 'EdDSA', 'ES384', 'PS256'],
        %more
        );
    return ($claims, $header);
}

# (header, payload, signature) of a compact token, decoded; the first two still text.
sub parts
{
    return map { unb64u($_) } split /\./, $_[0], -1;
}

sub jti { my ($token) = @_; return unjson((parts($token))[1])->{jti} }

package Tokex::Jose::Key;

use strict;
use warnings;
use MIME::Base64 qw(encode_base64url decode_base64);

sub pem_file
{
    my ($self) = @_;
    my $file = File::Temp->new;
    print {$file} $self->{pem};
    close $file;
    return $file;
}

sub public_pem { my ($self) = @_; return Tokex::Jose::openssl($self->{pem}, qw(pkey -pubout)) }

sub public_der { my ($self) = @_; return $self->{der} //= Tokex::Jose::openssl($self->{pem}, qw(pkey -pubout -outform DER)) }

# The public JWK with kid, use and alg; `more` adds or replaces members, undef takes one away.
sub public_jwk
{
    my ($self, %more) = @_;
    my $jwk =
          $self->{pk}
        ? $self->{pk}->export_key_jwk('public', 1)
        : { kty => 'OKP', crv => 'Ed448', x => encode_base64url(substr($self->public_der, -57), '') };
    my %jwk = (%$jwk, use => 'sig', kid => $self->{kid}, %more);
    delete $jwk{$_} for grep { !defined $jwk{$_} } keys %jwk;
    return \%jwk;
}

sub private_jwk
{
    my ($self, %more) = @_;
    return { %{ $self->{pk}->export_key_jwk('private', 1) }, %{ $self->public_jwk(%more) } };
}

# The JOSE signature of any octets. `sha` and `salt` make PSS signatures that JOSE does not allow.
sub sign
{
    my ($self, $alg, $input, %more) = @_;
    my ($kind, $bits) = $alg =~ /^([A-Z]S)(\d+)$/;
    if ($self->{kty} eq 'RSA') {
        if ($more{mgf}) {
            my $file = $self->pem_file;
            return Tokex::Jose::openssl(
                $input, 'dgst', "-sha$bits", '-sign',
                $file->filename, '-sigopt', 'rsa_padding_mode:pss', '-sigopt',
                'rsa_pss_saltlen:' . $bits / 8, '-sigopt', "rsa_mgf1_md:$more{mgf}"
            );
        }
        return $kind eq 'PS'
            ? $self->{pk}->sign_message($input, "SHA$bits", 'pss', $more{salt} // $bits / 8)
            : $self->{pk}->sign_message($input, "SHA$bits", 'v1.5');
    }
    if ($self->{kty} eq 'EC') {
        return $more{der}
            ? $self->{pk}->sign_message($input, "SHA$bits")
            : $self->{pk}->sign_message_rfc7518($input, "SHA$bits");
    }
    return $self->{pk}->sign_message($input) if $self->{pk};
    my $in = File::Temp->new;
    binmode $in;
    print {$in} $input;
    close $in;
    my $file = $self->pem_file;
    return Tokex::Jose::openssl('', qw(pkeyutl -sign -rawin -inkey), $file->filename, '-in', $in->filename);
}

1;
