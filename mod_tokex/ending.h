/* How a thread of ours is told to end, and how the end of its process waits for that: with an end
 * to the wait, which no setting of the clock makes longer. */
#ifndef MOD_TOKEX_ENDING_H
#define MOD_TOKEX_ENDING_H

#include <stdbool.h>

#include <apr_thread_proc.h>

typedef struct tokex_ending_t {
    int stop[2];  /* a pipe: written to when the thread has to end */
    int ended[2]; /* a pipe: written to when it does */
} tokex_ending_t;

/* An errno where there are no descriptors. */
apr_status_t tokex_ending_make(tokex_ending_t *ending);

/* By the thread: waits so long, and tells whether it has to end. */
bool tokex_ending_is_near(const tokex_ending_t *ending, int milliseconds);

/* By the thread, as the last thing that it does. */
void tokex_ending_done(const tokex_ending_t *ending);

/* Tells the thread to end and waits so long for it, since a process of prefork may be ended by a
 * signal in the middle of anything. APR_TIMEUP: it goes on. */
apr_status_t tokex_ending_wait(const tokex_ending_t *ending, apr_thread_t *thread,
                               int milliseconds);

#endif
