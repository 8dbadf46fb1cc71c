/* Signing keys: one that must not count any more. */
#include <string.h>

#include "edit/key_ring_private.h"

/* What one removal does. */
typedef struct removal_t {
    tokex_key_ring_t *ring;
    const char *kid;
    const char *algorithm; /* NULL: a row of state.db that proves nothing */
    bool force;
    tokex_config_t changed; /* config.db */
    bool touches_config;
    tokex_config_t judged; /* what the server will have */
} removal_t;

static bool has_row(const tokex_key_ring_t *ring, const char *kid)
{
    int i;

    for (i = 0; i < ring->rows.count; i++)
        if (strcmp(ring->rows.keys[i].kid, kid) == 0)
            return true;
    return false;
}

/*
 * The others of its algorithm without the key. Those that stopped stay so for good: what took over
 * from them is not there any more to tell, and one that nobody finds any longer must not sign
 * again.
 */
static tokex_config_t without(const removal_t *removal)
{
    const tokex_key_ring_t *ring = removal->ring;
    tokex_config_t config = *ring->joined;
    tokex_signing_key_t *keys =
        apr_pcalloc(ring->site.pool, sizeof *keys * (apr_size_t)(config.signing_key_count + 1));
    int count = 0, i;

    for (i = 0; i < config.signing_key_count; i++) {
        tokex_signing_key_t *key = &keys[count];

        *key = ring->joined->signing_keys[i];
        if (strcmp(key->kid, removal->kid) == 0)
            continue;
        count++;
        if (removal->algorithm && strcmp(key->algorithm, removal->algorithm) == 0 &&
            (ring->lives[i].state == TOKEX_KEY_RETIRED || ring->lives[i].state == TOKEX_KEY_DEAD))
            key->retired = tokex_key_ring_stopped(ring, i);
    }
    config.signing_keys = keys;
    config.signing_key_count = count;
    return config;
}

/* A new key at once, behind the others; there is room for one. */
static const tokex_err_t *replace(removal_t *removal)
{
    tokex_key_ring_t *ring = removal->ring;
    tokex_signing_key_t *key =
        (tokex_signing_key_t *)removal->judged.signing_keys + removal->judged.signing_key_count;

    if (ring->master_err)
        return ring->master_err;
    TOKEX_RETURN_ERR(tokex_signing_keys_make(key, removal->algorithm, ring->site.now,
                                             ring->site.now, &ring->sealer, ring->site.pool));
    removal->judged.signing_key_count++;
    ring->made = *key;
    return NULL;
}

/* Whether nobody else signs for somebody who needs it. */
static bool is_needed(const removal_t *removal)
{
    tokex_key_ring_t *ring = removal->ring;
    apr_pool_t *pool = ring->site.pool;
    int64_t now = ring->site.now;

    if (!removal->algorithm ||
        tokex_key_life_active(ring->joined, removal->algorithm, now, pool) < 0 ||
        tokex_key_life_active(&removal->judged, removal->algorithm, now, pool) >= 0)
        return false;
    ring->needed_by = tokex_key_ring_needs(ring, removal->algorithm);
    return ring->needed_by || removal->force;
}

/* What of `judged` belongs into config.db. */
static void sort_out(removal_t *removal)
{
    const tokex_key_ring_t *ring = removal->ring;
    tokex_signing_key_t *keys = tokex_key_ring_own_keys(ring);
    int own = ring->config->signing_key_count, count = 0, i;

    for (i = 0; i < removal->judged.signing_key_count; i++) {
        const tokex_signing_key_t *key = &removal->judged.signing_keys[i];
        int place = tokex_key_ring_find(ring, key->kid);

        if (place >= own)
            continue;
        if (place < 0 || key->retired != ring->joined->signing_keys[place].retired)
            removal->touches_config = true;
        keys[count++] = *key;
    }
    removal->touches_config = removal->touches_config || count != own;
    removal->changed = *ring->config;
    removal->changed.signing_keys = keys;
    removal->changed.signing_key_count = count;
}

static const tokex_err_t *change_rows(const removal_t *removal)
{
    const tokex_key_ring_t *ring = removal->ring;
    apr_pool_t *pool = ring->site.pool;
    int i;

    TOKEX_RETURN_ERR(tokex_db_begin(ring->state, true, pool));
    TOKEX_RETURN_ERR(tokex_signing_store_remove(NULL, ring->state, removal->kid, pool));
    for (i = 0; i < removal->judged.signing_key_count; i++) {
        const tokex_signing_key_t *key = &removal->judged.signing_keys[i];
        int place = tokex_key_ring_find(ring, key->kid);

        if (place >= ring->config->signing_key_count &&
            key->retired != ring->joined->signing_keys[place].retired)
            TOKEX_RETURN_ERR(
                tokex_signing_store_retire(NULL, ring->state, key->kid, key->retired, pool));
    }
    return tokex_db_commit(ring->state, pool);
}

/* config.db first: the new key is there before the old one goes. */
static const tokex_err_t *save(tokex_key_answer_t *answer, const removal_t *removal,
                               const tokex_edit_author_t *author)
{
    tokex_key_ring_t *ring = removal->ring;
    const tokex_err_t *err;

    ring->after = removal->judged;
    *answer = TOKEX_KEY_FAULTY;
    if (!removal->force && !tokex_key_ring_judge(ring, &removal->judged))
        return NULL;
    *answer = TOKEX_KEY_DONE;
    if (removal->touches_config)
        TOKEX_RETURN_ERR(tokex_key_ring_write(answer, ring, &removal->changed, author));
    if (*answer != TOKEX_KEY_DONE || !ring->state)
        return NULL;
    err = change_rows(removal);
    if (err)
        tokex_db_rollback(ring->state);
    return err;
}

const tokex_err_t *tokex_key_ring_remove(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                         const char *kid, bool force,
                                         const tokex_edit_author_t *author)
{
    removal_t removal = {.ring = ring, .kid = kid, .force = force};
    int place;

    tokex_key_ring_wait(ring);
    place = tokex_key_ring_find(ring, kid);
    *answer = TOKEX_KEY_UNKNOWN;
    if (place < 0 && !has_row(ring, kid))
        return ring->state_err;
    if (place >= 0)
        removal.algorithm = ring->joined->signing_keys[place].algorithm;
    removal.judged = without(&removal);
    *answer = TOKEX_KEY_NEEDED;
    if (is_needed(&removal)) {
        if (!force)
            return NULL;
        TOKEX_RETURN_ERR(replace(&removal));
    }
    sort_out(&removal);
    return save(answer, &removal, author);
}
