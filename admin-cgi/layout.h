/* What stands around every page. */
#ifndef ADMIN_LAYOUT_H
#define ADMIN_LAYOUT_H

#include "admin.h"

/* Head, the content of a->html, foot. NULL: the page is broken, and `*problem` says how. */
const char *admin_layout(admin_t *a, apr_size_t *len, const char **problem);

/* The style sheet and its name with a version. */
extern const char admin_style[];
const char *admin_style_version(const admin_t *a);

#endif
