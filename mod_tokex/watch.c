#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <apr_tables.h>
#include <apr_thread_proc.h>
#include <http_log.h>

#include "follow.h"
#include "key_roll.h"
#include "messages.h"

APLOG_USE_MODULE(tokex);

/* A change is to be served within a second, and some of that goes into loading it. */
#define INTERVAL_MILLISECONDS 250
/* How long the end of a child waits for a look that is under way. */
#define END_MILLISECONDS 5000
/* Memory that a replaced configuration leaves for the next one; the rest goes back. */
#define MEMORY_KEPT (1024 * 1024)

struct tokex_watch_t {
    apr_pool_t *pool; /* no other thread's, and none of httpd's */
    server_rec *main;
    const tokex_crypt_t *crypt;
    apr_array_header_t *follows; /* tokex_follow_t * */
    tokex_key_roll_t *roll;
    apr_thread_t *thread; /* NULL: none */

    int stop[2];  /* a pipe: written to when the thread has to end */
    int ended[2]; /* a pipe: written to when it does */
};

/* httpd's pools of a child may be used by its one thread alone (prefork). */
static apr_status_t make_pool(apr_pool_t **out)
{
    apr_allocator_t *allocator;
    apr_thread_mutex_t *mutex;
    apr_status_t rv = apr_allocator_create(&allocator);

    if (rv != APR_SUCCESS)
        return rv;
    rv = apr_pool_create_unmanaged_ex(out, NULL, allocator);
    if (rv != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return rv;
    }
    apr_allocator_owner_set(allocator, *out);
    apr_allocator_max_free_set(allocator, MEMORY_KEPT);
    rv = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, *out);
    if (rv == APR_SUCCESS)
        apr_allocator_mutex_set(allocator, mutex);
    return rv;
}

/* Whether somebody wrote to the pipe within that time. Of all waits with an end that APR and
 * pthreads have, this is the one that no setting of the clock makes longer. */
static bool is_told(const int pipe[2], int milliseconds)
{
    struct pollfd told = {pipe[0], POLLIN, 0};
    int count;

    do {
        count = poll(&told, 1, milliseconds);
    } while (count < 0 && errno == EINTR);
    return count > 0;
}

static void tell(const int pipe[2])
{
    ssize_t written;

    do {
        written = write(pipe[1], "", 1);
    } while (written < 0 && errno == EINTR);
}

static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *data)
{
    tokex_watch_t *watch = data;
    int i;

    (void)thread;
    while (!is_told(watch->stop, INTERVAL_MILLISECONDS)) {
        for (i = 0; i < watch->follows->nelts; i++)
            tokex_follow_look(APR_ARRAY_IDX(watch->follows, i, tokex_follow_t *));
        tokex_key_roll_run(watch->roll, watch->pool);
    }
    tell(watch->ended);
    return NULL;
}

static apr_status_t end(void *data)
{
    tokex_watch_t *watch = data;
    apr_status_t ignored;

    if (!watch->thread)
        return APR_SUCCESS;
    tell(watch->stop);
    /* A child of prefork may be ended by a signal in the middle of anything: waiting has an end. */
    if (!is_told(watch->ended, END_MILLISECONDS))
        return APR_TIMEUP;
    return apr_thread_join(&ignored, watch->thread);
}

tokex_watch_t *tokex_watch_create(const tokex_crypt_t *crypt, server_rec *main, apr_pool_t *pchild)
{
    tokex_watch_t *watch = apr_pcalloc(pchild, sizeof(*watch));
    apr_status_t rv = make_pool(&watch->pool);

    if (rv == APR_SUCCESS && (pipe2(watch->stop, O_CLOEXEC) || pipe2(watch->ended, O_CLOEXEC)))
        rv = errno;
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, main,
                     TX_WATCH "there is no memory, or no descriptor, to serve with");
        return NULL;
    }
    watch->main = main;
    watch->crypt = crypt;
    watch->roll = tokex_key_roll_create(main, crypt, watch->pool);
    watch->follows = apr_array_make(watch->pool, 1, sizeof(tokex_follow_t *));
    /* Before subpools go, and what OpenSSL gave us. The pool itself stays until the process has
     * ended: the event MPM keeps requests in pools that outlive the child's. */
    apr_pool_pre_cleanup_register(pchild, watch, end);
    return watch;
}

tokex_live_t *tokex_watch_add(tokex_watch_t *watch, server_rec *s)
{
    tokex_follow_t *follow = tokex_follow_create(s, watch->crypt, watch->pool);

    APR_ARRAY_PUSH(watch->follows, tokex_follow_t *) = follow;
    tokex_follow_begin(follow);
    return tokex_follow_live(follow);
}

void tokex_watch_start(tokex_watch_t *watch)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t blocked, before;
    apr_status_t rv;
    size_t i;

    /* httpd's signals belong to its own threads: their handlers end the process where they are. */
    sigfillset(&blocked);
    for (i = 0; i < sizeof own / sizeof own[0]; i++)
        sigdelset(&blocked, own[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    rv = apr_thread_create(&watch->thread, NULL, run, watch, watch->pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rv == APR_SUCCESS)
        return;
    watch->thread = NULL;
    ap_log_error(APLOG_MARK, APLOG_ERR, rv, watch->main,
                 TX_WATCH "no thread could be made, so this process serves changes of the "
                          "configuration only after a restart. Raise the limit of threads.");
}
