/* A backend that answers 401 does not take the token that it got: what was decided is forgotten,
 * and the next request with it is decided anew. This one is answered; none is sent twice. */
#ifndef MOD_TOKEX_CACHE_WATCH_H
#define MOD_TOKEX_CACHE_WATCH_H

/* The hook and the filter. */
void tokex_cache_watch_register(void);

#endif
