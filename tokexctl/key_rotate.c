#include <stdio.h>

#include "args.h"
#include "key_ring.h"

/* Long enough for everybody who keeps our JWK Set to have asked again. */
#define DEFAULT_AFTER 3600
#define FIRST_ALGORITHM "ES256"

/* A year: what is further away will have been forgotten. */
#define LONGEST_AFTER (366 * 24 * 3600)

typedef struct rotate_t {
    const char *algorithm; /* NULL: the preferred one */
    int64_t after;
    bool now;
    const char *reason;
} rotate_t;

static bool signs_anything(const key_ring_t *ring)
{
    int i;

    for (i = 0; i < ring->joined->signing_key_count; i++)
        if (ring->lives[i].state == TOKEX_KEY_ACTIVE)
            return true;
    return false;
}

static int count_retired(const key_ring_t *ring, const tokex_config_t *config)
{
    const tokex_key_life_t *lives = tokex_key_life(config, ring->ctl->now, ring->ctl->pool);
    int count = 0, i;

    for (i = 0; i < config->signing_key_count; i++)
        count += lives[i].state == TOKEX_KEY_RETIRED;
    return count;
}

static void tell(const key_ring_t *ring, const tokex_signing_key_t *key,
                 const tokex_config_t *config)
{
    if (key->activates > ring->ctl->now)
        printf("next signing key %s (%s): published now, signs from %s on\n", key->kid,
               key->algorithm, key_time(key->activates, ring->ctl->pool));
    else
        printf("active signing key %s (%s); %d retired and still published\n", key->kid,
               key->algorithm, count_retired(ring, config));
}

/* The server's view: the new key among its own, then those of state.db. */
static tokex_config_t with_key(const key_ring_t *ring, const tokex_signing_key_t *key)
{
    tokex_config_t config = *ring->joined;
    int count = config.signing_key_count, i;
    tokex_signing_key_t *keys =
        apr_pcalloc(ring->ctl->pool, sizeof *keys * (apr_size_t)(count + 1));

    for (i = 0; i < count; i++)
        keys[i] = config.signing_keys[i];
    keys[count] = *key;
    config.signing_keys = keys;
    config.signing_key_count = count + 1;
    return config;
}

static int rotate(const key_ring_t *ring, const rotate_t *asked)
{
    const ctl_t *ctl = ring->ctl;
    tokex_config_t changed = *ring->config, judged;
    tokex_signing_key_t *keys = key_ring_own_keys(ring);
    tokex_signing_key_t *key = &keys[ring->config->signing_key_count];
    /* Where nothing can be issued there is nothing to wait for. */
    bool at_once = asked->now || !signs_anything(ring);
    const tokex_err_t *err = tokex_signing_keys_make(key, asked->algorithm, ctl->now,
                                                     at_once ? ctl->now : ctl->now + asked->after,
                                                     &ring->sealer, ctl->pool);
    int code;

    if (err)
        return ctl_error(ctl, err);
    changed.signing_keys = keys;
    changed.signing_key_count++;
    judged = with_key(ring, key);
    code = key_ring_save(ring, &changed, &judged);
    if (code)
        return code;
    tell(ring, key, &judged);
    return ctl_flush();
}

static int open_and_rotate(ctl_t *ctl, rotate_t *asked)
{
    key_ring_t ring;
    const tokex_err_t *err = key_ring_open(&ring, ctl, TOKEX_DB_WRITE);

    if (!err)
        err = ring.master_err;
    if (err)
        return ctl_error(ctl, err);
    if (!asked->algorithm)
        asked->algorithm = signs_anything(&ring)
                               ? tokex_key_life_preferred(ring.joined, ctl->now, ctl->pool)
                               : FIRST_ALGORITHM;
    if (!asked->algorithm)
        return ctl_say(CTL_REFUSED, "there are keys of several algorithms and none is preferred; "
                                    "say which with --algorithm");
    ring.reason = asked->reason;
    if (asked->now)
        key_ring_wait(&ring, ctl);
    return rotate(&ring, asked);
}

int key_rotate(ctl_t *ctl, int argc, const char *const *argv)
{
    rotate_t asked = {NULL, DEFAULT_AFTER, false, NULL};
    const char *after = NULL;
    const args_option_t options[] = {{0, "algorithm", &asked.algorithm, NULL},
                                     {0, "after", &after, NULL},
                                     {0, "now", NULL, &asked.now},
                                     KEY_REASON(&asked.reason)};
    args_t args = {options, 4, NULL, 0};

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count || (after && asked.now))
        return ctl_say(CTL_USAGE, "say: key rotate [--algorithm ALG] [--after SECONDS | --now]");
    if (asked.algorithm && !key_algorithm(asked.algorithm))
        return CTL_USAGE;
    if (after && !key_number(&asked.after, "--after", after, LONGEST_AFTER))
        return CTL_USAGE;
    return open_and_rotate(ctl, &asked);
}
