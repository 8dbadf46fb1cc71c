#include "exchange/marks.h"

static void add(tokex_marks_t *marks, tokex_revocation_kind_t kind, const char *issuer,
                const char *value)
{
    if (value && marks->count < TOKEX_MARKS_MAX)
        marks->items[marks->count++] = (tokex_mark_t){kind, issuer, value};
}

static int64_t issued_of(const tokex_json_t *claims)
{
    int64_t issued = INT64_MIN;
    (void)tokex_json_floor(tokex_json_get(claims, "iat"), &issued);
    return issued;
}

static const char *text_of(const tokex_json_t *claims, const char *name)
{
    return tokex_json_string(tokex_json_get(claims, name));
}

void tokex_marks_names(tokex_own_names_t *out, const tokex_json_t *claims)
{
    out->jti = text_of(claims, "jti");
    out->client = text_of(claims, "client_id");
    out->idp = text_of(claims, "idp");
    out->sub = text_of(claims, "sub");
    out->lineage = tokex_json_get(claims, "lineage");
    out->act = tokex_json_get(claims, "act");
    out->issued = issued_of(claims);
}

static bool add_lineage(tokex_marks_t *out, const tokex_json_t *lineage)
{
    if (!lineage)
        return true;
    if (tokex_json_type(lineage) != TOKEX_JSON_ARRAY ||
        tokex_json_count(lineage) > TOKEX_LIMIT_LINEAGE)
        return false;
    for (lineage = tokex_json_first(lineage); lineage; lineage = tokex_json_next(lineage)) {
        const char *entry = tokex_json_string(lineage);
        if (!entry || !*entry)
            return false;
        if (*entry == TOKEX_ANCESTOR_CLIENT)
            add(out, TOKEX_REVOCATION_CLIENT, NULL, entry + 1);
        else
            add(out, TOKEX_REVOCATION_TOKEN, NULL, entry);
    }
    return true;
}

/* The id of the issuer whose name the actor's is; NULL: none of ours, or a client. */
static const char *home_of(const tokex_json_t *act, const tokex_policy_t *policy)
{
    const char *idp = text_of(act, "idp"), *iss = text_of(act, "iss");
    const tokex_policy_issuer_t *issuer = !idp && iss ? tokex_policy_issuer(policy, iss) : NULL;
    return issuer ? issuer->config->id : idp;
}

static bool add_actors(tokex_marks_t *out, const tokex_json_t *act, const tokex_policy_t *policy)
{
    for (int depth = 0; act; act = tokex_json_get(act, "act")) {
        const char *sub = text_of(act, "sub"), *home = home_of(act, policy);
        if (!sub || depth++ == TOKEX_LIMIT_ACTOR_DEPTH)
            return false;
        if (home)
            add(out, TOKEX_REVOCATION_SUBJECT, home, sub);
        else if (!tokex_json_get(act, "iss"))
            add(out, TOKEX_REVOCATION_CLIENT, NULL, sub);
        add(out, TOKEX_REVOCATION_ISSUER, NULL, home);
    }
    return true;
}

bool tokex_marks_own(tokex_marks_t *out, const tokex_own_names_t *names,
                     const tokex_policy_t *policy)
{
    out->count = 0;
    out->issued = names->issued;
    add(out, TOKEX_REVOCATION_TOKEN, NULL, names->jti);
    add(out, TOKEX_REVOCATION_CLIENT, NULL, names->client);
    if (names->idp)
        add(out, TOKEX_REVOCATION_SUBJECT, names->idp, names->sub);
    add(out, TOKEX_REVOCATION_ISSUER, NULL, names->idp);
    add(out, TOKEX_REVOCATION_ISSUER, NULL, TOKEX_ISSUER_SELF);
    return add_lineage(out, names->lineage) && add_actors(out, names->act, policy);
}

void tokex_marks_foreign(tokex_marks_t *out, const char *issuer, const tokex_json_t *claims)
{
    const char *jti = text_of(claims, "jti");
    out->count = 0;
    out->issued = issued_of(claims);
    if (jti && *jti)
        add(out, TOKEX_REVOCATION_TOKEN, issuer, jti);
    add(out, TOKEX_REVOCATION_SUBJECT, issuer, text_of(claims, "sub"));
    add(out, TOKEX_REVOCATION_ISSUER, NULL, issuer);
}
