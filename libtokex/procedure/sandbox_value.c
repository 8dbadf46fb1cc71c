/* Values on their way in and out. Lists of JSON carry a metatable that scripts cannot see or give,
 * so that an empty one stays a list. */
#include "procedure/sandbox_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

/* Its address is the key in the registry. */
static const char list_key = 'l';

/* Room for the members of a table of the argument: making it as they come costs more. */
#define MEMBERS 8

/* Values in values, in and out. */
#define TABLE_WORK 64
#define DEPTH_MOST TOKEX_LIMIT_JSON_DEPTH

/* ---- Lists */

static void push_list_metatable(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &list_key) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &list_key);
}

void tokex_sandbox_mark_list(lua_State *L)
{
    push_list_metatable(L);
    lua_setmetatable(L, -2);
}

static bool is_marked_list(lua_State *L, int index)
{
    bool is_list;
    if (!lua_getmetatable(L, index))
        return false;
    push_list_metatable(L);
    is_list = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return is_list;
}

/* ---- In */

static void push_number(lua_State *L, const tokex_json_t *node)
{
    const char *digits = tokex_json_number_text(node);
    int64_t value;
    if (tokex_json_integer(node, &value)) {
        lua_pushinteger(L, value);
        return;
    }
    /* Digits are such as Lua reads, too. */
    if (!digits || lua_stringtonumber(L, digits) == 0)
        lua_pushnil(L);
}

static void push_array(lua_State *L, const tokex_json_t *node)
{
    lua_Integer i = 0;
    lua_createtable(L, (int)tokex_json_count(node), 0);
    for (node = tokex_json_first(node); node; node = tokex_json_next(node)) {
        if (tokex_json_type(node) == TOKEX_JSON_NULL)
            lua_pushlightuserdata(L, NULL);
        else
            tokex_sandbox_push_node(L, node);
        lua_rawseti(L, -2, ++i);
    }
    tokex_sandbox_mark_list(L);
}

static void push_object(lua_State *L, const tokex_json_t *node)
{
    lua_createtable(L, 0, (int)tokex_json_count(node));
    for (node = tokex_json_first(node); node; node = tokex_json_next(node)) {
        lua_pushstring(L, tokex_json_name(node));
        tokex_sandbox_push_node(L, node);
        lua_rawset(L, -3);
    }
}

void tokex_sandbox_push_node(lua_State *L, const tokex_json_t *node)
{
    luaL_checkstack(L, 6, "a claim");
    switch (tokex_json_type(node)) {
    case TOKEX_JSON_NULL:
        lua_pushnil(L);
        break;
    case TOKEX_JSON_BOOL:
        lua_pushboolean(L, tokex_json_is_true(node));
        break;
    case TOKEX_JSON_NUMBER:
        push_number(L, node);
        break;
    case TOKEX_JSON_STRING:
        lua_pushstring(L, tokex_json_string(node));
        break;
    case TOKEX_JSON_ARRAY:
        push_array(L, node);
        break;
    case TOKEX_JSON_OBJECT:
        push_object(L, node);
        break;
    }
}

/* ---- Tables that are filled when they are read: of claims, or of a table that is kept behind */

static void note_read(lua_State *L, const char *table, const char *member)
{
    tokex_sandbox_t *box = tokex_sandbox_of(L);
    const char *name;
    if (!box->reads || box->reads->nelts >= TOKEX_LIMIT_SANDBOX_READS)
        return;
    name = apr_pstrcat(box->pool, table, ".", tokex_err_shown(box->pool, member, strlen(member)),
                       NULL);
    for (int i = 0; i < box->reads->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(box->reads, i, const char *), name) == 0)
            return;
    APR_ARRAY_PUSH(box->reads, const char *) = name;
}

/* Upvalues: the table behind, and the name of the one in front, which itself has no texts as names.
 */
static int read_behind(lua_State *L)
{
    lua_settop(L, 2);
    if (lua_type(L, 2) == LUA_TSTRING)
        note_read(L, lua_tostring(L, lua_upvalueindex(2)), lua_tostring(L, 2));
    lua_rawget(L, lua_upvalueindex(1));
    return 1;
}

/* Upvalue: the table behind, all of whose names are texts. */
static int write_behind(lua_State *L)
{
    lua_settop(L, 3);
    lua_rawset(L, lua_type(L, 2) == LUA_TSTRING ? lua_upvalueindex(1) : 1);
    return 0;
}

/* Upvalues: the claims, and the name of the table. */
static int read_claim(lua_State *L)
{
    const tokex_json_t *node = NULL;
    lua_settop(L, 2);
    if (lua_type(L, 2) == LUA_TSTRING) {
        note_read(L, lua_tostring(L, lua_upvalueindex(2)), lua_tostring(L, 2));
        node = tokex_json_get(lua_touserdata(L, lua_upvalueindex(1)), lua_tostring(L, 2));
    }
    if (!node) {
        lua_pushnil(L);
        return 1;
    }
    tokex_sandbox_push_node(L, node);
    if (!lua_isnil(L, 3)) {
        lua_pushvalue(L, 2);
        lua_pushvalue(L, 3);
        lua_rawset(L, 1);
    }
    return 1;
}

/* The table on top gets what the value below it has; both stay. In front of a table it does nothing
 * else than that one would: what is tried and what is served may not differ. */
static void put_behind(lua_State *L, const char *name)
{
    bool is_table = lua_type(L, -2) == LUA_TTABLE;
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, -3);
    lua_pushstring(L, name);
    lua_pushcclosure(L, is_table ? read_behind : read_claim, 2);
    lua_setfield(L, -2, "__index");
    if (is_table) {
        lua_pushvalue(L, -3);
        lua_pushcclosure(L, write_behind, 1);
        lua_setfield(L, -2, "__newindex");
    }
    lua_setmetatable(L, -2);
}

/* Copies what it has not yet from behind, which stands on top of the stack. */
static void copy_all(lua_State *L, int table)
{
    int behind = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, behind)) {
        lua_pushvalue(L, -2);
        if (lua_rawget(L, table) == LUA_TNIL) {
            lua_pushvalue(L, -3);
            lua_pushvalue(L, -3);
            lua_rawset(L, table);
        }
        lua_pop(L, 2);
    }
}

void tokex_sandbox_fill(lua_State *L, int index)
{
    const char *name;
    if (!luaL_getmetafield(L, index, "__index"))
        return;
    if (lua_tocfunction(L, -1) != read_behind && lua_tocfunction(L, -1) != read_claim) {
        lua_pop(L, 1);
        return;
    }
    /* Once is enough: afterwards it is a table like any other. */
    (void)lua_getupvalue(L, -1, 2);
    name = lua_tostring(L, -1);
    note_read(L, name, "*");
    lua_pop(L, 1);
    (void)lua_getupvalue(L, -1, 1);
    if (lua_type(L, -1) == LUA_TLIGHTUSERDATA) {
        push_object(L, lua_touserdata(L, -1));
        lua_remove(L, -2);
    }
    copy_all(L, index);
    lua_pop(L, 2);
    lua_pushnil(L);
    lua_setmetatable(L, index);
}

/* ---- The argument */

void tokex_sandbox_begin(tokex_sandbox_t *box, const char *name, bool watched)
{
    lua_State *L = box->L;
    luaL_checkstack(L, 8, "the argument");
    lua_pushstring(L, name);
    /* Only then has it to be known. */
    lua_pushboolean(L, watched && box->reads);
    lua_createtable(L, 0, MEMBERS);
}

void tokex_sandbox_end(tokex_sandbox_t *box)
{
    lua_State *L = box->L;
    if (lua_toboolean(L, -2)) {
        const char *name = lua_tostring(L, -3);
        lua_newtable(L);
        put_behind(L, name);
        lua_remove(L, -2);
    }
    lua_remove(L, -2);
    lua_rawset(L, -3);
}

void tokex_sandbox_text(tokex_sandbox_t *box, const char *name, const char *text)
{
    if (!text)
        return;
    lua_pushstring(box->L, text);
    lua_setfield(box->L, -2, name);
}

void tokex_sandbox_integer(tokex_sandbox_t *box, const char *name, int64_t value)
{
    lua_pushinteger(box->L, value);
    lua_setfield(box->L, -2, name);
}

void tokex_sandbox_texts(tokex_sandbox_t *box, const char *name, const char *const *items,
                         int count)
{
    lua_State *L = box->L;
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
        lua_pushstring(L, items[i]);
        lua_rawseti(L, -2, i + 1);
    }
    tokex_sandbox_mark_list(L);
    lua_setfield(L, -2, name);
}

void tokex_sandbox_claims(tokex_sandbox_t *box, const char *name, const tokex_json_t *object)
{
    lua_State *L = box->L;
    if (!object)
        return;
    lua_pushlightuserdata(L, (void *)object);
    lua_newtable(L);
    put_behind(L, name);
    lua_remove(L, -2);
    lua_setfield(L, -2, name);
}

void tokex_sandbox_node(tokex_sandbox_t *box, const char *name, const tokex_json_t *node)
{
    if (!node)
        return;
    tokex_sandbox_push_node(box->L, node);
    lua_setfield(box->L, -2, name);
}

/* ---- Out */

static void write_value(tokex_jsonw_t *w, lua_State *L, int index, int depth);

static void write_float(tokex_jsonw_t *w, lua_State *L, lua_Number value)
{
    char text[64];
    char *point;
    if (!isfinite(value))
        luaL_error(L, "a number in r.grant is not finite");
    if (value == floor(value) && fabs(value) <= 9007199254740992.0) {
        tokex_jsonw_integer(w, (int64_t)value);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    /* The locale may have another point. */
    point = text + strcspn(text, "0123456789");
    point += strspn(point, "0123456789");
    if (*point && *point != 'e')
        *point = '.';
    tokex_jsonw_json(w, text);
}

/* How many members there are beside 1 to `length`. */
static void check_is_list(lua_State *L, int index, lua_Unsigned length)
{
    lua_Unsigned count = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (!lua_isinteger(L, -1) || ++count > length)
            luaL_error(L, "a table in r.grant has both places and names, or gaps");
    }
    if (count != length)
        luaL_error(L, "a table in r.grant has gaps");
}

static void write_list(tokex_jsonw_t *w, lua_State *L, int index, int depth)
{
    lua_Unsigned length = lua_rawlen(L, index);
    check_is_list(L, index, length);
    tokex_jsonw_array_begin(w);
    for (lua_Unsigned i = 1; i <= length; i++) {
        lua_rawgeti(L, index, (lua_Integer)i);
        write_value(w, L, lua_gettop(L), depth);
        lua_pop(L, 1);
    }
    tokex_jsonw_array_end(w);
}

static int by_name(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* Lua has its own order in every run. */
static apr_array_header_t *sorted_names(lua_State *L, int index)
{
    apr_array_header_t *names = apr_array_make(tokex_sandbox_of(L)->pool, 8, sizeof(const char *));
    size_t len = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "a name in r.grant is no text");
        /* One with a NUL in it would stand for another. */
        if (strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1))
            luaL_error(L, "a name in r.grant holds a NUL");
        len += lua_rawlen(L, -1) + 1;
        if (len > TOKEX_LIMIT_PROCEDURE_RESULT)
            luaL_error(L, "r.grant is too large");
        APR_ARRAY_PUSH(names, const char *) = lua_tostring(L, -1);
    }
    qsort(names->elts, (size_t)names->nelts, sizeof(const char *), by_name);
    return names;
}

static void write_object(tokex_jsonw_t *w, lua_State *L, int index, int depth)
{
    const apr_array_header_t *names = sorted_names(L, index);
    tokex_jsonw_object_begin(w);
    for (int i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        tokex_jsonw_name(w, name);
        lua_pushstring(L, name);
        lua_rawget(L, index);
        write_value(w, L, lua_gettop(L), depth);
        lua_pop(L, 1);
    }
    tokex_jsonw_object_end(w);
}

static void write_table(tokex_jsonw_t *w, lua_State *L, int index, int depth)
{
    bool is_list;
    if (depth >= DEPTH_MOST)
        luaL_error(L, "r.grant has tables in tables in tables, without an end");
    luaL_checkstack(L, 6, "r.grant");
    /* Going through what was once in it is work, too. */
    tokex_sandbox_charge(L, TABLE_WORK);
    tokex_sandbox_fill(L, index);
    is_list = lua_rawgeti(L, index, 1) != LUA_TNIL || is_marked_list(L, index);
    lua_pop(L, 1);
    if (is_list)
        write_list(w, L, index, depth + 1);
    else
        write_object(w, L, index, depth + 1);
}

static void write_value(tokex_jsonw_t *w, lua_State *L, int index, int depth)
{
    apr_size_t len;
    size_t text_len;
    const char *text;
    (void)tokex_jsonw_text(w, &len);
    if (len > TOKEX_LIMIT_PROCEDURE_RESULT)
        luaL_error(L, "r.grant is too large");
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &text_len);
        if (text_len > TOKEX_LIMIT_PROCEDURE_RESULT)
            luaL_error(L, "r.grant is too large");
        tokex_jsonw_string_len(w, text, text_len);
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            tokex_jsonw_integer(w, lua_tointeger(L, index));
        else
            write_float(w, L, lua_tonumber(L, index));
        break;
    case LUA_TBOOLEAN:
        tokex_jsonw_bool(w, lua_toboolean(L, index));
        break;
    case LUA_TTABLE:
        write_table(w, L, index, depth);
        break;
    case LUA_TLIGHTUSERDATA:
        tokex_jsonw_string(w, NULL);
        break;
    default:
        luaL_error(L, "r.grant holds a %s", luaL_typename(L, index));
    }
}

void tokex_sandbox_write(tokex_jsonw_t *w, lua_State *L, int index)
{
    write_value(w, L, index, 0);
}
