/* Rows of config.db, each into what it stands for. For config_load.c. */
#ifndef TOKEX_STORE_CONFIG_TAKE_H
#define TOKEX_STORE_CONFIG_TAKE_H

#include "config/config.h"
#include "store/db_sqlite.h"

/* What goes on from row to row. */
typedef struct tokex_config_taking_t {
    apr_pool_t *pool; /* where lists of texts live; other texts live in the pool of the rows */
    /* The text that was split last, and what came of it: most rows say the same. */
    const char *whole;
    tokex_texts_t parts;
} tokex_config_taking_t;

/* Fills `element`, of which every octet is 0, from the row that was read; what is in other tables
 * stays empty. */
typedef void tokex_config_take_t(tokex_config_taking_t *taking, tokex_rows_t *rows, void *element);

tokex_config_take_t tokex_config_take_mapping_pair;
tokex_config_take_t tokex_config_take_mapping_row;
tokex_config_take_t tokex_config_take_mapping;
tokex_config_take_t tokex_config_take_procedure;
tokex_config_take_t tokex_config_take_scope;
tokex_config_take_t tokex_config_take_condition;
tokex_config_take_t tokex_config_take_issuer_scope;
tokex_config_take_t tokex_config_take_issuer_key;
tokex_config_take_t tokex_config_take_issuer;
tokex_config_take_t tokex_config_take_target;
tokex_config_take_t tokex_config_take_secret;
tokex_config_take_t tokex_config_take_property;
tokex_config_take_t tokex_config_take_actor;
tokex_config_take_t tokex_config_take_rule;
tokex_config_take_t tokex_config_take_client;
tokex_config_take_t tokex_config_take_signing;
tokex_config_take_t tokex_config_take_signing_key;

#endif
