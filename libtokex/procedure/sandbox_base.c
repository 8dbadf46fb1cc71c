/* Functions of no library, those of math and tokex. What is not here cannot be called: pcall would
 * catch the end of the run, setmetatable make functions that run while nobody counts, tostring of a
 * table say where it lies in memory. */
#include "procedure/sandbox_private.h"

#include <math.h>
#include <string.h>

#include <apr_strings.h>

/* ---- Of no library */

static int base_assert(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_toboolean(L, 1))
        return lua_gettop(L);
    return luaL_error(L, "%s", luaL_optstring(L, 2, "an assertion does not hold"));
}

static int base_error(lua_State *L)
{
    return luaL_error(L, "%s", luaL_checkstring(L, 1));
}

static int base_type(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushstring(L, luaL_typename(L, 1));
    return 1;
}

static int base_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    switch (lua_type(L, 1)) {
    case LUA_TSTRING:
    case LUA_TNUMBER:
        lua_settop(L, 1);
        (void)lua_tostring(L, 1);
        return 1;
    case LUA_TBOOLEAN:
        lua_pushstring(L, lua_toboolean(L, 1) ? "true" : "false");
        return 1;
    default:
        lua_pushstring(L, luaL_typename(L, 1));
        return 1;
    }
}

static int base_tonumber(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_type(L, 1) == LUA_TNUMBER) {
        lua_settop(L, 1);
        return 1;
    }
    if (lua_type(L, 1) == LUA_TSTRING) {
        tokex_sandbox_charge_octets(L, lua_rawlen(L, 1));
        if (lua_stringtonumber(L, lua_tostring(L, 1)) == lua_rawlen(L, 1) + 1)
            return 1;
    }
    lua_pushnil(L);
    return 1;
}

static int base_next(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    tokex_sandbox_fill(L, 1);
    lua_settop(L, 2);
    if (lua_next(L, 1))
        return 2;
    lua_pushnil(L);
    return 1;
}

static int base_pairs(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    tokex_sandbox_fill(L, 1);
    lua_pushcfunction(L, base_next);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

static int each_index(lua_State *L)
{
    lua_Integer i = luaL_checkinteger(L, 2) + 1;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushinteger(L, i);
    return lua_rawgeti(L, 1, i) == LUA_TNIL ? 1 : 2;
}

static int base_ipairs(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushcfunction(L, each_index);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

static int base_select(lua_State *L)
{
    int count = lua_gettop(L);
    lua_Integer from;
    if (lua_type(L, 1) == LUA_TSTRING && *lua_tostring(L, 1) == '#') {
        lua_pushinteger(L, count - 1);
        return 1;
    }
    from = luaL_checkinteger(L, 1);
    luaL_argcheck(L, from >= 1, 1, "it counts from 1");
    return from >= count ? 0 : count - (int)from;
}

/* ---- math */

static void push_whole(lua_State *L, lua_Number value)
{
    lua_Integer whole;
    if (lua_numbertointeger(value, &whole))
        lua_pushinteger(L, whole);
    else
        lua_pushnumber(L, value);
}

static int round_by(lua_State *L, double (*function)(double))
{
    if (lua_isinteger(L, 1))
        lua_settop(L, 1);
    else
        push_whole(L, function(luaL_checknumber(L, 1)));
    return 1;
}

static int math_floor(lua_State *L)
{
    return round_by(L, floor);
}

static int math_ceil(lua_State *L)
{
    return round_by(L, ceil);
}

static int math_abs(lua_State *L)
{
    if (lua_isinteger(L, 1)) {
        lua_Integer value = lua_tointeger(L, 1);
        lua_pushinteger(L, value < 0 ? (lua_Integer)(0u - (lua_Unsigned)value) : value);
    } else {
        lua_pushnumber(L, fabs(luaL_checknumber(L, 1)));
    }
    return 1;
}

/* The argument that none is `op` than. */
static int pick(lua_State *L, bool largest)
{
    int count = lua_gettop(L);
    int best = 1;
    luaL_checknumber(L, 1);
    tokex_sandbox_charge(L, (size_t)count);
    for (int i = 2; i <= count; i++) {
        luaL_checknumber(L, i);
        if (lua_compare(L, largest ? best : i, largest ? i : best, LUA_OPLT))
            best = i;
    }
    lua_pushvalue(L, best);
    return 1;
}

static int math_max(lua_State *L)
{
    return pick(L, true);
}

static int math_min(lua_State *L)
{
    return pick(L, false);
}

static int math_tointeger(lua_State *L)
{
    int is_whole = 0;
    lua_Integer whole = lua_type(L, 1) == LUA_TNUMBER ? lua_tointegerx(L, 1, &is_whole) : 0;
    if (is_whole)
        lua_pushinteger(L, whole);
    else
        lua_pushnil(L);
    return 1;
}

static int math_type(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_type(L, 1) != LUA_TNUMBER)
        lua_pushnil(L);
    else
        lua_pushstring(L, lua_isinteger(L, 1) ? "integer" : "float");
    return 1;
}

/* ---- tokex */

/* Nothing catches it, so it ends the run. */
static int own_refuse(lua_State *L)
{
    tokex_sandbox_t *box = tokex_sandbox_of(L);
    const char *oauth_error = luaL_checkstring(L, 1);
    const char *text = luaL_optstring(L, 2, NULL);
    if (!box->answer)
        return luaL_error(L, "tokex.refuse() is for exchange(r)");
    box->answer->oauth_error = apr_pstrdup(box->pool, oauth_error);
    box->answer->text = text ? apr_pstrdup(box->pool, text) : NULL;
    box->refused = true;
    return luaL_error(L, "it refuses");
}

static int own_list(lua_State *L)
{
    int count = lua_gettop(L);
    lua_createtable(L, count, 0);
    for (int i = 1; i <= count; i++) {
        lua_pushvalue(L, i);
        lua_rawseti(L, -2, i);
    }
    tokex_sandbox_mark_list(L);
    return 1;
}

static void put_text(lua_State *L, const char *name)
{
    lua_pushstring(L, name);
    lua_setfield(L, -2, name);
}

static void push_tokex(lua_State *L)
{
    lua_createtable(L, 0, 5);
    put_text(L, "OK");
    put_text(L, "DENY");
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    lua_pushcfunction(L, own_list);
    lua_setfield(L, -2, "list");
    lua_pushcfunction(L, own_refuse);
    lua_setfield(L, -2, "refuse");
}

/* ---- Finding them */

static const luaL_Reg *functions_of(const char *library)
{
    static const luaL_Reg base[] = {{"assert", base_assert},     {"error", base_error},
                                    {"ipairs", base_ipairs},     {"next", base_next},
                                    {"pairs", base_pairs},       {"select", base_select},
                                    {"tonumber", base_tonumber}, {"tostring", base_tostring},
                                    {"type", base_type},         {NULL, NULL}};
    static const luaL_Reg math[] = {
        {"abs", math_abs}, {"ceil", math_ceil},           {"floor", math_floor}, {"max", math_max},
        {"min", math_min}, {"tointeger", math_tointeger}, {"type", math_type},   {NULL, NULL}};
    if (!*library)
        return base;
    if (strcmp(library, "string") == 0)
        return tokex_sandbox_text_functions();
    if (strcmp(library, "table") == 0)
        return tokex_sandbox_table_functions();
    if (strcmp(library, "math") == 0)
        return math;
    return strcmp(library, "utf8") == 0 ? tokex_sandbox_utf8_functions() : NULL;
}

static bool push_function(lua_State *L, const luaL_Reg *functions, const char *name)
{
    for (; functions && functions->name; functions++)
        if (strcmp(functions->name, name) == 0) {
            lua_pushcfunction(L, functions->func);
            return true;
        }
    return false;
}

/* The name that is looked for, which may be no text. */
static const char *wanted(lua_State *L)
{
    return lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
}

/* Upvalue: whose. */
static int find_member(lua_State *L)
{
    const char *name = wanted(L);
    if (!push_function(L, lua_touserdata(L, lua_upvalueindex(1)), name))
        lua_pushnil(L);
    return 1;
}

/* The table on top of the stack, or all texts, have these as members. */
static void set_members(lua_State *L, const luaL_Reg *functions)
{
    lua_createtable(L, 0, 1);
    lua_pushlightuserdata(L, (void *)functions);
    lua_pushcclosure(L, find_member, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

static int find_global(lua_State *L)
{
    const char *name = wanted(L);
    const luaL_Reg *functions = *name ? functions_of(name) : NULL;
    lua_settop(L, 2);
    if (functions) {
        lua_newtable(L);
        set_members(L, functions);
    } else if (strcmp(name, "tokex") == 0) {
        push_tokex(L);
    } else if (!push_function(L, functions_of(""), name)) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    lua_rawset(L, 1);
    return 1;
}

void tokex_sandbox_open(lua_State *L)
{
    lua_pushglobaltable(L);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, find_global);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
    lua_pushliteral(L, "");
    set_members(L, functions_of("string"));
    lua_pop(L, 1);
}
