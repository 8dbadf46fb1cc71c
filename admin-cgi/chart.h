/* Charts as SVG in the page, each with the same numbers as a table. */
#ifndef ADMIN_CHART_H
#define ADMIN_CHART_H

#include "admin.h"
#include "store/activity_sums.h"

/* Granted and refused an hour, of the 24 hours up to now. */
void admin_chart_hours(admin_t *a, const tokex_activity_hour_t *hours, int count);

/* Reasons of refusals as bars that lead to Activity. */
void admin_chart_reasons(admin_t *a, const tokex_activity_reason_t *reasons, int count);

/* Whose tokens went to whom for what, as bars that lead to Activity. */
void admin_chart_ways(admin_t *a, const tokex_activity_way_t *ways, int count);

#endif
