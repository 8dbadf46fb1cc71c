/* The page that `SetHandler tokex-metrics` makes: the counts in Prometheus' text format. */
#ifndef MOD_TOKEX_METRICS_H
#define MOD_TOKEX_METRICS_H

#include <httpd.h>

/* The name that SetHandler takes. */
#define TOKEX_METRICS_HANDLER "tokex-metrics"

/* The hook handler. Its labels are literals of ours: as many as there are reason codes and pages.
 */
int tokex_metrics_handle(request_rec *r);

#endif
