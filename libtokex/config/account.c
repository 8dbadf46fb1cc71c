#include "config/account.h"

#include <apr_strings.h>

static tokex_texts_t copy_texts(const tokex_texts_t *texts, apr_pool_t *pool)
{
    const char **items = apr_palloc(pool, ((apr_size_t)texts->count + 1) * sizeof(*items));
    for (int i = 0; i < texts->count; i++)
        items[i] = apr_pstrdup(pool, texts->items[i]);
    return (tokex_texts_t){items, texts->count};
}

const tokex_account_t *tokex_account_copy(const tokex_account_t *account, apr_pool_t *pool)
{
    tokex_account_t *out = apr_pmemdup(pool, account, sizeof(*account));
    tokex_account_attribute_t *attributes =
        apr_palloc(pool, ((apr_size_t)account->attribute_count + 1) * sizeof(*attributes));
    out->id = apr_pstrdup(pool, account->id);
    out->username = apr_pstrdup(pool, account->username);
    out->email = apr_pstrdup(pool, account->email);
    out->mobile = apr_pstrdup(pool, account->mobile);
    out->roles = copy_texts(&account->roles, pool);
    for (int i = 0; i < account->attribute_count; i++) {
        const tokex_account_attribute_t *from = &account->attributes[i];
        attributes[i] = (tokex_account_attribute_t){apr_pstrdup(pool, from->name),
                                                    apr_pstrdup(pool, from->value), from->unique};
    }
    out->attributes = attributes;
    return out;
}
