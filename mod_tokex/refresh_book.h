/* Refresh tokens of one directory's state.db, as the engine asks for them. */
#ifndef MOD_TOKEX_REFRESH_BOOK_H
#define MOD_TOKEX_REFRESH_BOOK_H

#include <httpd.h>

#include "exchange/host.h"
#include "revocation_follow.h"

typedef struct tokex_refresh_book_t tokex_refresh_book_t;

/* For all threads of a process, and as long as it is there. NULL when there is no memory. What
 * comes of one that was used twice is taken back in `revocations`. */
tokex_refresh_book_t *tokex_refresh_book_create(server_rec *s,
                                                tokex_revocation_follow_t *revocations);

/* Puts it into an engine; NULL: there are no refresh tokens. */
void tokex_refresh_book_serve(tokex_host_t *host, tokex_refresh_book_t *book);

#endif
