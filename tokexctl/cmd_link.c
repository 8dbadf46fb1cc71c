#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "account.h"
#include "args.h"
#include "base/json.h"
#include "moment.h"
#include "store/account_links.h"
#include "table.h"
#include "way.h"

#define MOST_DEFAULT 50
#define MOST_LIMIT 100000

/* ---- What both share */

/* The id of the account that `name` names; NULL: there is none. Of one that the site keeps only its
 * id is known here, and it is believed. */
static const tokex_err_t *find_id(const char **out, tokex_db_t *db, const char *name,
                                  apr_pool_t *pool)
{
    const tokex_account_t *account;

    *out = NULL;
    if (tokex_account_site_own(TOKEX_ACCOUNT_SQL, name, pool) ||
        tokex_account_site_own(TOKEX_ACCOUNT_LDAP, name, pool)) {
        *out = name;
        return NULL;
    }
    TOKEX_RETURN_ERR(account_find(&account, db, name, pool));
    if (account)
        *out = account->id;
    return NULL;
}

/* ---- Looking */

static void print_links(const tokex_account_link_t *links, int count, const ctl_t *ctl)
{
    static const char *const headings[] = {"issuer", "sub", "account", "made", "how", "who"};
    table_t *table = table_create(ctl->pool);
    size_t n;
    int i;

    for (n = 0; n < sizeof headings / sizeof headings[0]; n++)
        table_heading(table, headings[n]);
    for (i = 0; i < count; i++) {
        table_row(table);
        table_cell(table, links[i].issuer);
        table_cell(table, links[i].sub);
        table_cell(table, links[i].username ? links[i].username : links[i].account);
        table_cell(table, moment_text(links[i].made, ctl->pool));
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
    table_t *table = table_create(ctl->pool);
    size_t n;
    int i;

    for (n = 0; n < sizeof headings / sizeof headings[0]; n++)
        table_heading(table, headings[n]);
    for (i = 0; i < count; i++) {
        table_row(table);
        table_cell(table, rows[i].issuer);
        table_cell(table, rows[i].sub);
        table_cell(table, rows[i].account);
        table_cell(table, moment_text(rows[i].removed, ctl->pool));
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
        err = find_id(&account, db, listing->account, ctl->pool);
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

/* The issuer of the configuration; NULL: there is none of that id. */
static const tokex_err_t *find_issuer(const tokex_issuer_t **out, const ctl_t *ctl, const char *id)
{
    const tokex_config_t *config;
    tokex_db_t *db;
    int i;

    *out = NULL;
    TOKEX_RETURN_ERR(ctl_load_no_clients(&db, &config, ctl));
    for (i = 0; i < config->issuer_count; i++)
        if (strcmp(config->issuers[i].id, id) == 0)
            *out = &config->issuers[i];
    return NULL;
}

static int tell_added(const ctl_t *ctl, const tokex_account_link_t *link, const char *name,
                      const char *linked)
{
    if (!linked || strcmp(linked, link->account) != 0)
        return ctl_say(CTL_REFUSED,
                       "subject \"%s\" of issuer \"%s\" is linked to another account already (%s); "
                       "remove that link first",
                       way_text(link->sub, ctl->pool), link->issuer, linked ? linked : "none");
    printf("linked subject \"%s\" of issuer \"%s\" to account \"%s\"\n",
           way_text(link->sub, ctl->pool), link->issuer, way_text(name, ctl->pool));
    return ctl_flush();
}

static int add_link(const ctl_t *ctl, const tokex_issuer_t *issuer, const char *sub,
                    const char *name)
{
    tokex_account_link_t link = {.issuer = issuer->id,
                                 .sub = sub,
                                 .made = ctl->now,
                                 .how = "admin",
                                 .who = way_author(ctl, NULL).who};
    const tokex_err_t *err;
    const char *linked = NULL;
    tokex_db_t *db;

    err = tokex_db_open(&db, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_WRITE, false, ctl->pool);
    if (!err)
        err = find_id(&link.account, db, name, ctl->pool);
    if (!err && !link.account)
        return account_unknown(name);
    if (!err)
        err = tokex_account_links_make(&linked, db, &link, ctl->pool);
    return err ? ctl_error(ctl, err) : tell_added(ctl, &link, name, linked);
}

static int add(ctl_t *ctl, int argc, const char *const *argv)
{
    args_t args = {NULL, 0, NULL, 0};
    const tokex_issuer_t *issuer;
    const tokex_err_t *err;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 3 || !*args.operands[1])
        return ctl_say(CTL_USAGE, "say: link add ISSUER SUB USERNAME|ID");
    err = find_issuer(&issuer, ctl, args.operands[0]);
    if (err)
        return ctl_error(ctl, err);
    if (!issuer)
        return ctl_say(CTL_REFUSED, "issuer \"%s\": there is no such issuer", args.operands[0]);
    return add_link(ctl, issuer, args.operands[1], args.operands[2]);
}

static int remove_link(const ctl_t *ctl, const char *issuer, const char *sub, const char *reason)
{
    const tokex_account_unlink_t unlink = {.issuer = issuer,
                                           .sub = sub,
                                           .removed = ctl->now,
                                           .how = "admin",
                                           .who = way_author(ctl, reason).who,
                                           .reason = reason};
    const tokex_err_t *err;
    bool found = false;
    tokex_db_t *db;

    err = tokex_db_open(&db, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_WRITE, false, ctl->pool);
    if (!err)
        err = tokex_account_links_remove(&found, db, &unlink, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    if (!found)
        return ctl_say(CTL_REFUSED, "subject \"%s\" of issuer \"%s\" is linked to no account",
                       way_text(sub, ctl->pool), way_text(issuer, ctl->pool));
    printf("removed the link of subject \"%s\" of issuer \"%s\"\n", way_text(sub, ctl->pool),
           way_text(issuer, ctl->pool));
    return ctl_flush();
}

static int remove_one(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *reason = NULL;
    const args_option_t options[] = {{0, "reason", &reason, NULL}};
    args_t args = {options, 1, NULL, 0};
    const tokex_issuer_t *issuer;
    const tokex_err_t *err;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 2 || !reason)
        return ctl_say(CTL_USAGE, "say: link remove ISSUER SUB --reason TEXT");
    /* The links of an issuer that is gone may go too. */
    err = find_issuer(&issuer, ctl, args.operands[0]);
    if (err)
        return ctl_error(ctl, err);
    if (issuer && issuer->unlink_by_users_only)
        return ctl_say(CTL_REFUSED,
                       "issuer \"%s\" has unlink_by_users_only: only users themselves remove links "
                       "of its subjects",
                       issuer->id);
    return remove_link(ctl, args.operands[0], args.operands[1], reason);
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
