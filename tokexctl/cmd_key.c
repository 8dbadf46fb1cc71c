#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "args.h"
#include "crypt/jwk.h"
#include "ctl.h"
#include "keys/signing_keys.h"
#include "store/config_store.h"

static const char *active_algorithm(const tokex_config_t *config)
{
    int i;

    for (i = 0; i < config->signing_key_count; i++)
        if (strcmp(config->signing_keys[i].state, "active") == 0)
            return config->signing_keys[i].algorithm;
    return "ES256";
}

/* The keys of `config`, all retired, and a free place behind them. */
static tokex_signing_key_t *retire_all(const tokex_config_t *config, apr_pool_t *pool)
{
    int count = config->signing_key_count, i;
    tokex_signing_key_t *keys = apr_pcalloc(pool, sizeof *keys * (apr_size_t)(count + 1));

    for (i = 0; i < count; i++) {
        keys[i] = config->signing_keys[i];
        keys[i].state = "retired";
    }
    return keys;
}

static const tokex_err_t *rotate(const ctl_t *ctl, const char *algorithm)
{
    const tokex_master_key_t *master;
    const tokex_config_t *config;
    tokex_config_t changed;
    tokex_signing_key_t *keys, *key;
    int64_t generation;
    tokex_db_t *db;

    TOKEX_RETURN_ERR(ctl_load(&db, &config, &generation, ctl, TOKEX_DB_WRITE));
    TOKEX_RETURN_ERR(tokex_seal_read_master_key(&master, ctl->master_path, ctl->pool));
    keys = retire_all(config, ctl->pool);
    key = &keys[config->signing_key_count];
    TOKEX_RETURN_ERR(tokex_signing_keys_make(key, algorithm ? algorithm : active_algorithm(config),
                                             ctl->now, master, ctl->crypt, ctl->pool));
    changed = *config;
    changed.signing_keys = keys;
    changed.signing_key_count++;
    TOKEX_RETURN_ERR(tokex_config_store_save(db, &changed, generation, ctl->pool));
    printf("active signing key %s (%s); %d retired and still published\n", key->kid, key->algorithm,
           config->signing_key_count);
    return NULL;
}

int ctl_key(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *algorithm = NULL;
    const args_option_t options[] = {{0, "algorithm", &algorithm, NULL}};
    args_t args = {options, 1, NULL, 0};
    const tokex_err_t *err;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1 || strcmp(args.operands[0], "rotate") != 0)
        return ctl_say(CTL_USAGE, "say: key rotate [--algorithm ALG]");
    if (algorithm && tokex_jwk_alg(algorithm) == TOKEX_ALG_NONE)
        return ctl_say(CTL_USAGE,
                       "%s: there is no such algorithm; one of RS256 RS384 RS512 PS256 PS384 PS512 "
                       "ES256 ES384 ES512 EdDSA",
                       algorithm);
    err = rotate(ctl, algorithm);
    return err ? ctl_error(ctl, err) : ctl_flush();
}
