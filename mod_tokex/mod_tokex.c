/*
 * mod_tokex: OAuth 2.0 token exchange (RFC 8693) as a module of Apache httpd.
 *
 * This file only tells httpd who we are and when to call us. Without TokexIssuer every hook returns
 * at once.
 */
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include "audit.h"
#include "authz.h"
#include "backend.h"
#include "body.h"
#include "cache.h"
#include "cache_lock.h"
#include "cache_watch.h"
#include "challenge.h"
#include "child.h"
#include "counters.h"
#include "directives.h"
#include "endpoint.h"
#include "fetching.h"
#include "inline.h"
#include "key_claims.h"
#include "last_good.h"
#include "metrics.h"
#include "resource.h"
#include "revocation_known.h"
#include "serving.h"
#include "singleton.h"
#include "startup.h"
#include "status.h"

extern module AP_MODULE_DECLARE_DATA tokex_module;

static void register_hooks(apr_pool_t *pool)
{
    static const char *const watchdog[] = {"mod_watchdog.c", NULL};

    /* Later, the directive Mutex could not name it. */
    ap_hook_pre_config(tokex_last_good_register, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_pre_config(tokex_key_claims_register, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_pre_config(tokex_cache_lock_register, NULL, NULL, APR_HOOK_MIDDLE);
    /* `httpd -t` calls this hook and not post_config: only here can a test find what is missing. */
    ap_hook_check_config(tokex_startup_test, NULL, NULL, APR_HOOK_MIDDLE);
    /* As the user who starts the server, where every other log is opened too. */
    ap_hook_open_logs(tokex_audit_open, NULL, NULL, APR_HOOK_MIDDLE);
    /* The last chance to refuse, and the last moment before privileges go: the master key may be
     * readable by root alone. */
    ap_hook_post_config(tokex_startup_start, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(tokex_counters_start, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(tokex_serving_start, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(tokex_last_good_start, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(tokex_key_claims_start, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(tokex_cache_start, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(tokex_fetching_start, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(tokex_revocation_known_start, NULL, NULL, APR_HOOK_MIDDLE);
    /* mod_watchdog, which comes last, makes what is asked for until then. */
    ap_hook_post_config(tokex_singleton_start, NULL, NULL, APR_HOOK_MIDDLE);
    /* After fork, because a database handle must not cross one. After mod_watchdog, so that at the
     * end ours is told first and its thread, which it waits for, is free. */
    ap_hook_child_init(tokex_child_init, watchdog, NULL, APR_HOOK_MIDDLE);
    /* Before mod_proxy and mod_rewrite, so that a `ProxyPass /` does not take the metadata's
     * addresses, whatever the order of the LoadModule lines. */
    ap_hook_translate_name(tokex_endpoint_translate, NULL, NULL, APR_HOOK_REALLY_FIRST);
    /* Before core answers TRACE and walks directories that have nothing to do with us; Location
     * sections still apply. */
    ap_hook_map_to_storage(tokex_endpoint_map, NULL, NULL, APR_HOOK_REALLY_FIRST);
    /* Before every other handler: what was mapped to us is answered by us or by nobody. */
    ap_hook_handler(tokex_endpoint_handle, NULL, NULL, APR_HOOK_REALLY_FIRST);
    /* mod_dir has the last word on what is served. */
    ap_hook_handler(tokex_backend_settle, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(tokex_metrics_handle, NULL, NULL, APR_HOOK_MIDDLE);
    /* Before any module looks at headers that only we may set. */
    ap_hook_post_read_request(tokex_backend_arrive, NULL, NULL, APR_HOOK_REALLY_FIRST);
    /* Before authorisation asks for a user, whom a preflight request cannot name. */
    ap_hook_check_access_ex(tokex_inline_preflight, NULL, NULL, APR_HOOK_REALLY_FIRST,
                            AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_access_ex(tokex_resource_pass, NULL, NULL, APR_HOOK_REALLY_FIRST,
                            AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_authn(tokex_inline_authenticate, NULL, NULL, APR_HOOK_MIDDLE,
                        AP_AUTH_INTERNAL_PER_CONF);
    /* A location has one AuthType, and check_authn ends with the first module that says OK. Behind
     * another one we come where it has spoken and no Require was judged. */
    ap_hook_check_authz(tokex_inline_exchange, NULL, NULL, APR_HOOK_REALLY_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_note_auth_failure(tokex_challenge_note, NULL, NULL, APR_HOOK_MIDDLE);
    /* Before mod_headers, whose RequestHeader may have the last word. */
    ap_hook_fixups(tokex_backend_dress, NULL, NULL, APR_HOOK_FIRST);
    tokex_cache_watch_register();
    tokex_authz_register(pool);
    tokex_status_register();
    /* Used by the handler alone, while it reads a body. */
    tokex_body_register();
}

AP_DECLARE_MODULE(tokex) = {
    STANDARD20_MODULE_STUFF, tokex_location_create,  tokex_location_merge, tokex_directives_create,
    tokex_directives_merge,  tokex_directives_table, register_hooks,       0};
