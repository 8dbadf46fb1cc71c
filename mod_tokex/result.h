/* What a protected location decided of a token, fresh or remembered: all that a request needs of
 * it. */
#ifndef MOD_TOKEX_RESULT_H
#define MOD_TOKEX_RESULT_H

#include "exchange/outcome.h"

/* More claims than this have no variables; what we issue has about twenty beside the mapped ones,
 * which are TOKEX_LIMIT_MAPPING_ROWS at most. */
#define TOKEX_RESULT_VARIABLES_MAX (TOKEX_LIMIT_MAPPING_ROWS + 32)

typedef struct tokex_variable_t {
    const char *name;  /* a claim's, with everything but ASCII letters and digits made `_`; no two
                          differ only by capitals */
    const char *value; /* a text as it is, everything else as JSON */
    bool is_text;
} tokex_variable_t;

typedef struct tokex_result_t {
    bool granted;
    tokex_code_t code;   /* of a refusal */
    tokex_step_t step;   /* that refused */
    int64_t until;       /* seconds: not to be used from then on; 0: not to be remembered */
    const char *receipt; /* of the decision, as it stands in the audit log */

    /* Of the issuer and the subject as far as they are known; then of a granted one only. */
    const char *issuer; /* its id; of a token of ours that was accepted, where its user is from */
    const char *subject;
    bool exchanged;    /* false: the token that came is ours and goes on as it is */
    const char *token; /* ours, or NULL and the two parts beside the payload that the variables
                          make; tokex_result_token() has it */
    const char *token_header;
    const char *token_signature;
    const char *user;                  /* for r->user */
    const char *client;                /* client_id of the token that goes on */
    const char *scope;                 /* of that token, those that count here; "" when none */
    const tokex_variable_t *variables; /* the claims of that token */
    int variable_count;
} tokex_result_t;

/*
 * Makes a result of an outcome, in `pool`, from which it may borrow. `until` is set to the end of
 * the token that goes on or of the one that came, or to when its issuer must be asked again,
 * whichever is sooner; 0 for a refusal. `now`: seconds.
 */
tokex_result_t *tokex_result_make(const tokex_outcome_t *outcome, int64_t now, apr_pool_t *pool);

/* The variable of the claim `name`, which has ASCII letters, digits and `_` only; NULL: none. */
const tokex_variable_t *tokex_result_variable(const tokex_result_t *result, const char *name);

/* The claim of a variable as the next member of the object that is being written. */
void tokex_result_put_variable(tokex_jsonw_t *w, const tokex_variable_t *variable);

/* Our token, compact; NULL where nothing was exchanged. */
const char *tokex_result_token(const tokex_result_t *result, apr_pool_t *pool);

/* Takes the token apart where its payload is, octet by octet, what the variables make: what is kept
 * of it is half as long then. A token with claims that have no variable of their own stays whole.
 */
void tokex_result_part(tokex_result_t *result, apr_pool_t *pool);

/* A result as octets and back; the strings of the one read are borrowed from `octets`, which must
 * stay. False: it is none that this build wrote. */
const unsigned char *tokex_result_write(const tokex_result_t *result, apr_size_t *len,
                                        apr_pool_t *pool);
bool tokex_result_read(tokex_result_t **out, const unsigned char *octets, apr_size_t len,
                       apr_pool_t *pool);

#endif
