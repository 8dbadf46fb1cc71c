#include "fetching.h"

#include <pthread.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_uri.h>
#include <http_core.h>
#include <http_log.h>

#include "base/limits.h"
#include "keys/key_fetch.h"
#include "messages.h"
#include "pools.h"

APLOG_USE_MODULE(tokex);

/* The bundles of whole systems are a tenth of it. */
#define CA_FILE_OCTETS (4 * 1024 * 1024)
#define CERTIFICATE_MARK "-----BEGIN CERTIFICATE-----"

extern module AP_MODULE_DECLARE_DATA tokex_module;

/* ---- The commands */

const char *tokex_fetching_set_allow(cmd_parms *cmd, void *unused, const char *arg)
{
    tokex_conf_t *conf = ap_get_module_config(cmd->server->module_config, &tokex_module);
    char *address = apr_pstrdup(cmd->temp_pool, arg), *bits = strchr(address, '/');
    const char *before = conf->fetch_allow.value;
    apr_ipsubnet_t *net;

    (void)unused;
    if (apr_strnatcasecmp(arg, "none") == 0) {
        conf->fetch_nets = NULL;
        return tokex_directives_keep(cmd, "");
    }
    if (bits)
        *bits++ = '\0';
    if (apr_ipsubnet_create(&net, address, bits, cmd->pool) != APR_SUCCESS)
        return apr_psprintf(cmd->pool,
                            "TokexFetchAllow: \"%s\" is not an address or a network; write "
                            "10.1.2.3, 10.1.0.0/16 or fd00::/8, and no names",
                            arg);
    if (!conf->fetch_nets)
        conf->fetch_nets = apr_array_make(cmd->pool, 4, sizeof(apr_ipsubnet_t *));
    APR_ARRAY_PUSH(conf->fetch_nets, apr_ipsubnet_t *) = net;
    return tokex_directives_keep(
        cmd, before && *before ? apr_pstrcat(cmd->pool, before, " ", arg, NULL) : arg);
}

static bool is_server_alone(const apr_uri_t *uri)
{
    return uri->hostname && *uri->hostname && !uri->user && !uri->password && !uri->query &&
           !uri->fragment && (!uri->path || strcmp(uri->path, "/") == 0);
}

const char *tokex_fetching_set_proxy(cmd_parms *cmd, void *unused, const char *arg)
{
    apr_uri_t uri;

    (void)unused;
    if (apr_strnatcasecmp(arg, "off") == 0)
        return tokex_directives_keep(cmd, "");
    if (strchr(arg, '@'))
        return "TokexFetchProxy: the URL has a user; write it without a user, and let the proxy "
               "know "
               "this host by its address";
    if (strlen(arg) > TOKEX_LIMIT_URL || apr_uri_parse(cmd->temp_pool, arg, &uri) != APR_SUCCESS ||
        !uri.scheme || (strcmp(uri.scheme, "http") != 0 && strcmp(uri.scheme, "https") != 0) ||
        !is_server_alone(&uri))
        return apr_psprintf(cmd->pool,
                            "TokexFetchProxy: \"%s\" is not the URL of a proxy; write "
                            "http://proxy.example.org:3128, without a user, a path or a query",
                            arg);
    return tokex_directives_keep(cmd, arg);
}

/* ---- The process */

/* What the parent has loaded, because somebody will be asked, or this process, when somebody was.
 */
static const tokex_fetch_library_t *library;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static apr_status_t forget(void *unused)
{
    (void)unused;
    library = NULL;
    return APR_SUCCESS;
}

int tokex_fetching_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main)
{
    const tokex_err_t *err;
    server_rec *s = main;

    (void)plog;
    (void)ptemp;
    while (s && !(tokex_directives_of(s) && tokex_directives_of(s)->asks))
        s = s->next;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG || !s)
        return OK;
    err = tokex_fetch_prepare(&library, pconf);
    apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    if (!err)
        return OK;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, TX_CHECK_FETCHING "%s", tokex_err_text(err, pconf));
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* An issuer that says where its keys are may come while we run. */
static const tokex_err_t *load(apr_pool_t *pool)
{
    apr_pool_t *own;
    const tokex_err_t *err;

    if (library)
        return NULL;
    if (tokex_pools_create(&own) != APR_SUCCESS)
        return tokex_err_create(pool, TOKEX_E_MEMORY, NULL, "no memory to fetch with");
    err = tokex_fetch_prepare(&library, own);
    if (!err)
        return NULL;
    err = tokex_err_create(pool, err->code, NULL, "%s", tokex_err_text(err, pool));
    apr_pool_destroy(own);
    return err;
}

const tokex_err_t *tokex_fetching_fetcher(tokex_fetcher_t **out,
                                          const tokex_fetch_settings_t *settings, apr_pool_t *pool)
{
    const tokex_err_t *err;

    pthread_mutex_lock(&lock);
    err = load(pool);
    pthread_mutex_unlock(&lock);
    return err ? err : tokex_fetch_create(out, library, settings, pool);
}

/* ---- The values */

static const char *given(const tokex_directive_t *directive)
{
    return directive->value && *directive->value ? directive->value : NULL;
}

const tokex_fetch_settings_t *tokex_fetching_settings(const tokex_conf_t *conf, int total_ms,
                                                      apr_pool_t *pool)
{
    tokex_fetch_settings_t *settings = apr_pcalloc(pool, sizeof(*settings));

    settings->ca_file = given(&conf->fetch_ca_file);
    settings->proxy = given(&conf->fetch_proxy);
    if (conf->fetch_nets) {
        settings->allowed = (apr_ipsubnet_t *const *)conf->fetch_nets->elts;
        settings->allowed_count = conf->fetch_nets->nelts;
    }
    settings->connect_ms = TOKEX_KEY_FETCH_CONNECT_MS;
    settings->total_ms = total_ms;
    settings->octets = TOKEX_LIMIT_KEY_DOCUMENT;
    return settings;
}

const tokex_err_t *tokex_fetching_check_ca_file(const tokex_conf_t *conf, apr_pool_t *pool)
{
    const char *path = given(&conf->fetch_ca_file);
    apr_size_t len = CA_FILE_OCTETS;
    apr_file_t *file;
    apr_status_t rv;
    char *text;

    if (!path)
        return NULL;
    text = apr_pcalloc(pool, CA_FILE_OCTETS + 1);
    rv = apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool);
    if (rv == APR_SUCCESS) {
        rv = apr_file_read_full(file, text, len, &len);
        apr_file_close(file);
    }
    if (rv != APR_SUCCESS && rv != APR_EOF)
        return tokex_err_create(pool, TOKEX_E_FILE, NULL, "%s: %pm", path, &rv);
    if (!strstr(text, CERTIFICATE_MARK))
        return tokex_err_create(pool, TOKEX_E_FILE, NULL,
                                "%s: there is no certificate in PEM form in it", path);
    return NULL;
}

const char *tokex_fetching_allow(const tokex_conf_t *conf)
{
    return given(&conf->fetch_allow) ? conf->fetch_allow.value : "None";
}

const char *tokex_fetching_ca_file(const tokex_conf_t *conf)
{
    return given(&conf->fetch_ca_file) ? conf->fetch_ca_file.value : "Off";
}

const char *tokex_fetching_proxy(const tokex_conf_t *conf)
{
    return given(&conf->fetch_proxy) ? conf->fetch_proxy.value : "Off";
}

bool tokex_fetching_same(const tokex_conf_t *a, const tokex_conf_t *b)
{
    return strcmp(tokex_fetching_allow(a), tokex_fetching_allow(b)) == 0 &&
           strcmp(tokex_fetching_ca_file(a), tokex_fetching_ca_file(b)) == 0 &&
           strcmp(tokex_fetching_proxy(a), tokex_fetching_proxy(b)) == 0;
}
