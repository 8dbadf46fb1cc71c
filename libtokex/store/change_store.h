/* History in config.db, inside the caller's transaction where it writes. */
#ifndef TOKEX_STORE_CHANGE_STORE_H
#define TOKEX_STORE_CHANGE_STORE_H

#include "store/db_sqlite.h"

/* A change: one transaction of one person. */
typedef struct tokex_change_t {
    int64_t number; /* from 1 */
    int64_t at;     /* seconds */
    const char *who;
    const char *reason; /* NULL: none */
    int object_count;
} tokex_change_t;

/* An object of a change. Its texts are JSON with hashes of secrets and sealed keys. */
typedef struct tokex_change_object_t {
    const char *noun;
    const char *id;
    const char *before; /* NULL: it was new */
    const char *after;  /* NULL: it went */
} tokex_change_object_t;

/* Which changes are asked for. */
typedef struct tokex_change_filter_t {
    const char *noun; /* NULL: of every kind */
    const char *id;   /* NULL: every one; only with a noun */
    int64_t before;   /* only numbers below; 0: from the last one */
    int limit;
} tokex_change_filter_t;

/* Writes a change with its objects; its number is the one behind the last, and goes into
 * `change->number`. */
const tokex_err_t *tokex_change_store_add(tokex_db_t *db, tokex_change_t *change,
                                          const tokex_change_object_t *objects, apr_pool_t *pool);

/* The number of the last change that holds an object; 0: none does. */
const tokex_err_t *tokex_change_store_revision(int64_t *out, tokex_db_t *db, const char *noun,
                                               const char *id, apr_pool_t *pool);

/* The last first. */
const tokex_err_t *tokex_change_store_list(const tokex_change_t **out, int *count, tokex_db_t *db,
                                           const tokex_change_filter_t *filter, apr_pool_t *pool);

/* One change with its objects, in the order in which they were given. `*change` NULL: there is none
 * with that number. */
const tokex_err_t *tokex_change_store_find(const tokex_change_t **change,
                                           const tokex_change_object_t **objects, int *count,
                                           tokex_db_t *db, int64_t number, apr_pool_t *pool);

/* What was done to an object of a change. */
typedef struct tokex_change_name_t {
    const char *what; /* "added", "removed", "changed" */
    const char *noun;
    const char *id;
} tokex_change_name_t;

/* The first `most` objects of a change, without what they hold, in `pool`. */
const tokex_err_t *tokex_change_store_names(const tokex_change_name_t **out, int *count,
                                            tokex_db_t *db, int64_t number, int most,
                                            apr_pool_t *pool);

#endif
