#include "exchange_world.h"

#include "keys/key_fetch.h"

#define SET_URL "https://idp.partner.example/keys"
#define META_URL "https://idp.partner.example/.well-known/openid-configuration"
#define OTHER_HOST "https://keys.partner.example/set"

/* What lies at one address. */
typedef struct page_t {
    const char *url;
    const char *body; /* NULL: it cannot be fetched */
    const char *content_type;
    int64_t max_age;
} page_t;

/* In the place of the network. */
typedef struct net_t {
    apr_pool_t *pool;
    world_t *w;
    tokex_key_fetcher_t fetcher;
    page_t pages[4];
    int page_count;
    const char *asked; /* every URL, in order, one blank before each */
    int rounds;
    tokex_fetched_t known;
    bool has_known;
} net_t;

static net_t *net;

static void answer(tokex_fetch_t *fetch, apr_pool_t *pool)
{
    net->asked = apr_pstrcat(net->pool, net->asked, " ", fetch->url, NULL);
    for (int i = 0; i < net->page_count; i++) {
        const page_t *page = &net->pages[i];
        if (strcmp(page->url, fetch->url) != 0 || !page->body)
            continue;
        /* What a fetch gives lives no longer than its pool. */
        fetch->body = apr_pstrdup(pool, page->body);
        fetch->len = strlen(page->body);
        fetch->content_type = page->content_type;
        fetch->max_age = page->max_age;
        return;
    }
    fetch->err = tokex_err_create(pool, TOKEX_E_INTERNAL, NULL, "no answer after 5 ms");
}

static void run_pages(tokex_fetcher_t *fetcher, tokex_fetch_t *fetches, int count,
                      volatile apr_uint32_t *stop, apr_pool_t *pool)
{
    assert_null(fetcher);
    assert_null(stop);
    assert_true(count > 0);
    net->rounds++;
    for (int i = 0; i < count; i++)
        answer(&fetches[i], pool);
}

static void forget(void)
{
    net->page_count = net->rounds = 0;
    net->asked = "";
    net->has_known = false;
}

static int make_net(void **state)
{
    world_t *w;
    if (make_world(state))
        return -1;
    w = *state;
    net = apr_pcalloc(w->pool, sizeof(*net));
    net->pool = w->pool;
    net->w = w;
    net->fetcher = (tokex_key_fetcher_t){NULL, run_pages, NULL, w->keys->crypt};
    w->issuers[0].keys_refresh = 3600;
    w->issuers[0].keys_stale = 86400;
    forget();
    return 0;
}

#define WITH_NET(test) cmocka_unit_test_setup_teardown(test, make_net, drop_world)

static void add_page(const char *url, const char *body)
{
    net->pages[net->page_count++] = (page_t){url, body, "application/json", -1};
}

static const char *foreign(void)
{
    return jwks_text(&world_keys.foreign, 1, net->pool);
}

static const char *ours(void)
{
    return jwks_text(&world_keys.ours, 1, net->pool);
}

static void know(const char *jwks, int64_t fetched)
{
    net->known = (tokex_fetched_t){.issuer = "partner",
                                   .url = SET_URL,
                                   .jwks = jwks,
                                   .fetched = fetched,
                                   .fresh_until = fetched + 3600,
                                   .tried = fetched,
                                   .number = 7};
    net->has_known = true;
}

static const char *metadata(const char *issuer, const char *jwks_uri)
{
    return apr_psprintf(net->pool, "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\",\"x\":[1]}", issuer,
                        jwks_uri);
}

/* Asks the only source of the issuer; its results are all that is left afterwards. */
static const tokex_key_fetch_t *ask_at(int64_t now)
{
    tokex_key_fetch_t *fetches;
    apr_pool_t *scratch;
    int count;
    tokex_key_fetch_sources(&fetches, &count,
                            tokex_policy_issuer(policy_of(net->w), "https://idp.partner.example"),
                            net->pool);
    assert_int_equal(count, 1);
    fetches->known = net->has_known ? &net->known : NULL;
    assert_int_equal(apr_pool_create(&scratch, net->pool), APR_SUCCESS);
    tokex_key_fetch_run(&net->fetcher, fetches, 1, now, net->pool, scratch);
    apr_pool_destroy(scratch);
    assert_string_equal(fetches->row.issuer, "partner");
    assert_int_equal(fetches->row.tried, now);
    assert_int_equal(fetches->row.number, 0);
    return fetches;
}

static const tokex_key_fetch_t *ask_set(void)
{
    net->w->issuers[0].jwks_urls = texts(net->pool, SET_URL, NULL);
    net->w->issuers[0].metadata_url = NULL;
    compile_again(net->w);
    return ask_at(NOW);
}

static const tokex_key_fetch_t *ask_metadata_at(const char *url)
{
    net->w->issuers[0].jwks_urls.count = 0;
    net->w->issuers[0].metadata_url = url;
    compile_again(net->w);
    return ask_at(NOW);
}

static const tokex_key_fetch_t *ask_metadata(void)
{
    return ask_metadata_at(META_URL);
}

static void assert_came(const tokex_key_fetch_t *fetch, const char *jwks)
{
    if (fetch->row.failure)
        fail_msg("failed: %s", fetch->row.failure);
    assert_string_equal(fetch->row.jwks, jwks);
    assert_int_equal(fetch->row.fetched, NOW);
}

/* Nothing but the failure and when to ask again differs from what was known. */
static void assert_failed(const tokex_key_fetch_t *fetch, const char *part)
{
    if (!fetch->row.failure)
        fail_msg("accepted, but expected: %s", part);
    if (!strstr(fetch->row.failure, part))
        fail_msg("\"%s\" does not hold: %s", fetch->row.failure, part);
    assert_false(fetch->changed || fetch->withdrawn);
    assert_int_equal(fetch->row.fetched, net->has_known ? net->known.fetched : 0);
    if (net->has_known && net->known.jwks)
        assert_string_equal(fetch->row.jwks, net->known.jwks);
    else
        assert_null(fetch->row.jwks);
}

/* ---- Sets */

static void test_a_set_is_fetched_and_told_from_the_one_before(void **state)
{
    const tokex_key_fetch_t *fetch;
    (void)state;
    add_page(SET_URL, foreign());
    fetch = ask_set();
    assert_came(fetch, foreign());
    assert_string_equal(fetch->row.url, SET_URL);
    assert_true(fetch->changed);
    assert_false(fetch->withdrawn);
    assert_null(fetch->moved);
    assert_int_equal(fetch->warning_count, 0);
    assert_string_equal(net->asked, " " SET_URL);
    know(foreign(), NOW - 60);
    assert_false(ask_set()->changed);
    know(ours(), NOW - 60);
    fetch = ask_set();
    assert_true(fetch->changed);
    assert_false(fetch->withdrawn);
}

static void test_keys_that_were_left_out_are_told(void **state)
{
    const char *text = apr_psprintf(((world_t *)*state)->pool, "{\"keys\":[%s,{\"kty\":\"oct\"}]}",
                                    jwk_text(world_keys.foreign, net->pool));
    const tokex_key_fetch_t *fetch;
    add_page(SET_URL, text);
    fetch = ask_set();
    assert_came(fetch, text);
    assert_int_equal(fetch->warning_count, 1);
    assert_non_null(strstr(fetch->warnings[0], "symmetric"));
}

static void test_JWK_008_what_is_no_list_of_keys_keeps_the_old_set(void **state)
{
    static const struct {
        const char *body, *part;
    } rows[] = {{"{\"keys\":{}}", "its member keys is no list"},
                {"{\"keys\":\"x\"}", "its member keys is no list"},
                {"{\"keys\":null}", "its member keys is no list"},
                {"{}", "its member keys is missing"},
                {"{\"kty\":\"EC\"}", "its member keys is missing"},
                {"[]", "is no JWK Set"},
                {"", "is no JWK Set"},
                {"{\"keys\":[],\"keys\":[]}", "is no JWK Set"},
                {"{\"keys\":[]}x", "is no JWK Set"}};
    (void)state;
    for (int i = 0; i < COUNT(rows); i++) {
        forget();
        know(foreign(), NOW - 60);
        add_page(SET_URL, rows[i].body);
        assert_failed(ask_set(), rows[i].part);
        net->has_known = false;
        assert_failed(ask_set(), rows[i].part);
    }
}

static void test_other_key_material_is_no_set(void **state)
{
    const char *kid_twice = apr_psprintf(((world_t *)*state)->pool, "{\"keys\":[%s,%s]}",
                                         jwk_text(world_keys.foreign, net->pool),
                                         jwk_text(world_keys.foreign, net->pool));
    add_page(SET_URL, jwk_text(world_keys.foreign, net->pool));
    assert_failed(ask_set(), "its member keys is missing");
    forget();
    add_page(SET_URL, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
    assert_failed(ask_set(), "is no JWK Set");
    forget();
    add_page(SET_URL, kid_twice);
    assert_failed(ask_set(), "the JWK Set cannot be used");
}

static void test_JFX_013_a_login_page_keeps_the_old_set(void **state)
{
    (void)state;
    know(foreign(), NOW - 60);
    add_page(SET_URL, "<!DOCTYPE html><title>Sign in</title>");
    net->pages[0].content_type = "text/html; charset=utf-8";
    assert_failed(ask_set(), "the answer (text/html; charset=utf-8) is no JWK Set");
}

static void test_JWK_009_an_answer_without_keys_is_a_withdrawal(void **state)
{
    static const char *const none[] = {"{\"keys\":[]}",
                                       "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"};
    (void)state;
    for (int i = 0; i < COUNT(none); i++) {
        const tokex_key_fetch_t *fetch;
        forget();
        know(foreign(), NOW - 60);
        add_page(SET_URL, none[i]);
        fetch = ask_set();
        assert_came(fetch, none[i]);
        assert_true(fetch->changed);
        assert_true(fetch->withdrawn);
        /* Once is enough. */
        know(none[i], NOW - 60);
        assert_false(ask_set()->withdrawn);
        net->has_known = false;
        assert_false(ask_set()->withdrawn);
    }
}

static void test_a_source_that_cannot_be_asked_keeps_the_old_set(void **state)
{
    (void)state;
    know(foreign(), NOW - 60);
    assert_failed(ask_set(), "no answer after 5 ms");
    net->has_known = false;
    assert_failed(ask_set(), "no answer after 5 ms");
}

/* ---- When to ask again */

static void test_JFX_015_the_time_to_ask_again_is_between_a_minute_and_a_day(void **state)
{
    static const struct {
        int64_t max_age, fresh;
    } rows[] = {{0, 60},        {59, 60},       {60, 60},          {61, 61},
                {86400, 86400}, {86401, 86400}, {31536000, 86400}, {-1, 1234}};
    world_t *w = *state;
    w->issuers[0].keys_refresh = 1234;
    w->issuers[0].keys_stale = 30 * 86400;
    for (int i = 0; i < COUNT(rows); i++) {
        forget();
        add_page(SET_URL, foreign());
        net->pages[0].max_age = rows[i].max_age;
        assert_int_equal(ask_set()->row.fresh_until, NOW + rows[i].fresh);
    }
}

static void test_keys_are_asked_for_again_while_half_of_their_time_is_left(void **state)
{
    static const struct {
        int64_t max_age, stale, fresh;
    } rows[] = {{86400, 86400, 43200},
                {-1, 3000, 1234},
                {-1, 2000, 1000},
                {600, 86400, 600},
                {600, 60, 60}};
    world_t *w = *state;
    w->issuers[0].keys_refresh = 1234;
    for (int i = 0; i < COUNT(rows); i++) {
        forget();
        add_page(SET_URL, foreign());
        net->pages[0].max_age = rows[i].max_age;
        w->issuers[0].keys_stale = rows[i].stale;
        assert_int_equal(ask_set()->row.fresh_until, NOW + rows[i].fresh);
    }
}

static void test_after_failures_it_takes_longer_and_longer(void **state)
{
    static const int64_t delays[] = {60, 120, 240, 480, 900, 900};
    world_t *w = *state;
    int64_t now = NOW;
    w->issuers[0].keys_refresh = 900;
    w->issuers[0].jwks_urls = texts(w->pool, SET_URL, NULL);
    know(foreign(), NOW - 900);
    for (int i = 0; i < COUNT(delays); i++) {
        const tokex_key_fetch_t *fetch = ask_at(now);
        assert_int_equal(fetch->row.fresh_until, now + delays[i]);
        net->known = fetch->row;
        /* A token asks in between: that is no reason to wait longer, or for less. */
        fetch = ask_at(now + delays[i] / 2);
        assert_int_equal(fetch->row.fresh_until, now + delays[i]);
        now += delays[i];
    }
}

static void test_a_failure_long_ago_or_in_the_future_does_not_keep_us_waiting(void **state)
{
    world_t *w = *state;
    w->issuers[0].keys_refresh = 900;
    w->issuers[0].jwks_urls = texts(w->pool, SET_URL, NULL);
    know(foreign(), NOW - 900);
    net->known.failure = "down";
    net->known.tried = NOW + 10000;
    net->known.fresh_until = NOW + 900000;
    assert_true(ask_at(NOW)->row.fresh_until <= NOW + 900);
    net->known.tried = NOW - 100000;
    net->known.fresh_until = NOW - 200000;
    assert_int_equal(ask_at(NOW)->row.fresh_until, NOW + 60);
}

/* ---- Metadata */

static void test_metadata_leads_to_the_set(void **state)
{
    const tokex_key_fetch_t *fetch;
    (void)state;
    add_page(META_URL, metadata("https://idp.partner.example", SET_URL));
    add_page(SET_URL, foreign());
    net->pages[0].max_age = 70;
    net->pages[1].max_age = 80;
    fetch = ask_metadata();
    assert_came(fetch, foreign());
    assert_string_equal(fetch->row.url, META_URL);
    assert_int_equal(fetch->row.fresh_until, NOW + 80);
    assert_null(fetch->moved);
    assert_string_equal(net->asked, " " META_URL " " SET_URL);
}

static void test_metadata_of_another_issuer_gives_no_keys(void **state)
{
    static const char *const others[] = {"https://idp.partner.example/",
                                         "https://IDP.partner.example",
                                         "https://idp.partner.example.evil",
                                         "https://idp.partner.exampl",
                                         "",
                                         "https://idp.other.example"};
    (void)state;
    for (int i = 0; i < COUNT(others); i++) {
        forget();
        know(foreign(), NOW - 60);
        add_page(META_URL, metadata(others[i], SET_URL));
        add_page(SET_URL, ours());
        assert_failed(ask_metadata(), "not of \"https://idp.partner.example\"");
        assert_string_equal(net->asked, " " META_URL);
    }
}

static void test_metadata_that_says_too_little_is_a_failure(void **state)
{
    static const struct {
        const char *body, *part;
    } rows[] = {
        {"{\"jwks_uri\":\"" SET_URL "\"}", "issuer \"(none)\""},
        {"{\"issuer\":[\"https://idp.partner.example\"],\"jwks_uri\":\"" SET_URL "\"}",
         "issuer \"(none)\""},
        {"{\"issuer\":\"https://idp.partner.example\"}", "names no jwks_uri"},
        {"{\"issuer\":\"https://idp.partner.example\",\"jwks_uri\":7}", "names no jwks_uri"},
        {"<html>", "is no metadata"},
        {NULL, "no answer after 5 ms"}};
    (void)state;
    for (int i = 0; i < COUNT(rows); i++) {
        forget();
        know(foreign(), NOW - 60);
        add_page(META_URL, rows[i].body);
        add_page(SET_URL, ours());
        assert_failed(ask_metadata(), rows[i].part);
        assert_string_equal(net->asked, " " META_URL);
    }
}

static void test_JFX_019_a_set_on_another_host_is_fetched_by_https_and_told(void **state)
{
    const tokex_key_fetch_t *fetch;
    (void)state;
    add_page(META_URL, metadata("https://idp.partner.example", OTHER_HOST));
    add_page(OTHER_HOST, foreign());
    fetch = ask_metadata();
    assert_came(fetch, foreign());
    assert_string_equal(fetch->moved, OTHER_HOST);
    /* Another port or another case of letters is the same host. */
    forget();
    add_page(META_URL,
             metadata("https://idp.partner.example", "https://IDP.partner.example:8443/k"));
    add_page("https://IDP.partner.example:8443/k", foreign());
    assert_null(ask_metadata()->moved);
}

static void test_JFX_019_a_set_without_tls_is_not_asked_for(void **state)
{
    static const char *const wrong[] = {"http://idp.partner.example/keys",
                                        "http://keys.partner.example/keys",
                                        "http://127.0.0.1/keys",
                                        "file:///etc/passwd",
                                        "https://me@idp.partner.example/",
                                        "https://idp.partner.example/#x",
                                        "keys",
                                        "https:///keys"};
    (void)state;
    for (int i = 0; i < COUNT(wrong); i++) {
        forget();
        know(foreign(), NOW - 60);
        add_page(META_URL, metadata("https://idp.partner.example", wrong[i]));
        add_page(wrong[i], ours());
        assert_failed(ask_metadata(), "of the metadata is not asked");
        assert_string_equal(net->asked, " " META_URL);
    }
}

static void test_a_set_without_tls_may_lie_where_metadata_without_tls_does(void **state)
{
    (void)state;
    add_page("http://127.0.0.1:8080/meta",
             metadata("https://idp.partner.example", "http://127.0.0.1:8081/keys"));
    add_page("http://127.0.0.1:8081/keys", foreign());
    assert_came(ask_metadata_at("http://127.0.0.1:8080/meta"), foreign());
    forget();
    add_page("http://127.0.0.1:8080/meta",
             metadata("https://idp.partner.example", "http://localhost:8081/keys"));
    assert_failed(ask_metadata_at("http://127.0.0.1:8080/meta"), "it must be an https URL");
}

static void test_a_set_that_metadata_names_can_fail_too(void **state)
{
    (void)state;
    know(foreign(), NOW - 60);
    add_page(META_URL, metadata("https://idp.partner.example", SET_URL));
    assert_failed(ask_metadata(), "jwks_uri " SET_URL ": no answer after 5 ms");
    add_page(SET_URL, "{}");
    assert_failed(ask_metadata(), "jwks_uri " SET_URL ": the answer is no JWK Set");
}

/* ---- Several */

static void test_all_sources_are_asked_at_once(void **state)
{
    world_t *w = *state;
    tokex_key_fetch_t *fetches;
    int count;
    w->issuers[0].jwks_urls = texts(w->pool, SET_URL, "https://a.example/gone", NULL);
    w->issuers[0].metadata_url = META_URL;
    tokex_key_fetch_sources(&fetches, &count,
                            tokex_policy_issuer(policy_of(w), "https://idp.partner.example"),
                            w->pool);
    assert_int_equal(count, 3);
    assert_string_equal(fetches[0].url, SET_URL);
    assert_string_equal(fetches[2].url, META_URL);
    assert_true(fetches[2].is_metadata && !fetches[0].is_metadata);
    assert_null(fetches[0].known);
    add_page(SET_URL, foreign());
    add_page(META_URL, metadata("https://idp.partner.example", OTHER_HOST));
    add_page(OTHER_HOST, ours());
    tokex_key_fetch_run(&net->fetcher, fetches, count, NOW, w->pool, w->pool);
    assert_int_equal(net->rounds, 2);
    assert_came(&fetches[0], foreign());
    assert_failed(&fetches[1], "no answer");
    assert_came(&fetches[2], ours());
    tokex_key_fetch_run(&net->fetcher, fetches, 0, NOW, w->pool, w->pool);
    assert_int_equal(net->rounds, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_NET(test_a_set_is_fetched_and_told_from_the_one_before),
        WITH_NET(test_keys_that_were_left_out_are_told),
        WITH_NET(test_JWK_008_what_is_no_list_of_keys_keeps_the_old_set),
        WITH_NET(test_other_key_material_is_no_set),
        WITH_NET(test_JFX_013_a_login_page_keeps_the_old_set),
        WITH_NET(test_JWK_009_an_answer_without_keys_is_a_withdrawal),
        WITH_NET(test_a_source_that_cannot_be_asked_keeps_the_old_set),
        WITH_NET(test_JFX_015_the_time_to_ask_again_is_between_a_minute_and_a_day),
        WITH_NET(test_keys_are_asked_for_again_while_half_of_their_time_is_left),
        WITH_NET(test_after_failures_it_takes_longer_and_longer),
        WITH_NET(test_a_failure_long_ago_or_in_the_future_does_not_keep_us_waiting),
        WITH_NET(test_metadata_leads_to_the_set),
        WITH_NET(test_metadata_of_another_issuer_gives_no_keys),
        WITH_NET(test_metadata_that_says_too_little_is_a_failure),
        WITH_NET(test_JFX_019_a_set_on_another_host_is_fetched_by_https_and_told),
        WITH_NET(test_JFX_019_a_set_without_tls_is_not_asked_for),
        WITH_NET(test_a_set_without_tls_may_lie_where_metadata_without_tls_does),
        WITH_NET(test_a_set_that_metadata_names_can_fail_too),
        WITH_NET(test_all_sources_are_asked_at_once),
    };
    return cmocka_run_group_tests_name("keys/key_fetch", tests, make_keys, drop_keys);
}
