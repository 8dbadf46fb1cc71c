#include "key_claims.h"

#include <string.h>

#include <apr_shm.h>
#include <http_core.h>
#include <http_log.h>

#include "directives.h"
#include "keys/issuer_keys.h"
#include "messages.h"
#include "mutex.h"

APLOG_USE_MODULE(tokex);

#define MUTEX_TYPE "tokex-keys"
/* More sources than can be asked within the time that a claim counts; where they do not all fit the
 * oldest claim is forgotten, and its source may be asked sooner. */
#define SLOTS 8192
#define NEIGHBOURS 16
/* How long a claim waits for others. Without one a source may be asked once more than it should. */
#define PATIENCE apr_time_from_msec(100)

typedef struct slot_t {
    apr_uint64_t name; /* a hash; 0: free */
    apr_time_t asked;
} slot_t;

/* Made by the parent, inherited; NULL: each process has to do with its own memory. */
static slot_t *slots;
static apr_global_mutex_t *mutex;

int tokex_key_claims_register(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    return tokex_mutex_register(MUTEX_TYPE, pconf);
}

static apr_status_t forget(void *unused)
{
    (void)unused;
    slots = NULL;
    return APR_SUCCESS;
}

static bool is_switched_on(const server_rec *main)
{
    const server_rec *s;

    for (s = main; s; s = s->next) {
        if (tokex_directives_of(s))
            return true;
    }
    return false;
}

int tokex_key_claims_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main)
{
    apr_shm_t *memory;
    apr_status_t rv;

    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG || !is_switched_on(main))
        return OK;
    if (!tokex_mutex_create(&mutex, MUTEX_TYPE, pconf, main))
        return HTTP_INTERNAL_SERVER_ERROR;
    apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    rv = apr_shm_create(&memory, SLOTS * sizeof(*slots), NULL, pconf);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, main,
                     TX_KEYS_CLAIMS "there is no shared memory of %lu octets, so each process asks "
                                    "issuers for their keys by itself",
                     (unsigned long)(SLOTS * sizeof(*slots)));
        return OK;
    }
    slots = apr_shm_baseaddr_get(memory);
    memset(slots, 0, SLOTS * sizeof(*slots));
    return OK;
}

void tokex_key_claims_child(apr_pool_t *pchild, server_rec *main)
{
    tokex_mutex_child(&mutex, MUTEX_TYPE, "asks issuers for their keys by itself", pchild, main);
}

/* FNV-1a; names come from the configuration alone. */
static apr_uint64_t mix(apr_uint64_t hash, const char *text)
{
    const unsigned char *c = (const unsigned char *)text;

    do {
        hash = (hash ^ *c) * APR_UINT64_C(0x100000001b3);
    } while (*c++);
    return hash;
}

static apr_uint64_t name_of(const tokex_key_source_t *source)
{
    apr_uint64_t hash = APR_UINT64_C(0xcbf29ce484222325);

    hash = mix(mix(mix(hash, source->directory), source->issuer), source->url);
    return hash ? hash : 1;
}

/* The slot with that name, else the one whose claim is the oldest. */
static slot_t *find_slot(apr_uint64_t name)
{
    slot_t *oldest = NULL;
    apr_uint64_t i;

    for (i = 0; i < NEIGHBOURS; i++) {
        slot_t *slot = &slots[(name + i) % SLOTS];

        if (slot->name == name)
            return slot;
        if (!oldest || slot->asked < oldest->asked)
            oldest = slot;
    }
    return oldest;
}

/* The clock may have been set back meanwhile. */
static bool counts(apr_time_t asked, apr_time_t now)
{
    return asked <= now && now - asked < apr_time_from_sec(TOKEX_KEYS_COOLDOWN);
}

bool tokex_key_claims_take(apr_time_t *asked, const tokex_key_source_t *source)
{
    apr_uint64_t name = name_of(source);
    apr_time_t now = apr_time_now();
    bool taken = true;
    slot_t *slot;

    *asked = now;
    if (!slots || !mutex || !tokex_mutex_lock(mutex, PATIENCE))
        return true;
    slot = find_slot(name);
    if (slot->name == name && counts(slot->asked, now)) {
        *asked = slot->asked;
        taken = false;
    } else {
        slot->name = name;
        slot->asked = now;
    }
    apr_global_mutex_unlock(mutex);
    return taken;
}

void tokex_key_claims_drop(const tokex_key_source_t *source)
{
    apr_uint64_t name = name_of(source);
    slot_t *slot;

    if (!slots || !mutex || !tokex_mutex_lock(mutex, PATIENCE))
        return;
    slot = find_slot(name);
    if (slot->name == name)
        slot->asked = 0;
    apr_global_mutex_unlock(mutex);
}
