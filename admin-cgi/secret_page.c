/* Secrets of a client: a new one beside the old one, and taking one away. */
#include <string.h>

#include <apr_strings.h>

#include "edit/secret.h"
#include "guard.h"
#include "pages.h"
#include "route.h"
#include "save.h"

#define DAYS "7"
#define DAYS_MOST 366

static void set_place(admin_t *a, const char *title, const char *id)
{
    a->place = (admin_place_t){.title = title,
                               .section = "/clients",
                               .up = id,
                               .up_path = admin_url(a, "/clients/show", "id", id)};
}

static void put_hidden(admin_t *a, const char *id, int64_t revision)
{
    html_put(a->html,
             "<input type=\"hidden\" name=\"id\" value=\"%s\"><input type=\"hidden\" "
             "name=\"revision\" value=\"%s\">",
             id, apr_psprintf(a->pool, "%" APR_INT64_T_FMT, (apr_int64_t)revision));
}

static const tokex_err_t *put_rotate(admin_t *a, const char *id, int64_t revision)
{
    html_t *h = a->html;

    set_place(a, "A new secret", id);
    TOKEX_RETURN_ERR(admin_put_form(a, "/clients/rotate"));
    put_hidden(a, id, revision);
    html_put(h,
             "<p>The new secret is shown once, on the next page. The one that is good now goes on "
             "for some days, so that the client can change over without a pause.</p>"
             "<div class=\"field\"><label for=\"f-days\">The old one ends after (days)</label>"
             "<p class=\"hint\" id=\"h-days\">0 to 366; 0 ends it at once.</p><input id=\"f-days\" "
             "class=\"short\" name=\"days\" inputmode=\"numeric\" value=\"" DAYS
             "\" aria-describedby=\"h-days\"></div><div class=\"field\"><label class=\"tick\">"
             "<input type=\"checkbox\" name=\"drop\" value=\"on\"><span>If two are good already, "
             "end the older one at once</span></label></div>\n");
    admin_put_reason(a);
    html_put(h, "<p class=\"buttons\"><button>Make a new secret</button></p></form>\n");
    return NULL;
}

static const tokex_err_t *put_remove(admin_t *a, const char *id, const char *secret,
                                     int64_t revision)
{
    set_place(a, apr_pstrcat(a->pool, "Remove secret ", secret, NULL), id);
    TOKEX_RETURN_ERR(admin_put_form(a, "/clients/secret"));
    put_hidden(a, id, revision);
    html_put(a->html,
             "<input type=\"hidden\" name=\"secret\" value=\"%s\"><p>Whoever uses it is "
             "refused from then on.</p>",
             secret);
    admin_put_reason(a);
    html_put(a->html,
             "<p class=\"buttons\"><button class=\"danger\">Remove it</button></p></form>\n");
    return NULL;
}

const tokex_err_t *admin_secret_page(admin_t *a)
{
    const char *id = admin_input_text(a->query, "id"),
               *secret = admin_input_get(a->query, "secret");
    const tokex_json_t *client;
    int64_t revision;
    int left;

    TOKEX_RETURN_ERR(admin_read(a, &client, &revision, &admin_noun_client, id));
    if (!client)
        return NULL;
    if (!secret)
        return put_rotate(a, id, revision);
    if (!tokex_secret_remove(&left, client, secret, a->pool))
        return admin_refuse(a, 404, "This client has no secret of that name.");
    return put_remove(a, id, secret, revision);
}

const tokex_err_t *admin_secret_rotate(admin_t *a)
{
    const char *id = admin_input_text(a->form, "id"), *secret;
    const tokex_rotation_t how = {admin_input_number(a->form, "days", 7),
                                  *admin_input_text(a->form, "drop") != '\0', a->now};
    admin_save_t save = {
        .noun = "client", .id = id, .revision = admin_input_number(a->form, "revision", 0)};
    const tokex_json_t *client;
    int64_t revision;

    TOKEX_RETURN_ERR(admin_read(a, &client, &revision, &admin_noun_client, id));
    if (!client)
        return NULL;
    if (how.days > DAYS_MOST)
        return admin_refuse(a, 400, "The old secret goes on for 366 days at most.");
    save.object = tokex_secret_rotate(&secret, client, &how, a->pool);
    if (!save.object)
        return admin_refuse(a, 409,
                            "This client has two secrets that are good already. Remove one, "
                            "or tick that the older one ends at once. Nothing was changed.");
    TOKEX_RETURN_ERR(admin_save(a, &save));
    if (save.result == ADMIN_CONFLICT)
        return admin_refuse(a, 409,
                            "Somebody changed this client since you looked. No secret was "
                            "made: look at it again.");
    if (save.result != ADMIN_SAVED || !save.made->nelts)
        return admin_refuse(a, 400,
                            "No secret was made: the client as it stands has a fault. Edit "
                            "it first.");
    set_place(a, "A secret was made", id);
    admin_put_secrets(a, save.made, admin_url(a, "/clients/show", "id", id));
    return NULL;
}

const tokex_err_t *admin_secret_remove(admin_t *a)
{
    const char *id = admin_input_text(a->form, "id"), *object;
    const tokex_json_t *client;
    int64_t revision;
    int left;

    TOKEX_RETURN_ERR(admin_read(a, &client, &revision, &admin_noun_client, id));
    if (!client)
        return NULL;
    object = tokex_secret_remove(&left, client, admin_input_text(a->form, "secret"), a->pool);
    if (!object)
        return admin_refuse(a, 404, "This client has no secret of that name.");
    return admin_save_plain(a, &admin_noun_client, id, object,
                            admin_input_number(a->form, "revision", 0));
}
