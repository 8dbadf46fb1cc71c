/* Functions on tables, each charged for what it goes through. There is no sort: comparing long
 * texts is work that nobody counts. */
#include "procedure/sandbox_private.h"

static lua_Integer length_of(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TTABLE);
    return (lua_Integer)lua_rawlen(L, index);
}

/* As texts joined; numbers are texts here. */
static int table_concat(lua_State *L)
{
    lua_Integer count = length_of(L, 1);
    size_t between_len;
    const char *between = luaL_optlstring(L, 2, "", &between_len);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (lua_Integer i = 1; i <= count; i++) {
        if (i > 1)
            luaL_addlstring(&buffer, between, between_len);
        lua_rawgeti(L, 1, i);
        if (!lua_isstring(L, -1))
            return luaL_error(L, "table.concat: one of the values is neither text nor number");
        (void)lua_tostring(L, -1);
        tokex_sandbox_charge_octets(L, between_len + lua_rawlen(L, -1));
        luaL_addvalue(&buffer);
    }
    luaL_pushresult(&buffer);
    return 1;
}

static int table_insert(lua_State *L)
{
    lua_Integer end = length_of(L, 1) + 1;
    lua_Integer place = end;
    if (lua_gettop(L) == 3) {
        place = luaL_checkinteger(L, 2);
        luaL_argcheck(L, place >= 1 && place <= end, 2, "there is no such place");
    } else {
        luaL_argcheck(L, lua_gettop(L) == 2, 2, "what is to be inserted?");
    }
    tokex_sandbox_charge(L, (size_t)(end - place) + 1);
    for (lua_Integer i = end; i > place; i--) {
        lua_rawgeti(L, 1, i - 1);
        lua_rawseti(L, 1, i);
    }
    lua_settop(L, 3);
    lua_pushvalue(L, lua_isnil(L, 3) ? 2 : 3);
    lua_rawseti(L, 1, place);
    return 0;
}

static int table_remove(lua_State *L)
{
    lua_Integer count = length_of(L, 1);
    lua_Integer place = luaL_optinteger(L, 2, count);
    if (count == 0)
        return 0;
    luaL_argcheck(L, place >= 1 && place <= count, 2, "there is no such place");
    tokex_sandbox_charge(L, (size_t)(count - place) + 1);
    lua_rawgeti(L, 1, place);
    for (lua_Integer i = place; i < count; i++) {
        lua_rawgeti(L, 1, i + 1);
        lua_rawseti(L, 1, i);
    }
    lua_pushnil(L);
    lua_rawseti(L, 1, count);
    return 1;
}

static int table_contains(lua_State *L)
{
    lua_Integer count = length_of(L, 1);
    luaL_checkany(L, 2);
    for (lua_Integer i = 1; i <= count; i++) {
        bool is_it;
        lua_rawgeti(L, 1, i);
        tokex_sandbox_charge_octets(L, lua_type(L, -1) == LUA_TSTRING ? lua_rawlen(L, -1) : 0);
        is_it = lua_rawequal(L, -1, 2);
        lua_pop(L, 1);
        if (is_it) {
            lua_pushboolean(L, true);
            return 1;
        }
    }
    lua_pushboolean(L, false);
    return 1;
}

const luaL_Reg *tokex_sandbox_table_functions(void)
{
    static const luaL_Reg functions[] = {{"concat", table_concat},
                                         {"contains", table_contains},
                                         {"insert", table_insert},
                                         {"remove", table_remove},
                                         {NULL, NULL}};
    return functions;
}
