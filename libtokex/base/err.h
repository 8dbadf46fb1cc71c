/*
 * Errors: what a function returns when it did not succeed.
 *
 * A function returns `const tokex_err_t *`, NULL for success. The code is from the closed list in
 * codes.h; what a client may read belongs to the code, so it is a literal by construction and can
 * never hold a value from a request. The one exception are texts that stand in a procedure's
 * source, which the operator wrote (exchange/procedure.h). `log_text` is for the operator and never
 * leaves the house.
 */
#ifndef TOKEX_BASE_ERR_H
#define TOKEX_BASE_ERR_H

#include <stdbool.h>

#include <apr_pools.h>

#include "base/codes.h"

typedef enum tokex_code_t {
#define TOKEX_CODE(sym, name, oauth, http, level, client, cause, remedy) TOKEX_E_##sym,
    TOKEX_CODES(TOKEX_CODE)
#undef TOKEX_CODE
        TOKEX_E_COUNT
} tokex_code_t;

/* How loud the operator's log should be. */
typedef enum tokex_level_t {
    TOKEX_LEVEL_INFO,   /* an ordinary refusal: the caller's affair */
    TOKEX_LEVEL_NOTICE, /* worth a look: a setting of ours is probably wrong */
    TOKEX_LEVEL_ERROR   /* we could not do our work */
} tokex_level_t;

typedef struct tokex_err_t tokex_err_t;
struct tokex_err_t {
    tokex_code_t code;
    const char *log_text;     /* for the operator, no secret and no token in it; may be NULL */
    const tokex_err_t *cause; /* what went wrong below, or NULL */
    const char *said;         /* what a procedure says to the client; NULL: what the code does */
};

/* One row of the table of codes; everything in it is a literal. */
typedef struct tokex_code_info_t {
    const char *name;        /* stable, [a-z0-9_]+, as it stands in logs and documentation */
    const char *oauth_error; /* `error` of RFC 6749 section 5.2 */
    int http_status;         /* status at the token endpoint */
    tokex_level_t level;
    const char *client_text; /* `error_description`; RFC 6749 section 5.2 characters only */
    const char *cause;       /* for people: what it means */
    const char *remedy;      /* for people: what to do */
} tokex_code_info_t;

/* The row of `code`. A code outside the list gives the row of TOKEX_E_INTERNAL. Never NULL. */
const tokex_code_info_t *tokex_err_info(tokex_code_t code);

/* The code of that name; false: there is none. */
bool tokex_err_find(tokex_code_t *out, const char *name);

/*
 * A new error of `code` in `pool`. `fmt` (printf form, may be NULL) makes the log text; values from
 * outside must have gone through tokex_err_shown(). `cause` may be NULL and must live as long.
 */
const tokex_err_t *tokex_err_create(apr_pool_t *pool, tokex_code_t code, const tokex_err_t *cause,
                                    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The log texts of `err` and its causes, joined by ": ", in `pool`; one that has none is shown by
 * its code's name. Never NULL, empty for a NULL `err`. */
const char *tokex_err_text(const tokex_err_t *err, apr_pool_t *pool);

/*
 * `len` octets of a foreign value as something that is safe in a log line: control characters,
 * octets that are not UTF-8, quotes and backslashes escaped by octet (\xNN), at most the first
 * TOKEX_LIMIT_SHOWN octets of it, then "..."; also cut where a JWT begins, which must not be in a
 * log whichever parameter it was sent in. In `pool`, never NULL; a NULL value gives "(none)".
 */
const char *tokex_err_shown(apr_pool_t *pool, const char *value, apr_size_t len);

/*
 * The same for the value of a request's parameter, cut before the first `;` or `&`: a form whose
 * parameters ran together carries a secret behind one of them.
 */
const char *tokex_err_shown_param(apr_pool_t *pool, const char *value);

#define TOKEX_RETURN_ERR(expr)                                                                     \
    do {                                                                                           \
        const tokex_err_t *tokex_err_tmp_ = (expr);                                                \
        if (tokex_err_tmp_)                                                                        \
            return tokex_err_tmp_;                                                                 \
    } while (0)

#endif
