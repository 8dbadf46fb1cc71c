/* What every unit program of crypt/ needs: cmocka, and for each test a pool and what OpenSSL was
 * asked for. That OpenSSL's error queue is empty afterwards holds for every test, so it is asked
 * here (SIG-025). */
#ifndef CRYPT_FIXTURE_H
#define CRYPT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include "crypt/crypt.h"

typedef struct fixture_t {
    apr_pool_t *pool;
    tokex_crypt_t *crypt;
} fixture_t;

static int start(void **state)
{
    (void)state;
    return apr_initialize() == APR_SUCCESS ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    apr_terminate();
    return 0;
}

static int set_up(void **state)
{
    apr_pool_t *pool = NULL;
    fixture_t *fixture;

    if (apr_pool_create(&pool, NULL) != APR_SUCCESS)
        return -1;
    fixture = apr_pcalloc(pool, sizeof(*fixture));
    fixture->pool = pool;
    *state = fixture;
    return tokex_crypt_create(&fixture->crypt, pool) ? -1 : 0;
}

static int tear_down(void **state)
{
    fixture_t *fixture = *state;
    int waiting = tokex_crypt_error_queue_length();

    apr_pool_destroy(fixture->pool);
    return waiting ? -1 : 0;
}

#define WITH_CRYPT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

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

#endif
