#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#include "args.h"
#include "ctl.h"
#include "file.h"

typedef struct backup_t {
    const ctl_t *ctl;
    const char *directory;
    const char *config; /* the copies */
    const char *state;
} backup_t;

/* A copy of what `from` is in its transaction, whole and for its owner's eyes alone. */
static const tokex_err_t *copy(tokex_db_t *from, const char *path, tokex_db_kind_t kind,
                               apr_pool_t *pool)
{
    const tokex_err_t *err;
    apr_pool_t *scratch;
    tokex_db_t *to;

    apr_pool_create(&scratch, pool);
    err = tokex_db_open(&to, path, kind, TOKEX_DB_CREATE, false, scratch);
    if (!err)
        err = tokex_db_copy(from, to, scratch);
    if (!err)
        err = tokex_db_check(to, scratch);
    if (err)
        err = tokex_err_create(pool, err->code, NULL, "%s", tokex_err_text(err, scratch));
    apr_pool_destroy(scratch); /* closes the copy */
    return err ? err : file_set(path, 0600, (gid_t)-1, pool);
}

/* Both as of about one moment: neither is let go before the other is held. */
static const tokex_err_t *copy_both(const backup_t *backup, apr_pool_t *pool)
{
    const ctl_t *ctl = backup->ctl;
    tokex_db_t *config, *state;

    TOKEX_RETURN_ERR(
        tokex_db_open(&config, ctl->config_path, TOKEX_DB_CONFIG, TOKEX_DB_READ, false, pool));
    TOKEX_RETURN_ERR(
        tokex_db_open(&state, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_READ, false, pool));
    TOKEX_RETURN_ERR(tokex_db_begin(config, false, pool));
    TOKEX_RETURN_ERR(tokex_db_begin(state, false, pool));
    TOKEX_RETURN_ERR(copy(config, backup->config, TOKEX_DB_CONFIG, pool));
    return copy(state, backup->state, TOKEX_DB_STATE, pool);
}

static void take_back(const backup_t *backup)
{
    static const char *const besides[] = {"", "-journal", "-wal", "-shm"};
    size_t i;

    for (i = 0; i < sizeof besides / sizeof besides[0]; i++) {
        unlink(apr_pstrcat(backup->ctl->pool, backup->config, besides[i], NULL));
        unlink(apr_pstrcat(backup->ctl->pool, backup->state, besides[i], NULL));
    }
    rmdir(backup->directory);
}

static void tell(const backup_t *backup)
{
    const ctl_t *ctl = backup->ctl;

    printf("%s\n%s\n"
           "Keep a copy of %s with care, in another place: without it the private keys in these "
           "files cannot be opened.\n"
           "To restore: stop httpd; remove config.db*, state.db* in %s and %s; copy the two files "
           "there, with mode 0640 and 0660 and the group that httpd runs as; put the master key "
           "back; run `tokexctl migrate` and `tokexctl doctor --user USER`; start httpd.\n",
           backup->config, backup->state, ctl->master_path, ctl->config_directory,
           ctl->state_directory);
}

int ctl_backup(ctl_t *ctl, int argc, const char *const *argv)
{
    args_t args = {NULL, 0, NULL, 0};
    const tokex_err_t *err;
    backup_t backup;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: backup DIRECTORY, which does not exist yet");
    backup = (backup_t){ctl, args.operands[0],
                        apr_pstrcat(ctl->pool, args.operands[0], "/config.db", NULL),
                        apr_pstrcat(ctl->pool, args.operands[0], "/state.db", NULL)};
    if (mkdir(backup.directory, 0700)) {
        if (errno == EEXIST)
            return ctl_say(CTL_REFUSED,
                           "%s: exists already; name a directory that does not, so "
                           "that no backup is overwritten",
                           backup.directory);
        return ctl_error(ctl, file_error(backup.directory, ctl->pool));
    }
    err = copy_both(&backup, ctl->pool);
    if (err) {
        take_back(&backup);
        return ctl_error(ctl, err);
    }
    tell(&backup);
    return ctl_flush();
}
