/* The commands on the objects of the configuration: one set of verbs, whatever the object is. */
#ifndef TOKEXCTL_OBJECT_H
#define TOKEXCTL_OBJECT_H

#include "change.h"

/* A verb; `argv` holds what stands behind it. */
typedef int object_verb_t(ctl_t *ctl, const tokex_object_desc_t *desc, int argc,
                          const char *const *argv);

object_verb_t object_list, object_show, object_add, object_set, object_remove;

/* Verbs of clients alone. */
object_verb_t client_rotate, client_secret;

/* Verbs of procedures alone: does a file, or one that is there, compile? */
object_verb_t procedure_check, procedure_compile;

/* Runs the verb of `argv` (list, show, add, set, remove) on objects of a kind. */
int object_run(ctl_t *ctl, const char *noun, int argc, const char *const *argv);

/* A list of objects that are part of another: rules of a client, rows of a mapping. */
typedef struct element_kind_t {
    const char *owner;  /* the noun of what they are part of */
    const char *member; /* of it, that holds them */
    const char *key;    /* their member that tells them apart */
    const char *words;  /* the command, as one writes it: "rule" */
} element_kind_t;

/* Runs the verb of `argv` (list, show, add, set, remove, move) on such a list. */
int element_run(ctl_t *ctl, const element_kind_t *kind, int argc, const char *const *argv);

/* Reads one object, without secrets. `*object` NULL: there is none. */
const tokex_err_t *object_read(const char **object, int64_t *revision, const ctl_t *ctl,
                               const tokex_object_desc_t *desc, const char *id);

/* Gives the draft the member that tells it apart, or refuses another one: a fault. */
void object_name(draft_t *draft, const tokex_object_desc_t *desc, const char *key, const char *id,
                 tokex_faults_t *faults, apr_pool_t *pool);

/* Prints one object, as text with its revision, or as JSON. `revision` 0: without. */
void object_print(const tokex_object_desc_t *desc, const char *object, int64_t revision, bool json,
                  apr_pool_t *pool);

#endif
