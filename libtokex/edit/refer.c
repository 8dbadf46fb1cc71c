#include "edit/edit_private.h"

#include <string.h>

#include <apr_strings.h>

/* So many are named; of the others there is a number. */
#define NAMED 5

/* Those who refer to one object. */
typedef struct referrers_t {
    const tokex_edit_run_t *run;
    const tokex_edit_slot_t *slot;
    const char *names; /* "a, b, c"; NULL: none yet */
    int count;
} referrers_t;

static void add(referrers_t *r, const char *id)
{
    const char *shown = tokex_err_shown(r->run->pool, id, strlen(id));

    r->count++;
    if (r->count <= NAMED)
        r->names = r->names ? apr_pstrcat(r->run->pool, r->names, ", ", shown, NULL) : shown;
}

static void start(referrers_t *r)
{
    r->names = NULL;
    r->count = 0;
}

/* `many` is "rules of %d clients name it", `one` the same of one. */
static void complain(const referrers_t *r, const char *field, const char *one, const char *many)
{
    const tokex_place_t at = {
        .object = r->slot->list->object->noun, .id = r->slot->id, .field = field};
    const char *more = r->count > NAMED ? ", ..." : "";

    if (!r->count)
        return;
    if (r->count == 1)
        tokex_faults_error(r->run->faults, &at, "Take it out there first.", "%s: %s", one,
                           r->names);
    else
        tokex_faults_error(r->run->faults, &at, "Take it out there first.", "%d %s: %s%s", r->count,
                           many, r->names, more);
}

static bool holds(const tokex_texts_t *texts, const char *id)
{
    int i;

    for (i = 0; i < texts->count; i++)
        if (texts->items[i] && strcmp(texts->items[i], id) == 0)
            return true;
    return false;
}

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool maps_to(const tokex_issuer_t *issuer, const char *scope)
{
    int i;

    for (i = 0; i < issuer->scope_map_count; i++)
        if (same(issuer->scope_map[i].to, scope))
            return true;
    return false;
}

static void find_targets(referrers_t *r, const tokex_config_t *wanted)
{
    int i;

    start(r);
    for (i = 0; i < wanted->target_count; i++)
        if (holds(&wanted->targets[i].scopes, r->slot->id))
            add(r, wanted->targets[i].id);
    complain(r, NULL, "a target knows it", "targets know it");
}

static void find_issuers(referrers_t *r, const tokex_config_t *wanted, bool mapping)
{
    int i;

    start(r);
    for (i = 0; i < wanted->issuer_count; i++) {
        const tokex_issuer_t *issuer = &wanted->issuers[i];

        if (mapping ? same(issuer->mapping, r->slot->id) : maps_to(issuer, r->slot->id))
            add(r, issuer->id);
    }
    complain(r, NULL, mapping ? "an issuer uses it" : "the scope map of an issuer names it",
             mapping ? "issuers use it" : "issuers name it in their scope maps");
}

/* Those that are changed in the same go are judged as they become. */
static bool is_changed(const tokex_edit_slot_t *slots, int count, const char *client)
{
    int i;

    for (i = 0; i < count; i++)
        if (strcmp(slots[i].list->object->noun, "client") == 0 && strcmp(slots[i].id, client) == 0)
            return true;
    return false;
}

static const tokex_err_t *find_clients(referrers_t *r, tokex_sql_t statement,
                                       const tokex_edit_slot_t *slots, int count)
{
    tokex_texts_t clients;
    int i;

    start(r);
    TOKEX_RETURN_ERR(tokex_config_rows_referrers(&clients, r->run->way->db, statement, r->slot->id,
                                                 r->run->pool));
    for (i = 0; i < clients.count; i++)
        if (!is_changed(slots, count, clients.items[i]))
            add(r, clients.items[i]);
    return NULL;
}

static const tokex_err_t *refer_gone(referrers_t *r, const tokex_edit_slot_t *slots, int count,
                                     const tokex_config_t *wanted)
{
    const char *noun = r->slot->list->object->noun;

    if (strcmp(noun, "scope") == 0) {
        TOKEX_RETURN_ERR(find_clients(r, TOKEX_SQL_CONFIG_REFER_SCOPE, slots, count));
        complain(r, NULL, "a client or a rule of it names it", "clients or rules of them name it");
        find_targets(r, wanted);
        find_issuers(r, wanted, false);
    } else if (strcmp(noun, "target") == 0) {
        TOKEX_RETURN_ERR(find_clients(r, TOKEX_SQL_CONFIG_REFER_TARGET, slots, count));
        complain(r, NULL, "a client or a rule of it names it", "clients or rules of them name it");
    } else if (strcmp(noun, "issuer") == 0) {
        TOKEX_RETURN_ERR(find_clients(r, TOKEX_SQL_CONFIG_REFER_ISSUER, slots, count));
        complain(r, NULL, "rules of a client name it", "clients have rules that name it");
        TOKEX_RETURN_ERR(find_clients(r, TOKEX_SQL_CONFIG_REFER_OPAQUE_ISSUER, slots, count));
        complain(r, NULL, "it is opaque_issuer of a client", "clients have it as opaque_issuer");
    } else if (strcmp(noun, "procedure") == 0) {
        TOKEX_RETURN_ERR(find_clients(r, TOKEX_SQL_CONFIG_REFER_PROCEDURE, slots, count));
        complain(r, NULL, "a client or a rule of it passes it", "clients or rules of them pass it");
    } else if (strcmp(noun, "mapping") == 0) {
        find_issuers(r, wanted, true);
    }
    return NULL;
}

/* A rule may name a scope as a sensitive one only while it is. */
static const tokex_err_t *refer_changed(referrers_t *r, const tokex_edit_slot_t *slots, int count)
{
    const tokex_scope_t *before = r->slot->before, *after = r->slot->after;

    if (strcmp(r->slot->list->object->noun, "scope") != 0 || !before->sensitive || after->sensitive)
        return NULL;
    TOKEX_RETURN_ERR(find_clients(r, TOKEX_SQL_CONFIG_REFER_SENSITIVE_SCOPE, slots, count));
    complain(r, "sensitive", "rules of a client name it in sensitive_scopes",
             "clients have rules that name it in sensitive_scopes");
    return NULL;
}

const tokex_err_t *tokex_edit_refer(const tokex_edit_run_t *run, const tokex_edit_slot_t *slots,
                                    int count, const tokex_config_t *wanted)
{
    int i;

    for (i = 0; i < count; i++) {
        referrers_t r = {.run = run, .slot = &slots[i]};

        if (!slots[i].after)
            TOKEX_RETURN_ERR(refer_gone(&r, slots, count, wanted));
        else if (slots[i].before)
            TOKEX_RETURN_ERR(refer_changed(&r, slots, count));
    }
    return NULL;
}
