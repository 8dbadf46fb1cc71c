#include <stdio.h>

#include "args.h"
#include "base/limits.h"
#include "ctl.h"
#include "file.h"
#include "import.h"
#include "way.h"

static void print_made(const import_t *import)
{
    int i;

    for (i = 0; i < import->made->nelts; i++) {
        const tokex_edit_secret_t *made = &APR_ARRAY_IDX(import->made, i, tokex_edit_secret_t);

        printf("client %s secret %s: %s\n", made->client, made->id, made->value);
    }
}

static void print_counts(const char *done, const tokex_config_t *config)
{
    printf("%s: issuers %d, mappings %d, scopes %d, targets %d, clients %d, signing keys %d\n",
           done, config->issuer_count, config->mapping_count, config->scope_count,
           config->target_count, config->client_count, config->signing_key_count);
}

int ctl_import(ctl_t *ctl, int argc, const char *const *argv)
{
    import_t import = {0};
    const args_option_t options[] = {{0, "dry-run", NULL, &import.dry_run},
                                     {0, "reason", &import.reason, NULL}};
    args_t args = {options, 2, NULL, 0};
    const tokex_err_t *err;
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: import FILE [--dry-run] [--reason TEXT]; - is standard "
                                  "input");
    err = file_read(&import.text, &import.len, args.operands[0], TOKEX_LIMIT_DOCUMENT, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    code = import_document(&import, ctl);
    if (code)
        return code;
    print_made(&import);
    if (import.dry_run)
        err = way_print(stdout, (const tokex_change_object_t *)import.differing->elts,
                        import.differing->nelts, false, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    print_counts(import.dry_run ? "no fault, nothing was changed" : "imported", import.config);
    if (import.number)
        printf("change %" APR_INT64_T_FMT "\n", (apr_int64_t)import.number);
    return ctl_flush();
}
