#include "display.h"

#include <string.h>

#include <apr_strings.h>

#define NAME "tokex-display="

static const char *const schemes[] = {"", "light", "dark"};

/* All that can stand in the cookie: a scheme, and whether keys do something. */
static bool is_value(const char *at, const char *scheme, bool keys_off)
{
    const char *rest = keys_off ? ".off" : ".on";
    size_t len = strlen(scheme);

    if (strncmp(at, scheme, len) != 0 || strncmp(at + len, rest, strlen(rest)) != 0)
        return false;
    at += len + strlen(rest);
    return *at == '\0' || *at == ';';
}

admin_display_t admin_display_read(const char *cookie)
{
    const char *at = cookie;
    size_t i;

    while (at && strncmp(at, NAME, strlen(NAME)) != 0) {
        at = strstr(at, "; ");
        at = at ? at + 2 : NULL;
    }
    for (i = 0; at && i < 2 * sizeof schemes / sizeof schemes[0]; i++)
        if (is_value(at + strlen(NAME), schemes[i / 2], i % 2 != 0))
            return (admin_display_t){schemes[i / 2], i % 2 != 0};
    return (admin_display_t){"", false};
}

const char *admin_display_cookie(const char *scheme, bool keys_off, const char *path, bool https,
                                 apr_pool_t *pool)
{
    size_t i;

    for (i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strcmp(schemes[i], scheme) == 0)
            return apr_pstrcat(
                pool, NAME, schemes[i], keys_off ? ".off" : ".on", "; Path=", *path ? path : "/",
                "; Max-Age=31536000; HttpOnly; SameSite=Strict", https ? "; Secure" : "", NULL);
    return NULL;
}
