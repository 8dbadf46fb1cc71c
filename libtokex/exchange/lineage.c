#include "exchange/lineage.h"

#include <string.h>

#include <apr_strings.h>

#include "exchange/marks.h"

typedef struct lineage_t {
    tokex_run_t *run;
    const char *items[TOKEX_LIMIT_LINEAGE];
    int count;
} lineage_t;

static const tokex_err_t *refuse(const lineage_t *l, const tokex_party_t *party,
                                 const char *problem)
{
    const char *id = party->issuer->config->id;
    return tokex_trace_refuse(&l->run->outcome->trace, TOKEX_STEP_CLAIMS,
                              tokex_err_create(l->run->pool, TOKEX_E_LINEAGE, NULL,
                                               "%s (token of issuer \"%s\")", problem, id),
                              "issuer", id, NULL);
}

static const tokex_err_t *add(lineage_t *l, const tokex_party_t *party, const char *entry)
{
    for (int i = 0; i < l->count; i++)
        if (strcmp(l->items[i], entry) == 0)
            return NULL;
    if (strlen(entry) > TOKEX_LIMIT_ANCESTOR)
        return refuse(l, party,
                      apr_psprintf(l->run->pool, "jti is longer than %d octets with its issuer",
                                   TOKEX_LIMIT_ANCESTOR));
    if (l->count == TOKEX_LIMIT_LINEAGE)
        return refuse(
            l, party,
            apr_psprintf(l->run->pool, "there are more than %d ancestors", TOKEX_LIMIT_LINEAGE));
    l->items[l->count++] = entry;
    return NULL;
}

static const tokex_err_t *add_list(lineage_t *l, const tokex_party_t *party)
{
    const tokex_json_t *list = tokex_json_get(party->claims, "lineage");
    if (list && tokex_json_type(list) != TOKEX_JSON_ARRAY)
        return refuse(l, party, "lineage is no list");
    for (list = tokex_json_first(list); list; list = tokex_json_next(list)) {
        const char *entry = tokex_json_string(list);
        if (!entry || !*entry)
            return refuse(l, party, "lineage holds something else than texts");
        TOKEX_RETURN_ERR(add(l, party, entry));
    }
    return NULL;
}

static const tokex_err_t *add_client(lineage_t *l, const tokex_party_t *party)
{
    static const char mark[] = {TOKEX_ANCESTOR_CLIENT, '\0'};
    const char *client = tokex_json_string(tokex_json_get(party->claims, "client_id"));
    if (!client || !*client || strcmp(client, l->run->outcome->client->config->id) == 0)
        return NULL;
    return add(l, party, apr_pstrcat(l->run->pool, mark, client, NULL));
}

static const tokex_err_t *add_party(lineage_t *l, const tokex_party_t *party)
{
    const char *jti = tokex_json_string(tokex_json_get(party->claims, "jti"));
    if (party->issuer->is_self) {
        TOKEX_RETURN_ERR(add_list(l, party));
        TOKEX_RETURN_ERR(add_client(l, party));
    }
    if (!jti || !*jti)
        return NULL;
    return add(l, party,
               party->issuer->is_self
                   ? jti
                   : apr_pstrcat(l->run->pool, party->issuer->config->id, "#", jti, NULL));
}

const tokex_err_t *tokex_lineage_write(tokex_jsonw_t *w, tokex_run_t *run,
                                       const tokex_parties_t *parties)
{
    lineage_t l = {.run = run};
    TOKEX_RETURN_ERR(add_party(&l, &parties->subject));
    if (parties->has_actor)
        TOKEX_RETURN_ERR(add_party(&l, &parties->actor));
    if (run->family)
        TOKEX_RETURN_ERR(add(&l, &parties->subject, run->family));
    if (!l.count)
        return NULL;
    tokex_jsonw_name(w, "lineage");
    tokex_jsonw_array_begin(w);
    for (int i = 0; i < l.count; i++)
        tokex_jsonw_string(w, l.items[i]);
    tokex_jsonw_array_end(w);
    return NULL;
}
