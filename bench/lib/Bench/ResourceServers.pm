package Bench::ResourceServers;

# Debian's modules for resource servers, each protecting the page in an httpd of its own.
use strict;
use warnings;
use Exporter qw(import);
use Bench::Page qw(has_module overhead page_server);
use Bench::Site qw(slurp);

our @EXPORT_OK = qw(resource_servers);

sub auth_openidc {
    my ($dir, $alg, $subject) = @_;
    return page_server($dir, "auth_openidc-$alg", ['protected'], ['auth_openidc'], <<"END");
OIDCCryptoPassphrase passphrase-of-the-load-test
OIDCOAuthVerifyCertFiles bench-$alg#$subject->{$alg}/subject.pem
OIDCOAuthRemoteUserClaim sub
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

# [module, case, how its server is made, algorithm, tokens that are sent in turn]
my @peers = (
    ['auth_openidc', 'RS256',          \&auth_openidc, 'RS256'],
    ['auth_openidc', 'ES256',          \&auth_openidc, 'ES256'],
    ['oauth2',       'RS256-cached',   \&oauth2,       'RS256', 1],
    ['oauth2',       'RS256-uncached', \&oauth2,       'RS256'],
);

# `subject` are the folders of tokens by algorithm. What is not installed is left out.
sub resource_servers {
    my ($built, $dir, $subject, $opt) = @_;
    my @results;
    for my $peer (@peers) {
        my ($module, $case, $start, $alg, $tokens) = @$peer;
        if (!has_module($module)) {
            print STDERR "mod_$module is not installed and left out\n";
            next;
        }
        my $server = $start->($dir, $alg, $subject);
        push @results, {
            name => "mod_$module",
            case => $case,
            overhead($built, $server, 'protected', "$subject->{$alg}/tokens.txt", $tokens // $opt->{tokens}, $opt),
        };
        $server->stop;
    }
    return \@results;
}

1;
