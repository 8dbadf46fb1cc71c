#include <stdio.h>

#include "args.h"
#include "ctl.h"

static const tokex_err_t *migrate(const ctl_t *ctl, const char *path, tokex_db_kind_t kind)
{
    tokex_db_t *db;
    int applied, version;

    TOKEX_RETURN_ERR(tokex_db_open(&db, path, kind, TOKEX_DB_WRITE, true, ctl->pool));
    TOKEX_RETURN_ERR(tokex_db_migrate(&applied, db, ctl->now, ctl->pool));
    TOKEX_RETURN_ERR(tokex_db_schema_version(&version, db, ctl->pool));
    if (applied)
        printf("%s: schema %d, %d migration%s applied\n", path, version, applied,
               applied == 1 ? "" : "s");
    else
        printf("%s: schema %d, nothing to do\n", path, version);
    return NULL;
}

int ctl_migrate(ctl_t *ctl, int argc, const char *const *argv)
{
    args_t args = {NULL, 0, NULL, 0};
    const tokex_err_t *config, *state;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count)
        return ctl_say(CTL_USAGE, "migrate takes no operand");
    /* One that fails does not keep the other at its old version. */
    config = migrate(ctl, ctl->config_path, TOKEX_DB_CONFIG);
    if (config)
        ctl_error(ctl, config);
    state = migrate(ctl, ctl->state_path, TOKEX_DB_STATE);
    if (state)
        ctl_error(ctl, state);
    return config || state ? CTL_CANNOT : ctl_flush();
}
