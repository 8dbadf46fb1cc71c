#include "edit/edit_private.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "base/json.h"

typedef struct diff_t {
    apr_array_header_t *members; /* tokex_edit_member_t */
    apr_pool_t *pool;
} diff_t;

static void diff_object(const diff_t *d, const tokex_object_desc_t *desc, const char *path,
                        const tokex_json_t *before, const tokex_json_t *after);

static const char *json_of(const tokex_json_t *node, apr_pool_t *pool)
{
    tokex_jsonw_t *w;

    if (!node)
        return NULL;
    w = tokex_jsonw_create(pool, 64);
    tokex_jsonw_node(w, node);
    return tokex_jsonw_text(w, NULL);
}

static void add(const diff_t *d, const char *path, const char *before, const char *after,
                bool secret)
{
    APR_ARRAY_PUSH(d->members, tokex_edit_member_t) =
        (tokex_edit_member_t){path, secret ? NULL : before, secret ? NULL : after, secret};
}

static const tokex_json_t *element(const tokex_json_t *list, const char *identity, const char *id)
{
    const tokex_json_t *node;

    for (node = tokex_json_first(list); node; node = tokex_json_next(node)) {
        const char *own = tokex_json_string(tokex_json_get(node, identity));

        if (own && strcmp(own, id) == 0)
            return node;
    }
    return NULL;
}

/* The elements of a list whose identity is `identity`, each by its name: those of `from` that are
 * in `to` or are not. */
static void diff_elements(const diff_t *d, const tokex_field_t *field, const char *path,
                          const tokex_json_t *before, const tokex_json_t *after)
{
    const char *identity = tokex_fields_identity(field->object)->name;
    const tokex_json_t *node;

    for (node = tokex_json_first(before); node; node = tokex_json_next(node)) {
        const char *id = tokex_json_string(tokex_json_get(node, identity));

        if (id)
            diff_object(d, field->object, apr_pstrcat(d->pool, path, " ", id, NULL), node,
                        element(after, identity, id));
    }
    for (node = tokex_json_first(after); node; node = tokex_json_next(node)) {
        const char *id = tokex_json_string(tokex_json_get(node, identity));

        if (id && !element(before, identity, id))
            diff_object(d, field->object, apr_pstrcat(d->pool, path, " ", id, NULL), NULL, node);
    }
}

/* The names of the elements, in their order. */
static const char *order_of(const tokex_json_t *list, const char *identity, apr_pool_t *pool)
{
    const char *names = "";
    const tokex_json_t *node;

    for (node = tokex_json_first(list); node; node = tokex_json_next(node)) {
        const char *id = tokex_json_string(tokex_json_get(node, identity));

        names = apr_pstrcat(pool, names, *names ? ", " : "", id ? id : "?", NULL);
    }
    return names;
}

static void diff_order(const diff_t *d, const tokex_field_t *field, const char *path,
                       const tokex_json_t *before, const tokex_json_t *after)
{
    const char *identity = tokex_fields_identity(field->object)->name;
    const char *was = order_of(before, identity, d->pool);
    const char *is = order_of(after, identity, d->pool);

    if (field->ordered && before && after && strcmp(was, is) != 0)
        add(d, apr_pstrcat(d->pool, path, " in order", NULL), was, is, false);
}

static void diff_member(const diff_t *d, const tokex_field_t *field, const char *path,
                        const tokex_json_t *before, const tokex_json_t *after)
{
    const char *was = json_of(before, d->pool), *is = json_of(after, d->pool);

    if (was && is ? strcmp(was, is) == 0 : was == is)
        return;
    if (field->kind == TOKEX_FIELD_OBJECTS && tokex_fields_identity(field->object)) {
        diff_elements(d, field, path, before, after);
        diff_order(d, field, path, before, after);
    } else {
        add(d, path, was, is, field->secret);
    }
}

/* At the top the path is empty. */
static const char *path_of(const diff_t *d, const char *path, const char *name)
{
    return *path ? apr_pstrcat(d->pool, path, ".", name, NULL) : name;
}

static void diff_object(const diff_t *d, const tokex_object_desc_t *desc, const char *path,
                        const tokex_json_t *before, const tokex_json_t *after)
{
    int i;

    for (i = 0; i < desc->field_count; i++) {
        const tokex_field_t *field = &desc->fields[i];

        diff_member(d, field, path_of(d, path, field->name),
                    before ? tokex_json_get(before, field->name) : NULL,
                    after ? tokex_json_get(after, field->name) : NULL);
    }
}

static const tokex_err_t *parse(const tokex_json_t **out, const char *text, apr_pool_t *pool)
{
    *out = NULL;
    return text ? tokex_json_parse_object(out, text, strlen(text), pool) : NULL;
}

static const tokex_object_desc_t *find_desc(const char *noun)
{
    const tokex_field_t *list = tokex_fields_list(noun);

    return list ? list->object : NULL;
}

static const tokex_err_t *no_such(const char *noun, apr_pool_t *pool)
{
    return tokex_err_create(pool, TOKEX_E_NOUN_UNKNOWN, NULL, "%s: no such kind of object", noun);
}

const tokex_err_t *tokex_edit_diff(const tokex_edit_member_t **out, int *count, const char *noun,
                                   const char *before, const char *after, apr_pool_t *pool)
{
    diff_t d = {apr_array_make(pool, 4, sizeof(tokex_edit_member_t)), pool};
    const tokex_json_t *was, *is;
    const tokex_object_desc_t *desc = find_desc(noun);

    if (!desc)
        return no_such(noun, pool);
    TOKEX_RETURN_ERR(parse(&was, before, pool));
    TOKEX_RETURN_ERR(parse(&is, after, pool));
    diff_object(&d, desc, "", was, is);
    *out = (const tokex_edit_member_t *)d.members->elts;
    *count = d.members->nelts;
    return NULL;
}

/* ---- Without secrets */

static void show_object(tokex_jsonw_t *w, const tokex_object_desc_t *desc,
                        const tokex_json_t *node);

static const tokex_field_t *field_of(const tokex_object_desc_t *desc, const char *name)
{
    int i;

    for (i = 0; i < desc->field_count; i++)
        if (strcmp(desc->fields[i].name, name) == 0)
            return &desc->fields[i];
    return NULL;
}

static void show_member(tokex_jsonw_t *w, const tokex_field_t *field, const tokex_json_t *node)
{
    /* A member that this release does not know may be anything. */
    if (!field || field->secret)
        return;
    tokex_jsonw_name(w, tokex_json_name(node));
    if (field->kind != TOKEX_FIELD_OBJECTS || tokex_json_type(node) != TOKEX_JSON_ARRAY) {
        tokex_jsonw_node(w, node);
        return;
    }
    tokex_jsonw_array_begin(w);
    for (node = tokex_json_first(node); node; node = tokex_json_next(node))
        show_object(w, field->object, node);
    tokex_jsonw_array_end(w);
}

static void show_object(tokex_jsonw_t *w, const tokex_object_desc_t *desc, const tokex_json_t *node)
{
    tokex_jsonw_object_begin(w);
    for (node = tokex_json_first(node); node; node = tokex_json_next(node))
        show_member(w, field_of(desc, tokex_json_name(node)), node);
    tokex_jsonw_object_end(w);
}

const tokex_err_t *tokex_edit_shown(const char **out, const char *noun, const char *object,
                                    apr_pool_t *pool)
{
    const tokex_object_desc_t *desc = find_desc(noun);
    const tokex_json_t *node;
    tokex_jsonw_t *w;

    *out = NULL;
    if (!desc)
        return no_such(noun, pool);
    TOKEX_RETURN_ERR(parse(&node, object, pool));
    if (!node)
        return NULL;
    w = tokex_jsonw_create(pool, 512);
    show_object(w, desc, node);
    *out = tokex_jsonw_text(w, NULL);
    return NULL;
}
