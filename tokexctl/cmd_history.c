#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "args.h"
#include "base/json.h"
#include "config/fields.h"
#include "ctl.h"
#include "key.h"
#include "way.h"

#define DEFAULT_LIMIT 20
#define LARGEST_LIMIT 100000

typedef struct history_t {
    const ctl_t *ctl;
    tokex_db_t *db;
    bool json;
} history_t;

/* ---- Many changes */

/* The one object by its name, several by their number. */
static const tokex_err_t *objects_of(const char **out, const history_t *h,
                                     const tokex_change_t *change)
{
    const tokex_change_object_t *objects;
    const tokex_change_t *found;
    apr_pool_t *pool = h->ctl->pool;
    int count;

    *out = apr_psprintf(pool, "%d objects", change->object_count);
    if (change->object_count != 1)
        return NULL;
    TOKEX_RETURN_ERR(tokex_change_show(&found, &objects, &count, h->db, change->number, pool));
    if (count == 1)
        *out = apr_psprintf(pool, "%s %s", objects[0].noun, way_text(objects[0].id, pool));
    return NULL;
}

static const tokex_err_t *print_rows(const history_t *h, const tokex_change_t *changes, int count)
{
    apr_pool_t *pool = h->ctl->pool;
    int i;

    for (i = 0; i < count; i++) {
        const char *objects;

        TOKEX_RETURN_ERR(objects_of(&objects, h, &changes[i]));
        printf("%6" APR_INT64_T_FMT "  %s  %-24s  %-28s  %s\n", (apr_int64_t)changes[i].number,
               key_time(changes[i].at, pool), way_text(changes[i].who, pool), objects,
               changes[i].reason ? way_text(changes[i].reason, pool) : "");
    }
    return NULL;
}

static void write_change(tokex_jsonw_t *w, const tokex_change_t *change)
{
    tokex_jsonw_member_integer(w, "number", change->number);
    tokex_jsonw_member_integer(w, "at", change->at);
    tokex_jsonw_member_string(w, "who", change->who);
    tokex_jsonw_member_string(w, "reason", change->reason);
}

static void print_json(const tokex_jsonw_t *w)
{
    puts(tokex_jsonw_text(w, NULL));
}

static tokex_jsonw_t *start_json(const history_t *h)
{
    tokex_jsonw_t *w = tokex_jsonw_create(h->ctl->pool, 4096);

    tokex_jsonw_pretty(w);
    return w;
}

static void print_list(const history_t *h, const tokex_change_t *changes, int count)
{
    tokex_jsonw_t *w = start_json(h);
    int i;

    tokex_jsonw_array_begin(w);
    for (i = 0; i < count; i++) {
        tokex_jsonw_object_begin(w);
        write_change(w, &changes[i]);
        tokex_jsonw_member_integer(w, "objects", changes[i].object_count);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
    print_json(w);
}

static const tokex_err_t *list(const history_t *h, const tokex_change_filter_t *filter)
{
    const tokex_change_t *changes;
    int count;

    TOKEX_RETURN_ERR(tokex_change_list(&changes, &count, h->db, filter, h->ctl->pool));
    if (!h->json)
        return print_rows(h, changes, count);
    print_list(h, changes, count);
    return NULL;
}

/* ---- One change */

/* JSON that is one already, without what nobody may see. */
static const tokex_err_t *write_object(tokex_jsonw_t *w, const char *name, const char *noun,
                                       const char *object, apr_pool_t *pool)
{
    const tokex_json_t *node = NULL;
    const char *shown;

    TOKEX_RETURN_ERR(tokex_edit_shown(&shown, noun, object, pool));
    if (shown)
        TOKEX_RETURN_ERR(tokex_json_parse_object(&node, shown, strlen(shown), pool));
    tokex_jsonw_name(w, name);
    tokex_jsonw_node(w, node);
    return NULL;
}

static const tokex_err_t *show_json(const history_t *h, const tokex_change_t *change,
                                    const tokex_change_object_t *objects, int count)
{
    tokex_jsonw_t *w = start_json(h);
    int i;

    tokex_jsonw_object_begin(w);
    write_change(w, change);
    tokex_jsonw_name(w, "objects");
    tokex_jsonw_array_begin(w);
    for (i = 0; i < count; i++) {
        const tokex_change_object_t *o = &objects[i];

        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "noun", o->noun);
        tokex_jsonw_member_string(w, "id", o->id);
        TOKEX_RETURN_ERR(write_object(w, "before", o->noun, o->before, h->ctl->pool));
        TOKEX_RETURN_ERR(write_object(w, "after", o->noun, o->after, h->ctl->pool));
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_end(w);
    print_json(w);
    return NULL;
}

static const tokex_err_t *show(const history_t *h, int64_t number)
{
    apr_pool_t *pool = h->ctl->pool;
    const tokex_change_object_t *objects;
    const tokex_change_t *change;
    int count;

    TOKEX_RETURN_ERR(tokex_change_show(&change, &objects, &count, h->db, number, pool));
    if (!change)
        return tokex_err_create(pool, TOKEX_E_CHANGE_UNKNOWN, NULL,
                                "there is no change %" APR_INT64_T_FMT, (apr_int64_t)number);
    if (h->json)
        return show_json(h, change, objects, count);
    printf("change %" APR_INT64_T_FMT "\n  when  %s\n  who   %s\n", (apr_int64_t)change->number,
           key_time(change->at, pool), way_text(change->who, pool));
    if (change->reason)
        printf("  why   %s\n", way_text(change->reason, pool));
    return way_print(stdout, objects, count, true, pool);
}

/* ---- The command line */

/* "NOUN/ID", or NOUN alone. */
static bool read_object(tokex_change_filter_t *filter, const char *text, apr_pool_t *pool)
{
    const char *slash = strchr(text, '/');

    filter->noun = slash ? apr_pstrmemdup(pool, text, (apr_size_t)(slash - text)) : text;
    filter->id = slash ? slash + 1 : NULL;
    return tokex_fields_list(filter->noun) != NULL;
}

static int finish(const ctl_t *ctl, const tokex_err_t *err)
{
    return err ? ctl_error(ctl, err) : ctl_flush();
}

static int show_number(const history_t *h, const char *text)
{
    int64_t number;

    if (!key_number(&number, "history show", text, INT64_MAX))
        return CTL_USAGE;
    return finish(h->ctl, show(h, number));
}

int ctl_history(ctl_t *ctl, int argc, const char *const *argv)
{
    history_t history = {.ctl = ctl};
    tokex_change_filter_t filter = {.limit = DEFAULT_LIMIT};
    const char *object = NULL, *limit = NULL;
    const args_option_t options[] = {
        {0, "object", &object, NULL}, {0, "limit", &limit, NULL}, {0, "json", NULL, &history.json}};
    args_t args = {options, 3, NULL, 0};
    int64_t number = DEFAULT_LIMIT;
    const tokex_err_t *err;
    bool one;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    one = args.operand_count == 2 && strcmp(args.operands[0], "show") == 0;
    if ((args.operand_count && !one) || (one && (object || limit)))
        return ctl_say(CTL_USAGE, "say: history [--object NOUN/ID] [--limit N] [--json], or: "
                                  "history show N [--json]");
    if (limit && !key_number(&number, "--limit", limit, LARGEST_LIMIT))
        return CTL_USAGE;
    filter.limit = (int)number;
    if (object && !read_object(&filter, object, ctl->pool))
        return ctl_say(CTL_USAGE,
                       "--object %s: write issuer, mapping, scope, target, client, "
                       "signing or signing_key, a slash and the id",
                       object);
    err = tokex_db_open(&history.db, ctl->config_path, TOKEX_DB_CONFIG, TOKEX_DB_READ, false,
                        ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    return one ? show_number(&history, args.operands[1]) : finish(ctl, list(&history, &filter));
}
