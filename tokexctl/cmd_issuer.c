#include <string.h>

#include "issuer.h"

static const struct verb_t {
    const char *name;
    int (*run)(ctl_t *ctl, int argc, const char *const *argv);
} verbs[] = {
    {"test", ctl_issuer_test},
    {"refresh", ctl_issuer_refresh},
    {"add", ctl_issuer_propose},
};

int issuer_find(const tokex_issuer_t **out, const ctl_t *ctl, const char *id)
{
    const tokex_config_t *config;
    tokex_db_t *db;
    const tokex_err_t *err = ctl_load(&db, &config, NULL, ctl, TOKEX_DB_READ);
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

int ctl_issuer(ctl_t *ctl, int argc, const char *const *argv)
{
    size_t i;

    for (i = 0; argc > 0 && i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, argv[0]) == 0)
            return verbs[i].run(ctl, argc - 1, argv + 1);
    return ctl_say(CTL_USAGE, "say: issuer test, refresh or add --from-token");
}
