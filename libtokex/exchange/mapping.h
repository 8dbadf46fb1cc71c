/* The mapping rows: what a token, the request or the client says becomes a claim of ours. For
 * exchange/ and explain/. */
#ifndef TOKEX_EXCHANGE_MAPPING_H
#define TOKEX_EXCHANGE_MAPPING_H

#include "exchange/mapping_value.h"
#include "exchange/party.h"

/*
 * Writes the claims that the rows of the subject's issuer make. `begin`: octets of the text when
 * what counts against TOKEX_LIMIT_MAPPED_CLAIMS began.
 *
 * A row's value comes from its source, goes through its transform and is then judged by its type:
 *   copy    as it is
 *   first   of a list; an empty one counts as missing
 *   split   a text at its blanks, into a list of texts
 *   join    a list of texts, by blanks
 *   lower   A to Z of a text, or of each text of a list, in small letters
 *   table   a text, or each text of a list, by the row's pairs; what they lack is left out of a
 *           list, and counts as missing where nothing is left
 *
 * Where the attributes of a local account count, a row that makes email, phone_number,
 * preferred_username, roles or the name of an attribute of the account of a claim of the subject
 * token gives what the account has, without a transform, and nothing where it has none; rows that
 * make email_verified or phone_number_verified give nothing.
 *
 * Anything else that a transform or the type finds is TOKEX_E_MAPPING_TYPE. Parameters, properties,
 * constants and defaults are texts. Policies see to it that no row reads a parameter that carries a
 * secret or a token.
 *
 * TOKEX_E_MAPPING_MISSING, TOKEX_E_MAPPING_PARAMETER (a missing parameter) where if_missing is
 * refuse; TOKEX_E_CLAIMS_SIZE for more octets or, in one list that a row makes, texts than the
 * limits allow.
 */
const tokex_err_t *tokex_mapping_write(tokex_jsonw_t *w, tokex_run_t *run,
                                       const tokex_parties_t *parties, apr_size_t begin);

/* One row of it: what its source has (`found`), and what becomes of that (`made`); each may be
 * missing. A refusal is noted in the trace of `run`. */
const tokex_err_t *tokex_mapping_row(tokex_value_t *found, tokex_value_t *made, tokex_run_t *run,
                                     const tokex_parties_t *parties, const tokex_policy_row_t *row);

/* TOKEX_E_CLAIMS_SIZE, noted in the trace with the setting that it comes from, when more than
 * TOKEX_LIMIT_MAPPED_CLAIMS octets were written since `begin`. */
const tokex_err_t *tokex_mapping_check_size(const tokex_jsonw_t *w, apr_size_t begin,
                                            tokex_run_t *run, bool of_rows);

#endif
