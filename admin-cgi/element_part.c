/* The elements of an object's list: what each does, in which order. */
#include <string.h>

#include <apr_strings.h>

#include "guard.h"
#include "object.h"

static const char *texts_of(const admin_view_t *v, const tokex_json_t *list)
{
    const tokex_json_t *node;
    const char *text = "";

    for (node = tokex_json_first(list); node; node = tokex_json_next(node))
        if (tokex_json_string(node))
            text = apr_pstrcat(v->a->pool, text, *text ? ", " : "", tokex_json_string(node), NULL);
    return text;
}

/* A sentence for people: whose tokens, for what. */
static const char *words_of(const admin_view_t *v, const tokex_json_t *element)
{
    if (strcmp(v->noun->element, "rule") == 0)
        return apr_pstrcat(v->a->pool, "tokens of ",
                           texts_of(v, tokex_json_get(element, "issuers")), " for ",
                           texts_of(v, tokex_json_get(element, "targets")), NULL);
    return apr_pstrcat(v->a->pool, admin_view_text(element, "source"), " ",
                       admin_view_text(element, "from"), " → ", admin_view_text(element, "to"),
                       NULL);
}

static const tokex_err_t *put_order(const admin_view_t *v, int place, const char *way,
                                    const char *words)
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

static const tokex_err_t *put_element(const admin_view_t *v, const tokex_json_t *element, int place,
                                      bool last)
{
    html_t *h = v->a->html;
    const tokex_field_t *identity = tokex_fields_identity(admin_noun_element_desc(v->noun));
    const char *name = admin_view_text(element, identity ? identity->name : "to");
    const tokex_json_t *enabled = tokex_json_get(element, "enabled");

    html_put(h, "<tr><td class=\"number\">%d</td><th scope=\"row\">", place);
    if (v->edits)
        html_put(h, "<a href=\"%s\">%s</a>",
                 admin_url(v->a, admin_view_path(v, "/part"), "place", apr_itoa(v->a->pool, place)),
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

const tokex_err_t *admin_put_elements(const admin_view_t *v)
{
    html_t *h = v->a->html;
    const tokex_json_t *list = tokex_json_get(v->object, v->noun->elements), *node;
    const tokex_field_t *field = admin_noun_field(admin_noun_desc(v->noun), v->noun->elements);
    int place = 1;

    html_put(h, "<p class=\"hint\">");
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
                 admin_url(v->a, admin_view_path(v, "/part"), "place", "0"), v->noun->element);
    return NULL;
}
