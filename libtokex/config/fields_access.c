#include "config/fields.h"

#include <string.h>

#include <apr_strings.h>

static const void *member(const tokex_field_t *field, const void *object)
{
    return (const char *)object + field->offset;
}

const tokex_field_t *tokex_fields_list(const char *noun)
{
    const tokex_object_desc_t *document = tokex_fields_document();
    for (int i = 0; i < document->field_count; i++)
        if (strcmp(document->fields[i].object->noun, noun) == 0)
            return &document->fields[i];
    return NULL;
}

const tokex_field_t *tokex_fields_identity(const tokex_object_desc_t *desc)
{
    for (int i = 0; i < desc->field_count; i++)
        if (desc->fields[i].identity)
            return &desc->fields[i];
    return NULL;
}

const char *tokex_fields_text(const tokex_field_t *field, const void *object)
{
    return *(const char *const *)member(field, object);
}

bool tokex_fields_bool(const tokex_field_t *field, const void *object)
{
    return *(const bool *)member(field, object);
}

int64_t tokex_fields_integer(const tokex_field_t *field, const void *object)
{
    return *(const int64_t *)member(field, object);
}

const tokex_texts_t *tokex_fields_texts(const tokex_field_t *field, const void *object)
{
    return member(field, object);
}

/* Copied, because a pointer to an issuer is not a pointer to void in the eyes of a compiler. */
const void *tokex_fields_objects(const tokex_field_t *field, const void *object, int *count)
{
    const void *objects;
    memcpy(count, (const char *)object + field->count_offset, sizeof(*count));
    memcpy(&objects, member(field, object), sizeof(objects));
    return objects;
}

const void *tokex_fields_find(const tokex_field_t *field, const void *object, const char *id)
{
    const tokex_field_t *identity = tokex_fields_identity(field->object);
    int count;
    const char *objects = tokex_fields_objects(field, object, &count);
    for (int i = 0; i < count; i++) {
        const char *one = objects + (size_t)i * field->object->size;
        const char *own = tokex_fields_text(identity, one);
        if (own && strcmp(own, id) == 0)
            return one;
    }
    return NULL;
}

void tokex_fields_set_objects(const tokex_field_t *field, void *object, const void *objects,
                              int count)
{
    memcpy((char *)object + field->offset, &objects, sizeof(objects));
    memcpy((char *)object + field->count_offset, &count, sizeof(count));
}

const char *tokex_fields_path(const tokex_object_desc_t *desc, const char *identity, int index,
                              const char *parent, apr_pool_t *pool)
{
    const char *own = tokex_fields_identity(desc) && identity && *identity
                          ? identity
                          : apr_psprintf(pool, "#%d", index + 1);
    return parent ? apr_pstrcat(pool, parent, "/", own, NULL) : own;
}

static bool equal_text(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}

static bool equal_texts(const tokex_texts_t *one, const tokex_texts_t *other)
{
    if (one->count != other->count)
        return false;
    for (int i = 0; i < one->count; i++)
        if (strcmp(one->items[i], other->items[i]) != 0)
            return false;
    return true;
}

static bool equal_objects(const tokex_field_t *field, const void *one, const void *other)
{
    int count, others;
    const char *objects = tokex_fields_objects(field, one, &count);
    const char *other_objects = tokex_fields_objects(field, other, &others);
    apr_size_t size = field->object->size;
    if (count != others)
        return false;
    for (int i = 0; i < count; i++)
        if (!tokex_fields_equal(field->object, objects + size * (apr_size_t)i,
                                other_objects + size * (apr_size_t)i))
            return false;
    return true;
}

static bool equal_field(const tokex_field_t *field, const void *one, const void *other)
{
    switch (field->kind) {
    case TOKEX_FIELD_BOOL:
        return tokex_fields_bool(field, one) == tokex_fields_bool(field, other);
    case TOKEX_FIELD_INTEGER:
        return tokex_fields_integer(field, one) == tokex_fields_integer(field, other);
    case TOKEX_FIELD_TEXTS:
        return equal_texts(tokex_fields_texts(field, one), tokex_fields_texts(field, other));
    case TOKEX_FIELD_OBJECTS:
        return equal_objects(field, one, other);
    case TOKEX_FIELD_ID:
    case TOKEX_FIELD_TEXT:
    case TOKEX_FIELD_URI:
    case TOKEX_FIELD_CHOICE:
    case TOKEX_FIELD_PEM:
    case TOKEX_FIELD_SOURCE:
    case TOKEX_FIELD_JSON:
    case TOKEX_FIELD_SCOPE:
    case TOKEX_FIELD_HEX64:
        return equal_text(tokex_fields_text(field, one), tokex_fields_text(field, other));
    }
    return false;
}

bool tokex_fields_equal(const tokex_object_desc_t *desc, const void *one, const void *other)
{
    for (int i = 0; i < desc->field_count; i++)
        if (!desc->fields[i].write_once && !equal_field(&desc->fields[i], one, other))
            return false;
    return true;
}
