#include "edit/edit_private.h"

#include <string.h>

static bool is_drafted(const tokex_field_t *list)
{
    return strcmp(list->object->noun, "signing_key") != 0;
}

static tokex_edit_slot_t *make_slots(int *slot_count, const tokex_config_t *draft, apr_pool_t *pool)
{
    const tokex_object_desc_t *document = tokex_fields_document();
    int all = 0, count, i, n;
    tokex_edit_slot_t *slots;

    for (i = 0; i < document->field_count; i++) {
        tokex_fields_objects(&document->fields[i], draft, &count);
        all += count;
    }
    slots = apr_pcalloc(pool, sizeof *slots * ((apr_size_t)all + 1));
    for (i = all = 0; i < document->field_count; i++) {
        const tokex_field_t *list = &document->fields[i];
        const tokex_field_t *identity = tokex_fields_identity(list->object);
        const char *objects = tokex_fields_objects(list, draft, &count);

        for (n = 0; is_drafted(list) && n < count; n++) {
            const void *object = objects + list->object->size * (apr_size_t)n;

            slots[all++] = (tokex_edit_slot_t){
                .list = list, .id = tokex_fields_text(identity, object), .after = object};
        }
    }
    *slot_count = all;
    return slots;
}

const tokex_err_t *tokex_edit_draft(const tokex_config_t **out, const tokex_config_t *present,
                                    const char *text, apr_size_t len, int64_t now,
                                    tokex_faults_t *faults, apr_pool_t *pool)
{
    const tokex_edit_author_t author = {.who = "draft", .now = now};
    const tokex_edit_way_t way = {.dry_run = true,
                                  .made = apr_array_make(pool, 1, sizeof(tokex_edit_secret_t))};
    tokex_edit_run_t run = {.way = &way, .author = &author, .faults = faults, .pool = pool};
    tokex_edit_slot_t *slots;
    const tokex_config_t *draft;
    tokex_config_t merged;
    int count;

    TOKEX_RETURN_ERR(tokex_crypt_create(&run.crypt, pool));
    TOKEX_RETURN_ERR(tokex_document_read(&draft, NULL, text, len, faults, pool, pool));
    slots = make_slots(&count, draft, pool);
    merged = tokex_edit_merge(present, slots, count, pool);
    TOKEX_RETURN_ERR(tokex_edit_resolve(out, &run, &merged, present));
    return faults->error_count ? tokex_err_create(pool, TOKEX_E_DOCUMENT, NULL, "the draft") : NULL;
}
