#include "crypt_jwk.h"

#include "keys/key_probe.h"

#define AT APR_INT64_C(1900000000)
#define DAY 86400
#define ISSUER "https://idp.example"
#define META ISSUER "/meta"
#define KEYS ISSUER "/keys"

/* In the place of network, resolver and clock. */
static struct net_t {
    tokex_fetch_facts_t facts; /* of every answer */
    const char *error;         /* of every answer; NULL: none */
    const char *set;
    tokex_fetch_certificate_t chain[2];
    int chain_count;
    const char *addresses; /* blank-separated, one that must not be asked begins with ! */
    int looks;
    const char *asked;
} net;

static apr_time_t stopped_clock(void)
{
    return apr_time_from_sec(AT);
}

static const char *resolve(const tokex_fetch_address_t **out, int *count,
                           const tokex_fetch_settings_t *settings, const char *host,
                           apr_pool_t *pool)
{
    tokex_fetch_address_t *all = apr_pcalloc(pool, 4 * sizeof(*all));
    char *state, *word = apr_strtok(apr_pstrdup(pool, net.addresses), " ", &state);
    (void)settings;
    assert_string_equal(host, "idp.example");
    for (*count = 0; word; word = apr_strtok(NULL, " ", &state))
        all[(*count)++] = (tokex_fetch_address_t){word + (*word == '!'), *word != '!'};
    *out = all;
    return *count ? NULL : "there is no such name";
}

static void show_chain(tokex_fetch_facts_t *facts)
{
    facts->certificates = net.chain;
    facts->certificate_count = net.chain_count;
    facts->tls = "TLSv1.3";
}

static void answer(tokex_fetcher_t *fetcher, tokex_fetch_t *fetches, int count,
                   volatile apr_uint32_t *stop, apr_pool_t *pool)
{
    assert_null(fetcher);
    assert_null(stop);
    assert_int_equal(count, 1);
    assert_non_null(fetches->facts);
    net.asked = apr_pstrcat(pool, net.asked, " ", fetches->url, NULL);
    if (fetches->facts->look) {
        net.looks++;
        show_chain(fetches->facts);
        return;
    }
    *fetches->facts = net.facts;
    if (net.error) {
        fetches->err = tokex_err_create(pool, TOKEX_E_FETCH, NULL, "%s", net.error);
        return;
    }
    show_chain(fetches->facts);
    fetches->body = strcmp(fetches->url, KEYS) == 0 ? net.set
                                                    : "{\"issuer\":\"" ISSUER
                                                      "\",\"jwks_uri\":\"" KEYS "\"}";
    fetches->len = strlen(fetches->body);
}

static void good_net(void)
{
    memset(&net, 0, sizeof(net));
    net.facts.stage = TOKEX_FETCH_AT_ANSWER;
    net.facts.status = 200;
    net.set = "{\"keys\":[{" ED_MEMBERS ",\"kid\":\"k\"}]}";
    net.chain[0] = (tokex_fetch_certificate_t){"CN = idp.example", "CN = Some CA",
                                               "DNS:idp.example", AT - DAY, AT + 60 * DAY};
    net.chain_count = 1;
    net.addresses = "192.0.2.1";
    net.asked = "";
}

static const char *const algorithms[] = {"EdDSA"};

static tokex_issuer_t issuer_with_metadata(void)
{
    return (tokex_issuer_t){.id = "p",
                            .issuer = ISSUER,
                            .enabled = true,
                            .algorithms = {algorithms, 1},
                            .leeway = 30,
                            .metadata_url = META};
}

static tokex_probe_t probe(fixture_t *f, const tokex_issuer_t *issuer)
{
    static const tokex_fetch_settings_t settings;
    const tokex_probe_way_t way = {NULL, &settings, answer, resolve, stopped_clock, f->crypt};
    tokex_probe_t out;
    tokex_key_probe_run(&out, &way, issuer, f->pool);
    return out;
}

static const tokex_probe_step_t *step(const tokex_probe_t *all, const char *name)
{
    for (int i = 0; i < all->count; i++)
        if (strcmp(all->steps[i].name, name) == 0)
            return &all->steps[i];
    fail_msg("no step %s", name);
    return NULL;
}

static void assert_step(const tokex_probe_t *all, const char *name, tokex_probe_state_t state,
                        const char *found, const char *advice)
{
    const tokex_probe_step_t *one = step(all, name);
    assert_int_equal(one->state, state);
    if (found)
        assert_string_equal(one->found, found);
    if (advice && (!one->advice || !strstr(one->advice, advice)))
        fail_msg("%s: advice \"%s\"", name, one->advice ? one->advice : "(none)");
    if (!advice)
        assert_null(one->advice);
}

static void test_every_step_is_gone_in_order(void **state)
{
    static const char *const names[] = {"dns",      "connect", "tls",  "metadata", "issuer",
                                        "jwks_uri", "jwks",    "keys", "clock"};
    tokex_issuer_t issuer = issuer_with_metadata();
    tokex_probe_t all;
    good_net();
    net.facts.date = AT + 10;
    all = probe(*state, &issuer);
    assert_int_equal(all.count, 9);
    assert_int_equal(all.failed, 0);
    for (int i = 0; i < all.count; i++) {
        assert_string_equal(all.steps[i].name, names[i]);
        assert_int_equal(all.steps[i].state, TOKEX_PROBE_OK);
        assert_string_equal(all.steps[i].source, META);
    }
    assert_string_equal(net.asked, " " META " " KEYS);
    assert_int_equal(net.looks, 0);
    assert_step(&all, "clock", TOKEX_PROBE_OK, "its clock is 10 seconds ahead of ours", NULL);
    assert_string_equal(step(&all, "keys")->keys->algorithms, "EdDSA");
}

static void test_addresses_of_which_one_may_be_asked_are_enough(void **state)
{
    tokex_issuer_t issuer = issuer_with_metadata();
    tokex_probe_t all;
    good_net();
    net.addresses = "192.0.2.1 !10.0.0.1";
    all = probe(*state, &issuer);
    assert_step(&all, "dns", TOKEX_PROBE_OK, "idp.example is 192.0.2.1, 10.0.0.1",
                "Not public: 10.0.0.1.");
    net.addresses = "!10.0.0.2 !10.0.0.1";
    net.asked = "";
    all = probe(*state, &issuer);
    assert_step(&all, "dns", TOKEX_PROBE_FAILED, NULL, "TokexFetchAllow 10.0.0.2 10.0.0.1 ");
    assert_string_equal(net.asked, "");
    assert_int_equal(all.failed, 1);
}

static void test_days_left_are_those_of_the_certificate_that_ends_first(void **state)
{
    tokex_issuer_t issuer = issuer_with_metadata();
    tokex_probe_t all;
    good_net();
    all = probe(*state, &issuer);
    assert_step(&all, "tls", TOKEX_PROBE_OK,
                "TLSv1.3, certificate of CN = idp.example from CN = Some CA, 60 days left", NULL);
    net.chain[1] =
        (tokex_fetch_certificate_t){"CN = Some CA", "CN = Root", NULL, AT - DAY, AT + 13 * DAY};
    net.chain_count = 2;
    all = probe(*state, &issuer);
    assert_step(&all, "tls", TOKEX_PROBE_OK, NULL, "ends soon");
    net.chain_count = 0;
    all = probe(*state, &issuer);
    assert_step(&all, "tls", TOKEX_PROBE_OK, "TLSv1.3, a certificate that is trusted", NULL);
}

static tokex_probe_t probe_untrusted(void **state, const char *error)
{
    tokex_issuer_t issuer = issuer_with_metadata();
    net.error = error;
    net.facts.stage = TOKEX_FETCH_AT_TLS;
    net.facts.status = 0;
    return probe(*state, &issuer);
}

static void test_a_chain_that_is_not_trusted_is_looked_at_and_told(void **state)
{
    tokex_probe_t all;
    good_net();
    all = probe_untrusted(state, "unable to get local issuer certificate");
    assert_int_equal(net.looks, 1);
    assert_step(&all, "tls", TOKEX_PROBE_FAILED,
                "the certificate of CN = idp.example is from CN = Some CA, which is not trusted",
                "this system's authorities");
    assert_step(&all, "metadata", TOKEX_PROBE_SKIPPED, "not reached", NULL);
    net.chain[0].from = AT + DAY;
    all = probe_untrusted(state, "certificate is not yet valid");
    assert_step(&all, "tls", TOKEX_PROBE_FAILED,
                "the certificate of CN = idp.example begins on 2030-03-18 only", "clock");
    good_net();
    net.chain[1] =
        (tokex_fetch_certificate_t){"CN = Some CA", "CN = Root", NULL, AT - 9 * DAY, AT - DAY};
    net.chain_count = 2;
    all = probe_untrusted(state, "certificate has expired");
    assert_step(&all, "tls", TOKEX_PROBE_FAILED,
                "the certificate of CN = Some CA ended on 2030-03-16", "renew");
    net.chain_count = 0;
    all = probe_untrusted(state, "no protocols available");
    assert_step(&all, "tls", TOKEX_PROBE_FAILED, "no protocols available", "version 1.2 or 1.3");
}

/* A name in a certificate is whatever somebody wrote there. */
static void test_what_a_server_shows_is_told_in_safe_characters(void **state)
{
    tokex_probe_t all;
    good_net();
    net.chain[0].issuer = "CN = \x1b[31m\xff\n\"x";
    all = probe_untrusted(state, "unable to get local issuer certificate");
    for (const char *c = step(&all, "tls")->found; *c; c++)
        assert_true((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f);
}

static void test_age_and_date_make_the_servers_clock(void **state)
{
    static const struct {
        int64_t date, age;
        tokex_probe_state_t state;
        const char *found;
    } cases[] = {
        {AT, 0, TOKEX_PROBE_OK, "its clock agrees with ours"},
        {AT - 1, 0, TOKEX_PROBE_OK, "its clock agrees with ours"},
        {AT - 400, 400, TOKEX_PROBE_OK, "its clock agrees with ours"},
        {AT + 30, 0, TOKEX_PROBE_OK, "its clock is 30 seconds ahead of ours"},
        {AT + 31, 0, TOKEX_PROBE_FAILED, "its clock is 31 seconds ahead of ours"},
        {AT - 31, 0, TOKEX_PROBE_FAILED, "its clock is 31 seconds behind ours"},
        {0, 7, TOKEX_PROBE_SKIPPED, "no answer told the time"},
    };
    tokex_issuer_t issuer = issuer_with_metadata();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tokex_probe_t all;
        good_net();
        net.facts.date = cases[i].date;
        net.facts.age = cases[i].age;
        all = probe(*state, &issuer);
        assert_int_equal(step(&all, "clock")->state, cases[i].state);
        assert_string_equal(step(&all, "clock")->found, cases[i].found);
    }
}

static void test_several_sources_fail_by_themselves(void **state)
{
    static const char *const urls[] = {KEYS};
    const tokex_issuer_key_t key = {.jwk = "{" ED_MEMBERS "}"};
    tokex_issuer_t issuer = issuer_with_metadata();
    tokex_probe_t all;
    issuer.jwks_urls = (tokex_texts_t){urls, 1};
    issuer.keys = &key;
    issuer.key_count = 1;
    good_net();
    net.set = "{\"keys\":[]}";
    all = probe(*state, &issuer);
    assert_int_equal(all.count, 6 + 9 + 1);
    assert_int_equal(all.failed, 2);
    assert_string_equal(all.steps[0].source, KEYS);
    assert_string_equal(all.steps[15].source, "configuration");
    assert_int_equal(all.steps[15].state, TOKEX_PROBE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_every_step_is_gone_in_order),
        WITH_CRYPT(test_addresses_of_which_one_may_be_asked_are_enough),
        WITH_CRYPT(test_days_left_are_those_of_the_certificate_that_ends_first),
        WITH_CRYPT(test_a_chain_that_is_not_trusted_is_looked_at_and_told),
        WITH_CRYPT(test_what_a_server_shows_is_told_in_safe_characters),
        WITH_CRYPT(test_age_and_date_make_the_servers_clock),
        WITH_CRYPT(test_several_sources_fail_by_themselves),
    };
    return cmocka_run_group_tests_name("keys/probe", tests, start, stop);
}
