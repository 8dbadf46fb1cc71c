#include <stdio.h>

#include "args.h"
#include "config/document.h"
#include "ctl.h"

int ctl_export(ctl_t *ctl, int argc, const char *const *argv)
{
    bool secrets = false;
    const args_option_t options[] = {{0, "with-secrets", NULL, &secrets}};
    args_t args = {options, 1, NULL, 0};
    const tokex_config_t *config;
    const tokex_err_t *err;
    tokex_db_t *db;
    const char *text;
    apr_size_t len;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count)
        return ctl_say(CTL_USAGE, "export takes no operand; it prints on standard output");
    err = ctl_load(&db, &config, NULL, ctl, TOKEX_DB_READ);
    if (err)
        return ctl_error(ctl, err);
    text = tokex_document_write(config, secrets, &len, ctl->pool);
    fwrite(text, 1, len, stdout);
    return ctl_flush();
}
