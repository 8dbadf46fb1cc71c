/*
 * Who asks which source for keys: in memory that all processes share, so that one of them asks and
 * whatever tokens come, no source is asked more often than once in TOKEX_KEYS_COOLDOWN seconds.
 */
#ifndef MOD_TOKEX_KEY_CLAIMS_H
#define MOD_TOKEX_KEY_CLAIMS_H

#include <stdbool.h>

#include <httpd.h>

/* One source of one directory. */
typedef struct tokex_key_source_t {
    const char *directory;
    const char *issuer; /* its id */
    const char *url;
} tokex_key_source_t;

/* The hooks pre_config and post_config: the mutex "tokex-keys" and the memory that it guards. */
int tokex_key_claims_register(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);
int tokex_key_claims_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                           server_rec *main);

/* In each child, before it asks. */
void tokex_key_claims_child(apr_pool_t *pchild, server_rec *main);

/*
 * True: `source` is the caller's to ask now, `*asked` is when that was noted. False: somebody took
 * it at `*asked`, less than TOKEX_KEYS_COOLDOWN seconds ago. Waits for nothing but others that are
 * inside this function.
 */
bool tokex_key_claims_take(apr_time_t *asked, const tokex_key_source_t *source);

/* Lets others ask at once: what was taken came to nothing that they could see. */
void tokex_key_claims_drop(const tokex_key_source_t *source);

#endif
