#include "config/fields.h"

#include <string.h>

#include <apr_strings.h>

static const void *member(const tokex_field_t *field, const void *object)
{
    return (const char *)object + field->offset;
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

const char *tokex_fields_path(const tokex_object_desc_t *desc, const char *identity, int index,
                              const char *parent, apr_pool_t *pool)
{
    const char *own = tokex_fields_identity(desc) && identity && *identity
                          ? identity
                          : apr_psprintf(pool, "#%d", index + 1);
    return parent ? apr_pstrcat(pool, parent, "/", own, NULL) : own;
}
