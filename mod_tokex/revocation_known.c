#include "revocation_known.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "directives.h"
#include "messages.h"
#include "pools.h"
#include "store/revocation_store.h"

APLOG_USE_MODULE(tokex);

#define NAME "tokex-revocations"
#define VERSION_SIZE 32

/* Outlives a restart, with which another version of this module may come. */
typedef struct known_t {
    char version[VERSION_SIZE];
    apr_pool_t *pool;
    apr_hash_t *sets; /* tokex_revocations_t by the path of state.db */
} known_t;

static known_t *get(void)
{
    known_t *known = ap_retained_data_get(NAME);

    return known && strcmp(known->version, PACKAGE_VERSION) == 0 ? known : NULL;
}

static known_t *get_or_make(void)
{
    known_t *known = get();
    apr_pool_t *pool;

    if (known)
        return known;
    if (tokex_pools_create(&pool) != APR_SUCCESS)
        return NULL;
    known = ap_retained_data_get(NAME);
    if (!known)
        known = ap_retained_data_create(NAME, sizeof(*known));
    apr_cpystrn(known->version, PACKAGE_VERSION, VERSION_SIZE);
    known->pool = pool;
    known->sets = apr_hash_make(pool);
    return known;
}

static const tokex_err_t *set_of(tokex_revocations_t **out, known_t *known, const char *path)
{
    *out = apr_hash_get(known->sets, path, APR_HASH_KEY_STRING);
    if (*out)
        return NULL;
    TOKEX_RETURN_ERR(tokex_revocations_create(out, known->pool));
    apr_hash_set(known->sets, apr_pstrdup(known->pool, path), APR_HASH_KEY_STRING, *out);
    return NULL;
}

static const tokex_err_t *take(void *ctx, const tokex_revocation_t *row)
{
    return tokex_revocations_put(ctx, row, apr_time_sec(apr_time_now()));
}

static const tokex_err_t *read_one(known_t *known, const char *path, apr_pool_t *pool)
{
    tokex_revocations_t *set;
    int64_t number = 0;
    tokex_db_t *db;

    TOKEX_RETURN_ERR(tokex_db_open(&db, path, TOKEX_DB_STATE, TOKEX_DB_PEEK, false, pool));
    TOKEX_RETURN_ERR(set_of(&set, known, path));
    return tokex_revocation_store_follow(db, &number, take, set, pool);
}

static void read_for(server_rec *s, known_t *known, apr_hash_t *done, apr_pool_t *ptemp)
{
    const char *path = tokex_directives_state_db(tokex_directives_of(s), ptemp);
    const tokex_err_t *err;
    apr_pool_t *pool;

    if (apr_hash_get(done, path, APR_HASH_KEY_STRING))
        return;
    apr_hash_set(done, path, APR_HASH_KEY_STRING, "");
    apr_pool_create(&pool, ptemp);
    err = read_one(known, path, pool);
    if (err)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     TX_REVOCATIONS "what was taken back since the last start cannot be read: %s. "
                                    "%s",
                     tokex_err_text(err, pool), tokex_err_info(err->code)->remedy);
    apr_pool_destroy(pool);
}

int tokex_revocation_known_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                                 server_rec *main)
{
    apr_hash_t *done = apr_hash_make(ptemp);
    known_t *known = NULL;
    server_rec *s;

    (void)pconf;
    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG ||
        ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_NORMAL)
        return OK;
    for (s = main; s; s = s->next) {
        if (!tokex_directives_of(s))
            continue;
        if (!known)
            known = get_or_make();
        if (known)
            read_for(s, known, done, ptemp);
    }
    return OK;
}

tokex_revocations_t *tokex_revocation_known(const char *path)
{
    known_t *known = get();

    return known ? apr_hash_get(known->sets, path, APR_HASH_KEY_STRING) : NULL;
}
