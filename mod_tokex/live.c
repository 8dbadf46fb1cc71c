#include "live.h"

#include <apr_atomic.h>

typedef struct edition_t edition_t;
struct edition_t {
    const tokex_site_t *site;
    apr_pool_t *pool; /* NULL: free, to be used again */
    volatile apr_uint32_t holders;
    edition_t *next;
};

struct tokex_live_t {
    apr_pool_t *pool;
    volatile void *current; /* an edition_t */
    edition_t *all;
};

tokex_live_t *tokex_live_create(apr_pool_t *pool)
{
    tokex_live_t *live = apr_pcalloc(pool, sizeof(*live));

    live->pool = pool;
    return live;
}

static edition_t *current_of(tokex_live_t *live)
{
    return apr_atomic_casptr(&live->current, NULL, NULL);
}

static apr_status_t let_go(void *data)
{
    edition_t *edition = data;

    apr_atomic_dec32(&edition->holders);
    return APR_SUCCESS;
}

/*
 * Between finding an edition and counting oneself among its holders it may be replaced and its site
 * freed. Editions themselves are never freed, so counting does no harm; one that is found in force
 * afterwards is not freed before it is let go.
 */
const tokex_site_t *tokex_live_hold(tokex_live_t *live, apr_pool_t *pool)
{
    edition_t *edition;

    while ((edition = current_of(live))) {
        apr_atomic_inc32(&edition->holders);
        if (edition == current_of(live)) {
            apr_pool_cleanup_register(pool, edition, let_go, apr_pool_cleanup_null);
            return edition->site;
        }
        let_go(edition);
    }
    return NULL;
}

bool tokex_live_is_loaded(tokex_live_t *live)
{
    return current_of(live) != NULL;
}

static edition_t *free_edition(tokex_live_t *live)
{
    edition_t *edition;

    for (edition = live->all; edition; edition = edition->next) {
        if (!edition->pool)
            return edition;
    }
    edition = apr_pcalloc(live->pool, sizeof(*edition));
    edition->next = live->all;
    live->all = edition;
    return edition;
}

void tokex_live_replace(tokex_live_t *live, const tokex_site_t *site, apr_pool_t *pool)
{
    edition_t *edition = free_edition(live);

    edition->site = site;
    edition->pool = pool;
    apr_atomic_xchgptr(&live->current, edition);
}

void tokex_live_sweep(tokex_live_t *live)
{
    edition_t *edition;

    for (edition = live->all; edition; edition = edition->next) {
        if (edition == current_of(live) || !edition->pool ||
            apr_atomic_read32(&edition->holders) > 0)
            continue;
        apr_pool_destroy(edition->pool);
        edition->pool = NULL;
    }
}
