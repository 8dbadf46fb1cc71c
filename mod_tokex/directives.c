#include "directives.h"

#include <stddef.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_uri.h>

#include "account_source.h"
#include "activity_config.h"
#include "base/json.h"
#include "base/limits.h"
#include "cache_config.h"
#include "fetching.h"
#include "location_directives.h"

extern module AP_MODULE_DECLARE_DATA tokex_module;

void *tokex_directives_create(apr_pool_t *pool, server_rec *s)
{
    (void)s;
    return apr_pcalloc(pool, sizeof(tokex_conf_t));
}

static tokex_directive_t choose(const tokex_directive_t *base, const tokex_directive_t *add)
{
    return add->value ? *add : *base;
}

void *tokex_directives_merge(apr_pool_t *pool, void *base, void *add)
{
    const tokex_conf_t *outer = base, *inner = add;
    tokex_conf_t *conf = tokex_directives_create(pool, NULL);

    conf->issuer = choose(&outer->issuer, &inner->issuer);
    conf->directory = choose(&outer->directory, &inner->directory);
    conf->master_key = choose(&outer->master_key, &inner->master_key);
    conf->tenant = choose(&outer->tenant, &inner->tenant);
    conf->server_id = choose(&outer->server_id, &inner->server_id);
    conf->audit_log = choose(&outer->audit_log, &inner->audit_log);
    conf->fetch_allow = choose(&outer->fetch_allow, &inner->fetch_allow);
    conf->fetch_nets = inner->fetch_allow.value ? inner->fetch_nets : outer->fetch_nets;
    conf->fetch_ca_file = choose(&outer->fetch_ca_file, &inner->fetch_ca_file);
    conf->fetch_proxy = choose(&outer->fetch_proxy, &inner->fetch_proxy);
    conf->audit_cached = choose(&outer->audit_cached, &inner->audit_cached);
    conf->account_ttl = choose(&outer->account_ttl, &inner->account_ttl);
    conf->account_source = inner->account_source ? inner->account_source : outer->account_source;
    conf->dirs = inner->dirs;
    /* A location of the main server is one of every virtual host too. */
    conf->reserved = !outer->reserved   ? inner->reserved
                     : !inner->reserved ? outer->reserved
                                        : apr_array_append(pool, outer->reserved, inner->reserved);
    /* A directory of its own without a master key of its own means the key in that directory. */
    if (inner->directory.value && !inner->master_key.value)
        conf->master_key = inner->master_key;
    return conf;
}

tokex_conf_t *tokex_directives_server_conf(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &tokex_module);
}

tokex_conf_t *tokex_directives_of(const server_rec *s)
{
    tokex_conf_t *conf = tokex_directives_server_conf(s);

    return conf && conf->issuer.value && *conf->issuer.value ? conf : NULL;
}

const char *tokex_directives_directory(const tokex_conf_t *conf)
{
    return conf->directory.value ? conf->directory.value : TOKEX_DIRECTORY;
}

const char *tokex_directives_master_key(const tokex_conf_t *conf, apr_pool_t *pool)
{
    if (conf->master_key.value)
        return conf->master_key.value;
    return apr_pstrcat(pool, tokex_directives_directory(conf), "/master.key", NULL);
}

const char *tokex_directives_config_db(const tokex_conf_t *conf, apr_pool_t *pool)
{
    return apr_pstrcat(pool, tokex_directives_directory(conf), "/config/config.db", NULL);
}

const char *tokex_directives_state_db(const tokex_conf_t *conf, apr_pool_t *pool)
{
    return apr_pstrcat(pool, tokex_directives_directory(conf), "/state/state.db", NULL);
}

const char *tokex_directives_last_good(const tokex_conf_t *conf, apr_pool_t *pool)
{
    return apr_pstrcat(pool, tokex_directives_directory(conf), "/state/last-good.db", NULL);
}

const char *tokex_directives_tenant(const tokex_conf_t *conf)
{
    return conf->tenant.value ? conf->tenant.value : "default";
}

const char *tokex_directives_server_id(const tokex_conf_t *conf)
{
    return conf->server_id.value ? conf->server_id.value : "default";
}

tokex_server_t tokex_directives_server(const tokex_conf_t *conf)
{
    tokex_server_t server = {conf->issuer.value, tokex_directives_tenant(conf),
                             tokex_directives_server_id(conf)};

    return server;
}

bool tokex_directives_exchange(const server_rec *s)
{
    return tokex_location_exchanges(ap_get_module_config(s->lookup_defaults, &tokex_module));
}

const char *tokex_directives_issuer_path(const tokex_conf_t *conf)
{
    const char *host = strstr(conf->issuer.value, "://") + 3;

    return host + strcspn(host, "/");
}

bool tokex_directives_same(const tokex_conf_t *a, const tokex_conf_t *b, apr_pool_t *pool)
{
    return strcmp(a->issuer.value, b->issuer.value) == 0 &&
           strcmp(tokex_directives_directory(a), tokex_directives_directory(b)) == 0 &&
           strcmp(tokex_directives_master_key(a, pool), tokex_directives_master_key(b, pool)) ==
               0 &&
           strcmp(tokex_directives_tenant(a), tokex_directives_tenant(b)) == 0 &&
           strcmp(tokex_directives_server_id(a), tokex_directives_server_id(b)) == 0 &&
           a->account_source == b->account_source &&
           tokex_account_source_ttl(a->account_ttl.value) ==
               tokex_account_source_ttl(b->account_ttl.value);
}

/* ---- The commands. cmd->info is the offset of the field. */

static tokex_directive_t *field_of(cmd_parms *cmd)
{
    char *conf = ap_get_module_config(cmd->server->module_config, &tokex_module);

    return (tokex_directive_t *)(void *)(conf + (apr_size_t)cmd->info);
}

const char *tokex_directives_keep(cmd_parms *cmd, const char *value)
{
    tokex_directive_t *field = field_of(cmd);

    field->value = value;
    field->file = cmd->directive->filename;
    field->line = cmd->directive->line_num;
    return NULL;
}

bool tokex_directives_is_loopback(const char *host)
{
    return apr_strnatcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (strncmp(host, "127.", 4) == 0 && !host[strspn(host, "0123456789.")]);
}

/* A path that looks the same however often it is decoded and normalised: the metadata's address at
 * the root of the host is made of it. */
static bool is_plain_path(const char *path)
{
    const char *c;

    if (*path && path[strlen(path) - 1] == '/')
        return false;
    for (c = path; *c; c++) {
        if (!apr_isalnum(*c) && !strchr("-._~/", *c))
            return false;
        if (*c == '/' && (c[1] == '/' || c[1] == '.'))
            return false;
    }
    return true;
}

static const char *set_issuer(cmd_parms *cmd, void *unused, const char *arg)
{
    apr_uri_t uri;
    bool https;

    (void)unused;
    if (apr_strnatcasecmp(arg, "off") == 0)
        return tokex_directives_keep(cmd, "");
    if (strlen(arg) > TOKEX_LIMIT_URL || apr_uri_parse(cmd->temp_pool, arg, &uri) != APR_SUCCESS ||
        !uri.scheme || !uri.hostname || !*uri.hostname || !tokex_json_is_utf8(arg, strlen(arg)))
        return apr_psprintf(cmd->pool,
                            "TokexIssuer: \"%s\" is not an absolute URL; write the address of this "
                            "server as clients see it, such as https://login.example.org/sts",
                            arg);
    https = strcmp(uri.scheme, "https") == 0;
    if (!https && !(strcmp(uri.scheme, "http") == 0 && tokex_directives_is_loopback(uri.hostname)))
        return apr_psprintf(cmd->pool,
                            "TokexIssuer: \"%s\" does not begin with https://; tokens and secrets "
                            "travel there, so http:// is only for localhost and 127.0.0.1",
                            arg);
    if (uri.query || uri.fragment || uri.user || uri.password || strpbrk(arg, "?#@"))
        return apr_psprintf(cmd->pool,
                            "TokexIssuer: \"%s\" has a query, a fragment or a user; write scheme, "
                            "host and path alone (RFC 8414 section 2)",
                            arg);
    if (uri.path && !is_plain_path(uri.path))
        return apr_psprintf(cmd->pool,
                            "TokexIssuer: the path \"%s\" is not plain; write it without a slash "
                            "at its end, with letters, digits, - . _ ~ only and no empty or dotted "
                            "part",
                            uri.path);
    return tokex_directives_keep(cmd, arg);
}

static const char *set_path(cmd_parms *cmd, void *unused, const char *arg)
{
    char *path = *arg ? ap_server_root_relative(cmd->pool, arg) : NULL;

    (void)unused;
    if (!path)
        return apr_psprintf(cmd->pool,
                            "%s: \"%s\" is not a path; write an absolute one, or one "
                            "relative to ServerRoot",
                            cmd->cmd->name, arg);
    if (path[1] && path[strlen(path) - 1] == '/')
        path[strlen(path) - 1] = '\0';
    return tokex_directives_keep(cmd, path);
}

static const char *set_audit_log(cmd_parms *cmd, void *unused, const char *arg)
{
    if (apr_strnatcasecmp(arg, "off") == 0)
        return tokex_directives_keep(cmd, "");
    if (*arg != '|')
        return set_path(cmd, unused, arg);
    if (!arg[1 + strspn(arg + 1, " \t")])
        return "TokexAuditLog: there is no program after the bar; write \"|/path/to/program "
               "arguments\"";
    return tokex_directives_keep(cmd, arg);
}

static const char *set_ca_file(cmd_parms *cmd, void *unused, const char *arg)
{
    if (apr_strnatcasecmp(arg, "off") == 0)
        return tokex_directives_keep(cmd, "");
    return set_path(cmd, unused, arg);
}

static const char *set_name(cmd_parms *cmd, void *unused, const char *arg)
{
    apr_size_t len = strlen(arg), i;
    bool plain = len > 0 && len <= TOKEX_LIMIT_ID;

    (void)unused;
    for (i = 0; plain && i < len; i++)
        plain = apr_isgraph(arg[i]) && arg[i] != '"' && arg[i] != '\\';
    if (!plain)
        return apr_psprintf(cmd->pool,
                            "%s: \"%s\" is not a name; write 1 to %d printable ASCII characters "
                            "without blanks, quotes and backslashes",
                            cmd->cmd->name, arg, TOKEX_LIMIT_ID);
    return tokex_directives_keep(cmd, arg);
}

static const char *set_flag(cmd_parms *cmd, void *unused, int on)
{
    (void)unused;
    return tokex_directives_keep(cmd, on ? "on" : "");
}

#define FIELD(name) ((void *)offsetof(tokex_conf_t, name))
#define OF_DIR(name) ((void *)offsetof(tokex_dir_t, name))

const command_rec tokex_directives_table[] = {
    AP_INIT_TAKE1("TokexIssuer", set_issuer, FIELD(issuer), RSRC_CONF,
                  "URL of this token service as clients see it, or Off"),
    AP_INIT_TAKE1("TokexDirectory", set_path, FIELD(directory), RSRC_CONF,
                  "directory that `tokexctl init` made"),
    AP_INIT_TAKE1("TokexMasterKey", set_path, FIELD(master_key), RSRC_CONF,
                  "file with the key that the signing keys are sealed under"),
    AP_INIT_TAKE1("TokexTenant", set_name, FIELD(tenant), RSRC_CONF,
                  "name written as tid into issued tokens"),
    AP_INIT_TAKE1("TokexServerId", set_name, FIELD(server_id), RSRC_CONF,
                  "name written as aid into issued tokens"),
    AP_INIT_FLAG("TokexExchange", tokex_location_set_flag, OF_DIR(exchange),
                 RSRC_CONF | ACCESS_CONF, "On or Off: whether tokens are exchanged"),
    AP_INIT_TAKE1("TokexAuditLog", set_audit_log, FIELD(audit_log), RSRC_CONF,
                  "file or \"|program\" that takes one JSON line a decision, or Off"),
    AP_INIT_ITERATE("TokexFetchAllow", tokex_fetching_set_allow, FIELD(fetch_allow), RSRC_CONF,
                    "addresses that are not public and still may be asked for keys, or None"),
    AP_INIT_TAKE1("TokexFetchCAFile", set_ca_file, FIELD(fetch_ca_file), RSRC_CONF,
                  "file with the authorities whose certificates are believed when keys are "
                  "fetched, or Off"),
    AP_INIT_TAKE1("TokexFetchProxy", tokex_fetching_set_proxy, FIELD(fetch_proxy), RSRC_CONF,
                  "URL of the proxy that keys are fetched through, or Off"),
    AP_INIT_TAKE1("TokexClient", tokex_location_set_client, NULL, ACCESS_CONF,
                  "id of the client that a protected location exchanges tokens as"),
    AP_INIT_TAKE1("TokexSubjectFrom", tokex_location_set_subject_from, NULL, ACCESS_CONF,
                  "Authorization, or env:NAME: where the token of a request is"),
    AP_INIT_TAKE1("TokexSubjectTokenType", tokex_location_set_subject_type, NULL, ACCESS_CONF,
                  "access_token, jwt or id_token: what the token of a request is"),
    AP_INIT_ITERATE("TokexTrustedIssuers", tokex_location_add, OF_DIR(issuers), ACCESS_CONF,
                    "ids of the issuers whose tokens are taken"),
    AP_INIT_ITERATE("TokexAudience", tokex_location_add_target, OF_DIR(audiences), ACCESS_CONF,
                    "logical names or audiences of the targets that tokens are asked for"),
    AP_INIT_ITERATE("TokexResource", tokex_location_add_target, OF_DIR(resources), ACCESS_CONF,
                    "resource URIs of the targets that tokens are asked for"),
    AP_INIT_ITERATE("TokexScope", tokex_location_add_scope, NULL, ACCESS_CONF,
                    "scopes that tokens are asked for"),
    AP_INIT_TAKE1("TokexOwnTokens", tokex_location_set_own_tokens, NULL, ACCESS_CONF,
                  "refuse, accept or exchange: what becomes of our own tokens"),
    AP_INIT_FLAG("TokexMachineTokens", tokex_location_set_flag, OF_DIR(machine_tokens), ACCESS_CONF,
                 "On or Off: whether machines' tokens are taken"),
    AP_INIT_TAKE1("TokexInject", tokex_location_set_inject, NULL, ACCESS_CONF,
                  "original, exchanged or both: which token the backend gets"),
    AP_INIT_TAKE1("TokexOriginalTokenHeader", tokex_location_set_header, OF_DIR(original_header),
                  ACCESS_CONF, "name of the header with the token that came"),
    AP_INIT_TAKE1("TokexExchangedTokenHeader", tokex_location_set_header, OF_DIR(exchanged_header),
                  ACCESS_CONF, "name of the header with our token"),
    AP_INIT_FLAG("TokexStripBearer", tokex_location_set_flag, OF_DIR(strip_bearer), ACCESS_CONF,
                 "On or Off: whether `Bearer` is left out before tokens"),
    AP_INIT_FLAG("TokexAuthContext", tokex_location_set_flag, OF_DIR(auth_context), ACCESS_CONF,
                 "On or Off: whether the backend gets the header X-Auth-Ctx"),
    AP_INIT_TAKE1("TokexClaimHeaders", tokex_location_set_claim_headers, NULL, ACCESS_CONF,
                  "what the names of headers with claims begin with, or Off"),
    AP_INIT_TAKE1("TokexUserClaim", tokex_location_set_user_claim, NULL, ACCESS_CONF,
                  "claim that names the user"),
    AP_INIT_TAKE1("TokexResourceMetadata", tokex_location_set_metadata, NULL, ACCESS_CONF,
                  "URL of the location as clients see it, for its public metadata, or Off"),
    AP_INIT_FLAG("TokexAllowPreflight", tokex_location_set_flag, OF_DIR(allow_preflight),
                 ACCESS_CONF, "On or Off: whether CORS preflight requests pass without a token"),
    AP_INIT_TAKE1("TokexCacheTTL", tokex_location_set_ttl, NULL, RSRC_CONF | ACCESS_CONF,
                  "seconds for which a decision is kept"),
    AP_INIT_TAKE1("TokexCache", tokex_cache_set_provider, NULL, RSRC_CONF,
                  "shmcb, memcache:HOST:PORT, redis:HOST:PORT or Off: where decisions are kept"),
    AP_INIT_TAKE1("TokexCacheSize", tokex_cache_set_size, NULL, RSRC_CONF,
                  "for how many decisions there is room"),
    AP_INIT_TAKE12("TokexActivity", tokex_activity_set, NULL, RSRC_CONF,
                   "days for which decisions are recorded, and how many at most; or Off"),
    AP_INIT_FLAG("TokexAuditCached", set_flag, FIELD(audit_cached), RSRC_CONF,
                 "On or Off: whether the audit log has a line for each use of a kept decision"),
    AP_INIT_TAKE12("TokexAccountQuery", tokex_account_source_set_query, NULL, RSRC_CONF,
                   "attribute, and the SQL statement that finds accounts by it; or Off"),
    AP_INIT_TAKE12("TokexAccountLDAP", tokex_account_source_set_ldap, NULL, RSRC_CONF,
                   "URL of the directory with the accounts, and STARTTLS; or Off"),
    AP_INIT_TAKE2("TokexAccountLDAPBind", tokex_account_source_set_bind, NULL, RSRC_CONF,
                  "DN that the directory is asked as, and the file with its password"),
    AP_INIT_TAKE2("TokexAccountLDAPMap", tokex_account_source_set_map, NULL, RSRC_CONF,
                  "member of accounts, and the attribute, or filter, that it is in the directory"),
    AP_INIT_TAKE1("TokexAccountTTL", tokex_account_source_set_ttl, FIELD(account_ttl), RSRC_CONF,
                  "seconds for which what the site says of an account is believed"),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL}};
