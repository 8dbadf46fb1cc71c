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
    TOKEX_FIELD_TEXT, /* one line of UTF-8 without control characters, not empty */
    TOKEX_FIELD_URI,  /* absolute, no fragment, no userinfo, no white space */
    TOKEX_FIELD_BOOL,
    TOKEX_FIELD_INTEGER, /* within min..max */
    TOKEX_FIELD_CHOICE,  /* one of `choices` */
    TOKEX_FIELD_PEM,     /* text of several lines */
    TOKEX_FIELD_SOURCE,  /* the same, a program: octet by octet as it was written */
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
    bool identity;              /* tells the objects of one list apart; ID, TEXT, SCOPE, CHOICE */
    bool ordered;               /* lists of objects: the order means something and is kept */
    bool write_once;            /* read from documents, never written to one (generate) */
    bool secret;                /* written only when secrets are asked for, never shown */
    tokex_field_kind_t element; /* lists of texts */
    const char *const *choices; /* CHOICE, and lists of choices; NULL-terminated */
    int64_t min, max;           /* INTEGER; lists: number of elements, max 0: no bound */
    int64_t default_integer;    /* INTEGER, BOOL */
    const char *default_text;   /* CHOICE; TEXTS: blank-separated */
    const tokex_object_desc_t *object;
    const char *hint; /* a sentence for people: `description` in the schema */
} tokex_field_t;

/* So many fields an object may have: readers keep a bit a field. */
#define TOKEX_FIELDS_MAX 64

struct tokex_object_desc_t {
    const char *noun; /* "issuer" */
    size_t size;
    const tokex_field_t *fields;
    int field_count;
    bool exactly_one; /* of the fields is given */
    const char *hint;
};

/* The whole document: its fields are the lists of objects. */
const tokex_object_desc_t *tokex_fields_document(void);

/* The list of the document whose objects are called `noun` ("issuer"); NULL: there is none. */
const tokex_field_t *tokex_fields_list(const char *noun);

/* The field of `desc` that tells its objects apart; NULL when they are told apart by place. */
const tokex_field_t *tokex_fields_identity(const tokex_object_desc_t *desc);

/* The member of `object` that `field` describes, by kind. Texts of every kind: NULL when absent. */
const char *tokex_fields_text(const tokex_field_t *field, const void *object);
bool tokex_fields_bool(const tokex_field_t *field, const void *object);
int64_t tokex_fields_integer(const tokex_field_t *field, const void *object);
const tokex_texts_t *tokex_fields_texts(const tokex_field_t *field, const void *object);
/* The first object of a list of objects; `*count` how many there are. */
const void *tokex_fields_objects(const tokex_field_t *field, const void *object, int *count);

/* The object of that list of `object` whose identity is `id`; NULL: there is none. */
const void *tokex_fields_find(const tokex_field_t *field, const void *object, const char *id);
/* Makes `objects` (NULL when `count` is 0) that list of `object`. */
void tokex_fields_set_objects(const tokex_field_t *field, void *object, const void *objects,
                              int count);

/* Do the two objects say the same in every field that documents have? False also where a list that
 * has no order has another one: compare what tokex_document_write_object() makes of them. */
bool tokex_fields_equal(const tokex_object_desc_t *desc, const void *one, const void *other);

/* How object number `index` (from 0) of a list in the object `parent` (NULL: the document) is
 * called in faults: "orders/partner", "#3" for one without an id. In `pool`, or borrowed. */
const char *tokex_fields_path(const tokex_object_desc_t *desc, const char *identity, int index,
                              const char *parent, apr_pool_t *pool);

#endif
