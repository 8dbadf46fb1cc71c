#include "config/check.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "config/syntax.h"

/* Lists up to here are compared pair by pair, longer ones by way of a hash. */
#define FEW 16

typedef struct check_t {
    const tokex_object_desc_t *desc;
    const void *object;
    const char *id;
    tokex_faults_t *faults;
    apr_pool_t *scratch;
} check_t;

static tokex_place_t place_of(const check_t *c, const tokex_field_t *field)
{
    return (tokex_place_t){.object = c->desc->noun, .id = c->id, .field = field->name};
}

/* Key material and digests stay out of faults: a private key or a secret may stand there by
 * mistake. */
static bool may_be_shown(const tokex_field_t *field, tokex_field_kind_t kind)
{
    return !field->secret && kind != TOKEX_FIELD_PEM && kind != TOKEX_FIELD_SOURCE &&
           kind != TOKEX_FIELD_JSON;
}

static void check_text(const check_t *c, const tokex_field_t *field, tokex_field_kind_t kind,
                       const char *text)
{
    const char *remedy = NULL;
    const char *problem =
        tokex_syntax_problem(&remedy, kind, text, field->choices, c->faults->pool);
    if (problem) {
        tokex_place_t at = place_of(c, field);
        at.value = may_be_shown(field, kind) ? text : NULL;
        tokex_faults_error(c->faults, &at, remedy, "%s", problem);
    }
}

static void missing(const check_t *c, const tokex_field_t *field)
{
    tokex_place_t at = place_of(c, field);
    tokex_faults_error(c->faults, &at, "Add it.", "the value is missing");
}

static void check_one_text(const check_t *c, const tokex_field_t *field)
{
    const char *text = tokex_fields_text(field, c->object);
    if (text)
        check_text(c, field, field->kind, text);
    else if (field->required || field->default_text)
        missing(c, field);
}

static void check_integer(const check_t *c, const tokex_field_t *field)
{
    int64_t value = tokex_fields_integer(field, c->object);
    if (value < field->min || value > field->max) {
        tokex_place_t at = place_of(c, field);
        at.value = apr_psprintf(c->scratch, "%" APR_INT64_T_FMT, (apr_int64_t)value);
        tokex_faults_error(c->faults, &at, "Write a number within that range.",
                           "the number is outside %" APR_INT64_T_FMT "..%" APR_INT64_T_FMT,
                           (apr_int64_t)field->min, (apr_int64_t)field->max);
    }
}

static void check_number(const check_t *c, const tokex_field_t *field, int count)
{
    tokex_place_t at;
    if (count >= field->min && (!field->max || count <= field->max))
        return;
    at = place_of(c, field);
    if (count < field->min)
        tokex_faults_error(c->faults, &at, "Add an element.",
                           "the list has %d elements and needs at least %" APR_INT64_T_FMT, count,
                           (apr_int64_t)field->min);
    else
        tokex_faults_error(c->faults, &at, "Take some away.",
                           "the list has %d elements and may have at most %" APR_INT64_T_FMT, count,
                           (apr_int64_t)field->max);
}

static bool stood_before(const tokex_texts_t *texts, int n, apr_hash_t *seen)
{
    if (seen) {
        bool before = apr_hash_get(seen, texts->items[n], APR_HASH_KEY_STRING) != NULL;
        apr_hash_set(seen, texts->items[n], APR_HASH_KEY_STRING, "");
        return before;
    }
    for (int i = 0; i < n; i++)
        if (texts->items[i] && strcmp(texts->items[i], texts->items[n]) == 0)
            return true;
    return false;
}

static void check_texts(const check_t *c, const tokex_field_t *field)
{
    const tokex_texts_t *texts = tokex_fields_texts(field, c->object);
    apr_hash_t *seen = texts->count > FEW ? apr_hash_make(c->scratch) : NULL;
    check_number(c, field, texts->count);
    for (int i = 0; i < texts->count; i++) {
        if (!texts->items[i]) {
            missing(c, field);
            continue;
        }
        check_text(c, field, field->element, texts->items[i]);
        if (stood_before(texts, i, seen)) {
            tokex_place_t at = place_of(c, field);
            at.value = texts->items[i];
            tokex_faults_error(c->faults, &at, "Keep one.", "this stands twice in the list");
        }
    }
}

static const char *identity_at(const tokex_field_t *identity, const tokex_field_t *list,
                               const void *objects, int n)
{
    const void *one = (const char *)objects + (size_t)n * list->object->size;
    return identity ? tokex_fields_text(identity, one) : NULL;
}

static void check_ids(const check_t *c, const tokex_field_t *field)
{
    const tokex_field_t *identity = tokex_fields_identity(field->object);
    int count;
    const void *objects = tokex_fields_objects(field, c->object, &count);
    apr_hash_t *seen = count > 1 ? apr_hash_make(c->scratch) : NULL;
    check_number(c, field, count);
    for (int i = 0; identity && seen && i < count; i++) {
        const char *id = identity_at(identity, field, objects, i);
        if (!id)
            continue;
        if (apr_hash_get(seen, id, APR_HASH_KEY_STRING)) {
            tokex_place_t at = {.object = field->object->noun, .field = identity->name};
            at.id = tokex_fields_path(field->object, id, i, c->id, c->scratch);
            tokex_faults_error(c->faults, &at, "Give each one of its own.",
                               "another %s has this %s already", at.object, at.field);
        }
        apr_hash_set(seen, id, APR_HASH_KEY_STRING, "");
    }
}

static void check_exactly_one(const check_t *c)
{
    tokex_place_t at = {.object = c->desc->noun, .id = c->id};
    const char *names = "";
    int given = 0;
    for (int i = 0; i < c->desc->field_count; i++) {
        const tokex_field_t *field = &c->desc->fields[i];
        given += tokex_fields_text(field, c->object) != NULL;
        names = apr_pstrcat(c->scratch, names, *names ? ", " : "", field->name, NULL);
    }
    if (given != 1)
        tokex_faults_error(c->faults, &at,
                           apr_pstrcat(c->scratch, "Write one of: ", names, ".", NULL),
                           "exactly one member is needed, %d are there", given);
}

static void check_field(const check_t *c, const tokex_field_t *field)
{
    switch (field->kind) {
    case TOKEX_FIELD_BOOL:
        break;
    case TOKEX_FIELD_INTEGER:
        check_integer(c, field);
        break;
    case TOKEX_FIELD_TEXTS:
        check_texts(c, field);
        break;
    case TOKEX_FIELD_OBJECTS:
        check_ids(c, field);
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
        check_one_text(c, field);
        break;
    }
}

void tokex_check_object(const tokex_object_desc_t *desc, const void *object, const char *id,
                        uint64_t skip, tokex_faults_t *faults, apr_pool_t *scratch_pool)
{
    check_t c = {desc, object, id, faults, scratch_pool};
    for (int i = 0; i < desc->field_count; i++)
        if (!(skip & (UINT64_C(1) << i)))
            check_field(&c, &desc->fields[i]);
    if (desc->exactly_one && !skip)
        check_exactly_one(&c);
}

/* The depth is that of the description: a document, a client, a rule. */
static void check_tree(const tokex_object_desc_t *desc, const void *object, const char *id,
                       tokex_faults_t *faults, apr_pool_t *scratch)
{
    tokex_check_object(desc, object, id, 0, faults, scratch);
    for (int i = 0; i < desc->field_count; i++) {
        const tokex_field_t *list = &desc->fields[i];
        const tokex_field_t *identity;
        const void *objects;
        int count;
        if (list->kind != TOKEX_FIELD_OBJECTS)
            continue;
        objects = tokex_fields_objects(list, object, &count);
        identity = tokex_fields_identity(list->object);
        for (int n = 0; n < count; n++) {
            const char *own = identity_at(identity, list, objects, n);
            check_tree(list->object, (const char *)objects + (size_t)n * list->object->size,
                       tokex_fields_path(list->object, own, n, id, scratch), faults, scratch);
        }
    }
}

void tokex_check_config(const tokex_config_t *config, tokex_faults_t *faults,
                        apr_pool_t *scratch_pool)
{
    check_tree(tokex_fields_document(), config, NULL, faults, scratch_pool);
}
