#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "args.h"
#include "base/json.h"
#include "ctl.h"
#include "store/location_store.h"

typedef struct listing_t {
    const ctl_t *ctl;
    const tokex_location_row_t *rows;
    int count;
    const char *only_issuer; /* id of the one that is enabled; NULL: several, or none */
} listing_t;

static const char *find_only_issuer(const tokex_config_t *config)
{
    const char *found = NULL;
    int i, enabled = 0;

    for (i = 0; i < config->issuer_count; i++) {
        if (!config->issuers[i].enabled)
            continue;
        found = config->issuers[i].id;
        enabled++;
    }
    return enabled == 1 ? found : NULL;
}

/* A location that names no issuer trusts the only one, if there is only one. */
static const char *trusted(const listing_t *listing, const tokex_location_row_t *row)
{
    if (*row->issuers)
        return row->issuers;
    return listing->only_issuer ? listing->only_issuer : "";
}

static void field(const char *name, const char *value)
{
    if (*value)
        printf("    %-16s  %s\n", name, value);
}

static void print_requirements(const char *lines, apr_pool_t *pool)
{
    const char *name = "who may pass";
    char *state, *line = apr_strtok(apr_pstrdup(pool, lines), "\n", &state);

    if (!line)
        printf("    %-16s  %s\n", name, "nothing says so in this section or one around it");
    for (; line; line = apr_strtok(NULL, "\n", &state)) {
        printf("    %-16s  %s\n", name, line);
        name = "";
    }
}

static void print_row(const listing_t *listing, const tokex_location_row_t *row)
{
    apr_pool_t *pool = listing->ctl->pool;
    const char *issuers = trusted(listing, row);

    printf("%s  <%s>  %s:%" APR_INT64_T_FMT "\n", row->server, row->section, row->file,
           (apr_int64_t)row->line);
    field("AuthType", row->auth_type);
    field("client", row->client);
    field("trusted issuers", *row->issuers ? issuers
                             : *issuers    ? apr_pstrcat(pool, issuers, " (the only one)", NULL)
                                        : "none: several or none are enabled, and none is named");
    field("audience", row->audiences);
    field("resource", row->resources);
    field("scope", row->scope);
    field("our own tokens", row->own_tokens);
    field("exchange", row->exchange ? "on" : "off");
    field("user", row->user_claim);
    field("sent on", row->inject);
    print_requirements(row->requirements, pool);
}

static void member_list(tokex_jsonw_t *w, const char *name, const char *text, const char *by,
                        apr_pool_t *pool)
{
    char *state, *item = apr_strtok(apr_pstrdup(pool, text), by, &state);

    tokex_jsonw_name(w, name);
    tokex_jsonw_array_begin(w);
    for (; item; item = apr_strtok(NULL, by, &state))
        tokex_jsonw_string(w, item);
    tokex_jsonw_array_end(w);
}

static void print_json(const listing_t *listing)
{
    apr_pool_t *pool = listing->ctl->pool;
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 1024);
    int i;

    tokex_jsonw_array_begin(w);
    for (i = 0; i < listing->count; i++) {
        const tokex_location_row_t *row = &listing->rows[i];

        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "server", row->server);
        tokex_jsonw_member_string(w, "section", row->section);
        tokex_jsonw_member_string(w, "file", row->file);
        tokex_jsonw_member_integer(w, "line", row->line);
        tokex_jsonw_member_string(w, "auth_type", row->auth_type);
        tokex_jsonw_member_string(w, "client", row->client);
        member_list(w, "trusted_issuers", trusted(listing, row), " ", pool);
        member_list(w, "audience", row->audiences, " ", pool);
        member_list(w, "resource", row->resources, " ", pool);
        tokex_jsonw_member_string(w, "scope", row->scope);
        tokex_jsonw_member_string(w, "own_tokens", row->own_tokens);
        tokex_jsonw_member_bool(w, "exchange", row->exchange);
        tokex_jsonw_member_string(w, "user_claim", row->user_claim);
        tokex_jsonw_member_string(w, "inject", row->inject);
        member_list(w, "require", row->requirements, "\n", pool);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
    puts(tokex_jsonw_text(w, NULL));
}

static const tokex_err_t *open_listing(listing_t *listing, const ctl_t *ctl)
{
    const tokex_config_t *config;
    tokex_db_t *db;

    listing->ctl = ctl;
    TOKEX_RETURN_ERR(ctl_load_no_clients(&db, &config, ctl));
    listing->only_issuer = find_only_issuer(config);
    TOKEX_RETURN_ERR(
        tokex_db_open(&db, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_READ, false, ctl->pool));
    return tokex_location_store_read(&listing->rows, &listing->count, db, ctl->pool);
}

static int list(const ctl_t *ctl, int argc, const char *const *argv)
{
    bool json = false;
    const args_option_t options[] = {{0, "json", NULL, &json}};
    args_t args = {options, 1, NULL, 0};
    const tokex_err_t *err;
    listing_t listing;
    int i;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count)
        return ctl_say(CTL_USAGE, "location list takes no operand");
    err = open_listing(&listing, ctl);
    if (err)
        return ctl_error(ctl, err);
    if (json)
        print_json(&listing);
    for (i = 0; !json && i < listing.count; i++)
        print_row(&listing, &listing.rows[i]);
    if (!json && listing.count == 0)
        puts("The server that started last with this installation protects no location.");
    return ctl_flush();
}

int ctl_location(ctl_t *ctl, int argc, const char *const *argv)
{
    if (argc > 0 && strcmp(argv[0], "list") == 0)
        return list(ctl, argc - 1, argv + 1);
    return ctl_say(CTL_USAGE, "say: location list");
}
