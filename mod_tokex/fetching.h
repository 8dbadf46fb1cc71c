/* What the administrator allows us to ask other servers for: TokexFetchAllow, TokexFetchCAFile,
 * TokexFetchProxy. */
#ifndef MOD_TOKEX_FETCHING_H
#define MOD_TOKEX_FETCHING_H

#include "adapter/fetch_curl.h"
#include "directives.h"

/* The commands of the first and the last. NULL, or why the argument is none. */
const char *tokex_fetching_set_allow(cmd_parms *cmd, void *unused, const char *arg);
const char *tokex_fetching_set_proxy(cmd_parms *cmd, void *unused, const char *arg);

/* The hook post_config: libcurl is made ready before there are threads, where an issuer says where
 * its keys are. */
int tokex_fetching_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main);

/* What fetches, for one thread at a time; goes when `pool` does, whose own thread this is. Loads
 * libcurl when that has not been needed before. TOKEX_E_FETCH, TOKEX_E_MEMORY. */
const tokex_err_t *tokex_fetching_fetcher(tokex_fetcher_t **out,
                                          const tokex_fetch_settings_t *settings, apr_pool_t *pool);

/* What fetching is bounded by, with `total_ms` for one document. In `pool`; uses `conf`. */
const tokex_fetch_settings_t *tokex_fetching_settings(const tokex_conf_t *conf, int total_ms,
                                                      apr_pool_t *pool);

/* Is the file of TokexFetchCAFile there, and does it hold a certificate? TOKEX_E_FILE. */
const tokex_err_t *tokex_fetching_check_ca_file(const tokex_conf_t *conf, apr_pool_t *pool);

/* Do both allow the same? */
bool tokex_fetching_same(const tokex_conf_t *a, const tokex_conf_t *b);

/* The values in force, as they could be written. */
const char *tokex_fetching_allow(const tokex_conf_t *conf);
const char *tokex_fetching_ca_file(const tokex_conf_t *conf); /* "Off" for the system's */
const char *tokex_fetching_proxy(const tokex_conf_t *conf);   /* "Off" for none */

#endif
