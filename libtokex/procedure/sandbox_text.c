/* Functions on texts: string, which are methods of texts too, and utf8. All are plain: Lua's
 * patterns can be made to run for ever inside one call, where nobody counts. */
#include "procedure/sandbox_private.h"

#include <string.h>

/* A text that is an argument, charged for. */
static const char *text_at(lua_State *L, int index, size_t *len)
{
    const char *text = luaL_checklstring(L, index, len);
    tokex_sandbox_charge_octets(L, *len);
    return text;
}

static int text_len(lua_State *L)
{
    size_t len;
    (void)luaL_checklstring(L, 1, &len);
    lua_pushinteger(L, (lua_Integer)len);
    return 1;
}

/* The letters from `first` on become those from `other` on; none beyond ASCII. */
static int change_case(lua_State *L, char first, char other)
{
    luaL_Buffer buffer;
    size_t len;
    const char *text = text_at(L, 1, &len);
    char *out = luaL_buffinitsize(L, &buffer, len);
    tokex_sandbox_charge(L, len);
    for (size_t i = 0; i < len; i++)
        out[i] =
            text[i] >= first && text[i] < first + 26 ? (char)(text[i] - first + other) : text[i];
    luaL_pushresultsize(&buffer, len);
    return 1;
}

static int text_lower(lua_State *L)
{
    return change_case(L, 'A', 'a');
}

static int text_upper(lua_State *L)
{
    return change_case(L, 'a', 'A');
}

/* A place that may be counted from the end, as one from 0 to len + 1. */
static size_t place_at(lua_State *L, int index, lua_Integer fallback, size_t len)
{
    lua_Integer place = luaL_optinteger(L, index, fallback);
    if (place < 0)
        place = -place > (lua_Integer)len ? 0 : (lua_Integer)len + place + 1;
    return place > (lua_Integer)len ? len + 1 : (size_t)place;
}

static int text_sub(lua_State *L)
{
    size_t len;
    const char *text = text_at(L, 1, &len);
    size_t first = place_at(L, 2, 1, len);
    size_t last = place_at(L, 3, -1, len);
    first = first < 1 ? 1 : first;
    last = last > len ? len : last;
    if (first > last)
        lua_pushliteral(L, "");
    else
        lua_pushlstring(L, text + first - 1, last - first + 1);
    return 1;
}

static int text_byte(lua_State *L)
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    size_t place = place_at(L, 2, 1, len);
    if (place < 1 || place > len)
        return 0;
    lua_pushinteger(L, (unsigned char)text[place - 1]);
    return 1;
}

static const char *find(const char *text, size_t len, const char *part, size_t part_len)
{
    return memmem(text, len, part, part_len);
}

static int text_contains(lua_State *L)
{
    size_t len, part_len;
    const char *text = text_at(L, 1, &len);
    const char *part = text_at(L, 2, &part_len);
    lua_pushboolean(L, find(text, len, part, part_len) != NULL);
    return 1;
}

static int text_starts(lua_State *L)
{
    size_t len, part_len;
    const char *text = text_at(L, 1, &len);
    const char *part = text_at(L, 2, &part_len);
    lua_pushboolean(L, part_len <= len && memcmp(text, part, part_len) == 0);
    return 1;
}

static int text_ends(lua_State *L)
{
    size_t len, part_len;
    const char *text = text_at(L, 1, &len);
    const char *part = text_at(L, 2, &part_len);
    lua_pushboolean(L, part_len <= len && memcmp(text + len - part_len, part, part_len) == 0);
    return 1;
}

static void add_piece(lua_State *L, lua_Integer *count, const char *piece, size_t len)
{
    tokex_sandbox_charge(L, 1);
    lua_pushlstring(L, piece, len);
    lua_rawseti(L, -2, ++*count);
}

/* At a separator; what is empty between two is left out, as scopes are written. */
static int text_split(lua_State *L)
{
    size_t len, part_len;
    const char *text = text_at(L, 1, &len);
    const char *part = luaL_optlstring(L, 2, " ", &part_len);
    const char *end = text + len;
    lua_Integer count = 0;
    luaL_argcheck(L, part_len > 0, 2, "the separator is empty");
    tokex_sandbox_charge_octets(L, part_len);
    lua_newtable(L);
    while (text < end) {
        const char *found = find(text, (size_t)(end - text), part, part_len);
        const char *stop = found ? found : end;
        if (stop > text)
            add_piece(L, &count, text, (size_t)(stop - text));
        tokex_sandbox_charge(L, 1);
        text = found ? found + part_len : end;
    }
    tokex_sandbox_mark_list(L);
    return 1;
}

static int text_replace(lua_State *L)
{
    size_t len, part_len, other_len;
    const char *text = text_at(L, 1, &len);
    const char *part = text_at(L, 2, &part_len);
    const char *other = text_at(L, 3, &other_len);
    const char *end = text + len;
    luaL_Buffer buffer;
    luaL_argcheck(L, part_len > 0, 2, "the text to replace is empty");
    luaL_buffinit(L, &buffer);
    for (;;) {
        const char *found = find(text, (size_t)(end - text), part, part_len);
        if (!found)
            break;
        tokex_sandbox_charge_octets(L, other_len);
        luaL_addlstring(&buffer, text, (size_t)(found - text));
        luaL_addlstring(&buffer, other, other_len);
        text = found + part_len;
    }
    luaL_addlstring(&buffer, text, (size_t)(end - text));
    luaL_pushresult(&buffer);
    return 1;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int text_trim(lua_State *L)
{
    size_t len;
    const char *text = text_at(L, 1, &len);
    tokex_sandbox_charge(L, len);
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    while (len > 0 && is_blank(*text)) {
        text++;
        len--;
    }
    lua_pushlstring(L, text, len);
    return 1;
}

/* ---- utf8 */

static int utf8_len(lua_State *L)
{
    size_t len;
    lua_Integer count = 0;
    const char *text = text_at(L, 1, &len);
    tokex_sandbox_charge(L, len);
    if (!tokex_json_is_utf8(text, len)) {
        lua_pushnil(L);
        return 1;
    }
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    lua_pushinteger(L, count);
    return 1;
}

static int utf8_char(lua_State *L)
{
    int count = lua_gettop(L);
    luaL_Buffer buffer;
    tokex_sandbox_charge(L, (size_t)count + 1);
    for (int i = 1; i <= count; i++) {
        lua_Integer code = luaL_checkinteger(L, i);
        luaL_argcheck(L, code >= 0 && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF), i,
                      "no character has this number");
    }
    luaL_buffinit(L, &buffer);
    for (int i = 1; i <= count; i++) {
        lua_pushfstring(L, "%U", (long)lua_tointeger(L, i));
        luaL_addvalue(&buffer);
    }
    luaL_pushresult(&buffer);
    return 1;
}

/* ---- */

const luaL_Reg *tokex_sandbox_text_functions(void)
{
    static const luaL_Reg functions[] = {
        {"byte", text_byte},   {"contains", text_contains}, {"ends", text_ends},
        {"len", text_len},     {"lower", text_lower},       {"replace", text_replace},
        {"split", text_split}, {"starts", text_starts},     {"sub", text_sub},
        {"trim", text_trim},   {"upper", text_upper},       {NULL, NULL}};
    return functions;
}

const luaL_Reg *tokex_sandbox_utf8_functions(void)
{
    static const luaL_Reg functions[] = {{"char", utf8_char}, {"len", utf8_len}, {NULL, NULL}};
    return functions;
}
