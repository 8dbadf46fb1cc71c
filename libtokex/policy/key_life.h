/*
 * The life of our signing keys, from their times alone: nothing of it is stored, so nothing has to
 * be written for a key to begin or to end.
 *
 * Of the keys of one algorithm the one that began to sign last, and was not retired, signs. The
 * first one, when it was made to sign at once, signs before that time too, which is when a clock
 * that was ahead has been set back. Each is published from when it is there until the last token
 * that it can have signed has ended. When the one that signs is retired by hand, the one before it
 * signs again as long as it is published.
 */
#ifndef TOKEX_POLICY_KEY_LIFE_H
#define TOKEX_POLICY_KEY_LIFE_H

#include "config/config.h"

/* A key that does not sign any more is published for at least so long, seconds. */
#define TOKEX_KEY_LIFE_LEAST 86400
/* The clocks of those who verify, and the moment until a change is served, seconds. */
#define TOKEX_KEY_LIFE_MARGIN 300
/* Who fetches our JWK Set is told to keep it for so long, seconds. */
#define TOKEX_KEY_LIFE_CACHED 300

typedef enum tokex_key_state_t {
    TOKEX_KEY_NEXT,    /* published, will sign */
    TOKEX_KEY_ACTIVE,  /* signs */
    TOKEX_KEY_RETIRED, /* published, has signed */
    TOKEX_KEY_DEAD     /* not published, verifies nothing */
} tokex_key_state_t;

typedef struct tokex_key_life_t {
    tokex_key_state_t state;
    int64_t published_until; /* the first second in which it is not; 0: no end in sight */
} tokex_key_life_t;

/* From `from` on signs keys[key]; -1: nobody. */
typedef struct tokex_key_step_t {
    int64_t from;
    int key;
} tokex_key_step_t;

/* "next", "active", "retired", "dead". */
const char *tokex_key_state_name(tokex_key_state_t state);

/* How long a key of `config` stays published after it has stopped signing, seconds: the longest
 * that a target's tokens live and the margin, or TOKEX_KEY_LIFE_LEAST where that is more. */
int64_t tokex_key_life_span(const tokex_config_t *config);

/* Who signs with `algorithm` when, those times to come among them; by time, in `pool`. Before the
 * first step nobody does. Of keys that begin at the same second the one made later signs, then the
 * one whose kid is greater. */
void tokex_key_life_steps(const tokex_key_step_t **out, int *count, const tokex_config_t *config,
                          const char *algorithm, apr_pool_t *pool);

/* The life of each key of `config` at `now` (seconds), in their order, in `pool`. */
const tokex_key_life_t *tokex_key_life(const tokex_config_t *config, int64_t now, apr_pool_t *pool);

/* The place of the key that signs with `algorithm` (may be NULL) at `now`; -1: none does. */
int tokex_key_life_active(const tokex_config_t *config, const char *algorithm, int64_t now,
                          apr_pool_t *pool);

/*
 * The algorithm of targets that name none, at `now`: the preferred one, or without such a row ES256
 * when it has an active key, or else the only one that has. NULL when that leaves none or several.
 */
const char *tokex_key_life_preferred(const tokex_config_t *config, int64_t now, apr_pool_t *pool);

/*
 * Is it time for the schedule to make the next key of signing->algorithm? Then `*activates` is when
 * it is to sign. Never without a schedule, nor for an algorithm whose keys are all retired or gone:
 * the first one is made by hand. A key is due publish_ahead seconds before the newest one has
 * signed for rotate_every seconds.
 */
bool tokex_key_life_due(int64_t *activates, const tokex_config_t *config,
                        const tokex_signing_t *signing, int64_t now);

#endif
