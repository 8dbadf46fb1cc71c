#include <string.h>

#include "issuer.h"
#include "object.h"

static const struct verb_t {
    const char *name;
    const char *needs; /* NULL, or a word without which it is the verb of every object */
    int (*run)(ctl_t *ctl, int argc, const char *const *argv);
} verbs[] = {
    {"test", NULL, ctl_issuer_test},
    {"refresh", NULL, ctl_issuer_refresh},
    {"add", "--from-token", ctl_issuer_propose},
};

int issuer_find(const tokex_issuer_t **out, const ctl_t *ctl, const char *id)
{
    const tokex_config_t *config;
    tokex_db_t *db;
    const tokex_err_t *err = ctl_load_no_clients(&db, &config, ctl);
    int i;

    if (err)
        return ctl_error(ctl, err);
    for (i = 0; i < config->issuer_count; i++) {
        if (strcmp(config->issuers[i].id, id) != 0)
            continue;
        *out = &config->issuers[i];
        return CTL_DONE;
    }
    return ctl_say(CTL_REFUSED, "issuer \"%s\": there is no such issuer; %s", id,
                   config->issuer_count ? "compare it with an export" : "there is none at all");
}

static bool has_word(int argc, const char *const *argv, const char *word)
{
    int i;

    for (i = 0; i < argc; i++)
        if (strcmp(argv[i], word) == 0)
            return true;
    return false;
}

int ctl_issuer(ctl_t *ctl, int argc, const char *const *argv)
{
    size_t i;

    for (i = 0; argc > 0 && i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, argv[0]) == 0 &&
            (!verbs[i].needs || has_word(argc, argv, verbs[i].needs)))
            return verbs[i].run(ctl, argc - 1, argv + 1);
    return object_run(ctl, "issuer", argc, argv);
}
