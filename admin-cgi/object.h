/* The page of one object is made of parts; object_page.c says which there are and in which order.
 */
#ifndef ADMIN_OBJECT_H
#define ADMIN_OBJECT_H

#include "admin.h"
#include "base/json.h"
#include "noun.h"

/* The object whose page it is. */
typedef struct admin_view_t {
    admin_t *a;
    const admin_noun_t *noun;
    const char *id;
    const tokex_json_t *object;
    int64_t revision;
    bool edits; /* the user may change it */
} admin_view_t;

/* The page of it that a verb names ("/edit"): as a path of ours, and for href. */
const char *admin_view_path(const admin_view_t *v, const char *verb);
const char *admin_view_url(const admin_view_t *v, const char *verb);

/* A member that is a text; "" where there is none. */
const char *admin_view_text(const tokex_json_t *object, const char *name);

/* Writes what stands under the heading of a part. */
typedef const tokex_err_t *admin_part_t(const admin_view_t *v);

/* Elements of an object's list, in order: rules, rows. */
admin_part_t admin_put_elements;

/* Of a client: its secrets; its properties. */
admin_part_t admin_put_credentials, admin_put_properties;

/* Of an issuer: where its keys come from; what its claims become; its subjects' accounts. */
admin_part_t admin_put_issuer_keys, admin_put_issuer_mapping, admin_put_issuer_accounts;

#endif
