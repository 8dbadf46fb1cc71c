/* Signing keys: the next one, when it begins, when it ends. */
#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "edit/key_ring_private.h"

#define FIRST_ALGORITHM "ES256"

static bool begins_now(const tokex_key_ring_t *ring)
{
    int i;

    for (i = 0; i < ring->joined->signing_key_count; i++)
        if (ring->joined->signing_keys[i].activates == ring->site.now)
            return true;
    return false;
}

void tokex_key_ring_wait(tokex_key_ring_t *ring)
{
    int64_t now = ring->site.now;

    if (!begins_now(ring))
        return;
    for (; now == ring->site.now; now = apr_time_sec(apr_time_now()))
        apr_sleep(apr_time_from_sec(1) - apr_time_usec(apr_time_now()));
    ring->site.now = now;
    ring->lives = tokex_key_life(ring->joined, now, ring->site.pool);
}

/* ---- The next one */

/* The server's view: the new key among its own, then those of state.db. */
static tokex_config_t with_key(const tokex_key_ring_t *ring, const tokex_signing_key_t *key)
{
    tokex_config_t config = *ring->joined;
    apr_size_t count = (apr_size_t)config.signing_key_count;
    tokex_signing_key_t *keys = apr_pcalloc(ring->site.pool, sizeof *keys * (count + 1));

    if (count)
        memcpy(keys, config.signing_keys, sizeof *keys * count);
    keys[count] = *key;
    config.signing_keys = keys;
    config.signing_key_count++;
    return config;
}

static const tokex_err_t *rotate(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                 const char *algorithm, int64_t after,
                                 const tokex_edit_author_t *author)
{
    tokex_config_t changed = *ring->config, judged;
    tokex_signing_key_t *keys = tokex_key_ring_own_keys(ring);
    tokex_signing_key_t *key = &keys[changed.signing_key_count++];
    int64_t now = ring->site.now;

    TOKEX_RETURN_ERR(
        tokex_signing_keys_make(key, algorithm, now, now + after, &ring->sealer, ring->site.pool));
    changed.signing_keys = keys;
    judged = with_key(ring, key);
    ring->made = *key;
    return tokex_key_ring_save(answer, ring, &changed, &judged, author);
}

const tokex_err_t *tokex_key_ring_rotate(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                         const char *algorithm, int64_t after, bool now,
                                         const tokex_edit_author_t *author)
{
    /* Where nothing can be issued there is nothing to wait for. */
    bool signs = tokex_key_ring_signs(ring);

    *answer = TOKEX_KEY_AMBIGUOUS;
    if (ring->master_err)
        return ring->master_err;
    if (!algorithm)
        algorithm = signs ? tokex_key_life_preferred(ring->joined, ring->site.now, ring->site.pool)
                          : FIRST_ALGORITHM;
    if (!algorithm)
        return NULL;
    if (now)
        tokex_key_ring_wait(ring);
    return rotate(answer, ring, algorithm, now || !signs ? 0 : after, author);
}

/* ---- One that is there */

/* The place of a key that can still change; -1: `*answer` says why not. */
static const tokex_err_t *find(int *place, tokex_key_answer_t *answer, const tokex_key_ring_t *ring,
                               const char *kid)
{
    *place = tokex_key_ring_find(ring, kid);
    *answer = TOKEX_KEY_UNKNOWN;
    /* It may be in what could not be read. */
    if (*place < 0)
        return ring->state_err ? ring->state_err : ring->master_err;
    if (ring->lives[*place].state == TOKEX_KEY_ACTIVE ||
        ring->lives[*place].state == TOKEX_KEY_NEXT)
        return NULL;
    *answer = TOKEX_KEY_STOPPED;
    *place = -1;
    return NULL;
}

/* `config` with other times of the key at `place`. */
static tokex_config_t with_times(const tokex_key_ring_t *ring, const tokex_config_t *config,
                                 int place, int64_t activates, int64_t retired)
{
    tokex_config_t changed = *config;
    tokex_signing_key_t *keys = apr_pmemdup(ring->site.pool, config->signing_keys,
                                            sizeof *keys * (apr_size_t)config->signing_key_count);

    keys[place].activates = activates;
    keys[place].retired = retired;
    changed.signing_keys = keys;
    return changed;
}

const tokex_err_t *tokex_key_ring_activate(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                           const char *kid, const tokex_edit_author_t *author)
{
    tokex_config_t changed, judged;
    int place;

    TOKEX_RETURN_ERR(find(&place, answer, ring, kid));
    if (place < 0)
        return NULL;
    *answer = ring->lives[place].state == TOKEX_KEY_ACTIVE ? TOKEX_KEY_SIGNS : TOKEX_KEY_SERVERS;
    if (*answer == TOKEX_KEY_SIGNS || !tokex_key_ring_is_own(ring, place))
        return NULL;
    tokex_key_ring_wait(ring);
    changed = with_times(ring, ring->config, place, ring->site.now, 0);
    judged = with_times(ring, ring->joined, place, ring->site.now, 0);
    return tokex_key_ring_save(answer, ring, &changed, &judged, author);
}

/* Nobody may be left without a signature by a word. */
static bool is_needed(tokex_key_ring_t *ring, const tokex_config_t *judged, int place)
{
    const char *algorithm = ring->joined->signing_keys[place].algorithm;

    if (ring->lives[place].state != TOKEX_KEY_ACTIVE ||
        tokex_key_life_active(judged, algorithm, ring->site.now, ring->site.pool) >= 0)
        return false;
    ring->needed_by = tokex_key_ring_needs(ring, algorithm);
    return ring->needed_by != NULL;
}

static const tokex_err_t *retire_row(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                     const tokex_config_t *judged, const char *kid)
{
    apr_pool_t *pool = ring->site.pool;
    const tokex_err_t *err;

    *answer = TOKEX_KEY_FAULTY;
    if (!tokex_key_ring_judge(ring, judged))
        return NULL;
    err = tokex_db_begin(ring->state, true, pool);
    if (!err)
        err = tokex_signing_store_retire(NULL, ring->state, kid, ring->site.now, pool);
    if (!err)
        err = tokex_db_commit(ring->state, pool);
    if (err)
        tokex_db_rollback(ring->state);
    *answer = TOKEX_KEY_DONE;
    return err;
}

const tokex_err_t *tokex_key_ring_retire(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                         const char *kid, const tokex_edit_author_t *author)
{
    tokex_config_t changed, judged;
    int64_t now = ring->site.now, activates;
    int place;

    TOKEX_RETURN_ERR(find(&place, answer, ring, kid));
    if (place < 0)
        return NULL;
    activates = ring->joined->signing_keys[place].activates;
    judged = with_times(ring, ring->joined, place, activates, now);
    *answer = TOKEX_KEY_NEEDED;
    if (is_needed(ring, &judged, place))
        return NULL;
    if (!tokex_key_ring_is_own(ring, place))
        return retire_row(answer, ring, &judged, kid);
    changed = with_times(ring, ring->config, place, activates, now);
    return tokex_key_ring_save(answer, ring, &changed, &judged, author);
}
