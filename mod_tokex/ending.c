#include "ending.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

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

apr_status_t tokex_ending_make(tokex_ending_t *ending)
{
    return pipe2(ending->stop, O_CLOEXEC) || pipe2(ending->ended, O_CLOEXEC) ? errno : APR_SUCCESS;
}

bool tokex_ending_is_near(const tokex_ending_t *ending, int milliseconds)
{
    return is_told(ending->stop, milliseconds);
}

void tokex_ending_done(const tokex_ending_t *ending)
{
    tell(ending->ended);
}

apr_status_t tokex_ending_wait(const tokex_ending_t *ending, apr_thread_t *thread, int milliseconds)
{
    apr_status_t ignored;

    tell(ending->stop);
    if (!is_told(ending->ended, milliseconds))
        return APR_TIMEUP;
    return apr_thread_join(&ignored, thread);
}
