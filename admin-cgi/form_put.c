#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "form.h"
#include "store/list_store.h"

/* So many that exist are shown to be ticked, or to be chosen from. */
#define TICK_MOST 40
#define CHOOSE_MOST 200
#define BLANK_ROWS 1
#define MORE_ROWS 4

/* One control. */
typedef struct control_t {
    admin_t *a;
    const admin_form_t *form;
    const tokex_object_desc_t *desc;
    const tokex_field_t *field;
    const tokex_json_t *node; /* its value; NULL: none */
    const char *name;
    const char *label;
    const char *problem; /* what is wrong with it; NULL: nothing */
    const char *about;   /* ids of what describes it */
    bool is_default;     /* nothing was written, so the default is shown */
} control_t;

/* ---- What is wrong */

/* The place behind the last slash: "#2" or what tells the row apart. */
static int row_of(const admin_form_t *form, const tokex_field_t *list, const char *id)
{
    const tokex_field_t *identity = tokex_fields_identity(list->object);
    const char *slash = id ? strrchr(id, '/') : NULL, *last = slash ? slash + 1 : id;
    const tokex_json_t *row;
    int i = 1;

    if (last && last[0] == '#')
        return (int)apr_atoi64(last + 1);
    for (row = tokex_json_first(tokex_json_get(form->object, list->name)); row && identity && last;
         row = tokex_json_next(row), i++) {
        const char *text = tokex_json_string(tokex_json_get(row, identity->name));

        if (text && strcmp(text, last) == 0)
            return i;
    }
    return 1;
}

const char *admin_form_fault_name(const admin_form_t *form, const tokex_fault_t *fault,
                                  apr_pool_t *pool)
{
    const tokex_object_desc_t *desc = form->desc;
    const tokex_field_t *field;
    int i;

    if (strcmp(fault->object, desc->noun) == 0) {
        field = fault->field ? admin_noun_field(desc, fault->field) : NULL;
        return field && admin_form_shows(field) ? field->name : NULL;
    }
    for (i = 0; i < desc->field_count; i++) {
        field = &desc->fields[i];
        if (field->kind != TOKEX_FIELD_OBJECTS || !admin_form_shows(field) ||
            strcmp(field->object->noun, fault->object) != 0)
            continue;
        return apr_psprintf(pool, "%s.%d.%s", field->name, row_of(form, field, fault->id),
                            field->object->exactly_one || !fault->field ? "any" : fault->field);
    }
    return NULL;
}

/* The first of two faults of a field that are told in the same words. */
static bool is_told(const tokex_faults_t *faults, int number)
{
    const tokex_fault_t *fault = &faults->items[number];
    int i;

    for (i = 0; i < number; i++) {
        const tokex_fault_t *other = &faults->items[i];

        if (!other->warning && strcmp(other->object, fault->object) == 0 &&
            strcmp(other->id ? other->id : "", fault->id ? fault->id : "") == 0 &&
            strcmp(other->field ? other->field : "", fault->field ? fault->field : "") == 0 &&
            strcmp(other->problem, fault->problem) == 0)
            return true;
    }
    return false;
}

static const char *fault_words(const tokex_fault_t *fault, apr_pool_t *pool)
{
    return apr_pstrcat(pool, fault->value ? "\"" : "", fault->value ? fault->value : "",
                       fault->value ? "\": " : "", fault->problem, fault->remedy ? ". " : ".",
                       fault->remedy ? fault->remedy : "", NULL);
}

/* The label of the field that a fault is about: of a row that of its list, with the number. */
static const char *fault_label(const admin_form_t *form, const tokex_fault_t *fault,
                               apr_pool_t *pool)
{
    const char *name = admin_form_fault_name(form, fault, pool), *dot;
    const tokex_field_t *field;

    if (!name)
        return NULL;
    dot = strchr(name, '.');
    field = admin_noun_field(form->desc,
                             dot ? apr_pstrmemdup(pool, name, (apr_size_t)(dot - name)) : name);
    if (!field)
        return NULL;
    return dot ? apr_psprintf(pool, "%s, row %d", admin_noun_label(form->desc, field, pool),
                              (int)apr_atoi64(dot + 1))
               : admin_noun_label(form->desc, field, pool);
}

static const char *begin_with_capital(const char *words, apr_pool_t *pool)
{
    char *text = apr_pstrdup(pool, words);

    text[0] = (char)apr_toupper(text[0]);
    return text;
}

static const char *problem_of(const admin_form_t *form, const char *name, apr_pool_t *pool)
{
    const char *words = NULL;
    int i;

    for (i = 0; form->faults && i < form->faults->count; i++) {
        const tokex_fault_t *fault = &form->faults->items[i];
        const char *at = fault->warning || is_told(form->faults, i)
                             ? NULL
                             : admin_form_fault_name(form, fault, pool);

        if (!at || strcmp(at, name) != 0)
            continue;
        words = apr_pstrcat(pool, words ? words : "", words ? " " : "",
                            begin_with_capital(fault_words(fault, pool), pool), NULL);
    }
    return words;
}

static void put_fault(admin_t *a, const admin_form_t *form, const tokex_fault_t *fault)
{
    const char *name = admin_form_fault_name(form, fault, a->pool);
    const char *words = fault_words(fault, a->pool);

    if (name)
        html_put(a->html, "<li><a href=\"%s\">%s: %s</a></li>",
                 apr_pstrcat(a->pool, "#f-", html_url_part(name, a->pool), NULL),
                 fault_label(form, fault, a->pool), words);
    else
        html_put(a->html, "<li>%s %s: %s</li>", fault->object, fault->id ? fault->id : "", words);
}

void admin_form_put_faults(admin_t *a, const admin_form_t *form)
{
    int i;

    if (!form->faults || !form->faults->error_count)
        return;
    html_put(a->html, "<div class=\"summary\" role=\"alert\" tabindex=\"-1\" autofocus "
                      "aria-labelledby=\"summary\"><h2 id=\"summary\">There is a problem</h2>"
                      "<ul>");
    for (i = 0; i < form->faults->count; i++)
        if (!form->faults->items[i].warning && !is_told(form->faults, i))
            put_fault(a, form, &form->faults->items[i]);
    html_put(a->html, "</ul></div>\n");
}

/* ---- Controls */

static const char *text_of(const control_t *c)
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

static void put_common(const control_t *c)
{
    html_t *h = c->a->html;

    html_put(h, " id=\"f-%s\" name=\"%s\"", c->name, c->name);
    if (c->about)
        html_put(h, " aria-describedby=\"%s\"", c->about);
    if (c->problem)
        html_put(h, " aria-invalid=\"true\"");
}

static void put_input(const control_t *c)
{
    html_t *h = c->a->html;
    bool fixed = c->field->identity && !c->form->is_new && c->desc == c->form->desc;

    html_put(h, "<input");
    put_common(c);
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

static void put_area(const control_t *c, const char *text, int rows)
{
    html_t *h = c->a->html;

    html_put(h, "<textarea spellcheck=\"false\" autocapitalize=\"none\" rows=\"%d\"", rows);
    put_common(c);
    html_put(h, ">\n%s</textarea>", text);
}

static void put_option(html_t *h, const char *value, const char *label, bool chosen)
{
    html_put(h, "<option value=\"%s\"", value);
    if (chosen)
        html_put(h, " selected=\"selected\"");
    html_put(h, ">%s</option>", label);
}

static void put_choice(const control_t *c)
{
    html_t *h = c->a->html;
    const char *value = text_of(c);
    bool known = !*value;
    int i;

    if (!*value && c->field->default_text)
        value = c->field->default_text;
    html_put(h, "<select");
    put_common(c);
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

static void put_tick(const control_t *c, const char *name, const char *label, const char *more,
                     bool ticked)
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
static const char *lines_of(const control_t *c)
{
    const tokex_json_t *node;
    const char *text = "";

    for (node = tokex_json_first(c->node); node; node = tokex_json_next(node))
        if (tokex_json_string(node))
            text = apr_pstrcat(c->a->pool, text, *text ? "\n" : "", tokex_json_string(node), NULL);
    return text;
}

static bool is_default_choice(const control_t *c, const char *choice)
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

static void put_choices(const control_t *c)
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

static const tokex_err_t *read_list(tokex_list_t *list, const control_t *c)
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
static bool takes_self(const control_t *c)
{
    return strcmp(c->desc->noun, "rule") == 0 || strcmp(c->desc->noun, "actor") == 0
               ? strncmp(c->field->name, "issuer", 6) == 0
               : false;
}

static void put_ticked_list(const control_t *c, const tokex_list_t *list)
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

static void put_chosen(const control_t *c, const tokex_list_t *list)
{
    const char *value = text_of(c);
    bool found = !*value;
    int i;

    html_put(c->a->html, "<select");
    put_common(c);
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

static const tokex_err_t *put_texts(const control_t *c)
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

static const tokex_err_t *put_id(const control_t *c)
{
    tokex_list_t list;

    TOKEX_RETURN_ERR(read_list(&list, c));
    if (list.row_count && list.row_count <= CHOOSE_MOST)
        put_chosen(c, &list);
    else
        put_input(c);
    return NULL;
}

static const tokex_err_t *put_control(const control_t *c)
{
    switch (c->field->kind) {
    case TOKEX_FIELD_CHOICE:
        put_choice(c);
        return NULL;
    case TOKEX_FIELD_TEXTS:
        return put_texts(c);
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

/* ---- Fields */

static bool is_group(const control_t *c)
{
    return c->field->kind == TOKEX_FIELD_TEXTS &&
           (c->field->element == TOKEX_FIELD_CHOICE || admin_noun_reference(c->desc, c->field));
}

static void put_hint(control_t *c, bool brief)
{
    html_t *h = c->a->html;
    apr_pool_t *pool = c->a->pool;
    const tokex_field_t *f = c->field;

    c->about = NULL;
    if (!brief) {
        c->about = apr_pstrcat(pool, "h-", c->name, NULL);
        html_put(h, "<p class=\"hint\" id=\"%s\">", c->about);
        html_sentence(h, f->hint);
        if (f->kind == TOKEX_FIELD_TEXTS && !is_group(c))
            html_put(h, " One a line.");
        if (f->kind == TOKEX_FIELD_INTEGER && f->max)
            html_put(h, " %s to %s; %s where nothing is written.", admin_number_text(f->min, pool),
                     admin_number_text(f->max, pool), admin_number_text(f->default_integer, pool));
        html_put(h, "</p>");
    }
    if (!c->problem)
        return;
    html_put(h, "<p class=\"error\" id=\"e-%s\"><span class=\"hidden\">Error: </span>%s</p>",
             c->name, c->problem);
    c->about =
        apr_pstrcat(pool, c->about ? c->about : "", c->about ? " " : "", "e-", c->name, NULL);
}

static void put_label(const control_t *c)
{
    html_t *h = c->a->html;

    if (is_group(c))
        html_put(h, "<legend id=\"f-%s\" tabindex=\"-1\">%s", c->name, c->label);
    else
        html_put(h, "<label for=\"f-%s\">%s", c->name, c->label);
    if (c->field->required && c->desc == c->form->desc)
        html_put(h, " <span class=\"required\">required</span>");
    if (is_group(c))
        html_put(h, "</legend>");
    else
        html_put(h, "</label>");
}

static const tokex_err_t *put_bool(control_t *c)
{
    html_t *h = c->a->html;
    bool on = c->node ? tokex_json_is_true(c->node) : c->field->default_integer != 0;

    html_put(h, "<div class=\"field\"><label class=\"tick\"><input type=\"checkbox\" value=\"on\"");
    put_common(c);
    if (on)
        html_put(h, " checked=\"checked\"");
    html_put(h, "><span>%s</span></label></div>\n", c->label);
    return NULL;
}

static const tokex_err_t *put_field(control_t *c, bool brief)
{
    html_t *h = c->a->html;
    const char *class = c->problem ? "field bad" : "field";

    if (c->field->kind == TOKEX_FIELD_BOOL)
        return put_bool(c);
    if (is_group(c))
        html_put(h, "<fieldset class=\"%s\">", class);
    else
        html_put(h, "<div class=\"%s\">", class);
    put_label(c);
    put_hint(c, brief);
    TOKEX_RETURN_ERR(put_control(c));
    if (is_group(c))
        html_put(h, "</fieldset>\n");
    else
        html_put(h, "</div>\n");
    return NULL;
}

static const tokex_err_t *put_one(admin_t *a, const admin_form_t *form,
                                  const tokex_object_desc_t *desc, const tokex_field_t *field,
                                  const tokex_json_t *object, const char *prefix)
{
    control_t c = {.a = a, .form = form, .desc = desc, .field = field};

    c.node = tokex_json_get(object, field->name);
    c.name = apr_pstrcat(a->pool, prefix, field->name, NULL);
    c.label = admin_noun_label(desc, field, a->pool);
    c.problem = problem_of(form, c.name, a->pool);
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
    control_t c = {.a = a, .form = form, .desc = desc, .field = &any};

    c.node = tokex_json_first(object);
    c.name = apr_pstrcat(a->pool, prefix, "any", NULL);
    c.label = "Key";
    c.problem = problem_of(form, c.name, a->pool);
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

    html_put(a->html, "<fieldset class=\"rows\"><legend id=\"f-%s\">%s</legend><p class=\"hint\">",
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
