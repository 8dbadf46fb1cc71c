#include "base/utf8.h"

#include <stdbool.h>

static bool is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* The first tail octet carries what tells overlong forms, surrogates and U+110000 apart, so its
 * range depends on the lead (RFC 3629 section 4). */
static bool is_second(unsigned char lead, unsigned char c)
{
    switch (lead) {
    case 0xE0:
        return c >= 0xA0 && c <= 0xBF;
    case 0xED:
        return c >= 0x80 && c <= 0x9F;
    case 0xF0:
        return c >= 0x90 && c <= 0xBF;
    case 0xF4:
        return c >= 0x80 && c <= 0x8F;
    default:
        return is_tail(c);
    }
}

apr_size_t tokex_utf8_sequence(const unsigned char *p, apr_size_t len)
{
    apr_size_t want;
    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    want = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (len < want || !is_second(p[0], p[1]))
        return 0;
    for (apr_size_t i = 2; i < want; i++)
        if (!is_tail(p[i]))
            return 0;
    return want;
}
