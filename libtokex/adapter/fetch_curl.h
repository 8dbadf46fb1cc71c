/*
 * Fetching documents over HTTP, with libcurl, of which nothing outside fetch_curl.c knows.
 *
 * What a fetch may do is bounded: GET, or POST of a form, https (http only where the URL says so
 * itself), three redirects to the same scheme and none for what carries credentials or a form, no
 * proxy, cookies or netrc but those of the settings, no more octets and no more time than the
 * settings allow, and no address that is not public unless the settings name it. The address is
 * looked at when it is connected to, so that a name that resolves to something else by then is no
 * way round (RFC 8414 section 6, RFC 9700).
 *
 * A proxy is the administrator's own, so its address is not looked at; and behind it nobody here
 * sees which address a name has. Then only addresses that stand in a URL can be refused.
 *
 * The process has to ignore SIGPIPE, as httpd does.
 */
#ifndef TOKEX_ADAPTER_FETCH_CURL_H
#define TOKEX_ADAPTER_FETCH_CURL_H

#include <stdbool.h>
#include <stdint.h>

#include <apr_network_io.h>

#include "base/err.h"

/* What the administrator allows. Immutable; outlives the fetcher. */
typedef struct tokex_fetch_settings_t {
    const char *ca_file; /* PEM; NULL: the system's */
    const char *proxy;   /* http or https URL; NULL: none, whatever the environment says */
    apr_ipsubnet_t *const *allowed; /* addresses that are not public and still may be asked */
    int allowed_count;
    int connect_ms;    /* until connected, 1..; milliseconds */
    int total_ms;      /* for everything, redirects among it */
    apr_size_t octets; /* of one answer, decoded */
    bool stays;        /* no redirect is followed */
} tokex_fetch_settings_t;

/* A certificate that was shown, as libcurl tells it. Nothing of it need be true. */
typedef struct tokex_fetch_certificate_t {
    const char *subject; /* "CN = idp.example"; NULL: unknown, as with the next two */
    const char *issuer;
    const char *names; /* for which it is good: "DNS:idp.example, IP Address:192.0.2.1" */
    int64_t from;      /* seconds; 0: unknown */
    int64_t until;     /* seconds; 0: unknown */
} tokex_fetch_certificate_t;

/* How far a fetch came: where it failed, when it did. */
typedef enum tokex_fetch_stage_t {
    TOKEX_FETCH_AT_URL,     /* which may not be asked for what stands in it */
    TOKEX_FETCH_AT_ADDRESS, /* which the settings do not allow */
    TOKEX_FETCH_AT_NAME,    /* which the resolver does not know */
    TOKEX_FETCH_AT_CONNECT, /* to the server or the proxy, or the proxy to the server */
    TOKEX_FETCH_AT_TLS,
    TOKEX_FETCH_AT_ANSWER
} tokex_fetch_stage_t;

/* How a fetch went, for people: of the last answer where it was redirected. */
typedef struct tokex_fetch_facts_t {
    bool look; /* in: only connect, show what certificate is there without judging it, send and
                  believe nothing; the fetch then succeeds with an empty body */

    tokex_fetch_stage_t stage;
    int name_ms; /* each by itself; -1: it did not come to that */
    int connect_ms;
    int tls_ms;
    int answer_ms;
    bool connected;      /* to the server or the proxy */
    const char *address; /* connected to, "192.0.2.1:443"; NULL: to none */
    const char *tls;     /* "TLSv1.3"; NULL: unknown */
    const tokex_fetch_certificate_t *certificates; /* the server's own first; none where a
                                                      connection was used again */
    int certificate_count;
    int status;      /* of HTTP; 0: there was no answer */
    int64_t date;    /* Date of the answer, seconds; 0: not told */
    int64_t age;     /* of what a cache gave: seconds since then */
    const char *url; /* that answered */
} tokex_fetch_facts_t;

/* One document to fetch, and what came of it. */
typedef struct tokex_fetch_t {
    const char *url;           /* in */
    const char *accept;        /* in: the header Accept */
    const char *authorization; /* in: the header Authorization, one line; NULL: none */
    const char *form; /* in: application/x-www-form-urlencoded, sent with POST; NULL: a GET */
    tokex_fetch_facts_t *facts; /* in: where to say how it went; NULL: nobody asks */

    const tokex_err_t *err; /* TOKEX_E_FETCH, its text tells what, how long and what to do; NULL: a
                               200 came, no other status is a success */
    const char *body;       /* NUL-terminated */
    apr_size_t len;
    const char *content_type; /* NULL: none */
    int64_t max_age; /* seconds, as Cache-Control says (RFC 9111 section 5.2.2.1; 0 for no-cache and
                        no-store); -1: it says nothing */
    int ms;          /* that it took */
    int status;      /* of the last answer; 0: none came as far as that */
} tokex_fetch_t;

/* What fetches for one thread at a time, keeping connections and names for the next fetch. */
typedef struct tokex_fetcher_t tokex_fetcher_t;

/* libcurl, loaded. */
typedef struct tokex_fetch_library_t tokex_fetch_library_t;

/* Once a process, or by its parent, before any thread fetches; undone when `pool` goes, but that
 * the library stays in memory. Others in the process may use libcurl too. TOKEX_E_FETCH. */
const tokex_err_t *tokex_fetch_prepare(const tokex_fetch_library_t **out, apr_pool_t *pool);

/* Goes when `pool` does; must not cross a fork. TOKEX_E_FETCH. */
const tokex_err_t *tokex_fetch_create(tokex_fetcher_t **out, const tokex_fetch_library_t *library,
                                      const tokex_fetch_settings_t *settings, apr_pool_t *pool);

/*
 * Fetches all `count` documents at the same time and returns when the last has come or failed:
 * after total_ms and some milliseconds at most, and within half a second when `*stop` (may be NULL)
 * turns not zero, which another thread may do. Where libcurl is older than 7.87 it waits for the
 * system's resolver, however long that takes. Results live in `pool`.
 */
void tokex_fetch_run(tokex_fetcher_t *fetcher, tokex_fetch_t *fetches, int count,
                     volatile apr_uint32_t *stop, apr_pool_t *pool);

/* An address of a name, as text. */
typedef struct tokex_fetch_address_t {
    const char *text;
    bool may_ask; /* under the settings */
} tokex_fetch_address_t;

/* The addresses that this host's resolver gives for `host` (a name, or an address without
 * brackets), however long that takes. NULL, or why there are none, in words. */
const char *tokex_fetch_look_up(const tokex_fetch_address_t **out, int *count,
                                const tokex_fetch_settings_t *settings, const char *host,
                                apr_pool_t *pool);

/* May `address` be asked under `settings`? False for every address that is not public (RFC 6890 and
 * what embeds an IPv4 address in IPv6) and not allowed. */
bool tokex_fetch_may_ask(const tokex_fetch_settings_t *settings, const apr_sockaddr_t *address);

#endif
