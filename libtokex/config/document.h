/*
 * The configuration as one JSON document, in and out.
 */
#ifndef TOKEX_CONFIG_DOCUMENT_H
#define TOKEX_CONFIG_DOCUMENT_H

#include "base/err.h"
#include "config/fields.h"

/* The number that a document carries as `"schema"`. */
#define TOKEX_DOCUMENT_SCHEMA 1

/* Members whose absence does not mean that there is nothing: what is there stays. */
typedef struct tokex_document_given_t {
    bool signing;
    bool signing_keys;
} tokex_document_given_t;

/*
 * Reads a document. An unknown member is a fault that names the nearest known one; so are wrong
 * types, values out of range, missing members, members given twice by id: all of them are
 * collected, none hides another. TOKEX_E_JSON when the text is no JSON object, TOKEX_E_DOCUMENT
 * when `faults` holds an error afterwards. In that case too *out is what could be read, so that its
 * meaning can be judged in the same go (never to be saved): a member that has a fault is absent or
 * has its default, an element that is no object stands in its place without members, and the places
 * of the faults are settled (config/faults.h). A JWK Set under a key is taken apart into one key a
 * JWK by the caller (policy/normalise.h), not here. `given` (may be NULL) says which members the
 * document had at all.
 */
const tokex_err_t *tokex_document_read(const tokex_config_t **out, tokex_document_given_t *given,
                                       const char *text, apr_size_t len, tokex_faults_t *faults,
                                       apr_pool_t *result_pool, apr_pool_t *scratch_pool);

/*
 * Reads one object of the kind `desc` into `object`, which has room for it and is zeroed. `id` is
 * how faults call it. Faults, errors and what stands in `object` after one as above, but the places
 * of the faults are not settled: the caller does that when it has read all.
 */
const tokex_err_t *tokex_document_read_object(void *object, const tokex_object_desc_t *desc,
                                              const char *id, const char *text, apr_size_t len,
                                              tokex_faults_t *faults, apr_pool_t *result_pool,
                                              apr_pool_t *scratch_pool);

/* One object as a document has it, on one line. */
const char *tokex_document_write_object(const tokex_object_desc_t *desc, const void *object,
                                        bool secrets, apr_pool_t *pool);

/* Writes a document: members in the order of fields.c, objects by id (rules in their own order),
 * indented, a newline at the end; the same configuration always gives the same octets. `secrets`:
 * hashes of client secrets and sealed private keys too. */
const char *tokex_document_write(const tokex_config_t *config, bool secrets, apr_size_t *len,
                                 apr_pool_t *pool);

/* Objects of a document that are wanted. */
typedef struct tokex_document_choice_t {
    const char *noun; /* as in fields.h */
    const char *id;   /* NULL: all of them */
    int found;        /* out: how many there are */
} tokex_document_choice_t;

/* Reads "client/orders-api", or "client" for all of them, into `choice`; false: there is no such
 * noun. In `pool`. */
bool tokex_document_choice_read(tokex_document_choice_t *choice, const char *text,
                                apr_pool_t *pool);

/* The nouns of objects of a document, joined by ", ". */
const char *tokex_document_nouns(apr_pool_t *pool);

/* The same document as tokex_document_write() with the objects alone that are chosen: `count`
 * choices, and members for which there is none are left out. It is no whole configuration, and
 * replaces one when it is imported. */
const char *tokex_document_write_some(const tokex_config_t *config, bool secrets,
                                      tokex_document_choice_t *choices, int count,
                                      apr_pool_t *pool);

/* The JSON Schema (draft 2020-12) of the document, made from fields.c. */
const char *tokex_document_schema(apr_size_t *len, apr_pool_t *pool);

#endif
