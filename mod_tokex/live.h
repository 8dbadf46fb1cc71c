/*
 * What a virtual host serves at this moment. One thread replaces it, any number of requests use it,
 * and nobody waits for anybody: a request keeps what it began with, and what was replaced goes when
 * the last such request has ended.
 */
#ifndef MOD_TOKEX_LIVE_H
#define MOD_TOKEX_LIVE_H

#include <stdbool.h>

#include "site.h"

typedef struct tokex_live_t tokex_live_t;

/* Nothing is served yet. `pool` belongs to the thread that replaces. */
tokex_live_t *tokex_live_create(apr_pool_t *pool);

/* The site in force, which stays as long as `pool` does; NULL as long as none could be loaded. */
const tokex_site_t *tokex_live_hold(tokex_live_t *live, apr_pool_t *pool);

/* Is there one? Once there is, there always is. */
bool tokex_live_is_loaded(tokex_live_t *live);

/* Puts `site` in force. `pool`, which holds it, is given away. */
void tokex_live_replace(tokex_live_t *live, const tokex_site_t *site, apr_pool_t *pool);

/* Frees what was replaced and is held by nobody any more. By the thread that replaces. */
void tokex_live_sweep(tokex_live_t *live);

#endif
