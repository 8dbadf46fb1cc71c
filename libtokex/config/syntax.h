/*
 * What the text of a field may look like, by kind.
 */
#ifndef TOKEX_CONFIG_SYNTAX_H
#define TOKEX_CONFIG_SYNTAX_H

#include "config/fields.h"

/*
 * What is wrong with `text` (not NULL) as a value of `kind`, one that is kept as a text: NULL when
 * nothing is, else the problem without a full stop, and in *remedy a sentence. Both are literals,
 * or made in `pool`. `choices` is for CHOICE alone.
 */
const char *tokex_syntax_problem(const char **remedy, tokex_field_kind_t kind, const char *text,
                                 const char *const *choices, apr_pool_t *pool);

/* `choices` as "a, b, c" in `pool`. */
const char *tokex_syntax_choices(const char *const *choices, apr_pool_t *pool);

#endif
