#include "watch.h"

#include <ap_mpm.h>
#include <apr_atomic.h>
#include <apr_tables.h>
#include <http_log.h>

#include "directives.h"
#include "ending.h"
#include "follow.h"
#include "key_roll.h"
#include "messages.h"
#include "pools.h"
#include "threads.h"

APLOG_USE_MODULE(tokex);

/* A change is to be served within a second, and some of that goes into loading it. */
#define INTERVAL_MILLISECONDS 250
/* Opening and checking databases, or many requests at once, leave much that is free. */
#define LOOKS_BETWEEN_TRIMS 40
/* How long the end of a child waits for a look that is under way. */
#define END_MILLISECONDS 5000

struct tokex_watch_t {
    apr_pool_t *pool; /* no other thread's, and none of httpd's */
    apr_pool_t *pchild;
    server_rec *main;
    const tokex_crypt_t *crypt;
    apr_array_header_t *shares;  /* tokex_state_share_t *, a directory each */
    apr_array_header_t *follows; /* tokex_follow_t * */
    tokex_key_roll_t *roll;
    apr_array_header_t *keys;        /* tokex_key_refresh_t * */
    apr_array_header_t *revocations; /* tokex_revocation_follow_t * */
    apr_array_header_t *accounts;    /* tokex_accounts_t * */
    volatile apr_uint32_t stop_work;
    apr_thread_t *thread; /* NULL: none */
    tokex_ending_t ending;
};

/* Long before its pools go, while its last requests are answered, a child of a graceful restart is
 * told so. */
static void look_for_end(tokex_watch_t *watch)
{
    int state;

    if (ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING)
        apr_atomic_set32(&watch->stop_work, 1);
}

static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *data)
{
    tokex_watch_t *watch = data;
    int looks = 0, i;

    (void)thread;
    while (!tokex_ending_is_near(&watch->ending, INTERVAL_MILLISECONDS)) {
        look_for_end(watch);
        for (i = 0; i < watch->revocations->nelts; i++)
            tokex_revocation_follow_look(
                APR_ARRAY_IDX(watch->revocations, i, tokex_revocation_follow_t *));
        for (i = 0; i < watch->keys->nelts; i++)
            tokex_key_refresh_look(APR_ARRAY_IDX(watch->keys, i, tokex_key_refresh_t *));
        for (i = 0; i < watch->accounts->nelts; i++)
            tokex_accounts_look(APR_ARRAY_IDX(watch->accounts, i, tokex_accounts_t *));
        for (i = 0; i < watch->follows->nelts; i++)
            tokex_follow_look(APR_ARRAY_IDX(watch->follows, i, tokex_follow_t *));
        tokex_key_roll_run(watch->roll, watch->pool);
        if (++looks % LOOKS_BETWEEN_TRIMS == 0)
            tokex_pools_trim();
    }
    tokex_ending_done(&watch->ending);
    return NULL;
}

static apr_status_t end(void *data)
{
    tokex_watch_t *watch = data;

    apr_atomic_set32(&watch->stop_work, 1);
    if (!watch->thread)
        return APR_SUCCESS;
    return tokex_ending_wait(&watch->ending, watch->thread, END_MILLISECONDS);
}

tokex_watch_t *tokex_watch_create(const tokex_crypt_t *crypt, server_rec *main, apr_pool_t *pchild)
{
    tokex_watch_t *watch = apr_pcalloc(pchild, sizeof(*watch));
    apr_status_t rv = tokex_pools_create(&watch->pool);

    if (rv == APR_SUCCESS)
        rv = tokex_ending_make(&watch->ending);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, main,
                     TX_WATCH "there is no memory, or no descriptor, to serve with");
        return NULL;
    }
    watch->pchild = pchild;
    watch->main = main;
    watch->crypt = crypt;
    watch->roll = tokex_key_roll_create(main, crypt, watch->pool);
    watch->shares = apr_array_make(watch->pool, 1, sizeof(tokex_state_share_t *));
    watch->follows = apr_array_make(watch->pool, 1, sizeof(tokex_follow_t *));
    watch->keys = apr_array_make(watch->pool, 1, sizeof(tokex_key_refresh_t *));
    watch->revocations = apr_array_make(watch->pool, 1, sizeof(tokex_revocation_follow_t *));
    watch->accounts = apr_array_make(watch->pool, 1, sizeof(tokex_accounts_t *));
    /* Before subpools go, and what OpenSSL gave us. The pool itself stays until the process has
     * ended: the event MPM keeps requests in pools that outlive the child's. */
    apr_pool_pre_cleanup_register(pchild, watch, end);
    return watch;
}

volatile apr_uint32_t *tokex_watch_stop(tokex_watch_t *watch)
{
    return &watch->stop_work;
}

/* state.db of the host, as far as it is looked at. NULL, and a line in the log: no memory. */
static tokex_state_share_t *share_of(tokex_watch_t *watch, server_rec *s)
{
    const char *path = tokex_directives_state_db(tokex_directives_of(s), watch->pool);
    tokex_state_share_t *share;
    int i;

    for (i = 0; i < watch->shares->nelts; i++) {
        share = APR_ARRAY_IDX(watch->shares, i, tokex_state_share_t *);
        if (strcmp(tokex_state_share_path(share), path) == 0)
            return share;
    }
    share = tokex_state_share_create(path, watch->pool);
    if (share)
        APR_ARRAY_PUSH(watch->shares, tokex_state_share_t *) = share;
    else
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, TX_WATCH "%s is not looked at: no memory", path);
    return share;
}

tokex_key_refresh_t *tokex_watch_add_keys(tokex_watch_t *watch, server_rec *s)
{
    tokex_state_share_t *share = share_of(watch, s);
    tokex_key_refresh_t *keys =
        share ? tokex_key_refresh_create(s, share, watch->crypt, &watch->stop_work, watch->pool)
              : NULL;

    if (!keys)
        return NULL;
    APR_ARRAY_PUSH(watch->keys, tokex_key_refresh_t *) = keys;
    tokex_key_refresh_look(keys);
    return keys;
}

tokex_revocation_follow_t *tokex_watch_add_revocations(tokex_watch_t *watch, server_rec *s)
{
    tokex_state_share_t *share = share_of(watch, s);
    tokex_revocation_follow_t *follow =
        share ? tokex_revocation_follow_create(s, share, watch->pool) : NULL;

    if (!follow)
        return NULL;
    APR_ARRAY_PUSH(watch->revocations, tokex_revocation_follow_t *) = follow;
    tokex_revocation_follow_begin(follow);
    return follow;
}

tokex_asker_t *tokex_watch_add_asker(tokex_watch_t *watch, server_rec *s)
{
    return tokex_asker_create(s, watch->crypt, &watch->stop_work, watch->pool);
}

tokex_accounts_t *tokex_watch_add_accounts(tokex_watch_t *watch, server_rec *s)
{
    tokex_state_share_t *share = share_of(watch, s);
    tokex_accounts_t *accounts = share ? tokex_accounts_create(s, share, watch->pool) : NULL;

    if (!accounts)
        return NULL;
    APR_ARRAY_PUSH(watch->accounts, tokex_accounts_t *) = accounts;
    tokex_accounts_look(accounts);
    return accounts;
}

tokex_account_asker_t *tokex_watch_add_account_asker(tokex_watch_t *watch, const tokex_conf_t *conf)
{
    return tokex_account_asker_create(conf->account_source,
                                      tokex_account_source_ttl(conf->account_ttl.value),
                                      conf->accounts, watch->crypt, watch->pool);
}

tokex_live_t *tokex_watch_add(tokex_watch_t *watch, server_rec *s)
{
    const tokex_follow_owner_t owner = {watch->crypt, watch->pool, watch->pchild};
    tokex_follow_t *follow = tokex_follow_create(s, &owner);

    APR_ARRAY_PUSH(watch->follows, tokex_follow_t *) = follow;
    tokex_follow_begin(follow);
    return tokex_follow_live(follow);
}

void tokex_watch_start(tokex_watch_t *watch)
{
    apr_status_t rv = tokex_threads_create(&watch->thread, run, watch, watch->pool);

    if (rv == APR_SUCCESS)
        return;
    watch->thread = NULL;
    ap_log_error(APLOG_MARK, APLOG_ERR, rv, watch->main,
                 TX_WATCH "no thread could be made, so this process serves changes of the "
                          "configuration only after a restart. Raise the limit of threads.");
}
