/* One change of one object from the command line: read, altered, judged, made, told. */
#ifndef TOKEXCTL_CHANGE_H
#define TOKEXCTL_CHANGE_H

#include "args.h"
#include "config/faults.h"
#include "config/fields.h"
#include "ctl.h"
#include "draft.h"
#include "edit/edit.h"

/* What the options of a command say. */
typedef struct change_options_t {
    const char *reason;   /* NULL: none was given */
    const char *revision; /* NULL: that which was read */
    const char *json;     /* a file, "-" is standard input; NULL: none */
    bool dry_run;
    bool yes;
} change_options_t;

/* Rows of an args_option_t table that fill `o`; a command takes those that it knows. */
#define CHANGE_REASON(o)                                                                           \
    {                                                                                              \
        0, "reason", &(o)->reason, NULL                                                            \
    }
#define CHANGE_DRY_RUN(o)                                                                          \
    {                                                                                              \
        0, "dry-run", NULL, &(o)->dry_run                                                          \
    }
#define CHANGE_REVISION(o)                                                                         \
    {                                                                                              \
        0, "revision", &(o)->revision, NULL                                                        \
    }
#define CHANGE_JSON(o)                                                                             \
    {                                                                                              \
        0, "json", &(o)->json, NULL                                                                \
    }
#define CHANGE_YES(o)                                                                              \
    {                                                                                              \
        0, "yes", NULL, &(o)->yes                                                                  \
    }

typedef struct change_t {
    const ctl_t *ctl;
    const tokex_object_desc_t *desc; /* of the object: of a list of the document */
    const char *id;
    const change_options_t *options;
    const char *asked; /* in: the revision that --revision or the document names; NULL: none does */
    tokex_db_t *db;
    const char *present; /* as it stands, without secrets; NULL: there is none */
    const char *base;    /* what the change is made from: `present`, or that of --revision */
    int64_t revision;    /* of `base` */
    draft_t *draft;      /* `base`, to be altered; NULL: the object goes */
    tokex_faults_t *faults;
    tokex_edit_way_t way; /* once it was tried */
} change_t;

/* The description of the objects of a list of the document, by noun. Never NULL. */
const tokex_object_desc_t *change_desc(const char *noun);

/* Reads --json into `*out`, and takes the member `revision` out of it: it is what is asked for when
 * --revision does not stand there. The exit code. */
int change_read_json(draft_t **out, change_t *change);

/*
 * Opens config.db and reads the object; `change` has ctl, desc, id, options and asked. The exit
 * code: CTL_DONE, or what was said on standard error.
 */
int change_open(change_t *change);

/* Says that the object is not there, CTL_REFUSED. */
int change_missing(const change_t *change);

/* Judges the draft; faults are told. The exit code. */
int change_judge(change_t *change);

/*
 * Judges the draft and makes the change, unless it is a dry run or has faults. `what` says what was
 * done: `changed rule "orders/partner"`. Everything is told; the exit code.
 */
int change_make(change_t *change, const char *what);

/* Is somebody there who wants to be asked before something goes? */
bool change_asks(const change_t *change);
/* Asks him. */
bool change_confirmed(const char *question);

#endif
