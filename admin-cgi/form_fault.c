/* What is wrong with what a form sent: the summary, and the words beside a field. */
#include <string.h>

#include <apr_strings.h>

#include "form_private.h"
#include "line.h"

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

static bool same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* Do both stand beside the same field of the form? The reader of an object names it by what it has
 * read, who judges it later by its place, so that where it has no name yet they differ. */
static bool is_same_place(const admin_form_t *form, const tokex_fault_t *a, const tokex_fault_t *b,
                          apr_pool_t *pool)
{
    const char *left = admin_form_fault_name(form, a, pool);
    const char *right = admin_form_fault_name(form, b, pool);

    if (left || right)
        return same(left, right);
    return strcmp(a->object, b->object) == 0 && same(a->id, b->id) && same(a->field, b->field);
}

/* The first of two faults of a field that are told in the same words. */
static bool is_told(const admin_form_t *form, int number, apr_pool_t *pool)
{
    const tokex_fault_t *fault = &form->faults->items[number];
    int i;

    for (i = 0; i < number; i++) {
        const tokex_fault_t *other = &form->faults->items[i];

        if (!other->warning && strcmp(other->problem, fault->problem) == 0 &&
            same(other->value, fault->value) && is_same_place(form, other, fault, pool))
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

const char *admin_form_problem(const admin_form_t *form, const char *name, apr_pool_t *pool)
{
    const char *words = NULL;
    int i;

    for (i = 0; form->faults && i < form->faults->count; i++) {
        const tokex_fault_t *fault = &form->faults->items[i];
        const char *at = fault->warning || is_told(form, i, pool)
                             ? NULL
                             : admin_form_fault_name(form, fault, pool);

        if (!at || strcmp(at, name) != 0)
            continue;
        words = apr_pstrcat(pool, words ? words : "", words ? " " : "",
                            admin_sentence(fault_words(fault, pool), pool), NULL);
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
    admin_begin_problems(a);
    for (i = 0; i < form->faults->count; i++)
        if (!form->faults->items[i].warning && !is_told(form, i, a->pool))
            put_fault(a, form, &form->faults->items[i]);
    admin_end_problems(a);
}
