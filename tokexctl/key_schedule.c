#include <stdio.h>
#include <string.h>

#include "args.h"
#include "base/limits.h"
#include "key.h"
#include "way.h"

#define DAY 86400
#define HOUR 3600

/* ---- key schedule */

typedef struct schedule_t {
    const char *algorithm;
    int64_t every; /* seconds */
    int64_t ahead; /* seconds; -1: as it is */
    const char *reason;
} schedule_t;

/* How the keys of that algorithm are used then. */
static const tokex_signing_t *row_of(const tokex_key_ring_t *ring, const char *algorithm)
{
    int i = 0;

    while (strcmp(ring->after.signing[i].algorithm, algorithm) != 0)
        i++;
    return &ring->after.signing[i];
}

static int set_schedule(const ctl_t *ctl, const schedule_t *asked)
{
    const tokex_edit_author_t author = way_author(ctl, asked->reason);
    tokex_key_answer_t answer = TOKEX_KEY_DONE;
    tokex_key_ring_t ring;
    const tokex_err_t *err = key_open(&ring, ctl, TOKEX_DB_WRITE);
    int code;

    if (err)
        return ctl_error(ctl, err);
    err = tokex_key_ring_schedule(&answer, &ring, asked->algorithm, asked->every, asked->ahead,
                                  &author);
    code = key_answer(ctl, &ring, answer, err, NULL, NULL);
    if (code)
        return code;
    if (asked->every)
        printf("%s: a new key every %" APR_INT64_T_FMT " days, published %" APR_INT64_T_FMT
               " hours before it signs\n",
               asked->algorithm, asked->every / DAY,
               row_of(&ring, asked->algorithm)->publish_ahead / HOUR);
    else
        printf("%s: keys are replaced by hand\n", asked->algorithm);
    return ctl_flush();
}

int key_schedule(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *every = NULL, *ahead = NULL;
    bool off = false;
    schedule_t asked = {NULL, 0, -1, NULL};
    const args_option_t options[] = {{0, "every", &every, NULL},
                                     {0, "ahead", &ahead, NULL},
                                     {0, "off", NULL, &off},
                                     KEY_REASON(&asked.reason)};
    args_t args = {options, 4, NULL, 0};

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1 || off == (every != NULL) || (off && ahead))
        return ctl_say(CTL_USAGE,
                       "say: key schedule ALG --every DAYS [--ahead HOURS] [--reason TEXT], "
                       "or: key schedule ALG --off");
    asked.algorithm = args.operands[0];
    if (!key_algorithm(asked.algorithm) ||
        (every && !key_number(&asked.every, "--every", every, TOKEX_LIMIT_KEY_AGE / DAY)) ||
        (ahead && !key_number(&asked.ahead, "--ahead", ahead, TOKEX_LIMIT_KEY_AHEAD / HOUR)))
        return CTL_USAGE;
    if (every && !asked.every)
        return ctl_say(CTL_USAGE, "--every 0: a key signs for at least a day; --off ends the "
                                  "schedule");
    asked.every *= DAY;
    if (ahead)
        asked.ahead *= HOUR;
    return set_schedule(ctl, &asked);
}

/* ---- key prefer */

static int prefer(const ctl_t *ctl, const char *algorithm, const char *reason)
{
    const tokex_edit_author_t author = way_author(ctl, reason);
    tokex_key_answer_t answer = TOKEX_KEY_DONE;
    tokex_key_ring_t ring;
    const tokex_err_t *err = key_open(&ring, ctl, TOKEX_DB_WRITE);
    int code;

    if (err)
        return ctl_error(ctl, err);
    err = tokex_key_ring_prefer(&answer, &ring, algorithm, &author);
    code = key_answer(ctl, &ring, answer, err, NULL, NULL);
    if (code)
        return code;
    printf("%s signs for targets that name no algorithm\n", algorithm);
    return ctl_flush();
}

int key_prefer(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *reason = NULL;
    const args_option_t options[] = {KEY_REASON(&reason)};
    args_t args = {options, 1, NULL, 0};

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: key prefer ALG [--reason TEXT]");
    if (!key_algorithm(args.operands[0]))
        return CTL_USAGE;
    return prefer(ctl, args.operands[0], reason);
}
