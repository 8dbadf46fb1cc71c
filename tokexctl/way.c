#include "way.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "keys/signing_keys.h"
#include "keys/token_ask.h"

static const tokex_err_t *judge(void *ctx, const tokex_config_t *config, tokex_faults_t *faults,
                                apr_pool_t *pool)
{
    (void)pool;
    return ctl_compile(ctx, config, faults);
}

static const tokex_err_t *prove(void *ctx, const tokex_signing_key_t *key, tokex_faults_t *faults,
                                apr_pool_t *pool)
{
    const ctl_t *ctl = ctx;
    const tokex_place_t at = {.object = "signing_key", .id = key->kid, .field = "sealed"};
    tokex_sealer_t sealer = {NULL, ctl->crypt};
    const tokex_err_t *err;

    TOKEX_RETURN_ERR(tokex_seal_read_master_key(&sealer.master, ctl->master_path, pool));
    err = tokex_signing_keys_prove(key, &sealer, pool);
    if (err && err->code == TOKEX_E_SEAL)
        tokex_faults_error(faults, &at,
                           "Name the master key under which it was sealed with -k, and leave "
                           "sealed and public_jwk as they were exported.",
                           "does not open with the master key %s to the key of public_jwk",
                           ctl->master_path);
    return NULL;
}

/* Sealed anew it would look like another one. */
static bool is_same_secret(const tokex_issuer_t *issuer, const char *sealed,
                           const tokex_sealer_t *sealer, apr_pool_t *pool)
{
    const tokex_issuer_t before = {.id = issuer->id, .introspection_sealed = sealed};
    const char *secret;

    return sealed && !tokex_token_ask_open(&secret, &before, sealer, pool) &&
           strlen(secret) == strlen(issuer->introspection_secret) &&
           tokex_crypt_equal(secret, issuer->introspection_secret, strlen(secret));
}

static const tokex_err_t *seal_secret(tokex_issuer_t *issuer, const char *present,
                                      const tokex_sealer_t *sealer, apr_pool_t *pool)
{
    if (!is_same_secret(issuer, present, sealer, pool))
        return tokex_token_ask_seal(&issuer->introspection_sealed, issuer, sealer, pool);
    issuer->introspection_sealed = present;
    return NULL;
}

static const tokex_err_t *seal(void *ctx, tokex_issuer_t *issuer, const char *present,
                               tokex_faults_t *faults, apr_pool_t *pool)
{
    const ctl_t *ctl = ctx;
    const tokex_place_t at = {
        .object = "issuer", .id = issuer->id, .field = "introspection_sealed"};
    tokex_sealer_t sealer = {NULL, ctl->crypt};
    const char *secret;

    TOKEX_RETURN_ERR(tokex_seal_read_master_key(&sealer.master, ctl->master_path, pool));
    if (issuer->introspection_secret)
        return seal_secret(issuer, present, &sealer, pool);
    if (tokex_token_ask_open(&secret, issuer, &sealer, pool))
        tokex_faults_error(faults, &at,
                           "Name the master key under which it was sealed with -k, and leave it "
                           "as it was exported; or write introspection_secret.",
                           "does not open with the master key %s", ctl->master_path);
    return NULL;
}

tokex_edit_way_t way_create(const ctl_t *ctl, tokex_db_t *db, bool dry_run)
{
    return (tokex_edit_way_t){.db = db,
                              .judge = judge,
                              .judge_ctx = (void *)ctl,
                              .dry_run = dry_run,
                              .prove = prove,
                              .prove_ctx = (void *)ctl,
                              .seal = seal,
                              .seal_ctx = (void *)ctl,
                              .made = apr_array_make(ctl->pool, 2, sizeof(tokex_edit_secret_t)),
                              .differing =
                                  apr_array_make(ctl->pool, 2, sizeof(tokex_change_object_t))};
}

/* What the environment says is anybody's word, so it is shown as such, and in one line. */
tokex_edit_author_t way_author(const ctl_t *ctl, const char *reason)
{
    const struct passwd *user = getpwuid(getuid());
    const char *name = user && *user->pw_name ? user->pw_name : "unknown";
    const char *sudo = getenv("SUDO_USER");
    const char *of = "";

    if (sudo && *sudo)
        of = apr_pstrcat(ctl->pool, ", sudo of ", tokex_err_shown(ctl->pool, sudo, strlen(sudo)),
                         NULL);
    return (tokex_edit_author_t){.who = apr_psprintf(ctl->pool, "%s (uid %lu%s)",
                                                     tokex_err_shown(ctl->pool, name, strlen(name)),
                                                     (unsigned long)getuid(), of),
                                 .reason = reason,
                                 .now = ctl->now};
}

int way_result(const ctl_t *ctl, const tokex_err_t *err, const tokex_faults_t *faults)
{
    ctl_faults(ctl, faults);
    if (err && err->code == TOKEX_E_DOCUMENT && faults->error_count)
        return ctl_say(CTL_REFUSED, "%d fault%s; nothing was changed", faults->error_count,
                       faults->error_count == 1 ? "" : "s");
    return err ? ctl_error(ctl, err) : CTL_DONE;
}

/* ---- What differs */

const char *way_text(const char *text, apr_pool_t *pool)
{
    unsigned char *copy = (unsigned char *)apr_pstrdup(pool, text), *at;

    for (at = copy; *at; at++) {
        /* U+0080 to U+009F: no other character's UTF-8 begins with C2 and goes on like this. */
        bool second = at[0] == 0xc2 && at[1] && at[1] < 0xa0;

        if (*at < 0x20 || *at == 0x7f || second)
            *at = '?';
        if (second)
            *++at = '?';
    }
    return (const char *)copy;
}

static void print_member(FILE *out, const tokex_edit_member_t *member, apr_pool_t *pool)
{
    const char *path = way_text(member->path, pool);

    if (member->secret)
        fprintf(out, "    %s: changed\n", path);
    else if (!member->before)
        fprintf(out, "    %s: %s\n", path, way_text(member->after, pool));
    else if (!member->after)
        fprintf(out, "    %s: %s, taken out\n", path, way_text(member->before, pool));
    else
        fprintf(out, "    %s: %s -> %s\n", path, way_text(member->before, pool),
                way_text(member->after, pool));
}

static const tokex_err_t *print_object(FILE *out, const tokex_change_object_t *object, bool whole,
                                       apr_pool_t *pool)
{
    const tokex_edit_member_t *members;
    int count, i;

    fprintf(out, "%c %s %s\n",
            !object->before  ? '+'
            : !object->after ? '-'
                             : '~',
            object->noun, way_text(object->id, pool));
    if (!whole && (!object->before || !object->after))
        return NULL;
    TOKEX_RETURN_ERR(
        tokex_edit_diff(&members, &count, object->noun, object->before, object->after, pool));
    for (i = 0; i < count; i++)
        print_member(out, &members[i], pool);
    return NULL;
}

const tokex_err_t *way_print(FILE *out, const tokex_change_object_t *objects, int count, bool whole,
                             apr_pool_t *pool)
{
    int i;

    for (i = 0; i < count; i++)
        TOKEX_RETURN_ERR(print_object(out, &objects[i], whole, pool));
    return NULL;
}
