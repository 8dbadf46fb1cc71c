#include "exchange/mapping_account.h"

#include <string.h>

#include "exchange/account_keys.h"

static void set_text(tokex_value_t *value, const char *text)
{
    value->text = text;
    value->form = text ? TOKEX_FORM_TEXT : TOKEX_FORM_MISSING;
}

static void set_roles(tokex_value_t *value, const tokex_account_t *account, apr_pool_t *pool)
{
    value->form = TOKEX_FORM_LIST;
    value->count = account->roles.count;
    value->items = apr_palloc(pool, ((apr_size_t)value->count + 1) * sizeof(*value->items));
    for (int i = 0; i < value->count; i++)
        value->items[i] = account->roles.items[i];
}

static const char *attribute(const tokex_account_t *account, const char *name)
{
    for (int i = 0; i < account->attribute_count; i++)
        if (strcmp(account->attributes[i].name, name) == 0)
            return account->attributes[i].value;
    return NULL;
}

static const char *text_of(const tokex_account_t *account, const char *name)
{
    if (strcmp(name, TOKEX_ACCOUNT_ID) == 0)
        return account->id;
    if (strcmp(name, TOKEX_ACCOUNT_USERNAME) == 0)
        return account->username;
    if (strcmp(name, TOKEX_ACCOUNT_EMAIL) == 0)
        return account->email;
    if (strcmp(name, TOKEX_ACCOUNT_MOBILE) == 0)
        return account->mobile;
    return attribute(account, name);
}

void tokex_mapping_account(tokex_value_t *value, const tokex_run_t *run, const char *name)
{
    const tokex_account_t *account = run->outcome->local ? run->outcome->account : NULL;
    if (account && strcmp(name, TOKEX_ACCOUNT_ROLES) == 0)
        set_roles(value, account, run->pool);
    else
        set_text(value, account ? text_of(account, name) : NULL);
}

bool tokex_mapping_is_local(tokex_value_t *value, const tokex_run_t *run, const char *claim)
{
    const char *name = tokex_account_keys_attribute(claim);
    if (!run->outcome->local)
        return false;
    /* What was verified is what the token says, and that is left out. */
    if (strcmp(claim, "email_verified") == 0 || strcmp(claim, "phone_number_verified") == 0) {
        set_text(value, NULL);
        return true;
    }
    if (!name && strcmp(claim, TOKEX_ACCOUNT_ROLES) != 0 &&
        !attribute(run->outcome->account, claim))
        return false;
    tokex_mapping_account(value, run, name ? name : claim);
    return true;
}
