#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "account.h"
#include "args.h"
#include "base/json.h"
#include "base/moment.h"
#include "edit/link.h"
#include "store/account_links.h"
#include "table.h"
#include "way.h"

#define MOST_DEFAULT 50
#define MOST_LIMIT 100000

/* ---- Looking */

static void print_links(const tokex_account_link_t *links, int count, const ctl_t *ctl)
{
    static const char *const headings[] = {"issuer", "sub", "account", "made", "how", "who"};
    table_t *table = table_with(headings, sizeof headings / sizeof headings[0], ctl->pool);
    int i;

    for (i = 0; i < count; i++) {
        table_row(table);
        table_cell(table, links[i].issuer);
        table_cell(table, links[i].sub);
        table_cell(table, links[i].username ? links[i].username : links[i].account);
        table_cell(table, tokex_moment_text(links[i].made, ctl->pool));
        table_cell(table, links[i].how);
        table_cell(table, links[i].who);
    }
    table_print(table, stdout);
}

static void print_links_json(const tokex_account_link_t *links, int count, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 4096);
    int i;

    tokex_jsonw_pretty(w);
    tokex_jsonw_array_begin(w);
    for (i = 0; i < count; i++) {
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "issuer", links[i].issuer);
        tokex_jsonw_member_string(w, "sub", links[i].sub);
        tokex_jsonw_member_string(w, "account", links[i].account);
        tokex_jsonw_member_string(w, "username", links[i].username);
        tokex_jsonw_member_integer(w, "made", links[i].made);
        tokex_jsonw_member_string(w, "how", links[i].how);
        tokex_jsonw_member_string(w, "who", links[i].who);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
    puts(tokex_jsonw_text(w, NULL));
}

static void print_removed(const tokex_account_unlink_t *rows, int count, const ctl_t *ctl)
{
    static const char *const headings[] = {"issuer", "sub", "account", "removed",
                                           "how",    "who", "reason"};
    table_t *table = table_with(headings, sizeof headings / sizeof headings[0], ctl->pool);
    int i;

    for (i = 0; i < count; i++) {
        table_row(table);
        table_cell(table, rows[i].issuer);
        table_cell(table, rows[i].sub);
        table_cell(table, rows[i].account);
        table_cell(table, tokex_moment_text(rows[i].removed, ctl->pool));
        table_cell(table, rows[i].how);
        table_cell(table, rows[i].who);
        table_cell(table, rows[i].reason);
    }
    table_print(table, stdout);
}

static void print_removed_json(const tokex_account_unlink_t *rows, int count, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 4096);
    int i;

    tokex_jsonw_pretty(w);
    tokex_jsonw_array_begin(w);
    for (i = 0; i < count; i++) {
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "issuer", rows[i].issuer);
        tokex_jsonw_member_string(w, "sub", rows[i].sub);
        tokex_jsonw_member_string(w, "account", rows[i].account);
        tokex_jsonw_member_integer(w, "removed", rows[i].removed);
        tokex_jsonw_member_string(w, "how", rows[i].how);
        tokex_jsonw_member_string(w, "who", rows[i].who);
        tokex_jsonw_member_string(w, "reason", rows[i].reason);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
    puts(tokex_jsonw_text(w, NULL));
}

typedef struct listing_t {
    const char *account;
    const char *limit;
    bool removed;
    bool json;
} listing_t;

static int list_removed(const ctl_t *ctl, tokex_db_t *db, const listing_t *listing)
{
    const tokex_account_unlink_t *rows;
    const tokex_err_t *err;
    int count;

    err = tokex_account_links_removed(&rows, &count, db, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    if (listing->json)
        print_removed_json(rows, count, ctl->pool);
    else
        print_removed(rows, count, ctl);
    return ctl_flush();
}

static const tokex_err_t *read_links(const tokex_account_link_t **links, int *count, tokex_db_t *db,
                                     const char *account, int most, apr_pool_t *pool)
{
    const tokex_account_link_t first = {.issuer = "", .sub = ""};

    if (account)
        return tokex_account_links_of(links, count, db, account, pool);
    return tokex_account_links_list(links, count, db, &first, most, pool);
}

static int list_links(const ctl_t *ctl, tokex_db_t *db, const listing_t *listing, int most)
{
    const char *account = NULL;
    const tokex_account_link_t *links;
    const tokex_err_t *err = NULL;
    int count;

    if (listing->account)
        err = tokex_link_account(&account, db, listing->account, ctl->pool);
    if (!err && listing->account && !account)
        return account_unknown(listing->account);
    if (!err)
        err = read_links(&links, &count, db, account, most, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    if (listing->json)
        print_links_json(links, count, ctl->pool);
    else
        print_links(links, count, ctl);
    return ctl_flush();
}

static int list(ctl_t *ctl, int argc, const char *const *argv)
{
    listing_t listing = {NULL, NULL, false, false};
    const args_option_t options[] = {{0, "account", &listing.account, NULL},
                                     {0, "limit", &listing.limit, NULL},
                                     {0, "removed", NULL, &listing.removed},
                                     {0, "json", NULL, &listing.json}};
    args_t args = {options, 4, NULL, 0};
    apr_int64_t most = MOST_DEFAULT;
    const tokex_err_t *err;
    tokex_db_t *db;
    char *end = NULL;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (listing.limit)
        most = apr_strtoi64(listing.limit, &end, 10);
    if (args.operand_count || (end && *end) || most < 1 || most > MOST_LIMIT)
        return ctl_say(CTL_USAGE, "say: link list [--account USERNAME|ID] [--limit N] [--removed] "
                                  "[--json], N no more than 100000");
    err = tokex_db_open(&db, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_READ, false, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    return listing.removed ? list_removed(ctl, db, &listing)
                           : list_links(ctl, db, &listing, (int)most);
}

/* ---- Changing */

/* The issuers of the configuration, and state.db to be written. */
static const tokex_err_t *open_both(tokex_db_t **state, const tokex_config_t **config,
                                    const ctl_t *ctl)
{
    tokex_db_t *db;

    TOKEX_RETURN_ERR(ctl_load_no_clients(&db, config, ctl));
    return tokex_db_open(state, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_WRITE, false, ctl->pool);
}

static int add(ctl_t *ctl, int argc, const char *const *argv)
{
    args_t args = {NULL, 0, NULL, 0};
    tokex_account_link_t link = {.made = ctl->now, .how = "admin"};
    tokex_link_result_t result;
    const tokex_config_t *config;
    const char *linked = NULL, *sub;
    const tokex_err_t *err;
    tokex_db_t *db;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 3 || !*args.operands[1])
        return ctl_say(CTL_USAGE, "say: link add ISSUER SUB USERNAME|ID");
    link.issuer = args.operands[0];
    link.sub = args.operands[1];
    link.account = args.operands[2];
    link.who = way_author(ctl, NULL).who;
    sub = way_text(link.sub, ctl->pool);
    err = open_both(&db, &config, ctl);
    if (!err)
        err = tokex_link_add(&result, &linked, db, config, link, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    if (result == TOKEX_LINK_NO_ISSUER)
        return ctl_say(CTL_REFUSED, "issuer \"%s\": there is no such issuer", link.issuer);
    if (result == TOKEX_LINK_NO_ACCOUNT)
        return account_unknown(link.account);
    if (result == TOKEX_LINK_TAKEN)
        return ctl_say(CTL_REFUSED,
                       "subject \"%s\" of issuer \"%s\" is linked to another account already (%s); "
                       "remove that link first",
                       sub, link.issuer, linked ? linked : "none");
    printf("linked subject \"%s\" of issuer \"%s\" to account \"%s\"\n", sub, link.issuer,
           way_text(link.account, ctl->pool));
    return ctl_flush();
}

static int remove_one(ctl_t *ctl, int argc, const char *const *argv)
{
    tokex_account_unlink_t unlink = {.removed = ctl->now, .how = "admin"};
    const args_option_t options[] = {{0, "reason", &unlink.reason, NULL}};
    args_t args = {options, 1, NULL, 0};
    const char *sub, *issuer;
    tokex_link_result_t result;
    const tokex_config_t *config;
    const tokex_err_t *err;
    tokex_db_t *db;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 2 || !unlink.reason)
        return ctl_say(CTL_USAGE, "say: link remove ISSUER SUB --reason TEXT");
    unlink.issuer = args.operands[0];
    unlink.sub = args.operands[1];
    unlink.who = way_author(ctl, unlink.reason).who;
    issuer = way_text(unlink.issuer, ctl->pool);
    sub = way_text(unlink.sub, ctl->pool);
    err = open_both(&db, &config, ctl);
    if (!err)
        err = tokex_link_remove(&result, db, config, &unlink, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    if (result == TOKEX_LINK_USERS_ONLY)
        return ctl_say(CTL_REFUSED,
                       "issuer \"%s\" has unlink_by_users_only: only users themselves remove links "
                       "of its subjects",
                       issuer);
    if (result != TOKEX_LINK_DONE)
        return ctl_say(CTL_REFUSED, "subject \"%s\" of issuer \"%s\" is linked to no account", sub,
                       issuer);
    printf("removed the link of subject \"%s\" of issuer \"%s\"\n", sub, issuer);
    return ctl_flush();
}

int ctl_link(ctl_t *ctl, int argc, const char *const *argv)
{
    if (argc > 0 && strcmp(argv[0], "list") == 0)
        return list(ctl, argc - 1, argv + 1);
    if (argc > 0 && strcmp(argv[0], "add") == 0)
        return add(ctl, argc - 1, argv + 1);
    if (argc > 0 && strcmp(argv[0], "remove") == 0)
        return remove_one(ctl, argc - 1, argv + 1);
    return ctl_say(CTL_USAGE, "say: link list, add or remove");
}
