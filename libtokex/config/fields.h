/*
 * The description of every configuration object, a row a field: one place from which documents are
 * read and written, the JSON Schema is made, and wrong values are refused with the same words.
 * A new field is one row here, its member in config.h, its column in sql/.
 */
#ifndef TOKEX_CONFIG_FIELDS_H
#define TOKEX_CONFIG_FIELDS_H

#include <stddef.h>

#include "config/config.h"

typedef enum tokex_field_kind_t {
    TOKEX_FIELD_ID,   /* [A-Za-z0-9] then [A-Za-z0-9._:-]*, at most TOKEX_LIMIT_ID */
    TOKEX_FIELD_TEXT, /* one line of UTF-8 without control characters */
    TOKEX_FIELD_URI,  /* absolute, no fragment, no userinfo, no white space */
    TOKEX_FIELD_BOOL,
    TOKEX_FIELD_INTEGER, /* within min..max */
    TOKEX_FIELD_CHOICE,  /* one of `choices` */
    TOKEX_FIELD_PEM,     /* text of several lines */
    TOKEX_FIELD_JSON,    /* an object, kept as JSON text with sorted members */
    TOKEX_FIELD_SCOPE,   /* a scope token, RFC 6749 section 3.3 */
    TOKEX_FIELD_HEX64,   /* 64 lower-case hexadecimal digits */
    TOKEX_FIELD_TEXTS,   /* a list, elements as `element` says, no element twice */
    TOKEX_FIELD_OBJECTS  /* a list of `object`, no id twice */
} tokex_field_kind_t;

typedef struct tokex_object_desc_t tokex_object_desc_t;

typedef struct tokex_field_t {
    const char *name;
    tokex_field_kind_t kind;
    size_t offset;       /* of the member; for lists of objects of the pointer to the first */
    size_t count_offset; /* lists of objects: of the member that counts */
    bool required;
    bool write_once;            /* read from documents, never written to one (generate) */
    bool secret;                /* written only when secrets are asked for */
    tokex_field_kind_t element; /* lists of texts */
    const char *const *choices; /* CHOICE, and lists of choices; NULL-terminated */
    int64_t min, max;
    int64_t default_integer;  /* INTEGER, BOOL */
    const char *default_text; /* CHOICE; TEXTS: blank-separated */
    const tokex_object_desc_t *object;
    const char *hint; /* a sentence for people: `description` in the schema */
} tokex_field_t;

struct tokex_object_desc_t {
    const char *noun; /* "issuer" */
    size_t size;
    const tokex_field_t *fields;
    int field_count;
    const char *hint;
};

/* The whole document: its fields are the lists of objects. */
const tokex_object_desc_t *tokex_fields_document(void);

#endif
