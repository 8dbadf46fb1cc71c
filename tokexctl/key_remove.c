#include <stdio.h>

#include "args.h"
#include "key.h"
#include "way.h"

/* `algorithm` NULL: a row that proved nothing. */
static void tell(const tokex_key_ring_t *ring, const char *kid, const char *algorithm)
{
    printf("removed signing key %s%s%s%s: its tokens are not accepted here any more; who keeps our "
           "JWK Set may take them for another %d seconds\n",
           kid, algorithm ? " (" : "", algorithm ? algorithm : "", algorithm ? ")" : "",
           TOKEX_KEY_LIFE_CACHED);
    if (ring->made.kid)
        printf("active signing key %s (%s)\n", ring->made.kid, ring->made.algorithm);
}

/* A server that cannot load the configuration goes on with the one before, and with its keys. */
static int warn_of_faults(const ctl_t *ctl, const tokex_key_ring_t *ring)
{
    tokex_faults_t *faults = tokex_config_faults_create(ctl->pool);
    ctl_t then = *ctl;

    /* The change may have waited for the next second. */
    then.now = ring->site.now;
    if (!ctl_compile_joined(&then, &ring->after, faults))
        return CTL_DONE;
    ctl_faults(ctl, faults);
    return ctl_say(CTL_REFUSED, "the configuration has faults, so a running server cannot load it "
                                "and goes on with the key: correct them, or stop the server");
}

static int remove_key(const ctl_t *ctl, const char *kid, bool force, const char *reason)
{
    const tokex_edit_author_t author = way_author(ctl, reason);
    tokex_key_answer_t answer = TOKEX_KEY_DONE;
    tokex_key_ring_t ring;
    const tokex_err_t *err = key_open(&ring, ctl, TOKEX_DB_WRITE);
    int place, code;

    if (err)
        return ctl_error(ctl, err);
    err = tokex_key_ring_remove(&answer, &ring, kid, force, &author);
    code = key_answer(ctl, &ring, answer, err, kid,
                      "--force removes it and makes a new one that signs at once");
    if (code)
        return code;
    place = tokex_key_ring_find(&ring, kid);
    tell(&ring, kid, place >= 0 ? ring.joined->signing_keys[place].algorithm : NULL);
    code = ctl_flush();
    return code ? code : warn_of_faults(ctl, &ring);
}

int key_remove(ctl_t *ctl, int argc, const char *const *argv)
{
    bool force = false;
    const char *reason = NULL;
    const args_option_t options[] = {{0, "force", NULL, &force}, KEY_REASON(&reason)};
    args_t args = {options, 2, NULL, 0};

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE,
                       "say: key remove [--force] KID (behind -- when it begins with a dash)");
    return remove_key(ctl, args.operands[0], force, reason);
}
