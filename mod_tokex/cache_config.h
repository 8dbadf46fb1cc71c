/* Where decisions are remembered: what the administrator wrote, and the providers of httpd made of
 * it. */
#ifndef MOD_TOKEX_CACHE_CONFIG_H
#define MOD_TOKEX_CACHE_CONFIG_H

#include <stdbool.h>

#include <httpd.h>
#include <http_config.h>
#include <ap_socache.h>

/* A provider with what it keeps things in; instance NULL: there is none. */
typedef struct tokex_cache_store_t {
    const ap_socache_provider_t *provider;
    ap_socache_instance_t *instance;
} tokex_cache_store_t;

/* Copies it, for as long as the configuration lives. */
void tokex_cache_store_keep(tokex_cache_store_t *kept, const tokex_cache_store_t *made,
                            apr_pool_t *pconf);

/* The directives TokexCache and TokexCacheSize, of the whole server. */
const char *tokex_cache_set_provider(cmd_parms *cmd, void *unused, const char *arg);
const char *tokex_cache_set_size(cmd_parms *cmd, void *unused, const char *arg);

/* There is a protected location, so there is something to remember. While the configuration is
 * read. */
void tokex_cache_config_expect(cmd_parms *cmd);

/*
 * Makes what was asked for, in `pconf`: `local`, in the memory of this host, and `remote`, on
 * another. Neither where nothing is protected or TokexCache is Off. Without mod_socache_shmcb there
 * is no `local`, which is logged where it was not asked for by name. Not OK, and logged: what was
 * asked for by name cannot be made.
 */
int tokex_cache_config_start(tokex_cache_store_t *local, tokex_cache_store_t *remote,
                             apr_pool_t *pconf, server_rec *main);

#endif
