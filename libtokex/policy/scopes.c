#include "policy/policy_private.h"

#include <stdlib.h>
#include <string.h>

/* Scopes with a meaning of their own: a session or a refresh token is nothing that an exchange can
 * hand on. */
static const char *const never_granted[] = {"openid", "offline_access"};

static void check_scope(tokex_compile_t *c, const tokex_scope_t *scope)
{
    tokex_place_t at = {.object = "scope", .id = scope->id, .field = "id"};
    for (size_t i = 0; i < sizeof(never_granted) / sizeof(never_granted[0]); i++)
        if (strcmp(scope->id, never_granted[i]) == 0)
            tokex_faults_error(c->faults, &at, "Take it out.",
                               "this scope is never granted by an exchange");
}

void tokex_compile_scopes(tokex_compile_t *c)
{
    tokex_policy_t *policy = c->policy;
    int count = c->config->scope_count;
    const char **names = apr_pcalloc(c->pool, ((apr_size_t)count + 1) * sizeof(*names));
    bool *sensitive = apr_pcalloc(c->pool, ((apr_size_t)count + 1) * sizeof(*sensitive));
    tokex_texts_t *roles = apr_pcalloc(c->pool, ((apr_size_t)count + 1) * sizeof(*roles));
    int *numbers = apr_pcalloc(c->pool, ((apr_size_t)count + 1) * sizeof(*numbers));
    policy->scopes = apr_hash_make(c->pool);
    policy->scope_names = names;
    policy->sensitive = sensitive;
    policy->scope_roles = roles;
    for (int i = 0; i < count; i++) {
        const tokex_scope_t *scope = &c->config->scopes[i];
        names[i] = scope->id;
        numbers[i] = i;
        sensitive[i] = scope->sensitive;
        roles[i] = scope->roles;
        policy->scope_count++;
        if (!scope->id)
            continue;
        check_scope(c, scope);
        apr_hash_set(policy->scopes, scope->id, APR_HASH_KEY_STRING, &numbers[i]);
    }
}

static int by_number(const void *a, const void *b)
{
    int left = *(const int *)a;
    int right = *(const int *)b;
    return (left > right) - (left < right);
}

tokex_scope_set_t tokex_compile_scope_set(tokex_compile_t *c, const tokex_place_t *at,
                                          const tokex_texts_t *texts)
{
    int *items = apr_palloc(c->pool, ((apr_size_t)texts->count + 1) * sizeof(*items));
    int count = 0;
    for (int i = 0; i < texts->count; i++) {
        const char *name = texts->items[i];
        int number = name ? tokex_policy_scope(c->policy, name, strlen(name)) : 0;
        if (!name)
            continue;
        if (number < 0)
            tokex_compile_no_such(c, at, name, "scope");
        else
            items[count++] = number;
    }
    qsort(items, (size_t)count, sizeof(*items), by_number);
    return (tokex_scope_set_t){items, count};
}

int tokex_policy_scope(const tokex_policy_t *policy, const char *scope, apr_size_t len)
{
    const int *number = apr_hash_get(policy->scopes, scope, (apr_ssize_t)len);
    return number ? *number : -1;
}

const char *tokex_policy_scope_name(const tokex_policy_t *policy, int number)
{
    return number >= 0 && number < policy->scope_count ? policy->scope_names[number] : NULL;
}

bool tokex_policy_scope_in(tokex_scope_set_t set, int number)
{
    int low = 0, high = set.count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (set.items[middle] == number)
            return true;
        if (set.items[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool tokex_policy_scope_is_sensitive(const tokex_policy_t *policy, int number)
{
    return number >= 0 && number < policy->scope_count && policy->sensitive[number];
}

static bool holds(const tokex_texts_t *texts, const char *text)
{
    for (int i = 0; i < texts->count; i++)
        if (texts->items[i] && strcmp(texts->items[i], text) == 0)
            return true;
    return false;
}

bool tokex_policy_scope_has_role(const tokex_policy_t *policy, int number,
                                 const tokex_texts_t *roles)
{
    if (number < 0 || number >= policy->scope_count)
        return false;
    for (int i = 0; i < roles->count; i++)
        if (holds(&policy->scope_roles[number], roles->items[i]))
            return true;
    return false;
}
