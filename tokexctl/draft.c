#include "draft.h"

#include <string.h>

#include <apr_strings.h>

typedef struct member_t {
    const char *name;
    const char *json;
} member_t;

struct draft_t {
    apr_pool_t *pool;
    apr_array_header_t *members;
};

draft_t *draft_create(apr_pool_t *pool)
{
    draft_t *draft = apr_palloc(pool, sizeof *draft);

    draft->pool = pool;
    draft->members = apr_array_make(pool, 16, sizeof(member_t));
    return draft;
}

const char *draft_json(const tokex_json_t *node, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 64);

    tokex_jsonw_node(w, node);
    return tokex_jsonw_text(w, NULL);
}

const char *draft_quote(const char *text, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, strlen(text) + 8);

    tokex_jsonw_string(w, text);
    return tokex_jsonw_text(w, NULL);
}

const tokex_err_t *draft_read(draft_t **out, const char *text, apr_pool_t *pool)
{
    draft_t *draft = draft_create(pool);
    const tokex_json_t *node;

    TOKEX_RETURN_ERR(tokex_json_parse_object(&node, text, strlen(text), pool));
    for (node = tokex_json_first(node); node; node = tokex_json_next(node))
        draft_put(draft, tokex_json_name(node), draft_json(node, pool));
    *out = draft;
    return NULL;
}

static int find(const draft_t *draft, const char *name)
{
    int i;

    for (i = 0; i < draft->members->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(draft->members, i, member_t).name, name) == 0)
            return i;
    return -1;
}

const char *draft_get(const draft_t *draft, const char *name)
{
    int place = find(draft, name);

    return place < 0 ? NULL : APR_ARRAY_IDX(draft->members, place, member_t).json;
}

static const tokex_json_t *parse(const draft_t *draft, const char *name)
{
    const char *json = draft_get(draft, name);
    const tokex_json_t *node = NULL;

    if (!json || tokex_json_parse(&node, json, strlen(json), draft->pool))
        return NULL;
    return node;
}

const char *draft_string(const draft_t *draft, const char *name)
{
    return tokex_json_string(parse(draft, name));
}

static void take_away(draft_t *draft, int place)
{
    member_t *members = (member_t *)draft->members->elts;

    draft->members->nelts--;
    memmove(&members[place], &members[place + 1],
            sizeof *members * (apr_size_t)(draft->members->nelts - place));
}

void draft_put(draft_t *draft, const char *name, const char *json)
{
    int place = find(draft, name);

    if (json && place < 0)
        *(member_t *)apr_array_push(draft->members) = (member_t){name, json};
    else if (json)
        APR_ARRAY_IDX(draft->members, place, member_t).json = json;
    else if (place >= 0)
        take_away(draft, place);
}

apr_array_header_t *draft_list(const draft_t *draft, const char *name)
{
    apr_array_header_t *list = apr_array_make(draft->pool, 8, sizeof(const char *));
    const tokex_json_t *node = parse(draft, name);

    if (!node || tokex_json_type(node) != TOKEX_JSON_ARRAY)
        return list;
    for (node = tokex_json_first(node); node; node = tokex_json_next(node))
        *(const char **)apr_array_push(list) = draft_json(node, draft->pool);
    return list;
}

void draft_put_list(draft_t *draft, const char *name, const apr_array_header_t *list)
{
    draft_put(draft, name,
              apr_pstrcat(draft->pool, "[", apr_array_pstrcat(draft->pool, list, ','), "]", NULL));
}

const char *draft_text(const draft_t *draft)
{
    apr_array_header_t *parts =
        apr_array_make(draft->pool, draft->members->nelts + 1, sizeof(const char *));
    int i;

    for (i = 0; i < draft->members->nelts; i++) {
        const member_t *member = &APR_ARRAY_IDX(draft->members, i, member_t);

        *(const char **)apr_array_push(parts) = apr_pstrcat(
            draft->pool, draft_quote(member->name, draft->pool), ":", member->json, NULL);
    }
    return apr_pstrcat(draft->pool, "{", apr_array_pstrcat(draft->pool, parts, ','), "}", NULL);
}
