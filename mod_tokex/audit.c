#include "audit.h"

#include <stdbool.h>

#include <apr_atomic.h>
#include <apr_file_io.h>
#include <apr_hash.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "directives.h"
#include "messages.h"

APLOG_USE_MODULE(tokex);

struct tokex_audit_t {
    apr_file_t *file;
    /* 1: the file ends within a line, since the disk was full. All processes share it. */
    volatile apr_uint32_t *torn;
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

static tokex_audit_t *make_audit(apr_pool_t *pool)
{
    tokex_audit_t *audit = apr_pcalloc(pool, sizeof(*audit));
    apr_shm_t *memory;

    /* Without it each process knows of its own torn lines. */
    if (apr_shm_create(&memory, sizeof(*audit->torn), NULL, pool) == APR_SUCCESS)
        audit->torn = apr_shm_baseaddr_get(memory);
    else
        audit->torn = apr_palloc(pool, sizeof(*audit->torn));
    apr_atomic_set32(audit->torn, 0);
    return audit;
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
        conf->audit = make_audit(pconf);
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

/* True once for each torn line. */
static bool take_torn(const tokex_audit_t *audit)
{
    return apr_atomic_read32(audit->torn) && apr_atomic_xchg32(audit->torn, 0);
}

/* Whoever comes after a torn line ends it, so that it spoils no other. */
apr_status_t tokex_audit_write(const tokex_audit_t *audit, const char *line, apr_size_t len)
{
    apr_size_t lead = take_torn(audit) ? 1 : 0, written = 0;
    struct iovec parts[3] = {{(void *)"\n", lead}, {(void *)line, len}, {(void *)"\n", 1}};
    apr_status_t rv = apr_file_writev(audit->file, parts, 3, &written);

    if (rv == APR_SUCCESS && written == lead + len + 1)
        return APR_SUCCESS;
    if (written == 0 ? lead : written != lead)
        apr_atomic_set32(audit->torn, 1);
    if (rv == APR_SUCCESS && written < lead + len)
        rv = APR_ENOSPC;
    return rv;
}
