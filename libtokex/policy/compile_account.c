#include "policy/policy_private.h"

#include <string.h>

#include "config/account.h"

static bool is_one_of(const tokex_texts_t *texts, const char *text)
{
    for (int i = 0; i < texts->count; i++)
        if (texts->items[i] && strcmp(texts->items[i], text) == 0)
            return true;
    return false;
}

static bool is_verified_by_claim(const char *attribute)
{
    return strcmp(attribute, TOKEX_ACCOUNT_EMAIL) == 0 ||
           strcmp(attribute, TOKEX_ACCOUNT_MOBILE) == 0;
}

static void check_authoritative(tokex_compile_t *c, const tokex_issuer_t *config)
{
    tokex_place_t at = {.object = "issuer", .id = config->id, .field = "authoritative_for"};
    for (int i = 0; i < config->authoritative_for.count; i++) {
        at.value = config->authoritative_for.items[i];
        if (at.value && is_verified_by_claim(at.value))
            tokex_faults_error(c->faults, &at,
                               "Take it out, and have the issuer send email_verified or "
                               "phone_number_verified.",
                               "addresses and numbers count only where they were verified");
    }
}

/* `attribute` may be NULL. */
static void check_attribute(tokex_compile_t *c, const tokex_issuer_t *config, const char *field,
                            const char *attribute)
{
    const tokex_place_t at = {
        .object = "issuer", .id = config->id, .field = field, .value = attribute};
    if (!attribute)
        return;
    if (strcmp(attribute, TOKEX_ACCOUNT_ID) == 0 || strcmp(attribute, TOKEX_ACCOUNT_ROLES) == 0)
        tokex_faults_error(c->faults, &at, "Write username, email, mobile or an attribute's name.",
                           "no account is looked for by this");
    else if (!is_verified_by_claim(attribute) && !is_one_of(&config->authoritative_for, attribute))
        tokex_faults_error(c->faults, &at, "Add it to `authoritative_for` if that is so.",
                           "the issuer's word counts for this only where it is authoritative");
}

static void check_order(tokex_compile_t *c, const tokex_issuer_t *config)
{
    tokex_place_t at = {.object = "issuer", .id = config->id, .field = "lookup_primary"};
    if (!config->lookup_primary && (config->implicit_linking || config->lookup_secondary))
        tokex_faults_error(c->faults, &at, "Say what finds the account: email, for instance.",
                           "implicit linking needs an attribute to look for");
    at.field = "lookup_secondary";
    at.value = config->lookup_secondary;
    if (config->lookup_primary && config->lookup_secondary &&
        strcmp(config->lookup_primary, config->lookup_secondary) == 0)
        tokex_faults_error(c->faults, &at, "Take it out, or name another one.",
                           "this is the primary attribute");
}

void tokex_compile_account(tokex_compile_t *c, const tokex_issuer_t *config)
{
    const tokex_place_t at = {.object = "issuer", .id = config->id, .field = "link_privileged"};
    check_order(c, config);
    check_attribute(c, config, "lookup_primary", config->lookup_primary);
    check_attribute(c, config, "lookup_secondary", config->lookup_secondary);
    check_authoritative(c, config);
    if (config->implicit_linking && config->link_privileged)
        tokex_faults_warning(c->faults, &at, "Leave it out unless it is meant so.",
                             "this issuer decides who is a privileged account");
}
