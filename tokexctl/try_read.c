#include "try_read.h"

static int refuse(tokex_world_problem_t problem, const char *server, const char *servers)
{
    if (problem == TOKEX_WORLD_SERVER_UNKNOWN)
        return ctl_say(CTL_USAGE,
                       "--server %s: no server of that name ran with this installation; "
                       "those that did: %s",
                       server ? server : "", *servers ? servers : "none");
    return ctl_say(CTL_USAGE,
                   "several servers ran with this installation; choose one with "
                   "--server: %s",
                   servers);
}

int try_world_read(tokex_world_t **out, const tokex_world_view_t *view, const ctl_t *ctl,
                   apr_pool_t *pool)
{
    tokex_faults_t *faults = tokex_config_faults_create(pool);
    tokex_world_problem_t problem = TOKEX_WORLD_READ;
    const char *servers = "";
    ctl_t here = *ctl;
    tokex_installation_t *site;
    const tokex_err_t *err;

    here.pool = pool;
    site = ctl_installation(&here);
    err = tokex_world_read(out, &problem, &servers, view, site, faults);
    if (err && faults->error_count)
        ctl_faults(&here, faults);
    if (err)
        return ctl_error(&here, err);
    return problem == TOKEX_WORLD_READ ? CTL_DONE : refuse(problem, view->server, servers);
}
