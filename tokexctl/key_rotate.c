#include <stdio.h>

#include "args.h"
#include "key.h"
#include "way.h"

static int count_retired(const tokex_key_ring_t *ring)
{
    const tokex_key_life_t *lives = tokex_key_life(&ring->after, ring->site.now, ring->site.pool);
    int count = 0, i;

    for (i = 0; i < ring->after.signing_key_count; i++)
        count += lives[i].state == TOKEX_KEY_RETIRED;
    return count;
}

static int tell(const tokex_key_ring_t *ring)
{
    const tokex_signing_key_t *key = &ring->made;

    if (key->activates > ring->site.now)
        printf("next signing key %s (%s): published now, signs from %s on\n", key->kid,
               key->algorithm, key_time(key->activates, ring->site.pool));
    else
        printf("active signing key %s (%s); %d retired and still published\n", key->kid,
               key->algorithm, count_retired(ring));
    return ctl_flush();
}

typedef struct rotate_t {
    const char *algorithm; /* NULL: the preferred one */
    int64_t after;
    bool now;
    const char *reason;
} rotate_t;

static int rotate(const ctl_t *ctl, const rotate_t *asked)
{
    const tokex_edit_author_t author = way_author(ctl, asked->reason);
    tokex_key_answer_t answer = TOKEX_KEY_DONE;
    tokex_key_ring_t ring;
    const tokex_err_t *err = key_open(&ring, ctl, TOKEX_DB_WRITE);
    int code;

    if (err)
        return ctl_error(ctl, err);
    err =
        tokex_key_ring_rotate(&answer, &ring, asked->algorithm, asked->after, asked->now, &author);
    code = key_answer(ctl, &ring, answer, err, NULL, NULL);
    return code ? code : tell(&ring);
}

int key_rotate(ctl_t *ctl, int argc, const char *const *argv)
{
    rotate_t asked = {NULL, TOKEX_KEY_RING_AFTER, false, NULL};
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
    if (after && !key_number(&asked.after, "--after", after, TOKEX_KEY_RING_AFTER_MOST))
        return CTL_USAGE;
    return rotate(ctl, &asked);
}
