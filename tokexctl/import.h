/* A document into the database: the way that `import` and `demo` share. */
#ifndef TOKEXCTL_IMPORT_H
#define TOKEXCTL_IMPORT_H

#include "ctl.h"
#include "edit/edit.h"

typedef struct import_t {
    const char *text;                    /* in */
    apr_size_t len;                      /* in */
    bool dry_run;                        /* in: judge, change nothing */
    const char *reason;                  /* in: may be NULL */
    const tokex_config_t *config;        /* out: what is in force now */
    const apr_array_header_t *made;      /* out: tokex_edit_secret_t, empty after a dry run */
    const apr_array_header_t *differing; /* out: tokex_change_object_t */
    int64_t number;                      /* out: of the change; 0: nothing was different */
} import_t;

/*
 * Makes the document the configuration, or changes nothing. Faults are printed. The exit code of
 * the command.
 */
int import_document(import_t *import, const ctl_t *ctl);

#endif
