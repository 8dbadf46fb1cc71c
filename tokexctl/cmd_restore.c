#include <stdio.h>

#include "args.h"
#include "ctl.h"
#include "key.h"
#include "way.h"

typedef struct restore_t {
    int64_t number;
    bool force;
    const char *reason;
} restore_t;

static int tell(const ctl_t *ctl, const restore_t *asked, const tokex_edit_way_t *way,
                int64_t number)
{
    const tokex_err_t *err;
    int i;

    if (!number) {
        puts("everything is already as it was before that change");
        return ctl_flush();
    }
    for (i = 0; i < way->made->nelts; i++) {
        const tokex_edit_secret_t *made = &APR_ARRAY_IDX(way->made, i, tokex_edit_secret_t);

        printf("client %s secret %s: %s\n", made->client, made->id, made->value);
    }
    err = way_print(stdout, (const tokex_change_object_t *)way->differing->elts,
                    way->differing->nelts, false, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    printf("change %" APR_INT64_T_FMT ": took change %" APR_INT64_T_FMT " back\n",
           (apr_int64_t)number, (apr_int64_t)asked->number);
    return ctl_flush();
}

/* Both versions of what was changed again: as the change left it, and as it is. */
static const tokex_err_t *print_later(const ctl_t *ctl, tokex_db_t *db, int64_t number)
{
    const tokex_change_object_t *objects;
    const tokex_change_t *change;
    int64_t revision;
    int count, i;

    TOKEX_RETURN_ERR(tokex_change_show(&change, &objects, &count, db, number, ctl->pool));
    for (i = 0; i < count; i++) {
        tokex_change_object_t later = objects[i];

        later.before = objects[i].after;
        TOKEX_RETURN_ERR(
            tokex_edit_read(&later.after, &revision, db, later.noun, later.id, true, ctl->pool));
        if (revision != number)
            TOKEX_RETURN_ERR(way_print(stderr, &later, 1, false, ctl->pool));
    }
    return NULL;
}

static int tell_late(const ctl_t *ctl, const restore_t *asked, tokex_db_t *db)
{
    const tokex_err_t *err;

    ctl_say(CTL_REFUSED, "since change %" APR_INT64_T_FMT ":", (apr_int64_t)asked->number);
    err = print_later(ctl, db, asked->number);
    if (err)
        return ctl_error(ctl, err);
    return ctl_say(CTL_REFUSED, "--force takes that back, too. Nothing was changed");
}

static int restore(const ctl_t *ctl, const restore_t *asked)
{
    const tokex_edit_author_t author = way_author(ctl, asked->reason);
    tokex_faults_t *faults = tokex_config_faults_create(ctl->pool);
    const tokex_err_t *err;
    tokex_edit_way_t way;
    tokex_db_t *db;
    int64_t number;
    int code;

    err = tokex_db_open(&db, ctl->config_path, TOKEX_DB_CONFIG, TOKEX_DB_WRITE, false, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    way = way_create(ctl, db, false);
    err = tokex_change_restore(&number, &way, asked->number, asked->force, &author, faults,
                               ctl->pool);
    code = way_result(ctl, err, faults);
    if (err && err->code == TOKEX_E_CONFLICT)
        return tell_late(ctl, asked, db);
    return code ? code : tell(ctl, asked, &way, number);
}

int ctl_restore(ctl_t *ctl, int argc, const char *const *argv)
{
    restore_t asked = {0};
    const args_option_t options[] = {{0, "force", NULL, &asked.force},
                                     {0, "reason", &asked.reason, NULL}};
    args_t args = {options, 2, NULL, 0};

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: restore N [--force] [--reason TEXT]; N as in tokexctl "
                                  "history");
    if (!key_number(&asked.number, "restore", args.operands[0], INT64_MAX))
        return CTL_USAGE;
    return restore(ctl, &asked);
}
