#include "policy/policy_private.h"

#include <string.h>

#include <apr_strings.h>

/* What we write ourselves, and what RFC 7800, 8693 and 9068 make a claim of say about the token:
 * who may use it, who acts. `roles`, `groups` and the like say something of the subject and may be
 * copied. */
static const char *const reserved[] = {
    "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "scope", "scp",
    "acr", "amr", "idp", "aid", "tid", "st",  "act", "may_act",   "cnf",
};

bool tokex_reserved_claim(const char *name)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return false;
}

static void check_row(tokex_compile_t *c, const tokex_mapping_row_t *row, const char *id,
                      apr_hash_t *seen)
{
    tokex_place_t at = {.object = "row", .id = id, .field = "to", .value = row->to};
    if (!row->to)
        return;
    if (tokex_reserved_claim(row->to))
        tokex_faults_error(c->faults, &at, "Choose another name.",
                           "this claim has a meaning of its own in the tokens that we issue");
    if (apr_hash_get(seen, row->to, APR_HASH_KEY_STRING))
        tokex_faults_error(c->faults, &at, "Keep one of the rows.",
                           "another row of this mapping writes this claim already");
    apr_hash_set(seen, row->to, APR_HASH_KEY_STRING, "");
}

void tokex_compile_mappings(tokex_compile_t *c)
{
    apr_hash_t *names = apr_hash_make(c->scratch);
    for (int i = 0; i < c->config->mapping_count; i++) {
        const tokex_mapping_t *mapping = &c->config->mappings[i];
        apr_hash_t *seen = apr_hash_make(c->scratch);
        tokex_compile_unique_name(c, names, "mapping", mapping->id, mapping->name);
        for (int n = 0; n < mapping->row_count; n++) {
            const char *id =
                apr_psprintf(c->scratch, "%s/#%d", mapping->id ? mapping->id : "", n + 1);
            check_row(c, &mapping->rows[n], id, seen);
        }
        if (mapping->id)
            apr_hash_set(c->mappings, mapping->id, APR_HASH_KEY_STRING, mapping);
    }
}
