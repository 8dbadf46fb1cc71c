/* What the files of this room share and nobody else sees. */
#ifndef TOKEX_EDIT_EDIT_PRIVATE_H
#define TOKEX_EDIT_EDIT_PRIVATE_H

#include "config/document.h"
#include "crypt/crypt.h"
#include "edit/edit.h"
#include "store/config_rows.h"

/* What every step of a change needs. */
typedef struct tokex_edit_run_t {
    const tokex_edit_way_t *way;
    const tokex_edit_author_t *author;
    tokex_crypt_t *crypt;
    tokex_faults_t *faults;
    apr_pool_t *pool;
    int64_t generation;
} tokex_edit_run_t;

/* An object that a change concerns, before and after it. */
typedef struct tokex_edit_slot_t {
    const tokex_field_t *list; /* of the document */
    const char *id;
    const void *before; /* NULL: there is none */
    const void *after;
    const char *was; /* the same as JSON with secrets */
    const char *became;
} tokex_edit_slot_t;

/* Which objects of slots. */
typedef enum tokex_edit_which_t {
    TOKEX_EDIT_BEFORE,  /* all that stand there before */
    TOKEX_EDIT_AFTER,   /* all that stand there afterwards */
    TOKEX_EDIT_GONE,    /* what goes, as it was */
    TOKEX_EDIT_CHANGED, /* what stays, as it becomes */
    TOKEX_EDIT_FRESH    /* what comes */
} tokex_edit_which_t;

/* A configuration that holds these alone, in the order of the slots. */
tokex_config_t tokex_edit_collect(const tokex_edit_slot_t *slots, int count,
                                  tokex_edit_which_t which, apr_pool_t *pool);

/* Fills the JSON of slots and moves those that differ to the front; how many these are. */
int tokex_edit_differing(tokex_edit_slot_t *slots, int count, apr_pool_t *pool);

/* `present` with the slots as they become, in the place of what they were or behind the others. */
tokex_config_t tokex_edit_merge(const tokex_config_t *present, const tokex_edit_slot_t *slots,
                                int count, apr_pool_t *pool);

/*
 * From what objects say to what they stand for: what they leave out because it is secret comes from
 * `present`, or is made; keys of issuers get the form that is kept. What is wrong goes into the
 * faults; errors are those of making secrets.
 */
const tokex_err_t *tokex_edit_resolve(const tokex_config_t **out, const tokex_edit_run_t *run,
                                      const tokex_config_t *asked, const tokex_config_t *present);

/* Stands in for what is sealed where that is missing and was told to be, or is of a dry run. */
#define TOKEX_EDIT_NO_SEALED "-"

/* The same for one issuer, which was `before` (NULL: it is new): what it is asked with about tokens
 * is sealed, or kept. */
const tokex_err_t *tokex_edit_resolve_issuer(const tokex_edit_run_t *run, tokex_issuer_t *issuer,
                                             const tokex_issuer_t *before);

/* Faults for slots that go, or stop being what clients beyond `slots` and objects of `wanted` need
 * them for. */
const tokex_err_t *tokex_edit_refer(const tokex_edit_run_t *run, const tokex_edit_slot_t *slots,
                                    int count, const tokex_config_t *wanted);

/* Judges `wanted`. What is said of `present`, too, hinders nothing; `present` NULL: everything
 * counts. */
const tokex_err_t *tokex_edit_judge(const tokex_edit_run_t *run, const tokex_config_t *wanted,
                                    const tokex_config_t *present);

/* Opens the transaction, and the other way round: `err` rolls it back. */
const tokex_err_t *tokex_edit_begin(tokex_edit_run_t *run, int *late);
const tokex_err_t *tokex_edit_end(const tokex_edit_run_t *run, const tokex_err_t *err);

/* Writes slots, all of which differ, with their row of history, and commits; a dry run writes
 * nothing. `*number` as in tokex_edit_apply(). TOKEX_E_DOCUMENT when the faults hold an error. */
const tokex_err_t *tokex_edit_write(int64_t *number, const tokex_edit_run_t *run,
                                    const tokex_edit_slot_t *slots, int count);

#endif
