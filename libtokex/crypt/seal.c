#include "crypt/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>

#include <apr_strings.h>

#include "base/b64url.h"
#include "crypt/crypt_private.h"
#include "crypt/random.h"

#define FORMAT "1."
#define FORMAT_LEN (sizeof(FORMAT) - 1)
#define NONCE_LEN 12
#define TAG_LEN 16
#define KEY_LINE_LEN TOKEX_B64URL_ENCODED(TOKEX_SEAL_KEY_LEN)
#define KEY_FILE_MODE (S_IRUSR | S_IWUSR | S_IRGRP)

static const tokex_err_t *file_error(apr_pool_t *pool, const char *path, const char *what)
{
    int saved = errno;

    return tokex_err_create(pool, TOKEX_E_FILE, NULL, "master key file %s: %s: %s",
                            tokex_err_shown(pool, path, strlen(path)), what, strerror(saved));
}

static const tokex_err_t *not_a_key(apr_pool_t *pool, const char *path)
{
    return tokex_err_create(pool, TOKEX_E_FILE, NULL,
                            "%s is not a master key file: it must hold 32 octets as one line of "
                            "base64url",
                            tokex_err_shown(pool, path, strlen(path)));
}

/* Looked at through the descriptor, so that the file that is judged is the file that is read. */
static const tokex_err_t *check_mode(int fd, const char *path, apr_pool_t *pool)
{
    struct stat st;

    if (fstat(fd, &st))
        return file_error(pool, path, "cannot be examined");
    if (!S_ISREG(st.st_mode))
        return not_a_key(pool, path);
    if (st.st_mode & (S_IRWXO | S_IWGRP))
        return tokex_err_create(pool, TOKEX_E_FILE_MODE, NULL,
                                "master key file %s has mode %04o: others must have no access and "
                                "the group must not write; run chmod g-w,o-rwx on it",
                                tokex_err_shown(pool, path, strlen(path)),
                                (unsigned)(st.st_mode & 07777));
    return NULL;
}

static ssize_t read_all(int fd, unsigned char *buf, apr_size_t size)
{
    apr_size_t got = 0;

    while (got < size) {
        ssize_t n = read(fd, buf + got, size - got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (apr_size_t)n;
    }
    return (ssize_t)got;
}

static const tokex_err_t *read_key(tokex_master_key_t *key, int fd, const char *path,
                                   apr_pool_t *pool)
{
    /* One octet more than a line and its end can have, so that a longer file shows itself. */
    apr_size_t size = KEY_LINE_LEN + 3;
    apr_pool_t *scratch;
    unsigned char *line;
    unsigned char *octets;
    apr_size_t len;
    ssize_t got;
    const tokex_err_t *err = NULL;

    TOKEX_RETURN_ERR(check_mode(fd, path, pool));
    line = tokex_crypt_secret_buffer(pool, size);
    got = read_all(fd, line, size);
    if (got < 0)
        return file_error(pool, path, "cannot be read");
    if (got > 0 && line[got - 1] == '\n')
        got--;
    if (got > 0 && line[got - 1] == '\r')
        got--;
    if (apr_pool_create(&scratch, pool))
        return tokex_err_create(pool, TOKEX_E_MEMORY, NULL, "no pool for the master key");
    if (got != (ssize_t)KEY_LINE_LEN ||
        tokex_b64url_decode(&octets, &len, (const char *)line, KEY_LINE_LEN, scratch) ||
        len != TOKEX_SEAL_KEY_LEN) {
        err = not_a_key(pool, path);
    } else {
        memcpy(key->octets, octets, TOKEX_SEAL_KEY_LEN);
        tokex_crypt_wipe(octets, len);
    }
    apr_pool_destroy(scratch);
    return err;
}

const tokex_err_t *tokex_seal_read_master_key(const tokex_master_key_t **out, const char *path,
                                              apr_pool_t *pool)
{
    tokex_master_key_t *key;
    const tokex_err_t *err;
    /* O_NONBLOCK: a FIFO in the key's place must not hang the start of the server. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return file_error(pool, path, "cannot be opened");
    key = (tokex_master_key_t *)tokex_crypt_secret_buffer(pool, sizeof(*key));
    err = read_key(key, fd, path, pool);
    (void)close(fd);
    if (err)
        return err;
    *out = key;
    return NULL;
}

static bool write_all(int fd, const char *text, apr_size_t len)
{
    apr_size_t done = 0;

    while (done < len) {
        ssize_t n = write(fd, text + done, len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        done += (apr_size_t)n;
    }
    /* fchmod: the umask may have taken the group's reading away. */
    return fchmod(fd, KEY_FILE_MODE) == 0 && fsync(fd) == 0;
}

const tokex_err_t *tokex_seal_create_master_key(const char *path, apr_pool_t *pool)
{
    unsigned char raw[TOKEX_SEAL_KEY_LEN];
    char line[KEY_LINE_LEN + 1];
    const tokex_err_t *err = NULL;
    int fd;

    /* Randomness first: a failure then leaves no empty file behind. */
    TOKEX_RETURN_ERR(tokex_random_bytes(raw, sizeof(raw), pool));
    (void)tokex_b64url_encode(line, raw, sizeof(raw));
    line[KEY_LINE_LEN] = '\n';
    tokex_crypt_wipe(raw, sizeof(raw));
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, KEY_FILE_MODE);
    if (fd < 0) {
        err = file_error(pool, path, "cannot be made");
    } else {
        bool written = write_all(fd, line, sizeof(line));

        if (!written)
            err = file_error(pool, path, "cannot be written");
        if (close(fd) && written)
            err = file_error(pool, path, "cannot be written");
        if (err)
            (void)unlink(path);
    }
    tokex_crypt_wipe(line, sizeof(line));
    return err;
}

static bool encrypt(EVP_CIPHER_CTX *ctx, const tokex_master_key_t *master, const char *name,
                    const unsigned char *in, apr_size_t len, unsigned char *raw,
                    const tokex_crypt_t *crypt)
{
    int n = 0;

    return ctx && EVP_EncryptInit_ex2(ctx, crypt->aes256gcm, master->octets, raw, NULL) == 1 &&
           EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)name, (int)strlen(name)) == 1 &&
           EVP_EncryptUpdate(ctx, raw + NONCE_LEN, &n, in, (int)len) == 1 && n == (int)len &&
           EVP_EncryptFinal_ex(ctx, raw + NONCE_LEN + n, &n) == 1 && n == 0 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, raw + NONCE_LEN + len) == 1;
}

const tokex_err_t *tokex_seal_close(const char **out, const tokex_master_key_t *master,
                                    const char *name, const unsigned char *in, apr_size_t len,
                                    const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    apr_size_t raw_len = NONCE_LEN + len + TAG_LEN;
    EVP_CIPHER_CTX *ctx;
    unsigned char *raw;
    char *text;
    bool ok;

    if (len == 0 || len > INT_MAX / 2 || strlen(name) > INT_MAX / 2)
        return tokex_err_create(pool, TOKEX_E_CRYPTO, NULL,
                                "%" APR_SIZE_T_FMT " octets cannot be sealed", len);
    raw = tokex_crypt_secret_buffer(pool, raw_len);
    TOKEX_RETURN_ERR(tokex_random_bytes(raw, NONCE_LEN, pool));
    ctx = EVP_CIPHER_CTX_new();
    ok = encrypt(ctx, master, name, in, len, raw, crypt);
    EVP_CIPHER_CTX_free(ctx);
    if (!ok)
        return tokex_crypt_fail(pool, TOKEX_E_CRYPTO, "AES-256-GCM could not encrypt");
    text = apr_palloc(pool, FORMAT_LEN + TOKEX_B64URL_ENCODED(raw_len) + 1);
    memcpy(text, FORMAT, FORMAT_LEN);
    text[FORMAT_LEN + tokex_b64url_encode(text + FORMAT_LEN, raw, raw_len)] = '\0';
    *out = text;
    return NULL;
}

static bool decrypt(EVP_CIPHER_CTX *ctx, const tokex_master_key_t *master, const char *name,
                    unsigned char *raw, apr_size_t raw_len, unsigned char *to,
                    const tokex_crypt_t *crypt)
{
    int len = (int)(raw_len - NONCE_LEN - TAG_LEN);
    int n = 0;

    return ctx && EVP_DecryptInit_ex2(ctx, crypt->aes256gcm, master->octets, raw, NULL) == 1 &&
           EVP_DecryptUpdate(ctx, NULL, &n, (const unsigned char *)name, (int)strlen(name)) == 1 &&
           EVP_DecryptUpdate(ctx, to, &n, raw + NONCE_LEN, len) == 1 && n == len &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, raw + NONCE_LEN + len) == 1 &&
           EVP_DecryptFinal_ex(ctx, to + n, &n) == 1;
}

const tokex_err_t *tokex_seal_open(const unsigned char **out, apr_size_t *out_len,
                                   const tokex_master_key_t *master, const char *name,
                                   const char *sealed, const tokex_crypt_t *crypt, apr_pool_t *pool)
{
    apr_size_t text_len = strlen(sealed);
    EVP_CIPHER_CTX *ctx;
    unsigned char *raw;
    unsigned char *plain;
    apr_size_t raw_len;
    const tokex_err_t *err;
    bool ok;

    if (strncmp(sealed, FORMAT, FORMAT_LEN) != 0)
        return tokex_err_create(pool, TOKEX_E_SEAL, NULL,
                                "the sealed text is of no format that this version knows");
    if (text_len > INT_MAX / 2 || strlen(name) > INT_MAX / 2)
        return tokex_err_create(pool, TOKEX_E_SEAL, NULL, "the sealed text is too long");
    err = tokex_b64url_decode(&raw, &raw_len, sealed + FORMAT_LEN, text_len - FORMAT_LEN, pool);
    if (err || raw_len <= NONCE_LEN + TAG_LEN)
        return tokex_err_create(pool, TOKEX_E_SEAL, err, "the sealed text is cut or damaged");
    plain = tokex_crypt_secret_buffer(pool, raw_len - NONCE_LEN - TAG_LEN);
    ctx = EVP_CIPHER_CTX_new();
    ok = decrypt(ctx, master, name, raw, raw_len, plain, crypt);
    EVP_CIPHER_CTX_free(ctx);
    if (!ok) {
        /* Nothing that did not pass the tag may be looked at. */
        tokex_crypt_wipe(plain, raw_len - NONCE_LEN - TAG_LEN);
        return tokex_crypt_fail(pool, TOKEX_E_SEAL,
                                "the sealed text does not open under this master key and name");
    }
    ERR_clear_error();
    *out = plain;
    *out_len = raw_len - NONCE_LEN - TAG_LEN;
    return NULL;
}
