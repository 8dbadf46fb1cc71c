/*
 * Fetches the URLs of its command line at the same time and prints what came of it as JSON.
 *
 *   fetch [--ca FILE] [--proxy URL] [--allow ADDRESS] [--connect MS] [--total MS] [--octets N]
 *         [--stop MS] [--rounds N] [--authorization TEXT] [--form TEXT] URL...
 *
 * --stop gives up after so many milliseconds, --rounds asks so often with the same fetcher.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_atomic.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "adapter/fetch_curl.h"
#include "base/json.h"

#define URLS 64

typedef struct errand_t {
    tokex_fetch_settings_t settings;
    tokex_fetch_t fetches[URLS];
    int count;
    int rounds;
    int stop_ms;
    const char *authorization; /* sent to each */
    const char *form;
    volatile apr_uint32_t stop;
} errand_t;

static bool read_option(errand_t *errand, const char *name, const char *value, apr_pool_t *pool)
{
    if (strcmp(name, "--ca") == 0) {
        errand->settings.ca_file = value;
    } else if (strcmp(name, "--proxy") == 0) {
        errand->settings.proxy = value;
    } else if (strcmp(name, "--allow") == 0) {
        apr_ipsubnet_t **net = apr_pcalloc(pool, sizeof(apr_ipsubnet_t *));

        errand->settings.allowed = net;
        errand->settings.allowed_count = 1;
        return apr_ipsubnet_create(net, value, NULL, pool) == APR_SUCCESS;
    } else if (strcmp(name, "--connect") == 0) {
        errand->settings.connect_ms = (int)strtol(value, NULL, 10);
    } else if (strcmp(name, "--total") == 0) {
        errand->settings.total_ms = (int)strtol(value, NULL, 10);
    } else if (strcmp(name, "--octets") == 0) {
        errand->settings.octets = strtoul(value, NULL, 10);
    } else if (strcmp(name, "--stop") == 0) {
        errand->stop_ms = (int)strtol(value, NULL, 10);
    } else if (strcmp(name, "--authorization") == 0) {
        errand->authorization = value;
    } else if (strcmp(name, "--form") == 0) {
        errand->form = value;
    } else if (strcmp(name, "--rounds") == 0) {
        errand->rounds = (int)strtol(value, NULL, 10);
    } else {
        return false;
    }
    return true;
}

static bool read_words(errand_t *errand, int count, const char *const *words, apr_pool_t *pool)
{
    int i;

    for (i = 1; i < count; i++) {
        if (words[i][0] == '-') {
            if (i + 1 >= count || !read_option(errand, words[i], words[i + 1], pool))
                return false;
            i++;
        } else if (errand->count < URLS) {
            errand->fetches[errand->count].url = words[i];
            errand->fetches[errand->count].authorization = errand->authorization;
            errand->fetches[errand->count].form = errand->form;
            errand->fetches[errand->count++].accept = "application/json";
        }
    }
    return errand->count > 0;
}

static void *APR_THREAD_FUNC stop_later(apr_thread_t *thread, void *data)
{
    errand_t *errand = data;

    (void)thread;
    apr_sleep(apr_time_from_msec(errand->stop_ms));
    apr_atomic_set32(&errand->stop, 1);
    return NULL;
}

static void print(const errand_t *errand, apr_time_t took, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 4096);
    int i;

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "took", apr_psprintf(pool, "%d", (int)apr_time_as_msec(took)));
    tokex_jsonw_name(w, "fetches");
    tokex_jsonw_array_begin(w);
    for (i = 0; i < errand->count; i++) {
        const tokex_fetch_t *fetch = &errand->fetches[i];

        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "error", fetch->err ? tokex_err_text(fetch->err, pool) : "");
        tokex_jsonw_member_string(w, "len", apr_psprintf(pool, "%lu", (unsigned long)fetch->len));
        tokex_jsonw_member_string(
            w, "body",
            fetch->err || !tokex_json_is_utf8(fetch->body, fetch->len) ? "" : fetch->body);
        tokex_jsonw_member_string(w, "type", fetch->content_type ? fetch->content_type : "");
        tokex_jsonw_member_string(w, "max_age", apr_psprintf(pool, "%ld", (long)fetch->max_age));
        tokex_jsonw_member_string(w, "status", apr_psprintf(pool, "%d", fetch->status));
        tokex_jsonw_member_string(w, "ms", apr_psprintf(pool, "%d", fetch->ms));
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_end(w);
    puts(tokex_jsonw_text(w, NULL));
}

static int fail_with(const tokex_err_t *err, apr_pool_t *pool)
{
    fprintf(stderr, "%s\n", tokex_err_text(err, pool));
    return 1;
}

static int run(errand_t *errand, apr_pool_t *pool)
{
    const tokex_fetch_library_t *library;
    const tokex_err_t *err = tokex_fetch_prepare(&library, pool);
    tokex_fetcher_t *fetcher;
    apr_thread_t *thread = NULL;
    apr_status_t status;
    apr_time_t from;
    int round;

    if (err)
        return fail_with(err, pool);
    err = tokex_fetch_create(&fetcher, library, &errand->settings, pool);
    if (err)
        return fail_with(err, pool);
    if (errand->stop_ms > 0 &&
        apr_thread_create(&thread, NULL, stop_later, errand, pool) != APR_SUCCESS)
        return 1;
    from = apr_time_now();
    for (round = 0; round < errand->rounds; round++)
        tokex_fetch_run(fetcher, errand->fetches, errand->count, &errand->stop, pool);
    print(errand, apr_time_now() - from, pool);
    if (thread)
        apr_thread_join(&status, thread);
    return 0;
}

int main(int count, const char *const *words)
{
    errand_t errand;
    apr_pool_t *pool;
    int status = 2;

    memset(&errand, 0, sizeof(errand));
    errand.settings.connect_ms = 2000;
    errand.settings.total_ms = 5000;
    errand.settings.octets = 256 * 1024;
    errand.rounds = 1;
    signal(SIGPIPE, SIG_IGN);
    if (apr_initialize() != APR_SUCCESS || apr_pool_create(&pool, NULL) != APR_SUCCESS)
        return 2;
    if (read_words(&errand, count, words, pool))
        status = run(&errand, pool);
    else
        fprintf(stderr, "usage: see the source\n");
    apr_pool_destroy(pool);
    apr_terminate();
    return status;
}
