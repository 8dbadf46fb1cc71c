/* Asking others for documents as the running server does: by its directives, as it wrote them down.
 * For tools: it makes the process ignore SIGPIPE. */
#ifndef TOKEX_KEYS_FETCH_WAY_H
#define TOKEX_KEYS_FETCH_WAY_H

#include "adapter/fetch_curl.h"

typedef struct tokex_fetch_way_t {
    tokex_fetcher_t *fetcher;
    tokex_fetch_settings_t settings;
    const char *server; /* whose directives these are; NULL: no httpd has started with this
                           installation, so they are the defaults */
    bool others_differ; /* there are servers with other directives for fetching */
} tokex_fetch_way_t;

/*
 * Fills everything but the fetcher, by TokexFetchAllow, TokexFetchCAFile and TokexFetchProxy of the
 * virtual host `server`, as `tokexctl doctor` names it; NULL: the first. `state_path`: state.db.
 * TOKEX_E_DOCUMENT: there is no such server.
 */
const tokex_err_t *tokex_fetch_way_read(tokex_fetch_way_t *out, const char *state_path,
                                        const char *server, apr_pool_t *pool);

/* Makes the fetcher, by the settings as they are now. TOKEX_E_FILE: the file of certificates cannot
 * be read. TOKEX_E_FETCH: there is no libcurl. */
const tokex_err_t *tokex_fetch_way_open(tokex_fetch_way_t *way, apr_pool_t *pool);

#endif
