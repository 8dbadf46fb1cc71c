#include "exchange/act.h"

#include <string.h>

#include <apr_strings.h>

/* False for a member that is there and no text of a usable size. */
static bool read_text(const char **out, const tokex_json_t *object, const char *name)
{
    const tokex_json_t *node = tokex_json_get(object, name);
    *out = tokex_json_string(node);
    return !node || (*out && **out != '\0' && strlen(*out) <= TOKEX_LIMIT_SUB);
}

static const char *read_name(tokex_actor_name_t *out, const tokex_json_t *node)
{
    if (tokex_json_type(node) != TOKEX_JSON_OBJECT)
        return "is no object";
    if (!read_text(&out->sub, node, "sub") || !out->sub)
        return "has no text sub, or one of no usable length";
    if (!read_text(&out->iss, node, "iss"))
        return "has an iss that is no text of a usable length";
    if (!read_text(&out->idp, node, "idp"))
        return "has an idp that is no text of a usable length";
    return NULL;
}

const char *tokex_act_read(tokex_act_t *out, const tokex_json_t *claims, const char *iss,
                           const char *our_issuer)
{
    bool foreign = strcmp(iss, our_issuer) != 0;
    out->count = 0;
    for (const tokex_json_t *node = tokex_json_get(claims, "act"); node;
         node = tokex_json_get(node, "act")) {
        tokex_actor_name_t *name = &out->actors[out->count];
        const char *problem;
        if (out->count == TOKEX_LIMIT_ACTOR_DEPTH)
            return "is a chain of too many actors";
        problem = read_name(name, node);
        if (problem)
            return problem;
        /* A name without iss is one of the issuer's own; behind ours it would pass for one of ours.
         */
        if (foreign) {
            if (name->iss && strcmp(name->iss, our_issuer) == 0)
                return "names an actor of ours, which is not for a foreign issuer to say";
            if (!name->iss)
                name->iss = iss;
            name->idp = NULL;
        }
        out->count++;
    }
    return NULL;
}

const char *tokex_act_read_may_act(tokex_may_act_t *out, const tokex_json_t *claims)
{
    const tokex_json_t *node = tokex_json_get(claims, "may_act");
    out->present = node != NULL;
    return node ? read_name(&out->name, node) : NULL;
}

void tokex_act_write(tokex_jsonw_t *w, const tokex_act_t *chain)
{
    for (int i = 0; i < chain->count; i++) {
        tokex_jsonw_name(w, "act");
        tokex_jsonw_object_begin(w);
        tokex_jsonw_member_string(w, "sub", chain->actors[i].sub);
        tokex_jsonw_member_string(w, "iss", chain->actors[i].iss);
        tokex_jsonw_member_string(w, "idp", chain->actors[i].idp);
    }
    for (int i = 0; i < chain->count; i++)
        tokex_jsonw_object_end(w);
}

const char *tokex_act_names(const tokex_act_t *chain, apr_pool_t *pool)
{
    const char *text = chain->count > 0 ? chain->actors[0].sub : NULL;
    for (int i = 1; i < chain->count; i++)
        text = apr_pstrcat(pool, text, " ", chain->actors[i].sub, NULL);
    return text;
}
