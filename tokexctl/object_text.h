/* Objects for people to read. Nothing here prints a member that fields.c calls secret. */
#ifndef TOKEXCTL_OBJECT_TEXT_H
#define TOKEXCTL_OBJECT_TEXT_H

#include <stdio.h>

#include "base/json.h"
#include "config/fields.h"

/* Prints `object`, "member: value" a line, what is in it indented; a value that stands there when
 * nothing is said is marked. */
void object_text_print(FILE *out, const tokex_object_desc_t *desc, const tokex_json_t *object,
                       apr_pool_t *pool);

/* A value of `field` on one line; a NULL node gives "-". */
const char *object_text_brief(const tokex_field_t *field, const tokex_json_t *node,
                              apr_pool_t *pool);

/* `object` as JSON without the members that are secret. `w` stands where a value may. */
void object_text_json(tokex_jsonw_t *w, const tokex_object_desc_t *desc,
                      const tokex_json_t *object);

#endif
