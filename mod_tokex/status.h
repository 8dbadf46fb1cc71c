/* Our section on the page of mod_status. */
#ifndef MOD_TOKEX_STATUS_H
#define MOD_TOKEX_STATUS_H

/* Asks mod_status, where it is loaded, to call us. The page may be public, so it says counts and
 * reason codes, and no names. */
void tokex_status_register(void);

#endif
