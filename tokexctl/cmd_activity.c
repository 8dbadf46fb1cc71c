#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "args.h"
#include "base/moment.h"
#include "record.h"

#define MOST_DEFAULT 50
#define MOST_LIMIT 100000
/* How often --follow looks. */
#define LOOK_MILLISECONDS 500

typedef struct query_t {
    const ctl_t *ctl;
    tokex_db_t *db;
    tokex_activity_filter_t filter;
    bool json;
    bool follow;
} query_t;

/* ---- Words */

static bool read_moment(int64_t *out, const char *name, const char *text, int64_t now)
{
    if (!text || tokex_moment_read(out, text, now))
        return true;
    (void)ctl_say(CTL_USAGE,
                  "--%s \"%s\": write a moment in UTC, such as 2026-11-23T07:10:00Z, or how long "
                  "ago it was, such as 15m, 2h or 7d",
                  name, text);
    return false;
}

static bool read_most(int *out, const char *text)
{
    char *end;
    apr_int64_t most;

    if (!text)
        return true;
    most = apr_strtoi64(text, &end, 10);
    if (*text && !*end && most >= 1 && most <= MOST_LIMIT) {
        *out = (int)most;
        return true;
    }
    (void)ctl_say(CTL_USAGE, "--limit \"%s\": write a number from 1 to %d", text, MOST_LIMIT);
    return false;
}

static bool is_outcome(const char *text)
{
    if (!text || strcmp(text, "granted") == 0 || strcmp(text, "accepted") == 0 ||
        strcmp(text, "refused") == 0)
        return true;
    (void)ctl_say(CTL_USAGE, "--outcome \"%s\": say granted, accepted or refused", text);
    return false;
}

static bool is_code(const char *text)
{
    tokex_code_t code;

    if (!text || tokex_err_find(&code, text))
        return true;
    (void)ctl_say(CTL_USAGE,
                  "--code \"%s\": there is no such reason code; `tokexctl explain` lists them",
                  text);
    return false;
}

static const char *or_any(const char *text)
{
    return text ? text : "";
}

static bool read_words(query_t *query, int argc, const char *const *argv)
{
    const char *since = NULL, *until = NULL, *outcome = NULL, *code = NULL, *client = NULL;
    const char *issuer = NULL, *target = NULL, *subject = NULL, *location = NULL, *limit = NULL;
    const args_option_t options[] = {
        {0, "since", &since, NULL},          {0, "until", &until, NULL},
        {0, "outcome", &outcome, NULL},      {0, "code", &code, NULL},
        {0, "client", &client, NULL},        {0, "issuer", &issuer, NULL},
        {0, "target", &target, NULL},        {0, "subject", &subject, NULL},
        {0, "location", &location, NULL},    {0, "limit", &limit, NULL},
        {0, "follow", NULL, &query->follow}, {0, "json", NULL, &query->json}};
    args_t args = {options, (int)(sizeof options / sizeof options[0]), NULL, 0};
    const ctl_t *ctl = query->ctl;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return false;
    if (args.operand_count) {
        (void)ctl_say(CTL_USAGE, "activity takes no operand; `tokexctl explain RECEIPT` shows one");
        return false;
    }
    query->filter = (tokex_activity_filter_t){0,
                                              0,
                                              INT64_MAX,
                                              or_any(outcome),
                                              or_any(code),
                                              or_any(client),
                                              or_any(issuer),
                                              or_any(target),
                                              or_any(subject),
                                              or_any(location),
                                              MOST_DEFAULT};
    return read_moment(&query->filter.since, "since", since, ctl->now) &&
           read_moment(&query->filter.until, "until", until, ctl->now) && is_outcome(outcome) &&
           is_code(code) && read_most(&query->filter.most, limit);
}

/* ---- The table */

enum { COLUMNS = 9 };

typedef struct table_t {
    const char *const *cells; /* COLUMNS of each line */
    int lines;
} table_t;

static const char *or_dash(const char *text)
{
    return *text ? text : "-";
}

static void fill(const char **cells, const tokex_activity_row_t *row, apr_pool_t *pool)
{
    cells[0] = tokex_moment_text(row->time, pool);
    cells[1] = row->receipt;
    cells[2] = row->remembered ? apr_pstrcat(pool, row->outcome, " again", NULL) : row->outcome;
    cells[3] = or_dash(row->code);
    cells[4] = or_dash(row->client);
    cells[5] = or_dash(row->issuer);
    cells[6] = or_dash(row->subject);
    cells[7] = or_dash(row->targets);
    cells[8] = record_place(row, pool);
}

static void print_cells(const char *const *cells, const int *widths)
{
    int i;

    for (i = 0; i < COLUMNS - 1; i++)
        printf("%-*s  ", widths[i], cells[i]);
    puts(cells[i]);
}

static void print_table(const tokex_activity_row_t *rows, int count, bool heading, apr_pool_t *pool)
{
    static const char *const headings[COLUMNS] = {"TIME",   "RECEIPT", "OUTCOME", "CODE", "CLIENT",
                                                  "ISSUER", "SUBJECT", "TARGET",  "AT"};
    const char **cells = apr_palloc(pool, ((apr_size_t)count + 1) * COLUMNS * sizeof(const char *));
    int widths[COLUMNS] = {0};
    int i;

    memcpy(cells, headings, sizeof headings);
    for (i = 0; i < count; i++)
        fill(cells + ((apr_size_t)i + 1) * COLUMNS, &rows[i], pool);
    for (i = 0; i < (count + 1) * COLUMNS; i++) {
        int len = (int)strlen(cells[i]);

        widths[i % COLUMNS] = len > widths[i % COLUMNS] ? len : widths[i % COLUMNS];
    }
    for (i = heading ? 0 : 1; i <= count; i++)
        print_cells(cells + (apr_size_t)i * COLUMNS, widths);
}

/* ---- JSON */

static const tokex_err_t *write_row(tokex_jsonw_t *w, const tokex_activity_row_t *row,
                                    apr_pool_t *pool)
{
    tokex_jsonw_object_begin(w);
    TOKEX_RETURN_ERR(record_members(w, row, pool));
    tokex_jsonw_object_end(w);
    return NULL;
}

/* An object a line, for who follows. */
static const tokex_err_t *print_lines(const tokex_activity_row_t *rows, int count, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < count; i++) {
        tokex_jsonw_t *w = tokex_jsonw_create(pool, 2048);

        TOKEX_RETURN_ERR(write_row(w, &rows[i], pool));
        puts(tokex_jsonw_text(w, NULL));
    }
    return NULL;
}

static const tokex_err_t *print_document(const query_t *query, const tokex_activity_row_t *rows,
                                         int count)
{
    apr_pool_t *pool = query->ctl->pool;
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 4096);
    tokex_activity_count_t counts;
    const char *kept;
    int i;

    TOKEX_RETURN_ERR(tokex_activity_store_count(&counts, query->db, pool));
    TOKEX_RETURN_ERR(record_kept(&kept, query->ctl, query->db));
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "kept", kept);
    tokex_jsonw_member_integer(w, "dropped", counts.dropped);
    tokex_jsonw_name(w, "activity");
    tokex_jsonw_array_begin(w);
    for (i = 0; i < count; i++)
        TOKEX_RETURN_ERR(write_row(w, &rows[i], pool));
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_end(w);
    puts(tokex_jsonw_text(w, NULL));
    return NULL;
}

/* ---- Looking */

static const tokex_err_t *look_once(const query_t *query)
{
    const tokex_activity_row_t *rows;
    const char *kept;
    int count;

    TOKEX_RETURN_ERR(
        tokex_activity_store_list(&rows, &count, query->db, &query->filter, query->ctl->pool));
    if (query->json)
        return print_document(query, rows, count);
    TOKEX_RETURN_ERR(record_kept(&kept, query->ctl, query->db));
    if (count)
        print_table(rows, count, true, query->ctl->pool);
    else
        puts("No such decision is recorded.");
    puts(kept);
    return NULL;
}

static const tokex_err_t *look_again(query_t *query, bool first, apr_pool_t *pool)
{
    const tokex_activity_row_t *rows;
    int count;

    TOKEX_RETURN_ERR(tokex_activity_store_list(&rows, &count, query->db, &query->filter, pool));
    if (query->json)
        TOKEX_RETURN_ERR(print_lines(rows, count, pool));
    else if (first || count)
        print_table(rows, count, first, pool);
    if (count)
        query->filter.after = rows[count - 1].number;
    return NULL;
}

/* Until somebody ends it, or nobody reads it any more. */
static const tokex_err_t *follow(query_t *query)
{
    apr_pool_t *pool;
    bool first;

    apr_pool_create(&pool, query->ctl->pool);
    for (first = true;; first = false) {
        TOKEX_RETURN_ERR(look_again(query, first, pool));
        apr_pool_clear(pool);
        query->filter.most = MOST_LIMIT;
        if (ctl_flush() != CTL_DONE)
            return NULL;
        (void)poll(NULL, 0, LOOK_MILLISECONDS);
    }
}

int ctl_activity(ctl_t *ctl, int argc, const char *const *argv)
{
    query_t query = {.ctl = ctl};
    const tokex_err_t *err;

    if (!read_words(&query, argc, argv))
        return CTL_USAGE;
    err = record_open(&query.db, ctl);
    if (!err)
        err = query.follow ? follow(&query) : look_once(&query);
    return err ? ctl_error(ctl, err) : ctl_flush();
}
