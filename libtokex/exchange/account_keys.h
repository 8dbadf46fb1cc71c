/* What of a token may find a local account. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_ACCOUNT_KEYS_H
#define TOKEX_EXCHANGE_ACCOUNT_KEYS_H

#include "config/account.h"
#include "exchange/party.h"

/*
 * Adds to `question` the issuer's lookup attributes that the token has a text for and that were
 * verified; `*unverified` is set to the name of the first that was not, NULL when there is none.
 *
 * The claim of an attribute is `email`, `phone_number` for mobile, `preferred_username` for
 * username, and the attribute's own name for free ones. A row of the issuer's mapping that makes
 * this claim of the subject token gives the value, else the claim itself. An address or a number is
 * verified where `email_verified`, `phone_number_verified` is the literal true: a row's where one
 * makes it, else the token's own, which says nothing of a value that another claim than `email` or
 * `phone_number` gave. Anything else is verified where the issuer is `authoritative_for` it.
 */
void tokex_account_keys_read(tokex_account_question_t *question, const char **unverified,
                             const tokex_run_t *run, const tokex_parties_t *parties);

/* The claim that an attribute is written as, and back; back NULL where a claim is none that every
 * account has. */
const char *tokex_account_keys_claim(const char *attribute);
const char *tokex_account_keys_attribute(const char *claim);

#endif
