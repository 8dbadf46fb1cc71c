#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "args.h"
#include "ctl.h"

static const struct command_t {
    const char *name;
    int (*run)(ctl_t *ctl, int argc, const char *const *argv);
    const char *usage;
    const char *what;
} commands[] = {
    {"init", ctl_init, "init [--group GROUP]", "make an installation: databases and keys"},
    {"migrate", ctl_migrate, "migrate", "bring both databases to this version"},
    {"import", ctl_import, "import FILE|- [--dry-run]", "replace the configuration by a document"},
    {"export", ctl_export, "export [--with-secrets]", "print the configuration as a document"},
    {"key", ctl_key, "key list [--json]", "show our signing keys and what they do"},
    {"key", ctl_key, "key rotate [--now]", "publish a new key, sign with it later (or now)"},
    {"key", ctl_key, "key retire KID", "let a key sign no more; it stays published"},
    {"key", ctl_key, "key remove KID [--force]", "take a key away at once, with all its tokens"},
    {"key", ctl_key, "key schedule ALG --every DAYS", "let the server replace keys by itself"},
    {"key", ctl_key, "key prefer ALG", "sign with ALG for targets that name none"},
    {"location", ctl_location, "location list [--json]", "show what the server protects, and how"},
    {"doctor", ctl_doctor, "doctor [--user USER]", "check the installation"},
    {"demo", ctl_demo, "demo OUTDIR ISSUER_URL", "fill an empty installation for a try"},
    {"demo", ctl_demo, "demo token OUTDIR", "make a fresh subject token for it"},
    {"try", ctl_try, "try OPTIONS", "say what an exchange would come to, and why"},
    {"explain", ctl_explain, "explain [CODE]", "say what a reason code means and what to do"},
    {"schema", ctl_schema, "schema", "print the JSON Schema of the document"},
};
#define COMMAND_COUNT ((int)(sizeof commands / sizeof commands[0]))

static void print_usage(FILE *out)
{
    int i;

    fputs("Usage: tokexctl [-d DIR] [-k MASTER_KEY_FILE] COMMAND\n\n", out);
    for (i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-30s  %s\n", commands[i].usage, commands[i].what);
    fputs("\n  -d, --directory DIR    the installation; default " TOKEX_DIRECTORY "\n"
          "  -k, --master-key FILE  what seals our private keys; default DIR/master.key\n"
          "  --help, --version\n"
          "Exit code: 0 done, 1 refused or faults found, 2 wrong usage, 3 a file or database "
          "failed.\n",
          out);
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
    err = ctl_create(&ctl, directory, master, pool);
    if (err) {
        ctl.pool = pool;
        return ctl_error(&ctl, err);
    }
    return commands[i].run(&ctl, args.operand_count - 1, args.operands + 1);
}

int main(int argc, const char *const *argv)
{
    apr_pool_t *pool;
    int code;

    if (apr_initialize() != APR_SUCCESS || apr_pool_create(&pool, NULL) != APR_SUCCESS)
        return ctl_say(CTL_CANNOT, "out of memory");
    code = run(argc - 1, argv + 1, pool);
    apr_pool_destroy(pool);
    apr_terminate();
    return code;
}
