/* What the files of this room share. Private to them; they alone know Lua. */
#ifndef TOKEX_PROCEDURE_SANDBOX_PRIVATE_H
#define TOKEX_PROCEDURE_SANDBOX_PRIVATE_H

#include <lauxlib.h>
#include <lua.h>

#include <apr_tables.h>

#include "base/limits.h"
#include "procedure/sandbox.h"

struct tokex_sandbox_t {
    lua_State *L;
    apr_pool_t *pool;
    const tokex_sandbox_question_t *question; /* NULL: it is only compiled */
    tokex_sandbox_answer_t *answer;
    size_t memory;         /* octets in use */
    int64_t used;          /* instructions */
    int64_t wall_until;    /* nanoseconds */
    int64_t cpu_until;     /* the same, of the thread's CPU time */
    bool spent;            /* once true the run ends at the next instruction, whatever it does */
    bool returned_wrongly; /* the error is one of what it returned */
    bool refused;          /* the error is tokex.refuse() */
    apr_array_header_t *reads; /* of const char *; NULL: nobody asks */
};

tokex_sandbox_t *tokex_sandbox_of(lua_State *L);

/* Counts `work` as so many instructions; does not return when that is too much. A function whose
 * work grows with a length calls it first. */
void tokex_sandbox_charge(lua_State *L, size_t work);
/* The same for work that is done octet by octet, which is quicker. */
void tokex_sandbox_charge_octets(lua_State *L, size_t octets);

/* Leaves the tables of functions in the table on top of the stack. */
void tokex_sandbox_open_base(lua_State *L);
void tokex_sandbox_open_text(lua_State *L);
void tokex_sandbox_open_table(lua_State *L);

/* Makes the table on top of the stack one that is a list even when it is empty. */
void tokex_sandbox_mark_list(lua_State *L);
/* Pushes a value. */
void tokex_sandbox_push_node(lua_State *L, const tokex_json_t *node);
/* Has a table that is filled when it is read been filled with all that it has? Does so. */
void tokex_sandbox_fill(lua_State *L, int index);

/* Writes the value at `index`. Does not return when JSON cannot say it. */
void tokex_sandbox_write(tokex_jsonw_t *w, lua_State *L, int index);

#endif
