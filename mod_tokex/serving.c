#include "serving_private.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <ap_mpm.h>
#include <apr_atomic.h>
#include <apr_shm.h>
#include <http_core.h>
#include <http_main.h>
#include <http_log.h>

#include "directives.h"
#include "messages.h"

APLOG_USE_MODULE(tokex);

/* More are not told of. */
#define PLACES_MOST 8192

/* Made before the children are. */
static tokex_serving_place_t *board;
static int place_count;

static apr_status_t forget(void *unused)
{
    (void)unused;
    board = NULL;
    return APR_SUCCESS;
}

static int hosts_of(server_rec *main)
{
    const server_rec *s;
    int count = 0;

    for (s = main; s; s = s->next)
        count += tokex_directives_of(s) != NULL;
    return count;
}

int tokex_serving_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main)
{
    int hosts = hosts_of(main), processes = 0;
    apr_size_t size;
    apr_shm_t *memory;
    apr_status_t rv;

    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG || !hosts)
        return OK;
    if (ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &processes) != APR_SUCCESS || processes < 1)
        processes = 1;
    place_count = processes < PLACES_MOST / hosts ? processes * hosts : PLACES_MOST;
    size = (apr_size_t)place_count * sizeof(*board);
    /* Without a name: nothing is left behind when the server is killed. */
    rv = apr_shm_create(&memory, size, NULL, pconf);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, main,
                     TX_COUNTERS "what each process serves is not told: there is no shared memory "
                                 "of %lu octets",
                     (unsigned long)size);
        return OK;
    }
    board = apr_shm_baseaddr_get(memory);
    memset(board, 0, size);
    apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    return OK;
}

apr_uint32_t tokex_serving_book(server_rec *s, apr_pool_t *pool)
{
    const char *path = tokex_directives_state_db(tokex_directives_of(s), pool);
    const server_rec *before;
    apr_uint32_t number = 0;

    for (before = ap_server_conf; before; before = before->next, number++) {
        const tokex_conf_t *conf = tokex_directives_of(before);

        if (conf && strcmp(tokex_directives_state_db(conf, pool), path) == 0)
            break;
    }
    return number;
}

tokex_serving_place_t *tokex_serving_places(int *count)
{
    *count = board ? place_count : 0;
    return board;
}

/* ---- A place */

static apr_status_t give_back(void *data)
{
    tokex_serving_place_t *place = data;

    (void)apr_atomic_cas32(&place->pid, 0, (apr_uint32_t)getpid());
    return APR_SUCCESS;
}

/* One that was killed has left its place behind. */
static bool is_free(apr_uint32_t pid)
{
    return pid == 0 || (kill((pid_t)pid, 0) != 0 && errno == ESRCH);
}

tokex_serving_place_t *tokex_serving_take(server_rec *s, apr_pool_t *pool)
{
    const apr_uint32_t own = (apr_uint32_t)getpid();
    int i;

    for (i = 0; board && i < place_count; i++) {
        tokex_serving_place_t *place = &board[i];
        apr_uint32_t pid = apr_atomic_read32(&place->pid);

        if (!is_free(pid) || apr_atomic_cas32(&place->pid, own, pid) != pid)
            continue;
        apr_atomic_set32(&place->state, 0);
        apr_atomic_set32(&place->book, tokex_serving_book(s, pool));
        apr_pool_pre_cleanup_register(pool, place, give_back);
        return place;
    }
    return NULL;
}

void tokex_serving_say(tokex_serving_place_t *place, tokex_serving_state_t state,
                       int64_t generation)
{
    const apr_uint32_t said = (apr_uint32_t)state + 1;

    if (!place || (apr_atomic_read32(&place->state) == said &&
                   apr_atomic_read64(&place->generation) == (apr_uint64_t)generation))
        return;
    apr_atomic_set64(&place->generation, (apr_uint64_t)generation);
    apr_atomic_set64(&place->since, (apr_uint64_t)apr_time_sec(apr_time_now()));
    apr_atomic_set32(&place->state, said);
}
