/* What a decision is remembered under. */
#ifndef MOD_TOKEX_CACHE_KEY_H
#define MOD_TOKEX_CACHE_KEY_H

#include "cache.h"
#include "directives.h"

/* What is asked, and all that the answer depends on. */
typedef struct tokex_cache_question_t {
    const tokex_conf_t *conf;
    const tokex_site_t *site;
    const tokex_dir_t *dir;
    const char *token;
} tokex_cache_question_t;

/*
 * SHA-256 over the token, the settings of the location that decide, the configuration in force with
 * its server and signing keys, the issuers' keys and the local accounts in force, and the version
 * of this program: as soon as one of them is another, what was remembered is not found any more.
 * The same in every process and on every host where all of it is the same.
 */
const tokex_err_t *tokex_cache_key(unsigned char out[TOKEX_CACHE_KEY_LEN],
                                   const tokex_cache_question_t *question, apr_pool_t *pool);

/* For how many seconds a location remembers at most; 0: it does not. */
int tokex_cache_ttl(const tokex_dir_t *dir);

#endif
