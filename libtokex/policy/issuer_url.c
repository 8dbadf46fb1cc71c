#include "policy/issuer_url.h"

#include <string.h>

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Length of the host at the start of an authority; brackets belong to it. 0 when it is malformed.
 */
static apr_size_t host_length(const char *authority)
{
    apr_size_t len;
    if (*authority != '[')
        return strcspn(authority, ":/?#[]@");
    len = strcspn(authority, "]/?#@");
    return authority[len] == ']' ? len + 1 : 0;
}

/* Behind the host there may be a port of 1..65535, then a path or nothing. */
static bool is_port_and_path(const char *rest)
{
    long port = 0;
    apr_size_t digits;
    if (*rest != ':')
        return *rest == '/' || *rest == '\0';
    rest++;
    digits = strspn(rest, "0123456789");
    if (digits == 0 || digits > 5 || (rest[digits] && rest[digits] != '/'))
        return false;
    for (apr_size_t i = 0; i < digits; i++)
        port = port * 10 + (rest[i] - '0');
    return port >= 1 && port <= 65535;
}

static bool is_loopback(const char *host, apr_size_t len)
{
    static const char *const loopbacks[] = {"127.0.0.1", "[::1]", "localhost"};
    for (size_t i = 0; i < sizeof(loopbacks) / sizeof(loopbacks[0]); i++)
        if (strlen(loopbacks[i]) == len && memcmp(loopbacks[i], host, len) == 0)
            return true;
    return false;
}

void tokex_issuer_url_check(tokex_faults_t *faults, const tokex_place_t *at, const char *url)
{
    bool https = begins(url, "https://");
    const char *host;
    apr_size_t len;
    if (!https && !begins(url, "http://")) {
        tokex_faults_error(faults, at, "Write a URL that begins with https://.",
                           "an issuer must be an https URL");
        return;
    }
    host = url + (https ? 8 : 7);
    len = host_length(host);
    if (strchr(url, '?'))
        tokex_faults_error(faults, at, "Leave the part from ? on out (RFC 8414 section 2).",
                           "the URL of an issuer has no query");
    else if (len == 0 || !is_port_and_path(host + len))
        tokex_faults_error(faults, at, "Write a URL such as https://issuer.example.",
                           "the host or the port of the URL is malformed");
    else if (!https && !is_loopback(host, len))
        tokex_faults_error(faults, at,
                           "Use https; http is accepted for 127.0.0.1, [::1] and localhost only.",
                           "an issuer must be an https URL");
    else if (!https)
        tokex_faults_warning(faults, at, "Use https wherever real tokens are exchanged.",
                             "this issuer is reached without TLS");
}
