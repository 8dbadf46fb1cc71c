#include "policy/key_life.h"

#include <stdlib.h>
#include <string.h>

#define STANDARD_ALGORITHM "ES256"
/* A key that signs, or never did. */
#define NOT_ENDED (-1)

const char *tokex_key_state_name(tokex_key_state_t state)
{
    static const char *const names[] = {"next", "active", "retired", "dead"};
    return names[state];
}

int64_t tokex_key_life_span(const tokex_config_t *config)
{
    int64_t span = 0;
    for (int i = 0; i < config->target_count; i++)
        if (config->targets[i].lifetime > span)
            span = config->targets[i].lifetime;
    span += TOKEX_KEY_LIFE_MARGIN;
    return span > TOKEX_KEY_LIFE_LEAST ? span : TOKEX_KEY_LIFE_LEAST;
}

/* ---- Who signs when */

/* What is found out about each key while time goes on. */
typedef struct story_t {
    const tokex_config_t *config;
    const char *algorithm;
    int64_t span;
    bool *has_signed;
    int64_t *ended; /* when it stopped; NOT_ENDED */
} story_t;

static bool is_of(const tokex_signing_key_t *key, const char *algorithm)
{
    return key->algorithm && algorithm && strcmp(key->algorithm, algorithm) == 0;
}

static bool is_retired(const tokex_signing_key_t *key, int64_t now)
{
    return key->retired && key->retired <= now;
}

static bool is_later(const tokex_signing_key_t *a, const tokex_signing_key_t *b)
{
    if (a->activates != b->activates)
        return a->activates > b->activates;
    if (a->created != b->created)
        return a->created > b->created;
    return strcmp(a->kid ? a->kid : "", b->kid ? b->kid : "") > 0;
}

/* When it begins to sign. The first key of its algorithm that was made to sign at once has nobody
 * to take over from, so it signs from the beginning of time: a clock that is set back must not
 * leave a server without a key. */
static int64_t begins(const tokex_config_t *config, const tokex_signing_key_t *key)
{
    if (key->activates > key->created)
        return key->activates;
    for (int i = 0; i < config->signing_key_count; i++) {
        const tokex_signing_key_t *other = &config->signing_keys[i];
        if (other != key && is_of(other, key->algorithm) && is_later(key, other))
            return key->activates;
    }
    return 0;
}

static int compare_times(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

/* The times at which something may change, sorted; one may stand there twice. */
static int64_t *list_times(int *count, const story_t *story, apr_pool_t *pool)
{
    const tokex_config_t *config = story->config;
    int64_t *times =
        apr_palloc(pool, ((apr_size_t)config->signing_key_count * 2 + 1) * sizeof(*times));
    *count = 0;
    for (int i = 0; i < config->signing_key_count; i++) {
        const tokex_signing_key_t *key = &config->signing_keys[i];
        if (!is_of(key, story->algorithm))
            continue;
        times[(*count)++] = begins(config, key);
        if (key->retired)
            times[(*count)++] = key->retired;
    }
    qsort(times, (size_t)*count, sizeof(*times), compare_times);
    return times;
}

/* Whoever was dead once stays so: nobody finds its public half any more. */
static int signs_at(const story_t *story, int64_t now)
{
    const tokex_signing_key_t *keys = story->config->signing_keys;
    int best = -1;
    for (int i = 0; i < story->config->signing_key_count; i++) {
        if (!is_of(&keys[i], story->algorithm) || begins(story->config, &keys[i]) > now ||
            is_retired(&keys[i], now) ||
            (story->ended[i] != NOT_ENDED && story->ended[i] + story->span <= now))
            continue;
        if (best < 0 || is_later(&keys[i], &keys[best]))
            best = i;
    }
    return best;
}

static void hand_over(story_t *story, int from, int to, int64_t now)
{
    if (from >= 0)
        story->ended[from] = now;
    if (to < 0)
        return;
    story->ended[to] = NOT_ENDED;
    story->has_signed[to] = true;
}

static story_t *begin_story(const tokex_config_t *config, const char *algorithm, apr_pool_t *pool)
{
    apr_size_t count = (apr_size_t)config->signing_key_count;
    story_t *story = apr_pcalloc(pool, sizeof(*story));
    story->config = config;
    story->algorithm = algorithm;
    story->span = tokex_key_life_span(config);
    story->has_signed = apr_pcalloc(pool, count * sizeof(*story->has_signed) + 1);
    story->ended = apr_palloc(pool, count * sizeof(*story->ended) + 1);
    for (apr_size_t i = 0; i < count; i++)
        story->ended[i] = NOT_ENDED;
    return story;
}

static const tokex_key_step_t *tell(story_t *story, int *count, apr_pool_t *pool)
{
    int time_count;
    int signer = -1;
    const int64_t *times = list_times(&time_count, story, pool);
    tokex_key_step_t *steps = apr_palloc(pool, ((apr_size_t)time_count + 1) * sizeof(*steps));
    *count = 0;
    for (int i = 0; i < time_count; i++) {
        int next = signs_at(story, times[i]);
        if (next == signer)
            continue;
        hand_over(story, signer, next, times[i]);
        steps[(*count)++] = (tokex_key_step_t){times[i], next};
        signer = next;
    }
    return steps;
}

void tokex_key_life_steps(const tokex_key_step_t **out, int *count, const tokex_config_t *config,
                          const char *algorithm, apr_pool_t *pool)
{
    *out = tell(begin_story(config, algorithm, pool), count, pool);
}

static int last_step(const tokex_key_step_t *steps, int count, int64_t now)
{
    int key = -1;
    for (int i = 0; i < count && steps[i].from <= now; i++)
        key = steps[i].key;
    return key;
}

int tokex_key_life_active(const tokex_config_t *config, const char *algorithm, int64_t now,
                          apr_pool_t *pool)
{
    const tokex_key_step_t *steps;
    int count;
    tokex_key_life_steps(&steps, &count, config, algorithm, pool);
    return last_step(steps, count, now);
}

/* ---- Each key */

static int64_t end_of(const story_t *story, int i)
{
    const tokex_signing_key_t *key = &story->config->signing_keys[i];
    if (story->has_signed[i])
        return story->ended[i];
    /* It had its turn taken away, perhaps within the second in which it signed. */
    return key->retired && key->retired < key->activates ? key->retired : key->activates;
}

static tokex_key_life_t life_of(const story_t *story, int i, bool is_active, int64_t now)
{
    const tokex_signing_key_t *key = &story->config->signing_keys[i];
    int64_t end = end_of(story, i);
    tokex_key_life_t life = {TOKEX_KEY_RETIRED, end == NOT_ENDED ? 0 : end + story->span};
    if (is_active)
        life.state = TOKEX_KEY_ACTIVE;
    else if (begins(story->config, key) > now && !is_retired(key, now))
        life.state = TOKEX_KEY_NEXT;
    else if (life.published_until && life.published_until <= now)
        life.state = TOKEX_KEY_DEAD;
    return life;
}

static bool stood_before(const tokex_config_t *config, int i)
{
    for (int n = 0; n < i; n++)
        if (is_of(&config->signing_keys[n], config->signing_keys[i].algorithm))
            return true;
    return false;
}

const tokex_key_life_t *tokex_key_life(const tokex_config_t *config, int64_t now, apr_pool_t *pool)
{
    int count = config->signing_key_count;
    tokex_key_life_t *lives = apr_palloc(pool, ((apr_size_t)count + 1) * sizeof(*lives));
    for (int i = 0; i < count; i++)
        lives[i] = (tokex_key_life_t){TOKEX_KEY_DEAD, now};
    for (int i = 0; i < count; i++) {
        const char *algorithm = config->signing_keys[i].algorithm;
        story_t *story;
        const tokex_key_step_t *steps;
        int step_count;
        if (!algorithm || stood_before(config, i))
            continue;
        story = begin_story(config, algorithm, pool);
        steps = tell(story, &step_count, pool);
        for (int n = i; n < count; n++)
            if (is_of(&config->signing_keys[n], algorithm))
                lives[n] = life_of(story, n, n == last_step(steps, step_count, now), now);
    }
    return lives;
}

/* ---- Algorithms */

static const char *marked(const tokex_config_t *config)
{
    for (int i = 0; i < config->signing_count; i++)
        if (config->signing[i].preferred)
            return config->signing[i].algorithm;
    return NULL;
}

const char *tokex_key_life_preferred(const tokex_config_t *config, int64_t now, apr_pool_t *pool)
{
    const char *only = marked(config);
    if (only)
        return only;
    if (tokex_key_life_active(config, STANDARD_ALGORITHM, now, pool) >= 0)
        return STANDARD_ALGORITHM;
    for (int i = 0; i < config->signing_key_count; i++) {
        const char *algorithm = config->signing_keys[i].algorithm;
        if (!algorithm || stood_before(config, i) ||
            tokex_key_life_active(config, algorithm, now, pool) < 0)
            continue;
        if (only)
            return NULL;
        only = algorithm;
    }
    return only;
}

/* ---- The schedule */

static const tokex_signing_key_t *newest_of(const tokex_config_t *config, const char *algorithm,
                                            int64_t now)
{
    const tokex_signing_key_t *newest = NULL;
    for (int i = 0; i < config->signing_key_count; i++) {
        const tokex_signing_key_t *key = &config->signing_keys[i];
        if (is_of(key, algorithm) && !is_retired(key, now) && (!newest || is_later(key, newest)))
            newest = key;
    }
    return newest;
}

bool tokex_key_life_due(int64_t *activates, const tokex_config_t *config,
                        const tokex_signing_t *signing, int64_t now)
{
    const tokex_signing_key_t *newest = newest_of(config, signing->algorithm, now);
    int64_t end;
    if (signing->rotate_every <= 0 || !newest)
        return false;
    end = newest->activates + signing->rotate_every;
    if (end - signing->publish_ahead > now)
        return false;
    *activates = end > now + signing->publish_ahead ? end : now + signing->publish_ahead;
    return true;
}
