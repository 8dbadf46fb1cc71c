#include "args.h"

#include <stdio.h>
#include <string.h>

static bool complain(const char *option, const char *what)
{
    fprintf(stderr, "tokexctl: %s: %s\n", option, what);
    return false;
}

static const args_option_t *find(const args_t *args, const char *word, apr_size_t len)
{
    int i;

    for (i = 0; i < args->option_count; i++) {
        const args_option_t *option = &args->options[i];

        if (len == 2 && word[0] == '-' && option->letter && word[1] == option->letter)
            return option;
        if (len > 2 && strlen(option->name) == len - 2 && strncmp(word, "--", 2) == 0 &&
            strncmp(word + 2, option->name, len - 2) == 0)
            return option;
    }
    return NULL;
}

/* Takes the option at `*i` and moves it to the last word that belongs to it. */
static bool take(const args_t *args, int *i, int argc, const char *const *argv)
{
    const char *word = argv[*i], *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    const args_option_t *option =
        find(args, word, equals ? (apr_size_t)(equals - word) : strlen(word));

    if (!option)
        return complain(word, "there is no such option");
    if (option->value && *option->value)
        return complain(word, "stands twice");
    if (option->given)
        *option->given = true;
    if (!option->value)
        return equals ? complain(word, "takes no value") : true;
    if (equals)
        *option->value = equals + 1;
    else if (++*i < argc)
        *option->value = argv[*i];
    return *option->value && **option->value ? true : complain(word, "a value is missing");
}

bool args_read(args_t *args, bool first_operand_ends, int argc, const char *const *argv,
               apr_pool_t *pool)
{
    const char **operands = apr_palloc(pool, sizeof *operands * (apr_size_t)(argc + 1));
    bool options_ended = false;
    int i;

    args->operands = operands;
    args->operand_count = 0;
    for (i = 0; i < argc; i++) {
        if (options_ended || argv[i][0] != '-' || argv[i][1] == '\0') {
            operands[args->operand_count++] = argv[i];
            options_ended = options_ended || first_operand_ends;
        } else if (strcmp(argv[i], "--") == 0)
            options_ended = true;
        else if (!take(args, &i, argc, argv))
            return false;
    }
    return true;
}
