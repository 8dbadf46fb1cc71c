#include <stdio.h>
#include <string.h>

#include "object.h"

static const struct verb_t {
    const char *noun; /* NULL: every one */
    const char *name;
    object_verb_t *run;
} verbs[] = {
    {NULL, "list", object_list},
    {NULL, "show", object_show},
    {NULL, "add", object_add},
    {NULL, "set", object_set},
    {NULL, "remove", object_remove},
    {"client", "rotate", client_rotate},
    {"client", "secret", client_secret},
    {"procedure", "check", procedure_check},
    {"procedure", "compile", procedure_compile},
};
#define VERB_COUNT ((int)(sizeof verbs / sizeof verbs[0]))

int object_run(ctl_t *ctl, const char *noun, int argc, const char *const *argv)
{
    int i;

    for (i = 0; argc > 0 && i < VERB_COUNT; i++)
        if (strcmp(verbs[i].name, argv[0]) == 0 &&
            (!verbs[i].noun || strcmp(verbs[i].noun, noun) == 0))
            return verbs[i].run(ctl, change_desc(noun), argc - 1, argv + 1);
    return ctl_say(CTL_USAGE, "say: %s list, show, add, set or remove; see tokexctl %s --help",
                   noun, noun);
}

int ctl_client(ctl_t *ctl, int argc, const char *const *argv)
{
    return object_run(ctl, "client", argc, argv);
}

int ctl_target(ctl_t *ctl, int argc, const char *const *argv)
{
    return object_run(ctl, "target", argc, argv);
}

int ctl_scope(ctl_t *ctl, int argc, const char *const *argv)
{
    return object_run(ctl, "scope", argc, argv);
}

int ctl_mapping(ctl_t *ctl, int argc, const char *const *argv)
{
    static const element_kind_t rows = {"mapping", "rows", "to", "mapping row"};

    if (argc > 0 && strcmp(argv[0], "row") == 0)
        return element_run(ctl, &rows, argc - 1, argv + 1);
    return object_run(ctl, "mapping", argc, argv);
}

int ctl_procedure(ctl_t *ctl, int argc, const char *const *argv)
{
    return object_run(ctl, "procedure", argc, argv);
}

int ctl_rule(ctl_t *ctl, int argc, const char *const *argv)
{
    static const element_kind_t rules = {"client", "rules", "id", "rule"};

    return element_run(ctl, &rules, argc, argv);
}
