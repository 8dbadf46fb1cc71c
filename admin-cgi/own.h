/* The pages of own links: for whoever the site's login says it is, and for nobody else's. */
#ifndef ADMIN_OWN_H
#define ADMIN_OWN_H

#include "admin.h"

admin_handler_t admin_own_page, admin_own_link, admin_own_remove;

#endif
