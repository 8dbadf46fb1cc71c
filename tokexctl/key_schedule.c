#include <stdio.h>
#include <string.h>

#include "args.h"
#include "base/limits.h"
#include "key_ring.h"

#define DAY 86400
#define HOUR 3600
#define DEFAULT_AHEAD 86400

/* The rows of `config` with one for `algorithm`; `*row` is that one, to be changed. */
static tokex_config_t with_row(const ctl_t *ctl, const tokex_config_t *config,
                               const char *algorithm, tokex_signing_t **row)
{
    tokex_config_t changed = *config;
    int count = config->signing_count, i;
    tokex_signing_t *rows = apr_pcalloc(ctl->pool, sizeof *rows * (apr_size_t)(count + 1));

    *row = &rows[count];
    for (i = 0; i < count; i++) {
        rows[i] = config->signing[i];
        if (strcmp(rows[i].algorithm, algorithm) == 0)
            *row = &rows[i];
    }
    if (*row == &rows[count]) {
        **row = (tokex_signing_t){algorithm, false, 0, DEFAULT_AHEAD};
        changed.signing_count++;
    }
    changed.signing = rows;
    return changed;
}

static int save(const key_ring_t *ring, const tokex_config_t *changed)
{
    tokex_config_t judged = *ring->joined;

    judged.signing = changed->signing;
    judged.signing_count = changed->signing_count;
    return key_ring_save(ring, changed, &judged);
}

/* ---- key schedule */

typedef struct schedule_t {
    const char *algorithm;
    int64_t every; /* seconds */
    int64_t ahead; /* seconds; -1: as it is */
    const char *reason;
} schedule_t;

static int set_schedule(const ctl_t *ctl, const schedule_t *asked)
{
    tokex_signing_t *row;
    tokex_config_t changed;
    const tokex_err_t *err;
    key_ring_t ring;
    int code;

    err = key_ring_open(&ring, ctl, TOKEX_DB_WRITE);
    if (err)
        return ctl_error(ctl, err);
    ring.reason = asked->reason;
    changed = with_row(ctl, ring.config, asked->algorithm, &row);
    row->rotate_every = asked->every;
    if (asked->ahead >= 0)
        row->publish_ahead = asked->ahead;
    code = save(&ring, &changed);
    if (code)
        return code;
    if (row->rotate_every)
        printf("%s: a new key every %" APR_INT64_T_FMT " days, published %" APR_INT64_T_FMT
               " hours before it signs\n",
               row->algorithm, row->rotate_every / DAY, row->publish_ahead / HOUR);
    else
        printf("%s: keys are replaced by hand\n", row->algorithm);
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
    tokex_signing_t *row;
    tokex_config_t changed;
    const tokex_err_t *err;
    key_ring_t ring;
    int code, i;

    err = key_ring_open(&ring, ctl, TOKEX_DB_WRITE);
    if (err)
        return ctl_error(ctl, err);
    ring.reason = reason;
    changed = with_row(ctl, ring.config, algorithm, &row);
    for (i = 0; i < changed.signing_count; i++)
        ((tokex_signing_t *)changed.signing)[i].preferred = &changed.signing[i] == row;
    code = save(&ring, &changed);
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
