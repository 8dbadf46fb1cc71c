#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_allocator.h>
#include <apr_general.h>

#include "args.h"
#include "ctl.h"

#define DOCUMENT "replace the configuration by a document, or print it"
#define OBJECTS "list, show, change them"
#define ACCOUNTS "local accounts, and whose they are: list, change, import them"
#define HISTORY "show who changed what, when and why; take a change back"

/* The forms of a command, a line each. */
static const char *const object_forms[] = {
    "list [--filter WORD] [--enabled | --disabled]",
    "     [--sort FIELD] [--page N] [--per-page N] [--json]",
    "show ID [--json]",
    "add ID MEMBER=VALUE ...  (or ID --json FILE)",
    "set ID MEMBER=VALUE | MEMBER= | MEMBER+=VALUE | MEMBER-=VALUE ...",
    "set ID --json FILE",
    "remove ID [--yes]",
    NULL};
static const char *const client_forms[] = {"rotate ID [--expires-in DAYS] [--drop-old]",
                                           "secret remove ID SECRET [--yes]", NULL};
static const char *const issuer_forms[] = {"add --from-token FILE|- [--apply ID]",
                                           "test ID | --url ISSUER_URL [--json]", "refresh ID",
                                           NULL};
static const char *const row_forms[] = {
    "row list MAPPING [--json]", "row show MAPPING CLAIM [--json]",
    "row add | set MAPPING CLAIM MEMBER=VALUE ...  (or --json FILE)",
    "row remove MAPPING CLAIM [--yes]", NULL};
static const char *const procedure_forms[] = {"check FILE|-", "compile ID", NULL};
static const char *const rule_forms[] = {
    "list CLIENT [--json]",
    "show CLIENT RULE [--json]",
    "add CLIENT RULE MEMBER=VALUE ... [--before RULE]",
    "set CLIENT RULE MEMBER=VALUE | MEMBER= | MEMBER+=VALUE | MEMBER-=VALUE ...",
    "add | set CLIENT RULE --json FILE",
    "move CLIENT RULE --before RULE | --last",
    "remove CLIENT RULE [--yes]",
    NULL};
static const char *const key_forms[] = {"list [--json]",
                                        "show KID [--json]",
                                        "rotate [--algorithm ALG] [--after SECONDS | --now]",
                                        "activate KID",
                                        "retire KID",
                                        "remove KID [--force]",
                                        "schedule ALG --every DAYS [--ahead HOURS]",
                                        "schedule ALG --off",
                                        "prefer ALG",
                                        " all but list and show: [--reason TEXT]",
                                        NULL};
static const char *const init_forms[] = {"[--group GROUP]", NULL};
static const char *const no_forms[] = {"", NULL};
static const char *const import_forms[] = {"FILE|- [--dry-run] [--reason TEXT]", NULL};
static const char *const export_forms[] = {"[--with-secrets] [NOUN|NOUN/ID ...]", NULL};
static const char *const history_forms[] = {"[--object NOUN/ID] [--limit N] [--json]",
                                            "show N [--json]", NULL};
static const char *const restore_forms[] = {"N [--force] [--reason TEXT]", NULL};
static const char *const location_forms[] = {"list [--json]", NULL};
static const char *const account_forms[] = {
    "list [--after USERNAME] [--limit N] [--json]",
    "show USERNAME|ID [--json]",
    "add USERNAME MEMBER=VALUE ...",
    "set USERNAME|ID MEMBER=VALUE | MEMBER= | roles+=ROLE | roles-=ROLE ...",
    "remove USERNAME|ID [--yes]",
    "import FILE|- [--dry-run]",
    NULL};
static const char *const link_forms[] = {"list [--account USERNAME|ID] [--limit N]",
                                         "     [--removed] [--json]", "add ISSUER SUB USERNAME|ID",
                                         "remove ISSUER SUB --reason TEXT", NULL};
static const char *const doctor_forms[] = {"[--user USER]", NULL};
static const char *const backup_forms[] = {"DIRECTORY", NULL};
static const char *const demo_forms[] = {"OUTDIR ISSUER_URL", "token OUTDIR", NULL};
static const char *const try_forms[] = {
    "--client ID --subject-token FILE|- [--client-secret-file FILE]",
    "    (or --assertion FILE|- for --subject-token)",
    "    [--subject-token-type T] [--actor-token FILE] [--actor-token-type T]",
    "    [--audience A] ... [--resource R] ... [--scope S]",
    "    [--requested-token-type T] [--param NAME=VALUE] ...",
    "    [--as-of TIME] [--draft FILE] [--server NAME] [--json]",
    "--location NAME [--subject-token FILE|-] [--as-of TIME] [--draft FILE]",
    "--batch",
    NULL};
static const char *const token_forms[] = {
    "show -|@FILE|TOKEN [--server NAME] [--json]",
    "revoke -|@FILE|TOKEN [--server NAME] [--reason TEXT]",
    "revoke --jti JTI [--issuer ID] [--reason TEXT]",
    "revoke --subject ISSUER_ID SUB | --client ID | --issuer ID [--reason TEXT]",
    "list [--json]",
    "tree JTI --audit-log FILE|- [--issuer ID]",
    NULL};
static const char *const activity_forms[] = {
    "[--since TIME|AGO] [--until TIME|AGO] [--outcome granted|refused]",
    "[--code CODE] [--client ID] [--issuer ID] [--target ID] [--subject S]",
    "[--location NAME] [--limit N] [--follow] [--json]", NULL};
static const char *const explain_forms[] = {"[CODE | RECEIPT] [--json]", "--markdown", NULL};

/* What stands behind the forms of a command that changes something. */
static const char changing[] =
    "\nWhat changes something takes --reason TEXT and --dry-run, and set --revision N too.\n"
    "Members are those of docs/configuration.md. A list is written with commas, or as\n"
    "JSON; @FILE stands for what is in a file.\n";

static const struct command_t {
    const char *name;
    int (*run)(ctl_t *ctl, int argc, const char *const *argv);
    const char *what; /* commands one behind the other with the same words share a line */
    const char *const *forms;
    const char *const *more_forms; /* or NULL */
    bool changes;                  /* objects, by edit/ */
} commands[] = {
    {"init", ctl_init, "make an installation: databases and keys", init_forms, NULL, false},
    {"migrate", ctl_migrate, "bring both databases to this version", no_forms, NULL, false},
    {"import", ctl_import, DOCUMENT, import_forms, NULL, false},
    {"export", ctl_export, DOCUMENT, export_forms, NULL, false},
    {"issuer", ctl_issuer, OBJECTS, object_forms, issuer_forms, true},
    {"client", ctl_client, OBJECTS, object_forms, client_forms, true},
    {"target", ctl_target, OBJECTS, object_forms, NULL, true},
    {"scope", ctl_scope, OBJECTS, object_forms, NULL, true},
    {"mapping", ctl_mapping, OBJECTS, object_forms, row_forms, true},
    {"procedure", ctl_procedure, OBJECTS, object_forms, procedure_forms, true},
    {"rule", ctl_rule, "the rules of a client: list, change, move them", rule_forms, NULL, true},
    {"key", ctl_key, "our signing keys: list, replace, retire, remove them", key_forms, NULL,
     false},
    {"history", ctl_history, HISTORY, history_forms, NULL, false},
    {"restore", ctl_restore, HISTORY, restore_forms, NULL, false},
    {"location", ctl_location, "show what the server protects, and how", location_forms, NULL,
     false},
    {"account", ctl_account, ACCOUNTS, account_forms, NULL, false},
    {"link", ctl_link, ACCOUNTS, link_forms, NULL, false},
    {"doctor", ctl_doctor, "check the installation", doctor_forms, NULL, false},
    {"backup", ctl_backup, "copy both databases while the server runs", backup_forms, NULL, false},
    {"demo", ctl_demo, "fill an empty installation for a try", demo_forms, NULL, false},
    {"try", ctl_try, "say what an exchange would come to, and why", try_forms, NULL, false},
    {"token", ctl_token, "show tokens, take them back, see what came of them", token_forms, NULL,
     false},
    {"activity", ctl_activity, "show what was decided lately", activity_forms, NULL, false},
    {"explain", ctl_explain, "say what a reason code means, or why it was decided so",
     explain_forms, NULL, false},
    {"schema", ctl_schema, "print the JSON Schema of the document", no_forms, NULL, false},
};
#define COMMAND_COUNT ((int)(sizeof commands / sizeof commands[0]))

static void print_usage(FILE *out)
{
    int i, width;

    fputs("Usage: tokexctl [-d DIR] [-k MASTER_KEY_FILE] COMMAND ...\n\n", out);
    for (i = 0; i < COMMAND_COUNT; i++) {
        width = fprintf(out, "  %s", commands[i].name);
        while (i + 1 < COMMAND_COUNT && strcmp(commands[i].what, commands[i + 1].what) == 0)
            width += fprintf(out, ", %s", commands[++i].name);
        fprintf(out, "%*s  %s\n", width < 10 ? 10 - width : 0, "", commands[i].what);
    }
    fputs(
        "\nThe forms of each: tokexctl COMMAND --help. Installation: -d, default\n" TOKEX_DIRECTORY
        "; what seals its private keys: -k, default DIR/master.key.\n"
        "Exit code: 0 done, 1 refused or faults found, 2 wrong usage, 3 a file or\n"
        "database failed. --version\n",
        out);
}

/* A form that begins with a blank goes on with the one before it. */
static void print_list(const char *name, const char *const *forms)
{
    for (; forms && *forms; forms++)
        printf("  %*s %s\n", (int)strlen(name), **forms == ' ' ? "" : name, *forms);
}

static void print_forms(const struct command_t *command)
{
    printf("tokexctl %s: %s\n\n", command->name, command->what);
    print_list(command->name, command->forms);
    print_list(command->name, command->more_forms);
    if (command->changes)
        fputs(changing, stdout);
}

/* Does somebody ask for the forms, before a word that is `--`? */
static bool asks_help(const args_t *args)
{
    int i;

    for (i = 1; i < args->operand_count && strcmp(args->operands[i], "--") != 0; i++)
        if (strcmp(args->operands[i], "--help") == 0)
            return true;
    return false;
}

static int run(int argc, const char *const *argv, apr_pool_t *pool)
{
    const char *directory = NULL, *master = NULL;
    bool help = false, version = false;
    const args_option_t options[] = {
        {'d', "directory", &directory, NULL},
        {'k', "master-key", &master, NULL},
        {'h', "help", NULL, &help},
        {'V', "version", NULL, &version},
    };
    args_t args = {options, 4, NULL, 0};
    const tokex_err_t *err;
    ctl_t ctl;
    int i;

    if (!args_read(&args, true, argc, argv, pool))
        return CTL_USAGE;
    if (help) {
        print_usage(stdout);
        return ctl_flush();
    }
    if (version) {
        puts("tokexctl " TOKEX_VERSION);
        return ctl_flush();
    }
    if (args.operand_count == 0) {
        print_usage(stderr);
        return CTL_USAGE;
    }
    for (i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, args.operands[0]) == 0)
            break;
    if (i == COMMAND_COUNT)
        return ctl_say(CTL_USAGE, "%s: there is no such command; see tokexctl --help",
                       args.operands[0]);
    if (asks_help(&args)) {
        print_forms(&commands[i]);
        return ctl_flush();
    }
    err = ctl_create(&ctl, directory, master, pool);
    if (err) {
        ctl.pool = pool;
        return ctl_error(&ctl, err);
    }
    return commands[i].run(&ctl, args.operand_count - 1, args.operands + 1);
}

/* Its memory goes with the process: to give it back piece by piece costs a tenth of what a command
 * with ten thousand clients takes. */
static bool make_pool(apr_pool_t **pool)
{
    apr_allocator_t *allocator;

    return apr_initialize() == APR_SUCCESS && apr_allocator_create(&allocator) == APR_SUCCESS &&
           apr_pool_create_unmanaged_ex(pool, NULL, allocator) == APR_SUCCESS;
}

int main(int argc, const char *const *argv)
{
    apr_pool_t *pool;
    int code;

    if (!make_pool(&pool))
        return ctl_say(CTL_CANNOT, "out of memory");
    code = run(argc - 1, argv + 1, pool);
    apr_pool_destroy(pool);
    apr_terminate();
    return code;
}
