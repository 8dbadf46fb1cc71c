/* What the running server protects: state.db's table of locations. */
#ifndef TOKEX_STORE_LOCATION_STORE_H
#define TOKEX_STORE_LOCATION_STORE_H

#include "store/db_sqlite.h"

/* A section of the configuration files with what is in force there. No text is NULL; "": none. */
typedef struct tokex_location_row_t {
    const char *server;  /* host name and port of the virtual host */
    const char *section; /* as it is written: "Location /orders" */
    const char *file;
    int64_t line;
    const char *auth_type;
    const char *client;    /* TokexClient */
    const char *issuers;   /* TokexTrustedIssuers, separated by blanks, as all of these lists */
    const char *audiences; /* TokexAudience */
    const char *resources; /* TokexResource */
    const char *scope;     /* TokexScope */
    const char *own_tokens;
    const char *subject_type; /* TokexSubjectTokenType: URN */
    bool machine_tokens;      /* TokexMachineTokens */
    bool exchange;
    const char *user_claim; /* TokexUserClaim */
    const char *inject;
    const char *requirements; /* who may pass, a line each */
} tokex_location_row_t;

/* Replaces those of every virtual host by these, in one transaction. */
const tokex_err_t *tokex_location_store_save(tokex_db_t *db, const tokex_location_row_t *rows,
                                             int count, apr_pool_t *pool);

/* All of them, by server, then in the order in which they were saved. */
const tokex_err_t *tokex_location_store_read(const tokex_location_row_t **out, int *count,
                                             tokex_db_t *db, apr_pool_t *pool);

#endif
