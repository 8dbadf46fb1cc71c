#include "conf.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "admin.h"
#include "base/json.h"
#include "config/account.h"

#define FILE_MOST (64 * 1024)
#define NAME_MOST 64

static const char *const role_names[] = {"nobody", "viewer", "editor", "administrator"};
static const char *const colours[] = {"grey", "green", "amber", "red", "blue", "violet"};

const char *admin_conf_role_name(admin_role_t role)
{
    return role_names[role];
}

const char *admin_conf_path(const char *directory, const char *argv0, apr_pool_t *pool)
{
    const char *slash = strrchr(argv0, '/'), *name = slash ? slash + 1 : argv0, *at;

    for (at = name; *at; at++)
        if (!apr_isalnum(*at) && (at == name || !strchr("._-", *at)))
            return NULL;
    if (at == name || at - name > NAME_MOST)
        return NULL;
    return apr_pstrcat(pool, directory, "/", name, ".conf", NULL);
}

static bool lists(const apr_array_header_t *names, const char *user)
{
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (strcmp(name, "*") == 0 || strcmp(name, user) == 0)
            return true;
    }
    return false;
}

admin_role_t admin_conf_role(const admin_conf_t *conf, const char *user)
{
    int role;

    for (role = ADMIN_ADMINISTRATOR; role > ADMIN_NOBODY; role--)
        if (lists(conf->names[role], user))
            return (admin_role_t)role;
    return ADMIN_NOBODY;
}

/* ---- Reading */

typedef struct reader_t {
    admin_conf_t *conf;
    const char *directory;
    int line;
    apr_pool_t *pool;
} reader_t;

static const tokex_err_t *refuse(const reader_t *reader, const char *what)
{
    return tokex_err_create(reader->pool, TOKEX_E_FILE, NULL, "%s: line %d: %s", reader->conf->path,
                            reader->line, what);
}

static const tokex_err_t *take_path(const char **out, const reader_t *reader, const char *value)
{
    if (value[0] != '/')
        return refuse(reader, "write the whole path, from / on");
    *out = value;
    return NULL;
}

/* What the header Origin holds (RFC 6454 section 6.2): no path, not even a slash. */
static const tokex_err_t *take_origin(const reader_t *reader, const char *value)
{
    size_t scheme = strncmp(value, "https://", 8) == 0  ? 8
                    : strncmp(value, "http://", 7) == 0 ? 7
                                                        : 0;
    const char *at = value + scheme;

    for (; *at; at++)
        if (!apr_islower(*at) && !apr_isdigit(*at) && !strchr("-.:[]", *at))
            break;
    if (!scheme || *at || !value[scheme])
        return refuse(reader, "origin is https://, the host in small letters, and the port if it "
                              "is not the usual one; nothing behind that");
    reader->conf->origin = value;
    return NULL;
}

/* What a link may have behind it: a path of this server, with its query. */
static const tokex_err_t *take_logout(const reader_t *reader, const char *value)
{
    const char *at = value;

    while (apr_isalnum(*at) || (*at && strchr("/-._~?=&%", *at)))
        at++;
    if (*at || value[0] != '/' || value[1] == '/')
        return refuse(reader, "logout is a path of this server, from / on, as in an address");
    reader->conf->logout = value;
    return NULL;
}

static const tokex_err_t *take_colour(const reader_t *reader, const char *value)
{
    size_t i;

    for (i = 0; i < sizeof colours / sizeof colours[0]; i++)
        if (strcmp(colours[i], value) == 0) {
            reader->conf->colour = value;
            return NULL;
        }
    return refuse(reader, "colour is grey, green, amber, red, blue or violet");
}

static void take_names(const reader_t *reader, int role, char *value)
{
    apr_array_header_t *names = (apr_array_header_t *)reader->conf->names[role];
    char *name;

    while ((name = strsep(&value, " \t")))
        if (*name)
            *(const char **)apr_array_push(names) = name;
}

/* httpd's authentication names what it learns like that; what a client sends never is. */
static bool is_of_login(const char *name)
{
    return strcmp(name, "REMOTE_USER") == 0 ||
           strncmp(name, ADMIN_LOGIN_PREFIX, sizeof(ADMIN_LOGIN_PREFIX) - 1) == 0;
}

/* `account ATTRIBUTE`, `account sql VARIABLE`, `account ldap VARIABLE`. */
static const tokex_err_t *take_account(const reader_t *reader, char *value)
{
    admin_conf_t *conf = reader->conf;
    char *source = strsep(&value, " \t");

    conf->account_by = value ? value + strspn(value, " \t") : source;
    conf->account_source = value ? source : NULL;
    if (!value)
        return NULL;
    if (strcmp(source, TOKEX_ACCOUNT_SQL) != 0 && strcmp(source, TOKEX_ACCOUNT_LDAP) != 0)
        return refuse(reader, "account is an attribute, or sql or ldap and a variable");
    return is_of_login(conf->account_by)
               ? NULL
               : refuse(reader, "the variable is REMOTE_USER, or begins with AUTHENTICATE_");
}

static const tokex_err_t *take_own(const reader_t *reader, const char *word, char *value)
{
    admin_conf_t *conf = reader->conf;

    if (strcmp(word, "account") == 0)
        return take_account(reader, value);
    if (strcmp(word, "client") == 0)
        conf->client = value;
    else if (strcmp(word, "server") == 0)
        conf->virtual_host = value;
    else
        return refuse(reader, "the word is none of directory, config_db, state_db, master_key, "
                              "origin, logout, label, colour, client, server, account");
    return NULL;
}

static const tokex_err_t *take_role(const reader_t *reader, const char *word, char *value)
{
    int role;

    for (role = ADMIN_VIEWER; role <= ADMIN_ADMINISTRATOR; role++)
        if (strcmp(word, role_names[role]) == 0) {
            take_names(reader, role, value);
            return NULL;
        }
    return refuse(reader, "the word is none of directory, config_db, state_db, master_key, "
                          "origin, logout, label, colour, viewer, editor, administrator");
}

static const tokex_err_t *take_value(reader_t *reader, const char *word, char *value)
{
    admin_conf_t *conf = reader->conf;

    if (strcmp(word, "directory") == 0)
        return take_path(&reader->directory, reader, value);
    if (strcmp(word, "config_db") == 0)
        return take_path(&conf->config_path, reader, value);
    if (strcmp(word, "state_db") == 0)
        return take_path(&conf->state_path, reader, value);
    if (strcmp(word, "master_key") == 0)
        return take_path(&conf->master_path, reader, value);
    if (strcmp(word, "origin") == 0)
        return take_origin(reader, value);
    if (strcmp(word, "logout") == 0)
        return take_logout(reader, value);
    if (strcmp(word, "colour") == 0)
        return take_colour(reader, value);
    if (strcmp(word, "label") != 0)
        return admin_program.own ? take_own(reader, word, value) : take_role(reader, word, value);
    conf->label = value;
    return NULL;
}

static const tokex_err_t *take_line(reader_t *reader, char *line)
{
    char *end, *value;

    line += strspn(line, " \t");
    for (end = line + strlen(line); end > line && strchr(" \t\r", end[-1]); end--)
        end[-1] = '\0';
    if (!*line || *line == '#')
        return NULL;
    value = line + strcspn(line, " \t");
    if (!*value)
        return refuse(reader, "a word stands without its value");
    *value++ = '\0';
    return take_value(reader, line, value + strspn(value, " \t"));
}

static const tokex_err_t *fail(const char *path, apr_status_t status, apr_pool_t *pool)
{
    char text[120];

    return tokex_err_create(pool, TOKEX_E_FILE, NULL, "%s: %s", path,
                            apr_strerror(status, text, sizeof text));
}

static const tokex_err_t *read_file(char **out, const char *path, apr_pool_t *pool)
{
    apr_size_t len = FILE_MOST;
    apr_finfo_t info;
    apr_file_t *file;
    apr_status_t status = apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool);

    if (status == APR_SUCCESS)
        status = apr_file_info_get(&info, APR_FINFO_PROT, file);
    if (status != APR_SUCCESS)
        return fail(path, status, pool);
    if (info.protection & (APR_FPROT_GWRITE | APR_FPROT_WWRITE))
        return tokex_err_create(pool, TOKEX_E_FILE_MODE, NULL,
                                "%s: others than its owner may write it", path);
    *out = apr_pcalloc(pool, FILE_MOST + 1);
    status = apr_file_read_full(file, *out, FILE_MOST, &len);
    apr_file_close(file);
    if (status != APR_SUCCESS && !APR_STATUS_IS_EOF(status))
        return fail(path, status, pool);
    if (len == FILE_MOST || strlen(*out) != len || !tokex_json_is_utf8(*out, len))
        return tokex_err_create(pool, TOKEX_E_FILE, NULL, "%s: it is no text of at most %d octets",
                                path, FILE_MOST);
    return NULL;
}

static const tokex_err_t *complete(reader_t *reader)
{
    admin_conf_t *conf = reader->conf;
    const char *directory = reader->directory;

    if (!conf->config_path)
        conf->config_path = apr_pstrcat(reader->pool, directory, "/config/config.db", NULL);
    if (!conf->state_path)
        conf->state_path = apr_pstrcat(reader->pool, directory, "/state/state.db", NULL);
    if (!conf->master_path)
        conf->master_path = apr_pstrcat(reader->pool, directory, "/master.key", NULL);
    if (!conf->origin)
        return tokex_err_create(reader->pool, TOKEX_E_FILE, NULL,
                                "%s: origin is missing: write `origin https://` and the host that "
                                "the pages are reached at",
                                conf->path);
    if (admin_program.own && !conf->client)
        return tokex_err_create(reader->pool, TOKEX_E_FILE, NULL,
                                "%s: client is missing: write `client` and the id of the client "
                                "whose settings judge the tokens that users present",
                                conf->path);
    return NULL;
}

const tokex_err_t *admin_conf_read(const admin_conf_t **out, const char *path, apr_pool_t *pool)
{
    admin_conf_t *conf = apr_pcalloc(pool, sizeof *conf);
    reader_t reader = {conf, TOKEX_DIRECTORY, 0, pool};
    char *text, *line;
    int role;

    conf->path = path;
    conf->label = "";
    conf->colour = "grey";
    conf->account_by = TOKEX_ACCOUNT_USERNAME;
    for (role = 0; role <= ADMIN_ADMINISTRATOR; role++)
        conf->names[role] = apr_array_make(pool, 4, sizeof(const char *));
    TOKEX_RETURN_ERR(read_file(&text, path, pool));
    while ((line = strsep(&text, "\n"))) {
        reader.line++;
        TOKEX_RETURN_ERR(take_line(&reader, line));
    }
    TOKEX_RETURN_ERR(complete(&reader));
    *out = conf;
    return NULL;
}
