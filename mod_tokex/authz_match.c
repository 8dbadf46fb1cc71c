#include "authz_match.h"

#include <apr_strings.h>

#include "policy/condition.h"

/* What a token holds; `odd`: and something that is no text. */
typedef struct held_t {
    apr_array_header_t *texts; /* const char * */
    bool odd;
} held_t;

static bool fits(const char *value, const held_t *held)
{
    int i;

    for (i = 0; i < held->texts->nelts; i++) {
        if (tokex_condition_glob(value, APR_ARRAY_IDX(held->texts, i, const char *), false))
            return true;
    }
    return false;
}

static tokex_authz_answer_t match(const tokex_authz_line_t *line, const held_t *held)
{
    int i, fitting = 0;

    for (i = 0; i < line->count; i++)
        fitting += fits(line->values[i], held);
    if (line->all ? fitting == line->count : fitting > 0)
        return TOKEX_AUTHZ_YES;
    return held->odd ? TOKEX_AUTHZ_UNKNOWN : TOKEX_AUTHZ_NO;
}

tokex_authz_answer_t tokex_authz_match_text(const tokex_authz_line_t *line, const char *text)
{
    apr_array_header_t only = {NULL, sizeof(const char *), 1, 1, (char *)&text};
    const held_t held = {&only, false};

    return text ? match(line, &held) : TOKEX_AUTHZ_UNKNOWN;
}

tokex_authz_answer_t tokex_authz_match_words(const tokex_authz_line_t *line, const char *text,
                                             apr_pool_t *pool)
{
    held_t held = {NULL, false};

    if (!text)
        return TOKEX_AUTHZ_UNKNOWN;
    held.texts = apr_array_make(pool, 8, sizeof(const char *));
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        apr_size_t len = strcspn(text, " ");

        APR_ARRAY_PUSH(held.texts, const char *) = apr_pstrmemdup(pool, text, len);
        text += len;
    }
    return match(line, &held);
}

static void add(held_t *held, const tokex_json_t *node, apr_pool_t *pool)
{
    const char *text = tokex_json_string(node);
    tokex_json_type_t type = tokex_json_type(node);

    if (!text && (type == TOKEX_JSON_NUMBER || type == TOKEX_JSON_BOOL)) {
        tokex_jsonw_t *w = tokex_jsonw_create(pool, 32);

        tokex_jsonw_node(w, node);
        text = tokex_jsonw_text(w, NULL);
    }
    if (text)
        APR_ARRAY_PUSH(held->texts, const char *) = text;
    else
        held->odd = true;
}

tokex_authz_answer_t tokex_authz_match_claim(const tokex_authz_line_t *line,
                                             const tokex_json_t *node, apr_pool_t *pool)
{
    held_t held = {apr_array_make(pool, 8, sizeof(const char *)), false};

    if (!node)
        return TOKEX_AUTHZ_UNKNOWN;
    if (tokex_json_type(node) != TOKEX_JSON_ARRAY) {
        add(&held, node, pool);
    } else {
        for (node = tokex_json_first(node); node; node = tokex_json_next(node))
            add(&held, node, pool);
    }
    return match(line, &held);
}
