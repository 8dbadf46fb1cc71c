#include "crypt_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/b64url.h"
#include "crypt/seal.h"

static const tokex_master_key_t key_a = {{1, 2, 3}};
static const tokex_master_key_t key_b = {{1, 2, 4}};
static const unsigned char secret[] = "a private key at rest";

typedef struct place_t {
    const char *dir;
    const char *file;
} place_t;

static apr_status_t remove_place(void *data)
{
    const place_t *place = data;

    (void)unlink(place->file);
    (void)rmdir(place->dir);
    return APR_SUCCESS;
}

/* The path of a file "key" in a new directory; nothing is there yet. */
static const char *new_path(const fixture_t *f)
{
    const char *base = getenv("TMPDIR");
    char *dir = apr_pstrcat(f->pool, base && *base ? base : P_tmpdir, "/crypt_seal.XXXXXX", NULL);
    place_t *place = apr_palloc(f->pool, sizeof(*place));

    assert_non_null(mkdtemp(dir));
    place->dir = dir;
    place->file = apr_pstrcat(f->pool, dir, "/key", NULL);
    apr_pool_cleanup_register(f->pool, place, remove_place, apr_pool_cleanup_null);
    return place->file;
}

static const char *file_with(const fixture_t *f, const char *text, mode_t mode)
{
    const char *path = new_path(f);
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static const char *close_secret(const fixture_t *f, const tokex_master_key_t *key, const char *name)
{
    const char *text;

    assert_success(tokex_seal_close(&text, key, name, secret, sizeof(secret), f->crypt, f->pool));
    return text;
}

static const tokex_err_t *open_text(const fixture_t *f, const tokex_master_key_t *key,
                                    const char *name, const char *text)
{
    const unsigned char *out;
    apr_size_t len;
    const tokex_err_t *err = tokex_seal_open(&out, &len, key, name, text, f->crypt, f->pool);

    if (!err) {
        assert_int_equal(len, sizeof(secret));
        assert_memory_equal(out, secret, sizeof(secret));
    }
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
    return err;
}

static void test_what_was_closed_opens(void **state)
{
    const fixture_t *f = *state;

    assert_success(open_text(f, &key_a, "kid-1", close_secret(f, &key_a, "kid-1")));
    assert_success(open_text(f, &key_a, "", close_secret(f, &key_a, "")));
}

static void test_sealed_text_names_its_format_and_shows_nothing(void **state)
{
    const fixture_t *f = *state;
    const char *text = close_secret(f, &key_a, "kid-1");
    unsigned char *raw;
    apr_size_t len;

    assert_memory_equal(text, "1.", 2);
    assert_success(tokex_b64url_decode(&raw, &len, text + 2, strlen(text + 2), f->pool));
    assert_int_equal(len, 12 + sizeof(secret) + 16);
    assert_memory_not_equal(raw + 12, secret, sizeof(secret));
}

static void test_nonce_is_new_each_time(void **state)
{
    const fixture_t *f = *state;
    const char *one = close_secret(f, &key_a, "kid-1");
    const char *two = close_secret(f, &key_a, "kid-1");

    assert_true(strncmp(one, two, 2 + 16) != 0);
}

static void test_another_master_key_does_not_open(void **state)
{
    const fixture_t *f = *state;

    assert_code(open_text(f, &key_b, "kid-1", close_secret(f, &key_a, "kid-1")), TOKEX_E_SEAL);
}

static void test_another_name_does_not_open(void **state)
{
    const fixture_t *f = *state;
    const char *text = close_secret(f, &key_a, "kid-1");

    assert_code(open_text(f, &key_a, "kid-2", text), TOKEX_E_SEAL);
    assert_code(open_text(f, &key_a, "", text), TOKEX_E_SEAL);
}

static void test_any_changed_octet_does_not_open(void **state)
{
    const fixture_t *f = *state;
    const char *text = close_secret(f, &key_a, "kid-1");

    for (size_t i = 0; text[i]; i++) {
        char *changed = apr_pstrdup(f->pool, text);

        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_code(open_text(f, &key_a, "kid-1", changed), TOKEX_E_SEAL);
    }
}

static void test_cut_text_does_not_open(void **state)
{
    const fixture_t *f = *state;
    const char *text = close_secret(f, &key_a, "kid-1");

    for (size_t len = 0; len < strlen(text); len++)
        assert_code(open_text(f, &key_a, "kid-1", apr_pstrmemdup(f->pool, text, len)),
                    TOKEX_E_SEAL);
}

static void test_unknown_format_does_not_open(void **state)
{
    const fixture_t *f = *state;
    char *text = apr_pstrdup(f->pool, close_secret(f, &key_a, "kid-1"));

    text[0] = '2';
    assert_code(open_text(f, &key_a, "kid-1", text), TOKEX_E_SEAL);
    assert_code(open_text(f, &key_a, "kid-1", text + 2), TOKEX_E_SEAL);
}

static void test_opened_octets_are_wiped_with_the_pool(void **state)
{
    const fixture_t *f = *state;
    const char *text = close_secret(f, &key_a, "kid-1");
    watched_t watched = {NULL, 0, false};
    apr_pool_t *pool = new_pool(f->pool);

    apr_pool_cleanup_register(pool, &watched, look, apr_pool_cleanup_null);
    assert_success(
        tokex_seal_open(&watched.octets, &watched.len, &key_a, "kid-1", text, f->crypt, pool));
    assert_memory_equal(watched.octets, secret, sizeof(secret));
    apr_pool_destroy(pool);
    assert_true(watched.wiped);
}

static void test_master_key_is_wiped_with_the_pool(void **state)
{
    const fixture_t *f = *state;
    const char *path = new_path(f);
    watched_t watched = {NULL, TOKEX_SEAL_KEY_LEN, false};
    const tokex_master_key_t *key;
    apr_pool_t *pool = new_pool(f->pool);

    assert_success(tokex_seal_create_master_key(path, f->pool));
    apr_pool_cleanup_register(pool, &watched, look, apr_pool_cleanup_null);
    assert_success(tokex_seal_read_master_key(&key, path, pool));
    watched.octets = key->octets;
    apr_pool_destroy(pool);
    assert_true(watched.wiped);
}

static void test_created_key_file_is_private_and_reads_back(void **state)
{
    const fixture_t *f = *state;
    const char *path = new_path(f);
    const tokex_master_key_t *one;
    const tokex_master_key_t *two;
    static const tokex_master_key_t zeros;
    mode_t old = umask(077);
    struct stat st;

    assert_success(tokex_seal_create_master_key(path, f->pool));
    (void)umask(old);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(st.st_size, 44);
    assert_success(tokex_seal_read_master_key(&one, path, f->pool));
    assert_success(tokex_seal_read_master_key(&two, path, f->pool));
    assert_memory_equal(one, two, sizeof(*one));
    assert_memory_not_equal(one, &zeros, sizeof(zeros));
}

static void test_existing_key_file_is_never_overwritten(void **state)
{
    const fixture_t *f = *state;
    const char *path = file_with(f, "precious", 0600);
    struct stat st;

    assert_code(tokex_seal_create_master_key(path, f->pool), TOKEX_E_FILE);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 8);
}

static void test_key_file_that_others_reach_refused(void **state)
{
    static const struct {
        mode_t mode;
        bool accepted;
    } modes[] = {{0600, true},  {0400, true},  {0640, true},  {0440, true},  {0644, false},
                 {0642, false}, {0641, false}, {0660, false}, {0620, false}, {0666, false}};
    const fixture_t *f = *state;
    const char *path = new_path(f);

    assert_success(tokex_seal_create_master_key(path, f->pool));
    for (int i = 0; i < COUNT(modes); i++) {
        const tokex_master_key_t *key;
        const tokex_err_t *err;

        assert_int_equal(chmod(path, modes[i].mode), 0);
        err = tokex_seal_read_master_key(&key, path, f->pool);
        if (modes[i].accepted)
            assert_success(err);
        else
            assert_code(err, TOKEX_E_FILE_MODE);
    }
}

#define GOOD "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static void test_key_file_line_ends(void **state)
{
    const fixture_t *f = *state;
    const tokex_master_key_t *key;

    assert_success(tokex_seal_read_master_key(&key, file_with(f, GOOD, 0600), f->pool));
    assert_int_equal(key->octets[31], 31);
    assert_success(tokex_seal_read_master_key(&key, file_with(f, GOOD "\n", 0600), f->pool));
    assert_success(tokex_seal_read_master_key(&key, file_with(f, GOOD "\r\n", 0600), f->pool));
}

static void test_file_that_is_no_master_key_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "AAEC\n",
        GOOD "A\n",
        GOOD "\n\n",
        GOOD "\nAAEC\n",
        " " GOOD "\n",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9\n", /* unused bits set */
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+\n", /* the other base64 */
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n",
    };
    const fixture_t *f = *state;

    for (int i = 0; i < COUNT(texts); i++) {
        const char *path = file_with(f, texts[i], 0600);
        const tokex_master_key_t *key;
        const tokex_err_t *err = tokex_seal_read_master_key(&key, path, f->pool);

        assert_code(err, TOKEX_E_FILE);
        /* What the file held may be the secret of something else. */
        assert_null(strstr(tokex_err_text(err, f->pool), "AAEC"));
    }
}

static void test_missing_key_file_and_what_is_no_file_refused(void **state)
{
    const fixture_t *f = *state;
    const char *path = new_path(f);
    const tokex_master_key_t *key;
    const tokex_err_t *err = tokex_seal_read_master_key(&key, path, f->pool);

    assert_code(err, TOKEX_E_FILE);
    assert_non_null(strstr(err->log_text, path));
    assert_code(tokex_seal_read_master_key(&key, "/dev/null", f->pool), TOKEX_E_FILE);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_code(tokex_seal_read_master_key(&key, path, f->pool), TOKEX_E_FILE);
    assert_int_equal(unlink(path), 0);
    assert_code(
        tokex_seal_read_master_key(&key, apr_pstrmemdup(f->pool, path, strlen(path) - 4), f->pool),
        TOKEX_E_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_what_was_closed_opens),
        WITH_CRYPT(test_sealed_text_names_its_format_and_shows_nothing),
        WITH_CRYPT(test_nonce_is_new_each_time),
        WITH_CRYPT(test_another_master_key_does_not_open),
        WITH_CRYPT(test_another_name_does_not_open),
        WITH_CRYPT(test_any_changed_octet_does_not_open),
        WITH_CRYPT(test_cut_text_does_not_open),
        WITH_CRYPT(test_unknown_format_does_not_open),
        WITH_CRYPT(test_opened_octets_are_wiped_with_the_pool),
        WITH_CRYPT(test_master_key_is_wiped_with_the_pool),
        WITH_CRYPT(test_created_key_file_is_private_and_reads_back),
        WITH_CRYPT(test_existing_key_file_is_never_overwritten),
        WITH_CRYPT(test_key_file_that_others_reach_refused),
        WITH_CRYPT(test_key_file_line_ends),
        WITH_CRYPT(test_file_that_is_no_master_key_refused),
        WITH_CRYPT(test_missing_key_file_and_what_is_no_file_refused),
    };

    return cmocka_run_group_tests_name("crypt/seal", tests, start, stop);
}
