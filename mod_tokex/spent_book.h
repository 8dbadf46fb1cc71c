/* Tokens that count once, of one directory's state.db, as the engine spends them. */
#ifndef MOD_TOKEX_SPENT_BOOK_H
#define MOD_TOKEX_SPENT_BOOK_H

#include <httpd.h>

#include "exchange/host.h"

typedef struct tokex_spent_book_t tokex_spent_book_t;

/* For all threads of a process, and as long as it is there; state.db is opened when the first one
 * is spent. NULL when there is no memory. */
tokex_spent_book_t *tokex_spent_book_create(server_rec *s);

/* Puts it into an engine; NULL: no token that counts once is accepted. */
void tokex_spent_book_serve(tokex_host_t *host, tokex_spent_book_t *book);

#endif
