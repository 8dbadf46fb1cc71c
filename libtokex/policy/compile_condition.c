#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>

/* What tells a machine's token where nobody says more: Auth0 writes the first two, and a client
 * that gets a token for itself is its own subject (RFC 9068 section 2.2). */
static const char *const machine_grant[] = {"client-credentials"};
static const char *const machine_subject[] = {"*@clients"};
static const char *const client_claims[] = {"client_id", "azp"};
static const tokex_condition_t default_marks[] = {
    {.claim = "gty", .test = "any_of", .values = {machine_grant, 1}},
    {.claim = "sub", .test = "glob_path", .values = {machine_subject, 1}},
    {.claim = "sub", .test = "same_as", .values = {client_claims, 2}},
};
#define DEFAULT_MARKS ((int)(sizeof(default_marks) / sizeof(default_marks[0])))

static const char *const tests[] = {
    [TOKEX_TEST_IS] = "is",           [TOKEX_TEST_ONE_OF] = "one_of",
    [TOKEX_TEST_GLOB] = "glob",       [TOKEX_TEST_GLOB_PATH] = "glob_path",
    [TOKEX_TEST_ANY_OF] = "any_of",   [TOKEX_TEST_ALL_OF] = "all_of",
    [TOKEX_TEST_NONE_OF] = "none_of", [TOKEX_TEST_SAME_AS] = "same_as",
};

int tokex_compile_choice(const char *text, const char *const *names, int count, int fallback)
{
    for (int i = 0; text && i < count; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    return fallback;
}

void tokex_compile_path(tokex_compile_t *c, const tokex_place_t *at, tokex_path_t *out,
                        const char *text)
{
    tokex_place_t found = *at;
    *out = (tokex_path_t){.count = 0};
    if (!text || tokex_path_parse(out, text, c->pool))
        return;
    found.value = text;
    tokex_faults_error(c->faults, &found,
                       "Join at most 8 names by dots, and write a dot inside a name as \\. and a "
                       "backslash as \\\\.",
                       "this is no path to a claim");
}

void tokex_compile_warn_of_any(tokex_compile_t *c, const tokex_place_t *at, const char *pattern)
{
    tokex_place_t found = *at;
    if (!pattern || !*pattern || pattern[strspn(pattern, "*")])
        return;
    found.value = pattern;
    tokex_faults_warning(c->faults, &found, "Write more of what is expected.",
                         "this pattern lets nearly every value through");
}

static void compile_values(tokex_compile_t *c, tokex_place_t at, tokex_policy_condition_t *made)
{
    const tokex_texts_t *values = &made->config->values;
    tokex_path_t *others = NULL;
    at.field = "values";
    if (made->test == TOKEX_TEST_IS && values->count > 1)
        tokex_faults_error(c->faults, &at, "Keep one, or write the test one_of.",
                           "the test is compares with one value, and %d are there", values->count);
    if (made->test == TOKEX_TEST_SAME_AS && values->count > 0)
        others = apr_pcalloc(c->pool, (apr_size_t)values->count * sizeof(*others));
    for (int i = 0; i < values->count; i++) {
        if (others)
            tokex_compile_path(c, &at, &others[i], values->items[i]);
        else if (made->test == TOKEX_TEST_GLOB || made->test == TOKEX_TEST_GLOB_PATH)
            tokex_compile_warn_of_any(c, &at, values->items[i]);
    }
    made->others = others;
}

/* A text that is no test had its fault, and one for which nothing more is asked stands in for it:
 * the policy with it is never served. */
static void compile_condition(tokex_compile_t *c, tokex_place_t at, tokex_policy_condition_t *made,
                              const tokex_condition_t *config)
{
    made->config = config;
    made->test = (tokex_test_t)tokex_compile_choice(
        config->test, tests, (int)(sizeof(tests) / sizeof(tests[0])), TOKEX_TEST_ANY_OF);
    at.field = "claim";
    tokex_compile_path(c, &at, &made->path, config->claim);
    compile_values(c, at, made);
}

static void compile_list(tokex_compile_t *c, const char *noun, const char *owner,
                         tokex_policy_condition_t *made, const tokex_condition_t *configs,
                         int count)
{
    for (int i = 0; i < count; i++) {
        tokex_place_t at = {.object = noun};
        at.id = apr_psprintf(c->scratch, "%s/#%d", owner ? owner : "", i + 1);
        compile_condition(c, at, &made[i], &configs[i]);
    }
}

const tokex_policy_condition_t *tokex_compile_conditions(tokex_compile_t *c, const char *owner,
                                                         const tokex_condition_t *conditions,
                                                         int count)
{
    tokex_policy_condition_t *made;
    if (!count)
        return NULL;
    made = apr_pcalloc(c->pool, (apr_size_t)count * sizeof(*made));
    compile_list(c, "condition", owner, made, conditions, count);
    return made;
}

static const tokex_policy_condition_t *default_list(tokex_compile_t *c)
{
    tokex_policy_condition_t *made;
    if (!c->default_marks) {
        made =
            apr_pcalloc(c->pool, sizeof(default_marks) / sizeof(default_marks[0]) * sizeof(*made));
        compile_list(c, "machine_mark", NULL, made, default_marks, DEFAULT_MARKS);
        c->default_marks = made;
    }
    return c->default_marks;
}

void tokex_compile_machine_marks(tokex_compile_t *c, tokex_policy_issuer_t *issuer)
{
    const tokex_issuer_t *config = issuer->config;
    int own = config->machine_mark_count;
    int count = own + (config->default_machine_marks ? DEFAULT_MARKS : 0);
    tokex_policy_condition_t *made;
    issuer->machine_mark_count = count;
    if (!own) {
        issuer->machine_marks = count ? default_list(c) : NULL;
        return;
    }
    made = apr_pcalloc(c->pool, (apr_size_t)count * sizeof(*made));
    compile_list(c, "machine_mark", config->id, made, config->machine_marks, own);
    if (count > own)
        memcpy(made + own, default_list(c), (apr_size_t)DEFAULT_MARKS * sizeof(*made));
    issuer->machine_marks = made;
}
