/* Asking others for documents as the running server does: by its directives, as it wrote them down.
 */
#ifndef TOKEXCTL_CTL_FETCH_H
#define TOKEXCTL_CTL_FETCH_H

#include "adapter/fetch_curl.h"
#include "ctl.h"

typedef struct ctl_fetch_t {
    tokex_fetcher_t *fetcher;
    tokex_fetch_settings_t settings;
    const char *server; /* whose directives these are; NULL: no httpd has started with this
                           installation, so they are the defaults */
    bool others_differ; /* there are servers with other directives for fetching */
} ctl_fetch_t;

/*
 * Opens the way out, by TokexFetchAllow, TokexFetchCAFile and TokexFetchProxy of the virtual host
 * `server`, as `doctor` names it; NULL: the first. TOKEX_E_DOCUMENT: there is no such server.
 * TOKEX_E_FILE: the file of certificates cannot be read. TOKEX_E_FETCH: there is no libcurl.
 */
const tokex_err_t *ctl_fetch_open(ctl_fetch_t *out, const ctl_t *ctl, const char *server);

#endif
