/* The directive TokexActivity, of the whole server. */
#ifndef MOD_TOKEX_ACTIVITY_CONFIG_H
#define MOD_TOKEX_ACTIVITY_CONFIG_H

#include <httpd.h>
#include <http_config.h>

/* How long and how many decisions are kept in state.db. */
typedef struct tokex_activity_limits_t {
    int days; /* 0: none are recorded */
    int rows;
} tokex_activity_limits_t;

/* `TokexActivity DAYS [ROWS]` or `TokexActivity Off`. */
const char *tokex_activity_set(cmd_parms *cmd, void *unused, const char *days, const char *rows);

/* What is in force. */
tokex_activity_limits_t tokex_activity_limits(void);

/* The same as it is written in a configuration file. */
const char *tokex_activity_limits_text(apr_pool_t *pool);

/* The same of what is in force where nobody says anything. */
const char *tokex_activity_limits_usual(apr_pool_t *pool);

#endif
