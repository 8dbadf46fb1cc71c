/*
 * libcurl, loaded when somebody has to be asked and not before: with all that it brings it is
 * larger than the rest of us, and where every key stands in the configuration nobody is asked.
 * Private to adapter/.
 */
#ifndef TOKEX_ADAPTER_CURL_LIBRARY_H
#define TOKEX_ADAPTER_CURL_LIBRARY_H

/* Its checks of types are macros around functions that are not linked here. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "adapter/fetch_curl.h"

#define TOKEX_CURL_FUNCTIONS(F)                                                                    \
    F(easy_cleanup)                                                                                \
    F(easy_getinfo)                                                                                \
    F(easy_init)                                                                                   \
    F(easy_setopt)                                                                                 \
    F(easy_strerror)                                                                               \
    F(free)                                                                                        \
    F(getdate)                                                                                     \
    F(global_cleanup)                                                                              \
    F(global_init)                                                                                 \
    F(multi_add_handle)                                                                            \
    F(multi_cleanup)                                                                               \
    F(multi_info_read)                                                                             \
    F(multi_init)                                                                                  \
    F(multi_perform)                                                                               \
    F(multi_poll)                                                                                  \
    F(multi_remove_handle)                                                                         \
    F(slist_append)                                                                                \
    F(slist_free_all)                                                                              \
    F(url)                                                                                         \
    F(url_cleanup)                                                                                 \
    F(url_get)                                                                                     \
    F(url_set)

/* Each by its name without curl_. */
struct tokex_fetch_library_t {
#define TOKEX_CURL_MEMBER(name) __typeof__(curl_##name) *(name);
    TOKEX_CURL_FUNCTIONS(TOKEX_CURL_MEMBER)
#undef TOKEX_CURL_MEMBER
};

#endif
