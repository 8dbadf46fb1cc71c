/* What the files share that write a form. */
#ifndef ADMIN_FORM_PRIVATE_H
#define ADMIN_FORM_PRIVATE_H

#include "form.h"

/* One control. */
typedef struct admin_control_t {
    admin_t *a;
    const admin_form_t *form;
    const tokex_object_desc_t *desc;
    const tokex_field_t *field;
    const tokex_json_t *node; /* its value; NULL: none */
    const char *name;
    const char *label;
    const char *problem; /* what is wrong with it; NULL: nothing */
    const char *about;   /* ids of what describes it */
    bool is_default;     /* nothing was written, so the default is shown */
} admin_control_t;

/* Writes the control alone: an input, a choice, ticks, lines. */
const tokex_err_t *admin_control_put(const admin_control_t *c);

/* Several of what exists: ticks, or lines where there is nothing to tick or too much. */
bool admin_control_is_group(const admin_control_t *c);

/* The attributes that every control has: id, name, what describes it. */
void admin_control_put_common(const admin_control_t *c);

/* What is wrong with the field of that name, sentences; NULL: nothing. */
const char *admin_form_problem(const admin_form_t *form, const char *name, apr_pool_t *pool);

#endif
