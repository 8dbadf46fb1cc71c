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

#include <apr_tables.h>

#include "config/config.h"
#include "config/faults.h"
#include "store/change_store.h"
#include "store/db_sqlite.h"

/* One object of one of the lists of the document. Rules, secrets and rows of mappings are part of
 * theirs. */
typedef struct tokex_edit_t {
    const char *noun; /* as in fields.h: issuer, mapping, procedure, scope, target, client, signing,
                         signing_key */
    const char *id;   /* what tells it apart */
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

/* Proves that a signing key that is brought in sealed opens here, to the key that it says it is; a
 * fault where it does not. */
typedef const tokex_err_t *tokex_edit_prove_t(void *ctx, const tokex_signing_key_t *key,
                                              tokex_faults_t *faults, apr_pool_t *pool);

/* Seals introspection_secret of an issuer into introspection_sealed, or, where it brings that one
 * itself, proves that it opens here; a fault where it does not. `present`: what is kept of it so
 * far, which stays when it is the same secret; NULL: nothing. */
typedef const tokex_err_t *tokex_edit_seal_t(void *ctx, tokex_issuer_t *issuer, const char *present,
                                             tokex_faults_t *faults, apr_pool_t *pool);

/* A secret that was made because an object asked for it (`generate`): to be shown once. */
typedef struct tokex_edit_secret_t {
    const char *client;
    const char *id;
    const char *value;
} tokex_edit_secret_t;

/* How a change is made. All behind `dry_run` may be left out. */
typedef struct tokex_edit_way_t {
    tokex_db_t *db; /* config.db, TOKEX_DB_WRITE; TOKEX_DB_READ is enough for a dry run */
    tokex_edit_judge_t *judge; /* NULL: the caller has judged what comes of it */
    void *judge_ctx;
    bool dry_run;              /* judge, change nothing */
    tokex_edit_prove_t *prove; /* NULL: sealed keys are taken as they are */
    void *prove_ctx;
    tokex_edit_seal_t *seal; /* NULL: a secret that is to be sealed is a fault, unless it is a dry
                                run, and sealed ones are taken as they are */
    void *seal_ctx;
    /* of tokex_edit_secret_t, filled; NULL: `generate` is a fault, for nobody could tell the value
     */
    apr_array_header_t *made;
    /* of tokex_change_object_t, filled with what differs, in a dry run too; NULL: nobody asks */
    apr_array_header_t *differing;
    /* the generation (store/config_store.h) that the change was made from; NULL: any */
    const int64_t *generation;
} tokex_edit_way_t;

/*
 * Makes all of `edits` or none of them: one change, one number. `*number` (may be NULL) is that of
 * the change, 0 when nothing would be different, or in a dry run. Objects are read as import reads
 * them: a secret and a signing key without a value keep the one that they have, `generate` makes
 * one, keys of issuers are brought into the form that is kept (policy/normalise.h).
 *
 * TOKEX_E_DOCUMENT: `faults` say what is wrong, each with object, id, field, value and remedy; an
 * object that others refer to does not go, and the fault names who refers to it. A fault that was
 * there before the change hinders nothing and is a warning. TOKEX_E_JSON: an object is none.
 * TOKEX_E_CONFLICT: an object has another revision than the change was made from; `*late` (may be
 * NULL) is then which of the edits, -1 when it is the generation. What does not exist has the
 * revision 0 beside that of the change that took it away.
 */
const tokex_err_t *tokex_edit_apply(int64_t *number, int *late, const tokex_edit_way_t *way,
                                    const tokex_edit_t *edits, int count,
                                    const tokex_edit_author_t *author, tokex_faults_t *faults,
                                    apr_pool_t *pool);

/*
 * Replaces everything by a document, as one change of all objects that differ; what the document
 * leaves out goes, but for the members `signing` and `signing_keys` (config/document.h). `*config`:
 * what stands there then. Otherwise as above, but every fault of the whole counts.
 */
const tokex_err_t *tokex_edit_document(int64_t *number, const tokex_config_t **config,
                                       const tokex_edit_way_t *way, const char *text,
                                       apr_size_t len, const tokex_edit_author_t *author,
                                       tokex_faults_t *faults, apr_pool_t *pool);

/*
 * Changes nothing: `present` with the objects of a document in the place of those with their ids,
 * or behind the others, for one question. Secrets are those that are there already; one to be made
 * is made and shown to nobody. Signing keys are never a draft's. `now`: seconds. TOKEX_E_JSON;
 * TOKEX_E_DOCUMENT when `faults` holds an error. It is not judged yet.
 */
const tokex_err_t *tokex_edit_draft(const tokex_config_t **out, const tokex_config_t *present,
                                    const char *text, apr_size_t len, int64_t now,
                                    tokex_faults_t *faults, apr_pool_t *pool);

/* An object as it stands: its JSON (members in the order of fields.c, `secrets` as in document.h)
 * and its revision, the number of the change that made it, 0 when it is older than history.
 * `*object` NULL: there is none, and the revision is that of the change that took it away, or 0.
 * TOKEX_E_NOUN_UNKNOWN. */
const tokex_err_t *tokex_edit_read(const char **object, int64_t *revision, tokex_db_t *db,
                                   const char *noun, const char *id, bool secrets,
                                   apr_pool_t *pool);

/* ---- History */

/* The last first. */
const tokex_err_t *tokex_change_list(const tokex_change_t **out, int *count, tokex_db_t *db,
                                     const tokex_change_filter_t *filter, apr_pool_t *pool);

/* One change with its objects. `*change` NULL: there is none with that number. */
const tokex_err_t *tokex_change_show(const tokex_change_t **change,
                                     const tokex_change_object_t **objects, int *count,
                                     tokex_db_t *db, int64_t number, apr_pool_t *pool);

/* Takes change `restored` back: each of its objects becomes what it was before it, as a new change
 * of its own; where `author` gives no reason, that is the reason. TOKEX_E_CONFLICT where one of
 * them was changed again since then, unless `force`; otherwise as tokex_edit_apply().
 * TOKEX_E_CHANGE_UNKNOWN. */
const tokex_err_t *tokex_change_restore(int64_t *number, const tokex_edit_way_t *way,
                                        int64_t restored, bool force,
                                        const tokex_edit_author_t *author, tokex_faults_t *faults,
                                        apr_pool_t *pool);

/* ---- What differs */

/* A member that differs. Values are JSON on one line. */
typedef struct tokex_edit_member_t {
    const char *path;   /* "lifetime"; "rules partner.lifetime" of the rule with that id */
    const char *before; /* NULL: it was not there */
    const char *after;  /* NULL: it is not there any more */
    bool secret;        /* both are NULL, because nobody may see them */
} tokex_edit_member_t;

/* The members in which an object of the kind `noun` differs; either JSON text may be NULL, and then
 * every member of the other counts. Hashes of secrets and sealed keys are never among the values.
 * TOKEX_E_JSON, TOKEX_E_NOUN_UNKNOWN. */
const tokex_err_t *tokex_edit_diff(const tokex_edit_member_t **out, int *count, const char *noun,
                                   const char *before, const char *after, apr_pool_t *pool);

/* The JSON of an object without hashes of secrets and sealed keys. NULL gives NULL. */
const tokex_err_t *tokex_edit_shown(const char **out, const char *noun, const char *object,
                                    apr_pool_t *pool);

#endif
