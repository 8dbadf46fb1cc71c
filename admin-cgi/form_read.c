#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "form.h"

#define TEXT_MOST (48 * 1024)
#define LINE_MOST 4096
#define ROWS_MOST 999

bool admin_form_shows(const tokex_field_t *field)
{
    int i;

    if (field->write_once && field->kind == TOKEX_FIELD_BOOL)
        return false;
    if (field->secret && !field->write_once)
        return false;
    if (field->kind != TOKEX_FIELD_OBJECTS)
        return true;
    for (i = 0; i < field->object->field_count; i++)
        if (field->object->fields[i].kind == TOKEX_FIELD_OBJECTS || field->object->fields[i].secret)
            return false;
    return true;
}

/* ---- Names */

static bool declare(admin_field_t *out, admin_kind_t kind, apr_size_t most)
{
    out->kind = kind;
    out->most = most;
    return true;
}

static bool is_choice(const tokex_field_t *field, const char *value)
{
    int i;

    for (i = 0; field->choices[i]; i++)
        if (strcmp(field->choices[i], value) == 0)
            return true;
    return false;
}

static bool knows_simple(admin_field_t *out, const tokex_field_t *field)
{
    switch (field->kind) {
    case TOKEX_FIELD_OBJECTS:
        return false;
    case TOKEX_FIELD_PEM:
    case TOKEX_FIELD_SOURCE:
    case TOKEX_FIELD_JSON:
    case TOKEX_FIELD_TEXTS:
        return declare(out, ADMIN_LINES, TEXT_MOST);
    case TOKEX_FIELD_BOOL:
        return declare(out, ADMIN_LINE, 2);
    default:
        return declare(out, ADMIN_LINE, LINE_MOST);
    }
}

/* Behind "conditions.": "2.claim". */
static bool knows_row(admin_field_t *out, const tokex_field_t *list, const char *name)
{
    size_t digits = strspn(name, "0123456789");
    const tokex_field_t *field;
    const char *member, *dot;

    if (digits == 0 || digits > 3 || name[0] == '0' || name[digits] != '.')
        return false;
    member = name + digits + 1;
    if (list->object->exactly_one)
        return strcmp(member, "any") == 0 && declare(out, ADMIN_LINES, TEXT_MOST);
    dot = strchr(member, '.');
    if (dot)
        return false;
    field = admin_noun_field(list->object, member);
    return field && admin_form_shows(field) && knows_simple(out, field);
}

bool admin_form_knows(admin_field_t *out, void *ctx, const char *name)
{
    const tokex_object_desc_t *desc = ctx;
    const char *dot = strchr(name, '.');
    char base[64];
    const tokex_field_t *field;

    if (dot && dot - name >= (ptrdiff_t)sizeof base)
        return false;
    apr_cpystrn(base, name, dot ? (apr_size_t)(dot - name) + 1 : sizeof base);
    field = admin_noun_field(desc, base);
    if (!field || !admin_form_shows(field))
        return false;
    if (!dot)
        return knows_simple(out, field);
    if (field->kind == TOKEX_FIELD_OBJECTS)
        return knows_row(out, field, dot + 1);
    if (field->kind != TOKEX_FIELD_TEXTS || !dot[1])
        return false;
    if (field->element == TOKEX_FIELD_CHOICE && !is_choice(field, dot + 1))
        return false;
    return declare(out, ADMIN_LINE, 2);
}

/* ---- Values */

typedef struct builder_t {
    tokex_jsonw_t *w;
    const admin_input_t *form;
    const tokex_json_t *present; /* what the object holds so far; NULL: nothing, or a row */
    apr_pool_t *pool;
} builder_t;

static const char *trim(const char *value, apr_pool_t *pool)
{
    size_t len;

    value += strspn(value, " \t\n");
    for (len = strlen(value); len && strchr(" \t\n", value[len - 1]); len--)
        ;
    return apr_pstrmemdup(pool, value, len);
}

static void build_integer(const builder_t *b, const tokex_field_t *field, const char *value)
{
    const char *digits = value + (*value == '-');

    tokex_jsonw_name(b->w, field->name);
    if (*digits && strlen(digits) <= 15 && !digits[strspn(digits, "0123456789")])
        tokex_jsonw_integer(b->w, strtoll(value, NULL, 10));
    else
        tokex_jsonw_string(b->w, value);
}

/* JSON that is none stays as a text, and the reader says what is wrong with it. */
static void build_json(const builder_t *b, const char *name, const char *value)
{
    const tokex_json_t *node;

    tokex_jsonw_name(b->w, name);
    if (tokex_json_parse(&node, value, strlen(value), b->pool))
        tokex_jsonw_string(b->w, value);
    else
        tokex_jsonw_node(b->w, node);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has(const apr_array_header_t *list, const char *text)
{
    int i;

    for (i = 0; i < list->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(list, i, const char *), text) == 0)
            return true;
    return false;
}

/* Those that are ticked: first those that were, in the order in which they stand, then the others
 * by name, since a form has no order of its own. */
static apr_array_header_t *ticked(const builder_t *b, const char *name)
{
    const char *prefix = apr_pstrcat(b->pool, name, ".", NULL);
    apr_array_header_t *list = apr_array_make(b->pool, 8, sizeof(const char *));
    const tokex_json_t *node = tokex_json_first(tokex_json_get(b->present, name));
    apr_hash_index_t *at;
    const void *key;
    int kept;

    for (; node; node = tokex_json_next(node)) {
        const char *text = tokex_json_string(node);

        if (text && admin_input_get(b->form, apr_pstrcat(b->pool, prefix, text, NULL)))
            *(const char **)apr_array_push(list) = text;
    }
    kept = list->nelts;
    for (at = apr_hash_first(b->pool, (apr_hash_t *)b->form); at; at = apr_hash_next(at)) {
        apr_hash_this(at, &key, NULL, NULL);
        if (strncmp(key, prefix, strlen(prefix)) == 0 &&
            !has(list, (const char *)key + strlen(prefix)))
            *(const char **)apr_array_push(list) = (const char *)key + strlen(prefix);
    }
    qsort((const char **)list->elts + kept, (size_t)(list->nelts - kept), sizeof(const char *),
          compare_texts);
    return list;
}

static void build_texts(const builder_t *b, const tokex_field_t *field, const char *name)
{
    apr_array_header_t *list = ticked(b, name);
    char *rest = apr_pstrdup(b->pool, admin_input_text(b->form, name)), *line;
    int i;

    while ((line = strsep(&rest, "\n"))) {
        const char *text = trim(line, b->pool);

        if (*text && !has(list, text))
            *(const char **)apr_array_push(list) = text;
    }
    tokex_jsonw_name(b->w, field->name);
    tokex_jsonw_array_begin(b->w);
    for (i = 0; i < list->nelts; i++)
        tokex_jsonw_string(b->w, APR_ARRAY_IDX(list, i, const char *));
    tokex_jsonw_array_end(b->w);
}

/* Whether a form shows `text` as `value`: forms have no CR. */
static bool is_shown_as(const char *text, const char *value)
{
    for (; *text; text++, value++) {
        if (text[0] == '\r' && text[1] == '\n')
            text++;
        if (*value != (*text == '\r' ? '\n' : *text))
            return false;
    }
    return !*value;
}

/* A text as it is kept: what nobody has touched as it stands, a program as it was written. */
static const char *text_of(const builder_t *b, const tokex_field_t *field, const char *name)
{
    const char *value = admin_input_text(b->form, name);
    const char *present = tokex_json_string(tokex_json_get(b->present, name));

    if (present && is_shown_as(present, value))
        return present;
    if (field->secret || (field->kind == TOKEX_FIELD_SOURCE && *trim(value, b->pool)))
        return value;
    return trim(value, b->pool);
}

static void build_simple(const builder_t *b, const tokex_field_t *field, const char *name)
{
    const char *value = admin_input_text(b->form, name);

    if (field->kind != TOKEX_FIELD_BOOL && field->kind != TOKEX_FIELD_TEXTS) {
        value = text_of(b, field, name);
        if (!*value)
            return;
    }
    switch (field->kind) {
    case TOKEX_FIELD_BOOL:
        tokex_jsonw_member_bool(b->w, field->name, *value != '\0');
        return;
    case TOKEX_FIELD_INTEGER:
        build_integer(b, field, value);
        return;
    case TOKEX_FIELD_JSON:
        build_json(b, field->name, value);
        return;
    case TOKEX_FIELD_TEXTS:
        build_texts(b, field, name);
        return;
    default:
        tokex_jsonw_member_string(b->w, field->name, value);
    }
}

/* A key as somebody has got it: what it is shows at its beginning. */
static void build_any(const builder_t *b, const char *value)
{
    const tokex_json_t *node;

    if (value[0] == '{')
        build_json(b,
                   !tokex_json_parse(&node, value, strlen(value), b->pool) &&
                           tokex_json_get(node, "keys")
                       ? "jwks"
                       : "jwk",
                   value);
    else
        tokex_jsonw_member_string(b->w, strncmp(value, "-----BEGIN", 10) == 0 ? "pem" : "der",
                                  value);
}

static bool is_written(const tokex_field_t *field)
{
    return field->kind != TOKEX_FIELD_CHOICE && field->kind != TOKEX_FIELD_BOOL;
}

static bool has_row(const builder_t *b, const tokex_object_desc_t *desc, const char *prefix)
{
    int i;

    for (i = 0; i < desc->field_count; i++)
        if (is_written(&desc->fields[i]) &&
            *trim(
                admin_input_text(b->form, apr_pstrcat(b->pool, prefix, desc->fields[i].name, NULL)),
                b->pool))
            return true;
    return false;
}

static void build_row(const builder_t *b, const tokex_object_desc_t *desc, const char *prefix)
{
    const char *any =
        trim(admin_input_text(b->form, apr_pstrcat(b->pool, prefix, "any", NULL)), b->pool);
    int i;

    if (desc->exactly_one ? !*any : !has_row(b, desc, prefix))
        return;
    tokex_jsonw_object_begin(b->w);
    if (desc->exactly_one)
        build_any(b, any);
    else
        for (i = 0; i < desc->field_count; i++)
            if (admin_form_shows(&desc->fields[i]))
                build_simple(b, &desc->fields[i],
                             apr_pstrcat(b->pool, prefix, desc->fields[i].name, NULL));
    tokex_jsonw_object_end(b->w);
}

static void build_rows(const builder_t *b, const tokex_field_t *field)
{
    int i;

    tokex_jsonw_name(b->w, field->name);
    tokex_jsonw_array_begin(b->w);
    for (i = 1; i <= ROWS_MOST; i++)
        build_row(b, field->object, apr_psprintf(b->pool, "%s.%d.", field->name, i));
    tokex_jsonw_array_end(b->w);
}

const char *admin_form_object(const tokex_object_desc_t *desc, const admin_input_t *form,
                              const tokex_json_t *present, apr_pool_t *pool)
{
    const builder_t b = {tokex_jsonw_create(pool, 2048), form, present, pool};
    int i;

    tokex_jsonw_object_begin(b.w);
    for (i = 0; i < desc->field_count; i++) {
        const tokex_field_t *field = &desc->fields[i];
        const tokex_json_t *node = tokex_json_get(present, field->name);

        if (!admin_form_shows(field)) {
            if (node) {
                tokex_jsonw_name(b.w, field->name);
                tokex_jsonw_node(b.w, node);
            }
        } else if (field->kind == TOKEX_FIELD_OBJECTS)
            build_rows(&b, field);
        else
            build_simple(&b, field, field->name);
    }
    tokex_jsonw_object_end(b.w);
    return tokex_jsonw_text(b.w, NULL);
}
