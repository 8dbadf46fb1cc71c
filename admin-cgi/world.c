#include "world.h"

#include <apr_strings.h>

#include "save.h"

/* A draft is wrong where what stands there alone is not. */
static const tokex_err_t *say_fault(const char **draft, admin_t *a, const tokex_faults_t *faults,
                                    bool drafted)
{
    int i;

    for (i = 0; drafted && draft && i < faults->count && !*draft; i++)
        if (!faults->items[i].warning)
            *draft = tokex_config_fault_text(&faults->items[i], a->pool);
    if (draft && *draft)
        return NULL;
    return admin_refuse(a, 500,
                        "The configuration as it stands has a fault, so servers do not "
                        "serve it: `tokexctl doctor` says which.");
}

const tokex_err_t *admin_world_read(tokex_world_t **out, const char **draft, admin_t *a,
                                    const tokex_world_view_t *view)
{
    const tokex_installation_t site = admin_installation(a);
    tokex_faults_t *faults = tokex_config_faults_create(a->pool);
    tokex_world_problem_t problem = TOKEX_WORLD_READ;
    tokex_world_t *world = NULL;
    const char *servers = "";
    const tokex_err_t *err = tokex_world_read(&world, &problem, &servers, view, &site, faults);

    *out = NULL;
    if (err && err->code == TOKEX_E_JSON && view->draft && draft) {
        *draft =
            apr_pstrcat(a->pool, "this is no JSON object: ", tokex_err_text(err, a->pool), NULL);
        return NULL;
    }
    if (err && faults->error_count)
        return say_fault(draft, a, faults, view->draft != NULL);
    if (err)
        return err;
    if (problem != TOKEX_WORLD_READ)
        return admin_refuse(a, 400, "No server of that name ran with this installation.");
    *out = world;
    return NULL;
}
