#include <stdio.h>
#include <string.h>

#include "args.h"
#include "key_ring.h"

/* What one removal does. */
typedef struct removal_t {
    const key_ring_t *ring;
    const char *kid;
    const char *algorithm; /* NULL: a row of state.db that proves nothing */
    bool force;
    const tokex_signing_key_t *made; /* NULL: none */
    tokex_config_t changed;          /* config.db */
    bool touches_config;
    tokex_config_t judged; /* what the server will have */
} removal_t;

static bool has_row(const key_ring_t *ring, const char *kid)
{
    int i;

    for (i = 0; i < ring->rows.count; i++)
        if (strcmp(ring->rows.keys[i].kid, kid) == 0)
            return true;
    return false;
}

/*
 * The others of its algorithm without the key. Those that stopped stay so for good: what took over
 * from them is not there any more to tell, and one that nobody finds any longer must not sign
 * again.
 */
static tokex_config_t without(const removal_t *removal)
{
    const key_ring_t *ring = removal->ring;
    tokex_config_t config = *ring->joined;
    tokex_signing_key_t *keys =
        apr_pcalloc(ring->ctl->pool, sizeof *keys * (apr_size_t)(config.signing_key_count + 1));
    int count = 0, i;

    for (i = 0; i < config.signing_key_count; i++) {
        tokex_signing_key_t *key = &keys[count];

        *key = ring->joined->signing_keys[i];
        if (strcmp(key->kid, removal->kid) == 0)
            continue;
        count++;
        if (removal->algorithm && strcmp(key->algorithm, removal->algorithm) == 0 &&
            (ring->lives[i].state == TOKEX_KEY_RETIRED || ring->lives[i].state == TOKEX_KEY_DEAD))
            key->retired = key_ring_stopped(ring, i);
    }
    config.signing_keys = keys;
    config.signing_key_count = count;
    return config;
}

/* A new key at once, behind the others; there is room for one. */
static const tokex_err_t *replace(removal_t *removal)
{
    const ctl_t *ctl = removal->ring->ctl;
    tokex_signing_key_t *key =
        (tokex_signing_key_t *)removal->judged.signing_keys + removal->judged.signing_key_count;

    if (removal->ring->master_err)
        return removal->ring->master_err;
    TOKEX_RETURN_ERR(tokex_signing_keys_make(key, removal->algorithm, ctl->now, ctl->now,
                                             &removal->ring->sealer, ctl->pool));
    removal->judged.signing_key_count++;
    removal->made = key;
    return NULL;
}

static int find_substitute(removal_t *removal)
{
    const key_ring_t *ring = removal->ring;
    const ctl_t *ctl = ring->ctl;
    const tokex_err_t *err;
    const char *target;

    if (!removal->algorithm ||
        tokex_key_life_active(ring->joined, removal->algorithm, ctl->now, ctl->pool) < 0 ||
        tokex_key_life_active(&removal->judged, removal->algorithm, ctl->now, ctl->pool) >= 0)
        return CTL_DONE;
    target = key_ring_needs(ring, removal->algorithm);
    if (!target && !removal->force)
        return CTL_DONE;
    if (!removal->force)
        return ctl_say(CTL_REFUSED,
                       "%s is the only key that signs with %s, which the target \"%s\" needs; "
                       "--force removes it and makes a new one that signs at once. Nothing was "
                       "changed.",
                       removal->kid, removal->algorithm, target);
    err = replace(removal);
    return err ? ctl_error(ctl, err) : CTL_DONE;
}

/* What of `judged` belongs into config.db. */
static void sort_out(removal_t *removal)
{
    const key_ring_t *ring = removal->ring;
    tokex_signing_key_t *keys = key_ring_own_keys(ring);
    int own = ring->config->signing_key_count, count = 0, i;

    for (i = 0; i < removal->judged.signing_key_count; i++) {
        const tokex_signing_key_t *key = &removal->judged.signing_keys[i];
        int place = key_ring_find(ring, key->kid);

        if (place >= own)
            continue;
        if (place < 0 || key->retired != ring->joined->signing_keys[place].retired)
            removal->touches_config = true;
        keys[count++] = *key;
    }
    removal->touches_config = removal->touches_config || count != own;
    removal->changed = *ring->config;
    removal->changed.signing_keys = keys;
    removal->changed.signing_key_count = count;
}

static const tokex_err_t *change_rows(const removal_t *removal)
{
    const key_ring_t *ring = removal->ring;
    apr_pool_t *pool = ring->ctl->pool;
    int i;

    TOKEX_RETURN_ERR(tokex_db_begin(ring->state, true, pool));
    TOKEX_RETURN_ERR(tokex_signing_store_remove(NULL, ring->state, removal->kid, pool));
    for (i = 0; i < removal->judged.signing_key_count; i++) {
        const tokex_signing_key_t *key = &removal->judged.signing_keys[i];
        int place = key_ring_find(ring, key->kid);

        if (place >= ring->config->signing_key_count &&
            key->retired != ring->joined->signing_keys[place].retired)
            TOKEX_RETURN_ERR(
                tokex_signing_store_retire(NULL, ring->state, key->kid, key->retired, pool));
    }
    return tokex_db_commit(ring->state, pool);
}

/* config.db first: the new key is there before the old one goes. */
static int save(const removal_t *removal)
{
    const key_ring_t *ring = removal->ring;
    const tokex_err_t *err = NULL;
    int code = CTL_DONE;

    if (!removal->force)
        code = key_ring_judge(ring, &removal->judged);
    if (!code && removal->touches_config)
        code = key_ring_write(ring, &removal->changed);
    if (code)
        return code;
    if (ring->state) {
        err = change_rows(removal);
        if (err)
            tokex_db_rollback(ring->state);
    }
    return err ? ctl_error(ring->ctl, err) : CTL_DONE;
}

static void tell(const removal_t *removal)
{
    printf("removed signing key %s%s%s%s: its tokens are not accepted here any more; who keeps our "
           "JWK Set may take them for another 300 seconds\n",
           removal->kid, removal->algorithm ? " (" : "",
           removal->algorithm ? removal->algorithm : "", removal->algorithm ? ")" : "");
    if (removal->made)
        printf("active signing key %s (%s)\n", removal->made->kid, removal->made->algorithm);
}

/* A server that cannot load the configuration goes on with the one before, and with its keys. */
static int warn_of_faults(const removal_t *removal)
{
    const ctl_t *ctl = removal->ring->ctl;
    tokex_faults_t *faults = tokex_config_faults_create(ctl->pool);

    if (!ctl_compile_joined(ctl, &removal->judged, faults))
        return CTL_DONE;
    ctl_faults(ctl, faults);
    return ctl_say(CTL_REFUSED, "the configuration has faults, so a running server cannot load it "
                                "and goes on with the key: correct them, or stop the server");
}

static int remove_key(const key_ring_t *ring, const char *kid, bool force)
{
    removal_t removal = {.ring = ring, .kid = kid, .force = force};
    int place = key_ring_find(ring, kid), code;

    if (place < 0 && !has_row(ring, kid) && ring->state_err)
        return ctl_error(ring->ctl, ring->state_err);
    if (place < 0 && !has_row(ring, kid))
        return ctl_say(CTL_REFUSED, "%s: there is no such signing key; see tokexctl key list", kid);
    if (place >= 0)
        removal.algorithm = ring->joined->signing_keys[place].algorithm;
    removal.judged = without(&removal);
    code = find_substitute(&removal);
    if (code)
        return code;
    sort_out(&removal);
    code = save(&removal);
    if (code)
        return code;
    tell(&removal);
    code = ctl_flush();
    return code ? code : warn_of_faults(&removal);
}

int key_remove(ctl_t *ctl, int argc, const char *const *argv)
{
    bool force = false;
    const char *reason = NULL;
    const args_option_t options[] = {{0, "force", NULL, &force}, KEY_REASON(&reason)};
    args_t args = {options, 2, NULL, 0};
    const tokex_err_t *err;
    key_ring_t ring;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE,
                       "say: key remove [--force] KID (behind -- when it begins with a dash)");
    err = key_ring_open(&ring, ctl, TOKEX_DB_WRITE);
    if (err)
        return ctl_error(ctl, err);
    ring.reason = reason;
    key_ring_wait(&ring, ctl);
    return remove_key(&ring, args.operands[0], force);
}
