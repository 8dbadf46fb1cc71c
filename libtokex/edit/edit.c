#include "edit/edit_private.h"

#include <string.h>

#include <apr_strings.h>

/* ---- The objects that are meant */

static const tokex_err_t *find_list(const tokex_field_t **out, const char *noun, apr_pool_t *pool)
{
    *out = tokex_fields_list(noun);
    return *out ? NULL
                : tokex_err_create(pool, TOKEX_E_NOUN_UNKNOWN, NULL, "%s: no such kind of object",
                                   noun);
}

static bool is_client(const tokex_field_t *list)
{
    return strcmp(list->object->noun, "client") == 0;
}

static const tokex_err_t *make_slots(tokex_edit_slot_t **out, const tokex_edit_run_t *run,
                                     const tokex_edit_t *edits, int count)
{
    tokex_edit_slot_t *slots = apr_pcalloc(run->pool, sizeof *slots * ((apr_size_t)count + 1));
    int i, n;

    for (i = 0; i < count; i++) {
        TOKEX_RETURN_ERR(find_list(&slots[i].list, edits[i].noun, run->pool));
        slots[i].id = edits[i].id;
        for (n = 0; n < i; n++)
            if (slots[n].list == slots[i].list && strcmp(slots[n].id, slots[i].id) == 0) {
                const tokex_place_t at = {.object = slots[i].list->object->noun, .id = slots[i].id};

                tokex_faults_error(run->faults, &at, "Make one change of the two.",
                                   "it stands twice in this change");
            }
    }
    *out = slots;
    return NULL;
}

static tokex_texts_t clients_of(const tokex_edit_slot_t *slots, int count, apr_pool_t *pool)
{
    const char **ids = apr_palloc(pool, sizeof *ids * ((apr_size_t)count + 1));
    int found = 0, i;

    for (i = 0; i < count; i++)
        if (is_client(slots[i].list))
            ids[found++] = slots[i].id;
    return (tokex_texts_t){ids, found};
}

/* ---- Revisions */

static const tokex_err_t *late_edit(const tokex_edit_run_t *run, const tokex_edit_slot_t *slot,
                                    int64_t from, int64_t last)
{
    const char *id = tokex_err_shown(run->pool, slot->id, strlen(slot->id));
    const char *noun = slot->list->object->noun;

    if (!slot->before)
        return tokex_err_create(run->pool, TOKEX_E_CONFLICT, NULL,
                                "%s \"%s\" is not there any more", noun, id);
    return tokex_err_create(run->pool, TOKEX_E_CONFLICT, NULL,
                            "%s \"%s\" is at revision %" APR_INT64_T_FMT
                            ", the change was made from revision %" APR_INT64_T_FMT,
                            noun, id, (apr_int64_t)last, (apr_int64_t)from);
}

static const tokex_err_t *check_revisions(const tokex_edit_run_t *run,
                                          const tokex_edit_slot_t *slots, const tokex_edit_t *edits,
                                          int count, int *late)
{
    int i;

    for (i = 0; i < count; i++) {
        int64_t from = edits[i].revision, last;

        if (from == TOKEX_EDIT_ANY)
            continue;
        TOKEX_RETURN_ERR(tokex_change_store_revision(&last, run->way->db, edits[i].noun,
                                                     edits[i].id, run->pool));
        if (from == last || (!slots[i].before && from == 0))
            continue;
        if (late)
            *late = i;
        return late_edit(run, &slots[i], from, last);
    }
    return NULL;
}

/* ---- From JSON */

static void check_id(const tokex_edit_run_t *run, const tokex_edit_slot_t *slot)
{
    const tokex_field_t *identity = tokex_fields_identity(slot->list->object);
    const char *id = tokex_fields_text(identity, slot->after);
    const tokex_place_t at = {
        .object = slot->list->object->noun, .id = slot->id, .field = identity->name, .value = id};

    if (id && strcmp(id, slot->id) != 0)
        tokex_faults_error(run->faults, &at, "Add a new one, and remove this one.",
                           "what tells an object apart never changes");
}

static const tokex_err_t *read_after(const tokex_edit_run_t *run, tokex_edit_slot_t *slot,
                                     const char *text)
{
    void *object = apr_pcalloc(run->pool, slot->list->object->size);
    const tokex_err_t *err =
        tokex_document_read_object(object, slot->list->object, slot->id, text, strlen(text),
                                   run->faults, run->pool, run->pool);

    if (err && err->code != TOKEX_E_DOCUMENT)
        return err;
    slot->after = object;
    check_id(run, slot);
    return NULL;
}

/* What comes of the objects, at the places of what they say: both lists have the same order. */
static void take_resolved(tokex_edit_slot_t *slots, int count, const tokex_config_t *resolved)
{
    const tokex_object_desc_t *document = tokex_fields_document();
    int i, n, place, all;

    for (i = 0; i < document->field_count; i++) {
        const tokex_field_t *list = &document->fields[i];
        const char *objects = tokex_fields_objects(list, resolved, &all);

        for (n = place = 0; n < count; n++)
            if (slots[n].list == list && slots[n].after)
                slots[n].after = objects + list->object->size * (apr_size_t)place++;
    }
}

static const tokex_err_t *read_all(const tokex_edit_run_t *run, tokex_edit_slot_t *slots,
                                   const tokex_edit_t *edits, int count)
{
    const tokex_config_t *resolved;
    tokex_config_t before, after;
    int i;

    for (i = 0; i < count; i++)
        if (edits[i].object)
            TOKEX_RETURN_ERR(read_after(run, &slots[i], edits[i].object));
    if (run->faults->error_count)
        tokex_faults_settle(run->faults);
    before = tokex_edit_collect(slots, count, TOKEX_EDIT_BEFORE, run->pool);
    after = tokex_edit_collect(slots, count, TOKEX_EDIT_AFTER, run->pool);
    TOKEX_RETURN_ERR(tokex_edit_resolve(&resolved, run, &after, &before));
    take_resolved(slots, count, resolved);
    return NULL;
}

/* ---- The configuration that would be */

static bool is_slot(const tokex_edit_slot_t *slots, int count, const tokex_field_t *list,
                    const void *object)
{
    const char *id = tokex_fields_text(tokex_fields_identity(list->object), object);
    int i;

    for (i = 0; i < count; i++)
        if (slots[i].list == list && strcmp(slots[i].id, id) == 0)
            return true;
    return false;
}

/* A list of `present` with the slots as they become. */
static void merge_list(tokex_config_t *wanted, const tokex_config_t *present,
                       const tokex_field_t *list, const tokex_edit_slot_t *slots, int count,
                       apr_pool_t *pool)
{
    apr_size_t size = list->object->size;
    int present_count, found = 0, i;
    const char *objects = tokex_fields_objects(list, present, &present_count);
    char *merged = apr_palloc(pool, size * (apr_size_t)(present_count + count + 1));

    for (i = 0; i < present_count; i++)
        if (!is_slot(slots, count, list, objects + size * (apr_size_t)i))
            memcpy(merged + size * (apr_size_t)found++, objects + size * (apr_size_t)i, size);
    for (i = 0; i < count; i++)
        if (slots[i].list == list && slots[i].after)
            memcpy(merged + size * (apr_size_t)found++, slots[i].after, size);
    tokex_fields_set_objects(list, wanted, found ? merged : NULL, found);
}

tokex_config_t tokex_edit_merge(const tokex_config_t *present, const tokex_edit_slot_t *slots,
                                int count, apr_pool_t *pool)
{
    const tokex_object_desc_t *document = tokex_fields_document();
    tokex_config_t wanted = *present;
    int i;

    for (i = 0; i < document->field_count; i++)
        merge_list(&wanted, present, &document->fields[i], slots, count, pool);
    return wanted;
}

/* Clients that have the name of one that is changed are judged with it. */
static const tokex_err_t *add_namesakes(const tokex_edit_run_t *run, const tokex_config_t **present,
                                        const tokex_edit_slot_t *slots, int count)
{
    tokex_texts_t clients = clients_of(slots, count, run->pool);
    const char **ids =
        apr_palloc(run->pool, sizeof *ids * ((apr_size_t)clients.count + (apr_size_t)count + 1));
    int known = clients.count, i, n;

    memcpy(ids, clients.items, sizeof *ids * (apr_size_t)known);
    clients = (tokex_texts_t){ids, known};
    for (i = 0; i < count; i++) {
        const tokex_client_t *client = is_client(slots[i].list) ? slots[i].after : NULL;
        const char *other = NULL;

        if (client && client->name && client->id)
            TOKEX_RETURN_ERR(tokex_config_rows_namesake(&other, run->way->db, client, run->pool));
        for (n = 0; other && n < clients.count; n++)
            if (strcmp(ids[n], other) == 0)
                other = NULL;
        if (other)
            ids[clients.count++] = other;
    }
    return clients.count == known
               ? NULL
               : tokex_config_rows_load(present, run->way->db, &clients, run->pool, run->pool);
}

/* ---- The way of a change */

static const tokex_err_t *judge_and_write(int64_t *number, const tokex_edit_run_t *run,
                                          const tokex_config_t *present, tokex_edit_slot_t *slots,
                                          int count)
{
    tokex_config_t wanted;
    int differing;

    TOKEX_RETURN_ERR(add_namesakes(run, &present, slots, count));
    wanted = tokex_edit_merge(present, slots, count, run->pool);
    differing = tokex_edit_differing(slots, count, run->pool);
    if (differing) {
        int errors = run->faults->error_count;

        TOKEX_RETURN_ERR(tokex_edit_refer(run, slots, differing, &wanted));
        /* Else each of those who refer to what goes would be told of again. */
        if (run->faults->error_count == errors)
            TOKEX_RETURN_ERR(tokex_edit_judge(run, &wanted, present));
    }
    return tokex_edit_write(number, run, slots, differing);
}

static const tokex_err_t *apply(int64_t *number, int *late, tokex_edit_run_t *run,
                                const tokex_edit_t *edits, int count)
{
    const tokex_config_t *present;
    tokex_edit_slot_t *slots;
    tokex_texts_t clients;
    int i;

    TOKEX_RETURN_ERR(tokex_edit_begin(run, late));
    TOKEX_RETURN_ERR(make_slots(&slots, run, edits, count));
    clients = clients_of(slots, count, run->pool);
    TOKEX_RETURN_ERR(
        tokex_config_rows_load(&present, run->way->db, &clients, run->pool, run->pool));
    for (i = 0; i < count; i++)
        slots[i].before = tokex_fields_find(slots[i].list, present, slots[i].id);
    TOKEX_RETURN_ERR(check_revisions(run, slots, edits, count, late));
    TOKEX_RETURN_ERR(read_all(run, slots, edits, count));
    return judge_and_write(number, run, present, slots, count);
}

const tokex_err_t *tokex_edit_apply(int64_t *number, int *late, const tokex_edit_way_t *way,
                                    const tokex_edit_t *edits, int count,
                                    const tokex_edit_author_t *author, tokex_faults_t *faults,
                                    apr_pool_t *pool)
{
    tokex_edit_run_t run = {.way = way, .author = author, .faults = faults, .pool = pool};

    if (number)
        *number = 0;
    return tokex_edit_end(&run, apply(number, late, &run, edits, count));
}

/* ---- Reading */

static const tokex_err_t *read_object(const char **object, int64_t *revision, tokex_db_t *db,
                                      const tokex_field_t *list, const char *id, bool secrets,
                                      apr_pool_t *pool)
{
    const tokex_texts_t clients = {&id, is_client(list) ? 1 : 0};
    const tokex_config_t *config;
    const void *found;

    TOKEX_RETURN_ERR(tokex_db_begin(db, false, pool));
    TOKEX_RETURN_ERR(tokex_change_store_revision(revision, db, list->object->noun, id, pool));
    TOKEX_RETURN_ERR(tokex_config_rows_load(&config, db, &clients, pool, pool));
    found = tokex_fields_find(list, config, id);
    *object = found ? tokex_document_write_object(list->object, found, secrets, pool) : NULL;
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_edit_read(const char **object, int64_t *revision, tokex_db_t *db,
                                   const char *noun, const char *id, bool secrets, apr_pool_t *pool)
{
    const tokex_field_t *list;
    const tokex_err_t *err;

    TOKEX_RETURN_ERR(find_list(&list, noun, pool));
    err = read_object(object, revision, db, list, id, secrets, pool);
    if (err)
        tokex_db_rollback(db);
    return err;
}
