#include "edit/edit_private.h"

#include <string.h>

#include <apr_hash.h>

/* ---- What differs between two configurations */

typedef struct compare_t {
    const tokex_edit_run_t *run;
    tokex_edit_slot_t *slots;
    int count;
} compare_t;

static const char *id_of(const tokex_field_t *list, const void *object)
{
    return tokex_fields_text(tokex_fields_identity(list->object), object);
}

static apr_hash_t *index_list(const tokex_field_t *list, const tokex_config_t *config,
                              apr_pool_t *pool)
{
    apr_hash_t *index = apr_hash_make(pool);
    int count, i;
    const char *objects = tokex_fields_objects(list, config, &count);

    for (i = 0; i < count; i++) {
        const char *object = objects + list->object->size * (apr_size_t)i;

        if (id_of(list, object))
            apr_hash_set(index, id_of(list, object), APR_HASH_KEY_STRING, object);
    }
    return index;
}

/* A slot for each object of `from` whose counterpart in `to` is of the kind that is asked for. */
static void add_slots(compare_t *compare, const tokex_field_t *list, const tokex_config_t *from,
                      const tokex_config_t *to, bool going)
{
    apr_hash_t *index = index_list(list, to, compare->run->pool);
    int count, i;
    const char *objects = tokex_fields_objects(list, from, &count);

    for (i = 0; i < count; i++) {
        const char *object = objects + list->object->size * (apr_size_t)i;
        const char *id = id_of(list, object);
        const void *other = id ? apr_hash_get(index, id, APR_HASH_KEY_STRING) : NULL;

        if (!id || (going && other))
            continue;
        compare->slots[compare->count++] = (tokex_edit_slot_t){.list = list,
                                                               .id = id,
                                                               .before = going ? object : other,
                                                               .after = going ? NULL : object};
    }
}

static int count_all(const tokex_config_t *config)
{
    const tokex_object_desc_t *document = tokex_fields_document();
    int all = 0, count, i;

    for (i = 0; i < document->field_count; i++) {
        tokex_fields_objects(&document->fields[i], config, &count);
        all += count;
    }
    return all;
}

static compare_t compare_all(const tokex_edit_run_t *run, const tokex_config_t *present,
                             const tokex_config_t *wanted)
{
    const tokex_object_desc_t *document = tokex_fields_document();
    compare_t compare = {.run = run};
    int i;

    compare.slots =
        apr_pcalloc(run->pool, sizeof *compare.slots *
                                   (apr_size_t)(count_all(present) + count_all(wanted) + 1));
    for (i = 0; i < document->field_count; i++) {
        add_slots(&compare, &document->fields[i], present, wanted, true);
        add_slots(&compare, &document->fields[i], wanted, present, false);
    }
    compare.count = tokex_edit_differing(compare.slots, compare.count, run->pool);
    return compare;
}

/* ---- A document */

/* What goes for good is said: the tokens that it signed stop verifying. */
static void warn_of_lost_keys(const tokex_edit_run_t *run, const tokex_config_t *present,
                              const tokex_config_t *wanted)
{
    const tokex_field_t *list = tokex_fields_list("signing_key");
    int i;

    for (i = 0; i < present->signing_key_count; i++) {
        const char *kid = present->signing_keys[i].kid;
        const tokex_place_t at = {.object = "signing_key", .id = kid};

        if (!tokex_fields_find(list, wanted, kid))
            tokex_faults_warning(run->faults, &at,
                                 "Export again if that is not meant; without the member "
                                 "signing_keys all keys stay.",
                                 "is not in the document and goes, with its private key");
    }
}

static const tokex_err_t *read_wanted(const tokex_config_t **out, const tokex_edit_run_t *run,
                                      const tokex_config_t *present, const char *text,
                                      apr_size_t len)
{
    tokex_document_given_t given = {false, false};
    const tokex_config_t *asked;
    tokex_config_t whole;
    const tokex_err_t *err =
        tokex_document_read(&asked, &given, text, len, run->faults, run->pool, run->pool);

    /* What is wrong with its form must not hide what is wrong with its meaning; one that is too
     * large was not read at all. */
    if (err && (err->code != TOKEX_E_DOCUMENT || !run->faults->settled))
        return err;
    whole = *asked;
    if (!given.signing) {
        whole.signing = present->signing;
        whole.signing_count = present->signing_count;
    }
    if (!given.signing_keys) {
        whole.signing_keys = present->signing_keys;
        whole.signing_key_count = present->signing_key_count;
    }
    TOKEX_RETURN_ERR(tokex_edit_resolve(out, run, &whole, present));
    warn_of_lost_keys(run, present, *out);
    return NULL;
}

static const tokex_err_t *replace(int64_t *number, const tokex_config_t **config,
                                  tokex_edit_run_t *run, const char *text, apr_size_t len)
{
    const tokex_config_t *present;
    compare_t compare;

    TOKEX_RETURN_ERR(tokex_edit_begin(run, NULL));
    TOKEX_RETURN_ERR(tokex_config_rows_load(&present, run->way->db, NULL, run->pool, run->pool));
    TOKEX_RETURN_ERR(read_wanted(config, run, present, text, len));
    TOKEX_RETURN_ERR(tokex_edit_judge(run, *config, NULL));
    if (run->faults->error_count)
        return tokex_edit_write(number, run, NULL, 0);
    compare = compare_all(run, present, *config);
    return tokex_edit_write(number, run, compare.slots, compare.count);
}

const tokex_err_t *tokex_edit_document(int64_t *number, const tokex_config_t **config,
                                       const tokex_edit_way_t *way, const char *text,
                                       apr_size_t len, const tokex_edit_author_t *author,
                                       tokex_faults_t *faults, apr_pool_t *pool)
{
    tokex_edit_run_t run = {.way = way, .author = author, .faults = faults, .pool = pool};

    if (number)
        *number = 0;
    return tokex_edit_end(&run, replace(number, config, &run, text, len));
}
