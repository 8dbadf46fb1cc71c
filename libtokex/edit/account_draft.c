#include "edit/account_draft.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "config/syntax.h"
#include "crypt/random.h"
#include "base/moment.h"

#define ID_OCTETS 16
#define ATTRIBUTE "attribute."
#define UNIQUE "unique."

const tokex_err_t *tokex_account_draft_new(tokex_account_draft_t *draft, const char *username,
                                           int64_t now, apr_pool_t *pool)
{
    const char *random;

    memset(draft, 0, sizeof *draft);
    TOKEX_RETURN_ERR(tokex_random_text(&random, ID_OCTETS, pool));
    draft->account.id = apr_pstrcat(pool, TOKEX_ACCOUNT_PREFIX, random, NULL);
    draft->account.username = username;
    draft->account.active = true;
    draft->account.created = now;
    draft->roles = apr_array_make(pool, 4, sizeof(const char *));
    draft->attributes = apr_array_make(pool, 4, sizeof(tokex_account_attribute_t));
    draft->now = now;
    draft->pool = pool;
    return NULL;
}

void tokex_account_draft_of(tokex_account_draft_t *draft, const tokex_account_t *account,
                            int64_t now, apr_pool_t *pool)
{
    int i;

    draft->account = *account;
    draft->roles = apr_array_make(pool, account->roles.count + 1, sizeof(const char *));
    for (i = 0; i < account->roles.count; i++)
        APR_ARRAY_PUSH(draft->roles, const char *) = account->roles.items[i];
    draft->attributes =
        apr_array_make(pool, account->attribute_count + 1, sizeof(tokex_account_attribute_t));
    for (i = 0; i < account->attribute_count; i++)
        APR_ARRAY_PUSH(draft->attributes, tokex_account_attribute_t) = account->attributes[i];
    draft->now = now;
    draft->pool = pool;
}

const tokex_account_t *tokex_account_draft_made(tokex_account_draft_t *draft)
{
    draft->account.roles.items = (const char *const *)draft->roles->elts;
    draft->account.roles.count = draft->roles->nelts;
    draft->account.attributes = (const tokex_account_attribute_t *)draft->attributes->elts;
    draft->account.attribute_count = draft->attributes->nelts;
    return &draft->account;
}

/* One line of text, as everything in an account is. */
static const char *check_text(const char *text, apr_pool_t *pool)
{
    const char *remedy;
    const char *problem = tokex_syntax_problem(&remedy, TOKEX_FIELD_TEXT, text, NULL, pool);

    return problem ? problem : NULL;
}

static const char *set_text(const char **member, const char *value, apr_pool_t *pool)
{
    const char *problem = *value ? check_text(value, pool) : NULL;

    if (!problem)
        *member = *value ? value : NULL;
    return problem;
}

static const char *set_bool(bool *member, const char *value)
{
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
        return "write true or false";
    *member = strcmp(value, "true") == 0;
    return NULL;
}

/* A moment, or how long from now on. */
static const char *set_moment(int64_t *member, const char *value, int64_t now)
{
    int64_t moment;

    if (!*value) {
        *member = 0;
        return NULL;
    }
    if (!tokex_moment_read(&moment, value, now))
        return "write a moment in UTC, such as 2026-11-23T07:10:00Z, or for how long, such as 15m, "
               "2h or 7d";
    /* A span was taken for one that has passed. */
    *member = strchr(value, '-') ? moment : now + (now - moment);
    return *member >= 0 && *member <= TOKEX_LIMIT_NUMERIC_DATE ? NULL : "this is too far away";
}

static int place_of_role(const tokex_account_draft_t *draft, const char *role)
{
    int i;

    for (i = 0; i < draft->roles->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(draft->roles, i, const char *), role) == 0)
            return i;
    return -1;
}

const char *tokex_account_draft_role(tokex_account_draft_t *draft, const char *role, bool add)
{
    int place = place_of_role(draft, role);
    const char *problem = check_text(role, draft->pool);

    if (problem)
        return problem;
    if (add && place < 0) {
        if (draft->roles->nelts == TOKEX_LIMIT_ACCOUNT_ROLES)
            return "an account has no more than 64 roles";
        APR_ARRAY_PUSH(draft->roles, const char *) = role;
    }
    if (!add && place >= 0) {
        draft->roles->nelts--;
        APR_ARRAY_IDX(draft->roles, place, const char *) =
            APR_ARRAY_IDX(draft->roles, draft->roles->nelts, const char *);
    }
    return NULL;
}

static const char *set_roles(tokex_account_draft_t *draft, const char *value)
{
    char *rest = apr_pstrdup(draft->pool, value);
    const char *role, *problem;

    draft->roles->nelts = 0;
    while ((role = strsep(&rest, ",")) && *value) {
        problem = tokex_account_draft_role(draft, role, true);
        if (problem)
            return problem;
    }
    return NULL;
}

static int place_of_attribute(const tokex_account_draft_t *draft, const char *name)
{
    int i;

    for (i = 0; i < draft->attributes->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(draft->attributes, i, tokex_account_attribute_t).name, name) == 0)
            return i;
    return -1;
}

static bool is_no_free_name(const char *name)
{
    static const char *const names[] = {TOKEX_ACCOUNT_ID, TOKEX_ACCOUNT_USERNAME,
                                        TOKEX_ACCOUNT_EMAIL, TOKEX_ACCOUNT_MOBILE,
                                        TOKEX_ACCOUNT_ROLES};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static const char *set_attribute(tokex_account_draft_t *draft, const char *name, const char *value,
                                 bool unique)
{
    int place = place_of_attribute(draft, name);
    const tokex_account_attribute_t attribute = {name, value, unique};
    const char *problem = check_text(name, draft->pool);

    if (!problem && is_no_free_name(name))
        problem = "every account has a member of this name";
    if (!problem && *value)
        problem = check_text(value, draft->pool);
    if (!problem && *value && place < 0 &&
        draft->attributes->nelts == TOKEX_LIMIT_ACCOUNT_ATTRIBUTES)
        problem = "an account has no more than 64 attributes";
    if (problem)
        return problem;
    if (*value && place < 0) {
        APR_ARRAY_PUSH(draft->attributes, tokex_account_attribute_t) = attribute;
    } else if (*value) {
        APR_ARRAY_IDX(draft->attributes, place, tokex_account_attribute_t) = attribute;
    } else if (place >= 0) {
        draft->attributes->nelts--;
        APR_ARRAY_IDX(draft->attributes, place, tokex_account_attribute_t) =
            APR_ARRAY_IDX(draft->attributes, draft->attributes->nelts, tokex_account_attribute_t);
    }
    return NULL;
}

const char *tokex_account_draft_set(tokex_account_draft_t *draft, const char *member,
                                    const char *value)
{
    tokex_account_t *account = &draft->account;

    if (strcmp(member, TOKEX_ACCOUNT_USERNAME) == 0)
        return *value ? set_text(&account->username, value, draft->pool)
                      : "an account has a user name always";
    if (strcmp(member, TOKEX_ACCOUNT_EMAIL) == 0)
        return set_text(&account->email, value, draft->pool);
    if (strcmp(member, TOKEX_ACCOUNT_MOBILE) == 0)
        return set_text(&account->mobile, value, draft->pool);
    if (strcmp(member, "active") == 0)
        return set_bool(&account->active, value);
    if (strcmp(member, "privileged") == 0)
        return set_bool(&account->privileged, value);
    if (strcmp(member, "locked_until") == 0)
        return set_moment(&account->locked_until, value, draft->now);
    if (strcmp(member, TOKEX_ACCOUNT_ROLES) == 0)
        return set_roles(draft, value);
    if (strncmp(member, ATTRIBUTE, strlen(ATTRIBUTE)) == 0)
        return set_attribute(draft, member + strlen(ATTRIBUTE), value, false);
    if (strncmp(member, UNIQUE, strlen(UNIQUE)) == 0)
        return set_attribute(draft, member + strlen(UNIQUE), value, true);
    return "there is no such member; write username, email, mobile, active, locked_until, "
           "privileged, roles, attribute.NAME or unique.NAME";
}
