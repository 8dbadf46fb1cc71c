#include "singleton.h"

#include <poll.h>

#include <apr_atomic.h>
#include <apr_tables.h>
#include <http_core.h>
#include <http_log.h>
#include <mod_watchdog.h>

#include "directives.h"
#include "messages.h"
#include "monotonic.h"
#include "pools.h"

APLOG_USE_MODULE(tokex);

#define NAME "_tokex_"
/* How long the end of a child waits for a job that is under way. */
#define END_TIME apr_time_from_sec(5)

typedef struct task_t {
    tokex_singleton_job_t *job;
    void *ctx;
} task_t;

/* What mod_watchdog's thread does in this child: nothing before the jobs are complete, and nothing
 * any more once the end of the child has begun. */
enum { IS_OFF, RESTS, WORKS };
static volatile apr_uint32_t doing = IS_OFF;

/* Of this child. */
static apr_array_header_t *tasks; /* task_t */
static volatile apr_uint32_t *stop_flag;
static apr_pool_t *own_pool;

bool tokex_singleton_is_possible(void)
{
    return APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance) != NULL &&
           APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback) != NULL;
}

/* `shared` has the allocator of the child's pool, which its main thread uses without a lock. */
static apr_status_t each_second(int state, void *unused, apr_pool_t *shared)
{
    apr_pool_t *pool;
    int i;

    (void)unused;
    (void)shared;
    if (state != AP_WATCHDOG_STATE_RUNNING || apr_atomic_cas32(&doing, WORKS, RESTS) != RESTS)
        return APR_SUCCESS;
    apr_pool_create(&pool, own_pool);
    for (i = 0; tasks && i < tasks->nelts && !apr_atomic_read32(stop_flag); i++) {
        const task_t *task = &APR_ARRAY_IDX(tasks, i, task_t);

        task->job(task->ctx, stop_flag, pool);
    }
    apr_pool_destroy(pool);
    apr_atomic_set32(&doing, RESTS);
    return APR_SUCCESS;
}

/* Jobs use what goes with the child, and mod_watchdog does not wait for its thread in each case. A
 * child of prefork may be ended by a signal in the middle of anything, so no lock is taken. */
static apr_status_t end(void *unused)
{
    apr_time_t until = tokex_monotonic_now() + END_TIME;

    (void)unused;
    apr_atomic_set32(stop_flag, 1);
    while (apr_atomic_cas32(&doing, IS_OFF, RESTS) == WORKS && tokex_monotonic_now() < until)
        (void)poll(NULL, 0, 5);
    return APR_SUCCESS;
}

static server_rec *first_switched_on(server_rec *main)
{
    server_rec *s;

    for (s = main; s; s = s->next) {
        if (tokex_directives_of(s))
            return s;
    }
    return NULL;
}

int tokex_singleton_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main)
{
    server_rec *s = first_switched_on(main);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) * get;
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) * call;
    ap_watchdog_t *watchdog;
    apr_status_t rv;

    (void)plog;
    (void)ptemp;
    tasks = NULL;
    doing = IS_OFF;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG || !s)
        return OK;
    if (!tokex_singleton_is_possible()) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, TX_SINGLETON "%s", TOKEX_SINGLETON_MISSING);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    get = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    call = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    rv = get(&watchdog, NAME, 0, 1, pconf);
    if (rv == APR_SUCCESS)
        rv = call(watchdog, AP_WD_TM_INTERVAL, NULL, each_second);
    if (rv == APR_SUCCESS)
        return OK;
    ap_log_error(APLOG_MARK, APLOG_ERR, rv, s, TX_SINGLETON "mod_watchdog does not take %s", NAME);
    return HTTP_INTERNAL_SERVER_ERROR;
}

void tokex_singleton_add(tokex_singleton_job_t *job, void *ctx, apr_pool_t *pchild)
{
    task_t *task;

    if (!tasks)
        tasks = apr_array_make(pchild, 2, sizeof(task_t));
    task = apr_array_push(tasks);
    task->job = job;
    task->ctx = ctx;
}

void tokex_singleton_begin(volatile apr_uint32_t *stop, apr_pool_t *pchild)
{
    stop_flag = stop;
    if (!tasks || tokex_pools_create(&own_pool) != APR_SUCCESS)
        return;
    apr_pool_pre_cleanup_register(pchild, NULL, end);
    apr_atomic_set32(&doing, RESTS);
}
