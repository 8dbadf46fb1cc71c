/* A document into the database: the way that `import` and `demo` share. */
#ifndef TOKEXCTL_IMPORT_H
#define TOKEXCTL_IMPORT_H

#include "resolve.h"

typedef struct import_t {
    const char *text;               /* in */
    apr_size_t len;                 /* in */
    bool dry_run;                   /* in: judge, change nothing */
    const tokex_config_t *config;   /* out: what is in force now */
    const apr_array_header_t *made; /* out: resolve_made_t, empty after a dry run */
} import_t;

/*
 * Reads, resolves, compiles and saves the document, or changes nothing. Faults are printed. The
 * exit code of the command.
 */
int import_document(import_t *import, const ctl_t *ctl);

#endif
