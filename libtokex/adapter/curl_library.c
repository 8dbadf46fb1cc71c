#include "adapter/curl_library.h"

#include <dlfcn.h>
#include <string.h>

/* The name that programs which are linked with it have had in them since 2006. */
#define SONAME "libcurl.so.4"

static apr_status_t undo_global(void *data)
{
    const tokex_fetch_library_t *curl = data;

    curl->global_cleanup();
    return APR_SUCCESS;
}

/* C has no conversion from what dlsym() gives to a function. */
static bool find(void *loaded, const char *name, void *place)
{
    void *found = dlsym(loaded, name);

    memcpy(place, &found, sizeof(found));
    return found != NULL;
}

static const tokex_err_t *load(tokex_fetch_library_t *curl, apr_pool_t *pool)
{
    /* It stays: libraries of cryptography that it brings do not like to go. */
    void *loaded = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    bool complete = loaded != NULL;

#define FIND(name) complete = complete && find(loaded, "curl_" #name, &curl->name);
    TOKEX_CURL_FUNCTIONS(FIND)
#undef FIND
    if (complete)
        return NULL;
    return tokex_err_create(pool, TOKEX_E_FETCH, NULL,
                            "libcurl cannot be loaded: %s; install it (libcurl4 on Debian, libcurl "
                            "on Red Hat)",
                            dlerror());
}

const tokex_err_t *tokex_fetch_prepare(const tokex_fetch_library_t **out, apr_pool_t *pool)
{
    tokex_fetch_library_t *curl = apr_pcalloc(pool, sizeof(*curl));
    CURLcode code;

    TOKEX_RETURN_ERR(load(curl, pool));
    code = curl->global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK)
        return tokex_err_create(pool, TOKEX_E_FETCH, NULL, "libcurl cannot be used: %s",
                                curl->easy_strerror(code));
    apr_pool_cleanup_register(pool, curl, undo_global, apr_pool_cleanup_null);
    *out = curl;
    return NULL;
}
