/* The one control of a field: by its kind, and by what exists that it may name. */
#include <string.h>

#include <apr_strings.h>

#include "form_private.h"
#include "store/list_store.h"

/* So many that exist are shown to be ticked, or to be chosen from. */
#define TICK_MOST 40
#define CHOOSE_MOST 200

/* ---- Controls */

static const char *text_of(const admin_control_t *c)
{
    const tokex_json_t *node = c->node;
    tokex_jsonw_t *w;

    if (!node || tokex_json_type(node) == TOKEX_JSON_NULL)
        return "";
    if (tokex_json_string(node))
        return tokex_json_string(node);
    w = tokex_jsonw_create(c->a->pool, 256);
    if (tokex_json_type(node) == TOKEX_JSON_OBJECT)
        tokex_jsonw_pretty(w);
    tokex_jsonw_node(w, node);
    return tokex_jsonw_text(w, NULL);
}

bool admin_control_is_group(const admin_control_t *c)
{
    return c->field->kind == TOKEX_FIELD_TEXTS &&
           (c->field->element == TOKEX_FIELD_CHOICE || admin_noun_reference(c->desc, c->field));
}

void admin_control_put_common(const admin_control_t *c)
{
    html_t *h = c->a->html;

    /* Of a group the legend has that id. */
    if (admin_control_is_group(c))
        html_put(h, " name=\"%s\" aria-labelledby=\"f-%s\"", c->name, c->name);
    else
        html_put(h, " id=\"f-%s\" name=\"%s\"", c->name, c->name);
    if (c->about)
        html_put(h, " aria-describedby=\"%s\"", c->about);
    if (c->problem)
        html_put(h, " aria-invalid=\"true\"");
}

static void put_input(const admin_control_t *c)
{
    html_t *h = c->a->html;
    bool fixed = c->field->identity && !c->form->is_new && c->desc == c->form->desc;

    html_put(h, "<input");
    admin_control_put_common(c);
    if (c->field->secret)
        html_put(h, " type=\"password\" autocomplete=\"new-password\"");
    else if (c->field->kind == TOKEX_FIELD_INTEGER)
        html_put(h, " class=\"short\" inputmode=\"numeric\"");
    else if (c->field->kind == TOKEX_FIELD_URI)
        html_put(h, " class=\"wide\" inputmode=\"url\" spellcheck=\"false\"");
    else if (c->field->kind == TOKEX_FIELD_TEXT)
        html_put(h, " class=\"wide\"");
    else
        html_put(h, " spellcheck=\"false\" autocapitalize=\"none\"");
    if (fixed)
        html_put(h, " readonly=\"readonly\"");
    html_put(h, " value=\"%s\">", c->field->secret ? "" : text_of(c));
}

static void put_area(const admin_control_t *c, const char *text, int rows)
{
    html_t *h = c->a->html;

    html_put(h, "<textarea spellcheck=\"false\" autocapitalize=\"none\" rows=\"%d\"", rows);
    admin_control_put_common(c);
    html_put(h, ">\n%s</textarea>", text);
}

static void put_option(html_t *h, const char *value, const char *label, bool chosen)
{
    html_put(h, "<option value=\"%s\"", value);
    if (chosen)
        html_put(h, " selected=\"selected\"");
    html_put(h, ">%s</option>", label);
}

static void put_choice(const admin_control_t *c)
{
    html_t *h = c->a->html;
    const char *value = text_of(c);
    bool known = !*value;
    int i;

    if (!*value && c->field->default_text)
        value = c->field->default_text;
    html_put(h, "<select");
    admin_control_put_common(c);
    html_put(h, ">");
    if (!c->field->default_text)
        put_option(h, "", c->field->required ? "Choose one" : "none", !*value);
    for (i = 0; c->field->choices[i]; i++) {
        put_option(h, c->field->choices[i], c->field->choices[i],
                   strcmp(c->field->choices[i], value) == 0);
        known = known || strcmp(c->field->choices[i], value) == 0;
    }
    html_put(h, "</select>");
}

static void put_tick(const admin_control_t *c, const char *name, const char *label,
                     const char *more, bool ticked)
{
    html_t *h = c->a->html;

    html_put(h, "<label class=\"tick\"><input type=\"checkbox\" name=\"%s\" value=\"on\"", name);
    if (ticked)
        html_put(h, " checked=\"checked\"");
    html_put(h, "><span>%s", label);
    if (more && *more && strcmp(more, label) != 0)
        html_put(h, " <small>%s</small>", more);
    html_put(h, "</span></label>");
}

static bool holds(const tokex_json_t *list, const char *text)
{
    const tokex_json_t *node;

    for (node = tokex_json_first(list); node; node = tokex_json_next(node))
        if (tokex_json_string(node) && strcmp(tokex_json_string(node), text) == 0)
            return true;
    return false;
}

/* The elements as lines. */
static const char *lines_of(const admin_control_t *c)
{
    const tokex_json_t *node;
    const char *text = "";

    for (node = tokex_json_first(c->node); node; node = tokex_json_next(node))
        if (tokex_json_string(node))
            text = apr_pstrcat(c->a->pool, text, *text ? "\n" : "", tokex_json_string(node), NULL);
    return text;
}

static bool is_default_choice(const admin_control_t *c, const char *choice)
{
    const char *at;
    size_t len = strlen(choice);

    if (c->node || !c->field->default_text)
        return false;
    for (at = c->field->default_text; (at = strstr(at, choice)); at += len)
        if ((at == c->field->default_text || at[-1] == ' ') && (!at[len] || at[len] == ' '))
            return true;
    return false;
}

static void put_choices(const admin_control_t *c)
{
    int i;

    html_put(c->a->html, "<div class=\"ticks\">");
    for (i = 0; c->field->choices[i]; i++)
        put_tick(c, apr_pstrcat(c->a->pool, c->name, ".", c->field->choices[i], NULL),
                 c->field->choices[i], NULL,
                 holds(c->node, c->field->choices[i]) ||
                     is_default_choice(c, c->field->choices[i]));
    html_put(c->a->html, "</div>");
}

/* ---- What exists already */

static const tokex_err_t *read_list(tokex_list_t *list, const admin_control_t *c)
{
    const char *noun = admin_noun_reference(c->desc, c->field);

    list->row_count = 0;
    if (!noun)
        return NULL;
    TOKEX_RETURN_ERR(admin_open_config(c->a));
    return tokex_list_store_read(list, c->a->config, noun, c->a->now, c->a->pool);
}

static const char *cell(const tokex_list_t *list, int row, int column)
{
    const char *text = list->cells[row * list->column_count + column].text;

    return text ? text : "";
}

/* Tokens of ours are an issuer's too, where rules and actors name issuers. */
static bool takes_self(const admin_control_t *c)
{
    return strcmp(c->desc->noun, "rule") == 0 || strcmp(c->desc->noun, "actor") == 0
               ? strncmp(c->field->name, "issuer", 6) == 0
               : false;
}

static void put_ticked_list(const admin_control_t *c, const tokex_list_t *list)
{
    apr_pool_t *pool = c->a->pool;
    const tokex_json_t *node;
    int i;

    html_put(c->a->html, "<div class=\"ticks\">");
    if (takes_self(c))
        put_tick(c, apr_pstrcat(pool, c->name, ".self", NULL), "self", "tokens of ours",
                 holds(c->node, "self"));
    for (i = 0; i < list->row_count; i++)
        put_tick(c, apr_pstrcat(pool, c->name, ".", cell(list, i, 0), NULL), cell(list, i, 0),
                 cell(list, i, 1), holds(c->node, cell(list, i, 0)));
    /* What is named and does not exist is not lost. */
    for (node = tokex_json_first(c->node); node; node = tokex_json_next(node)) {
        const char *text = tokex_json_string(node);
        bool found = text && takes_self(c) && strcmp(text, "self") == 0;

        for (i = 0; text && i < list->row_count && !found; i++)
            found = strcmp(cell(list, i, 0), text) == 0;
        if (text && !found)
            put_tick(c, apr_pstrcat(pool, c->name, ".", text, NULL), text, "there is none", true);
    }
    html_put(c->a->html, "</div>");
}

static void put_chosen(const admin_control_t *c, const tokex_list_t *list)
{
    const char *value = text_of(c);
    bool found = !*value;
    int i;

    html_put(c->a->html, "<select");
    admin_control_put_common(c);
    html_put(c->a->html, ">");
    put_option(c->a->html, "", c->field->required ? "Choose one" : "none", !*value);
    if (takes_self(c)) {
        put_option(c->a->html, "self", "self (tokens of ours)", strcmp(value, "self") == 0);
        found = found || strcmp(value, "self") == 0;
    }
    for (i = 0; i < list->row_count; i++) {
        put_option(c->a->html, cell(list, i, 0), cell(list, i, 0),
                   strcmp(cell(list, i, 0), value) == 0);
        found = found || strcmp(cell(list, i, 0), value) == 0;
    }
    if (!found)
        put_option(c->a->html, value, value, true);
    html_put(c->a->html, "</select>");
}

static const tokex_err_t *put_texts(const admin_control_t *c)
{
    tokex_list_t list;

    if (c->field->element == TOKEX_FIELD_CHOICE) {
        put_choices(c);
        return NULL;
    }
    TOKEX_RETURN_ERR(read_list(&list, c));
    if (list.row_count && list.row_count <= TICK_MOST)
        put_ticked_list(c, &list);
    else
        put_area(c, lines_of(c), 3);
    return NULL;
}

static const tokex_err_t *put_id(const admin_control_t *c)
{
    tokex_list_t list;

    TOKEX_RETURN_ERR(read_list(&list, c));
    if (list.row_count && list.row_count <= CHOOSE_MOST)
        put_chosen(c, &list);
    else
        put_input(c);
    return NULL;
}

const tokex_err_t *admin_control_put(const admin_control_t *c)
{
    switch (c->field->kind) {
    case TOKEX_FIELD_CHOICE:
        put_choice(c);
        return NULL;
    case TOKEX_FIELD_TEXTS:
        return put_texts(c);
    case TOKEX_FIELD_SOURCE:
        put_area(c, text_of(c), 24);
        return NULL;
    case TOKEX_FIELD_PEM:
    case TOKEX_FIELD_JSON:
        put_area(c, text_of(c), 6);
        return NULL;
    case TOKEX_FIELD_ID:
    case TOKEX_FIELD_SCOPE:
        return put_id(c);
    default:
        put_input(c);
        return NULL;
    }
}
