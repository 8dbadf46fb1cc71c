/*
 * Adding a fault in one call, for whoever judges a configuration.
 */
#ifndef TOKEX_CONFIG_FAULTS_H
#define TOKEX_CONFIG_FAULTS_H

#include "config/config.h"

/* Where a fault is and what was found there, as it stands: the shown forms are made when it is
 * added. All but `object` may be NULL. */
typedef struct tokex_place_t {
    const char *object; /* a literal */
    const char *id;
    const char *field;
    const char *value; /* NULL: none, or not to be shown */
} tokex_place_t;

/* Adds an error, or a warning: `remedy` (may be NULL) is a sentence, `fmt` (printf form) makes the
 * problem without a full stop. All texts are copied into the list's pool. */
void tokex_faults_error(tokex_faults_t *faults, const tokex_place_t *at, const char *remedy,
                        const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void tokex_faults_warning(tokex_faults_t *faults, const tokex_place_t *at, const char *remedy,
                          const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * Settles the places that have an error by now: what is added later about one of them is dropped,
 * because it would only follow from what was said. That is whatever concerns an object that is
 * none, a field without a value where that field has an error, and a value that has one. Other
 * values of a list that has an error are still judged.
 */
void tokex_faults_settle(tokex_faults_t *faults);
/* Would an error at `at` be dropped? */
bool tokex_faults_is_settled(const tokex_faults_t *faults, const tokex_place_t *at);

#endif
