#include "route.h"

#include <string.h>

#include "form.h"

const admin_route_t *admin_route_find(const char **allow, const char *method, const char *path)
{
    const admin_route_t *route;

    *allow = NULL;
    for (route = admin_program.routes; route->method; route++) {
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
