#include "asker_cache.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"

/* Answers are a kilobyte as a rule, so the whole is some megabytes at most where many people come.
 */
#define SETS 512
#define WAYS 4

typedef struct entry_t {
    unsigned char key[TOKEX_ASKER_KEY_LEN];
    int64_t until; /* 0: free */
    char *body;    /* NULL: the token is not taken */
    apr_size_t len;
} entry_t;

struct tokex_asker_cache_t {
    entry_t (*sets)[WAYS]; /* NULL: nothing was remembered so far */
};

/* Who the person is need not stay in memory. */
static void clear(entry_t *entry)
{
    if (entry->body) {
        memset(entry->body, 0, entry->len);
        free(entry->body);
    }
    entry->body = NULL;
    entry->until = 0;
}

static apr_status_t clear_all(void *data)
{
    tokex_asker_cache_t *cache = data;
    int i;

    for (i = 0; cache->sets && i < SETS * WAYS; i++)
        clear(&cache->sets[i / WAYS][i % WAYS]);
    free(cache->sets);
    return APR_SUCCESS;
}

tokex_asker_cache_t *tokex_asker_cache_create(apr_pool_t *pool)
{
    tokex_asker_cache_t *cache = apr_pcalloc(pool, sizeof(*cache));

    apr_pool_cleanup_register(pool, cache, clear_all, apr_pool_cleanup_null);
    return cache;
}

/* A digest is as good as random. */
static entry_t *set_of(tokex_asker_cache_t *cache, const unsigned char *key)
{
    return cache->sets[((unsigned)key[0] | (unsigned)key[1] << 8) % SETS];
}

/* Not after its end; and not when that is further away than it ever was, because the clock was set
 * back. */
static bool holds(const entry_t *entry, int64_t now)
{
    return now < entry->until && entry->until <= now + TOKEX_LIMIT_OPAQUE_CACHE;
}

bool tokex_asker_cache_get(tokex_asker_answer_t *out, tokex_asker_cache_t *cache,
                           const unsigned char key[TOKEX_ASKER_KEY_LEN], int64_t now,
                           apr_pool_t *pool)
{
    const entry_t *set = cache->sets ? set_of(cache, key) : NULL;
    int i;

    for (i = 0; set && i < WAYS; i++) {
        if (!holds(&set[i], now) || memcmp(set[i].key, key, TOKEX_ASKER_KEY_LEN) != 0)
            continue;
        out->body = set[i].body ? apr_pstrmemdup(pool, set[i].body, set[i].len) : NULL;
        out->len = set[i].len;
        out->until = set[i].until;
        return true;
    }
    return false;
}

static entry_t *place_for(entry_t *set, const unsigned char *key, int64_t now)
{
    entry_t *place = set;
    int i;

    for (i = 0; i < WAYS; i++) {
        if (set[i].until && memcmp(set[i].key, key, TOKEX_ASKER_KEY_LEN) == 0)
            return &set[i];
        if (holds(place, now) && (!holds(&set[i], now) || set[i].until < place->until))
            place = &set[i];
    }
    return place;
}

void tokex_asker_cache_put(tokex_asker_cache_t *cache, const unsigned char key[TOKEX_ASKER_KEY_LEN],
                           const tokex_asker_answer_t *answer, int64_t now)
{
    entry_t *place;
    char *body = NULL;

    if (answer->until <= now || (answer->body && answer->len > TOKEX_ASKER_CACHE_BODY))
        return;
    if (!cache->sets)
        cache->sets = calloc(SETS, sizeof(*cache->sets));
    if (!cache->sets)
        return;
    if (answer->body) {
        body = malloc(answer->len + 1);
        if (!body)
            return;
        memcpy(body, answer->body, answer->len);
        body[answer->len] = '\0';
    }
    place = place_for(set_of(cache, key), key, now);
    clear(place);
    memcpy(place->key, key, TOKEX_ASKER_KEY_LEN);
    place->body = body;
    place->len = answer->body ? answer->len : 0;
    place->until = answer->until;
}
