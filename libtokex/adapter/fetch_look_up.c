#include <apr_strings.h>
#include <apr_tables.h>

#include "adapter/fetch_curl.h"

static const char *failure_text(apr_status_t status, apr_pool_t *pool)
{
    char text[200];

    return apr_pstrdup(pool, apr_strerror(status, text, sizeof(text)));
}

const char *tokex_fetch_look_up(const tokex_fetch_address_t **out, int *count,
                                const tokex_fetch_settings_t *settings, const char *host,
                                apr_pool_t *pool)
{
    apr_array_header_t *all = apr_array_make(pool, 4, sizeof(tokex_fetch_address_t));
    apr_sockaddr_t *address;
    apr_status_t status = apr_sockaddr_info_get(&address, host, APR_UNSPEC, 0, 0, pool);

    *out = NULL;
    *count = 0;
    if (status != APR_SUCCESS)
        return failure_text(status, pool);
    for (; address; address = address->next) {
        tokex_fetch_address_t *one = apr_array_push(all);
        char *text = NULL;

        (void)apr_sockaddr_ip_get(&text, address);
        one->text = text ? text : "";
        one->may_ask = tokex_fetch_may_ask(settings, address);
    }
    *out = (const tokex_fetch_address_t *)all->elts;
    *count = all->nelts;
    return NULL;
}
