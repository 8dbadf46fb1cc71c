#include "import.h"

#include "way.h"

int import_document(import_t *import, const ctl_t *ctl)
{
    tokex_faults_t *faults = tokex_config_faults_create(ctl->pool);
    const tokex_edit_author_t author = way_author(ctl, import->reason);
    tokex_edit_way_t way;
    const tokex_err_t *err;
    tokex_db_t *db;
    int code;

    err = tokex_db_open(&db, ctl->config_path, TOKEX_DB_CONFIG,
                        import->dry_run ? TOKEX_DB_READ : TOKEX_DB_WRITE, false, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    way = way_create(ctl, db, import->dry_run);
    err = tokex_edit_document(&import->number, &import->config, &way, import->text, import->len,
                              &author, faults, ctl->pool);
    code = way_result(ctl, err, faults);
    if (import->dry_run)
        way.made->nelts = 0;
    import->made = way.made;
    import->differing = way.differing;
    return code;
}
