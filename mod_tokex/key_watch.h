/* The signing keys of one state.db, followed: read again only when they have changed. */
#ifndef MOD_TOKEX_KEY_WATCH_H
#define MOD_TOKEX_KEY_WATCH_H

#include <httpd.h>

#include "store/signing_store.h"

typedef struct tokex_key_watch_t tokex_key_watch_t;

/* Nothing is read yet. `path` and `pool` live as long; both belong to one thread. */
tokex_key_watch_t *tokex_key_watch_create(const char *path, apr_pool_t *pool);

/*
 * Looks once: `*changed` says whether the keys are others than at the last look. A database that
 * cannot be read leaves the keys that were read before: a key that signs must not go because a disk
 * is full. Then the error is given; a file that is there but cannot be opened is tried again every
 * ten seconds.
 */
const tokex_err_t *tokex_key_watch_look(bool *changed, tokex_key_watch_t *watch,
                                        apr_pool_t *scratch);

/* What was read last; none before the first look. */
const tokex_signing_rows_t *tokex_key_watch_rows(const tokex_key_watch_t *watch);

/* Reads them once. Rows in `pool`, and the database closed again. */
const tokex_err_t *tokex_key_watch_once(tokex_signing_rows_t *out, const char *path,
                                        apr_pool_t *pool);

#endif
