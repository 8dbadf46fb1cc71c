#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "edit/edit.h"
#include "member.h"
#include "object.h"
#include "object_text.h"
#include "store/location_store.h"
#include "way.h"

const tokex_err_t *object_read(const char **object, int64_t *revision, const ctl_t *ctl,
                               const tokex_object_desc_t *desc, const char *id)
{
    tokex_db_t *db;

    TOKEX_RETURN_ERR(
        tokex_db_open(&db, ctl->config_path, TOKEX_DB_CONFIG, TOKEX_DB_READ, false, ctl->pool));
    return tokex_edit_read(object, revision, db, desc->noun, id, false, ctl->pool);
}

/* ---- show */

static void print_json(const tokex_object_desc_t *desc, const tokex_json_t *object,
                       int64_t revision, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 1024);
    const char *text;
    draft_t *draft;

    object_text_json(w, desc, object);
    text = tokex_jsonw_text(w, NULL);
    if (revision && !draft_read(&draft, text, pool))
        text = apr_psprintf(pool, "{\"revision\":%" APR_INT64_T_FMT ",%s", (apr_int64_t)revision,
                            draft_text(draft) + 1);
    if (tokex_json_parse(&object, text, strlen(text), pool))
        return;
    w = tokex_jsonw_create(pool, 1024);
    tokex_jsonw_pretty(w);
    tokex_jsonw_node(w, object);
    puts(tokex_jsonw_text(w, NULL));
}

void object_print(const tokex_object_desc_t *desc, const char *object, int64_t revision, bool json,
                  apr_pool_t *pool)
{
    const tokex_json_t *node;

    if (tokex_json_parse_object(&node, object, strlen(object), pool))
        return;
    if (json) {
        print_json(desc, node, revision, pool);
        return;
    }
    object_text_print(stdout, desc, node, pool);
    if (revision)
        printf("revision: %" APR_INT64_T_FMT "\n", (apr_int64_t)revision);
}

int object_show(ctl_t *ctl, const tokex_object_desc_t *desc, int argc, const char *const *argv)
{
    bool json = false;
    const args_option_t options[] = {{0, "json", NULL, &json}};
    args_t args = {options, 1, NULL, 0};
    change_t change = {.ctl = ctl, .desc = desc};
    const tokex_err_t *err;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: %s show ID [--json]", desc->noun);
    change.id = args.operands[0];
    err = object_read(&change.present, &change.revision, ctl, desc, change.id);
    if (err)
        return ctl_error(ctl, err);
    if (!change.present)
        return change_missing(&change);
    object_print(desc, change.present, change.revision, json, ctl->pool);
    return ctl_flush();
}

/* ---- What add and set say */

void object_name(draft_t *draft, const tokex_object_desc_t *desc, const char *key, const char *id,
                 tokex_faults_t *faults, apr_pool_t *pool)
{
    const char *own = draft_get(draft, key), *quoted = draft_quote(id, pool);
    const tokex_place_t at = {.object = desc->noun, .id = id, .field = key, .value = own};

    if (own && strcmp(own, quoted) != 0)
        tokex_faults_error(faults, &at, "Leave the member out, or name the same in the command.",
                           "the command is about \"%s\"", id);
    draft_put(draft, key, quoted);
}

static const char *key_of(const tokex_object_desc_t *desc)
{
    return tokex_fields_identity(desc)->name;
}

/* The draft of `change`: the document of --json if there is one, then the words. */
static int fill(change_t *change, draft_t *json, const args_t *args)
{
    const member_place_t place = {change->desc, change->id, key_of(change->desc)};

    if (json)
        change->draft = json;
    object_name(change->draft, change->desc, place.fixed, change->id, change->faults,
                change->ctl->pool);
    return member_apply(change->draft, &place, args->operands + 1, args->operand_count - 1,
                        change->faults, change->ctl)
               ? CTL_DONE
               : CTL_USAGE;
}

static const char *done(const change_t *change, const char *what)
{
    return apr_psprintf(change->ctl->pool, "%s %s \"%s\"", what, change->desc->noun, change->id);
}

/* ---- add, set */

/* Reads what the command line names. The exit code. */
static int begin(change_t *change, draft_t **json, const args_t *args, const char *verb)
{
    int code = CTL_DONE;

    *json = NULL;
    if (args->operand_count < 1 || (args->operand_count == 1 && !change->options->json))
        return ctl_say(CTL_USAGE, "say: %s %s ID MEMBER=VALUE ..., or ID --json FILE",
                       change->desc->noun, verb);
    change->id = args->operands[0];
    change->asked = change->options->revision;
    if (change->options->json)
        code = change_read_json(json, change);
    return code ? code : change_open(change);
}

int object_add(ctl_t *ctl, const tokex_object_desc_t *desc, int argc, const char *const *argv)
{
    change_options_t o = {0};
    const args_option_t options[] = {CHANGE_REASON(&o), CHANGE_DRY_RUN(&o), CHANGE_JSON(&o)};
    args_t args = {options, 3, NULL, 0};
    change_t change = {.ctl = ctl, .desc = desc, .options = &o};
    draft_t *json;
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    code = begin(&change, &json, &args, "add");
    if (code)
        return code;
    if (change.present)
        return ctl_say(CTL_REFUSED, "%s \"%s\" is there already; change it with tokexctl %s set",
                       desc->noun, change.id, desc->noun);
    change.revision = 0;
    code = fill(&change, json, &args);
    return code ? code : change_make(&change, done(&change, "added"));
}

int object_set(ctl_t *ctl, const tokex_object_desc_t *desc, int argc, const char *const *argv)
{
    change_options_t o = {0};
    const args_option_t options[] = {CHANGE_REASON(&o), CHANGE_DRY_RUN(&o), CHANGE_JSON(&o),
                                     CHANGE_REVISION(&o)};
    args_t args = {options, 4, NULL, 0};
    change_t change = {.ctl = ctl, .desc = desc, .options = &o};
    draft_t *json;
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    code = begin(&change, &json, &args, "set");
    if (code)
        return code;
    if (!change.present)
        return change_missing(&change);
    code = fill(&change, json, &args);
    return code ? code : change_make(&change, done(&change, "changed"));
}

/* ---- remove */

/* What goes with the object: "secrets (1), rules (2)"; empty when nothing is in it. */
static const char *parts_of(const change_t *change)
{
    const tokex_object_desc_t *desc = change->desc;
    apr_pool_t *pool = change->ctl->pool;
    const char *text = "";
    int i;

    for (i = 0; i < desc->field_count; i++) {
        int count = desc->fields[i].kind == TOKEX_FIELD_OBJECTS
                        ? draft_list(change->draft, desc->fields[i].name)->nelts
                        : 0;

        if (count)
            text = apr_psprintf(pool, "%s%s%s (%d)", text, *text ? ", " : "", desc->fields[i].name,
                                count);
    }
    return text;
}

/* Names in the server's configuration files are no part of ours: nothing hinders, somebody should
 * know. */
static void warn_of_locations(const change_t *change)
{
    const ctl_t *ctl = change->ctl;
    const tokex_location_row_t *rows;
    tokex_db_t *db;
    int count, i;

    if (strcmp(change->desc->noun, "client") != 0 ||
        tokex_db_open(&db, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_READ, false, ctl->pool) ||
        tokex_location_store_read(&rows, &count, db, ctl->pool))
        return;
    for (i = 0; i < count; i++)
        if (rows[i].client && strcmp(rows[i].client, change->id) == 0)
            fprintf(stderr, "warning: %s of %s needs it: %s:%" APR_INT64_T_FMT "\n",
                    way_text(rows[i].section, ctl->pool), way_text(rows[i].server, ctl->pool),
                    way_text(rows[i].file, ctl->pool), (apr_int64_t)rows[i].line);
}

/* Judged before anybody is asked: what others refer to does not go. */
static int ask(change_t *change, const char *parts)
{
    apr_pool_t *pool = change->ctl->pool;
    int code = change_judge(change);

    if (code)
        return code;
    return change_confirmed(apr_psprintf(pool, "Remove %s \"%s\"%s%s? Nothing refers to it.",
                                         change->desc->noun, change->id, *parts ? " with its " : "",
                                         parts))
               ? CTL_DONE
               : ctl_say(CTL_REFUSED, "nothing was changed");
}

int object_remove(ctl_t *ctl, const tokex_object_desc_t *desc, int argc, const char *const *argv)
{
    change_options_t o = {0};
    const args_option_t options[] = {CHANGE_REASON(&o), CHANGE_DRY_RUN(&o), CHANGE_YES(&o)};
    args_t args = {options, 3, NULL, 0};
    change_t change = {.ctl = ctl, .desc = desc, .options = &o};
    const char *parts;
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: %s remove ID [--yes]", desc->noun);
    change.id = args.operands[0];
    code = change_open(&change);
    if (code)
        return code;
    if (!change.present)
        return change_missing(&change);
    parts = parts_of(&change);
    change.draft = NULL;
    warn_of_locations(&change);
    code = change_asks(&change) ? ask(&change, parts) : CTL_DONE;
    return code ? code : change_make(&change, done(&change, "removed"));
}
