/*
 * Pages as text that grows in memory. Markup is a literal of the source (a macro pastes "" to it,
 * so nothing else compiles); values go where the literal says `%s`, and how one is escaped follows
 * from where that stands: in text, in a value of an attribute, or in a URL. A value in any other
 * place, a tag that is not closed, markup that would run something: all of these make the page
 * broken, and a broken page is never sent.
 */
#ifndef ADMIN_HTML_H
#define ADMIN_HTML_H

#include <stdbool.h>

#include <apr_pools.h>

typedef struct html_t html_t;

html_t *html_create(apr_pool_t *pool);

/*
 * Appends the literal, with `%s` (UTF-8, NULL is empty) and `%d` filled in; `%%` is a per cent
 * sign. Where `%s` begins the value of href, action or src it must be a path of this server ("/x",
 * not
 * "//x"), a query or a fragment, and anything else becomes "#"; further on in such a value it is
 * percent-encoded as a part of a path or query. Values of attributes stand in double quotes.
 */
#define html_put(h, ...) html_put_literal((h), "" __VA_ARGS__)
void html_put_literal(html_t *h, const char *literal, ...) __attribute__((format(printf, 2, 3)));

/* Appends a value as text. */
void html_text(html_t *h, const char *value);

/* Appends a sentence of ours in which `a` and `b` are marked as code by backticks. */
void html_sentence(html_t *h, const char *value);

/* Appends what another one holds; broken when that is. */
void html_append(html_t *h, html_t *other);

/* The page so far; NULL when it is broken, and `*problem` (may be NULL) says how. `whole`: every
 * tag must be closed. */
const char *html_finish(html_t *h, bool whole, apr_size_t *len, const char **problem);

/* `value` as a part of a path or query: all but unreserved characters (RFC 3986) as %XX. */
const char *html_url_part(const char *value, apr_pool_t *pool);

#endif
