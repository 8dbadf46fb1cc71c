/* A token that was presented, of the subject or of the actor: read, verified, judged. Private to
 * exchange/. */
#ifndef TOKEX_EXCHANGE_PARTY_H
#define TOKEX_EXCHANGE_PARTY_H

#include "exchange/act.h"
#include "exchange/run.h"
#include "exchange/sealed_token.h"

typedef enum tokex_role_t { TOKEX_ROLE_SUBJECT, TOKEX_ROLE_ACTOR } tokex_role_t;

/* What a token says, once it may be believed. */
typedef struct tokex_party_t {
    tokex_role_t role;
    tokex_token_text_t sealed; /* the JWT in an opaque token of ours; `text` NULL: it is none */
    const tokex_policy_issuer_t *issuer;
    const tokex_json_t *claims;        /* an object: of the token, or what its issuer says of it */
    bool is_opaque;                    /* the issuer says it, for the token says nothing */
    const tokex_json_t *introspection; /* what introspection says; NULL: it was not asked */
    const tokex_json_t *userinfo;      /* the same of UserInfo */
    const char *sub;                   /* octet by octet as it came */
    const char *idp;         /* id of the issuer that `sub` comes from: of a token of ours, the
                                one that it names */
    int64_t exp;             /* seconds, rounded down; of an opaque token without one, what it
                                counts as */
    int64_t iat;             /* the same; negative: there is none */
    tokex_act_t act;         /* the chain of actors that it names */
    tokex_may_act_t may_act; /* who may act for it */
} tokex_party_t;

typedef struct tokex_parties_t {
    tokex_party_t subject;
    tokex_party_t actor; /* of the actor token, when there is one */
    bool has_actor;
} tokex_parties_t;

/*
 * From the octets of the subject token to a subject. An opaque token of ours is what is sealed in
 * it. Any other opaque one goes to the issuer that it must be of (tokex_opaque_issuer()), and what
 * that says of it stands for claims with a good signature. Of the rest, up to the verified
 * signature nothing of the token is used but iss, to choose the issuer, and alg, kid and typ. Then
 * `issuer`, `subject` and `subject_jti` of the outcome are set as far as they are known. In this
 * order: form (tokex_jws_parse()), issuer (TOKEX_E_ISSUER_*, TOKEX_E_SUBJECT_TOKEN_TYPE,
 * TOKEX_E_TOKEN_TYP), key (TOKEX_E_ALG_NOT_ALLOWED, TOKEX_E_KEY_*), signature (TOKEX_E_SIGNATURE),
 * audience (TOKEX_E_AUD_*), times (TOKEX_E_TIME_*, TOKEX_E_EXP_*, ...; RFC 7519 section 4.1),
 * subject (TOKEX_E_SUB_*, TOKEX_E_TOKEN_BOUND, TOKEX_E_ACT_MALFORMED, TOKEX_E_MAY_ACT_MALFORMED),
 * conditions of the issuer (TOKEX_E_ISSUER_CONDITION).
 *
 * A token of ours must be one of the requesting client's: its `client_id` is the client's, or its
 * `aud` holds our issuer URL or the client's id; and what it comes from must still be enabled
 * (tokex_origin_check()).
 */
const tokex_err_t *tokex_party_subject(tokex_party_t *out, tokex_run_t *run);

/*
 * The same checks for the actor token, after the subject's; sets `actor_issuer`, `actor` and
 * `actor_jti` of the outcome. Its issuer must be one of those whose actors a rule of the client
 * names, unless `subject` may say by itself who acts for it. A refusal is TOKEX_E_ACTOR_TOKEN with
 * the code above as its cause and in the trace; TOKEX_E_ACTOR_DELEGATED when the token has an
 * actor of its own; faults of ours keep their code.
 */
const tokex_err_t *tokex_party_actor(tokex_party_t *out, tokex_run_t *run,
                                     const tokex_party_t *subject);

/* What is kept of a token that was presented and verified before. */
typedef struct tokex_kept_t {
    const char *issuer; /* id */
    const tokex_json_t *claims;
    bool is_opaque; /* these as in tokex_party_t */
    const tokex_json_t *introspection;
    const tokex_json_t *userinfo;
    int64_t exp; /* seconds: how long what comes of it may last */
} tokex_kept_t;

/*
 * A party whose token is not there any more (exchange/refresh.h): its issuer, subject, conditions
 * and what was taken back are judged as ever; form, key, signature, audience and times are not.
 * `subject` NULL: it is the subject. TOKEX_E_ISSUER_* and those of the steps from subject on.
 */
const tokex_err_t *tokex_party_resume(tokex_party_t *out, tokex_run_t *run,
                                      const tokex_kept_t *kept, const tokex_party_t *subject);
/* The claims that scopes of the token are found in; NULL: nothing says which it has, because
 * UserInfo speaks of a person and not of a token. */
const tokex_json_t *tokex_party_scope_claims(const tokex_party_t *party);

/* The step of the trace for `step` of the subject token, as `party` is one or the other. */
tokex_step_t tokex_party_step(const tokex_party_t *party, tokex_step_t step);

#endif
