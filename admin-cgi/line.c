#include "line.h"

#include <apr_lib.h>
#include <apr_strings.h>

const char *admin_sentence(const char *words, apr_pool_t *pool)
{
    char *text = apr_pstrdup(pool, words), *at = text;

    /* What is no plain word is a name, which stays as it is. */
    while (apr_isalpha(*at))
        at++;
    if (*at == ' ')
        text[0] = (char)apr_toupper(text[0]);
    return text;
}

void admin_read_lines(admin_line_t *lines, const admin_line_t *blank, int count,
                      const admin_input_t *input)
{
    int i;

    for (i = 0; i < count; i++) {
        lines[i] = blank[i];
        lines[i].value = admin_input_text(input, lines[i].name);
    }
}

static void put_value(html_t *h, const admin_line_t *line)
{
    if (line->rows)
        html_put(h, ">\n%s</textarea>", line->value);
    else
        html_put(h, " value=\"%s\">", line->value);
}

void admin_put_line(admin_t *a, const admin_line_t *line)
{
    html_t *h = a->html;

    html_put(h, "<div class=\"field%s\"><label for=\"f-%s\">%s</label>",
             line->problem ? " bad" : "", line->name, line->label);
    if (line->hint)
        html_put(h, "<p class=\"hint\" id=\"h-%s\">%s</p>", line->name, line->hint);
    if (line->problem)
        html_put(h, "<p class=\"error\" id=\"e-%s\"><span class=\"hidden\">Error: </span>%s</p>",
                 line->name, admin_sentence(line->problem, a->pool));
    if (line->rows)
        html_put(h, "<textarea id=\"f-%s\" name=\"%s\" rows=\"%d\" spellcheck=\"false\"",
                 line->name, line->name, line->rows);
    else
        html_put(h, "<input id=\"f-%s\" class=\"wide\" name=\"%s\" spellcheck=\"false\"",
                 line->name, line->name);
    html_put(h, " autocapitalize=\"none\"");
    if (line->is_url)
        html_put(h, " inputmode=\"url\"");
    if (line->hint && line->problem)
        html_put(h, " aria-describedby=\"h-%s e-%s\"", line->name, line->name);
    else if (line->hint || line->problem)
        html_put(h, " aria-describedby=\"%s-%s\"", line->hint ? "h" : "e", line->name);
    if (line->problem)
        html_put(h, " aria-invalid=\"true\"");
    put_value(h, line);
    html_put(h, "</div>\n");
}

void admin_put_filter(admin_t *a, const char *name, const char *label)
{
    html_put(a->html,
             "<div class=\"field\"><label for=\"f-%s\">%s</label><input id=\"f-%s\" name=\"%s\" "
             "value=\"%s\" spellcheck=\"false\"></div>",
             name, label, name, name, admin_input_text(a->query, name));
}

void admin_put_tick(admin_t *a, const char *name, const char *label, bool ticked)
{
    html_put(a->html,
             "<div class=\"field\"><label class=\"tick\"><input type=\"checkbox\" name=\"%s\" "
             "value=\"on\"",
             name);
    if (ticked)
        html_put(a->html, " checked=\"checked\"");
    html_put(a->html, "><span>%s</span></label></div>\n", label);
}

void admin_begin_problems(admin_t *a)
{
    a->place.failed = true;
    html_put(a->html, "<div class=\"summary\" role=\"alert\" tabindex=\"-1\" autofocus "
                      "aria-labelledby=\"summary\"><h2 id=\"summary\">There is a problem</h2><ul>");
}

void admin_end_problems(admin_t *a)
{
    html_put(a->html, "</ul></div>\n");
}

void admin_put_problems(admin_t *a, const admin_line_t *lines, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        if (!lines[i].problem)
            continue;
        if (!a->place.failed)
            admin_begin_problems(a);
        html_put(a->html, "<li><a href=\"#f-%s\">%s: %s</a></li>", lines[i].name, lines[i].label,
                 lines[i].problem);
    }
    if (a->place.failed)
        admin_end_problems(a);
}
