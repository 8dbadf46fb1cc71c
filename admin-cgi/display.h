/* How somebody wants the pages shown. It stands in a cookie of his browser, and nowhere else. */
#ifndef ADMIN_DISPLAY_H
#define ADMIN_DISPLAY_H

#include <stdbool.h>

#include <apr_pools.h>

typedef struct admin_display_t {
    const char *scheme; /* "light", "dark"; "" as the system has it */
    bool keys_off;      /* single keys do nothing */
} admin_display_t;

/* What a Cookie header says; anything but what we wrote counts as nothing said. `cookie` may be
 * NULL. */
admin_display_t admin_display_read(const char *cookie);

/* The value of a Set-Cookie header for the pages below `path`, for a year. NULL: there is no such
 * scheme. */
const char *admin_display_cookie(const char *scheme, bool keys_off, const char *path, bool https,
                                 apr_pool_t *pool);

#endif
