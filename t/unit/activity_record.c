/* A decision as octets, and what becomes of it in state.db. */
#include "../../mod_tokex/activity_record.h"
#include "../../mod_tokex/activity_ring.h"
#include "unit.h"

#include <sys/mman.h>
#include <unistd.h>

#include <apr_time.h>

#include "base/json.h"

static const tokex_activity_context_t context = {"hZ4QzKjSKaE1Tn-B", "a.example:443", 1700000000,
                                                 87};

/* In memory of exactly that length, so that whoever writes on is caught. */
static void read_back(tokex_activity_row_t *row, const tokex_outcome_t *outcome, apr_pool_t *pool)
{
    unsigned char *octets = malloc(TOKEX_ACTIVITY_RECORD_MAX);
    apr_size_t len;

    assert_non_null(octets);
    len = tokex_activity_record_write(octets, outcome, &context, pool);
    assert_true(len <= TOKEX_ACTIVITY_RECORD_MAX);
    tokex_activity_record_read(row, apr_pmemdup(pool, octets, len), pool);
    free(octets);
}

static const char *repeated(const char *text, int count, apr_pool_t *pool)
{
    apr_size_t len = strlen(text);
    char *all = apr_palloc(pool, len * (apr_size_t)count + 1);
    int i;

    for (i = 0; i < count; i++)
        memcpy(all + len * (apr_size_t)i, text, len);
    all[len * (apr_size_t)count] = '\0';
    return all;
}

static void test_record_says_what_is_known(void **state)
{
    apr_pool_t *pool = *state;
    tokex_outcome_t outcome = {.subject = "user \"1\"",
                               .client_presented = "nobody",
                               .secret = "s2",
                               .location = "/orders",
                               .scope_asked = "a b",
                               .scope_granted = "a",
                               .token = "aaaa.bbbb.cccc"};
    tokex_activity_row_t row;

    tokex_trace_pass(&outcome.trace, TOKEX_STEP_REQUEST, NULL, NULL, NULL, NULL);
    tokex_trace_pass(&outcome.trace, TOKEX_STEP_KEY, "issuer", "partner", "keys", "k\n1");
    read_back(&row, &outcome, pool);
    assert_string_equal(row.receipt, "hZ4QzKjSKaE1Tn-B");
    assert_string_equal(row.server, "a.example:443");
    assert_string_equal(row.location, "/orders");
    assert_string_equal(row.client, "nobody");
    assert_string_equal(row.subject, "user \\x221\\x22");
    assert_string_equal(row.issuer, "");
    assert_string_equal(row.secret, "s2");
    assert_string_equal(row.outcome, "granted");
    assert_string_equal(row.code, "");
    assert_true(row.time == 1700000000 && row.latency_us == 87);
    assert_string_equal(row.steps,
                        "[{\"step\":\"request\",\"passed\":true},"
                        "{\"step\":\"key\",\"passed\":true,\"object\":\"issuer\","
                        "\"id\":\"partner\",\"field\":\"keys\",\"found\":\"k\\\\x0a1\"}]");
    outcome.token = NULL;
    read_back(&row, &outcome, pool);
    assert_string_equal(row.outcome, "accepted");
}

static void test_record_of_a_refusal_has_its_reason(void **state)
{
    apr_pool_t *pool = *state;
    tokex_outcome_t outcome = {.remembered = true};
    tokex_activity_row_t row;

    outcome.err = tokex_trace_refuse(&outcome.trace, TOKEX_STEP_AUDIENCE,
                                     tokex_err_create(pool, TOKEX_E_AUD_WRONG, NULL, "for \"x\""),
                                     "issuer", "partner", "audiences");
    read_back(&row, &outcome, pool);
    assert_string_equal(row.outcome, "refused");
    assert_string_equal(row.code, "aud_wrong");
    assert_string_equal(row.reason, "for \"x\"");
    assert_true(row.remembered);
    assert_non_null(strstr(row.steps, "\"passed\":false,\"code\":\"aud_wrong\""));
}

/* Wherever a token was sent, it does not get there. */
static void test_record_shows_no_token(void **state)
{
    static const char token[] = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
    apr_pool_t *pool = *state;
    tokex_outcome_t outcome = {
        .subject = token, .actor = token, .client_presented = token, .scope_asked = token};
    tokex_activity_row_t row;

    tokex_trace_pass(&outcome.trace, TOKEX_STEP_KEY, "issuer", token, "keys", token);
    read_back(&row, &outcome, pool);
    assert_string_equal(row.subject, "...");
    assert_string_equal(row.actor, "...");
    assert_string_equal(row.client, "...");
    assert_string_equal(row.scope_asked, "...");
    assert_null(strstr(row.steps, "eyJ"));
}

static void assert_sound(const tokex_activity_row_t *row, apr_pool_t *pool)
{
    const tokex_json_t *steps;

    assert_success(tokex_json_parse(&steps, row->steps, strlen(row->steps), pool));
    assert_true(tokex_json_is_utf8(row->reason, strlen(row->reason)));
    assert_true(tokex_json_is_utf8(row->scope_granted, strlen(row->scope_granted)));
}

/* As long as callers and administrators can make it, and a little longer. */
static void test_record_is_bounded_and_cut_between_characters(void **state)
{
    apr_pool_t *pool = *state;
    int i;

    for (i = 0; i < 8; i++) {
        const char *text =
            apr_pstrcat(pool, repeated("x", i, pool), repeated("\xE2\x82\xAC", 5000, pool), NULL);
        tokex_outcome_t outcome = {.subject = text,
                                   .actor = text,
                                   .client_presented = text,
                                   .location = text,
                                   .scope_asked = text,
                                   .scope_granted = text,
                                   .err =
                                       tokex_err_create(pool, TOKEX_E_INTERNAL, NULL, "%s", text)};
        tokex_activity_row_t row;

        while (outcome.trace.count < TOKEX_LIMIT_TRACE)
            tokex_trace_pass(&outcome.trace, TOKEX_STEP_KEY, text, text, text, text);
        read_back(&row, &outcome, pool);
        assert_sound(&row, pool);
        assert_true(strlen(row.subject) <= TOKEX_LIMIT_SHOWN + 3);
        assert_string_equal(row.scope_granted + strlen(row.scope_granted) - 3, "...");
        assert_int_equal(strlen(row.location) <= 1024 && strlen(row.location) > 1000, 1);
    }
}

/* ---- Where records wait */

static tokex_activity_ring_t *new_ring(apr_pool_t *pool)
{
    tokex_activity_ring_t *ring = tokex_activity_ring_create(pool);

    assert_non_null(ring);
    return ring;
}

/* How many of `count` records of `len` octets find room. */
static int put(tokex_activity_ring_t *ring, int count, apr_uint32_t len, bool refusal)
{
    static const unsigned char octets[TOKEX_ACTIVITY_RECORD_MAX];
    const tokex_activity_mark_t mark = {len, 7};
    int i, put = 0;

    for (i = 0; i < count; i++)
        put += tokex_activity_ring_put(ring, &mark, octets, refusal);
    return put;
}

static int taken(const tokex_activity_tray_t *tray)
{
    tokex_activity_mark_t mark;
    apr_size_t at = 0;
    int count = 0;

    while (tray && tokex_activity_tray_next(tray, &at, &mark)) {
        assert_int_equal(mark.tag, 7);
        count++;
    }
    return count;
}

static void test_ring_is_bounded_and_keeps_room_for_refusals(void **state)
{
    tokex_activity_ring_t *ring = new_ring(*state);

    assert_null(tokex_activity_ring_take(ring, false));
    assert_int_equal(put(ring, 1000, 100, false), TOKEX_ACTIVITY_RING_RECORDS * 3 / 4);
    assert_int_equal(put(ring, 1000, 100, true), TOKEX_ACTIVITY_RING_RECORDS / 4);
    assert_int_equal(taken(tokex_activity_ring_take(ring, false)), TOKEX_ACTIVITY_RING_RECORDS);
    assert_int_equal(put(ring, 1000, 100, true), TOKEX_ACTIVITY_RING_RECORDS);
    assert_int_equal(taken(tokex_activity_ring_take(ring, false)), TOKEX_ACTIVITY_RING_RECORDS);
    /* Large ones are bounded by their octets. */
    assert_int_equal(put(ring, 1000, TOKEX_ACTIVITY_RECORD_MAX, true),
                     TOKEX_ACTIVITY_RING_OCTETS / (TOKEX_ACTIVITY_RECORD_MAX + 8));
    tokex_activity_ring_take(ring, false);
    tokex_activity_ring_take(ring, false);
}

/* Octets of a tray that take memory. */
static size_t resident(const tokex_activity_tray_t *tray)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char pages[TOKEX_ACTIVITY_RING_OCTETS / 4096];
    size_t count = TOKEX_ACTIVITY_RING_OCTETS / page, found = 0, i;

    assert_int_equal(mincore(tray->octets, TOKEX_ACTIVITY_RING_OCTETS, pages), 0);
    for (i = 0; i < count; i++)
        found += pages[i] & 1;
    return found * page;
}

static void test_ring_gives_back_the_memory_of_what_was_read(void **state)
{
    tokex_activity_ring_t *ring = new_ring(*state);
    const tokex_activity_tray_t *tray;

    assert_int_equal(put(ring, 250, 1500, true), 250);
    tray = tokex_activity_ring_take(ring, false);
    assert_non_null(tray);
    assert_true(resident(tray) >= 375000);
    tokex_activity_ring_done(ring);
    assert_true(resident(tray) <= 65536);
    assert_int_equal(put(ring, 2, 1000, true), 2);
    assert_int_equal(taken(tokex_activity_ring_take(ring, false)), 2);
}

static void test_ring_that_is_closed_takes_nothing(void **state)
{
    tokex_activity_ring_t *ring = new_ring(*state);

    assert_int_equal(put(ring, 2, 100, true), 2);
    assert_int_equal(taken(tokex_activity_ring_take(ring, true)), 2);
    assert_int_equal(put(ring, 2, 100, true), 0);
    assert_null(tokex_activity_ring_take(ring, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_record_says_what_is_known),
        WITH_POOL(test_record_of_a_refusal_has_its_reason),
        WITH_POOL(test_record_shows_no_token),
        WITH_POOL(test_record_is_bounded_and_cut_between_characters),
        WITH_POOL(test_ring_is_bounded_and_keeps_room_for_refusals),
        WITH_POOL(test_ring_gives_back_the_memory_of_what_was_read),
        WITH_POOL(test_ring_that_is_closed_takes_nothing),
    };
    return cmocka_run_group_tests_name("mod_tokex/activity", tests, start, stop);
}
