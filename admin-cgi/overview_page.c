/* What there is, and how it goes. */
#include <string.h>

#include <apr_strings.h>

#include "pages.h"
#include "route.h"
#include "store/list_store.h"

static const tokex_err_t *put_counts(admin_t *a)
{
    html_t *h = a->html;
    int i, total = 0;

    TOKEX_RETURN_ERR(admin_open_config(a));
    html_put(h, "<ul class=\"cards\">");
    for (i = 0; admin_nouns[i]; i++) {
        tokex_list_t list;

        TOKEX_RETURN_ERR(
            tokex_list_store_read(&list, a->config, admin_nouns[i]->noun, a->now, a->pool));
        total += list.row_count;
        html_put(h, "<li><a href=\"%s\"><b>%s</b> %s</a></li>",
                 admin_url(a, admin_nouns[i]->path, NULL, NULL),
                 admin_number_text(list.row_count, a->pool), admin_nouns[i]->title);
    }
    html_put(h, "</ul>\n");
    if (!total && a->role >= ADMIN_EDITOR)
        html_put(
            h,
            "<section><h2>To begin</h2><ol><li><a href=\"%s\">Name an issuer</a> whose tokens "
            "you exchange.</li><li><a href=\"%s\">Name a scope</a> and <a href=\"%s\">a target"
            "</a> that your tokens are for.</li><li><a href=\"%s\">Make a client</a>, and give "
            "it a rule.</li></ol></section>\n",
            admin_url(a, "/issuers/new", NULL, NULL), admin_url(a, "/scopes/new", NULL, NULL),
            admin_url(a, "/targets/new", NULL, NULL), admin_url(a, "/clients/new", NULL, NULL));
    return NULL;
}

const tokex_err_t *admin_overview_page(admin_t *a)
{
    a->place = (admin_place_t){.title = "Overview", .section = "/"};
    return put_counts(a);
}
