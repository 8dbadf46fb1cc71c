/*
 * One well-formed UTF-8 sequence at a time (RFC 3629). Private to base/; others ask
 * tokex_json_is_utf8().
 */
#ifndef TOKEX_BASE_UTF8_H
#define TOKEX_BASE_UTF8_H

#include <apr.h>

/*
 * Length (1 to 4) of the sequence that begins at `p`, of which `len` octets (at least 1) may be
 * read. 0 when it is ill-formed: cut, overlong, a surrogate, beyond U+10FFFF.
 */
apr_size_t tokex_utf8_sequence(const unsigned char *p, apr_size_t len);

#endif
