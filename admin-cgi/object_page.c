/* One object: what it holds, what is part of it, who changed it. */
#include <string.h>

#include <apr_strings.h>

#include "form.h"
#include "guard.h"
#include "list_use.h"
#include "pages.h"
#include "route.h"
#include "save.h"

#define HISTORY 5

typedef struct view_t {
    admin_t *a;
    const admin_noun_t *noun;
    const char *id;
    const tokex_json_t *object;
    int64_t revision;
    bool edits; /* the user may change it */
} view_t;

static const char *path_of(const view_t *v, const char *verb)
{
    return admin_query(apr_pstrcat(v->a->pool, v->noun->path, verb, NULL), "id", v->id, v->a->pool);
}

static const char *url_of(const view_t *v, const char *verb)
{
    return admin_url(v->a, path_of(v, verb), NULL, NULL);
}

/* ---- What was just done */

static const tokex_err_t *put_done(const view_t *v)
{
    admin_t *a = v->a;
    const char *done = admin_input_get(a->query, "done");
    html_t *h = a->html;

    if (!done)
        return NULL;
    if (strcmp(done, "0") == 0) {
        html_put(h, "<div class=\"done\" role=\"status\"><p>It was like that already; nothing was "
                    "changed.</p></div>");
        return NULL;
    }
    html_put(
        h,
        "<div class=\"done\" role=\"status\"><p>Saved as <a href=\"%s\">change %s</a>; servers "
        "have it within a second.</p>",
        admin_url(a, "/changes/show", "number", done), done);
    if (v->edits) {
        TOKEX_RETURN_ERR(admin_put_form(a, "/changes/restore"));
        html_put(h,
                 "<input type=\"hidden\" name=\"number\" value=\"%s\">"
                 "<button class=\"quiet\">Undo</button></form>",
                 done);
    }
    html_put(h, "</div>\n");
    return NULL;
}

/* ---- Buttons */

static bool is_on(const view_t *v)
{
    const tokex_json_t *enabled = tokex_json_get(v->object, "enabled");

    return !enabled || tokex_json_is_true(enabled);
}

static bool can_be_off(const view_t *v)
{
    return admin_noun_field(admin_noun_desc(v->noun), "enabled") != NULL;
}

static const tokex_err_t *put_switch(const view_t *v)
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

static const tokex_err_t *put_buttons(const view_t *v)
{
    html_t *h = v->a->html;

    html_put(h, "<div class=\"buttons\">");
    if (can_be_off(v))
        html_put(h, "<span class=\"status %s\">%s</span>", is_on(v) ? "on" : "off",
                 is_on(v) ? "on" : "off");
    if (strcmp(v->noun->noun, "client") == 0)
        html_put(h, "<a class=\"button quiet\" href=\"%s\">Try an exchange</a>",
                 admin_url(v->a, "/try", "client", v->id));
    if (strcmp(v->noun->noun, "procedure") == 0)
        html_put(h, "<a class=\"button quiet\" href=\"%s\">Try it, changed or not</a>",
                 admin_url(v->a, "/try", "procedure", v->id));
    if (is_in_activity(v->noun))
        html_put(h, "<a class=\"button quiet\" href=\"%s\">Activity</a>",
                 admin_url(v->a, "/activity", v->noun->noun, v->id));
    if (v->edits) {
        html_put(h, "<a class=\"button edit\" href=\"%s\">Edit</a>", url_of(v, "/edit"));
        if (v->noun->elements)
            html_put(h, "<a class=\"button quiet\" href=\"%s\">New one like this</a>",
                     admin_url(v->a, apr_pstrcat(v->a->pool, v->noun->path, "/new", NULL), "like",
                               v->id));
        if (can_be_off(v))
            TOKEX_RETURN_ERR(put_switch(v));
        html_put(h, "<a class=\"button danger\" href=\"%s\">Delete</a>", url_of(v, "/delete"));
    }
    html_put(h, "</div>\n");
    return NULL;
}

/* ---- Elements */

static const char *texts_of(const view_t *v, const tokex_json_t *list)
{
    const tokex_json_t *node;
    const char *text = "";

    for (node = tokex_json_first(list); node; node = tokex_json_next(node))
        if (tokex_json_string(node))
            text = apr_pstrcat(v->a->pool, text, *text ? ", " : "", tokex_json_string(node), NULL);
    return text;
}

static const char *string_of(const tokex_json_t *object, const char *name)
{
    const char *text = tokex_json_string(tokex_json_get(object, name));

    return text ? text : "";
}

/* A sentence for people: whose tokens, for what. */
static const char *words_of(const view_t *v, const tokex_json_t *element)
{
    if (strcmp(v->noun->element, "rule") == 0)
        return apr_pstrcat(v->a->pool, "tokens of ",
                           texts_of(v, tokex_json_get(element, "issuers")), " for ",
                           texts_of(v, tokex_json_get(element, "targets")), NULL);
    return apr_pstrcat(v->a->pool, string_of(element, "source"), " ", string_of(element, "from"),
                       " → ", string_of(element, "to"), NULL);
}

static const tokex_err_t *put_order(const view_t *v, int place, const char *way, const char *words)
{
    TOKEX_RETURN_ERR(admin_put_form(v->a, apr_pstrcat(v->a->pool, v->noun->path, "/order", NULL)));
    html_put(v->a->html,
             "<input type=\"hidden\" name=\"id\" value=\"%s\"><input type=\"hidden\" "
             "name=\"revision\" value=\"%s\"><input type=\"hidden\" name=\"place\" value=\"%d\">"
             "<button class=\"quiet small\" name=\"do\" value=\"%s\">%s<span class=\"hidden\"> "
             "number %d</span></button></form>",
             v->id, apr_psprintf(v->a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)v->revision), place,
             way, words, place);
    return NULL;
}

static const tokex_err_t *put_element(const view_t *v, const tokex_json_t *element, int place,
                                      bool last)
{
    html_t *h = v->a->html;
    const tokex_field_t *identity = tokex_fields_identity(admin_noun_element_desc(v->noun));
    const char *name = string_of(element, identity ? identity->name : "to");
    const tokex_json_t *enabled = tokex_json_get(element, "enabled");

    html_put(h, "<tr><td class=\"number\">%d</td><th scope=\"row\">", place);
    if (v->edits)
        html_put(h, "<a href=\"%s\">%s</a>",
                 admin_url(v->a, path_of(v, "/part"), "place", apr_itoa(v->a->pool, place)),
                 *name ? name : "?");
    else
        html_text(h, *name ? name : "?");
    html_put(h, "</th><td>%s</td><td>", words_of(v, element));
    if (enabled && !tokex_json_is_true(enabled))
        html_put(h, "<span class=\"status off\">off</span>");
    html_put(h, "</td><td class=\"order\">");
    if (v->edits && place > 1)
        TOKEX_RETURN_ERR(put_order(v, place, "up", "Up"));
    if (v->edits && !last)
        TOKEX_RETURN_ERR(put_order(v, place, "down", "Down"));
    if (v->edits)
        TOKEX_RETURN_ERR(put_order(v, place, "remove", "Remove"));
    html_put(h, "</td></tr>\n");
    return NULL;
}

static const tokex_err_t *put_elements(const view_t *v)
{
    html_t *h = v->a->html;
    const tokex_json_t *list = tokex_json_get(v->object, v->noun->elements), *node;
    const tokex_field_t *field = admin_noun_field(admin_noun_desc(v->noun), v->noun->elements);
    int place = 1;

    html_put(h, "<section><h2>%s</h2><p class=\"hint\">",
             strcmp(v->noun->elements, "rules") == 0 ? "Rules" : "Rows");
    html_sentence(h, field->hint);
    html_put(h, "</p>");
    if (tokex_json_count(list)) {
        html_put(h,
                 "<div class=\"scroll\"><table><caption class=\"hidden\">%s</caption><thead><tr>"
                 "<th scope=\"col\">#</th><th scope=\"col\">Name</th><th scope=\"col\">What it "
                 "does</th><th scope=\"col\">Status</th><th scope=\"col\">Order</th></tr></thead>"
                 "<tbody>",
                 v->noun->elements);
        for (node = tokex_json_first(list); node; node = tokex_json_next(node), place++)
            TOKEX_RETURN_ERR(put_element(v, node, place, !tokex_json_next(node)));
        html_put(h, "</tbody></table></div>");
    }
    if (v->edits)
        html_put(h, "<p><a class=\"button quiet\" href=\"%s\">Add a %s</a></p>",
                 admin_url(v->a, path_of(v, "/part"), "place", "0"), v->noun->element);
    html_put(h, "</section>\n");
    return NULL;
}

/* ---- Secrets */

static int64_t number_of(const tokex_json_t *object, const char *name)
{
    int64_t number = 0;

    (void)tokex_json_integer(tokex_json_get(object, name), &number);
    return number;
}

static void put_secret(const view_t *v, const tokex_json_t *secret)
{
    html_t *h = v->a->html;
    int64_t expires = number_of(secret, "expires");
    const char *id = string_of(secret, "id");

    html_put(h, "<tr><th scope=\"row\">%s</th><td>", id);
    admin_put_time(v->a, number_of(secret, "created"));
    html_put(h, "</td><td>");
    if (expires)
        admin_put_time(v->a, expires);
    else
        html_put(h, "never");
    html_put(h, "</td><td><span class=\"status %s\">%s</span></td><td>",
             expires && expires <= v->a->now ? "off" : "on",
             expires && expires <= v->a->now ? "ended" : "good");
    if (v->edits)
        html_put(h, "<a href=\"%s\">Remove<span class=\"hidden\"> secret %s</span></a>",
                 admin_url(v->a, path_of(v, "/secret"), "secret", id), id);
    html_put(h, "</td></tr>\n");
}

static void put_secrets(const view_t *v)
{
    html_t *h = v->a->html;
    const tokex_json_t *list = tokex_json_get(v->object, "secrets"), *node;

    html_put(h, "<section><h2>Secrets</h2><p class=\"hint\">Only digests are kept. Two may be good "
                "while one replaces the other.</p>");
    if (tokex_json_count(list)) {
        html_put(h,
                 "<div class=\"scroll\"><table><caption class=\"hidden\">Secrets</caption><thead>"
                 "<tr><th scope=\"col\">Name</th><th scope=\"col\">Made</th><th scope=\"col\">Ends"
                 "</th><th scope=\"col\">Status</th><th scope=\"col\"><span class=\"hidden\">"
                 "Action</span></th></tr></thead><tbody>");
        for (node = tokex_json_first(list); node; node = tokex_json_next(node))
            put_secret(v, node);
        html_put(h, "</tbody></table></div>");
    } else
        html_put(h, "<p>It has none, so it serves protected locations alone.</p>");
    if (v->edits) {
        html_put(h, "<p class=\"buttons\"><a class=\"button quiet\" href=\"%s\">%s</a>",
                 url_of(v, "/secret"), tokex_json_count(list) ? "Rotate" : "Make a secret");
        if (tokex_json_count(list))
            html_put(h, "<a class=\"button quiet\" href=\"%s\">Test a secret</a>",
                     url_of(v, "/credential"));
        html_put(h, "</p>");
    }
    html_put(h, "</section>\n");
}

/* ---- Linked subjects */

static void put_people(const view_t *v)
{
    html_t *h = v->a->html;

    html_put(h,
             "<section><h2>Linked subjects</h2><p><a href=\"%s\">Which of its subjects are "
             "accounts here</a></p>",
             admin_url(v->a, "/links", "issuer", v->id));
    if (tokex_json_is_true(tokex_json_get(v->object, "implicit_linking")))
        html_put(h,
                 "<p class=\"warn\">Tokens of this issuer link their subjects by themselves. "
                 "\"%s\" can be typed by the user at many issuers: it counts only as far as the "
                 "token, or authoritative_for, says that the issuer has verified it. Set "
                 "link_privileged only for issuers that you trust with administrators.</p>",
                 string_of(v->object, "lookup_primary"));
    html_put(h, "</section>\n");
}

/* ---- History */

static const tokex_err_t *put_history(const view_t *v)
{
    html_t *h = v->a->html;
    const tokex_change_filter_t filter = {v->noun->noun, v->id, 0, HISTORY};
    const tokex_change_t *changes;
    int count, i;

    TOKEX_RETURN_ERR(tokex_change_list(&changes, &count, v->a->config, &filter, v->a->pool));
    if (!count)
        return NULL;
    html_put(h, "<section><h2>Changes</h2><ul class=\"history\">");
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
        h, "</ul><p><a href=\"%s\">All changes of this %s</a></p></section>\n",
        admin_url(v->a, admin_query("/changes", "noun", v->noun->noun, v->a->pool), "id", v->id),
        v->noun->one);
    return NULL;
}

/* ---- The page */

const tokex_err_t *admin_object_page(admin_t *a)
{
    view_t v = {.a = a, .noun = a->route->noun, .id = admin_input_text(a->query, "id")};
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
    TOKEX_RETURN_ERR(put_done(&v));
    TOKEX_RETURN_ERR(put_buttons(&v));
    if (strcmp(v.noun->noun, "client") == 0) {
        admin_put_last_use(a, v.noun->noun, v.id);
        put_secrets(&v);
    }
    if (strcmp(v.noun->noun, "issuer") == 0) {
        admin_put_last_use(a, v.noun->noun, v.id);
        TOKEX_RETURN_ERR(admin_put_issuer_keys(a, v.id, v.object));
        put_people(&v);
    }
    if (v.noun->elements)
        TOKEX_RETURN_ERR(put_elements(&v));
    if (strcmp(v.noun->noun, "mapping") == 0)
        TOKEX_RETURN_ERR(admin_put_sample_form(a, v.id));
    admin_form_put_values(a, admin_noun_desc(v.noun), v.noun->sections, v.object);
    return put_history(&v);
}
