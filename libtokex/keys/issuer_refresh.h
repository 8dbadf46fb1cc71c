/*
 * An issuer's keys asked for now: the running server alone fetches and keeps them; its rows of
 * state.db are made due, and what becomes of them is watched. For tools.
 */
#ifndef TOKEX_KEYS_ISSUER_REFRESH_H
#define TOKEX_KEYS_ISSUER_REFRESH_H

#include "config/config.h"
#include "crypt/crypt.h"
#include "store/key_store.h"

typedef struct tokex_refresh_source_t {
    const char *url;
    bool was_known;
    tokex_fetched_t before;       /* when it is known */
    const tokex_fetched_t *after; /* NULL: nothing came of it so far */
} tokex_refresh_source_t;

typedef struct tokex_issuer_refresh_t {
    const tokex_issuer_t *issuer;
    tokex_db_t *state;
    tokex_refresh_source_t *sources;
    int count;    /* 0: its keys stand in the configuration alone */
    int64_t now;  /* seconds, when it was asked for */
    int64_t wait; /* seconds that were waited */
} tokex_issuer_refresh_t;

/* Names the sources; nothing is asked for yet. */
void tokex_issuer_refresh_sources(tokex_issuer_refresh_t *out, const tokex_issuer_t *issuer,
                                  apr_pool_t *pool);

/* Makes the rows due at `now` (seconds) in `state`, which is open to be written. */
const tokex_err_t *tokex_issuer_refresh_begin(tokex_issuer_refresh_t *refresh, tokex_db_t *state,
                                              int64_t now, apr_pool_t *pool);

/* Waits until a server has asked all of them, at most `seconds`. */
const tokex_err_t *tokex_issuer_refresh_wait(tokex_issuer_refresh_t *refresh, int64_t seconds,
                                             apr_pool_t *pool);

/* What came of a source, a sentence without its full stop; `*good`: keys that can be used. */
const char *tokex_issuer_refresh_said(bool *good, const tokex_issuer_refresh_t *refresh,
                                      const tokex_refresh_source_t *source,
                                      const tokex_crypt_t *crypt, apr_pool_t *pool);

#endif
