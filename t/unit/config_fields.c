#include "config_fixture.h"

#include "base/limits.h"
#include "config/check.h"
#include "config/syntax.h"

typedef void visit_t(fixture_t *f, const tokex_object_desc_t *desc, void *ctx);

static void visit_all(fixture_t *f, const tokex_object_desc_t *desc, visit_t *visit, void *ctx)
{
    visit(f, desc, ctx);
    for (int i = 0; i < desc->field_count; i++)
        if (desc->fields[i].object)
            visit_all(f, desc->fields[i].object, visit, ctx);
}

static bool is_choice(const tokex_field_t *field, const char *text, size_t len)
{
    for (const char *const *choice = field->choices; *choice; choice++)
        if (strlen(*choice) == len && memcmp(*choice, text, len) == 0)
            return true;
    return false;
}

static void check_defaults(const tokex_field_t *field)
{
    const char *text = field->default_text;
    if (field->kind == TOKEX_FIELD_INTEGER) {
        assert_true(field->min <= field->default_integer);
        assert_true(field->default_integer <= field->max);
    }
    while (text && *text) {
        size_t len = strcspn(text, " ");
        assert_true(is_choice(field, text, len));
        text += len + strspn(text + len, " ");
    }
}

static void check_desc(fixture_t *f, const tokex_object_desc_t *desc, void *ctx)
{
    int identities = 0;
    (void)f;
    (void)ctx;
    assert_true(desc->field_count <= TOKEX_FIELDS_MAX);
    assert_non_null(desc->hint);
    for (int i = 0; i < desc->field_count; i++) {
        const tokex_field_t *field = &desc->fields[i];
        identities += field->identity;
        assert_true(!field->identity || (i == 0 && field->required));
        assert_true(field->offset < desc->size);
        assert_non_null(field->hint);
        assert_int_equal(field->kind == TOKEX_FIELD_OBJECTS, field->object != NULL);
        assert_int_equal(field->kind == TOKEX_FIELD_CHOICE || field->element == TOKEX_FIELD_CHOICE,
                         field->choices != NULL);
        check_defaults(field);
        for (int n = 0; n < i; n++) {
            assert_string_not_equal(desc->fields[n].name, field->name);
            assert_true(desc->fields[n].offset < field->offset);
        }
    }
    assert_true(identities <= 1);
}

static void test_every_description_is_sound(void **state)
{
    visit_all(*state, tokex_fields_document(), check_desc, NULL);
}

static void is_documented(fixture_t *f, const tokex_object_desc_t *desc, void *ctx)
{
    const char *text = ctx;
    const char *section = strstr(text, apr_psprintf(f->pool, "\n### `%s`\n", desc->noun));
    const char *end;
    if (!section)
        fail_msg("docs/configuration.md has no section `%s`", desc->noun);
    end = strstr(section + 5, "\n#");
    section = end ? apr_pstrmemdup(f->pool, section, (apr_size_t)(end - section)) : section;
    for (int i = 0; i < desc->field_count; i++) {
        const tokex_field_t *field = &desc->fields[i];
        if (!strstr(section, apr_psprintf(f->pool, "\n| `%s` |", field->name)))
            fail_msg("docs/configuration.md does not describe %s of `%s`", field->name, desc->noun);
        for (const char *const *c = field->choices; c && *c; c++)
            if (!strstr(section, *c))
                fail_msg("docs/configuration.md does not name %s of %s", *c, field->name);
    }
}

static void test_every_field_is_documented(void **state)
{
    fixture_t *f = *state;
    apr_size_t len;
    char *text = apr_pstrdup(f->pool, source_file(f, "docs/configuration.md", &len));
    visit_all(f, tokex_fields_document(), is_documented, text);
}

static void test_the_documented_example_is_the_tested_one(void **state)
{
    fixture_t *f = *state;
    apr_size_t len;
    const char *docs = source_file(f, "docs/configuration.md", &len);
    const char *example = source_file(f, "t/data/example.json", &len);
    assert_non_null(strstr(docs, apr_pstrcat(f->pool, "```json\n", example, "```\n", NULL)));
}

static bool fits(fixture_t *f, tokex_field_kind_t kind, const char *text)
{
    const char *remedy = NULL;
    const char *problem = tokex_syntax_problem(&remedy, kind, text, NULL, f->pool);
    assert_true(!problem || remedy);
    return !problem;
}

static void test_ids(void **state)
{
    fixture_t *f = *state;
    assert_true(fits(f, TOKEX_FIELD_ID, "a"));
    assert_true(fits(f, TOKEX_FIELD_ID, "0.a_b:c-D"));
    assert_true(fits(f, TOKEX_FIELD_ID, apr_psprintf(f->pool, "%0128d", 0)));
    assert_false(fits(f, TOKEX_FIELD_ID, apr_psprintf(f->pool, "%0129d", 0)));
    assert_false(fits(f, TOKEX_FIELD_ID, ""));
    assert_false(fits(f, TOKEX_FIELD_ID, "-a"));
    assert_false(fits(f, TOKEX_FIELD_ID, "a b"));
    assert_false(fits(f, TOKEX_FIELD_ID, "a/b"));
    assert_false(fits(f, TOKEX_FIELD_ID, "\xC3\xA4"));
}

static void test_texts_are_one_line_of_utf8(void **state)
{
    fixture_t *f = *state;
    assert_true(fits(f, TOKEX_FIELD_TEXT, "<b>\xC3\xA4\xC2\xA0\"\\</b>"));
    assert_false(fits(f, TOKEX_FIELD_TEXT, "a\nb"));
    assert_false(fits(f, TOKEX_FIELD_TEXT, "a\x7F"));
    assert_false(fits(f, TOKEX_FIELD_TEXT, "a\xC2\x85"));
    assert_false(fits(f, TOKEX_FIELD_TEXT, "a\xFF"));
    assert_false(fits(f, TOKEX_FIELD_TEXT, apr_psprintf(f->pool, "%01025d", 0)));
    assert_true(fits(f, TOKEX_FIELD_PEM, "a\r\n\tb"));
    assert_false(fits(f, TOKEX_FIELD_PEM, "a\x1B[b"));
}

static void test_scopes_are_tokens_of_rfc_6749(void **state)
{
    fixture_t *f = *state;
    assert_true(fits(f, TOKEX_FIELD_SCOPE, "https://api.example/orders.read!~#"));
    assert_false(fits(f, TOKEX_FIELD_SCOPE, "a b"));
    assert_false(fits(f, TOKEX_FIELD_SCOPE, "a\"b"));
    assert_false(fits(f, TOKEX_FIELD_SCOPE, "a\\b"));
    assert_false(fits(f, TOKEX_FIELD_SCOPE, "\xC3\xA4"));
    assert_false(fits(f, TOKEX_FIELD_SCOPE, apr_psprintf(f->pool, "%0257d", 0)));
}

static void test_a_configuration_from_elsewhere_is_held_against_the_same_table(void **state)
{
    fixture_t *f = *state;
    tokex_issuer_t issuer = {
        .id = "a", .leeway = -1, .algorithms = {(const char *[]){NULL}, 1}, .keys_stale = -1};
    tokex_client_t clients[2] = {{.id = "c", .name = "x\ny"}, {.id = "c", .name = "C"}};
    tokex_config_t config = {
        .issuers = &issuer, .issuer_count = 1, .clients = clients, .client_count = 2};
    tokex_check_config(&config, f->faults, f->pool);
    assert_error(f, "issuer \"a\": field name: the value is missing.");
    assert_error(f, "issuer \"a\": field issuer: the value is missing.");
    assert_error(f, "issuer \"a\": field typ: the value is missing.");
    assert_error(f, "issuer \"a\": field algorithms: the value is missing.");
    assert_error(f, "issuer \"a\": field token_types: the list has 0 elements");
    assert_error(f, "issuer \"a\": field leeway: \"-1\": the number is outside 0..300.");
    assert_error(f, "issuer \"a\": field assertion_max_age: \"0\": the number is outside 1..3600.");
    assert_error(f, "issuer \"a\": field keys_refresh: \"0\": the number is outside 60..86400.");
    assert_error(f, "issuer \"a\": field keys_stale: \"-1\": the number is outside 0..2592000.");
    assert_error(f, "issuer \"a\": field introspection_auth: the value is missing.");
    assert_error(f, "issuer \"a\": field opaque_lifetime: \"0\": the number is outside 1..86400.");
    assert_error(f, "client \"c\": field name: \"x\\x0ay\": the text holds control characters.");
    assert_error(f, "client \"c\": field id: another client has this id already.");
    assert_error(f, "client \"c\": field token_format: the value is missing.");
    assert_int_equal(f->faults->count, 15);
}

static void test_a_fault_is_one_line(void **state)
{
    fixture_t *f = *state;
    tokex_fault_t fault = {.object = "client",
                           .id = "orders",
                           .field = "targets",
                           .value = "billing",
                           .problem = "there is no such target",
                           .remedy = "Add it."};
    assert_string_equal(
        tokex_config_fault_text(&fault, f->pool),
        "client \"orders\": field targets: \"billing\": there is no such target. Add it.");
    fault.id = fault.field = fault.value = fault.remedy = NULL;
    assert_string_equal(tokex_config_fault_text(&fault, f->pool),
                        "client: there is no such target.");
    tokex_faults_warning(f->faults, &(tokex_place_t){.object = "issuer", .id = "a\"\n"}, NULL,
                         "what %s does", "x\ny");
    assert_string_equal(all_faults(f), "warning: issuer \"a\\x22\\x0a\": what x?y does.\n");
    assert_int_equal(f->faults->error_count, 0);
}

/* Puts something else than nothing into a field of an object in which all is 0. */
static void fill(fixture_t *f, const tokex_field_t *field, void *object, const char *const *item)
{
    const tokex_texts_t texts = {item, 1};
    char *member = (char *)object + field->offset;
    switch (field->kind) {
    case TOKEX_FIELD_BOOL:
        memcpy(member, &(const bool){true}, sizeof(bool));
        break;
    case TOKEX_FIELD_INTEGER:
        memcpy(member, &(const int64_t){**item}, sizeof(int64_t));
        break;
    case TOKEX_FIELD_TEXTS:
        memcpy(member, &texts, sizeof texts);
        break;
    case TOKEX_FIELD_OBJECTS:
        tokex_fields_set_objects(field, object, apr_pcalloc(f->pool, field->object->size), 1);
        break;
    case TOKEX_FIELD_ID:
    case TOKEX_FIELD_TEXT:
    case TOKEX_FIELD_URI:
    case TOKEX_FIELD_CHOICE:
    case TOKEX_FIELD_PEM:
    case TOKEX_FIELD_SOURCE:
    case TOKEX_FIELD_JSON:
    case TOKEX_FIELD_SCOPE:
    case TOKEX_FIELD_HEX64:
        memcpy(member, item, sizeof *item);
        break;
    }
}

static void check_equal(fixture_t *f, const tokex_object_desc_t *desc, void *ctx)
{
    static const char *const x[] = {"x"}, *const y[] = {"y"};
    (void)ctx;
    for (int i = 0; i < desc->field_count; i++) {
        const tokex_field_t *field = &desc->fields[i];
        void *one = apr_pcalloc(f->pool, desc->size), *other = apr_pcalloc(f->pool, desc->size);
        int count;
        assert_true(tokex_fields_equal(desc, one, other));
        fill(f, field, other, x);
        assert_int_equal(tokex_fields_equal(desc, one, other), field->write_once);
        assert_int_equal(tokex_fields_equal(desc, other, one), field->write_once);
        fill(f, field, one, x);
        assert_true(tokex_fields_equal(desc, one, other));
        if (field->object)
            fill(f, &field->object->fields[0], (void *)tokex_fields_objects(field, one, &count), x);
        else if (field->kind != TOKEX_FIELD_BOOL)
            fill(f, field, one, y);
        else
            continue;
        assert_int_equal(tokex_fields_equal(desc, one, other), field->write_once);
    }
}

static void test_objects_are_equal_when_every_field_is(void **state)
{
    visit_all(*state, tokex_fields_document(), check_equal, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_every_description_is_sound),
        WITH_FIXTURE(test_every_field_is_documented),
        WITH_FIXTURE(test_the_documented_example_is_the_tested_one),
        WITH_FIXTURE(test_ids),
        WITH_FIXTURE(test_texts_are_one_line_of_utf8),
        WITH_FIXTURE(test_scopes_are_tokens_of_rfc_6749),
        WITH_FIXTURE(test_a_configuration_from_elsewhere_is_held_against_the_same_table),
        WITH_FIXTURE(test_a_fault_is_one_line),
        WITH_FIXTURE(test_objects_are_equal_when_every_field_is),
    };
    return cmocka_run_group_tests_name("config/fields", tests, start, stop);
}
