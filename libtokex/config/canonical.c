#include "config/canonical.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

static int by_name(const void *a, const void *b)
{
    const tokex_json_t *const *left = a;
    const tokex_json_t *const *right = b;
    return strcmp(tokex_json_name(*left), tokex_json_name(*right));
}

static const tokex_json_t **sorted_members(const tokex_json_t *object, apr_size_t count,
                                           apr_pool_t *pool)
{
    const tokex_json_t **members = apr_palloc(pool, count * sizeof(const tokex_json_t *));
    apr_size_t n = 0;
    for (const tokex_json_t *m = tokex_json_first(object); m; m = tokex_json_next(m))
        members[n++] = m;
    qsort(members, count, sizeof(const tokex_json_t *), by_name);
    return members;
}

static void write_object(tokex_jsonw_t *w, const tokex_json_t *node, apr_pool_t *pool)
{
    apr_size_t count = tokex_json_count(node);
    tokex_jsonw_object_begin(w);
    if (count) {
        const tokex_json_t **members = sorted_members(node, count, pool);
        for (apr_size_t i = 0; i < count; i++) {
            tokex_jsonw_name(w, tokex_json_name(members[i]));
            tokex_canonical_write(w, members[i], pool);
        }
    }
    tokex_jsonw_object_end(w);
}

/* The reader bounds the depth. */
void tokex_canonical_write(tokex_jsonw_t *w, const tokex_json_t *node, apr_pool_t *scratch_pool)
{
    switch (tokex_json_type(node)) {
    case TOKEX_JSON_OBJECT:
        write_object(w, node, scratch_pool);
        break;
    case TOKEX_JSON_ARRAY:
        tokex_jsonw_array_begin(w);
        for (node = tokex_json_first(node); node; node = tokex_json_next(node))
            tokex_canonical_write(w, node, scratch_pool);
        tokex_jsonw_array_end(w);
        break;
    case TOKEX_JSON_NULL:
    case TOKEX_JSON_BOOL:
    case TOKEX_JSON_NUMBER:
    case TOKEX_JSON_STRING:
        tokex_jsonw_node(w, node);
        break;
    }
}

const char *tokex_canonical_text(const tokex_json_t *node, apr_pool_t *result_pool,
                                 apr_pool_t *scratch_pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(scratch_pool, 256);
    apr_size_t len;
    const char *text;
    tokex_canonical_write(w, node, scratch_pool);
    text = tokex_jsonw_text(w, &len);
    return apr_pstrmemdup(result_pool, text, len);
}
