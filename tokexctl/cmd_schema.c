#include <stdio.h>

#include "args.h"
#include "config/document.h"
#include "ctl.h"

int ctl_schema(ctl_t *ctl, int argc, const char *const *argv)
{
    args_t args = {NULL, 0, NULL, 0};
    apr_size_t len;
    const char *text;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count)
        return ctl_say(CTL_USAGE, "schema takes no operand");
    text = tokex_document_schema(&len, ctl->pool);
    fwrite(text, 1, len, stdout);
    return ctl_flush();
}
