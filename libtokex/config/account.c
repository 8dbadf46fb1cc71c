#include "config/account.h"

#include <string.h>

#include <apr_lib.h>
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

void tokex_account_write(tokex_jsonw_t *w, const tokex_account_t *account)
{
    int i;

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "id", account->id);
    tokex_jsonw_member_string(w, "username", account->username);
    tokex_jsonw_member_string(w, "email", account->email);
    tokex_jsonw_member_string(w, "mobile", account->mobile);
    tokex_jsonw_member_bool(w, "active", account->active);
    tokex_jsonw_member_integer(w, "locked_until", account->locked_until);
    tokex_jsonw_member_bool(w, "privileged", account->privileged);
    tokex_jsonw_member_integer(w, "created", account->created);
    tokex_jsonw_name(w, "roles");
    tokex_jsonw_array_begin(w);
    for (i = 0; i < account->roles.count; i++)
        tokex_jsonw_string(w, account->roles.items[i]);
    tokex_jsonw_array_end(w);
    tokex_jsonw_name(w, "attributes");
    tokex_jsonw_array_begin(w);
    for (i = 0; i < account->attribute_count; i++) {
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "name", account->attributes[i].name);
        tokex_jsonw_member_string(w, "value", account->attributes[i].value);
        tokex_jsonw_member_bool(w, "unique", account->attributes[i].unique);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_end(w);
}

/* ---- Ids of accounts that the site keeps */

static bool is_unreserved(unsigned char c)
{
    return c < 0x80 && (apr_isalnum(c) || (c && strchr("-._~", c)));
}

const char *tokex_account_site_id(const char *source, const char *own, apr_pool_t *pool)
{
    static const char digits[] = "0123456789ABCDEF";
    char *coded = apr_palloc(pool, 3 * strlen(own) + 1);
    char *at = coded;
    for (const unsigned char *c = (const unsigned char *)own; *c; c++) {
        if (is_unreserved(*c)) {
            *at++ = (char)*c;
            continue;
        }
        *at++ = '%';
        *at++ = digits[*c >> 4];
        *at++ = digits[*c & 15];
    }
    *at = '\0';
    return apr_pstrcat(pool, TOKEX_ACCOUNT_PREFIX, source, ":", coded, NULL);
}

static int value_of(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* NULL: a percent sign without two digits. */
static const char *decode(const char *coded, apr_pool_t *pool)
{
    char *own = apr_palloc(pool, strlen(coded) + 1);
    char *at = own;
    for (; *coded; coded++) {
        if (*coded != '%') {
            *at++ = *coded;
            continue;
        }
        int high = value_of(coded[1]);
        int low = high < 0 ? -1 : value_of(coded[2]);
        if (low < 0)
            return NULL;
        *at++ = (char)(16 * high + low);
        coded += 2;
    }
    *at = '\0';
    return own;
}

const char *tokex_account_site_own(const char *source, const char *id, apr_pool_t *pool)
{
    const char *prefix = apr_pstrcat(pool, TOKEX_ACCOUNT_PREFIX, source, ":", NULL);
    const char *own;
    if (strncmp(id, prefix, strlen(prefix)) != 0 ||
        strlen(id) > strlen(prefix) + 3 * TOKEX_ACCOUNT_OWN_ID_MAX)
        return NULL;
    own = decode(id + strlen(prefix), pool);
    /* Only as it is written here: an account has one id. */
    if (!own || !*own || strlen(own) > TOKEX_ACCOUNT_OWN_ID_MAX ||
        strcmp(tokex_account_site_id(source, own, pool), id) != 0)
        return NULL;
    return own;
}

bool tokex_account_is_site(const char *id)
{
    return strncmp(id, TOKEX_ACCOUNT_PREFIX, sizeof(TOKEX_ACCOUNT_PREFIX) - 1) == 0 &&
           strchr(id + sizeof(TOKEX_ACCOUNT_PREFIX) - 1, ':') != NULL;
}
