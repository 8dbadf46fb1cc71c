/* What every unit program needs: cmocka, APR's start and end, a pool for each test, and what a test
 * may ask of an error. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include "base/err.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Whether ASan runs: it makes all slower, and keeps freed memory back on purpose. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static inline int start(void **state)
{
    (void)state;
    return apr_initialize() == APR_SUCCESS ? 0 : -1;
}

static inline int stop(void **state)
{
    (void)state;
    apr_terminate();
    return 0;
}

static inline apr_pool_t *new_pool(apr_pool_t *parent)
{
    apr_pool_t *pool = NULL;

    if (apr_pool_create(&pool, parent) != APR_SUCCESS)
        abort();
    return pool;
}

static inline int make_pool(void **state)
{
    *state = new_pool(NULL);
    return 0;
}

static inline int drop_pool(void **state)
{
    apr_pool_destroy(*state);
    return 0;
}

#define WITH_POOL(test) cmocka_unit_test_setup_teardown(test, make_pool, drop_pool)

#define assert_code(err, expected)                                                                 \
    do {                                                                                           \
        const tokex_err_t *code_err_ = (err);                                                      \
        assert_string_equal(code_err_ ? tokex_err_info(code_err_->code)->name : "no error",        \
                            tokex_err_info(expected)->name);                                       \
    } while (0)

#define assert_success(err)                                                                        \
    do {                                                                                           \
        const tokex_err_t *success_err_ = (err);                                                   \
        if (success_err_)                                                                          \
            fail_msg("%s: %s", tokex_err_info(success_err_->code)->name,                           \
                     success_err_->log_text ? success_err_->log_text : "");                        \
    } while (0)

static inline void assert_says(const char *text, const char *said)
{
    if (!text || !strstr(text, said))
        fail_msg("\"%s\" does not say \"%s\"", text ? text : "nothing", said);
}

#endif
