#include "config/document.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/limits.h"
#include "config/canonical.h"
#include "config/check.h"
#include "config/nearest.h"

typedef struct reader_t {
    tokex_faults_t *faults;
    apr_pool_t *result;
    apr_pool_t *scratch;
} reader_t;

/* The object that is being read. */
typedef struct reading_t {
    const reader_t *reader;
    const tokex_object_desc_t *desc;
    const tokex_json_t *node;
    void *object;
    const char *id;
    uint64_t given; /* a bit a field: the document has the member */
    uint64_t bad;   /* a bit a field: it has its fault */
} reading_t;

static void read_object(const reader_t *r, const tokex_object_desc_t *desc,
                        const tokex_json_t *node, void *object, const char *id);

static void *member_of(const reading_t *o, const tokex_field_t *field)
{
    return (char *)o->object + field->offset;
}

static tokex_place_t place_of(const reading_t *o, const char *field)
{
    return (tokex_place_t){.object = o->desc->noun, .id = o->id, .field = field};
}

static const char *kind_words(tokex_field_kind_t kind)
{
    switch (kind) {
    case TOKEX_FIELD_BOOL:
        return "true or false";
    case TOKEX_FIELD_INTEGER:
        return "a whole number";
    case TOKEX_FIELD_JSON:
        return "an object";
    case TOKEX_FIELD_TEXTS:
        return "a list of texts";
    case TOKEX_FIELD_OBJECTS:
        return "a list of objects";
    case TOKEX_FIELD_ID:
    case TOKEX_FIELD_TEXT:
    case TOKEX_FIELD_URI:
    case TOKEX_FIELD_CHOICE:
    case TOKEX_FIELD_PEM:
    case TOKEX_FIELD_SOURCE:
    case TOKEX_FIELD_SCOPE:
    case TOKEX_FIELD_HEX64:
        break;
    }
    return "a text";
}

static const char *found_words(const tokex_json_t *node)
{
    int64_t whole;
    switch (tokex_json_type(node)) {
    case TOKEX_JSON_NULL:
        return "null";
    case TOKEX_JSON_BOOL:
        return "true or false";
    case TOKEX_JSON_NUMBER:
        return tokex_json_integer(node, &whole) ? "a number" : "a number that is not whole";
    case TOKEX_JSON_STRING:
        return "a text";
    case TOKEX_JSON_ARRAY:
        return "a list";
    case TOKEX_JSON_OBJECT:
        break;
    }
    return "an object";
}

static void wrong_type(const reading_t *o, const char *field, tokex_field_kind_t kind,
                       const tokex_json_t *node)
{
    tokex_place_t at = place_of(o, field);
    tokex_faults_error(o->reader->faults, &at, "Write the value in that form.",
                       "%s is needed, %s is there", kind_words(kind), found_words(node));
}

static const char *copy(const reading_t *o, const char *text)
{
    return apr_pstrdup(o->reader->result, text);
}

static bool read_texts(const reading_t *o, const tokex_field_t *field, const tokex_json_t *node)
{
    tokex_texts_t *texts = member_of(o, field);
    apr_size_t count = tokex_json_count(node);
    const char **items;
    *texts = (tokex_texts_t){0};
    if (count == 0)
        return true;
    items = apr_palloc(o->reader->result, count * sizeof(*items));
    for (node = tokex_json_first(node); node; node = tokex_json_next(node)) {
        const char *text = tokex_json_string(node);
        if (text)
            items[texts->count++] = copy(o, text);
        else
            wrong_type(o, field->name, field->element, node);
    }
    texts->items = texts->count ? items : NULL;
    /* Otherwise a list of nothing but wrong elements would also be called too short. */
    return texts->count > 0;
}

static const char *name_object(const reading_t *o, const tokex_object_desc_t *desc,
                               const tokex_json_t *node, int index)
{
    const tokex_field_t *identity = tokex_fields_identity(desc);
    const char *own = identity ? tokex_json_string(tokex_json_get(node, identity->name)) : NULL;
    return tokex_fields_path(desc, own, index, o->id, o->reader->scratch);
}

static void read_objects(const reading_t *o, const tokex_field_t *field, const tokex_json_t *node)
{
    const tokex_object_desc_t *desc = field->object;
    apr_size_t count = tokex_json_count(node);
    char *objects = NULL;
    int index = 0;
    if (count)
        objects = apr_pcalloc(o->reader->result, count * desc->size);
    for (node = tokex_json_first(node); node; node = tokex_json_next(node), index++) {
        const char *id = name_object(o, desc, node, index);
        if (tokex_json_type(node) == TOKEX_JSON_OBJECT) {
            read_object(o->reader, desc, node, objects + (apr_size_t)index * desc->size, id);
        } else {
            tokex_place_t at = {.object = desc->noun, .id = id};
            tokex_faults_error(o->reader->faults, &at, "Write the value in that form.",
                               "an object is needed, %s is there", found_words(node));
        }
    }
    tokex_fields_set_objects(field, o->object, objects, index);
}

static bool read_text(const reading_t *o, const tokex_field_t *field, const tokex_json_t *node)
{
    const char *text = tokex_json_string(node);
    if (!text)
        return false;
    *(const char **)member_of(o, field) = copy(o, text);
    return true;
}

/* False when the value is not of the kind that the field has. */
static bool read_value(const reading_t *o, const tokex_field_t *field, const tokex_json_t *node)
{
    tokex_json_type_t type = tokex_json_type(node);
    switch (field->kind) {
    case TOKEX_FIELD_BOOL:
        *(bool *)member_of(o, field) = tokex_json_is_true(node);
        return type == TOKEX_JSON_BOOL;
    case TOKEX_FIELD_INTEGER:
        return tokex_json_integer(node, member_of(o, field));
    case TOKEX_FIELD_JSON:
        if (type != TOKEX_JSON_OBJECT)
            return false;
        *(const char **)member_of(o, field) =
            tokex_canonical_text(node, o->reader->result, o->reader->scratch);
        return true;
    case TOKEX_FIELD_TEXTS:
    case TOKEX_FIELD_OBJECTS:
        return type == TOKEX_JSON_ARRAY;
    case TOKEX_FIELD_ID:
    case TOKEX_FIELD_TEXT:
    case TOKEX_FIELD_URI:
    case TOKEX_FIELD_CHOICE:
    case TOKEX_FIELD_PEM:
    case TOKEX_FIELD_SOURCE:
    case TOKEX_FIELD_SCOPE:
    case TOKEX_FIELD_HEX64:
        break;
    }
    return read_text(o, field, node);
}

static bool read_list(const reading_t *o, const tokex_field_t *field, const tokex_json_t *node)
{
    if (field->kind == TOKEX_FIELD_TEXTS)
        return read_texts(o, field, node);
    if (field->kind == TOKEX_FIELD_OBJECTS)
        read_objects(o, field, node);
    return true;
}

static void unknown_member(const reading_t *o, const tokex_json_t *node, const char *extra)
{
    const char *name = tokex_json_name(node);
    const char *nearest = tokex_nearest_name(o->desc, extra, name);
    apr_pool_t *pool = o->reader->scratch;
    tokex_place_t at = place_of(o, name);
    name = tokex_err_shown(pool, name, strlen(name));
    if (nearest) {
        tokex_faults_error(o->reader->faults, &at,
                           apr_psprintf(pool, "Write `%s`, or leave the member out.", nearest),
                           "unknown member `%s`: did you mean `%s`?", name, nearest);
        return;
    }
    nearest = extra ? extra : "";
    for (int i = 0; i < o->desc->field_count; i++)
        nearest = apr_pstrcat(pool, nearest, *nearest ? ", " : "", o->desc->fields[i].name, NULL);
    tokex_faults_error(o->reader->faults, &at,
                       apr_psprintf(pool, "Leave it out. Known members: %s.", nearest),
                       "unknown member `%s`", name);
}

static void read_number_of_schema(const reading_t *o, const tokex_json_t *node)
{
    tokex_place_t at = place_of(o, "schema");
    int64_t number;
    if (!node)
        tokex_faults_error(o->reader->faults, &at, "Add \"schema\": 1.", "the value is missing");
    else if (!tokex_json_integer(node, &number) || number != TOKEX_DOCUMENT_SCHEMA)
        tokex_faults_error(o->reader->faults, &at,
                           "Write \"schema\": 1, or use the release that wrote the document.",
                           "this release reads documents of schema %d only", TOKEX_DOCUMENT_SCHEMA);
}

static const tokex_field_t *find_field(const tokex_object_desc_t *desc, const char *name,
                                       uint64_t *bit)
{
    for (int i = 0; i < desc->field_count; i++)
        if (strcmp(desc->fields[i].name, name) == 0) {
            *bit = UINT64_C(1) << i;
            return &desc->fields[i];
        }
    return NULL;
}

static void set_default_texts(const reading_t *o, const tokex_field_t *field)
{
    tokex_texts_t *texts = member_of(o, field);
    const char *text = field->default_text;
    const char **items;
    if (!text)
        return;
    items = apr_palloc(o->reader->result, (strlen(text) / 2 + 1) * sizeof(*items));
    while (*text) {
        apr_size_t len = strcspn(text, " ");
        items[texts->count++] = apr_pstrmemdup(o->reader->result, text, len);
        text += len + strspn(text + len, " ");
    }
    texts->items = items;
}

/* What stands there when nothing does; of a value that is needed nothing. */
static void set_default(const reading_t *o, const tokex_field_t *field)
{
    if (field->kind == TOKEX_FIELD_BOOL) {
        *(bool *)member_of(o, field) = field->default_integer != 0;
    } else if (field->kind == TOKEX_FIELD_INTEGER) {
        *(int64_t *)member_of(o, field) = field->default_integer;
    } else if (field->kind == TOKEX_FIELD_CHOICE) {
        *(const char **)member_of(o, field) = field->default_text;
    } else if (field->kind == TOKEX_FIELD_TEXTS) {
        set_default_texts(o, field);
    }
}

static void set_absent(reading_t *o, const tokex_field_t *field, uint64_t bit)
{
    if (field->required) {
        tokex_place_t at = place_of(o, field->name);
        tokex_faults_error(o->reader->faults, &at, "Add it.", "the value is missing");
        o->bad |= bit;
    }
    set_default(o, field);
}

static void read_member(reading_t *o, const tokex_json_t *node)
{
    bool root = o->desc == tokex_fields_document();
    const char *name = tokex_json_name(node);
    uint64_t bit = 0;
    const tokex_field_t *field = find_field(o->desc, name, &bit);
    if (!field) {
        /* Editors write "$schema" to know where the schema is. */
        if (!root || (name[0] != '$' && strcmp(name, "schema") != 0))
            unknown_member(o, node, root ? "schema" : NULL);
        return;
    }
    o->given |= bit;
    if (!read_value(o, field, node)) {
        wrong_type(o, field->name, field->kind, node);
        set_default(o, field);
        o->bad |= bit;
    } else if (!read_list(o, field, node)) {
        o->bad |= bit;
    }
}

/* `object` is zeroed. */
static void read_object(const reader_t *r, const tokex_object_desc_t *desc,
                        const tokex_json_t *node, void *object, const char *id)
{
    reading_t o = {.reader = r, .desc = desc, .node = node, .object = object, .id = id};
    if (desc == tokex_fields_document())
        read_number_of_schema(&o, tokex_json_get(node, "schema"));
    for (node = tokex_json_first(node); node; node = tokex_json_next(node))
        read_member(&o, node);
    for (int i = 0; i < desc->field_count; i++)
        if (!(o.given & (UINT64_C(1) << i)))
            set_absent(&o, &desc->fields[i], UINT64_C(1) << i);
    tokex_check_object(desc, object, id, o.bad, r->faults, r->scratch);
}

static const tokex_err_t *too_large(apr_size_t len, tokex_faults_t *faults, apr_pool_t *pool)
{
    tokex_place_t at = {.object = tokex_fields_document()->noun};
    tokex_faults_error(faults, &at, "Split the service, or take out what is not used.",
                       "the document has %" APR_SIZE_T_FMT " octets and may have at most %d", len,
                       TOKEX_LIMIT_DOCUMENT);
    return tokex_err_create(pool, TOKEX_E_DOCUMENT, NULL, "the document is too large");
}

static bool is_list(const tokex_json_t *root, const char *name)
{
    const tokex_json_t *node = tokex_json_get(root, name);
    return node && tokex_json_type(node) == TOKEX_JSON_ARRAY;
}

const tokex_err_t *tokex_document_read(const tokex_config_t **out, tokex_document_given_t *given,
                                       const char *text, apr_size_t len, tokex_faults_t *faults,
                                       apr_pool_t *result_pool, apr_pool_t *scratch_pool)
{
    reader_t reader = {faults, result_pool, scratch_pool};
    tokex_config_t *config;
    const tokex_json_t *root;
    if (len > TOKEX_LIMIT_DOCUMENT)
        return too_large(len, faults, result_pool);
    TOKEX_RETURN_ERR(tokex_json_parse_object(&root, text, len, scratch_pool));
    config = apr_pcalloc(result_pool, sizeof(*config));
    read_object(&reader, tokex_fields_document(), root, config, NULL);
    if (given) {
        given->signing = is_list(root, "signing");
        given->signing_keys = is_list(root, "signing_keys");
    }
    *out = config;
    if (!faults->error_count)
        return NULL;
    tokex_faults_settle(faults);
    return tokex_err_create(result_pool, TOKEX_E_DOCUMENT, NULL, "the document has %d faults",
                            faults->error_count);
}

const tokex_err_t *tokex_document_read_object(void *object, const tokex_object_desc_t *desc,
                                              const char *id, const char *text, apr_size_t len,
                                              tokex_faults_t *faults, apr_pool_t *result_pool,
                                              apr_pool_t *scratch_pool)
{
    reader_t reader = {faults, result_pool, scratch_pool};
    const tokex_json_t *root;
    int errors = faults->error_count;
    TOKEX_RETURN_ERR(tokex_json_parse_object(&root, text, len, scratch_pool));
    read_object(&reader, desc, root, object, id);
    return faults->error_count == errors
               ? NULL
               : tokex_err_create(result_pool, TOKEX_E_DOCUMENT, NULL, "%s \"%s\" has %d faults",
                                  desc->noun, id, faults->error_count - errors);
}
