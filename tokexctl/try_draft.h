/* A draft: objects of the configuration that are to count for one question. */
#ifndef TOKEXCTL_TRY_DRAFT_H
#define TOKEXCTL_TRY_DRAFT_H

#include "ctl.h"

/*
 * `present` with the objects of the document `text` in the place of those with their ids, or behind
 * them. Secrets are those that are here already; one to be generated is made and shown to nobody.
 * Signing keys are never a draft's. Faults are added to `faults`; TOKEX_E_JSON, TOKEX_E_DOCUMENT.
 */
const tokex_err_t *try_draft_apply(const tokex_config_t **out, const tokex_config_t *present,
                                   const char *text, apr_size_t len, tokex_faults_t *faults,
                                   const ctl_t *ctl);

#endif
