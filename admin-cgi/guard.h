/* What every request must pass before a page sees it. */
#ifndef ADMIN_GUARD_H
#define ADMIN_GUARD_H

#include "admin.h"

/* Why a request goes no further. */
typedef struct admin_no_t {
    int status; /* 0: it may pass */
    const char *text;
    const char *allow; /* of 405 */
} admin_no_t;

/*
 * Finds the route and holds the request against it: user, role, method, and for a form its origin,
 * type, length, fields and token; the body is read from `fd`. Fills role, route, query and form.
 */
admin_no_t admin_guard(admin_t *a, int fd);

/*
 * Does the form come from a page of ours? By Sec-Fetch-Site where the browser sends it, and by
 * Origin: at least one must say so and neither otherwise. "null", which browsers send where a page
 * has the policy no-referrer, says nothing.
 */
bool admin_guard_origin(const char *origin, const char *fetch_site, const char *ours);

/* A token for forms of `user`: 128 random bits and the time, sealed under the master key to his
 * name. */
const tokex_err_t *admin_guard_token(const char **out, const char *user, int64_t now,
                                     const tokex_master_key_t *master, const tokex_crypt_t *crypt,
                                     apr_pool_t *pool);

/* Is it one of his, not older than a day? */
bool admin_guard_is_token(const char *token, const char *user, int64_t now,
                          const tokex_master_key_t *master, const tokex_crypt_t *crypt,
                          apr_pool_t *pool);

/* The token of the request's user, made once. TOKEX_E_FILE and the like. */
const tokex_err_t *admin_token(admin_t *a);

/* Begins a form that is posted to `path`: the tag and its hidden token. The caller closes it. */
const tokex_err_t *admin_put_form(admin_t *a, const char *path);

#endif
