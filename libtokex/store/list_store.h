/* What lists of objects show: of each object a few values, without its lists, so that ten thousand
 * are read in no time. */
#ifndef TOKEX_STORE_LIST_STORE_H
#define TOKEX_STORE_LIST_STORE_H

#include <apr_hash.h>

#include "config/config.h"
#include "store/db_sqlite.h"

typedef enum tokex_list_kind_t {
    TOKEX_LIST_TEXT,
    TOKEX_LIST_NUMBER, /* a count, or seconds */
    TOKEX_LIST_TIME,   /* seconds since 1970; 0: none */
    TOKEX_LIST_FLAG
} tokex_list_kind_t;

typedef struct tokex_list_column_t {
    const char *name; /* of the member where there is one: "issuer", "keys" */
    tokex_list_kind_t kind;
} tokex_list_column_t;

typedef struct tokex_list_cell_t {
    const char *text; /* TOKEX_LIST_TEXT; NULL: none */
    int64_t number;   /* the others */
} tokex_list_cell_t;

typedef struct tokex_list_t {
    const tokex_list_column_t *columns; /* the first is the id */
    int column_count;
    const tokex_list_cell_t *cells; /* row by row, rows by id */
    int row_count;
} tokex_list_t;

/*
 * The list of all objects of a kind (`noun`: issuer, mapping, scope, target or client) in
 * config.db. `now`, seconds, tells which secrets have ended. TOKEX_E_INTERNAL for another noun.
 */
const tokex_err_t *tokex_list_store_read(tokex_list_t *out, tokex_db_t *db, const char *noun,
                                         int64_t now, apr_pool_t *pool);

/* What objects of a kind are found by beside what their list shows, their descriptions and
 * contacts: const char * by id, in `pool`. Those that have none are not in it. */
const tokex_err_t *tokex_list_store_words(apr_hash_t **out, tokex_db_t *db, const char *noun,
                                          apr_pool_t *pool);

/* How many objects of a kind there are in config.db. */
const tokex_err_t *tokex_list_store_count(int64_t *out, tokex_db_t *db, const char *noun,
                                          apr_pool_t *pool);

/* The ids of the targets that the rules of a client name, sorted. */
const tokex_err_t *tokex_list_store_targets(tokex_texts_t *out, tokex_db_t *db, const char *client,
                                            apr_pool_t *pool);

/* The ids of the clients that take tokens of an issuer by one of their rules, sorted. */
const tokex_err_t *tokex_list_store_takers(tokex_texts_t *out, tokex_db_t *db, const char *issuer,
                                           apr_pool_t *pool);

/* When keys of an issuer last came from any of its places, and when one of them is asked again
 * first, by state.db; 0: never. */
const tokex_err_t *tokex_list_store_fetched(int64_t *fetched, int64_t *next, tokex_db_t *state,
                                            const char *issuer, apr_pool_t *pool);

/* Something that somebody should look at. */
typedef struct tokex_list_due_t {
    const char *id;   /* of the issuer, or the client */
    const char *text; /* of an issuer why its place gave no keys; NULL */
    int64_t time;     /* when that was; of a client when its last secret ends; seconds */
} tokex_list_due_t;

/* Issuers of which a place gave no keys when it was last asked, by state.db: the last first, `most`
 * of them, in `pool`. */
const tokex_err_t *tokex_list_store_failing(const tokex_list_due_t **out, int *count,
                                            tokex_db_t *state, int most, apr_pool_t *pool);

/* Clients that are served and whose last secret ends between `now` and `until`, by config.db: the
 * first one first, `most` of them, in `pool`. */
const tokex_err_t *tokex_list_store_ending(const tokex_list_due_t **out, int *count,
                                           tokex_db_t *config, int64_t now, int64_t until, int most,
                                           apr_pool_t *pool);

#endif
