#include "counters.h"

#include <string.h>

#include <apr_atomic.h>
#include <apr_shm.h>
#include <http_core.h>
#include <http_log.h>

#include "directives.h"
#include "messages.h"

APLOG_USE_MODULE(tokex);

/* Threads that add to the same place wait for each other's cache line, so there are several. */
#define SHARDS 16
#define CACHE_LINE 64

typedef struct shard_t {
    volatile apr_uint64_t counts[TOKEX_COUNTS];
    char apart[CACHE_LINE];
} shard_t;

typedef struct board_t {
    apr_time_t since;
    shard_t shards[SHARDS];
} board_t;

/* Made before the children are, and then only read. */
static board_t *board;

const tokex_bucket_t tokex_counters_buckets[TOKEX_BUCKETS - 1] = {
    {50, "0.00005"}, {100, "0.0001"}, {200, "0.0002"}, {500, "0.0005"},
    {1000, "0.001"}, {2000, "0.002"}, {5000, "0.005"}, {10000, "0.01"},
    {50000, "0.05"}, {100000, "0.1"}, {500000, "0.5"}, {1000000, "1"},
};

static apr_status_t forget(void *data)
{
    (void)data;
    board = NULL;
    return APR_SUCCESS;
}

static bool is_switched_on(server_rec *main)
{
    const server_rec *s;

    for (s = main; s; s = s->next) {
        if (tokex_directives_of(s))
            return true;
    }
    return false;
}

int tokex_counters_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main)
{
    apr_shm_t *memory;
    apr_status_t rv;

    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG || !is_switched_on(main))
        return OK;
    /* Without a name: nothing is left behind when the server is killed. */
    rv = apr_shm_create(&memory, sizeof(*board), NULL, pconf);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, main,
                     TX_COUNTERS "nothing is counted: there is no shared memory of %lu octets",
                     (unsigned long)sizeof(*board));
        return OK;
    }
    board = apr_shm_baseaddr_get(memory);
    memset(board, 0, sizeof(*board));
    board->since = apr_time_now();
    apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    return OK;
}

/* httpd numbers connections by child and thread: neighbours get different shards. */
static volatile apr_uint64_t *counts_of(const request_rec *r)
{
    return board->shards[(unsigned long)r->connection->id % SHARDS].counts;
}

void tokex_counters_one(const request_rec *r, int count)
{
    if (board)
        apr_atomic_inc64(&counts_of(r)[count]);
}

void tokex_counters_add(int count)
{
    if (board)
        apr_atomic_inc64(&board->shards[0].counts[count]);
}

void tokex_counters_page(const request_rec *r, tokex_page_t page)
{
    tokex_counters_one(r, TOKEX_COUNT_PAGE + (int)page);
}

static int bucket_of(apr_interval_time_t took)
{
    int i;

    for (i = 0; i < TOKEX_BUCKETS - 1; i++) {
        if (took <= tokex_counters_buckets[i].most)
            return i;
    }
    return TOKEX_BUCKETS - 1;
}

void tokex_counters_outcome(const request_rec *r, const tokex_err_t *err, apr_interval_time_t took)
{
    volatile apr_uint64_t *counts;

    if (!board)
        return;
    counts = counts_of(r);
    apr_atomic_inc64(&counts[err ? TOKEX_COUNT_REFUSED + (int)err->code : TOKEX_COUNT_GRANTED]);
    apr_atomic_inc64(&counts[TOKEX_COUNT_BUCKET + bucket_of(took)]);
    /* The clock may have been set back meanwhile. */
    if (took > 0)
        apr_atomic_add64(&counts[TOKEX_COUNT_MICROSECONDS], (apr_uint64_t)took);
}

bool tokex_counters_read(apr_uint64_t counts[TOKEX_COUNTS], apr_time_t *since)
{
    int shard, i;

    if (!board)
        return false;
    *since = board->since;
    for (i = 0; i < TOKEX_COUNTS; i++) {
        counts[i] = 0;
        for (shard = 0; shard < SHARDS; shard++)
            counts[i] += apr_atomic_read64(&board->shards[shard].counts[i]);
    }
    return true;
}

static apr_uint64_t sum(const apr_uint64_t *counts, int many)
{
    apr_uint64_t all = 0;
    int i;

    for (i = 0; i < many; i++)
        all += counts[i];
    return all;
}

apr_uint64_t tokex_counters_refused(const apr_uint64_t counts[TOKEX_COUNTS])
{
    return sum(counts + TOKEX_COUNT_REFUSED, TOKEX_E_COUNT);
}

apr_uint64_t tokex_counters_timed(const apr_uint64_t counts[TOKEX_COUNTS])
{
    return sum(counts + TOKEX_COUNT_BUCKET, TOKEX_BUCKETS);
}

const char *tokex_counters_page_name(int page)
{
    static const char *const names[TOKEX_PAGES] = {"other",    "token",      "jwks",
                                                   "metadata", "introspect", "revoke"};

    return names[page];
}
