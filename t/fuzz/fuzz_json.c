/* What the gate lets through, written and parsed again, is let through and written the same. */
#include "fuzz.h"

#include "base/json.h"
#include "base/limits.h"

static void check_number(const tokex_json_t *node)
{
    int64_t whole = 0;
    int64_t floor = 0;
    bool is_whole = tokex_json_integer(node, &whole);
    bool has_floor = tokex_json_floor(node, &floor);
    HOLDS(!is_whole || (has_floor && whole == floor));
    HOLDS(floor <= (INT64_C(1) << 53) && floor >= -(INT64_C(1) << 53));
    HOLDS(is_whole || tokex_json_number_text(node));
}

static void check_member(const tokex_json_t *object, const tokex_json_t *member)
{
    const char *name = tokex_json_name(member);
    HOLDS(name && tokex_json_is_utf8(name, strlen(name)));
    /* The first member of a name is this one: no other bears it. */
    HOLDS(tokex_json_get(object, name) == member);
}

static void check_node(const tokex_json_t *node, int depth)
{
    const char *text = tokex_json_string(node);
    HOLDS(depth <= TOKEX_LIMIT_JSON_DEPTH);
    HOLDS((tokex_json_type(node) == TOKEX_JSON_STRING) == (text != NULL));
    HOLDS(!text || tokex_json_is_utf8(text, strlen(text)));
    if (tokex_json_type(node) == TOKEX_JSON_NUMBER)
        check_number(node);
    for (const tokex_json_t *c = tokex_json_first(node); c; c = tokex_json_next(c)) {
        if (tokex_json_type(node) == TOKEX_JSON_OBJECT)
            check_member(node, c);
        check_node(c, depth + 1);
    }
}

static const char *write_text(const tokex_json_t *node, bool pretty, apr_size_t *len,
                              apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 0);
    if (pretty)
        tokex_jsonw_pretty(w);
    tokex_jsonw_node(w, node);
    return tokex_jsonw_text(w, len);
}

static void check_round_trip(const tokex_json_t *node, bool pretty, apr_pool_t *pool)
{
    const tokex_json_t *again;
    apr_size_t len;
    apr_size_t again_len;
    const char *text = write_text(node, pretty, &len, pool);
    const char *again_text;
    HOLDS(strlen(text) == len && tokex_json_is_utf8(text, len));
    HOLDS(!tokex_json_parse(&again, text, len, pool));
    again_text = write_text(again, pretty, &again_len, pool);
    HOLDS(again_len == len && memcmp(again_text, text, len) == 0);
}

/* What follows an escaped NUL would be lost in the tree, so that nothing there would show it. */
static bool has_nul(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\0' || (size - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0))
            return true;
        i += text[i] == '\\' ? 1 : 0;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const tokex_json_t *node = NULL;
    const tokex_err_t *err;
    apr_pool_t *pool = new_pool();
    err = tokex_json_parse(&node, text, size, pool);
    HOLDS((err == NULL) == (node != NULL));
    HOLDS(!err || err->code == TOKEX_E_JSON);
    if (node) {
        HOLDS(tokex_json_is_utf8(text, size) && !has_nul(text, size));
        check_node(node, 0);
        check_round_trip(node, false, pool);
        check_round_trip(node, true, pool);
    }
    apr_pool_destroy(pool);
    return 0;
}
