/*
 * JSON, strictly. A gate in front of cJSON refuses what cJSON would let through (a NUL in a string,
 * members named twice, 0123, 1e400, control characters, a BOM, text that is not UTF-8, anything
 * behind the value); nodes behind it can be trusted to mean what they say. Only json.c sees cJSON.
 *
 * A document lives in the pool that it was parsed into and dies with it. Nodes are read-only.
 */
#ifndef TOKEX_BASE_JSON_H
#define TOKEX_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <apr_pools.h>

#include "base/err.h"

typedef struct cJSON tokex_json_t; /* opaque outside json.c */

typedef enum tokex_json_type_t {
    TOKEX_JSON_NULL,
    TOKEX_JSON_BOOL,
    TOKEX_JSON_NUMBER,
    TOKEX_JSON_STRING,
    TOKEX_JSON_ARRAY,
    TOKEX_JSON_OBJECT
} tokex_json_type_t;

/*
 * Parses exactly `len` octets (RFC 8259; UTF-8, nesting at most TOKEX_LIMIT_JSON_DEPTH, no member
 * named twice after unescaping, numbers of at most TOKEX_LIMIT_JSON_NUMBER characters; one pass,
 * plus n log n for the names of an object of n members). Refused with TOKEX_E_JSON, whose log text
 * says what and at which octet, counted from 0, without quoting the document; TOKEX_E_MEMORY.
 */
const tokex_err_t *tokex_json_parse(const tokex_json_t **out, const char *text, apr_size_t len,
                                    apr_pool_t *pool);

/* The same, and the top level must be an object. */
const tokex_err_t *tokex_json_parse_object(const tokex_json_t **out, const char *text,
                                           apr_size_t len, apr_pool_t *pool);

/* All getters take a NULL node and treat it as absent. */
tokex_json_type_t tokex_json_type(const tokex_json_t *node); /* node not NULL */
/* Name of a member (NULL for elements of an array), first child, next sibling, children counted. */
const char *tokex_json_name(const tokex_json_t *node);
const tokex_json_t *tokex_json_first(const tokex_json_t *node);
const tokex_json_t *tokex_json_next(const tokex_json_t *node);
apr_size_t tokex_json_count(const tokex_json_t *node);
/* The member `name` (case-sensitive) of an object, NULL when there is none or it is no object. */
const tokex_json_t *tokex_json_get(const tokex_json_t *object, const char *name);
/* The text of a string node, NULL for any other. Never holds a NUL before its end. */
const char *tokex_json_string(const tokex_json_t *node);
/* Is the node that text, or a list that holds it? `aud` is of such a shape (RFC 7519
 * section 4.1.3).
 */
bool tokex_json_names(const tokex_json_t *node, const char *text);
/* False when node is no boolean. */
bool tokex_json_is_true(const tokex_json_t *node);
/*
 * The number of a node rounded down to a whole one (NumericDate may have a fraction, RFC 7519
 * section 2). False when it is no number or |value| > 2^53, where doubles stop being exact.
 */
bool tokex_json_floor(const tokex_json_t *node, int64_t *out);
/* The same for numbers that have no fraction (1.0 and 1e3 have none). On false *out is untouched,
 * here as above. */
bool tokex_json_integer(const tokex_json_t *node, int64_t *out);

/* The digits that a number came with, where they say more than an integer within 2^53 does (a
 * fraction, an exponent, -0, something larger). NULL for any other node. */
const char *tokex_json_number_text(const tokex_json_t *node);

/* A writer: appends JSON text to a buffer that grows in its pool. Commas are its own affair. */
typedef struct tokex_jsonw_t tokex_jsonw_t;

/* `size_hint`: octets to begin with. */
tokex_jsonw_t *tokex_jsonw_create(apr_pool_t *pool, apr_size_t size_hint);
void tokex_jsonw_object_begin(tokex_jsonw_t *w);
void tokex_jsonw_object_end(tokex_jsonw_t *w);
void tokex_jsonw_array_begin(tokex_jsonw_t *w);
void tokex_jsonw_array_end(tokex_jsonw_t *w);
/* The name of the member whose value comes next. */
void tokex_jsonw_name(tokex_jsonw_t *w, const char *name);
/* `value` must be UTF-8; NULL writes null. Escapes what RFC 8259 section 7 demands and U+007F. */
void tokex_jsonw_string(tokex_jsonw_t *w, const char *value);
void tokex_jsonw_string_len(tokex_jsonw_t *w, const char *value, apr_size_t len);
void tokex_jsonw_integer(tokex_jsonw_t *w, int64_t value);
void tokex_jsonw_bool(tokex_jsonw_t *w, bool value);
/* A parsed node as it is (NULL writes null), numbers with the digits that they came with where a
 * double is not exact. Never uses the locale. */
void tokex_jsonw_node(tokex_jsonw_t *w, const tokex_json_t *node);
/* A value that a writer wrote, as it is: JSON text, which is not looked at. */
void tokex_jsonw_json(tokex_jsonw_t *w, const char *json);
/* Convenience: a member with a string; nothing at all when value is NULL. */
void tokex_jsonw_member_string(tokex_jsonw_t *w, const char *name, const char *value);
void tokex_jsonw_member_integer(tokex_jsonw_t *w, const char *name, int64_t value);
void tokex_jsonw_member_bool(tokex_jsonw_t *w, const char *name, bool value);
/* Indents what follows by two blanks a level and breaks lines (documents for people). */
void tokex_jsonw_pretty(tokex_jsonw_t *w);
/* A line feed behind a document, of which nothing is missing. */
void tokex_jsonw_end_line(tokex_jsonw_t *w);
/* The text so far, NUL-terminated, owned by the writer's pool; `len` may be NULL. */
const char *tokex_jsonw_text(const tokex_jsonw_t *w, apr_size_t *len);

/* JSON text anew, indented; as it is where it cannot be read. */
const char *tokex_jsonw_pretty_text(const char *json, apr_pool_t *pool);

/* Are `len` octets well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)? */
bool tokex_json_is_utf8(const char *text, apr_size_t len);

#endif
