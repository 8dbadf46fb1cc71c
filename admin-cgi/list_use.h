/* What lists say beside what stands in the configuration: how clients and issuers were used, and
 * when keys of issuers came. */
#ifndef ADMIN_LIST_USE_H
#define ADMIN_LIST_USE_H

#include "admin.h"
#include "store/list_store.h"
#include "store/use_store.h"

/* The column of decisions in the last hours, which are shown hour by hour too. */
#define ADMIN_LIST_USE "use"

/*
 * Adds the columns `last` and `use` to a list of clients or issuers, `fetched` and `next` to the
 * latter; other lists stay as they are. `*uses`: tokex_use_t by id, empty where state.db cannot be
 * read, which the page then says; NULL: such objects are not counted.
 */
const tokex_err_t *admin_list_add_use(tokex_list_t *list, apr_hash_t **uses, admin_t *a,
                                      const char *noun);

/* Writes when a client or issuer was in a decision last, as a paragraph; nothing where that is not
 * known. */
void admin_put_last_use(admin_t *a, const char *noun, const char *id);

/* Writes a cell with the number of decisions, and the hours as a line of bars where `drawn`. `use`
 * NULL: none. */
void admin_put_use(admin_t *a, const tokex_use_t *use, bool drawn);

#endif
