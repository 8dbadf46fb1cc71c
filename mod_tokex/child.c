#include "child.h"

#include <signal.h>

#include <http_log.h>

#include "activity.h"
#include "cache.h"
#include "directives.h"
#include "key_claims.h"
#include "messages.h"
#include "pools.h"
#include "settings.h"
#include "singleton.h"
#include "watch.h"
#include "wellknown.h"

APLOG_USE_MODULE(tokex);

/* What a child has once, for all its virtual hosts. */
typedef struct nursery_t {
    apr_pool_t *pool;
    server_rec *main;
    tokex_watch_t *watch; /* NULL: nothing can be loaded here */
    tokex_limiter_t *limiter;
} nursery_t;

/* A host before this one that serves the same. */
static const tokex_conf_t *find_equal(const nursery_t *nursery, const server_rec *s)
{
    server_rec *before;

    for (before = nursery->main; before != s; before = before->next) {
        const tokex_conf_t *other = tokex_directives_of(before);

        if (other && tokex_directives_same(tokex_directives_of(s), other, nursery->pool))
            return other;
    }
    return NULL;
}

/* A host before this one that serves from the same directory; NULL: none. */
static const tokex_conf_t *find_neighbour(const nursery_t *nursery, const server_rec *s)
{
    const char *directory = tokex_directives_directory(tokex_directives_of(s));
    server_rec *before;

    for (before = nursery->main; before != s; before = before->next) {
        const tokex_conf_t *other = tokex_directives_of(before);

        if (other && other->live && strcmp(tokex_directives_directory(other), directory) == 0)
            return other;
    }
    return NULL;
}

/* The same of what is taken back. */
static tokex_revocation_follow_t *find_revocations(const nursery_t *nursery, const server_rec *s)
{
    const char *directory = tokex_directives_directory(tokex_directives_of(s));
    server_rec *before;

    for (before = nursery->main; before != s; before = before->next) {
        const tokex_conf_t *other = tokex_directives_of(before);

        if (other && other->revocations &&
            strcmp(tokex_directives_directory(other), directory) == 0)
            return other->revocations;
    }
    return NULL;
}

static void settle_revocations(const nursery_t *nursery, server_rec *s)
{
    tokex_conf_t *conf = tokex_directives_of(s);

    conf->revocations = find_revocations(nursery, s);
    if (conf->revocations)
        return;
    conf->revocations = tokex_watch_add_revocations(nursery->watch, s);
}

/* False: the site's accounts cannot be asked for, so nobody is served: who is switched off there
 * would come in. */
static bool settle_accounts(const nursery_t *nursery, server_rec *s)
{
    tokex_conf_t *conf = tokex_directives_of(s);

    if (!tokex_account_source_name(conf->account_source))
        return true;
    if (conf->accounts)
        conf->account_asker = tokex_watch_add_account_asker(nursery->watch, conf);
    if (!conf->account_asker)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     TX_CHILD_LOAD "this process answers 503: there is no memory to ask for the "
                                   "site's accounts with");
    return conf->account_asker != NULL;
}

static void settle_new(const nursery_t *nursery, server_rec *s)
{
    tokex_conf_t *conf = tokex_directives_of(s);
    const tokex_conf_t *other = find_neighbour(nursery, s);
    bool shared = other && other->keys;

    conf->keys = shared ? other->keys : tokex_watch_add_keys(nursery->watch, s);
    conf->accounts =
        other && other->accounts ? other->accounts : tokex_watch_add_accounts(nursery->watch, s);
    settle_revocations(nursery, s);
    if (conf->revocations)
        conf->refreshes = tokex_refresh_book_create(s, conf->revocations);
    conf->spent = tokex_spent_book_create(s);
    conf->asker = tokex_watch_add_asker(nursery->watch, s);
    if (!settle_accounts(nursery, s))
        return;
    conf->live = tokex_watch_add(nursery->watch, s);
    if (conf->keys && !shared)
        tokex_key_refresh_go_round(conf->keys, conf->live, nursery->pool);
}

static void settle(const nursery_t *nursery, server_rec *s)
{
    tokex_conf_t *conf = tokex_directives_of(s);
    const tokex_conf_t *equal = find_equal(nursery, s);

    conf->limiter = nursery->limiter;
    tokex_wellknown_prepare(conf, tokex_directives_exchange(s), nursery->pool);
    if (equal) {
        conf->live = equal->live;
        conf->keys = equal->keys;
        conf->revocations = equal->revocations;
        conf->refreshes = equal->refreshes;
        conf->spent = equal->spent;
        conf->asker = equal->asker;
        conf->accounts = equal->accounts;
        conf->account_asker = equal->account_asker;
    } else if (nursery->watch && conf->master) {
        settle_new(nursery, s);
    }
}

/* The last lines that were not written would otherwise never be counted anywhere. */
static apr_status_t say_unsaid(void *data)
{
    const nursery_t *nursery = data;
    int code;

    for (code = 0; code < TOKEX_E_COUNT; code++) {
        apr_uint32_t unsaid = tokex_limiter_take_unsaid(nursery->limiter, code);

        if (unsaid > 0)
            ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, nursery->main,
                         TX_REFUSED_UNSAID "code %s: %u more refusals had no line",
                         tokex_err_info((tokex_code_t)code)->name, unsaid);
    }
    return APR_SUCCESS;
}

static nursery_t *begin(apr_pool_t *pchild, server_rec *main, server_rec *first)
{
    nursery_t *nursery = apr_pcalloc(pchild, sizeof(*nursery));
    tokex_crypt_t *crypt;
    const tokex_err_t *err = tokex_crypt_create(&crypt, pchild);

    nursery->pool = pchild;
    nursery->main = main;
    nursery->limiter = tokex_limiter_create(pchild, TOKEX_LINES, TX_LINES_PER_SECOND);
    if (err)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, first,
                     TX_CHILD_LOAD "this process answers 503: %s. %s", tokex_err_text(err, pchild),
                     tokex_err_info(err->code)->remedy);
    else
        nursery->watch = tokex_watch_create(crypt, main, pchild);
    tokex_last_good_child(tokex_directives_of(first)->saver, main, pchild);
    tokex_key_claims_child(pchild, main);
    tokex_cache_child(pchild, main);
    apr_pool_cleanup_register(pchild, nursery, say_unsaid, apr_pool_cleanup_null);
    return nursery;
}

static void bring_up(apr_pool_t *pchild, server_rec *main)
{
    nursery_t *nursery = NULL;
    server_rec *s;

    for (s = main; s; s = s->next) {
        if (!tokex_directives_of(s))
            continue;
        if (!nursery)
            nursery = begin(pchild, main, s);
        settle(nursery, s);
    }
    if (!nursery)
        return;
    tokex_activity_child(pchild, main);
    if (nursery->watch) {
        tokex_watch_start(nursery->watch);
        tokex_singleton_begin(tokex_watch_stop(nursery->watch), pchild);
    }
    tokex_settings_write(main, pchild);
    tokex_pools_trim();
}

/* A child of prefork that is told to end does so in the handler of the signal, wherever it is: not
 * in the middle of this, where half of it would be ended and the other half would go on. */
void tokex_child_init(apr_pool_t *pchild, server_rec *main)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bring_up(pchild, main);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
