#include "route.h"

#include "form.h"
#include "pages.h"

#define ID_MOST 256
#define TEXT_MOST 1024
/* A token with what was pasted beside it. */
#define TOKEN_MOST (68 * 1024)
/* A mapping that a sample token proposed. */
#define MAPPING_MOST (32 * 1024)
/* A configuration document; larger ones are imported by tokexctl. */
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
static const admin_field_t like_fields[] = {{"like", ADMIN_LINE, ID_MOST}, END};
static const admin_field_t part_fields[] = {
    ID, {"place", ADMIN_DIGITS, 4}, {"from", ADMIN_LINE, TEXT_MOST}, {"type", ADMIN_LINE, 8}, END};
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
static const admin_field_t display_query[] = {{"done", ADMIN_DIGITS, 1}, END};
static const admin_field_t export_fields[] = {{"only", ADMIN_LINE, 4096}, END};
static const admin_field_t settings_fields[] = {{"directives", ADMIN_LINE, 8}, END};
static const admin_field_t asset_fields[] = {{"v", ADMIN_LINE, 16}, END};

/* ---- Fields of forms */

static const admin_field_t new_fields[] = {TOKEN,
                                           REASON,
                                           REVISION,
                                           {"do", ADMIN_LINE, 64},
                                           {"make_secret", ADMIN_LINE, 2},
                                           {"like", ADMIN_LINE, ID_MOST},
                                           {"with_mapping", ADMIN_LINES, MAPPING_MOST},
                                           END};
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
static const admin_field_t credential_fields[] = {
    TOKEN, ID, {"secret", ADMIN_LINE, TEXT_MOST}, END};
static const admin_field_t restore_fields[] = {TOKEN, REASON, {"number", ADMIN_DIGITS, 18}, END};

static const admin_field_t display_fields[] = {
    TOKEN, {"scheme", ADMIN_LINE, 8}, {"keys", ADMIN_LINE, 2}, END};

static const admin_field_t try_query[] = {
    {"grant", ADMIN_LINE, 16},        {"client", ADMIN_LINE, ID_MOST},
    {"issuer", ADMIN_LINE, ID_MOST},  {"audience", ADMIN_LINE, TEXT_MOST},
    {"scope", ADMIN_LINE, TEXT_MOST}, {"procedure", ADMIN_LINE, ID_MOST},
    {"done", ADMIN_DIGITS, 18},       END};
static const admin_field_t try_fields[] = {TOKEN,
                                           {"grant", ADMIN_LINE, 16},
                                           {"server", ADMIN_LINE, ID_MOST},
                                           {"client", ADMIN_LINE, ID_MOST},
                                           {"subject_token", ADMIN_LINES, TOKEN_MOST},
                                           {"subject_token_type", ADMIN_LINE, 16},
                                           {"actor_token", ADMIN_LINES, TOKEN_MOST},
                                           {"actor_token_type", ADMIN_LINE, 16},
                                           {"audience", ADMIN_LINE, TEXT_MOST},
                                           {"resource", ADMIN_LINE, TEXT_MOST},
                                           {"scope", ADMIN_LINE, TEXT_MOST},
                                           {"as_of", ADMIN_LINE, 64},
                                           {"draft", ADMIN_LINES, 64 * 1024},
                                           {"procedure", ADMIN_LINE, ID_MOST},
                                           {"source", ADMIN_LINES, 48 * 1024},
                                           END};
static const admin_field_t read_fields[] = {TOKEN,
                                            {"do", ADMIN_LINE, 8},
                                            {"issuer", ADMIN_LINE, TEXT_MOST},
                                            {"jwks_url", ADMIN_LINE, TEXT_MOST},
                                            {"material", ADMIN_LINES, 48 * 1024},
                                            END};
static const admin_field_t sample_fields[] = {TOKEN, ID, {"sample", ADMIN_LINES, TOKEN_MOST}, END};
static const admin_field_t of_fields[] = {TOKEN, ID, END};
static const admin_field_t keys_fields[] = {{"done", ADMIN_LINE, 16}, END};
static const admin_field_t key_add_fields[] = {
    TOKEN, REASON, {"algorithm", ADMIN_LINE, 8}, {"after", ADMIN_DIGITS, 5}, END};
static const admin_field_t key_change_fields[] = {TOKEN,
                                                  REASON,
                                                  {"do", ADMIN_LINE, 8},
                                                  {"kid", ADMIN_LINE, ID_MOST},
                                                  {"sure", ADMIN_LINE, 2},
                                                  {"replace", ADMIN_LINE, 2},
                                                  END};
static const admin_field_t key_use_fields[] = {TOKEN,
                                               REASON,
                                               {"do", ADMIN_LINE, 8},
                                               {"algorithm", ADMIN_LINE, 8},
                                               {"every", ADMIN_DIGITS, 4},
                                               {"ahead", ADMIN_DIGITS, 4},
                                               END};
static const admin_field_t import_fields[] = {
    TOKEN, REASON, {"do", ADMIN_LINE, 8}, {"document", ADMIN_LINES, DOCUMENT_MOST}, END};

/* ---- Local accounts and their links */

#define SUBJECT                                                                                    \
    {"issuer", ADMIN_LINE, ID_MOST},                                                               \
    {                                                                                              \
        "sub", ADMIN_LINE, TEXT_MOST                                                               \
    }
#define ACCOUNT                                                                                    \
    {"username", ADMIN_LINE, TEXT_MOST}, {"email", ADMIN_LINE, TEXT_MOST},                         \
        {"mobile", ADMIN_LINE, TEXT_MOST}, {"locked_until", ADMIN_LINE, 64},                       \
        {"roles", ADMIN_LINE, 8 * 1024}, {"unique", ADMIN_LINES, 16 * 1024},                       \
        {"attributes", ADMIN_LINES, 16 * 1024}, {"active", ADMIN_LINE, 2},                         \
    {                                                                                              \
        "privileged", ADMIN_LINE, 2                                                                \
    }

static const admin_field_t accounts_fields[] = {
    {"q", ADMIN_LINE, TEXT_MOST}, {"after", ADMIN_LINE, TEXT_MOST}, END};
static const admin_field_t account_fields[] = {ID, {"done", ADMIN_LINE, 8}, END};
static const admin_field_t account_new_fields[] = {TOKEN, ACCOUNT, END};
static const admin_field_t account_edit_fields[] = {
    TOKEN, ID, {"was", ADMIN_LINE, 16}, ACCOUNT, END};
static const admin_field_t account_switch_fields[] = {TOKEN, ID, {"on", ADMIN_LINE, 3}, END};
static const admin_field_t account_lock_fields[] = {TOKEN, ID, {"until", ADMIN_LINE, 64}, END};
static const admin_field_t account_delete_fields[] = {
    TOKEN, ID, {"confirm", ADMIN_LINE, TEXT_MOST}, END};
static const admin_field_t look_fields[] = {
    TOKEN, {"attribute", ADMIN_LINE, ID_MOST}, {"value", ADMIN_LINE, TEXT_MOST}, END};
static const admin_field_t links_fields[] = {SUBJECT,
                                             {"account", ADMIN_LINE, TEXT_MOST},
                                             {"after_issuer", ADMIN_LINE, ID_MOST},
                                             {"after_sub", ADMIN_LINE, TEXT_MOST},
                                             {"done", ADMIN_LINE, 8},
                                             END};
static const admin_field_t link_new_query[] = {SUBJECT, {"account", ADMIN_LINE, TEXT_MOST}, END};
static const admin_field_t link_query[] = {SUBJECT, END};
static const admin_field_t link_new_fields[] = {
    TOKEN, SUBJECT, {"account", ADMIN_LINE, TEXT_MOST}, END};
static const admin_field_t link_remove_fields[] = {TOKEN, SUBJECT, REASON, END};

#define REVOCATION                                                                                 \
    {"kind", ADMIN_LINE, 8}, {"issuer", ADMIN_LINE, ID_MOST},                                      \
    {                                                                                              \
        "value", ADMIN_LINE, TEXT_MOST                                                             \
    }

static const admin_field_t revocations_fields[] = {
    {"before", ADMIN_DIGITS, 18}, {"done", ADMIN_LINE, 8}, END};
static const admin_field_t revocation_query[] = {REVOCATION, END};
static const admin_field_t revocation_fields[] = {
    TOKEN, REVOCATION, {"subject_token", ADMIN_LINES, TOKEN_MOST}, REASON, END};

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
/* A form into which tokens are pasted. */
#define LARGE(path_, role_, handler_, fields_)                                                     \
    {                                                                                              \
        .method = "POST", .path = (path_), .role = (role_), .handler = (handler_),                 \
        .fields = (fields_), .most = 512 * 1024                                                    \
    }
#define OBJECT(method_, path_, role_, handler_, fields_, noun_)                                    \
    {                                                                                              \
        .method = (method_), .path = (path_), .role = (role_), .handler = (handler_),              \
        .fields = (fields_), .noun = &admin_noun_##noun_                                           \
    }
#define WHOLE(path_, role_, handler_, fields_, noun_)                                              \
    {                                                                                              \
        .method = "POST", .path = (path_), .role = (role_), .handler = (handler_),                 \
        .fields = (fields_), .noun = &admin_noun_##noun_, .takes_object = true                     \
    }
#define OBJECTS_OF(p, role_, noun_)                                                                \
    OBJECT("GET", p, ADMIN_VIEWER, admin_list_page, list_fields, noun_),                           \
        OBJECT("GET", p "/show", ADMIN_VIEWER, admin_object_page, show_fields, noun_),             \
        OBJECT("GET", p "/new", role_, admin_new_page, like_fields, noun_),                        \
        OBJECT("GET", p "/edit", role_, admin_edit_page, id_fields, noun_),                        \
        OBJECT("GET", p "/delete", role_, admin_delete_page, id_fields, noun_),                    \
        WHOLE(p "/new", role_, admin_create, new_fields, noun_),                                   \
        WHOLE(p "/edit", role_, admin_change, edit_fields, noun_),                                 \
        OBJECT("POST", p "/delete", role_, admin_delete, delete_fields, noun_)
#define OBJECTS(p, noun_) OBJECTS_OF(p, ADMIN_EDITOR, noun_)
#define SWITCH_OF(p, role_, noun_)                                                                 \
    OBJECT("POST", p "/switch", role_, admin_switch, switch_fields, noun_)
#define SWITCH(p, noun_) SWITCH_OF(p, ADMIN_EDITOR, noun_)
#define ELEMENT(method_, p, handler_, fields_, noun_, list_, takes_)                               \
    {                                                                                              \
        .method = (method_), .path = p "/part", .role = ADMIN_EDITOR, .handler = (handler_),       \
        .fields = (fields_), .noun = &admin_noun_##noun_, .element = (list_),                      \
        .takes_object = (takes_)                                                                   \
    }
#define ELEMENTS(p, noun_, list_)                                                                  \
    ELEMENT("GET", p, admin_element_page, part_fields, noun_, list_, false),                       \
        ELEMENT("POST", p, admin_element_change, element_fields, noun_, list_, true),              \
        OBJECT("POST", p "/order", ADMIN_EDITOR, admin_element_order, order_fields, noun_)

static const admin_route_t routes[] = {
    PAGE("/", ADMIN_VIEWER, admin_overview_page, NULL),
    PAGE("/setup", ADMIN_VIEWER, admin_setup_page, NULL),
    PAGE("/style.css", ADMIN_VIEWER, admin_asset_page, asset_fields),
    PAGE("/script.js", ADMIN_VIEWER, admin_asset_page, asset_fields),
    PAGE("/mark.svg", ADMIN_VIEWER, admin_asset_page, asset_fields),
    PAGE("/display", ADMIN_VIEWER, admin_display_page, display_query),
    FORM("/display", ADMIN_VIEWER, admin_display_keep, display_fields),
    OBJECTS("/issuers", issuer),
    SWITCH("/issuers", issuer),
    PAGE("/issuers/start", ADMIN_EDITOR, admin_issuer_start_page, NULL),
    FORM("/issuers/read", ADMIN_EDITOR, admin_issuer_read, read_fields),
    LARGE("/issuers/sample", ADMIN_EDITOR, admin_issuer_sample, sample_fields),
    FORM("/issuers/test", ADMIN_EDITOR, admin_issuer_test, of_fields),
    FORM("/issuers/refresh", ADMIN_EDITOR, admin_issuer_refresh, of_fields),
    OBJECTS("/clients", client),
    SWITCH("/clients", client),
    ELEMENTS("/clients", client, "rules"),
    PAGE("/clients/secret", ADMIN_EDITOR, admin_secret_page, secret_fields),
    FORM("/clients/secret", ADMIN_EDITOR, admin_secret_remove, remove_fields),
    FORM("/clients/rotate", ADMIN_EDITOR, admin_secret_rotate, rotate_fields),
    PAGE("/clients/credential", ADMIN_EDITOR, admin_secret_test_page, id_fields),
    FORM("/clients/credential", ADMIN_EDITOR, admin_secret_test, credential_fields),
    OBJECTS("/targets", target),
    SWITCH("/targets", target),
    OBJECTS("/scopes", scope),
    OBJECTS("/mappings", mapping),
    ELEMENTS("/mappings", mapping, "rows"),
    LARGE("/mappings/sample", ADMIN_VIEWER, admin_mapping_sample, sample_fields),
    OBJECTS_OF("/procedures", ADMIN_ADMINISTRATOR, procedure),
    SWITCH_OF("/procedures", ADMIN_ADMINISTRATOR, procedure),
    PAGE("/accounts", ADMIN_VIEWER, admin_accounts_page, accounts_fields),
    PAGE("/accounts/show", ADMIN_VIEWER, admin_account_page, account_fields),
    PAGE("/accounts/new", ADMIN_EDITOR, admin_account_new_page, NULL),
    PAGE("/accounts/edit", ADMIN_EDITOR, admin_account_edit_page, id_fields),
    PAGE("/accounts/delete", ADMIN_EDITOR, admin_account_delete_page, id_fields),
    FORM("/accounts/look", ADMIN_VIEWER, admin_account_look, look_fields),
    FORM("/accounts/new", ADMIN_EDITOR, admin_account_create, account_new_fields),
    FORM("/accounts/edit", ADMIN_EDITOR, admin_account_change, account_edit_fields),
    FORM("/accounts/switch", ADMIN_EDITOR, admin_account_switch, account_switch_fields),
    FORM("/accounts/lock", ADMIN_EDITOR, admin_account_lock, account_lock_fields),
    FORM("/accounts/delete", ADMIN_EDITOR, admin_account_delete, account_delete_fields),
    PAGE("/links", ADMIN_VIEWER, admin_links_page, links_fields),
    PAGE("/links/removed", ADMIN_VIEWER, admin_unlinks_page, NULL),
    PAGE("/links/new", ADMIN_EDITOR, admin_link_new_page, link_new_query),
    PAGE("/links/delete", ADMIN_EDITOR, admin_link_delete_page, link_query),
    FORM("/links/new", ADMIN_EDITOR, admin_link_add, link_new_fields),
    FORM("/links/delete", ADMIN_EDITOR, admin_link_remove, link_remove_fields),
    PAGE("/revocations", ADMIN_VIEWER, admin_revocations_page, revocations_fields),
    PAGE("/revocations/new", ADMIN_EDITOR, admin_revocation_new_page, revocation_query),
    {.method = "POST",
     .path = "/revocations/new",
     .role = ADMIN_EDITOR,
     .handler = admin_revocation_add,
     .fields = revocation_fields,
     .most = 256 * 1024},
    PAGE("/keys", ADMIN_VIEWER, admin_keys_page, keys_fields),
    FORM("/keys/add", ADMIN_ADMINISTRATOR, admin_key_add, key_add_fields),
    FORM("/keys/change", ADMIN_ADMINISTRATOR, admin_key_change, key_change_fields),
    FORM("/keys/use", ADMIN_ADMINISTRATOR, admin_key_use, key_use_fields),
    PAGE("/changes", ADMIN_VIEWER, admin_changes_page, changes_fields),
    PAGE("/changes/show", ADMIN_VIEWER, admin_diff_page, number_fields),
    FORM("/changes/restore", ADMIN_EDITOR, admin_restore, restore_fields),
    PAGE("/try", ADMIN_VIEWER, admin_try_page, try_query),
    LARGE("/try", ADMIN_VIEWER, admin_try, try_fields),
    PAGE("/activity", ADMIN_VIEWER, admin_activity_page, activity_fields),
    PAGE("/activity/export.csv", ADMIN_VIEWER, admin_activity_csv, activity_fields),
    PAGE("/activity/export.json", ADMIN_VIEWER, admin_activity_json, activity_fields),
    PAGE("/activity/receipt", ADMIN_VIEWER, admin_receipt_page, id_fields),
    PAGE("/transfer", ADMIN_VIEWER, admin_transfer_page, NULL),
    PAGE("/transfer/export", ADMIN_VIEWER, admin_export, export_fields),
    {.method = "POST",
     .path = "/transfer/import",
     .role = ADMIN_ADMINISTRATOR,
     .handler = admin_import,
     .fields = import_fields,
     .most = DOCUMENT_MOST * 3},
    PAGE("/settings", ADMIN_VIEWER, admin_settings_page, settings_fields),
    PAGE("/help", ADMIN_VIEWER, admin_help_page, search_fields),
    {NULL, NULL, ADMIN_NOBODY, NULL, NULL, NULL, NULL, false, 0},
};

const admin_program_t admin_program = {"tokex-console", routes, false};
