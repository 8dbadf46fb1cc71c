/* The command line: options by name, everything else an operand. */
#ifndef TOKEXCTL_ARGS_H
#define TOKEXCTL_ARGS_H

#include <stdbool.h>

#include <apr_pools.h>

/* An option: `--name VALUE` and `--name=VALUE`, or `--name` alone; `-x` when it has a letter. */
typedef struct args_option_t {
    char letter;        /* 0: none */
    const char *name;   /* without dashes */
    const char **value; /* where the value goes; NULL: the option has none */
    bool *given;        /* where to note that it stood there; may be NULL */
} args_option_t;

typedef struct args_t {
    const args_option_t *options;
    int option_count;
    const char *const *operands; /* out */
    int operand_count;           /* out */
} args_t;

/*
 * Reads `argv`. With `first_operand_ends` everything behind the first operand is an operand too, so
 * that a command's own options are left to it. False when an option is unknown, stands twice, has
 * no value or one too many; it was said on standard error. Texts are borrowed.
 */
bool args_read(args_t *args, bool first_operand_ends, int argc, const char *const *argv,
               apr_pool_t *pool);

#endif
