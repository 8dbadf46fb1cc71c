/* What the files of fetching share. */
#ifndef TOKEX_ADAPTER_FETCH_PRIVATE_H
#define TOKEX_ADAPTER_FETCH_PRIVATE_H

#include "adapter/curl_library.h"
#include "adapter/fetch_curl.h"

/* Nothing is known of how it went. */
void tokex_fetch_facts_clear(tokex_fetch_facts_t *facts);

/* Lets libcurl tell what `facts` are made of, and, for a look, judge nothing and send nothing.
 * After all that is set otherwise. */
CURLcode tokex_fetch_facts_set(tokex_fetch_facts_t *facts, const tokex_fetch_library_t *curl,
                               CURL *easy);

/* A line of the header of an answer. */
void tokex_fetch_facts_header(tokex_fetch_facts_t *facts, const tokex_fetch_library_t *curl,
                              const char *line, apr_size_t len, apr_pool_t *pool);

/* What libcurl knows when a transfer has ended with `code`. */
void tokex_fetch_facts_take(tokex_fetch_facts_t *facts, const tokex_fetch_library_t *curl,
                            CURL *easy, CURLcode code, apr_pool_t *pool);

/*
 * May a URL with this host be asked? A name may, the addresses that it has are looked at when they
 * are connected to; an address (without brackets) in any form that inet_aton() reads, and what ends
 * in "localhost", only as tokex_fetch_may_ask() says. So a proxy is no way round.
 */
bool tokex_fetch_may_ask_host(const tokex_fetch_settings_t *settings, const char *host);

/*
 * Seconds that the field values of Cache-Control, joined by commas, let an answer be used: max-age
 * (RFC 9111 section 5.2.2.1), 0 for one that cannot be read or stands twice with different values
 * (section 4.2.1), and 0 for no-cache and no-store. -1: they say nothing. A NULL says nothing.
 */
int64_t tokex_fetch_max_age(const char *values);

#endif
