#include "save.h"

#include <string.h>

#include <apr_strings.h>

#include "guard.h"
#include "layout.h"
#include "pages.h"
#include "store/config_rows.h"

tokex_installation_t admin_installation(const admin_t *a)
{
    return (tokex_installation_t){
        a->conf->config_path, a->conf->state_path, a->conf->master_path, a->now, a->crypt, a->pool};
}

const tokex_err_t *admin_load(admin_t *a, const tokex_config_t **config)
{
    const tokex_texts_t no_clients = {NULL, 0};

    TOKEX_RETURN_ERR(admin_open_config(a));
    TOKEX_RETURN_ERR(tokex_db_begin(a->config, false, a->pool));
    TOKEX_RETURN_ERR(tokex_config_rows_load(config, a->config, &no_clients, a->pool, a->pool));
    return tokex_db_commit(a->config, a->pool);
}

tokex_edit_author_t admin_author(const admin_t *a)
{
    const char *user = a->request->user,
               *reason = a->form ? admin_input_text(a->form, "reason") : "";
    const char *address = a->request->address ? a->request->address : "";

    return (tokex_edit_author_t){
        .who =
            apr_psprintf(a->pool, "%s (console%s%s)", tokex_err_shown(a->pool, user, strlen(user)),
                         *address ? ", " : "", tokex_err_shown(a->pool, address, strlen(address))),
        .reason = *reason ? reason : NULL,
        .now = a->now};
}

bool admin_may_change(const admin_t *a, const admin_noun_t *noun)
{
    return a->role >= (noun->is_administrators ? ADMIN_ADMINISTRATOR : ADMIN_EDITOR);
}

const tokex_err_t *admin_read(admin_t *a, const tokex_json_t **object, int64_t *revision,
                              const admin_noun_t *noun, const char *id)
{
    const char *text = NULL;

    TOKEX_RETURN_ERR(admin_open_config(a));
    TOKEX_RETURN_ERR(tokex_edit_read(&text, revision, a->config, noun->noun, id, false, a->pool));
    *object = NULL;
    if (!text)
        return admin_refuse(a, 404,
                            apr_psprintf(a->pool, "There is no %s with this id.", noun->one));
    return tokex_json_parse_object(object, text, strlen(text), a->pool);
}

/* What one object alone can have, or what was said of it alone. */
static bool is_own(const char *name)
{
    return strcmp(name, "id") == 0 || strcmp(name, "name") == 0 ||
           strcmp(name, "description") == 0 || strcmp(name, "secrets") == 0;
}

const tokex_err_t *admin_read_model(admin_t *a, const tokex_json_t **model,
                                    const admin_noun_t *noun, const char *id)
{
    tokex_jsonw_t *w = tokex_jsonw_create(a->pool, 1024);
    const tokex_json_t *object, *member;
    const char *text;
    int64_t revision;

    *model = NULL;
    TOKEX_RETURN_ERR(admin_read(a, &object, &revision, noun, id));
    if (!object)
        return NULL;
    tokex_jsonw_object_begin(w);
    for (member = tokex_json_first(object); member; member = tokex_json_next(member)) {
        const char *name = tokex_json_name(member);

        if (is_own(name))
            continue;
        tokex_jsonw_name(w, name);
        tokex_jsonw_node(w, member);
    }
    tokex_jsonw_object_end(w);
    text = tokex_jsonw_text(w, NULL);
    return tokex_json_parse_object(model, text, strlen(text), a->pool);
}

/* ---- Saving */

const tokex_err_t *admin_save(admin_t *a, admin_save_t *save)
{
    tokex_edit_t edits[2] = {{save->noun, save->id, save->object, save->revision}};
    const tokex_edit_author_t author = admin_author(a);
    tokex_installation_t *site = apr_palloc(a->pool, sizeof *site);
    tokex_edit_way_t way;
    const tokex_err_t *err;

    *site = admin_installation(a);
    TOKEX_RETURN_ERR(admin_open_config(a));
    save->faults = tokex_config_faults_create(a->pool);
    save->number = 0;
    if (save->also)
        edits[1] = *save->also;
    way = tokex_installation_way(site, a->config, save->dry_run);
    err = tokex_edit_apply(&save->number, &save->late, &way, edits, save->also ? 2 : 1, &author,
                           save->faults, a->pool);
    save->made = way.made;
    save->result = save->number ? ADMIN_SAVED : ADMIN_SAME;
    if (err && err->code == TOKEX_E_CONFLICT)
        save->result = ADMIN_CONFLICT;
    else if (err && err->code == TOKEX_E_DOCUMENT)
        save->result = ADMIN_FAULTY;
    else
        return err;
    return NULL;
}

void admin_go_back(admin_t *a, const admin_noun_t *noun, const char *id, int64_t number)
{
    const char *path =
        apr_pstrcat(a->pool, noun->path, "/show?id=", html_url_part(id, a->pool), NULL);

    admin_redirect(a, admin_url(a, path, "done",
                                apr_psprintf(a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)number)));
}

const tokex_err_t *admin_put_done(admin_t *a, bool edits)
{
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
    if (edits) {
        TOKEX_RETURN_ERR(admin_put_form(a, "/changes/restore"));
        html_put(h,
                 "<input type=\"hidden\" name=\"number\" value=\"%s\">"
                 "<button class=\"quiet\">Undo</button></form>",
                 done);
    }
    html_put(h, "</div>\n");
    return NULL;
}

/* ---- What differs */

/* The columns of a table of differences: of what was added there is nothing before. */
typedef struct columns_t {
    bool was, is;
} columns_t;

static void put_member(html_t *h, const tokex_edit_member_t *m, const columns_t *shown)
{
    html_put(h, "<tr><th scope=\"row\">%s</th>", m->path);
    if (m->secret)
        html_put(h, "<td colspan=\"%d\">changed; it is not shown</td>", shown->was + shown->is);
    if (!m->secret && shown->was)
        html_put(h, "<td class=\"was\">%s</td>", m->before ? m->before : "–");
    if (!m->secret && shown->is)
        html_put(h, "<td class=\"is\">%s</td>", m->after ? m->after : "–");
    html_put(h, "</tr>");
}

const tokex_err_t *admin_put_diff(admin_t *a, const char *noun, const char *before,
                                  const char *after, const char *was, const char *is)
{
    const columns_t shown = {before != NULL, after != NULL};
    const tokex_edit_member_t *members;
    html_t *h = a->html;
    int count, i;

    TOKEX_RETURN_ERR(tokex_edit_diff(&members, &count, noun, before, after, a->pool));
    if (count == 0) {
        html_put(h, "<p>No field differs.</p>");
        return NULL;
    }
    html_put(h, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Differences\">"
                "<table class=\"diff\"><thead><tr><th scope=\"col\">Field</th>");
    if (shown.was)
        html_put(h, "<th scope=\"col\">%s</th>", was);
    if (shown.is)
        html_put(h, "<th scope=\"col\">%s</th>", is);
    html_put(h, "</tr></thead><tbody>");
    for (i = 0; i < count; i++)
        put_member(h, &members[i], &shown);
    html_put(h, "</tbody></table></div>\n");
    return NULL;
}

static const tokex_err_t *put_whose(admin_t *a, int64_t number)
{
    const tokex_change_object_t *objects;
    const tokex_change_t *change = NULL;
    int count;

    TOKEX_RETURN_ERR(tokex_change_show(&change, &objects, &count, a->config, number, a->pool));
    html_put(a->html, "<p class=\"lead\">%s changed this ", change ? change->who : "Somebody");
    if (change)
        admin_put_time(a, change->at);
    html_put(a->html, ", while you were editing. Nothing of yours was saved, and nothing is lost: "
                      "here are both.</p>");
    return NULL;
}

const tokex_err_t *admin_put_conflict(admin_t *a, const admin_save_t *save, int64_t *revision)
{
    const char *theirs = NULL;

    a->reply.status = 409;
    TOKEX_RETURN_ERR(
        tokex_edit_read(&theirs, revision, a->config, save->noun, save->id, false, a->pool));
    TOKEX_RETURN_ERR(put_whose(a, *revision));
    TOKEX_RETURN_ERR(
        admin_put_diff(a, save->noun, theirs, save->object, "Theirs, in force", "Yours"));
    return NULL;
}

/* ---- Parts of forms */

void admin_put_reason(admin_t *a)
{
    html_put(a->html,
             "<div class=\"field\"><label for=\"f-reason\">Reason</label><p class=\"hint\" "
             "id=\"h-reason\">Optional; it stands in the history: a ticket, a word.</p>"
             "<input id=\"f-reason\" class=\"wide\" name=\"reason\" aria-describedby=\"h-reason\" "
             "value=\"%s\"></div>\n",
             a->form ? admin_input_text(a->form, "reason") : "");
}

void admin_put_secrets(admin_t *a, const apr_array_header_t *made, const char *path)
{
    int i;

    html_put(a->html, "<p class=\"lead\">Store it now where the client gets it from. You will not "
                      "be able to see it again: only its digest is kept.</p>");
    for (i = 0; i < made->nelts; i++) {
        const tokex_edit_secret_t *secret = &APR_ARRAY_IDX(made, i, tokex_edit_secret_t);

        html_put(a->html,
                 "<dl class=\"values\"><dt>Client</dt><dd><code data-copy=\"client "
                 "id\">%s</code></dd><dt>Secret %s</dt>"
                 "<dd><code class=\"secret\">%s</code></dd></dl>",
                 secret->client, secret->id, secret->value);
    }
    html_put(a->html, "<p><a class=\"button\" href=\"%s\">I have stored it</a></p>", path);
}
