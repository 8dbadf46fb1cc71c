/*
 * What an exchange would come to, and why: for an administrator with a question. The engine itself
 * decides (exchange/exchange.h) and stops before it signs; what is told beside its trace comes from
 * the functions that decided. Nothing is stored, nobody is asked, no token is made.
 */
#ifndef TOKEX_EXPLAIN_TRY_H
#define TOKEX_EXPLAIN_TRY_H

#include "exchange/exchange.h"
#include "exchange/revocations.h"
#include "exchange/scopes.h"
#include "keys/signing_keys.h"
#include "store/key_store.h"
#include "store/location_store.h"

/* What the answer is to come from. Borrowed; lives as long as what is made of it. */
typedef struct tokex_try_source_t {
    const tokex_config_t *config; /* with the signing keys of state.db behind its own */
    const tokex_server_t *server;
    const tokex_sealer_t *sealer;
    const tokex_fetched_t *fetched; /* keys of issuers, as state.db has them */
    int fetched_count;
    tokex_revocations_t *revocations; /* what is taken back, as state.db has it */
    int64_t now;                      /* the time as of which it is asked, seconds */
    tokex_db_t *state;                /* state.db, where local accounts are; NULL: there are none */
    const char *account_source; /* TOKEX_ACCOUNT_SQL, _LDAP: where the site keeps them, of which
                                   state.db has the links alone; NULL: they are there */
} tokex_try_source_t;

typedef struct tokex_try_engine_t tokex_try_engine_t;

/* Makes the engine of a running server, but for what it could fetch. What is wrong with the
 * configuration is added to `faults`: TOKEX_E_DOCUMENT. Errors of opening signing keys, but for
 * TOKEX_E_SIGNING_KEY_NONE, which the exchange itself finds. */
const tokex_err_t *tokex_try_create(tokex_try_engine_t **out, const tokex_try_source_t *source,
                                    tokex_faults_t *faults, apr_pool_t *pool);

/* One question: a form as a client sends it, or a token at a location. */
typedef struct tokex_try_question_t {
    const char *form; /* application/x-www-form-urlencoded */
    apr_size_t form_len;
    const char *authorization;            /* value of the header; NULL: none */
    bool assumes_client;                  /* the client is believed without a secret */
    bool exchange_off;                    /* TokexExchange is off for the whole server */
    const tokex_location_row_t *location; /* instead of a form */
    const char *token;                    /* there; NULL: what `authorization` brings */
    tokex_texts_t not_asked; /* what the server alone asks of whom the exchange lets pass */
} tokex_try_question_t;

typedef enum tokex_try_verdict_t {
    TOKEX_TRY_GRANTED,
    TOKEX_TRY_ACCEPTED, /* a token of ours would go on as it is */
    TOKEX_TRY_REFUSED,
    TOKEX_TRY_UNDETERMINED /* only the server can find out: it would ask an issuer, or who may pass
                            */
} tokex_try_verdict_t;

typedef enum tokex_try_state_t {
    TOKEX_TRY_PASSED,
    TOKEX_TRY_STOPPED, /* here it was refused */
    TOKEX_TRY_SKIPPED, /* there was nothing to do */
    TOKEX_TRY_NOT_REACHED,
    TOKEX_TRY_NOT_ASKED /* only the server could */
} tokex_try_state_t;

/* One step. Texts are safe to print; NULL: nothing to say. */
typedef struct tokex_try_step_t {
    int number; /* from 1 */
    const char *name;
    tokex_try_state_t state;
    const char *required;
    const char *found;
    const char *object; /* the setting that decides */
    const char *id;
    const char *field;
} tokex_try_step_t;

/* A condition and how it fared, or a rule and why it was chosen or not. */
typedef struct tokex_try_note_t {
    const char *id; /* of the rule; of a condition whose it is */
    bool good;      /* it holds; it was chosen */
    const char *text;
} tokex_try_note_t;

/* A row of the mapping: JSON texts, NULL where there is nothing. */
typedef struct tokex_try_row_t {
    const tokex_mapping_row_t *row;
    const char *in;
    const char *out;
    bool refused;
} tokex_try_row_t;

/* Something in r.grant that a procedure left otherwise than it was: JSON texts, NULL where there
 * was or is nothing. What it left may be refused. */
typedef struct tokex_try_change_t {
    const char *name; /* "lifetime", "claims.email" */
    const char *before;
    const char *after;
} tokex_try_change_t;

/* A token that was presented, decoded: JSON texts; NULL where it cannot be read. Its signature is
 * never in here. */
typedef struct tokex_try_token_t {
    bool presented;
    bool sealed; /* it is an opaque one of ours, and the rest is what is sealed in it */
    const char *header;
    const char *claims;
} tokex_try_token_t;

typedef struct tokex_try_report_t {
    tokex_try_verdict_t verdict;
    const char *sentence;    /* the verdict for people */
    tokex_texts_t not_asked; /* of the question, where it would be asked next */
    const char *code;        /* of a refusal; NULL */
    int status;              /* of the HTTP answer */
    const char *body;        /* of it, JSON; NULL at a location: what follows there answers */
    const tokex_outcome_t *outcome;
    tokex_try_step_t steps[TOKEX_STEP_COUNT];
    const tokex_try_note_t *rules; /* of the client, in order */
    int rule_count;
    const tokex_try_note_t *conditions; /* of the issuer, then of rules that came so far */
    int condition_count;
    const tokex_scope_line_t *scopes;
    int scope_count;
    const tokex_try_row_t *rows;
    int row_count;
    const tokex_try_change_t *changes; /* by the procedure of the outcome */
    int change_count;
    const char *const *dropped; /* claims of the subject token that no claim of ours comes from */
    int dropped_count;
    tokex_try_token_t subject;
    tokex_try_token_t actor;
    const char *token_header; /* of the token as it would be issued, JSON; NULL: none */
    const char *token_claims;
} tokex_try_report_t;

/* Answers one question. Always gives a report, in `pool`. */
const tokex_try_report_t *tokex_try_run(const tokex_try_engine_t *engine,
                                        const tokex_try_question_t *question, apr_pool_t *pool);

/* "granted", ...; "passed", "refused", "skipped", "not reached", "not asked". */
const char *tokex_try_verdict_name(tokex_try_verdict_t verdict);
const char *tokex_try_state_name(tokex_try_state_t state);

/* Writes the members of the report into an object that `w` has begun. */
void tokex_try_write(tokex_jsonw_t *w, const tokex_try_report_t *report, apr_pool_t *pool);

#endif
