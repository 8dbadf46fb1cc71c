/* Parts of an issuer's page: what its claims become, and who its subjects are here. */
#include <string.h>

#include <apr_strings.h>

#include "object.h"
#include "save.h"

/* ---- What its claims become */

static void put_row(html_t *h, const tokex_json_t *row)
{
    const char *source = admin_view_text(row, "source"), *how = admin_view_text(row, "transform");

    html_put(h,
             "<tr><td>%s</td><td><code>%s</code></td><td>%s</td><th scope=\"row\">%s</th></tr>\n",
             *source ? source : "subject", admin_view_text(row, "from"), *how ? how : "copy",
             admin_view_text(row, "to"));
}

const tokex_err_t *admin_put_issuer_mapping(const admin_view_t *v)
{
    const char *id = admin_view_text(v->object, "mapping");
    const tokex_json_t *mapping = NULL, *row;
    html_t *h = v->a->html;
    int64_t revision;

    if (!*id) {
        html_put(h, "<p>It has no mapping: issued tokens have none of its claims but those that "
                    "every token has.</p>");
        return NULL;
    }
    TOKEX_RETURN_ERR(admin_read(v->a, &mapping, &revision, &admin_noun_mapping, id));
    html_put(h,
             "<div class=\"scroll\"><table><caption>Mapping <a href=\"%s\">%s</a></caption><thead>"
             "<tr><th scope=\"col\">Of</th><th scope=\"col\">What</th><th scope=\"col\">How</th>"
             "<th scope=\"col\">Becomes</th></tr></thead><tbody>",
             admin_url(v->a, "/mappings/show", "id", id), id);
    for (row = tokex_json_first(tokex_json_get(mapping, "rows")); row; row = tokex_json_next(row))
        put_row(h, row);
    html_put(h, "</tbody></table></div>");
    return NULL;
}

/* ---- Who its subjects are here */

const tokex_err_t *admin_put_issuer_accounts(const admin_view_t *v)
{
    html_t *h = v->a->html;

    html_put(h, "<p><a href=\"%s\">Which of its subjects are accounts here</a></p>",
             admin_url(v->a, "/links", "issuer", v->id));
    if (tokex_json_is_true(tokex_json_get(v->object, "implicit_linking")))
        html_put(h,
                 "<p class=\"warn\">Tokens of this issuer link their subjects by themselves. "
                 "\"%s\" can be typed by the user at many issuers: it counts only as far as the "
                 "token, or authoritative_for, says that the issuer has verified it. Set "
                 "link_privileged only for issuers that you trust with administrators.</p>",
                 admin_view_text(v->object, "lookup_primary"));
    return NULL;
}
