/* Activity of which a test says the rows: `plain` as it is, or with something else in it. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "store_dir.h"

#include "store/activity_store.h"

static const tokex_activity_row_t plain = {.time = NOW,
                                           .receipt = "hZ4QzKjSKaE1Tn-B",
                                           .server = "a.example:443",
                                           .location = "",
                                           .client = "orders",
                                           .issuer = "partner",
                                           .subject = "user-1",
                                           .actor = "gateway",
                                           .rule = "first",
                                           .targets = "api billing",
                                           .scope_asked = "a b",
                                           .scope_granted = "a",
                                           .outcome = "granted",
                                           .code = "",
                                           .reason = "",
                                           .latency_us = 87,
                                           .steps = "[{\"step\":\"request\",\"passed\":true}]"};

typedef struct list_t {
    const tokex_activity_row_t *rows;
    int count;
    int given;
} list_t;

static inline bool next_of_list(tokex_activity_row_t *row, void *ctx, apr_pool_t *pool)
{
    list_t *list = ctx;

    (void)pool;
    if (list->given == list->count)
        return false;
    *row = list->rows[list->given++];
    return true;
}

static inline const tokex_err_t *add_rows(tokex_db_t *db, const tokex_activity_row_t *rows,
                                          int count, int64_t dropped, apr_pool_t *pool)
{
    list_t list = {rows, count, 0};
    const tokex_activity_batch_t batch = {next_of_list, &list, dropped, NOW + dropped};

    return tokex_activity_store_add(db, &batch, pool);
}

#endif
