#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "edit/edit.h"
#include "file.h"
#include "object.h"
#include "procedure/sandbox.h"

static int tell(const ctl_t *ctl, const char *name, const char *source)
{
    const char *problem = tokex_sandbox_compile(NULL, name, source, ctl->pool);

    if (problem)
        return ctl_say(CTL_REFUSED, "%s: %s", name, problem);
    printf("%s compiles\n", name);
    return ctl_flush();
}

int procedure_check(ctl_t *ctl, const tokex_object_desc_t *desc, int argc, const char *const *argv)
{
    args_t args = {NULL, 0, NULL, 0};
    const tokex_err_t *err;
    const char *source;
    apr_size_t len;

    (void)desc;
    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: procedure check FILE|-");
    err = file_read(&source, &len, args.operands[0], TOKEX_LIMIT_PROCEDURE, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    return tell(ctl, args.operands[0], source);
}

int procedure_compile(ctl_t *ctl, const tokex_object_desc_t *desc, int argc,
                      const char *const *argv)
{
    args_t args = {NULL, 0, NULL, 0};
    change_t change = {.ctl = ctl, .desc = desc};
    const tokex_json_t *object;
    const tokex_err_t *err;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: procedure compile ID");
    change.id = args.operands[0];
    err = object_read(&change.present, &change.revision, ctl, desc, change.id);
    if (!err && change.present)
        err = tokex_json_parse_object(&object, change.present, strlen(change.present), ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    if (!change.present)
        return change_missing(&change);
    return tell(ctl, change.id, tokex_json_string(tokex_json_get(object, "source")));
}
