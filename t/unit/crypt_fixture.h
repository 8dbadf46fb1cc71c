/* What every unit program of crypt/ needs: cmocka, and for each test a pool and what OpenSSL was
 * asked for. That OpenSSL's error queue is empty afterwards holds for every test, so it is asked
 * here (SIG-025). */
#ifndef CRYPT_FIXTURE_H
#define CRYPT_FIXTURE_H

#include "unit.h"

#include "crypt/crypt.h"

typedef struct fixture_t {
    apr_pool_t *pool;
    tokex_crypt_t *crypt;
} fixture_t;

static int set_up(void **state)
{
    apr_pool_t *pool = new_pool(NULL);
    fixture_t *fixture = apr_pcalloc(pool, sizeof(*fixture));
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

/* Octets that must be zeros when their pool goes. The look at them is registered before they are
 * made, so it runs after their own cleanup, while the pool's memory is still there. */
typedef struct watched_t {
    const unsigned char *octets;
    apr_size_t len;
    bool wiped;
} watched_t;

static inline apr_status_t look(void *data)
{
    watched_t *watched = data;

    watched->wiped = watched->octets != NULL;
    for (apr_size_t i = 0; watched->octets && i < watched->len; i++)
        watched->wiped = watched->wiped && watched->octets[i] == 0;
    return APR_SUCCESS;
}

#endif
