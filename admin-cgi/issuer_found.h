/* What the server of a new issuer was found to say. */
#ifndef ADMIN_ISSUER_FOUND_H
#define ADMIN_ISSUER_FOUND_H

#include "keys/key_probe.h"

/* The step because of which it cannot be taken; NULL: it can. */
const tokex_probe_step_t *admin_found_failed(const tokex_probe_t *probe);

/* Why, in a sentence without its full stop; `typed` is the issuer as it was written. */
const char *admin_found_words(const tokex_probe_step_t *step, const char *typed, apr_pool_t *pool);

/* The issuer that the metadata names, where it is the other one of the two with and without a slash
 * at the end; NULL: it is not that. */
const char *admin_found_other(const tokex_probe_step_t *step, const char *typed, apr_pool_t *pool);

/* `issuer` as JSON that fills a form, with an algorithm for each key of the probe. `material`: its
 * keys as they were pasted; NULL: none. */
const char *admin_found_issuer(const tokex_probe_t *probe, const tokex_issuer_t *issuer,
                               const char *material, apr_pool_t *pool);

#endif
