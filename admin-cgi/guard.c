#include "guard.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "base/form.h"
#include "crypt/random.h"
#include "route.h"

#define TOKEN_LIFETIME 86400
#define RANDOM_OCTETS 16
#define USER_MOST 256

/* ---- Origin */

bool admin_guard_origin(const char *origin, const char *fetch_site, const char *ours)
{
    bool named = origin && strcmp(origin, "null") != 0;

    if (named && strcmp(origin, ours) != 0)
        return false;
    if (fetch_site && strcmp(fetch_site, "same-origin") != 0)
        return false;
    return named || fetch_site;
}

/* ---- Token */

static const char *name_for(const char *user, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "form of ", admin_program.name, " for ", user, NULL);
}

const tokex_err_t *admin_guard_token(const char **out, const char *user, int64_t now,
                                     const tokex_master_key_t *master, const tokex_crypt_t *crypt,
                                     apr_pool_t *pool)
{
    unsigned char octets[RANDOM_OCTETS + sizeof now];

    TOKEX_RETURN_ERR(tokex_random_bytes(octets, RANDOM_OCTETS, pool));
    memcpy(octets + RANDOM_OCTETS, &now, sizeof now);
    return tokex_seal_close(out, master, name_for(user, pool), octets, sizeof octets, crypt, pool);
}

bool admin_guard_is_token(const char *token, const char *user, int64_t now,
                          const tokex_master_key_t *master, const tokex_crypt_t *crypt,
                          apr_pool_t *pool)
{
    const unsigned char *octets;
    apr_size_t len;
    int64_t made;

    if (!token || tokex_seal_open(&octets, &len, master, name_for(user, pool), token, crypt, pool))
        return false;
    if (len != RANDOM_OCTETS + sizeof made)
        return false;
    memcpy(&made, octets + RANDOM_OCTETS, sizeof made);
    return made <= now + 60 && made > now - TOKEN_LIFETIME;
}

const tokex_err_t *admin_token(admin_t *a)
{
    if (a->token)
        return NULL;
    TOKEX_RETURN_ERR(admin_open_master(a));
    return admin_guard_token(&a->token, a->request->user, a->now, a->master, a->crypt, a->pool);
}

const tokex_err_t *admin_put_form(admin_t *a, const char *path)
{
    TOKEX_RETURN_ERR(admin_token(a));
    html_put(a->html,
             "<form method=\"post\" action=\"%s\" autocomplete=\"off\">"
             "<input type=\"hidden\" name=\"token\" value=\"%s\">",
             admin_url(a, path, NULL, NULL), a->token);
    return NULL;
}

/* ---- Bodies */

/* Reads up to `len` octets; how many there were, one more where there is more than that. */
static apr_size_t read_body(char *out, apr_size_t len, int fd)
{
    apr_size_t got = 0;
    ssize_t count;

    do {
        count = read(fd, out + got, len + 1 - got);
        if (count > 0)
            got += (apr_size_t)count;
    } while ((count > 0 && got <= len) || (count < 0 && errno == EINTR));
    return got;
}

static admin_no_t no(int status, const char *text)
{
    return (admin_no_t){status, text, NULL};
}

static const admin_no_t pass = {0, NULL, NULL};

static admin_no_t take_form(admin_t *a, int fd)
{
    const admin_declared_t declared = admin_route_declared(a->route);
    apr_size_t most = a->route->most ? a->route->most : ADMIN_ROUTE_BODY, len;
    const char *problem;
    char *body;
    int status = admin_input_length(&len, a->request->content_length, most);

    if (status == 413)
        return no(413, apr_psprintf(a->pool,
                                    "This form holds more than the %" APR_SIZE_T_FMT
                                    " octets that it may. Nothing was changed.",
                                    most));
    if (status)
        return no(400, "The request does not say how long its form is.");
    body = apr_palloc(a->pool, len + 2);
    if (read_body(body, len, fd) != len)
        return no(400, "The form is not as long as the request says. Nothing was changed.");
    problem = admin_input_parse((admin_input_t **)&a->form, body, len, &declared, a->pool);
    return problem ? no(400, apr_pstrcat(a->pool, "The form cannot be read. ", problem,
                                         " Nothing was changed.", NULL))
                   : pass;
}

/* ---- In order */

static admin_no_t check_post(admin_t *a, int fd)
{
    const admin_request_t *r = a->request;
    admin_no_t answer;

    if (!admin_guard_origin(r->origin, r->fetch_site, a->conf->origin))
        return no(403,
                  apr_pstrcat(a->pool,
                              "The form was not sent from a page of ours, or these pages are "
                              "reached by another name than ",
                              a->conf->origin,
                              " (origin in the configuration file). Nothing was changed.", NULL));
    if (!tokex_form_is_content_type(r->content_type))
        return no(403, "What was sent is no form of ours. Nothing was changed.");
    if (r->query && *r->query)
        return no(400, "A form has no query. Nothing was changed.");
    answer = take_form(a, fd);
    if (answer.status)
        return answer;
    if (admin_open_master(a))
        return no(500, "The master key cannot be read, so no form can be taken.");
    if (!admin_guard_is_token(admin_input_get(a->form, "token"), r->user, a->now, a->master,
                              a->crypt, a->pool))
        return no(403, "The form was not made for you, or it is older than a day. Go back, load "
                       "the page again and send the form from there. Nothing was changed.");
    return pass;
}

static admin_no_t check_get(admin_t *a)
{
    const admin_declared_t declared = admin_route_declared(a->route);
    const char *query = a->request->query ? a->request->query : "";
    const char *problem =
        admin_input_parse((admin_input_t **)&a->query, query, strlen(query), &declared, a->pool);

    return problem ? no(400, apr_pstrcat(a->pool, "The address of this page cannot be read. ",
                                         problem, NULL))
                   : pass;
}

static const char *who_may(const admin_t *a)
{
    int role;
    const char *names = "";

    for (role = a->route->role; role <= ADMIN_ADMINISTRATOR; role++)
        if (a->conf->names[role]->nelts)
            names = apr_pstrcat(a->pool, names, *names ? ", " : "",
                                apr_array_pstrcat(a->pool, a->conf->names[role], ' '), NULL);
    return *names ? names : "nobody";
}

admin_no_t admin_guard(admin_t *a, int fd)
{
    const admin_request_t *r = a->request;
    bool posts = r->method && strcmp(r->method, "POST") == 0;
    const char *method = r->method && strcmp(r->method, "HEAD") == 0 ? "GET" : r->method;
    const char *allow;

    if (!r->user || !*r->user || strlen(r->user) > USER_MOST)
        return no(403, "Nobody is logged in. The web server must ask who it is before these pages "
                       "are reached: see docs/console.md.");
    a->role = admin_program.own ? ADMIN_EDITOR : admin_conf_role(a->conf, r->user);
    if (a->role == ADMIN_NOBODY)
        return no(403, "You have no role here. An administrator adds you to the configuration "
                       "file of the console.");
    a->route = admin_route_find(&allow, method ? method : "", r->path);
    if (!a->route && allow)
        return (admin_no_t){405, "This page is not asked for in this way.", allow};
    if (!a->route)
        return no(404, "The address is mistyped, or what stood there is gone.");
    if (a->route->role == ADMIN_NOBODY || a->role < a->route->role)
        return no(403, apr_psprintf(a->pool,
                                    "This needs the role %s, and yours is %s. Those who may: %s.",
                                    admin_conf_role_name(a->route->role),
                                    admin_conf_role_name(a->role), who_may(a)));
    return posts ? check_post(a, fd) : check_get(a);
}
