/* Our signing keys as their pages know them, and on a line of time. */
#ifndef ADMIN_KEY_LINE_H
#define ADMIN_KEY_LINE_H

#include "admin.h"
#include "edit/key_ring.h"

/* What a key does, for people: "published", "active", "retiring", "gone". */
const char *admin_key_state(tokex_key_state_t state);

/* When a key stops signing or has stopped, and when it is gone; seconds, 0: no end in sight. */
int64_t admin_key_ends(const tokex_key_ring_t *ring, int place);
int64_t admin_key_gone(const tokex_key_ring_t *ring, int place);

/* The keys that are not gone as a picture; the same stands in the table beside it. */
void admin_put_key_line(admin_t *a, const tokex_key_ring_t *ring);

/* Says that the page belongs to Keys. */
void admin_keys_place(admin_t *a, const char *title);
/* The keys of the installation. */
const tokex_err_t *admin_open_keys(tokex_key_ring_t *ring, admin_t *a, tokex_db_mode_t mode);
/* All that the page of keys shows. */
const tokex_err_t *admin_put_keys(admin_t *a, const tokex_key_ring_t *ring);

#endif
