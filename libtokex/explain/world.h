/* What a trial is asked of: the installation as the server has it, read at one moment. */
#ifndef TOKEX_EXPLAIN_WORLD_H
#define TOKEX_EXPLAIN_WORLD_H

#include "edit/installation.h"
#include "explain/try.h"

/* Stands in for TokexIssuer where no server ran. */
#define TOKEX_WORLD_ISSUER_UNKNOWN "https://issuer.invalid"

typedef struct tokex_world_t {
    tokex_try_engine_t *engine;
    const char *server_name; /* as in the settings; NULL: no server ran */
    tokex_server_t server;
    const char *account_source; /* as in explain/try.h */
    bool exchanges;             /* TokexExchange */
    const tokex_location_row_t *locations;
    int location_count;
    apr_array_header_t *assumed; /* of const char *: what is not known and taken for given */
} tokex_world_t;

/* How it is to be looked at. */
typedef struct tokex_world_view_t {
    const char *server; /* name of the virtual host; NULL: the only one */
    const char *draft;  /* a document whose objects replace or join those in force; NULL: none */
    apr_size_t draft_len;
    const char *clients[2]; /* only these are asked for; NULL: any may be */
    const char *location;   /* only that of this protected location is; NULL: as `clients` say */
    const char *tokens[2];  /* beside it those are read that these name, as ours do; NULL: none */
    int64_t now;            /* seconds */
    bool peek;              /* a lock is not waited for */
} tokex_world_view_t;

/* Why it cannot be read as the view says. */
typedef enum tokex_world_problem_t {
    TOKEX_WORLD_READ,
    TOKEX_WORLD_SERVER_UNKNOWN, /* no server of that name ran */
    TOKEX_WORLD_SERVER_NEEDED   /* several ran, and none is named */
} tokex_world_problem_t;

/*
 * Reads it in `site->pool`. `*problem` other than TOKEX_WORLD_READ: there is no `*out`, and
 * `*servers` names those that ran. Faults of the configuration go to `faults`. As of
 * tokex_db_open(), tokex_edit_draft() and tokex_try_create().
 */
const tokex_err_t *tokex_world_read(tokex_world_t **out, tokex_world_problem_t *problem,
                                    const char **servers, const tokex_world_view_t *view,
                                    const tokex_installation_t *site, tokex_faults_t *faults);

/* The protected location of that name on the server of the view: the section, or its path alone.
 * NULL: there is none with a client, or there are several. */
const tokex_location_row_t *tokex_world_location(const tokex_world_t *world, const char *name);

/* The lines of a location that say more than that there is a user: only the server asks them. */
tokex_texts_t tokex_world_requirements(const tokex_location_row_t *location, apr_pool_t *pool);

#endif
