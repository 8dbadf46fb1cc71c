/* What was decided lately: state.db's table of activity. */
#ifndef TOKEX_STORE_ACTIVITY_STORE_H
#define TOKEX_STORE_ACTIVITY_STORE_H

#include "store/db_sqlite.h"

/* A decision. No text is NULL; "": the exchange did not come so far, or there is none. No text
 * holds a token or a secret. */
typedef struct tokex_activity_row_t {
    int64_t number; /* rising; given by the database */
    int64_t time;   /* seconds */
    const char *receipt;
    const char *server;   /* host name and port of the virtual host */
    const char *location; /* "": the token endpoint */
    const char *secret;   /* id of the client's secret that was presented; NULL or "": not known. A
                             row is written without it; store/use_store.h keeps when that was. */
    const char *client;   /* its id, or what was presented as one when there is no such client */
    const char *issuer;
    const char *subject; /* in shown form, as in the audit line */
    const char *actor;   /* likewise */
    const char *rule;
    const char *targets;       /* ids joined by blanks, as asked for */
    const char *scope_asked;   /* in shown form */
    const char *scope_granted; /* may be cut, then it ends in "..." */
    const char *outcome;       /* "granted", "accepted" or "refused" */
    const char *code;          /* of a refusal */
    const char *reason;        /* of a refusal, for the operator */
    bool remembered;           /* a use of a decision that was made before */
    int64_t latency_us;
    const char *steps; /* JSON: a list of objects {step, passed, code, object, id, field, found}, of
                          which those that say nothing are left out */
} tokex_activity_row_t;

typedef struct tokex_activity_count_t {
    int64_t number;       /* of the latest decision; 0: none so far */
    int64_t dropped;      /* decisions that could not be recorded, ever */
    int64_t dropped_last; /* when the last of them was reported; 0: never */
} tokex_activity_count_t;

/* Which decisions are wanted. Texts are never NULL; "": any. */
typedef struct tokex_activity_filter_t {
    int64_t after;       /* number */
    int64_t since;       /* seconds, both included */
    int64_t until;       /* seconds */
    const char *outcome; /* "granted" stands for "accepted" too */
    const char *code;
    const char *client;
    const char *issuer;
    const char *target;
    const char *subject;
    const char *location;
    int most; /* the latest so many */
} tokex_activity_filter_t;

/* What is kept. */
typedef struct tokex_activity_keep_t {
    int64_t since; /* seconds: older ones go, */
    int64_t until; /* and those that a wrong clock has dated behind this */
    int64_t rows;  /* the latest so many stay */
    int64_t now;   /* seconds */
} tokex_activity_keep_t;

/* Gives the next row, whose number is not looked at, in `pool`, which is cleared before the one
 * after it; false: there are no more. */
typedef bool tokex_activity_next_t(tokex_activity_row_t *row, void *ctx, apr_pool_t *pool);

/* Rows to be written, and how many more there would have been. */
typedef struct tokex_activity_batch_t {
    tokex_activity_next_t *next;
    void *ctx;
    int64_t dropped;
    int64_t now; /* seconds */
} tokex_activity_batch_t;

/* Writes a batch in one transaction: all of it, or after an error nothing. */
const tokex_err_t *tokex_activity_store_add(tokex_db_t *db, const tokex_activity_batch_t *batch,
                                            apr_pool_t *pool);

const tokex_err_t *tokex_activity_store_count(tokex_activity_count_t *out, tokex_db_t *db,
                                              apr_pool_t *pool);

/* The latest that `filter` lets through, the newest last. In `pool`. */
const tokex_err_t *tokex_activity_store_list(const tokex_activity_row_t **out, int *count,
                                             tokex_db_t *db, const tokex_activity_filter_t *filter,
                                             apr_pool_t *pool);

/* The decision with that receipt, in `pool`; where it is gone, a use of it; NULL: neither. */
const tokex_err_t *tokex_activity_store_find(const tokex_activity_row_t **out, tokex_db_t *db,
                                             const char *receipt, apr_pool_t *pool);

/* Takes away what is not to be kept, `most` rows for each of the two reasons at most, each in a
 * transaction, and with it the sums of store/use_store.h. `*gone`: how many went; less than `most`:
 * nothing is left to do. */
const tokex_err_t *tokex_activity_store_prune(int *gone, tokex_db_t *db,
                                              const tokex_activity_keep_t *keep, int most,
                                              apr_pool_t *pool);

#endif
