#include "keys/fetch_way.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "keys/key_fetch.h"
#include "store/state_store.h"

/* The directives of one server, as they can be written. */
typedef struct words_t {
    const char *allow;
    const char *ca_file;
    const char *proxy;
} words_t;

static void take(words_t *words, const tokex_setting_t *setting)
{
    if (strcmp(setting->name, "TokexFetchAllow") == 0)
        words->allow = setting->value;
    else if (strcmp(setting->name, "TokexFetchCAFile") == 0)
        words->ca_file = setting->value;
    else if (strcmp(setting->name, "TokexFetchProxy") == 0)
        words->proxy = setting->value;
}

static words_t words_of(const tokex_setting_t *all, int count, const char *server)
{
    words_t words = {"None", "Off", "Off"};
    int i;

    for (i = 0; i < count; i++)
        if (strcmp(all[i].server, server) == 0)
            take(&words, &all[i]);
    return words;
}

static bool are_same(const words_t *a, const words_t *b)
{
    return strcmp(a->allow, b->allow) == 0 && strcmp(a->ca_file, b->ca_file) == 0 &&
           strcmp(a->proxy, b->proxy) == 0;
}

static const char *unless_off(const char *value)
{
    return *value && apr_strnatcasecmp(value, "off") != 0 ? value : NULL;
}

/* The server has read these before; what it could not read did not let it start. */
static void allow_nets(tokex_fetch_settings_t *settings, const char *value, apr_pool_t *pool)
{
    apr_array_header_t *nets = apr_array_make(pool, 4, sizeof(apr_ipsubnet_t *));
    char *state, *word = apr_strtok(apr_pstrdup(pool, value), " ", &state);

    for (; word; word = apr_strtok(NULL, " ", &state)) {
        char *bits = strchr(word, '/');
        apr_ipsubnet_t *net;

        if (bits)
            *bits++ = '\0';
        if (apr_ipsubnet_create(&net, word, bits, pool) == APR_SUCCESS)
            APR_ARRAY_PUSH(nets, apr_ipsubnet_t *) = net;
    }
    settings->allowed = (apr_ipsubnet_t *const *)nets->elts;
    settings->allowed_count = nets->nelts;
}

static const tokex_err_t *choose(words_t *words, tokex_fetch_way_t *out, const char *state_path,
                                 const char *server, apr_pool_t *pool)
{
    const tokex_setting_t *all = NULL;
    tokex_db_t *db;
    bool found = false;
    int count = 0, i;

    /* Where no server ran so far, and no database is, the defaults serve. */
    if (!tokex_db_open(&db, state_path, TOKEX_DB_STATE, TOKEX_DB_READ, false, pool))
        TOKEX_RETURN_ERR(tokex_state_store_settings(&all, &count, db, pool, pool));
    for (i = 0; i < count && !found; i++) {
        found = !server || strcmp(all[i].server, server) == 0;
        if (found)
            out->server = all[i].server;
    }
    if (server && !found)
        return tokex_err_create(pool, TOKEX_E_DOCUMENT, NULL,
                                "%s: no such server has started with this installation; "
                                "`tokexctl doctor` names those that have",
                                server);
    *words = words_of(all, count, found ? out->server : "");
    for (i = 0; i < count; i++) {
        words_t others = words_of(all, count, all[i].server);

        out->others_differ = out->others_differ || (!server && !are_same(&others, words));
    }
    return NULL;
}

const tokex_err_t *tokex_fetch_way_read(tokex_fetch_way_t *out, const char *state_path,
                                        const char *server, apr_pool_t *pool)
{
    words_t words = {"None", "Off", "Off"};

    memset(out, 0, sizeof(*out));
    TOKEX_RETURN_ERR(choose(&words, out, state_path, server, pool));
    out->settings.ca_file = unless_off(words.ca_file);
    out->settings.proxy = unless_off(words.proxy);
    allow_nets(&out->settings, words.allow, pool);
    out->settings.connect_ms = TOKEX_KEY_FETCH_CONNECT_MS;
    out->settings.total_ms = TOKEX_KEY_FETCH_MS;
    out->settings.octets = TOKEX_LIMIT_KEY_DOCUMENT;
    return NULL;
}

const tokex_err_t *tokex_fetch_way_open(tokex_fetch_way_t *way, apr_pool_t *pool)
{
    const tokex_fetch_library_t *library;
    const char *file = way->settings.ca_file;

    if (file && access(file, R_OK))
        return tokex_err_create(pool, TOKEX_E_FILE, NULL, "%s: %s", file, strerror(errno));
    /* As httpd does; libcurl's TLS writes to connections that may have gone. */
    (void)signal(SIGPIPE, SIG_IGN);
    TOKEX_RETURN_ERR(tokex_fetch_prepare(&library, pool));
    return tokex_fetch_create(&way->fetcher, library, &way->settings, pool);
}
