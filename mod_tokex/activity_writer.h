/* The thread of a child that writes decisions into state.db, so that no request waits for it. */
#ifndef MOD_TOKEX_ACTIVITY_WRITER_H
#define MOD_TOKEX_ACTIVITY_WRITER_H

#include <stdbool.h>

#include <httpd.h>

typedef struct tokex_activity_writer_t tokex_activity_writer_t;

/* The writer of this child, which writes what it still has before anything that lives in `pchild`
 * goes, for two seconds at most. NULL, and a line in the log: there is no memory. */
tokex_activity_writer_t *tokex_activity_writer_create(server_rec *main, apr_pool_t *pchild);

/* What stands for the state.db `path`; made when there is none yet. `s`: whose log is written.
 * Before the start. */
apr_uint32_t tokex_activity_writer_book(tokex_activity_writer_t *writer, server_rec *s,
                                        const char *path);

/* Begins to write. When no thread can be made that is logged, and nothing is recorded. */
void tokex_activity_writer_start(tokex_activity_writer_t *writer);

/* By any thread, which does not wait: takes a record of tokex_activity_record_write(). False: it
 * has no room; that will be told in `book`. */
bool tokex_activity_writer_give(tokex_activity_writer_t *writer, apr_uint32_t book,
                                const unsigned char *record, apr_size_t len, bool refusal);

#endif
