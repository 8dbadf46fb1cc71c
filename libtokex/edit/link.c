#include "edit/link.h"

#include <string.h>

#include "store/account_links.h"
#include "store/account_store.h"

const tokex_err_t *tokex_link_account(const char **out, tokex_db_t *state, const char *name,
                                      apr_pool_t *pool)
{
    const tokex_account_t *account;
    *out = NULL;
    if (tokex_account_site_own(TOKEX_ACCOUNT_SQL, name, pool) ||
        tokex_account_site_own(TOKEX_ACCOUNT_LDAP, name, pool)) {
        *out = name;
        return NULL;
    }
    TOKEX_RETURN_ERR(tokex_account_store_named(&account, state, name, pool));
    if (account)
        *out = account->id;
    return NULL;
}

static const tokex_issuer_t *find_issuer(const tokex_config_t *config, const char *id)
{
    for (int i = 0; i < config->issuer_count; i++)
        if (strcmp(config->issuers[i].id, id) == 0)
            return &config->issuers[i];
    return NULL;
}

const tokex_err_t *tokex_link_add(tokex_link_result_t *result, const char **linked,
                                  tokex_db_t *state, const tokex_config_t *config,
                                  tokex_account_link_t link, apr_pool_t *pool)
{
    *result = TOKEX_LINK_NO_ISSUER;
    if (!find_issuer(config, link.issuer))
        return NULL;
    *result = TOKEX_LINK_NO_ACCOUNT;
    TOKEX_RETURN_ERR(tokex_link_account(&link.account, state, link.account, pool));
    if (!link.account)
        return NULL;
    TOKEX_RETURN_ERR(tokex_account_links_make(linked, state, &link, pool));
    *result = *linked && strcmp(*linked, link.account) == 0 ? TOKEX_LINK_DONE : TOKEX_LINK_TAKEN;
    return NULL;
}

const tokex_err_t *tokex_link_remove(tokex_link_result_t *result, tokex_db_t *state,
                                     const tokex_config_t *config,
                                     const tokex_account_unlink_t *unlink, apr_pool_t *pool)
{
    const tokex_issuer_t *issuer = find_issuer(config, unlink->issuer);
    bool found;
    *result = TOKEX_LINK_USERS_ONLY;
    if (issuer && issuer->unlink_by_users_only)
        return NULL;
    TOKEX_RETURN_ERR(tokex_account_links_remove(&found, state, unlink, pool));
    *result = found ? TOKEX_LINK_DONE : TOKEX_LINK_NONE;
    return NULL;
}
