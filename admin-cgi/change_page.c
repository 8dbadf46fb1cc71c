/* History: who changed what, when and why; what differed; taking a change back. */
#include <string.h>

#include <apr_strings.h>

#include "guard.h"
#include "line.h"
#include "pages.h"
#include "paste.h"
#include "route.h"
#include "save.h"
#include "store/change_store.h"

#define PER_PAGE 25
/* So many objects of a change are named. */
#define NAMED 3

static const char *number_text(const admin_t *a, int64_t number)
{
    return apr_psprintf(a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)number);
}

/* ---- The list */

/* What was done to whom: the first of them, and how many there are besides. */
static const tokex_err_t *put_names(admin_t *a, const tokex_change_t *change)
{
    const tokex_change_name_t *names;
    int count, i;

    TOKEX_RETURN_ERR(
        tokex_change_store_names(&names, &count, a->config, change->number, NAMED, a->pool));
    for (i = 0; i < count; i++)
        html_put(a->html, "%s%s %s %s", i ? ", " : "", names[i].what, names[i].noun, names[i].id);
    if (change->object_count > count)
        html_put(a->html, " and %s more", admin_number_text(change->object_count - count, a->pool));
    return NULL;
}

static const tokex_err_t *put_change(admin_t *a, const tokex_change_t *change)
{
    const char *number = number_text(a, change->number);

    html_put(a->html, "<tr><th scope=\"row\"><a href=\"%s\">%s</a></th><td>",
             admin_url(a, "/changes/show", "number", number), number);
    admin_put_time(a, change->at);
    html_put(a->html, "</td><td>%s</td><td>", change->who);
    TOKEX_RETURN_ERR(put_names(a, change));
    html_put(a->html, "</td><td>%s</td></tr>\n", change->reason ? change->reason : "–");
    return NULL;
}

static void put_filter(admin_t *a, const char *noun)
{
    html_t *h = a->html;
    int i;

    html_put(h,
             "<form method=\"get\" action=\"%s\" class=\"filter\"><div class=\"row\">"
             "<div class=\"field\"><label for=\"f-noun\">Kind</label><select id=\"f-noun\" "
             "name=\"noun\">",
             admin_url(a, "/changes", NULL, NULL));
    admin_put_option(h, "", "Any", noun ? noun : "");
    for (i = 0; admin_nouns[i]; i++)
        admin_put_option(h, admin_nouns[i]->noun, admin_nouns[i]->one, noun ? noun : "");
    admin_put_option(h, "signing_key", "signing key", noun ? noun : "");
    html_put(h, "</select></div>");
    admin_put_filter(a, "id", "Id");
    html_put(h,
             "</div><p class=\"buttons\"><button>Filter</button><a href=\"%s\">Show all</a></p>"
             "</form>\n",
             admin_url(a, "/changes", NULL, NULL));
}

/* The value of a query's field; NULL where it is empty. */
static const char *asked(const admin_t *a, const char *name)
{
    const char *value = admin_input_text(a->query, name);

    return *value ? value : NULL;
}

const tokex_err_t *admin_changes_page(admin_t *a)
{
    const char *noun = asked(a, "noun"), *id = asked(a, "id");
    const tokex_change_filter_t filter = {noun, noun ? id : NULL,
                                          admin_input_number(a->query, "before", 0), PER_PAGE};
    const tokex_change_t *changes;
    int count, i;

    if (noun && !tokex_fields_list(noun))
        return admin_refuse(a, 400, "There is no such kind of object.");
    TOKEX_RETURN_ERR(admin_open_config(a));
    TOKEX_RETURN_ERR(tokex_change_list(&changes, &count, a->config, &filter, a->pool));
    a->place = (admin_place_t){.title = "Changes", .section = "/changes"};
    put_filter(a, noun);
    if (!count) {
        html_put(a->html, "<p class=\"empty\">Nothing was changed%s.</p>",
                 filter.before ? " before that" : " so far");
        return NULL;
    }
    html_put(a->html,
             "<div class=\"scroll\"><table><caption>Changes, the last first</caption><thead>"
             "<tr><th scope=\"col\">Number</th><th scope=\"col\">When</th><th scope=\"col\">"
             "Who</th><th scope=\"col\">What</th><th scope=\"col\">Reason</th></tr></thead>"
             "<tbody>");
    for (i = 0; i < count; i++)
        TOKEX_RETURN_ERR(put_change(a, &changes[i]));
    html_put(a->html, "</tbody></table></div>\n");
    if (count == PER_PAGE)
        html_put(a->html,
                 "<nav class=\"pages\" aria-label=\"Pages\"><a rel=\"next\" href=\"%s\">"
                 "Earlier</a></nav>",
                 admin_url(
                     a,
                     admin_query(admin_query("/changes", "noun", noun, a->pool), "id", id, a->pool),
                     "before", number_text(a, changes[count - 1].number)));
    return NULL;
}

/* ---- One change */

static const tokex_err_t *put_object(admin_t *a, const tokex_change_object_t *object)
{
    const admin_noun_t *noun = admin_noun_find(object->noun);

    html_put(a->html, "<section><h2>%s %s ",
             !object->before  ? "Added"
             : !object->after ? "Removed"
                              : "Changed",
             object->noun);
    if (noun && object->after)
        html_put(a->html, "<a href=\"%s\">%s</a>",
                 admin_url(a, apr_pstrcat(a->pool, noun->path, "/show", NULL), "id", object->id),
                 object->id);
    else
        html_text(a->html, object->id);
    html_put(a->html, "</h2>");
    TOKEX_RETURN_ERR(
        admin_put_diff(a, object->noun, object->before, object->after, "Before", "After"));
    html_put(a->html, "</section>\n");
    return NULL;
}

/* Signing keys and procedures are an administrator's. */
static bool may_restore(const admin_t *a, const tokex_change_object_t *objects, int count)
{
    const admin_noun_t *noun;
    int i;

    for (i = 0; i < count; i++) {
        noun = admin_noun_find(objects[i].noun);
        if (noun ? !admin_may_change(a, noun) : a->role < ADMIN_ADMINISTRATOR)
            return false;
    }
    return a->role >= ADMIN_EDITOR;
}

static const tokex_err_t *put_restore(admin_t *a, int64_t number)
{
    TOKEX_RETURN_ERR(admin_put_form(a, "/changes/restore"));
    html_put(a->html,
             "<input type=\"hidden\" name=\"number\" value=\"%s\"><section "
             "class=\"fields\"><h2>Take it back</h2><p>Each object becomes what it was "
             "before this change, as a new change of its own.</p>",
             number_text(a, number));
    admin_put_reason(a);
    html_put(a->html,
             "<p class=\"buttons\"><button>Take change %s back</button></p></section>"
             "</form>\n",
             number_text(a, number));
    return NULL;
}

static const tokex_err_t *put_one(admin_t *a, int64_t number)
{
    const tokex_change_object_t *objects;
    const tokex_change_t *change = NULL;
    int count, i;

    TOKEX_RETURN_ERR(admin_open_config(a));
    TOKEX_RETURN_ERR(tokex_change_show(&change, &objects, &count, a->config, number, a->pool));
    if (!change)
        return admin_refuse(a, 404, "There is no change of this number.");
    a->place = (admin_place_t){.title = apr_psprintf(a->pool, "Change %s", number_text(a, number)),
                               .section = "/changes",
                               .up = "Changes",
                               .up_path = admin_url(a, "/changes", NULL, NULL)};
    html_put(a->html, "<p>");
    admin_put_time(a, change->at);
    html_put(a->html, ", by %s. Reason: %s</p>\n", change->who,
             change->reason ? change->reason : "none was given");
    for (i = 0; i < count; i++)
        TOKEX_RETURN_ERR(put_object(a, &objects[i]));
    return may_restore(a, objects, count) ? put_restore(a, number) : NULL;
}

const tokex_err_t *admin_diff_page(admin_t *a)
{
    return put_one(a, admin_input_number(a->query, "number", 0));
}

/* ---- Back */

static const tokex_err_t *refuse_restore(admin_t *a, const tokex_err_t *err,
                                         const tokex_faults_t *faults)
{
    int i;

    if (err->code == TOKEX_E_CONFLICT)
        return admin_refuse(a, 409,
                            "Something of it was changed again since then, so it is not taken "
                            "back. Look at the later changes first. Nothing was changed.");
    a->reply.status = 422;
    a->place =
        (admin_place_t){.title = "It cannot be taken back", .section = "/changes", .failed = true};
    html_put(a->html, "<p class=\"lead\">Nothing was changed.</p><ul>");
    for (i = 0; i < faults->count; i++)
        if (!faults->items[i].warning)
            html_put(a->html, "<li>%s</li>", tokex_config_fault_text(&faults->items[i], a->pool));
    html_put(a->html, "</ul>");
    return NULL;
}

/* The page of the object, where the change was of one; otherwise that of the change. */
static const tokex_err_t *go_on(admin_t *a, int64_t number)
{
    const tokex_change_object_t *objects;
    const tokex_change_t *change = NULL;
    const admin_noun_t *noun;
    int count;

    TOKEX_RETURN_ERR(tokex_change_show(&change, &objects, &count, a->config, number, a->pool));
    noun = change && count == 1 ? admin_noun_find(objects[0].noun) : NULL;
    if (noun && objects[0].after)
        admin_go_back(a, noun, objects[0].id, number);
    else
        admin_redirect(a, admin_url(a, "/changes/show", "number", number_text(a, number)));
    return NULL;
}

const tokex_err_t *admin_restore(admin_t *a)
{
    int64_t restored = admin_input_number(a->form, "number", 0), number = 0;
    const tokex_edit_author_t author = admin_author(a);
    const tokex_installation_t site = admin_installation(a);
    tokex_faults_t *faults = tokex_config_faults_create(a->pool);
    const tokex_change_object_t *objects;
    const tokex_change_t *change = NULL;
    tokex_edit_way_t way;
    const tokex_err_t *err;
    int count;

    TOKEX_RETURN_ERR(admin_open_config(a));
    TOKEX_RETURN_ERR(tokex_change_show(&change, &objects, &count, a->config, restored, a->pool));
    if (!change)
        return admin_refuse(a, 404, "There is no change of this number.");
    if (!may_restore(a, objects, count))
        return admin_refuse(a, 403,
                            "This change is of signing keys or procedures, which needs the role "
                            "administrator.");
    way = tokex_installation_way(&site, a->config, false);
    err = tokex_change_restore(&number, &way, restored, false, &author, faults, a->pool);
    if (err && (err->code == TOKEX_E_CONFLICT || err->code == TOKEX_E_DOCUMENT))
        return refuse_restore(a, err, faults);
    if (err)
        return err;
    return go_on(a, number ? number : restored);
}
