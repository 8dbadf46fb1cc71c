/*
 * The sections of the configuration files that protect something, as they were written: for checks
 * before the first request and for those who ask what is protected. httpd itself merges anew for
 * each request; here only what can be told without one is merged.
 */
#ifndef MOD_TOKEX_SECTIONS_H
#define MOD_TOKEX_SECTIONS_H

#include <httpd.h>
#include <http_config.h>

#include <stdbool.h>

#include "location.h"

typedef struct tokex_section_t {
    const char *name; /* as it is written: "Location /orders" */
    const char *file; /* where it begins */
    int line;
    const char *auth_type;                  /* in force; NULL: nothing says so */
    const apr_array_header_t *requirements; /* const char *: the lines in force that say who may
                                               pass, with the sections around them */
    bool decides;                           /* the section says so itself */
    bool names_client;                      /* its own TokexClient stands in it */
    bool forbids;                           /* AuthzSendForbiddenOnFailure is on */
    bool leads_on;          /* a section inside, or one whose path lies below, says who may pass */
    const tokex_dir_t *dir; /* in force */
} tokex_section_t;

/*
 * Those of `s` that are ours, the ones of `main` that hold there too before its own; in
 * `result_pool`, an array of tokex_section_t. What stands in a section around, or in a <Location>
 * or <Directory> whose plain path lies above, is in force as far as the section does not say
 * otherwise; what holds by a pattern is not worked out. Only while the configuration is being read
 * or examined.
 */
const apr_array_header_t *tokex_sections_read(server_rec *main, server_rec *s,
                                              apr_pool_t *result_pool, apr_pool_t *scratch_pool);

/* The section that `directive`, or a section, stands in; NULL: none but a virtual host. */
const ap_directive_t *tokex_section_around(const ap_directive_t *directive);

#endif
