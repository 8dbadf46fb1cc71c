/* A build without Lua. */
#include "procedure/sandbox.h"

bool tokex_sandbox_is_there(void)
{
    return false;
}

const char *tokex_sandbox_compile(const tokex_sandbox_program_t **out, const char *id,
                                  const char *source, apr_pool_t *pool)
{
    (void)out;
    (void)id;
    (void)source;
    (void)pool;
    return "this build runs no procedures";
}

void tokex_sandbox_begin(tokex_sandbox_t *box, const char *name, bool watched)
{
    (void)box;
    (void)name;
    (void)watched;
}

void tokex_sandbox_end(tokex_sandbox_t *box)
{
    (void)box;
}

void tokex_sandbox_text(tokex_sandbox_t *box, const char *name, const char *text)
{
    (void)box;
    (void)name;
    (void)text;
}

void tokex_sandbox_integer(tokex_sandbox_t *box, const char *name, int64_t value)
{
    (void)box;
    (void)name;
    (void)value;
}

void tokex_sandbox_texts(tokex_sandbox_t *box, const char *name, const char *const *items,
                         int count)
{
    (void)box;
    (void)name;
    (void)items;
    (void)count;
}

void tokex_sandbox_claims(tokex_sandbox_t *box, const char *name, const tokex_json_t *object)
{
    (void)box;
    (void)name;
    (void)object;
}

void tokex_sandbox_node(tokex_sandbox_t *box, const char *name, const tokex_json_t *node)
{
    (void)box;
    (void)name;
    (void)node;
}

const tokex_err_t *tokex_sandbox_run(tokex_sandbox_answer_t *out,
                                     const tokex_sandbox_question_t *question, apr_pool_t *pool)
{
    *out = (tokex_sandbox_answer_t){0};
    return tokex_err_create(pool, TOKEX_E_PROCEDURE_ERROR, NULL,
                            "procedure \"%s\": this build runs none", question->program->id);
}
