/* Every page there is: by which method and path, from which role on, with which fields. */
#ifndef ADMIN_ROUTE_H
#define ADMIN_ROUTE_H

#include "admin.h"
#include "noun.h"

struct admin_route_t {
    const char *method; /* GET (and HEAD) or POST */
    const char *path;
    admin_role_t role; /* the least that may */
    admin_handler_t *handler;
    const admin_field_t *fields; /* of the query, or of the form */
    const admin_noun_t *noun;    /* what it is about; NULL: no object */
    const char *element;         /* the list of the object that it is about; NULL: the object */
    bool takes_object;           /* the form holds the fields of the object, or the element, too */
    apr_size_t most;             /* octets of the form; 0: ADMIN_ROUTE_BODY */
};

/* Octets of a form. */
#define ADMIN_ROUTE_BODY (64 * 1024)

/* The route of the program; NULL: there is none, and `*allow` is then the method that the path does
 * have, or NULL. */
const admin_route_t *admin_route_find(const char **allow, const char *method, const char *path);

/* The fields that the route takes. */
admin_declared_t admin_route_declared(const admin_route_t *route);

#endif
