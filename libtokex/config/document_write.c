#include "config/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "config/canonical.h"
#include "config/fields.h"

typedef struct writer_t {
    tokex_jsonw_t *json;
    bool secrets;
    apr_pool_t *pool;
} writer_t;

typedef struct entry_t {
    const char *id;
    const void *object;
} entry_t;

static void write_object(const writer_t *w, const tokex_object_desc_t *desc, const void *object);

static int by_id(const void *a, const void *b)
{
    const entry_t *left = a, *right = b;
    return strcmp(left->id ? left->id : "", right->id ? right->id : "");
}

static void write_objects(const writer_t *w, const tokex_field_t *field, const void *object)
{
    const tokex_field_t *identity = tokex_fields_identity(field->object);
    int count;
    const char *objects = tokex_fields_objects(field, object, &count);
    entry_t *entries;
    tokex_jsonw_array_begin(w->json);
    if (count > 0) {
        entries = apr_pcalloc(w->pool, (apr_size_t)count * sizeof(*entries));
        for (int i = 0; i < count; i++) {
            entries[i].object = objects + (apr_size_t)i * field->object->size;
            if (identity)
                entries[i].id = tokex_fields_text(identity, entries[i].object);
        }
        if (!field->ordered)
            qsort(entries, (apr_size_t)count, sizeof(*entries), by_id);
        for (int i = 0; i < count; i++)
            write_object(w, field->object, entries[i].object);
    }
    tokex_jsonw_array_end(w->json);
}

static void write_texts(const writer_t *w, const tokex_texts_t *texts)
{
    tokex_jsonw_array_begin(w->json);
    for (int i = 0; i < texts->count; i++)
        tokex_jsonw_string(w->json, texts->items[i]);
    tokex_jsonw_array_end(w->json);
}

/* A text that is no JSON can only come from a database that somebody edited; as a string it is
 * seen, and refused when it comes back. */
static void write_json(const writer_t *w, const char *text)
{
    const tokex_json_t *node;
    if (tokex_json_parse_object(&node, text, strlen(text), w->pool))
        tokex_jsonw_string(w->json, text);
    else
        tokex_canonical_write(w->json, node, w->pool);
}

static void write_one_text(const writer_t *w, const tokex_field_t *field, const void *object)
{
    const char *text = tokex_fields_text(field, object);
    if (!text)
        return;
    tokex_jsonw_name(w->json, field->name);
    if (field->kind == TOKEX_FIELD_JSON)
        write_json(w, text);
    else
        tokex_jsonw_string(w->json, text);
}

static void write_field(const writer_t *w, const tokex_field_t *field, const void *object)
{
    switch (field->kind) {
    case TOKEX_FIELD_BOOL:
        tokex_jsonw_member_bool(w->json, field->name, tokex_fields_bool(field, object));
        break;
    case TOKEX_FIELD_INTEGER:
        tokex_jsonw_member_integer(w->json, field->name, tokex_fields_integer(field, object));
        break;
    case TOKEX_FIELD_TEXTS:
        tokex_jsonw_name(w->json, field->name);
        write_texts(w, tokex_fields_texts(field, object));
        break;
    case TOKEX_FIELD_OBJECTS:
        tokex_jsonw_name(w->json, field->name);
        write_objects(w, field, object);
        break;
    case TOKEX_FIELD_ID:
    case TOKEX_FIELD_TEXT:
    case TOKEX_FIELD_URI:
    case TOKEX_FIELD_CHOICE:
    case TOKEX_FIELD_PEM:
    case TOKEX_FIELD_SOURCE:
    case TOKEX_FIELD_JSON:
    case TOKEX_FIELD_SCOPE:
    case TOKEX_FIELD_HEX64:
        write_one_text(w, field, object);
        break;
    }
}

static void write_object(const writer_t *w, const tokex_object_desc_t *desc, const void *object)
{
    tokex_jsonw_object_begin(w->json);
    if (desc == tokex_fields_document())
        tokex_jsonw_member_integer(w->json, "schema", TOKEX_DOCUMENT_SCHEMA);
    for (int i = 0; i < desc->field_count; i++) {
        const tokex_field_t *field = &desc->fields[i];
        if (!field->write_once && (!field->secret || w->secrets))
            write_field(w, field, object);
    }
    tokex_jsonw_object_end(w->json);
}

const char *tokex_document_write_object(const tokex_object_desc_t *desc, const void *object,
                                        bool secrets, apr_pool_t *pool)
{
    writer_t w = {tokex_jsonw_create(pool, 512), secrets, pool};
    write_object(&w, desc, object);
    return tokex_jsonw_text(w.json, NULL);
}

const char *tokex_document_write(const tokex_config_t *config, bool secrets, apr_size_t *len,
                                 apr_pool_t *pool)
{
    writer_t w = {tokex_jsonw_create(pool, 4096), secrets, pool};
    tokex_jsonw_pretty(w.json);
    write_object(&w, tokex_fields_document(), config);
    tokex_jsonw_end_line(w.json);
    return tokex_jsonw_text(w.json, len);
}
