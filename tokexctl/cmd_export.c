#include <stdio.h>
#include <string.h>

#include "args.h"
#include "config/document.h"
#include "ctl.h"

/* What is named on the command line. NULL: there is no such thing, and it was said. */
static tokex_document_choice_t *read_choices(const args_t *args, const ctl_t *ctl)
{
    tokex_document_choice_t *choices =
        apr_pcalloc(ctl->pool, (apr_size_t)(args->operand_count + 1) * sizeof(*choices));
    int i;

    for (i = 0; i < args->operand_count; i++) {
        if (tokex_document_choice_read(&choices[i], args->operands[i], ctl->pool))
            continue;
        ctl_say(CTL_USAGE,
                "export %s: there are no such objects. Write NOUN or NOUN/ID; nouns are %s",
                args->operands[i], tokex_document_nouns(ctl->pool));
        return NULL;
    }
    return choices;
}

static int print_some(const ctl_t *ctl, const tokex_config_t *config, bool secrets,
                      tokex_document_choice_t *choices, int count)
{
    const char *text = tokex_document_write_some(config, secrets, choices, count, ctl->pool);
    int i;

    for (i = 0; i < count; i++)
        if (choices[i].id && !choices[i].found)
            return ctl_say(CTL_REFUSED, "there is no %s \"%s\"", choices[i].noun, choices[i].id);
    fputs(text, stdout);
    return ctl_flush();
}

int ctl_export(ctl_t *ctl, int argc, const char *const *argv)
{
    bool secrets = false;
    const args_option_t options[] = {{0, "with-secrets", NULL, &secrets}};
    args_t args = {options, 1, NULL, 0};
    tokex_document_choice_t *choices;
    const tokex_config_t *config;
    const tokex_err_t *err;
    tokex_db_t *db;
    const char *text;
    apr_size_t len;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    choices = read_choices(&args, ctl);
    if (!choices)
        return CTL_USAGE;
    err = ctl_load(&db, &config, NULL, ctl, TOKEX_DB_READ);
    if (err)
        return ctl_error(ctl, err);
    if (args.operand_count)
        return print_some(ctl, config, secrets, choices, args.operand_count);
    text = tokex_document_write(config, secrets, &len, ctl->pool);
    fwrite(text, 1, len, stdout);
    return ctl_flush();
}
