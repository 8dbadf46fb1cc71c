#include "account_ldap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <apr_dso.h>
#include <apr_escape.h>
#include <apr_strings.h>
#include <http_config.h>
#include <util_ldap.h>

#include "directives.h"

/* Octets of a password's file, at most. */
#define PASSWORD_MAX 1024

/* ---- Configuration */

const char *tokex_account_ldap_name(const tokex_account_ldap_t *ldap, const char *name)
{
    /* RFC 4519, RFC 4524, RFC 4530. */
    static const tokex_account_name_t usual[] = {{TOKEX_ACCOUNT_ID, "entryUUID"},
                                                 {TOKEX_ACCOUNT_USERNAME, "uid"},
                                                 {TOKEX_ACCOUNT_EMAIL, "mail"},
                                                 {TOKEX_ACCOUNT_MOBILE, "mobile"}};
    size_t n;
    int i;

    for (i = 0; i < ldap->names->nelts; i++) {
        const tokex_account_name_t *pair = &APR_ARRAY_IDX(ldap->names, i, tokex_account_name_t);

        if (strcmp(pair->name, name) == 0)
            return pair->ldap;
    }
    for (n = 0; n < sizeof usual / sizeof usual[0]; n++) {
        if (strcmp(usual[n].name, name) == 0)
            return usual[n].ldap;
    }
    return NULL;
}

static const tokex_err_t *file_error(const char *path, const char *what, apr_pool_t *pool)
{
    int saved = errno;

    return tokex_err_create(pool, TOKEX_E_FILE, NULL, "password file %s: %s: %s", path, what,
                            strerror(saved));
}

/* Looked at through the descriptor, so that the file that is judged is the file that is read. */
static const tokex_err_t *read_file(tokex_account_ldap_t *ldap, int fd, apr_pool_t *pool)
{
    char *text = apr_pcalloc(pool, PASSWORD_MAX + 2);
    const char *path = ldap->bind_file;
    struct stat st;
    ssize_t len;

    if (fstat(fd, &st))
        return file_error(path, "cannot be examined", pool);
    if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXO | S_IWGRP)))
        return tokex_err_create(pool, TOKEX_E_FILE_MODE, NULL,
                                "password file %s has mode %04o: others must have no access and "
                                "the group must not write; run chmod g-w,o-rwx on it",
                                path, (unsigned)(st.st_mode & 07777));
    len = S_ISREG(st.st_mode) ? read(fd, text, PASSWORD_MAX + 1) : 0;
    if (len < 0)
        return file_error(path, "cannot be read", pool);
    text[strcspn(text, "\r\n")] = '\0';
    if (!*text || len > PASSWORD_MAX)
        return tokex_err_create(pool, TOKEX_E_FILE, NULL,
                                "password file %s holds no password in its first line", path);
    ldap->bind_password = text;
    return NULL;
}

const tokex_err_t *tokex_account_ldap_read_password(tokex_account_ldap_t *ldap, apr_pool_t *pool)
{
    /* O_NONBLOCK: a FIFO in its place must not hang the start of the server. */
    int fd = open(ldap->bind_file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    const tokex_err_t *err;

    if (fd < 0)
        return file_error(ldap->bind_file, "cannot be opened", pool);
    err = read_file(ldap, fd, pool);
    (void)close(fd);
    return err;
}

#if APR_HAS_LDAP

#include <apr_ldap_url.h>

/* Seconds that a search may take. */
#define SEARCH_SECONDS 3
/* One more than there may be shows that there are several. */
#define ENTRIES_MOST 2

/* ---- libldap: the one that mod_ldap is linked with, and nobody else needs */

#define FUNCTIONS(F)                                                                               \
    F(search_ext_s)                                                                                \
    F(count_entries)                                                                               \
    F(first_entry)                                                                                 \
    F(get_values_len)                                                                              \
    F(value_free_len)                                                                              \
    F(get_dn)                                                                                      \
    F(memfree)                                                                                     \
    F(msgfree)                                                                                     \
    F(err2string)

typedef struct library_t {
#define MEMBER(name) __typeof__(ldap_##name) *(name);
    FUNCTIONS(MEMBER)
#undef MEMBER
} library_t;

/* C has no conversion from what a loader gives to a function. */
static bool find_function(apr_dso_handle_t *handle, const char *name, void *place)
{
    apr_dso_handle_sym_t found = NULL;

    if (apr_dso_sym(&found, handle, name) != APR_SUCCESS)
        return false;
    memcpy(place, &found, sizeof(found));
    return found != NULL;
}

static bool find_library(library_t *library)
{
    const module *mod_ldap = ap_find_linked_module("util_ldap.c");
    bool complete = mod_ldap && mod_ldap->dynamic_load_handle;

#define FIND(name)                                                                                 \
    complete =                                                                                     \
        complete && find_function(mod_ldap->dynamic_load_handle, "ldap_" #name, &library->name);
    FUNCTIONS(FIND)
#undef FIND
    return complete;
}

typedef APR_OPTIONAL_FN_TYPE(uldap_connection_find) find_t;
typedef APR_OPTIONAL_FN_TYPE(uldap_connection_open) open_t;
typedef APR_OPTIONAL_FN_TYPE(uldap_connection_unbind) unbind_t;
typedef APR_OPTIONAL_FN_TYPE(uldap_connection_close) close_t;

bool tokex_account_ldap_is_there(void)
{
    library_t library;

    return APR_RETRIEVE_OPTIONAL_FN(uldap_connection_find) &&
           APR_RETRIEVE_OPTIONAL_FN(uldap_connection_open) &&
           APR_RETRIEVE_OPTIONAL_FN(uldap_connection_unbind) &&
           APR_RETRIEVE_OPTIONAL_FN(uldap_connection_close) && find_library(&library);
}

/* ---- Its URL */

static const char *refuse_url(const char *url, const char *why, apr_pool_t *pool)
{
    return apr_psprintf(pool,
                        "TokexAccountLDAP: \"%s\" %s; write such as "
                        "ldaps://ldap.example.org/ou=people,dc=example,dc=org??sub?"
                        "(objectClass=inetOrgPerson)",
                        url, why);
}

/* APR leaves a port where it stood, but behind an IPv6 address. */
static bool is_loopback(const char *host, apr_pool_t *pool)
{
    const char *colon = strchr(host, ':');

    if (colon && !strchr(colon + 1, ':'))
        host = apr_pstrmemdup(pool, host, (apr_size_t)(colon - host));
    return tokex_directives_is_loopback(host);
}

static const char *in_brackets(const char *filter, apr_pool_t *pool)
{
    if (!filter || !*filter)
        return "(objectClass=*)";
    return *filter == '(' ? filter : apr_pstrcat(pool, "(", filter, ")", NULL);
}

const char *tokex_account_ldap_set_url(tokex_account_ldap_t *ldap, const char *url, bool starttls,
                                       apr_pool_t *pool)
{
    apr_ldap_err_t *result = NULL;
    apr_ldap_url_desc_t *parts;

    if (apr_ldap_url_parse(pool, url, &parts, &result) != APR_SUCCESS)
        return refuse_url(url, "is no URL of a directory", pool);
    if (!parts->lud_host || !*parts->lud_host || strcmp(parts->lud_scheme, "ldapi") == 0)
        return refuse_url(url, "names no host", pool);
    if (parts->lud_attrs && parts->lud_attrs[0] && *parts->lud_attrs[0])
        return refuse_url(
            url, "names attributes, which is what TokexAccountLDAPMap does; leave them out", pool);
    ldap->secure = strcmp(parts->lud_scheme, "ldaps") == 0 ? APR_LDAP_SSL
                   : starttls                              ? APR_LDAP_STARTTLS
                                                           : APR_LDAP_NONE;
    if (ldap->secure == APR_LDAP_NONE && !is_loopback(parts->lud_host, pool))
        return refuse_url(url,
                          "reaches the directory without TLS, so that whoever is on the way could "
                          "say who comes in; write ldaps://, or STARTTLS behind it",
                          pool);
    ldap->url = url;
    ldap->host = parts->lud_host;
    ldap->port = parts->lud_port;
    ldap->base = parts->lud_dn ? parts->lud_dn : "";
    ldap->scope =
        parts->lud_scope == LDAP_SCOPE_ONELEVEL ? LDAP_SCOPE_ONELEVEL : LDAP_SCOPE_SUBTREE;
    ldap->filter = in_brackets(parts->lud_filter, pool);
    return NULL;
}

/* ---- One question on one connection */

typedef struct asking_t {
    library_t ldap;
    const tokex_account_ldap_t *config;
    util_ldap_connection_t *connection;
    request_rec *r;
    apr_pool_t *pool;
} asking_t;

static const tokex_err_t *unanswered(const asking_t *asking, const char *why)
{
    return tokex_err_create(asking->pool, TOKEX_E_DB_OPEN, NULL,
                            "the site's directory %s does not answer: %s", asking->config->host,
                            why);
}

static const tokex_err_t *connect_to(const asking_t *asking)
{
    open_t *open_connection = APR_RETRIEVE_OPTIONAL_FN(uldap_connection_open);
    int code = open_connection(asking->r, asking->connection);

    if (code == LDAP_SUCCESS)
        return NULL;
    return unanswered(asking, asking->connection->reason ? asking->connection->reason
                                                         : asking->ldap.err2string(code));
}

static bool is_broken(int code)
{
    return code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR || code == LDAP_UNAVAILABLE ||
           code == LDAP_BUSY;
}

typedef struct search_t {
    const char *base;
    int scope;
    const char *filter;
    char **attributes;
} search_t;

static int search_once(LDAPMessage **out, const asking_t *asking, const search_t *search)
{
    struct timeval most = {SEARCH_SECONDS, 0};

    *out = NULL;
    return asking->ldap.search_ext_s(asking->connection->ldap, search->base, search->scope,
                                     search->filter, search->attributes, 0, NULL, NULL, &most,
                                     ENTRIES_MOST, out);
}

/* `*out` is to be freed, error or not. `*cut`: there are more entries than it has, as the directory
 * may have a smaller limit than ours. */
static const tokex_err_t *search_for(LDAPMessage **out, bool *cut, const asking_t *asking,
                                     const search_t *search)
{
    unbind_t *unbind = APR_RETRIEVE_OPTIONAL_FN(uldap_connection_unbind);
    int code;

    *out = NULL;
    *cut = false;
    TOKEX_RETURN_ERR(connect_to(asking));
    code = search_once(out, asking, search);
    /* One that was kept may be of a server that was restarted since. */
    if (is_broken(code)) {
        if (*out)
            asking->ldap.msgfree(*out);
        *out = NULL;
        (void)unbind(asking->connection);
        TOKEX_RETURN_ERR(connect_to(asking));
        code = search_once(out, asking, search);
    }
    *cut = code == LDAP_SIZELIMIT_EXCEEDED;
    if (code == LDAP_SUCCESS || code == LDAP_SIZELIMIT_EXCEEDED || code == LDAP_NO_SUCH_OBJECT)
        return NULL;
    (void)unbind(asking->connection);
    if (is_broken(code) || code == LDAP_TIMEOUT || code == LDAP_TIMELIMIT_EXCEEDED)
        return unanswered(asking, asking->ldap.err2string(code));
    return tokex_err_create(asking->pool, TOKEX_E_DB_QUERY, NULL,
                            "the site's directory refuses the search: %s",
                            asking->ldap.err2string(code));
}

static int count_of(const asking_t *asking, LDAPMessage *message)
{
    int count = message ? asking->ldap.count_entries(asking->connection->ldap, message) : 0;

    return count < 0 ? 0 : count;
}

static void free_found(const asking_t *asking, LDAPMessage *message)
{
    if (message)
        (void)asking->ldap.msgfree(message);
}

/* ---- What the entry says */

static void read_values(tokex_account_column_t *column, const asking_t *asking, LDAPMessage *entry,
                        const char *attribute)
{
    struct berval **values =
        asking->ldap.get_values_len(asking->connection->ldap, entry, attribute);
    apr_array_header_t *texts = apr_array_make(asking->pool, 2, sizeof(const char *));
    int i;

    for (i = 0; values && values[i]; i++) {
        /* What has an octet that is zero is no text. */
        if (!memchr(values[i]->bv_val, '\0', values[i]->bv_len))
            APR_ARRAY_PUSH(texts, const char *) =
                apr_pstrmemdup(asking->pool, values[i]->bv_val, values[i]->bv_len);
    }
    if (values)
        asking->ldap.value_free_len(values);
    column->values = (const char *const *)texts->elts;
    column->count = texts->nelts;
}

static bool is_filter(const char *name)
{
    return strcmp(name, TOKEX_ACCOUNT_ACTIVE) == 0 || strcmp(name, TOKEX_ACCOUNT_PRIVILEGED) == 0;
}

/* The members that are attributes of the directory, the usual ones and those of the site. */
static const apr_array_header_t *members(const tokex_account_ldap_t *ldap, apr_pool_t *pool)
{
    static const char *const usual[] = {TOKEX_ACCOUNT_ID, TOKEX_ACCOUNT_USERNAME,
                                        TOKEX_ACCOUNT_EMAIL, TOKEX_ACCOUNT_MOBILE};
    apr_array_header_t *all = apr_array_make(pool, 8, sizeof(tokex_account_name_t));
    size_t n;
    int i;

    for (n = 0; n < sizeof usual / sizeof usual[0]; n++)
        *(tokex_account_name_t *)apr_array_push(all) =
            (tokex_account_name_t){usual[n], tokex_account_ldap_name(ldap, usual[n])};
    for (i = 0; i < ldap->names->nelts; i++) {
        const tokex_account_name_t *pair = &APR_ARRAY_IDX(ldap->names, i, tokex_account_name_t);

        for (n = 0; n < sizeof usual / sizeof usual[0]; n++) {
            if (strcmp(pair->name, usual[n]) == 0)
                break;
        }
        if (n == sizeof usual / sizeof usual[0] && !is_filter(pair->name))
            *(tokex_account_name_t *)apr_array_push(all) = *pair;
    }
    return all;
}

/* Has the entry `dn` what the filter of `name` asks for? A directory that does not say so says no.
 */
static const tokex_err_t *ask_filter(tokex_account_column_t *column, const asking_t *asking,
                                     const char *dn, const char *name)
{
    static const char *const yes[] = {"1"}, *const no[] = {"0"};
    char none[] = LDAP_NO_ATTRS;
    char *attributes[] = {none, NULL};
    const search_t search = {dn, LDAP_SCOPE_BASE, tokex_account_ldap_name(asking->config, name),
                             attributes};
    LDAPMessage *message;
    bool cut;
    const tokex_err_t *err = search_for(&message, &cut, asking, &search);

    column->name = name;
    column->values = !err && !cut && count_of(asking, message) == 1 ? yes : no;
    column->count = 1;
    free_found(asking, message);
    return err;
}

static const tokex_err_t *ask_filters(tokex_account_column_t *columns, int *count,
                                      const asking_t *asking, const char *dn)
{
    TOKEX_RETURN_ERR(ask_filter(&columns[(*count)++], asking, dn, TOKEX_ACCOUNT_ACTIVE));
    if (tokex_account_ldap_name(asking->config, TOKEX_ACCOUNT_PRIVILEGED))
        return ask_filter(&columns[(*count)++], asking, dn, TOKEX_ACCOUNT_PRIVILEGED);
    return NULL;
}

static const tokex_err_t *read_entry(tokex_account_found_t *out, const asking_t *asking,
                                     const apr_array_header_t *all, LDAPMessage *message)
{
    LDAPMessage *entry = asking->ldap.first_entry(asking->connection->ldap, message);
    tokex_account_column_t *columns =
        apr_pcalloc(asking->pool, ((apr_size_t)all->nelts + 2) * sizeof(*columns));
    char *dn = asking->ldap.get_dn(asking->connection->ldap, entry);
    const char *copy = apr_pstrdup(asking->pool, dn);
    int i;

    if (dn)
        asking->ldap.memfree(dn);
    for (i = 0; i < all->nelts; i++) {
        const tokex_account_name_t *pair = &APR_ARRAY_IDX(all, i, tokex_account_name_t);

        columns[i].name = pair->name;
        read_values(&columns[i], asking, entry, pair->ldap);
    }
    out->columns = columns;
    out->column_count = all->nelts;
    if (!copy)
        return unanswered(asking, "an entry has no name");
    return ask_filters(columns, &out->column_count, asking, copy);
}

static char **attributes_of(const apr_array_header_t *all, apr_pool_t *pool)
{
    char **names = apr_pcalloc(pool, ((apr_size_t)all->nelts + 1) * sizeof(*names));
    int i;

    for (i = 0; i < all->nelts; i++)
        names[i] = apr_pstrdup(pool, APR_ARRAY_IDX(all, i, tokex_account_name_t).ldap);
    return names;
}

static const tokex_err_t *ask(tokex_account_found_t *out, const asking_t *asking,
                              const char *attribute, const char *value)
{
    const tokex_account_ldap_t *config = asking->config;
    const apr_array_header_t *all = members(config, asking->pool);
    const search_t search = {config->base, config->scope,
                             apr_pstrcat(asking->pool, "(&", config->filter, "(", attribute, "=",
                                         apr_pescape_ldap(asking->pool, value, APR_ESCAPE_STRING,
                                                          APR_ESCAPE_LDAP_FILTER),
                                         "))", NULL),
                             attributes_of(all, asking->pool)};
    LDAPMessage *message;
    bool cut;
    const tokex_err_t *err = search_for(&message, &cut, asking, &search);

    *out = (tokex_account_found_t){0, NULL, 0};
    if (!err)
        out->count = cut ? ENTRIES_MOST : count_of(asking, message);
    if (out->count == 1)
        err = read_entry(out, asking, all, message);
    free_found(asking, message);
    return err;
}

const tokex_err_t *tokex_account_ldap_ask(tokex_account_found_t *out,
                                          const tokex_account_ldap_t *ldap,
                                          const tokex_account_key_t *key, request_rec *r,
                                          apr_pool_t *pool)
{
    find_t *find = APR_RETRIEVE_OPTIONAL_FN(uldap_connection_find);
    close_t *give_back = APR_RETRIEVE_OPTIONAL_FN(uldap_connection_close);
    const char *attribute = tokex_account_ldap_name(ldap, key->attribute);
    asking_t asking = {.config = ldap, .r = r, .pool = pool};
    const tokex_err_t *err;

    if (!attribute)
        return tokex_err_create(
            pool, TOKEX_E_DB_QUERY, NULL,
            "accounts are looked for by \"%s\", and no TokexAccountLDAPMap says "
            "what that is in the directory",
            tokex_err_shown(pool, key->attribute, strlen(key->attribute)));
    if (!find_library(&asking.ldap))
        return unanswered(&asking, "mod_ldap is not loaded");
    asking.connection =
        find(r, ldap->host, ldap->port, ldap->bind_dn, ldap->bind_password, always, ldap->secure);
    if (!asking.connection)
        return unanswered(&asking, "mod_ldap has no connection");
    err = ask(out, &asking, attribute, key->value);
    give_back(asking.connection);
    return err;
}

#else

bool tokex_account_ldap_is_there(void)
{
    return false;
}

const char *tokex_account_ldap_set_url(tokex_account_ldap_t *ldap, const char *url, bool starttls,
                                       apr_pool_t *pool)
{
    (void)ldap;
    (void)url;
    (void)starttls;
    (void)pool;
    return "TokexAccountLDAP: APR-util was built without LDAP";
}

const tokex_err_t *tokex_account_ldap_ask(tokex_account_found_t *out,
                                          const tokex_account_ldap_t *ldap,
                                          const tokex_account_key_t *key, request_rec *r,
                                          apr_pool_t *pool)
{
    (void)out;
    (void)ldap;
    (void)key;
    (void)r;
    return tokex_err_create(pool, TOKEX_E_DB_OPEN, NULL, "APR-util was built without LDAP");
}

#endif
