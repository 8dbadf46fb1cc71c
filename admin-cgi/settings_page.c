/* What is in force outside the configuration: directives, protected locations, the installation. */
#include <string.h>

#include <apr_file_info.h>
#include <apr_strings.h>

#include "pages.h"
#include "route.h"
#include "store/location_store.h"
#include "store/serving_store.h"
#include "store/state_store.h"

/* ---- The server that runs */

static void put_serving(admin_t *a, const tokex_serving_t *serving)
{
    static const char *const words[] = {"", ", because the present one cannot be loaded",
                                        "nothing: they answer 503"};
    html_t *h = a->html;

    html_put(h, "<dt>%s process%s serve%s</dt><dd>", admin_number_text(serving->processes, a->pool),
             serving->processes == 1 ? "" : "es", serving->processes == 1 ? "s" : "");
    if (serving->state != TOKEX_SERVING_NONE)
        html_put(h, "generation %s", admin_number_text(serving->generation, a->pool));
    html_put(h, "%s, since ", words[serving->state]);
    admin_put_time(a, serving->since);
    html_put(h, "</dd>");
}

/* Of remembered decisions. */
static void put_counts(admin_t *a, const tokex_serving_report_t *report)
{
    static const struct {
        const char *name;
        const char *label;
    } counts[] = {{TOKEX_SERVER_CACHE_HITS, "Decisions that were remembered"},
                  {TOKEX_SERVER_CACHE_MISSES, "Decisions that were not"},
                  {TOKEX_SERVER_CACHE_STORED, "Decisions put into the cache"},
                  {TOKEX_SERVER_CACHE_UNFIT, "Decisions that it had no room for"},
                  {TOKEX_SERVER_CACHE_DROPPED, "Decisions forgotten after a 401 of the backend"},
                  {TOKEX_SERVER_CACHE_REMOTE_LATE, "Calls of the remote store that were late"},
                  {TOKEX_SERVER_CACHE_REMOTE_FAILED, "Calls of the remote store that failed"}};
    int64_t hits = tokex_serving_count(report, TOKEX_SERVER_CACHE_HITS);
    int64_t asked = hits + tokex_serving_count(report, TOKEX_SERVER_CACHE_MISSES);
    html_t *h = a->html;
    size_t i;

    if (!asked) {
        html_put(h, "<dt>Decisions that were remembered</dt><dd>none were asked for</dd>");
        return;
    }
    for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        html_put(h, "<dt>%s</dt><dd>%s", counts[i].label,
                 admin_number_text(tokex_serving_count(report, counts[i].name), a->pool));
        if (i == 0)
            html_put(h, " (%s of a hundred)", admin_number_text(hits * 100 / asked, a->pool));
        html_put(h, "</dd>");
    }
}

static const tokex_err_t *put_server(admin_t *a)
{
    tokex_serving_report_t report;
    html_t *h = a->html;
    int i;

    TOKEX_RETURN_ERR(tokex_serving_store_read(&report, a->state, a->pool));
    html_put(h, "<section><h2>The server that runs</h2>");
    if (!report.count_count) {
        html_put(h, "<p>None has told anything yet.</p></section>\n");
        return NULL;
    }
    html_put(h, "<dl class=\"values\">");
    for (i = 0; i < report.serving_count; i++)
        put_serving(a, &report.servings[i]);
    put_counts(a, &report);
    html_put(h, "<dt>Counted since</dt><dd>");
    admin_put_time(a, tokex_serving_count(&report, TOKEX_SERVER_SINCE));
    html_put(h, "</dd><dt>Told</dt><dd>");
    admin_put_time(a, tokex_serving_count(&report, TOKEX_SERVER_TOLD));
    html_put(h, "</dd></dl></section>\n");
    return NULL;
}

/* ---- Directives */

static void put_filter(admin_t *a, bool changed)
{
    html_put(a->html, "<ul class=\"filters\"><li><a href=\"%s\"",
             admin_url(a, "/settings", NULL, NULL));
    if (!changed)
        html_put(a->html, " aria-current=\"true\"");
    html_put(a->html, ">All</a></li><li><a href=\"%s\"",
             admin_url(a, "/settings", "directives", "changed"));
    if (changed)
        html_put(a->html, " aria-current=\"true\"");
    html_put(a->html, ">Only what differs from the default</a></li></ul>\n");
}

static void put_setting(html_t *h, const tokex_setting_t *setting)
{
    html_put(h, "<tr><th scope=\"row\">%s</th><td><code>%s</code>", setting->name, setting->value);
    if (setting->is_default)
        html_put(h, " <span class=\"none\">default</span>");
    html_put(h, "</td><td>%s</td></tr>\n", setting->server);
}

static const tokex_err_t *put_directives(admin_t *a)
{
    bool changed = strcmp(admin_input_text(a->query, "directives"), "changed") == 0;
    const tokex_setting_t *settings;
    html_t *h = a->html;
    int count, i;

    TOKEX_RETURN_ERR(tokex_state_store_settings(&settings, &count, a->state, a->pool, a->pool));
    html_put(h, "<section id=\"directives\"><h2>Directives in force</h2><p class=\"hint\">As the "
                "servers read them from "
                "httpd's configuration at their last start. They are changed there, not here.</p>");
    if (!count) {
        html_put(h, "<p>No server has started with this installation yet.</p></section>\n");
        return NULL;
    }
    put_filter(a, changed);
    html_put(h, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Directives\">"
                "<table><caption class=\"hidden\">Directives</caption><thead>"
                "<tr><th scope=\"col\">Directive</th><th scope=\"col\">Value</th><th scope=\"col\">"
                "Server</th></tr></thead><tbody>");
    for (i = 0; i < count; i++)
        if (!changed || !settings[i].is_default)
            put_setting(h, &settings[i]);
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

/* ---- Files */

/* "rw-r-----". */
static const char *mode_text(apr_fileperms_t mode, apr_pool_t *pool)
{
    static const struct {
        apr_fileperms_t bit;
        char letter;
    } bits[] = {{APR_FPROT_UREAD, 'r'}, {APR_FPROT_UWRITE, 'w'}, {APR_FPROT_UEXECUTE, 'x'},
                {APR_FPROT_GREAD, 'r'}, {APR_FPROT_GWRITE, 'w'}, {APR_FPROT_GEXECUTE, 'x'},
                {APR_FPROT_WREAD, 'r'}, {APR_FPROT_WWRITE, 'w'}, {APR_FPROT_WEXECUTE, 'x'}};
    char *text = apr_pstrdup(pool, "---------");
    size_t i;

    for (i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if (mode & bits[i].bit)
            text[i] = bits[i].letter;
    return text;
}

static const char *owner_text(const apr_finfo_t *info, apr_pool_t *pool)
{
    char *user = NULL, *group = NULL;

    if (apr_uid_name_get(&user, info->user, pool) != APR_SUCCESS)
        user = apr_psprintf(pool, "%lu", (unsigned long)info->user);
    if (apr_gid_name_get(&group, info->group, pool) != APR_SUCCESS)
        group = apr_psprintf(pool, "%lu", (unsigned long)info->group);
    return apr_pstrcat(pool, user, ":", group, NULL);
}

/* A row of a file; nothing of one that need not be there and is not. */
static void put_file(admin_t *a, const char *what, const char *path, bool needed)
{
    html_t *h = a->html;
    apr_finfo_t info;

    if (apr_stat(&info, path, APR_FINFO_SIZE | APR_FINFO_PROT | APR_FINFO_OWNER, a->pool) !=
        APR_SUCCESS) {
        if (needed)
            html_put(h,
                     "<tr><th scope=\"row\">%s</th><td colspan=\"3\">cannot be looked at</td>"
                     "</tr>\n",
                     what);
        return;
    }
    html_put(h,
             "<tr><th scope=\"row\">%s</th><td class=\"number\">%s</td><td><code>%s</code></td>"
             "<td>%s</td></tr>\n",
             what, admin_number_text(info.size, a->pool), mode_text(info.protection, a->pool),
             owner_text(&info, a->pool));
}

/* The version of its schema, and the one that this build knows. */
static void put_version(admin_t *a, const char *what, tokex_db_t *db, tokex_db_kind_t kind)
{
    int version;

    if (!db || tokex_db_schema_version(&version, db, a->pool))
        html_put(a->html, "<dt>Schema of %s</dt><dd>cannot be read</dd>", what);
    else
        html_put(a->html, "<dt>Schema of %s</dt><dd>%d of %d</dd>", what, version,
                 tokex_db_schema_known(kind));
}

static void put_files(admin_t *a)
{
    const tokex_err_t *err = admin_open_config(a);
    html_t *h = a->html;

    html_put(h, "<section><h2>Files</h2><p class=\"hint\">What is wrong with them, "
                "<code>tokexctl doctor --user</code> says for each user.</p><dl class=\"values\">");
    put_version(a, "config.db", err ? NULL : a->config, TOKEX_DB_CONFIG);
    put_version(a, "state.db", a->state, TOKEX_DB_STATE);
    html_put(h, "</dl><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Files\">"
                "<table><caption class=\"hidden\">Files</caption><thead><tr><th scope=\"col\">"
                "File</th><th scope=\"col\">Octets</th><th scope=\"col\">Mode</th>"
                "<th scope=\"col\">Owner</th></tr></thead><tbody>");
    put_file(a, "Configuration", a->conf->config_path, true);
    put_file(a, "State", a->conf->state_path, true);
    put_file(a, "State, not yet merged (WAL)",
             apr_pstrcat(a->pool, a->conf->state_path, "-wal", NULL), false);
    put_file(a, "Master key", a->conf->master_path, true);
    html_put(h, "</tbody></table></div></section>\n");
}

const tokex_err_t *admin_settings_page(admin_t *a)
{
    TOKEX_RETURN_ERR(admin_open_state(a));
    a->place = (admin_place_t){.title = "Settings", .section = "/settings"};
    TOKEX_RETURN_ERR(put_server(a));
    put_console(a);
    put_files(a);
    put_roles(a);
    TOKEX_RETURN_ERR(put_locations(a));
    return put_directives(a);
}
