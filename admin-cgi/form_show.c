#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "form.h"

typedef struct shower_t {
    admin_t *a;
    const tokex_object_desc_t *desc;
    const admin_section_t *sections;
    const tokex_json_t *object;
    const char *part; /* that is shown; NULL: settings */
    bool open;        /* a section is */
} shower_t;

static void put_code(admin_t *a, const char *text)
{
    html_put(a->html, "<code>%s</code>", text);
}

static void put_list(const shower_t *s, const tokex_field_t *field, const tokex_json_t *node)
{
    const char *noun = admin_noun_reference(s->desc, field);
    const admin_noun_t *of = noun ? admin_noun_find(noun) : NULL;
    const tokex_json_t *element;
    bool first = true;

    for (element = tokex_json_first(node); element; element = tokex_json_next(element)) {
        const char *text = tokex_json_string(element);

        if (!text)
            continue;
        html_put(s->a->html, "%s", first ? "" : ", ");
        first = false;
        if (of && strcmp(text, "self") != 0)
            html_put(s->a->html, "<a href=\"%s\">%s</a>",
                     admin_url(s->a, apr_pstrcat(s->a->pool, of->path, "/show", NULL), "id", text),
                     text);
        else
            put_code(s->a, text);
    }
    if (first)
        html_put(s->a->html, "<span class=\"none\">none</span>");
}

static const char *brief(const shower_t *s, const tokex_json_t *node)
{
    tokex_jsonw_t *w = tokex_jsonw_create(s->a->pool, 256);

    if (tokex_json_string(node))
        return tokex_json_string(node);
    tokex_jsonw_node(w, node);
    return tokex_jsonw_text(w, NULL);
}

/* A row of a list of objects on one line: what it has, a blank between. */
static const char *row_text(const shower_t *s, const tokex_json_t *row)
{
    const tokex_json_t *member;
    const char *text = "";

    for (member = tokex_json_first(row); member; member = tokex_json_next(member))
        text = apr_pstrcat(s->a->pool, text, *text ? "  " : "", brief(s, member), NULL);
    return text;
}

static void put_rows(const shower_t *s, const tokex_json_t *node)
{
    const tokex_json_t *row = tokex_json_first(node);

    if (!row) {
        html_put(s->a->html, "<span class=\"none\">none</span>");
        return;
    }
    html_put(s->a->html, "<ul class=\"rows\">");
    for (; row; row = tokex_json_next(row)) {
        html_put(s->a->html, "<li>");
        put_code(s->a, row_text(s, row));
        html_put(s->a->html, "</li>");
    }
    html_put(s->a->html, "</ul>");
}

static void put_integer(const shower_t *s, const tokex_field_t *field, const tokex_json_t *node)
{
    int64_t number = field->default_integer;

    (void)tokex_json_integer(node, &number);
    if (field->max == TOKEX_LIMIT_NUMERIC_DATE)
        admin_put_time(s->a, number);
    else
        html_put(s->a->html, "%s", admin_number_text(number, s->a->pool));
}

static void put_text(const shower_t *s, const tokex_field_t *field, const tokex_json_t *node)
{
    const char *text = tokex_json_string(node);
    const char *noun = admin_noun_reference(s->desc, field);
    const admin_noun_t *of = noun ? admin_noun_find(noun) : NULL;

    if (!text)
        text = field->default_text;
    if (!text)
        html_put(s->a->html, "<span class=\"none\">none</span>");
    else if (of && strcmp(text, "self") != 0)
        html_put(s->a->html, "<a href=\"%s\">%s</a>",
                 admin_url(s->a, apr_pstrcat(s->a->pool, of->path, "/show", NULL), "id", text),
                 text);
    else if (field->kind == TOKEX_FIELD_TEXT)
        html_text(s->a->html, text);
    else
        put_code(s->a, text);
}

static void put_value(const shower_t *s, const tokex_field_t *field)
{
    const tokex_json_t *node = tokex_json_get(s->object, field->name);
    bool on = node ? tokex_json_is_true(node) : field->default_integer != 0;

    if (node && tokex_json_type(node) == TOKEX_JSON_NULL)
        node = NULL;
    switch (field->kind) {
    case TOKEX_FIELD_BOOL:
        html_put(s->a->html, "%s", on ? "yes" : "no");
        return;
    case TOKEX_FIELD_INTEGER:
        put_integer(s, field, node);
        return;
    case TOKEX_FIELD_TEXTS:
        put_list(s, field, node);
        return;
    case TOKEX_FIELD_OBJECTS:
        put_rows(s, node);
        return;
    case TOKEX_FIELD_SOURCE:
        html_put(s->a->html, "<pre>%s</pre>", node ? tokex_json_string(node) : "");
        return;
    case TOKEX_FIELD_JSON:
    case TOKEX_FIELD_PEM:
        put_code(s->a, node ? brief(s, node) : "");
        return;
    default:
        put_text(s, field, node);
    }
}

/* What stands in no section is among the settings. */
static const char *part_of(const shower_t *s, const char *title)
{
    const admin_section_t *section;

    for (section = s->sections; section->title; section++)
        if (strcmp(section->title, title) == 0)
            return section->part;
    return NULL;
}

static bool belongs(const shower_t *s, const char *title)
{
    const char *part = part_of(s, title);

    return part && s->part ? strcmp(part, s->part) == 0 : part == s->part;
}

static void begin_section(shower_t *s, const char *title)
{
    html_t *h = s->a->html;

    if (s->open && !s->part)
        html_put(h, "</dl></div>\n");
    else if (!s->part)
        html_put(h, "<div class=\"pair\">");
    if (!s->part)
        html_put(h, "<div><h3>%s</h3>", title);
    html_put(h, "<dl class=\"values\">");
    s->open = true;
}

static void show(void *ctx, const char *section, const tokex_field_t *field, bool first)
{
    shower_t *s = ctx;
    html_t *h = s->a->html;

    if (!belongs(s, section))
        return;
    if (first)
        begin_section(s, section);
    html_put(h, "<dt>%s</dt><dd>", admin_noun_label(s->desc, field, s->a->pool));
    if (field->secret)
        html_put(h, "<span class=\"none\">never shown</span>");
    else
        put_value(s, field);
    html_put(h, "</dd>\n");
}

void admin_form_put_values(admin_t *a, const tokex_object_desc_t *desc,
                           const admin_section_t *sections, const tokex_json_t *object,
                           const char *part)
{
    shower_t s = {a, desc, sections, object, part, false};

    admin_form_visit(desc, sections, show, &s);
    if (s.open)
        html_put(a->html, "</dl>");
    if (s.open && !part)
        html_put(a->html, "</div></div>\n");
}
