#include "ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "keys/signing_keys.h"
#include "store/config_rows.h"
#include "store/config_store.h"
#include "store/state_store.h"

const tokex_err_t *ctl_create(ctl_t *ctl, const char *directory, const char *master_path,
                              apr_pool_t *pool)
{
    tokex_crypt_t *crypt;

    TOKEX_RETURN_ERR(tokex_crypt_create(&crypt, pool));
    ctl->pool = pool;
    ctl->directory = directory ? directory : TOKEX_DIRECTORY;
    ctl->config_directory = apr_pstrcat(pool, ctl->directory, "/config", NULL);
    ctl->config_path = apr_pstrcat(pool, ctl->config_directory, "/config.db", NULL);
    ctl->state_directory = apr_pstrcat(pool, ctl->directory, "/state", NULL);
    ctl->state_path = apr_pstrcat(pool, ctl->state_directory, "/state.db", NULL);
    ctl->master_path =
        master_path ? master_path : apr_pstrcat(pool, ctl->directory, "/master.key", NULL);
    ctl->now = apr_time_sec(apr_time_now());
    ctl->crypt = crypt;
    return NULL;
}

const tokex_err_t *ctl_load(tokex_db_t **db, const tokex_config_t **config, int64_t *generation,
                            const ctl_t *ctl, tokex_db_mode_t mode)
{
    TOKEX_RETURN_ERR(tokex_db_open(db, ctl->config_path, TOKEX_DB_CONFIG, mode, false, ctl->pool));
    return tokex_config_store_load(config, generation, *db, ctl->pool, ctl->pool);
}

const tokex_err_t *ctl_load_some(tokex_db_t **db, const tokex_config_t **config,
                                 const tokex_texts_t *clients, const ctl_t *ctl,
                                 tokex_db_mode_t mode)
{
    TOKEX_RETURN_ERR(tokex_db_open(db, ctl->config_path, TOKEX_DB_CONFIG, mode, false, ctl->pool));
    TOKEX_RETURN_ERR(tokex_db_begin(*db, false, ctl->pool));
    TOKEX_RETURN_ERR(tokex_config_rows_load(config, *db, clients, ctl->pool, ctl->pool));
    return tokex_db_commit(*db, ctl->pool);
}

const tokex_err_t *ctl_load_no_clients(tokex_db_t **db, const tokex_config_t **config,
                                       const ctl_t *ctl)
{
    const tokex_texts_t no_clients = {NULL, 0};

    return ctl_load_some(db, config, &no_clients, ctl, TOKEX_DB_READ);
}

/* ---- Signing keys of state.db */

static const tokex_err_t *read_rows(tokex_signing_rows_t *rows, tokex_sealer_t *sealer,
                                    const ctl_t *ctl)
{
    tokex_db_t *db;

    sealer->crypt = ctl->crypt;
    TOKEX_RETURN_ERR(tokex_seal_read_master_key(&sealer->master, ctl->master_path, ctl->pool));
    TOKEX_RETURN_ERR(
        tokex_db_open(&db, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_READ, false, ctl->pool));
    return tokex_signing_store_load(rows, db, ctl->pool, ctl->pool);
}

const tokex_config_t *ctl_join(const ctl_t *ctl, const tokex_config_t *config,
                               tokex_faults_t *faults)
{
    const tokex_config_t *joined;
    tokex_signing_rows_t rows;
    tokex_sealer_t sealer;

    if (read_rows(&rows, &sealer, ctl) ||
        tokex_signing_keys_join(&joined, config, &rows, &sealer, faults, ctl->pool))
        return config;
    return joined;
}

/* ---- Compiling */

/* The servers that the module wrote down; none when state.db cannot be read, because a
 * configuration may be prepared on a host where no server ran yet. */
static const apr_array_header_t *read_servers(const ctl_t *ctl)
{
    apr_array_header_t *servers = apr_array_make(ctl->pool, 2, sizeof(tokex_server_t));
    const tokex_setting_t *settings;
    const char *of = NULL;
    tokex_server_t *server = NULL;
    tokex_db_t *db;
    int count, i;

    if (tokex_db_open(&db, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_READ, false, ctl->pool) ||
        tokex_state_store_settings(&settings, &count, db, ctl->pool, ctl->pool))
        return servers;
    for (i = 0; i < count; i++) {
        if (!of || strcmp(of, settings[i].server) != 0) {
            of = settings[i].server;
            server = apr_array_push(servers);
            *server = (tokex_server_t){NULL, NULL, NULL};
        }
        if (strcmp(settings[i].name, "TokexIssuer") == 0)
            server->issuer = settings[i].value;
        else if (strcmp(settings[i].name, "TokexTenant") == 0)
            server->tenant = settings[i].value;
        else if (strcmp(settings[i].name, "TokexServerId") == 0)
            server->server_id = settings[i].value;
    }
    return servers;
}

typedef struct compile_t {
    const ctl_t *ctl;
    const tokex_config_t *config;
    tokex_faults_t *faults;
    apr_hash_t *seen; /* every server finds the same faults but for a few; each is told once */
} compile_t;

static void add_new(compile_t *compile, const tokex_faults_t *found)
{
    int i;

    for (i = 0; i < found->count; i++) {
        const char *text = tokex_config_fault_text(&found->items[i], compile->ctl->pool);

        if (apr_hash_get(compile->seen, text, APR_HASH_KEY_STRING))
            continue;
        apr_hash_set(compile->seen, text, APR_HASH_KEY_STRING, text);
        tokex_config_fault_add(compile->faults, &found->items[i]);
    }
}

static const tokex_err_t *compile_for(compile_t *compile, const tokex_server_t *server)
{
    const ctl_t *ctl = compile->ctl;
    tokex_faults_t *found = tokex_config_faults_create(ctl->pool);
    const tokex_policy_t *policy;
    const tokex_err_t *err;

    found->settled = compile->faults->settled;
    err = tokex_policy_compile(&policy, compile->config, server, ctl->now, ctl->crypt, found,
                               ctl->pool, ctl->pool);
    add_new(compile, found);
    return err && err->code != TOKEX_E_DOCUMENT ? err : NULL;
}

const tokex_err_t *ctl_compile(const ctl_t *ctl, const tokex_config_t *config,
                               tokex_faults_t *faults)
{
    return ctl_compile_joined(ctl, ctl_join(ctl, config, faults), faults);
}

const tokex_err_t *ctl_compile_joined(const ctl_t *ctl, const tokex_config_t *joined,
                                      tokex_faults_t *faults)
{
    compile_t compile = {ctl, joined, faults, apr_hash_make(ctl->pool)};
    const apr_array_header_t *servers = read_servers(ctl);
    bool compiled = false;
    int i;

    for (i = 0; i < servers->nelts; i++) {
        const tokex_server_t *server = &APR_ARRAY_IDX(servers, i, tokex_server_t);

        if (!server->issuer)
            continue;
        TOKEX_RETURN_ERR(compile_for(&compile, server));
        compiled = true;
    }
    if (!compiled)
        TOKEX_RETURN_ERR(compile_for(&compile, NULL));
    tokex_policy_judge_keys(joined, ctl->now, ctl->crypt, faults, ctl->pool);
    return faults->error_count
               ? tokex_err_create(ctl->pool, TOKEX_E_DOCUMENT, NULL, "%d fault%s",
                                  faults->error_count, faults->error_count == 1 ? "" : "s")
               : NULL;
}

/* ---- Telling */

int ctl_error(const ctl_t *ctl, const tokex_err_t *err)
{
    const tokex_code_info_t *info = tokex_err_info(err->code);

    fprintf(stderr, "tokexctl: %s\n  %s %s\n", tokex_err_text(err, ctl->pool), info->cause,
            info->remedy);
    switch (err->code) {
    case TOKEX_E_CHANGE_UNKNOWN:
    case TOKEX_E_CONFLICT:
    case TOKEX_E_DOCUMENT:
    case TOKEX_E_JSON:
    case TOKEX_E_KEY_UNUSABLE:
        return CTL_REFUSED;
    default:
        return CTL_CANNOT;
    }
}

int ctl_say(int code, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fputs("tokexctl: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    return code;
}

void ctl_faults(const ctl_t *ctl, const tokex_faults_t *faults)
{
    int i;

    for (i = 0; i < faults->count; i++)
        fprintf(stderr, "%s%s\n", faults->items[i].warning ? "warning: " : "",
                tokex_config_fault_text(&faults->items[i], ctl->pool));
}

int ctl_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return CTL_DONE;
    return ctl_say(CTL_CANNOT, "standard output could not be written");
}
