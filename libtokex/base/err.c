#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "base/utf8.h"

static const tokex_code_info_t code_infos[TOKEX_E_COUNT] = {
#define TOKEX_CODE(sym, name, oauth, http, level, client, cause, remedy)                           \
    [TOKEX_E_##sym] = {name, oauth, http, level, client, cause, remedy},
    TOKEX_CODES(TOKEX_CODE)
#undef TOKEX_CODE
};

const tokex_code_info_t *tokex_err_info(tokex_code_t code)
{
    /* Through unsigned, so that a negative value cannot slip under the comparison. */
    if ((unsigned int)code >= (unsigned int)TOKEX_E_COUNT)
        return &code_infos[TOKEX_E_INTERNAL];
    return &code_infos[code];
}

bool tokex_err_find(tokex_code_t *out, const char *name)
{
    for (int i = 0; i < TOKEX_E_COUNT; i++) {
        if (strcmp(code_infos[i].name, name) == 0) {
            *out = (tokex_code_t)i;
            return true;
        }
    }
    return false;
}

const tokex_err_t *tokex_err_create(apr_pool_t *pool, tokex_code_t code, const tokex_err_t *cause,
                                    const char *fmt, ...)
{
    tokex_err_t *err = apr_palloc(pool, sizeof(*err));
    err->code = code;
    err->cause = cause;
    err->log_text = NULL;
    err->said = NULL;
    if (fmt) {
        va_list args;
        va_start(args, fmt);
        err->log_text = apr_pvsprintf(pool, fmt, args);
        va_end(args);
    }
    return err;
}

const char *tokex_err_text(const tokex_err_t *err, apr_pool_t *pool)
{
    const char *text = NULL;
    for (; err; err = err->cause) {
        const char *one = err->log_text ? err->log_text : tokex_err_info(err->code)->name;
        text = text ? apr_pstrcat(pool, text, ": ", one, NULL) : one;
    }
    return text ? text : "";
}

/* May these octets, one well-formed sequence, stand in a log line as they are? */
static bool is_printable(const unsigned char *p, apr_size_t n)
{
    if (n == 1)
        return p[0] >= 0x20 && p[0] != 0x7F && p[0] != '"' && p[0] != '\'' && p[0] != '\\';
    /* U+0080 to U+009F are control characters too, and some terminals obey them. */
    return n != 2 || p[0] != 0xC2 || p[1] > 0x9F;
}

static char *append_escaped(char *out, unsigned char octet)
{
    static const char hex[] = "0123456789abcdef";
    *out++ = '\\';
    *out++ = 'x';
    *out++ = hex[octet >> 4];
    *out++ = hex[octet & 0x0F];
    return out;
}

/* Does a JWT begin here? Every JOSE header begins with an object's brace and a quote. */
static bool is_token(const unsigned char *p, apr_size_t left)
{
    return left >= 3 && memcmp(p, "eyJ", 3) == 0;
}

/* How many octets, at most `most`, stand there as they are: of most texts, all of them. */
static apr_size_t plain_length(const unsigned char *p, apr_size_t left, apr_size_t most)
{
    apr_size_t n = 0;

    while (n < left && n < most && p[n] < 0x80 && is_printable(p + n, 1) &&
           !(p[n] == 'e' && is_token(p + n, left - n)))
        n++;
    return n;
}

const char *tokex_err_shown_param(apr_pool_t *pool, const char *value)
{
    apr_size_t len = strcspn(value, ";&");
    const char *shown = tokex_err_shown(pool, value, len);
    return value[len] == '\0' ? shown : apr_pstrcat(pool, shown, "...", NULL);
}

const char *tokex_err_shown(apr_pool_t *pool, const char *value, apr_size_t len)
{
    const unsigned char *p = (const unsigned char *)value;
    apr_size_t left = len;
    apr_size_t room = TOKEX_LIMIT_SHOWN;
    char *shown;
    char *out;
    if (!value)
        return "(none)";
    shown = out = apr_palloc(pool, (apr_size_t)TOKEX_LIMIT_SHOWN * 4 + sizeof("..."));
    while (left > 0) {
        apr_size_t n = plain_length(p, left, room);
        bool printable = n > 0;
        if (!printable) {
            n = tokex_utf8_sequence(p, left);
            printable = n > 0 && is_printable(p, n);
            n = n ? n : 1;
            if (n > room || is_token(p, left))
                break;
        }
        if (printable) {
            memcpy(out, p, n);
            out += n;
        }
        for (apr_size_t i = 0; !printable && i < n; i++)
            out = append_escaped(out, p[i]);
        p += n;
        left -= n;
        room -= n;
    }
    if (left > 0) {
        memcpy(out, "...", 3);
        out += 3;
    }
    *out = '\0';
    return shown;
}
