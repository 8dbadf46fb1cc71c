#include "follow.h"

#include <apr_file_info.h>
#include <http_log.h>

#include "cache.h"
#include "key_watch.h"
#include "last_good.h"
#include "messages.h"
#include "monotonic.h"
#include "serving.h"
#include "store/config_store.h"

APLOG_USE_MODULE(tokex);

/* What did not load is tried again after this time even if its file looks the same: a right to read
 * it may have come from elsewhere. So is a copy that could not be saved: there may be room again.
 */
#define RETRY_TIME apr_time_from_sec(10)
/* A writer that holds the lock longer than this is worth a line. */
#define BUSY_TIME apr_time_from_sec(5)

/* By what a file is told from another, and from itself before a change. */
typedef struct look_t {
    bool there;
    apr_dev_t device;
    apr_ino_t inode;
    apr_off_t size;
    apr_time_t mtime;
    apr_time_t ctime;
} look_t;

struct tokex_follow_t {
    apr_pool_t *pool;
    apr_pool_t *scratch; /* of one look */
    server_rec *s;
    const tokex_conf_t *conf;
    const tokex_crypt_t *crypt;
    const char *path;
    tokex_live_t *live;

    apr_pool_t *db_pool; /* NULL: not open */
    tokex_db_t *db;
    int64_t version; /* of `db`, when it was last loaded */
    look_t opened;   /* the file of `db` */
    int64_t generation;
    int64_t served; /* the generation in force */
    tokex_serving_place_t *place;
    bool unsaved;
    bool save_failed; /* and has been said; tried again at `save_at` */
    apr_time_t save_at;

    tokex_key_watch_t *keys;
    bool keys_failed;  /* and it was said */
    int64_t render_at; /* when what is served must be loaded anew, seconds; 0: never */

    bool failed; /* on `failure`, tried at `tried`; then `db` is closed */
    look_t failure;
    apr_time_t tried;
    apr_time_t busy_since; /* 0: not busy */
    bool busy_said;
};

tokex_follow_t *tokex_follow_create(server_rec *s, const tokex_follow_owner_t *owner)
{
    apr_pool_t *pool = owner->pool;
    tokex_follow_t *follow = apr_pcalloc(pool, sizeof(*follow));

    follow->pool = pool;
    apr_pool_create(&follow->scratch, pool);
    follow->s = s;
    follow->conf = tokex_directives_of(s);
    follow->crypt = owner->crypt;
    follow->place = tokex_serving_take(s, owner->pchild);
    follow->path = tokex_directives_config_db(follow->conf, pool);
    follow->live = tokex_live_create(pool);
    follow->keys = tokex_key_watch_create(tokex_directives_state_db(follow->conf, pool), pool);
    return follow;
}

tokex_live_t *tokex_follow_live(tokex_follow_t *follow)
{
    return follow->live;
}

/* ---- What the file looks like */

static look_t look_at(const tokex_follow_t *follow)
{
    look_t look = {false, 0, 0, 0, 0, 0};
    apr_finfo_t info;
    apr_status_t rv = apr_stat(&info, follow->path,
                               APR_FINFO_IDENT | APR_FINFO_SIZE | APR_FINFO_MTIME | APR_FINFO_CTIME,
                               follow->scratch);

    if (rv != APR_SUCCESS && rv != APR_INCOMPLETE)
        return look;
    look.there = true;
    look.device = info.device;
    look.inode = info.inode;
    look.size = info.size;
    look.mtime = info.mtime;
    look.ctime = info.ctime;
    return look;
}

static bool is_same_file(const look_t *a, const look_t *b)
{
    return a->there && b->there && a->device == b->device && a->inode == b->inode;
}

static bool is_unchanged(const look_t *a, const look_t *b)
{
    if (!a->there || !b->there)
        return a->there == b->there;
    return is_same_file(a, b) && a->size == b->size && a->mtime == b->mtime && a->ctime == b->ctime;
}

static bool has_changed(const tokex_follow_t *follow, const look_t *look)
{
    int64_t version;

    if (!follow->db || !is_same_file(look, &follow->opened))
        return true;
    return tokex_db_data_version(&version, follow->db, follow->scratch) != NULL ||
           version != follow->version;
}

/* ---- Loading */

static tokex_site_source_t source_of(const tokex_follow_t *follow, const char *path)
{
    tokex_site_source_t source = {path,
                                  follow->conf->master,
                                  follow->crypt,
                                  tokex_directives_server(follow->conf),
                                  apr_time_sec(apr_time_now()),
                                  NULL,
                                  NULL,
                                  false,
                                  *tokex_key_watch_rows(follow->keys),
                                  tokex_cache_is_on(),
                                  NULL,
                                  NULL,
                                  NULL,
                                  follow->conf->asker,
                                  follow->conf->accounts,
                                  NULL};

    if (follow->conf->keys) {
        source.fetched = tokex_key_refresh_keys(follow->conf->keys);
        source.renewer = tokex_key_refresh_renewer(follow->conf->keys);
    }
    if (follow->conf->revocations)
        source.revocations = tokex_revocation_follow_set(follow->conf->revocations);
    source.refreshes = follow->conf->refreshes;
    source.spent = follow->conf->spent;
    source.account_source =
        tokex_account_source_text(follow->conf->account_source, follow->scratch);
    return source;
}

static void close_database(tokex_follow_t *follow)
{
    if (follow->db_pool)
        apr_pool_destroy(follow->db_pool);
    follow->db_pool = NULL;
    follow->db = NULL;
}

/* An error of a pool that is about to go. */
static const tokex_err_t *keep(const tokex_err_t *err, apr_pool_t *pool)
{
    return err ? tokex_err_create(pool, err->code, NULL, "%s", tokex_err_text(err, pool)) : NULL;
}

/* Anew at each change: damage is looked for only when a database is opened. */
static const tokex_err_t *open_database(tokex_follow_t *follow, tokex_db_mode_t mode,
                                        const look_t *look)
{
    const tokex_err_t *err;

    close_database(follow);
    apr_pool_create(&follow->db_pool, follow->pool);
    err = tokex_db_open(&follow->db, follow->path, TOKEX_DB_CONFIG, mode, false, follow->db_pool);
    if (!err)
        err = tokex_db_data_version(&follow->version, follow->db, follow->db_pool);
    err = keep(err, follow->scratch);
    if (err)
        close_database(follow);
    follow->opened = *look;
    return err;
}

static void put_in_force(tokex_follow_t *follow, const tokex_site_t *site, apr_pool_t *pool)
{
    follow->render_at = site->render_at;
    follow->served = site->generation;
    tokex_live_replace(follow->live, site, pool);
    tokex_live_sweep(follow->live);
}

static const tokex_err_t *load(tokex_follow_t *follow, tokex_db_mode_t mode, const look_t *look,
                               tokex_faults_t *faults)
{
    tokex_site_source_t source = source_of(follow, follow->path);
    const tokex_site_t *site;
    const tokex_err_t *err;
    apr_pool_t *pool;

    TOKEX_RETURN_ERR(open_database(follow, mode, look));
    apr_pool_create(&pool, follow->pool);
    err = keep(tokex_site_load_from(&site, follow->db, &source, faults, pool), follow->scratch);
    if (err) {
        apr_pool_destroy(pool);
        close_database(follow);
        return err;
    }
    follow->generation = site->generation;
    follow->unsaved = true;
    put_in_force(follow, site, pool);
    return NULL;
}

static const tokex_err_t *load_last_good(tokex_follow_t *follow)
{
    tokex_site_source_t source =
        source_of(follow, tokex_directives_last_good(follow->conf, follow->pool));
    tokex_faults_t *faults = tokex_config_faults_create(follow->scratch);
    const tokex_site_t *site;
    const tokex_err_t *err;
    apr_pool_t *pool;

    apr_pool_create(&pool, follow->pool);
    err = keep(tokex_last_good_load(&site, &source, faults, pool), follow->scratch);
    if (err) {
        apr_pool_destroy(pool);
        return err;
    }
    put_in_force(follow, site, pool);
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, follow->s,
                 TX_LAST_GOOD_SERVED "this process serves generation %" APR_INT64_T_FMT
                                     ", saved when it could last be served, from %s",
                 site->generation, source.config_db);
    return NULL;
}

/* ---- Saying it */

static void say_faults(const tokex_follow_t *follow, const tokex_faults_t *faults)
{
    int i;

    for (i = 0; i < faults->count; i++) {
        if (!faults->items[i].warning)
            ap_log_error(APLOG_MARK, APLOG_ERR, 0, follow->s, TX_CHECK_FAULT "%s: %s", follow->path,
                         tokex_config_fault_text(&faults->items[i], follow->scratch));
    }
}

static void say_kept(const tokex_follow_t *follow, const tokex_err_t *err)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, follow->s,
                 TX_LIVE_KEPT "a change cannot be served, %s: %s. %s",
                 tokex_live_is_loaded(follow->live) ? "what was served before goes on"
                                                    : "and nothing could be before",
                 tokex_err_text(err, follow->scratch), tokex_err_info(err->code)->remedy);
}

/* A writer is at work, and the next look will see what it did. Says so once it lasts. */
static void wait_for_writer(tokex_follow_t *follow, const tokex_err_t *err)
{
    apr_time_t now = tokex_monotonic_now();

    if (!follow->busy_since)
        follow->busy_since = now;
    if (follow->busy_said || now - follow->busy_since < BUSY_TIME)
        return;
    follow->busy_said = true;
    say_kept(follow, err);
}

/* Returns whether it is another one than the last. */
static bool note_failure(tokex_follow_t *follow, const look_t *look)
{
    bool known = follow->failed && is_unchanged(look, &follow->failure);

    follow->failed = true;
    follow->failure = *look;
    follow->tried = tokex_monotonic_now();
    return !known;
}

/* ---- The whole */

/* A disk that is full, say. One line tells of it, until it succeeds. */
static void note_unsaved(tokex_follow_t *follow, const tokex_err_t *err)
{
    if (!follow->save_failed)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, follow->s,
                     TX_LAST_GOOD_SAVE "the configuration was not saved for processes that begin "
                                       "while another one cannot be loaded: %s. %s",
                     tokex_err_text(err, follow->scratch), tokex_err_info(err->code)->remedy);
    follow->save_failed = true;
    follow->save_at = tokex_monotonic_now() + RETRY_TIME;
}

static void save(tokex_follow_t *follow)
{
    tokex_last_good_work_t work = {tokex_directives_last_good(follow->conf, follow->scratch),
                                   follow->db, follow->generation, follow->opened.ctime};
    const tokex_err_t *err;
    bool done;

    if (!follow->unsaved || !follow->db ||
        (follow->save_failed && tokex_monotonic_now() < follow->save_at))
        return;
    err = tokex_last_good_save(&done, &work, follow->conf->saver, follow->scratch);
    /* What has changed meanwhile will be looked at next, all else can be copied later. */
    follow->unsaved = !done || (err && err->code != TOKEX_E_CONFLICT);
    if (err && err->code != TOKEX_E_DB_BUSY && err->code != TOKEX_E_CONFLICT)
        note_unsaved(follow, err);
    else if (done && !err)
        follow->save_failed = false;
}

/* Other keys than before count even while the configuration cannot be loaded: one that was removed
 * must not sign for another second. */
static void reload_keys(tokex_follow_t *follow)
{
    if (load_last_good(follow))
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, follow->s,
                     TX_SIGNING_KEPT "the signing keys in state.db are others than those that are "
                                     "served. Correct the configuration, or restart.");
}

static void reload(tokex_follow_t *follow, const look_t *look, bool has_other_keys)
{
    tokex_faults_t *faults = tokex_config_faults_create(follow->scratch);
    const tokex_err_t *err;

    if (follow->failed && !has_other_keys && is_unchanged(look, &follow->failure) &&
        tokex_monotonic_now() - follow->tried < RETRY_TIME)
        return;
    err = load(follow, TOKEX_DB_PEEK, look, faults);
    if (err && err->code == TOKEX_E_DB_BUSY) {
        wait_for_writer(follow, err);
        return;
    }
    follow->busy_since = 0;
    follow->busy_said = false;
    if (err) {
        if (note_failure(follow, look)) {
            say_faults(follow, faults);
            say_kept(follow, err);
        }
        if (has_other_keys)
            reload_keys(follow);
        return;
    }
    follow->failed = false;
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, follow->s,
                 TX_LIVE_SERVED "generation %" APR_INT64_T_FMT " of %s is served from now on",
                 follow->generation, follow->path);
}

/* Says to other processes what is served here. */
static void say_served(const tokex_follow_t *follow)
{
    tokex_serving_say(follow->place,
                      !tokex_live_is_loaded(follow->live) ? TOKEX_SERVING_NONE
                      : follow->failed                    ? TOKEX_SERVING_KEPT
                                                          : TOKEX_SERVING_CURRENT,
                      follow->served);
}

/* Returns whether there are other keys in state.db than at the last look. */
static bool look_at_keys(tokex_follow_t *follow)
{
    bool changed;
    const tokex_err_t *err = tokex_key_watch_look(&changed, follow->keys, follow->scratch);

    if (err && !follow->keys_failed)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, follow->s,
                     TX_SIGNING_READ
                     "signing keys in state.db cannot be read, those that were read "
                     "before stay: %s. %s",
                     tokex_err_text(err, follow->scratch), tokex_err_info(err->code)->remedy);
    if (err || changed)
        follow->keys_failed = err != NULL;
    return changed;
}

static bool is_over(const tokex_follow_t *follow)
{
    return follow->render_at && apr_time_sec(apr_time_now()) >= follow->render_at;
}

void tokex_follow_look(tokex_follow_t *follow)
{
    look_t look = look_at(follow);
    bool has_other_keys = look_at_keys(follow);

    if (has_changed(follow, &look) || has_other_keys || is_over(follow))
        reload(follow, &look, has_other_keys);
    say_served(follow);
    save(follow);
    tokex_live_sweep(follow->live);
    apr_pool_clear(follow->scratch);
}

static void complain(const tokex_follow_t *follow, const tokex_err_t *err)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, follow->s,
                 TX_CHILD_LOAD "this process answers 503 for %s: %s. %s",
                 follow->conf->issuer.value, tokex_err_text(err, follow->scratch),
                 tokex_err_info(err->code)->remedy);
}

void tokex_follow_begin(tokex_follow_t *follow)
{
    tokex_faults_t *faults = tokex_config_faults_create(follow->scratch);
    look_t look = look_at(follow);
    const tokex_err_t *err, *other = NULL;

    (void)look_at_keys(follow);
    err = load(follow, TOKEX_DB_PEEK, &look, faults);
    if (err)
        other = load_last_good(follow);
    /* Only where there is nothing else is a writer worth waiting for. */
    if (other && err->code == TOKEX_E_DB_BUSY)
        err = load(follow, TOKEX_DB_READ, &look, faults);
    if (err && err->code != TOKEX_E_DB_BUSY) {
        (void)note_failure(follow, &look);
        say_faults(follow, faults);
    }
    if (err && other)
        complain(follow, err);
    else if (err)
        say_kept(follow, err);
    say_served(follow);
    apr_pool_clear(follow->scratch);
}
