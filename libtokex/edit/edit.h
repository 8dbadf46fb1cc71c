/*
 * Changes of the configuration. Every tool makes them here: one checked path, one transaction with
 * its row of history, nothing lost when two people change the same.
 *
 *   object as JSON + the revision it was made from
 *     -> read by fields.c -> judged together with everything it has to do with -> rows and history
 *
 * Needs of the database only what the change concerns: a client is read and judged without the
 * others, so that ten thousand of them do not make the change of one slow.
 */
#ifndef TOKEX_EDIT_EDIT_H
#define TOKEX_EDIT_EDIT_H

#include "config/config.h"
#include "config/faults.h"
#include "store/db_sqlite.h"

/* One object of one of the lists of the document. Rules, secrets and rows of mappings are part of
 * theirs. */
typedef struct tokex_edit_t {
    const char
        *noun; /* as in fields.h: issuer, mapping, scope, target, client, signing, signing_key */
    const char *id;     /* what tells it apart */
    const char *object; /* JSON after the change, all members; NULL: the object goes */
    int64_t revision;   /* of the object that the change was made from; 0: there was none;
                           TOKEX_EDIT_ANY: whatever stands there */
} tokex_edit_t;

#define TOKEX_EDIT_ANY (-1)

/* Whose change it is. Both texts are one line of UTF-8. */
typedef struct tokex_edit_author_t {
    const char *who;    /* as the tool knows him: "root", "alice (uid 1000)" */
    const char *reason; /* NULL: none was given */
    int64_t now;        /* seconds */
} tokex_edit_author_t;

/* Judges what the configuration would be as a server would, faults go to `faults`. What it gets has
 * the objects that the change concerns and all that they refer to; of clients only those. */
typedef const tokex_err_t *tokex_edit_judge_t(void *ctx, const tokex_config_t *config,
                                              tokex_faults_t *faults, apr_pool_t *pool);

typedef struct tokex_edit_way_t {
    tokex_db_t *db; /* config.db, TOKEX_DB_WRITE */
    tokex_edit_judge_t *judge;
    void *judge_ctx;
    bool dry_run; /* judge, change nothing */
} tokex_edit_way_t;

/*
 * Makes all of `edits` or none of them: one change, one number. `*number` (may be NULL) is that of
 * the change, 0 when nothing would be different. TOKEX_E_DOCUMENT: `faults` say what is wrong, each
 * with object, id, field, value and remedy; an object that others refer to does not go, and the
 * fault names who refers to it. TOKEX_E_CONFLICT: an object has another revision than the change
 * was made from; `*late` (may be NULL) is then which of the edits.
 */
const tokex_err_t *tokex_edit_apply(int64_t *number, int *late, const tokex_edit_way_t *way,
                                    const tokex_edit_t *edits, int count,
                                    const tokex_edit_author_t *author, tokex_faults_t *faults,
                                    apr_pool_t *pool);

/* An object as it stands: its JSON (members in the order of fields.c, `secrets` as in document.h)
 * and its revision, the number of the change that made it. `*object` NULL: there is none. */
const tokex_err_t *tokex_edit_read(const char **object, int64_t *revision, tokex_db_t *db,
                                   const char *noun, const char *id, bool secrets,
                                   apr_pool_t *pool);

/* ---- History */

typedef struct tokex_change_t {
    int64_t number; /* from 1 */
    int64_t at;     /* seconds */
    const char *who;
    const char *reason; /* NULL: none */
    int object_count;
} tokex_change_t;

typedef struct tokex_change_object_t {
    const char *noun;
    const char *id;
    const char *before; /* JSON with hashes of secrets and sealed keys; NULL: it was new */
    const char *after;  /* NULL: it went */
} tokex_change_object_t;

typedef struct tokex_change_filter_t {
    const char *noun; /* NULL: of every kind */
    const char *id;   /* NULL: every one */
    int64_t before;   /* only numbers below; 0: from the last one */
    int limit;
} tokex_change_filter_t;

/* The last first. */
const tokex_err_t *tokex_change_list(const tokex_change_t **out, int *count, tokex_db_t *db,
                                     const tokex_change_filter_t *filter, apr_pool_t *pool);

/* One change with its objects. `*change` NULL: there is none with that number. */
const tokex_err_t *tokex_change_show(const tokex_change_t **change,
                                     const tokex_change_object_t **objects, int *count,
                                     tokex_db_t *db, int64_t number, apr_pool_t *pool);

/* Takes change `restored` back: each of its objects becomes what it was before it, as a new change
 * of its own. TOKEX_E_CONFLICT where one of them was changed again since then, unless `force`;
 * otherwise as tokex_edit_apply(). TOKEX_E_CHANGE_UNKNOWN. */
const tokex_err_t *tokex_change_restore(int64_t *number, const tokex_edit_way_t *way,
                                        int64_t restored, bool force,
                                        const tokex_edit_author_t *author, tokex_faults_t *faults,
                                        apr_pool_t *pool);

#endif
