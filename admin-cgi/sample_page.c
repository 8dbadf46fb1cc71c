/* A mapping and a sample token: its claims to choose from, what the rows make of them, and who gets
 * that. Nothing of the token is stored. */
#include <string.h>

#include <apr_strings.h>

#include "explain/sample.h"
#include "guard.h"
#include "line.h"
#include "pages.h"
#include "policy/path.h"
#include "policy/propose.h"
#include "route.h"
#include "save.h"
#include "store/list_store.h"

/* Of a value so much is shown, octets. */
#define SHOWN 60
/* So many clients are named. */
#define CLIENTS_MOST 20

/* ---- The form */

const tokex_err_t *admin_put_sample_form(admin_t *a, const char *id)
{
    TOKEX_RETURN_ERR(admin_put_form(a, "/mappings/sample"));
    html_put(
        a->html,
        "<section class=\"fields\"><h2>From a sample token</h2><input type=\"hidden\" "
        "name=\"id\" value=\"%s\"><div class=\"field\"><label for=\"f-sample\">Sample token"
        "</label><p class=\"hint\" id=\"h-sample\">A token of an issuer with this mapping. Its "
        "signature is not looked at, and it is not stored.</p><textarea id=\"f-sample\" "
        "name=\"sample\" rows=\"5\" spellcheck=\"false\" autocapitalize=\"none\" "
        "aria-describedby=\"h-sample\">\n%s</textarea></div><p class=\"buttons\"><button "
        "class=\"quiet\">Show its claims</button></p></section></form>\n",
        id, a->form ? admin_input_text(a->form, "sample") : "");
    return NULL;
}

/* ---- A row for a claim */

/* Of a name that is a URL, what stands behind its last slash. */
static const char *short_name(const char *name)
{
    const char *slash = strstr(name, "://") ? strrchr(name, '/') : NULL;

    return slash && slash[1] ? slash + 1 : name;
}

const tokex_json_t *admin_mapping_row(admin_t *a, const char *from, const char *type)
{
    tokex_jsonw_t *w = tokex_jsonw_create(a->pool, 256);
    const tokex_json_t *row = NULL;
    tokex_path_t path;
    const char *to = NULL;

    if (tokex_path_parse(&path, from, a->pool))
        to = short_name(path.names[path.count - 1]);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "source", "subject");
    tokex_jsonw_member_string(w, "from", from);
    tokex_jsonw_member_string(w, "type", *type ? type : NULL);
    tokex_jsonw_member_string(w, "to", to && !tokex_propose_is_reserved(to) ? to : NULL);
    tokex_jsonw_object_end(w);
    (void)tokex_json_parse_object(&row, tokex_jsonw_text(w, NULL),
                                  strlen(tokex_jsonw_text(w, NULL)), a->pool);
    return row;
}

/* ---- A mapping that was proposed */

void admin_put_made_mapping(admin_t *a, const char *text)
{
    const tokex_json_t *mapping, *row;
    html_t *h = a->html;

    if (tokex_json_parse_object(&mapping, text, strlen(text), a->pool))
        return;
    html_put(h,
             "<div class=\"field\"><label class=\"tick\"><input type=\"checkbox\" "
             "name=\"with_mapping\" value=\"%s\" checked=\"checked\"><span>Make the mapping %s "
             "too</span></label><details><summary>Its rows</summary><ul>",
             text, tokex_json_string(tokex_json_get(mapping, "id")));
    row = tokex_json_first(tokex_json_get(mapping, "rows"));
    for (; row; row = tokex_json_next(row))
        html_put(h, "<li><code>%s</code> → <code>%s</code></li>",
                 tokex_json_string(tokex_json_get(row, "from")),
                 tokex_json_string(tokex_json_get(row, "to")));
    html_put(h, "</ul></details></div>");
}

/* ---- Its claims */

typedef struct sample_t {
    admin_t *a;
    const char *id;
    const tokex_json_t *claims;
    const tokex_try_row_t *rows;
    int row_count;
} sample_t;

static const char *shown(const tokex_json_t *node, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 128);
    const char *text;
    apr_size_t len, most = SHOWN;

    tokex_jsonw_node(w, node);
    text = tokex_jsonw_text(w, &len);
    if (len <= SHOWN)
        return text;
    /* Not in the middle of a character. */
    while (most && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return apr_pstrcat(pool, apr_pstrmemdup(pool, text, most), "…", NULL);
}

/* The row that the claim at `path` goes into; NULL: none. */
static const char *goes_to(const sample_t *s, const char *path)
{
    int i;

    for (i = 0; i < s->row_count; i++)
        if (strcmp(s->rows[i].row->source, "subject") == 0 &&
            strcmp(s->rows[i].row->from, path) == 0)
            return s->rows[i].row->to;
    return NULL;
}

static void put_action(const sample_t *s, const tokex_json_t *claim, const char *path)
{
    admin_t *a = s->a;
    const char *to = goes_to(s, path), *type = tokex_propose_type(claim);

    if (to)
        html_put(a->html, "becomes <code>%s</code>", to);
    else if (a->role >= ADMIN_EDITOR)
        html_put(
            a->html, "<a href=\"%s\">Use this claim<span class=\"hidden\"> %s</span></a>",
            admin_url(a,
                      admin_query(admin_query(admin_query("/mappings/part", "id", s->id, a->pool),
                                              "place", "0", a->pool),
                                  "from", path, a->pool),
                      "type", type ? type : "any"),
            path);
}

/* Its path as segments, so that a dot in a name is no step. */
static void put_claim(const sample_t *s, const tokex_json_t *claim, const char *segments,
                      const char *path)
{
    html_put(s->a->html, "<tr><th scope=\"row\"><code>%s</code></th><td><code>%s</code></td><td>",
             segments, shown(claim, s->a->pool));
    put_action(s, claim, path);
    html_put(s->a->html, "</td></tr>\n");
}

static void put_claims(const sample_t *s, const tokex_json_t *object, const char *segments,
                       const char *path, int depth)
{
    apr_pool_t *pool = s->a->pool;
    const tokex_json_t *claim;

    for (claim = tokex_json_first(object); claim; claim = tokex_json_next(claim)) {
        const char *name = tokex_json_name(claim);
        const char *names = apr_pstrcat(pool, segments, *segments ? " › " : "", name, NULL);
        const char *at =
            apr_pstrcat(pool, path, *path ? "." : "", tokex_propose_step(name, pool), NULL);

        if (tokex_json_type(claim) == TOKEX_JSON_OBJECT && depth < TOKEX_PATH_NAMES)
            put_claims(s, claim, names, at, depth + 1);
        else
            put_claim(s, claim, names, at);
    }
}

static void put_incoming(const sample_t *s)
{
    html_put(s->a->html,
             "<section><h2>Its claims</h2><div class=\"scroll\"><table><caption "
             "class=\"hidden\">Claims of the sample</caption><thead><tr><th scope=\"col\">Path</th>"
             "<th scope=\"col\">Value</th><th scope=\"col\">In this mapping</th></tr></thead>"
             "<tbody>");
    put_claims(s, s->claims, "", "", 1);
    html_put(s->a->html, "</tbody></table></div></section>\n");
}

/* ---- What becomes of them, and who gets it */

static void put_outgoing(const sample_t *s)
{
    html_t *h = s->a->html;
    int i;

    html_put(h,
             "<section><h2>What becomes of it</h2><div class=\"scroll\"><table><caption>Incoming "
             "claims and what issued tokens say</caption><thead><tr><th scope=\"col\">Incoming"
             "</th><th scope=\"col\">Value</th><th scope=\"col\">Outgoing</th><th "
             "scope=\"col\">Value</th></tr></thead><tbody>");
    for (i = 0; i < s->row_count; i++) {
        const tokex_try_row_t *row = &s->rows[i];
        bool mapped =
            strcmp(row->row->source, "subject") == 0 || strcmp(row->row->source, "constant") == 0;

        html_put(h,
                 "<tr><td>%s <code>%s</code></td><td><code>%s</code></td><th scope=\"row\">→ "
                 "%s</th><td>",
                 row->row->source, row->row->from, row->in ? row->in : "–", row->row->to);
        if (row->refused && mapped)
            html_put(h, "<span class=\"status refused\">refused</span>");
        else if (row->out)
            html_put(h, "<code>%s</code>", row->out);
        else
            html_put(h, "%s", mapped ? "left out" : "known in an exchange only");
        html_put(h, "</td></tr>\n");
    }
    html_put(h, "</tbody></table></div></section>\n");
}

static const tokex_err_t *put_clients(const sample_t *s, const char *issuer)
{
    admin_t *a = s->a;
    tokex_texts_t clients, targets;
    int i, j;

    TOKEX_RETURN_ERR(tokex_list_store_takers(&clients, a->config, issuer, a->pool));
    if (!clients.count)
        html_put(a->html, "no client takes its tokens yet");
    for (i = 0; i < clients.count && i < CLIENTS_MOST; i++) {
        html_put(a->html, "%s<a href=\"%s\">%s</a>", i ? "; " : "",
                 admin_url(a, "/clients/show", "id", clients.items[i]), clients.items[i]);
        TOKEX_RETURN_ERR(tokex_list_store_targets(&targets, a->config, clients.items[i], a->pool));
        for (j = 0; j < targets.count; j++)
            html_put(a->html, "%s<a href=\"%s\">%s</a>", j ? ", " : " for ",
                     admin_url(a, "/targets/show", "id", targets.items[j]), targets.items[j]);
    }
    if (clients.count > CLIENTS_MOST)
        html_put(a->html, "; and %d more", clients.count - CLIENTS_MOST);
    return NULL;
}

static const tokex_err_t *put_receivers(const sample_t *s, const tokex_config_t *config)
{
    html_t *h = s->a->html;
    int i, count = 0;

    html_put(h, "<section><h2>Who receives it</h2><ul>");
    for (i = 0; i < config->issuer_count; i++) {
        const tokex_issuer_t *issuer = &config->issuers[i];

        if (!issuer->mapping || strcmp(issuer->mapping, s->id) != 0)
            continue;
        count++;
        html_put(h, "<li>Tokens of <a href=\"%s\">%s</a>: ",
                 admin_url(s->a, "/issuers/show", "id", issuer->id), issuer->id);
        TOKEX_RETURN_ERR(put_clients(s, issuer->id));
        html_put(h, "</li>");
    }
    if (!count)
        html_put(h, "<li>No issuer has this mapping yet.</li>");
    html_put(h, "</ul></section>\n");
    return NULL;
}

/* ---- The page */

static const tokex_err_t *bad_sample(admin_t *a, const tokex_err_t *err, const char *id)
{
    a->reply.status = 422;
    admin_begin_problems(a);
    html_put(a->html,
             "<li><a href=\"#f-sample\">Sample token: it cannot serve as a sample: %s</a></li>",
             tokex_err_info(err->code)->remedy);
    admin_end_problems(a);
    return admin_put_sample_form(a, id);
}

const tokex_err_t *admin_mapping_sample(admin_t *a)
{
    sample_t s = {.a = a, .id = admin_input_text(a->form, "id")};
    const char *text = admin_input_text(a->form, "sample");
    tokex_faults_t *faults = tokex_config_faults_create(a->pool);
    const tokex_config_t *config;
    const tokex_json_t *mapping;
    const tokex_err_t *err;
    int64_t revision;
    int i;

    TOKEX_RETURN_ERR(admin_read(a, &mapping, &revision, &admin_noun_mapping, s.id));
    if (!mapping)
        return NULL;
    a->place = (admin_place_t){.title = "A mapping and a sample",
                               .section = "/mappings",
                               .up = s.id,
                               .up_path = admin_url(a, "/mappings/show", "id", s.id)};
    err = tokex_propose_claims(&s.claims, text, strlen(text), a->pool);
    if (err)
        return bad_sample(a, err, s.id);
    TOKEX_RETURN_ERR(admin_load(a, &config));
    err = tokex_sample_rows(&s.rows, &s.row_count, config, s.id, s.claims, a->now, a->crypt, faults,
                            a->pool);
    if (err && !faults->error_count)
        return err;
    for (i = 0; err && i < faults->count; i++)
        html_put(a->html, "<p class=\"warn\">%s</p>\n",
                 tokex_config_fault_text(&faults->items[i], a->pool));
    put_incoming(&s);
    put_outgoing(&s);
    TOKEX_RETURN_ERR(put_receivers(&s, config));
    return admin_put_sample_form(a, s.id);
}
