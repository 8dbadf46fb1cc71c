/*
 * Preloaded into httpd, for what cannot be hit by chance. TOKEX_FAULTS names a directory:
 *
 * - while a file ".slow" lies in it, whoever draws random octets sleeps 300 ms before: a decision
 *   takes that long;
 * - who gets a mutex of all processes while a file ".kill" lies in it takes that away and is
 *   killed; while a file ".stop" lies in it, takes that away and is stopped.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SLOWNESS 300000

static const char *path_of(char path[512], const char *name)
{
    const char *dir = getenv("TOKEX_FAULTS");

    snprintf(path, 512, "%s/%s", dir ? dir : "/nonexistent", name);
    return path;
}

int RAND_bytes(unsigned char *out, int count)
{
    int (*real)(unsigned char *, int) =
        (int (*)(unsigned char *, int))dlsym(RTLD_NEXT, "RAND_bytes");
    char path[512];

    if (access(path_of(path, ".slow"), F_OK) == 0)
        usleep(SLOWNESS);
    return real(out, count);
}

/* Neither type nor status of APR is needed: one is handed on, of the other 0 is success. */
int apr_global_mutex_trylock(void *mutex)
{
    int (*real)(void *) = (int (*)(void *))dlsym(RTLD_NEXT, "apr_global_mutex_trylock");
    int status = real(mutex);
    char path[512];

    if (status == 0 && unlink(path_of(path, ".kill")) == 0)
        raise(SIGKILL);
    /* raise(): a signal to the process may reach another thread first, and this one go on. */
    if (status == 0 && unlink(path_of(path, ".stop")) == 0)
        raise(SIGSTOP);
    return status;
}
