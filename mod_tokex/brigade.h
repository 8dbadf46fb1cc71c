/* APR's brigades. Their macros measure from a null pointer, which clang reports in whoever uses
 * them; there is no other way to walk a brigade. */
#ifndef MOD_TOKEX_BRIGADE_H
#define MOD_TOKEX_BRIGADE_H

#include <apr_buckets.h>

#if defined(__clang__) && __clang_major__ >= 13
#pragma clang diagnostic ignored "-Wnull-pointer-subtraction"
#endif

#endif
