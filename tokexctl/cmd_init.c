#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "args.h"
#include "config/document.h"
#include "ctl.h"
#include "file.h"
#include "keys/signing_keys.h"
#include "way.h"

/* DIR itself holds nothing that everybody may see either. */
#define DIRECTORY_MODE 0750
/* What is made in them belongs to the group. httpd only reads the one and writes the other. */
#define CONFIG_DIRECTORY_MODE 02750
#define STATE_DIRECTORY_MODE 02770

#define FIRST_ALGORITHM "ES256"

typedef struct init_t {
    const ctl_t *ctl;
    gid_t group;
    bool made_root;           /* the directory of the installation */
    apr_array_header_t *made; /* paths, to be taken away again when a later step fails */
} init_t;

static void note(init_t *init, const char *path)
{
    *(const char **)apr_array_push(init->made) = path;
}

static void take_back(const init_t *init)
{
    int i;

    for (i = init->made->nelts - 1; i >= 0; i--)
        remove(APR_ARRAY_IDX(init->made, i, const char *));
}

static bool find_group(gid_t *out, const char *name)
{
    const struct group *group;

    *out = getegid();
    if (!name)
        return true;
    group = getgrnam(name);
    if (group)
        *out = group->gr_gid;
    return group != NULL;
}

static int refuse_what_exists(const ctl_t *ctl)
{
    const char *const paths[] = {ctl->config_path, ctl->state_path, ctl->master_path};
    int code = CTL_DONE;
    size_t i;

    for (i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (access(paths[i], F_OK) == 0)
            code = ctl_say(CTL_REFUSED,
                           "%s: exists already; an installation is made once. "
                           "Nothing was changed.",
                           paths[i]);
    return code;
}

static const tokex_err_t *make_directory(init_t *init, const char *path, bool *made)
{
    *made = mkdir(path, 0700) == 0;
    if (*made)
        note(init, path);
    else if (errno != EEXIST)
        return file_error(path, init->ctl->pool);
    return NULL;
}

/* When all that belongs in them is there: until then the group has no way in. */
static const tokex_err_t *open_directories(init_t *init)
{
    const ctl_t *ctl = init->ctl;

    TOKEX_RETURN_ERR(
        file_set(ctl->config_directory, CONFIG_DIRECTORY_MODE, init->group, ctl->pool));
    TOKEX_RETURN_ERR(file_set(ctl->state_directory, STATE_DIRECTORY_MODE, init->group, ctl->pool));
    /* One that a package or a person made keeps its mode. */
    return init->made_root ? file_set(ctl->directory, DIRECTORY_MODE, init->group, ctl->pool)
                           : NULL;
}

static const tokex_err_t *make_directories(init_t *init)
{
    const ctl_t *ctl = init->ctl;
    char *parent = apr_pstrdup(ctl->pool, ctl->directory), *slash = strrchr(parent, '/');
    bool made;

    if (slash && slash != parent) {
        *slash = '\0';
        apr_dir_make_recursive(parent,
                               APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_UEXECUTE |
                                   APR_FPROT_GREAD | APR_FPROT_GEXECUTE | APR_FPROT_WREAD |
                                   APR_FPROT_WEXECUTE,
                               ctl->pool); /* a failure shows in the next step */
    }
    TOKEX_RETURN_ERR(make_directory(init, ctl->directory, &init->made_root));
    TOKEX_RETURN_ERR(make_directory(init, ctl->config_directory, &made));
    return make_directory(init, ctl->state_directory, &made);
}

static const tokex_err_t *make_database(init_t *init, tokex_db_t **db, tokex_db_kind_t kind,
                                        apr_pool_t *pool)
{
    const ctl_t *ctl = init->ctl;
    const char *path = kind == TOKEX_DB_CONFIG ? ctl->config_path : ctl->state_path;
    int applied;

    TOKEX_RETURN_ERR(tokex_db_open(db, path, kind, TOKEX_DB_CREATE, false, pool));
    note(init, path);
    TOKEX_RETURN_ERR(file_set(path, kind == TOKEX_DB_CONFIG ? 0640 : 0660, init->group, pool));
    return tokex_db_migrate(&applied, *db, ctl->now, pool);
}

static const tokex_err_t *make_key(const ctl_t *ctl, tokex_signing_key_t *key, tokex_db_t *db)
{
    const tokex_object_desc_t *desc = tokex_fields_list("signing_key")->object;
    const tokex_edit_author_t author = way_author(ctl, "the installation was made");
    const tokex_edit_way_t way = {.db = db};
    tokex_faults_t *faults = tokex_config_faults_create(ctl->pool);
    tokex_sealer_t sealer = {NULL, ctl->crypt};
    tokex_edit_t edit = {.noun = "signing_key"};

    TOKEX_RETURN_ERR(tokex_seal_read_master_key(&sealer.master, ctl->master_path, ctl->pool));
    TOKEX_RETURN_ERR(
        tokex_signing_keys_make(key, FIRST_ALGORITHM, ctl->now, ctl->now, &sealer, ctl->pool));
    edit.id = key->kid;
    edit.object = tokex_document_write_object(desc, key, true, ctl->pool);
    return tokex_edit_apply(NULL, NULL, &way, &edit, 1, &author, faults, ctl->pool);
}

static const tokex_err_t *make_all(init_t *init, tokex_signing_key_t *key, apr_pool_t *db_pool)
{
    const ctl_t *ctl = init->ctl;
    tokex_db_t *config, *state;

    TOKEX_RETURN_ERR(make_directories(init));
    TOKEX_RETURN_ERR(tokex_seal_create_master_key(ctl->master_path, ctl->pool));
    note(init, ctl->master_path);
    TOKEX_RETURN_ERR(file_set(ctl->master_path, 0640, init->group, ctl->pool));
    TOKEX_RETURN_ERR(make_database(init, &config, TOKEX_DB_CONFIG, db_pool));
    TOKEX_RETURN_ERR(make_database(init, &state, TOKEX_DB_STATE, db_pool));
    TOKEX_RETURN_ERR(make_key(ctl, key, config));
    return open_directories(init);
}

int ctl_init(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *group = NULL;
    const args_option_t options[] = {{0, "group", &group, NULL}};
    args_t args = {options, 1, NULL, 0};
    init_t init = {ctl, 0, false, apr_array_make(ctl->pool, 8, sizeof(const char *))};
    tokex_signing_key_t key;
    const tokex_err_t *err;
    apr_pool_t *db_pool;
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count)
        return ctl_say(CTL_USAGE, "init takes no operand");
    if (!find_group(&init.group, group))
        return ctl_say(CTL_REFUSED, "group %s: there is no such group", group);
    code = refuse_what_exists(ctl);
    if (code)
        return code;
    if (apr_pool_create(&db_pool, ctl->pool) != APR_SUCCESS)
        return ctl_say(CTL_CANNOT, "out of memory");
    err = make_all(&init, &key, db_pool);
    apr_pool_destroy(db_pool);
    if (err) {
        take_back(&init);
        return ctl_error(ctl, err);
    }
    printf("made %s\nmade %s\nmade %s\nactive signing key %s (%s)\n", ctl->config_path,
           ctl->state_path, ctl->master_path, key.kid, key.algorithm);
    if (!group)
        printf("group %lu: the user that httpd runs as must be in it (init --group)\n",
               (unsigned long)init.group);
    return ctl_flush();
}
