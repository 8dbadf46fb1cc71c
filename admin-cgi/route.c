#include "route.h"

#include <string.h>

#include "form.h"
#include "pages.h"

#define ID_MOST 256
#define TEXT_MOST 1024
/* A configuration document; larger ones are imported by tokexctl. */
/* A token with what was pasted beside it. */
#define TOKEN_MOST (68 * 1024)
#define DOCUMENT_MOST (4 * 1024 * 1024)

#define REASON                                                                                     \
    {                                                                                              \
        "reason", ADMIN_LINE, TEXT_MOST                                                            \
    }
#define TOKEN                                                                                      \
    {                                                                                              \
        "token", ADMIN_LINE, 512                                                                   \
    }
#define ID                                                                                         \
    {                                                                                              \
        "id", ADMIN_LINE, ID_MOST                                                                  \
    }
#define REVISION                                                                                   \
    {                                                                                              \
        "revision", ADMIN_DIGITS, 18                                                               \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, ADMIN_LINE, 0                                                                        \
    }

/* ---- Fields of queries */

static const admin_field_t list_fields[] = {
    {"q", ADMIN_LINE, TEXT_MOST}, {"status", ADMIN_LINE, 8}, {"sort", ADMIN_LINE, 32},
    {"page", ADMIN_DIGITS, 18},   {"per", ADMIN_DIGITS, 18}, END};
static const admin_field_t show_fields[] = {ID, {"done", ADMIN_DIGITS, 18}, END};
static const admin_field_t id_fields[] = {ID, END};
static const admin_field_t part_fields[] = {ID, {"place", ADMIN_DIGITS, 4}, END};
static const admin_field_t secret_fields[] = {ID, {"secret", ADMIN_LINE, ID_MOST}, END};
static const admin_field_t changes_fields[] = {
    {"noun", ADMIN_LINE, 32}, ID, {"before", ADMIN_DIGITS, 18}, END};
static const admin_field_t number_fields[] = {{"number", ADMIN_DIGITS, 18}, END};
static const admin_field_t search_fields[] = {{"q", ADMIN_LINE, TEXT_MOST}, END};
static const admin_field_t activity_fields[] = {{"since", ADMIN_LINE, 4},
                                                {"outcome", ADMIN_LINE, 8},
                                                {"client", ADMIN_LINE, ID_MOST},
                                                {"issuer", ADMIN_LINE, ID_MOST},
                                                {"target", ADMIN_LINE, ID_MOST},
                                                {"subject", ADMIN_LINE, TEXT_MOST},
                                                {"location", ADMIN_LINE, TEXT_MOST},
                                                {"code", ADMIN_LINE, 64},
                                                END};
static const admin_field_t style_fields[] = {{"v", ADMIN_LINE, 16}, END};

/* ---- Fields of forms */

static const admin_field_t new_fields[] = {
    TOKEN, REASON, REVISION, {"do", ADMIN_LINE, 64}, {"make_secret", ADMIN_LINE, 2}, END};
static const admin_field_t edit_fields[] = {
    TOKEN, REASON, REVISION, {"do", ADMIN_LINE, 64}, {"was", ADMIN_LINE, ID_MOST}, END};
static const admin_field_t element_fields[] = {TOKEN,
                                               REASON,
                                               REVISION,
                                               {"do", ADMIN_LINE, 64},
                                               {"of", ADMIN_LINE, ID_MOST},
                                               {"place", ADMIN_DIGITS, 4},
                                               END};
static const admin_field_t order_fields[] = {
    TOKEN, ID, REVISION, {"do", ADMIN_LINE, 8}, {"place", ADMIN_DIGITS, 4}, END};
static const admin_field_t switch_fields[] = {TOKEN, ID, REVISION, {"on", ADMIN_LINE, 3}, END};
static const admin_field_t delete_fields[] = {
    TOKEN, ID, REVISION, REASON, {"confirm", ADMIN_LINE, ID_MOST}, END};
static const admin_field_t rotate_fields[] = {
    TOKEN, ID, REVISION, REASON, {"days", ADMIN_DIGITS, 4}, {"drop", ADMIN_LINE, 2}, END};
static const admin_field_t remove_fields[] = {
    TOKEN, ID, REVISION, REASON, {"secret", ADMIN_LINE, ID_MOST}, END};
static const admin_field_t restore_fields[] = {TOKEN, REASON, {"number", ADMIN_DIGITS, 18}, END};

static const admin_field_t try_query[] = {{"client", ADMIN_LINE, ID_MOST}, END};
static const admin_field_t try_fields[] = {TOKEN,
                                           {"server", ADMIN_LINE, ID_MOST},
                                           {"client", ADMIN_LINE, ID_MOST},
                                           {"subject_token", ADMIN_LINES, TOKEN_MOST},
                                           {"subject_token_type", ADMIN_LINE, 16},
                                           {"actor_token", ADMIN_LINES, TOKEN_MOST},
                                           {"actor_token_type", ADMIN_LINE, 16},
                                           {"audience", ADMIN_LINE, TEXT_MOST},
                                           {"resource", ADMIN_LINE, TEXT_MOST},
                                           {"scope", ADMIN_LINE, TEXT_MOST},
                                           END};
static const admin_field_t import_fields[] = {
    TOKEN, REASON, {"do", ADMIN_LINE, 8}, {"document", ADMIN_LINES, DOCUMENT_MOST}, END};

/* ---- Routes */

#define PAGE(path_, role_, handler_, fields_)                                                      \
    {                                                                                              \
        .method = "GET", .path = (path_), .role = (role_), .handler = (handler_),                  \
        .fields = (fields_)                                                                        \
    }
#define FORM(path_, role_, handler_, fields_)                                                      \
    {                                                                                              \
        .method = "POST", .path = (path_), .role = (role_), .handler = (handler_),                 \
        .fields = (fields_)                                                                        \
    }
#define OBJECT(method_, path_, role_, handler_, fields_, noun_)                                    \
    {                                                                                              \
        .method = (method_), .path = (path_), .role = (role_), .handler = (handler_),              \
        .fields = (fields_), .noun = &admin_noun_##noun_                                           \
    }
#define WHOLE(path_, handler_, fields_, noun_)                                                     \
    {                                                                                              \
        .method = "POST", .path = (path_), .role = ADMIN_EDITOR, .handler = (handler_),            \
        .fields = (fields_), .noun = &admin_noun_##noun_, .takes_object = true                     \
    }
#define OBJECTS(p, noun_)                                                                          \
    OBJECT("GET", p, ADMIN_VIEWER, admin_list_page, list_fields, noun_),                           \
        OBJECT("GET", p "/show", ADMIN_VIEWER, admin_object_page, show_fields, noun_),             \
        OBJECT("GET", p "/new", ADMIN_EDITOR, admin_new_page, NULL, noun_),                        \
        OBJECT("GET", p "/edit", ADMIN_EDITOR, admin_edit_page, id_fields, noun_),                 \
        OBJECT("GET", p "/delete", ADMIN_EDITOR, admin_delete_page, id_fields, noun_),             \
        WHOLE(p "/new", admin_create, new_fields, noun_),                                          \
        WHOLE(p "/edit", admin_change, edit_fields, noun_),                                        \
        OBJECT("POST", p "/delete", ADMIN_EDITOR, admin_delete, delete_fields, noun_)
#define SWITCH(p, noun_)                                                                           \
    OBJECT("POST", p "/switch", ADMIN_EDITOR, admin_switch, switch_fields, noun_)
#define ELEMENTS(p, noun_, list_)                                                                  \
    {.method = "GET",                                                                              \
     .path = p "/part",                                                                            \
     .role = ADMIN_EDITOR,                                                                         \
     .handler = admin_element_page,                                                                \
     .fields = part_fields,                                                                        \
     .noun = &admin_noun_##noun_,                                                                  \
     .element = (list_)},                                                                          \
        {.method = "POST",                                                                         \
         .path = p "/part",                                                                        \
         .role = ADMIN_EDITOR,                                                                     \
         .handler = admin_element_change,                                                          \
         .fields = element_fields,                                                                 \
         .noun = &admin_noun_##noun_,                                                              \
         .element = (list_),                                                                       \
         .takes_object = true},                                                                    \
        OBJECT("POST", p "/order", ADMIN_EDITOR, admin_element_order, order_fields, noun_)

static const admin_route_t routes[] = {
    PAGE("/", ADMIN_VIEWER, admin_overview_page, NULL),
    PAGE("/style.css", ADMIN_VIEWER, admin_style_page, style_fields),
    OBJECTS("/issuers", issuer),
    SWITCH("/issuers", issuer),
    OBJECTS("/clients", client),
    SWITCH("/clients", client),
    ELEMENTS("/clients", client, "rules"),
    PAGE("/clients/secret", ADMIN_EDITOR, admin_secret_page, secret_fields),
    FORM("/clients/secret", ADMIN_EDITOR, admin_secret_remove, remove_fields),
    FORM("/clients/rotate", ADMIN_EDITOR, admin_secret_rotate, rotate_fields),
    OBJECTS("/targets", target),
    SWITCH("/targets", target),
    OBJECTS("/scopes", scope),
    OBJECTS("/mappings", mapping),
    ELEMENTS("/mappings", mapping, "rows"),
    PAGE("/changes", ADMIN_VIEWER, admin_changes_page, changes_fields),
    PAGE("/changes/show", ADMIN_VIEWER, admin_diff_page, number_fields),
    FORM("/changes/restore", ADMIN_EDITOR, admin_restore, restore_fields),
    PAGE("/try", ADMIN_VIEWER, admin_try_page, try_query),
    {.method = "POST",
     .path = "/try",
     .role = ADMIN_VIEWER,
     .handler = admin_try,
     .fields = try_fields,
     .most = 512 * 1024},
    PAGE("/activity", ADMIN_VIEWER, admin_activity_page, activity_fields),
    PAGE("/activity/receipt", ADMIN_VIEWER, admin_receipt_page, id_fields),
    PAGE("/transfer", ADMIN_VIEWER, admin_transfer_page, NULL),
    PAGE("/transfer/export", ADMIN_VIEWER, admin_export, NULL),
    {.method = "POST",
     .path = "/transfer/import",
     .role = ADMIN_ADMINISTRATOR,
     .handler = admin_import,
     .fields = import_fields,
     .most = DOCUMENT_MOST * 3},
    PAGE("/settings", ADMIN_VIEWER, admin_settings_page, NULL),
    PAGE("/help", ADMIN_VIEWER, admin_help_page, search_fields),
    {NULL, NULL, ADMIN_NOBODY, NULL, NULL, NULL, NULL, false, 0},
};

const admin_route_t *admin_route_all(void)
{
    return routes;
}

const admin_route_t *admin_route_find(const char **allow, const char *method, const char *path)
{
    const admin_route_t *route;

    *allow = NULL;
    for (route = routes; route->method; route++) {
        if (strcmp(route->path, path) != 0)
            continue;
        if (strcmp(route->method, method) == 0)
            return route;
        *allow = !*allow ? route->method : "GET, POST";
    }
    return NULL;
}

admin_declared_t admin_route_declared(const admin_route_t *route)
{
    const tokex_object_desc_t *desc = NULL;

    if (route->takes_object)
        desc = route->element ? admin_noun_element_desc(route->noun) : admin_noun_desc(route->noun);
    return (admin_declared_t){route->fields, desc ? admin_form_knows : NULL, (void *)desc};
}
