/* What every unit program of store/ needs: cmocka, and a directory of its own for each test that
 * goes with it. */
#ifndef STORE_DIR_H
#define STORE_DIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include "store/db_sqlite.h"

#define NOW 1700000000

typedef struct place_t {
    apr_pool_t *pool;
    const char *dir;
    const char *config;
    const char *state;
} place_t;

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

static int make_place(void **state)
{
    const char *base = getenv("TMPDIR");
    apr_pool_t *pool = NULL;
    place_t *place;
    char *dir;

    if (apr_pool_create(&pool, NULL) != APR_SUCCESS)
        return -1;
    place = apr_pcalloc(pool, sizeof *place);
    dir = apr_pstrcat(pool, base ? base : "/tmp", "/tokex-XXXXXX", NULL);
    if (!mkdtemp(dir))
        return -1;
    place->pool = pool;
    place->dir = dir;
    place->config = apr_pstrcat(pool, dir, "/config.db", NULL);
    place->state = apr_pstrcat(pool, dir, "/state.db", NULL);
    *state = place;
    return 0;
}

static int drop_place(void **state)
{
    place_t *place = *state;
    char *dir = strdup(place->dir);
    struct dirent *entry;
    DIR *list;

    apr_pool_destroy(place->pool);
    list = dir ? opendir(dir) : NULL;
    while (list && (entry = readdir(list)))
        unlinkat(dirfd(list), entry->d_name, 0);
    if (list)
        closedir(list);
    rmdir(dir);
    free(dir);
    return 0;
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, drop_place)

static inline void assert_ok(const tokex_err_t *err, apr_pool_t *pool)
{
    if (err)
        fail_msg("%s: %s", tokex_err_info(err->code)->name, tokex_err_text(err, pool));
}

static inline void assert_refused(const tokex_err_t *err, tokex_code_t code)
{
    assert_non_null(err);
    assert_string_equal(tokex_err_info(err->code)->name, tokex_err_info(code)->name);
}

static inline const char *path_of(const place_t *place, tokex_db_kind_t kind)
{
    return kind == TOKEX_DB_CONFIG ? place->config : place->state;
}

static inline tokex_db_t *make_db(const place_t *place, tokex_db_kind_t kind, apr_pool_t *pool)
{
    tokex_db_t *db = NULL;
    int applied;

    assert_ok(tokex_db_open(&db, path_of(place, kind), kind, TOKEX_DB_CREATE, false, pool), pool);
    assert_ok(tokex_db_migrate(&applied, db, NOW, pool), pool);
    assert_int_equal(applied, tokex_db_schema_known(kind));
    return db;
}

static inline tokex_db_t *open_db(const place_t *place, tokex_db_kind_t kind, tokex_db_mode_t mode,
                                  apr_pool_t *pool)
{
    tokex_db_t *db = NULL;

    assert_ok(tokex_db_open(&db, path_of(place, kind), kind, mode, false, pool), pool);
    return db;
}

static inline apr_pool_t *subpool(apr_pool_t *parent)
{
    apr_pool_t *pool = NULL;

    assert_int_equal(apr_pool_create(&pool, parent), APR_SUCCESS);
    return pool;
}

#endif
