/* What browsers get beside the pages: a style sheet, a script, a mark. They are compiled in. */
#ifndef ADMIN_ASSET_H
#define ADMIN_ASSET_H

#include "admin.h"

extern const char admin_style[], admin_script[], admin_mark[];

/* Its address: that of the route, with the digest of what is in it, so that it can be kept for
 * good. */
const char *admin_asset_url(const admin_t *a, const char *path);

#endif
