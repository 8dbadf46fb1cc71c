/* The commands about our signing keys, and what they share. */
#ifndef TOKEXCTL_KEY_H
#define TOKEXCTL_KEY_H

#include "ctl.h"
#include "edit/key_ring.h"

/* The option of every command that changes a key. */
#define KEY_REASON(reason)                                                                         \
    {                                                                                              \
        0, "reason", (reason), NULL                                                                \
    }

/* Opens the ring of the installation. */
const tokex_err_t *key_open(tokex_key_ring_t *out, const ctl_t *ctl, tokex_db_mode_t mode);

/* What came of a change of `kid` (NULL: of none in particular), told where it did not come to be;
 * faults and warnings are told always. `remedy`: what lets a key that is needed go. The exit code.
 */
int key_answer(const ctl_t *ctl, const tokex_key_ring_t *ring, tokex_key_answer_t answer,
               const tokex_err_t *err, const char *kid, const char *remedy);

/* "2026-11-22T22:00:00Z". */
const char *key_time(int64_t time, apr_pool_t *pool);

/* The commands behind `key`; `argv` holds what stands behind the word. */
int key_list(ctl_t *ctl, int argc, const char *const *argv);
int key_show(ctl_t *ctl, int argc, const char *const *argv);
int key_rotate(ctl_t *ctl, int argc, const char *const *argv);
int key_activate(ctl_t *ctl, int argc, const char *const *argv);
int key_retire(ctl_t *ctl, int argc, const char *const *argv);
int key_remove(ctl_t *ctl, int argc, const char *const *argv);
int key_schedule(ctl_t *ctl, int argc, const char *const *argv);
int key_prefer(ctl_t *ctl, int argc, const char *const *argv);

/* Is `text` an algorithm that keys are made for? Says so when it is not. */
bool key_algorithm(const char *text);
/* Reads a whole number of 0..`max`; says which option it is when it is none. */
bool key_number(int64_t *out, const char *option, const char *text, int64_t max);

#endif
