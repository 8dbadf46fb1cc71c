/* Threads of ours beside httpd's. */
#ifndef MOD_TOKEX_THREADS_H
#define MOD_TOKEX_THREADS_H

#include <apr_thread_proc.h>

/* A thread that takes none of httpd's signals: their handlers end the process where they are. */
apr_status_t tokex_threads_create(apr_thread_t **out, apr_thread_start_t run, void *data,
                                  apr_pool_t *pool);

#endif
