#include "explain/world.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "crypt/jws.h"
#include "edit/edit.h"
#include "exchange/sealed_token.h"
#include "store/config_rows.h"
#include "store/revocation_store.h"
#include "store/state_store.h"

/* What state.db has. */
typedef struct state_t {
    const tokex_setting_t *settings;
    int setting_count;
    const tokex_fetched_t *fetched;
    int fetched_count;
    tokex_revocations_t *revocations;
    tokex_db_t *db; /* local accounts are read when they are asked for */
} state_t;

static tokex_db_mode_t mode_of(const tokex_world_view_t *view)
{
    return view->peek ? TOKEX_DB_PEEK : TOKEX_DB_READ;
}

/* Where revocations go, and the time that tells which have ended. */
typedef struct taker_t {
    tokex_revocations_t *set;
    int64_t now;
} taker_t;

static const tokex_err_t *take_revocation(void *ctx, const tokex_revocation_t *row)
{
    const taker_t *taker = ctx;

    return tokex_revocations_put(taker->set, row, taker->now);
}

static const tokex_err_t *read_revocations(state_t *state, tokex_db_t *db, int64_t now,
                                           apr_pool_t *pool)
{
    taker_t taker = {NULL, now};
    int64_t number = 0;

    TOKEX_RETURN_ERR(tokex_revocations_create(&state->revocations, pool));
    taker.set = state->revocations;
    return tokex_revocation_store_follow(db, &number, take_revocation, &taker, pool);
}

static const tokex_err_t *read_state(state_t *state, tokex_world_t *world,
                                     const tokex_world_view_t *view,
                                     const tokex_installation_t *site, apr_pool_t *pool)
{
    tokex_db_t *db;

    TOKEX_RETURN_ERR(
        tokex_db_open(&db, site->state_path, TOKEX_DB_STATE, mode_of(view), false, pool));
    state->db = db;
    TOKEX_RETURN_ERR(
        tokex_state_store_settings(&state->settings, &state->setting_count, db, pool, pool));
    TOKEX_RETURN_ERR(
        tokex_key_store_changed(&state->fetched, &state->fetched_count, db, 0, pool, pool));
    TOKEX_RETURN_ERR(read_revocations(state, db, view->now, pool));
    return tokex_location_store_read(&world->locations, &world->location_count, db, pool);
}

static void assume(tokex_world_t *world, const char *text)
{
    APR_ARRAY_PUSH(world->assumed, const char *) = text;
}

/* The settings of one virtual host. */
static void take_settings(tokex_world_t *world, const state_t *state)
{
    int i;

    for (i = 0; i < state->setting_count; i++) {
        const tokex_setting_t *setting = &state->settings[i];

        if (strcmp(setting->server, world->server_name) != 0)
            continue;
        if (strcmp(setting->name, "TokexIssuer") == 0)
            world->server.issuer = setting->value;
        else if (strcmp(setting->name, "TokexTenant") == 0)
            world->server.tenant = setting->value;
        else if (strcmp(setting->name, "TokexServerId") == 0)
            world->server.server_id = setting->value;
        else if (strcmp(setting->name, "TokexExchange") == 0)
            world->exchanges = strcmp(setting->value, "Off") != 0;
        else if (strcmp(setting->name, "TokexAccountQuery") == 0 &&
                 strcmp(setting->value, "Off") != 0)
            world->account_source = TOKEX_ACCOUNT_SQL;
        else if (strcmp(setting->name, "TokexAccountLDAP") == 0 &&
                 strcmp(setting->value, "Off") != 0)
            world->account_source = TOKEX_ACCOUNT_LDAP;
    }
}

/* The names of all hosts, joined; `*count` of them. */
static const char *host_names(const state_t *state, int *count, apr_pool_t *pool)
{
    const char *text = "", *last = NULL;
    int i;

    *count = 0;
    for (i = 0; i < state->setting_count; i++) {
        const char *name = state->settings[i].server;

        if (last && strcmp(last, name) == 0)
            continue;
        text = apr_pstrcat(pool, text, *text ? ", " : "", name, NULL);
        last = name;
        ++*count;
    }
    return text;
}

static bool is_host(const state_t *state, const char *name)
{
    int i;

    for (i = 0; i < state->setting_count; i++)
        if (strcmp(state->settings[i].server, name) == 0)
            return true;
    return false;
}

/* Is the section called that, whole or without its kind and its quotation marks? Of one inside
 * another the inner one counts. */
static bool is_called(const tokex_location_row_t *row, const char *name)
{
    size_t len = strlen(row->section), name_len = strlen(name);
    const char *section = row->section;

    if (strcmp(section, name) == 0)
        return true;
    if (len > name_len + 2 && section[len - 1] == '"' && section[len - name_len - 2] == '"')
        return strncmp(section + len - name_len - 1, name, name_len) == 0;
    return len > name_len && section[len - name_len - 1] == ' ' &&
           strcmp(section + len - name_len, name) == 0;
}

const tokex_location_row_t *tokex_world_location(const tokex_world_t *world, const char *name)
{
    const tokex_location_row_t *found = NULL;
    int i;

    for (i = 0; i < world->location_count; i++) {
        const tokex_location_row_t *row = &world->locations[i];

        if (!world->server_name || strcmp(row->server, world->server_name) != 0 || !*row->client ||
            !is_called(row, name))
            continue;
        if (found)
            return NULL;
        found = row;
    }
    return found;
}

/* The one server that has a location of that name; NULL: none, or several. */
static const char *server_of(const tokex_world_t *world, const char *location)
{
    const char *server = NULL;
    int i;

    for (i = 0; i < world->location_count; i++) {
        const tokex_location_row_t *row = &world->locations[i];

        if (!*row->client || !is_called(row, location))
            continue;
        if (server && strcmp(server, row->server) != 0)
            return NULL;
        server = row->server;
    }
    return server;
}

static tokex_world_problem_t choose_server(tokex_world_t *world, const char **names,
                                           const state_t *state, const tokex_world_view_t *view,
                                           apr_pool_t *pool)
{
    int count;
    const char *wanted =
        view->server || !view->location ? view->server : server_of(world, view->location);

    *names = host_names(state, &count, pool);
    world->exchanges = true;
    world->server = (tokex_server_t){TOKEX_WORLD_ISSUER_UNKNOWN, "default", "default"};
    if (wanted && !is_host(state, wanted))
        return TOKEX_WORLD_SERVER_UNKNOWN;
    if (!wanted && count > 1)
        return TOKEX_WORLD_SERVER_NEEDED;
    if (count == 0) {
        assume(world, "no server ran with this installation yet: TokexIssuer is taken to "
                      "be " TOKEX_WORLD_ISSUER_UNKNOWN
                      ", TokexTenant and TokexServerId \"default\"; a token whose "
                      "aud is your issuer URL is refused here");
        return TOKEX_WORLD_READ;
    }
    world->server_name = wanted ? wanted : state->settings[0].server;
    take_settings(world, state);
    return TOKEX_WORLD_READ;
}

static const tokex_err_t *make_engine(tokex_world_t *world, const tokex_config_t *config,
                                      const state_t *state, const tokex_world_view_t *view,
                                      const tokex_installation_t *site, tokex_faults_t *faults,
                                      apr_pool_t *pool)
{
    tokex_sealer_t *sealer = apr_pcalloc(pool, sizeof *sealer);
    const tokex_try_source_t source = {config,
                                       &world->server,
                                       sealer,
                                       state->fetched,
                                       state->fetched_count,
                                       state->revocations,
                                       view->now,
                                       state->db,
                                       world->account_source};

    sealer->crypt = site->crypt;
    TOKEX_RETURN_ERR(tokex_seal_read_master_key(&sealer->master, site->master_path, pool));
    return tokex_try_create(&world->engine, &source, faults, pool);
}

/* One name once, as a list. */
static void add_name(apr_array_header_t *names, const char *name)
{
    int i;

    for (i = 0; name && i < names->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(names, i, const char *), name) == 0)
            return;
    }
    if (name)
        APR_ARRAY_PUSH(names, const char *) = name;
}

/* A token of ours names the client that it was issued to, which must be there still; and no
 * subject may have the id of a client. */
static void add_names_of(apr_array_header_t *names, const char *token, apr_pool_t *pool)
{
    const tokex_jws_t *jws;

    if (!token || tokex_jws_parse(&jws, token, strlen(token), pool))
        return;
    add_name(names, tokex_json_string(tokex_json_get(jws->claims, "client_id")));
    add_name(names, tokex_json_string(tokex_json_get(jws->claims, "sub")));
}

/* What an opaque one of ours names is sealed in it. */
static bool is_sealed(const char *token)
{
    const tokex_token_text_t text = {token, token ? strlen(token) : 0};

    return tokex_sealed_token_is_likely(text);
}

/* The clients that have to be read; none: all, as a draft may hold any of them. */
static tokex_texts_t clients_of(const tokex_world_t *world, const tokex_world_view_t *view,
                                apr_pool_t *pool)
{
    const tokex_location_row_t *row =
        view->location ? tokex_world_location(world, view->location) : NULL;
    apr_array_header_t *names = apr_array_make(pool, 6, sizeof(const char *));

    add_name(names, row ? row->client : view->clients[0]);
    add_name(names, row ? NULL : view->clients[1]);
    if (view->draft || !names->nelts || is_sealed(view->tokens[0]) || is_sealed(view->tokens[1]))
        return (tokex_texts_t){NULL, 0};
    add_names_of(names, view->tokens[0], pool);
    add_names_of(names, view->tokens[1], pool);
    return (tokex_texts_t){(const char *const *)names->elts, names->nelts};
}

static const tokex_err_t *read_config(const tokex_config_t **out, const tokex_world_t *world,
                                      const tokex_world_view_t *view,
                                      const tokex_installation_t *site, tokex_faults_t *faults)
{
    const tokex_texts_t only = clients_of(world, view, site->pool);
    tokex_db_t *db;

    TOKEX_RETURN_ERR(
        tokex_db_open(&db, site->config_path, TOKEX_DB_CONFIG, mode_of(view), false, site->pool));
    TOKEX_RETURN_ERR(tokex_db_begin(db, false, site->pool));
    TOKEX_RETURN_ERR(
        tokex_config_rows_load(out, db, only.count ? &only : NULL, site->pool, site->pool));
    TOKEX_RETURN_ERR(tokex_db_commit(db, site->pool));
    if (view->draft)
        TOKEX_RETURN_ERR(tokex_edit_draft(out, *out, view->draft, view->draft_len, site->now,
                                          faults, site->pool));
    *out = tokex_installation_join(site, *out, faults);
    return NULL;
}

const tokex_err_t *tokex_world_read(tokex_world_t **out, tokex_world_problem_t *problem,
                                    const char **servers, const tokex_world_view_t *view,
                                    const tokex_installation_t *site, tokex_faults_t *faults)
{
    apr_pool_t *pool = site->pool;
    tokex_world_t *world = apr_pcalloc(pool, sizeof *world);
    const tokex_config_t *config;
    state_t state;

    world->assumed = apr_array_make(pool, 2, sizeof(const char *));
    TOKEX_RETURN_ERR(read_state(&state, world, view, site, pool));
    *problem = choose_server(world, servers, &state, view, pool);
    if (*problem != TOKEX_WORLD_READ)
        return NULL;
    if (view->now != site->now)
        assume(world, "the time is another one, configuration and keys are those of now");
    TOKEX_RETURN_ERR(read_config(&config, world, view, site, faults));
    TOKEX_RETURN_ERR(make_engine(world, config, &state, view, site, faults, pool));
    *out = world;
    return NULL;
}

tokex_texts_t tokex_world_requirements(const tokex_location_row_t *location, apr_pool_t *pool)
{
    apr_array_header_t *lines = apr_array_make(pool, 4, sizeof(const char *));
    char *rest = apr_pstrdup(pool, location->requirements), *line;

    while ((line = strsep(&rest, "\n"))) {
        if (*line && apr_cstr_casecmp(line, "Require valid-user") != 0)
            APR_ARRAY_PUSH(lines, const char *) = line;
    }
    return (tokex_texts_t){(const char *const *)lines->elts, lines->nelts};
}
