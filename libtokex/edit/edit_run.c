#include "edit/edit_private.h"

#include <apr_strings.h>

#include "config/syntax.h"
#include "store/config_store.h"

/* One line of UTF-8, and short: it is shown in tables. */
static void check_line(const tokex_edit_run_t *run, const char *field, const char *text)
{
    const tokex_place_t at = {.object = "change", .field = field};
    const char *remedy = NULL;
    const char *problem = tokex_syntax_problem(&remedy, TOKEX_FIELD_TEXT, text, NULL, run->pool);

    if (problem)
        tokex_faults_error(run->faults, &at, remedy, "%s", problem);
}

static const tokex_err_t *check_generation(tokex_edit_run_t *run, int *late)
{
    TOKEX_RETURN_ERR(tokex_config_store_generation(&run->generation, run->way->db, run->pool));
    if (!run->way->generation || *run->way->generation == run->generation)
        return NULL;
    if (late)
        *late = -1;
    return tokex_err_create(run->pool, TOKEX_E_CONFLICT, NULL,
                            "the configuration was changed meanwhile");
}

const tokex_err_t *tokex_edit_begin(tokex_edit_run_t *run, int *late)
{
    TOKEX_RETURN_ERR(tokex_crypt_create(&run->crypt, run->pool));
    check_line(run, "who", run->author->who);
    if (run->author->reason)
        check_line(run, "reason", run->author->reason);
    TOKEX_RETURN_ERR(tokex_db_begin(run->way->db, !run->way->dry_run, run->pool));
    return check_generation(run, late);
}

const tokex_err_t *tokex_edit_end(const tokex_edit_run_t *run, const tokex_err_t *err)
{
    if (err)
        tokex_db_rollback(run->way->db);
    return err;
}

static tokex_change_object_t *record(const tokex_edit_slot_t *slots, int count, apr_pool_t *pool)
{
    tokex_change_object_t *objects = apr_palloc(pool, sizeof *objects * ((apr_size_t)count + 1));
    int i;

    for (i = 0; i < count; i++)
        objects[i] = (tokex_change_object_t){slots[i].list->object->noun, slots[i].id, slots[i].was,
                                             slots[i].became};
    return objects;
}

static const tokex_err_t *write_rows(int64_t *number, const tokex_edit_run_t *run,
                                     const tokex_edit_slot_t *slots, int count,
                                     const tokex_change_object_t *objects)
{
    tokex_db_t *db = run->way->db;
    const tokex_config_delta_t delta = {
        .gone = tokex_edit_collect(slots, count, TOKEX_EDIT_GONE, run->pool),
        .changed = tokex_edit_collect(slots, count, TOKEX_EDIT_CHANGED, run->pool),
        .fresh = tokex_edit_collect(slots, count, TOKEX_EDIT_FRESH, run->pool)};
    tokex_change_t change = {.at = run->author->now,
                             .who = run->author->who,
                             .reason = run->author->reason,
                             .object_count = count};

    TOKEX_RETURN_ERR(tokex_config_rows_next_generation(db, run->generation, run->pool));
    TOKEX_RETURN_ERR(tokex_config_rows_change(db, &delta, run->pool));
    TOKEX_RETURN_ERR(tokex_change_store_add(db, &change, objects, run->pool));
    TOKEX_RETURN_ERR(tokex_db_commit(db, run->pool));
    *number = change.number;
    return NULL;
}

const tokex_err_t *tokex_edit_write(int64_t *number, const tokex_edit_run_t *run,
                                    const tokex_edit_slot_t *slots, int count)
{
    const tokex_change_object_t *objects = record(slots, count, run->pool);
    int64_t none = 0;
    int i;

    number = number ? number : &none;
    *number = 0;
    for (i = 0; run->way->differing && i < count; i++)
        APR_ARRAY_PUSH(run->way->differing, tokex_change_object_t) = objects[i];
    if (run->faults->error_count)
        return tokex_err_create(run->pool, TOKEX_E_DOCUMENT, NULL, "the change has %d fault%s",
                                run->faults->error_count, run->faults->error_count == 1 ? "" : "s");
    if (count && !run->way->dry_run)
        return write_rows(number, run, slots, count, objects);
    tokex_db_rollback(run->way->db);
    return NULL;
}
