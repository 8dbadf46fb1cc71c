#include "change.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "config/syntax.h"
#include "edit/edit.h"
#include "file.h"
#include "key.h"
#include "way.h"

const tokex_object_desc_t *change_desc(const char *noun)
{
    const tokex_object_desc_t *document = tokex_fields_document();
    int i;

    for (i = 0; i < document->field_count; i++)
        if (strcmp(document->fields[i].object->noun, noun) == 0)
            break;
    return document->fields[i].object;
}

/* ---- Reading */

static const char *shown(const change_t *change, const char *object)
{
    const char *out;

    return tokex_edit_shown(&out, change->desc->noun, object, change->ctl->pool) ? NULL : out;
}

/* The number of the last change of the object up to `number`; 0: there was none. */
static int64_t find_change(const change_t *change, int64_t number)
{
    const tokex_change_filter_t filter = {change->desc->noun, change->id,
                                          number < INT64_MAX ? number + 1 : 0, 1};
    const tokex_change_t *found;
    int count;

    if (tokex_change_list(&found, &count, change->db, &filter, change->ctl->pool) || count == 0)
        return 0;
    return found[0].number;
}

/* The object as it was at revision `number`; NULL when the history does not tell. */
static const char *find_revision(const change_t *change, int64_t number)
{
    const tokex_change_object_t *objects;
    const tokex_change_t *found;
    int count, i;

    number = find_change(change, number);
    if (number == 0 ||
        tokex_change_show(&found, &objects, &count, change->db, number, change->ctl->pool) ||
        !found)
        return NULL;
    for (i = 0; i < count; i++)
        if (strcmp(objects[i].noun, change->desc->noun) == 0 &&
            strcmp(objects[i].id, change->id) == 0)
            return shown(change, objects[i].after);
    return NULL;
}

/* Makes --revision the one that the change is made from. */
static int take_revision(change_t *change)
{
    const char *before;
    int64_t number;

    if (!change->asked)
        return CTL_DONE;
    if (!key_number(&number, "revision", change->asked, INT64_MAX))
        return CTL_USAGE;
    if (number == change->revision)
        return CTL_DONE;
    before = find_revision(change, number);
    change->revision = number;
    if (before)
        change->base = before;
    return CTL_DONE;
}

static int check_options(const change_options_t *options, apr_pool_t *pool)
{
    const char *remedy, *problem;

    if (!options->reason)
        return CTL_DONE;
    problem = tokex_syntax_problem(&remedy, TOKEX_FIELD_TEXT, options->reason, NULL, pool);
    return problem ? ctl_say(CTL_USAGE, "--reason: %s. %s", problem, remedy) : CTL_DONE;
}

int change_read_json(draft_t **out, change_t *change)
{
    const ctl_t *ctl = change->ctl;
    const char *path = change->options->json, *text;
    apr_size_t len;
    const tokex_err_t *err = file_read(&text, &len, path, TOKEX_LIMIT_DOCUMENT, ctl->pool);

    if (!err && strlen(text) != len)
        err = tokex_err_create(ctl->pool, TOKEX_E_JSON, NULL, "%s: there is a NUL in it", path);
    if (!err)
        err = draft_read(out, text, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    if (!change->asked)
        change->asked = draft_get(*out, "revision");
    draft_put(*out, "revision", NULL);
    return CTL_DONE;
}

int change_open(change_t *change)
{
    const ctl_t *ctl = change->ctl;
    int code = check_options(change->options, ctl->pool);
    const tokex_err_t *err;

    if (code)
        return code;
    change->faults = tokex_config_faults_create(ctl->pool);
    err = tokex_db_open(&change->db, ctl->config_path, TOKEX_DB_CONFIG, TOKEX_DB_WRITE, false,
                        ctl->pool);
    if (!err)
        err = tokex_edit_read(&change->present, &change->revision, change->db, change->desc->noun,
                              change->id, false, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    change->base = change->present;
    code = take_revision(change);
    if (code)
        return code;
    change->draft = draft_create(ctl->pool);
    err = change->base ? draft_read(&change->draft, change->base, ctl->pool) : NULL;
    return err ? ctl_error(ctl, err) : CTL_DONE;
}

int change_missing(const change_t *change)
{
    apr_pool_t *pool = change->ctl->pool;

    return ctl_say(CTL_REFUSED, "%s \"%s\": there is none; see tokexctl %s list",
                   change->desc->noun, tokex_err_shown(pool, change->id, strlen(change->id)),
                   change->desc->noun);
}

/* ---- A late change */

static const char *author_of(const change_t *change, int64_t number)
{
    apr_pool_t *pool = change->ctl->pool;
    const tokex_change_object_t *objects;
    const tokex_change_t *found;
    int count;

    if (tokex_change_show(&found, &objects, &count, change->db, number, pool) || !found)
        return "somebody";
    return apr_psprintf(pool, "%s at %s (change %" APR_INT64_T_FMT ")", way_text(found->who, pool),
                        key_time(found->at, pool), (apr_int64_t)number);
}

static int tell_conflict(const change_t *change)
{
    const ctl_t *ctl = change->ctl;
    tokex_change_object_t version = {change->desc->noun, change->id, change->base, NULL};
    int64_t revision = 0;
    const tokex_err_t *err = tokex_edit_read(&version.after, &revision, change->db,
                                             change->desc->noun, change->id, false, ctl->pool);

    if (err)
        return ctl_error(ctl, err);
    ctl_say(CTL_REFUSED,
            "%s \"%s\" was changed by %s, after the revision %" APR_INT64_T_FMT
            " that yours was made from; nothing was changed. Look at both, and repeat yours with "
            "--revision %" APR_INT64_T_FMT " when it is still right.",
            change->desc->noun, change->id, author_of(change, revision),
            (apr_int64_t)change->revision, (apr_int64_t)revision);
    fputs("theirs:\n", stderr);
    err = way_print(stderr, &version, 1, true, ctl->pool);
    version.after = change->draft ? draft_text(change->draft) : NULL;
    fputs("yours:\n", stderr);
    if (!err)
        err = way_print(stderr, &version, 1, true, ctl->pool);
    return err ? ctl_error(ctl, err) : CTL_REFUSED;
}

/* ---- Making it */

static const tokex_err_t *apply(int64_t *number, change_t *change, bool dry_run)
{
    const ctl_t *ctl = change->ctl;
    const tokex_edit_t edit = {change->desc->noun, change->id,
                               change->draft ? draft_text(change->draft) : NULL, change->revision};
    const tokex_edit_author_t author = way_author(ctl, change->options->reason);

    change->way = way_create(ctl, change->db, dry_run || change->faults->error_count);
    return tokex_edit_apply(number, NULL, &change->way, &edit, 1, &author, change->faults,
                            ctl->pool);
}

static void print_secrets(const change_t *change)
{
    int i;

    for (i = 0; i < change->way.made->nelts; i++) {
        const tokex_edit_secret_t *made = &APR_ARRAY_IDX(change->way.made, i, tokex_edit_secret_t);

        printf("client %s secret %s: %s\n", made->client, made->id, made->value);
    }
}

static int tell_made(const change_t *change, const char *what, int64_t number)
{
    if (number == 0) {
        printf("%s \"%s\" is like that already; nothing was changed\n", change->desc->noun,
               change->id);
        return ctl_flush();
    }
    print_secrets(change);
    printf("%s in change %" APR_INT64_T_FMT "; `tokexctl restore %" APR_INT64_T_FMT
           "` takes it back\n",
           what, (apr_int64_t)number, (apr_int64_t)number);
    return ctl_flush();
}

static int tell_dry_run(const change_t *change)
{
    const apr_array_header_t *differing = change->way.differing;
    const tokex_err_t *err;

    err = way_print(stdout, (const tokex_change_object_t *)differing->elts, differing->nelts, false,
                    change->ctl->pool);
    puts("no fault, nothing was changed");
    return err ? ctl_error(change->ctl, err) : ctl_flush();
}

/* Faults are told; so is everything else that went wrong. */
static int run(int64_t *number, change_t *change, bool dry_run)
{
    const tokex_err_t *err = apply(number, change, dry_run);

    if (change->faults->error_count)
        err = tokex_err_create(change->ctl->pool, TOKEX_E_DOCUMENT, err, NULL);
    if (!err || err->code != TOKEX_E_CONFLICT)
        return way_result(change->ctl, err, change->faults);
    ctl_faults(change->ctl, change->faults);
    return tell_conflict(change);
}

int change_judge(change_t *change)
{
    int64_t number;
    int code = run(&number, change, true);

    /* What has been told is not told again. */
    change->faults = tokex_config_faults_create(change->ctl->pool);
    return code;
}

int change_make(change_t *change, const char *what)
{
    int64_t number = 0;
    int code = run(&number, change, change->options->dry_run);

    if (code)
        return code;
    return change->options->dry_run ? tell_dry_run(change) : tell_made(change, what, number);
}

bool change_asks(const change_t *change)
{
    return !change->options->yes && !change->options->dry_run && isatty(STDIN_FILENO);
}

bool change_confirmed(const char *question)
{
    char answer[8];

    fprintf(stderr, "%s [y/N] ", question);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}
