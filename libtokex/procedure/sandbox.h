/*
 * Runs the programs of an operator (Lua 5.4) where they can do nothing but read what they are
 * given and say what should come of it. Without Lua there are none: tokex_sandbox_is_there().
 *
 * Every run has a state of its own, which is gone when it returns. It may use so much memory, so
 * many instructions and so much CPU time as base/limits.h says; whatever it is in the middle of, it
 * ends there. Its functions are those of docs/procedures.md and no others:
 * none reads a file or the time, none catches an error, none takes longer for a long text than it
 * is charged for.
 */
#ifndef TOKEX_PROCEDURE_SANDBOX_H
#define TOKEX_PROCEDURE_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

/* Was this build made with Lua? */
bool tokex_sandbox_is_there(void);

/* A procedure, compiled: reading its text is most of what a short one costs. */
typedef struct tokex_sandbox_program_t {
    const char *id; /* for messages */
    const void *code;
    apr_size_t len;
} tokex_sandbox_program_t;

/* Compiles `source`, a text; byte code is none. NULL, or why it is no procedure, in words without a
 * full stop, with its line: then *out is not set. What stands outside its functions is run once to
 * find out. `*out` (may be NULL) in `pool`, with `id` borrowed. */
const char *tokex_sandbox_compile(const tokex_sandbox_program_t **out, const char *id,
                                  const char *source, apr_pool_t *pool);

/* ---- What a procedure is given: one table with tables in it */

typedef struct tokex_sandbox_t tokex_sandbox_t;

/* A table that goes under `name`, until the end; what is read of a `watched` one is noted. */
void tokex_sandbox_begin(tokex_sandbox_t *box, const char *name, bool watched);
void tokex_sandbox_end(tokex_sandbox_t *box);
/* Members of the table that was begun last. NULL: there is no such member. */
void tokex_sandbox_text(tokex_sandbox_t *box, const char *name, const char *text);
void tokex_sandbox_integer(tokex_sandbox_t *box, const char *name, int64_t value);
void tokex_sandbox_texts(tokex_sandbox_t *box, const char *name, const char *const *items,
                         int count);
/* An object of JSON, which must live as long as the run: turned into a table member by member, when
 * one is asked for. A member that is null is not there. */
void tokex_sandbox_claims(tokex_sandbox_t *box, const char *name, const tokex_json_t *object);
/* The same at once; what is read of it is not noted. */
void tokex_sandbox_node(tokex_sandbox_t *box, const char *name, const tokex_json_t *node);

/* ---- Running one */

typedef struct tokex_sandbox_question_t {
    const tokex_sandbox_program_t *program;
    void (*fill)(tokex_sandbox_t *box, void *ctx); /* writes the argument; may not return */
    void *ctx;
    bool notes_reads;
} tokex_sandbox_question_t;

typedef enum tokex_sandbox_verdict_t {
    TOKEX_SANDBOX_OK,
    TOKEX_SANDBOX_DENIED, /* tokex.DENY */
    TOKEX_SANDBOX_REFUSED /* tokex.refuse() */
} tokex_sandbox_verdict_t;

typedef struct tokex_sandbox_answer_t {
    tokex_sandbox_verdict_t verdict;
    const char *oauth_error;   /* REFUSED: as the procedure wrote it */
    const char *text;          /* DENIED and REFUSED; NULL: none was given */
    const tokex_json_t *grant; /* OK: the member `grant` of the argument as it is now */
    const char *const *reads;  /* "subject.email", in the order of the first time */
    int read_count;
    int64_t instructions; /* what functions did for it is counted as such too */
} tokex_sandbox_answer_t;

/*
 * Runs exchange(r). `*out` in `pool`; of one that failed only `reads` and `instructions` are set.
 * TOKEX_E_PROCEDURE_ERROR, TOKEX_E_PROCEDURE_SPENT, TOKEX_E_PROCEDURE_MEMORY,
 * TOKEX_E_PROCEDURE_RESULT (it returned something else, or `grant` is nothing that JSON can say).
 */
const tokex_err_t *tokex_sandbox_run(tokex_sandbox_answer_t *out,
                                     const tokex_sandbox_question_t *question, apr_pool_t *pool);

#endif
