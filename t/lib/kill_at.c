/*
 * Ends its process by SIGKILL at the Nth call that changes a file (KILL_AT=N, from 1): before the
 * call, or, where N is even and the call writes, after half of it. KILL_COUNT=FILE: how many there
 * were is written there at the end instead.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static long calls, deadline = -1;

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* Is this the call? */
static int is_last(void)
{
    const char *at = getenv("KILL_AT");

    if (deadline < 0)
        deadline = at ? strtol(at, NULL, 10) : 0;
    return ++calls == deadline;
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("KILL_COUNT");
    FILE *out = path ? fopen(path, "w") : NULL;

    if (out) {
        fprintf(out, "%ld\n", calls);
        fclose(out);
    }
}

#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))

typedef ssize_t (*pwrite_t)(int, const void *, size_t, off_t);
typedef ssize_t (*write_t)(int, const void *, size_t);
typedef int (*fd_t)(int);
typedef int (*path_t)(const char *);

static ssize_t write_at(pwrite_t real, int fd, const void *octets, size_t len, off_t at)
{
    if (is_last()) {
        if (deadline % 2 == 0 && real(fd, octets, len / 2, at) < 0)
            die();
        die();
    }
    return real(fd, octets, len, at);
}

ssize_t pwrite(int fd, const void *octets, size_t len, off_t at)
{
    return write_at(REAL(pwrite_t, "pwrite"), fd, octets, len, at);
}

ssize_t pwrite64(int fd, const void *octets, size_t len, off_t at)
{
    return write_at(REAL(pwrite_t, "pwrite64"), fd, octets, len, at);
}

ssize_t write(int fd, const void *octets, size_t len)
{
    /* What is printed is counted too: a command that dies there has acknowledged nothing. */
    if (is_last())
        die();
    return REAL(write_t, "write")(fd, octets, len);
}

int fsync(int fd)
{
    if (is_last())
        die();
    return REAL(fd_t, "fsync")(fd);
}

int fdatasync(int fd)
{
    if (is_last())
        die();
    return REAL(fd_t, "fdatasync")(fd);
}

int unlink(const char *path)
{
    if (is_last())
        die();
    return REAL(path_t, "unlink")(path);
}

int ftruncate(int fd, off_t len)
{
    if (is_last())
        die();
    return REAL(int (*)(int, off_t), "ftruncate")(fd, len);
}

int ftruncate64(int fd, off_t len)
{
    if (is_last())
        die();
    return REAL(int (*)(int, off_t), "ftruncate64")(fd, len);
}

int rename(const char *from, const char *to)
{
    if (is_last())
        die();
    return REAL(int (*)(const char *, const char *), "rename")(from, to);
}
