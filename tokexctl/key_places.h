/* What is known of the places that issuers' keys are fetched from. */
#ifndef TOKEXCTL_KEY_PLACES_H
#define TOKEXCTL_KEY_PLACES_H

#include "ctl.h"

/* Prints a line a place that an issuer of `config` names: when its keys came, when it is asked
 * next, what went wrong. `state` is state.db. */
const tokex_err_t *key_places_print(const ctl_t *ctl, const tokex_config_t *config,
                                    tokex_db_t *state);

#endif
