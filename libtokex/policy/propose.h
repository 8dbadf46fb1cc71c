/*
 * From a sample token to an issuer that may be configured: what the token says of itself, without
 * any proof. A proposal is for a person to judge; nothing accepts it by itself.
 */
#ifndef TOKEX_POLICY_PROPOSE_H
#define TOKEX_POLICY_PROPOSE_H

#include "base/err.h"
#include "base/json.h"
#include "config/config.h"

typedef struct tokex_proposal_t {
    const char *id;              /* of the issuer, and of the mapping */
    const char *document;        /* JSON, indented: both, as they stand in a document */
    const char *issuer;          /* JSON of the issuer alone */
    const char *mapping;         /* JSON of the mapping alone; NULL: there is nothing to map */
    const char *const *warnings; /* sentences, one a choice that is loose or not made; never a value
                                    of a claim but iss, aud and names */
    int warning_count;
} tokex_proposal_t;

/*
 * Reads `len` octets, a JWT in compact form, blanks around it and the word Bearer before it
 * forgiven. `id` NULL: made of the host of iss. `now`: seconds. Refused, without a word of the
 * token in the text: TOKEX_E_TOKEN_SIZE, TOKEX_E_TOKEN_ENCRYPTED (five parts), TOKEX_E_TOKEN_SHAPE,
 * TOKEX_E_TOKEN_ENCODING, TOKEX_E_TOKEN_HEADER, TOKEX_E_TOKEN_CLAIMS (no JSON object, no text in
 * iss), TOKEX_E_TOKEN_ALG (alg missing, none, or one that does not exist here and is no HS*).
 */
const tokex_err_t *tokex_propose_issuer(tokex_proposal_t *out, const char *token, apr_size_t len,
                                        const char *id, int64_t now, apr_pool_t *pool);

/* The claims of such a token alone, refused in the same way. */
const tokex_err_t *tokex_propose_claims(const tokex_json_t **out, const char *token, apr_size_t len,
                                        apr_pool_t *pool);

/* A name of a claim as one step of a path (policy/path.h). */
const char *tokex_propose_step(const char *name, apr_pool_t *pool);

/* What may be copied of a value as a whole, as in `type` of a row; NULL: it is an object, null, or
 * a list of more than texts. */
const char *tokex_propose_type(const tokex_json_t *value);

/* May no row write a claim of that name? */
bool tokex_propose_is_reserved(const char *name);

/* Where an issuer has its metadata: by OpenID Connect Discovery 1.0 section 4, and by RFC 8414
 * section 3.1. */
const char *tokex_propose_openid_url(const char *issuer, apr_pool_t *pool);
const char *tokex_propose_oauth_url(const char *issuer, apr_pool_t *pool);

/* What an issuer may be called here: its host as a name, and made fit for an id. */
const char *tokex_propose_name(const char *issuer, apr_pool_t *pool);
const char *tokex_propose_id(const char *issuer, apr_pool_t *pool);

#endif
