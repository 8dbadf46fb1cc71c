/* Parts of a client's page: its secrets, its properties. */
#include <string.h>

#include <apr_strings.h>

#include "guard.h"
#include "object.h"
#include "store/use_store.h"

/* ---- Credentials */

static int64_t number_of(const tokex_json_t *object, const char *name)
{
    int64_t number = 0;

    (void)tokex_json_integer(tokex_json_get(object, name), &number);
    return number;
}

/* An earlier secret may have had the same id. */
static int64_t last_use(apr_hash_t *lasts, const char *id, int64_t created)
{
    const int64_t *last = lasts ? apr_hash_get(lasts, id, APR_HASH_KEY_STRING) : NULL;

    return last && *last >= created ? *last : 0;
}

static void put_secret(const admin_view_t *v, const tokex_json_t *secret, apr_hash_t *lasts)
{
    html_t *h = v->a->html;
    int64_t expires = number_of(secret, "expires"), created = number_of(secret, "created");
    const char *id = admin_view_text(secret, "id");
    int64_t last = last_use(lasts, id, created);

    html_put(h, "<tr><th scope=\"row\">%s</th><td>", id);
    admin_put_time(v->a, created);
    html_put(h, "</td><td>");
    if (last)
        admin_put_time(v->a, last);
    else
        html_put(h, "–");
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
                 admin_url(v->a, admin_view_path(v, "/secret"), "secret", id), id);
    html_put(h, "</td></tr>\n");
}

/* When each was presented last; NULL where state.db does not say, which the part about activity
 * tells. */
static apr_hash_t *read_lasts(const admin_view_t *v)
{
    apr_hash_t *lasts = NULL;

    if (admin_open_state(v->a) || tokex_use_store_secrets(&lasts, v->a->state, v->id, v->a->pool))
        return NULL;
    return lasts;
}

const tokex_err_t *admin_put_credentials(const admin_view_t *v)
{
    html_t *h = v->a->html;
    const tokex_json_t *list = tokex_json_get(v->object, "secrets"), *node;
    apr_hash_t *lasts = read_lasts(v);

    html_put(h, "<p class=\"hint\">Only digests are kept. Two may be good while one replaces the "
                "other.</p>");
    if (tokex_json_count(list)) {
        html_put(h,
                 "<div class=\"scroll\"><table><caption class=\"hidden\">Secrets</caption><thead>"
                 "<tr><th scope=\"col\">Name</th><th scope=\"col\">Made</th><th scope=\"col\">Last "
                 "used</th><th scope=\"col\">Ends</th><th scope=\"col\">Status</th><th "
                 "scope=\"col\"><span class=\"hidden\">"
                 "Action</span></th></tr></thead><tbody>");
        for (node = tokex_json_first(list); node; node = tokex_json_next(node))
            put_secret(v, node, lasts);
        html_put(h, "</tbody></table></div>");
    } else
        html_put(h, "<p>It has none, so it serves protected locations alone.</p>");
    if (v->edits) {
        html_put(h, "<p class=\"buttons\"><a class=\"button quiet\" href=\"%s\">%s</a>",
                 admin_view_url(v, "/secret"), tokex_json_count(list) ? "Rotate" : "Make a secret");
        if (tokex_json_count(list))
            html_put(h, "<a class=\"button quiet\" href=\"%s\">Test a secret</a>",
                     admin_view_url(v, "/credential"));
        html_put(h, "</p>");
    }
    return NULL;
}

/* ---- Properties */

const tokex_err_t *admin_put_properties(const admin_view_t *v)
{
    html_t *h = v->a->html;
    const tokex_json_t *list = tokex_json_get(v->object, "properties"), *node;

    if (!tokex_json_count(list)) {
        html_put(h, "<p>It has none. Rows of mappings and procedures can read what stands here: a "
                    "tier, a cost centre.</p>");
        return NULL;
    }
    html_put(h, "<div class=\"scroll\"><table><caption class=\"hidden\">Properties</caption><thead>"
                "<tr><th scope=\"col\">Name</th><th scope=\"col\">Value</th></tr></thead><tbody>");
    for (node = tokex_json_first(list); node; node = tokex_json_next(node))
        html_put(h, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>", admin_view_text(node, "name"),
                 admin_view_text(node, "value"));
    html_put(h, "</tbody></table></div>");
    return NULL;
}
