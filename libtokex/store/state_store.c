#include "store/state_store.h"

#include <apr_tables.h>

static const tokex_err_t *replace(tokex_db_t *db, const tokex_setting_t *settings, int count,
                                  apr_pool_t *pool)
{
    int i;

    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_SETTING_CLEAR, NULL, 0, NULL, pool));
    for (i = 0; i < count; i++) {
        const tokex_bind_t binds[] = {
            TOKEX_BIND_T("server", settings[i].server), TOKEX_BIND_T("name", settings[i].name),
            TOKEX_BIND_T("value", settings[i].value), TOKEX_BIND_I("written", settings[i].written),
            TOKEX_BIND_I("is_default", settings[i].is_default)};

        TOKEX_RETURN_ERR(tokex_db_run(db, TOKEX_SQL_STATE_SETTING_INSERT, binds, 5, NULL, pool));
    }
    return tokex_db_commit(db, pool);
}

const tokex_err_t *tokex_state_store_settings_save(tokex_db_t *db, const tokex_setting_t *settings,
                                                   int count, apr_pool_t *pool)
{
    const tokex_err_t *err = replace(db, settings, count, pool);

    if (err)
        tokex_db_rollback(db);
    return err;
}

const tokex_err_t *tokex_state_store_settings(const tokex_setting_t **out, int *count,
                                              tokex_db_t *db, apr_pool_t *result_pool,
                                              apr_pool_t *scratch_pool)
{
    apr_array_header_t *settings = apr_array_make(result_pool, 16, sizeof(tokex_setting_t));
    tokex_rows_t *rows;
    bool more;

    (void)scratch_pool;
    TOKEX_RETURN_ERR(
        tokex_db_select(&rows, db, TOKEX_SQL_STATE_SETTING_LIST, NULL, 0, result_pool));
    for (;;) {
        tokex_setting_t *setting;

        TOKEX_RETURN_ERR(tokex_db_next(&more, rows));
        if (!more)
            break;
        setting = apr_array_push(settings);
        setting->server = tokex_db_text(rows, "server");
        setting->name = tokex_db_text(rows, "name");
        setting->value = tokex_db_text(rows, "value");
        setting->written = tokex_db_integer(rows, "written");
        setting->is_default = tokex_db_integer(rows, "is_default") != 0;
    }
    *out = (const tokex_setting_t *)settings->elts;
    *count = settings->nelts;
    return NULL;
}
