#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "args.h"
#include "key_ring.h"

static const tokex_err_t *retire_row(const key_ring_t *ring, const char *kid)
{
    const ctl_t *ctl = ring->ctl;

    TOKEX_RETURN_ERR(tokex_db_begin(ring->state, true, ctl->pool));
    TOKEX_RETURN_ERR(tokex_signing_store_retire(NULL, ring->state, kid, ctl->now, ctl->pool));
    return tokex_db_commit(ring->state, ctl->pool);
}

/* `config` with the key at `place` retired now. */
static tokex_config_t with_retired(const key_ring_t *ring, const tokex_config_t *config, int place)
{
    tokex_config_t changed = *config;
    tokex_signing_key_t *keys = apr_pmemdup(ring->ctl->pool, config->signing_keys,
                                            sizeof *keys * (apr_size_t)config->signing_key_count);

    keys[place].retired = ring->ctl->now;
    changed.signing_keys = keys;
    return changed;
}

/* Nobody may be left without a signature by a word. */
static int check_successor(const key_ring_t *ring, const tokex_config_t *judged, int place)
{
    const tokex_signing_key_t *key = &ring->joined->signing_keys[place];
    const char *target = key_ring_needs(ring, key->algorithm);

    if (ring->lives[place].state != TOKEX_KEY_ACTIVE || !target ||
        tokex_key_life_active(judged, key->algorithm, ring->ctl->now, ring->ctl->pool) >= 0)
        return CTL_DONE;
    return ctl_say(CTL_REFUSED,
                   "%s is the only key that signs with %s, which the target \"%s\" needs; run "
                   "`tokexctl key rotate --algorithm %s --now` first. Nothing was changed.",
                   key->kid, key->algorithm, target, key->algorithm);
}

static int save(const key_ring_t *ring, const tokex_config_t *judged, int place)
{
    const char *kid = ring->joined->signing_keys[place].kid;
    const tokex_err_t *err;
    tokex_config_t changed;
    int code;

    if (key_ring_is_own(ring, place)) {
        changed = with_retired(ring, ring->config, place);
        return key_ring_save(ring, &changed, judged);
    }
    code = key_ring_judge(ring, judged);
    if (code)
        return code;
    err = retire_row(ring, kid);
    if (!err)
        return CTL_DONE;
    tokex_db_rollback(ring->state);
    return ctl_error(ring->ctl, err);
}

static void tell(const key_ring_t *ring, const tokex_config_t *judged, int place)
{
    const tokex_signing_key_t *key = &ring->joined->signing_keys[place];
    int active = tokex_key_life_active(judged, key->algorithm, ring->ctl->now, ring->ctl->pool);
    const tokex_key_life_t *lives = tokex_key_life(judged, ring->ctl->now, ring->ctl->pool);

    printf("retired signing key %s (%s), published until %s\n", key->kid, key->algorithm,
           key_time(lives[place].published_until, ring->ctl->pool));
    if (active >= 0)
        printf("active signing key %s (%s)\n", judged->signing_keys[active].kid, key->algorithm);
}

static int retire(const key_ring_t *ring, const char *kid)
{
    int place = key_ring_find(ring, kid), code;
    tokex_config_t judged;

    if (place < 0 && (ring->state_err || ring->master_err))
        return ctl_error(ring->ctl, ring->state_err ? ring->state_err : ring->master_err);
    if (place < 0)
        return ctl_say(CTL_REFUSED, "%s: there is no such signing key; see tokexctl key list", kid);
    if (ring->lives[place].state != TOKEX_KEY_ACTIVE && ring->lives[place].state != TOKEX_KEY_NEXT)
        return ctl_say(CTL_REFUSED, "%s is %s already", kid,
                       tokex_key_state_name(ring->lives[place].state));
    judged = with_retired(ring, ring->joined, place);
    code = check_successor(ring, &judged, place);
    if (!code)
        code = save(ring, &judged, place);
    if (code)
        return code;
    tell(ring, &judged, place);
    return ctl_flush();
}

int key_retire(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *reason = NULL;
    const args_option_t options[] = {KEY_REASON(&reason)};
    args_t args = {options, 1, NULL, 0};
    const tokex_err_t *err;
    key_ring_t ring;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: key retire KID (behind -- when it begins with a dash)");
    err = key_ring_open(&ring, ctl, TOKEX_DB_WRITE);
    ring.reason = reason;
    return err ? ctl_error(ctl, err) : retire(&ring, args.operands[0]);
}
