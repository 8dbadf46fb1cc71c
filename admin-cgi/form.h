/*
 * Forms of objects, by what config/fields.h says of their fields: a page is a description.
 *
 * A field is sent under its name; an element of a list that can be ticked as "scopes.orders.read",
 * a list that is written as lines of one text; a member of the second row of a list of objects as
 * "conditions.2.claim". A row without any text is none.
 */
#ifndef ADMIN_FORM_H
#define ADMIN_FORM_H

#include "admin.h"
#include "base/json.h"
#include "config/faults.h"
#include "noun.h"

/* Whether the field has a control on the form of its object. Those that have none (rules, secrets)
 * stay as they are. */
bool admin_form_shows(const tokex_field_t *field);

/* An admin_more_t whose ctx is the tokex_object_desc_t: knows every name that such a form sends. */
bool admin_form_knows(admin_field_t *field, void *ctx, const char *name);

/* The object that a form describes, as JSON. `present` (may be NULL): as it stands so far. What is
 * wrong with a value is left in it, for the reader of the object to say. */
const char *admin_form_object(const tokex_object_desc_t *desc, const admin_input_t *form,
                              const tokex_json_t *present, apr_pool_t *pool);

/* What a form shows. */
typedef struct admin_form_t {
    const tokex_object_desc_t *desc;
    const admin_section_t *sections;
    const tokex_json_t *object;   /* NULL: a new one */
    const tokex_faults_t *faults; /* NULL: none */
    bool is_new;                  /* what tells it apart can be written */
    const char *more;             /* the list that gets more empty rows; NULL: none */
} admin_form_t;

/* Writes the summary of what is wrong, each linked to its field; nothing when nothing is. */
void admin_form_put_faults(admin_t *a, const admin_form_t *form);

/* Writes the fields, section by section. Fields in no section come last. */
const tokex_err_t *admin_form_put(admin_t *a, const admin_form_t *form);

/* Writes what an object holds of the sections of that part (NULL: settings, each under its title),
 * without anything secret. */
void admin_form_put_values(admin_t *a, const tokex_object_desc_t *desc,
                           const admin_section_t *sections, const tokex_json_t *object,
                           const char *part);

/* The name under which the form has what a fault is about; NULL: it has no field for it. */
const char *admin_form_fault_name(const admin_form_t *form, const tokex_fault_t *fault,
                                  apr_pool_t *pool);

/* Calls `put` for every field of every section, then for those in none. For the two above. */
typedef void admin_form_visit_t(void *ctx, const char *section, const tokex_field_t *field,
                                bool first);
void admin_form_visit(const tokex_object_desc_t *desc, const admin_section_t *sections,
                      admin_form_visit_t *visit, void *ctx);

#endif
