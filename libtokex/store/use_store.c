#include "store/use_store.h"

#include <string.h>

#include <apr_strings.h>

#define HOUR 3600

/* Decisions of one hour. */
typedef struct sum_t {
    const char *noun;
    const char *id;
    int64_t hour;
    int64_t number;
    int64_t last; /* seconds */
} sum_t;

/* A secret that was presented. */
typedef struct presented_t {
    const char *client;
    const char *id;
    int64_t last; /* seconds */
} presented_t;

struct tokex_use_sums_t {
    apr_pool_t *pool;
    apr_hash_t *sums;    /* by hour, noun and id */
    apr_hash_t *secrets; /* by client and id */
};

/* ---- Writing */

tokex_use_sums_t *tokex_use_store_begin(apr_pool_t *pool)
{
    tokex_use_sums_t *sums = apr_palloc(pool, sizeof *sums);

    *sums = (tokex_use_sums_t){pool, apr_hash_make(pool), apr_hash_make(pool)};
    return sums;
}

static void count(tokex_use_sums_t *sums, const char *noun, const char *id, int64_t time)
{
    const char *key = apr_psprintf(sums->pool, "%" APR_INT64_T_FMT " %s %s",
                                   (apr_int64_t)(time / HOUR), noun, id);
    sum_t *sum = apr_hash_get(sums->sums, key, APR_HASH_KEY_STRING);

    if (!sum) {
        sum = apr_palloc(sums->pool, sizeof *sum);
        *sum = (sum_t){noun, apr_pstrdup(sums->pool, id), time / HOUR, 0, time};
        apr_hash_set(sums->sums, key, APR_HASH_KEY_STRING, sum);
    }
    sum->number++;
    sum->last = time > sum->last ? time : sum->last;
}

static void present(tokex_use_sums_t *sums, const tokex_activity_row_t *row)
{
    /* Ids have no blank. */
    const char *key = apr_pstrcat(sums->pool, row->client, " ", row->secret, NULL);
    presented_t *secret = apr_hash_get(sums->secrets, key, APR_HASH_KEY_STRING);

    if (!secret) {
        secret = apr_palloc(sums->pool, sizeof *secret);
        *secret = (presented_t){apr_pstrdup(sums->pool, row->client),
                                apr_pstrdup(sums->pool, row->secret), row->time};
        apr_hash_set(sums->secrets, key, APR_HASH_KEY_STRING, secret);
    }
    secret->last = row->time > secret->last ? row->time : secret->last;
}

void tokex_use_store_count(tokex_use_sums_t *sums, const tokex_activity_row_t *row)
{
    /* An issuer is looked for when the client is known; who came no further may be anybody. */
    bool known = *row->issuer || strcmp(row->outcome, "refused") != 0;

    if (*row->client && known)
        count(sums, "client", row->client, row->time);
    if (*row->issuer)
        count(sums, "issuer", row->issuer, row->time);
    if (row->secret && *row->secret)
        present(sums, row);
}

static const tokex_err_t *write_sum(tokex_db_t *db, const sum_t *sum, apr_pool_t *pool)
{
    const tokex_bind_t hour[] = {TOKEX_BIND_T("noun", sum->noun), TOKEX_BIND_T("id", sum->id),
                                 TOKEX_BIND_I("hour", sum->hour),
                                 TOKEX_BIND_I("number", sum->number)};
    const tokex_bind_t last[] = {TOKEX_BIND_T("noun", sum->noun), TOKEX_BIND_T("id", sum->id),
                                 TOKEX_BIND_I("time", sum->last)};

    TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_USE_HOUR_ADD, hour, 4, NULL, pool));
    return tokex_db_run(db, TOKEX_SQL_STATE_USE_LAST_SET, last, 3, NULL, pool);
}

static const tokex_err_t *write_secret(tokex_db_t *db, const presented_t *secret, apr_pool_t *pool)
{
    const tokex_bind_t binds[] = {TOKEX_BIND_T("client", secret->client),
                                  TOKEX_BIND_T("id", secret->id),
                                  TOKEX_BIND_I("time", secret->last)};

    return tokex_db_run(db, TOKEX_SQL_STATE_USE_SECRET_SET, binds, 3, NULL, pool);
}

const tokex_err_t *tokex_use_store_add(tokex_db_t *db, const tokex_use_sums_t *sums,
                                       apr_pool_t *pool)
{
    apr_hash_index_t *i;

    for (i = apr_hash_first(pool, sums->sums); i; i = apr_hash_next(i))
        TOKEX_RETURN_ERR(write_sum(db, apr_hash_this_val(i), pool));
    for (i = apr_hash_first(pool, sums->secrets); i; i = apr_hash_next(i))
        TOKEX_RETURN_ERR(write_secret(db, apr_hash_this_val(i), pool));
    return NULL;
}

const tokex_err_t *tokex_use_store_prune(tokex_db_t *db, int64_t since, int64_t now,
                                         apr_pool_t *pool)
{
    const tokex_bind_t hours[] = {TOKEX_BIND_I("since", now / HOUR - TOKEX_USE_HOURS + 1),
                                  TOKEX_BIND_I("until", now / HOUR + TOKEX_USE_HOURS)};
    const tokex_bind_t last = TOKEX_BIND_I("since", since);

    TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_USE_PRUNE_HOURS, hours, 2, NULL, pool));
    TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_USE_PRUNE_LASTS, &last, 1, NULL, pool));
    return tokex_db_run(db, TOKEX_SQL_STATE_USE_PRUNE_SECRETS, &last, 1, NULL, pool);
}

/* ---- Reading */

static const tokex_err_t *read_hours(tokex_use_t *use, tokex_db_t *db, const tokex_bind_t binds[3],
                                     int64_t first, apr_pool_t *pool)
{
    tokex_rows_t *rows;
    bool more;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_USE_HOURS, binds, 3, pool));
    for (;;) {
        int64_t place, number;

        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        place = tokex_db_integer(rows, "hour") - first;
        number = tokex_db_integer(rows, "number");
        /* Behind the last one a wrong clock has dated it. */
        if (place >= TOKEX_USE_HOURS)
            continue;
        use->hours[place] = number;
        use->number += number;
    }
}

const tokex_err_t *tokex_use_store_find(tokex_use_t *out, tokex_db_t *db, const char *noun,
                                        const char *id, int64_t now, apr_pool_t *pool)
{
    const int64_t first = now / HOUR - TOKEX_USE_HOURS + 1;
    const tokex_bind_t binds[] = {TOKEX_BIND_T("noun", noun), TOKEX_BIND_T("id", id),
                                  TOKEX_BIND_I("since", first)};
    tokex_rows_t *rows;
    bool more;

    memset(out, 0, sizeof *out);
    TOKEX_RETURN_ERR(read_hours(out, db, binds, first, pool));
    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_USE_LAST_OF, binds, 2, pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        out->last = tokex_db_integer(rows, "time");
    }
}

/* Times by id. */
static const tokex_err_t *read_times(apr_hash_t **out, tokex_rows_t *rows, apr_pool_t *pool)
{
    bool more;

    *out = apr_hash_make(pool);
    for (;;) {
        int64_t *last;

        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            return NULL;
        last = apr_palloc(pool, sizeof *last);
        *last = tokex_db_integer(rows, "time");
        apr_hash_set(*out, tokex_db_text(rows, "id"), APR_HASH_KEY_STRING, last);
    }
}

const tokex_err_t *tokex_use_store_lasts(apr_hash_t **out, tokex_db_t *db, const char *noun,
                                         apr_pool_t *pool)
{
    const tokex_bind_t bind = TOKEX_BIND_T("noun", noun);
    tokex_rows_t *rows;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_USE_LASTS, &bind, 1, pool));
    return read_times(out, rows, pool);
}

const tokex_err_t *tokex_use_store_secrets(apr_hash_t **out, tokex_db_t *db, const char *client,
                                           apr_pool_t *pool)
{
    const tokex_bind_t bind = TOKEX_BIND_T("client", client);
    tokex_rows_t *rows;

    TOKEX_RETURN_ERR(tokex_db_select(&rows, db, TOKEX_SQL_STATE_USE_SECRETS, &bind, 1, pool));
    return read_times(out, rows, pool);
}
