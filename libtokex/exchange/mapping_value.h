/* The value of one mapping row on its way. For exchange/mapping*.c and explain/. */
#ifndef TOKEX_EXCHANGE_MAPPING_VALUE_H
#define TOKEX_EXCHANGE_MAPPING_VALUE_H

#include "policy/policy.h"

typedef enum tokex_form_of_value_t {
    TOKEX_FORM_MISSING,
    TOKEX_FORM_NODE, /* of a token, as it came */
    TOKEX_FORM_TEXT, /* of a request, client or constant, or made by a transform */
    TOKEX_FORM_LIST  /* texts that a transform made */
} tokex_form_of_value_t;

typedef struct tokex_value_t {
    tokex_form_of_value_t form;
    const tokex_json_t *node;
    const char *text;
    const char **items;
    int count;
} tokex_value_t;

/* How a value fared. */
typedef enum tokex_fared_t { TOKEX_FARED_WELL, TOKEX_FARED_WRONG, TOKEX_FARED_LARGE } tokex_fared_t;

/* Applies the row's transform, in place. */
tokex_fared_t tokex_mapping_value_transform(tokex_value_t *value, const tokex_policy_row_t *row,
                                            apr_pool_t *pool);
/* Judges it by the row's type. */
tokex_fared_t tokex_mapping_value_type(const tokex_value_t *value, tokex_value_type_t type);
void tokex_mapping_value_write(tokex_jsonw_t *w, const tokex_value_t *value);
/* "a text", "a list", ...: a literal. */
const char *tokex_mapping_value_kind(const tokex_value_t *value);

#endif
