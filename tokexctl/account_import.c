#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "account.h"
#include "args.h"
#include "csv.h"
#include "file.h"
#include "store/account_edit.h"
#include "store/account_store.h"
#include "way.h"

/* Faults that are told one by one. */
#define FAULTS_SHOWN 20

typedef struct import_t {
    const ctl_t *ctl;
    tokex_db_t *db;
    csv_t csv;
    apr_array_header_t *members; /* of the columns: const char * */
    apr_array_header_t *fields;
    int username; /* its column */
    int added;
    int changed;
    int faults;
    apr_pool_t *row; /* of one record */
} import_t;

static void fault(import_t *import, const char *field, const char *problem)
{
    if (import->faults++ < FAULTS_SHOWN)
        fprintf(stderr, "line %d: %s%s%s\n", import->csv.line,
                field ? way_text(field, import->row) : "", field ? ": " : "", problem);
}

/* The members that the first line names. */
static const char *read_header(import_t *import, apr_pool_t *pool)
{
    tokex_account_draft_t draft;
    const char *problem;
    int i;

    if (!csv_read(&problem, &import->csv, import->fields))
        return problem ? problem : "there is no first line that names the members";
    import->members = apr_array_make(pool, import->fields->nelts, sizeof(const char *));
    import->username = -1;
    if (tokex_account_draft_new(&draft, "x", 0, pool))
        return "there is no randomness";
    for (i = 0; i < import->fields->nelts; i++) {
        const char *member = apr_pstrdup(pool, APR_ARRAY_IDX(import->fields, i, const char *));

        APR_ARRAY_PUSH(import->members, const char *) = member;
        if (strcmp(member, TOKEX_ACCOUNT_USERNAME) == 0)
            import->username = i;
        else if (strcmp(member, "active") != 0 && strcmp(member, "privileged") != 0 &&
                 (problem = tokex_account_draft_set(&draft, member, "")))
            return apr_pstrcat(pool, "column ", way_text(member, pool), ": ", problem, NULL);
    }
    return import->username < 0 ? "no column is called username" : NULL;
}

/* Empty: what a new account has, and what an old one keeps. */
static bool keeps(const char *member, const char *value)
{
    return !*value && (strcmp(member, "active") == 0 || strcmp(member, "privileged") == 0);
}

static bool set_members(import_t *import, tokex_account_draft_t *draft)
{
    int i;

    for (i = 0; i < import->members->nelts; i++) {
        const char *member = APR_ARRAY_IDX(import->members, i, const char *);
        const char *value = APR_ARRAY_IDX(import->fields, i, const char *);
        const char *problem =
            keeps(member, value) ? NULL : tokex_account_draft_set(draft, member, value);

        if (problem) {
            fault(import, member, problem);
            return false;
        }
    }
    return true;
}

static const tokex_err_t *put_account(import_t *import, tokex_account_draft_t *draft, bool is_new)
{
    const char *taken;

    if (is_new)
        TOKEX_RETURN_ERR(tokex_account_edit_add(&taken, import->db, tokex_account_draft_made(draft),
                                                import->row));
    else
        TOKEX_RETURN_ERR(tokex_account_edit_put(&taken, import->db, tokex_account_draft_made(draft),
                                                import->row));
    if (taken)
        fault(import, taken, "another account has this already");
    import->added += is_new;
    import->changed += !is_new;
    return NULL;
}

static const tokex_err_t *take_record(import_t *import)
{
    const tokex_account_t *old;
    tokex_account_draft_t draft;
    const char *name;

    if (import->fields->nelts != import->members->nelts) {
        fault(import, NULL, "the record has not as many fields as the first line");
        return NULL;
    }
    name = APR_ARRAY_IDX(import->fields, import->username, const char *);
    TOKEX_RETURN_ERR(tokex_account_store_by_name(&old, import->db, name, import->row));
    if (old)
        tokex_account_draft_of(&draft, old, import->ctl->now, import->row);
    else
        TOKEX_RETURN_ERR(tokex_account_draft_new(&draft, name, import->ctl->now, import->row));
    return set_members(import, &draft) ? put_account(import, &draft, !old) : NULL;
}

static const tokex_err_t *take_records(import_t *import)
{
    const tokex_err_t *err;
    const char *problem;

    while (csv_read(&problem, &import->csv, import->fields)) {
        err = take_record(import);
        if (err)
            return err;
        apr_pool_clear(import->row);
    }
    if (problem)
        fault(import, NULL, problem);
    return NULL;
}

/* All of it, or nothing. */
static const tokex_err_t *take_all(import_t *import, bool dry_run, apr_pool_t *pool)
{
    TOKEX_RETURN_ERR(tokex_db_begin(import->db, true, pool));
    TOKEX_RETURN_ERR(take_records(import));
    if (import->faults || dry_run) {
        tokex_db_rollback(import->db);
        return NULL;
    }
    TOKEX_RETURN_ERR(tokex_account_edit_changed(import->db, pool));
    return tokex_db_commit(import->db, pool);
}

static int tell(const import_t *import, bool dry_run)
{
    if (import->faults > FAULTS_SHOWN)
        fprintf(stderr, "and %d more\n", import->faults - FAULTS_SHOWN);
    if (import->faults)
        return ctl_say(CTL_REFUSED, "nothing was changed: %d faults", import->faults);
    printf("%s%d accounts added, %d changed\n", dry_run ? "would be: " : "", import->added,
           import->changed);
    return ctl_flush();
}

static int import_stream(ctl_t *ctl, FILE *in, bool dry_run)
{
    import_t import = {.ctl = ctl};
    const tokex_err_t *err = tokex_db_open(&import.db, ctl->state_path, TOKEX_DB_STATE,
                                           TOKEX_DB_WRITE, false, ctl->pool);
    const char *problem;

    if (err)
        return ctl_error(ctl, err);
    apr_pool_create(&import.row, ctl->pool);
    csv_begin(&import.csv, in, ctl->pool);
    import.fields = apr_array_make(ctl->pool, 16, sizeof(const char *));
    problem = read_header(&import, ctl->pool);
    if (problem)
        return ctl_say(CTL_REFUSED, "line 1: %s", problem);
    err = take_all(&import, dry_run, ctl->pool);
    if (err) {
        tokex_db_rollback(import.db);
        return ctl_error(ctl, err);
    }
    return tell(&import, dry_run);
}

int account_import(ctl_t *ctl, int argc, const char *const *argv)
{
    bool dry_run = false;
    const args_option_t options[] = {{0, "dry-run", NULL, &dry_run}};
    args_t args = {options, 1, NULL, 0};
    FILE *in;
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: account import FILE|- [--dry-run]");
    if (strcmp(args.operands[0], "-") == 0)
        return import_stream(ctl, stdin, dry_run);
    in = fopen(args.operands[0], "rbe");
    if (!in)
        return ctl_error(ctl, file_error(args.operands[0], ctl->pool));
    code = import_stream(ctl, in, dry_run);
    fclose(in);
    return code;
}
