/* From a document to the configuration that it stands for here: what it leaves out because it is
 * secret comes from what is here already, or is made. */
#ifndef TOKEXCTL_RESOLVE_H
#define TOKEXCTL_RESOLVE_H

#include "config/document.h"
#include "ctl.h"

/* A secret that was made and is shown once. */
typedef struct resolve_made_t {
    const char *client;
    const char *id;
    const char *value;
} resolve_made_t;

/*
 * `asked` is what the document says, `present` what is here. Secrets to be generated are made and
 * added to `made` (of resolve_made_t); secrets and signing keys without a value get the one of the
 * same name here, or a fault. What is not `given` stays as it is here. Errors are those of
 * making secrets; what is wrong with the document is in `faults`.
 */
const tokex_err_t *resolve_config(const tokex_config_t **out, const tokex_config_t *asked,
                                  const tokex_config_t *present,
                                  const tokex_document_given_t *given, apr_array_header_t *made,
                                  tokex_faults_t *faults, const ctl_t *ctl);

#endif
