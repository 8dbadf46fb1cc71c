/* What the server of a new issuer was found to say: what is wrong, in a sentence, or an issuer. */
#include "issuer_found.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "crypt/jwk.h"
#include "policy/propose.h"

/* ---- What is wrong, in a sentence */

static const char *join_left_out(const tokex_probe_step_t *step, apr_pool_t *pool)
{
    const char *text = apr_pstrcat(pool, step->found, ".", NULL);
    int i;

    for (i = 0; i < step->key_count; i++)
        if (step->keys[i].problem)
            text = apr_pstrcat(pool, text, " ", step->keys[i].kid ? step->keys[i].kid : "A key",
                               ": ", step->keys[i].problem, ".", NULL);
    for (i = 0; i < step->left_out_count; i++)
        text = apr_pstrcat(pool, text, " ", step->left_out[i], NULL);
    return text;
}

static const char *resolves_to(const tokex_probe_step_t *step, const char *host, apr_pool_t *pool)
{
    const char *text = "";
    int i;

    for (i = 0; i < step->address_count; i++)
        if (!step->addresses[i].may_ask)
            text = apr_pstrcat(pool, text, *text ? ", " : "", step->addresses[i].text, NULL);
    return *text ? apr_pstrcat(pool, host, " resolves to ", text,
                               ". Addresses in private networks need TokexFetchAllow in the "
                               "server's configuration",
                               NULL)
                 : NULL;
}

const char *admin_found_words(const tokex_probe_step_t *step, const char *typed, apr_pool_t *pool)
{
    const char *host = tokex_propose_name(step->url ? step->url : typed, pool), *words = NULL;

    if (strcmp(step->name, "dns") == 0)
        words = resolves_to(step, host, pool);
    else if (strcmp(step->name, "connect") == 0)
        words = apr_pstrcat(pool, "Could not reach ", host, " (", step->found,
                            "). Check the firewall, or paste the keys", NULL);
    else if (strcmp(step->name, "issuer") == 0 && step->said)
        words =
            apr_pstrcat(pool, "The document names issuer \"",
                        tokex_err_shown(pool, step->said, strlen(step->said)), "\", you typed \"",
                        typed, "\". They must be equal letter for letter", NULL);
    else if (strcmp(step->name, "keys") == 0)
        words = join_left_out(step, pool);
    return words ? words
                 : apr_pstrcat(pool, step->found, step->advice ? ". " : "",
                               step->advice ? step->advice : "", NULL);
}

const char *admin_found_other(const tokex_probe_step_t *step, const char *typed, apr_pool_t *pool)
{
    if (strcmp(step->name, "issuer") != 0 || !step->said)
        return NULL;
    if (strcmp(apr_pstrcat(pool, typed, "/", NULL), step->said) == 0 ||
        strcmp(apr_pstrcat(pool, step->said, "/", NULL), typed) == 0)
        return step->said;
    return NULL;
}

const tokex_probe_step_t *admin_found_failed(const tokex_probe_t *probe)
{
    int i;

    for (i = 0; i < probe->count; i++)
        if (probe->steps[i].state == TOKEX_PROBE_FAILED &&
            strcmp(probe->steps[i].name, "clock") != 0)
            return &probe->steps[i];
    return NULL;
}

/* ---- What was found, as an issuer */

static unsigned bits_of(const char *names, apr_pool_t *pool)
{
    char *state, *name = apr_strtok(apr_pstrdup(pool, names), " ", &state);
    unsigned bits = 0;

    for (; name; name = apr_strtok(NULL, " ", &state))
        bits |= TOKEX_ALG_BIT(tokex_jwk_alg(name));
    return bits;
}

/* One algorithm a key: RS256 and ES256 where it could do others too. */
static unsigned algorithms_of(const tokex_probe_t *probe, apr_pool_t *pool)
{
    const tokex_probe_step_t *step = tokex_key_probe_step(probe, "keys");
    unsigned found = 0;
    int i, alg;

    for (i = 0; step && i < step->key_count; i++) {
        unsigned bits = step->keys[i].problem ? 0 : bits_of(step->keys[i].algorithms, pool);

        for (alg = TOKEX_ALG_NONE + 1; alg < TOKEX_ALG_COUNT; alg++)
            if (bits & TOKEX_ALG_BIT(alg)) {
                found |= TOKEX_ALG_BIT(alg);
                break;
            }
    }
    return found;
}

static void write_algorithms(tokex_jsonw_t *w, unsigned algorithms)
{
    int alg;

    if (!algorithms)
        return;
    tokex_jsonw_name(w, "algorithms");
    tokex_jsonw_array_begin(w);
    for (alg = TOKEX_ALG_NONE + 1; alg < TOKEX_ALG_COUNT; alg++)
        if (algorithms & TOKEX_ALG_BIT(alg))
            tokex_jsonw_string(w, tokex_jwk_alg_name((tokex_alg_t)alg));
    tokex_jsonw_array_end(w);
}

const char *admin_found_issuer(const tokex_probe_t *probe, const tokex_issuer_t *issuer,
                               const char *material, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 1024);

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "id", tokex_propose_id(issuer->issuer, pool));
    tokex_jsonw_member_string(w, "name", tokex_propose_name(issuer->issuer, pool));
    tokex_jsonw_member_string(w, "issuer", issuer->issuer);
    tokex_jsonw_member_string(w, "metadata_url", issuer->metadata_url);
    if (issuer->jwks_urls.count) {
        tokex_jsonw_name(w, "jwks_urls");
        tokex_jsonw_array_begin(w);
        tokex_jsonw_string(w, issuer->jwks_urls.items[0]);
        tokex_jsonw_array_end(w);
    }
    if (issuer->key_count) {
        tokex_jsonw_name(w, "keys");
        tokex_jsonw_array_begin(w);
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "pem", material);
        tokex_jsonw_object_end(w);
        tokex_jsonw_array_end(w);
    }
    write_algorithms(w, algorithms_of(probe, pool));
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, NULL);
}
