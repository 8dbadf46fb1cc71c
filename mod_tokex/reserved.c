#include "reserved.h"

#include <apr_lib.h>
#include <apr_strings.h>

typedef struct reserved_t {
    const char *name;
    apr_size_t len;
    bool is_prefix;
} reserved_t;

static bool is_noted(const apr_array_header_t *list, const char *name, bool is_prefix)
{
    int i;

    for (i = 0; i < list->nelts; i++) {
        const reserved_t *reserved = &APR_ARRAY_IDX(list, i, reserved_t);

        if (reserved->is_prefix == is_prefix && strcasecmp(reserved->name, name) == 0)
            return true;
    }
    return false;
}

void tokex_reserved_add(cmd_parms *cmd, const char *name, bool is_prefix)
{
    tokex_conf_t *conf = tokex_directives_server_conf(cmd->server);
    reserved_t *reserved;

    if (!conf->reserved)
        conf->reserved = apr_array_make(cmd->pool, 4, sizeof(reserved_t));
    /* A server with a thousand locations has three names. */
    if (is_noted(conf->reserved, name, is_prefix))
        return;
    reserved = apr_array_push(conf->reserved);
    reserved->name = name;
    reserved->len = strlen(name);
    reserved->is_prefix = is_prefix;
}

/* CGI, FastCGI and WSGI make `_` of every character that is no letter and no digit. */
static bool is_alike(char a, char b)
{
    if (!apr_isalnum(a))
        return !apr_isalnum(b);
    return apr_tolower(a) == apr_tolower(b);
}

static bool fits(const reserved_t *reserved, const char *name)
{
    apr_size_t i;

    for (i = 0; i < reserved->len; i++) {
        if (!name[i] || !is_alike(reserved->name[i], name[i]))
            return false;
    }
    return reserved->is_prefix || !name[i];
}

static bool is_reserved(const tokex_conf_t *conf, const char *name)
{
    int i;

    for (i = 0; i < conf->reserved->nelts; i++) {
        if (fits(&APR_ARRAY_IDX(conf->reserved, i, reserved_t), name))
            return true;
    }
    return false;
}

void tokex_reserved_scrub(request_rec *r, const tokex_conf_t *conf)
{
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    int i = 0;

    while (i < headers->nelts) {
        const char *name = APR_ARRAY_IDX(headers, i, apr_table_entry_t).key;

        if (is_reserved(conf, name)) {
            /* Takes away all of that name, so what follows has moved. */
            apr_table_unset(r->headers_in, name);
            i = 0;
        } else {
            i++;
        }
    }
}

bool tokex_reserved_is_variable(const tokex_conf_t *conf, const char *variable)
{
    static const char prefix[] = "HTTP_";
    const char *name = variable + sizeof(prefix) - 1;

    return strncmp(variable, prefix, sizeof(prefix) - 1) == 0 &&
           (strcmp(name, "AUTHORIZATION") == 0 || is_reserved(conf, name));
}

static char *trim(char *text)
{
    char *end;

    text += strspn(text, " \t");
    end = text + strlen(text);
    while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    return text;
}

/* mod_proxy cuts names at blanks and semicolons too, and not always at their beginnings: an element
 * that is not one name is nobody's. */
static bool is_name(const char *text)
{
    const char *c;

    for (c = text; *c; c++) {
        if (!apr_isalnum(*c) && *c != '-' && *c != '_')
            return false;
    }
    return c != text;
}

void tokex_reserved_keep(request_rec *r, const tokex_conf_t *conf)
{
    const char *value = apr_table_get(r->headers_in, "Connection");
    const char *kept = NULL;
    char *list, *element, *last;

    if (!value)
        return;
    list = apr_pstrdup(r->pool, value);
    for (element = apr_strtok(list, ",", &last); element; element = apr_strtok(NULL, ",", &last)) {
        element = trim(element);
        if (!is_name(element) || strcasecmp(element, "Authorization") == 0 ||
            is_reserved(conf, element))
            continue;
        kept = kept ? apr_pstrcat(r->pool, kept, ", ", element, NULL) : element;
    }
    if (kept)
        apr_table_setn(r->headers_in, "Connection", kept);
    else
        apr_table_unset(r->headers_in, "Connection");
}
