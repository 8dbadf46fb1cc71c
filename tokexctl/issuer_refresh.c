/* `issuer refresh`: the running server asks the issuer for its keys now. It alone fetches and
 * keeps them; here its rows are made due, and what becomes of them is watched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_time.h>

#include "args.h"
#include "crypt/jwk.h"
#include "issuer.h"
#include "keys/issuer_keys.h"
#include "keys/key_fetch.h"
#include "store/key_store.h"

#define LOOK_EVERY apr_time_from_msec(100)
#define WAIT_DEFAULT 10
#define WAIT_MOST 300

typedef struct source_t {
    const char *url;
    bool was_known;
    tokex_fetched_t before;       /* when it is known */
    const tokex_fetched_t *after; /* NULL: nothing came of it so far */
} source_t;

typedef struct refresh_t {
    const ctl_t *ctl;
    const tokex_issuer_t *issuer;
    tokex_db_t *state;
    source_t *sources;
    int count;
    int64_t wait; /* seconds */
} refresh_t;

static void name_sources(refresh_t *refresh)
{
    const tokex_policy_issuer_t issuer = {.config = refresh->issuer};
    tokex_key_fetch_t *fetches;
    int i;

    tokex_key_fetch_sources(&fetches, &refresh->count, &issuer, refresh->ctl->pool);
    refresh->sources =
        apr_pcalloc(refresh->ctl->pool, (apr_size_t)refresh->count * sizeof(*refresh->sources));
    for (i = 0; i < refresh->count; i++)
        refresh->sources[i].url = fetches[i].url;
}

static const tokex_err_t *make_due(refresh_t *refresh)
{
    const ctl_t *ctl = refresh->ctl;
    int i;

    TOKEX_RETURN_ERR(tokex_db_open(&refresh->state, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_WRITE,
                                   false, ctl->pool));
    for (i = 0; i < refresh->count; i++) {
        source_t *source = &refresh->sources[i];
        const tokex_fetched_t *row;

        TOKEX_RETURN_ERR(tokex_key_store_make_due(&row, refresh->state, refresh->issuer->id,
                                                  source->url, ctl->now, ctl->pool));
        source->was_known = row != NULL;
        if (row)
            source->before = *row;
    }
    return NULL;
}

/* ---- Waiting */

static const tokex_err_t *look(bool *all, refresh_t *refresh)
{
    const tokex_fetched_t *row;
    int i;

    *all = true;
    for (i = 0; i < refresh->count; i++) {
        source_t *source = &refresh->sources[i];

        if (source->after)
            continue;
        TOKEX_RETURN_ERR(tokex_key_store_find(&row, refresh->state, refresh->issuer->id,
                                              source->url, refresh->ctl->pool));
        if (row && (!source->was_known || row->tried != source->before.tried))
            source->after = row;
        else
            *all = false;
    }
    return NULL;
}

static const tokex_err_t *watch(bool *all, refresh_t *refresh)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(refresh->wait);

    for (;;) {
        TOKEX_RETURN_ERR(look(all, refresh));
        if (*all || apr_time_now() >= until)
            return NULL;
        apr_sleep(LOOK_EVERY);
    }
}

/* ---- What came of it */

static int count_keys(const refresh_t *refresh, const char *jwks)
{
    const tokex_keyset_t *set;
    apr_pool_t *pool = refresh->ctl->pool;

    if (!jwks || tokex_jwk_read(&set, jwks, strlen(jwks), refresh->ctl->now, refresh->ctl->crypt,
                                pool, pool))
        return 0;
    return set->count;
}

static bool tell_answer(const refresh_t *refresh, const source_t *source)
{
    const tokex_fetched_t *row = source->after;
    bool same = source->was_known && source->before.jwks && row->jwks &&
                strcmp(source->before.jwks, row->jwks) == 0;
    int keys = count_keys(refresh, row->jwks);

    if (row->failure) {
        printf("failed  %s: %s%s\n", source->url, row->failure,
               row->jwks ? ". The keys that came before go on being used" : "");
        return false;
    }
    if (!keys) {
        printf("failed  %s: it answered with no key that can be used; run `tokexctl issuer test "
               "%s`\n",
               source->url, refresh->issuer->id);
        return false;
    }
    printf("ok      %s: %d key%s, %s\n", source->url, keys, keys == 1 ? "" : "s",
           same ? "the same as before" : "other than before");
    return true;
}

/* No source is asked twice within that time, whoever wants it. */
static void tell_silence(const refresh_t *refresh, const source_t *source)
{
    int64_t since = refresh->ctl->now - source->before.tried;

    printf("failed  %s: no running server has asked within %" APR_INT64_T_FMT " seconds. ",
           source->url, (apr_int64_t)refresh->wait);
    if (source->was_known && since >= 0 && since < TOKEX_KEYS_COOLDOWN)
        printf("It was asked %" APR_INT64_T_FMT " seconds ago, and is not asked again within %d: "
               "one that runs will ask then\n",
               (apr_int64_t)since, TOKEX_KEYS_COOLDOWN);
    else
        puts("It will be asked when httpd starts with this installation; `tokexctl issuer test` "
             "asks without a server");
}

static int tell(const refresh_t *refresh)
{
    bool good = true;
    int i, code;

    for (i = 0; i < refresh->count; i++) {
        const source_t *source = &refresh->sources[i];

        if (source->after) {
            good = tell_answer(refresh, source) && good;
        } else {
            tell_silence(refresh, source);
            good = false;
        }
    }
    code = ctl_flush();
    return code ? code : good ? CTL_DONE : CTL_REFUSED;
}

/* ---- The command */

static int refresh_issuer(refresh_t *refresh, const char *id)
{
    const tokex_err_t *err;
    bool all;
    int code = issuer_find(&refresh->issuer, refresh->ctl, id);

    if (code)
        return code;
    if (!refresh->issuer->enabled)
        return ctl_say(CTL_REFUSED, "issuer \"%s\" is not enabled, so no server asks it", id);
    name_sources(refresh);
    if (!refresh->count)
        return ctl_say(CTL_REFUSED,
                       "issuer \"%s\" has no place that its keys are fetched from: they stand in "
                       "the configuration",
                       id);
    err = make_due(refresh);
    if (!err)
        err = watch(&all, refresh);
    return err ? ctl_error(refresh->ctl, err) : tell(refresh);
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
    const char *wait = NULL;
    const args_option_t options[] = {{0, "wait", &wait, NULL}};
    args_t args = {options, 1, NULL, 0};
    refresh_t refresh = {.ctl = ctl, .wait = WAIT_DEFAULT};

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1 || (wait && !read_wait(&refresh.wait, wait)))
        return ctl_say(CTL_USAGE, "say: issuer refresh ID [--wait SECONDS], 0 to %d", WAIT_MOST);
    return refresh_issuer(&refresh, args.operands[0]);
}
