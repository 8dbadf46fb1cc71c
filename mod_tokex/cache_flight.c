#include "cache_flight.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cache_claims.h"
#include "monotonic.h"

struct tokex_cache_flight_t {
    unsigned char key[TOKEX_CACHE_KEY_LEN];
    pthread_cond_t over;
    int holders; /* the one that decides, and those that wait */
    bool is_over;
    tokex_cache_flight_t *next;
};

/* Of this process. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static tokex_cache_flight_t *flights; /* under the lock, as all that it is made of */

static tokex_cache_flight_t *begin(const unsigned char key[TOKEX_CACHE_KEY_LEN])
{
    tokex_cache_flight_t *flight = calloc(1, sizeof(*flight));

    if (!flight)
        return NULL;
    memcpy(flight->key, key, sizeof(flight->key));
    tokex_monotonic_cond_init(&flight->over);
    flight->holders = 1;
    flight->next = flights;
    flights = flight;
    return flight;
}

static void let_go(tokex_cache_flight_t *flight)
{
    if (--flight->holders > 0)
        return;
    pthread_cond_destroy(&flight->over);
    free(flight);
}

static void await(tokex_cache_flight_t *flight)
{
    apr_time_t end = tokex_monotonic_now() + apr_time_from_sec(TOKEX_CACHE_WAIT);

    flight->holders++;
    while (!flight->is_over && tokex_monotonic_cond_wait(&flight->over, &lock, end))
        continue;
    let_go(flight);
}

static void finish(tokex_cache_flight_t *flight)
{
    tokex_cache_flight_t **at = &flights;

    while (*at != flight)
        at = &(*at)->next;
    *at = flight->next;
    flight->is_over = true;
    pthread_cond_broadcast(&flight->over);
    let_go(flight);
}

static tokex_cache_flight_t *find(const unsigned char key[TOKEX_CACHE_KEY_LEN])
{
    tokex_cache_flight_t *flight = flights;

    while (flight && memcmp(flight->key, key, sizeof(flight->key)) != 0)
        flight = flight->next;
    return flight;
}

tokex_cache_flight_t *tokex_cache_flight_enter(const unsigned char key[TOKEX_CACHE_KEY_LEN])
{
    tokex_cache_flight_t *flight;
    bool ours = false;

    pthread_mutex_lock(&lock);
    flight = find(key);
    if (flight) {
        await(flight);
        flight = NULL;
    } else {
        flight = begin(key);
        ours = flight != NULL;
    }
    pthread_mutex_unlock(&lock);
    if (!ours || tokex_cache_claims_take(key))
        return flight;
    /* Of all requests of this process one waits for another process. */
    tokex_cache_claims_await(key);
    pthread_mutex_lock(&lock);
    finish(flight);
    pthread_mutex_unlock(&lock);
    return NULL;
}

void tokex_cache_flight_leave(tokex_cache_flight_t *flight)
{
    tokex_cache_claims_leave(flight->key);
    pthread_mutex_lock(&lock);
    finish(flight);
    pthread_mutex_unlock(&lock);
}
