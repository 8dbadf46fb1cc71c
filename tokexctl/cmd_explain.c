#include <stdio.h>
#include <string.h>

#include "args.h"
#include "base/json.h"
#include "ctl.h"
#include "record.h"

/* The head of docs/reasons.md. */
static const char head[] =
    "# Reason codes\n"
    "\n"
    "Why something was refused, or failed, in one word each. The word stands as `code` in the "
    "audit "
    "log, in the error\n"
    "log and in the metrics; a client reads only the OAuth error and its text, which many codes "
    "share. A code keeps its\n"
    "meaning for ever. `tokexctl explain CODE` prints one of these sections; this file is what "
    "`tokexctl explain\n"
    "--markdown` prints, and a test holds it to that.\n"
    "\n"
    "The status is that of the token endpoint. A protected location answers 401 `invalid_token` "
    "where it is the token that\n"
    "is at fault, 403 where it may not pass, 503 where we could not find out; "
    "[directives.md](directives.md#protected-locations)\n"
    "has that table.\n";

/* What another code of the log file is for: it is worth a look, or ours to mend. */
static const char *level_text(tokex_level_t level)
{
    switch (level) {
    case TOKEX_LEVEL_INFO:
        return "info";
    case TOKEX_LEVEL_NOTICE:
        return "notice: a setting is probably wrong";
    case TOKEX_LEVEL_ERROR:
        break;
    }
    return "error: the server could not do its work";
}

static void print_text(const tokex_code_info_t *info)
{
    printf("%s\n", info->name);
    printf("  answer        %d %s\n", info->http_status, info->oauth_error);
    printf("  client reads  %s\n", info->client_text);
    printf("  logged as     %s\n", level_text(info->level));
    printf("  it means      %s\n", info->cause);
    printf("  what to do    %s\n", info->remedy);
}

static void print_json(const tokex_code_info_t *info, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 512);

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "code", info->name);
    tokex_jsonw_member_integer(w, "status", info->http_status);
    tokex_jsonw_member_string(w, "error", info->oauth_error);
    tokex_jsonw_member_string(w, "error_description", info->client_text);
    tokex_jsonw_member_string(w, "cause", info->cause);
    tokex_jsonw_member_string(w, "remedy", info->remedy);
    tokex_jsonw_object_end(w);
    puts(tokex_jsonw_text(w, NULL));
}

static void print_markdown(void)
{
    int i;

    fputs(head, stdout);
    for (i = 0; i < TOKEX_E_COUNT; i++) {
        const tokex_code_info_t *info = tokex_err_info((tokex_code_t)i);

        printf("\n## %s\n\n%d `%s`: \"%s\" Logged as %s.\n\n%s\n\n%s\n", info->name,
               info->http_status, info->oauth_error, info->client_text, level_text(info->level),
               info->cause, info->remedy);
    }
}

static void print_list(void)
{
    int i;

    for (i = 0; i < TOKEX_E_COUNT; i++) {
        const tokex_code_info_t *info = tokex_err_info((tokex_code_t)i);

        printf("%-26s  %d %-22s  %s\n", info->name, info->http_status, info->oauth_error,
               info->cause);
    }
}

/* Of 64 receipts one begins with a dash and is no option: behind `--` it is none for args_read().
 */
static const char *const *set_apart(int *argc, const char *const *argv, apr_pool_t *pool)
{
    const char **all = apr_palloc(pool, ((apr_size_t)*argc + 1) * sizeof(*all));
    const char *receipt = NULL;
    int i, count = 0;

    for (i = 0; i < *argc; i++) {
        if (strcmp(argv[i], "--") == 0)
            return argv;
        if (!receipt && argv[i][0] == '-' && record_is_receipt(argv[i]))
            receipt = argv[i];
        else
            all[count++] = argv[i];
    }
    if (!receipt)
        return argv;
    all[count++] = "--";
    all[count++] = receipt;
    *argc = count;
    return all;
}

int ctl_explain(ctl_t *ctl, int argc, const char *const *argv)
{
    bool json = false, markdown = false;
    const args_option_t options[] = {{0, "json", NULL, &json}, {0, "markdown", NULL, &markdown}};
    args_t args = {options, 2, NULL, 0};
    tokex_code_t code;

    argv = set_apart(&argc, argv, ctl->pool);
    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count > 1 || (markdown && (json || args.operand_count)) ||
        (json && args.operand_count == 0))
        return ctl_say(CTL_USAGE, "say: explain [CODE|RECEIPT [--json]], or explain --markdown");
    if (markdown) {
        print_markdown();
        return ctl_flush();
    }
    if (args.operand_count == 0) {
        print_list();
        return ctl_flush();
    }
    if (!tokex_err_find(&code, args.operands[0]) && record_is_receipt(args.operands[0]))
        return record_explain(ctl, args.operands[0], json);
    if (!tokex_err_find(&code, args.operands[0]))
        return ctl_say(CTL_REFUSED,
                       "%s: there is no such reason code; `tokexctl explain` lists them",
                       args.operands[0]);
    if (json)
        print_json(tokex_err_info(code), ctl->pool);
    else
        print_text(tokex_err_info(code));
    return ctl_flush();
}
