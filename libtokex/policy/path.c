#include "policy/path.h"

#include <string.h>

bool tokex_path_parse(tokex_path_t *out, const char *text, apr_pool_t *pool)
{
    char *name = apr_palloc(pool, strlen(text) + 1);
    char *to = name;
    tokex_path_t path = {.count = 0};
    for (;; text++) {
        if (*text != '.' && *text) {
            if (*text == '\\' && *++text != '.' && *text != '\\')
                return false;
            *to++ = *text;
            continue;
        }
        if (to == name || path.count == TOKEX_PATH_NAMES)
            return false;
        *to++ = '\0';
        path.names[path.count++] = name;
        name = to;
        if (!*text)
            break;
    }
    *out = path;
    return true;
}

const tokex_json_t *tokex_path_get(const tokex_path_t *path, const tokex_json_t *claims)
{
    for (int i = 0; claims && i < path->count; i++)
        claims = tokex_json_get(claims, path->names[i]);
    return path->count ? claims : NULL;
}
