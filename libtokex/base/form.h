/*
 * application/x-www-form-urlencoded bodies, strictly (RFC 6749 appendix B): a parameter that stands
 * twice is refused, except `audience` and `resource` (RFC 8693 section 2.1).
 */
#ifndef TOKEX_BASE_FORM_H
#define TOKEX_BASE_FORM_H

#include <stdbool.h>

#include <apr_pools.h>

#include "base/err.h"

typedef struct tokex_form_param_t {
    const char *name;
    const char *value; /* NUL-terminated; holds no NUL before its end */
    apr_size_t value_len;
} tokex_form_param_t;

typedef struct tokex_form_t {
    const tokex_form_param_t *params; /* in the order of the body */
    int count;
} tokex_form_t;

/*
 * Parses `len` octets into `pool`. `&` separates, `;` does not, `+` is a blank, names are decoded
 * before they are compared. Refused: TOKEX_E_FORM_SYNTAX (a bad or cut percent escape, a NUL, text
 * that is not UTF-8, an empty name), TOKEX_E_FORM_REPEATED (the log text names the parameter),
 * TOKEX_E_FORM_TOO_MANY (over TOKEX_LIMIT_FORM_PARAMS names or TOKEX_LIMIT_TARGETS targets).
 * No value is ever in an error's text. An empty body is a form without parameters; an empty piece
 * between two `&` is no parameter; a piece without `=` is a name with an empty value.
 */
const tokex_err_t *tokex_form_parse(const tokex_form_t **out, const char *body, apr_size_t len,
                                    apr_pool_t *pool);

/* The one parameter of that name. NULL when it is absent or empty: RFC 6749 section 3.2 treats a
 * parameter sent without a value as omitted. */
const tokex_form_param_t *tokex_form_get(const tokex_form_t *form, const char *name);

/*
 * Decodes one form-encoded value, as in Basic credentials (RFC 6749 section 2.3.1).
 * Returns false when it is not well-formed; then *out is untouched.
 */
bool tokex_form_decode(const char **out, apr_size_t *out_len, const char *in, apr_size_t len,
                       apr_pool_t *pool);

/* Is `content_type` (a whole Content-Type value, may be NULL) the form's media type? Parameters
 * such as charset=UTF-8 are allowed, longer names that only begin alike are not. */
bool tokex_form_is_content_type(const char *content_type);

#endif
