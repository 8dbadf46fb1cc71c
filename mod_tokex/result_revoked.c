#include "result_revoked.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "exchange/marks.h"

static const char *claim(const tokex_result_t *result, const char *name)
{
    const tokex_variable_t *variable = tokex_result_variable(result, name);

    return variable ? variable->value : NULL;
}

/* False: it is there and cannot be read. */
static bool read_node(const tokex_json_t **out, const tokex_result_t *result, const char *name,
                      apr_pool_t *pool)
{
    const char *text = claim(result, name);

    *out = NULL;
    return !text || tokex_json_parse(out, text, strlen(text), pool) == NULL;
}

static bool read_names(tokex_own_names_t *out, const tokex_result_t *result, apr_pool_t *pool)
{
    const char *issued = claim(result, "iat");

    out->jti = claim(result, "jti");
    out->client = claim(result, "client_id");
    out->idp = claim(result, "idp");
    out->sub = claim(result, "sub");
    out->issued = issued ? apr_strtoi64(issued, NULL, 10) : INT64_MIN;
    return read_node(&out->lineage, result, "lineage", pool) &&
           read_node(&out->act, result, "act", pool);
}

bool tokex_result_revoked(const tokex_result_t *result, const tokex_engine_t *engine,
                          apr_pool_t *pool)
{
    const tokex_host_t *host = &engine->host;
    tokex_own_names_t names;
    tokex_marks_t marks;
    int64_t number;

    if (!host->revokes || !host->revokes(host->revocations) || !result->granted)
        return false;
    return !read_names(&names, result, pool) || !tokex_marks_own(&marks, &names, engine->policy) ||
           host->revoked(&number, host->revocations, &marks);
}
