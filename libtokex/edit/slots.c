#include "edit/edit_private.h"

#include <string.h>

#include <apr_strings.h>

static const void *choose(const tokex_edit_slot_t *slot, tokex_edit_which_t which)
{
    switch (which) {
    case TOKEX_EDIT_BEFORE:
        return slot->before;
    case TOKEX_EDIT_AFTER:
        return slot->after;
    case TOKEX_EDIT_GONE:
        return slot->after ? NULL : slot->before;
    case TOKEX_EDIT_CHANGED:
        return slot->before ? slot->after : NULL;
    case TOKEX_EDIT_FRESH:
        return slot->before ? NULL : slot->after;
    }
    return NULL;
}

static void collect_list(tokex_config_t *config, const tokex_field_t *list,
                         const tokex_edit_slot_t *slots, int count, tokex_edit_which_t which,
                         apr_pool_t *pool)
{
    apr_size_t size = list->object->size;
    char *objects;
    int found = 0, i;

    for (i = 0; i < count; i++)
        found += slots[i].list == list && choose(&slots[i], which) != NULL;
    if (!found)
        return;
    objects = apr_palloc(pool, size * (apr_size_t)found);
    for (i = found = 0; i < count; i++) {
        const void *object = slots[i].list == list ? choose(&slots[i], which) : NULL;

        if (object)
            memcpy(objects + size * (apr_size_t)found++, object, size);
    }
    tokex_fields_set_objects(list, config, objects, found);
}

tokex_config_t tokex_edit_collect(const tokex_edit_slot_t *slots, int count,
                                  tokex_edit_which_t which, apr_pool_t *pool)
{
    const tokex_object_desc_t *document = tokex_fields_document();
    tokex_config_t config = {0};
    int i;

    for (i = 0; i < document->field_count; i++)
        collect_list(&config, &document->fields[i], slots, count, which, pool);
    return config;
}

static const char *write_object(const tokex_field_t *list, const void *object, apr_pool_t *pool,
                                apr_pool_t *scratch)
{
    return object
               ? apr_pstrdup(pool, tokex_document_write_object(list->object, object, true, scratch))
               : NULL;
}

static bool differs(const tokex_edit_slot_t *slot)
{
    return slot->was && slot->became ? strcmp(slot->was, slot->became) != 0
                                     : slot->was != slot->became;
}

int tokex_edit_differing(tokex_edit_slot_t *slots, int count, apr_pool_t *pool)
{
    apr_pool_t *scratch;
    int found = 0, i;

    apr_pool_create(&scratch, pool);
    for (i = 0; i < count; i++) {
        tokex_edit_slot_t slot = slots[i];

        if (slot.before && slot.after &&
            tokex_fields_equal(slot.list->object, slot.before, slot.after))
            continue;
        slot.was = write_object(slot.list, slot.before, pool, scratch);
        slot.became = write_object(slot.list, slot.after, pool, scratch);
        apr_pool_clear(scratch);
        if (differs(&slot))
            slots[found++] = slot;
    }
    apr_pool_destroy(scratch);
    return found;
}
