/*
 * Preloaded into a program under test, it is the disk that fails there:
 *
 * - below a directory in which a file ".full" lies, no file takes another block;
 * - TOKEX_FULL_AT=N: from the Nth time on that a file would grow, none takes another block;
 * - TOKEX_KILL_AT=N: it is killed before the Nth time that it changes a file or a directory;
 * - TOKEX_STEPS_FILE=NAME: how many times that was is written there when it ends;
 * - who gives a file a name in a directory in which a file ".kill" lies is killed before, and
 *   ".kill" is gone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define BLOCK 4096

#define REAL(name) real_##name = (__typeof__(real_##name))dlsym(RTLD_NEXT, #name)

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);
static int (*real_ftruncate64)(int, off64_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);
static int kill_at, full_at;
static atomic_int changes, growths;
/* Of all processes: a real file takes one write after the other. */
static pthread_mutex_t *logging;

static int number(const char *name)
{
    const char *text = getenv(name);

    return text ? (int)strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void find(void)
{
    pthread_mutexattr_t shared;

    logging =
        mmap(NULL, sizeof *logging, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (logging == MAP_FAILED)
        abort();
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(logging, &shared);
    REAL(write);
    REAL(writev);
    REAL(pwrite64);
    REAL(ftruncate64);
    REAL(fsync);
    REAL(fdatasync);
    REAL(unlink);
    REAL(rename);
    kill_at = number("TOKEX_KILL_AT");
    full_at = number("TOKEX_FULL_AT");
}

static void step(void)
{
    if (atomic_fetch_add(&changes, 1) + 1 == kill_at)
        raise(SIGKILL);
}

__attribute__((destructor)) static void tell(void)
{
    const char *name = getenv("TOKEX_STEPS_FILE");
    int steps = atomic_load(&changes);
    FILE *out = name ? fopen(name, "w") : NULL;

    if (!out)
        return;
    fprintf(out, "%d", steps);
    fclose(out);
}

/* Is there a ".full" in the directory of the file, or in one above? */
static int is_on_full_disk(int fd)
{
    char link[64], path[PATH_MAX + 8], *slash;
    ssize_t len;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, PATH_MAX);
    path[len > 0 ? len : 0] = '\0';
    while ((slash = strrchr(path, '/')) && slash != path) {
        memcpy(slash, "/.full", sizeof "/.full");
        if (access(path, F_OK) == 0)
            return 1;
        *slash = '\0';
    }
    return 0;
}

/* How many of `len` octets from `at` (-1: the end) on a file takes. */
static size_t room(int fd, off_t at, size_t len)
{
    int before = errno;
    struct stat info;
    off_t most;

    if (fstat(fd, &info) || !S_ISREG(info.st_mode))
        return len;
    step();
    if (at < 0)
        at = info.st_size;
    most = (info.st_size + BLOCK - 1) / BLOCK * BLOCK;
    if (at + (off_t)len > most &&
        ((full_at && atomic_fetch_add(&growths, 1) + 1 >= full_at) || is_on_full_disk(fd)))
        len = most > at ? (size_t)(most - at) : 0;
    errno = before;
    return len;
}

static int is_at_end(int fd)
{
    struct stat info;
    off_t at = lseek(fd, 0, SEEK_CUR);

    return at >= 0 && fstat(fd, &info) == 0 && at >= info.st_size;
}

ssize_t write(int fd, const void *data, size_t len)
{
    int before = errno;
    off_t at = lseek(fd, 0, SEEK_CUR);
    size_t some;

    errno = before;
    some = room(fd, is_at_end(fd) ? -1 : at, len);
    errno = some || !len ? before : ENOSPC;
    return some || !len ? real_write(fd, data, some) : -1;
}

static ssize_t append(int fd, const struct iovec *parts, int count, size_t len)
{
    size_t some = room(fd, -1, len), at = 0;
    ssize_t done;
    char *whole;
    int i;

    if (some == len)
        return real_writev(fd, parts, count);
    if (some == 0) {
        errno = ENOSPC;
        return -1;
    }
    whole = malloc(len);
    for (i = 0; i < count; at += parts[i].iov_len, i++)
        memcpy(whole + at, parts[i].iov_base, parts[i].iov_len);
    done = real_write(fd, whole, some);
    free(whole);
    return done;
}

/* Only logs are written so, at their end. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    size_t len = 0;
    ssize_t done;
    int i;

    for (i = 0; i < count; i++)
        len += parts[i].iov_len;
    pthread_mutex_lock(logging);
    done = append(fd, parts, count, len);
    pthread_mutex_unlock(logging);
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at)
{
    size_t some = room(fd, at, len);

    if (some || !len)
        return real_pwrite64(fd, data, some, at);
    errno = ENOSPC;
    return -1;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    return pwrite64(fd, data, len, at);
}

int ftruncate64(int fd, off64_t len)
{
    step();
    return real_ftruncate64(fd, len);
}

int ftruncate(int fd, off_t len)
{
    return ftruncate64(fd, len);
}

int fsync(int fd)
{
    step();
    return real_fsync(fd);
}

int fdatasync(int fd)
{
    step();
    return real_fdatasync(fd);
}

int unlink(const char *path)
{
    step();
    return real_unlink(path);
}

static void die_within(const char *path)
{
    const char *slash = strrchr(path, '/');
    char name[PATH_MAX];

    snprintf(name, sizeof name, "%.*s.kill", slash ? (int)(slash - path) + 1 : 0, path);
    if (real_unlink(name) == 0)
        raise(SIGKILL);
}

int rename(const char *from, const char *to)
{
    step();
    die_within(to);
    return real_rename(from, to);
}
