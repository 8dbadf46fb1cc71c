/* `issuer add --from-token`: what a sample token says of its issuer, for a person to judge, or to
 * be taken as it is. */
#include <stdio.h>

#include "args.h"
#include "base/limits.h"
#include "file.h"
#include "issuer.h"
#include "policy/propose.h"
#include "way.h"

/* Blanks around it, and the word before it. */
#define MORE 4096

static void tell(const tokex_proposal_t *proposal)
{
    int i;

    fputs("note: the signature of the token was not verified: compare what it says with what the "
          "issuer says\n",
          stderr);
    for (i = 0; i < proposal->warning_count; i++)
        fprintf(stderr, "warning: %s.\n", proposal->warnings[i]);
}

/* No word of the token. */
static int refuse(const ctl_t *ctl, const char *path, const tokex_err_t *err)
{
    return ctl_say(CTL_REFUSED, "%s: the token cannot serve as a sample: %s", path,
                   tokex_err_text(err, ctl->pool));
}

/* ---- Taking it as it is */

typedef struct apply_t {
    const ctl_t *ctl;
    tokex_proposal_t proposal;
    const char *reason;
    bool dry_run;
    tokex_db_t *db;
    tokex_edit_t edits[2];
    int count;
} apply_t;

/* What is there already is not what a sample token should change. */
static int add_edit(apply_t *apply, const char *noun, const char *object)
{
    tokex_edit_t *edit = &apply->edits[apply->count];
    const char *present;
    const tokex_err_t *err;

    if (!object)
        return CTL_DONE;
    *edit = (tokex_edit_t){.noun = noun, .id = apply->proposal.id, .object = object};
    err = tokex_edit_read(&present, &edit->revision, apply->db, noun, edit->id, false,
                          apply->ctl->pool);
    if (err)
        return ctl_error(apply->ctl, err);
    if (present)
        return ctl_say(CTL_REFUSED,
                       "--apply %s: there is such %s %s already. Choose another id, or change "
                       "that one",
                       edit->id, *noun == 'i' ? "an" : "a", noun);
    apply->count++;
    return CTL_DONE;
}

static int finish(const apply_t *apply, const tokex_edit_way_t *way, int64_t number)
{
    const tokex_err_t *err = way_print(stdout, (const tokex_change_object_t *)way->differing->elts,
                                       way->differing->nelts, true, apply->ctl->pool);

    if (err)
        return ctl_error(apply->ctl, err);
    if (apply->dry_run)
        puts("no fault, nothing was changed");
    else
        printf("change %" APR_INT64_T_FMT "\n", (apr_int64_t)number);
    return ctl_flush();
}

static int change(apply_t *apply)
{
    apr_pool_t *pool = apply->ctl->pool;
    tokex_faults_t *faults = tokex_config_faults_create(pool);
    const tokex_edit_author_t author = way_author(apply->ctl, apply->reason);
    tokex_edit_way_t way = way_create(apply->ctl, apply->db, apply->dry_run);
    int64_t number = 0;
    int code = way_result(
        apply->ctl,
        tokex_edit_apply(&number, NULL, &way, apply->edits, apply->count, &author, faults, pool),
        faults);

    return code ? code : finish(apply, &way, number);
}

static int apply_proposal(apply_t *apply)
{
    const ctl_t *ctl = apply->ctl;
    const tokex_err_t *err =
        tokex_db_open(&apply->db, ctl->config_path, TOKEX_DB_CONFIG,
                      apply->dry_run ? TOKEX_DB_READ : TOKEX_DB_WRITE, false, ctl->pool);
    int code;

    if (err)
        return ctl_error(ctl, err);
    code = add_edit(apply, "mapping", apply->proposal.mapping);
    if (!code)
        code = add_edit(apply, "issuer", apply->proposal.issuer);
    return code ? code : change(apply);
}

/* ---- The command */

static int show(const tokex_proposal_t *proposal)
{
    fputs(proposal->document, stdout);
    return ctl_flush();
}

/* What is applied has the id that --apply gives. */
static int propose(apply_t *apply, const char *path, const char *id, bool applies)
{
    const ctl_t *ctl = apply->ctl;
    const tokex_err_t *err;
    const char *text;
    apr_size_t len;

    err = file_read(&text, &len, path, TOKEX_LIMIT_TOKEN + MORE, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    err = tokex_propose_issuer(&apply->proposal, text, len, id, ctl->now, ctl->pool);
    if (err)
        return refuse(ctl, path, err);
    tell(&apply->proposal);
    return applies ? apply_proposal(apply) : show(&apply->proposal);
}

int ctl_issuer_propose(ctl_t *ctl, int argc, const char *const *argv)
{
    apply_t apply = {.ctl = ctl};
    const char *path = NULL, *id = NULL, *applied = NULL;
    const args_option_t options[] = {{0, "from-token", &path, NULL},
                                     {0, "id", &id, NULL},
                                     {0, "apply", &applied, NULL},
                                     {0, "reason", &apply.reason, NULL},
                                     {0, "dry-run", NULL, &apply.dry_run}};
    args_t args = {options, 5, NULL, 0};

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (!path || args.operand_count || (id && applied) ||
        (!applied && (apply.reason || apply.dry_run)))
        return ctl_say(CTL_USAGE,
                       "say: issuer add --from-token FILE|- [--id ID], or --apply ID [--reason "
                       "TEXT] [--dry-run]; - is standard input");
    return propose(&apply, path, applied ? applied : id, applied != NULL);
}
