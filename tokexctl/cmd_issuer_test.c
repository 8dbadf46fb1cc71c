#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "args.h"
#include "base/json.h"
#include "issuer.h"
#include "keys/fetch_way.h"
#include "keys/token_probe.h"

/* The column in which text begins. */
#define INDENT 28

typedef struct test_t {
    const ctl_t *ctl;
    const tokex_issuer_t *issuer;
    bool configured;
    bool json;
    tokex_fetch_way_t way;
    tokex_sealer_t sealer;
    tokex_probe_t probe;
} test_t;

/* ---- As text */

static void line(const char *text)
{
    printf("%*s%s\n", INDENT, "", text);
}

static void print_certificates(const tokex_probe_step_t *step, const test_t *test)
{
    apr_pool_t *pool = test->ctl->pool;
    int i;

    for (i = 0; i < step->certificate_count; i++) {
        const tokex_fetch_certificate_t *one = &step->certificates[i];
        char until[APR_RFC822_DATE_LEN] = "an unknown time";

        if (one->until)
            apr_rfc822_date(until, apr_time_from_sec(one->until));
        line(apr_psprintf(
            pool, "%d: %s, from %s, until %s", i,
            tokex_err_shown(pool, one->subject, one->subject ? strlen(one->subject) : 0),
            tokex_err_shown(pool, one->issuer, one->issuer ? strlen(one->issuer) : 0), until));
    }
}

static void print_keys(const tokex_probe_step_t *step, const test_t *test)
{
    apr_pool_t *pool = test->ctl->pool;
    int i;

    for (i = 0; i < step->key_count; i++) {
        const tokex_probe_key_t *key = &step->keys[i];

        line(apr_psprintf(pool, "key %s: %s %d, %s: %s", key->kid ? key->kid : "without a kid",
                          key->kty, key->bits, key->algorithms,
                          key->problem ? key->problem : "can be used"));
    }
    for (i = 0; i < step->left_out_count; i++)
        line(step->left_out[i]);
}

static void print_step(const tokex_probe_step_t *step, const test_t *test)
{
    apr_pool_t *pool = test->ctl->pool;
    const char *ms = step->ms >= 0 ? apr_psprintf(pool, "%d ms", step->ms) : "";

    printf("%-7s  %-8s  %7s  %s\n", tokex_key_probe_state_name(step->state), step->name, ms,
           step->found);
    print_certificates(step, test);
    print_keys(step, test);
    if (step->error && strcmp(step->error, step->found) != 0)
        line(step->error);
    if (step->advice)
        line(apr_pstrcat(pool, "-> ", step->advice, NULL));
}

static void print_text(const test_t *test)
{
    const char *source = "";
    int i;

    for (i = 0; i < test->probe.count; i++) {
        const tokex_probe_step_t *step = &test->probe.steps[i];

        if (strcmp(source, step->source) != 0)
            printf("%s%s\n", *source ? "\n" : "", step->source);
        source = step->source;
        print_step(step, test);
    }
}

/* ---- As JSON */

static void write_addresses(tokex_jsonw_t *w, const tokex_probe_step_t *step)
{
    int i;

    tokex_jsonw_name(w, "addresses");
    tokex_jsonw_array_begin(w);
    for (i = 0; i < step->address_count; i++) {
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "address", step->addresses[i].text);
        tokex_jsonw_member_bool(w, "allowed", step->addresses[i].may_ask);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
}

/* What a server shows may be no UTF-8. */
static void member_shown(tokex_jsonw_t *w, const char *name, const char *value, apr_pool_t *pool)
{
    if (value)
        tokex_jsonw_member_string(w, name, tokex_err_shown(pool, value, strlen(value)));
}

static void write_certificates(tokex_jsonw_t *w, const tokex_probe_step_t *step, const test_t *test)
{
    int i;

    tokex_jsonw_member_string(w, "protocol", step->protocol);
    tokex_jsonw_name(w, "certificates");
    tokex_jsonw_array_begin(w);
    for (i = 0; i < step->certificate_count; i++) {
        const tokex_fetch_certificate_t *one = &step->certificates[i];

        tokex_jsonw_object_begin(w);
        member_shown(w, "subject", one->subject, test->ctl->pool);
        member_shown(w, "issuer", one->issuer, test->ctl->pool);
        member_shown(w, "names", one->names, test->ctl->pool);
        tokex_jsonw_member_integer(w, "from", one->from);
        tokex_jsonw_member_integer(w, "until", one->until);
        if (one->until)
            tokex_jsonw_member_integer(w, "days_left", (one->until - test->ctl->now) / 86400);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
}

static void write_keys(tokex_jsonw_t *w, const tokex_probe_step_t *step)
{
    int i;

    tokex_jsonw_name(w, "keys");
    tokex_jsonw_array_begin(w);
    for (i = 0; i < step->key_count; i++) {
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "kid", step->keys[i].kid);
        tokex_jsonw_member_string(w, "kty", step->keys[i].kty);
        tokex_jsonw_member_integer(w, "bits", step->keys[i].bits);
        tokex_jsonw_member_string(w, "algorithms", step->keys[i].algorithms);
        tokex_jsonw_member_bool(w, "usable", !step->keys[i].problem);
        tokex_jsonw_member_string(w, "problem", step->keys[i].problem);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
    tokex_jsonw_name(w, "left_out");
    tokex_jsonw_array_begin(w);
    for (i = 0; i < step->left_out_count; i++)
        tokex_jsonw_string(w, step->left_out[i]);
    tokex_jsonw_array_end(w);
}

static void write_step(tokex_jsonw_t *w, const tokex_probe_step_t *step, const test_t *test)
{
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "source", step->source);
    tokex_jsonw_member_string(w, "step", step->name);
    tokex_jsonw_member_string(w, "state", tokex_key_probe_state_name(step->state));
    tokex_jsonw_member_string(w, "url", step->url);
    if (step->ms >= 0)
        tokex_jsonw_member_integer(w, "ms", step->ms);
    tokex_jsonw_member_string(w, "found", step->found);
    tokex_jsonw_member_string(w, "advice", step->advice);
    tokex_jsonw_member_string(w, "error", step->error);
    if (step->address_count)
        write_addresses(w, step);
    if (strcmp(step->name, "tls") == 0)
        write_certificates(w, step, test);
    if (strcmp(step->name, "keys") == 0)
        write_keys(w, step);
    tokex_jsonw_object_end(w);
}

static void print_json(const test_t *test)
{
    tokex_jsonw_t *w = tokex_jsonw_create(test->ctl->pool, 4096);
    int i;

    tokex_jsonw_object_begin(w);
    if (test->configured)
        tokex_jsonw_member_string(w, "id", test->issuer->id);
    tokex_jsonw_member_string(w, "issuer", test->issuer->issuer);
    tokex_jsonw_member_string(w, "server", test->way.server);
    tokex_jsonw_member_bool(w, "ok", !test->probe.failed);
    tokex_jsonw_name(w, "steps");
    tokex_jsonw_array_begin(w);
    for (i = 0; i < test->probe.count; i++)
        write_step(w, &test->probe.steps[i], test);
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_end(w);
    puts(tokex_jsonw_text(w, NULL));
}

/* ---- The test */

static tokex_probe_way_t way_of(const test_t *test)
{
    return (tokex_probe_way_t){test->way.fetcher,   &test->way.settings, tokex_fetch_run,
                               tokex_fetch_look_up, apr_time_now,        test->ctl->crypt};
}

static void go(test_t *test)
{
    const tokex_probe_way_t way = way_of(test);

    tokex_key_probe_run(&test->probe, &way, test->issuer, test->ctl->pool);
    tokex_token_probe_run(&test->probe, &way, test->issuer, &test->sealer, test->ctl->pool);
}

static void warn(const test_t *test)
{
    if (!test->way.server)
        ctl_say(CTL_DONE, "no httpd has started with this installation; asked with the defaults "
                          "of TokexFetchAllow, TokexFetchCAFile and TokexFetchProxy");
    else if (test->way.others_differ)
        ctl_say(CTL_DONE, "asked as %s would; other servers have other directives, see --server",
                test->way.server);
}

static int finish(const test_t *test)
{
    int code;

    warn(test);
    if (test->json)
        print_json(test);
    else
        print_text(test);
    code = ctl_flush();
    return code ? code : test->probe.failed ? CTL_REFUSED : CTL_DONE;
}

static int test_configured(test_t *test, const char *id)
{
    int code = issuer_find(&test->issuer, test->ctl, id);

    if (code)
        return code;
    test->configured = true;
    test->sealer.crypt = test->ctl->crypt;
    if (test->issuer->introspection_url) {
        const tokex_err_t *err = tokex_seal_read_master_key(
            &test->sealer.master, test->ctl->master_path, test->ctl->pool);

        if (err)
            return ctl_error(test->ctl, err);
    }
    if (!test->issuer->enabled)
        ctl_say(CTL_DONE, "issuer \"%s\" is not enabled: its tokens are refused whatever its keys",
                id);
    go(test);
    if (!test->probe.count)
        return ctl_say(CTL_REFUSED,
                       "issuer \"%s\" has no keys and no place to fetch them from: give it "
                       "metadata_url, jwks_urls or keys, or introspection_url or userinfo_url",
                       id);
    return finish(test);
}

/* ---- An issuer that is not configured */

static int test_url(test_t *test, const char *url)
{
    const tokex_probe_way_t way = way_of(test);
    tokex_issuer_t *issuer;

    tokex_key_probe_discover(&test->probe, &issuer, &way, url, test->ctl->pool);
    test->issuer = issuer;
    return finish(test);
}

int ctl_issuer_test(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *url = NULL, *server = NULL;
    test_t test = {.ctl = ctl};
    const args_option_t options[] = {
        {0, "url", &url, NULL}, {0, "server", &server, NULL}, {0, "json", NULL, &test.json}};
    args_t args = {options, 3, NULL, 0};
    const tokex_err_t *err;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != (url ? 0 : 1))
        return ctl_say(CTL_USAGE, "say: issuer test ID, or issuer test --url ISSUER_URL");
    err = tokex_fetch_way_read(&test.way, ctl->state_path, server, ctl->pool);
    if (!err)
        err = tokex_fetch_way_open(&test.way, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    return url ? test_url(&test, url) : test_configured(&test, args.operands[0]);
}
