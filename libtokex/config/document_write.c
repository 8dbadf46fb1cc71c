#include "config/document.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "config/canonical.h"
#include "config/fields.h"

typedef struct writer_t {
    tokex_jsonw_t *json;
    bool secrets;
    apr_pool_t *pool;
    const void *top;                  /* the document; NULL: it is an object alone */
    tokex_document_choice_t *choices; /* NULL: everything is wanted */
    int choice_count;
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

/* ---- What is wanted of the document */

static bool is_chosen(const writer_t *w, const tokex_object_desc_t *desc, const char *id)
{
    bool chosen = false;
    int i;

    if (!w->choices)
        return true;
    for (i = 0; i < w->choice_count; i++) {
        tokex_document_choice_t *choice = &w->choices[i];

        if (strcmp(choice->noun, desc->noun) != 0 ||
            (choice->id && (!id || strcmp(choice->id, id) != 0)))
            continue;
        choice->found++;
        chosen = true;
    }
    return chosen;
}

static bool is_noun_chosen(const writer_t *w, const tokex_field_t *field)
{
    int i;

    for (i = 0; i < w->choice_count; i++)
        if (strcmp(w->choices[i].noun, field->object->noun) == 0)
            return true;
    return !w->choices;
}

/* ---- Objects */

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
            if (object != w->top || is_chosen(w, field->object, entries[i].id))
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
        if (!field->write_once && (!field->secret || w->secrets) &&
            (object != w->top || is_noun_chosen(w, field)))
            write_field(w, field, object);
    }
    tokex_jsonw_object_end(w->json);
}

const char *tokex_document_write_object(const tokex_object_desc_t *desc, const void *object,
                                        bool secrets, apr_pool_t *pool)
{
    writer_t w = {.json = tokex_jsonw_create(pool, 512), .secrets = secrets, .pool = pool};
    write_object(&w, desc, object);
    return tokex_jsonw_text(w.json, NULL);
}

static const char *write_document(writer_t *w, const tokex_config_t *config, apr_size_t *len)
{
    tokex_jsonw_pretty(w->json);
    w->top = config;
    write_object(w, tokex_fields_document(), config);
    tokex_jsonw_end_line(w->json);
    return tokex_jsonw_text(w->json, len);
}

const char *tokex_document_write(const tokex_config_t *config, bool secrets, apr_size_t *len,
                                 apr_pool_t *pool)
{
    writer_t w = {.json = tokex_jsonw_create(pool, 4096), .secrets = secrets, .pool = pool};
    return write_document(&w, config, len);
}

/* ---- Some objects of it */

bool tokex_document_choice_read(tokex_document_choice_t *choice, const char *text, apr_pool_t *pool)
{
    const tokex_object_desc_t *desc = tokex_fields_document();
    size_t len = strcspn(text, "/");
    int i;

    *choice = (tokex_document_choice_t){apr_pstrmemdup(pool, text, len),
                                        text[len] ? apr_pstrdup(pool, text + len + 1) : NULL, 0};
    for (i = 0; i < desc->field_count; i++)
        if (desc->fields[i].object && strcmp(desc->fields[i].object->noun, choice->noun) == 0)
            return true;
    return false;
}

const char *tokex_document_nouns(apr_pool_t *pool)
{
    const tokex_object_desc_t *desc = tokex_fields_document();
    const char *names = "";
    int i;

    for (i = 0; i < desc->field_count; i++)
        if (desc->fields[i].object)
            names =
                apr_pstrcat(pool, names, *names ? ", " : "", desc->fields[i].object->noun, NULL);
    return names;
}

const char *tokex_document_write_some(const tokex_config_t *config, bool secrets,
                                      tokex_document_choice_t *choices, int count, apr_pool_t *pool)
{
    writer_t w = {.json = tokex_jsonw_create(pool, 4096),
                  .secrets = secrets,
                  .pool = pool,
                  .choices = choices,
                  .choice_count = count};
    return write_document(&w, config, NULL);
}
