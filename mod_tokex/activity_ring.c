#include "activity_ring.h"

#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#include <apr_thread_mutex.h>

/* What a tray keeps of its memory; a multiple of any page. */
#define OCTETS_KEPT (64 * 1024)
/* A request holds the lock for a copy. In a process of prefork a signal may come there whose
 * handler never goes back, so waiting has an end. */
#define TRIES 100

struct tokex_activity_ring_t {
    apr_thread_mutex_t *lock; /* of what follows */
    tokex_activity_tray_t trays[2];
    int filling; /* the tray of those who put */
    bool closed;
};

static apr_status_t free_trays(void *data)
{
    tokex_activity_ring_t *ring = data;
    int i;

    for (i = 0; i < 2; i++) {
        if (ring->trays[i].octets)
            munmap(ring->trays[i].octets, TOKEX_ACTIVITY_RING_OCTETS);
    }
    return APR_SUCCESS;
}

/* Memory that is there once it is written to, and can be given back at once, which no heap does. */
static bool make_tray(tokex_activity_tray_t *tray)
{
    void *octets = mmap(NULL, TOKEX_ACTIVITY_RING_OCTETS, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (octets == MAP_FAILED)
        return false;
    tray->octets = octets;
    return true;
}

tokex_activity_ring_t *tokex_activity_ring_create(apr_pool_t *pool)
{
    tokex_activity_ring_t *ring = apr_pcalloc(pool, sizeof(*ring));

    apr_pool_cleanup_register(pool, ring, free_trays, apr_pool_cleanup_null);
    return make_tray(&ring->trays[0]) && make_tray(&ring->trays[1]) &&
                   apr_thread_mutex_create(&ring->lock, APR_THREAD_MUTEX_DEFAULT, pool) ==
                       APR_SUCCESS
               ? ring
               : NULL;
}

static bool add(tokex_activity_tray_t *tray, const tokex_activity_mark_t *mark,
                const unsigned char *record)
{
    apr_size_t wanted = tray->used + sizeof(*mark) + mark->len;

    if (wanted > TOKEX_ACTIVITY_RING_OCTETS)
        return false;
    memcpy(tray->octets + tray->used, mark, sizeof(*mark));
    memcpy(tray->octets + tray->used + sizeof(*mark), record, mark->len);
    tray->used = wanted;
    tray->count++;
    return true;
}

bool tokex_activity_ring_put(tokex_activity_ring_t *ring, const tokex_activity_mark_t *mark,
                             const unsigned char *record, bool refusal)
{
    const int most = refusal ? TOKEX_ACTIVITY_RING_RECORDS : TOKEX_ACTIVITY_RING_RECORDS * 3 / 4;
    tokex_activity_tray_t *tray;
    bool good;

    apr_thread_mutex_lock(ring->lock);
    tray = &ring->trays[ring->filling];
    good = !ring->closed && tray->count < most && add(tray, mark, record);
    apr_thread_mutex_unlock(ring->lock);
    return good;
}

static bool lock(tokex_activity_ring_t *ring)
{
    int i;

    for (i = 0; i < TRIES; i++) {
        if (apr_thread_mutex_trylock(ring->lock) == APR_SUCCESS)
            return true;
        (void)poll(NULL, 0, 1);
    }
    return false;
}

const tokex_activity_tray_t *tokex_activity_ring_take(tokex_activity_ring_t *ring, bool close)
{
    tokex_activity_tray_t *full = NULL;

    if (!lock(ring))
        return NULL;
    ring->trays[!ring->filling].used = 0;
    ring->trays[!ring->filling].count = 0;
    ring->closed = ring->closed || close;
    if (ring->trays[ring->filling].count) {
        full = &ring->trays[ring->filling];
        ring->filling = !ring->filling;
    }
    apr_thread_mutex_unlock(ring->lock);
    return full;
}

/* Nobody else touches a tray that was taken. */
void tokex_activity_ring_done(tokex_activity_ring_t *ring)
{
    const tokex_activity_tray_t *tray = &ring->trays[!ring->filling];

    if (tray->used > OCTETS_KEPT)
        (void)madvise(tray->octets + OCTETS_KEPT, TOKEX_ACTIVITY_RING_OCTETS - OCTETS_KEPT,
                      MADV_DONTNEED);
}

const unsigned char *tokex_activity_tray_next(const tokex_activity_tray_t *tray, apr_size_t *at,
                                              tokex_activity_mark_t *mark)
{
    const unsigned char *record;

    if (*at >= tray->used)
        return NULL;
    memcpy(mark, tray->octets + *at, sizeof(*mark));
    record = tray->octets + *at + sizeof(*mark);
    *at += sizeof(*mark) + mark->len;
    return record;
}
