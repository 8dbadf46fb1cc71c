#include "location_check.h"

#include <apr_strings.h>
#include <http_log.h>

#include "messages.h"
#include "resource.h"
#include "sections.h"

APLOG_USE_MODULE(tokex);

typedef struct check_t {
    server_rec *s;
    const tokex_conf_t *conf; /* NULL: TokexIssuer does not switch this host on */
    const tokex_section_t *section;
    int level;
    apr_pool_t *pool;
    int found;
} check_t;

static void say(check_t *check, int level, const char *what)
{
    const tokex_section_t *section = check->section;

    if (level == check->level)
        check->found++;
    ap_log_error(APLOG_MARK, level, 0, check->s, TX_LOCATION_CHECK "%s:%d: <%s>: %s", section->file,
                 section->line, section->name, what);
}

static bool is_our_type(const tokex_section_t *section)
{
    return section->auth_type && strcasecmp(section->auth_type, TOKEX_AUTH_TYPE) == 0;
}

/* What the administrator meant to protect and httpd would not. */
static void check_protection(check_t *check)
{
    const tokex_section_t *section = check->section;
    const tokex_dir_t *dir = section->dir;

    if (!is_our_type(section)) {
        /* A part of what is protected around it may be open, or another module's. */
        if (section->auth_type && section->names_client && !tokex_location_variable(dir))
            say(check, check->level,
                apr_psprintf(check->pool,
                             "TokexClient does nothing under AuthType %s; write AuthType tokex, or "
                             "TokexSubjectFrom env:NAME for the variable in which that module "
                             "leaves its token",
                             section->auth_type));
        return;
    }
    if (!check->conf)
        say(check, check->level,
            "AuthType tokex where TokexIssuer does not switch the virtual host on; set "
            "TokexIssuer");
    else if (!dir->client)
        say(check, check->level,
            "AuthType tokex without TokexClient; name the client for which is exchanged here");
    if (section->requirements->nelts == 0 && !section->leads_on)
        say(check, check->level,
            "AuthType tokex without Require lets everybody in without a token; write Require "
            "valid-user, or who else may pass, in the same section");
}

/* Both tokens cannot stand in one header. */
static void check_headers(check_t *check)
{
    const tokex_dir_t *dir = check->section->dir;
    const char *original = tokex_location_original_header(dir);
    const char *exchanged = tokex_location_exchanged_header(dir);

    if (tokex_location_inject(dir) == TOKEX_INJECT_BOTH && strcasecmp(original, exchanged) == 0)
        say(check, check->level,
            apr_psprintf(check->pool,
                         "TokexInject both, and both tokens in the header %s; name another for one "
                         "of them with TokexOriginalTokenHeader or TokexExchangedTokenHeader",
                         exchanged));
}

/* RFC 9068 section 4: a token of ours is for somebody, and a location has to say whom it is. */
static void check_own_tokens(check_t *check)
{
    const tokex_dir_t *dir = check->section->dir;

    if (tokex_location_own_tokens(dir) == TOKEX_OWN_ACCEPT && !dir->audiences && !dir->resources)
        say(check, check->level,
            "TokexOwnTokens accept without TokexAudience or TokexResource would take a token that "
            "was made for somebody else; name the target that stands behind this location");
}

/* CE-22: without TokexTrustedIssuers one issuer is trusted if it is the only one. */
static void check_issuers(check_t *check, const tokex_policy_t *policy)
{
    const tokex_dir_t *dir = check->section->dir;
    int i;

    if (!dir->issuers && tokex_location_exchanges(dir) && !tokex_policy_only_issuer(policy))
        say(check, APLOG_WARNING,
            "no issuer is trusted here: several or none are enabled, so name those whose tokens "
            "may pass with TokexTrustedIssuers");
    for (i = 0; dir->issuers && i < dir->issuers->nelts; i++) {
        const char *id = APR_ARRAY_IDX(dir->issuers, i, const char *);
        const tokex_policy_issuer_t *issuer = tokex_policy_issuer_by_id(policy, id);

        if (!issuer || !issuer->config->enabled)
            say(check, APLOG_WARNING,
                apr_psprintf(check->pool,
                             "TokexTrustedIssuers: issuer \"%s\" %s, so none of its "
                             "tokens passes; `tokexctl export` shows the issuers",
                             id, issuer ? "is switched off" : "does not exist"));
    }
}

static void check_client(check_t *check, const tokex_policy_t *policy)
{
    const char *id = check->section->dir->client;
    const tokex_policy_client_t *client = id ? tokex_policy_client(policy, id) : NULL;

    if (id && (!client || !client->config->enabled))
        say(check, APLOG_WARNING,
            apr_psprintf(check->pool,
                         "TokexClient: client \"%s\" %s, so nobody passes; `tokexctl export` shows "
                         "the clients",
                         id, client ? "is switched off" : "does not exist"));
}

/* Of those that are answered with 403; the others have their 401 to say what helps. */
static bool is_ours_to_deny(const char *line)
{
    static const char require[] = "Require ", negation[] = "not ";

    if (strncasecmp(line, require, sizeof(require) - 1) != 0)
        return false;
    line += sizeof(require) - 1;
    line += strspn(line, " \t\"'");
    if (strncasecmp(line, negation, sizeof(negation) - 1) == 0)
        line += sizeof(negation) - 1;
    return strncmp(line, "tokex-", 6) == 0 && strncmp(line, "tokex-acr", 9) != 0 &&
           strncmp(line, "tokex-auth-age", 14) != 0;
}

/* RFC 6750 section 3.1: 401 tells a client to fetch another token, which would not do either. */
static void check_denial(check_t *check)
{
    const tokex_section_t *section = check->section;
    int i;

    if (!section->decides || section->forbids)
        return;
    for (i = 0; i < section->requirements->nelts; i++) {
        const char *line = APR_ARRAY_IDX(section->requirements, i, const char *);

        if (!is_ours_to_deny(line))
            continue;
        say(check, APLOG_WARNING,
            apr_psprintf(check->pool,
                         "%s: whoever may not pass is answered with 401, as if the token were bad; "
                         "write AuthzSendForbiddenOnFailure On for 403",
                         line));
        return;
    }
}

/* Two documents at one address. */
static void check_metadata(check_t *check, const apr_array_header_t *sections, int number)
{
    const tokex_section_t *section = check->section;
    const char *metadata = section->dir->metadata;
    int i;

    for (i = 0; i < number && metadata && *metadata; i++) {
        const tokex_section_t *before = &APR_ARRAY_IDX(sections, i, tokex_section_t);
        const char *other = before->dir->metadata;

        if (!other || !*other || strcmp(other, metadata) == 0 ||
            strcmp(tokex_resource_path(other, check->pool),
                   tokex_resource_path(metadata, check->pool)) != 0)
            continue;
        say(check, check->level,
            apr_psprintf(check->pool,
                         "TokexResourceMetadata %s has the address of the metadata of %s, at "
                         "%s:%d; give it another path",
                         metadata, other, before->file, before->line));
        return;
    }
}

int tokex_location_check(server_rec *s, int level, const tokex_policy_t *policy, apr_pool_t *pool)
{
    const tokex_conf_t *conf = tokex_directives_server_conf(s);
    check_t check = {s, tokex_directives_of(s), NULL, level, pool, 0};
    int i;

    for (i = 0; i < conf->sections->nelts; i++) {
        check.section = &APR_ARRAY_IDX(conf->sections, i, tokex_section_t);
        check_protection(&check);
        check_denial(&check);
        check_metadata(&check, conf->sections, i);
        if (!check.conf || !check.section->dir->client)
            continue;
        check_headers(&check);
        check_own_tokens(&check);
        if (policy) {
            check_issuers(&check, policy);
            check_client(&check, policy);
        }
    }
    return check.found;
}
