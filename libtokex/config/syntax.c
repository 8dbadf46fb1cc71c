#include "config/syntax.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/limits.h"

#define DIGIT "0123456789"

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_alphanumeric(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

/* How many characters at the beginning are letters, digits or one of `others`. */
static apr_size_t span(const char *text, const char *others)
{
    const char *end = text;
    while (is_alphanumeric(*end) || (*end && strchr(others, *end)))
        end++;
    return (apr_size_t)(end - text);
}

static bool all_of(const char *text, const char *others)
{
    return text[span(text, others)] == '\0';
}

static bool is_sha256(const char *text)
{
    return strlen(text) == 64 && strspn(text, DIGIT "abcdef") == 64;
}

static const char *id_problem(const char **remedy, const char *text)
{
    *remedy = "Use letters, digits and . _ : - only, and begin with a letter or digit.";
    if (strlen(text) > TOKEX_LIMIT_ID) {
        *remedy = "Use at most 128 characters.";
        return "the id is too long";
    }
    if (!is_alphanumeric(text[0]) || !all_of(text, "._:-"))
        return "this is no id";
    return NULL;
}

static bool has_control(const char *text, const char *allowed)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c < 0x20 && !strchr(allowed, c)) || c == 0x7F)
            return true;
        /* U+0080 to U+009F; no other character's UTF-8 begins with C2 and goes on like this. */
        if (c == 0xC2 && (unsigned char)text[1] < 0xA0)
            return true;
    }
    return false;
}

static const char *lines_problem(const char **remedy, const char *text, apr_size_t limit,
                                 const char *allowed)
{
    *remedy = "Leave control characters out.";
    if (strlen(text) > limit) {
        *remedy = "Make it shorter.";
        return "the text is too long";
    }
    if (!tokex_json_is_utf8(text, strlen(text))) {
        *remedy = "Write it as UTF-8.";
        return "the text is not UTF-8";
    }
    return has_control(text, allowed) ? "the text holds control characters" : NULL;
}

static bool has_bad_escape(const char *text)
{
    while ((text = strchr(text, '%'))) {
        if (strspn(text + 1, DIGIT "ABCDEFabcdef") < 2)
            return true;
        text++;
    }
    return false;
}

static bool has_userinfo(const char *after_scheme)
{
    if (strncmp(after_scheme, "//", 2) != 0)
        return false;
    after_scheme += 2;
    return memchr(after_scheme, '@', strcspn(after_scheme, "/?")) != NULL;
}

static const char *uri_problem(const char **remedy, const char *text)
{
    const char *colon = text + span(text, "+-.");
    *remedy = "Write an absolute URI such as https://issuer.example.";
    if (strlen(text) > TOKEX_LIMIT_URL) {
        *remedy = "Use at most 2048 characters.";
        return "the URI is too long";
    }
    if (!is_letter(text[0]) || *colon != ':' || colon[1] == '\0')
        return "this is no absolute URI";
    if (strchr(text, '#')) {
        *remedy = "Leave the part from # on out.";
        return "the URI has a fragment";
    }
    /* RFC 3986 section 2. */
    if (!all_of(text, "-._~:/?[]@!$&'()*+,;=%") || has_bad_escape(text)) {
        *remedy = "Percent-encode it (RFC 3986).";
        return "the URI holds white space or other characters that no URI has";
    }
    if (has_userinfo(colon + 1)) {
        *remedy = "Leave the part before @ out.";
        return "the URI has a user name in it";
    }
    return NULL;
}

/* RFC 6749 section 3.3: visible ASCII without the quote and the backslash. */
static const char *scope_problem(const char **remedy, const char *text)
{
    *remedy = "Use visible ASCII without blanks, quotes and backslashes.";
    if (strlen(text) > TOKEX_LIMIT_SCOPE_TOKEN) {
        *remedy = "Use at most 256 characters.";
        return "the scope is too long";
    }
    for (; *text; text++)
        if (*text < 0x21 || *text > 0x7E || *text == '"' || *text == '\\')
            return "this is no scope token";
    return NULL;
}

static const char *choice_problem(const char **remedy, const char *text, const char *const *choices,
                                  apr_pool_t *pool)
{
    for (const char *const *choice = choices; *choice; choice++)
        if (strcmp(*choice, text) == 0)
            return NULL;
    *remedy = apr_pstrcat(pool, "Write one of: ", tokex_syntax_choices(choices, pool), ".", NULL);
    return "this is none of the values that are possible here";
}

const char *tokex_syntax_choices(const char *const *choices, apr_pool_t *pool)
{
    const char *text = "";
    for (; *choices; choices++)
        text = apr_pstrcat(pool, text, *text ? ", " : "", *choices, NULL);
    return text;
}

const char *tokex_syntax_problem(const char **remedy, tokex_field_kind_t kind, const char *text,
                                 const char *const *choices, apr_pool_t *pool)
{
    if (!*text) {
        *remedy = "Write a value, or leave the member out where it is not required.";
        return "the text is empty";
    }
    switch (kind) {
    case TOKEX_FIELD_ID:
        return id_problem(remedy, text);
    case TOKEX_FIELD_TEXT:
        return lines_problem(remedy, text, TOKEX_LIMIT_TEXT, "");
    case TOKEX_FIELD_PEM:
    case TOKEX_FIELD_JSON:
        return lines_problem(remedy, text, TOKEX_LIMIT_KEY_DOCUMENT, "\t\r\n");
    case TOKEX_FIELD_SOURCE:
        return lines_problem(remedy, text, TOKEX_LIMIT_PROCEDURE, "\t\r\n");
    case TOKEX_FIELD_URI:
        return uri_problem(remedy, text);
    case TOKEX_FIELD_SCOPE:
        return scope_problem(remedy, text);
    case TOKEX_FIELD_CHOICE:
        return choice_problem(remedy, text, choices, pool);
    case TOKEX_FIELD_HEX64:
        *remedy = "Write SHA-256 of the secret as 64 digits 0-9 a-f, or set `generate`.";
        return is_sha256(text) ? NULL : "this is no SHA-256";
    case TOKEX_FIELD_BOOL:
    case TOKEX_FIELD_INTEGER:
    case TOKEX_FIELD_TEXTS:
    case TOKEX_FIELD_OBJECTS:
        break;
    }
    *remedy = NULL;
    return "this is no text";
}
