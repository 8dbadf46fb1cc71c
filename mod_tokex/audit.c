#include "audit.h"

#include <apr_file_io.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "directives.h"
#include "messages.h"

APLOG_USE_MODULE(tokex);

struct tokex_audit_t {
    apr_file_t *file;
};

static apr_status_t open_file(apr_file_t **out, const char *name, apr_pool_t *pool)
{
    piped_log *program;

    if (*name == '|') {
        program = ap_open_piped_log(pool, name + 1);
        if (!program)
            return APR_EGENERAL;
        *out = ap_piped_log_write_fd(program);
        return APR_SUCCESS;
    }
    /* Who did what for whom is nothing for every account of the machine. */
    return apr_file_open(
        out, name, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_APPEND | APR_FOPEN_LARGEFILE,
        APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_GREAD, pool);
}

int tokex_audit_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main)
{
    apr_hash_t *opened = apr_hash_make(ptemp);
    server_rec *s;

    (void)plog;
    /* The first pass of a start would begin each program twice. */
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG)
        return OK;
    for (s = main; s; s = s->next) {
        tokex_conf_t *conf = tokex_directives_of(s);
        const char *name = conf ? conf->audit_log.value : NULL;
        apr_status_t rv;

        if (!name || !*name)
            continue;
        conf->audit = apr_hash_get(opened, name, APR_HASH_KEY_STRING);
        if (conf->audit)
            continue;
        conf->audit = apr_pcalloc(pconf, sizeof(*conf->audit));
        rv = open_file(&conf->audit->file, name, pconf);
        if (rv != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_ERR, rv, s,
                         TX_AUDIT_OPEN "%s:%d: TokexAuditLog: \"%s\" cannot be opened. Check "
                                       "path, owner and mode, or the program after the bar.",
                         conf->audit_log.file, conf->audit_log.line, name);
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        apr_hash_set(opened, name, APR_HASH_KEY_STRING, conf->audit);
    }
    return OK;
}

apr_status_t tokex_audit_write(const tokex_audit_t *audit, const char *line, apr_size_t len)
{
    struct iovec parts[2] = {{(void *)line, len}, {(void *)"\n", 1}};
    apr_size_t written = 0;
    apr_status_t rv = apr_file_writev(audit->file, parts, 2, &written);

    if (rv == APR_SUCCESS && written != len + 1)
        rv = APR_ENOSPC;
    return rv;
}
