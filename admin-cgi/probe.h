/* Other servers, asked from a page: by the directives of the running server, never further than an
 * answer leads, and never so long that who waits for the page gives up. */
#ifndef ADMIN_PROBE_H
#define ADMIN_PROBE_H

#include "admin.h"
#include "keys/fetch_way.h"
#include "keys/key_probe.h"

/* A page waits so long for others, seconds. */
#define ADMIN_PROBE_SECONDS 4

/* The way out; `*out` is to be asked through `*way` alone. From now on the time runs. */
const tokex_err_t *admin_probe_open(tokex_fetch_way_t *out, tokex_probe_way_t *way, admin_t *a);

/* Whose directives these were. */
void admin_put_probe_way(admin_t *a, const tokex_fetch_way_t *way);

/* Each step with its time, what was found and what to do. */
void admin_put_probe(admin_t *a, const tokex_probe_t *probe);

#endif
