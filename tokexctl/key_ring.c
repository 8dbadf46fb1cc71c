#include "key_ring.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "config/document.h"
#include "config/faults.h"
#include "way.h"

/* ---- Reading */

static void read_state(key_ring_t *ring, tokex_db_mode_t mode)
{
    const ctl_t *ctl = ring->ctl;

    ring->state_err =
        tokex_db_open(&ring->state, ctl->state_path, TOKEX_DB_STATE, mode, false, ctl->pool);
    if (!ring->state_err)
        ring->state_err = tokex_signing_store_load(&ring->rows, ring->state, ctl->pool, ctl->pool);
    if (ring->state_err)
        ring->state = NULL;
}

static const tokex_err_t *read_config(key_ring_t *ring, tokex_db_mode_t mode)
{
    const ctl_t *ctl = ring->ctl;

    if (mode == TOKEX_DB_READ)
        return ctl_load_no_clients(&ring->db, &ring->config, ctl);
    return ctl_load(&ring->db, &ring->config, &ring->generation, ctl, mode);
}

const tokex_err_t *key_ring_open(key_ring_t *out, const ctl_t *ctl, tokex_db_mode_t mode)
{
    key_ring_t *ring = out;

    *ring = (key_ring_t){.ctl = ctl, .left_out = tokex_config_faults_create(ctl->pool)};
    TOKEX_RETURN_ERR(read_config(ring, mode));
    read_state(ring, mode);
    ring->sealer.crypt = ctl->crypt;
    ring->master_err =
        tokex_seal_read_master_key(&ring->sealer.master, ctl->master_path, ctl->pool);
    ring->joined = ring->config;
    if (ring->state && !ring->master_err)
        TOKEX_RETURN_ERR(tokex_signing_keys_join(&ring->joined, ring->config, &ring->rows,
                                                 &ring->sealer, ring->left_out, ctl->pool));
    ring->lives = tokex_key_life(ring->joined, ctl->now, ctl->pool);
    return NULL;
}

static bool begins_now(const key_ring_t *ring)
{
    int i;

    for (i = 0; i < ring->joined->signing_key_count; i++)
        if (ring->joined->signing_keys[i].activates == ring->ctl->now)
            return true;
    return false;
}

void key_ring_wait(key_ring_t *ring, ctl_t *ctl)
{
    int64_t now;

    if (!begins_now(ring))
        return;
    for (now = ctl->now; now == ctl->now; now = apr_time_sec(apr_time_now()))
        apr_sleep(apr_time_from_sec(1) - apr_time_usec(apr_time_now()));
    ctl->now = now;
    ring->lives = tokex_key_life(ring->joined, now, ctl->pool);
}

int key_ring_find(const key_ring_t *ring, const char *kid)
{
    int i;

    for (i = 0; i < ring->joined->signing_key_count; i++)
        if (strcmp(ring->joined->signing_keys[i].kid, kid) == 0)
            return i;
    return -1;
}

bool key_ring_is_own(const key_ring_t *ring, int place)
{
    return place < ring->config->signing_key_count;
}

int64_t key_ring_stopped(const key_ring_t *ring, int place)
{
    return ring->lives[place].published_until - tokex_key_life_span(ring->joined);
}

const char *key_ring_needs(const key_ring_t *ring, const char *algorithm)
{
    const tokex_config_t *config = ring->config;
    const char *preferred = tokex_key_life_preferred(ring->joined, ring->ctl->now, ring->ctl->pool);
    int i;

    for (i = 0; i < config->target_count; i++) {
        const tokex_target_t *target = &config->targets[i];
        const char *wanted = target->algorithm ? target->algorithm : preferred;

        if (target->enabled && wanted && strcmp(wanted, algorithm) == 0)
            return target->id;
    }
    return NULL;
}

tokex_signing_key_t *key_ring_own_keys(const key_ring_t *ring)
{
    apr_size_t count = (apr_size_t)ring->config->signing_key_count;
    tokex_signing_key_t *keys = apr_pcalloc(ring->ctl->pool, sizeof *keys * (count + 1));

    if (count)
        memcpy(keys, ring->config->signing_keys, sizeof *keys * count);
    return keys;
}

/* ---- Saving */

static tokex_faults_t *compile(const key_ring_t *ring, const tokex_config_t *config)
{
    tokex_faults_t *faults = tokex_config_faults_create(ring->ctl->pool);
    const tokex_err_t *err = ctl_compile_joined(ring->ctl, config, faults);

    if (err && err->code != TOKEX_E_DOCUMENT) {
        const tokex_place_t at = {.object = "document"};

        tokex_faults_error(faults, &at, NULL, "%s", tokex_err_text(err, ring->ctl->pool));
    }
    return faults;
}

int key_ring_judge(const key_ring_t *ring, const tokex_config_t *judged)
{
    apr_pool_t *pool = ring->ctl->pool;
    const tokex_faults_t *before = compile(ring, ring->joined), *after = compile(ring, judged);
    tokex_faults_t *fresh = tokex_config_faults_create(pool);
    apr_hash_t *known = apr_hash_make(pool);
    int i;

    for (i = 0; i < before->count; i++)
        apr_hash_set(known, tokex_config_fault_text(&before->items[i], pool), APR_HASH_KEY_STRING,
                     "");
    for (i = 0; i < after->count; i++)
        if (!apr_hash_get(known, tokex_config_fault_text(&after->items[i], pool),
                          APR_HASH_KEY_STRING))
            tokex_config_fault_add(fresh, &after->items[i]);
    ctl_faults(ring->ctl, fresh);
    if (!fresh->error_count)
        return CTL_DONE;
    return ctl_say(CTL_REFUSED, "the server could not work with that; nothing was changed");
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

int key_ring_write(const key_ring_t *ring, const tokex_config_t *changed)
{
    const ctl_t *ctl = ring->ctl;
    const tokex_edit_author_t author = way_author(ctl, ring->reason);
    tokex_faults_t *faults = tokex_config_faults_create(ctl->pool);
    apr_array_header_t *edits = apr_array_make(ctl->pool, 8, sizeof(tokex_edit_t));
    tokex_edit_way_t way = way_create(ctl, ring->db, false);

    /* The ring judges with the keys of state.db as they will be. */
    way.judge = NULL;
    way.prove = NULL;
    way.generation = &ring->generation;
    add_edits(edits, "signing", ring->config, changed);
    add_edits(edits, "signing_key", ring->config, changed);
    return way_result(ctl,
                      tokex_edit_apply(NULL, NULL, &way, (const tokex_edit_t *)edits->elts,
                                       edits->nelts, &author, faults, ctl->pool),
                      faults);
}

int key_ring_save(const key_ring_t *ring, const tokex_config_t *changed,
                  const tokex_config_t *judged)
{
    int code = key_ring_judge(ring, judged);

    return code ? code : key_ring_write(ring, changed);
}

/* ---- Small things */

const char *key_time(int64_t time, apr_pool_t *pool)
{
    apr_time_exp_t t;

    apr_time_exp_gmt(&t, apr_time_from_sec(time));
    return apr_psprintf(pool, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1,
                        t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

bool key_algorithm(const char *text)
{
    if (tokex_jwk_alg(text) != TOKEX_ALG_NONE)
        return true;
    ctl_say(CTL_USAGE,
            "%s: there is no such algorithm; one of RS256 RS384 RS512 PS256 PS384 PS512 ES256 "
            "ES384 ES512 EdDSA",
            text);
    return false;
}

bool key_number(int64_t *out, const char *option, const char *text, int64_t max)
{
    char *end = NULL;

    if (*text && strlen(text) <= 18 && strspn(text, "0123456789") == strlen(text)) {
        *out = apr_strtoi64(text, &end, 10);
        if (*out <= max)
            return true;
    }
    ctl_say(CTL_USAGE, "%s %s: a whole number of at most %" APR_INT64_T_FMT " belongs there",
            option, text, max);
    return false;
}
