#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "explain/try_private.h"

static const char *text_of(const tokex_json_t *node, apr_pool_t *pool)
{
    tokex_jsonw_t *w;
    if (!node)
        return NULL;
    w = tokex_jsonw_create(pool, 128);
    tokex_jsonw_node(w, node);
    return tokex_jsonw_text(w, NULL);
}

static void compare(apr_array_header_t *list, const char *name, const tokex_json_t *before,
                    const tokex_json_t *after, apr_pool_t *pool)
{
    tokex_try_change_t change = {name, text_of(before, pool), text_of(after, pool)};
    if (change.before && change.after && strcmp(change.before, change.after) == 0)
        return;
    APR_ARRAY_PUSH(list, tokex_try_change_t) = change;
}

/* Members of both in the order of `before`, then those that came. */
static void compare_members(apr_array_header_t *list, const char *prefix,
                            const tokex_json_t *before, const tokex_json_t *after, apr_pool_t *pool)
{
    const tokex_json_t *node;
    for (node = tokex_json_first(before); node; node = tokex_json_next(node)) {
        const char *name = tokex_json_name(node);
        const tokex_json_t *other = tokex_json_get(after, name);
        const char *shown =
            apr_pstrcat(pool, prefix, tokex_err_shown(pool, name, strlen(name)), NULL);
        if (!*prefix && strcmp(name, "claims") == 0)
            compare_members(list, "claims.", node, other, pool);
        else
            compare(list, shown, node, other, pool);
    }
    for (node = tokex_json_first(after); node; node = tokex_json_next(node)) {
        const char *name = tokex_json_name(node);
        if (!tokex_json_get(before, name))
            compare(list,
                    apr_pstrcat(pool, prefix, tokex_err_shown(pool, name, strlen(name)), NULL),
                    NULL, node, pool);
    }
}

void tokex_try_procedure(const tokex_try_t *t)
{
    const tokex_procedure_report_t *procedure = t->report->outcome->procedure;
    apr_array_header_t *list = apr_array_make(t->pool, 4, sizeof(tokex_try_change_t));
    const tokex_json_t *before, *after;
    if (!procedure || !procedure->after ||
        tokex_json_parse_object(&before, procedure->before, strlen(procedure->before), t->pool) ||
        tokex_json_parse_object(&after, procedure->after, strlen(procedure->after), t->pool))
        return;
    compare_members(list, "", before, after, t->pool);
    t->report->changes = (const tokex_try_change_t *)list->elts;
    t->report->change_count = list->nelts;
}
