#include "import.h"

#include "policy/normalise.h"
#include "store/config_store.h"

/* What stands between reading and saving. */
typedef struct work_t {
    tokex_db_t *db;
    const tokex_config_t *present;
    int64_t generation;
    tokex_faults_t *faults;
    apr_array_header_t *made;
    const tokex_config_t *config;
} work_t;

static const tokex_err_t *judge(work_t *work, const import_t *import, const ctl_t *ctl)
{
    apr_pool_t *pool = ctl->pool;
    tokex_document_given_t given = {false, false};
    const tokex_err_t *err = tokex_document_read(&work->config, &given, import->text, import->len,
                                                 work->faults, pool, pool);

    /* What is wrong with its form must not hide what is wrong with its meaning. */
    if (err && err->code != TOKEX_E_DOCUMENT)
        return err;
    TOKEX_RETURN_ERR(resolve_config(&work->config, work->config, work->present, &given, work->made,
                                    work->faults, ctl));
    work->config =
        tokex_normalise_config(work->config, ctl->now, ctl->crypt, work->faults, pool, pool);
    return ctl_compile(ctl, work->config, work->faults);
}

int import_document(import_t *import, const ctl_t *ctl)
{
    work_t work = {.faults = tokex_config_faults_create(ctl->pool),
                   .made = apr_array_make(ctl->pool, 4, sizeof(resolve_made_t))};
    const tokex_err_t *err = ctl_load(&work.db, &work.present, &work.generation, ctl,
                                      import->dry_run ? TOKEX_DB_READ : TOKEX_DB_WRITE);

    if (!err)
        err = judge(&work, import, ctl);
    ctl_faults(ctl, work.faults);
    if (err && err->code == TOKEX_E_DOCUMENT)
        return ctl_say(CTL_REFUSED, "%d fault%s; nothing was changed", work.faults->error_count,
                       work.faults->error_count == 1 ? "" : "s");
    if (!err && !import->dry_run)
        err = tokex_config_store_save(work.db, work.config, work.generation, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    if (import->dry_run)
        work.made->nelts = 0;
    import->config = work.config;
    import->made = work.made;
    return CTL_DONE;
}
