/* The endpoints below the Location that says `SetHandler tokex`, and the two at the host's root. */
#ifndef MOD_TOKEX_ENDPOINT_H
#define MOD_TOKEX_ENDPOINT_H

#include <httpd.h>

/* The name that SetHandler takes. */
#define TOKEX_HANDLER "tokex"

/* The hook translate_name: claims the metadata's addresses at the root of the host. */
int tokex_endpoint_translate(request_rec *r);

/* The hook map_to_storage: keeps the file system's rules, and httpd's own TRACE, away from us. */
int tokex_endpoint_map(request_rec *r);

/* The hook handler. */
int tokex_endpoint_handle(request_rec *r);

#endif
