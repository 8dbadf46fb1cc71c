/*
 * Read before each source when clang-tidy looks at it. The analyser sees one file at a time and cannot
 * know that a new error is never NULL: without this it follows failures as if they were successes.
 */
#include "base/err.h"

static inline const tokex_err_t *tokex_tidy_not_null(const tokex_err_t *err)
{
    if (!err)
        __builtin_unreachable();
    return err;
}

#define tokex_err_create(...) tokex_tidy_not_null(tokex_err_create(__VA_ARGS__))
