#include "account_source.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "directives.h"

#define LABEL_PREFIX "tokex_account_"
/* PostgreSQL cuts names behind 63 octets. */
#define ATTRIBUTE_MAX 40

/* ---- What the directives share */

static const char *two_sources(cmd_parms *cmd, const tokex_account_source_t *source)
{
    return apr_psprintf(
        cmd->pool,
        "%s: accounts are asked for elsewhere already (%s at %s:%d); a virtual host "
        "has one source of them, so take one of the two away",
        cmd->cmd->name, source->directive, source->file, source->line);
}

/* The source of this very host, made when it is first named; NULL, and `*error`: it is another. */
static tokex_account_source_t *source_of(const char **error, cmd_parms *cmd,
                                         tokex_account_kind_t kind)
{
    tokex_conf_t *conf = tokex_directives_server_conf(cmd->server);
    tokex_account_source_t *source = conf->account_source;

    *error = NULL;
    if (source && source->kind != kind) {
        *error = two_sources(cmd, source);
        return NULL;
    }
    if (source)
        return source;
    source = apr_pcalloc(cmd->pool, sizeof(*source));
    source->kind = kind;
    source->directive = cmd->cmd->name;
    source->file = cmd->directive->filename;
    source->line = cmd->directive->line_num;
    source->queries = apr_array_make(cmd->pool, 4, sizeof(tokex_account_query_t));
    source->ldap.names = apr_array_make(cmd->pool, 4, sizeof(tokex_account_name_t));
    conf->account_source = source;
    return source;
}

/* `Off` alone: accounts of state.db, whatever the main server says. */
static const char *set_off(cmd_parms *cmd)
{
    const char *error;

    (void)source_of(&error, cmd, TOKEX_ACCOUNTS_OWN);
    return error;
}

static bool is_off(const char *arg)
{
    return apr_strnatcasecmp(arg, "off") == 0;
}

/* ---- TokexAccountQuery */

/* It becomes part of a label, which goes into SQL without quotation marks and, with capitals, would
 * be another one there. */
static bool is_identifier(const char *name)
{
    apr_size_t len = strlen(name);

    return len <= ATTRIBUTE_MAX && apr_islower(*name) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

/* What is wrong with the places for values; NULL: there is one. */
static const char *check_places(cmd_parms *cmd, const char *sql)
{
    int places = 0;
    const char *c;

    for (c = strchr(sql, '%'); c; c = strchr(c + 2, '%')) {
        if (c[1] == 's')
            places++;
        else if (c[1] != '%')
            return apr_psprintf(
                cmd->pool,
                "TokexAccountQuery: \"%.2s\" stands in the statement; write %%s for "
                "the value that is looked for, and %%%% for a percent sign",
                c);
    }
    if (places == 1)
        return NULL;
    return apr_psprintf(cmd->pool,
                        "TokexAccountQuery: the statement has %%s %d times; it stands once, where "
                        "the value goes that is looked for, without quotation marks around it",
                        places);
}

static const char *add_query(cmd_parms *cmd, tokex_account_source_t *source, const char *attribute,
                             const char *sql)
{
    tokex_account_query_t *query;

    if (tokex_account_source_query(source, attribute))
        return apr_psprintf(cmd->pool,
                            "TokexAccountQuery: there is a statement for \"%s\" already; write one "
                            "for each attribute",
                            attribute);
    query = apr_array_push(source->queries);
    query->attribute = attribute;
    query->sql = sql;
    query->label = apr_pstrcat(cmd->pool, LABEL_PREFIX, attribute, NULL);
    tokex_account_dbd_prepare(cmd->server, query);
    return NULL;
}

const char *tokex_account_source_set_query(cmd_parms *cmd, void *unused, const char *attribute,
                                           const char *sql)
{
    tokex_account_source_t *source;
    const char *error;

    (void)unused;
    if (!sql && is_off(attribute))
        return set_off(cmd);
    if (!sql)
        return "TokexAccountQuery: write the attribute and the statement that finds accounts by "
               "it, "
               "or Off";
    if (!is_identifier(attribute))
        return apr_psprintf(cmd->pool,
                            "TokexAccountQuery: \"%s\" is no plain name of an attribute; write "
                            "id, username, email, mobile or another one of small letters, digits "
                            "and _, 40 of them at most",
                            attribute);
    error = check_places(cmd, sql);
    if (error)
        return error;
    if (!tokex_account_dbd_is_there())
        return "TokexAccountQuery: mod_dbd is not loaded; load it before this line (LoadModule "
               "dbd_module), and say with DBDriver and DBDParams which database it is";
    source = source_of(&error, cmd, TOKEX_ACCOUNTS_SQL);
    return source ? add_query(cmd, source, attribute, sql) : error;
}

/* ---- TokexAccountLDAP and what belongs to it */

static tokex_account_source_t *ldap_of(const char **error, cmd_parms *cmd)
{
    if (!tokex_account_ldap_is_there()) {
        *error = apr_psprintf(cmd->pool,
                              "%s: mod_ldap is not loaded; load it before this line (LoadModule "
                              "ldap_module)",
                              cmd->cmd->name);
        return NULL;
    }
    return source_of(error, cmd, TOKEX_ACCOUNTS_LDAP);
}

const char *tokex_account_source_set_ldap(cmd_parms *cmd, void *unused, const char *url,
                                          const char *mode)
{
    tokex_account_source_t *source;
    const char *error;

    (void)unused;
    if (!mode && is_off(url))
        return set_off(cmd);
    if (mode && apr_strnatcasecmp(mode, "starttls") != 0)
        return apr_psprintf(cmd->pool,
                            "TokexAccountLDAP: \"%s\" is no way to reach a directory; write "
                            "STARTTLS behind the URL, or nothing",
                            mode);
    source = ldap_of(&error, cmd);
    if (!source)
        return error;
    if (source->ldap.url)
        return "TokexAccountLDAP: it stands here already; several servers with the same entries "
               "are "
               "one URL: \"ldaps://one.example two.example/...\"";
    return tokex_account_ldap_set_url(&source->ldap, url, mode != NULL, cmd->pool);
}

const char *tokex_account_source_set_bind(cmd_parms *cmd, void *unused, const char *dn,
                                          const char *file)
{
    tokex_account_source_t *source;
    const char *error;

    (void)unused;
    source = ldap_of(&error, cmd);
    if (!source)
        return error;
    source->ldap.bind_dn = dn;
    source->ldap.bind_file = *file ? ap_server_root_relative(cmd->pool, file) : NULL;
    if (*dn && source->ldap.bind_file)
        return NULL;
    return apr_psprintf(
        cmd->pool,
        "TokexAccountLDAPBind: \"%s\" is not a path; write the DN to sign in as and "
        "the file with its password",
        file);
}

static bool is_filter(const char *name)
{
    return strcmp(name, TOKEX_ACCOUNT_ACTIVE) == 0 || strcmp(name, TOKEX_ACCOUNT_PRIVILEGED) == 0;
}

/* RFC 4512 section 1.4: keystring, numericoid, options. */
static bool is_ldap_attribute(const char *text)
{
    const char *c;

    for (c = text; apr_isalnum(*c) || (*c && strchr("-.;", *c)); c++)
        ;
    return *text && !*c && strlen(text) <= TOKEX_LIMIT_ID;
}

const char *tokex_account_source_set_map(cmd_parms *cmd, void *unused, const char *name,
                                         const char *ldap)
{
    tokex_account_source_t *source;
    apr_size_t len = strlen(ldap);
    tokex_account_name_t *pair;
    const char *error;
    int i;

    (void)unused;
    source = ldap_of(&error, cmd);
    if (!source)
        return error;
    if (is_filter(name) ? len < 3 || *ldap != '(' || ldap[len - 1] != ')'
                        : !is_ldap_attribute(ldap))
        return apr_psprintf(cmd->pool, "TokexAccountLDAPMap: %s: \"%s\" is %s", name, ldap,
                            is_filter(name) ? "no filter in brackets; write one that entries have "
                                              "of which it is true, such as (objectClass=*)"
                                            : "no name of an attribute of the directory");
    if (!*name || strlen(name) > TOKEX_LIMIT_ID)
        return "TokexAccountLDAPMap: write the name that the attribute has here, such as roles";
    for (i = 0; i < source->ldap.names->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(source->ldap.names, i, tokex_account_name_t).name, name) == 0)
            return apr_psprintf(cmd->pool, "TokexAccountLDAPMap: %s stands here twice", name);
    }
    pair = apr_array_push(source->ldap.names);
    *pair = (tokex_account_name_t){name, ldap};
    return NULL;
}

/* ---- TokexAccountTTL */

const char *tokex_account_source_set_ttl(cmd_parms *cmd, void *unused, const char *arg)
{
    char *end;
    apr_int64_t seconds = apr_strtoi64(arg, &end, 10);

    (void)unused;
    if (!apr_isdigit(*arg) || *end || seconds > TOKEX_ACCOUNT_TTL_MAX)
        return apr_psprintf(cmd->pool,
                            "TokexAccountTTL: \"%s\" is no number of seconds from 0 to %d; so long "
                            "somebody who is switched off may still come in",
                            arg, TOKEX_ACCOUNT_TTL_MAX);
    return tokex_directives_keep(cmd, arg);
}

int tokex_account_source_ttl(const char *value)
{
    return value ? (int)apr_strtoi64(value, NULL, 10) : TOKEX_ACCOUNT_TTL_DEFAULT;
}

/* ---- All of it */

static const char *check_ldap(tokex_account_source_t *source, apr_pool_t *pool)
{
    const tokex_err_t *err = NULL;

    if (!source->ldap.url)
        return "there is no TokexAccountLDAP beside it that says where the directory is";
    if (!tokex_account_ldap_name(&source->ldap, TOKEX_ACCOUNT_ACTIVE))
        return "nothing says whose account is switched off; write TokexAccountLDAPMap active with "
               "a "
               "filter that entries have which may come in, such as "
               "\"(!(pwdAccountLockedTime=*))\", or \"(objectClass=*)\" for all";
    if (source->ldap.bind_file && !source->ldap.bind_password)
        err = tokex_account_ldap_read_password(&source->ldap, pool);
    if (!err)
        return NULL;
    return apr_psprintf(pool, "%s. %s", tokex_err_text(err, pool),
                        tokex_err_info(err->code)->remedy);
}

const char *tokex_account_source_check(tokex_account_source_t *source, apr_pool_t *pool)
{
    if (!source || source->kind == TOKEX_ACCOUNTS_OWN)
        return NULL;
    if (source->kind == TOKEX_ACCOUNTS_LDAP)
        return check_ldap(source, pool);
    if (!tokex_account_source_query(source, TOKEX_ACCOUNT_ID))
        return "there is no TokexAccountQuery id, by which accounts are asked for that are linked "
               "already; write one";
    return NULL;
}

const char *tokex_account_source_name(const tokex_account_source_t *source)
{
    if (!source || source->kind == TOKEX_ACCOUNTS_OWN)
        return NULL;
    return source->kind == TOKEX_ACCOUNTS_SQL ? TOKEX_ACCOUNT_SQL : TOKEX_ACCOUNT_LDAP;
}

const tokex_account_query_t *tokex_account_source_query(const tokex_account_source_t *source,
                                                        const char *attribute)
{
    int i;

    for (i = 0; i < source->queries->nelts; i++) {
        const tokex_account_query_t *query =
            &APR_ARRAY_IDX(source->queries, i, tokex_account_query_t);

        if (strcmp(query->attribute, attribute) == 0)
            return query;
    }
    return NULL;
}

const char *tokex_account_source_text(const tokex_account_source_t *source, apr_pool_t *pool)
{
    const char *text = "";
    int i;

    if (!tokex_account_source_name(source))
        return text;
    for (i = 0; i < source->queries->nelts; i++) {
        const tokex_account_query_t *query =
            &APR_ARRAY_IDX(source->queries, i, tokex_account_query_t);

        text = apr_pstrcat(pool, text, query->attribute, " ", query->sql, "\n", NULL);
    }
    if (source->kind != TOKEX_ACCOUNTS_LDAP)
        return text;
    text = apr_pstrcat(pool, source->ldap.url, "\n",
                       source->ldap.bind_dn ? source->ldap.bind_dn : "", "\n", NULL);
    for (i = 0; i < source->ldap.names->nelts; i++) {
        const tokex_account_name_t *pair =
            &APR_ARRAY_IDX(source->ldap.names, i, tokex_account_name_t);

        text = apr_pstrcat(pool, text, pair->name, " ", pair->ldap, "\n", NULL);
    }
    return text;
}
