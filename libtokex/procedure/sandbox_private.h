/* What the files of this room share. Private to them; they alone know Lua. */
#ifndef TOKEX_PROCEDURE_SANDBOX_PRIVATE_H
#define TOKEX_PROCEDURE_SANDBOX_PRIVATE_H

#include <lauxlib.h>
#include <lua.h>

#include <apr_tables.h>

#include "base/limits.h"
#include "procedure/sandbox.h"

/* The memory of one run. */
typedef struct tokex_sandbox_block_t tokex_sandbox_block_t;

#define TOKEX_SANDBOX_CLASSES 32 /* of small pieces, by size */

typedef struct tokex_sandbox_memory_t {
    apr_pool_t *pool;
    size_t used;  /* octets that Lua has */
    size_t taken; /* from the pool */
    char *at;     /* where the next piece begins, and how many octets are there */
    size_t left;
    void *unused[TOKEX_SANDBOX_CLASSES]; /* that were given back, each with the next one in it */
    tokex_sandbox_block_t *blocks;       /* larger ones */
} tokex_sandbox_memory_t;

struct tokex_sandbox_t {
    lua_State *L;
    apr_pool_t *pool;
    const tokex_sandbox_question_t *question; /* NULL: it is only compiled */
    tokex_sandbox_answer_t *answer;
    tokex_sandbox_memory_t memory;
    bool keeps_all;        /* nothing is collected yet */
    int64_t used;          /* instructions */
    int64_t wall_until;    /* nanoseconds */
    int64_t cpu_until;     /* the same, of the thread's CPU time; 0: it was not asked for yet */
    bool spent;            /* once true the run ends at the next instruction, whatever it does */
    bool returned_wrongly; /* the error is one of what it returned */
    bool refused;          /* the error is tokex.refuse() */
    apr_array_header_t *reads; /* of const char *; NULL: nobody asks */
};

tokex_sandbox_t *tokex_sandbox_of(lua_State *L);

/* A lua_Alloc for a tokex_sandbox_memory_t; gives nothing beyond the limits. */
void *tokex_sandbox_allocate(void *ctx, void *old, size_t old_size, size_t size);
/* Gives back what the pool does not have; the state is gone with that. */
void tokex_sandbox_free(tokex_sandbox_memory_t *m);

/* Counts `work` as so many instructions; does not return when that is too much. A function whose
 * work grows with a length calls it first. */
void tokex_sandbox_charge(lua_State *L, size_t work);
/* The same for work that is done octet by octet, which is quicker. */
void tokex_sandbox_charge_octets(lua_State *L, size_t octets);

/* Lets the functions on offer be found, by their names; each is there once somebody looks. */
void tokex_sandbox_open(lua_State *L);
/* Functions of libraries; a row without a name ends each. */
const luaL_Reg *tokex_sandbox_text_functions(void);
const luaL_Reg *tokex_sandbox_utf8_functions(void);
const luaL_Reg *tokex_sandbox_table_functions(void);

/* Makes the table on top of the stack one that is a list even when it is empty. */
void tokex_sandbox_mark_list(lua_State *L);
/* Pushes a value. */
void tokex_sandbox_push_node(lua_State *L, const tokex_json_t *node);
/* Has a table that is filled when it is read been filled with all that it has? Does so. */
void tokex_sandbox_fill(lua_State *L, int index);

/* Writes the value at `index`. Does not return when JSON cannot say it. */
void tokex_sandbox_write(tokex_jsonw_t *w, lua_State *L, int index);

#endif
