/* What the files share that change our signing keys. */
#ifndef TOKEX_EDIT_KEY_RING_PRIVATE_H
#define TOKEX_EDIT_KEY_RING_PRIVATE_H

#include "edit/key_ring.h"

/* A copy of the configuration's own keys, with room for one more. */
tokex_signing_key_t *tokex_key_ring_own_keys(const tokex_key_ring_t *ring);

/* A key that is to sign at once must begin later than every other: where one begins in this very
 * second, the next one is waited for. */
void tokex_key_ring_wait(tokex_key_ring_t *ring);

/* Is `judged`, what the server will have, without a fault that is new? Faults go to the ring. */
bool tokex_key_ring_judge(tokex_key_ring_t *ring, const tokex_config_t *judged);

/* Saves the signing keys of `changed` and how they are used. */
const tokex_err_t *tokex_key_ring_write(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                        const tokex_config_t *changed,
                                        const tokex_edit_author_t *author);

/* Both: `judged` is `changed` with the keys of state.db as they will be. */
const tokex_err_t *tokex_key_ring_save(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                       const tokex_config_t *changed, const tokex_config_t *judged,
                                       const tokex_edit_author_t *author);

#endif
