#include <string.h>

#include "key.h"

static const struct verb_t {
    const char *name;
    int (*run)(ctl_t *ctl, int argc, const char *const *argv);
} verbs[] = {
    {"list", key_list},         {"show", key_show},     {"rotate", key_rotate},
    {"activate", key_activate}, {"retire", key_retire}, {"remove", key_remove},
    {"schedule", key_schedule}, {"prefer", key_prefer},
};

int ctl_key(ctl_t *ctl, int argc, const char *const *argv)
{
    size_t i;

    for (i = 0; argc > 0 && i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, argv[0]) == 0)
            return verbs[i].run(ctl, argc - 1, argv + 1);
    return ctl_say(CTL_USAGE,
                   "say: key list, show, rotate, activate, retire, remove, schedule or prefer");
}
