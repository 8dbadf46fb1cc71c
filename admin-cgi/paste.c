#include "paste.h"

#include <string.h>

#include <apr_strings.h>

#include "exchange/parameters.h"
#include "exchange/request.h"

const char *admin_paste(const admin_t *a, const char *name)
{
    char *token = apr_pstrdup(a->pool, admin_input_text(a->form, name));

    apr_collapse_spaces(token, token);
    return token;
}

void admin_put_option(html_t *h, const char *value, const char *words, const char *chosen)
{
    html_put(h, "<option value=\"%s\"", value);
    if (strcmp(value, chosen) == 0)
        html_put(h, " selected=\"selected\"");
    html_put(h, ">%s</option>", words);
}

void admin_put_types(admin_t *a, const char *name, const char *label)
{
    static const char *const types[] = {"access_token", "jwt", "id_token"};
    const char *chosen = admin_input_text(a->form ? a->form : a->query, name);
    size_t i;

    html_put(a->html,
             "<div class=\"field\"><label for=\"f-%s\">%s</label><select id=\"f-%s\" name=\"%s\">",
             name, label, name, name);
    for (i = 0; i < sizeof types / sizeof types[0]; i++)
        admin_put_option(a->html, types[i], types[i], chosen);
    html_put(a->html, "</select></div>\n");
}

const char *admin_type_urn(const char *word)
{
    if (strcmp(word, "jwt") == 0)
        return TOKEX_TYPE_URN_JWT;
    return strcmp(word, "id_token") == 0 ? TOKEX_TYPE_URN_ID_TOKEN : TOKEX_TYPE_URN_ACCESS_TOKEN;
}
