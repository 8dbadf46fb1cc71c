/* Objects that are part of another one: rules of a client, rows of a mapping. Each change of one is
 * a change of what it is part of. */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "member.h"
#include "object.h"
#include "object_text.h"
#include "table.h"

/* One command. */
typedef struct element_t {
    const element_kind_t *kind;
    const tokex_object_desc_t *desc; /* of the element */
    change_options_t options;
    const char *before; /* --before */
    bool last;          /* --last */
    bool json;          /* of list and show */
    args_t args;
    change_t change; /* of the owner */
    const char *name;
    apr_array_header_t *list;
    int place; /* in it; -1: none */
} element_t;

typedef int verb_t(element_t *e);

static int wrong_usage(const element_t *e, const char *form)
{
    return ctl_say(CTL_USAGE, "say: %s %s", e->kind->words, form);
}

/* ---- Reading */

static void find(element_t *e)
{
    e->list = draft_list(e->change.draft, e->kind->member);
    e->place = e->name ? member_find(e->list, e->kind->key, e->name, e->change.ctl->pool) : -1;
}

static int missing(const element_t *e, const char *name)
{
    apr_pool_t *pool = e->change.ctl->pool;

    return ctl_say(CTL_REFUSED, "%s \"%s\" has no %s \"%s\"; see tokexctl %s show %s",
                   e->change.desc->noun, e->change.id, e->desc->noun,
                   tokex_err_shown(pool, name, strlen(name)), e->kind->owner, e->change.id);
}

/* For reading: the owner without secrets. */
static int read_owner(element_t *e)
{
    change_t *change = &e->change;
    const tokex_err_t *err =
        object_read(&change->present, &change->revision, change->ctl, change->desc, change->id);

    if (!err && change->present)
        err = draft_read(&change->draft, change->present, change->ctl->pool);
    if (err)
        return ctl_error(change->ctl, err);
    if (!change->present)
        return change_missing(change);
    find(e);
    return CTL_DONE;
}

/* For changing. */
static int open_owner(element_t *e)
{
    int code;

    e->change.options = &e->options;
    if (!e->change.asked)
        e->change.asked = e->options.revision;
    code = change_open(&e->change);
    if (code)
        return code;
    if (!e->change.present)
        return change_missing(&e->change);
    find(e);
    return CTL_DONE;
}

/* How faults call it: a row, which has no id, by its place. */
static const char *path_of(const element_t *e)
{
    return tokex_fields_path(e->desc, e->name, e->place < 0 ? e->list->nelts : e->place,
                             e->change.id, e->change.ctl->pool);
}

/* ---- Altering */

/* Puts `json` into the list: where --before says, else at `place`. */
static int insert(element_t *e, const char *json, int place)
{
    const char **elements;
    int i;

    if (e->before) {
        place = member_find(e->list, e->kind->key, e->before, e->change.ctl->pool);
        if (place < 0)
            return missing(e, e->before);
    }
    apr_array_push(e->list);
    elements = (const char **)e->list->elts;
    for (i = e->list->nelts - 1; i > place; i--)
        elements[i] = elements[i - 1];
    elements[place] = json;
    return CTL_DONE;
}

static int make(element_t *e, const char *what)
{
    draft_put_list(e->change.draft, e->kind->member, e->list);
    return change_make(&e->change, apr_psprintf(e->change.ctl->pool, "%s %s \"%s/%s\"", what,
                                                e->kind->words, e->change.id, e->name));
}

/* `draft` by the words of the command line. */
static int fill(element_t *e, draft_t *draft)
{
    const member_place_t place = {e->desc, path_of(e), e->kind->key};

    object_name(draft, e->desc, e->kind->key, e->name, e->change.faults, e->change.ctl->pool);
    return member_apply(draft, &place, e->args.operands + 2, e->args.operand_count - 2,
                        e->change.faults, e->change.ctl)
               ? CTL_DONE
               : CTL_USAGE;
}

/* The document of --json, or NULL; then the owner. */
static int begin(element_t *e, draft_t **json)
{
    int code = CTL_DONE;

    *json = NULL;
    e->change.options = &e->options;
    if (e->options.json)
        code = change_read_json(json, &e->change);
    return code ? code : open_owner(e);
}

static bool names_nothing(const element_t *e)
{
    return e->args.operand_count < 2 || (e->args.operand_count == 2 && !e->options.json);
}

static int add(element_t *e)
{
    draft_t *draft;
    int code;

    if (names_nothing(e))
        return wrong_usage(e, "add OWNER NAME MEMBER=VALUE ..., or OWNER NAME --json FILE");
    code = begin(e, &draft);
    if (code)
        return code;
    if (e->place >= 0)
        return ctl_say(CTL_REFUSED,
                       "%s \"%s\" has a %s \"%s\" already; change it with tokexctl %s "
                       "set",
                       e->change.desc->noun, e->change.id, e->desc->noun, e->name, e->kind->words);
    if (!draft)
        draft = draft_create(e->change.ctl->pool);
    code = fill(e, draft);
    if (!code)
        code = insert(e, draft_text(draft), e->list->nelts);
    return code ? code : make(e, "added");
}

static int set(element_t *e)
{
    draft_t *draft;
    const tokex_err_t *err;
    int code;

    if (names_nothing(e))
        return wrong_usage(e, "set OWNER NAME MEMBER=VALUE ..., or OWNER NAME --json FILE");
    code = begin(e, &draft);
    if (code)
        return code;
    if (e->place < 0)
        return missing(e, e->name);
    if (!draft) {
        err =
            draft_read(&draft, APR_ARRAY_IDX(e->list, e->place, const char *), e->change.ctl->pool);
        if (err)
            return ctl_error(e->change.ctl, err);
    }
    code = fill(e, draft);
    if (code)
        return code;
    APR_ARRAY_IDX(e->list, e->place, const char *) = draft_text(draft);
    return make(e, "changed");
}

static int remove_one(element_t *e)
{
    int code;

    if (e->args.operand_count != 2)
        return wrong_usage(e, "remove OWNER NAME [--yes]");
    code = open_owner(e);
    if (code)
        return code;
    if (e->place < 0)
        return missing(e, e->name);
    if (change_asks(&e->change) &&
        !change_confirmed(apr_psprintf(e->change.ctl->pool, "Remove %s \"%s/%s\"?", e->kind->words,
                                       e->change.id, e->name)))
        return ctl_say(CTL_REFUSED, "nothing was changed");
    member_remove_at(e->list, e->place);
    return make(e, "removed");
}

static int move(element_t *e)
{
    const char *json;
    int code;

    if (e->args.operand_count != 2 || !e->before == !e->last)
        return wrong_usage(e, "move OWNER NAME --before NAME, or --last");
    code = open_owner(e);
    if (code)
        return code;
    if (e->place < 0)
        return missing(e, e->name);
    json = APR_ARRAY_IDX(e->list, e->place, const char *);
    member_remove_at(e->list, e->place);
    /* Before itself is where it is. */
    if (e->before && strcmp(e->before, e->name) == 0)
        e->before = NULL;
    else
        e->place = e->list->nelts;
    code = insert(e, json, e->place);
    return code ? code : make(e, "moved");
}

/* ---- Showing */

static int show(element_t *e)
{
    int code;

    if (e->args.operand_count != 2)
        return wrong_usage(e, "show OWNER NAME [--json]");
    code = read_owner(e);
    if (code)
        return code;
    if (e->place < 0)
        return missing(e, e->name);
    object_print(e->desc, APR_ARRAY_IDX(e->list, e->place, const char *), e->change.revision,
                 e->json, e->change.ctl->pool);
    return ctl_flush();
}

/* Every member that holds one value or a list of texts would be too wide: these tell most. */
static void print_table(const element_t *e)
{
    static const char *const rule[] = {"id",         "issuers", "targets", "default_target",
                                       "scope_mode", "enabled", NULL};
    static const char *const row[] = {"to",   "source",     "from", "transform",
                                      "type", "if_missing", NULL};
    const char *const *names = strcmp(e->desc->noun, "row") == 0 ? row : rule;
    apr_pool_t *pool = e->change.ctl->pool;
    table_t *table = table_create(pool);
    const tokex_json_t *node;
    int i, j;

    table_cell(table, "#");
    for (j = 0; names[j]; j++)
        table_heading(table, names[j]);
    for (i = 0; i < e->list->nelts; i++) {
        const char *json = APR_ARRAY_IDX(e->list, i, const char *);

        table_row(table);
        table_cell(table, apr_itoa(pool, i + 1));
        if (tokex_json_parse(&node, json, strlen(json), pool))
            continue;
        for (j = 0; names[j]; j++)
            table_cell(table, object_text_brief(member_field(e->desc, names[j]),
                                                tokex_json_get(node, names[j]), pool));
    }
    table_print(table, stdout);
}

static int list(element_t *e)
{
    int code;

    if (e->args.operand_count != 1)
        return wrong_usage(e, "list OWNER [--json]");
    code = read_owner(e);
    if (code)
        return code;
    if (e->json)
        puts(apr_pstrcat(e->change.ctl->pool, "[",
                         apr_array_pstrcat(e->change.ctl->pool, e->list, ','), "]", NULL));
    else if (e->list->nelts == 0)
        printf("%s \"%s\" has no %s\n", e->change.desc->noun, e->change.id, e->kind->member);
    else
        print_table(e);
    return ctl_flush();
}

/* ---- Verbs */

static const struct {
    const char *name;
    verb_t *run;
    bool changes;
} verbs[] = {
    {"list", list, false}, {"show", show, false},        {"add", add, true},
    {"set", set, true},    {"remove", remove_one, true}, {"move", move, true},
};
#define VERB_COUNT ((int)(sizeof verbs / sizeof verbs[0]))

static bool read_args(element_t *e, bool changes, int argc, const char *const *argv)
{
    const args_option_t changing[] = {
        CHANGE_REASON(&e->options),   CHANGE_DRY_RUN(&e->options), CHANGE_JSON(&e->options),
        CHANGE_REVISION(&e->options), CHANGE_YES(&e->options),     {0, "before", &e->before, NULL},
        {0, "last", NULL, &e->last},
    };
    const args_option_t showing[] = {{0, "json", NULL, &e->json}};
    args_t args = {changes ? changing : showing, changes ? 7 : 1, NULL, 0};

    if (!args_read(&args, false, argc, argv, e->change.ctl->pool))
        return false;
    e->args = args;
    e->args.options = NULL;
    e->change.id = args.operand_count > 0 ? args.operands[0] : NULL;
    e->name = args.operand_count > 1 ? args.operands[1] : NULL;
    return true;
}

int element_run(ctl_t *ctl, const element_kind_t *kind, int argc, const char *const *argv)
{
    element_t e = {.kind = kind, .change = {.ctl = ctl, .desc = change_desc(kind->owner)}};
    int i;

    e.desc = member_field(e.change.desc, kind->member)->object;
    for (i = 0; argc > 0 && i < VERB_COUNT; i++)
        if (strcmp(verbs[i].name, argv[0]) == 0)
            return read_args(&e, verbs[i].changes, argc - 1, argv + 1) ? verbs[i].run(&e)
                                                                       : CTL_USAGE;
    return ctl_say(CTL_USAGE, "say: %s list, show, add, set, remove or move", kind->words);
}
