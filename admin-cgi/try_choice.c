/* What the address of Try an exchange says: the issuer whose token it is about, the client, and
 * which grant that has. */
#include <string.h>

#include "base/json.h"
#include "edit/edit.h"
#include "exchange/request.h"
#include "noun.h"
#include "save.h"
#include "store/list_store.h"
#include "try_more.h"

/* So many clients that take tokens of an issuer are named. */
#define TAKERS_MOST 5

/* Of the issuer whose token is to be tried: who takes it. The first of those is chosen. */
static const tokex_err_t *put_issuer(admin_t *a, admin_try_more_t *more)
{
    const char *id = admin_input_text(a->query, "issuer");
    const tokex_json_t *issuer;
    tokex_texts_t takers;
    int64_t revision;
    int i;

    if (!*id)
        return NULL;
    TOKEX_RETURN_ERR(admin_read(a, &issuer, &revision, &admin_noun_issuer, id));
    if (!issuer)
        return NULL;
    TOKEX_RETURN_ERR(tokex_list_store_takers(&takers, a->config, id, a->pool));
    if (!takers.count) {
        html_put(a->html,
                 "<p class=\"warn\">No client has a rule that takes tokens of issuer <a "
                 "href=\"%s\">%s</a> yet: there it will end. The steps before say whether its "
                 "tokens are understood.</p>\n",
                 admin_url(a, "/issuers/show", "id", id), id);
        return NULL;
    }
    html_put(
        a->html,
        "<p>Paste a token of issuer <a href=\"%s\">%s</a>. Clients with a rule that takes it: ",
        admin_url(a, "/issuers/show", "id", id), id);
    for (i = 0; i < takers.count && i < TAKERS_MOST; i++)
        html_put(a->html, "%s<a href=\"%s\">%s</a>", i ? ", " : "",
                 admin_url(a, "/clients/show", "id", takers.items[i]), takers.items[i]);
    html_put(a->html, "%s.</p>\n", takers.count > TAKERS_MOST ? " and others" : "");
    if (!*admin_input_text(a->query, "client"))
        more->client = takers.items[0];
    return NULL;
}

static bool holds(const tokex_json_t *list, const char *text)
{
    const tokex_json_t *node;

    for (node = tokex_json_first(list); node; node = tokex_json_next(node))
        if (tokex_json_string(node) && strcmp(tokex_json_string(node), text) == 0)
            return true;
    return false;
}

/* The grant that the chosen client has, where the address does not say one. */
static const tokex_err_t *choose_grant(admin_t *a, admin_try_more_t *more)
{
    const char *id = more->client ? more->client : admin_input_text(a->query, "client");
    const tokex_json_t *client, *grants;
    const char *text = NULL;
    int64_t revision;

    if (!*id || *admin_input_text(a->query, "grant"))
        return NULL;
    TOKEX_RETURN_ERR(admin_open_config(a));
    TOKEX_RETURN_ERR(tokex_edit_read(&text, &revision, a->config, "client", id, false, a->pool));
    if (!text)
        return NULL;
    TOKEX_RETURN_ERR(tokex_json_parse_object(&client, text, strlen(text), a->pool));
    grants = tokex_json_get(client, "grant_types");
    more->asserts = holds(grants, TOKEX_GRANT_ASSERTION) && !holds(grants, TOKEX_GRANT_EXCHANGE);
    return NULL;
}

const tokex_err_t *admin_try_choose(admin_t *a, admin_try_more_t *more)
{
    TOKEX_RETURN_ERR(put_issuer(a, more));
    return a->reply.status == 200 ? choose_grant(a, more) : NULL;
}
