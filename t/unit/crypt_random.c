#include "crypt_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "base/b64url.h"
#include "crypt/random.h"

#define CHILDREN 8
#define TEXTS 2000
#define TEXT_OCTETS 16
#define TEXT_LEN TOKEX_B64URL_ENCODED(TEXT_OCTETS)

static bool generator_broken;

/* In place of OpenSSL's: a program's own symbol goes before that of a library. */
int RAND_bytes(unsigned char *buf, int num)
{
    return generator_broken ? 0 : RAND_bytes_ex(NULL, buf, (size_t)num, 0);
}

static void test_bytes_fill_the_whole_buffer(void **state)
{
    const fixture_t *f = *state;
    unsigned char seen[64] = {0};

    /* An octet that stays 0 in 64 fillings was not filled: 64 * 2^-512 by chance. */
    for (int i = 0; i < 64; i++) {
        unsigned char buf[66];

        memset(buf, 0, sizeof(buf));
        assert_success(tokex_random_bytes(buf + 1, 64, f->pool));
        assert_int_equal(buf[0], 0);
        assert_int_equal(buf[65], 0);
        for (int j = 0; j < 64; j++)
            seen[j] |= buf[j + 1];
    }
    for (int j = 0; j < 64; j++)
        assert_int_not_equal(seen[j], 0);
}

static void test_text_is_base64url_of_as_many_octets(void **state)
{
    const fixture_t *f = *state;

    for (apr_size_t n = 1; n <= 64; n++) {
        const char *text;
        unsigned char *octets;
        apr_size_t len;

        assert_success(tokex_random_text(&text, n, f->pool));
        assert_success(tokex_b64url_decode(&octets, &len, text, strlen(text), f->pool));
        assert_int_equal(len, n);
    }
}

static void test_text_of_no_or_too_many_octets_refused(void **state)
{
    const fixture_t *f = *state;
    const char *text = NULL;

    assert_code(tokex_random_text(&text, 0, f->pool), TOKEX_E_RANDOM);
    assert_code(tokex_random_text(&text, 65, f->pool), TOKEX_E_RANDOM);
    assert_null(text);
}

static void test_ISS_003_failing_generator_gives_no_text(void **state)
{
    const fixture_t *f = *state;
    unsigned char octets[16];
    const char *text = NULL;

    generator_broken = true;
    assert_code(tokex_random_bytes(octets, sizeof(octets), f->pool), TOKEX_E_RANDOM);
    assert_code(tokex_random_text(&text, 16, f->pool), TOKEX_E_RANDOM);
    generator_broken = false;
    assert_null(text);
    assert_int_equal(tokex_crypt_error_queue_length(), 0);
}

static void write_texts(int fd, apr_pool_t *pool)
{
    for (int i = 0; i < TEXTS; i++) {
        const char *text;

        if (tokex_random_text(&text, TEXT_OCTETS, pool) ||
            write(fd, text, TEXT_LEN) != (ssize_t)TEXT_LEN)
            _exit(1);
    }
    _exit(0);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, TEXT_LEN);
}

static void read_texts(int fd, char *to)
{
    size_t got = 0;

    while (got < TEXTS * TEXT_LEN) {
        ssize_t n = read(fd, to + got, TEXTS * TEXT_LEN - got);

        assert_true(n > 0);
        got += (size_t)n;
    }
}

/* Scaled down from ten million: a generator whose state is copied by fork repeats its first text.
 */
static void test_ISS_002_no_text_twice_across_fork(void **state)
{
    const fixture_t *f = *state;
    char *all = apr_palloc(f->pool, CHILDREN * TEXTS * TEXT_LEN);
    const char *warm_up;
    int fds[CHILDREN][2];
    int status;

    assert_success(tokex_random_text(&warm_up, TEXT_OCTETS, f->pool));
    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid;

        assert_int_equal(pipe(fds[i]), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            write_texts(fds[i][1], f->pool);
        assert_int_equal(close(fds[i][1]), 0);
    }
    for (int i = 0; i < CHILDREN; i++) {
        read_texts(fds[i][0], all + (size_t)i * TEXTS * TEXT_LEN);
        assert_int_equal(close(fds[i][0]), 0);
    }
    for (int i = 0; i < CHILDREN; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    qsort(all, CHILDREN * TEXTS, TEXT_LEN, compare);
    for (size_t i = 1; i < CHILDREN * TEXTS; i++)
        assert_int_not_equal(compare(all + (i - 1) * TEXT_LEN, all + i * TEXT_LEN), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CRYPT(test_bytes_fill_the_whole_buffer),
        WITH_CRYPT(test_text_is_base64url_of_as_many_octets),
        WITH_CRYPT(test_text_of_no_or_too_many_octets_refused),
        WITH_CRYPT(test_ISS_003_failing_generator_gives_no_text),
        WITH_CRYPT(test_ISS_002_no_text_twice_across_fork),
    };

    return cmocka_run_group_tests_name("crypt/random", tests, start, stop);
}
