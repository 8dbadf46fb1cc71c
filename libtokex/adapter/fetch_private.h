/* What the files of fetching share. */
#ifndef TOKEX_ADAPTER_FETCH_PRIVATE_H
#define TOKEX_ADAPTER_FETCH_PRIVATE_H

#include "adapter/fetch_curl.h"

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
