#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "account.h"
#include "args.h"
#include "base/json.h"
#include "change.h"
#include "base/moment.h"
#include "store/account_edit.h"
#include "store/account_store.h"
#include "table.h"
#include "way.h"

#define MOST_DEFAULT 50
#define MOST_LIMIT 100000

/* ---- What they share */

int account_unknown(const char *name)
{
    return ctl_say(CTL_REFUSED,
                   "account \"%s\": there is no such account; see tokexctl account list", name);
}

static const tokex_err_t *open_state(tokex_db_t **db, const ctl_t *ctl, tokex_db_mode_t mode)
{
    return tokex_db_open(db, ctl->state_path, TOKEX_DB_STATE, mode, false, ctl->pool);
}

/* ---- Looking */

static const char *join_roles(const tokex_account_t *account, apr_pool_t *pool)
{
    const char *text = "";
    int i;

    for (i = 0; i < account->roles.count; i++)
        text = apr_pstrcat(pool, text, i ? "," : "", account->roles.items[i], NULL);
    return text;
}

static const char *state_of(const tokex_account_t *account, const ctl_t *ctl)
{
    if (!account->active)
        return "off";
    if (account->locked_until > ctl->now)
        return apr_pstrcat(ctl->pool, "locked until ",
                           tokex_moment_text(account->locked_until, ctl->pool), NULL);
    return "on";
}

static void print_table(const tokex_account_t *accounts, int count, const ctl_t *ctl)
{
    static const char *const headings[] = {"username", "email",      "mobile",
                                           "state",    "privileged", "roles"};
    table_t *table = table_with(headings, sizeof headings / sizeof headings[0], ctl->pool);
    int i;

    for (i = 0; i < count; i++) {
        table_row(table);
        table_cell(table, accounts[i].username);
        table_cell(table, accounts[i].email);
        table_cell(table, accounts[i].mobile);
        table_cell(table, state_of(&accounts[i], ctl));
        table_cell(table, accounts[i].privileged ? "yes" : NULL);
        table_cell(table, join_roles(&accounts[i], ctl->pool));
    }
    table_print(table, stdout);
}

static void print_json(const tokex_account_t *accounts, int count, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 4096);
    int i;

    tokex_jsonw_pretty(w);
    tokex_jsonw_array_begin(w);
    for (i = 0; i < count; i++)
        tokex_account_write(w, &accounts[i]);
    tokex_jsonw_array_end(w);
    puts(tokex_jsonw_text(w, NULL));
}

static int list(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *after = NULL, *limit = NULL;
    bool json = false;
    const args_option_t options[] = {
        {0, "after", &after, NULL}, {0, "limit", &limit, NULL}, {0, "json", NULL, &json}};
    args_t args = {options, 3, NULL, 0};
    const tokex_account_t *accounts;
    apr_int64_t most = MOST_DEFAULT;
    const tokex_err_t *err;
    tokex_db_t *db;
    char *end = NULL;
    int count;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (limit)
        most = apr_strtoi64(limit, &end, 10);
    if (args.operand_count || (end && *end) || most < 1 || most > MOST_LIMIT)
        return ctl_say(CTL_USAGE, "say: account list [--after USERNAME] [--limit N] [--json], N no "
                                  "more than 100000");
    err = open_state(&db, ctl, TOKEX_DB_READ);
    if (!err)
        err = tokex_account_store_list(&accounts, &count, db, after ? after : "", (int)most,
                                       ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    if (json)
        print_json(accounts, count, ctl->pool);
    else
        print_table(accounts, count, ctl);
    return ctl_flush();
}

static void print_line(const char *name, const char *value, const ctl_t *ctl)
{
    printf("%-14s %s\n", name, value && *value ? way_text(value, ctl->pool) : "-");
}

static void print_account(const tokex_account_t *account, const ctl_t *ctl)
{
    int i;

    print_line("id", account->id, ctl);
    print_line("username", account->username, ctl);
    print_line("email", account->email, ctl);
    print_line("mobile", account->mobile, ctl);
    print_line("state", state_of(account, ctl), ctl);
    print_line("privileged", account->privileged ? "yes" : "no", ctl);
    print_line("created", tokex_moment_text(account->created, ctl->pool), ctl);
    print_line("roles", join_roles(account, ctl->pool), ctl);
    for (i = 0; i < account->attribute_count; i++)
        print_line(apr_pstrcat(ctl->pool, account->attributes[i].unique ? "unique." : "attribute.",
                               way_text(account->attributes[i].name, ctl->pool), NULL),
                   account->attributes[i].value, ctl);
}

static int show(ctl_t *ctl, int argc, const char *const *argv)
{
    bool json = false;
    const args_option_t options[] = {{0, "json", NULL, &json}};
    args_t args = {options, 1, NULL, 0};
    const tokex_account_t *account;
    const tokex_err_t *err;
    tokex_jsonw_t *w = tokex_jsonw_create(ctl->pool, 1024);
    tokex_db_t *db;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: account show USERNAME|ID [--json]");
    err = open_state(&db, ctl, TOKEX_DB_READ);
    if (!err)
        err = tokex_account_store_named(&account, db, args.operands[0], ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    if (!account)
        return account_unknown(args.operands[0]);
    if (json) {
        tokex_jsonw_pretty(w);
        tokex_account_write(w, account);
        puts(tokex_jsonw_text(w, NULL));
    } else {
        print_account(account, ctl);
    }
    return ctl_flush();
}

/* ---- Changing */

/* MEMBER=VALUE, MEMBER=, roles+=ROLE, roles-=ROLE. */
static bool set_member(tokex_account_draft_t *draft, const char *word)
{
    const char *equals = strchr(word, '=');
    const char *member, *problem;
    char sign = equals && equals > word ? equals[-1] : '=';
    bool signs = sign == '+' || sign == '-';

    if (!equals || equals == word) {
        (void)ctl_say(CTL_USAGE, "%s: write MEMBER=VALUE", word);
        return false;
    }
    member = apr_pstrmemdup(draft->pool, word, (apr_size_t)(equals - word) - (signs ? 1 : 0));
    if (signs && strcmp(member, TOKEX_ACCOUNT_ROLES) == 0)
        problem = tokex_account_draft_role(draft, equals + 1, sign == '+');
    else if (signs)
        problem = "only roles are a list";
    else
        problem = tokex_account_draft_set(draft, member, equals + 1);
    if (problem)
        (void)ctl_say(CTL_REFUSED, "%s: %s", member, problem);
    return !problem;
}

static bool set_members(tokex_account_draft_t *draft, const args_t *args)
{
    int i;

    for (i = 1; i < args->operand_count; i++)
        if (!set_member(draft, args->operands[i]))
            return false;
    return true;
}

static int taken_by_another(const char *taken)
{
    return ctl_say(CTL_REFUSED, "%s: another account has this already; nothing was changed", taken);
}

static int end_change(const ctl_t *ctl, tokex_db_t *db, const tokex_err_t *err, const char *taken,
                      const char *what)
{
    if (err) {
        tokex_db_rollback(db);
        return ctl_error(ctl, err);
    }
    if (taken)
        return taken_by_another(taken);
    puts(what);
    return ctl_flush();
}

static int add(ctl_t *ctl, int argc, const char *const *argv)
{
    args_t args = {NULL, 0, NULL, 0};
    tokex_account_draft_t draft;
    const tokex_err_t *err;
    const char *taken = NULL, *problem;
    tokex_db_t *db;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count < 1)
        return ctl_say(CTL_USAGE, "say: account add USERNAME MEMBER=VALUE ...");
    err = tokex_account_draft_new(&draft, NULL, ctl->now, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    problem = tokex_account_draft_set(&draft, TOKEX_ACCOUNT_USERNAME, args.operands[0]);
    if (problem)
        return ctl_say(CTL_REFUSED, "username: %s", problem);
    if (!set_members(&draft, &args))
        return CTL_REFUSED;
    err = open_state(&db, ctl, TOKEX_DB_WRITE);
    if (err)
        return ctl_error(ctl, err);
    err = tokex_db_begin(db, true, ctl->pool);
    if (!err)
        err =
            tokex_account_edit_save(&taken, db, tokex_account_draft_made(&draft), true, ctl->pool);
    return end_change(ctl, db, err, taken,
                      apr_psprintf(ctl->pool, "added account \"%s\" (%s)",
                                   way_text(draft.account.username, ctl->pool), draft.account.id));
}

/* The account as it is in the transaction that changes it. */
static const tokex_err_t *begin_with(const tokex_account_t **account, tokex_db_t **db,
                                     const ctl_t *ctl, const char *name)
{
    TOKEX_RETURN_ERR(open_state(db, ctl, TOKEX_DB_WRITE));
    TOKEX_RETURN_ERR(tokex_db_begin(*db, true, ctl->pool));
    return tokex_account_store_named(account, *db, name, ctl->pool);
}

static int set(ctl_t *ctl, int argc, const char *const *argv)
{
    args_t args = {NULL, 0, NULL, 0};
    const tokex_account_t *account;
    tokex_account_draft_t draft;
    const tokex_err_t *err;
    const char *taken = NULL;
    tokex_db_t *db;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count < 2)
        return ctl_say(CTL_USAGE, "say: account set USERNAME|ID MEMBER=VALUE | MEMBER= | "
                                  "roles+=ROLE | roles-=ROLE ...");
    err = begin_with(&account, &db, ctl, args.operands[0]);
    if (err)
        return ctl_error(ctl, err);
    if (!account)
        return account_unknown(args.operands[0]);
    tokex_account_draft_of(&draft, account, ctl->now, ctl->pool);
    if (!set_members(&draft, &args))
        return CTL_REFUSED;
    err = tokex_account_edit_save(&taken, db, tokex_account_draft_made(&draft), false, ctl->pool);
    return end_change(ctl, db, err, taken,
                      apr_psprintf(ctl->pool, "changed account \"%s\"",
                                   way_text(draft.account.username, ctl->pool)));
}

static int remove_one(ctl_t *ctl, int argc, const char *const *argv)
{
    change_options_t o = {0};
    const change_t asked = {.options = &o};
    const args_option_t options[] = {CHANGE_YES(&o)};
    args_t args = {options, 1, NULL, 0};
    const tokex_account_t *account;
    const tokex_err_t *err;
    const char *name;
    tokex_db_t *db;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: account remove USERNAME|ID [--yes]");
    if (change_asks(&asked) &&
        !change_confirmed(apr_psprintf(ctl->pool, "Remove account \"%s\" with its links?",
                                       way_text(args.operands[0], ctl->pool))))
        return ctl_say(CTL_REFUSED, "nothing was changed");
    err = begin_with(&account, &db, ctl, args.operands[0]);
    if (err)
        return ctl_error(ctl, err);
    if (!account)
        return account_unknown(args.operands[0]);
    name = way_text(account->username, ctl->pool);
    err = tokex_account_edit_drop(db, account->id, ctl->pool);
    return end_change(ctl, db, err, NULL, apr_psprintf(ctl->pool, "removed account \"%s\"", name));
}

int ctl_account(ctl_t *ctl, int argc, const char *const *argv)
{
    static const struct {
        const char *name;
        int (*run)(ctl_t *ctl, int argc, const char *const *argv);
    } verbs[] = {{"list", list}, {"show", show},         {"add", add},
                 {"set", set},   {"remove", remove_one}, {"import", account_import}};
    size_t i;

    for (i = 0; argc > 0 && i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, argv[0]) == 0)
            return verbs[i].run(ctl, argc - 1, argv + 1);
    return ctl_say(CTL_USAGE, "say: account list, show, add, set, remove or import");
}
