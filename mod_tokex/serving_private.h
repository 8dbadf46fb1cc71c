/* The board, for who makes it and who reads it. */
#ifndef MOD_TOKEX_SERVING_PRIVATE_H
#define MOD_TOKEX_SERVING_PRIVATE_H

#include "serving.h"

struct tokex_serving_place_t {
    volatile apr_uint32_t pid;        /* 0: free */
    volatile apr_uint32_t book;       /* tokex_serving_book() of what it is about */
    volatile apr_uint32_t state;      /* 0: nothing was said yet; else one more than it is */
    volatile apr_uint64_t generation; /* as last said */
    volatile apr_uint64_t since;      /* seconds */
};

/* The number of the state.db of the virtual host among those of the server. */
apr_uint32_t tokex_serving_book(server_rec *s, apr_pool_t *pool);

/* All places. NULL: there is no board. */
tokex_serving_place_t *tokex_serving_places(int *count);

#endif
