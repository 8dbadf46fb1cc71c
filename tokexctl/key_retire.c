/* When a signing key begins and when it ends, by hand. */
#include <stdio.h>

#include <apr_strings.h>

#include "args.h"
#include "key.h"
#include "way.h"

typedef const tokex_err_t *change_t(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                    const char *kid, const tokex_edit_author_t *author);

static void tell_active(const tokex_key_ring_t *ring, const char *algorithm)
{
    int active = tokex_key_life_active(&ring->after, algorithm, ring->site.now, ring->site.pool);

    if (active >= 0)
        printf("active signing key %s (%s)\n", ring->after.signing_keys[active].kid, algorithm);
}

static void tell_retired(const tokex_key_ring_t *ring, int place)
{
    const tokex_signing_key_t *key = &ring->joined->signing_keys[place];
    const tokex_key_life_t *lives = tokex_key_life(&ring->after, ring->site.now, ring->site.pool);

    printf("retired signing key %s (%s), published until %s\n", key->kid, key->algorithm,
           key_time(lives[place].published_until, ring->site.pool));
}

/* A command that takes one key; `retires`: it ends, else it begins. */
static int run(const ctl_t *ctl, int argc, const char *const *argv, change_t *change, bool retires)
{
    const char *reason = NULL;
    const args_option_t options[] = {KEY_REASON(&reason)};
    args_t args = {options, 1, NULL, 0};
    tokex_key_answer_t answer = TOKEX_KEY_DONE;
    tokex_edit_author_t author;
    const tokex_err_t *err;
    tokex_key_ring_t ring;
    const char *kid;
    int code, place;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: key %s KID (behind -- when it begins with a dash)",
                       retires ? "retire" : "activate");
    kid = args.operands[0];
    author = way_author(ctl, reason);
    err = key_open(&ring, ctl, TOKEX_DB_WRITE);
    if (err)
        return ctl_error(ctl, err);
    err = change(&answer, &ring, kid, &author);
    place = tokex_key_ring_find(&ring, kid);
    code = key_answer(ctl, &ring, answer, err, kid,
                      answer == TOKEX_KEY_NEEDED
                          ? apr_psprintf(ctl->pool,
                                         "run `tokexctl key rotate --algorithm %s --now` first",
                                         ring.joined->signing_keys[place].algorithm)
                          : NULL);
    if (code)
        return code;
    if (retires)
        tell_retired(&ring, place);
    tell_active(&ring, ring.joined->signing_keys[place].algorithm);
    return ctl_flush();
}

int key_retire(ctl_t *ctl, int argc, const char *const *argv)
{
    return run(ctl, argc, argv, tokex_key_ring_retire, true);
}

int key_activate(ctl_t *ctl, int argc, const char *const *argv)
{
    return run(ctl, argc, argv, tokex_key_ring_activate, false);
}
