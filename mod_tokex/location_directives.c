#include "location_directives.h"

#include <stddef.h>
#include <stdlib.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/limits.h"
#include "cache_config.h"
#include "caller.h"
#include "directives.h"
#include "location.h"
#include "reserved.h"
#include "resource.h"
#include "sections.h"

/* Longer than a day would outlive what an administrator has in mind of a cache. */
#define TTL_MAX 86400

/* The section has said something, here for the first time. */
static void begin(cmd_parms *cmd, tokex_dir_t *dir)
{
    tokex_conf_t *conf = tokex_directives_server_conf(cmd->server);

    dir->given = true;
    dir->file = cmd->directive->filename;
    dir->line = cmd->directive->line_num;
    dir->section = tokex_section_around(cmd->directive);
    if (!conf->dirs)
        conf->dirs = apr_array_make(cmd->pool, 8, sizeof(const tokex_dir_t *));
    APR_ARRAY_PUSH(conf->dirs, const tokex_dir_t *) = dir;
}

static tokex_dir_t *dir_of(cmd_parms *cmd, void *section)
{
    tokex_dir_t *dir = section;

    if (!dir->given)
        begin(cmd, dir);
    return dir;
}

static void *field_of(cmd_parms *cmd, void *section)
{
    return (char *)dir_of(cmd, section) + (apr_size_t)cmd->info;
}

static bool is_plain(const char *text, apr_size_t most)
{
    apr_size_t len = strlen(text);

    if (len == 0 || len > most || !tokex_json_is_utf8(text, len))
        return false;
    for (; *text; text++) {
        if (apr_iscntrl(*text) || *text == ' ')
            return false;
    }
    return true;
}

static const char *refuse(cmd_parms *cmd, const char *arg, const char *remedy)
{
    return apr_psprintf(cmd->pool, "%s: \"%s\" %s", cmd->cmd->name, arg, remedy);
}

/* RFC 9110 section 5.6.2. */
static bool is_header_name(const char *name)
{
    if (!*name || strlen(name) > TOKEX_LIMIT_ID)
        return false;
    for (; *name; name++) {
        if (!apr_isalnum(*name) && *name != '-')
            return false;
    }
    return true;
}

const char *tokex_location_set_client(cmd_parms *cmd, void *section, const char *arg)
{
    if (!is_plain(arg, TOKEX_LIMIT_ID))
        return refuse(cmd, arg, "is not the id of a client; `tokexctl export` shows them");
    dir_of(cmd, section)->client = arg;
    tokex_cache_config_expect(cmd);
    /* Whoever asks us must not be able to bring what only we can say. */
    tokex_reserved_add(cmd, TOKEX_AUTH_CONTEXT, false);
    return NULL;
}

const char *tokex_location_set_subject_from(cmd_parms *cmd, void *section, const char *arg)
{
    static const char prefix[] = "env:";
    const char *name = arg + sizeof(prefix) - 1, *c;

    if (apr_strnatcasecmp(arg, "Authorization") == 0) {
        dir_of(cmd, section)->subject_from = "";
        return NULL;
    }
    if (strncmp(arg, prefix, sizeof(prefix) - 1) != 0 || !*name)
        return refuse(cmd, arg,
                      "is no place of a token; write Authorization, or env:NAME for a "
                      "variable that another module sets, such as "
                      "env:OIDC_access_token");
    for (c = name; *c; c++) {
        if (!apr_isalnum(*c) && *c != '_')
            return refuse(cmd, arg, "names no variable; letters, digits and _ are allowed");
    }
    /* CGI's variables of headers: what is in them was sent by the client. */
    if (strncmp(name, "HTTP_", 5) == 0)
        return refuse(cmd, arg, "names a header of the client, not a variable of another module");
    dir_of(cmd, section)->subject_from = name;
    return NULL;
}

const char *tokex_location_set_subject_type(cmd_parms *cmd, void *section, const char *arg)
{
    static const struct {
        const char *name, *urn;
    } types[] = {{"access_token", TOKEX_TYPE_URN_ACCESS_TOKEN},
                 {"jwt", TOKEX_TYPE_URN_JWT},
                 {"id_token", TOKEX_TYPE_URN_ID_TOKEN}};
    size_t i;

    for (i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(arg, types[i].name) == 0) {
            dir_of(cmd, section)->subject_type = types[i].urn;
            return NULL;
        }
    }
    return refuse(cmd, arg, "is no type of a subject token; write access_token, jwt or id_token");
}

static void add(cmd_parms *cmd, void *section, const char *arg)
{
    apr_array_header_t **list = field_of(cmd, section);

    if (!*list)
        *list = apr_array_make(cmd->pool, 2, sizeof(const char *));
    APR_ARRAY_PUSH(*list, const char *) = arg;
}

const char *tokex_location_add(cmd_parms *cmd, void *section, const char *arg)
{
    if (!is_plain(arg, TOKEX_LIMIT_ID))
        return refuse(cmd, arg, "is not the id of an issuer; `tokexctl export` shows them");
    if (strcmp(arg, "self") == 0)
        return refuse(cmd, arg,
                      "stands for our own tokens; TokexOwnTokens says what becomes of "
                      "those");
    add(cmd, section, arg);
    return NULL;
}

const char *tokex_location_add_target(cmd_parms *cmd, void *section, const char *arg)
{
    const apr_array_header_t *list = *(apr_array_header_t **)field_of(cmd, section);

    if (!is_plain(arg, TOKEX_LIMIT_URL))
        return refuse(cmd, arg,
                      "names no target; write the logical name, the audience or the "
                      "resource URI of one");
    if (list && list->nelts == TOKEX_LIMIT_TARGETS)
        return apr_psprintf(cmd->pool, "%s: \"%s\" is one too many; at most %d are asked for",
                            cmd->cmd->name, arg, TOKEX_LIMIT_TARGETS);
    add(cmd, section, arg);
    return NULL;
}

const char *tokex_location_add_scope(cmd_parms *cmd, void *section, const char *arg)
{
    tokex_dir_t *dir = dir_of(cmd, section);

    if (!is_plain(arg, TOKEX_LIMIT_SCOPE_TOKEN) || strpbrk(arg, "\"\\"))
        return refuse(cmd, arg, "is no scope (RFC 6749 section 3.3)");
    dir->scope = dir->scope ? apr_pstrcat(cmd->pool, dir->scope, " ", arg, NULL) : arg;
    return NULL;
}

static const char *choose(cmd_parms *cmd, int *field, const char *arg, const char *const *names,
                          const char *remedy)
{
    int i;

    for (i = 0; names[i]; i++) {
        if (apr_strnatcasecmp(arg, names[i]) == 0) {
            *field = i;
            return NULL;
        }
    }
    return refuse(cmd, arg, remedy);
}

const char *tokex_location_set_own_tokens(cmd_parms *cmd, void *section, const char *arg)
{
    static const char *const names[] = {"refuse", "accept", "exchange", NULL};

    return choose(cmd, &dir_of(cmd, section)->own_tokens, arg, names,
                  "is none of refuse, accept and exchange");
}

const char *tokex_location_set_inject(cmd_parms *cmd, void *section, const char *arg)
{
    static const char *const names[] = {"original", "exchanged", "both", NULL};

    return choose(cmd, &dir_of(cmd, section)->inject, arg, names,
                  "is none of original, exchanged and both");
}

/* Does the connection itself live by a header of that name, or of one that begins with the first
 * `len` octets of it? */
static bool is_of_http(const char *name, apr_size_t len)
{
    static const char *const names[] = {"Connection", "Content-Length", "Expect",
                                        "Host",       "Keep-Alive",     "TE",
                                        "Trailer",    "Upgrade",        "Transfer-Encoding"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncasecmp(name, names[i], len) == 0)
            return true;
    }
    return false;
}

const char *tokex_location_set_header(cmd_parms *cmd, void *section, const char *arg)
{
    const char **field = field_of(cmd, section);

    if (!is_header_name(arg))
        return refuse(cmd, arg, "is no name of a header; letters, digits and - are allowed");
    if (is_of_http(arg, strlen(arg) + 1))
        return refuse(cmd, arg, "is a header of HTTP itself; write a name of your own");
    *field = arg;
    if (strcasecmp(arg, "Authorization") != 0)
        tokex_reserved_add(cmd, arg, false);
    return NULL;
}

const char *tokex_location_set_claim_headers(cmd_parms *cmd, void *section, const char *arg)
{
    if (apr_strnatcasecmp(arg, "off") == 0) {
        dir_of(cmd, section)->claim_headers = "";
        return NULL;
    }
    if (!is_header_name(arg) || strlen(arg) < 3 || arg[strlen(arg) - 1] != '-')
        return refuse(cmd, arg,
                      "is not what names of headers begin with; write one that ends in "
                      "-, such as X-Claim-, or Off");
    if (is_of_http(arg, strlen(arg)))
        return refuse(
            cmd, arg,
            "is what a header of HTTP itself begins with, and clients could not send that "
            "any more; write a beginning of your own");
    dir_of(cmd, section)->claim_headers = arg;
    tokex_reserved_add(cmd, arg, true);
    return NULL;
}

const char *tokex_location_set_user_claim(cmd_parms *cmd, void *section, const char *arg)
{
    if (!is_plain(arg, TOKEX_LIMIT_ID))
        return refuse(cmd, arg, "is no name of a claim");
    dir_of(cmd, section)->user_claim = arg;
    return NULL;
}

const char *tokex_location_set_metadata(cmd_parms *cmd, void *section, const char *arg)
{
    const char *fault;

    if (apr_strnatcasecmp(arg, "off") == 0) {
        dir_of(cmd, section)->metadata = "";
        return NULL;
    }
    fault = tokex_resource_fault(arg, cmd->temp_pool);
    if (fault)
        return refuse(cmd, arg, fault);
    dir_of(cmd, section)->metadata = arg;
    return NULL;
}

const char *tokex_location_set_ttl(cmd_parms *cmd, void *section, const char *arg)
{
    char *end;
    apr_int64_t seconds = apr_strtoi64(arg, &end, 10);

    if (!apr_isdigit(*arg) || *end || seconds > TTL_MAX)
        return apr_psprintf(cmd->pool,
                            "%s: \"%s\" is no number of seconds from 0 (nothing is kept) to %d",
                            cmd->cmd->name, arg, TTL_MAX);
    dir_of(cmd, section)->cache_ttl = (int)seconds;
    return NULL;
}

const char *tokex_location_set_flag(cmd_parms *cmd, void *section, int on)
{
    *(int *)field_of(cmd, section) = on;
    return NULL;
}
