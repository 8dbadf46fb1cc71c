/* How the pages are shown, in this browser. */
#include <string.h>

#include "guard.h"
#include "pages.h"
#include "route.h"

static const struct choice_t {
    const char *scheme;
    const char *words;
} choices[] = {{"", "As the system has it"}, {"light", "Light"}, {"dark", "Dark"}};

const tokex_err_t *admin_display_page(admin_t *a)
{
    html_t *h = a->html;
    size_t i;

    a->place = (admin_place_t){.title = "Display"};
    if (*admin_input_text(a->query, "done"))
        html_put(h, "<div class=\"done\" role=\"status\"><p>Kept in this browser.</p></div>");
    html_put(h, "<section class=\"fields\">");
    TOKEX_RETURN_ERR(admin_put_form(a, "/display"));
    html_put(h, "<fieldset class=\"field\"><legend>Colours</legend>");
    for (i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        html_put(h, "<label class=\"tick\"><input type=\"radio\" name=\"scheme\" value=\"%s\"",
                 choices[i].scheme);
        if (strcmp(choices[i].scheme, a->display.scheme) == 0)
            html_put(h, " checked=\"checked\"");
        html_put(h, "><span>%s</span></label>", choices[i].words);
    }
    html_put(h, "</fieldset><div class=\"field\"><p class=\"hint\" id=\"h-keys\">With JavaScript, "
                "<kbd>/</kbd> goes to the search box, and <kbd>?</kbd> lists the others.</p><label "
                "class=\"tick\"><input type=\"checkbox\" name=\"keys\" value=\"on\" "
                "aria-describedby=\"h-keys\"");
    if (!a->display.keys_off)
        html_put(h, " checked=\"checked\"");
    html_put(h, "><span>Single keys do something</span></label></div><p class=\"buttons\">"
                "<button>Keep</button></p></form></section>\n");
    return NULL;
}

const tokex_err_t *admin_display_keep(admin_t *a)
{
    const char *cookie = admin_display_cookie(admin_input_text(a->form, "scheme"),
                                              !*admin_input_text(a->form, "keys"),
                                              a->request->script, a->request->https, a->pool);

    if (!cookie)
        return admin_refuse(a, 400, "There are no such colours. Nothing was changed.");
    a->reply.cookie = cookie;
    admin_redirect(a, admin_url(a, "/display", "done", "1"));
    return NULL;
}
