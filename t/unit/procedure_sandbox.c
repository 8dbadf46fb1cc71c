/* What procedures may do, and that nothing else comes of them, whatever they try. */
#include "unit.h"

#include <time.h>

#include "base/limits.h"
#include "procedure/sandbox.h"

/* Milliseconds of CPU time that anything may take, and how often it may try: what else runs on the
 * machine can only make it take longer. */
#define AT_MOST 50
#define TRIES 4

typedef struct fixture_t {
    apr_pool_t *pool;
    const char *claims; /* of r.subject; NULL: none */
    bool unwatched;     /* nobody asks what was read */
    tokex_sandbox_answer_t answer;
    double ms; /* that the last run took */
} fixture_t;

static int make(void **state)
{
    apr_pool_t *pool = new_pool(NULL);
    fixture_t *f = apr_pcalloc(pool, sizeof(*f));
    f->pool = pool;
    *state = f;
    return 0;
}

static int drop(void **state)
{
    apr_pool_destroy(((fixture_t *)*state)->pool);
    return 0;
}

static void fill(tokex_sandbox_t *box, void *ctx)
{
    fixture_t *f = ctx;
    const tokex_json_t *claims = NULL;
    if (f->claims)
        assert_success(tokex_json_parse_object(&claims, f->claims, strlen(f->claims), f->pool));
    tokex_sandbox_integer(box, "now", 1700000000);
    tokex_sandbox_claims(box, "subject", claims);
    tokex_sandbox_begin(box, "request", true);
    tokex_sandbox_text(box, "scope", "a b");
    tokex_sandbox_text(box, "absent", NULL);
    tokex_sandbox_end(box);
    tokex_sandbox_begin(box, "grant", false);
    tokex_sandbox_begin(box, "claims", false);
    tokex_sandbox_end(box);
    tokex_sandbox_end(box);
}

static double cpu_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* One that does not compile fails with what is said of that; the longer of the two is timed. */
static const tokex_err_t *run_source(fixture_t *f, const char *source)
{
    const tokex_sandbox_program_t *program = NULL;
    double begin = cpu_ms(), compiled;
    const char *said = tokex_sandbox_compile(&program, "demo", source, f->pool);
    tokex_sandbox_question_t question = {
        .program = program, .fill = fill, .ctx = f, .notes_reads = !f->unwatched};
    const tokex_err_t *err;
    compiled = cpu_ms();
    err = said ? tokex_err_create(f->pool, TOKEX_E_PROCEDURE_ERROR, NULL, "%s", said)
               : tokex_sandbox_run(&f->answer, &question, f->pool);
    f->ms = cpu_ms() - compiled > compiled - begin ? cpu_ms() - compiled : compiled - begin;
    return err;
}

/* `body` is that of exchange(r). */
static const tokex_err_t *run(fixture_t *f, const char *body)
{
    return run_source(f, apr_pstrcat(f->pool, "function exchange(r) ", body, " end", NULL));
}

static void gives(fixture_t *f, const char *expression, const char *json)
{
    const char *body = apr_psprintf(f->pool, "r.grant.claims.x = %s return tokex.OK", expression);
    tokex_jsonw_t *w = tokex_jsonw_create(f->pool, 64);
    const tokex_err_t *err = run(f, body);
    if (err)
        fail_msg("%s: %s", expression, tokex_err_text(err, f->pool));
    tokex_jsonw_node(w, tokex_json_get(tokex_json_get(f->answer.grant, "claims"), "x"));
    if (strcmp(tokex_jsonw_text(w, NULL), json) != 0)
        fail_msg("%s is %s, not %s", expression, tokex_jsonw_text(w, NULL), json);
}

static void fails(fixture_t *f, const char *body, tokex_code_t code, const char *said)
{
    const tokex_err_t *err = run(f, body);
    assert_code(err, code);
    assert_says(tokex_err_text(err, f->pool), said);
}

/* ---- What there is */

static void test_CU_8_a_procedure_says_yes_or_no(void **state)
{
    fixture_t *f = *state;
    assert_success(run(f, "return tokex.OK"));
    assert_int_equal(f->answer.verdict, TOKEX_SANDBOX_OK);
    assert_non_null(f->answer.grant);
    assert_success(run(f, "return tokex.DENY, 'not today'"));
    assert_int_equal(f->answer.verdict, TOKEX_SANDBOX_DENIED);
    assert_string_equal(f->answer.text, "not today");
    assert_null(f->answer.grant);
    assert_success(run(f, "tokex.refuse('invalid_request', 'Missing scope')"));
    assert_int_equal(f->answer.verdict, TOKEX_SANDBOX_REFUSED);
    assert_string_equal(f->answer.oauth_error, "invalid_request");
    assert_string_equal(f->answer.text, "Missing scope");
}

static void test_any_other_answer_is_an_error(void **state)
{
    static const char *const bodies[] = {"",
                                         "return",
                                         "return nil",
                                         "return true",
                                         "return 0",
                                         "return {}",
                                         "return 'ok'",
                                         "return 'OK '",
                                         "return tokex.YES",
                                         "r.grant = nil return tokex.OK",
                                         "r.grant = 5 return tokex.OK",
                                         "r.grant = tokex.null return tokex.OK"};
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(bodies); i++)
        fails(f, bodies[i], TOKEX_E_PROCEDURE_RESULT, "demo");
}

static void test_claims_are_read_as_what_they_are(void **state)
{
    fixture_t *f = *state;
    f->claims = "{\"s\":\"x\",\"n\":5,\"f\":1.5,\"b\":false,\"l\":[\"a\",null,1],\"e\":[],"
                "\"o\":{\"p\":{\"q\":\"deep\"},\"gone\":null},\"big\":9007199254740993,\"z\":null}";
    gives(f, "r.subject.s", "\"x\"");
    gives(f, "r.subject.n + 1", "6");
    gives(f, "r.subject.f * 2", "3");
    gives(f, "r.subject.b", "false");
    gives(f, "r.subject.l", "[\"a\",null,1]");
    gives(f, "r.subject.l[2] == tokex.null", "true");
    gives(f, "r.subject.e", "[]");
    gives(f, "r.subject.o.p.q", "\"deep\"");
    gives(f, "r.subject.o", "{\"p\":{\"q\":\"deep\"}}");
    gives(f, "r.subject.z == nil", "true");
    gives(f, "r.subject.none == nil", "true");
    gives(f, "r.request.scope", "\"a b\"");
    gives(f, "r.request.absent == nil", "true");
    gives(f, "type(r.subject)", "\"table\"");
    gives(f, "(function() local n = 0 for k in pairs(r.subject) do n = n + 1 end return n end)()",
          "8");
    gives(f, "next(r.request)", "\"scope\"");
}

static void test_the_functions_do_what_they_say(void **state)
{
    fixture_t *f = *state;
    gives(f, "('a,b,,c'):split(',')", "[\"a\",\"b\",\"c\"]");
    gives(f, "(' a  b '):split()", "[\"a\",\"b\"]");
    gives(f, "(''):split()", "[]");
    gives(f, "('AbÄ'):lower()", "\"ab\303\204\"");
    gives(f, "('abc'):upper()", "\"ABC\"");
    gives(f, "('abcdef'):sub(2, -2)", "\"bcde\"");
    gives(f, "('abc'):sub(-9, 9)", "\"abc\"");
    gives(f, "('abc'):sub(3, 2)", "\"\"");
    gives(f, "('abc'):sub(math.mininteger or -9223372036854775807)", "\"abc\"");
    gives(f, "('abc'):byte(2)", "98");
    gives(f, "('abc'):byte(9) == nil", "true");
    gives(f, "#'abc' + ('abc'):len()", "6");
    gives(f, "('a.b.c'):replace('.', '%1')", "\"a%1b%1c\"");
    gives(f, "('  a b\\n'):trim()", "\"a b\"");
    gives(f, "('abc'):contains('bc')", "true");
    gives(f, "('abc'):contains('')", "true");
    gives(f, "('abc'):starts('ab') and ('abc'):ends('bc') and not ('abc'):ends('abcd')", "true");
    gives(f, "utf8.len('Ä€')", "2");
    gives(f, "utf8.char(196, 0x20AC)", "\"\303\204\342\202\254\"");
    gives(f, "table.concat({'a', 1, 'b'}, '-')", "\"a-1-b\"");
    gives(f, "table.contains({'a', 'b'}, 'b')", "true");
    gives(f,
          "(function() local t = {1, 3} table.insert(t, 2, 2) table.insert(t, 4) return t end)()",
          "[1,2,3,4]");
    gives(f, "(function() local t = {1, 2, 3} table.remove(t, 1) table.remove(t) return t end)()",
          "[2]");
    gives(f, "math.floor(2.7) + math.ceil(2.2) + math.abs(-1) + math.max(1, 3, 2) + math.min(4, 2)",
          "11");
    gives(f, "math.tointeger(3.0)", "3");
    gives(f, "math.type(1) .. math.type(1.5)", "\"integerfloat\"");
    gives(f, "tonumber('0x10') + tonumber(' 5 ')", "21");
    gives(f, "tonumber('5x') == nil and tonumber({}) == nil", "true");
    gives(f, "tostring(5) .. tostring(true) .. tostring(nil)", "\"5truenil\"");
    gives(f, "select('#', 1, 2, 3) + select(2, 5, 7)", "10");
    gives(f,
          "(function() local s = 0 for i, v in ipairs({3, 4}) do s = s + i * v end return s end)()",
          "11");
    gives(f, "0.1", "0.1");
    gives(f, "-1.5e-7", "-1.5e-07");
    gives(f, "1e300", "1e+300");
    gives(f, "1/3", "0.3333333333333333");
    gives(f, "tokex.list()", "[]");
    gives(f, "tokex.list('a', 'b')", "[\"a\",\"b\"]");
    gives(f, "assert('kept', 'unused')", "\"kept\"");
}

static void test_what_json_cannot_say_is_refused(void **state)
{
    static const char *const values[][2] = {{"0/0", "finite"},
                                            {"1/0", "finite"},
                                            {"-1/0", "finite"},
                                            {"r.grant", "tables in tables"},
                                            {"tostring", "a function"},
                                            {"function() end", "a function"},
                                            {"{1, nil, 3}", "gaps"},
                                            {"{1, 2, x = 3}", "both places and names"},
                                            {"{[5] = 1}", "is no text"},
                                            {"{[true] = 1}", "is no text"},
                                            {"{['a\\0b'] = 1}", "a NUL"},
                                            {"'\\0'", "r.grant"},
                                            {"'\\xff'", "r.grant"},
                                            {"{['\\xff'] = 1}", "r.grant"}};
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(values); i++)
        fails(f, apr_psprintf(f->pool, "r.grant.claims.x = %s return tokex.OK", values[i][0]),
              TOKEX_E_PROCEDURE_RESULT, values[i][1]);
}

static void test_what_was_read_is_noted_once(void **state)
{
    fixture_t *f = *state;
    f->claims = "{\"email\":\"a@b\"}";
    assert_success(run(f, "local a = r.subject.email, r.subject.email, r.subject.none, "
                          "r.subject.none, r.request.scope return tokex.OK"));
    assert_int_equal(f->answer.read_count, 3);
    assert_string_equal(f->answer.reads[0], "subject.email");
    assert_string_equal(f->answer.reads[1], "subject.none");
    assert_string_equal(f->answer.reads[2], "request.scope");
    assert_true(f->answer.instructions > 0);
}

/* A dry run watches, a server does not. */
static void test_a_table_is_the_same_whether_it_is_watched_or_not(void **state)
{
    static const char *const yes[] = {
        "r.request.scope == 'a b' and r.request.absent == nil",
        "(function() r.request.scope = nil return r.request.scope end)() == nil",
        "(function() local x = r.request.scope r.request.scope = nil "
        "return r.request.scope end)() == nil",
        "(function() r.request.scope = 5 return r.request.scope end)() == 5",
        "(function() r.request.scope = nil for k in pairs(r.request) do return k end end)() == nil",
        "(function() r.request.x = 1 local n = 0 for k in pairs(r.request) do n = n + 1 end "
        "return n end)() == 2",
        "(function() r.request[1] = 'x' return #r.request end)() == 1",
        "(function() r.request[1] = 'x' for _, x in ipairs(r.request) do return x end end)() == "
        "'x'",
        "(function() r.request[1] = 'x' return table.concat(r.request) end)() == 'x'",
        "next(r.request) == 'scope'",
        "type(r.request) == 'table' and r.request == r.request",
    };
    fixture_t *f = *state;
    for (int i = 0; i < 2 * COUNT(yes); i++) {
        f->unwatched = i % 2;
        gives(f, yes[i / 2], "true");
    }
    f->unwatched = true;
    fails(f, "r.request[nil] = 1 return tokex.OK", TOKEX_E_PROCEDURE_ERROR, "index is nil");
    f->unwatched = false;
    fails(f, "r.request[nil] = 1 return tokex.OK", TOKEX_E_PROCEDURE_ERROR, "index is nil");
}

static void test_an_error_names_its_line(void **state)
{
    fixture_t *f = *state;
    const tokex_err_t *err =
        run_source(f, "function exchange(r)\n  local x = r.none.y\n  return tokex.OK\nend");
    assert_code(err, TOKEX_E_PROCEDURE_ERROR);
    assert_says(err->log_text, "demo:2: attempt to index a nil value (field");
}

static void test_a_token_in_an_error_is_cut(void **state)
{
    fixture_t *f = *state;
    f->claims = "{\"t\":\"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl\"}";
    assert_code(run(f, "error('it is ' .. r.subject.t)"), TOKEX_E_PROCEDURE_ERROR);
    assert_null(strstr(tokex_err_text(run(f, "error(r.subject.t)"), f->pool), "eyJzdWIi"));
}

/* ---- Compiling */

static void problem(fixture_t *f, const char *source, const char *said)
{
    assert_says(tokex_sandbox_compile(NULL, "x", source, f->pool), said);
}

static void test_faults_of_a_source_are_found_with_their_line(void **state)
{
    fixture_t *f = *state;
    assert_null(
        tokex_sandbox_compile(NULL, "x", "function exchange(r) return tokex.OK end", f->pool));
    problem(f, "function exchange(r)\n  local = 5\nend", "line:2:");
    problem(f, "function exchange(r) return tokex.OK", "'end' expected");
    problem(f, "", "it defines no function exchange(r)");
    problem(f, "exchange = 5", "it defines no function exchange(r)");
    problem(f, "x = nil + 1 function exchange(r) end", "line:1:");
    problem(f, "while true do end", "takes too long");
    problem(f, "local t = {} while true do t[#t + 1] = {} end", "more memory");
    problem(f, "tokex.refuse('invalid_request')", "is for exchange(r)");
    problem(f, "\033Lua", "attempt to load a binary chunk");
}

/* ---- Escapes */

/* It ends, in time, and as no answer. */
static void stops_source(fixture_t *f, const char *source)
{
    const tokex_err_t *err = run_source(f, source);
    for (int i = 1; i < TRIES && f->ms >= AT_MOST; i++)
        err = run_source(f, source);
    if (!err)
        fail_msg("it ran through: %s", source);
    if (f->ms >= AT_MOST)
        fail_msg("it took %.1f ms: %s", f->ms, source);
}

static void stops(fixture_t *f, const char *body)
{
    stops_source(f, apr_pstrcat(f->pool, "local long = 'aaaaaaaaaaaaaaaa' ",
                                "while #long < 32000 do long = long .. long end ",
                                "local many = {} for i = 1, 2000 do many[i] = i end ",
                                "function exchange(r) ", body, " end", NULL));
}

static void test_loops_end(void **state)
{
    fixture_t *f = *state;
    stops(f, "while true do end");
    stops(f, "repeat until false");
    stops(f, "::again:: goto again");
    stops(f, "for i = 1, math.maxinteger or 1e18 do end");
    stops(f, "local function again() return again() end again()");
    stops(f, "local function deep() return 1 + deep() end deep()");
    stops(f, "local function f(...) return f(1, ...) end f()");
    stops(f, "local function f(...) return select('#', ...) + f(1, 2, 3, ...) end f()");
    stops_source(f, "while true do end");
}

static void test_memory_ends(void **state)
{
    fixture_t *f = *state;
    stops(f, "local t = {} while true do t[#t + 1] = {} end");
    stops(f, "local t = {} while true do t = {t} end");
    stops(f, "local s = long while true do s = s .. s end");
    stops(f, "local t = {} local i = 0 while true do i = i + 1 t['k' .. i] = i end");
    stops(f, "local t = {} for i = 1, 2000 do t[i] = long end return table.concat(t)");
    stops(f, "local s = 'a' while true do s = s:replace('a', long) end");
    stops(f, "local t = {} while true do t[#t + 1] = long:sub(1, 30000 - #t) end");
    stops(f, "local t = {} while true do t[#t + 1] = long:split('a') end");
    stops(f, "while true do tokex.list(many, many, many) end");
}

/* Collecting begins late, and begins. */
static void test_what_nobody_needs_any_more_is_no_memory(void **state)
{
    fixture_t *f = *state;
    assert_success(run(f, "for i = 1, 40000 do local t = {i} end return tokex.OK"));
    assert_success(run(f, "local s = 'a' while #s < 20000 do s = s .. s end "
                          "for i = 1, 300 do local t = s .. i end return tokex.OK"));
}

/* Comparing texts is one instruction, however long they are. */
static void test_long_texts_are_not_a_way_around_the_clock(void **state)
{
    fixture_t *f = *state;
    stops(f, "local b = long .. 'b' local a = long .. 'a' while true do local x = a < b end");
    stops(f, "local z = '\\0\\0\\0\\0\\0\\0\\0\\0' while #z < 32000 do z = z .. z end "
             "local a, b = z .. 'a', z .. 'b' while true do local x = a < b end");
    stops(f, "local b = long .. 'b' local a = long .. 'a' while true do local x = a == b end");
    stops(f, "while true do local x = long .. 'a' end");
    stops(f, "local t = {} while true do t[long .. #t] = 1 end");
}

static void test_each_function_on_texts_is_charged(void **state)
{
    static const char *const calls[] = {
        "long:lower()",
        "long:upper()",
        "long:sub(2)",
        "long:byte(5)",
        "long:len()",
        "long:contains('b')",
        "long:contains(long)",
        "long:starts(long)",
        "long:ends(long)",
        "long:split('b')",
        "long:split('a')",
        "long:replace('a', '')",
        "long:replace('a','bc')",
        "long:trim()",
        "(' ' .. long):trim()",
        "utf8.len(long)",
        "utf8.char(65, 66, 67)",
        "tonumber(long)",
        "tostring(long)",
        "tostring(many)",
        "type(long)",
    };
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(calls); i++)
        stops(f, apr_psprintf(f->pool, "while true do local x = %s end", calls[i]));
    stops(f, "local half = long:sub(1, #long / 2) .. 'b' while true do long:contains(half) end");
    stops(f, "local blanks = (long):replace('a', ' ') while true do blanks:trim() end");
    stops(f, "local blanks = (long):replace('a', ' ') while true do tonumber(blanks .. '1') end");
    stops(f, "local digits = (long):replace('a', '9') while true do tonumber(digits) end");
}

static void test_each_function_on_tables_is_charged(void **state)
{
    static const char *const calls[] = {
        "table.insert(many, 1, 0) table.remove(many, 1)",
        "table.insert(many, 0) table.remove(many)",
        "table.concat(many)",
        "table.concat(many, long)",
        "table.contains(many, 'x')",
        "next(many)",
        "next(many, 2000)",
        "pairs(many)",
        "ipairs(many)",
        "for k, v in pairs(many) do end",
        "for k, v in ipairs(many) do end",
        "select(1, many)",
        "select('#', many)",
        "math.max(1, 2, 3)",
        "math.min(1, 2, 3)",
        "math.floor(1.5)",
        "math.ceil(1.5)",
        "math.abs(-1)",
        "math.tointeger(1.0)",
        "math.type(1)",
        "tokex.list(1, 2, 3)",
        "assert(true)",
        "local x = r.subject.a",
        "local x = #many",
    };
    fixture_t *f = *state;
    f->claims = "{\"a\":[1,2,3]}";
    for (int i = 0; i < COUNT(calls); i++)
        stops(f, apr_psprintf(f->pool, "while true do %s end", calls[i]));
    /* What was in a table once is gone through still. */
    stops(f, "for i = 1, 2000 do many[i] = nil end while true do next(many) end");
    stops(f, "local t = {} for i = 1, 1000 do t['k' .. i] = i end "
             "for i = 1, 1000 do t['k' .. i] = nil end while true do next(t) end");
}

static void test_what_is_left_behind_cannot_be_without_an_end(void **state)
{
    fixture_t *f = *state;
    stops(f, "local t = {} t.t = t r.grant.claims.x = t return tokex.OK");
    stops(f, "local t = {} for i = 1, 30 do t = {t, t} end r.grant.claims.x = t return tokex.OK");
    stops(f, "local t = {} for i = 1, 30 do t = {a = t, b = t} end r.grant.claims.x = t "
             "return tokex.OK");
    stops(f, "local e = {} for i = 1, 2000 do e[i] = i end for i = 1, 2000 do e[i] = nil end "
             "local t = {} for i = 1, 2000 do t[i] = e end local u = {} "
             "for i = 1, 2000 do u[i] = t end r.grant.claims.x = u return tokex.OK");
    stops(f, "local t = {} for i = 1, 2000 do t[i] = long end r.grant.claims.x = t "
             "return tokex.OK");
    stops(f, "r.grant.claims[long .. long] = 1 r.grant.claims.x = long .. long return tokex.OK");
}

/* Each bound by itself, where another would end the run, too. */
static void test_each_bound_holds_by_itself(void **state)
{
    static const char deep[] = "local t = {} for i = 1, 40 do t = {t} end r.grant.claims.x = t "
                               "return tokex.OK";
    static const char longer[] = "local s = 'aaaaaaaaaaaaaaaa' while #s < 65000 do s = s .. s end "
                                 "return tokex.OK";
    fixture_t *f = *state;
    /* Where the machine has much else to do, the clock may come first. */
    f->answer.instructions = 0;
    for (int i = 0; i < 5 * TRIES && f->answer.instructions < TOKEX_LIMIT_PROCEDURE_INSTRUCTIONS;
         i++)
        assert_code(run(f, "while true do end"), TOKEX_E_PROCEDURE_SPENT);
    assert_in_range(f->answer.instructions, TOKEX_LIMIT_PROCEDURE_INSTRUCTIONS,
                    TOKEX_LIMIT_PROCEDURE_INSTRUCTIONS + 100);
    assert_code(run(f, "local t while true do t = {t} end"), TOKEX_E_PROCEDURE_MEMORY);
    assert_code(run(f, longer), TOKEX_E_PROCEDURE_MEMORY);
    fails(f, deep, TOKEX_E_PROCEDURE_RESULT, "tables in tables");
    /* So does what is gone through in the end. */
    assert_success(run(f, "local t = {} for i = 1, 100 do t[i] = {} end r.grant.claims.x = t "
                          "return tokex.OK"));
    assert_true(f->answer.instructions > 6400);
}

static void test_work_on_long_values_counts_as_instructions(void **state)
{
    static const char *const calls[] = {"long:lower()",
                                        "long:contains('b')",
                                        "long:split('b')",
                                        "tonumber(long)",
                                        "utf8.len(long)",
                                        "long:sub(2)",
                                        "table.insert(many, 1, 0)",
                                        "table.remove(many, 1)",
                                        "table.concat(many)",
                                        "table.contains(many, 0)"};
    static const char begin[] = "long = 'aaaaaaaaaaaaaaaa' while #long < 32000 do "
                                "long = long .. long end many = {} "
                                "for i = 1, 2000 do many[i] = i end ";
    fixture_t *f = *state;
    int64_t before;
    for (int i = 0; i < COUNT(calls); i++) {
        assert_success(run(f, apr_pstrcat(f->pool, begin, "return tokex.OK", NULL)));
        before = f->answer.instructions;
        assert_success(
            run(f, apr_pstrcat(f->pool, begin, "local x = ", calls[i], " return tokex.OK", NULL)));
        if (f->answer.instructions - before < 1000)
            fail_msg("%s counts as %d instructions", calls[i],
                     (int)(f->answer.instructions - before));
    }
}

static void test_a_source_cannot_hold_the_compiler_up(void **state)
{
    static const char *const pieces[] = {
        "(",          "{",           "x=",         "a.",   "not ", "-",        "function f() ",
        "if x then ", "while x do ", "a=a..a..a ", "f(f(", "[[",   "local a;", "'a'..",
        "::a::",      "goto a "};
    fixture_t *f = *state;
    for (int i = 0; i < COUNT(pieces); i++) {
        size_t len = strlen(pieces[i]);
        size_t count = (TOKEX_LIMIT_PROCEDURE - 1) / len;
        char *source = apr_palloc(f->pool, count * len + 1);
        double ms = AT_MOST;
        for (size_t j = 0; j < count; j++)
            memcpy(source + j * len, pieces[i], len);
        source[count * len] = '\0';
        for (int j = 0; j < TRIES && ms >= AT_MOST; j++) {
            double begin = cpu_ms();
            assert_non_null(tokex_sandbox_compile(NULL, "x", source, f->pool));
            ms = cpu_ms() - begin;
        }
        if (ms >= AT_MOST)
            fail_msg("compiling many \"%s\" took %.1f ms", pieces[i], ms);
    }
}

static void test_CU_26_what_would_lead_outside_is_not_there(void **state)
{
    static const char *const names[] = {"pcall",
                                        "xpcall",
                                        "load",
                                        "loadstring",
                                        "loadfile",
                                        "dofile",
                                        "require",
                                        "package",
                                        "coroutine",
                                        "os",
                                        "io",
                                        "debug",
                                        "collectgarbage",
                                        "setmetatable",
                                        "getmetatable",
                                        "rawset",
                                        "rawget",
                                        "rawlen",
                                        "rawequal",
                                        "print",
                                        "warn",
                                        "_G",
                                        "unpack",
                                        "string.rep",
                                        "string.find",
                                        "string.match",
                                        "string.gmatch",
                                        "string.gsub",
                                        "string.format",
                                        "string.dump",
                                        "string.pack",
                                        "string.unpack",
                                        "string.reverse",
                                        "string.char",
                                        "table.move",
                                        "table.sort",
                                        "table.unpack",
                                        "table.pack",
                                        "math.random",
                                        "math.randomseed",
                                        "utf8.codes",
                                        "utf8.codepoint",
                                        "utf8.offset",
                                        "('').rep",
                                        "('').find",
                                        "('').gsub",
                                        "('').format",
                                        "('').__index",
                                        "r.subject.__index"};
    fixture_t *f = *state;
    f->claims = "{}";
    for (int i = 0; i < COUNT(names); i++)
        gives(f, apr_psprintf(f->pool, "(%s) == nil", names[i]), "true");
}

static void test_metamethods_cannot_be_brought_in(void **state)
{
    fixture_t *f = *state;
    fails(f, "local t <close> = {} return tokex.OK", TOKEX_E_PROCEDURE_ERROR, "closable");
    fails(f, "local s = '' s.x = 1 return tokex.OK", TOKEX_E_PROCEDURE_ERROR, "index");
    fails(f, "return {} < {}", TOKEX_E_PROCEDURE_ERROR, "compare");
    fails(f, "return {} .. ''", TOKEX_E_PROCEDURE_ERROR, "concatenate");
    fails(f, "return #5", TOKEX_E_PROCEDURE_ERROR, "length");
    /* These are members like any other. */
    gives(f,
          "(function() local t = {__gc = function() while true do end end, __len = 5, "
          "__index = 5} return #t end)()",
          "0");
}

static void test_nothing_tells_where_things_lie_in_memory(void **state)
{
    fixture_t *f = *state;
    gives(f, "tostring({})", "\"table\"");
    gives(f, "tostring(tostring)", "\"function\"");
    gives(f, "tostring(tokex.null)", "\"userdata\"");
    fails(f, "error({})", TOKEX_E_PROCEDURE_ERROR, "string expected");
    assert_null(strstr(tokex_err_text(run(f, "return {} + 1"), f->pool), "0x"));
}

static void test_a_run_leaves_nothing_to_the_next(void **state)
{
    fixture_t *f = *state;
    assert_success(run_source(f, "function exchange(r) kept = 'x' string.split = nil tokex.OK = 5 "
                                 "return 'OK' end"));
    gives(f, "kept == nil", "true");
    gives(f, "('a b'):split()", "[\"a\",\"b\"]");
}

static void test_the_end_cannot_be_caught(void **state)
{
    fixture_t *f = *state;
    assert_code(run(f, "while true do end"), TOKEX_E_PROCEDURE_SPENT);
    assert_code(run(f, "local t = {} while true do t[#t + 1] = {} end"), TOKEX_E_PROCEDURE_MEMORY);
    /* Iterators and methods are called by Lua itself. */
    assert_code(run(f, "for x in function() while true do end end do end return tokex.OK"),
                TOKEX_E_PROCEDURE_SPENT);
    assert_success(run(f, "tokex.refuse('invalid_scope') return tokex.OK"));
    assert_int_equal(f->answer.verdict, TOKEX_SANDBOX_REFUSED);
}

static void test_a_build_without_lua_says_so(void **state)
{
    fixture_t *f = *state;
    assert_non_null(tokex_sandbox_compile(NULL, "x", "function exchange(r) end", f->pool));
    assert_code(run(f, "return tokex.OK"), TOKEX_E_PROCEDURE_ERROR);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
    const struct CMUnitTest without[] = {TEST(test_a_build_without_lua_says_so)};
    const struct CMUnitTest tests[] = {
        TEST(test_CU_8_a_procedure_says_yes_or_no),
        TEST(test_any_other_answer_is_an_error),
        TEST(test_claims_are_read_as_what_they_are),
        TEST(test_the_functions_do_what_they_say),
        TEST(test_what_json_cannot_say_is_refused),
        TEST(test_what_was_read_is_noted_once),
        TEST(test_a_table_is_the_same_whether_it_is_watched_or_not),
        TEST(test_an_error_names_its_line),
        TEST(test_a_token_in_an_error_is_cut),
        TEST(test_faults_of_a_source_are_found_with_their_line),
        TEST(test_loops_end),
        TEST(test_memory_ends),
        TEST(test_what_nobody_needs_any_more_is_no_memory),
        TEST(test_long_texts_are_not_a_way_around_the_clock),
        TEST(test_each_function_on_texts_is_charged),
        TEST(test_each_function_on_tables_is_charged),
        TEST(test_what_is_left_behind_cannot_be_without_an_end),
        TEST(test_each_bound_holds_by_itself),
        TEST(test_work_on_long_values_counts_as_instructions),
        TEST(test_a_source_cannot_hold_the_compiler_up),
        TEST(test_CU_26_what_would_lead_outside_is_not_there),
        TEST(test_metamethods_cannot_be_brought_in),
        TEST(test_nothing_tells_where_things_lie_in_memory),
        TEST(test_a_run_leaves_nothing_to_the_next),
        TEST(test_the_end_cannot_be_caught),
    };
    return tokex_sandbox_is_there()
               ? cmocka_run_group_tests_name("procedure/sandbox", tests, start, stop)
               : cmocka_run_group_tests_name("procedure/sandbox", without, start, stop);
}
