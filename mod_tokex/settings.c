#include "settings.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <http_log.h>

#include "activity_config.h"
#include "directives.h"
#include "fetching.h"
#include "location_rows.h"
#include "messages.h"
#include "server_name.h"
#include "store/state_store.h"

APLOG_USE_MODULE(tokex);

/* The settings of one host. */
typedef struct adder_t {
    apr_array_header_t *list;
    const char *server;
} adder_t;

/* `otherwise`: the value that it has where nobody says anything; NULL: none. */
static void add(const adder_t *to, const char *name, const char *value, const char *otherwise)
{
    tokex_setting_t *setting = apr_array_push(to->list);

    setting->server = to->server;
    setting->name = name;
    setting->value = value ? value : "";
    setting->written = apr_time_sec(apr_time_now());
    setting->is_default = otherwise && strcmp(setting->value, otherwise) == 0;
}

static bool is_taken(const apr_array_header_t *list, const char *server)
{
    int i;

    for (i = 0; i < list->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(list, i, tokex_setting_t).server, server) == 0)
            return true;
    }
    return false;
}

/* Where accounts are that state.db has not. */
static void add_account_source(const adder_t *to, const tokex_conf_t *conf, apr_pool_t *pool)
{
    const tokex_account_source_t *source = conf->account_source;
    const char *name = tokex_account_source_name(source);
    const char *queries = NULL;
    int i;

    for (i = 0; name && i < source->queries->nelts; i++)
        queries =
            apr_pstrcat(pool, queries ? queries : "", queries ? " " : "",
                        APR_ARRAY_IDX(source->queries, i, tokex_account_query_t).attribute, NULL);
    add(to, "TokexAccountQuery", queries ? queries : "Off", "Off");
    add(to, "TokexAccountLDAP", name && source->ldap.url ? source->ldap.url : "Off", "Off");
    add(to, "TokexAccountTTL",
        apr_psprintf(pool, "%d", tokex_account_source_ttl(conf->account_ttl.value)),
        apr_psprintf(pool, "%d", tokex_account_source_ttl(NULL)));
}

static void add_server(apr_array_header_t *list, apr_array_header_t *locations, server_rec *main,
                       const server_rec *s, apr_pool_t *pool)
{
    const tokex_conf_t *conf = tokex_directives_of(s);
    const adder_t to = {list, tokex_server_name(main, s, pool)};
    const char *directory = tokex_directives_directory(conf);

    if (is_taken(list, to.server))
        return;
    tokex_location_rows_add(locations, s, to.server, pool);
    add(&to, "TokexIssuer", conf->issuer.value, NULL);
    add(&to, "TokexDirectory", directory, TOKEX_DIRECTORY);
    add(&to, "TokexMasterKey", tokex_directives_master_key(conf, pool),
        apr_pstrcat(pool, directory, "/master.key", NULL));
    add(&to, "TokexTenant", tokex_directives_tenant(conf), "default");
    add(&to, "TokexServerId", tokex_directives_server_id(conf), "default");
    add(&to, "TokexExchange", tokex_directives_exchange(s) ? "On" : "Off", "On");
    add(&to, "TokexAuditLog",
        conf->audit_log.value && *conf->audit_log.value ? conf->audit_log.value : "Off", "Off");
    add(&to, "TokexActivity", tokex_activity_limits_text(pool), tokex_activity_limits_usual(pool));
    add(&to, "TokexFetchAllow", tokex_fetching_allow(conf), "None");
    add(&to, "TokexFetchCAFile", tokex_fetching_ca_file(conf), "Off");
    add(&to, "TokexFetchProxy", tokex_fetching_proxy(conf), "Off");
    add_account_source(&to, conf, pool);
}

static bool holds(const tokex_setting_t *stored, int count, const tokex_setting_t *wanted)
{
    int i;

    for (i = 0; i < count; i++) {
        if (strcmp(stored[i].server, wanted->server) == 0 &&
            strcmp(stored[i].name, wanted->name) == 0)
            return stored[i].value && strcmp(stored[i].value, wanted->value) == 0 &&
                   stored[i].is_default == wanted->is_default;
    }
    return false;
}

static bool stand_there(const tokex_setting_t *stored, int count, const apr_array_header_t *list)
{
    int i;

    if (count != list->nelts)
        return false;
    for (i = 0; i < list->nelts; i++) {
        if (!holds(stored, count, &APR_ARRAY_IDX(list, i, tokex_setting_t)))
            return false;
    }
    return true;
}

static const tokex_err_t *write_list(const char *path, const apr_array_header_t *list,
                                     const apr_array_header_t *locations, apr_pool_t *pool)
{
    const tokex_setting_t *stored;
    tokex_db_t *db;
    int count;

    TOKEX_RETURN_ERR(tokex_db_open(&db, path, TOKEX_DB_STATE, TOKEX_DB_WRITE, false, pool));
    TOKEX_RETURN_ERR(tokex_location_rows_write(db, locations, pool));
    TOKEX_RETURN_ERR(tokex_state_store_settings(&stored, &count, db, pool, pool));
    /* Every child comes here at every start; only the first has something to write. */
    if (stand_there(stored, count, list))
        return NULL;
    return tokex_state_store_settings_save(db, (const tokex_setting_t *)list->elts, list->nelts,
                                           pool);
}

/* The settings of all hosts from `first` on that share its directory. */
static void write_directory(server_rec *first, apr_pool_t *pool)
{
    const char *directory = tokex_directives_directory(tokex_directives_of(first));
    const char *path = tokex_directives_state_db(tokex_directives_of(first), pool);
    apr_array_header_t *list = apr_array_make(pool, 16, sizeof(tokex_setting_t));
    apr_array_header_t *locations = apr_array_make(pool, 8, sizeof(tokex_location_row_t));
    const tokex_err_t *err;
    server_rec *s;

    for (s = first; s; s = s->next) {
        if (tokex_directives_of(s) &&
            strcmp(tokex_directives_directory(tokex_directives_of(s)), directory) == 0)
            add_server(list, locations, first, s, pool);
    }
    err = write_list(path, list, locations, pool);
    if (err)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, first,
                     TX_CHILD_SETTINGS "the settings in force were not written to %s: %s. %s", path,
                     tokex_err_text(err, pool), tokex_err_info(err->code)->remedy);
}

static bool is_first(server_rec *main, const server_rec *s)
{
    const char *directory = tokex_directives_directory(tokex_directives_of(s));
    server_rec *before;

    for (before = main; before != s; before = before->next) {
        if (tokex_directives_of(before) &&
            strcmp(tokex_directives_directory(tokex_directives_of(before)), directory) == 0)
            return false;
    }
    return true;
}

void tokex_settings_write(server_rec *main, apr_pool_t *pchild)
{
    apr_pool_t *scratch;
    server_rec *s;

    apr_pool_create(&scratch, pchild);
    for (s = main; s; s = s->next) {
        if (tokex_directives_of(s) && is_first(main, s))
            write_directory(s, scratch);
    }
    apr_pool_destroy(scratch);
}
