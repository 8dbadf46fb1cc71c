/* A JSON object that is being changed: members by name, each with its value as JSON text. */
#ifndef TOKEXCTL_DRAFT_H
#define TOKEXCTL_DRAFT_H

#include <apr_tables.h>

#include "base/err.h"
#include "base/json.h"

typedef struct draft_t draft_t;

/* An empty one. It lives in `pool`, with all that is put into it. */
draft_t *draft_create(apr_pool_t *pool);

/* The members of the object `text`. TOKEX_E_JSON. */
const tokex_err_t *draft_read(draft_t **out, const char *text, apr_pool_t *pool);

/* The value of a member as JSON text; NULL: there is none. */
const char *draft_get(const draft_t *draft, const char *name);
/* The same for a member that is a text: the text itself. */
const char *draft_string(const draft_t *draft, const char *name);

/* Sets a member, in its place or behind the others; NULL takes it away. Texts are borrowed. */
void draft_put(draft_t *draft, const char *name, const char *json);

/* The elements of a member that is a list, as JSON texts (const char *); of any other, and of one
 * that is not there, none. In a list of its own. */
apr_array_header_t *draft_list(const draft_t *draft, const char *name);
void draft_put_list(draft_t *draft, const char *name, const apr_array_header_t *list);

/* The object as JSON text on one line. */
const char *draft_text(const draft_t *draft);

/* `text`, which is UTF-8, as JSON. */
const char *draft_quote(const char *text, apr_pool_t *pool);
/* A parsed value as JSON text. */
const char *draft_json(const tokex_json_t *node, apr_pool_t *pool);

#endif
