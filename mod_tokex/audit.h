/* The audit log: one line a decision, granted or refused, in a file or through a program. */
#ifndef MOD_TOKEX_AUDIT_H
#define MOD_TOKEX_AUDIT_H

#include <httpd.h>

typedef struct tokex_audit_t tokex_audit_t;

/* The hook open_logs: opens what TokexAuditLog names, as the user who starts the server. */
int tokex_audit_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main);

/* Writes `len` octets and a line break in one call of the system, so that lines of two processes
 * do not mix. */
apr_status_t tokex_audit_write(const tokex_audit_t *audit, const char *line, apr_size_t len);

#endif
