#include "base/json_gate.h"

#include <stdbool.h>
#include <string.h>

#include "base/json_names.h"
#include "base/json_number.h"
#include "base/limits.h"
#include "base/utf8.h"

typedef struct gate_t {
    const char *text;
    const char *p; /* the next octet */
    const char *end;
    int depth;
    apr_size_t numbers;
    apr_array_header_t *kept;
    apr_pool_t *pool;
    tokex_json_names_t names;
} gate_t;

static const tokex_err_t *refuse_at(gate_t *g, const char *at, const char *what)
{
    return tokex_err_create(g->pool, TOKEX_E_JSON, NULL, "%s at octet %" APR_SIZE_T_FMT, what,
                            (apr_size_t)(at - g->text));
}

static const tokex_err_t *refuse(gate_t *g, const char *what)
{
    return refuse_at(g, g->p, g->p == g->end ? "the text ends too early" : what);
}

static void skip_blanks(gate_t *g)
{
    while (g->p < g->end && (*g->p == ' ' || *g->p == '\t' || *g->p == '\n' || *g->p == '\r'))
        g->p++;
}

static bool is_digit(const gate_t *g)
{
    return g->p < g->end && *g->p >= '0' && *g->p <= '9';
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_unit(const char *p, const char *end)
{
    return end - p >= 6 && p[0] == '\\' && p[1] == 'u' && is_hex(p[2]) && is_hex(p[3]) &&
           is_hex(p[4]) && is_hex(p[5]);
}

/* The surrogates are \uD800 to \uDFFF; the third digit tells high ones (8 to B) from low ones. */
static bool is_surrogate(const char *p)
{
    return (p[2] == 'd' || p[2] == 'D') && p[3] >= '8';
}

static bool is_high_surrogate(const char *p)
{
    return is_surrogate(p) &&
           (p[3] == '8' || p[3] == '9' || (p[3] | 0x20) == 'a' || (p[3] | 0x20) == 'b');
}

static const tokex_err_t *check_escape(gate_t *g)
{
    const char *p = g->p;
    if (g->end - p >= 2 && p[1] != '\0' && strchr("\"\\/bfnrt", p[1])) {
        g->p += 2;
        return NULL;
    }
    if (!is_unit(p, g->end))
        return refuse(g, "an escape that JSON does not have");
    if (memcmp(p + 2, "0000", 4) == 0)
        return refuse(g, "an escaped NUL");
    g->p += 6;
    if (!is_surrogate(p))
        return NULL;
    if (!is_high_surrogate(p) || !is_unit(g->p, g->end) || !is_surrogate(g->p) ||
        is_high_surrogate(g->p))
        return refuse_at(g, p, "half of a surrogate pair");
    g->p += 6;
    return NULL;
}

/* `g->p` is behind the opening quote, and afterwards at the closing one. */
static const tokex_err_t *check_string(gate_t *g, bool *escaped)
{
    *escaped = false;
    for (;;) {
        unsigned char c;
        while (g->p < g->end && (c = (unsigned char)*g->p) >= 0x20 && c < 0x80 && c != '"' &&
               c != '\\')
            g->p++;
        if (g->p == g->end)
            return refuse(g, "");
        c = (unsigned char)*g->p;
        if (c == '"')
            return NULL;
        if (c == '\\') {
            *escaped = true;
            TOKEX_RETURN_ERR(check_escape(g));
        } else {
            apr_size_t n;
            if (c < 0x20)
                return refuse(g, "an unescaped control character");
            n = tokex_utf8_sequence((const unsigned char *)g->p, (apr_size_t)(g->end - g->p));
            if (n == 0)
                return refuse(g, "text that is not UTF-8");
            g->p += n;
        }
    }
}

static const tokex_err_t *check_name(gate_t *g)
{
    const char *name;
    apr_size_t len;
    apr_size_t offset = (apr_size_t)(g->p - g->text);
    bool escaped;
    if (g->p == g->end || *g->p != '"')
        return refuse(g, "something that is no member name");
    name = ++g->p;
    TOKEX_RETURN_ERR(check_string(g, &escaped));
    len = (apr_size_t)(g->p - name);
    g->p++;
    if (escaped) {
        char *plain = apr_palloc(g->pool, len);
        len = tokex_json_names_unescape(plain, name, len);
        name = plain;
    }
    tokex_json_names_push(&g->names, name, len, offset);
    return NULL;
}

static const tokex_err_t *skip_digits(gate_t *g)
{
    if (!is_digit(g))
        return refuse(g, "a digit missing");
    while (is_digit(g))
        g->p++;
    return NULL;
}

static const tokex_err_t *keep_number(gate_t *g, const char *begin, apr_size_t len)
{
    tokex_json_kept_t *kept;
    if (!tokex_json_number_fits_double(begin, len))
        return refuse_at(g, begin, "a number beyond the range of a double");
    if (!g->kept)
        g->kept = apr_array_make(g->pool, 4, sizeof(*kept));
    kept = apr_array_push(g->kept);
    kept->ordinal = g->numbers;
    kept->offset = (apr_size_t)(begin - g->text);
    kept->len = len;
    return NULL;
}

static const tokex_err_t *check_number(gate_t *g)
{
    const char *begin = g->p;
    apr_size_t len;
    if (*g->p == '-')
        g->p++;
    if (g->p < g->end && *g->p == '0')
        g->p++;
    else
        TOKEX_RETURN_ERR(skip_digits(g));
    if (g->p < g->end && *g->p == '.') {
        g->p++;
        TOKEX_RETURN_ERR(skip_digits(g));
    }
    if (g->p < g->end && (*g->p == 'e' || *g->p == 'E')) {
        g->p++;
        if (g->p < g->end && (*g->p == '+' || *g->p == '-'))
            g->p++;
        TOKEX_RETURN_ERR(skip_digits(g));
    }
    len = (apr_size_t)(g->p - begin);
    if (len > TOKEX_LIMIT_JSON_NUMBER)
        return refuse_at(g, begin, "a number that is too long");
    if (!tokex_json_number_is_plain(begin, len))
        TOKEX_RETURN_ERR(keep_number(g, begin, len));
    g->numbers++;
    return NULL;
}

static const tokex_err_t *check_word(gate_t *g, const char *word, apr_size_t len)
{
    if ((apr_size_t)(g->end - g->p) < len || memcmp(g->p, word, len) != 0)
        return refuse(g, "something that is no JSON value");
    g->p += len;
    return NULL;
}

static const tokex_err_t *check_value(gate_t *g);

/* The octet behind `g->p`, past blanks, ends the container or goes on: says which. */
static const tokex_err_t *check_separator(gate_t *g, char close, bool *closed)
{
    skip_blanks(g);
    if (g->p == g->end || (*g->p != ',' && *g->p != close))
        return refuse(g, "something that is neither a comma nor the end");
    *closed = *g->p == close;
    g->p++;
    if (!*closed)
        skip_blanks(g);
    return NULL;
}

static bool is_empty(gate_t *g, char close)
{
    g->p++;
    skip_blanks(g);
    if (g->p == g->end || *g->p != close)
        return false;
    g->p++;
    return true;
}

static const tokex_err_t *check_array(gate_t *g)
{
    bool closed = is_empty(g, ']');
    while (!closed) {
        TOKEX_RETURN_ERR(check_value(g));
        TOKEX_RETURN_ERR(check_separator(g, ']', &closed));
    }
    return NULL;
}

static const tokex_err_t *check_object(gate_t *g)
{
    apr_size_t base = g->names.count;
    const tokex_json_name_t *repeated;
    bool closed = is_empty(g, '}');
    while (!closed) {
        TOKEX_RETURN_ERR(check_name(g));
        skip_blanks(g);
        if (g->p == g->end || *g->p != ':')
            return refuse(g, "a colon missing");
        g->p++;
        skip_blanks(g);
        TOKEX_RETURN_ERR(check_value(g));
        TOKEX_RETURN_ERR(check_separator(g, '}', &closed));
    }
    repeated = tokex_json_names_close(&g->names, base);
    if (repeated)
        return refuse_at(g, g->text + repeated->offset, "a member named twice");
    return NULL;
}

static const tokex_err_t *check_container(gate_t *g)
{
    const tokex_err_t *err;
    if (g->depth == TOKEX_LIMIT_JSON_DEPTH)
        return refuse(g, "nesting that is too deep");
    g->depth++;
    err = *g->p == '{' ? check_object(g) : check_array(g);
    g->depth--;
    return err;
}

static const tokex_err_t *check_value(gate_t *g)
{
    bool escaped;
    if (g->p == g->end)
        return refuse(g, "");
    switch (*g->p) {
    case '{':
    case '[':
        return check_container(g);
    case '"':
        g->p++;
        TOKEX_RETURN_ERR(check_string(g, &escaped));
        g->p++;
        return NULL;
    case 't':
        return check_word(g, "true", 4);
    case 'f':
        return check_word(g, "false", 5);
    case 'n':
        return check_word(g, "null", 4);
    default:
        if (*g->p != '-' && !is_digit(g))
            return refuse(g, "something that is no JSON value");
        return check_number(g);
    }
}

const tokex_err_t *tokex_json_gate_check(const apr_array_header_t **kept, const char *text,
                                         apr_size_t len, apr_pool_t *pool)
{
    gate_t g;
    g.text = g.p = text;
    g.end = text + len;
    g.depth = 0;
    g.numbers = 0;
    g.kept = NULL;
    g.pool = pool;
    tokex_json_names_init(&g.names, pool);
    skip_blanks(&g);
    TOKEX_RETURN_ERR(check_value(&g));
    skip_blanks(&g);
    if (g.p != g.end)
        return refuse(&g, "something behind the value");
    *kept = g.kept;
    return NULL;
}
