/* What only the issuer of a token can say: opaque tokens, and UserInfo. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_OPAQUE_H
#define TOKEX_EXCHANGE_OPAQUE_H

#include "exchange/party.h"

/*
 * Sets `sealed` of the party where its token is an opaque one of ours, declared as an access token.
 * What begins as ours do and does not open is like any other: a server beside this one may write
 * such too. TOKEX_E_CRYPTO, TOKEX_E_MEMORY.
 */
const tokex_err_t *tokex_opaque_unseal(tokex_party_t *party, tokex_run_t *run);

/*
 * The one issuer that the party's token, if it is opaque, must be of; `*out` NULL where it is not,
 * or where nobody takes opaque tokens: then it is read as a JWS, and refused as one. Opaque is an
 * access token of b64token characters (RFC 6750 section 2.1) that has not three parts.
 *
 * At a location that is the one of its trusted issuers that can be asked, at the token endpoint the
 * client's opaque_issuer, else the only one that its rules that are switched on name, as subjects'
 * or as actors'. opaque_issuer also decides between several at a location. Issuers that are
 * switched off count too, so that their tokens are not shown to another one.
 * TOKEX_E_OPAQUE_ISSUER: there are several, and none is asked to find out (RFC 9700 section 4.4).
 */
const tokex_err_t *tokex_opaque_issuer(const tokex_policy_issuer_t **out, tokex_run_t *run,
                                       const tokex_party_t *party);

/*
 * Asks the party's issuer about its opaque token: introspection where it has that, else UserInfo.
 * The answer becomes `claims`. Of introspection `active` must be true, `iss` the issuer's where it
 * is there, `token_type` that of a bearer access token where it is there (RFC 7662 section 2.2).
 * Sets `ask_again` of the outcome. TOKEX_E_TOKEN_INACTIVE, TOKEX_E_INTROSPECTED_ISSUER,
 * TOKEX_E_INTROSPECTED_TYPE, TOKEX_E_TOKEN_BOUND, TOKEX_E_ISSUER_UNAVAILABLE, those of the type
 * that it was declared as.
 */
const tokex_err_t *tokex_opaque_ask(tokex_party_t *party, tokex_run_t *run);

/*
 * Asks UserInfo of the subject's issuer when a row of its mapping reads it and nobody has so far,
 * with the subject token; not with an ID token, which is for somebody else, nor where the token is
 * not there any more. Its `sub` must be the
 * subject (OpenID Connect Core 1.0 section 5.3.2). Sets `userinfo` of the subject.
 * TOKEX_E_USERINFO_SUBJECT, TOKEX_E_TOKEN_INACTIVE, TOKEX_E_ISSUER_UNAVAILABLE.
 */
const tokex_err_t *tokex_opaque_userinfo(tokex_party_t *subject, tokex_run_t *run);

#endif
