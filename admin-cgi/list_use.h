/* What lists say of the rows that are shown alone: how clients and issuers were used, when keys of
 * issuers came, which targets clients have. */
#ifndef ADMIN_LIST_USE_H
#define ADMIN_LIST_USE_H

#include "admin.h"
#include "store/list_store.h"
#include "store/use_store.h"

/* The column by which a list can be sorted: when each was used last. */
#define ADMIN_LIST_LAST "last"

/* Is it a column of this file? */
bool admin_list_is_use(const char *column);

/* Adds ADMIN_LIST_LAST to a list of clients or issuers, so that it can be sorted by that. Without
 * it each row is looked up when it is shown. */
const tokex_err_t *admin_list_add_last(tokex_list_t *list, admin_t *a, const char *noun);

/* What is known of one row of a list; it stays nothing where state.db cannot be read, which the
 * page then says. */
typedef struct admin_list_use_t {
    const char *noun;
    bool drawn;  /* hours are shown as a line of bars */
    bool failed; /* state.db cannot be read */
    tokex_use_t use;
    int64_t fetched;       /* of an issuer: when its keys came, seconds; 0: never */
    int64_t next;          /* and when it is asked again */
    tokex_texts_t targets; /* of a client: what its rules name, by config.db */
} admin_list_use_t;

/* Is there anything to be known? Begins `out`; false: such objects are not counted. */
bool admin_list_use_begin(admin_list_use_t *out, admin_t *a, const char *noun, bool drawn);

/* Looks up the row of an id. */
const tokex_err_t *admin_list_use_read(admin_list_use_t *out, admin_t *a, const char *id);

/* Writes the cell of a column of this file. */
void admin_list_put_use(admin_t *a, const admin_list_use_t *row, const char *column);

/* Writes when a client or issuer was in a decision last and how often, as a paragraph; or why that
 * is not known. */
void admin_put_last_use(admin_t *a, const char *noun, const char *id);

#endif
