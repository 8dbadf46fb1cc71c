/* What stands around every page. */
#ifndef ADMIN_LAYOUT_H
#define ADMIN_LAYOUT_H

#include "admin.h"

/* Head, the content of a->html, foot. NULL: the page is broken, and `*problem` says how. */
const char *admin_layout(admin_t *a, apr_size_t *len, const char **problem);

#endif
