#include "config/document.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "base/json.h"
#include "base/limits.h"
#include "config/fields.h"

static void write_choices(tokex_jsonw_t *w, const char *const *choices)
{
    tokex_jsonw_name(w, "enum");
    tokex_jsonw_array_begin(w);
    for (; *choices; choices++)
        tokex_jsonw_string(w, *choices);
    tokex_jsonw_array_end(w);
}

static void write_text_rules(tokex_jsonw_t *w, const char *pattern, int64_t max)
{
    tokex_jsonw_member_string(w, "type", "string");
    tokex_jsonw_member_string(w, "pattern", pattern);
    tokex_jsonw_member_integer(w, "minLength", 1);
    tokex_jsonw_member_integer(w, "maxLength", max);
}

/* The members that describe one text of `kind`. */
static void write_text(tokex_jsonw_t *w, tokex_field_kind_t kind, const char *const *choices)
{
    switch (kind) {
    case TOKEX_FIELD_ID:
        write_text_rules(w, "^[A-Za-z0-9][A-Za-z0-9._:-]*$", TOKEX_LIMIT_ID);
        break;
    case TOKEX_FIELD_URI:
        write_text_rules(w, "^[A-Za-z][A-Za-z0-9+.-]*:[^#\\s]+$", TOKEX_LIMIT_URL);
        tokex_jsonw_member_string(w, "format", "uri");
        break;
    case TOKEX_FIELD_SCOPE:
        write_text_rules(w, "^[!#-\\[\\]-~]+$", TOKEX_LIMIT_SCOPE_TOKEN);
        break;
    case TOKEX_FIELD_HEX64:
        write_text_rules(w, "^[0-9a-f]{64}$", 64);
        break;
    case TOKEX_FIELD_PEM:
        write_text_rules(w, NULL, TOKEX_LIMIT_KEY_DOCUMENT);
        break;
    case TOKEX_FIELD_SOURCE:
        write_text_rules(w, NULL, TOKEX_LIMIT_PROCEDURE);
        break;
    case TOKEX_FIELD_CHOICE:
        write_choices(w, choices);
        break;
    case TOKEX_FIELD_TEXT:
    case TOKEX_FIELD_BOOL:
    case TOKEX_FIELD_INTEGER:
    case TOKEX_FIELD_JSON:
    case TOKEX_FIELD_TEXTS:
    case TOKEX_FIELD_OBJECTS:
        write_text_rules(w, "^[^\\u0000-\\u001f\\u007f-\\u009f]*$", TOKEX_LIMIT_TEXT);
        break;
    }
}

static void write_bounds(tokex_jsonw_t *w, const tokex_field_t *field)
{
    if (field->min)
        tokex_jsonw_member_integer(w, "minItems", field->min);
    if (field->max)
        tokex_jsonw_member_integer(w, "maxItems", field->max);
}

static void write_default_texts(tokex_jsonw_t *w, const char *text, apr_pool_t *pool)
{
    if (!text)
        return;
    tokex_jsonw_name(w, "default");
    tokex_jsonw_array_begin(w);
    while (*text) {
        apr_size_t len = strcspn(text, " ");
        tokex_jsonw_string(w, apr_pstrmemdup(pool, text, len));
        text += len + strspn(text + len, " ");
    }
    tokex_jsonw_array_end(w);
}

static void write_texts(tokex_jsonw_t *w, const tokex_field_t *field, apr_pool_t *pool)
{
    tokex_jsonw_member_string(w, "type", "array");
    tokex_jsonw_name(w, "items");
    tokex_jsonw_object_begin(w);
    write_text(w, field->element, field->choices);
    tokex_jsonw_object_end(w);
    tokex_jsonw_member_bool(w, "uniqueItems", true);
    write_bounds(w, field);
    write_default_texts(w, field->default_text, pool);
}

static void write_objects(tokex_jsonw_t *w, const tokex_field_t *field, apr_pool_t *pool)
{
    tokex_jsonw_member_string(w, "type", "array");
    tokex_jsonw_name(w, "items");
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "$ref", apr_pstrcat(pool, "#/$defs/", field->object->noun, NULL));
    tokex_jsonw_object_end(w);
    write_bounds(w, field);
}

static void write_value(tokex_jsonw_t *w, const tokex_field_t *field, apr_pool_t *pool)
{
    switch (field->kind) {
    case TOKEX_FIELD_BOOL:
        tokex_jsonw_member_string(w, "type", "boolean");
        tokex_jsonw_member_bool(w, "default", field->default_integer != 0);
        break;
    case TOKEX_FIELD_INTEGER:
        tokex_jsonw_member_string(w, "type", "integer");
        tokex_jsonw_member_integer(w, "minimum", field->min);
        tokex_jsonw_member_integer(w, "maximum", field->max);
        tokex_jsonw_member_integer(w, "default", field->default_integer);
        break;
    case TOKEX_FIELD_JSON:
        tokex_jsonw_member_string(w, "type", "object");
        break;
    case TOKEX_FIELD_TEXTS:
        write_texts(w, field, pool);
        break;
    case TOKEX_FIELD_OBJECTS:
        write_objects(w, field, pool);
        break;
    case TOKEX_FIELD_ID:
    case TOKEX_FIELD_TEXT:
    case TOKEX_FIELD_URI:
    case TOKEX_FIELD_CHOICE:
    case TOKEX_FIELD_PEM:
    case TOKEX_FIELD_SOURCE:
    case TOKEX_FIELD_SCOPE:
    case TOKEX_FIELD_HEX64:
        write_text(w, field->kind, field->choices);
        tokex_jsonw_member_string(w, "default", field->default_text);
        break;
    }
}

static void write_properties(tokex_jsonw_t *w, const tokex_object_desc_t *desc, apr_pool_t *pool)
{
    tokex_jsonw_name(w, "properties");
    tokex_jsonw_object_begin(w);
    if (desc == tokex_fields_document()) {
        tokex_jsonw_name(w, "schema");
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "description", "The number of this form of document.");
        tokex_jsonw_member_integer(w, "const", TOKEX_DOCUMENT_SCHEMA);
        tokex_jsonw_object_end(w);
    }
    for (int i = 0; i < desc->field_count; i++) {
        tokex_jsonw_name(w, desc->fields[i].name);
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "description", desc->fields[i].hint);
        write_value(w, &desc->fields[i], pool);
        if (desc->fields[i].write_once)
            tokex_jsonw_member_bool(w, "writeOnly", true);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_object_end(w);
}

static void write_required(tokex_jsonw_t *w, const tokex_object_desc_t *desc)
{
    tokex_jsonw_name(w, "required");
    tokex_jsonw_array_begin(w);
    if (desc == tokex_fields_document())
        tokex_jsonw_string(w, "schema");
    for (int i = 0; i < desc->field_count; i++)
        if (desc->fields[i].required)
            tokex_jsonw_string(w, desc->fields[i].name);
    tokex_jsonw_array_end(w);
}

/* The members that describe an object, without its braces. */
static void write_object(tokex_jsonw_t *w, const tokex_object_desc_t *desc, apr_pool_t *pool)
{
    tokex_jsonw_member_string(w, "description", desc->hint);
    tokex_jsonw_member_string(w, "type", "object");
    write_properties(w, desc, pool);
    write_required(w, desc);
    if (desc->exactly_one) {
        tokex_jsonw_member_integer(w, "minProperties", 1);
        tokex_jsonw_member_integer(w, "maxProperties", 1);
    }
    if (desc == tokex_fields_document()) {
        tokex_jsonw_name(w, "patternProperties");
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_bool(w, "^\\$", true);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_member_bool(w, "additionalProperties", false);
}

static bool is_new(const tokex_object_desc_t *desc, apr_array_header_t *written)
{
    for (int i = 0; i < written->nelts; i++)
        if (APR_ARRAY_IDX(written, i, const tokex_object_desc_t *) == desc)
            return false;
    APR_ARRAY_PUSH(written, const tokex_object_desc_t *) = desc;
    return true;
}

/* Every object below `desc` that is not among `written` yet, depth first; none contains itself. */
static void write_definitions(tokex_jsonw_t *w, const tokex_object_desc_t *desc,
                              apr_array_header_t *written, apr_pool_t *pool)
{
    for (int i = 0; i < desc->field_count; i++) {
        const tokex_object_desc_t *below = desc->fields[i].object;
        if (!below || !is_new(below, written))
            continue;
        write_definitions(w, below, written, pool);
        tokex_jsonw_name(w, below->noun);
        tokex_jsonw_object_begin(w);
        write_object(w, below, pool);
        tokex_jsonw_object_end(w);
    }
}

const char *tokex_document_schema(apr_size_t *len, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 16384);
    const char *text;
    tokex_jsonw_pretty(w);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    tokex_jsonw_member_string(w, "title", "Configuration of mod_tokex");
    write_object(w, tokex_fields_document(), pool);
    tokex_jsonw_name(w, "$defs");
    tokex_jsonw_object_begin(w);
    write_definitions(w, tokex_fields_document(),
                      apr_array_make(pool, 16, sizeof(const tokex_object_desc_t *)), pool);
    tokex_jsonw_object_end(w);
    tokex_jsonw_object_end(w);
    text = apr_pstrcat(pool, tokex_jsonw_text(w, NULL), "\n", NULL);
    if (len)
        *len = strlen(text);
    return text;
}
