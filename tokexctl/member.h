/* MEMBER=VALUE, MEMBER=, MEMBER+=VALUE and MEMBER-=VALUE of a command line, by what fields.c says
 * of the member. */
#ifndef TOKEXCTL_MEMBER_H
#define TOKEXCTL_MEMBER_H

#include "config/faults.h"
#include "config/fields.h"
#include "ctl.h"
#include "draft.h"

/* What the words are about. */
typedef struct member_place_t {
    const tokex_object_desc_t *desc;
    const char *id;    /* how faults call the object */
    const char *fixed; /* the member that tells it apart and cannot be changed; may be NULL */
} member_place_t;

/*
 * Makes what `words` say of `draft`, one after the other. A value that is of another type than the
 * field is an error fault and leaves the member as it was; what else is wrong with a value, and a
 * member that does not exist, is left in the draft for the reader of the object to say. False:
 * a word is of none of the four forms, which was said on standard error.
 */
bool member_apply(draft_t *draft, const member_place_t *place, const char *const *words, int count,
                  tokex_faults_t *faults, const ctl_t *ctl);

/* The field of that name; NULL: there is none. */
const tokex_field_t *member_field(const tokex_object_desc_t *desc, const char *name);

/* Which element of a list of objects (JSON texts) is called `name`: by its member `key`, or where
 * it has none, or `key` is NULL, by its place as "#1"; -1: none. */
int member_find(const apr_array_header_t *list, const char *key, const char *name,
                apr_pool_t *pool);

/* Takes element `place` out of a list of texts. */
void member_remove_at(apr_array_header_t *list, int place);

#endif
