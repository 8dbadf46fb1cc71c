/* The pages: each is a handler of the route table. */
#ifndef ADMIN_PAGES_H
#define ADMIN_PAGES_H

#include "admin.h"
#include "base/json.h"
#include "noun.h"

admin_handler_t admin_overview_page, admin_asset_page, admin_help_page, admin_settings_page;

/* What is to be done before the first token, and what of it is done already: nothing of that is
 * stored. */
admin_handler_t admin_setup_page;
/* The same in short for the overview; nothing when it is done. */
const tokex_err_t *admin_put_checklist(admin_t *a);

/* Objects of any noun. */
admin_handler_t admin_list_page, admin_object_page, admin_new_page, admin_edit_page,
    admin_delete_page, admin_create, admin_change, admin_delete, admin_switch;

/* Elements of a list of an object: rules, rows. */
admin_handler_t admin_element_page, admin_element_change, admin_element_order;

/* Issuers: a new one from what it says of itself; whether it can be reached, and its keys. */
admin_handler_t admin_issuer_start_page, admin_issuer_read, admin_issuer_sample, admin_issuer_test,
    admin_issuer_refresh;

/* Mappings, from a sample token. */
admin_handler_t admin_mapping_sample;
/* The section of a mapping's page into which one is pasted. */
const tokex_err_t *admin_put_sample_form(admin_t *a, const char *id);
/* The tick with which a mapping (JSON) that a sample token proposed is made too. */
void admin_put_made_mapping(admin_t *a, const char *text);
/* A new row for the claim at the path `from`. */
const tokex_json_t *admin_mapping_row(admin_t *a, const char *from, const char *type);

/* Our signing keys. */
admin_handler_t admin_keys_page, admin_key_add, admin_key_change, admin_key_use;

/* Secrets of clients. */
admin_handler_t admin_secret_page, admin_secret_rotate, admin_secret_remove, admin_secret_test_page,
    admin_secret_test;

admin_handler_t admin_changes_page, admin_diff_page, admin_restore;
admin_handler_t admin_activity_page, admin_receipt_page, admin_activity_csv, admin_activity_json;
admin_handler_t admin_try_page, admin_try;
admin_handler_t admin_display_page, admin_display_keep;
admin_handler_t admin_transfer_page, admin_export, admin_import;

/* Local accounts and their links. */
admin_handler_t admin_accounts_page, admin_account_page, admin_account_look, admin_account_new_page,
    admin_account_edit_page, admin_account_delete_page, admin_account_create, admin_account_change,
    admin_account_switch, admin_account_lock, admin_account_delete;
admin_handler_t admin_links_page, admin_unlinks_page, admin_link_new_page, admin_link_delete_page,
    admin_link_add, admin_link_remove;
admin_handler_t admin_revocations_page, admin_revocation_new_page, admin_revocation_add;

/* The form of a new object, filled in; `object` may lack members. `mapping`: JSON of one that is
 * made with it, unless its tick goes; NULL: none. */
const tokex_err_t *admin_put_new(admin_t *a, const admin_noun_t *noun, const tokex_json_t *object,
                                 const char *mapping);

/* Writes the setting that decided, linked to its page; a rule is on that of `client`. Texts may be
 * NULL. */
void admin_put_setting(admin_t *a, const char *object, const char *id, const char *field,
                       const char *client);

#endif
