/* What every unit program of config/ and policy/ needs: a pool, a list of faults and OpenSSL for
 * each test, files of the source tree, and JSON that is easy to read in C. */
#ifndef CONFIG_FIXTURE_H
#define CONFIG_FIXTURE_H

#include "unit.h"

#include "config/document.h"
#include "crypt/crypt.h"

typedef struct fixture_t {
    apr_pool_t *pool;
    tokex_crypt_t *crypt;
    tokex_faults_t *faults;
} fixture_t;

static int set_up(void **state)
{
    apr_pool_t *pool = new_pool(NULL);
    fixture_t *f = apr_pcalloc(pool, sizeof(*f));
    f->pool = pool;
    f->faults = tokex_config_faults_create(pool);
    *state = f;
    return tokex_crypt_create(&f->crypt, pool) ? -1 : 0;
}

static int tear_down(void **state)
{
    fixture_t *f = *state;
    int waiting = tokex_crypt_error_queue_length();
    apr_pool_destroy(f->pool);
    return waiting ? -1 : 0;
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* `text` with ' for ", so that JSON stands in C without backslashes. */
static inline const char *json(fixture_t *f, const char *text)
{
    char *copy = apr_pstrdup(f->pool, text);
    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    return copy;
}

/* The file `name` of the source tree. */
static inline const char *source_file(fixture_t *f, const char *name, apr_size_t *len)
{
    const char *top = getenv("TOKEX_SRCDIR");
    const char *path = apr_pstrcat(f->pool, top && *top ? top : ".", "/", name, NULL);
    FILE *file = fopen(path, "rb");
    char *text;
    if (!file)
        fail_msg("%s cannot be opened", path);
    text = apr_palloc(f->pool, 1024 * 1024);
    *len = fread(text, 1, 1024 * 1024 - 1, file);
    text[*len] = '\0';
    fclose(file);
    return text;
}

/* All faults, a line each. */
static inline const char *all_faults(fixture_t *f)
{
    const char *text = "";
    for (int i = 0; i < f->faults->count; i++)
        text = apr_pstrcat(f->pool, text, f->faults->items[i].warning ? "warning: " : "error: ",
                           tokex_config_fault_text(&f->faults->items[i], f->pool), "\n", NULL);
    return text;
}

/* One of the faults, as a line, begins with `kind` ("error: " or "warning: ") and holds `part`. */
static inline void assert_listed(fixture_t *f, const char *kind, const char *part)
{
    for (int i = 0; i < f->faults->count; i++) {
        const char *text = tokex_config_fault_text(&f->faults->items[i], f->pool);
        const char *is = f->faults->items[i].warning ? "warning: " : "error: ";
        if (strcmp(kind, is) == 0 && strstr(text, part))
            return;
    }
    fail_msg("not listed: %s%s\nbut:\n%s", kind, part, all_faults(f));
}

#define assert_error(f, part) assert_listed(f, "error: ", part)
#define assert_warning(f, part) assert_listed(f, "warning: ", part)

static inline void assert_no_faults(fixture_t *f)
{
    if (f->faults->count)
        fail_msg("faults:\n%s", all_faults(f));
}

/* Forgets the faults so far. */
static inline void forget(fixture_t *f)
{
    f->faults = tokex_config_faults_create(f->pool);
}

/* Reads a document that must be accepted. */
static inline const tokex_config_t *read_good(fixture_t *f, const char *text)
{
    const tokex_config_t *config = NULL;
    const tokex_err_t *err =
        tokex_document_read(&config, NULL, text, strlen(text), f->faults, f->pool, f->pool);
    if (err)
        fail_msg("refused: %s\n%s%s", text, tokex_err_text(err, f->pool), all_faults(f));
    assert_no_faults(f);
    assert_non_null(config);
    return config;
}

/* Reads a document that must be refused; its faults are in the fixture. */
static inline void read_bad(fixture_t *f, const char *text)
{
    const tokex_config_t *config = NULL;
    const tokex_err_t *err;
    forget(f);
    err = tokex_document_read(&config, NULL, text, strlen(text), f->faults, f->pool, f->pool);
    if (!err)
        fail_msg("accepted: %s", text);
    assert_code(err, TOKEX_E_DOCUMENT);
    assert_true(f->faults->error_count > 0);
    /* What was read can still be judged. */
    assert_non_null(config);
}

#endif
