/* The documents that anybody may read: metadata (RFC 8414) and our JWK Set (RFC 7517). */
#ifndef MOD_TOKEX_WELLKNOWN_H
#define MOD_TOKEX_WELLKNOWN_H

#include <httpd.h>

#include "directives.h"

/* Renders the metadata of `conf`, with the grant or without it, and its two addresses at the root
 * of the host, into `pool`. */
void tokex_wellknown_prepare(tokex_conf_t *conf, bool exchanges, apr_pool_t *pool);

/* Is `path` one of those two (RFC 8414 section 3.1: the well-known part stands before the path)? */
bool tokex_wellknown_is_root(const tokex_conf_t *conf, const char *path);

/* Answers `r` with a public document of `len` octets of JSON, or 405. */
int tokex_wellknown_answer(request_rec *r, const char *body, apr_size_t len);

/* Answer a request for the metadata, for the JWK Set. */
int tokex_wellknown_metadata(request_rec *r, const tokex_conf_t *conf);
int tokex_wellknown_jwks(request_rec *r, const tokex_conf_t *conf);

#endif
