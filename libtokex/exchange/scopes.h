/* Which scopes an issued token gets. For exchange/ and explain/. */
#ifndef TOKEX_EXCHANGE_SCOPES_H
#define TOKEX_EXCHANGE_SCOPES_H

#include "exchange/run.h"

/* Scopes, in the order of the first target; the names are the policy's. */
typedef struct tokex_scopes_t {
    const char *const *items;
    int count;
    const char *text; /* joined by blanks, "" when there are none */
} tokex_scopes_t;

/*
 * By the rule's scope mode; of several targets only what every one of them knows counts.
 *   narrow    asked for ∩ the subject token's ∩ the client's ∩ the targets'
 *   widen     asked for ∩ the client's ∩ the targets'; nothing asked for: as narrow
 *   fallback  as narrow when client and targets have every scope of the subject token, else asked
 *             for ∩ the client's ∩ the targets'
 * Nothing asked for leaves that part out. A sensitive scope is granted only when it was asked for
 * by name and the rule names it; openid and offline_access never are.
 *
 * The subject token's scopes are those of the issuer's `scope_claim`, else of `scope`, else of
 * `scp`; each may be a text or a list of texts. A row of the issuer's scope_map makes another of
 * one, whose own name then counts no more. A token that has no such claim has the rule's
 * scopes_when_absent, one whose claim is malformed has none. Where a local account's attributes
 * count, the subject also has the scopes that name one of its roles.
 *
 * Needs client, issuer, rule and targets of `run`'s outcome. TOKEX_E_SCOPE_CLIENT,
 * TOKEX_E_SCOPE_EMPTY.
 */
const tokex_err_t *tokex_scopes_decide(tokex_scopes_t *out, tokex_run_t *run,
                                       const tokex_json_t *claims);

/* One scope, who has it, and what came of it. */
typedef struct tokex_scope_line_t {
    const char *scope;
    bool asked;   /* the request names it */
    bool subject; /* the subject token has it */
    bool client;  /* the client may have it */
    bool targets; /* every target knows it */
    bool sensitive;
    bool rule; /* the rule names it among its sensitive ones */
    bool granted;
} tokex_scope_line_t;

/* The same decision as a table: every scope of ours that the request, the subject token, the client
 * or the targets name, in the order of the configuration. Needs what tokex_scopes_decide() needs.
 * What that refuses has nothing granted. */
const tokex_scope_line_t *tokex_scopes_table(int *count, tokex_run_t *run,
                                             const tokex_json_t *claims);

/*
 * What counts of the scopes of a token of ours that a location takes as it is: those of its claim
 * `scope` that every target of the location knows now, so that none of another resource server is
 * used here (RFC 9068 section 5). Sets `scope_granted` of the outcome. TOKEX_E_SCOPE_EMPTY when the
 * location asks for scopes and none of them is left.
 */
const tokex_err_t *tokex_scopes_accept(tokex_run_t *run, const tokex_json_t *claims);

#endif
