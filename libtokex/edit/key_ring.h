/*
 * Our signing keys, of both databases, as the tools see and change them.
 *
 * Keys that people make stand in config.db, those that the server makes by a schedule in state.db.
 * A change is judged with both, as the server will have them: a fault that was not there before
 * refuses it. What each function answers is an answer; its error is one of ours.
 */
#ifndef TOKEX_EDIT_KEY_RING_H
#define TOKEX_EDIT_KEY_RING_H

#include "edit/installation.h"
#include "keys/signing_keys.h"

/* How long before it signs a new key is published, where nobody says: long enough for everybody who
 * keeps our JWK Set to have asked again. Seconds. */
#define TOKEX_KEY_RING_AFTER 3600
/* The longest, a year: what is further away will have been forgotten. */
#define TOKEX_KEY_RING_AFTER_MOST (366 * 24 * 3600)

typedef struct tokex_key_ring_t {
    tokex_installation_t site; /* a copy; `now` moves on where a change has to wait */
    tokex_db_t *db;            /* config.db */
    const tokex_config_t *config;
    int64_t generation;
    tokex_db_t *state; /* NULL: state_err says why not */
    const tokex_err_t *state_err;
    tokex_signing_rows_t rows; /* of state.db, not proven */
    tokex_sealer_t sealer;     /* without a master key: master_err says why */
    const tokex_err_t *master_err;
    tokex_faults_t *left_out;      /* rows that prove nothing */
    const tokex_config_t *joined;  /* keys of config.db, then those of state.db */
    const tokex_key_life_t *lives; /* of the keys in `joined`, now */

    /* Of a change: */
    const char *needed_by;    /* of TOKEX_KEY_NEEDED: id of the target */
    tokex_faults_t *faults;   /* what is wrong with it, and what is to be thought of */
    tokex_config_t after;     /* what the server has then */
    tokex_signing_key_t made; /* kid NULL: none was made */
} tokex_key_ring_t;

typedef enum tokex_key_answer_t {
    TOKEX_KEY_DONE,
    TOKEX_KEY_UNKNOWN,   /* there is no such key */
    TOKEX_KEY_STOPPED,   /* it does not sign any more, and never will */
    TOKEX_KEY_SIGNS,     /* it signs already */
    TOKEX_KEY_SERVERS,   /* the server made it, which alone says when it begins */
    TOKEX_KEY_NEEDED,    /* it alone signs with an algorithm that `needed_by` needs */
    TOKEX_KEY_AMBIGUOUS, /* keys are of several algorithms, and none is preferred */
    TOKEX_KEY_FAULTY     /* `faults` say why */
} tokex_key_answer_t;

/* Opens both databases in `mode`; with TOKEX_DB_READ the configuration is read without clients.
 * What is wrong with state.db or the master key is kept for those changes that need them. */
const tokex_err_t *tokex_key_ring_open(tokex_key_ring_t *out, const tokex_installation_t *site,
                                       tokex_db_mode_t mode);

/* The place of a key in ring->joined; -1: none. */
int tokex_key_ring_find(const tokex_key_ring_t *ring, const char *kid);
/* Is that one in config.db? */
bool tokex_key_ring_is_own(const tokex_key_ring_t *ring, int place);

/* When a key that does not sign any more stopped, seconds. */
int64_t tokex_key_ring_stopped(const tokex_key_ring_t *ring, int place);

/* Who needs that `algorithm` can sign: the id of an enabled target; NULL: nobody. */
const char *tokex_key_ring_needs(const tokex_key_ring_t *ring, const char *algorithm);

/* Does any key sign now? */
bool tokex_key_ring_signs(const tokex_key_ring_t *ring);

/*
 * Makes the next key of `algorithm` (NULL: the preferred one, ES256 where nothing signs), which
 * signs `after` seconds from now; at once where `now` says so or nothing can be issued anyhow.
 */
const tokex_err_t *tokex_key_ring_rotate(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                         const char *algorithm, int64_t after, bool now,
                                         const tokex_edit_author_t *author);

/* Lets the next key `kid` sign from now on. */
const tokex_err_t *tokex_key_ring_activate(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                           const char *kid, const tokex_edit_author_t *author);

/* Lets a key sign no longer; it stays published until its tokens have ended. */
const tokex_err_t *tokex_key_ring_retire(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                         const char *kid, const tokex_edit_author_t *author);

/*
 * Takes a key away: its tokens are not accepted any more. One that is needed goes with `force`
 * alone, and then a new one signs at once; what else is wrong does not hinder that either. A row of
 * state.db that proves nothing can be named too.
 */
const tokex_err_t *tokex_key_ring_remove(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                         const char *kid, bool force,
                                         const tokex_edit_author_t *author);

/* Lets the server replace the keys of `algorithm` when they have signed for `every` seconds (0:
 * they are replaced by hand), the next one published `ahead` seconds before (-1: as it is). */
const tokex_err_t *tokex_key_ring_schedule(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                           const char *algorithm, int64_t every, int64_t ahead,
                                           const tokex_edit_author_t *author);

/* Lets `algorithm` sign for targets that name none. */
const tokex_err_t *tokex_key_ring_prefer(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                         const char *algorithm, const tokex_edit_author_t *author);

#endif
