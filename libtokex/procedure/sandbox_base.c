/* Functions of no library, those of math and tokex. What is not here cannot be called: pcall would
 * catch the end of the run, setmetatable make functions that run while nobody counts, tostring of a
 * table say where it lies in memory. */
#include "procedure/sandbox_private.h"

#include <math.h>

#include <apr_strings.h>

typedef luaL_Reg function_t;

static void open_library(lua_State *L, const char *name, const function_t *functions)
{
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    lua_setfield(L, -2, name);
}

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

static void open_tokex(lua_State *L)
{
    static const function_t functions[] = {
        {"list", own_list}, {"refuse", own_refuse}, {NULL, NULL}};
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    lua_pushliteral(L, "OK");
    lua_setfield(L, -2, "OK");
    lua_pushliteral(L, "DENY");
    lua_setfield(L, -2, "DENY");
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    lua_setfield(L, -2, "tokex");
}

void tokex_sandbox_open_base(lua_State *L)
{
    static const function_t base[] = {{"assert", base_assert},     {"error", base_error},
                                      {"ipairs", base_ipairs},     {"next", base_next},
                                      {"pairs", base_pairs},       {"select", base_select},
                                      {"tonumber", base_tonumber}, {"tostring", base_tostring},
                                      {"type", base_type},         {NULL, NULL}};
    static const function_t math[] = {
        {"abs", math_abs}, {"ceil", math_ceil},           {"floor", math_floor}, {"max", math_max},
        {"min", math_min}, {"tointeger", math_tointeger}, {"type", math_type},   {NULL, NULL}};
    luaL_setfuncs(L, base, 0);
    open_library(L, "math", math);
    open_tokex(L);
}
