#include "threads.h"

#include <signal.h>

apr_status_t tokex_threads_create(apr_thread_t **out, apr_thread_start_t run, void *data,
                                  apr_pool_t *pool)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t blocked, before;
    apr_status_t rv;
    size_t i;

    sigfillset(&blocked);
    for (i = 0; i < sizeof own / sizeof own[0]; i++)
        sigdelset(&blocked, own[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    rv = apr_thread_create(out, NULL, run, data, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rv;
}
