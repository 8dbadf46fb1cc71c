/*
 * Holds plain configuration against fields.c: what each value may be, what is required, what may
 * not stand twice in one list. Documents and the policy's compiler share it, so that a value is
 * refused with the same words wherever it comes from.
 */
#ifndef TOKEX_CONFIG_CHECK_H
#define TOKEX_CONFIG_CHECK_H

#include "config/faults.h"
#include "config/fields.h"

/*
 * Checks the fields of one `object`, and for lists of objects their number and ids, but not what is
 * in them. `id` is how faults call it. `skip` has the bit 1 << n for each field number n that had
 * its fault already.
 */
void tokex_check_object(const tokex_object_desc_t *desc, const void *object, const char *id,
                        uint64_t skip, tokex_faults_t *faults, apr_pool_t *scratch_pool);

/* Checks everything in `config`. Any member may be NULL or out of range. */
void tokex_check_config(const tokex_config_t *config, tokex_faults_t *faults,
                        apr_pool_t *scratch_pool);

#endif
