/*
 * How often clients and issuers were in a decision, and when last, by which of its secrets a
 * client: sums in state.db that grow with the decisions, so that a list says so without reading
 * those.
 */
#ifndef TOKEX_STORE_USE_STORE_H
#define TOKEX_STORE_USE_STORE_H

#include <apr_hash.h>

#include "store/activity_store.h"

/* Hours that are kept, the one that runs among them. */
#define TOKEX_USE_HOURS 24

/* Of one object. */
typedef struct tokex_use_t {
    int64_t last;                   /* its latest decision, seconds; 0: none is known */
    int64_t number;                 /* of decisions in the hours that are kept */
    int64_t hours[TOKEX_USE_HOURS]; /* the same hour by hour, the last one being that of `now` */
} tokex_use_t;

/* What a batch of decisions adds up to. */
typedef struct tokex_use_sums_t tokex_use_sums_t;

tokex_use_sums_t *tokex_use_store_begin(apr_pool_t *pool);

/* Counts a decision, granted or refused: for its issuer where one was found, and for its client
 * where that had proven who it is, and by which secret. */
void tokex_use_store_count(tokex_use_sums_t *sums, const tokex_activity_row_t *row);

/* Writes them, in the transaction of the decisions. */
const tokex_err_t *tokex_use_store_add(tokex_db_t *db, const tokex_use_sums_t *sums,
                                       apr_pool_t *pool);

/* What is known of one of them at `now` (seconds); `noun`: client or issuer. All is 0 where nothing
 * is. */
const tokex_err_t *tokex_use_store_find(tokex_use_t *out, tokex_db_t *db, const char *noun,
                                        const char *id, int64_t now, apr_pool_t *pool);

/* When each of them was in a decision last: int64_t (seconds) by id, in `pool`. */
const tokex_err_t *tokex_use_store_lasts(apr_hash_t **out, tokex_db_t *db, const char *noun,
                                         apr_pool_t *pool);

/* When each secret of a client was presented last: int64_t (seconds) by its id, in `pool`. */
const tokex_err_t *tokex_use_store_secrets(apr_hash_t **out, tokex_db_t *db, const char *client,
                                           apr_pool_t *pool);

/* Takes away what nobody asks for: hours outside those around `now`, and who was in no decision,
 * and which secret was not presented, since `since`, both seconds. */
const tokex_err_t *tokex_use_store_prune(tokex_db_t *db, int64_t since, int64_t now,
                                         apr_pool_t *pool);

#endif
