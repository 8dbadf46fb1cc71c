#include "base/revocation.h"

#include <string.h>

static const char *const names[TOKEX_REVOCATION_KINDS] = {
    [TOKEX_REVOCATION_TOKEN] = "token",
    [TOKEX_REVOCATION_SUBJECT] = "subject",
    [TOKEX_REVOCATION_CLIENT] = "client",
    [TOKEX_REVOCATION_ISSUER] = "issuer",
};

const char *tokex_revocation_kind_name(tokex_revocation_kind_t kind)
{
    return names[kind];
}

bool tokex_revocation_kind_find(tokex_revocation_kind_t *out, const char *name)
{
    for (int i = 0; i < TOKEX_REVOCATION_KINDS; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (tokex_revocation_kind_t)i;
            return true;
        }
    }
    return false;
}
