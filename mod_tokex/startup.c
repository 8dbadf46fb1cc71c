#include "startup.h"

#include <apr_file_info.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "directives.h"
#include "fetching.h"
#include "key_watch.h"
#include "location_check.h"
#include "messages.h"
#include "pools.h"
#include "sections.h"
#include "singleton.h"
#include "site.h"
#include "store/db_sqlite.h"

APLOG_USE_MODULE(tokex);

/* One virtual host under examination. */
typedef struct exam_t {
    server_rec *s;
    tokex_conf_t *conf;
    int level;        /* of what is found */
    apr_pool_t *keys; /* where master keys stay */
    apr_pool_t *pool;
    const tokex_crypt_t *crypt;
    bool restart; /* what could be served last will do */
    int found;
    apr_hash_t *policies; /* by directory: const tokex_policy_t * of what can be served */
} exam_t;

/* Where the directive stands; for a default, where the host was switched on. */
static const char *place(const exam_t *exam, const char *name, const tokex_directive_t *directive)
{
    const tokex_directive_t *at = directive->value ? directive : &exam->conf->issuer;

    return apr_psprintf(exam->pool, "%s:%d: %s%s", at->file, at->line, name,
                        directive->value ? "" : " (default)");
}

static void say(exam_t *exam, const char *number, const char *where, const tokex_err_t *err)
{
    exam->found++;
    ap_log_error(APLOG_MARK, exam->level, 0, exam->s, "%s%s: %s. %s", number, where,
                 tokex_err_text(err, exam->pool), tokex_err_info(err->code)->remedy);
}

static void check_master_key(exam_t *exam)
{
    const tokex_conf_t *conf = exam->conf;
    const tokex_err_t *err = tokex_seal_read_master_key(
        &exam->conf->master, tokex_directives_master_key(conf, exam->pool), exam->keys);

    if (!err)
        return;
    exam->conf->master = NULL;
    say(exam, TX_CHECK_MASTER_KEY, place(exam, "TokexMasterKey", &conf->master_key), err);
}

static void check_present(exam_t *exam, const char *path)
{
    const tokex_conf_t *conf = exam->conf;
    apr_finfo_t info;
    apr_status_t rv = apr_stat(&info, path, APR_FINFO_TYPE, exam->pool);

    if (rv == APR_SUCCESS)
        return;
    say(exam, TX_CHECK_DATABASE, place(exam, "TokexDirectory", &conf->directory),
        tokex_err_create(exam->pool, TOKEX_E_DB_OPEN, NULL, "%s: %pm", path, &rv));
}

static void check_database(exam_t *exam, const char *path, tokex_db_kind_t kind)
{
    const tokex_err_t *err;
    apr_pool_t *scratch;
    tokex_db_t *db;

    apr_pool_create(&scratch, exam->pool);
    err = tokex_db_open(&db, path, kind, TOKEX_DB_READ, false, scratch);
    if (err)
        say(exam, TX_CHECK_DATABASE, place(exam, "TokexDirectory", &exam->conf->directory), err);
    apr_pool_destroy(scratch);
}

/* It holds nothing that an exchange needs, so a restart, which ends a server that serves, goes on
 * without it: on a full disk it cannot even be read. */
static void check_state(exam_t *exam)
{
    int before = exam->found;

    check_database(exam, tokex_directives_state_db(exam->conf, exam->pool), TOKEX_DB_STATE);
    if (exam->restart)
        exam->found = before;
}

static bool is_database_error(tokex_code_t code)
{
    return code == TOKEX_E_DB_OPEN || code == TOKEX_E_DB_SCHEMA || code == TOKEX_E_DB_BUSY ||
           code == TOKEX_E_DB_CORRUPT || code == TOKEX_E_DB_QUERY;
}

/* A state.db that cannot be read was told when it was looked at. */
static tokex_signing_rows_t rows_of(const exam_t *exam)
{
    tokex_signing_rows_t rows = {NULL, 0, 0};

    if (tokex_key_watch_once(&rows, tokex_directives_state_db(exam->conf, exam->pool), exam->pool))
        rows.count = 0;
    return rows;
}

/* A restart ends a server that serves, so it goes on where it can. */
static bool can_go_on(const exam_t *exam)
{
    const char *path = tokex_directives_last_good(exam->conf, exam->pool);
    tokex_site_source_t source = {path,
                                  exam->conf->master,
                                  exam->crypt,
                                  tokex_directives_server(exam->conf),
                                  apr_time_sec(apr_time_now()),
                                  NULL,
                                  NULL,
                                  false,
                                  rows_of(exam),
                                  false,
                                  NULL,
                                  NULL,
                                  NULL,
                                  NULL,
                                  NULL,
                                  NULL};
    const tokex_site_t *site;

    if (!exam->restart ||
        tokex_last_good_load(&site, &source, tokex_config_faults_create(exam->pool), exam->pool))
        return false;
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, exam->s,
                 TX_CHECK_LAST_GOOD "it goes on with generation %" APR_INT64_T_FMT " from %s",
                 site->generation, path);
    return true;
}

static bool names_sources(const tokex_config_t *config)
{
    int i;

    for (i = 0; i < config->issuer_count; i++) {
        if (tokex_policy_has_key_sources(&config->issuers[i]) ||
            tokex_policy_takes_opaque(&config->issuers[i]))
            return true;
    }
    return false;
}

static void check_site(exam_t *exam)
{
    const tokex_conf_t *conf = exam->conf;
    tokex_faults_t *faults = tokex_config_faults_create(exam->pool);
    const char *where = place(exam, "TokexDirectory", &conf->directory);
    const tokex_site_t *site;
    tokex_site_source_t source = {tokex_directives_config_db(conf, exam->pool),
                                  conf->master,
                                  exam->crypt,
                                  tokex_directives_server(conf),
                                  apr_time_sec(apr_time_now()),
                                  NULL,
                                  NULL,
                                  true,
                                  rows_of(exam),
                                  false,
                                  NULL,
                                  NULL,
                                  NULL,
                                  NULL,
                                  NULL,
                                  NULL};
    const tokex_err_t *err = tokex_site_load(&site, &source, faults, exam->pool);
    int i;

    for (i = 0; i < faults->count; i++)
        ap_log_error(APLOG_MARK, faults->items[i].warning ? APLOG_WARNING : exam->level, 0, exam->s,
                     TX_CHECK_FAULT "%s: %s", where,
                     tokex_config_fault_text(&faults->items[i], exam->pool));
    if (!err) {
        exam->conf->asks = names_sources(site->config);
        apr_hash_set(exam->policies, tokex_directives_directory(conf), APR_HASH_KEY_STRING,
                     site->engine.policy);
        return;
    }
    say(exam, is_database_error(err->code) ? TX_CHECK_DATABASE : TX_CHECK_CONFIGURATION, where,
        err);
    if (can_go_on(exam))
        exam->found--;
}

/* Where a host is switched on, its locations are its own and those of the main server. */
static void check_locations(exam_t *exam)
{
    const tokex_policy_t *policy =
        apr_hash_get(exam->policies, tokex_directives_directory(exam->conf), APR_HASH_KEY_STRING);

    exam->found += tokex_location_check(exam->s, exam->level, policy, exam->pool);
}

static void check_audit_log(exam_t *exam)
{
    const tokex_conf_t *conf = exam->conf;
    const char *name = conf->audit_log.value;
    const char *slash = name ? strrchr(name, '/') : NULL;
    const char *directory;
    apr_finfo_t info;
    apr_status_t rv;

    if (!slash || *name == '|')
        return;
    directory = apr_pstrmemdup(exam->pool, name, (apr_size_t)(slash - name) + 1);
    rv = apr_stat(&info, directory, APR_FINFO_TYPE, exam->pool);
    if (rv != APR_SUCCESS)
        say(exam, TX_CHECK_AUDIT_LOG, place(exam, "TokexAuditLog", &conf->audit_log),
            tokex_err_create(exam->pool, TOKEX_E_FILE, NULL, "%s: %pm", directory, &rv));
}

/* What is fetched is shared by all hosts of a directory, so none may be asked more than another. */
static void check_fetching(exam_t *exam, server_rec *main)
{
    const tokex_conf_t *conf = exam->conf;
    const char *where = place(exam, "TokexFetchCAFile", &conf->fetch_ca_file);
    const tokex_err_t *err = tokex_fetching_check_ca_file(conf, exam->pool);
    server_rec *before;

    if (err)
        say(exam, TX_CHECK_FETCHING, where, err);
    for (before = main; before != exam->s; before = before->next) {
        const tokex_conf_t *other = tokex_directives_of(before);

        if (!other || tokex_fetching_same(conf, other) ||
            strcmp(tokex_directives_directory(conf), tokex_directives_directory(other)) != 0)
            continue;
        say(exam, TX_CHECK_FETCHING, place(exam, "TokexIssuer", &conf->issuer),
            tokex_err_create(exam->pool, TOKEX_E_FETCH, NULL,
                             "%s is also the TokexDirectory of the host at %s:%d, with another "
                             "TokexFetchAllow, TokexFetchCAFile or TokexFetchProxy; what is "
                             "fetched is shared, so write the same in both",
                             tokex_directives_directory(conf), other->issuer.file,
                             other->issuer.line));
        return;
    }
}

/* Only mod_watchdog can choose one process of all. */
static void check_singleton(exam_t *exam)
{
    if (tokex_singleton_is_possible())
        return;
    exam->found++;
    ap_log_error(APLOG_MARK, exam->level, 0, exam->s, TX_SINGLETON "%s", TOKEX_SINGLETON_MISSING);
}

/* What a body ends with would become headers of the request when ours are set already, and a
 * FastCGI program would take a client's word for ours. */
static void check_trailers(exam_t *exam)
{
    const core_server_config *core = ap_get_core_module_config(exam->s->module_config);

    if (!exam->conf->reserved || core->merge_trailers != AP_MERGE_TRAILERS_ENABLE)
        return;
    exam->found++;
    ap_log_error(APLOG_MARK, exam->level, 0, exam->s,
                 TX_TRAILERS "%s: with MergeTrailers On clients could set the headers that "
                             "protected locations set. Write MergeTrailers Off for this host.",
                 place(exam, "TokexIssuer", &exam->conf->issuer));
}

/* An equal host before this one has been through it all; what it has got does for this one too. */
static bool take_over(tokex_conf_t *conf, server_rec *main, const server_rec *s, apr_pool_t *pool)
{
    server_rec *before;

    for (before = main; before != s; before = before->next) {
        const tokex_conf_t *other = tokex_directives_of(before);

        if (!other || !tokex_directives_same(conf, other, pool))
            continue;
        conf->master = other->master;
        return true;
    }
    return false;
}

static void check_accounts(exam_t *exam)
{
    tokex_account_source_t *source = exam->conf->account_source;
    const char *why = tokex_account_source_check(source, exam->keys);

    if (!why)
        return;
    exam->found++;
    ap_log_error(APLOG_MARK, exam->level, 0, exam->s, TX_ACCOUNT_SOURCE "%s:%d: %s: %s",
                 source->file, source->line, source->directive, why);
}

/* How much is looked at. */
typedef enum depth_t {
    DEPTH_FILES,  /* do they open? */
    DEPTH_SERVING /* can they be served? */
} depth_t;

static void examine_host(exam_t *exam, depth_t depth)
{
    const tokex_conf_t *conf = exam->conf;

    check_master_key(exam);
    check_state(exam);
    /* Without its key a site does not open, and one line about that is enough. */
    if (depth == DEPTH_SERVING && conf->master)
        check_site(exam);
    else
        check_database(exam, tokex_directives_config_db(conf, exam->pool), TOKEX_DB_CONFIG);
}

static bool examine_switched_on(exam_t *exam, server_rec *main, tokex_crypt_t **crypt,
                                depth_t depth)
{
    const tokex_err_t *err;

    check_audit_log(exam);
    check_fetching(exam, main);
    check_trailers(exam);
    check_accounts(exam);
    if (take_over(exam->conf, main, exam->s, exam->pool))
        return true;
    if (!*crypt) {
        check_singleton(exam);
        err = tokex_crypt_create(crypt, exam->pool);
        if (err) {
            say(exam, TX_CHECK_CRYPT, "OpenSSL", err);
            return false;
        }
    }
    exam->crypt = *crypt;
    examine_host(exam, depth);
    return true;
}

/* The last of what was made for the examination has gone by then. */
static apr_status_t end_of_examination(void *unused)
{
    (void)unused;
    tokex_pools_trim();
    return APR_SUCCESS;
}

/* Every host; returns the number of things found. */
static int examine(apr_pool_t *pconf, apr_pool_t *ptemp, server_rec *main, depth_t depth)
{
    bool restart =
        ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_NORMAL && ap_state_query(AP_SQ_CONFIG_GEN) > 1;
    exam_t exam = {NULL, NULL, APLOG_ERR, pconf, ptemp, NULL, restart, 0, apr_hash_make(ptemp)};
    tokex_crypt_t *crypt = NULL;
    bool any = false;
    server_rec *s;

    apr_pool_cleanup_register(ptemp, NULL, end_of_examination, apr_pool_cleanup_null);
    for (s = main; s; s = s->next)
        any = any || tokex_directives_of(s);
    for (s = main; s; s = s->next) {
        exam.s = s;
        exam.conf = tokex_directives_server_conf(s);
        exam.conf->sections = tokex_sections_read(main, s, pconf, ptemp);
        if (tokex_directives_of(s) && !examine_switched_on(&exam, main, &crypt, depth))
            return exam.found;
        /* What the main server protects is for hosts that are switched on, if there are any. */
        if (tokex_directives_of(s) || s != main || !any)
            check_locations(&exam);
    }
    return exam.found;
}

/* What a glance shows. The calling process of `-k stop` and `-k graceful` comes here too and must
 * not be stopped by it. */
static void glance(apr_pool_t *ptemp, server_rec *main)
{
    exam_t exam = {NULL, NULL, APLOG_WARNING, ptemp, ptemp, NULL, false, 0, NULL};
    server_rec *s;

    for (s = main; s; s = s->next) {
        exam.s = s;
        exam.conf = tokex_directives_of(s);
        if (!exam.conf || take_over(exam.conf, main, s, ptemp))
            continue;
        check_master_key(&exam);
        check_present(&exam, tokex_directives_config_db(exam.conf, ptemp));
        check_present(&exam, tokex_directives_state_db(exam.conf, ptemp));
    }
}

int tokex_startup_test(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main)
{
    (void)plog;
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST)
        return examine(pconf, ptemp, main, DEPTH_SERVING) ? HTTP_INTERNAL_SERVER_ERROR : OK;
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_NORMAL &&
        ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG)
        glance(ptemp, main);
    return OK;
}

int tokex_startup_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main)
{
    /* The first pass of a start still has the caller's exit status to answer with; loading twice
     * would cost a large configuration a second. */
    bool first = ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG;

    (void)plog;
    return examine(pconf, ptemp, main, first ? DEPTH_FILES : DEPTH_SERVING)
               ? HTTP_INTERNAL_SERVER_ERROR
               : OK;
}
