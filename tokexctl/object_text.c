#include "object_text.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "key.h"
#include "member.h"
#include "way.h"

/* ---- One line */

static bool is_time(const tokex_field_t *field)
{
    return field->kind == TOKEX_FIELD_INTEGER && field->max == TOKEX_LIMIT_NUMERIC_DATE;
}

static const char *join(const tokex_json_t *list, const char *by, apr_pool_t *pool)
{
    const tokex_json_t *node;
    const char *text = "";

    for (node = tokex_json_first(list); node; node = tokex_json_next(node)) {
        const char *one = tokex_json_string(node);

        text = apr_pstrcat(pool, text, *text ? by : "", one ? one : "?", NULL);
    }
    return text;
}

void object_text_json(tokex_jsonw_t *w, const tokex_object_desc_t *desc, const tokex_json_t *object)
{
    const tokex_json_t *node, *element;

    tokex_jsonw_object_begin(w);
    for (node = tokex_json_first(object); node; node = tokex_json_next(node)) {
        const tokex_field_t *field = member_field(desc, tokex_json_name(node));

        if (field && field->secret)
            continue;
        tokex_jsonw_name(w, tokex_json_name(node));
        if (!field || field->kind != TOKEX_FIELD_OBJECTS) {
            tokex_jsonw_node(w, node);
            continue;
        }
        tokex_jsonw_array_begin(w);
        for (element = tokex_json_first(node); element; element = tokex_json_next(element))
            object_text_json(w, field->object, element);
        tokex_jsonw_array_end(w);
    }
    tokex_jsonw_object_end(w);
}

static const char *brief_objects(const tokex_field_t *field, const tokex_json_t *list,
                                 apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 256);
    const tokex_json_t *node;

    tokex_jsonw_array_begin(w);
    for (node = tokex_json_first(list); node; node = tokex_json_next(node))
        object_text_json(w, field->object, node);
    tokex_jsonw_array_end(w);
    return tokex_jsonw_text(w, NULL);
}

static const char *brief_integer(const tokex_field_t *field, const tokex_json_t *node,
                                 apr_pool_t *pool)
{
    int64_t number = 0;

    tokex_json_integer(node, &number);
    if (is_time(field) && number)
        return key_time(number, pool);
    return apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)number);
}

static const char *brief(const tokex_field_t *field, const tokex_json_t *node, apr_pool_t *pool)
{
    tokex_jsonw_t *w;

    if (tokex_json_type(node) == TOKEX_JSON_ARRAY && field->kind == TOKEX_FIELD_TEXTS)
        return tokex_json_count(node) ? join(node, ", ", pool) : "none";
    if (tokex_json_type(node) == TOKEX_JSON_ARRAY && field->kind == TOKEX_FIELD_OBJECTS)
        return tokex_json_count(node) ? brief_objects(field, node, pool) : "none";
    if (tokex_json_type(node) == TOKEX_JSON_NUMBER)
        return brief_integer(field, node, pool);
    if (tokex_json_string(node))
        return tokex_json_string(node);
    w = tokex_jsonw_create(pool, 64);
    tokex_jsonw_node(w, node);
    return tokex_jsonw_text(w, NULL);
}

const char *object_text_brief(const tokex_field_t *field, const tokex_json_t *node,
                              apr_pool_t *pool)
{
    if (!node)
        return "-";
    if (field->secret)
        return "(secret)";
    return way_text(brief(field, node, pool), pool);
}

/* ---- Whole objects */

typedef struct printer_t {
    FILE *out;
    apr_pool_t *pool;
} printer_t;

static void print_object(const printer_t *printer, const tokex_object_desc_t *desc,
                         const tokex_json_t *object, int depth, const char *first);

static bool is_default(const tokex_field_t *field, const tokex_json_t *node, apr_pool_t *pool)
{
    int64_t number = 0;

    if (field->required)
        return false;
    switch (field->kind) {
    case TOKEX_FIELD_BOOL:
        return !node || tokex_json_is_true(node) == (field->default_integer != 0);
    case TOKEX_FIELD_INTEGER:
        return !node || (tokex_json_integer(node, &number) && number == field->default_integer);
    case TOKEX_FIELD_CHOICE:
        return !node || (field->default_text && tokex_json_string(node) &&
                         strcmp(tokex_json_string(node), field->default_text) == 0);
    case TOKEX_FIELD_TEXTS:
        return !node ||
               strcmp(join(node, " ", pool), field->default_text ? field->default_text : "") == 0;
    case TOKEX_FIELD_OBJECTS:
        return tokex_json_count(node) == 0;
    case TOKEX_FIELD_ID:
    case TOKEX_FIELD_TEXT:
    case TOKEX_FIELD_URI:
    case TOKEX_FIELD_PEM:
    case TOKEX_FIELD_SOURCE:
    case TOKEX_FIELD_JSON:
    case TOKEX_FIELD_SCOPE:
    case TOKEX_FIELD_HEX64:
        break;
    }
    return !node;
}

static void print_lines(const printer_t *printer, const char *text, int depth)
{
    char *rest = apr_pstrdup(printer->pool, text), *line;

    fputc('\n', printer->out);
    while ((line = strsep(&rest, "\n")))
        if (*line)
            fprintf(printer->out, "%*s%s\n", depth + 2, "", way_text(line, printer->pool));
}

static void print_value(const printer_t *printer, const tokex_field_t *field,
                        const tokex_json_t *node, int depth)
{
    const tokex_json_t *element;

    if (node && (field->kind == TOKEX_FIELD_PEM || field->kind == TOKEX_FIELD_SOURCE) &&
        tokex_json_string(node)) {
        print_lines(printer, tokex_json_string(node), depth);
        return;
    }
    if (field->kind != TOKEX_FIELD_OBJECTS || tokex_json_count(node) == 0) {
        fprintf(printer->out, " %s%s\n", object_text_brief(field, node, printer->pool),
                is_default(field, node, printer->pool) ? " (default)" : "");
        return;
    }
    fputc('\n', printer->out);
    for (element = tokex_json_first(node); element; element = tokex_json_next(element))
        print_object(printer, field->object, element, depth + 4, "- ");
}

/* `first` stands before the first line, within what the lines are indented by. */
static void print_object(const printer_t *printer, const tokex_object_desc_t *desc,
                         const tokex_json_t *object, int depth, const char *first)
{
    int i;

    for (i = 0; i < desc->field_count; i++) {
        const tokex_field_t *field = &desc->fields[i];
        const tokex_json_t *node = tokex_json_get(object, field->name);

        if (field->secret || field->write_once || (desc->exactly_one && !node))
            continue;
        fprintf(printer->out, "%*s%s%s:", depth - (int)strlen(first), "", first, field->name);
        print_value(printer, field, node, depth);
        first = "";
    }
}

void object_text_print(FILE *out, const tokex_object_desc_t *desc, const tokex_json_t *object,
                       apr_pool_t *pool)
{
    const printer_t printer = {out, pool};

    print_object(&printer, desc, object, 0, "");
}
