#include "activity.h"

#include "activity_config.h"
#include "activity_record.h"
#include "activity_writer.h"
#include "counters.h"
#include "server_name.h"
#include "serving.h"
#include "state_prune.h"

/* Where the decisions of a virtual host go. */
struct tokex_activity_t {
    tokex_activity_writer_t *writer;
    apr_uint32_t book;
    const char *server;
};

static bool is_first(server_rec *main, const server_rec *s, const char *path, apr_pool_t *pool)
{
    server_rec *before;

    for (before = main; before != s; before = before->next) {
        const tokex_conf_t *other = tokex_directives_of(before);

        if (other && strcmp(tokex_directives_state_db(other, pool), path) == 0)
            return false;
    }
    return true;
}

/* What the singleton does for a state.db. */
static void add_jobs(server_rec *s, const char *path, apr_pool_t *pchild)
{
    tokex_state_prune_add(s, path, pchild);
    tokex_serving_add(s, path, pchild);
}

static void settle(tokex_activity_writer_t *writer, server_rec *main, server_rec *s,
                   apr_pool_t *pchild)
{
    tokex_conf_t *conf = tokex_directives_of(s);
    const char *path = tokex_directives_state_db(conf, pchild);
    tokex_activity_t *activity;

    if (is_first(main, s, path, pchild))
        add_jobs(s, path, pchild);
    if (!writer)
        return;
    activity = apr_pcalloc(pchild, sizeof(*activity));
    activity->writer = writer;
    activity->book = tokex_activity_writer_book(writer, s, path);
    activity->server = tokex_server_name(main, s, pchild);
    conf->activity = activity;
}

void tokex_activity_child(apr_pool_t *pchild, server_rec *main)
{
    tokex_activity_writer_t *writer =
        tokex_activity_limits().days ? tokex_activity_writer_create(main, pchild) : NULL;
    server_rec *s;

    for (s = main; s; s = s->next) {
        if (tokex_directives_of(s))
            settle(writer, main, s, pchild);
    }
    if (writer)
        tokex_activity_writer_start(writer);
}

void tokex_activity_note(request_rec *r, const tokex_conf_t *conf, const tokex_outcome_t *outcome,
                         const char *receipt, apr_interval_time_t took)
{
    const tokex_activity_t *activity = conf->activity;
    unsigned char record[TOKEX_ACTIVITY_RECORD_MAX];
    tokex_activity_context_t context;
    apr_size_t len;

    if (!activity)
        return;
    context.receipt = receipt;
    context.server = activity->server;
    context.time = apr_time_sec(apr_time_now());
    context.latency_us = took;
    len = tokex_activity_record_write(record, outcome, &context, r->pool);
    if (!tokex_activity_writer_give(activity->writer, activity->book, record, len,
                                    outcome->err != NULL))
        tokex_counters_one(r, TOKEX_COUNT_ACTIVITY_DROPPED);
}
