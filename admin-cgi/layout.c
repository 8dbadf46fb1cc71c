#include "layout.h"

#include <string.h>

#include <apr_strings.h>

#include "asset.h"
#include "route.h"

static const struct entry_t {
    const char *path;
    const char *title;
} entries[] = {
    {"/", "Overview"},
    {"/issuers", "Issuers"},
    {"/clients", "Clients"},
    {"/targets", "Targets"},
    {"/scopes", "Scopes"},
    {"/mappings", "Mappings"},
    {"/procedures", "Procedures"},
    {"/accounts", "Accounts"},
    {"/links", "Links"},
    {"/keys", "Keys"},
    {"/try", "Try an exchange"},
    {"/activity", "Activity"},
    {"/revocations", "Revocations"},
    {"/changes", "Changes"},
    {"/transfer", "Import and export"},
    {"/settings", "Settings"},
    {"/help", "Help"},
};

static void put_head(const admin_t *a, html_t *h)
{
    const char *scheme = a->display.scheme;

    html_put(h, "<!doctype html>\n<html lang=\"en\"");
    if (*scheme)
        html_put(h, " data-scheme=\"%s\"", scheme);
    html_put(h,
             "><head><meta charset=\"utf-8\">"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
             "<meta name=\"color-scheme\" content=\"%s\">"
             "<meta name=\"referrer\" content=\"no-referrer\">",
             *scheme ? scheme : "light dark");
    html_put(h, "<title>%s%s – %s%smod_tokex</title>", a->place.failed ? "Error: " : "",
             a->place.title, a->conf->label, *a->conf->label ? " – " : "");
    html_put(h,
             "<link rel=\"icon\" type=\"image/svg+xml\" href=\"%s\">"
             "<link rel=\"stylesheet\" href=\"%s\"><script src=\"%s\" defer></script></head>\n",
             admin_asset_url(a, "/mark.svg"), admin_asset_url(a, "/style.css"),
             admin_asset_url(a, "/script.js"));
}

/* Two bars that cross: what comes in, and what goes out. */
static void put_mark(html_t *h)
{
    html_put(h, "<svg class=\"mark\" viewBox=\"0 0 24 24\" width=\"24\" height=\"24\" "
                "aria-hidden=\"true\" focusable=\"false\">"
                "<path d=\"M3 8h13l-4-4M21 16H8l4 4\" fill=\"none\" stroke=\"currentColor\" "
                "stroke-width=\"2.5\" stroke-linecap=\"round\" stroke-linejoin=\"round\"></path>"
                "</svg>");
}

static void put_banner(const admin_t *a, html_t *h)
{
    const admin_request_t *r = a->request;

    html_put(h, "<header class=\"banner %s\"><div class=\"bar\"><a class=\"product\" href=\"%s\">",
             a->conf->colour, admin_url(a, "/", NULL, NULL));
    put_mark(h);
    html_put(h, "<span>mod_tokex</span></a>");
    if (*a->conf->label)
        html_put(h, "<span class=\"label %s\">%s</span>", a->conf->colour, a->conf->label);
    html_put(h, "<span class=\"server\">%s</span>", r->server ? r->server : "");
    if (r->user && a->role != ADMIN_NOBODY)
        html_put(h, "<span class=\"user\"><b>%s</b>%s%s</span>", r->user,
                 admin_program.own ? "" : ", ",
                 admin_program.own ? "" : admin_conf_role_name(a->role));
    if (r->user && a->conf->logout)
        html_put(h, "<a class=\"logout\" href=\"%s\">Log out</a>", a->conf->logout);
    html_put(h, "</div></header>\n");
}

static void put_navigation(const admin_t *a, html_t *h)
{
    size_t i;

    html_put(h, "<nav class=\"main\" aria-label=\"Console\"><ul>");
    for (i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        const char *allow;
        const admin_route_t *route = admin_route_find(&allow, "GET", entries[i].path);
        bool here = a->place.section && strcmp(a->place.section, entries[i].path) == 0;

        if (!route || a->role < route->role)
            continue;
        html_put(h, "<li><a href=\"%s\"", admin_url(a, entries[i].path, NULL, NULL));
        if (here)
            html_put(h, " aria-current=\"%s\"",
                     a->request->path && strcmp(a->request->path, entries[i].path) == 0 ? "page"
                                                                                        : "true");
        html_put(h, ">%s</a></li>", entries[i].title);
    }
    html_put(h, "</ul></nav>\n");
}

const char *admin_layout(admin_t *a, apr_size_t *len, const char **problem)
{
    html_t *h = html_create(a->pool);
    bool navigates = a->role != ADMIN_NOBODY && !admin_program.own;
    apr_size_t inner_len;
    const char *inner = html_finish(a->html, true, &inner_len, problem);

    if (!inner)
        return NULL;
    put_head(a, h);
    html_put(h, "<body data-keys=\"%s\"><a class=\"skip\" href=\"#content\">Skip to content</a>",
             a->display.keys_off ? "off" : "on");
    put_banner(a, h);
    html_put(h, "<div class=\"page%s\">", navigates ? "" : " alone");
    if (navigates)
        put_navigation(a, h);
    html_put(h, "<main id=\"content\" tabindex=\"-1\">");
    if (a->place.up)
        html_put(h, "<p class=\"up\"><a href=\"%s\">%s</a></p>", a->place.up_path, a->place.up);
    html_put(h, "<h1>%s</h1>\n", a->place.title);
    html_append(h, a->html);
    html_put(h, "</main></div><footer><p><span>mod_tokex " TOKEX_VERSION "</span>");
    if (navigates)
        html_put(h, "<a href=\"%s\">Display</a>", admin_url(a, "/display", NULL, NULL));
    html_put(h, "<span>Reference %s</span></p></footer></body></html>\n", a->reference);
    return html_finish(h, true, len, problem);
}
