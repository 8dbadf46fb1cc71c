#include "ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "edit/installation.h"
#include "store/config_rows.h"
#include "store/config_store.h"
#include "way.h"

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

/* ---- What the servers would make of it */

static tokex_installation_t site_of(const ctl_t *ctl)
{
    return (tokex_installation_t){ctl->config_path, ctl->state_path, ctl->master_path,
                                  ctl->now,         ctl->crypt,      ctl->pool};
}

const tokex_config_t *ctl_join(const ctl_t *ctl, const tokex_config_t *config,
                               tokex_faults_t *faults)
{
    const tokex_installation_t site = site_of(ctl);

    return tokex_installation_join(&site, config, faults);
}

const tokex_err_t *ctl_compile(const ctl_t *ctl, const tokex_config_t *config,
                               tokex_faults_t *faults)
{
    return ctl_compile_joined(ctl, ctl_join(ctl, config, faults), faults);
}

const tokex_err_t *ctl_compile_joined(const ctl_t *ctl, const tokex_config_t *joined,
                                      tokex_faults_t *faults)
{
    const tokex_installation_t site = site_of(ctl);

    return tokex_installation_compile(&site, joined, faults);
}

tokex_installation_t *ctl_installation(const ctl_t *ctl)
{
    tokex_installation_t *site = apr_palloc(ctl->pool, sizeof *site);

    *site = site_of(ctl);
    return site;
}

tokex_edit_way_t way_create(const ctl_t *ctl, tokex_db_t *db, bool dry_run)
{
    return tokex_installation_way(ctl_installation(ctl), db, dry_run);
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
