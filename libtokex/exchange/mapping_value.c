#include "exchange/mapping_value.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "exchange/explain.h"

static const char *text_of(const tokex_value_t *value)
{
    return value->form == TOKEX_FORM_TEXT ? value->text : tokex_json_string(value->node);
}

static bool is_list_of_texts(const tokex_json_t *node)
{
    if (!node || tokex_json_type(node) != TOKEX_JSON_ARRAY)
        return false;
    for (node = tokex_json_first(node); node; node = tokex_json_next(node))
        if (!tokex_json_string(node))
            return false;
    return true;
}

static void set_text(tokex_value_t *value, const char *text)
{
    value->form = text ? TOKEX_FORM_TEXT : TOKEX_FORM_MISSING;
    value->text = text;
    value->node = NULL;
}

static void set_list(tokex_value_t *value, const char **items, int count)
{
    value->form = TOKEX_FORM_LIST;
    value->items = items;
    value->count = count;
    value->node = NULL;
}

/* A list of texts as such, whether it came or was made. */
static tokex_fared_t make_list(tokex_value_t *value, apr_pool_t *pool)
{
    const tokex_json_t *node = value->node;
    const char **items;
    int count = 0;
    if (value->form == TOKEX_FORM_LIST)
        return TOKEX_FARED_WELL;
    if (value->form != TOKEX_FORM_NODE || !is_list_of_texts(node))
        return TOKEX_FARED_WRONG;
    if (tokex_json_count(node) > TOKEX_LIMIT_MAPPED_TEXTS)
        return TOKEX_FARED_LARGE;
    items = apr_palloc(pool, sizeof(*items) * (tokex_json_count(node) + 1));
    for (node = tokex_json_first(node); node; node = tokex_json_next(node))
        items[count++] = tokex_json_string(node);
    set_list(value, items, count);
    return TOKEX_FARED_WELL;
}

static tokex_fared_t split(tokex_value_t *value, apr_pool_t *pool)
{
    const char *text = text_of(value);
    const char **items;
    int count = 0;
    int space = 1;
    if (!text)
        return TOKEX_FARED_WRONG;
    for (const char *p = text; *p; p++)
        if (*p == ' ' && ++space > TOKEX_LIMIT_MAPPED_TEXTS)
            return TOKEX_FARED_LARGE;
    items = apr_palloc(pool, sizeof(*items) * (apr_size_t)space);
    for (;;) {
        apr_size_t len;
        text += strspn(text, " ");
        len = strcspn(text, " ");
        if (len == 0)
            break;
        items[count++] = apr_pstrmemdup(pool, text, len);
        text += len;
    }
    set_list(value, items, count);
    return TOKEX_FARED_WELL;
}

static tokex_fared_t join(tokex_value_t *value, apr_pool_t *pool)
{
    tokex_fared_t fared = make_list(value, pool);
    apr_size_t len = 1;
    char *out;
    char *text;
    if (fared != TOKEX_FARED_WELL)
        return fared;
    for (int i = 0; i < value->count; i++)
        len += strlen(value->items[i]) + 1;
    if (len > TOKEX_LIMIT_MAPPED_CLAIMS)
        return TOKEX_FARED_LARGE;
    text = out = apr_palloc(pool, len);
    for (int i = 0; i < value->count; i++) {
        apr_size_t n = strlen(value->items[i]);
        if (i > 0)
            *out++ = ' ';
        memcpy(out, value->items[i], n);
        out += n;
    }
    *out = '\0';
    set_text(value, text);
    return TOKEX_FARED_WELL;
}

static tokex_fared_t first(tokex_value_t *value)
{
    if (value->form != TOKEX_FORM_NODE || tokex_json_type(value->node) != TOKEX_JSON_ARRAY)
        return TOKEX_FARED_WRONG;
    value->node = tokex_json_first(value->node);
    if (!value->node)
        value->form = TOKEX_FORM_MISSING;
    return TOKEX_FARED_WELL;
}

/* NULL: the text counts as missing. */
static const char *change(const char *text, const tokex_policy_row_t *row, apr_pool_t *pool)
{
    char *lower;
    if (row->transform == TOKEX_TRANSFORM_TABLE) {
        for (int i = 0; i < row->config->table_count; i++)
            if (strcmp(row->config->table[i].from, text) == 0)
                return row->config->table[i].to;
        return NULL;
    }
    lower = apr_pstrdup(pool, text);
    for (char *p = lower; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return lower;
}

static tokex_fared_t change_texts(tokex_value_t *value, const tokex_policy_row_t *row,
                                  apr_pool_t *pool)
{
    const char *text = text_of(value);
    tokex_fared_t fared;
    int count = 0;
    if (text) {
        set_text(value, change(text, row, pool));
        return TOKEX_FARED_WELL;
    }
    fared = make_list(value, pool);
    if (fared != TOKEX_FARED_WELL)
        return fared;
    for (int i = 0; i < value->count; i++) {
        const char *changed = change(value->items[i], row, pool);
        if (changed)
            value->items[count++] = changed;
    }
    if (count == 0 && value->count > 0)
        value->form = TOKEX_FORM_MISSING;
    value->count = count;
    return TOKEX_FARED_WELL;
}

tokex_fared_t tokex_mapping_value_transform(tokex_value_t *value, const tokex_policy_row_t *row,
                                            apr_pool_t *pool)
{
    switch (row->transform) {
    case TOKEX_TRANSFORM_FIRST:
        return first(value);
    case TOKEX_TRANSFORM_SPLIT:
        return split(value, pool);
    case TOKEX_TRANSFORM_JOIN:
        return join(value, pool);
    case TOKEX_TRANSFORM_LOWER:
    case TOKEX_TRANSFORM_TABLE:
        return change_texts(value, row, pool);
    default:
        return TOKEX_FARED_WELL;
    }
}

static bool node_is(const tokex_json_t *node, tokex_value_type_t type)
{
    switch (type) {
    case TOKEX_VALUE_ANY:
        return true;
    case TOKEX_VALUE_TEXT:
        return tokex_json_type(node) == TOKEX_JSON_STRING;
    case TOKEX_VALUE_NUMBER:
        return tokex_json_type(node) == TOKEX_JSON_NUMBER;
    case TOKEX_VALUE_BOOLEAN:
        return tokex_json_type(node) == TOKEX_JSON_BOOL;
    default:
        return is_list_of_texts(node);
    }
}

tokex_fared_t tokex_mapping_value_type(const tokex_value_t *value, tokex_value_type_t type)
{
    bool fits = type == TOKEX_VALUE_ANY;
    if (value->form == TOKEX_FORM_NODE)
        fits = node_is(value->node, type);
    else if (value->form == TOKEX_FORM_LIST)
        fits = fits || type == TOKEX_VALUE_TEXTS;
    else
        fits = fits || type == TOKEX_VALUE_TEXT;
    return fits ? TOKEX_FARED_WELL : TOKEX_FARED_WRONG;
}

void tokex_mapping_value_write(tokex_jsonw_t *w, const tokex_value_t *value)
{
    if (value->form == TOKEX_FORM_NODE) {
        tokex_jsonw_node(w, value->node);
    } else if (value->form == TOKEX_FORM_TEXT) {
        tokex_jsonw_string(w, value->text);
    } else {
        tokex_jsonw_array_begin(w);
        for (int i = 0; i < value->count; i++)
            tokex_jsonw_string(w, value->items[i]);
        tokex_jsonw_array_end(w);
    }
}

const char *tokex_mapping_value_kind(const tokex_value_t *value)
{
    if (value->form == TOKEX_FORM_TEXT)
        return "a text";
    return value->form == TOKEX_FORM_LIST ? "a list" : tokex_explain_kind(value->node);
}
