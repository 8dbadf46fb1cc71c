#include "last_good.h"

#include <unistd.h>

#include <apr_file_info.h>
#include <apr_global_mutex.h>
#include <http_log.h>

#include "directives.h"
#include "messages.h"
#include "mutex.h"
#include "store/config_store.h"

APLOG_USE_MODULE(tokex);

#define MUTEX_TYPE "tokex-last-good"

struct tokex_last_good_t {
    apr_global_mutex_t *mutex; /* NULL: it could not be opened here, others do the work */
};

int tokex_last_good_register(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    return tokex_mutex_register(MUTEX_TYPE, pconf);
}

int tokex_last_good_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main)
{
    tokex_last_good_t *saver = NULL;
    server_rec *s;

    (void)plog;
    (void)ptemp;
    for (s = main; s; s = s->next) {
        if (!tokex_directives_of(s))
            continue;
        if (!saver) {
            saver = apr_pcalloc(pconf, sizeof(*saver));
            if (!tokex_mutex_create(&saver->mutex, MUTEX_TYPE, pconf, main))
                return HTTP_INTERNAL_SERVER_ERROR;
        }
        tokex_directives_of(s)->saver = saver;
    }
    return OK;
}

void tokex_last_good_child(tokex_last_good_t *saver, server_rec *main, apr_pool_t *pchild)
{
    tokex_mutex_child(&saver->mutex, MUTEX_TYPE, "saves no configuration", pchild, main);
}

/* The clocks of files may stand still for some milliseconds: equal is not later. What was saved
 * later than now was so before the clock was set back, and tells nothing. */
static bool is_saved(const tokex_last_good_work_t *work, apr_pool_t *pool)
{
    apr_finfo_t info;

    return apr_stat(&info, work->path, APR_FINFO_MTIME, pool) == APR_SUCCESS &&
           info.mtime > work->changed && info.mtime <= apr_time_now() + apr_time_from_sec(1);
}

const tokex_err_t *tokex_last_good_save(bool *done, const tokex_last_good_work_t *work,
                                        tokex_last_good_t *saver, apr_pool_t *pool)
{
    const tokex_err_t *err = NULL;

    *done = !saver->mutex || is_saved(work, pool);
    if (*done || apr_global_mutex_trylock(saver->mutex) != APR_SUCCESS)
        return NULL;
    *done = true;
    if (!is_saved(work, pool))
        err = tokex_config_store_copy(work->db, work->generation, work->path, pool);
    apr_global_mutex_unlock(saver->mutex);
    return err;
}

const tokex_err_t *tokex_last_good_load(const tokex_site_t **out, const tokex_site_source_t *source,
                                        tokex_faults_t *faults, apr_pool_t *pool)
{
    const char *path = source->config_db;
    apr_finfo_t info;
    apr_status_t rv = apr_stat(&info, path, APR_FINFO_LINK | APR_FINFO_TYPE | APR_FINFO_USER, pool);

    if (rv != APR_SUCCESS)
        return tokex_err_create(pool, TOKEX_E_FILE, NULL, "%s: %pm", path, &rv);
    /* Others may write the directory that it lies in. */
    if (info.filetype != APR_REG || (geteuid() != 0 && info.user != geteuid()))
        return tokex_err_create(pool, TOKEX_E_FILE, NULL, "%s: was not made by this user", path);
    return tokex_site_load(out, source, faults, pool);
}
