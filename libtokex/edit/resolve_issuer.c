/* The secret that an issuer is asked with about tokens. */
#include "edit/edit_private.h"

#include <string.h>

static void refuse_secret(const tokex_edit_run_t *run, const tokex_issuer_t *issuer,
                          const char *remedy, const char *problem)
{
    const tokex_place_t at = {
        .object = "issuer", .id = issuer->id, .field = "introspection_secret"};

    tokex_faults_error(run->faults, &at, remedy, "%s", problem);
}

static const tokex_err_t *seal(const tokex_edit_run_t *run, tokex_issuer_t *issuer,
                               const char *present)
{
    const tokex_edit_way_t *way = run->way;
    bool is_known = !issuer->introspection_secret && present &&
                    strcmp(present, issuer->introspection_sealed) == 0;

    if (way->seal)
        return is_known ? NULL : way->seal(way->seal_ctx, issuer, present, run->faults, run->pool);
    if (!issuer->introspection_secret)
        return NULL;
    if (!way->dry_run)
        refuse_secret(run, issuer, "Set it with `tokexctl`.",
                      "there is no master key here to keep it under");
    issuer->introspection_sealed = TOKEX_EDIT_NO_SEALED;
    return NULL;
}

/* Scheme, host and port of a URL that was found sound. */
static apr_size_t server_len(const char *url)
{
    const char *host = strstr(url, "://");

    return host ? (apr_size_t)(host + 3 - url) + strcspn(host + 3, "/?#") : strlen(url);
}

static bool same_server(const char *a, const char *b)
{
    apr_size_t len = a && b ? server_len(a) : 0;

    return len > 0 && len == server_len(b) && strncmp(a, b, len) == 0;
}

/* The one that is there already stays with the server that it was written for: who may change the
 * address must not learn the secret by it. */
static void keep_secret(const tokex_edit_run_t *run, tokex_issuer_t *issuer,
                        const tokex_issuer_t *before)
{
    if (!before || !before->introspection_sealed)
        return;
    if (same_server(before->introspection_url, issuer->introspection_url)) {
        issuer->introspection_sealed = before->introspection_sealed;
        return;
    }
    issuer->introspection_sealed = TOKEX_EDIT_NO_SEALED;
    refuse_secret(run, issuer, "Write the secret again beside the new introspection_url.",
                  "the secret that is kept was written for another server");
}

const tokex_err_t *tokex_edit_resolve_issuer(const tokex_edit_run_t *run, tokex_issuer_t *issuer,
                                             const tokex_issuer_t *before)
{
    const char *present = before ? before->introspection_sealed : NULL;
    const tokex_err_t *err = NULL;

    if (!issuer->introspection_url && issuer->introspection_secret)
        refuse_secret(run, issuer, "Add introspection_url, or take it out.",
                      "without introspection_url nobody is asked with it");
    if (!issuer->introspection_url)
        issuer->introspection_sealed = NULL;
    else if (issuer->introspection_secret || issuer->introspection_sealed)
        err = seal(run, issuer, present);
    else
        keep_secret(run, issuer, before);
    issuer->introspection_secret = NULL;
    return err;
}
