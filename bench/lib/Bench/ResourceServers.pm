package Bench::ResourceServers;

# Debian's modules for resource servers, each protecting the page in an httpd of its own.
use strict;
use warnings;
use Exporter qw(import);
use File::Path qw(make_path);
use Bench::Build qw(run_or_die);
use Bench::Load qw(rounded);
use Bench::Page qw(get has_module overheads page_server);
use Bench::Server;
use Bench::Site qw(slurp spew);

our @EXPORT_OK = qw(resource_servers);

# Serves a JWK Set over TLS, from the same httpd: a host, and the address.
sub key_host {
    my ($dir, $jwk) = @_;
    my $port = Bench::Server::free_port();
    run_or_die('openssl', qw(req -x509 -newkey rsa:2048 -nodes -subj /CN=127.0.0.1), '-keyout', "$dir/tls.key", '-out', "$dir/tls.pem");
    make_path("$dir/htdocs/keys");
    spew("$dir/htdocs/keys/jwks", "{\"keys\":[$jwk]}");
    return (<<"END", "https://127.0.0.1:$port/keys/jwks");
Listen 127.0.0.1:$port
<VirtualHost 127.0.0.1:$port>
    SSLEngine on
    SSLCertificateFile $dir/tls.pem
    SSLCertificateKeyFile $dir/tls.key
</VirtualHost>
END
}

# It reads RSA keys alone from files; others it fetches, over TLS alone, and remembers them.
sub auth_openidc {
    my ($dir, $alg, $subject) = @_;
    my @modules = ('auth_openidc');
    my $keys    = "OIDCOAuthVerifyCertFiles bench-$alg#$subject->{$alg}/subject.pem\n";
    if ($alg ne 'RS256') {
        my ($host, $address) = key_host($dir, slurp("$subject->{$alg}/subject.jwk"));
        $keys = "${host}OIDCOAuthVerifyJwksUri $address\nOIDCOAuthSSLValidateServer Off\n";
        push @modules, 'ssl';
    }
    return page_server($dir, "auth_openidc-$alg", ['protected'], \@modules, <<"END");
OIDCCryptoPassphrase passphrase-of-the-load-test
OIDCOAuthRemoteUserClaim sub
$keys
<Location "/protected/">
    AuthType oauth20
    Require valid-user
</Location>
END
}

sub oauth2 {
    my ($dir, $alg, $subject) = @_;
    my $jwk = slurp("$subject->{$alg}/subject.jwk") =~ s/"/\\"/gr;
    return page_server($dir, "oauth2-$alg", ['protected'], ['oauth2'], <<"END");
OAuth2TokenVerify jwk "$jwk"
<Location "/protected/">
    AuthType oauth2
    Require valid-user
</Location>
END
}

# It asks us about each token, by introspection, and remembers what we say as it remembers its own verdicts.
sub oauth2_asks {
    my ($dir, undef, undef, $asked) = @_;
    my $url = "http://127.0.0.1:$asked->{server}{port}/sts/introspect";
    return page_server($dir, 'oauth2-introspect', ['protected'], ['oauth2'], <<"END");
OAuth2TokenVerify introspect $url introspect.auth=client_secret_basic&client_id=$asked->{client}&client_secret=$asked->{secret}
<Location "/protected/">
    AuthType oauth2
    Require valid-user
</Location>
END
}

# [module, case, how its server is made, algorithm, how many tokens when not all]: mod_oauth2 always
# remembers tokens, so it decides on each one only where none comes twice within its memory;
# mod_auth_openidc remembers none that it can verify by itself.
my @peers = (
    ['auth_openidc', 'RS256',          \&auth_openidc, 'RS256'],
    ['auth_openidc', 'ES256',          \&auth_openidc, 'ES256'],
    ['oauth2',       'RS256-cached',   \&oauth2,       'RS256', 1],
    ['oauth2',       'RS256-uncached', \&oauth2,       'RS256'],
    ['oauth2',       'ES256-cached',   \&oauth2,       'ES256', 1],
    ['oauth2',       'ES256-uncached', \&oauth2,       'ES256'],
    ['oauth2',       'introspect-cached', \&oauth2_asks, undef, 1],
    ['oauth2',       'introspect',        \&oauth2_asks],
);

# What a request of the page costs the server that is asked about its token, microseconds of CPU.
sub cost_of_asking {
    my ($built, $asked, $server, $page, $opt) = @_;
    my $before = $asked->{server}->cpu_seconds;
    my ($requests) = get($built, $server, $page->{name}, $page, $opt->{seconds});
    return rounded(1e6 * ($asked->{server}->cpu_seconds - $before) / $requests, 1);
}

# Each of its requests waits for another server, so a turn takes longer; and nothing is compared with it closely.
sub slowly {
    my ($opt) = @_;
    return { %$opt, seconds => 4 * $opt->{seconds}, rounds => $opt->{rounds} < 3 ? $opt->{rounds} : 3 };
}

# `subject` are the folders of tokens by algorithm; `asked` is the server that says what tokens are good for, with
# the client that may ask and a file of its tokens. What is not installed is left out.
sub resource_servers {
    my ($built, $dir, $subject, $asked, $opt) = @_;
    my @results;
    for my $peer (@peers) {
        my ($module, $case, $start, $alg, $count) = @$peer;
        if (!has_module($module)) {
            print STDERR "mod_$module is not installed and left out\n";
            next;
        }
        my $server = $start->($dir, $alg, $subject, $asked);
        my $tokens = defined $alg ? "$subject->{$alg}/tokens.txt" : $asked->{tokens};
        my %page = (name => 'protected', tokens => $tokens, count => $count // $opt->{tokens});
        my $how = $case eq 'introspect' ? slowly($opt) : $opt;
        my %found = (name => "mod_$module", case => $case, %{ (overheads($built, $server, [\%page], $how))[0] });
        $found{asked_us} = cost_of_asking($built, $asked, $server, \%page, $opt) if !defined $alg;
        push @results, \%found;
        $server->stop;
    }
    return \@results;
}

1;
