/*
 * Paths to claims: member names joined by `.`; a dot that belongs to a name is written `\.`, a
 * backslash `\\`. "https://example\.com/groups" is one name, "address.country" two.
 */
#ifndef TOKEX_POLICY_PATH_H
#define TOKEX_POLICY_PATH_H

#include "base/json.h"

/* Names in one path. */
#define TOKEX_PATH_NAMES 8

typedef struct tokex_path_t {
    const char *names[TOKEX_PATH_NAMES];
    int count;
} tokex_path_t;

/* Reads `text` into `*out`; its texts live in `pool`. False for an empty name, a backslash before
 * anything but a dot or a backslash, or too many names. */
bool tokex_path_parse(tokex_path_t *out, const char *text, apr_pool_t *pool);

/* The node at the end of the path, NULL when any member of it is missing or no object. */
const tokex_json_t *tokex_path_get(const tokex_path_t *path, const tokex_json_t *claims);

#endif
