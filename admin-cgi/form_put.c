/* A form: sections, rows of lists, and around each control its label, hint and error. */
#include <string.h>

#include <apr_strings.h>

#include "form_private.h"

#define BLANK_ROWS 1
#define MORE_ROWS 4

/* ---- Fields */

static void put_hint(admin_control_t *c, bool brief)
{
    html_t *h = c->a->html;
    apr_pool_t *pool = c->a->pool;
    const tokex_field_t *f = c->field;

    c->about = NULL;
    if (!brief) {
        c->about = apr_pstrcat(pool, "h-", c->name, NULL);
        html_put(h, "<p class=\"hint\" id=\"%s\">", c->about);
        html_sentence(h, f->hint);
        if (f->kind == TOKEX_FIELD_TEXTS && !admin_control_is_group(c))
            html_put(h, " One a line.");
        if (f->kind == TOKEX_FIELD_INTEGER && f->max)
            html_put(h, " %s to %s; %s where nothing is written.", admin_number_text(f->min, pool),
                     admin_number_text(f->max, pool), admin_number_text(f->default_integer, pool));
        html_put(h, "</p>");
    }
    if (!c->problem)
        return;
    html_put(h, "<p class=\"error\" id=\"e-%s\"><span class=\"hidden\">Error: </span>", c->name);
    html_sentence(h, c->problem);
    html_put(h, "</p>");
    c->about =
        apr_pstrcat(pool, c->about ? c->about : "", c->about ? " " : "", "e-", c->name, NULL);
}

static void put_label(const admin_control_t *c)
{
    html_t *h = c->a->html;

    if (admin_control_is_group(c))
        html_put(h, "<legend id=\"f-%s\" tabindex=\"-1\">%s", c->name, c->label);
    else
        html_put(h, "<label for=\"f-%s\">%s", c->name, c->label);
    if (c->field->required && c->desc == c->form->desc)
        html_put(h, " <span class=\"required\">required</span>");
    if (admin_control_is_group(c))
        html_put(h, "</legend>");
    else
        html_put(h, "</label>");
}

static const tokex_err_t *put_bool(admin_control_t *c)
{
    html_t *h = c->a->html;
    bool on = c->node ? tokex_json_is_true(c->node) : c->field->default_integer != 0;

    html_put(h, "<div class=\"field\"><label class=\"tick\"><input type=\"checkbox\" value=\"on\"");
    admin_control_put_common(c);
    if (on)
        html_put(h, " checked=\"checked\"");
    html_put(h, "><span>%s</span></label></div>\n", c->label);
    return NULL;
}

static const tokex_err_t *put_field(admin_control_t *c, bool brief)
{
    html_t *h = c->a->html;
    const char *class = c->problem ? "field bad" : "field";

    if (c->field->kind == TOKEX_FIELD_BOOL)
        return put_bool(c);
    if (admin_control_is_group(c))
        html_put(h, "<fieldset class=\"%s\">", class);
    else
        html_put(h, "<div class=\"%s\">", class);
    put_label(c);
    put_hint(c, brief);
    TOKEX_RETURN_ERR(admin_control_put(c));
    if (admin_control_is_group(c))
        html_put(h, "</fieldset>\n");
    else
        html_put(h, "</div>\n");
    return NULL;
}

static const tokex_err_t *put_one(admin_t *a, const admin_form_t *form,
                                  const tokex_object_desc_t *desc, const tokex_field_t *field,
                                  const tokex_json_t *object, const char *prefix)
{
    admin_control_t c = {.a = a, .form = form, .desc = desc, .field = field};

    c.node = tokex_json_get(object, field->name);
    c.name = apr_pstrcat(a->pool, prefix, field->name, NULL);
    c.label = admin_noun_label(desc, field, a->pool);
    c.problem = admin_form_problem(form, c.name, a->pool);
    return put_field(&c, *prefix != '\0');
}

/* ---- Rows */

/* The one member of a row of which exactly one is given. */
static const tokex_err_t *put_any(admin_t *a, const admin_form_t *form,
                                  const tokex_object_desc_t *desc, const tokex_json_t *object,
                                  const char *prefix)
{
    static const tokex_field_t any = {.name = "any",
                                      .kind = TOKEX_FIELD_PEM,
                                      .hint = "A certificate or a public key as PEM or DER in "
                                              "base64, a JWK, or a whole JWK Set."};
    admin_control_t c = {.a = a, .form = form, .desc = desc, .field = &any};

    c.node = tokex_json_first(object);
    c.name = apr_pstrcat(a->pool, prefix, "any", NULL);
    c.label = "Key";
    c.problem = admin_form_problem(form, c.name, a->pool);
    return put_field(&c, false);
}

static const tokex_err_t *put_row(admin_t *a, const admin_form_t *form, const tokex_field_t *list,
                                  const tokex_json_t *row, int number)
{
    const tokex_object_desc_t *desc = list->object;
    const char *prefix = apr_psprintf(a->pool, "%s.%d.", list->name, number);
    int i;

    html_put(a->html, "<div class=\"row\" role=\"group\" aria-label=\"%s %d\">", desc->noun,
             number);
    if (desc->exactly_one)
        TOKEX_RETURN_ERR(put_any(a, form, desc, row, prefix));
    for (i = 0; i < desc->field_count && !desc->exactly_one; i++)
        if (admin_form_shows(&desc->fields[i]))
            TOKEX_RETURN_ERR(put_one(a, form, desc, &desc->fields[i], row, prefix));
    html_put(a->html, "</div>");
    return NULL;
}

static const tokex_err_t *put_rows(admin_t *a, const admin_form_t *form, const tokex_field_t *list)
{
    const tokex_json_t *row = tokex_json_first(tokex_json_get(form->object, list->name));
    int blank = form->more && strcmp(form->more, list->name) == 0 ? MORE_ROWS : BLANK_ROWS;
    int number = 1;

    html_put(a->html,
             "<fieldset class=\"rows\"><legend id=\"f-%s\" tabindex=\"-1\">%s</legend><p "
             "class=\"hint\">",
             list->name, admin_noun_label(form->desc, list, a->pool));
    html_sentence(a->html, list->hint);
    html_put(a->html, " An empty row counts as none.</p>");
    for (; row; row = tokex_json_next(row))
        TOKEX_RETURN_ERR(put_row(a, form, list, row, number++));
    for (; blank > 0; blank--)
        TOKEX_RETURN_ERR(put_row(a, form, list, NULL, number++));
    html_put(a->html,
             "<button name=\"do\" value=\"more:%s\" class=\"quiet\">More empty rows</button>"
             "</fieldset>\n",
             list->name);
    return NULL;
}

/* ---- Sections */

static bool names(const char *fields, const char *name)
{
    size_t len = strlen(name);
    const char *at;

    for (at = fields; (at = strstr(at, name)); at += len)
        if ((at == fields || at[-1] == ' ') && (!at[len] || at[len] == ' '))
            return true;
    return false;
}

static bool is_in_one(const admin_section_t *sections, const char *name)
{
    for (; sections->title; sections++)
        if (names(sections->fields, name))
            return true;
    return false;
}

static void visit_section(const tokex_object_desc_t *desc, const admin_section_t *section,
                          admin_form_visit_t *visit, void *ctx, apr_size_t most)
{
    const char *at = section->fields;
    bool first = true;

    while (*at) {
        size_t len = strcspn(at, " ");
        char name[64];
        const tokex_field_t *field;

        apr_cpystrn(name, at, len < most ? len + 1 : most);
        at += len + strspn(at + len, " ");
        field = admin_noun_field(desc, name);
        if (!field || !admin_form_shows(field))
            continue;
        visit(ctx, section->title, field, first);
        first = false;
    }
}

void admin_form_visit(const tokex_object_desc_t *desc, const admin_section_t *sections,
                      admin_form_visit_t *visit, void *ctx)
{
    const admin_section_t *section;
    bool first = true;
    int i;

    for (section = sections; section->title; section++)
        visit_section(desc, section, visit, ctx, 64);
    for (i = 0; i < desc->field_count; i++)
        if (admin_form_shows(&desc->fields[i]) && !is_in_one(sections, desc->fields[i].name)) {
            visit(ctx, "More", &desc->fields[i], first);
            first = false;
        }
}

typedef struct putter_t {
    admin_t *a;
    const admin_form_t *form;
    const tokex_err_t *err;
    bool open;
} putter_t;

static void put_visited(void *ctx, const char *section, const tokex_field_t *field, bool first)
{
    putter_t *p = ctx;

    if (p->err)
        return;
    if (first && p->open)
        html_put(p->a->html, "</section>\n");
    if (first)
        html_put(p->a->html, "<section class=\"fields\"><h2>%s</h2>\n", section);
    p->open = true;
    p->err = field->kind == TOKEX_FIELD_OBJECTS
                 ? put_rows(p->a, p->form, field)
                 : put_one(p->a, p->form, p->form->desc, field, p->form->object, "");
}

const tokex_err_t *admin_form_put(admin_t *a, const admin_form_t *form)
{
    putter_t p = {.a = a, .form = form};

    admin_form_visit(form->desc, form->sections, put_visited, &p);
    if (p.open)
        html_put(a->html, "</section>\n");
    return p.err;
}
