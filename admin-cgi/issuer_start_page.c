/* A new issuer: from what its server says, from a token of its, or by hand. What is found fills the
 * usual form; nothing is stored before that one is saved. */
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "guard.h"
#include "issuer_found.h"
#include "line.h"
#include "pages.h"
#include "policy/issuer_url.h"
#include "policy/normalise.h"
#include "policy/propose.h"
#include "probe.h"
#include "route.h"
#include "store/list_pick.h"

/* What is wrong with what was written, in the field of that name. */
typedef struct problem_t {
    const char *field; /* NULL: nothing is */
    const char *label;
    const char *words;
    const char *other; /* the issuer that the metadata names instead; NULL: none to be offered */
    const char *known; /* id of the issuer that it is already; NULL: it is none */
} problem_t;

/* ---- The three ways */

static const char *value_of(const admin_t *a, const char *name)
{
    return a->form ? admin_input_text(a->form, name) : "";
}

static void put_line(admin_t *a, const problem_t *p, admin_line_t line)
{
    bool is_bad = p->field && strcmp(p->field, line.name) == 0;

    /* What was pasted and is no good, which may be a private key, does not come back. */
    if (!(is_bad && line.rows))
        line.value = value_of(a, line.name);
    line.problem = is_bad ? p->words : NULL;
    admin_put_line(a, &line);
}

static const tokex_err_t *put_url_way(admin_t *a, const problem_t *p)
{
    html_t *h = a->html;

    TOKEX_RETURN_ERR(admin_put_form(a, "/issuers/read"));
    html_put(h, "<section class=\"fields\"><h2>From what it says of itself</h2>");
    put_line(a, p,
             (admin_line_t){.name = "issuer",
                            .label = "Issuer URL",
                            .hint = "As the claim iss of its tokens has it, letter for letter: "
                                    "with and without a slash at the end are two issuers.",
                            .is_url = true});
    html_put(h, "<p class=\"buttons\"><button name=\"do\" value=\"metadata\">Read its metadata"
                "</button></p><h3>Where it has no metadata</h3>");
    put_line(a, p,
             (admin_line_t){.name = "jwks_url",
                            .label = "Key set (JWKS URL)",
                            .hint = "The URL of its keys.",
                            .is_url = true});
    html_put(h, "<p class=\"buttons\"><button class=\"quiet\" name=\"do\" value=\"jwks\">Read its "
                "keys</button></p>");
    put_line(a, p,
             (admin_line_t){.name = "material",
                            .label = "Keys or certificates",
                            .hint = "A JWK Set, a certificate or a public key as PEM or as base64 "
                                    "of DER.",
                            .rows = 5});
    html_put(h, "<p class=\"buttons\"><button class=\"quiet\" name=\"do\" value=\"paste\">Take "
                "these keys</button></p></section></form>\n");
    return NULL;
}

static const tokex_err_t *put_ways(admin_t *a, const problem_t *p)
{
    TOKEX_RETURN_ERR(put_url_way(a, p));
    TOKEX_RETURN_ERR(admin_put_form(a, "/issuers/sample"));
    html_put(a->html, "<section class=\"fields\"><h2>From a sample token</h2>");
    put_line(a, p,
             (admin_line_t){.name = "sample",
                            .label = "Sample token",
                            .hint = "A token that it issued. It is read once, its signature is "
                                    "not looked at, and it is not stored.",
                            .rows = 5});
    html_put(a->html,
             "<p class=\"buttons\"><button>Read the token</button></p></section></form>\n"
             "<section><h2>By hand</h2><p><a href=\"%s\">Write everything yourself</a></p>"
             "</section>\n",
             admin_url(a, "/issuers/new", NULL, NULL));
    return NULL;
}

static void set_place(admin_t *a)
{
    a->place = (admin_place_t){.title = "New issuer",
                               .section = "/issuers",
                               .up = "Issuers",
                               .up_path = admin_url(a, "/issuers", NULL, NULL)};
}

const tokex_err_t *admin_issuer_start_page(admin_t *a)
{
    const problem_t none = {.field = NULL};

    set_place(a);
    html_put(a->html,
             "<p class=\"lead\">Say who it is. What can be found out is filled in, and you "
             "look at all of it before it is saved.</p>\n");
    return put_ways(a, &none);
}

static const tokex_err_t *offer_other(admin_t *a, const char *other, const char *typed)
{
    TOKEX_RETURN_ERR(admin_put_form(a, "/issuers/read"));
    html_put(
        a->html,
        "<div class=\"warn\"><p><code>%s</code> and <code>%s</code> are different issuers. The "
        "metadata says the second.</p><input type=\"hidden\" name=\"issuer\" value=\"%s\">"
        "<p class=\"buttons\"><button name=\"do\" value=\"metadata\">Use that</button></p>"
        "</div></form>\n",
        typed, other, other);
    return NULL;
}

/* The ways again, with what is wrong above them. */
static const tokex_err_t *ask_again(admin_t *a, const problem_t *p, const tokex_probe_t *probe)
{
    set_place(a);
    a->reply.status = 422;
    admin_begin_problems(a);
    html_put(a->html, "<li><a href=\"#f-%s\">%s: %s</a></li>", p->field, p->label, p->words);
    admin_end_problems(a);
    if (p->other)
        TOKEX_RETURN_ERR(offer_other(a, p->other, value_of(a, "issuer")));
    if (p->known)
        html_put(a->html, "<p class=\"warn\"><a href=\"%s\">Open %s</a></p>\n",
                 admin_url(a, "/issuers/show", "id", p->known), p->known);
    if (probe)
        admin_put_probe(a, probe);
    return put_ways(a, p);
}

static const tokex_err_t *bad_issuer(admin_t *a, const char *words)
{
    const problem_t p = {"issuer", "Issuer URL", words, NULL, NULL};

    return ask_again(a, &p, NULL);
}

/* ---- Is it here already? */

static const char *cell(const tokex_list_t *list, int row, const char *column)
{
    int place = tokex_list_pick_column(list, column);
    const char *text = place < 0 ? NULL : list->cells[row * list->column_count + place].text;

    return text ? text : "";
}

/* Whether it is, and then a page says so; `field` is where it was written. */
static const tokex_err_t *refuse_known(bool *known, admin_t *a, const char *issuer,
                                       const char *field, const char *label)
{
    problem_t p = {field, label, NULL, NULL, NULL};
    tokex_list_t list;
    int i;

    *known = false;
    TOKEX_RETURN_ERR(admin_open_config(a));
    TOKEX_RETURN_ERR(tokex_list_store_read(&list, a->config, "issuer", a->now, a->pool));
    for (i = 0; i < list.row_count && !p.known; i++)
        if (strcmp(cell(&list, i, "issuer"), issuer) == 0)
            p.known = cell(&list, i, "id");
    if (!p.known)
        return NULL;
    *known = true;
    p.words = apr_pstrcat(a->pool, "This issuer is already registered as \"", p.known, "\"", NULL);
    return ask_again(a, &p, NULL);
}

/* ---- What it will mean */

static const char *join(const tokex_json_t *list, const char *otherwise, apr_pool_t *pool)
{
    const tokex_json_t *node;
    const char *text = "";

    for (node = tokex_json_first(list); node; node = tokex_json_next(node))
        text = apr_pstrcat(pool, text, *text ? ", " : "", tokex_json_string(node), NULL);
    return *text ? text : otherwise;
}

/* What it will mean, in a sentence. */
static void put_review(admin_t *a, const tokex_json_t *issuer)
{
    const char *metadata = tokex_json_string(tokex_json_get(issuer, "metadata_url"));
    const tokex_json_t *urls = tokex_json_get(issuer, "jwks_urls");
    const char *keys = metadata ? "that its metadata leads to"
                       : urls   ? "of its key set"
                                : "that are written here";

    html_put(
        a->html,
        "<section><h2>Review</h2><p>A token counts as one of <code>%s</code> when it is signed "
        "with %s by one of the keys %s, and made for %s. Look at each choice below; saved is "
        "what the form says.</p></section>\n",
        tokex_json_string(tokex_json_get(issuer, "issuer")),
        join(tokex_json_get(issuer, "algorithms"), "the usual algorithms", a->pool), keys,
        join(tokex_json_get(issuer, "audiences"), "this server's own issuer URL", a->pool));
}

static const tokex_err_t *put_filled(admin_t *a, const char *text, const char *mapping)
{
    const tokex_json_t *issuer;

    TOKEX_RETURN_ERR(tokex_json_parse_object(&issuer, text, strlen(text), a->pool));
    put_review(a, issuer);
    return admin_put_new(a, &admin_noun_issuer, issuer, mapping);
}

static const tokex_err_t *put_found(admin_t *a, const tokex_probe_t *probe,
                                    const tokex_issuer_t *issuer, const char *material)
{
    const tokex_probe_step_t *failed = admin_found_failed(probe), *keys;
    problem_t p = {.field = "issuer", .label = "Issuer URL"};

    if (failed) {
        p.words = admin_found_words(failed, issuer->issuer, a->pool);
        p.other = admin_found_other(failed, issuer->issuer, a->pool);
        return ask_again(a, &p, probe);
    }
    keys = tokex_key_probe_step(probe, "keys");
    html_put(a->html,
             "<p class=\"verdict granted\" role=\"status\">%s.</p><section><details><summary>What "
             "was found</summary>",
             keys ? keys->found : "");
    admin_put_probe(a, probe);
    html_put(a->html, "</details></section>\n");
    return put_filled(a, admin_found_issuer(probe, issuer, material, a->pool), NULL);
}

/* ---- From a URL */

static const tokex_err_t *read_server(admin_t *a, const char *url, const char *jwks_url)
{
    const char *const urls[] = {jwks_url};
    tokex_issuer_t known = {.issuer = url, .enabled = true, .leeway = 30}, *issuer = &known;
    tokex_fetch_way_t out;
    tokex_probe_way_t way;
    tokex_probe_t probe;

    TOKEX_RETURN_ERR(admin_probe_open(&out, &way, a));
    if (jwks_url) {
        known.jwks_urls = (tokex_texts_t){urls, 1};
        tokex_key_probe_run(&probe, &way, &known, a->pool);
    } else
        tokex_key_probe_discover(&probe, &issuer, &way, url, a->pool);
    admin_put_probe_way(a, &out);
    return put_found(a, &probe, issuer, NULL);
}

static const tokex_err_t *bad_material(admin_t *a, const tokex_faults_t *faults)
{
    static const char private[] = "This is a private key, not a certificate. It was not stored. "
                                  "Replace it, since it has been "
                                  "pasted into a browser";
    problem_t p = {
        .field = "material", .label = "Keys or certificates", .words = "No key was found in it"};
    const char *material = value_of(a, "material");
    int i;

    for (i = 0; faults && i < faults->count; i++)
        if (!faults->items[i].warning)
            p.words = faults->items[i].problem;
    if (strstr(material, "PRIVATE KEY") || strstr(p.words, "private"))
        p.words = private;
    return ask_again(a, &p, NULL);
}

static const tokex_err_t *read_material(admin_t *a, const char *url)
{
    const char *material = value_of(a, "material");
    const bool is_text = strchr("{-", material[strspn(material, " \t\r\n")]) != NULL;
    const tokex_issuer_key_t pasted = {.pem = is_text ? material : NULL, .der = material};
    tokex_faults_t *faults = tokex_config_faults_create(a->pool);
    tokex_issuer_t issuer = {.issuer = url, .enabled = true};
    const tokex_probe_way_t way = {.clock = apr_time_now, .crypt = a->crypt};
    const char *octets;
    apr_size_t len;
    tokex_probe_t probe;

    if (!tokex_key_material(&octets, &len, &pasted, a->pool))
        return bad_material(a, NULL);
    if (!tokex_normalise_keys(&issuer.keys, &issuer.key_count, "new", octets, len, a->now, a->crypt,
                              faults, a->pool, a->pool))
        return bad_material(a, faults);
    tokex_key_probe_run(&probe, &way, &issuer, a->pool);
    return put_found(a, &probe, &issuer, material);
}

/* The URL as it was pasted; NULL: a page says what is wrong with it. */
static const tokex_err_t *take_url(const char **url, admin_t *a)
{
    char *text = apr_pstrdup(a->pool, value_of(a, "issuer"));
    tokex_faults_t *faults = tokex_config_faults_create(a->pool);
    const tokex_place_t at = {.object = "issuer", .field = "issuer"};
    bool known = false;

    *url = NULL;
    apr_collapse_spaces(text, text);
    tokex_issuer_url_check(faults, &at, text);
    if (faults->error_count && strncmp(text, "http://", 7) == 0)
        return bad_issuer(a, "Use https. Plain http is only possible for this host itself");
    if (faults->error_count)
        return bad_issuer(
            a, apr_pstrcat(a->pool, faults->items[0].problem, ". ", faults->items[0].remedy, NULL));
    TOKEX_RETURN_ERR(refuse_known(&known, a, text, "issuer", "Issuer URL"));
    if (!known)
        *url = text;
    return NULL;
}

const tokex_err_t *admin_issuer_read(admin_t *a)
{
    const char *what = value_of(a, "do"), *url;
    char *jwks = apr_pstrdup(a->pool, value_of(a, "jwks_url"));
    const problem_t no_jwks = {
        .field = "jwks_url", .label = "Key set (JWKS URL)", .words = "Write the URL of its keys"};

    set_place(a);
    apr_collapse_spaces(jwks, jwks);
    TOKEX_RETURN_ERR(take_url(&url, a));
    if (!url)
        return NULL;
    if (strcmp(what, "paste") == 0)
        return read_material(a, url);
    if (strcmp(what, "jwks") == 0 && !*jwks)
        return ask_again(a, &no_jwks, NULL);
    return read_server(a, url, strcmp(what, "jwks") == 0 ? jwks : NULL);
}

/* ---- From a sample token */

/* A mapping that is there already is not made anew. */
static const tokex_err_t *is_mapping(bool *there, admin_t *a, const char *id)
{
    tokex_list_t list;
    int i;

    *there = false;
    TOKEX_RETURN_ERR(tokex_list_store_read(&list, a->config, "mapping", a->now, a->pool));
    for (i = 0; i < list.row_count; i++)
        *there = *there || strcmp(cell(&list, i, "id"), id) == 0;
    return NULL;
}

static const tokex_err_t *put_proposal(admin_t *a, const tokex_proposal_t *proposal)
{
    bool there = false;
    int i;

    TOKEX_RETURN_ERR(is_mapping(&there, a, proposal->id));
    html_put(a->html, "<div class=\"warn\"><p>The signature of the token was not verified: compare "
                      "what it says with what the issuer says.</p><ul>");
    for (i = 0; i < proposal->warning_count; i++)
        html_put(a->html, "<li>%s.</li>", proposal->warnings[i]);
    if (there)
        html_put(a->html, "<li>There is a mapping %s already, which is taken as it is.</li>",
                 proposal->id);
    html_put(a->html, "</ul></div>\n");
    return put_filled(a, proposal->issuer, there ? NULL : proposal->mapping);
}

const tokex_err_t *admin_issuer_sample(admin_t *a)
{
    const char *sample = value_of(a, "sample"), *id = value_of(a, "id"), *iss;
    tokex_proposal_t proposal;
    const tokex_json_t *issuer;
    const tokex_err_t *err =
        tokex_propose_issuer(&proposal, sample, strlen(sample), *id ? id : NULL, a->now, a->pool);
    problem_t p = {.field = "sample", .label = "Sample token"};
    bool known = false;

    set_place(a);
    if (err) {
        p.words = apr_pstrcat(
            a->pool, "It cannot serve as a sample: ", tokex_err_info(err->code)->remedy, NULL);
        return ask_again(a, &p, NULL);
    }
    TOKEX_RETURN_ERR(
        tokex_json_parse_object(&issuer, proposal.issuer, strlen(proposal.issuer), a->pool));
    iss = tokex_json_string(tokex_json_get(issuer, "issuer"));
    TOKEX_RETURN_ERR(refuse_known(&known, a, iss ? iss : "", p.field, p.label));
    return known ? NULL : put_proposal(a, &proposal);
}
