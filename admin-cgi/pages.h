/* The pages: each is a handler of the route table. */
#ifndef ADMIN_PAGES_H
#define ADMIN_PAGES_H

#include "admin.h"

admin_handler_t admin_overview_page, admin_style_page, admin_help_page, admin_settings_page;

/* Objects of any noun. */
admin_handler_t admin_list_page, admin_object_page, admin_new_page, admin_edit_page,
    admin_delete_page, admin_create, admin_change, admin_delete, admin_switch;

/* Elements of a list of an object: rules, rows. */
admin_handler_t admin_element_page, admin_element_change, admin_element_order;

/* Secrets of clients. */
admin_handler_t admin_secret_page, admin_secret_rotate, admin_secret_remove;

admin_handler_t admin_changes_page, admin_diff_page, admin_restore;
admin_handler_t admin_activity_page, admin_receipt_page;
admin_handler_t admin_try_page, admin_try;
admin_handler_t admin_transfer_page, admin_export, admin_import;

/* Writes the setting that decided, linked to its page. Texts may be NULL. */
void admin_put_setting(admin_t *a, const char *object, const char *id, const char *field);

#endif
