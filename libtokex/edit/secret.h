/* Secrets of clients: a new one beside the old one, and taking one away. */
#ifndef TOKEX_EDIT_SECRET_H
#define TOKEX_EDIT_SECRET_H

#include "base/json.h"

typedef struct tokex_rotation_t {
    int64_t days;  /* that the old one goes on at most */
    bool drop_old; /* of two that have not ended the older one goes at once */
    int64_t now;   /* seconds */
} tokex_rotation_t;

/*
 * The client with a secret more that is to be made, called `*id`; those that have ended leave, and
 * the one that stays ends after the days, or earlier where it was to. In `pool`. NULL: there are
 * two already that have not ended, and none is to be dropped.
 */
const char *tokex_secret_rotate(const char **id, const tokex_json_t *client,
                                const tokex_rotation_t *how, apr_pool_t *pool);

/* The client without the secret `id`; NULL: it has none of that name. `*left`: how many it has
 * then. */
const char *tokex_secret_remove(int *left, const tokex_json_t *client, const char *id,
                                apr_pool_t *pool);

#endif
