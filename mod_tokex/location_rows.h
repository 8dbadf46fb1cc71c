/* What is protected, written down where tools outside httpd can read it. */
#ifndef MOD_TOKEX_LOCATION_ROWS_H
#define MOD_TOKEX_LOCATION_ROWS_H

#include <apr_tables.h>
#include <httpd.h>

#include "store/location_store.h"

/* Adds the sections of `s`, which is switched on and called `server`, to `list` of
 * tokex_location_row_t; they borrow from its configuration. */
void tokex_location_rows_add(apr_array_header_t *list, const server_rec *s, const char *server,
                             apr_pool_t *pool);

/* Makes `list` what stands in `db`; writes nothing when it stands there already. */
const tokex_err_t *tokex_location_rows_write(tokex_db_t *db, const apr_array_header_t *list,
                                             apr_pool_t *pool);

#endif
