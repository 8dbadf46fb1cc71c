/*
 * What the commands of tokexctl share: where the installation is, how to open its parts, how to
 * tell people what went wrong.
 */
#ifndef TOKEXCTL_CTL_H
#define TOKEXCTL_CTL_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "config/config.h"
#include "crypt/seal.h"
#include "edit/installation.h"
#include "policy/policy.h"
#include "store/db_sqlite.h"

/* Exit codes. */
enum {
    CTL_DONE = 0,
    CTL_REFUSED = 1, /* faults were found, or what was asked for is refused */
    CTL_USAGE = 2,
    CTL_CANNOT = 3 /* a file or a database */
};

/* One installation; lives as long as the process. */
typedef struct ctl_t {
    apr_pool_t *pool;
    const char *directory;
    const char *config_directory;
    const char *config_path;
    const char *state_directory;
    const char *state_path;
    const char *master_path;
    int64_t now; /* seconds */
    const tokex_crypt_t *crypt;
} ctl_t;

/* Fills `ctl`; `directory` and `master_path` may be NULL for the defaults. */
const tokex_err_t *ctl_create(ctl_t *ctl, const char *directory, const char *master_path,
                              apr_pool_t *pool);

/* The same installation, as the engine knows it; in the pool of `ctl`. */
tokex_installation_t *ctl_installation(const ctl_t *ctl);

/* Opens config.db and reads it. `generation` may be NULL. */
const tokex_err_t *ctl_load(tokex_db_t **db, const tokex_config_t **config, int64_t *generation,
                            const ctl_t *ctl, tokex_db_mode_t mode);

/* The same with some of the clients only (NULL: all), of which there may be ten thousand. */
const tokex_err_t *ctl_load_some(tokex_db_t **db, const tokex_config_t **config,
                                 const tokex_texts_t *clients, const ctl_t *ctl,
                                 tokex_db_mode_t mode);

/* The same without any, to look only. */
const tokex_err_t *ctl_load_no_clients(tokex_db_t **db, const tokex_config_t **config,
                                       const ctl_t *ctl);

/*
 * `config` with the signing keys of state.db behind its own, as the server has them; `config`
 * itself when state.db or the master key cannot be read. What is left out is a warning in `faults`.
 */
const tokex_config_t *ctl_join(const ctl_t *ctl, const tokex_config_t *config,
                               tokex_faults_t *faults);

/*
 * Compiles `config`, joined, for every server that ran with this installation last, by the settings
 * in state.db; without any, for none in particular. TOKEX_E_DOCUMENT when `faults` holds an error.
 */
const tokex_err_t *ctl_compile(const ctl_t *ctl, const tokex_config_t *config,
                               tokex_faults_t *faults);

/* The same for a configuration that is joined already. */
const tokex_err_t *ctl_compile_joined(const ctl_t *ctl, const tokex_config_t *joined,
                                      tokex_faults_t *faults);

/* Prints `err` with its remedy on standard error and gives the exit code that it means. */
int ctl_error(const ctl_t *ctl, const tokex_err_t *err);
/* Prints one line on standard error and gives `code`. */
int ctl_say(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints every fault on standard error, a line each. */
void ctl_faults(const ctl_t *ctl, const tokex_faults_t *faults);
/* CTL_DONE once everything printed on standard output has got there. */
int ctl_flush(void);

/* The commands. `argv` holds what stands behind the command's name. */
int ctl_init(ctl_t *ctl, int argc, const char *const *argv);
int ctl_migrate(ctl_t *ctl, int argc, const char *const *argv);
int ctl_import(ctl_t *ctl, int argc, const char *const *argv);
int ctl_export(ctl_t *ctl, int argc, const char *const *argv);
int ctl_issuer(ctl_t *ctl, int argc, const char *const *argv);
int ctl_client(ctl_t *ctl, int argc, const char *const *argv);
int ctl_rule(ctl_t *ctl, int argc, const char *const *argv);
int ctl_target(ctl_t *ctl, int argc, const char *const *argv);
int ctl_scope(ctl_t *ctl, int argc, const char *const *argv);
int ctl_mapping(ctl_t *ctl, int argc, const char *const *argv);
int ctl_procedure(ctl_t *ctl, int argc, const char *const *argv);
int ctl_history(ctl_t *ctl, int argc, const char *const *argv);
int ctl_restore(ctl_t *ctl, int argc, const char *const *argv);
int ctl_key(ctl_t *ctl, int argc, const char *const *argv);
int ctl_location(ctl_t *ctl, int argc, const char *const *argv);
int ctl_doctor(ctl_t *ctl, int argc, const char *const *argv);
int ctl_backup(ctl_t *ctl, int argc, const char *const *argv);
int ctl_account(ctl_t *ctl, int argc, const char *const *argv);
int ctl_link(ctl_t *ctl, int argc, const char *const *argv);
int ctl_demo(ctl_t *ctl, int argc, const char *const *argv);
int ctl_activity(ctl_t *ctl, int argc, const char *const *argv);
int ctl_explain(ctl_t *ctl, int argc, const char *const *argv);
int ctl_token(ctl_t *ctl, int argc, const char *const *argv);
int ctl_try(ctl_t *ctl, int argc, const char *const *argv);
int ctl_schema(ctl_t *ctl, int argc, const char *const *argv);

#endif
