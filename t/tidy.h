/*
 * Read before each source when clang-tidy looks at it. The analyser sees one file at a time and
 * cannot know that a new error is never NULL: without this it takes failures for successes.
 */
#include "base/err.h"

#define tokex_err_create(...)                                                                      \
    ({                                                                                             \
        const tokex_err_t *tokex_tidy_err_ = tokex_err_create(__VA_ARGS__);                        \
        if (!tokex_tidy_err_)                                                                      \
            __builtin_unreachable();                                                               \
        tokex_tidy_err_;                                                                           \
    })
