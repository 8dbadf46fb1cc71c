/* What is done to an object as a whole: off and on, gone. */
#include <string.h>

#include <apr_strings.h>

#include "guard.h"
#include "line.h"
#include "pages.h"
#include "route.h"
#include "save.h"

const tokex_err_t *admin_save_plain(admin_t *a, const admin_noun_t *noun, const char *id,
                                    const char *object, int64_t revision)
{
    admin_save_t save = {.noun = noun->noun, .id = id, .object = object, .revision = revision};
    int64_t present;
    int i;

    TOKEX_RETURN_ERR(admin_save(a, &save));
    if (save.result == ADMIN_CONFLICT) {
        a->place = (admin_place_t){
            .title = "Somebody else was faster",
            .section = noun->path,
            .up = id,
            .up_path = admin_url(a, apr_pstrcat(a->pool, noun->path, "/show", NULL), "id", id),
            .failed = true};
        return admin_put_conflict(a, &save, &present);
    }
    if (save.result != ADMIN_FAULTY) {
        admin_go_back(a, noun, id, save.number);
        return NULL;
    }
    a->reply.status = 422;
    a->place =
        (admin_place_t){.title = "This would not work", .section = noun->path, .failed = true};
    html_put(a->html, "<p class=\"lead\">Nothing was changed.</p><ul>");
    for (i = 0; i < save.faults->count; i++)
        if (!save.faults->items[i].warning)
            html_put(a->html, "<li>%s</li>",
                     tokex_config_fault_text(&save.faults->items[i], a->pool));
    html_put(a->html, "</ul><p><a href=\"%s\">Back to the %s</a></p>",
             admin_url(a, apr_pstrcat(a->pool, noun->path, "/show", NULL), "id", id), noun->one);
    return NULL;
}

/* ---- Off and on */

static const char *switched(admin_t *a, const tokex_json_t *object, bool on)
{
    tokex_jsonw_t *w = tokex_jsonw_create(a->pool, 4096);
    const tokex_json_t *member;

    tokex_jsonw_object_begin(w);
    for (member = tokex_json_first(object); member; member = tokex_json_next(member))
        if (strcmp(tokex_json_name(member), "enabled") != 0) {
            tokex_jsonw_name(w, tokex_json_name(member));
            tokex_jsonw_node(w, member);
        }
    tokex_jsonw_member_bool(w, "enabled", on);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, NULL);
}

const tokex_err_t *admin_switch(admin_t *a)
{
    const admin_noun_t *noun = a->route->noun;
    const char *id = admin_input_text(a->form, "id");
    const tokex_json_t *object;
    int64_t revision;

    TOKEX_RETURN_ERR(admin_read(a, &object, &revision, noun, id));
    if (!object)
        return NULL;
    return admin_save_plain(
        a, noun, id, switched(a, object, strcmp(admin_input_text(a->form, "on"), "yes") == 0),
        admin_input_number(a->form, "revision", 0));
}

/* ---- Gone */

typedef struct goodbye_t {
    admin_t *a;
    const admin_noun_t *noun;
    const char *id;
    const tokex_json_t *object;
    int64_t revision;
    const char *problem; /* with what was typed; NULL: none */
} goodbye_t;

static bool can_be_off(const goodbye_t *g)
{
    return admin_noun_field(admin_noun_desc(g->noun), "enabled") &&
           tokex_json_is_true(tokex_json_get(g->object, "enabled"));
}

static const tokex_err_t *put_disable(const goodbye_t *g)
{
    admin_t *a = g->a;

    TOKEX_RETURN_ERR(admin_put_form(a, apr_pstrcat(a->pool, g->noun->path, "/switch", NULL)));
    html_put(a->html,
             "<input type=\"hidden\" name=\"id\" value=\"%s\"><input type=\"hidden\" "
             "name=\"revision\" value=\"%s\"><input type=\"hidden\" name=\"on\" value=\"no\">"
             "<button>Disable instead</button> <span class=\"hint\">Nothing is lost, and it can be "
             "switched on again.</span></form>\n",
             g->id, apr_psprintf(a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)g->revision));
    return NULL;
}

/* Judged before anybody types: what others refer to does not go. */
static const tokex_err_t *judge(bool *may, const goodbye_t *g)
{
    admin_t *a = g->a;
    admin_save_t save = {
        .noun = g->noun->noun, .id = g->id, .revision = TOKEX_EDIT_ANY, .dry_run = true};
    int i;

    TOKEX_RETURN_ERR(admin_save(a, &save));
    *may = save.result != ADMIN_FAULTY;
    if (*may) {
        html_put(a->html, "<p>Nothing in the configuration refers to it.</p>");
        return NULL;
    }
    html_put(a->html, "<p class=\"lead\">It cannot go yet:</p><ul>");
    for (i = 0; i < save.faults->count; i++)
        if (!save.faults->items[i].warning)
            html_put(a->html, "<li>%s</li>",
                     tokex_config_fault_text(&save.faults->items[i], a->pool));
    html_put(a->html, "</ul>\n");
    return NULL;
}

static void put_confirmation(const goodbye_t *g)
{
    html_t *h = g->a->html;

    html_put(h,
             "<input type=\"hidden\" name=\"id\" value=\"%s\"><input type=\"hidden\" "
             "name=\"revision\" value=\"%s\"><div class=\"field%s\"><label for=\"f-confirm\">"
             "To delete it, write its id: <code>%s</code></label>",
             g->id, apr_psprintf(g->a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)g->revision),
             g->problem ? " bad" : "", g->id);
    if (g->problem)
        html_put(h,
                 "<p class=\"error\" id=\"e-confirm\"><span class=\"hidden\">Error: </span>%s</p>",
                 g->problem);
    html_put(h, "<input id=\"f-confirm\" name=\"confirm\" spellcheck=\"false\" "
                "autocapitalize=\"none\"");
    if (g->problem)
        html_put(h, " aria-invalid=\"true\" aria-describedby=\"e-confirm\"");
    html_put(h, "></div>\n");
    admin_put_reason(g->a);
    html_put(h, "<p class=\"buttons\"><button class=\"danger\">Delete</button></p></form>\n");
}

static const tokex_err_t *put_page(const goodbye_t *g)
{
    admin_t *a = g->a;
    bool may;

    a->place = (admin_place_t){
        .title = apr_psprintf(a->pool, "Delete %s %s", g->noun->one, g->id),
        .section = g->noun->path,
        .up = g->id,
        .up_path = admin_url(a, apr_pstrcat(a->pool, g->noun->path, "/show", NULL), "id", g->id)};
    if (g->problem) {
        admin_begin_problems(a);
        html_put(a->html, "<li><a href=\"#f-confirm\">%s</a></li>", g->problem);
        admin_end_problems(a);
    }
    if (can_be_off(g))
        TOKEX_RETURN_ERR(put_disable(g));
    TOKEX_RETURN_ERR(judge(&may, g));
    if (!may)
        return NULL;
    html_put(a->html, "<p>What is deleted can be had back from Changes.</p>");
    TOKEX_RETURN_ERR(admin_put_form(a, apr_pstrcat(a->pool, g->noun->path, "/delete", NULL)));
    put_confirmation(g);
    return NULL;
}

const tokex_err_t *admin_delete_page(admin_t *a)
{
    goodbye_t g = {.a = a, .noun = a->route->noun, .id = admin_input_text(a->query, "id")};

    TOKEX_RETURN_ERR(admin_read(a, &g.object, &g.revision, g.noun, g.id));
    return g.object ? put_page(&g) : NULL;
}

const tokex_err_t *admin_delete(admin_t *a)
{
    goodbye_t g = {.a = a, .noun = a->route->noun, .id = admin_input_text(a->form, "id")};
    admin_save_t save = {
        .noun = g.noun->noun, .id = g.id, .revision = admin_input_number(a->form, "revision", 0)};

    TOKEX_RETURN_ERR(admin_read(a, &g.object, &g.revision, g.noun, g.id));
    if (!g.object)
        return NULL;
    if (strcmp(admin_input_text(a->form, "confirm"), g.id) != 0) {
        g.problem = "Write the id exactly as it stands here. Nothing was deleted.";
        a->reply.status = 422;
        return put_page(&g);
    }
    TOKEX_RETURN_ERR(admin_save(a, &save));
    if (save.result == ADMIN_SAVED) {
        admin_redirect(
            a, admin_url(a, "/changes/show", "number",
                         apr_psprintf(a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)save.number)));
        return NULL;
    }
    if (save.result == ADMIN_CONFLICT)
        return admin_refuse(a, 409,
                            "Somebody changed it since you looked. Nothing was deleted: "
                            "look at it again.");
    a->reply.status = 422;
    return put_page(&g);
}
