/*
 * An installation: its databases and the key that seals what is secret in them. What the tools that
 * change it share: what its servers would make of a configuration, and the way of a change.
 */
#ifndef TOKEX_EDIT_INSTALLATION_H
#define TOKEX_EDIT_INSTALLATION_H

#include "crypt/seal.h"
#include "edit/edit.h"

typedef struct tokex_installation_t {
    const char *config_path;
    const char *state_path;
    const char *master_path;
    int64_t now; /* seconds */
    const tokex_crypt_t *crypt;
    apr_pool_t *pool;
} tokex_installation_t;

/*
 * `config` with the signing keys of state.db behind its own, as the server has them; `config`
 * itself when state.db or the master key cannot be read. What is left out is a warning in `faults`.
 */
const tokex_config_t *tokex_installation_join(const tokex_installation_t *site,
                                              const tokex_config_t *config, tokex_faults_t *faults);

/*
 * Compiles `joined` for every server that ran with this installation last, by the settings in
 * state.db; without any, for none in particular. TOKEX_E_DOCUMENT when `faults` holds an error.
 */
const tokex_err_t *tokex_installation_compile(const tokex_installation_t *site,
                                              const tokex_config_t *joined, tokex_faults_t *faults);

/* The way of a change in `db`, judged as these servers would, with lists for what is made and what
 * differs. `site` must live as long. */
tokex_edit_way_t tokex_installation_way(const tokex_installation_t *site, tokex_db_t *db,
                                        bool dry_run);

#endif
