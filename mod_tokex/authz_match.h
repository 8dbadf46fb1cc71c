/* Does what a token says fit a Require? Known or not is a difference: behind `not`, what is unknown
 * must not become a yes. */
#ifndef MOD_TOKEX_AUTHZ_MATCH_H
#define MOD_TOKEX_AUTHZ_MATCH_H

#include "authz_line.h"
#include "base/json.h"

typedef enum tokex_authz_answer_t {
    TOKEX_AUTHZ_NO,
    TOKEX_AUTHZ_YES,
    TOKEX_AUTHZ_UNKNOWN /* the token does not say, or says it in a way that is not understood */
} tokex_authz_answer_t;

/* Of one text; NULL: unknown. */
tokex_authz_answer_t tokex_authz_match_text(const tokex_authz_line_t *line, const char *text);

/* Of each of the words in `text`, which are separated by blanks; NULL: unknown. */
tokex_authz_answer_t tokex_authz_match_words(const tokex_authz_line_t *line, const char *text,
                                             apr_pool_t *pool);

/*
 * Of a claim: a text as it is, a number or a boolean as JSON writes it, a list by its elements,
 * which are of these kinds. Unknown: no claim, null, an object, or a value that is found nowhere in
 * a list that holds something else too.
 */
tokex_authz_answer_t tokex_authz_match_claim(const tokex_authz_line_t *line,
                                             const tokex_json_t *node, apr_pool_t *pool);

#endif
