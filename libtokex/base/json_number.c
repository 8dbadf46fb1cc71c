#include "base/json_number.h"

#include <string.h>

#include "base/limits.h"

#define EXACT_MAX (INT64_C(1) << 53)
#define EXACT_MAX_DIGITS "9007199254740992"
#define EXACT_MAX_COUNT ((apr_size_t)16)

/* The smallest magnitude that rounds to infinity is 2^1024 - 2^970: its first digits, and how many
 * it has in all. What follows them is not zero, so an equal beginning is still below it. */
#define OVERFLOW_DIGITS "1797693134862315807937289714053034150799341327100378269361737789"
#define OVERFLOW_COUNT 309

_Static_assert(sizeof(OVERFLOW_DIGITS) - 1 >= TOKEX_LIMIT_JSON_NUMBER,
               "a number could have more digits than are compared");

/* Beyond any exponent that matters; stops a long one from overflowing. */
#define EXPONENT_MAX 100000

/* 0.DIGITS * 10^point, no zero at either end of the digits; count 0 is zero. */
typedef struct decimal_t {
    bool negative;
    int count;
    int point;
    char digits[TOKEX_LIMIT_JSON_NUMBER];
} decimal_t;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int read_exponent(const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    int value = 0;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (; p < end; p++)
        if (value < EXPONENT_MAX)
            value = value * 10 + (*p - '0');
    return negative ? -value : value;
}

static void read_decimal(decimal_t *d, const char *text, apr_size_t len)
{
    const char *p = text;
    const char *end = text + len;
    bool in_fraction = false;
    d->negative = *p == '-';
    d->count = 0;
    d->point = 0;
    if (d->negative)
        p++;
    for (; p < end && (is_digit(*p) || *p == '.'); p++) {
        if (*p == '.') {
            in_fraction = true;
        } else if (*p == '0' && d->count == 0) {
            d->point -= in_fraction ? 1 : 0;
        } else {
            d->digits[d->count++] = *p;
            d->point += in_fraction ? 0 : 1;
        }
    }
    if (p < end)
        d->point += read_exponent(p + 1, end);
    while (d->count > 0 && d->digits[d->count - 1] == '0')
        d->count--;
}

bool tokex_json_number_is_plain(const char *text, apr_size_t len)
{
    apr_size_t count;
    bool negative = *text == '-';
    text += negative ? 1 : 0;
    count = len - (negative ? 1 : 0);
    if (count > EXACT_MAX_COUNT || (negative && *text == '0'))
        return false;
    for (apr_size_t i = 0; i < count; i++)
        if (!is_digit(text[i]))
            return false;
    return count < EXACT_MAX_COUNT || memcmp(text, EXACT_MAX_DIGITS, EXACT_MAX_COUNT) <= 0;
}

bool tokex_json_number_fits_double(const char *text, apr_size_t len)
{
    decimal_t d;
    read_decimal(&d, text, len);
    if (d.count == 0 || d.point < OVERFLOW_COUNT)
        return true;
    return d.point == OVERFLOW_COUNT && memcmp(d.digits, OVERFLOW_DIGITS, (apr_size_t)d.count) <= 0;
}

bool tokex_json_number_floor(const char *text, apr_size_t len, int64_t *out, bool *whole)
{
    decimal_t d;
    int64_t value = 0;
    read_decimal(&d, text, len);
    if (d.count == 0)
        d.point = 0;
    if (d.point > (int)EXACT_MAX_COUNT)
        return false;
    for (int i = 0; i < d.point; i++)
        value = value * 10 + (i < d.count ? d.digits[i] - '0' : 0);
    *whole = d.count == 0 || d.count <= d.point;
    if (value > EXACT_MAX || (value == EXACT_MAX && !*whole))
        return false;
    *out = d.negative ? -value - (*whole ? 0 : 1) : value;
    return true;
}
