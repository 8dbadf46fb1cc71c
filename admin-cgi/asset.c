#include "asset.h"

#include <string.h>

#include <apr_strings.h>

#include "pages.h"
#include "route.h"

static const struct asset_t {
    const char *path;
    const char *type;
    const char *text;
} assets[] = {{"/style.css", "text/css; charset=utf-8", admin_style},
              {"/script.js", "text/javascript; charset=utf-8", admin_script},
              {"/mark.svg", "image/svg+xml", admin_mark}};

static const struct asset_t *find(const char *path)
{
    size_t i;

    for (i = 0; i < sizeof assets / sizeof assets[0]; i++)
        if (strcmp(assets[i].path, path) == 0)
            return &assets[i];
    return NULL;
}

static const char *version_of(const struct asset_t *asset, const admin_t *a)
{
    unsigned char digest[TOKEX_SHA256_LEN];

    if (tokex_crypt_sha256(a->crypt, digest, asset->text, strlen(asset->text), a->pool))
        return "0";
    return apr_psprintf(a->pool, "%02x%02x%02x%02x", digest[0], digest[1], digest[2], digest[3]);
}

const char *admin_asset_url(const admin_t *a, const char *path)
{
    const struct asset_t *asset = find(path);

    return admin_url(a, path, "v", asset ? version_of(asset, a) : NULL);
}

const tokex_err_t *admin_asset_page(admin_t *a)
{
    const struct asset_t *asset = find(a->route->path);

    if (!asset)
        return admin_refuse(a, 404, "The address is mistyped, or what stood there is gone.");
    a->reply.type = asset->type;
    a->reply.body = asset->text;
    a->reply.len = strlen(asset->text);
    a->reply.keep = strcmp(admin_input_text(a->query, "v"), version_of(asset, a)) == 0;
    return NULL;
}
