/* What mapping rows get of a local account. Private to exchange/. */
#ifndef TOKEX_EXCHANGE_MAPPING_ACCOUNT_H
#define TOKEX_EXCHANGE_MAPPING_ACCOUNT_H

#include "exchange/mapping_value.h"
#include "exchange/run.h"

/* What of the subject's account is called `name` (id, username, email, mobile, roles, or a free
 * attribute); missing where no account counts or it has none. */
void tokex_mapping_account(tokex_value_t *value, const tokex_run_t *run, const char *name);

/* Where an account counts, is it that which says what `claim` is? Then `value` is what it says,
 * which may be nothing. */
bool tokex_mapping_is_local(tokex_value_t *value, const tokex_run_t *run, const char *claim);

#endif
