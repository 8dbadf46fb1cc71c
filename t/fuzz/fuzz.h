/* What every fuzz target needs: the entry that libFuzzer and replay.c call, and what must hold. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_pools.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* A pool for one input. APR's start is counted: only the first does anything, and none is undone.
 */
static inline apr_pool_t *new_pool(void)
{
    apr_pool_t *pool = NULL;

    HOLDS(apr_initialize() == APR_SUCCESS);
    HOLDS(apr_pool_create(&pool, NULL) == APR_SUCCESS);
    return pool;
}

#endif
