/* How objects of the configuration are shown: headings, order, words. What their fields are stands
 * in config/fields.h. */
#ifndef ADMIN_NOUN_H
#define ADMIN_NOUN_H

#include "config/fields.h"

/* Fields that belong together. */
typedef struct admin_section_t {
    const char *title;  /* NULL ends a list */
    const char *fields; /* names, with blanks between */
    const char *part;   /* of the object's page that shows them; NULL: its settings */
} admin_section_t;

/* A column of a list: of store/list_store.h, or of list_use.h. */
typedef struct admin_column_t {
    const char *name; /* NULL ends a list */
    const char *title;
} admin_column_t;

typedef struct admin_noun_t {
    const char *noun;       /* as in fields.h */
    const char *path;       /* "/issuers" */
    const char *title;      /* "Issuers" */
    const char *one;        /* "issuer" */
    const char *a_one;      /* "an issuer" */
    const char *about;      /* what they are for: of an empty list */
    const char *begin;      /* path at which a new one begins; NULL: its form */
    bool is_administrators; /* nobody else changes them */
    const admin_section_t *sections;
    const admin_column_t *columns;
    const char *elements; /* the list whose elements have pages of their own; NULL: none */
    const char *element;  /* "rule" */
    const admin_section_t *element_sections;
} admin_noun_t;

extern const admin_noun_t admin_noun_issuer, admin_noun_client, admin_noun_target, admin_noun_scope,
    admin_noun_mapping, admin_noun_procedure;

/* All of them, NULL at the end. */
extern const admin_noun_t *const admin_nouns[];

/* The one called that; NULL: it has no pages. */
const admin_noun_t *admin_noun_find(const char *noun);

/* The description of its objects, or of its elements. */
const tokex_object_desc_t *admin_noun_desc(const admin_noun_t *noun);
const tokex_object_desc_t *admin_noun_element_desc(const admin_noun_t *noun);

/* What a field is called for people: "Life of a token (seconds)". */
const char *admin_noun_label(const tokex_object_desc_t *desc, const tokex_field_t *field,
                             apr_pool_t *pool);

/* The noun whose objects a field names by their ids; NULL: none. */
const char *admin_noun_reference(const tokex_object_desc_t *desc, const tokex_field_t *field);

/* The field of that name; NULL: there is none. */
const tokex_field_t *admin_noun_field(const tokex_object_desc_t *desc, const char *name);

#endif
