#include "edit/edit_private.h"

#include <apr_hash.h>

/* What is said of a configuration as it stands. */
static const tokex_err_t *read_present(apr_hash_t **out, const tokex_edit_run_t *run,
                                       const tokex_config_t *present)
{
    tokex_faults_t *faults = tokex_config_faults_create(run->pool);
    const tokex_err_t *err = run->way->judge(run->way->judge_ctx, present, faults, run->pool);
    int i;

    *out = apr_hash_make(run->pool);
    for (i = 0; i < faults->count; i++)
        apr_hash_set(*out, tokex_config_fault_text(&faults->items[i], run->pool),
                     APR_HASH_KEY_STRING, "");
    return err && err->code != TOKEX_E_DOCUMENT ? err : NULL;
}

/* An error that was there before stays worth saying; it is mended by another change. */
static void keep(const tokex_edit_run_t *run, const tokex_faults_t *found, apr_hash_t *known)
{
    int i;

    for (i = 0; i < found->count; i++) {
        tokex_fault_t fault = found->items[i];

        if (known &&
            apr_hash_get(known, tokex_config_fault_text(&fault, run->pool), APR_HASH_KEY_STRING)) {
            if (fault.warning)
                continue;
            fault.warning = true;
        }
        tokex_config_fault_add(run->faults, &fault);
    }
}

const tokex_err_t *tokex_edit_judge(const tokex_edit_run_t *run, const tokex_config_t *wanted,
                                    const tokex_config_t *present)
{
    tokex_faults_t *found = tokex_config_faults_create(run->faults->pool);
    apr_hash_t *known = NULL;
    const tokex_err_t *err;

    if (!run->way->judge)
        return NULL;
    /* What is wrong with the form of a value is not said again. */
    found->settled = run->faults->settled;
    err = run->way->judge(run->way->judge_ctx, wanted, found, run->pool);
    if (err && err->code != TOKEX_E_DOCUMENT)
        return err;
    if (found->count && present)
        TOKEX_RETURN_ERR(read_present(&known, run, present));
    keep(run, found, known);
    return NULL;
}
