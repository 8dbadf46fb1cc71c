#include "edit/edit_private.h"

#include <apr_strings.h>

const tokex_err_t *tokex_change_list(const tokex_change_t **out, int *count, tokex_db_t *db,
                                     const tokex_change_filter_t *filter, apr_pool_t *pool)
{
    return tokex_change_store_list(out, count, db, filter, pool);
}

const tokex_err_t *tokex_change_show(const tokex_change_t **change,
                                     const tokex_change_object_t **objects, int *count,
                                     tokex_db_t *db, int64_t number, apr_pool_t *pool)
{
    return tokex_change_store_find(change, objects, count, db, number, pool);
}

const tokex_err_t *tokex_change_restore(int64_t *number, const tokex_edit_way_t *way,
                                        int64_t restored, bool force,
                                        const tokex_edit_author_t *author, tokex_faults_t *faults,
                                        apr_pool_t *pool)
{
    tokex_edit_author_t named = *author;
    const tokex_change_object_t *objects;
    const tokex_change_t *change;
    tokex_edit_t *edits;
    int count, i;

    TOKEX_RETURN_ERR(tokex_change_show(&change, &objects, &count, way->db, restored, pool));
    if (!change)
        return tokex_err_create(pool, TOKEX_E_CHANGE_UNKNOWN, NULL,
                                "there is no change %" APR_INT64_T_FMT, (apr_int64_t)restored);
    edits = apr_pcalloc(pool, sizeof *edits * ((apr_size_t)count + 1));
    for (i = 0; i < count; i++)
        edits[i] = (tokex_edit_t){objects[i].noun, objects[i].id, objects[i].before,
                                  force ? TOKEX_EDIT_ANY : restored};
    if (!named.reason)
        named.reason =
            apr_psprintf(pool, "takes change %" APR_INT64_T_FMT " back", (apr_int64_t)restored);
    return tokex_edit_apply(number, NULL, way, edits, count, &named, faults, pool);
}
