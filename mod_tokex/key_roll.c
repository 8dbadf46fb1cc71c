#include "key_roll.h"

#include <string.h>

#include <apr_time.h>
#include <http_log.h>

#include "directives.h"
#include "keys/key_schedule.h"
#include "messages.h"
#include "monotonic.h"

APLOG_USE_MODULE(tokex);

/* One line about the same trouble in this time. */
#define SAY_AGAIN apr_time_from_sec(600)

struct tokex_key_roll_t {
    server_rec *main;
    const tokex_crypt_t *crypt;
    apr_time_t said; /* when a failure was logged last; 0: never */
};

tokex_key_roll_t *tokex_key_roll_create(server_rec *main, const tokex_crypt_t *crypt,
                                        apr_pool_t *pool)
{
    tokex_key_roll_t *roll = apr_pcalloc(pool, sizeof(*roll));

    roll->main = main;
    roll->crypt = crypt;
    return roll;
}

static const char *time_text(int64_t time, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, APR_RFC822_DATE_LEN);

    apr_rfc822_date(text, apr_time_from_sec(time));
    return text;
}

static void say_done(server_rec *s, const tokex_key_schedule_done_t *done, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < done->made_count; i++)
        ap_log_error(
            APLOG_MARK, APLOG_NOTICE, 0, s,
            TX_SIGNING_MADE "the next %s signing key %s is published, and signs from %s on",
            done->made[i].algorithm, done->made[i].kid, time_text(done->made[i].activates, pool));
    for (i = 0; i < done->removed_count; i++)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                     TX_SIGNING_GONE "signing key %s is no longer published: every token that it "
                                     "signed has ended",
                     done->removed[i]);
}

static const tokex_err_t *run(const tokex_key_roll_t *roll, server_rec *s, const tokex_site_t *site,
                              int64_t now, apr_pool_t *pool)
{
    const tokex_conf_t *conf = tokex_directives_of(s);
    const tokex_sealer_t sealer = {conf->master, roll->crypt};
    tokex_key_schedule_done_t done;
    tokex_config_t own = *site->config;
    tokex_db_t *state;

    own.signing_key_count = site->own_key_count;
    TOKEX_RETURN_ERR(tokex_db_open(&state, tokex_directives_state_db(conf, pool), TOKEX_DB_STATE,
                                   TOKEX_DB_WRITE, false, pool));
    TOKEX_RETURN_ERR(tokex_key_schedule_run(&done, state, &own, now, &sealer, pool));
    say_done(s, &done, pool);
    return NULL;
}

static void roll_host(tokex_key_roll_t *roll, server_rec *s, apr_pool_t *pool)
{
    const tokex_conf_t *conf = tokex_directives_of(s);
    int64_t now = apr_time_sec(apr_time_now());
    const tokex_site_t *site =
        conf->live && conf->master ? tokex_live_hold(conf->live, pool) : NULL;
    const tokex_err_t *err;

    if (!site || !tokex_key_schedule_is_due(site->config, site->own_key_count, now, pool))
        return;
    err = run(roll, s, site, now, pool);
    /* A lock has a holder, perhaps one that does the same. */
    if (!err || err->code == TOKEX_E_DB_BUSY ||
        (roll->said && tokex_monotonic_now() - roll->said < SAY_AGAIN))
        return;
    roll->said = tokex_monotonic_now();
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 TX_SIGNING_ROLL "the schedule of signing keys cannot be kept: %s. %s",
                 tokex_err_text(err, pool), tokex_err_info(err->code)->remedy);
}

/* Is this the first host that serves from its directory? */
static bool is_first(const tokex_key_roll_t *roll, const server_rec *s)
{
    const char *directory = tokex_directives_directory(tokex_directives_of(s));
    server_rec *before;

    for (before = roll->main; before != s; before = before->next) {
        const tokex_conf_t *other = tokex_directives_of(before);

        if (other && strcmp(tokex_directives_directory(other), directory) == 0)
            return false;
    }
    return true;
}

void tokex_key_roll_run(tokex_key_roll_t *roll, apr_pool_t *scratch)
{
    server_rec *s;

    for (s = roll->main; s; s = s->next) {
        apr_pool_t *pool;

        if (!tokex_directives_of(s) || !is_first(roll, s))
            continue;
        apr_pool_create(&pool, scratch);
        roll_host(roll, s, pool);
        apr_pool_destroy(pool);
    }
}
