/* What an exchange came to: a token, or an error; and the trace of how. */
#ifndef TOKEX_EXCHANGE_OUTCOME_H
#define TOKEX_EXCHANGE_OUTCOME_H

#include <stdint.h>

#include "config/account.h"
#include "crypt/jws.h"
#include "exchange/trace.h"
#include "policy/policy.h"

/* What a procedure did, for an administrator with a question. */
typedef struct tokex_procedure_report_t {
    const char *id;
    int64_t instructions;
    const char *const *reads; /* "subject.email" */
    int read_count;
    const char *before; /* r.grant as it was given, JSON */
    const char *after;  /* as it came back; NULL: it did not */
} tokex_procedure_report_t;

typedef struct tokex_outcome_t {
    const tokex_err_t *err; /* NULL: granted */
    tokex_trace_t trace;

    /* As far as the exchange came; NULL where it did not. Borrowed from policy and request. */
    const tokex_policy_client_t *client;
    const char *secret;           /* id of the one of its secrets that was presented */
    const char *client_presented; /* the client_id as presented, when no client was found */
    const tokex_policy_issuer_t *issuer;
    const char *subject; /* `sub` of the subject token, after its signature verified */
    const char *subject_jti;
    int64_t subject_until; /* from this second on nothing may rest on the subject token any more:
                              its exp, or its iat and the issuer's max_age, without leeway; 0: its
                              times were not found good */
    int64_t ask_again;     /* from this second on issuers must be asked again about a token that it
                              rests on; 0: none was asked about */
    const tokex_policy_issuer_t *actor_issuer;
    const char *actor; /* the current actor: `sub` of the actor token after its signature
                          verified, the client's id where the client is the actor, or the one
                          that a token of ours names which goes on as it is */
    const char *actor_jti;
    const char *actors; /* all of the chain of the token that goes on, the current one first, joined
                           by blanks; NULL when there is none */
    const tokex_account_t *account; /* local, of the subject; NULL: none, or none was asked for */
    bool local;                     /* its attributes count before those of the token */
    const tokex_policy_rule_t *rule;
    const tokex_policy_target_t *targets[2 * TOKEX_LIMIT_TARGETS]; /* audiences, then resources,
                                                                     as asked for */
    int target_count;
    bool decided;         /* between impersonation and delegation */
    bool delegation;      /* meaningless before */
    bool remembered;      /* it was decided before: of what led to it nothing is known any more */
    const char *location; /* the name of the protected location that asked; NULL: none */
    const char *endpoint; /* "introspect" or "revoke": it is no exchange; NULL: it is one */
    const char *scope_asked;
    const char *scope_granted; /* "" when none; NULL when not reached; of a token that goes on as it
                                  is, those that count here */

    /* Granted only. */
    const char *user; /* at a location: the name of the user that the request goes on as */
    const tokex_json_t *goes_on;  /* at a location: claims of the token that goes on */
    const tokex_json_t *accepted; /* claims of the token of ours that goes on as it is; then there
                                     is no `token`. NULL: an exchange */
    const char *token;
    bool opaque;                  /* `token` is opaque; its JWT is sealed in it */
    const tokex_signer_t *signer; /* of `token` */
    const char *claims;           /* of `token`, JSON */
    apr_size_t claims_len;
    const char *issued_token_type; /* URN; NULL: the grant has no such member */
    const char *jti;
    const char *refresh_token;      /* NULL: none is issued */
    const tokex_err_t *refresh_err; /* why one that was due is not; NULL */
    int64_t expires_in; /* seconds, positive; no longer than the subject token has left, but where a
                           procedure was let lengthen it */
    const tokex_procedure_report_t *procedure; /* of a trial, refused ones too; NULL: none ran */
} tokex_outcome_t;

/* Nobody gets the token that was made. */
void tokex_outcome_forget_token(tokex_outcome_t *outcome);

/* From the second `until` on what it rests on must be asked again; 0 says nothing. */
void tokex_outcome_rests_until(tokex_outcome_t *outcome, int64_t until);

/* The JSON body of a granted outcome (RFC 8693 section 2.2.1); scope is left out when empty. */
const char *tokex_outcome_response(const tokex_outcome_t *outcome, apr_size_t *len,
                                   apr_pool_t *pool);

/* The JSON body of a refusal (RFC 6749 section 5.2) with the member `receipt`. Of the error only
 * what its code says for clients, or the source of a procedure. */
const char *tokex_outcome_error(const tokex_err_t *err, const char *receipt, apr_size_t *len,
                                apr_pool_t *pool);

/*
 * The audit line, JSON without a line break: time (RFC 3339, microseconds are not needed), receipt,
 * location, endpoint, outcome (granted, accepted, refused, introspected, revoked), code and log
 * text of a refusal, client, issuer, subject and its local account, actor and chain of actors,
 * rule, targets joined by blanks, scopes asked and granted, jti, subject_jti, actor_jti, whether it
 * is remembered, whether a delegation, latency in microseconds, and the trace as "step:code" texts.
 * Values are cut at TOKEX_LIMIT_SHOWN octets where a caller chose them. Never token material. At
 * most 4096 octets with its line break, so that one write to a pipe stays whole: longer ones lose
 * their longest values first, marked "...".
 */
const char *tokex_outcome_audit(const tokex_outcome_t *outcome, const char *receipt, int64_t now,
                                int64_t latency_us, apr_size_t *len, apr_pool_t *pool);

#endif
