#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

const tokex_err_t *file_error(const char *path, apr_pool_t *pool)
{
    return tokex_err_create(pool, TOKEX_E_FILE, NULL, "%s: %s", path, strerror(errno));
}

/* What a file says that it has, so that it is read into its place; 64 KiB for what says nothing. */
static apr_size_t size_of(FILE *in, apr_size_t limit)
{
    const apr_size_t usual = 64 * 1024;
    struct stat info;

    if (fstat(fileno(in), &info) || !S_ISREG(info.st_mode) || info.st_size < (off_t)usual)
        return usual;
    return (apr_size_t)info.st_size < limit ? (apr_size_t)info.st_size + 1 : limit;
}

static const tokex_err_t *read_stream(const char **out, apr_size_t *len, FILE *in, const char *path,
                                      apr_size_t limit, apr_pool_t *pool)
{
    apr_size_t space = size_of(in, limit), used = 0, got;
    char *text = apr_palloc(pool, space + 1);

    while ((got = fread(text + used, 1, space - used, in)) > 0) {
        used += got;
        if (used > limit)
            return tokex_err_create(pool, TOKEX_E_FILE, NULL,
                                    "%s: larger than %" APR_SIZE_T_FMT " octets", path, limit);
        if (used == space) {
            char *larger = apr_palloc(pool, space * 2 + 1);

            memcpy(larger, text, used);
            text = larger;
            space *= 2;
        }
    }
    if (ferror(in))
        return file_error(path, pool);
    text[used] = '\0';
    *out = text;
    *len = used;
    return NULL;
}

const tokex_err_t *file_read(const char **out, apr_size_t *len, const char *path, apr_size_t limit,
                             apr_pool_t *pool)
{
    const tokex_err_t *err;
    FILE *in;

    if (strcmp(path, "-") == 0)
        return read_stream(out, len, stdin, "standard input", limit, pool);
    in = fopen(path, "rbe");
    if (!in)
        return file_error(path, pool);
    err = read_stream(out, len, in, path, limit, pool);
    fclose(in);
    return err;
}

static bool write_all(int fd, const char *data, apr_size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, data, len);

        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            data += done;
            len -= (apr_size_t)done;
        }
    }
    return true;
}

const tokex_err_t *file_write_private(const char *path, const void *data, apr_size_t len,
                                      apr_pool_t *pool)
{
    char *temporary = apr_pstrcat(pool, path, ".XXXXXX", NULL);
    int fd = mkostemp(temporary, O_CLOEXEC);
    const tokex_err_t *err = NULL;

    if (fd < 0)
        return file_error(path, pool);
    if (fchmod(fd, 0600) || !write_all(fd, data, len) || fsync(fd))
        err = file_error(path, pool);
    if (close(fd) && !err)
        err = file_error(path, pool);
    if (!err && rename(temporary, path))
        err = file_error(path, pool);
    if (err)
        unlink(temporary);
    return err;
}

const tokex_err_t *file_set(const char *path, mode_t mode, gid_t group, apr_pool_t *pool)
{
    struct stat info = {0};
    const tokex_err_t *err = NULL;
    /* What root makes in a directory of a group must not be led elsewhere by somebody of it. */
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return file_error(path, pool);
    if ((group != (gid_t)-1 && fchown(fd, (uid_t)-1, group)) || fchmod(fd, mode) ||
        fstat(fd, &info))
        err = file_error(path, pool);
    close(fd);
    TOKEX_RETURN_ERR(err);
    /* The kernel drops the set-group bit in silence for who is not of the group. */
    if ((info.st_mode & 07777) != mode)
        return tokex_err_create(pool, TOKEX_E_FILE, NULL,
                                "%s: mode %04o cannot be set; run as root or as a member of the "
                                "group",
                                path, (unsigned)mode);
    return NULL;
}
