#include "keys/key_probe.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "keys/key_answer.h"
#include "keys/key_probe_private.h"
#include "policy/propose.h"

/* Of an issuer that is not configured, seconds. */
#define LEEWAY 30

#define STEPS 16

/* ---- Steps */

tokex_probe_step_t *tokex_key_probe_add(tokex_probe_walk_t *walk, const char *name, const char *url)
{
    tokex_probe_step_t *step = apr_array_push(walk->steps);
    *step = (tokex_probe_step_t){.source = walk->source,
                                 .name = name,
                                 .url = url,
                                 .state = TOKEX_PROBE_SKIPPED,
                                 .ms = -1,
                                 .found = "not reached"};
    return step;
}

void tokex_key_probe_ok(tokex_probe_step_t *step, const char *found, const char *advice)
{
    step->state = TOKEX_PROBE_OK;
    step->found = found;
    step->advice = advice;
}

void tokex_key_probe_fail(tokex_probe_walk_t *walk, tokex_probe_step_t *step, const char *found,
                          const char *advice)
{
    step->state = TOKEX_PROBE_FAILED;
    step->found = found;
    step->advice = advice;
    walk->broken = true;
}

const char *tokex_key_probe_state_name(tokex_probe_state_t state)
{
    return state == TOKEX_PROBE_OK ? "ok" : state == TOKEX_PROBE_FAILED ? "failed" : "skipped";
}

/* ---- Documents */

static const char *no_answer_advice(const tokex_probe_leg_t *leg, bool is_metadata)
{
    int status = leg->facts.status;
    if (status == 401 || status == 403 || status == 407)
        return "Keys and metadata are for everybody: something in between (a proxy, a firewall, a "
               "login) wants to know who asks. Let this host pass it.";
    if ((status == 404 || status == 410) && is_metadata)
        return "Look for the right URL: most issuers have it at "
               "ISSUER/.well-known/openid-configuration, some at "
               "https://HOST/.well-known/oauth-authorization-server/PATH (RFC 8414 section 3.1).";
    if (status == 404 || status == 410)
        return "Take the URL from the member jwks_uri of the issuer's metadata.";
    if (status >= 300 && status < 400)
        return "Write the URL that it leads to in the end.";
    if (status >= 500)
        return "The fault is the issuer's: tell its operator, and try again later.";
    return "Try again; if it stays so, ask the URL with curl from this host and tell the issuer.";
}

static void fail_document(tokex_probe_walk_t *walk, tokex_probe_step_t *step,
                          const tokex_probe_leg_t *leg, bool is_metadata)
{
    step->error = tokex_err_text(leg->fetch.err, walk->pool);
    tokex_key_probe_fail(walk, step, step->error, no_answer_advice(leg, is_metadata));
}

static const char *found_document(const tokex_probe_leg_t *leg, apr_pool_t *pool)
{
    const char *type = leg->fetch.content_type;
    const char *to =
        leg->facts.url && strcmp(leg->facts.url, leg->fetch.url) != 0
            ? apr_pstrcat(pool, ", redirected to ",
                          tokex_err_shown(pool, leg->facts.url, strcspn(leg->facts.url, "?#")),
                          NULL)
            : "";
    return apr_psprintf(pool, "%s, %lu octets%s",
                        type ? tokex_err_shown(pool, type, strlen(type)) : "no content type",
                        (unsigned long)leg->fetch.len, to);
}

/* The answer that a document should be; false: it is none, and the walk is broken. */
static bool take_document(tokex_probe_walk_t *walk, tokex_probe_step_t *step,
                          const tokex_probe_leg_t *leg, bool is_metadata)
{
    if (walk->broken)
        return false;
    step->ms = leg->facts.answer_ms >= 0 ? leg->facts.answer_ms : leg->fetch.ms;
    if (!leg->fetch.err)
        return true;
    fail_document(walk, step, leg, is_metadata);
    return false;
}

#define NOT_JSON                                                                                   \
    "Open the URL from this host: where a page for people is (a login, a proxy, a notice), the "   \
    "URL is the wrong one or something in between answers."

static const tokex_json_t *ask_metadata(tokex_probe_walk_t *walk, const char *url)
{
    const tokex_json_t *metadata = NULL;
    tokex_probe_leg_t leg;
    tokex_probe_step_t *step;
    const char *problem;
    tokex_key_probe_reach(walk, &leg, url, TOKEX_KEY_ACCEPT_METADATA, false);
    step = tokex_key_probe_add(walk, "metadata", url);
    if (!take_document(walk, step, &leg, true))
        return NULL;
    problem = tokex_key_answer_object(&metadata, &leg.fetch, "metadata", walk->pool);
    if (problem)
        tokex_key_probe_fail(walk, step, problem, NOT_JSON);
    else
        tokex_key_probe_ok(step, found_document(&leg, walk->pool), NULL);
    return metadata;
}

/* ---- What the metadata says */

/* Do both differ in nothing but a slash at the end? */
static bool differ_by_slash(const char *a, const char *b)
{
    apr_size_t a_len = strlen(a), b_len = strlen(b);
    const char *longer = a_len > b_len ? a : b;
    apr_size_t len = a_len > b_len ? b_len : a_len;
    return a_len + b_len == 2 * len + 1 && memcmp(a, b, len) == 0 && longer[len] == '/';
}

static void judge_issuer(tokex_probe_walk_t *walk, const tokex_json_t *metadata)
{
    tokex_probe_step_t *step = tokex_key_probe_add(walk, "issuer", NULL);
    const char *wanted = walk->issuer->issuer, *said, *problem;
    if (walk->broken)
        return;
    step->said = said = tokex_json_string(tokex_json_get(metadata, "issuer"));
    problem = tokex_key_answer_issuer(metadata, wanted, walk->pool);
    if (!problem) {
        tokex_key_probe_ok(step, "the metadata names this issuer, letter for letter", NULL);
        return;
    }
    if (said && differ_by_slash(said, wanted))
        tokex_key_probe_fail(walk, step, problem,
                             "With and without the slash at the end are two issuers (RFC 8414 "
                             "section 3.3). Write it as the claim iss of its tokens has it.");
    else
        tokex_key_probe_fail(walk, step, problem,
                             "They must be equal letter for letter (RFC 8414 section 3.3). Correct "
                             "the issuer, or the URL of the metadata.");
}

static const char *judge_jwks_uri(tokex_probe_walk_t *walk, const tokex_json_t *metadata,
                                  const char *url)
{
    tokex_probe_step_t *step = tokex_key_probe_add(walk, "jwks_uri", NULL);
    const char *uri = NULL, *problem, *text;
    if (walk->broken)
        return NULL;
    problem = tokex_key_answer_jwks_uri(&uri, metadata, url, walk->pool);
    if (problem || !uri) {
        tokex_key_probe_fail(walk, step, problem,
                             "Tell the issuer. If you know where its keys are, write that URL into "
                             "jwks_urls.");
        return NULL;
    }
    step->said = uri;
    text = tokex_err_shown(walk->pool, uri, strcspn(uri, "?#"));
    if (tokex_key_answer_same_host(url, uri))
        tokex_key_probe_ok(step, apr_psprintf(walk->pool, "%s, on the same host", text), NULL);
    else
        tokex_key_probe_ok(step, apr_psprintf(walk->pool, "%s, on another host", text),
                           "The keys are elsewhere than the metadata. Large issuers do that; make "
                           "sure that the host is theirs.");
    return uri;
}

/* ---- Keys */

static unsigned wanted_algs(const tokex_issuer_t *issuer)
{
    unsigned algs = 0;
    for (int i = 0; i < issuer->algorithms.count; i++) {
        tokex_alg_t alg = tokex_jwk_alg(issuer->algorithms.items[i]);
        if (alg != TOKEX_ALG_NONE)
            algs |= TOKEX_ALG_BIT(alg);
    }
    return issuer->algorithms.count ? algs : ~0u;
}

static const char *alg_names(unsigned algs, apr_pool_t *pool)
{
    const char *text = "";
    for (int alg = TOKEX_ALG_NONE + 1; alg < TOKEX_ALG_COUNT; alg++)
        if (algs & TOKEX_ALG_BIT(alg))
            text = apr_pstrcat(pool, text, *text ? " " : "", tokex_jwk_alg_name((tokex_alg_t)alg),
                               NULL);
    return text;
}

static tokex_probe_key_t describe(const tokex_probe_walk_t *walk, const tokex_key_t *key)
{
    unsigned algs = tokex_jwk_algs(key), wanted = wanted_algs(walk->issuer);
    const char *kid = tokex_jwk_kid(key);
    tokex_probe_key_t out = {.kid = kid ? tokex_err_shown(walk->pool, kid, strlen(kid)) : NULL,
                             .algorithms = alg_names(algs, walk->pool)};
    out.kty = tokex_jwk_kty(key, &out.bits);
    if (!(algs & wanted))
        out.problem = "the issuer's algorithms here have none of these";
    else if (!walk->issuer->allow_expired_certificates &&
             !tokex_jwk_is_valid_at(key, apr_time_sec(walk->way->clock())))
        out.problem = "the certificate that it came in is not valid now";
    return out;
}

/* How many are usable. */
static int list_keys(const tokex_probe_walk_t *walk, tokex_probe_step_t *step,
                     const tokex_keyset_t *set)
{
    tokex_probe_key_t *keys = apr_palloc(walk->pool, ((apr_size_t)set->count + 1) * sizeof(*keys));
    int usable = 0;
    for (int i = 0; i < set->count; i++) {
        keys[i] = describe(walk, set->keys[i]);
        usable += !keys[i].problem;
    }
    step->keys = keys;
    step->key_count = set->count;
    step->left_out = set->warnings;
    step->left_out_count = set->warning_count;
    return usable;
}

static const char *no_key_advice(const tokex_probe_walk_t *walk, const tokex_keyset_t *set)
{
    unsigned algs = 0;
    for (int i = 0; i < set->count; i++)
        algs |= tokex_jwk_algs(set->keys[i]);
    if (algs && !(algs & wanted_algs(walk->issuer)))
        return apr_psprintf(walk->pool,
                            "Its keys are for %s. Add to the issuer's algorithms what its tokens "
                            "are signed with.",
                            alg_names(algs, walk->pool));
    return "Its tokens are refused until it publishes a key for signatures that can be used: RSA "
           "of 2048 bits or more, P-256, P-384, P-521, Ed25519 or Ed448. Tell the issuer.";
}

/* Some warnings are about keys that count all the same. */
static int count_left_out(const tokex_keyset_t *set)
{
    int count = 0;
    for (int i = 0; i < set->warning_count; i++)
        count +=
            strstr(set->warnings[i], " is left out") || strstr(set->warnings[i], " cannot be ");
    return count;
}

static void judge_keys(tokex_probe_walk_t *walk, tokex_probe_step_t *step,
                       const tokex_keyset_t *set)
{
    int usable = list_keys(walk, step, set), all = set->count + count_left_out(set);
    const char *found =
        apr_psprintf(walk->pool, "%d of %d key%s can be used", usable, all, all == 1 ? "" : "s");
    if (usable)
        tokex_key_probe_ok(step, found, NULL);
    else
        tokex_key_probe_fail(walk, step, found, no_key_advice(walk, set));
}

static void ask_set(tokex_probe_walk_t *walk, const char *url, bool known)
{
    const tokex_keyset_t *set = NULL;
    const char *problem = NULL;
    tokex_probe_step_t *step;
    tokex_probe_leg_t leg;
    tokex_key_probe_reach(walk, &leg, url, TOKEX_KEY_ACCEPT_SET, known);
    step = tokex_key_probe_add(walk, "jwks", url);
    if (take_document(walk, step, &leg, false)) {
        problem = tokex_key_answer_set(&set, &leg.fetch, apr_time_sec(walk->way->clock()),
                                       walk->way->crypt, walk->pool);
        if (problem)
            tokex_key_probe_fail(walk, step, problem, NOT_JSON);
        else
            tokex_key_probe_ok(step, found_document(&leg, walk->pool), NULL);
    }
    step = tokex_key_probe_add(walk, "keys", NULL);
    if (!walk->broken)
        judge_keys(walk, step, set);
}

/* ---- The clock */

static const char *clock_advice(int64_t away, int64_t leeway, apr_pool_t *pool)
{
    static const char first[] = "Compare this host's clock with a time server (timedatectl, "
                                "chronyc tracking). If it is right, tell the issuer";
    if (away <= TOKEX_LIMIT_LEEWAY)
        return apr_psprintf(pool,
                            "%s; until then a leeway of %" APR_INT64_T_FMT
                            " seconds would let its tokens pass (now %" APR_INT64_T_FMT ").",
                            first, away, leeway);
    return apr_psprintf(pool, "%s: no leeway may be as large.", first);
}

/* Says its own, whatever failed before. */
static void judge_clock(tokex_probe_walk_t *walk)
{
    tokex_probe_step_t *step = tokex_key_probe_add(walk, "clock", NULL);
    int64_t ahead = walk->clock_ahead, away = ahead < 0 ? -ahead : ahead;
    const char *found;
    if (!walk->clock_known) {
        step->found = "no answer told the time";
        return;
    }
    found = away ? apr_psprintf(walk->pool, "its clock is %" APR_INT64_T_FMT " second%s %s ours",
                                away, away == 1 ? "" : "s", ahead > 0 ? "ahead of" : "behind")
                 : "its clock agrees with ours";
    if (away <= walk->issuer->leeway)
        tokex_key_probe_ok(step, found, NULL);
    else
        tokex_key_probe_fail(walk, step, found,
                             clock_advice(away, walk->issuer->leeway, walk->pool));
}

/* ---- Sources */

static void begin(tokex_probe_walk_t *walk, const char *source)
{
    walk->source = source;
    walk->broken = walk->clock_known = false;
}

static void go_set(tokex_probe_walk_t *walk, const char *url)
{
    begin(walk, url);
    ask_set(walk, url, false);
    judge_clock(walk);
}

static void go_metadata(tokex_probe_walk_t *walk, const char *url)
{
    const tokex_json_t *metadata;
    const char *uri;
    begin(walk, url);
    metadata = ask_metadata(walk, url);
    judge_issuer(walk, metadata);
    uri = judge_jwks_uri(walk, metadata, url);
    ask_set(walk, uri, !uri || tokex_key_answer_same_host(url, uri));
    judge_clock(walk);
}

/* One entry of the configured keys as material for tokex_jwk_read(). */
static const char *material_of(const tokex_issuer_key_t *key)
{
    return key->jwk ? key->jwk : key->pem;
}

static void go_configured(tokex_probe_walk_t *walk)
{
    const tokex_issuer_t *issuer = walk->issuer;
    apr_array_header_t *keys = apr_array_make(walk->pool, issuer->key_count, sizeof(tokex_key_t *));
    apr_array_header_t *warnings = apr_array_make(walk->pool, 2, sizeof(const char *));
    tokex_keyset_t all;
    begin(walk, "configuration");
    for (int i = 0; i < issuer->key_count; i++) {
        const char *material = material_of(&issuer->keys[i]);
        const tokex_keyset_t *set = NULL;
        const tokex_err_t *err =
            material
                ? tokex_jwk_read(&set, material, strlen(material), apr_time_sec(walk->way->clock()),
                                 walk->way->crypt, walk->pool, walk->pool)
                : tokex_err_create(walk->pool, TOKEX_E_KEY_SYNTAX, NULL, "it is empty");
        if (err)
            APR_ARRAY_PUSH(warnings, const char *) = apr_psprintf(
                walk->pool, "Key %d cannot be used: %s.", i + 1, tokex_err_text(err, walk->pool));
        for (int j = 0; !err && set && j < set->count; j++)
            APR_ARRAY_PUSH(keys, const tokex_key_t *) = set->keys[j];
    }
    all = (tokex_keyset_t){(const tokex_key_t *const *)keys->elts, keys->nelts,
                           (const char *const *)warnings->elts, warnings->nelts};
    judge_keys(walk, tokex_key_probe_add(walk, "keys", NULL), &all);
}

void tokex_key_probe_run(tokex_probe_t *out, const tokex_probe_way_t *way,
                         const tokex_issuer_t *issuer, apr_pool_t *pool)
{
    tokex_probe_walk_t walk = {.way = way, .issuer = issuer, .pool = pool};
    walk.steps = apr_array_make(pool, STEPS, sizeof(tokex_probe_step_t));
    for (int i = 0; i < issuer->jwks_urls.count; i++)
        go_set(&walk, issuer->jwks_urls.items[i]);
    if (issuer->metadata_url)
        go_metadata(&walk, issuer->metadata_url);
    if (issuer->key_count)
        go_configured(&walk);
    out->steps = (const tokex_probe_step_t *)walk.steps->elts;
    out->count = walk.steps->nelts;
    out->failed = 0;
    for (int i = 0; i < out->count; i++)
        out->failed += out->steps[i].state == TOKEX_PROBE_FAILED;
}

/* ---- An issuer that is not configured */

const tokex_probe_step_t *tokex_key_probe_step(const tokex_probe_t *probe, const char *name)
{
    for (int i = 0; i < probe->count; i++)
        if (strcmp(probe->steps[i].name, name) == 0)
            return &probe->steps[i];
    return NULL;
}

void tokex_key_probe_discover(tokex_probe_t *out, tokex_issuer_t **issuer,
                              const tokex_probe_way_t *way, const char *url, apr_pool_t *pool)
{
    const char *first_url = tokex_propose_openid_url(url, pool);
    const tokex_probe_step_t *metadata;
    tokex_probe_t first;

    *issuer = apr_pcalloc(pool, sizeof **issuer);
    (*issuer)->issuer = url;
    (*issuer)->enabled = true;
    (*issuer)->leeway = LEEWAY;
    (*issuer)->metadata_url = first_url;
    tokex_key_probe_run(out, way, *issuer, pool);
    metadata = tokex_key_probe_step(out, "metadata");
    if (!metadata || metadata->state != TOKEX_PROBE_FAILED)
        return;
    /* Not there: issuers of OAuth alone have it elsewhere. */
    first = *out;
    (*issuer)->metadata_url = tokex_propose_oauth_url(url, pool);
    tokex_key_probe_run(out, way, *issuer, pool);
    metadata = tokex_key_probe_step(out, "metadata");
    if (metadata && metadata->state == TOKEX_PROBE_OK)
        return;
    *out = first;
    (*issuer)->metadata_url = first_url;
}
