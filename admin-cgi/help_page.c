/* What is said of reason codes. */
#include <string.h>

#include <apr_strings.h>

#include "pages.h"
#include "route.h"

static void put_code(admin_t *a, const tokex_code_info_t *info)
{
    html_put(a->html, "<dt id=\"%s\"><code>%s</code></dt><dd>", info->name, info->name);
    html_sentence(a->html, info->cause);
    html_put(a->html, " <b>What to do:</b> ");
    html_sentence(a->html, info->remedy);
    html_put(a->html, "</dd>\n");
}

static bool fits(const tokex_code_info_t *info, const char *word)
{
    return !*word || strstr(info->name, word) || strstr(info->cause, word) ||
           strstr(info->remedy, word);
}

const tokex_err_t *admin_help_page(admin_t *a)
{
    const char *word = admin_input_text(a->query, "q");
    html_t *h = a->html;
    int code, shown = 0;

    a->place = (admin_place_t){.title = "Help", .section = "/help"};
    html_put(h,
             "<p>This console changes what <code>tokexctl</code> changes, by the same rules; every "
             "change is in the history and can be taken back.</p><section><h2>Reason codes</h2>"
             "<p>They stand in the audit log, in Activity, and behind every refusal.</p>"
             "<div class=\"tools\"><form method=\"get\" action=\"%s\" role=\"search\"><label "
             "for=\"q\">Search</label><input id=\"q\" name=\"q\" type=\"search\" value=\"%s\">"
             "<button class=\"quiet\">Search</button></form></div><dl class=\"codes\">",
             admin_url(a, "/help", NULL, NULL), word);
    for (code = 0; code < TOKEX_E_COUNT; code++) {
        const tokex_code_info_t *info = tokex_err_info((tokex_code_t)code);

        if (!fits(info, word))
            continue;
        put_code(a, info);
        shown++;
    }
    html_put(h, "</dl>");
    if (!shown)
        html_put(h, "<p class=\"empty\">No code has this in its name or its words.</p>");
    html_put(h, "</section>\n");
    return NULL;
}
