/* tokex-links: the program of own links. It has these pages and no others. */
#include "own.h"

#include "base/limits.h"
#include "pages.h"
#include "route.h"

#define TOKEN_MOST (68 * 1024)
#define TOKEN                                                                                      \
    {                                                                                              \
        "token", ADMIN_LINE, 512                                                                   \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, ADMIN_LINE, 0                                                                        \
    }

static const admin_field_t page_fields[] = {{"done", ADMIN_LINE, 8}, END};
static const admin_field_t style_fields[] = {{"v", ADMIN_LINE, 16}, END};
static const admin_field_t link_fields[] = {
    TOKEN, {"subject_token", ADMIN_LINES, TOKEN_MOST}, {"subject_token_type", ADMIN_LINE, 16}, END};
static const admin_field_t remove_fields[] = {
    TOKEN, {"issuer", ADMIN_LINE, TOKEX_LIMIT_ID}, {"sub", ADMIN_LINE, TOKEX_LIMIT_SUB}, END};

static const admin_route_t routes[] = {
    {.method = "GET",
     .path = "/",
     .role = ADMIN_VIEWER,
     .handler = admin_own_page,
     .fields = page_fields},
    {.method = "GET",
     .path = "/style.css",
     .role = ADMIN_VIEWER,
     .handler = admin_asset_page,
     .fields = style_fields},
    {.method = "GET",
     .path = "/script.js",
     .role = ADMIN_VIEWER,
     .handler = admin_asset_page,
     .fields = style_fields},
    {.method = "GET",
     .path = "/mark.svg",
     .role = ADMIN_VIEWER,
     .handler = admin_asset_page,
     .fields = style_fields},
    {.method = "POST",
     .path = "/link",
     .role = ADMIN_EDITOR,
     .handler = admin_own_link,
     .fields = link_fields,
     .most = 256 * 1024},
    {.method = "POST",
     .path = "/remove",
     .role = ADMIN_EDITOR,
     .handler = admin_own_remove,
     .fields = remove_fields},
    {NULL, NULL, ADMIN_NOBODY, NULL, NULL, NULL, NULL, false, 0},
};

const admin_program_t admin_program = {"tokex-links", routes, true};
