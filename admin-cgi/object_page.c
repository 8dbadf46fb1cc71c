/* One object: what it holds, what is part of it, how it is used, who changed it. */
#include <string.h>

#include <apr_strings.h>

#include "form.h"
#include "guard.h"
#include "list_use.h"
#include "object.h"
#include "pages.h"
#include "route.h"
#include "save.h"

#define HISTORY 5
/* A page with more parts has links to them. */
#define FEW_PARTS 4

const char *admin_view_path(const admin_view_t *v, const char *verb)
{
    return admin_query(apr_pstrcat(v->a->pool, v->noun->path, verb, NULL), "id", v->id, v->a->pool);
}

const char *admin_view_url(const admin_view_t *v, const char *verb)
{
    return admin_url(v->a, admin_view_path(v, verb), NULL, NULL);
}

const char *admin_view_text(const tokex_json_t *object, const char *name)
{
    const char *text = tokex_json_string(tokex_json_get(object, name));

    return text ? text : "";
}

/* ---- Buttons */

static bool is_on(const admin_view_t *v)
{
    const tokex_json_t *enabled = tokex_json_get(v->object, "enabled");

    return !enabled || tokex_json_is_true(enabled);
}

static bool can_be_off(const admin_view_t *v)
{
    return admin_noun_field(admin_noun_desc(v->noun), "enabled") != NULL;
}

static const tokex_err_t *put_switch(const admin_view_t *v)
{
    TOKEX_RETURN_ERR(admin_put_form(v->a, apr_pstrcat(v->a->pool, v->noun->path, "/switch", NULL)));
    html_put(v->a->html,
             "<input type=\"hidden\" name=\"id\" value=\"%s\"><input type=\"hidden\" "
             "name=\"revision\" value=\"%s\"><input type=\"hidden\" name=\"on\" value=\"%s\">"
             "<button class=\"quiet\">%s</button></form>",
             v->id, apr_psprintf(v->a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)v->revision),
             is_on(v) ? "no" : "yes", is_on(v) ? "Disable" : "Enable");
    return NULL;
}

/* Whether decisions can be filtered by it. */
static bool is_in_activity(const admin_noun_t *noun)
{
    return noun == &admin_noun_issuer || noun == &admin_noun_client || noun == &admin_noun_target;
}

static void put_buttons(const admin_view_t *v)
{
    html_t *h = v->a->html;

    html_put(h, "<div class=\"buttons\">");
    if (can_be_off(v))
        html_put(h, "<span class=\"status %s\">%s</span>", is_on(v) ? "on" : "off",
                 is_on(v) ? "on" : "off");
    if (v->edits)
        html_put(h, "<a class=\"button edit\" href=\"%s\">Edit</a>", admin_view_url(v, "/edit"));
    if (v->noun == &admin_noun_client)
        html_put(h, "<a class=\"button quiet\" href=\"%s\">Try an exchange</a>",
                 admin_url(v->a, "/try", "client", v->id));
    if (v->noun == &admin_noun_issuer)
        html_put(h, "<a class=\"button quiet\" href=\"%s\">Try a token of it</a>",
                 admin_url(v->a, "/try", "issuer", v->id));
    if (v->noun == &admin_noun_procedure)
        html_put(h, "<a class=\"button quiet\" href=\"%s\">Try it, changed or not</a>",
                 admin_url(v->a, "/try", "procedure", v->id));
    if (is_in_activity(v->noun))
        html_put(h, "<a class=\"button quiet\" href=\"%s\">Activity</a>",
                 admin_url(v->a, "/activity", v->noun->noun, v->id));
    if (v->edits && v->noun->elements)
        html_put(
            h, "<a class=\"button quiet\" href=\"%s\">New one like this</a>",
            admin_url(v->a, apr_pstrcat(v->a->pool, v->noun->path, "/new", NULL), "like", v->id));
    html_put(h, "</div>\n");
}

/* ---- Parts */

/* The values that the part of that name holds. */
static void put_values(const admin_view_t *v, const char *part)
{
    admin_form_put_values(v->a, admin_noun_desc(v->noun), v->noun->sections, v->object, part);
}

static const tokex_err_t *put_settings(const admin_view_t *v)
{
    put_values(v, NULL);
    return NULL;
}

static const tokex_err_t *put_keys(const admin_view_t *v)
{
    TOKEX_RETURN_ERR(admin_put_issuer_keys(v));
    put_values(v, "keys");
    return NULL;
}

static const tokex_err_t *put_mapping(const admin_view_t *v)
{
    TOKEX_RETURN_ERR(admin_put_issuer_mapping(v));
    put_values(v, "mapping");
    return NULL;
}

static const tokex_err_t *put_accounts(const admin_view_t *v)
{
    TOKEX_RETURN_ERR(admin_put_issuer_accounts(v));
    put_values(v, "accounts");
    return NULL;
}

static const tokex_err_t *put_sample(const admin_view_t *v)
{
    return admin_put_sample_form(v->a, v->id);
}

static void put_decisions(const admin_view_t *v, const char *outcome, const char *words)
{
    const char *path = admin_query("/activity", v->noun->noun, v->id, v->a->pool);

    html_put(v->a->html, "<a class=\"button quiet\" href=\"%s\">%s</a>",
             admin_url(v->a, admin_query(path, "outcome", outcome, v->a->pool), NULL, NULL), words);
}

static const tokex_err_t *put_activity(const admin_view_t *v)
{
    admin_put_last_use(v->a, v->noun->noun, v->id);
    html_put(v->a->html, "<p class=\"buttons\">");
    put_decisions(v, NULL, "Its decisions");
    put_decisions(v, "refused", "What was refused");
    html_put(v->a->html, "</p>");
    return NULL;
}

static const tokex_err_t *put_changes(const admin_view_t *v)
{
    html_t *h = v->a->html;
    const tokex_change_filter_t filter = {v->noun->noun, v->id, 0, HISTORY};
    const tokex_change_t *changes;
    int count, i;

    TOKEX_RETURN_ERR(tokex_change_list(&changes, &count, v->a->config, &filter, v->a->pool));
    if (!count) {
        html_put(h, "<p>No change of it is recorded.</p>");
        return NULL;
    }
    html_put(h, "<ul class=\"history\">");
    for (i = 0; i < count; i++) {
        const char *number =
            apr_psprintf(v->a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)changes[i].number);

        html_put(h, "<li><a href=\"%s\">Change %s</a>, ",
                 admin_url(v->a, "/changes/show", "number", number), number);
        admin_put_time(v->a, changes[i].at);
        html_put(h, ", %s%s%s</li>", changes[i].who, changes[i].reason ? ": " : "",
                 changes[i].reason ? changes[i].reason : "");
    }
    html_put(
        h, "</ul><p><a href=\"%s\">All changes of this %s</a></p>",
        admin_url(v->a, admin_query("/changes", "noun", v->noun->noun, v->a->pool), "id", v->id),
        v->noun->one);
    return NULL;
}

/* What it means that it is off. */
static void put_off(const admin_view_t *v)
{
    html_put(v->a->html, "<p>");
    if (!is_on(v))
        html_put(v->a->html, "It is disabled. ");
    if (v->noun == &admin_noun_procedure)
        html_put(v->a->html, "Exchanges that a disabled procedure is for are refused.");
    else
        html_put(v->a->html, "What is disabled takes part in no exchange.");
    html_put(v->a->html, " Servers know of it within a second, and nothing of it is lost.</p>");
}

static const tokex_err_t *put_danger(const admin_view_t *v)
{
    html_t *h = v->a->html;

    if (can_be_off(v)) {
        put_off(v);
        html_put(h, "<div class=\"buttons\">");
        TOKEX_RETURN_ERR(put_switch(v));
        html_put(h, "</div>");
    }
    html_put(
        h,
        "<p>Before it is deleted, you are told what will stop working.</p><p class=\"buttons\">"
        "<a class=\"button danger\" href=\"%s\">Delete</a></p>",
        admin_view_url(v, "/delete"));
    return NULL;
}

/* ---- Which parts there are */

typedef struct part_t {
    const char *id;    /* NULL ends a list */
    const char *title; /* NULL: it has a section of its own */
    admin_part_t *put;
    bool is_editors; /* there is nothing in it for others */
} part_t;

#define SETTINGS                                                                                   \
    {                                                                                              \
        "settings", "Settings", put_settings, false                                                \
    }
#define LAST                                                                                       \
    {"changes", "Changes", put_changes, false}, {"danger", "Danger zone", put_danger, true},       \
    {                                                                                              \
        NULL, NULL, NULL, false                                                                    \
    }

static const part_t issuer_parts[] = {SETTINGS,
                                      {"keys", "Keys", put_keys, false},
                                      {"mapping", "Mapping", put_mapping, false},
                                      {"accounts", "Accounts", put_accounts, false},
                                      {"activity", "Activity", put_activity, false},
                                      LAST};
static const part_t client_parts[] = {SETTINGS,
                                      {"credentials", "Credentials", admin_put_credentials, false},
                                      {"rules", "Exchange rules", admin_put_elements, false},
                                      {"properties", "Properties", admin_put_properties, false},
                                      {"activity", "Activity", put_activity, false},
                                      LAST};
static const part_t mapping_parts[] = {{"rows", "Rows", admin_put_elements, false},
                                       {"sample", NULL, put_sample, false},
                                       SETTINGS,
                                       LAST};
static const part_t other_parts[] = {SETTINGS, LAST};

static const part_t *parts_of(const admin_noun_t *noun)
{
    if (noun == &admin_noun_issuer)
        return issuer_parts;
    if (noun == &admin_noun_client)
        return client_parts;
    return noun == &admin_noun_mapping ? mapping_parts : other_parts;
}

static bool is_there(const admin_view_t *v, const part_t *part)
{
    return v->edits || !part->is_editors;
}

static void put_links(const admin_view_t *v)
{
    const part_t *parts = parts_of(v->noun), *part;
    int count = 0;

    for (part = parts; part->id; part++)
        count += part->title != NULL;
    if (count <= FEW_PARTS)
        return;
    html_put(v->a->html, "<nav aria-label=\"On this page\"><ul class=\"filters parts\">");
    for (part = parts; part->id; part++)
        if (part->title && is_there(v, part))
            html_put(v->a->html, "<li><a href=\"#%s\">%s</a></li>", part->id, part->title);
    html_put(v->a->html, "</ul></nav>\n");
}

static const tokex_err_t *put_parts(const admin_view_t *v)
{
    const part_t *part;

    for (part = parts_of(v->noun); part->id; part++) {
        if (!is_there(v, part))
            continue;
        if (part->title)
            html_put(v->a->html, "<section id=\"%s\"><h2>%s</h2>", part->id, part->title);
        TOKEX_RETURN_ERR(part->put(v));
        if (part->title)
            html_put(v->a->html, "</section>\n");
    }
    return NULL;
}

/* ---- The page */

const tokex_err_t *admin_object_page(admin_t *a)
{
    admin_view_t v = {.a = a, .noun = a->route->noun, .id = admin_input_text(a->query, "id")};
    const char *name;

    TOKEX_RETURN_ERR(admin_read(a, &v.object, &v.revision, v.noun, v.id));
    if (!v.object)
        return NULL;
    v.edits = admin_may_change(a, v.noun);
    name = tokex_json_string(tokex_json_get(v.object, "name"));
    a->place = (admin_place_t){.title = name ? name : v.id,
                               .section = v.noun->path,
                               .up = v.noun->title,
                               .up_path = admin_url(a, v.noun->path, NULL, NULL)};
    TOKEX_RETURN_ERR(admin_put_done(a, v.edits));
    put_buttons(&v);
    put_links(&v);
    return put_parts(&v);
}
