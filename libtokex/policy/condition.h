/* Conditions on claims, compiled: config/config.h says what each test means. */
#ifndef TOKEX_POLICY_CONDITION_H
#define TOKEX_POLICY_CONDITION_H

#include "config/config.h"
#include "policy/path.h"

typedef enum tokex_test_t {
    TOKEX_TEST_IS,
    TOKEX_TEST_ONE_OF,
    TOKEX_TEST_GLOB,
    TOKEX_TEST_GLOB_PATH,
    TOKEX_TEST_ANY_OF,
    TOKEX_TEST_ALL_OF,
    TOKEX_TEST_NONE_OF,
    TOKEX_TEST_SAME_AS
} tokex_test_t;

typedef struct tokex_policy_condition_t {
    const tokex_condition_t *config;
    tokex_test_t test;
    tokex_path_t path;
    const tokex_path_t *others; /* same_as: one a value */
} tokex_policy_condition_t;

/* Does `condition` hold for these claims? Time linear in claim and values, no backtracking that
 * grows beyond the product of the two. */
bool tokex_condition_holds(const tokex_policy_condition_t *condition, const tokex_json_t *claims);

/* The first of `count` conditions for which holding is `holds`; NULL: none. */
const tokex_policy_condition_t *tokex_condition_first(const tokex_policy_condition_t *conditions,
                                                      int count, const tokex_json_t *claims,
                                                      bool holds);

/* Does `text` fit `pattern`? `*` stands for any characters, `?` for one; neither for `/` unless
 * `across`. Compared octet by octet. */
bool tokex_condition_glob(const char *pattern, const char *text, bool across);

#endif
