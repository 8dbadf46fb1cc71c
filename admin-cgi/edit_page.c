/* Forms of objects and of what is part of them: to make one, to change one. */
#include <string.h>

#include <apr_strings.h>

#include "form.h"
#include "guard.h"
#include "pages.h"
#include "route.h"
#include "save.h"

/* An object that is edited, or an element of one of its lists. */
typedef struct edit_t {
    admin_t *a;
    const admin_noun_t *noun;
    const char *id; /* of the object; NULL: a new one */
    int64_t place;  /* of the element, from 1; 0: a new one; -1: the object itself */
    const char *place_text;
    int64_t revision;
    const tokex_json_t *object; /* as it stands; NULL: a new one */
    const char *like;           /* id of the one that a new one is made like; NULL: none */
    const tokex_json_t *model;  /* that one, without what is its own */
    const char *mapping;        /* JSON of a mapping that is made with it; NULL: none */
    admin_form_t form;
} edit_t;

static bool is_element(const edit_t *e)
{
    return e->place >= 0;
}

static const char *verb_path(const edit_t *e)
{
    return apr_pstrcat(e->a->pool, e->noun->path,
                       is_element(e) ? "/part"
                       : e->id       ? "/edit"
                                     : "/new",
                       NULL);
}

static const char *object_url(const edit_t *e)
{
    return e->id
               ? admin_url(e->a, apr_pstrcat(e->a->pool, e->noun->path, "/show", NULL), "id", e->id)
               : admin_url(e->a, e->noun->path, NULL, NULL);
}

/* What tells the element apart, or its number. */
static const char *element_name(const edit_t *e)
{
    const tokex_field_t *identity = tokex_fields_identity(e->form.desc);
    const char *name =
        tokex_json_string(tokex_json_get(e->form.object, identity ? identity->name : "to"));

    return name ? name : e->place_text;
}

static void set_place(const edit_t *e)
{
    admin_t *a = e->a;
    const char *one = is_element(e) ? e->noun->element : e->noun->one;

    a->place = (admin_place_t){.title = e->form.is_new
                                            ? apr_pstrcat(a->pool, "New ", one, NULL)
                                            : apr_psprintf(a->pool, "Edit %s %s", one,
                                                           is_element(e) ? element_name(e) : e->id),
                               .section = e->noun->path,
                               .up = e->id ? e->id : e->noun->title,
                               .up_path = object_url(e),
                               .failed = e->form.faults && e->form.faults->error_count};
}

/* Whether an exchange can be tried with it: a client, with its rules, or an issuer. */
static bool can_be_tried(const edit_t *e)
{
    return e->noun == &admin_noun_client || e->noun == &admin_noun_issuer;
}

static void put_hidden(const edit_t *e)
{
    html_t *h = e->a->html;

    if (e->like)
        html_put(h, "<input type=\"hidden\" name=\"like\" value=\"%s\">", e->like);
    if (e->id)
        html_put(h, "<input type=\"hidden\" name=\"%s\" value=\"%s\">",
                 is_element(e) ? "of" : "was", e->id);
    if (is_element(e))
        html_put(h, "<input type=\"hidden\" name=\"place\" value=\"%s\">", e->place_text);
    html_put(h, "<input type=\"hidden\" name=\"revision\" value=\"%s\">",
             apr_psprintf(e->a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)e->revision));
}

static const tokex_err_t *put_page(edit_t *e)
{
    admin_t *a = e->a;
    html_t *h = a->html;
    bool gets_secret = !e->id && strcmp(e->noun->noun, "client") == 0;

    set_place(e);
    admin_form_put_faults(a, &e->form);
    TOKEX_RETURN_ERR(admin_put_form(a, verb_path(e)));
    /* The first button is the one that Enter presses. */
    html_put(h, "<button class=\"first\" name=\"do\" value=\"save\" tabindex=\"-1\" "
                "aria-hidden=\"true\">Save</button>");
    put_hidden(e);
    TOKEX_RETURN_ERR(admin_form_put(a, &e->form));
    html_put(h, "<section class=\"fields\"><h2>Save</h2>");
    if (e->mapping)
        admin_put_made_mapping(a, e->mapping);
    if (gets_secret)
        html_put(h, "<div class=\"field\"><label class=\"tick\"><input type=\"checkbox\" "
                    "name=\"make_secret\" value=\"on\" checked=\"checked\"><span>Make a secret and "
                    "show it once</span></label></div>");
    admin_put_reason(a);
    html_put(h, "<p class=\"buttons\"><button name=\"do\" value=\"save\">Save</button>");
    if (can_be_tried(e))
        html_put(h, "<button name=\"do\" value=\"try\" class=\"quiet\">Save and try</button>");
    html_put(h, "<a href=\"%s\">Leave without saving</a></p></section></form>\n", object_url(e));
    return NULL;
}

/* ---- What stands there */

static const tokex_json_t *element_at(const edit_t *e)
{
    const tokex_json_t *node = tokex_json_first(tokex_json_get(e->object, e->noun->elements));
    int64_t i;

    for (i = 1; node && i < e->place; i++)
        node = tokex_json_next(node);
    return e->place > 0 ? node : NULL;
}

static void describe(edit_t *e, const tokex_json_t *object)
{
    e->form = (admin_form_t){
        .desc = is_element(e) ? admin_noun_element_desc(e->noun) : admin_noun_desc(e->noun),
        .sections = is_element(e) ? e->noun->element_sections : e->noun->sections,
        .object = object,
        .is_new = is_element(e) ? e->place == 0 : !e->id};
}

/* Reads the object; false: it is not there, and a page says so. */
static const tokex_err_t *read_object(bool *there, edit_t *e)
{
    *there = true;
    if (!e->id)
        return NULL;
    TOKEX_RETURN_ERR(admin_read(e->a, &e->object, &e->revision, e->noun, e->id));
    *there = e->object != NULL;
    return NULL;
}

/* Reads the one that a new one is to be like. False: it is not there, and a page says so. */
static const tokex_err_t *read_model(bool *there, edit_t *e, const char *like)
{
    *there = true;
    if (!like || !*like)
        return NULL;
    e->like = like;
    TOKEX_RETURN_ERR(admin_read_model(e->a, &e->model, e->noun, like));
    *there = e->model != NULL;
    return NULL;
}

const tokex_err_t *admin_new_page(admin_t *a)
{
    edit_t e = {.a = a, .noun = a->route->noun, .place = -1};
    bool there;

    TOKEX_RETURN_ERR(read_model(&there, &e, admin_input_get(a->query, "like")));
    if (!there)
        return NULL;
    describe(&e, e.model);
    return put_page(&e);
}

const tokex_err_t *admin_put_new(admin_t *a, const admin_noun_t *noun, const tokex_json_t *object,
                                 const char *mapping)
{
    edit_t e = {.a = a, .noun = noun, .place = -1, .mapping = mapping};

    describe(&e, object);
    return put_page(&e);
}

const tokex_err_t *admin_edit_page(admin_t *a)
{
    edit_t e = {
        .a = a, .noun = a->route->noun, .place = -1, .id = admin_input_text(a->query, "id")};
    bool there;

    TOKEX_RETURN_ERR(read_object(&there, &e));
    if (!there)
        return NULL;
    describe(&e, e.object);
    return put_page(&e);
}

const tokex_err_t *admin_element_page(admin_t *a)
{
    edit_t e = {.a = a,
                .noun = a->route->noun,
                .id = admin_input_text(a->query, "id"),
                .place_text = admin_input_text(a->query, "place")};
    bool there;

    e.place = admin_input_number(a->query, "place", 0);
    TOKEX_RETURN_ERR(read_object(&there, &e));
    if (!there)
        return NULL;
    if (e.place > 0 && !element_at(&e))
        return admin_refuse(a, 404, apr_psprintf(a->pool, "There is no such %s.", e.noun->element));
    describe(&e, element_at(&e));
    if (e.form.is_new && e.noun == &admin_noun_mapping && *admin_input_text(a->query, "from"))
        e.form.object = admin_mapping_row(a, admin_input_text(a->query, "from"),
                                          admin_input_text(a->query, "type"));
    return put_page(&e);
}

/* ---- What a form says */

/* Copies the object, with the list of elements as `list` says. */
static const char *with_list(const edit_t *e, const char *list)
{
    tokex_jsonw_t *w = tokex_jsonw_create(e->a->pool, 4096);
    const tokex_json_t *member, *elements = NULL;

    tokex_jsonw_object_begin(w);
    for (member = tokex_json_first(e->object); member; member = tokex_json_next(member))
        if (strcmp(tokex_json_name(member), e->noun->elements) != 0) {
            tokex_jsonw_name(w, tokex_json_name(member));
            tokex_jsonw_node(w, member);
        }
    tokex_jsonw_name(w, e->noun->elements);
    if (!tokex_json_parse(&elements, list, strlen(list), e->a->pool))
        tokex_jsonw_node(w, elements);
    else
        tokex_jsonw_node(w, tokex_json_get(e->object, e->noun->elements));
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, NULL);
}

/* The list of elements with `element` in its place, or behind the others. */
static const char *list_with(const edit_t *e, const tokex_json_t *element)
{
    tokex_jsonw_t *w = tokex_jsonw_create(e->a->pool, 4096);
    const tokex_json_t *node = tokex_json_first(tokex_json_get(e->object, e->noun->elements));
    int64_t i;

    tokex_jsonw_array_begin(w);
    for (i = 1; node; node = tokex_json_next(node), i++)
        tokex_jsonw_node(w, i == e->place ? element : node);
    if (e->place == 0)
        tokex_jsonw_node(w, element);
    tokex_jsonw_array_end(w);
    return tokex_jsonw_text(w, NULL);
}

/* A new client gets its first secret. */
static const char *with_secret(const edit_t *e, const char *object)
{
    const char *last = strrchr(object, '}');

    if (e->id || !*admin_input_text(e->a->form, "make_secret"))
        return object;
    return apr_pstrcat(e->a->pool, apr_pstrmemdup(e->a->pool, object, (apr_size_t)(last - object)),
                       last > object + 1 ? "," : "",
                       "\"secrets\":[{\"id\":\"s1\",\"generate\":true}]}", NULL);
}

static const char *more_of(const admin_t *a)
{
    const char *what = admin_input_text(a->form, "do");

    return strncmp(what, "more:", 5) == 0 ? what + 5 : NULL;
}

static const tokex_err_t *show_again(edit_t *e, const tokex_json_t *object,
                                     const tokex_faults_t *faults)
{
    describe(e, object);
    e->form.faults = faults;
    e->form.more = more_of(e->a);
    if (faults && faults->error_count)
        e->a->reply.status = 422;
    return put_page(e);
}

/* Its page, or Try an exchange with it. */
static const char *saved_url(const edit_t *e, const admin_save_t *save)
{
    apr_pool_t *pool = e->a->pool;
    const char *path =
        admin_query(apr_pstrcat(pool, e->noun->path, "/show", NULL), "id", save->id, pool);

    if (can_be_tried(e) && strcmp(admin_input_text(e->a->form, "do"), "try") == 0)
        path = admin_query("/try", e->noun->noun, save->id, pool);
    return admin_url(e->a, path, "done",
                     apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)save->number));
}

static const tokex_err_t *answer_saved(edit_t *e, const admin_save_t *save)
{
    admin_t *a = e->a;

    if (!save->made->nelts) {
        admin_redirect(a, saved_url(e, save));
        return NULL;
    }
    a->place = (admin_place_t){.title = "A secret was made", .section = e->noun->path};
    admin_put_secrets(a, save->made, saved_url(e, save));
    return NULL;
}

/* An id that is taken looks to edit/ like an object that was changed meanwhile. */
static const tokex_err_t *answer_taken(edit_t *e, admin_save_t *save, const tokex_json_t *object)
{
    const char *identity = tokex_fields_identity(admin_noun_desc(e->noun))->name;
    bool mapping = save->late > 0;
    const tokex_place_t at = {.object = e->noun->noun,
                              .id = save->id,
                              .field = mapping ? "mapping" : identity,
                              .value = mapping ? save->also->id : save->id};

    save->faults = tokex_config_faults_create(e->a->pool);
    tokex_faults_error(save->faults, &at, "Choose another one, or edit the one that is there.",
                       "there is %s with this id already",
                       mapping ? admin_noun_mapping.a_one : e->noun->a_one);
    return show_again(e, object, save->faults);
}

static const tokex_err_t *save_form(edit_t *e, const char *id, const char *whole,
                                    const tokex_json_t *shown)
{
    admin_save_t save = {.noun = e->noun->noun, .id = id, .object = whole, .revision = e->revision};
    const tokex_json_t *mapping = NULL;
    tokex_edit_t also = {.noun = "mapping", .object = e->mapping};
    const tokex_err_t *err;

    if (e->mapping &&
        !tokex_json_parse_object(&mapping, e->mapping, strlen(e->mapping), e->a->pool))
        also.id = tokex_json_string(tokex_json_get(mapping, "id"));
    save.also = also.id ? &also : NULL;

    TOKEX_RETURN_ERR(admin_save(e->a, &save));
    switch (save.result) {
    case ADMIN_SAVED:
    case ADMIN_SAME:
        return answer_saved(e, &save);
    case ADMIN_FAULTY:
        return show_again(e, shown, save.faults);
    case ADMIN_CONFLICT:
        break;
    }
    if (!e->id)
        return answer_taken(e, &save, shown);
    err = admin_put_conflict(e->a, &save, &e->revision);
    if (err)
        return err;
    html_put(e->a->html, "<h2>Yours</h2><p>Look at both; what you save now takes the place of "
                         "theirs.</p>");
    describe(e, shown);
    err = put_page(e);
    e->a->place.title = "Somebody else was faster";
    e->a->place.failed = true;
    return err;
}

/* The id that the form names, as it will be; what is no id is told by the faults. */
static const char *named_id(const edit_t *e, const tokex_json_t *object)
{
    const char *id = tokex_json_string(
        tokex_json_get(object, tokex_fields_identity(admin_noun_desc(e->noun))->name));

    return id ? id : "";
}

static const tokex_err_t *take_form(edit_t *e)
{
    admin_t *a = e->a;
    const tokex_object_desc_t *desc =
        is_element(e) ? admin_noun_element_desc(e->noun) : admin_noun_desc(e->noun);
    const char *text = admin_form_object(desc, a->form,
                                         is_element(e) ? element_at(e)
                                         : e->model    ? e->model
                                                       : e->object,
                                         a->pool);
    const tokex_json_t *shown;

    TOKEX_RETURN_ERR(tokex_json_parse_object(&shown, text, strlen(text), a->pool));
    e->revision = admin_input_number(a->form, "revision", 0);
    if (more_of(a))
        return show_again(e, shown, NULL);
    if (is_element(e))
        return save_form(e, e->id, with_list(e, list_with(e, shown)), shown);
    return save_form(e, e->id ? e->id : named_id(e, shown), with_secret(e, text), shown);
}

const tokex_err_t *admin_create(admin_t *a)
{
    edit_t e = {.a = a, .noun = a->route->noun, .place = -1};
    bool there;

    if (e.noun == &admin_noun_issuer)
        e.mapping = admin_input_get(a->form, "with_mapping");
    TOKEX_RETURN_ERR(read_model(&there, &e, admin_input_get(a->form, "like")));
    return there ? take_form(&e) : NULL;
}

const tokex_err_t *admin_change(admin_t *a)
{
    edit_t e = {
        .a = a, .noun = a->route->noun, .place = -1, .id = admin_input_text(a->form, "was")};
    bool there;

    TOKEX_RETURN_ERR(read_object(&there, &e));
    return there ? take_form(&e) : NULL;
}

const tokex_err_t *admin_element_change(admin_t *a)
{
    edit_t e = {.a = a,
                .noun = a->route->noun,
                .id = admin_input_text(a->form, "of"),
                .place_text = admin_input_text(a->form, "place")};
    bool there;

    e.place = admin_input_number(a->form, "place", 0);
    TOKEX_RETURN_ERR(read_object(&there, &e));
    if (!there)
        return NULL;
    if (e.place > 0 && !element_at(&e))
        return admin_refuse(a, 404, apr_psprintf(a->pool, "There is no such %s.", e.noun->element));
    return take_form(&e);
}

/* ---- Up, down, out */

static const char *reordered(const edit_t *e, const char *way)
{
    tokex_jsonw_t *w = tokex_jsonw_create(e->a->pool, 4096);
    const tokex_json_t *nodes[1024], *node;
    int count = 0, at = (int)e->place - 1, i;
    int with = strcmp(way, "up") == 0 ? at - 1 : strcmp(way, "down") == 0 ? at + 1 : -2;

    node = tokex_json_first(tokex_json_get(e->object, e->noun->elements));
    for (; node && count < 1024; node = tokex_json_next(node))
        nodes[count++] = node;
    if (node || at < 0 || at >= count || (with != -2 && (with < 0 || with >= count)) ||
        (with == -2 && strcmp(way, "remove") != 0))
        return NULL;
    tokex_jsonw_array_begin(w);
    for (i = 0; i < count; i++)
        if (i != at || with != -2)
            tokex_jsonw_node(w, nodes[with != -2 && i == at ? with : i == with ? at : i]);
    tokex_jsonw_array_end(w);
    return tokex_jsonw_text(w, NULL);
}

const tokex_err_t *admin_element_order(admin_t *a)
{
    edit_t e = {.a = a,
                .noun = a->route->noun,
                .id = admin_input_text(a->form, "id"),
                .place = admin_input_number(a->form, "place", 0)};
    const char *list;
    bool there;

    TOKEX_RETURN_ERR(read_object(&there, &e));
    if (!there)
        return NULL;
    e.revision = admin_input_number(a->form, "revision", 0);
    list = reordered(&e, admin_input_text(a->form, "do"));
    if (!list)
        return admin_refuse(a, 409,
                            "The list is not as it was on the page that you came from. Go "
                            "back, load it again, and look. Nothing was changed.");
    return admin_save_plain(a, e.noun, e.id, with_list(&e, list), e.revision);
}
