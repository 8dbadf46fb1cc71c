#include "cache_claims.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <apr_atomic.h>
#include <apr_shm.h>
#include <http_log.h>

#include "cache_lock.h"
#include "messages.h"
#include "monotonic.h"

APLOG_USE_MODULE(tokex);

/* Where so many are being decided on that there is no room, some are decided on twice. */
#define SLOTS 512
#define NEIGHBOURS 8
/* How long one sleeps before one looks again: as an exchange takes, then longer and longer. */
#define NAP_FIRST 100
#define NAP_LAST 4000

typedef struct slot_t {
    volatile apr_uint64_t name;  /* of the key; 0: free */
    volatile apr_uint64_t taken; /* monotonic */
    volatile apr_uint32_t pid;
} slot_t;

/* Made by the parent, inherited; written under the lock, read without. */
static slot_t *slots;

static apr_status_t forget(void *unused)
{
    (void)unused;
    slots = NULL;
    return APR_SUCCESS;
}

void tokex_cache_claims_start(apr_pool_t *pconf, server_rec *main)
{
    apr_shm_t *memory;
    /* Without a name: nothing is left behind when the server is killed. */
    apr_status_t rv = apr_shm_create(&memory, SLOTS * sizeof(*slots), NULL, pconf);

    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, main,
                     TX_CACHE_CLAIMS "there is no shared memory of %lu octets, so several "
                                     "processes may decide on a new token at once",
                     (unsigned long)(SLOTS * sizeof(*slots)));
        return;
    }
    slots = apr_shm_baseaddr_get(memory);
    memset(slots, 0, SLOTS * sizeof(*slots));
    apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
}

static apr_uint64_t name_of(const unsigned char key[TOKEX_CACHE_KEY_LEN])
{
    apr_uint64_t name;

    memcpy(&name, key + 1, sizeof(name));
    return name ? name : 1;
}

static slot_t *neighbour(apr_uint64_t name, apr_uint64_t i)
{
    return &slots[(name + i) % SLOTS];
}

/* Its process may have been killed in between. */
static bool is_held(const slot_t *slot)
{
    apr_time_t taken = (apr_time_t)slot->taken;

    return slot->name != 0 && tokex_monotonic_now() - taken < apr_time_from_sec(TOKEX_CACHE_WAIT) &&
           (kill((pid_t)slot->pid, 0) == 0 || errno == EPERM);
}

static slot_t *find(apr_uint64_t name)
{
    apr_uint64_t i;

    for (i = 0; i < NEIGHBOURS; i++) {
        if (neighbour(name, i)->name == name)
            return neighbour(name, i);
    }
    return NULL;
}

static slot_t *find_free(apr_uint64_t name)
{
    slot_t *slot = NULL;
    apr_uint64_t i;

    for (i = 0; i < NEIGHBOURS && !slot; i++) {
        if (!is_held(neighbour(name, i)))
            slot = neighbour(name, i);
    }
    return slot;
}

static bool take(apr_uint64_t name)
{
    slot_t *slot = find(name);

    if (slot && is_held(slot))
        return false;
    if (!slot)
        slot = find_free(name);
    if (slot) {
        slot->taken = (apr_uint64_t)tokex_monotonic_now();
        slot->pid = (apr_uint32_t)getpid();
        apr_atomic_set64(&slot->name, name);
    }
    return true;
}

bool tokex_cache_claims_take(const unsigned char key[TOKEX_CACHE_KEY_LEN])
{
    bool taken;

    if (!slots || !tokex_cache_lock())
        return true;
    taken = take(name_of(key));
    tokex_cache_unlock();
    return taken;
}

void tokex_cache_claims_leave(const unsigned char key[TOKEX_CACHE_KEY_LEN])
{
    slot_t *slot;

    if (!slots || !tokex_cache_lock())
        return;
    slot = find(name_of(key));
    if (slot && slot->pid == (apr_uint32_t)getpid())
        apr_atomic_set64(&slot->name, 0);
    tokex_cache_unlock();
}

void tokex_cache_claims_await(const unsigned char key[TOKEX_CACHE_KEY_LEN])
{
    const slot_t *slot = find(name_of(key));
    apr_interval_time_t nap = NAP_FIRST;

    while (slot && slot->name == name_of(key) && is_held(slot)) {
        apr_sleep(nap);
        nap = nap * 2 < NAP_LAST ? nap * 2 : NAP_LAST;
    }
}
