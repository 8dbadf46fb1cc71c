#include "activity_config.h"

#include <stdbool.h>

#include <apr_lib.h>
#include <apr_strings.h>

#define DAYS_DEFAULT 7
#define ROWS_DEFAULT 100000
#define DAYS_MOST 3660
#define ROWS_MOST 10000000

/* Lives as long as the configuration that is read. */
static const tokex_activity_limits_t *wanted;

static apr_status_t forget(void *unused)
{
    (void)unused;
    wanted = NULL;
    return APR_SUCCESS;
}

static bool is_number(int *out, const char *text, int most)
{
    char *end;
    apr_int64_t number = apr_strtoi64(text, &end, 10);

    if (!apr_isdigit(*text) || *end || number < 1 || number > most)
        return false;
    *out = (int)number;
    return true;
}

const char *tokex_activity_set(cmd_parms *cmd, void *unused, const char *days, const char *rows)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    tokex_activity_limits_t *limits;

    (void)unused;
    if (error)
        return error;
    limits = apr_pcalloc(cmd->pool, sizeof(*limits));
    limits->rows = ROWS_DEFAULT;
    if (apr_strnatcasecmp(days, "off") == 0 && rows)
        return apr_psprintf(cmd->pool, "TokexActivity: \"%s\" stands behind Off; write Off alone",
                            rows);
    if (apr_strnatcasecmp(days, "off") != 0 && !is_number(&limits->days, days, DAYS_MOST))
        return apr_psprintf(cmd->pool,
                            "TokexActivity: \"%s\" is no number of days from 1 to %d; write "
                            "one, or Off",
                            days, DAYS_MOST);
    if (rows && !is_number(&limits->rows, rows, ROWS_MOST))
        return apr_psprintf(cmd->pool,
                            "TokexActivity: \"%s\" is no number of decisions from 1 to %d", rows,
                            ROWS_MOST);
    if (!wanted)
        apr_pool_cleanup_register(cmd->pool, NULL, forget, apr_pool_cleanup_null);
    wanted = limits;
    return NULL;
}

static const tokex_activity_limits_t usual = {DAYS_DEFAULT, ROWS_DEFAULT};

tokex_activity_limits_t tokex_activity_limits(void)
{
    return wanted ? *wanted : usual;
}

static const char *text_of(const tokex_activity_limits_t *limits, apr_pool_t *pool)
{
    return limits->days ? apr_psprintf(pool, "%d %d", limits->days, limits->rows) : "Off";
}

const char *tokex_activity_limits_text(apr_pool_t *pool)
{
    const tokex_activity_limits_t limits = tokex_activity_limits();

    return text_of(&limits, pool);
}

const char *tokex_activity_limits_usual(apr_pool_t *pool)
{
    return text_of(&usual, pool);
}
