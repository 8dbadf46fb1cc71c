#include <stdio.h>
#include <stdlib.h>

#include <apr_strings.h>

#include "args.h"
#include "base/json.h"
#include "base/moment.h"
#include "store/revocation_store.h"
#include "table.h"
#include "token.h"
#include "way.h"

typedef struct list_t {
    const ctl_t *ctl;
    tokex_jsonw_t *w; /* NULL: for people */
    table_t *table;
} list_t;

static void add_cells(const list_t *list, const tokex_revocation_t *row)
{
    apr_pool_t *pool = list->ctl->pool;

    table_row(list->table);
    table_cell(list->table, apr_psprintf(pool, "%" APR_INT64_T_FMT, row->number));
    table_cell(list->table, token_what(row, pool));
    table_cell(list->table, row->before ? tokex_moment_text(row->before, pool) : NULL);
    table_cell(list->table, token_time(row->ends, pool));
    table_cell(list->table, tokex_moment_text(row->created, pool));
    table_cell(list->table, apr_pstrdup(pool, row->who));
    table_cell(list->table, apr_pstrdup(pool, row->reason));
}

static void add_object(const list_t *list, const tokex_revocation_t *row)
{
    tokex_jsonw_t *w = list->w;

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_integer(w, "number", row->number);
    tokex_jsonw_member_string(w, "kind", tokex_revocation_kind_name(row->kind));
    tokex_jsonw_member_string(w, "issuer", row->issuer);
    tokex_jsonw_member_string(w, "value", row->value);
    tokex_jsonw_member_integer(w, "before", row->before);
    tokex_jsonw_member_integer(w, "ends", row->ends);
    tokex_jsonw_member_integer(w, "created", row->created);
    tokex_jsonw_member_string(w, "who", row->who);
    tokex_jsonw_member_string(w, "reason", row->reason);
    tokex_jsonw_object_end(w);
}

static const tokex_err_t *take(void *ctx, const tokex_revocation_t *row)
{
    const list_t *list = ctx;

    if (row->ends && row->ends <= list->ctl->now)
        return NULL;
    if (list->w)
        add_object(list, row);
    else
        add_cells(list, row);
    return NULL;
}

static const tokex_err_t *read_all(list_t *list)
{
    const ctl_t *ctl = list->ctl;
    tokex_db_t *db;

    TOKEX_RETURN_ERR(
        tokex_db_open(&db, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_READ, false, ctl->pool));
    return tokex_revocation_store_list(db, take, list, ctl->pool);
}

static void begin_table(list_t *list)
{
    static const char *const headings[] = {"number",  "what", "issued_before", "ends",
                                           "created", "who",  "reason"};

    list->table = table_with(headings, sizeof headings / sizeof headings[0], list->ctl->pool);
}

int token_list(ctl_t *ctl, int argc, const char *const *argv)
{
    bool json = false;
    const args_option_t options[] = {{0, "json", NULL, &json}};
    args_t args = {options, 1, NULL, 0};
    list_t list = {ctl, NULL, NULL};
    const tokex_err_t *err;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count)
        return ctl_say(CTL_USAGE, "token list takes no operand");
    begin_table(&list);
    if (json) {
        list.w = tokex_jsonw_create(ctl->pool, 1024);
        tokex_jsonw_array_begin(list.w);
    }
    err = read_all(&list);
    if (err)
        return ctl_error(ctl, err);
    if (json) {
        tokex_jsonw_array_end(list.w);
        puts(tokex_jsonw_text(list.w, NULL));
    } else {
        table_print(list.table, stdout);
    }
    return ctl_flush();
}
