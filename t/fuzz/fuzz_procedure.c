/* Hostile tokens before procedures: the claims of a subject token, as JSON. Whatever stands in
 * them, a procedure ends in time, as an answer that JSON can say or with one of its own codes. */
#include "fuzz.h"

#include <time.h>

#include "procedure/sandbox.h"

/* Goes through all that there is and hands it on; what people do with claims; what takes long. */
static const char *const sources[] = {
    "local function copy(value) if type(value) ~= 'table' then return value end local made = {} "
    "for k, v in pairs(value) do made[k] = copy(v) end return made end "
    "function exchange(r) r.grant.claims = copy(r.subject) return tokex.OK end",
    "function exchange(r) r.grant.claims = r.subject return tokex.OK end",
    "function exchange(r) for name, value in pairs(r.subject) do "
    "if type(value) == 'string' then local parts = value:split(value:sub(1, 1)) "
    "r.grant.claims[name:lower():trim()] = table.concat(parts, value:upper()) "
    "value = value:replace(name, value) elseif math.type(value) then "
    "r.grant.claims[name] = math.floor(value) + tonumber(tostring(value)) end end "
    "return tokex.OK end",
    "function exchange(r) local user = r.subject.email or r.subject.sub or '' "
    "if user:contains('@') and not r.subject.blocked then r.grant.claims.user = user:split('@')[1] "
    "for _, group in ipairs(r.subject.groups or {}) do table.insert(r.grant.scope, group) end "
    "r.grant.exp = r.subject.exp return tokex.OK end return tokex.DENY, 'no ' .. user end",
    "function exchange(r) local n = 0 for a in pairs(r.subject) do for b in pairs(r.subject) do "
    "if a < b or a == b .. 'x' then n = n + #a * utf8.len(b .. a) end end end "
    "r.grant.claims.n = n return tokex.OK end",
};

typedef struct token_t {
    const tokex_json_t *claims;
} token_t;

static void fill(tokex_sandbox_t *box, void *ctx)
{
    static const char *const scopes[] = {"orders.read", "orders.write"};
    const token_t *token = ctx;
    tokex_sandbox_integer(box, "now", 1700000000);
    tokex_sandbox_claims(box, "subject", token->claims);
    tokex_sandbox_begin(box, "grant", false);
    tokex_sandbox_texts(box, "scope", scopes, 2);
    tokex_sandbox_integer(box, "exp", 1700000300);
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

static bool is_of_procedures(tokex_code_t code)
{
    return code == TOKEX_E_PROCEDURE_ERROR || code == TOKEX_E_PROCEDURE_SPENT ||
           code == TOKEX_E_PROCEDURE_MEMORY || code == TOKEX_E_PROCEDURE_RESULT;
}

static void run(const char *source, const token_t *token, apr_pool_t *pool)
{
    tokex_sandbox_question_t question = {.fill = fill, .ctx = (void *)token, .notes_reads = true};
    tokex_sandbox_answer_t answer;
    const tokex_err_t *err;
    double begin;
    HOLDS(!tokex_sandbox_compile(&question.program, "fuzz", source, pool));
    begin = cpu_ms();
    err = tokex_sandbox_run(&answer, &question, pool);
    /* Under sanitizers, and with what it takes to write the answer. */
    HOLDS(cpu_ms() - begin < 200);
    HOLDS(!err || is_of_procedures(err->code));
    HOLDS(err || answer.verdict != TOKEX_SANDBOX_OK || answer.grant);
    HOLDS(!err || tokex_json_is_utf8(tokex_err_text(err, pool), strlen(tokex_err_text(err, pool))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = new_pool();
    token_t token;
    if (!tokex_json_parse_object(&token.claims, (const char *)data, size, pool) &&
        tokex_sandbox_is_there())
        for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
            run(sources[i], &token, pool);
    apr_pool_destroy(pool);
    return 0;
}
