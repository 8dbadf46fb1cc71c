/* Prints a program's table of routes, a JSON object a line: tests walk it, so that a page that is
 * new is covered without being named. */
#include <stdio.h>

#include <apr_general.h>

#include "base/json.h"
#include "form.h"
#include "route.h"

static void print_fields(tokex_jsonw_t *w, const admin_route_t *route)
{
    const admin_field_t *field;

    tokex_jsonw_name(w, "fields");
    tokex_jsonw_array_begin(w);
    for (field = route->fields; field && field->name; field++) {
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "name", field->name);
        tokex_jsonw_member_bool(w, "digits", field->kind == ADMIN_DIGITS);
        tokex_jsonw_member_bool(w, "lines", field->kind == ADMIN_LINES);
        tokex_jsonw_member_integer(w, "most", (int64_t)field->most);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
}

/* The members of the object that the form holds. */
static void print_members(tokex_jsonw_t *w, const admin_route_t *route)
{
    const tokex_object_desc_t *desc;
    int i;

    tokex_jsonw_name(w, "members");
    tokex_jsonw_array_begin(w);
    if (route->takes_object) {
        desc = route->element ? admin_noun_element_desc(route->noun) : admin_noun_desc(route->noun);
        for (i = 0; i < desc->field_count; i++)
            if (admin_form_shows(&desc->fields[i]))
                tokex_jsonw_string(w, desc->fields[i].name);
    }
    tokex_jsonw_array_end(w);
}

int main(void)
{
    const admin_route_t *route;
    apr_pool_t *pool;

    if (apr_initialize() != APR_SUCCESS || apr_pool_create(&pool, NULL) != APR_SUCCESS)
        return 1;
    for (route = admin_program.routes; route->method; route++) {
        tokex_jsonw_t *w = tokex_jsonw_create(pool, 512);

        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "method", route->method);
        tokex_jsonw_member_string(w, "path", route->path);
        tokex_jsonw_member_string(w, "role", admin_conf_role_name(route->role));
        tokex_jsonw_member_string(w, "noun", route->noun ? route->noun->noun : NULL);
        tokex_jsonw_member_integer(w, "most",
                                   (int64_t)(route->most ? route->most : ADMIN_ROUTE_BODY));
        print_fields(w, route);
        print_members(w, route);
        tokex_jsonw_object_end(w);
        puts(tokex_jsonw_text(w, NULL));
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
