/* What every unit program of store/ needs: cmocka, and a directory of its own for each test that
 * goes with it. */
#ifndef STORE_DIR_H
#define STORE_DIR_H

#include "unit.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/db_sqlite.h"

#define NOW 1700000000

typedef struct place_t {
    apr_pool_t *pool;
    const char *dir;
    const char *config;
    const char *state;
} place_t;

static int make_place(void **state)
{
    const char *base = getenv("TMPDIR");
    apr_pool_t *pool = new_pool(NULL);
    place_t *place = apr_pcalloc(pool, sizeof *place);
    char *dir = apr_pstrcat(pool, base ? base : "/tmp", "/tokex-XXXXXX", NULL);
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

static inline const char *path_of(const place_t *place, tokex_db_kind_t kind)
{
    return kind == TOKEX_DB_CONFIG ? place->config : place->state;
}

static inline tokex_db_t *make_db(const place_t *place, tokex_db_kind_t kind, apr_pool_t *pool)
{
    tokex_db_t *db = NULL;
    int applied;

    assert_success(tokex_db_open(&db, path_of(place, kind), kind, TOKEX_DB_CREATE, false, pool));
    assert_success(tokex_db_migrate(&applied, db, NOW, pool));
    assert_int_equal(applied, tokex_db_schema_known(kind));
    return db;
}

static inline tokex_db_t *open_db(const place_t *place, tokex_db_kind_t kind, tokex_db_mode_t mode,
                                  apr_pool_t *pool)
{
    tokex_db_t *db = NULL;

    assert_success(tokex_db_open(&db, path_of(place, kind), kind, mode, false, pool));
    return db;
}

#endif
