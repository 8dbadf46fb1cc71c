#include "admin.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "layout.h"
#include "route.h"

/* ---- Databases */

/* A form that a viewer may send changes nothing. */
static bool changes(const admin_t *a)
{
    return a->form && a->route->role > ADMIN_VIEWER;
}

const tokex_err_t *admin_open_config(admin_t *a)
{
    if (a->config)
        return NULL;
    return tokex_db_open(&a->config, a->conf->config_path, TOKEX_DB_CONFIG,
                         changes(a) ? TOKEX_DB_WRITE
                         : a->form  ? TOKEX_DB_READ
                                    : TOKEX_DB_LOOK,
                         false, a->pool);
}

const tokex_err_t *admin_open_state(admin_t *a)
{
    if (a->state)
        return NULL;
    return tokex_db_open(&a->state, a->conf->state_path, TOKEX_DB_STATE,
                         a->form ? TOKEX_DB_READ : TOKEX_DB_LOOK, false, a->pool);
}

const tokex_err_t *admin_write_state(admin_t *a)
{
    return tokex_db_open(&a->state, a->conf->state_path, TOKEX_DB_STATE, TOKEX_DB_WRITE, false,
                         a->pool);
}

const tokex_err_t *admin_open_master(admin_t *a)
{
    if (a->master)
        return NULL;
    return tokex_seal_read_master_key(&a->master, a->conf->master_path, a->pool);
}

/* ---- Answers */

static const char *title_of(int status)
{
    switch (status) {
    case 400:
        return "This request cannot be read";
    case 403:
        return "You may not do this";
    case 404:
        return "There is no such page";
    case 405:
        return "This page is not asked for like that";
    case 409:
        return "Somebody else was faster";
    case 413:
        return "This is too much";
    case 503:
        return "This cannot be done just now";
    default:
        return "Something went wrong here";
    }
}

/* Where what is not there may be instead: among its own kind, or gone. */
static void put_search(admin_t *a)
{
    const admin_noun_t *noun = a->route ? a->route->noun : NULL;
    const char *path = noun ? noun->path : "/clients";

    a->place.section = noun ? noun->path : NULL;
    html_put(a->html,
             "<div class=\"tools\"><form method=\"get\" action=\"%s\" role=\"search\"><label "
             "for=\"q\">Search the %s</label><input id=\"q\" name=\"q\" type=\"search\"><button "
             "class=\"quiet\">"
             "Search</button></form></div>\n",
             admin_url(a, path, NULL, NULL), path + 1);
    html_put(a->html,
             "<p>What was deleted stands in <a href=\"%s\">Changes</a>, from where it can be had "
             "back.</p>",
             admin_url(a, "/changes", NULL, NULL));
}

const tokex_err_t *admin_refuse(admin_t *a, int status, const char *what)
{
    a->reply.status = status;
    a->place = (admin_place_t){.title = title_of(status), .failed = true};
    a->html = html_create(a->pool);
    html_put(a->html, "<p class=\"verdict refused\">%s</p><p>Reference: <code>%s</code></p>", what,
             a->reference);
    if (status == 404 && a->role != ADMIN_NOBODY && !admin_program.own)
        put_search(a);
    return NULL;
}

void admin_redirect(admin_t *a, const char *path)
{
    a->reply.status = 303;
    a->reply.location = path;
}

void admin_log(const admin_t *a, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fprintf(stderr, "%s: [%s] %s\n", admin_program.name, a->reference ? a->reference : "-",
            apr_pvsprintf(a->pool, fmt, args));
    va_end(args);
}

/* ---- Words */

const char *admin_query(const char *path, const char *name, const char *value, apr_pool_t *pool)
{
    if (!value || !*value)
        return path;
    return apr_pstrcat(pool, path, strchr(path, '?') ? "&" : "?", name, "=",
                       html_url_part(value, pool), NULL);
}

const char *admin_url(const admin_t *a, const char *path, const char *name, const char *value)
{
    return apr_pstrcat(a->pool, a->request->script, admin_query(path, name, value, a->pool), NULL);
}

const char *admin_time_text(int64_t time, apr_pool_t *pool)
{
    apr_time_exp_t t;

    if (time == 0)
        return "";
    apr_time_exp_gmt(&t, apr_time_from_sec(time));
    return apr_psprintf(pool, "%04d-%02d-%02d %02d:%02d:%02d UTC", t.tm_year + 1900, t.tm_mon + 1,
                        t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

static const char *span_text(int64_t seconds, apr_pool_t *pool)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t i;

    for (i = 0; i < 3 && seconds < units[i].seconds; i++)
        ;
    seconds /= units[i].seconds;
    return apr_psprintf(pool, "%s %s%s", admin_number_text(seconds, pool), units[i].name,
                        seconds == 1 ? "" : "s");
}

/* "2 hours ago", "in 3 days". */
static const char *ago_text(int64_t ago, apr_pool_t *pool)
{
    if (ago == 0)
        return "just now";
    return ago > 0 ? apr_pstrcat(pool, span_text(ago, pool), " ago", NULL)
                   : apr_pstrcat(pool, "in ", span_text(-ago, pool), NULL);
}

void admin_put_time(admin_t *a, int64_t time)
{
    apr_time_exp_t t;

    if (time == 0)
        return;
    apr_time_exp_gmt(&t, apr_time_from_sec(time));
    html_put(a->html, "<time datetime=\"%s\">%s</time> <span class=\"ago\">%s</span>",
             apr_psprintf(a->pool, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1,
                          t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec),
             admin_time_text(time, a->pool), ago_text(a->now - time, a->pool));
}

const char *admin_number_text(int64_t number, apr_pool_t *pool)
{
    const char *digits = apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)number), *text = "";
    size_t len = strlen(digits), first = len % 3 ? len % 3 : 3;

    if (number < 0 || len <= 3)
        return digits;
    text = apr_pstrmemdup(pool, digits, first);
    for (digits += first; *digits; digits += 3)
        text = apr_pstrcat(pool, text, ",", apr_pstrmemdup(pool, digits, 3), NULL);
    return text;
}
