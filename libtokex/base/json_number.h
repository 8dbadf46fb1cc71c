/*
 * Numbers of JSON by their digits: exact where a double is not, and blind to the locale, whose
 * decimal point strtod() would follow. Private to base/.
 */
#ifndef TOKEX_BASE_JSON_NUMBER_H
#define TOKEX_BASE_JSON_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include <apr.h>

/* `text` is in all of these a number of RFC 8259 section 6, `len` at most TOKEX_LIMIT_JSON_NUMBER.
 */

/* An integer without fraction or exponent, at most 2^53 either way, not "-0": a double holds it and
 * prints it as it came. */
bool tokex_json_number_is_plain(const char *text, apr_size_t len);

/* Does a double hold its magnitude (what rounds to infinity does not fit; what rounds to 0 does)?
 */
bool tokex_json_number_fits_double(const char *text, apr_size_t len);

/* The number rounded down; `*whole` tells that nothing was lost. False when |number| > 2^53. */
bool tokex_json_number_floor(const char *text, apr_size_t len, int64_t *out, bool *whole);

#endif
