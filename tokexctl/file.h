/* Whole files. */
#ifndef TOKEXCTL_FILE_H
#define TOKEXCTL_FILE_H

#include <sys/stat.h>

#include "ctl.h"

/* Reads `path`, or standard input for "-", up to `limit` octets. TOKEX_E_FILE. */
const tokex_err_t *file_read(const char **out, apr_size_t *len, const char *path, apr_size_t limit,
                             apr_pool_t *pool);

/* Writes `path` with exactly mode 0600, by way of a new file that takes its place. TOKEX_E_FILE. */
const tokex_err_t *file_write_private(const char *path, const void *data, apr_size_t len,
                                      apr_pool_t *pool);

/* Sets exactly this mode, and the group unless it is (gid_t)-1. TOKEX_E_FILE. */
const tokex_err_t *file_set(const char *path, mode_t mode, gid_t group, apr_pool_t *pool);

/* TOKEX_E_FILE with the text of errno. */
const tokex_err_t *file_error(const char *path, apr_pool_t *pool);

#endif
