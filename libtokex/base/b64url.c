#include "base/b64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Value of a character plus one, so that everything that is not named is 0 and refused. */
static const unsigned char value_plus_one[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};

apr_size_t tokex_b64url_encode(char *out, const unsigned char *in, apr_size_t len)
{
    char *o = out;
    for (; len >= 3; len -= 3, in += 3, o += 4) {
        unsigned int bits = (unsigned int)in[0] << 16 | (unsigned int)in[1] << 8 | in[2];
        o[0] = alphabet[bits >> 18];
        o[1] = alphabet[bits >> 12 & 0x3F];
        o[2] = alphabet[bits >> 6 & 0x3F];
        o[3] = alphabet[bits & 0x3F];
    }
    if (len > 0) {
        unsigned int bits = (unsigned int)in[0] << 16 | (len > 1 ? (unsigned int)in[1] << 8 : 0);
        *o++ = alphabet[bits >> 18];
        *o++ = alphabet[bits >> 12 & 0x3F];
        if (len > 1)
            *o++ = alphabet[bits >> 6 & 0x3F];
    }
    return (apr_size_t)(o - out);
}

char *tokex_b64url_string(apr_pool_t *pool, const unsigned char *in, apr_size_t len)
{
    char *out = apr_palloc(pool, TOKEX_B64URL_ENCODED(len) + 1);
    out[tokex_b64url_encode(out, in, len)] = '\0';
    return out;
}

static const tokex_err_t *refuse(apr_pool_t *pool, const char *what, apr_size_t offset)
{
    return tokex_err_create(pool, TOKEX_E_ENCODING, NULL, "%s at octet %" APR_SIZE_T_FMT, what,
                            offset);
}

/* Writes the octets of the leading groups of four characters; stops at the first group that has
 * one from outside the alphabet. The number of characters that were taken. */
static apr_size_t decode_groups(unsigned char *o, const char *in, apr_size_t len)
{
    apr_size_t i;
    for (i = 0; len - i >= 4; i += 4) {
        unsigned int a = value_plus_one[(unsigned char)in[i]] - 1u;
        unsigned int b = value_plus_one[(unsigned char)in[i + 1]] - 1u;
        unsigned int c = value_plus_one[(unsigned char)in[i + 2]] - 1u;
        unsigned int d = value_plus_one[(unsigned char)in[i + 3]] - 1u;
        unsigned int bits = a << 18 | b << 12 | c << 6 | d;
        if ((a | b | c | d) > 0x3F)
            break;
        *o++ = (unsigned char)(bits >> 16);
        *o++ = (unsigned char)(bits >> 8);
        *o++ = (unsigned char)bits;
    }
    return i;
}

const tokex_err_t *tokex_b64url_decode(unsigned char **out, apr_size_t *out_len, const char *in,
                                       apr_size_t len, apr_pool_t *pool)
{
    unsigned char *octets = apr_palloc(pool, TOKEX_B64URL_DECODED(len) + 1);
    unsigned char *o = octets;
    unsigned int bits = 0;
    unsigned int held = 0;
    apr_size_t i;
    if (len % 4 == 1)
        return refuse(pool, "a character left over", len - 1);
    i = decode_groups(octets, in, len);
    o += i / 4 * 3;
    for (; i < len; i++) {
        unsigned int value = value_plus_one[(unsigned char)in[i]];
        if (!value)
            return refuse(pool, "a character outside the base64url alphabet", i);
        bits = (bits << 6 | (value - 1)) & 0x3FFF;
        held += 6;
        if (held >= 8) {
            held -= 8;
            *o++ = (unsigned char)(bits >> held);
        }
    }
    if (bits & ((1u << held) - 1))
        return refuse(pool, "unused bits that are not zero", len - 1);
    *o = '\0';
    *out = octets;
    *out_len = (apr_size_t)(o - octets);
    return NULL;
}
