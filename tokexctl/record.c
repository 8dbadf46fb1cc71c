#include "record.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/moment.h"
#include "store/state_store.h"

#define RECEIPT_LEN 16

const tokex_err_t *record_open(tokex_db_t **db, const ctl_t *ctl)
{
    return tokex_db_open(db, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_READ, false, ctl->pool);
}

/* Of all servers of the installation the first, since it is one directive for all of an httpd. */
static const tokex_err_t *read_setting(const char **out, const ctl_t *ctl, tokex_db_t *db)
{
    const tokex_setting_t *settings;
    int count, i;

    *out = NULL;
    TOKEX_RETURN_ERR(tokex_state_store_settings(&settings, &count, db, ctl->pool, ctl->pool));
    for (i = 0; i < count && !*out; i++) {
        if (strcmp(settings[i].name, "TokexActivity") == 0)
            *out = settings[i].value;
    }
    return NULL;
}

static const char *keeping(const char *setting, apr_pool_t *pool)
{
    const char *blank = setting ? strchr(setting, ' ') : NULL;

    if (!setting)
        return "No server has recorded anything here yet (TokexActivity).";
    if (!blank)
        return "The server records nothing (TokexActivity Off).";
    return apr_psprintf(pool, "Kept: %.*s days, the latest %s at most (TokexActivity %s).",
                        (int)(blank - setting), setting, blank + 1, setting);
}

const tokex_err_t *record_kept(const char **out, const ctl_t *ctl, tokex_db_t *db)
{
    tokex_activity_count_t count;
    const char *setting;

    TOKEX_RETURN_ERR(read_setting(&setting, ctl, db));
    TOKEX_RETURN_ERR(tokex_activity_store_count(&count, db, ctl->pool));
    *out = apr_pstrcat(
        ctl->pool, keeping(setting, ctl->pool),
        count.dropped
            ? apr_psprintf(
                  ctl->pool, " Not recorded for want of room: %" APR_INT64_T_FMT ", last %s.",
                  (apr_int64_t)count.dropped, tokex_moment_text(count.dropped_last, ctl->pool))
            : " None is missing.",
        NULL);
    return NULL;
}

static void member(tokex_jsonw_t *w, const char *name, const char *text)
{
    if (*text)
        tokex_jsonw_member_string(w, name, text);
}

const tokex_err_t *record_members(tokex_jsonw_t *w, const tokex_activity_row_t *row,
                                  apr_pool_t *pool)
{
    const tokex_json_t *steps;

    TOKEX_RETURN_ERR(tokex_json_parse(&steps, row->steps, strlen(row->steps), pool));
    tokex_jsonw_member_string(w, "time", tokex_moment_text(row->time, pool));
    member(w, "receipt", row->receipt);
    member(w, "server", row->server);
    member(w, "location", row->location);
    member(w, "outcome", row->outcome);
    member(w, "code", row->code);
    member(w, "reason", row->reason);
    member(w, "client", row->client);
    member(w, "issuer", row->issuer);
    member(w, "subject", row->subject);
    member(w, "actor", row->actor);
    member(w, "rule", row->rule);
    member(w, "targets", row->targets);
    member(w, "scope_asked", row->scope_asked);
    member(w, "scope_granted", row->scope_granted);
    if (row->remembered)
        tokex_jsonw_member_bool(w, "remembered", true);
    tokex_jsonw_member_integer(w, "latency_us", row->latency_us);
    tokex_jsonw_name(w, "steps");
    tokex_jsonw_node(w, steps);
    return NULL;
}

const char *record_place(const tokex_activity_row_t *row, apr_pool_t *pool)
{
    return *row->location ? apr_pstrcat(pool, row->server, " ", row->location, NULL) : row->server;
}

bool record_is_receipt(const char *text)
{
    size_t len = strlen(text), i;

    for (i = 0; i < len; i++) {
        if (!apr_isalnum(text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    }
    return len == RECEIPT_LEN;
}
