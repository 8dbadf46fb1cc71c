/*
 * A protected location: the directives of one <Location>, <Directory> or the like, merged as httpd
 * merges sections. What is not given here comes from the section around it.
 */
#ifndef MOD_TOKEX_LOCATION_H
#define MOD_TOKEX_LOCATION_H

#include <httpd.h>
#include <http_config.h>

#include "exchange/request.h"

/* A number or a switch that is not given. */
#define TOKEX_UNSET (-1)

/* AuthType. */
#define TOKEX_AUTH_TYPE "tokex"

/* TokexInject: which token goes on behind us. */
typedef enum tokex_inject_t {
    TOKEX_INJECT_ORIGINAL,
    TOKEX_INJECT_EXCHANGED,
    TOKEX_INJECT_BOTH
} tokex_inject_t;

typedef struct tokex_dir_t {
    bool given;       /* a directive stands in this section, or in one around it */
    const char *name; /* of the innermost such section, as it stands in the configuration */
    const char *file; /* where its first directive stands */
    int line;
    const ap_directive_t *section; /* that section as it was read; NULL: none is around it */

    const char *client;            /* TokexClient */
    const char *subject_from;      /* TokexSubjectFrom: name of the variable; "": Authorization */
    const char *subject_type;      /* TokexSubjectTokenType: URN */
    apr_array_header_t *issuers;   /* TokexTrustedIssuers; of const char *, as all of these */
    apr_array_header_t *audiences; /* TokexAudience */
    apr_array_header_t *resources; /* TokexResource */
    const char *scope;             /* TokexScope, joined by blanks */
    int own_tokens;                /* TokexOwnTokens: tokex_own_tokens_t */
    int machine_tokens;            /* TokexMachineTokens */
    int exchange;                  /* TokexExchange */
    int inject;                    /* TokexInject: tokex_inject_t */
    const char *original_header;   /* TokexOriginalTokenHeader; "": as it came */
    const char *exchanged_header;  /* TokexExchangedTokenHeader */
    int strip_bearer;              /* TokexStripBearer */
    int auth_context;              /* TokexAuthContext */
    const char *claim_headers;     /* TokexClaimHeaders: what their names begin with; "": none */
    const char *user_claim;        /* TokexUserClaim */
    const char *metadata;          /* TokexResourceMetadata: identifier of the resource; "": Off */
    int allow_preflight;           /* TokexAllowPreflight */
    int cache_ttl;                 /* TokexCacheTTL, seconds */
} tokex_dir_t;

void *tokex_location_create(apr_pool_t *pool, char *section);
/* Field by field: what `add` does not say, `base` says. */
void *tokex_location_merge(apr_pool_t *pool, void *base, void *add);

/* What is in force for `r`; never NULL. */
const tokex_dir_t *tokex_location_of(const request_rec *r);

/* Is it ours to say who `r` is: does `AuthType tokex` stand there? */
bool tokex_location_authenticates(request_rec *r);

/* The values in force, defaults filled in. */
bool tokex_location_exchanges(const tokex_dir_t *dir);
tokex_own_tokens_t tokex_location_own_tokens(const tokex_dir_t *dir);
bool tokex_location_machine_tokens(const tokex_dir_t *dir);
const char *tokex_location_subject_type(const tokex_dir_t *dir); /* URN */
tokex_inject_t tokex_location_inject(const tokex_dir_t *dir);
const char *tokex_location_exchanged_header(const tokex_dir_t *dir); /* never "" */
const char *tokex_location_user_claim(const tokex_dir_t *dir);
const char *tokex_location_original_header(const tokex_dir_t *dir); /* never "" */
/* NULL: the token is read from the Authorization header. */
const char *tokex_location_variable(const tokex_dir_t *dir);

/* The request that the location makes of the engine for `token` (borrowed, `len` octets), in
 * `pool`. */
const tokex_request_t *tokex_location_request(const tokex_dir_t *dir, const char *token,
                                              apr_size_t len, apr_pool_t *pool);

#endif
