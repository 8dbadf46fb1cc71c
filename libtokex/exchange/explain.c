#include "exchange/explain.h"

#include <string.h>

#include <apr_strings.h>

/* The most values of a condition that one line shows. */
#define VALUES_SHOWN 4
#define SIZE_HINT 256

static const char *value_of(const tokex_json_t *node, apr_pool_t *pool)
{
    const char *text = tokex_json_string(node);
    tokex_jsonw_t *w;
    apr_size_t len;
    if (!node)
        return "absent";
    if (text)
        return apr_pstrcat(pool, "\"", tokex_err_shown(pool, text, strlen(text)), "\"", NULL);
    w = tokex_jsonw_create(pool, SIZE_HINT);
    tokex_jsonw_node(w, node);
    text = tokex_jsonw_text(w, &len);
    return tokex_err_shown(pool, text, len);
}

static const char *values_of(const tokex_texts_t *values, apr_pool_t *pool)
{
    const char *text = "";
    for (int i = 0; i < values->count && i < VALUES_SHOWN; i++)
        text = apr_pstrcat(pool, text, i ? ", \"" : " \"",
                           tokex_err_shown(pool, values->items[i], strlen(values->items[i])), "\"",
                           NULL);
    return values->count > VALUES_SHOWN ? apr_pstrcat(pool, text, ", ...", NULL) : text;
}

const char *tokex_explain_condition(const tokex_policy_condition_t *condition,
                                    const tokex_json_t *claims, apr_pool_t *pool)
{
    const tokex_condition_t *config = condition->config;
    return apr_psprintf(pool, "claim \"%s\" is %s, the condition is: %s%s",
                        tokex_err_shown(pool, config->claim, strlen(config->claim)),
                        value_of(tokex_path_get(&condition->path, claims), pool), config->test,
                        values_of(&config->values, pool));
}

const char *tokex_explain_kind(const tokex_json_t *node)
{
    if (!node)
        return "nothing";
    switch (tokex_json_type(node)) {
    case TOKEX_JSON_NULL:
        return "null";
    case TOKEX_JSON_BOOL:
        return "yes or no";
    case TOKEX_JSON_NUMBER:
        return "a number";
    case TOKEX_JSON_STRING:
        return "a text";
    case TOKEX_JSON_ARRAY:
        return "a list";
    default:
        return "an object";
    }
}
