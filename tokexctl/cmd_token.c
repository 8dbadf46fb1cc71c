#include <string.h>

#include "token.h"

static const struct verb_t {
    const char *name;
    int (*run)(ctl_t *ctl, int argc, const char *const *argv);
} verbs[] = {
    {"show", token_show},
    {"revoke", token_revoke},
    {"list", token_list},
    {"tree", token_tree},
};

int ctl_token(ctl_t *ctl, int argc, const char *const *argv)
{
    size_t i;

    for (i = 0; argc > 0 && i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, argv[0]) == 0)
            return verbs[i].run(ctl, argc - 1, argv + 1);
    return ctl_say(CTL_USAGE, "say: token show, revoke, list or tree");
}
