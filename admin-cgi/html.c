#include "html.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#define NAME_MOST 24
#define DEPTH_MOST 64

typedef enum place_t {
    IN_TEXT,
    AFTER_LESS,    /* < */
    IN_MARKED,     /* <!doctype */
    IN_TAG_NAME,   /* <a */
    IN_CLOSE_NAME, /* </a */
    IN_TAG,        /* between attributes */
    IN_NAME,       /* of an attribute */
    AFTER_EQUALS,
    IN_VALUE
} place_t;

struct html_t {
    apr_pool_t *pool;
    char *text;
    apr_size_t len, space;
    place_t place;
    char tag[NAME_MOST];
    char attribute[NAME_MOST];
    bool value_begun;          /* the attribute has characters already */
    char open[DEPTH_MOST][16]; /* tags that wait for their ends */
    int depth;
    const char *problem;
};

/* Elements without an end (HTML, 13.1.2). */
static const char *const void_tags[] = {"area",  "base", "br",   "col",    "embed", "hr", "img",
                                        "input", "link", "meta", "source", "track", "wbr"};
static const char *const url_attributes[] = {"href", "src", "action", "formaction"};

html_t *html_create(apr_pool_t *pool)
{
    html_t *h = apr_pcalloc(pool, sizeof *h);

    h->pool = pool;
    h->space = 16384;
    h->text = apr_palloc(pool, h->space);
    return h;
}

static void append(html_t *h, const char *octets, apr_size_t len)
{
    char *larger;

    if (h->len + len + 1 > h->space) {
        h->space = (h->len + len + 1) * 2;
        larger = apr_palloc(h->pool, h->space);
        memcpy(larger, h->text, h->len);
        h->text = larger;
    }
    memcpy(h->text + h->len, octets, len);
    h->len += len;
}

static void break_page(html_t *h, const char *problem)
{
    if (!h->problem)
        h->problem = problem;
}

/* ---- Literals */

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void add_to_name(html_t *h, char *name, char c)
{
    size_t len = strlen(name);

    if (len + 1 >= NAME_MOST) {
        break_page(h, "a name is too long");
        return;
    }
    name[len] = c;
    name[len + 1] = '\0';
}

static void open_tag(html_t *h)
{
    if (strcmp(h->tag, "style") == 0)
        break_page(h, "a style sheet inside the page");
    if (is_one_of(h->tag, void_tags, sizeof void_tags / sizeof void_tags[0]))
        return;
    if (h->depth == DEPTH_MOST)
        break_page(h, "tags are nested too deeply");
    else
        apr_cpystrn(h->open[h->depth++], h->tag, sizeof h->open[0]);
}

static void close_tag(html_t *h)
{
    if (h->depth == 0 || strncmp(h->open[h->depth - 1], h->tag, sizeof h->open[0] - 1) != 0)
        break_page(h, apr_pstrcat(h->pool, "the end of a tag that is not open: ", h->tag, NULL));
    else
        h->depth--;
}

static void begin_attribute(html_t *h, char c)
{
    h->attribute[0] = '\0';
    add_to_name(h, h->attribute, c);
    h->place = IN_NAME;
}

static void check_attribute(html_t *h)
{
    if (strncmp(h->attribute, "on", 2) == 0 || strcmp(h->attribute, "style") == 0 ||
        strcmp(h->attribute, "srcdoc") == 0)
        break_page(h, "an attribute that runs or styles something");
}

static void step_tag(html_t *h, char c)
{
    if (c == '>') {
        open_tag(h);
        h->place = IN_TEXT;
    } else if (c == ' ' || c == '\n')
        h->place = IN_TAG;
    else if (h->place == IN_TAG_NAME)
        add_to_name(h, h->tag, c);
    else if (apr_islower(c))
        begin_attribute(h, c);
    else
        break_page(h, "a character that no tag may have");
}

static void step_name(html_t *h, char c)
{
    if (apr_islower(c) || apr_isdigit(c) || apr_isupper(c) || c == '-') {
        add_to_name(h, h->attribute, c);
        return;
    }
    check_attribute(h);
    if (c == '=')
        h->place = AFTER_EQUALS;
    else {
        h->place = IN_TAG;
        step_tag(h, c);
    }
}

static void step_less(html_t *h, char c)
{
    h->tag[0] = '\0';
    if (c == '/')
        h->place = IN_CLOSE_NAME;
    else if (c == '!')
        h->place = IN_MARKED;
    else if (apr_islower(c)) {
        add_to_name(h, h->tag, c);
        h->place = IN_TAG_NAME;
    } else
        break_page(h, "a less-than sign that begins no tag");
}

static void step_close(html_t *h, char c)
{
    if (c != '>') {
        add_to_name(h, h->tag, c);
        return;
    }
    close_tag(h);
    h->place = IN_TEXT;
}

static void step_equals(html_t *h, char c)
{
    if (c != '"')
        break_page(h, "a value without double quotes");
    h->value_begun = false;
    h->place = IN_VALUE;
}

static void step(html_t *h, char c)
{
    switch (h->place) {
    case IN_TEXT:
        if (c == '<')
            h->place = AFTER_LESS;
        else if (h->depth && strcmp(h->open[h->depth - 1], "script") == 0)
            break_page(h, "a script inside the page");
        return;
    case AFTER_LESS:
        step_less(h, c);
        return;
    case IN_MARKED:
        if (c == '>')
            h->place = IN_TEXT;
        return;
    case IN_TAG_NAME:
    case IN_TAG:
        step_tag(h, c);
        return;
    case IN_CLOSE_NAME:
        step_close(h, c);
        return;
    case IN_NAME:
        step_name(h, c);
        return;
    case AFTER_EQUALS:
        step_equals(h, c);
        return;
    case IN_VALUE:
        if (c == '"')
            h->place = IN_TAG;
        h->value_begun = true;
    }
}

static void put_literal(html_t *h, const char *literal, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len; i++)
        step(h, literal[i]);
    append(h, literal, len);
}

/* ---- Values */

/* What stands for a character in a page; NULL: itself. */
static const char *entity_of(const char *at)
{
    switch (*at) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\n':
    case '\t':
        return NULL;
    case '\r':
        /* Pages end lines by LF. */
        return at[1] == '\n' ? "" : "\n";
    default:
        /* Characters that no document may hold. */
        return (unsigned char)*at < 0x20 ? "\xef\xbf\xbd" : NULL;
    }
}

static void put_escaped(html_t *h, const char *value)
{
    const char *from = value, *at, *entity;

    for (at = value; *at; at++) {
        entity = entity_of(at);
        if (!entity)
            continue;
        append(h, from, (apr_size_t)(at - from));
        append(h, entity, strlen(entity));
        from = at + 1;
    }
    append(h, from, (apr_size_t)(at - from));
}

const char *html_url_part(const char *value, apr_pool_t *pool)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = apr_palloc(pool, strlen(value) * 3 + 1), *to = out;

    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;

        if (apr_isalnum(c) || strchr("-._~", c)) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '%';
        *to++ = digits[c >> 4];
        *to++ = digits[c & 15];
    }
    *to = '\0';
    return out;
}

/* Of this server: browsers take a backslash for a slash, and skip control characters. */
static bool is_own_url(const char *url)
{
    const char *at;

    if (url[0] != '/' && url[0] != '?' && url[0] != '#')
        return false;
    if (url[0] == '/' && (url[1] == '/' || url[1] == '\\'))
        return false;
    for (at = url; *at; at++)
        if ((unsigned char)*at <= 0x20 || *at == '\\' || *at == 0x7f)
            return false;
    return true;
}

static void put_value(html_t *h, const char *value)
{
    bool is_url;

    if (h->place == IN_TEXT) {
        if (h->depth && strcmp(h->open[h->depth - 1], "script") == 0)
            break_page(h, "a value in a script");
        put_escaped(h, value);
        return;
    }
    if (h->place != IN_VALUE) {
        break_page(h, "a value outside of text and quoted attributes");
        return;
    }
    is_url =
        is_one_of(h->attribute, url_attributes, sizeof url_attributes / sizeof url_attributes[0]);
    if (is_url && h->value_begun)
        value = html_url_part(value, h->pool);
    else if (is_url && !is_own_url(value))
        value = "#";
    h->value_begun = true;
    put_escaped(h, value);
}

void html_text(html_t *h, const char *value)
{
    if (h->place != IN_TEXT)
        break_page(h, "text outside of text");
    put_value(h, value ? value : "");
}

void html_put_literal(html_t *h, const char *literal, ...)
{
    const char *at, *value;
    va_list args;

    va_start(args, literal);
    while ((at = strchr(literal, '%'))) {
        put_literal(h, literal, (apr_size_t)(at - literal));
        if (at[1] == 's') {
            value = va_arg(args, const char *);
            put_value(h, value ? value : "");
        } else if (at[1] == 'd')
            put_value(h, apr_itoa(h->pool, va_arg(args, int)));
        else if (at[1] == '%')
            put_literal(h, "%", 1);
        else {
            break_page(h, "a conversion that is not known");
            break;
        }
        literal = at + 2;
    }
    va_end(args);
    put_literal(h, literal, strlen(literal));
}

void html_sentence(html_t *h, const char *value)
{
    const char *begin, *end;

    while ((begin = strchr(value, '`')) && (end = strchr(begin + 1, '`'))) {
        html_put(h, "%s<code>%s</code>",
                 apr_pstrmemdup(h->pool, value, (apr_size_t)(begin - value)),
                 apr_pstrmemdup(h->pool, begin + 1, (apr_size_t)(end - begin - 1)));
        value = end + 1;
    }
    html_text(h, value);
}

void html_append(html_t *h, html_t *other)
{
    const char *problem;
    apr_size_t len;
    const char *text = html_finish(other, true, &len, &problem);

    if (!text)
        break_page(h, problem);
    else if (h->place != IN_TEXT)
        break_page(h, "a part of a page outside of text");
    else
        append(h, text, len);
}

const char *html_finish(html_t *h, bool whole, apr_size_t *len, const char **problem)
{
    if (h->place != IN_TEXT)
        break_page(h, "the page ends inside a tag");
    if (whole && h->depth)
        break_page(h,
                   apr_pstrcat(h->pool, "a tag that is not closed: ", h->open[h->depth - 1], NULL));
    if (problem)
        *problem = h->problem;
    h->text[h->len] = '\0';
    *len = h->len;
    return h->problem ? NULL : h->text;
}
