/* Secrets of clients: a new one beside the old one, and taking one away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "key_ring.h"
#include "member.h"
#include "object.h"

#define DAY 86400
#define DEFAULT_DAYS 7
#define MOST_DAYS 366

typedef struct rotation_t {
    change_t change;
    int64_t days;
    bool drop_old;
    apr_array_header_t *secrets; /* JSON texts */
} rotation_t;

static int64_t number_of(const draft_t *secret, const char *name)
{
    const char *json = draft_get(secret, name);

    return json ? strtoll(json, NULL, 10) : 0;
}

static bool ended(const rotation_t *r, const draft_t *secret)
{
    int64_t expires = number_of(secret, "expires");

    return expires != 0 && expires <= r->change.ctl->now;
}

/* The place of the secret that was made last; -1: there is none. */
static int find_newest(const rotation_t *r)
{
    int64_t latest = -1;
    int place = -1, i;
    draft_t *secret;

    for (i = 0; i < r->secrets->nelts; i++)
        if (!draft_read(&secret, APR_ARRAY_IDX(r->secrets, i, const char *), r->change.ctl->pool) &&
            number_of(secret, "created") >= latest) {
            latest = number_of(secret, "created");
            place = i;
        }
    return place;
}

/* Those that have ended leave. */
static void clear_ended(rotation_t *r)
{
    draft_t *secret;
    int i;

    for (i = r->secrets->nelts - 1; i >= 0; i--)
        if (!draft_read(&secret, APR_ARRAY_IDX(r->secrets, i, const char *), r->change.ctl->pool) &&
            ended(r, secret))
            member_remove_at(r->secrets, i);
}

static void keep_newest(rotation_t *r)
{
    const char *newest = APR_ARRAY_IDX(r->secrets, find_newest(r), const char *);

    r->secrets->nelts = 1;
    APR_ARRAY_IDX(r->secrets, 0, const char *) = newest;
}

/* The one that is left ends when it was to end, but not later than after the days. */
static void end_old(rotation_t *r)
{
    int64_t end = r->change.ctl->now + r->days * DAY, before;
    apr_pool_t *pool = r->change.ctl->pool;
    draft_t *secret;

    if (r->secrets->nelts == 0 ||
        draft_read(&secret, APR_ARRAY_IDX(r->secrets, 0, const char *), pool))
        return;
    before = number_of(secret, "expires");
    if (before == 0 || before > end)
        draft_put(secret, "expires", apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)end));
    APR_ARRAY_IDX(r->secrets, 0, const char *) = draft_text(secret);
}

/* "s3" behind "s2": one that no secret had that is there, ended ones among them. */
static const char *next_id(const rotation_t *r)
{
    apr_array_header_t *all = draft_list(r->change.draft, "secrets");
    apr_pool_t *pool = r->change.ctl->pool;
    long highest = 0;
    int i;

    for (i = 0; i < all->nelts; i++) {
        draft_t *secret;
        const char *id = NULL;

        if (!draft_read(&secret, APR_ARRAY_IDX(all, i, const char *), pool))
            id = draft_string(secret, "id");
        if (id && id[0] == 's' && id[1] && strlen(id) < 10 &&
            id[1 + strspn(id + 1, "0123456789")] == '\0' && strtol(id + 1, NULL, 10) > highest)
            highest = strtol(id + 1, NULL, 10);
    }
    return apr_psprintf(pool, "s%ld", highest + 1);
}

static int rotate(rotation_t *r)
{
    apr_pool_t *pool = r->change.ctl->pool;
    const char *id = next_id(r);

    r->secrets = draft_list(r->change.draft, "secrets");
    clear_ended(r);
    if (r->secrets->nelts > 1 && !r->drop_old)
        return ctl_say(CTL_REFUSED,
                       "client \"%s\" has two secrets that have not ended; --drop-old takes the "
                       "older one away at once. Nothing was changed.",
                       r->change.id);
    if (r->secrets->nelts > 1)
        keep_newest(r);
    end_old(r);
    *(const char **)apr_array_push(r->secrets) =
        apr_psprintf(pool, "{\"id\":\"%s\",\"generate\":true}", id);
    draft_put_list(r->change.draft, "secrets", r->secrets);
    return change_make(&r->change,
                       apr_psprintf(pool, "rotated client \"%s\" to secret %s", r->change.id, id));
}

int client_rotate(ctl_t *ctl, const tokex_object_desc_t *desc, int argc, const char *const *argv)
{
    change_options_t o = {0};
    rotation_t r = {.change = {.ctl = ctl, .desc = desc, .options = &o}, .days = DEFAULT_DAYS};
    const char *days = NULL;
    const args_option_t options[] = {CHANGE_REASON(&o),
                                     CHANGE_DRY_RUN(&o),
                                     {0, "expires-in", &days, NULL},
                                     {0, "drop-old", NULL, &r.drop_old}};
    args_t args = {options, 4, NULL, 0};
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: client rotate ID [--expires-in DAYS] [--drop-old]");
    if (days && !key_number(&r.days, "--expires-in", days, MOST_DAYS))
        return CTL_USAGE;
    r.change.id = args.operands[0];
    code = change_open(&r.change);
    if (code)
        return code;
    return r.change.present ? rotate(&r) : change_missing(&r.change);
}

/* ---- secret remove */

static int remove_secret(change_t *change, const char *id)
{
    apr_pool_t *pool = change->ctl->pool;
    apr_array_header_t *secrets = draft_list(change->draft, "secrets");
    int place = member_find(secrets, "id", id, pool);

    if (place < 0)
        return ctl_say(CTL_REFUSED,
                       "client \"%s\" has no secret \"%s\"; see tokexctl client show %s",
                       change->id, tokex_err_shown(pool, id, strlen(id)), change->id);
    member_remove_at(secrets, place);
    if (change_asks(change) &&
        !change_confirmed(apr_psprintf(pool, "Remove secret \"%s\" of client \"%s\"%s?", id,
                                       change->id, secrets->nelts ? "" : ", its only one")))
        return ctl_say(CTL_REFUSED, "nothing was changed");
    draft_put_list(change->draft, "secrets", secrets);
    return change_make(change, apr_psprintf(pool, "removed secret \"%s/%s\"", change->id, id));
}

int client_secret(ctl_t *ctl, const tokex_object_desc_t *desc, int argc, const char *const *argv)
{
    change_options_t o = {0};
    change_t change = {.ctl = ctl, .desc = desc, .options = &o};
    const args_option_t options[] = {CHANGE_REASON(&o), CHANGE_DRY_RUN(&o), CHANGE_YES(&o)};
    args_t args = {options, 3, NULL, 0};
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 3 || strcmp(args.operands[0], "remove") != 0)
        return ctl_say(CTL_USAGE, "say: client secret remove ID SECRET");
    change.id = args.operands[1];
    code = change_open(&change);
    if (code)
        return code;
    return change.present ? remove_secret(&change, args.operands[2]) : change_missing(&change);
}
