#include "cache_config.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <ap_provider.h>
#include <http_log.h>

#include "cache.h"
#include "messages.h"

APLOG_USE_MODULE(tokex);

#define LOCAL "shmcb"
#define SIZE_DEFAULT 1000
/* mod_socache_shmcb takes less than 64 MiB. */
#define SIZE_MAX_ENTRIES 15000
/* What mod_socache_shmcb is told of an entry decides how many parts it makes, and how many entries
 * a part has room for. Which part an entry comes to is chance, so there is room for more than are
 * wanted: with these numbers 1000 entries have 32 parts of 72 places, of which 31 are wanted. */
#define ENTRY_ROOM 3072
#define ENTRY_HINT 1300
/* Of 16 parts, each with room for TOKEX_CACHE_VALUE_MAX. */
#define ROOM_LEAST (1024 * 1024 + 65536)

static apr_status_t forget_store(void *data)
{
    tokex_cache_store_t *kept = data;

    kept->instance = NULL;
    return APR_SUCCESS;
}

void tokex_cache_store_keep(tokex_cache_store_t *kept, const tokex_cache_store_t *made,
                            apr_pool_t *pconf)
{
    *kept = *made;
    apr_pool_cleanup_register(pconf, kept, forget_store, apr_pool_cleanup_null);
}

/* Lives as long as the configuration that is read. */
typedef struct setup_t {
    bool off;
    bool expected;
    const char *name;          /* NULL: no TokexCache */
    const char *args;          /* NULL: none */
    tokex_cache_store_t store; /* instance NULL: to be made once the size is known */
    int size;
} setup_t;

static setup_t *setup;

static apr_status_t forget(void *unused)
{
    (void)unused;
    setup = NULL;
    return APR_SUCCESS;
}

static setup_t *setup_of(apr_pool_t *pconf)
{
    if (!setup) {
        setup = apr_pcalloc(pconf, sizeof(*setup));
        setup->size = SIZE_DEFAULT;
        apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    }
    return setup;
}

void tokex_cache_config_expect(cmd_parms *cmd)
{
    setup_of(cmd->pool)->expected = true;
}

static const ap_socache_provider_t *find_provider(const char *name)
{
    return ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, name, AP_SOCACHE_PROVIDER_VERSION);
}

static const char *unknown(cmd_parms *cmd, const char *name)
{
    return apr_psprintf(cmd->pool,
                        "TokexCache: Unknown socache provider '%s'. Maybe you need to load "
                        "mod_socache_%s? Write shmcb, memcache:HOST:PORT, redis:HOST:PORT or Off",
                        name, name);
}

static bool is_plain_name(const char *name)
{
    for (; apr_isalnum(*name); name++)
        ;
    return !*name;
}

const char *tokex_cache_set_provider(cmd_parms *cmd, void *unused, const char *arg)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    const char *colon = strchr(arg, ':');
    char *name = colon ? apr_pstrmemdup(cmd->pool, arg, (apr_size_t)(colon - arg))
                       : apr_pstrdup(cmd->pool, arg);
    setup_t *wanted;

    (void)unused;
    if (error)
        return error;
    wanted = setup_of(cmd->pool);
    ap_str_tolower(name);
    wanted->off = !colon && strcmp(name, "off") == 0;
    if (wanted->off)
        return NULL;
    wanted->name = name;
    wanted->args = colon && colon[1] ? colon + 1 : NULL;
    wanted->store.provider = is_plain_name(name) ? find_provider(name) : NULL;
    wanted->store.instance = NULL;
    if (!wanted->store.provider)
        return unknown(cmd, name);
    if (strcmp(name, LOCAL) == 0 && !wanted->args)
        return NULL;
    /* Calls of all others are made by threads beside each other. */
    if (strcmp(name, LOCAL) != 0 && (wanted->store.provider->flags & AP_SOCACHE_FLAG_NOTMPSAFE))
        return apr_psprintf(cmd->pool,
                            "TokexCache: '%s' cannot be used by several threads; write shmcb, "
                            "memcache:HOST:PORT, redis:HOST:PORT or Off",
                            name);
    error = wanted->store.provider->create(&wanted->store.instance, wanted->args, cmd->temp_pool,
                                           cmd->pool);
    return error ? apr_psprintf(cmd->pool, "TokexCache: '%s': %s", name, error) : NULL;
}

const char *tokex_cache_set_size(cmd_parms *cmd, void *unused, const char *arg)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    char *end;
    apr_int64_t entries = apr_strtoi64(arg, &end, 10);

    (void)unused;
    if (error)
        return error;
    if (!apr_isdigit(*arg) || *end || entries < 1 || entries > SIZE_MAX_ENTRIES)
        return apr_psprintf(cmd->pool, "TokexCacheSize: \"%s\" is no number from 1 to %d", arg,
                            SIZE_MAX_ENTRIES);
    setup_of(cmd->pool)->size = (int)entries;
    return NULL;
}

/* ---- Making it */

static int fail(server_rec *main, apr_status_t rv, const char *why)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, rv, main, TX_CACHE_START "TokexCache %s%s%s: %s",
                 setup->name, setup->args ? ":" : "", setup->args ? setup->args : "", why);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static apr_status_t init(const tokex_cache_store_t *store, apr_pool_t *pconf, server_rec *main)
{
    struct ap_socache_hints hints = {TOKEX_CACHE_KEY_LEN, ENTRY_HINT, apr_time_from_sec(60)};

    return store->provider->init(store->instance, TOKEX_CACHE_NAME, &hints, main, pconf);
}

/* The path is only used where shared memory must have a name. */
static const char *create_local(tokex_cache_store_t *local, apr_pool_t *pconf)
{
    apr_size_t room = (apr_size_t)setup->size * ENTRY_ROOM;
    const char *path = ap_runtime_dir_relative(pconf, TOKEX_CACHE_NAME ".shm");

    if (room < ROOM_LEAST)
        room = ROOM_LEAST;
    return local->provider->create(
        &local->instance,
        apr_psprintf(pconf, "%s(%" APR_SIZE_T_FMT ")", path ? path : TOKEX_CACHE_NAME, room), pconf,
        pconf);
}

/* Nobody asked for it by name, so a server without it serves. */
static void start_by_default(tokex_cache_store_t *local, apr_pool_t *pconf, server_rec *main)
{
    const char *why = NULL;
    apr_status_t rv = APR_SUCCESS;

    local->provider = find_provider(LOCAL);
    if (!local->provider) {
        if (!setup->name)
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, main,
                         TX_CACHE_NONE "each request is decided anew, because mod_socache_" LOCAL
                                       " is not there: load it, or say `TokexCache Off`");
        return;
    }
    why = create_local(local, pconf);
    if (!why)
        rv = init(local, pconf, main);
    if (!why && rv == APR_SUCCESS)
        return;
    local->instance = NULL;
    ap_log_error(APLOG_MARK, APLOG_WARNING, rv, main,
                 TX_CACHE_NONE "each request is decided anew, because there is no memory to keep "
                               "%d decisions in: %s",
                 setup->size, why ? why : "mod_socache_" LOCAL " could not have it");
}

static int start_by_name(tokex_cache_store_t *store, apr_pool_t *pconf, server_rec *main)
{
    const char *why = NULL;
    apr_status_t rv;

    *store = setup->store;
    if (!store->instance)
        why = create_local(store, pconf);
    if (why)
        return fail(main, 0, why);
    rv = init(store, pconf, main);
    return rv == APR_SUCCESS ? OK : fail(main, rv, "it cannot be used; the lines before say why");
}

int tokex_cache_config_start(tokex_cache_store_t *local, tokex_cache_store_t *remote,
                             apr_pool_t *pconf, server_rec *main)
{
    if (!setup || !setup->expected || setup->off)
        return OK;
    if (setup->name && strcmp(setup->name, LOCAL) == 0)
        return start_by_name(local, pconf, main);
    start_by_default(local, pconf, main);
    return setup->name ? start_by_name(remote, pconf, main) : OK;
}
