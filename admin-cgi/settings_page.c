/* What is in force outside the configuration: directives, protected locations, the installation. */
#include <string.h>

#include <apr_strings.h>

#include "pages.h"
#include "route.h"
#include "store/location_store.h"
#include "store/state_store.h"

static const tokex_err_t *put_directives(admin_t *a)
{
    const tokex_setting_t *settings;
    html_t *h = a->html;
    int count, i;

    TOKEX_RETURN_ERR(tokex_state_store_settings(&settings, &count, a->state, a->pool, a->pool));
    html_put(h,
             "<section><h2>Directives in force</h2><p class=\"hint\">As the servers read them from "
             "httpd's configuration at their last start. They are changed there, not here.</p>");
    if (!count) {
        html_put(h, "<p>No server has started with this installation yet.</p></section>\n");
        return NULL;
    }
    html_put(h, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Directives\">"
                "<table><caption class=\"hidden\">Directives</caption><thead>"
                "<tr><th scope=\"col\">Directive</th><th scope=\"col\">Value</th><th scope=\"col\">"
                "Server</th></tr></thead><tbody>");
    for (i = 0; i < count; i++)
        html_put(h, "<tr><th scope=\"row\">%s</th><td><code>%s</code></td><td>%s</td></tr>\n",
                 settings[i].name, settings[i].value, settings[i].server);
    html_put(h, "</tbody></table></div></section>\n");
    return NULL;
}

static void put_location(admin_t *a, const tokex_location_row_t *row)
{
    html_t *h = a->html;

    html_put(h, "<tr><th scope=\"row\">%s<br><small>%s</small></th><td>", row->section,
             row->server);
    if (*row->client)
        html_put(h, "<a href=\"%s\">%s</a>", admin_url(a, "/clients/show", "id", row->client),
                 row->client);
    html_put(h, "</td><td>%s</td><td>%s</td><td>%s</td><td><small>%s:%s</small></td></tr>\n",
             row->issuers, row->audiences, row->requirements, row->file,
             apr_psprintf(a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)row->line));
}

static const tokex_err_t *put_locations(admin_t *a)
{
    const tokex_location_row_t *rows;
    html_t *h = a->html;
    int count, i;

    TOKEX_RETURN_ERR(tokex_location_store_read(&rows, &count, a->state, a->pool));
    html_put(h, "<section><h2>Protected locations</h2>");
    if (!count) {
        html_put(h, "<p>The servers protect none.</p></section>\n");
        return NULL;
    }
    html_put(h,
             "<div class=\"scroll\"><table><caption class=\"hidden\">Protected locations</caption>"
             "<thead><tr><th scope=\"col\">Where</th><th scope=\"col\">Client</th><th "
             "scope=\"col\">Issuers</th><th scope=\"col\">Audience</th><th scope=\"col\">Require"
             "</th><th scope=\"col\">File</th></tr></thead><tbody>");
    for (i = 0; i < count; i++)
        put_location(a, &rows[i]);
    html_put(h, "</tbody></table></div></section>\n");
    return NULL;
}

static void put_roles(admin_t *a)
{
    html_t *h = a->html;
    int role;

    html_put(h, "<section><h2>Roles</h2><dl class=\"values\">");
    for (role = ADMIN_ADMINISTRATOR; role > ADMIN_NOBODY; role--)
        html_put(h, "<dt>%s</dt><dd>%s</dd>", admin_conf_role_name((admin_role_t)role),
                 a->conf->names[role]->nelts ? apr_array_pstrcat(a->pool, a->conf->names[role], ' ')
                                             : "nobody");
    html_put(h, "</dl></section>\n");
}

static void put_console(admin_t *a)
{
    html_t *h = a->html;

    html_put(h,
             "<section><h2>This console</h2><dl class=\"values\"><dt>Configuration file</dt><dd>"
             "<code>%s</code></dd><dt>Configuration database</dt><dd><code>%s</code></dd><dt>State "
             "database</dt><dd><code>%s</code></dd><dt>Master key</dt><dd><code>%s</code></dd><dt>"
             "Forms come from</dt><dd><code>%s</code></dd><dt>Version</dt><dd>" TOKEX_VERSION
             "</dd><dt>Its clock</dt><dd>%s</dd></dl></section>\n",
             a->conf->path, a->conf->config_path, a->conf->state_path, a->conf->master_path,
             a->conf->origin, admin_time_text(a->now, a->pool));
}

const tokex_err_t *admin_settings_page(admin_t *a)
{
    TOKEX_RETURN_ERR(admin_open_state(a));
    a->place = (admin_place_t){.title = "Settings", .section = "/settings"};
    put_console(a);
    put_roles(a);
    TOKEX_RETURN_ERR(put_locations(a));
    return put_directives(a);
}
