/* Our signing keys, of both databases, as the `key` commands see and change them. */
#ifndef TOKEXCTL_KEY_RING_H
#define TOKEXCTL_KEY_RING_H

#include "ctl.h"
#include "keys/signing_keys.h"

typedef struct key_ring_t {
    const ctl_t *ctl;
    const char *reason; /* of the change, for the history; NULL: none was given */
    tokex_db_t *db;     /* config.db */
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
} key_ring_t;

/* The option of every command that changes a key. */
#define KEY_REASON(reason)                                                                         \
    {                                                                                              \
        0, "reason", (reason), NULL                                                                \
    }

/* Opens both databases in `mode`; with TOKEX_DB_READ the configuration is read without clients.
 * What is wrong with state.db or the master key is kept for those commands that need them. */
const tokex_err_t *key_ring_open(key_ring_t *out, const ctl_t *ctl, tokex_db_mode_t mode);

/* A key that is to sign at once must begin later than every other: waits, where one begins in this
 * very second, for the next one. `ctl` is the ring's. */
void key_ring_wait(key_ring_t *ring, ctl_t *ctl);

/* The place of a key in ring->joined; -1: none. */
int key_ring_find(const key_ring_t *ring, const char *kid);
/* Is that one in config.db? */
bool key_ring_is_own(const key_ring_t *ring, int place);

/* When a key that does not sign any more stopped, seconds. */
int64_t key_ring_stopped(const key_ring_t *ring, int place);

/* Who needs that `algorithm` can sign: the id of an enabled target; NULL: nobody. */
const char *key_ring_needs(const key_ring_t *ring, const char *algorithm);

/* A copy of the configuration's own keys, with room for one more. */
tokex_signing_key_t *key_ring_own_keys(const key_ring_t *ring);

/*
 * Saves `changed`, where `judged` is what the server will have then: the same with the keys of
 * state.db as they will be. A fault that was not there before refuses it (printed, CTL_REFUSED);
 * new warnings are printed. The exit code; CTL_DONE: saved.
 */
int key_ring_save(const key_ring_t *ring, const tokex_config_t *changed,
                  const tokex_config_t *judged);
/* The judgement alone. */
int key_ring_judge(const key_ring_t *ring, const tokex_config_t *judged);
/* The saving alone: of its signing keys and how they are used. */
int key_ring_write(const key_ring_t *ring, const tokex_config_t *changed);

/* "2026-11-22T22:00:00Z". */
const char *key_time(int64_t time, apr_pool_t *pool);

/* The commands behind `key`; `argv` holds what stands behind the word. */
int key_list(ctl_t *ctl, int argc, const char *const *argv);
int key_show(ctl_t *ctl, int argc, const char *const *argv);
int key_rotate(ctl_t *ctl, int argc, const char *const *argv);
int key_retire(ctl_t *ctl, int argc, const char *const *argv);
int key_remove(ctl_t *ctl, int argc, const char *const *argv);
int key_schedule(ctl_t *ctl, int argc, const char *const *argv);
int key_prefer(ctl_t *ctl, int argc, const char *const *argv);

/* Is `text` an algorithm that keys are made for? Says so when it is not. */
bool key_algorithm(const char *text);
/* Reads a whole number of 0..`max`; says which option it is when it is none. */
bool key_number(int64_t *out, const char *option, const char *text, int64_t max);

#endif
