/* Secrets of clients: a new one beside the old one, and taking one away. */
#include <string.h>

#include <apr_strings.h>

#include "edit/secret.h"
#include "key.h"
#include "object.h"

#define DEFAULT_DAYS 7
#define MOST_DAYS 366

/* Makes `object` what the change is to come to. */
static int take(change_t *change, const char *object)
{
    const tokex_err_t *err = draft_read(&change->draft, object, change->ctl->pool);

    return err ? ctl_error(change->ctl, err) : CTL_DONE;
}

static const tokex_json_t *present_of(const change_t *change)
{
    const tokex_json_t *client = NULL;
    const char *text = draft_text(change->draft);

    return tokex_json_parse(&client, text, strlen(text), change->ctl->pool) ? NULL : client;
}

static int rotate(change_t *change, const tokex_rotation_t *how)
{
    apr_pool_t *pool = change->ctl->pool;
    const char *id = NULL;
    const char *object = tokex_secret_rotate(&id, present_of(change), how, pool);
    int code;

    if (!object)
        return ctl_say(CTL_REFUSED,
                       "client \"%s\" has two secrets that have not ended; --drop-old takes the "
                       "older one away at once. Nothing was changed.",
                       change->id);
    code = take(change, object);
    return code ? code
                : change_make(change, apr_psprintf(pool, "rotated client \"%s\" to secret %s",
                                                   change->id, id));
}

int client_rotate(ctl_t *ctl, const tokex_object_desc_t *desc, int argc, const char *const *argv)
{
    change_options_t o = {0};
    change_t change = {.ctl = ctl, .desc = desc, .options = &o};
    tokex_rotation_t how = {DEFAULT_DAYS, false, ctl->now};
    const char *days = NULL;
    const args_option_t options[] = {CHANGE_REASON(&o),
                                     CHANGE_DRY_RUN(&o),
                                     {0, "expires-in", &days, NULL},
                                     {0, "drop-old", NULL, &how.drop_old}};
    args_t args = {options, 4, NULL, 0};
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: client rotate ID [--expires-in DAYS] [--drop-old]");
    if (days && !key_number(&how.days, "--expires-in", days, MOST_DAYS))
        return CTL_USAGE;
    change.id = args.operands[0];
    code = change_open(&change);
    if (code)
        return code;
    return change.present ? rotate(&change, &how) : change_missing(&change);
}

/* ---- secret remove */

static int remove_secret(change_t *change, const char *id)
{
    apr_pool_t *pool = change->ctl->pool;
    int left, code;
    const char *object = tokex_secret_remove(&left, present_of(change), id, pool);

    if (!object)
        return ctl_say(CTL_REFUSED,
                       "client \"%s\" has no secret \"%s\"; see tokexctl client show %s",
                       change->id, tokex_err_shown(pool, id, strlen(id)), change->id);
    if (change_asks(change) &&
        !change_confirmed(apr_psprintf(pool, "Remove secret \"%s\" of client \"%s\"%s?", id,
                                       change->id, left ? "" : ", its only one")))
        return ctl_say(CTL_REFUSED, "nothing was changed");
    code = take(change, object);
    return code ? code
                : change_make(change,
                              apr_psprintf(pool, "removed secret \"%s/%s\"", change->id, id));
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
