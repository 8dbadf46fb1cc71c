/* A child process begins: it loads what it will serve, and follows what becomes of it. */
#ifndef MOD_TOKEX_CHILD_H
#define MOD_TOKEX_CHILD_H

#include <httpd.h>

#include "base/err.h"

/* Kinds of lines that the limiter knows: every reason code, then these. */
enum { TOKEX_LINE_AUDIT = TOKEX_E_COUNT, TOKEX_LINE_ADDRESS, TOKEX_LINES };

/* The hook child_init. A host that does not load is logged, and answers 503. */
void tokex_child_init(apr_pool_t *pchild, server_rec *main);

#endif
