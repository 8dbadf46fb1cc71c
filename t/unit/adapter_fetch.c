#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <arpa/inet.h>

#include "unit.h"

#include "adapter/fetch_private.h"

/* The judgement of an address, as one that a socket would be connected to. */
static bool may_ask(const tokex_fetch_settings_t *settings, const char *text)
{
    apr_sockaddr_t address;

    memset(&address, 0, sizeof(address));
    if (inet_pton(AF_INET, text, &address.sa.sin.sin_addr) == 1) {
        address.family = APR_INET;
        address.ipaddr_ptr = &address.sa.sin.sin_addr;
        address.ipaddr_len = sizeof(address.sa.sin.sin_addr);
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &address.sa.sin6.sin6_addr), 1);
        address.family = APR_INET6;
        address.ipaddr_ptr = &address.sa.sin6.sin6_addr;
        address.ipaddr_len = sizeof(address.sa.sin6.sin6_addr);
    }
    return tokex_fetch_may_ask(settings, &address);
}

static const char *const not_public[] = {
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.255",
    "192.0.2.1",
    "192.168.0.0",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::8.8.8.8",
    "fc00::1",
    "fdff::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001:2::1",
    "2001:10::1",
    "3fff::1",
    "100::1",
    "4000::1",
    "64:ff9b:1::1",
    /* What stands for an IPv4 address. */
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::192.168.1.1",
    "64:ff9b::7f00:1",
    "2002:a00:1::1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    /* Teredo: 10.0.0.1 and 127.0.0.1, each bit turned round. */
    "2001:0:808:808::f5ff:fffe",
    "2001:0:808:808::80ff:fffe",
};

static const char *const open_to_all[] = {
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "192.0.3.1",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.1",
    "203.0.112.1",
    "203.0.114.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450::1",
    "2001:200::1",
    "2001:db7::1",
    "2001:db9::1",
    "3ffe::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
    "2001:0:a00:1::f7f7:f7f7",
};

static void test_JFX_011_what_is_not_public_is_not_asked(void **state)
{
    const tokex_fetch_settings_t settings = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(not_public) / sizeof(not_public[0]); i++) {
        if (may_ask(&settings, not_public[i]))
            fail_msg("%s", not_public[i]);
    }
}

static void test_what_is_public_is_asked(void **state)
{
    const tokex_fetch_settings_t settings = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(open_to_all) / sizeof(open_to_all[0]); i++) {
        if (!may_ask(&settings, open_to_all[i]))
            fail_msg("%s", open_to_all[i]);
    }
}

static tokex_fetch_settings_t allowing(apr_pool_t *pool, const char *address, const char *bits)
{
    tokex_fetch_settings_t settings = {0};
    apr_ipsubnet_t **nets = apr_pcalloc(pool, sizeof(apr_ipsubnet_t *));

    assert_int_equal(apr_ipsubnet_create(nets, address, bits, pool), APR_SUCCESS);
    settings.allowed = nets;
    settings.allowed_count = 1;
    return settings;
}

static void test_what_is_allowed_is_asked_and_nothing_beside_it(void **state)
{
    tokex_fetch_settings_t net = allowing(*state, "10.1.0.0", "16");
    tokex_fetch_settings_t one = allowing(*state, "fd00::5", NULL);

    assert_true(may_ask(&net, "10.1.2.3"));
    assert_true(may_ask(&net, "::ffff:10.1.2.3"));
    assert_true(may_ask(&net, "64:ff9b::10.1.2.3"));
    assert_false(may_ask(&net, "10.2.0.1"));
    assert_false(may_ask(&net, "::ffff:10.2.0.1"));
    assert_false(may_ask(&net, "fd00::5"));
    assert_true(may_ask(&one, "fd00::5"));
    assert_false(may_ask(&one, "fd00::6"));
    assert_false(may_ask(&one, "10.1.2.3"));
    assert_true(may_ask(&one, "8.8.8.8"));
}

static void test_address_of_another_kind_is_not_asked(void **state)
{
    const tokex_fetch_settings_t settings = {0};
    apr_sockaddr_t address;

    (void)state;
    memset(&address, 0, sizeof(address));
    address.family = 1; /* AF_UNIX */
    address.ipaddr_ptr = &address.sa;
    assert_false(tokex_fetch_may_ask(&settings, &address));
}

static void test_host_that_is_an_address_is_judged_and_a_name_is_not(void **state)
{
    static const char *const refused[] = {
        "127.0.0.1",     "127.1",      "0x7f.1",    "0177.0.0.1", "2130706433",
        "0x7f000001",    "127.0.0.1.", "localhost", "LOCALHOST",  "localhost.",
        "a.b.localhost", "::1",        "fe80::1",   "10.0.0.1",   "",
    };
    static const char *const asked[] = {
        "idp.example", "8.8.8.8", "mylocalhost", "localhost.example", "10.example", "2606:4700::1",
    };
    tokex_fetch_settings_t settings = {0};
    tokex_fetch_settings_t here = allowing(*state, "127.0.0.0", "8");

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (tokex_fetch_may_ask_host(&settings, refused[i]))
            fail_msg("%s", refused[i]);
    }
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        if (!tokex_fetch_may_ask_host(&settings, asked[i]))
            fail_msg("%s", asked[i]);
    }
    assert_true(tokex_fetch_may_ask_host(&here, "127.0.0.1"));
    assert_true(tokex_fetch_may_ask_host(&here, "localhost"));
    assert_false(tokex_fetch_may_ask_host(&here, "10.0.0.1"));
}

static void test_cache_control_is_read(void **state)
{
    static const struct {
        const char *values;
        int64_t age;
    } rows[] = {
        {NULL, -1},
        {"", -1},
        {"public", -1},
        {"max-age=300", 300},
        {" Public , MAX-AGE=0", 0},
        {"max-age=\"60\"", 60},
        {"public,max-age=31536000,immutable", 31536000},
        {"max-age=99999999999999999999999", INT64_C(2147483648)},
        {"max-age=60, no-cache", 0},
        {"no-store", 0},
        {"no-cache=\"set-cookie\", max-age=60", 0},
        {"max-age", 0},
        {"max-age=", 0},
        {"max-age=-5", 0},
        {"max-age=5x", 0},
        {"max-age=60,max-age=60", 60},
        {"max-age=60,max-age=61", 0},
        {"s-maxage=60", -1},
        {"x-max-age=60", -1},
        {"ext=\"a, max-age=5\", max-age=7", 7},
        {"ext=\"a\\\", max-age=5\", max-age=7", 7},
        {"ext=\"never closed, max-age=5", -1},
        {",,, max-age=8 ,,", 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t age = tokex_fetch_max_age(rows[i].values);

        if (age != rows[i].age)
            fail_msg("\"%s\": %ld", rows[i].values ? rows[i].values : "(none)", (long)age);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_JFX_011_what_is_not_public_is_not_asked),
        WITH_POOL(test_what_is_public_is_asked),
        WITH_POOL(test_what_is_allowed_is_asked_and_nothing_beside_it),
        WITH_POOL(test_address_of_another_kind_is_not_asked),
        WITH_POOL(test_host_that_is_an_address_is_judged_and_a_name_is_not),
        WITH_POOL(test_cache_control_is_read),
    };

    return cmocka_run_group_tests_name("adapter_fetch", tests, start, stop);
}
