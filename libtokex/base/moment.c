#include "base/moment.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_time.h>

#define DIGITS_MOST 9

/* Takes `count` digits, or as many as there are where it is 0. */
static bool take_number(int *out, const char **at, int count)
{
    int taken = 0;

    *out = 0;
    while (apr_isdigit(**at) && taken < (count ? count : DIGITS_MOST)) {
        *out = *out * 10 + (*(*at)++ - '0');
        taken++;
    }
    return taken > 0 && (!count || taken == count);
}

static bool take(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static bool read_ago(int64_t *out, const char *text, int64_t now)
{
    static const struct {
        char unit;
        int seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    size_t i;
    int number;

    if (!take_number(&number, &text, 0) || !*text || text[1])
        return false;
    for (i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (units[i].unit != *text)
            continue;
        *out = now - (int64_t)number * units[i].seconds;
        return true;
    }
    return false;
}

static bool take_date(apr_time_exp_t *t, const char **at)
{
    int year, month;

    if (!take_number(&year, at, 4) || !take(at, '-') || !take_number(&month, at, 2) ||
        !take(at, '-') || !take_number(&t->tm_mday, at, 2))
        return false;
    t->tm_year = year - 1900;
    t->tm_mon = month - 1;
    return year >= 1970 && month >= 1 && month <= 12 && t->tm_mday >= 1 && t->tm_mday <= 31;
}

static bool take_clock(apr_time_exp_t *t, const char **at)
{
    if (!take_number(&t->tm_hour, at, 2) || !take(at, ':') || !take_number(&t->tm_min, at, 2))
        return false;
    if (take(at, ':') && !take_number(&t->tm_sec, at, 2))
        return false;
    (void)take(at, 'Z');
    return t->tm_hour < 24 && t->tm_min < 60 && t->tm_sec < 61;
}

bool tokex_moment_read(int64_t *out, const char *text, int64_t now)
{
    apr_time_exp_t t;
    apr_time_t time;

    if (read_ago(out, text, now))
        return true;
    memset(&t, 0, sizeof t);
    if (!take_date(&t, &text) || ((take(&text, 'T') || take(&text, ' ')) && !take_clock(&t, &text)))
        return false;
    if (*text || apr_time_exp_gmt_get(&time, &t) != APR_SUCCESS)
        return false;
    *out = apr_time_sec(time);
    return true;
}

const char *tokex_moment_text(int64_t seconds, apr_pool_t *pool)
{
    apr_time_exp_t t;

    apr_time_exp_gmt(&t, apr_time_from_sec(seconds));
    return apr_psprintf(pool, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1,
                        t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}
