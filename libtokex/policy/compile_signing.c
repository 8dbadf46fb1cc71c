#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>

#include "policy/key_life.h"

#define DAY 86400

static tokex_place_t place(const tokex_signing_t *row, const char *field)
{
    return (tokex_place_t){.object = "signing", .id = row->algorithm, .field = field};
}

/* ---- Which algorithm signs where a target names none */

static void check_marked(tokex_compile_t *c, const tokex_signing_t *row, const char *other)
{
    tokex_place_t at = place(row, "preferred");
    tokex_alg_t alg = tokex_jwk_alg(row->algorithm);
    if (other)
        tokex_faults_error(c->faults, &at, "Prefer one algorithm.", "%s is preferred already",
                           other);
    else if (alg != TOKEX_ALG_NONE && c->active_algs && !(c->active_algs & TOKEX_ALG_BIT(alg)))
        tokex_faults_error(
            c->faults, &at,
            apr_psprintf(c->scratch,
                         "Make one with `tokexctl key rotate --algorithm %s --now`, or prefer "
                         "another algorithm.",
                         row->algorithm),
            "there is no active signing key of this algorithm");
}

/* What is only published signs one day, and then it would be too late to ask. */
static int count_without_standard(const tokex_compile_t *c)
{
    const tokex_key_life_t *lives = tokex_key_life(c->config, c->now, c->scratch);
    unsigned algs = 0;
    int count = 0;
    for (int i = 0; i < c->config->signing_key_count; i++) {
        tokex_alg_t alg = tokex_jwk_alg(c->config->signing_keys[i].algorithm);
        if ((lives[i].state != TOKEX_KEY_ACTIVE && lives[i].state != TOKEX_KEY_NEXT) ||
            alg == TOKEX_ALG_NONE || alg == TOKEX_ALG_ES256 || algs & TOKEX_ALG_BIT(alg))
            continue;
        algs |= TOKEX_ALG_BIT(alg);
        count++;
    }
    return count;
}

static void check_preference(tokex_compile_t *c)
{
    tokex_place_t all = {.object = "document", .field = "signing"};
    const char *marked = NULL;
    for (int i = 0; i < c->config->signing_count; i++) {
        const tokex_signing_t *row = &c->config->signing[i];
        if (!row->preferred)
            continue;
        check_marked(c, row, marked);
        marked = row->algorithm ? row->algorithm : "";
    }
    if (marked || !c->active_algs || c->active_algs & TOKEX_ALG_BIT(TOKEX_ALG_ES256) ||
        count_without_standard(c) < 2)
        return;
    tokex_faults_error(c->faults, &all, "Say which with `tokexctl key prefer ALG`.",
                       "there are signing keys of several algorithms, and none of these is "
                       "preferred");
}

/* ---- Schedules */

static bool has_key(const tokex_compile_t *c, const char *algorithm)
{
    for (int i = 0; algorithm && i < c->config->signing_key_count; i++) {
        const tokex_signing_key_t *key = &c->config->signing_keys[i];
        if (key->algorithm && strcmp(key->algorithm, algorithm) == 0 &&
            (!key->retired || key->retired > c->now))
            return true;
    }
    return false;
}

static const char *number(tokex_compile_t *c, int64_t value)
{
    return apr_psprintf(c->scratch, "%" APR_INT64_T_FMT, value);
}

static void check_schedule(tokex_compile_t *c, const tokex_signing_t *row)
{
    tokex_place_t at = place(row, "rotate_every");
    if (!row->rotate_every)
        return;
    at.value = number(c, row->rotate_every);
    if (row->rotate_every < DAY)
        tokex_faults_error(c->faults, &at, "Write 0, or at least 86400.",
                           "a key signs for at least a day");
    if (!has_key(c, row->algorithm))
        tokex_faults_warning(c->faults, &at,
                             "Make the first one with `tokexctl key rotate --algorithm`.",
                             "there is no signing key of this algorithm that could be replaced");
    at = place(row, "publish_ahead");
    at.value = number(c, row->publish_ahead);
    if (row->publish_ahead > row->rotate_every)
        tokex_faults_error(c->faults, &at, "Write a time that is not longer than rotate_every.",
                           "the next key would be published before the one before it signs");
    else if (row->publish_ahead < TOKEX_KEY_LIFE_CACHED)
        tokex_faults_warning(c->faults, &at, "Write at least 300.",
                             "who fetches our JWK Set may keep it for %d seconds, and would not "
                             "know the key when it begins to sign",
                             TOKEX_KEY_LIFE_CACHED);
}

void tokex_compile_signing(tokex_compile_t *c)
{
    check_preference(c);
    for (int i = 0; i < c->config->signing_count; i++)
        check_schedule(c, &c->config->signing[i]);
}
