#include <string.h>
#include <strings.h>

#include <apr_lib.h>

#include "adapter/fetch_private.h"

/* RFC 9111 section 1.2.2: what is larger counts as this. */
#define AGE_MAX INT64_C(2147483648)

/* One directive of a list. */
typedef struct directive_t {
    const char *name;
    size_t name_len;
    const char *value; /* without its quotes; NULL: none */
    size_t value_len;
} directive_t;

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t,");
}

/* The end of a quoted string that begins at `at`: behind its closing quote. */
static const char *end_of_quoted(const char *at)
{
    for (at++; *at && *at != '"'; at++) {
        if (*at == '\\' && at[1])
            at++;
    }
    return *at ? at + 1 : at;
}

/* Reads the directive at `at`; returns what follows it. */
static const char *next_directive(directive_t *out, const char *at)
{
    const char *end;

    out->name = at;
    at += strcspn(at, "=, \t");
    out->name_len = (size_t)(at - out->name);
    out->value = NULL;
    out->value_len = 0;
    if (*at == '=') {
        at++;
        end = *at == '"' ? end_of_quoted(at) : at + strcspn(at, ", \t");
        out->value = at;
        out->value_len = (size_t)(end - at);
        if (out->value_len >= 2 && *at == '"') {
            out->value++;
            out->value_len -= 2;
        }
        at = end;
    }
    /* What is neither a directive nor a comma says nothing. */
    return at + strcspn(at, ",");
}

static bool is_named(const directive_t *directive, const char *name)
{
    return directive->name_len == strlen(name) &&
           strncasecmp(directive->name, name, directive->name_len) == 0;
}

/* Seconds; 0 for what is no number. */
static int64_t seconds_of(const directive_t *directive)
{
    int64_t seconds = 0;
    size_t i;

    for (i = 0; i < directive->value_len; i++) {
        if (!apr_isdigit(directive->value[i]))
            return 0;
        seconds = seconds * 10 + (directive->value[i] - '0');
        if (seconds > AGE_MAX)
            seconds = AGE_MAX;
    }
    return seconds;
}

int64_t tokex_fetch_max_age(const char *values)
{
    int64_t age = -1;
    directive_t directive;
    const char *at;

    if (!values)
        return -1;
    for (at = skip_blanks(values); *at; at = skip_blanks(at)) {
        int64_t seconds;

        at = next_directive(&directive, at);
        if (is_named(&directive, "no-cache") || is_named(&directive, "no-store"))
            return 0;
        if (!is_named(&directive, "max-age"))
            continue;
        seconds = seconds_of(&directive);
        age = age >= 0 && age != seconds ? 0 : seconds;
    }
    return age;
}
