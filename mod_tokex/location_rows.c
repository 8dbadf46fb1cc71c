#include "location_rows.h"

#include <apr_strings.h>

#include "directives.h"
#include "sections.h"

/* In the order of the enumerations, in the words of the directives. */
static const char *const own_tokens[] = {"refuse", "accept", "exchange"};
static const char *const injected[] = {"original", "exchanged", "both"};

static const char *text(const char *value)
{
    return value ? value : "";
}

static const char *joined(const apr_array_header_t *list, char by, apr_pool_t *pool)
{
    return list ? apr_array_pstrcat(pool, list, by) : "";
}

void tokex_location_rows_add(apr_array_header_t *list, const server_rec *s, const char *server,
                             apr_pool_t *pool)
{
    const apr_array_header_t *sections = tokex_directives_of(s)->sections;
    int i;

    for (i = 0; i < sections->nelts; i++) {
        const tokex_section_t *section = &APR_ARRAY_IDX(sections, i, tokex_section_t);
        const tokex_dir_t *dir = section->dir;
        tokex_location_row_t *row = apr_array_push(list);

        row->server = server;
        row->section = section->name;
        row->file = section->file;
        row->line = section->line;
        row->auth_type = text(section->auth_type);
        row->client = text(dir->client);
        row->issuers = joined(dir->issuers, ' ', pool);
        row->audiences = joined(dir->audiences, ' ', pool);
        row->resources = joined(dir->resources, ' ', pool);
        row->scope = text(dir->scope);
        row->own_tokens = own_tokens[tokex_location_own_tokens(dir)];
        row->subject_type = tokex_location_subject_type(dir);
        row->machine_tokens = tokex_location_machine_tokens(dir);
        row->exchange = tokex_location_exchanges(dir);
        row->user_claim = tokex_location_user_claim(dir);
        row->inject = injected[tokex_location_inject(dir)];
        row->requirements = joined(section->requirements, '\n', pool);
    }
}

/* All of it in one text; no directive holds the sign between. */
static const char *shape_of(const tokex_location_row_t *row, apr_pool_t *pool)
{
    return apr_psprintf(
        pool,
        "%s\x1f%s\x1f%s\x1f%" APR_INT64_T_FMT
        "\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%d\x1f%d\x1f%s\x1f%s\x1f%s",
        row->server, row->section, row->file, (apr_int64_t)row->line, row->auth_type, row->client,
        row->issuers, row->audiences, row->resources, row->scope, row->own_tokens,
        row->subject_type, row->machine_tokens, row->exchange, row->user_claim, row->inject,
        row->requirements);
}

const tokex_err_t *tokex_location_rows_write(tokex_db_t *db, const apr_array_header_t *list,
                                             apr_pool_t *pool)
{
    const tokex_location_row_t *rows = (const tokex_location_row_t *)list->elts, *stored;
    int count, i;

    TOKEX_RETURN_ERR(tokex_location_store_read(&stored, &count, db, pool));
    for (i = 0; count == list->nelts && i < count; i++) {
        if (strcmp(shape_of(&rows[i], pool), shape_of(&stored[i], pool)) != 0)
            break;
    }
    if (count == list->nelts && i == count)
        return NULL;
    return tokex_location_store_save(db, rows, list->nelts, pool);
}
