/* How pages change the configuration: one object at a time, by edit/, in the user's name. */
#ifndef ADMIN_SAVE_H
#define ADMIN_SAVE_H

#include "admin.h"
#include "base/json.h"
#include "edit/edit.h"
#include "edit/installation.h"
#include "noun.h"

typedef enum admin_saved_t {
    ADMIN_SAVED,
    ADMIN_SAME,    /* it is like that already */
    ADMIN_FAULTY,  /* `faults` say what is wrong */
    ADMIN_CONFLICT /* somebody changed it since `revision` */
} admin_saved_t;

typedef struct admin_save_t {
    const char *noun;
    const char *id;
    const char *object; /* JSON; NULL: it goes */
    int64_t revision;
    bool dry_run;
    const tokex_edit_t *also; /* made in the same change; NULL: nothing */
    /* out */
    admin_saved_t result;
    int late;       /* of ADMIN_CONFLICT: 0 the object, 1 `also` */
    int64_t number; /* of the change */
    tokex_faults_t *faults;
    const apr_array_header_t *made; /* of tokex_edit_secret_t */
} admin_save_t;

/* Makes the change, or says why not. The reason is the form's field of that name. */
const tokex_err_t *admin_save(admin_t *a, admin_save_t *save);

/* The installation that the console looks after. */
tokex_installation_t admin_installation(const admin_t *a);

/* The configuration without its clients, of which there may be many. */
const tokex_err_t *admin_load(admin_t *a, const tokex_config_t **config);

/* "alice (console, 192.0.2.7)". `reason` NULL where the form has none. */
tokex_edit_author_t admin_author(const admin_t *a);

/* Whether whoever asks may change objects of this noun. */
bool admin_may_change(const admin_t *a, const admin_noun_t *noun);

/* An object as it stands, parsed, without secrets; `*object` NULL: there is none, and the page that
 * says so is made. */
const tokex_err_t *admin_read(admin_t *a, const tokex_json_t **object, int64_t *revision,
                              const admin_noun_t *noun, const char *id);

/* The same for another one to be like it: without what tells it apart, and without its secrets. */
const tokex_err_t *admin_read_model(admin_t *a, const tokex_json_t **model,
                                    const admin_noun_t *noun, const char *id);

/* Writes what was just saved, as the query's `done` says, with *Undo* for somebody who `edits`;
 * nothing where nothing was. */
const tokex_err_t *admin_put_done(admin_t *a, bool edits);

/* Back to the page of an object, where the change can be taken back. `number` 0: nothing was
 * changed. */
void admin_go_back(admin_t *a, const admin_noun_t *noun, const char *id, int64_t number);

/* Saves what needs no form of its own: back to the page of the object, or a page that says why not.
 */
const tokex_err_t *admin_save_plain(admin_t *a, const admin_noun_t *noun, const char *id,
                                    const char *object, int64_t revision);

/* The page of a late change: what it was made from, what stands there, what was sent; `put_form`
 * then writes the form anew. */
const tokex_err_t *admin_put_conflict(admin_t *a, const admin_save_t *save, int64_t *revision);

/* The fields in which an object differs, as a table. */
const tokex_err_t *admin_put_diff(admin_t *a, const char *noun, const char *before,
                                  const char *after, const char *was, const char *is);

/* Writes the secrets that were made, to be seen this once. `path`: where to go on. */
void admin_put_secrets(admin_t *a, const apr_array_header_t *made, const char *path);

/* The field for a reason, the hidden revision, and a button. */
void admin_put_reason(admin_t *a);

#endif
