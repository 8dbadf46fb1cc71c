/* What `tokexctl try` asks: the installation as the server has it, read at one moment. */
#ifndef TOKEXCTL_TRY_WORLD_H
#define TOKEXCTL_TRY_WORLD_H

#include "ctl.h"
#include "explain/try.h"

/* Stands in for TokexIssuer where no server ran. */
#define TRY_ISSUER_UNKNOWN "https://issuer.invalid"

typedef struct try_world_t {
    tokex_try_engine_t *engine;
    const char *server_name; /* as in the settings; NULL: no server ran */
    tokex_server_t server;
    const char *account_source; /* as in explain/try.h */
    bool exchanges;             /* TokexExchange */
    const tokex_location_row_t *locations;
    int location_count;
    apr_array_header_t *assumed; /* of const char *: what is not known and taken for given */
} try_world_t;

/* How it is to be looked at. */
typedef struct try_view_t {
    const char *server; /* name of the virtual host; NULL: the only one */
    const char *draft;  /* a document whose objects replace or join those in force; NULL: none */
    apr_size_t draft_len;
    const char *clients[2]; /* only these are asked for; NULL: any may be */
    const char *location;   /* only that of this protected location is; NULL: as `clients` say */
    const char *tokens[2];  /* beside it those are read that these name, as ours do; NULL: none */
    int64_t now;            /* seconds */
    bool peek;              /* a lock is not waited for */
} try_view_t;

/* Reads it. CTL_DONE, or the exit code when it was said on standard error why not. */
int try_world_read(try_world_t **out, const try_view_t *view, const ctl_t *ctl, apr_pool_t *pool);

#endif
