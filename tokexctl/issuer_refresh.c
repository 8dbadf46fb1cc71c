/* `issuer refresh`: the running server asks the issuer for its keys now. */
#include <stdio.h>
#include <stdlib.h>

#include "args.h"
#include "issuer.h"
#include "keys/issuer_refresh.h"

#define WAIT_DEFAULT 10
#define WAIT_MOST 300

static int tell(const tokex_issuer_refresh_t *refresh, const ctl_t *ctl)
{
    bool all = true;
    int i, code;

    for (i = 0; i < refresh->count; i++) {
        const tokex_refresh_source_t *source = &refresh->sources[i];
        bool good;
        const char *said = tokex_issuer_refresh_said(&good, refresh, source, ctl->crypt, ctl->pool);

        printf("%s  %s: %s\n", good ? "ok    " : "failed", source->url, said);
        all = all && good;
    }
    code = ctl_flush();
    return code ? code : all ? CTL_DONE : CTL_REFUSED;
}

static int refresh_issuer(const ctl_t *ctl, const char *id, int64_t wait)
{
    tokex_issuer_refresh_t refresh;
    const tokex_issuer_t *issuer;
    const tokex_err_t *err;
    tokex_db_t *state;
    int code = issuer_find(&issuer, ctl, id);

    if (code)
        return code;
    if (!issuer->enabled)
        return ctl_say(CTL_REFUSED, "issuer \"%s\" is not enabled, so no server asks it", id);
    tokex_issuer_refresh_sources(&refresh, issuer, ctl->pool);
    if (!refresh.count)
        return ctl_say(CTL_REFUSED,
                       "issuer \"%s\" has no place that its keys are fetched from: they stand in "
                       "the configuration",
                       id);
    err = tokex_db_open(&state, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_WRITE, false, ctl->pool);
    if (!err)
        err = tokex_issuer_refresh_begin(&refresh, state, ctl->now, ctl->pool);
    if (!err)
        err = tokex_issuer_refresh_wait(&refresh, wait, ctl->pool);
    return err ? ctl_error(ctl, err) : tell(&refresh, ctl);
}

static bool read_wait(int64_t *out, const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);

    *out = value;
    return end != text && !*end && value >= 0 && value <= WAIT_MOST;
}

int ctl_issuer_refresh(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *text = NULL;
    const args_option_t options[] = {{0, "wait", &text, NULL}};
    args_t args = {options, 1, NULL, 0};
    int64_t wait = WAIT_DEFAULT;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1 || (text && !read_wait(&wait, text)))
        return ctl_say(CTL_USAGE, "say: issuer refresh ID [--wait SECONDS], 0 to %d", WAIT_MOST);
    return refresh_issuer(ctl, args.operands[0], wait);
}
