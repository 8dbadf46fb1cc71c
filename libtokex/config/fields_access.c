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
