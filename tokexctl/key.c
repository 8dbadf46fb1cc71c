#include "key.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "config/faults.h"

const tokex_err_t *key_open(tokex_key_ring_t *out, const ctl_t *ctl, tokex_db_mode_t mode)
{
    return tokex_key_ring_open(out, ctl_installation(ctl), mode);
}

static int refuse(const tokex_key_ring_t *ring, tokex_key_answer_t answer, const char *kid,
                  const char *remedy)
{
    int place = kid ? tokex_key_ring_find(ring, kid) : -1;

    switch (answer) {
    case TOKEX_KEY_UNKNOWN:
        return ctl_say(CTL_REFUSED, "%s: there is no such signing key; see tokexctl key list", kid);
    case TOKEX_KEY_STOPPED:
    case TOKEX_KEY_SIGNS:
        return ctl_say(CTL_REFUSED, "%s is %s already", kid,
                       tokex_key_state_name(ring->lives[place].state));
    case TOKEX_KEY_SERVERS:
        return ctl_say(CTL_REFUSED,
                       "%s was made by the server, which lets it sign when its schedule says so; "
                       "`tokexctl key rotate --now` makes one that signs at once",
                       kid);
    case TOKEX_KEY_NEEDED:
        return ctl_say(CTL_REFUSED,
                       "%s is the only key that signs with %s, which the target \"%s\" needs; %s. "
                       "Nothing was changed.",
                       kid, ring->joined->signing_keys[place].algorithm, ring->needed_by, remedy);
    case TOKEX_KEY_AMBIGUOUS:
        return ctl_say(CTL_REFUSED, "there are keys of several algorithms and none is preferred; "
                                    "say which with --algorithm");
    case TOKEX_KEY_DONE:
    case TOKEX_KEY_FAULTY:
        break;
    }
    return ctl_say(CTL_REFUSED, "the server could not work with that; nothing was changed");
}

int key_answer(const ctl_t *ctl, const tokex_key_ring_t *ring, tokex_key_answer_t answer,
               const tokex_err_t *err, const char *kid, const char *remedy)
{
    ctl_faults(ctl, ring->faults);
    if (err)
        return ctl_error(ctl, err);
    return answer == TOKEX_KEY_DONE ? CTL_DONE : refuse(ring, answer, kid, remedy);
}

/* ---- Small things */

const char *key_time(int64_t time, apr_pool_t *pool)
{
    apr_time_exp_t t;

    apr_time_exp_gmt(&t, apr_time_from_sec(time));
    return apr_psprintf(pool, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1,
                        t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

bool key_algorithm(const char *text)
{
    if (tokex_jwk_alg(text) != TOKEX_ALG_NONE)
        return true;
    ctl_say(CTL_USAGE,
            "%s: there is no such algorithm; one of RS256 RS384 RS512 PS256 PS384 PS512 ES256 "
            "ES384 ES512 EdDSA",
            text);
    return false;
}

bool key_number(int64_t *out, const char *option, const char *text, int64_t max)
{
    char *end = NULL;

    if (*text && strlen(text) <= 18 && strspn(text, "0123456789") == strlen(text)) {
        *out = apr_strtoi64(text, &end, 10);
        if (*out <= max)
            return true;
    }
    ctl_say(CTL_USAGE, "%s %s: a whole number of at most %" APR_INT64_T_FMT " belongs there",
            option, text, max);
    return false;
}
