#include "procedure/sandbox_private.h"

#include <string.h>
#include <time.h>

#include <apr_strings.h>

/* Instructions between two looks at the clock. One of them takes a millisecond at most: comparing
 * two of the longest texts that there can be. */
#define STEP 16

/* Nanoseconds. */
#define BUDGET ((int64_t)TOKEX_LIMIT_PROCEDURE_MS * 1000000)

/* Octets from which on Lua collects what nobody needs any more. */
#define COLLECTED_FROM ((size_t)128 * 1024)

/* Room for the members of the argument. */
#define MEMBERS 16

/* What a function call costs in octets that it goes through. */
#define OCTETS_PER_INSTRUCTION 16

bool tokex_sandbox_is_there(void)
{
    return true;
}

tokex_sandbox_t *tokex_sandbox_of(lua_State *L)
{
    void *box;
    memcpy(&box, lua_getextraspace(L), sizeof(box));
    return box;
}

/* ---- The budget */

static int64_t clock_now(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The thread's own time counts, so that a busy machine refuses nobody. It is dear to ask for, so
 * half of the time is that on the wall, and nearly every run ends within it. */
static bool is_late(tokex_sandbox_t *box)
{
    if (clock_now(CLOCK_MONOTONIC) <= box->wall_until)
        return false;
    if (!box->cpu_until)
        box->cpu_until = clock_now(CLOCK_THREAD_CPUTIME_ID) + BUDGET / 2;
    return clock_now(CLOCK_THREAD_CPUTIME_ID) > box->cpu_until;
}

static void use(lua_State *L, int64_t instructions)
{
    tokex_sandbox_t *box = tokex_sandbox_of(L);
    box->used += instructions;
    if (box->keeps_all && box->memory.used > COLLECTED_FROM) {
        box->keeps_all = false;
        lua_gc(L, LUA_GCRESTART);
    }
    if (box->used > TOKEX_LIMIT_PROCEDURE_INSTRUCTIONS || is_late(box))
        box->spent = true;
    if (box->spent)
        luaL_error(L, "its time is over");
}

static void look(lua_State *L, lua_Debug *about)
{
    (void)about;
    use(L, STEP);
}

void tokex_sandbox_charge(lua_State *L, size_t work)
{
    tokex_sandbox_t *box = tokex_sandbox_of(L);
    if (work < STEP)
        box->used += (int64_t)work;
    else
        use(L, work > TOKEX_LIMIT_PROCEDURE_INSTRUCTIONS ? TOKEX_LIMIT_PROCEDURE_INSTRUCTIONS
                                                         : (int64_t)work);
}

void tokex_sandbox_charge_octets(lua_State *L, size_t octets)
{
    tokex_sandbox_charge(L, octets / OCTETS_PER_INSTRUCTION + 1);
}

/* ---- One run */

/* Runs the chunk on top of the stack and leaves exchange() there. */
static void run_chunk(lua_State *L)
{
    lua_call(L, 0, 0);
    if (lua_getglobal(L, "exchange") != LUA_TFUNCTION)
        luaL_error(L, "it defines no function exchange(r)");
}

static void fail_return(lua_State *L, const char *problem)
{
    tokex_sandbox_of(L)->returned_wrongly = true;
    luaL_error(L, "%s", problem);
}

/* What exchange() returned: the first two values of the stack from `index` on. */
static void read_verdict(lua_State *L, int index)
{
    tokex_sandbox_t *box = tokex_sandbox_of(L);
    const char *word = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : NULL;
    if (word && strcmp(word, "DENY") == 0)
        box->answer->verdict = TOKEX_SANDBOX_DENIED;
    else if (!word || strcmp(word, "OK") != 0)
        fail_return(L, "it returned neither tokex.OK nor tokex.DENY");
    if (box->answer->verdict == TOKEX_SANDBOX_DENIED && lua_type(L, index + 1) == LUA_TSTRING)
        box->answer->text = apr_pstrdup(box->pool, lua_tostring(L, index + 1));
}

static void read_grant(lua_State *L, int argument)
{
    tokex_sandbox_t *box = tokex_sandbox_of(L);
    tokex_jsonw_t *w = tokex_jsonw_create(box->pool, 1024);
    const tokex_err_t *err;
    const char *text;
    apr_size_t len;
    box->returned_wrongly = true;
    lua_pushliteral(L, "grant");
    if (lua_rawget(L, argument) != LUA_TTABLE)
        luaL_error(L, "r.grant is no table any more");
    tokex_sandbox_write(w, L, lua_gettop(L));
    text = tokex_jsonw_text(w, &len);
    err = tokex_json_parse_object(&box->answer->grant, text, len, box->pool);
    if (err)
        luaL_error(L, "r.grant: %s", tokex_err_text(err, box->pool));
    box->returned_wrongly = false;
}

/* All of it happens in here, where Lua's errors are caught. */
static int body(lua_State *L)
{
    tokex_sandbox_t *box = tokex_sandbox_of(L);
    const tokex_sandbox_question_t *question = box->question;
    tokex_sandbox_open(L);
    if (luaL_loadbufferx(L, question->program->code, question->program->len, "=?", "b"))
        lua_error(L);
    run_chunk(L);
    lua_createtable(L, 0, MEMBERS);
    lua_pushvalue(L, -1);
    lua_insert(L, 1); /* the argument, kept */
    question->fill(box, question->ctx);
    lua_call(L, 1, 2);
    read_verdict(L, lua_gettop(L) - 1);
    if (box->answer->verdict == TOKEX_SANDBOX_OK)
        read_grant(L, 1);
    return 0;
}

/* ---- Compiling */

typedef struct compiling_t {
    const char *id; /* NULL: nobody needs the program */
    const char *source;
    apr_array_header_t *code; /* of char */
} compiling_t;

static int add_code(lua_State *L, const void *octets, size_t len, void *ctx)
{
    compiling_t *c = ctx;
    (void)L;
    for (size_t i = 0; i < len; i++)
        APR_ARRAY_PUSH(c->code, char) = ((const char *)octets)[i];
    return 0;
}

static void load_text(lua_State *L, const compiling_t *c, const char *name)
{
    if (luaL_loadbufferx(L, c->source, strlen(c->source), name, "t"))
        lua_error(L);
}

static int body_of_compile(lua_State *L)
{
    compiling_t *c = lua_touserdata(L, 1);
    tokex_sandbox_open(L);
    load_text(L, c, "=line");
    run_chunk(L);
    if (c->id) {
        /* Later messages name the procedure. */
        load_text(L, c, apr_pstrcat(tokex_sandbox_of(L)->pool, "=", c->id, NULL));
        (void)lua_dump(L, add_code, c, 0);
    }
    return 0;
}

static lua_State *create(tokex_sandbox_t *box)
{
    lua_State *L = lua_newstate(tokex_sandbox_allocate, &box->memory);
    if (!L)
        return NULL;
    memcpy(lua_getextraspace(L), &box, sizeof(box));
    box->L = L;
    /* Most runs end before anything need be collected. */
    lua_gc(L, LUA_GCSTOP);
    box->keeps_all = true;
    box->wall_until = clock_now(CLOCK_MONOTONIC) + BUDGET / 2;
    lua_sethook(L, look, LUA_MASKCOUNT, STEP);
    return L;
}

/* What it says may come from a token. */
static const char *message_of(const tokex_sandbox_t *box, apr_pool_t *pool)
{
    const char *text =
        lua_type(box->L, -1) == LUA_TSTRING ? lua_tostring(box->L, -1) : "an error that is no text";
    return tokex_err_shown(pool, text, strlen(text));
}

static const tokex_err_t *judge(const tokex_sandbox_t *box, int status)
{
    const char *id = box->question->program->id;
    if (box->spent)
        return tokex_err_create(box->pool, TOKEX_E_PROCEDURE_SPENT, NULL,
                                "procedure \"%s\" was stopped after %" APR_INT64_T_FMT
                                " instructions; it may use %d, and %d ms",
                                id, box->used, TOKEX_LIMIT_PROCEDURE_INSTRUCTIONS,
                                TOKEX_LIMIT_PROCEDURE_MS);
    if (box->refused || status == LUA_OK)
        return NULL;
    if (status == LUA_ERRMEM)
        return tokex_err_create(box->pool, TOKEX_E_PROCEDURE_MEMORY, NULL,
                                "procedure \"%s\" may use %d octets, and %d in one text or table",
                                id, TOKEX_LIMIT_PROCEDURE_MEMORY, TOKEX_LIMIT_PROCEDURE_PIECE);
    return tokex_err_create(
        box->pool, box->returned_wrongly ? TOKEX_E_PROCEDURE_RESULT : TOKEX_E_PROCEDURE_ERROR, NULL,
        "procedure \"%s\": %s", id, message_of(box, box->pool));
}

const tokex_err_t *tokex_sandbox_run(tokex_sandbox_answer_t *out,
                                     const tokex_sandbox_question_t *question, apr_pool_t *pool)
{
    tokex_sandbox_t box = {
        .pool = pool, .question = question, .answer = out, .memory = {.pool = pool}};
    const tokex_err_t *err;
    memset(out, 0, sizeof(*out));
    if (question->notes_reads)
        box.reads = apr_array_make(pool, 8, sizeof(const char *));
    if (!create(&box))
        return tokex_err_create(pool, TOKEX_E_PROCEDURE_MEMORY, NULL, NULL);
    lua_pushcfunction(box.L, body);
    err = judge(&box, lua_pcall(box.L, 0, 0, 0));
    tokex_sandbox_free(&box.memory);
    if (box.refused)
        out->verdict = TOKEX_SANDBOX_REFUSED;
    out->instructions = box.used;
    out->reads = box.reads ? (const char *const *)box.reads->elts : NULL;
    out->read_count = box.reads ? box.reads->nelts : 0;
    return err;
}

/* Of the operator's own program, whose text may be seen. */
static const char *problem_of(lua_State *L, apr_pool_t *pool)
{
    char *text = apr_pstrmemdup(pool, lua_tostring(L, -1), lua_rawlen(L, -1));
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            *p = ' ';
    return tokex_json_is_utf8(text, strlen(text)) ? text : "it cannot be read";
}

const char *tokex_sandbox_compile(const tokex_sandbox_program_t **out, const char *id,
                                  const char *source, apr_pool_t *pool)
{
    tokex_sandbox_t box = {.pool = pool, .memory = {.pool = pool}};
    compiling_t compiling = {.id = out ? id : NULL, .source = source};
    const char *problem = NULL;
    int status;
    if (!create(&box))
        return "there is no memory to compile it in";
    compiling.code = apr_array_make(pool, 512, sizeof(char));
    lua_pushcfunction(box.L, body_of_compile);
    lua_pushlightuserdata(box.L, &compiling);
    status = lua_pcall(box.L, 1, 0, 0);
    if (box.spent)
        problem = "what stands outside its functions takes too long";
    else if (status == LUA_ERRMEM)
        problem = "it needs more memory than it may use";
    else if (status != LUA_OK)
        problem = problem_of(box.L, pool);
    tokex_sandbox_free(&box.memory);
    if (!problem && out) {
        tokex_sandbox_program_t *made = apr_palloc(pool, sizeof(*made));
        *made =
            (tokex_sandbox_program_t){id, compiling.code->elts, (apr_size_t)compiling.code->nelts};
        *out = made;
    }
    return problem;
}
