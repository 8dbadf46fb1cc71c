/*
 * What a request brings, read once and strictly: names that a page did not declare, names that
 * stand twice, values that are too long, broken escapes and bodies that are not what they say are
 * refused before a page sees anything.
 */
#ifndef ADMIN_INPUT_H
#define ADMIN_INPUT_H

#include <stdbool.h>

#include <apr_hash.h>
#include <apr_pools.h>

/* Names in one query or form. */
#define ADMIN_INPUT_NAMES 2000

typedef enum admin_kind_t {
    ADMIN_LINE,  /* text without control characters */
    ADMIN_LINES, /* with line ends */
    ADMIN_DIGITS /* at most 18 of them */
} admin_kind_t;

/* A field that a page takes. */
typedef struct admin_field_t {
    const char *name; /* NULL ends a list */
    admin_kind_t kind;
    apr_size_t most; /* octets of the value, decoded */
} admin_field_t;

/* Whether a page takes a field that is not in its list; `*field` says what it may hold. */
typedef bool admin_more_t(admin_field_t *field, void *ctx, const char *name);

typedef struct admin_declared_t {
    const admin_field_t *fields; /* NULL: none */
    admin_more_t *more;          /* NULL: no others */
    void *ctx;
} admin_declared_t;

/* Values by name (const char *). */
typedef apr_hash_t admin_input_t;

/*
 * Takes a query or the body of a form apart. NULL: done. Otherwise what is wrong, in words that
 * hold nothing of the request.
 */
const char *admin_input_parse(admin_input_t **out, const char *text, apr_size_t len,
                              const admin_declared_t *declared, apr_pool_t *pool);

/* The value; NULL when the field was not sent. */
const char *admin_input_get(const admin_input_t *input, const char *name);
/* The same; "" when it was not sent. */
const char *admin_input_text(const admin_input_t *input, const char *name);
/* Digits as a number; `otherwise` when there are none. */
int64_t admin_input_number(const admin_input_t *input, const char *name, int64_t otherwise);

/* CONTENT_LENGTH (RFC 3875 section 4.1.2): 0, or the status to refuse with: 413 above `most`, else
 * 400. */
int admin_input_length(apr_size_t *out, const char *content_length, apr_size_t most);

#endif
