#include "unit.h"

#include "form.h"
#include "input.h"
#include "noun.h"
#include "route.h"

static const admin_field_t fields[] = {{"name", ADMIN_LINE, 8},
                                       {"text", ADMIN_LINES, 16},
                                       {"number", ADMIN_DIGITS, 4},
                                       {NULL, ADMIN_LINE, 0}};

static const char *parse(admin_input_t **out, const char *text, void **state)
{
    const admin_declared_t declared = {fields, NULL, NULL};

    return admin_input_parse(out, text, strlen(text), &declared, *state);
}

static void test_values_are_decoded(void **state)
{
    admin_input_t *input;

    assert_null(parse(&input, "name=a+%2B%C3%A4&text=x%0D%0Ay%0Dz&number=007&", state));
    assert_string_equal(admin_input_get(input, "name"), "a +\xc3\xa4");
    assert_string_equal(admin_input_get(input, "text"), "x\ny\nz");
    assert_int_equal(admin_input_number(input, "number", 1), 7);
    assert_null(parse(&input, "name", state));
    assert_string_equal(admin_input_get(input, "name"), "");
    assert_null(admin_input_get(input, "text"));
    assert_string_equal(admin_input_text(input, "text"), "");
    assert_int_equal(admin_input_number(input, "number", 1), 1);
}

static void test_what_was_not_declared_is_refused(void **state)
{
    static const char *const bad[] = {"other=1",
                                      "name=1&name=1",
                                      "name=123456789",
                                      "text=12345678901234567",
                                      "number=12345",
                                      "number=-1",
                                      "number=x",
                                      "name=%00",
                                      "name=%0a",
                                      "name=%7f",
                                      "name=%1b",
                                      "name=%",
                                      "name=%zz",
                                      "name=%ff",
                                      "=x",
                                      "name=1&other",
                                      "NAME=1",
                                      "name%00=1",
                                      "text=%0b",
                                      "name=%ed%a0%80"};
    int i;

    for (i = 0; i < COUNT(bad); i++) {
        admin_input_t *input;

        if (!parse(&input, bad[i], state))
            fail_msg("accepted: %s", bad[i]);
    }
}

static void test_too_many_names_are_refused(void **state)
{
    char *text = apr_palloc(*state, ADMIN_INPUT_NAMES + 3);
    admin_input_t *input;

    memset(text, '&', ADMIN_INPUT_NAMES + 2);
    text[ADMIN_INPUT_NAMES + 2] = '\0';
    assert_non_null(parse(&input, text, state));
}

static void test_CGI_001_lengths(void **state)
{
    static const struct {
        const char *text;
        int status;
    } cases[] = {{"0", 0},
                 {"100", 0},
                 {"101", 413},
                 {"000100", 0},
                 {NULL, 400},
                 {"", 400},
                 {"-1", 400},
                 {"+1", 400},
                 {" 1", 400},
                 {"5x", 400},
                 {"0x10", 400},
                 {"18446744073709551616", 413},
                 {"2147483647", 413},
                 {"99999999999999999999999999", 413}};
    int i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        apr_size_t len = 0;

        assert_int_equal(admin_input_length(&len, cases[i].text, 100), cases[i].status);
    }
}

/* ---- Names of the fields of objects */

static bool knows(const char *noun, const char *name)
{
    admin_field_t field;

    return admin_form_knows(&field, (void *)admin_noun_desc(admin_noun_find(noun)), name);
}

static void test_a_form_knows_the_fields_of_its_object(void **state)
{
    (void)state;
    assert_true(knows("issuer", "name"));
    assert_true(knows("issuer", "algorithms.RS256"));
    assert_true(knows("issuer", "conditions.1.claim"));
    assert_true(knows("issuer", "conditions.999.values"));
    assert_true(knows("issuer", "keys.1.any"));
    assert_true(knows("client", "scopes.a.b.c"));
    assert_true(knows("issuer", "introspection_secret"));
    assert_false(knows("issuer", "introspection_sealed"));
    assert_false(knows("issuer", "algorithms.none"));
    assert_false(knows("issuer", "algorithms."));
    assert_false(knows("issuer", "conditions.0.claim"));
    assert_false(knows("issuer", "conditions.1000.claim"));
    assert_false(knows("issuer", "conditions.01.claim"));
    assert_false(knows("issuer", "conditions.1"));
    assert_false(knows("issuer", "conditions.1.other"));
    assert_false(knows("issuer", "conditions.1.claim.x"));
    assert_false(knows("issuer", "conditions"));
    assert_false(knows("issuer", "keys.1.jwk"));
    assert_false(knows("client", "secrets"));
    assert_false(knows("client", "secrets.1.sha256"));
    assert_false(knows("client", "rules.1.id"));
    assert_false(knows("issuer", ""));
    assert_false(knows("issuer", ".x"));
}

static int sections_with(const admin_section_t *sections, const char *name, apr_pool_t *pool)
{
    const char *wanted = apr_pstrcat(pool, " ", name, " ", NULL);
    int count = 0;

    for (; sections->title; sections++)
        count += strstr(apr_pstrcat(pool, " ", sections->fields, " ", NULL), wanted) != NULL;
    return count;
}

static void assert_sections(const tokex_object_desc_t *desc, const admin_section_t *sections,
                            apr_pool_t *pool)
{
    int i;

    for (i = 0; i < desc->field_count; i++) {
        int count = sections_with(sections, desc->fields[i].name, pool);

        if (admin_form_shows(&desc->fields[i]) && count > 1)
            fail_msg("%s.%s stands in %d sections", desc->noun, desc->fields[i].name, count);
    }
}

static void test_no_field_stands_in_two_sections(void **state)
{
    int i;

    for (i = 0; admin_nouns[i]; i++) {
        assert_sections(admin_noun_desc(admin_nouns[i]), admin_nouns[i]->sections, *state);
        if (admin_nouns[i]->elements)
            assert_sections(admin_noun_element_desc(admin_nouns[i]),
                            admin_nouns[i]->element_sections, *state);
    }
}

static void test_CON_023_every_route_has_a_role(void **state)
{
    const admin_route_t *route;
    const char *allow;

    (void)state;
    for (route = admin_program.routes; route->method; route++) {
        assert_true(route->role > ADMIN_NOBODY && route->role <= ADMIN_ADMINISTRATOR);
        assert_non_null(route->handler);
        /* What changes something is no viewer's. These look at a token, or an account. */
        if (strcmp(route->method, "POST") == 0 && strcmp(route->path, "/try") != 0 &&
            strcmp(route->path, "/mappings/sample") != 0 && strcmp(route->path, "/display") != 0 &&
            strcmp(route->path, "/accounts/look") != 0)
            assert_true(route->role >= ADMIN_EDITOR);
        assert_ptr_equal(admin_route_find(&allow, route->method, route->path), route);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_values_are_decoded),
        WITH_POOL(test_what_was_not_declared_is_refused),
        WITH_POOL(test_too_many_names_are_refused),
        WITH_POOL(test_CGI_001_lengths),
        WITH_POOL(test_a_form_knows_the_fields_of_its_object),
        WITH_POOL(test_no_field_stands_in_two_sections),
        WITH_POOL(test_CON_023_every_route_has_a_role),
    };

    return cmocka_run_group_tests_name("admin_input", tests, start, stop);
}
