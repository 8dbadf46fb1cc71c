#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_strings.h>

#include "args.h"
#include "ctl.h"
#include "key_places.h"
#include "key.h"
#include "keys/signing_keys.h"
#include "keys/token_ask.h"
#include "store/config_store.h"
#include "store/serving_store.h"
#include "store/state_store.h"

typedef struct doctor_t {
    const ctl_t *ctl;
    int failed;
    const tokex_config_t *config; /* NULL: it was not found sound */
} doctor_t;

/* ---- One line a check */

static bool passed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static bool failed(doctor_t *doctor, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool passed(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fputs("ok    ", stdout);
    vprintf(fmt, args);
    putchar('\n');
    va_end(args);
    return true;
}

static bool failed(doctor_t *doctor, const char *fmt, ...)
{
    va_list args;

    doctor->failed++;
    va_start(args, fmt);
    fputs("FAIL  ", stdout);
    vprintf(fmt, args);
    putchar('\n');
    va_end(args);
    return false;
}

static bool failed_with(doctor_t *doctor, const tokex_err_t *err)
{
    return failed(doctor, "%s. %s", tokex_err_text(err, doctor->ctl->pool),
                  tokex_err_info(err->code)->remedy);
}

/* ---- Files */

static bool check_mode(doctor_t *doctor, const char *path, mode_t wanted, bool may_be_absent)
{
    struct stat info;
    mode_t mode;

    if (stat(path, &info)) {
        if (errno == ENOENT && may_be_absent)
            return true;
        return failed(doctor, "%s: %s. `tokexctl init` makes an installation.", path,
                      strerror(errno));
    }
    mode = info.st_mode & 07777;
    if (mode != wanted)
        return failed(doctor, "%s: mode %04o instead of %04o. chmod %04o %s", path, (unsigned)mode,
                      (unsigned)wanted, (unsigned)wanted, path);
    return passed("%s: mode %04o, group %lu", path, (unsigned)mode, (unsigned long)info.st_gid);
}

static void check_modes(doctor_t *doctor)
{
    const ctl_t *ctl = doctor->ctl;
    apr_pool_t *pool = ctl->pool;

    check_mode(doctor, ctl->config_directory, 02750, false);
    check_mode(doctor, ctl->config_path, 0640, false);
    check_mode(doctor, apr_pstrcat(pool, ctl->config_path, "-journal", NULL), 0640, true);
    check_mode(doctor, ctl->state_directory, 02770, false);
    check_mode(doctor, ctl->state_path, 0660, false);
    check_mode(doctor, apr_pstrcat(pool, ctl->state_path, "-wal", NULL), 0660, true);
    check_mode(doctor, apr_pstrcat(pool, ctl->state_path, "-shm", NULL), 0660, true);
    check_mode(doctor, ctl->master_path, 0640, false);
}

/* ---- Databases */

static const tokex_err_t *open_and_check(tokex_db_t **db, const char *path, tokex_db_kind_t kind,
                                         apr_pool_t *pool)
{
    TOKEX_RETURN_ERR(tokex_db_open(db, path, kind, TOKEX_DB_LOOK, false, pool));
    return tokex_db_check(*db, pool);
}

static bool check_database(doctor_t *doctor, tokex_db_t **db, tokex_db_kind_t kind)
{
    const char *path = kind == TOKEX_DB_CONFIG ? doctor->ctl->config_path : doctor->ctl->state_path;
    const tokex_err_t *err = open_and_check(db, path, kind, doctor->ctl->pool);

    if (err)
        return failed_with(doctor, err);
    return passed("%s: schema %d, whole", path, tokex_db_schema_known(kind));
}

/* What each key does, all of them opened. */
static void tell_keys(const ctl_t *ctl, const tokex_config_t *config)
{
    const tokex_key_life_t *lives = tokex_key_life(config, ctl->now, ctl->pool);
    int64_t activates;
    int i;

    for (i = 0; i < config->signing_key_count; i++) {
        const tokex_signing_key_t *key = &config->signing_keys[i];

        if (lives[i].state == TOKEX_KEY_ACTIVE)
            passed("signing key %s (%s) opens with %s", key->kid, key->algorithm, ctl->master_path);
        else if (lives[i].state == TOKEX_KEY_NEXT)
            passed("next signing key %s (%s) opens with %s; it signs from %s on", key->kid,
                   key->algorithm, ctl->master_path, key_time(key->activates, ctl->pool));
        else if (lives[i].state == TOKEX_KEY_DEAD)
            printf("info  signing key %s (%s) has been dead since %s; `tokexctl key remove -- %s` "
                   "clears it away\n",
                   key->kid, key->algorithm, key_time(lives[i].published_until, ctl->pool),
                   key->kid);
    }
    for (i = 0; i < config->signing_count; i++)
        if (tokex_key_life_due(&activates, config, &config->signing[i], ctl->now))
            printf("info  the next %s key is due; httpd makes it while it runs\n",
                   config->signing[i].algorithm);
}

/* What issuers are asked with about tokens. */
static void check_secrets(doctor_t *doctor, const tokex_config_t *config,
                          const tokex_sealer_t *sealer)
{
    const ctl_t *ctl = doctor->ctl;
    const char *secret;
    int i;

    for (i = 0; i < config->issuer_count; i++) {
        const tokex_issuer_t *issuer = &config->issuers[i];

        if (!issuer->introspection_url || !issuer->introspection_sealed)
            continue;
        if (tokex_token_ask_open(&secret, issuer, sealer, ctl->pool))
            failed(doctor,
                   "introspection_secret of issuer \"%s\" does not open with %s, so its opaque "
                   "tokens get 503. Write it again.",
                   issuer->id, ctl->master_path);
        else
            passed("introspection_secret of issuer \"%s\" opens with %s", issuer->id,
                   ctl->master_path);
    }
}

static void check_key(doctor_t *doctor, const tokex_config_t *config)
{
    const ctl_t *ctl = doctor->ctl;
    tokex_sealer_t sealer = {NULL, ctl->crypt};
    const tokex_signing_keys_t *keys;
    const tokex_err_t *err =
        tokex_seal_read_master_key(&sealer.master, ctl->master_path, ctl->pool);

    if (!err)
        check_secrets(doctor, config, &sealer);
    if (!err)
        err = tokex_signing_keys_open(&keys, config, ctl->now, &sealer, ctl->pool);
    if (err)
        failed_with(doctor, err);
    else
        tell_keys(ctl, config);
}

static void check_config(doctor_t *doctor)
{
    const ctl_t *ctl = doctor->ctl;
    tokex_faults_t *faults = tokex_config_faults_create(ctl->pool);
    const tokex_config_t *config;
    const tokex_err_t *err;
    int64_t generation;
    tokex_db_t *db;
    int i;

    if (!check_database(doctor, &db, TOKEX_DB_CONFIG))
        return;
    err = tokex_config_store_load(&config, &generation, db, ctl->pool, ctl->pool);
    if (err) {
        failed_with(doctor, err);
        return;
    }
    err = ctl_compile(ctl, config, faults);
    if (err)
        failed(doctor,
               "the configuration does not compile: %s. Correct it in an export and import "
               "it.",
               tokex_err_text(err, ctl->pool));
    else
        passed("the configuration compiles: generation %" APR_INT64_T_FMT
               ", issuers %d, targets %d, clients %d",
               generation, config->issuer_count, config->target_count, config->client_count);
    doctor->config = err ? NULL : config;
    for (i = 0; i < faults->count; i++)
        printf("      %s%s\n", faults->items[i].warning ? "warning: " : "",
               tokex_config_fault_text(&faults->items[i], ctl->pool));
    check_key(doctor, ctl_join(ctl, config, faults));
}

/* What the processes of a running server serve. */
static const tokex_err_t *tell_served(doctor_t *doctor, tokex_db_t *db)
{
    const ctl_t *ctl = doctor->ctl;
    tokex_serving_report_t report;
    int i;

    TOKEX_RETURN_ERR(tokex_serving_store_read(&report, db, ctl->pool));
    if (tokex_serving_count(&report, TOKEX_SERVER_TOLD) < ctl->now - TOKEX_SERVER_SILENT)
        return NULL;
    for (i = 0; i < report.serving_count; i++) {
        const tokex_serving_t *serving = &report.servings[i];

        if (serving->state == TOKEX_SERVING_NONE)
            failed(doctor,
                   "%" APR_INT64_T_FMT " processes of httpd can load no configuration and answer "
                   "503: its error log says why.",
                   (apr_int64_t)serving->processes);
        else if (serving->state == TOKEX_SERVING_KEPT)
            failed(doctor,
                   "%" APR_INT64_T_FMT " processes of httpd serve generation %" APR_INT64_T_FMT
                   ", because what stands there now cannot be loaded: its error log says why.",
                   (apr_int64_t)serving->processes, (apr_int64_t)serving->generation);
        else
            printf("info  processes of httpd that serve generation %" APR_INT64_T_FMT
                   ": %" APR_INT64_T_FMT "\n",
                   (apr_int64_t)serving->generation, (apr_int64_t)serving->processes);
    }
    return NULL;
}

static void check_state(doctor_t *doctor)
{
    const ctl_t *ctl = doctor->ctl;
    const tokex_setting_t *settings;
    const tokex_err_t *err;
    tokex_db_t *db;
    int count, i;

    if (!check_database(doctor, &db, TOKEX_DB_STATE))
        return;
    err = tokex_state_store_settings(&settings, &count, db, ctl->pool, ctl->pool);
    if (err) {
        failed_with(doctor, err);
        return;
    }
    for (i = 0; i < count; i++)
        printf("info  in force on %s: %s %s\n", settings[i].server, settings[i].name,
               settings[i].value);
    if (!count)
        puts("info  no httpd has started with this installation yet");
    err = tell_served(doctor, db);
    if (err)
        failed_with(doctor, err);
    err = doctor->config ? key_places_print(ctl, doctor->config, db) : NULL;
    if (err)
        failed_with(doctor, err);
}

/* ---- As the user that httpd runs as */

static const tokex_err_t *use_all(const ctl_t *ctl, apr_pool_t *pool)
{
    const tokex_master_key_t *master;
    tokex_db_t *db;

    TOKEX_RETURN_ERR(
        tokex_db_open(&db, ctl->config_path, TOKEX_DB_CONFIG, TOKEX_DB_READ, false, pool));
    TOKEX_RETURN_ERR(
        tokex_db_open(&db, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_WRITE, false, pool));
    TOKEX_RETURN_ERR(tokex_db_begin(db, true, pool));
    tokex_db_rollback(db);
    return tokex_seal_read_master_key(&master, ctl->master_path, pool);
}

static int become_and_use(doctor_t *doctor, const struct passwd *user)
{
    const tokex_err_t *err;
    apr_pool_t *pool;

    if (geteuid() == 0 &&
        (initgroups(user->pw_name, user->pw_gid) || setgid(user->pw_gid) || setuid(user->pw_uid)))
        return !failed(doctor, "user %s: %s", user->pw_name, strerror(errno));
    if (access(doctor->ctl->config_path, W_OK) == 0)
        failed(doctor, "user %s may write %s, which httpd must not. Let root own it.",
               user->pw_name, doctor->ctl->config_path);
    if (apr_pool_create(&pool, doctor->ctl->pool) != APR_SUCCESS)
        return 1;
    err = use_all(doctor->ctl, pool);
    apr_pool_destroy(pool);
    if (err)
        failed(doctor, "user %s: %s. Put the user into the group of the installation.",
               user->pw_name, tokex_err_text(err, doctor->ctl->pool));
    else if (!doctor->failed)
        passed("user %s can read config.db and the master key, and write state.db", user->pw_name);
    return doctor->failed != 0;
}

/* A child, because who has become somebody else cannot come back; before any database is open,
 * because SQLite must not be carried across a fork. */
static int check_as(doctor_t *doctor, const char *name)
{
    const struct passwd *user = getpwnam(name);
    int status;
    pid_t child;

    if (!user)
        return ctl_say(CTL_USAGE, "user %s: there is no such user", name);
    if (geteuid() != 0 && geteuid() != user->pw_uid)
        return ctl_say(CTL_USAGE, "only root can check as another user");
    fflush(stdout);
    child = fork();
    if (child == 0) {
        doctor->failed = 0;
        status = become_and_use(doctor, user);
        fflush(stdout);
        _exit(status);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
        WEXITSTATUS(status))
        doctor->failed++;
    return CTL_DONE;
}

int ctl_doctor(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *user = NULL;
    const args_option_t options[] = {{0, "user", &user, NULL}};
    args_t args = {options, 1, NULL, 0};
    doctor_t doctor = {ctl, 0, NULL};
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count)
        return ctl_say(CTL_USAGE, "doctor takes no operand");
    check_modes(&doctor);
    code = user ? check_as(&doctor, user) : CTL_DONE;
    if (code)
        return code;
    check_config(&doctor);
    check_state(&doctor);
    code = ctl_flush();
    if (code)
        return code;
    return doctor.failed ? CTL_REFUSED : CTL_DONE;
}
