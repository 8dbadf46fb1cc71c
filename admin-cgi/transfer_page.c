/* The whole configuration as one document, out and in. */
#include <string.h>

#include <apr_strings.h>

#include "config/document.h"
#include "guard.h"
#include "line.h"
#include "pages.h"
#include "route.h"
#include "save.h"
#include "store/config_store.h"

/* `problem` with what was asked for; NULL: none. */
static void put_export(admin_t *a, const char *problem)
{
    const admin_line_t line = {
        .name = "only",
        .label = "Only these",
        .hint =
            "Optional: objects, or all of a kind, with blanks between: client/orders-api issuer",
        .value = admin_input_text(a->query, "only"),
        .problem = problem};

    if (problem)
        admin_put_problems(a, &line, 1);
    html_put(a->html,
             "<section class=\"fields\"><h2>Export</h2><p>All objects as sorted JSON, without "
             "anything secret: the same as <code>tokexctl export</code>.</p><form method=\"get\" "
             "action=\"%s\">",
             admin_url(a, "/transfer/export", NULL, NULL));
    admin_put_line(a, &line);
    html_put(a->html, "<p class=\"buttons\"><button class=\"quiet\">Download configuration.json"
                      "</button></p></form></section>\n");
}

static const tokex_err_t *put_import(admin_t *a, const char *document)
{
    if (a->role < ADMIN_ADMINISTRATOR) {
        html_put(a->html, "<section><h2>Import</h2><p>It replaces everything, so it needs the role "
                          "administrator.</p></section>\n");
        return NULL;
    }
    html_put(a->html,
             "<section class=\"fields\"><h2>Import</h2><p>A document replaces the whole "
             "configuration; what it leaves out goes. Secrets that it names without a value "
             "stay as they are.</p>");
    TOKEX_RETURN_ERR(admin_put_form(a, "/transfer/import"));
    html_put(a->html,
             "<div class=\"field\"><label for=\"f-document\">Document</label><textarea "
             "id=\"f-document\" name=\"document\" rows=\"12\" spellcheck=\"false\">\n%s</textarea>"
             "</div>",
             document);
    admin_put_reason(a);
    html_put(a->html,
             "<p class=\"buttons\"><button name=\"do\" value=\"dry\">Look what would change"
             "</button><button name=\"do\" value=\"apply\" class=\"danger\">Import</button>"
             "</p></form></section>\n");
    return NULL;
}

const tokex_err_t *admin_transfer_page(admin_t *a)
{
    a->place = (admin_place_t){.title = "Import and export", .section = "/transfer"};
    put_export(a, NULL);
    return put_import(a, "");
}

/* ---- Out */

/* The objects that `only` names; none: all. */
static const char *read_choices(apr_array_header_t *choices, const admin_t *a)
{
    char *rest = apr_pstrdup(a->pool, admin_input_text(a->query, "only")), *word;

    while ((word = strsep(&rest, " "))) {
        tokex_document_choice_t choice;

        if (!*word)
            continue;
        if (!tokex_document_choice_read(&choice, word, a->pool))
            return apr_pstrcat(a->pool, word, " is no kind of object; kinds are ",
                               tokex_document_nouns(a->pool), NULL);
        APR_ARRAY_PUSH(choices, tokex_document_choice_t) = choice;
    }
    return NULL;
}

/* The document, or what is wrong with what was asked for. */
static const char *write_some(const char **out, const tokex_config_t *config,
                              apr_array_header_t *choices, apr_pool_t *pool)
{
    tokex_document_choice_t *chosen = (tokex_document_choice_t *)choices->elts;
    int i;

    *out = tokex_document_write_some(config, false, chosen, choices->nelts, pool);
    for (i = 0; i < choices->nelts; i++)
        if (chosen[i].id && !chosen[i].found)
            return apr_psprintf(pool, "there is no %s %s", chosen[i].noun, chosen[i].id);
    return NULL;
}

static const tokex_err_t *refuse_export(admin_t *a, const char *problem)
{
    a->reply.status = 422;
    a->place = (admin_place_t){.title = "Import and export", .section = "/transfer"};
    put_export(a, problem);
    return put_import(a, "");
}

const tokex_err_t *admin_export(admin_t *a)
{
    apr_array_header_t *choices = apr_array_make(a->pool, 4, sizeof(tokex_document_choice_t));
    const char *problem = read_choices(choices, a), *text;
    const tokex_config_t *config;

    if (problem)
        return refuse_export(a, problem);
    /* What is kept elsewhere is looked at whole first. */
    TOKEX_RETURN_ERR(tokex_db_open(&a->config, a->conf->config_path, TOKEX_DB_CONFIG, TOKEX_DB_READ,
                                   false, a->pool));
    TOKEX_RETURN_ERR(tokex_config_store_load(&config, NULL, a->config, a->pool, a->pool));
    if (choices->nelts)
        problem = write_some(&text, config, choices, a->pool);
    else
        text = tokex_document_write(config, false, NULL, a->pool);
    if (problem)
        return refuse_export(a, problem);
    a->reply.type = "application/json";
    a->reply.download = "configuration.json";
    a->reply.body = text;
    a->reply.len = strlen(text);
    return NULL;
}

/* ---- In */

static void put_faults(admin_t *a, const tokex_faults_t *faults)
{
    int i;

    admin_begin_problems(a);
    for (i = 0; i < faults->count && i < 100; i++)
        html_put(a->html, "<li>%s<a href=\"#f-document\">%s</a></li>",
                 faults->items[i].warning ? "warning: " : "",
                 tokex_config_fault_text(&faults->items[i], a->pool));
    admin_end_problems(a);
}

static const tokex_err_t *put_differing(admin_t *a, const apr_array_header_t *differing)
{
    int i;

    html_put(a->html, "<section><h2>What would change</h2>");
    if (!differing->nelts)
        html_put(a->html, "<p>Nothing: it is like that already.</p>");
    for (i = 0; i < differing->nelts && i < 100; i++) {
        const tokex_change_object_t *object = &APR_ARRAY_IDX(differing, i, tokex_change_object_t);

        html_put(a->html, "<h3>%s %s %s</h3>",
                 !object->before  ? "Added"
                 : !object->after ? "Removed"
                                  : "Changed",
                 object->noun, object->id);
        if (object->before && object->after)
            TOKEX_RETURN_ERR(
                admin_put_diff(a, object->noun, object->before, object->after, "Before", "After"));
    }
    if (differing->nelts > 100)
        html_put(a->html, "<p>And %d objects more.</p>", differing->nelts - 100);
    html_put(a->html, "</section>\n");
    return NULL;
}

static const tokex_err_t *answer(admin_t *a, const tokex_edit_way_t *way,
                                 const tokex_faults_t *faults, const char *document)
{
    bool failed = faults->error_count > 0;

    a->place = (admin_place_t){.title = failed ? "Nothing was imported" : "Look before you import",
                               .section = "/transfer",
                               .up = "Import and export",
                               .up_path = admin_url(a, "/transfer", NULL, NULL)};
    if (failed) {
        a->reply.status = 422;
        put_faults(a, faults);
    } else
        TOKEX_RETURN_ERR(put_differing(a, way->differing));
    return put_import(a, document);
}

const tokex_err_t *admin_import(admin_t *a)
{
    const char *document = admin_input_text(a->form, "document"), *number_text;
    bool dry = strcmp(admin_input_text(a->form, "do"), "apply") != 0;
    const tokex_edit_author_t author = admin_author(a);
    const tokex_installation_t site = admin_installation(a);
    tokex_faults_t *faults = tokex_config_faults_create(a->pool);
    const tokex_config_t *config;
    const tokex_err_t *err;
    tokex_edit_way_t way;
    int64_t number = 0;

    TOKEX_RETURN_ERR(admin_open_config(a));
    way = tokex_installation_way(&site, a->config, dry);
    err = tokex_edit_document(&number, &config, &way, document, strlen(document), &author, faults,
                              a->pool);
    if (err && err->code == TOKEX_E_JSON) {
        const tokex_place_t at = {.object = "document"};

        tokex_faults_error(faults, &at, "Paste the whole document, as an export gives it.",
                           "this is no JSON object: %s", tokex_err_text(err, a->pool));
        err = NULL;
    }
    if (err && err->code != TOKEX_E_DOCUMENT)
        return err;
    if (dry || faults->error_count)
        return answer(a, &way, faults, document);
    number_text = apr_psprintf(a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)number);
    if (way.made->nelts) {
        a->place =
            (admin_place_t){.title = "Imported, and secrets were made", .section = "/transfer"};
        admin_put_secrets(a, way.made, admin_url(a, "/changes/show", "number", number_text));
    } else
        admin_redirect(a, number ? admin_url(a, "/changes/show", "number", number_text)
                                 : admin_url(a, "/transfer", NULL, NULL));
    return NULL;
}
