/* What the list of decisions and its files share. */
#ifndef ADMIN_ACTIVITY_H
#define ADMIN_ACTIVITY_H

#include "admin.h"
#include "store/activity_store.h"

/* The filter that the query asks for, the latest `most`; false: there is no such filter. */
bool admin_activity_filter(tokex_activity_filter_t *filter, const admin_t *a, int most);

#endif
