#include "edit/key_ring_private.h"

#include <string.h>

#include <apr_hash.h>

#include "config/document.h"
#include "store/config_rows.h"
#include "store/config_store.h"

/* ---- Reading */

static void read_state(tokex_key_ring_t *ring, tokex_db_mode_t mode)
{
    const tokex_installation_t *site = &ring->site;

    ring->state_err =
        tokex_db_open(&ring->state, site->state_path, TOKEX_DB_STATE, mode, false, site->pool);
    if (!ring->state_err)
        ring->state_err =
            tokex_signing_store_load(&ring->rows, ring->state, site->pool, site->pool);
    if (ring->state_err)
        ring->state = NULL;
}

static const tokex_err_t *read_config(tokex_key_ring_t *ring, tokex_db_mode_t mode)
{
    const tokex_installation_t *site = &ring->site;
    const tokex_texts_t no_clients = {NULL, 0};

    TOKEX_RETURN_ERR(
        tokex_db_open(&ring->db, site->config_path, TOKEX_DB_CONFIG, mode, false, site->pool));
    if (mode != TOKEX_DB_READ)
        return tokex_config_store_load(&ring->config, &ring->generation, ring->db, site->pool,
                                       site->pool);
    TOKEX_RETURN_ERR(tokex_db_begin(ring->db, false, site->pool));
    TOKEX_RETURN_ERR(
        tokex_config_rows_load(&ring->config, ring->db, &no_clients, site->pool, site->pool));
    return tokex_db_commit(ring->db, site->pool);
}

const tokex_err_t *tokex_key_ring_open(tokex_key_ring_t *out, const tokex_installation_t *site,
                                       tokex_db_mode_t mode)
{
    tokex_key_ring_t *ring = out;

    *ring = (tokex_key_ring_t){.site = *site,
                               .left_out = tokex_config_faults_create(site->pool),
                               .faults = tokex_config_faults_create(site->pool)};
    TOKEX_RETURN_ERR(read_config(ring, mode));
    read_state(ring, mode);
    ring->sealer.crypt = site->crypt;
    ring->master_err =
        tokex_seal_read_master_key(&ring->sealer.master, site->master_path, site->pool);
    ring->joined = ring->config;
    if (ring->state && !ring->master_err)
        TOKEX_RETURN_ERR(tokex_signing_keys_join(&ring->joined, ring->config, &ring->rows,
                                                 &ring->sealer, ring->left_out, site->pool));
    ring->lives = tokex_key_life(ring->joined, site->now, site->pool);
    return NULL;
}

int tokex_key_ring_find(const tokex_key_ring_t *ring, const char *kid)
{
    int i;

    for (i = 0; i < ring->joined->signing_key_count; i++)
        if (strcmp(ring->joined->signing_keys[i].kid, kid) == 0)
            return i;
    return -1;
}

bool tokex_key_ring_is_own(const tokex_key_ring_t *ring, int place)
{
    return place < ring->config->signing_key_count;
}

int64_t tokex_key_ring_stopped(const tokex_key_ring_t *ring, int place)
{
    return ring->lives[place].published_until - tokex_key_life_span(ring->joined);
}

const char *tokex_key_ring_needs(const tokex_key_ring_t *ring, const char *algorithm)
{
    const tokex_config_t *config = ring->config;
    const char *preferred = tokex_key_life_preferred(ring->joined, ring->site.now, ring->site.pool);
    int i;

    for (i = 0; i < config->target_count; i++) {
        const tokex_target_t *target = &config->targets[i];
        const char *wanted = target->algorithm ? target->algorithm : preferred;

        if (target->enabled && wanted && strcmp(wanted, algorithm) == 0)
            return target->id;
    }
    return NULL;
}

bool tokex_key_ring_signs(const tokex_key_ring_t *ring)
{
    int i;

    for (i = 0; i < ring->joined->signing_key_count; i++)
        if (ring->lives[i].state == TOKEX_KEY_ACTIVE)
            return true;
    return false;
}

tokex_signing_key_t *tokex_key_ring_own_keys(const tokex_key_ring_t *ring)
{
    apr_size_t count = (apr_size_t)ring->config->signing_key_count;
    tokex_signing_key_t *keys = apr_pcalloc(ring->site.pool, sizeof *keys * (count + 1));

    if (count)
        memcpy(keys, ring->config->signing_keys, sizeof *keys * count);
    return keys;
}

/* ---- Saving */

static tokex_faults_t *compile(const tokex_key_ring_t *ring, const tokex_config_t *config)
{
    tokex_faults_t *faults = tokex_config_faults_create(ring->site.pool);
    const tokex_err_t *err = tokex_installation_compile(&ring->site, config, faults);

    if (err && err->code != TOKEX_E_DOCUMENT) {
        const tokex_place_t at = {.object = "document"};

        tokex_faults_error(faults, &at, NULL, "%s", tokex_err_text(err, ring->site.pool));
    }
    return faults;
}

bool tokex_key_ring_judge(tokex_key_ring_t *ring, const tokex_config_t *judged)
{
    apr_pool_t *pool = ring->site.pool;
    const tokex_faults_t *before = compile(ring, ring->joined), *after = compile(ring, judged);
    apr_hash_t *known = apr_hash_make(pool);
    int i;

    ring->after = *judged;
    for (i = 0; i < before->count; i++)
        apr_hash_set(known, tokex_config_fault_text(&before->items[i], pool), APR_HASH_KEY_STRING,
                     "");
    for (i = 0; i < after->count; i++)
        if (!apr_hash_get(known, tokex_config_fault_text(&after->items[i], pool),
                          APR_HASH_KEY_STRING))
            tokex_config_fault_add(ring->faults, &after->items[i]);
    return !ring->faults->error_count;
}

/* An edit of each object of the list that is not in `changed` as it is in `present`. */
static void add_edits(apr_array_header_t *edits, const char *noun, const tokex_config_t *present,
                      const tokex_config_t *changed)
{
    const tokex_field_t *list = tokex_fields_list(noun);
    const tokex_field_t *identity = tokex_fields_identity(list->object);
    int count, i;
    const char *objects = tokex_fields_objects(list, changed, &count);

    for (i = 0; i < count; i++) {
        const char *object = objects + list->object->size * (apr_size_t)i;

        APR_ARRAY_PUSH(edits, tokex_edit_t) = (tokex_edit_t){
            noun, tokex_fields_text(identity, object),
            tokex_document_write_object(list->object, object, true, edits->pool), TOKEX_EDIT_ANY};
    }
    objects = tokex_fields_objects(list, present, &count);
    for (i = 0; i < count; i++) {
        const char *id = tokex_fields_text(identity, objects + list->object->size * (apr_size_t)i);

        if (!tokex_fields_find(list, changed, id))
            APR_ARRAY_PUSH(edits, tokex_edit_t) = (tokex_edit_t){noun, id, NULL, TOKEX_EDIT_ANY};
    }
}

const tokex_err_t *tokex_key_ring_write(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                        const tokex_config_t *changed,
                                        const tokex_edit_author_t *author)
{
    apr_pool_t *pool = ring->site.pool;
    const tokex_edit_author_t who = {author->who, author->reason, ring->site.now};
    apr_array_header_t *edits = apr_array_make(pool, 8, sizeof(tokex_edit_t));
    tokex_edit_way_t way = tokex_installation_way(&ring->site, ring->db, false);
    const tokex_err_t *err;

    /* The ring judges with the keys of state.db as they will be. */
    way.judge = NULL;
    way.prove = NULL;
    way.generation = &ring->generation;
    add_edits(edits, "signing", ring->config, changed);
    add_edits(edits, "signing_key", ring->config, changed);
    err = tokex_edit_apply(NULL, NULL, &way, (const tokex_edit_t *)edits->elts, edits->nelts, &who,
                           ring->faults, pool);
    *answer = err ? TOKEX_KEY_FAULTY : TOKEX_KEY_DONE;
    return err && err->code == TOKEX_E_DOCUMENT && ring->faults->error_count ? NULL : err;
}

const tokex_err_t *tokex_key_ring_save(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                       const tokex_config_t *changed, const tokex_config_t *judged,
                                       const tokex_edit_author_t *author)
{
    *answer = TOKEX_KEY_FAULTY;
    return tokex_key_ring_judge(ring, judged) ? tokex_key_ring_write(answer, ring, changed, author)
                                              : NULL;
}
