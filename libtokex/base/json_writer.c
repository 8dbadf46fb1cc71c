#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* Texts from here on are not the pool's. */
#define LARGE ((apr_size_t)64 * 1024)

struct tokex_jsonw_t {
    apr_pool_t *pool;
    char *text;
    apr_size_t len;
    apr_size_t room; /* always more than len, for the NUL */
    int depth;
    bool follows; /* another value stands before in this container */
    bool named;   /* a name was written, its value comes next */
    bool pretty;
    bool large; /* the text is not the pool's */
};

static apr_status_t give_back(void *data)
{
    const tokex_jsonw_t *w = data;
    free(w->text);
    return APR_SUCCESS;
}

/* Ends as the pool does when it has no memory. */
static void no_memory(apr_pool_t *pool)
{
    apr_abortfunc_t end = apr_pool_abort_get(pool);
    if (end)
        end(APR_ENOMEM);
    abort();
}

/* A pool would keep each smaller text beside the next one, and each of its pages is paid for. */
static void grow_large(tokex_jsonw_t *w, apr_size_t room)
{
    char *text = realloc(w->large ? w->text : NULL, room);
    if (!text)
        no_memory(w->pool);
    if (!w->large) {
        memcpy(text, w->text, w->len);
        apr_pool_cleanup_register(w->pool, w, give_back, apr_pool_cleanup_null);
    }
    w->text = text;
    w->large = true;
}

static void grow(tokex_jsonw_t *w, apr_size_t more)
{
    apr_size_t room = w->room;
    while (more >= room - w->len)
        room *= 2;
    if (room >= LARGE) {
        grow_large(w, room);
    } else {
        char *text = apr_palloc(w->pool, room);
        memcpy(text, w->text, w->len);
        w->text = text;
    }
    w->room = room;
}

static inline void make_room(tokex_jsonw_t *w, apr_size_t more)
{
    if (more >= w->room - w->len)
        grow(w, more);
}

static inline void append(tokex_jsonw_t *w, const char *text, apr_size_t len)
{
    make_room(w, len);
    memcpy(w->text + w->len, text, len);
    w->len += len;
}

static inline void append_char(tokex_jsonw_t *w, char c)
{
    make_room(w, 1);
    w->text[w->len++] = c;
}

static void break_line(tokex_jsonw_t *w)
{
    apr_size_t blanks = (apr_size_t)w->depth * 2;
    make_room(w, blanks + 1);
    w->text[w->len++] = '\n';
    memset(w->text + w->len, ' ', blanks);
    w->len += blanks;
}

/* What must stand between the last thing written and the next name or value. */
static void separate(tokex_jsonw_t *w)
{
    if (w->named) {
        w->named = false;
        return;
    }
    if (w->follows)
        append_char(w, ',');
    if (w->pretty && w->depth > 0)
        break_line(w);
    w->follows = true;
}

static void begin(tokex_jsonw_t *w, char open)
{
    separate(w);
    append_char(w, open);
    w->depth++;
    w->follows = false;
}

static void end(tokex_jsonw_t *w, char close)
{
    w->depth--;
    if (w->pretty && w->follows)
        break_line(w);
    append_char(w, close);
    w->follows = true;
}

static void append_escape(tokex_jsonw_t *w, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[] = "btn\0fr";
    char escape[] = "\\u0000";
    if (c == '"' || c == '\\') {
        escape[1] = (char)c;
        append(w, escape, 2);
    } else if (c >= '\b' && c <= '\r' && letters[c - '\b']) {
        escape[1] = letters[c - '\b'];
        append(w, escape, 2);
    } else {
        escape[4] = hex[c >> 4];
        escape[5] = hex[c & 0x0F];
        append(w, escape, 6);
    }
}

/* What cannot stand in a text as it is. A table, as every octet of every token of ours comes by. */
static const unsigned char is_escaped[256] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,         1,          1,         1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ['"'] = 1, ['\\'] = 1, [0x7F] = 1};

/* Does one of the eight octets at `p` have to be escaped, or is it beyond ASCII? */
static inline bool has_other(const char *p)
{
    static const uint64_t ones = 0x0101010101010101u;
    uint64_t eight, low, quote, backslash, del;

    memcpy(&eight, p, sizeof(eight));
    /* The high bit of what was zero is set in each; a borrow only goes on from such an octet. */
    low = eight - ones * 0x20;
    quote = (eight ^ ones * '"') - ones;
    backslash = (eight ^ ones * '\\') - ones;
    del = (eight ^ ones * 0x7F) - ones;
    return ((low | quote | backslash | del | eight) & ones * 0x80) != 0;
}

/* How many octets from the first one can stand as they are. */
static apr_size_t plain_length(const char *value, apr_size_t len)
{
    apr_size_t i = 0;

    while (len - i >= 8 && !has_other(value + i))
        i += 8;
    if (len - i < 8 && len >= 8 && !has_other(value + len - 8))
        return len;
    while (i < len && !is_escaped[(unsigned char)value[i]])
        i++;
    return i;
}

static void append_quoted(tokex_jsonw_t *w, const char *value, apr_size_t len)
{
    apr_size_t run = plain_length(value, len);

    make_room(w, len + 2);
    w->text[w->len] = '"';
    memcpy(w->text + w->len + 1, value, run);
    w->len += run + 1;
    while (run < len) {
        append_escape(w, (unsigned char)value[run++]);
        value += run;
        len -= run;
        run = plain_length(value, len);
        append(w, value, run);
    }
    append_char(w, '"');
}

tokex_jsonw_t *tokex_jsonw_create(apr_pool_t *pool, apr_size_t size_hint)
{
    tokex_jsonw_t *w = apr_pcalloc(pool, sizeof(*w));
    w->pool = pool;
    w->room = size_hint < 64 ? 64 : size_hint;
    w->text = apr_palloc(pool, w->room);
    return w;
}

void tokex_jsonw_object_begin(tokex_jsonw_t *w)
{
    begin(w, '{');
}

void tokex_jsonw_object_end(tokex_jsonw_t *w)
{
    end(w, '}');
}

void tokex_jsonw_array_begin(tokex_jsonw_t *w)
{
    begin(w, '[');
}

void tokex_jsonw_array_end(tokex_jsonw_t *w)
{
    end(w, ']');
}

void tokex_jsonw_name(tokex_jsonw_t *w, const char *name)
{
    separate(w);
    append_quoted(w, name, strlen(name));
    append(w, ": ", w->pretty ? 2 : 1);
    w->named = true;
}

void tokex_jsonw_string_len(tokex_jsonw_t *w, const char *value, apr_size_t len)
{
    separate(w);
    if (value)
        append_quoted(w, value, len);
    else
        append(w, "null", 4);
}

void tokex_jsonw_string(tokex_jsonw_t *w, const char *value)
{
    tokex_jsonw_string_len(w, value, value ? strlen(value) : 0);
}

void tokex_jsonw_integer(tokex_jsonw_t *w, int64_t value)
{
    char digits[20];
    char *p = digits + sizeof(digits);
    /* Unsigned, because the smallest value has no positive twin. */
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    separate(w);
    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--p = '-';
    append(w, p, (apr_size_t)(digits + sizeof(digits) - p));
}

void tokex_jsonw_bool(tokex_jsonw_t *w, bool value)
{
    separate(w);
    append(w, value ? "true" : "false", value ? 4 : 5);
}

void tokex_jsonw_json(tokex_jsonw_t *w, const char *json)
{
    separate(w);
    append(w, json, strlen(json));
}

static void write_number(tokex_jsonw_t *w, const tokex_json_t *node)
{
    const char *text = tokex_json_number_text(node);
    int64_t value = 0;
    if (text) {
        separate(w);
        append(w, text, strlen(text));
    } else {
        (void)tokex_json_integer(node, &value);
        tokex_jsonw_integer(w, value);
    }
}

static void write_children(tokex_jsonw_t *w, const tokex_json_t *node)
{
    for (node = tokex_json_first(node); node; node = tokex_json_next(node)) {
        if (tokex_json_name(node))
            tokex_jsonw_name(w, tokex_json_name(node));
        tokex_jsonw_node(w, node);
    }
}

void tokex_jsonw_node(tokex_jsonw_t *w, const tokex_json_t *node)
{
    switch (node ? tokex_json_type(node) : TOKEX_JSON_NULL) {
    case TOKEX_JSON_BOOL:
        tokex_jsonw_bool(w, tokex_json_is_true(node));
        break;
    case TOKEX_JSON_NUMBER:
        write_number(w, node);
        break;
    case TOKEX_JSON_STRING:
        tokex_jsonw_string(w, tokex_json_string(node));
        break;
    case TOKEX_JSON_ARRAY:
        begin(w, '[');
        write_children(w, node);
        end(w, ']');
        break;
    case TOKEX_JSON_OBJECT:
        begin(w, '{');
        write_children(w, node);
        end(w, '}');
        break;
    case TOKEX_JSON_NULL:
    default:
        tokex_jsonw_string(w, NULL);
        break;
    }
}

void tokex_jsonw_member_string(tokex_jsonw_t *w, const char *name, const char *value)
{
    if (!value)
        return;
    tokex_jsonw_name(w, name);
    tokex_jsonw_string(w, value);
}

void tokex_jsonw_member_integer(tokex_jsonw_t *w, const char *name, int64_t value)
{
    tokex_jsonw_name(w, name);
    tokex_jsonw_integer(w, value);
}

void tokex_jsonw_member_bool(tokex_jsonw_t *w, const char *name, bool value)
{
    tokex_jsonw_name(w, name);
    tokex_jsonw_bool(w, value);
}

void tokex_jsonw_pretty(tokex_jsonw_t *w)
{
    w->pretty = true;
}

void tokex_jsonw_end_line(tokex_jsonw_t *w)
{
    append_char(w, '\n');
}

const char *tokex_jsonw_text(const tokex_jsonw_t *w, apr_size_t *len)
{
    w->text[w->len] = '\0';
    if (len)
        *len = w->len;
    return w->text;
}

const char *tokex_jsonw_pretty_text(const char *json, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 1024);
    const tokex_json_t *node;

    if (tokex_json_parse(&node, json, strlen(json), pool))
        return json;
    tokex_jsonw_pretty(w);
    tokex_jsonw_node(w, node);
    return tokex_jsonw_text(w, NULL);
}
