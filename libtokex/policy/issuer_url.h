/* May a URL be that of an issuer? */
#ifndef TOKEX_POLICY_ISSUER_URL_H
#define TOKEX_POLICY_ISSUER_URL_H

#include "config/faults.h"

/* Faults at `at` where `url` may not be one: https with a host and no query, or http on a loopback
 * host (RFC 8414 section 2). */
void tokex_issuer_url_check(tokex_faults_t *faults, const tokex_place_t *at, const char *url);

#endif
