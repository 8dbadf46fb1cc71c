#include "exchange/account_keys.h"

#include <string.h>

#include <apr_strings.h>

#include "exchange/mapping.h"

static const struct {
    const char *attribute;
    const char *claim;
    const char *verified; /* NULL: no claim says so */
} standard[] = {
    {TOKEX_ACCOUNT_EMAIL, "email", "email_verified"},
    {TOKEX_ACCOUNT_MOBILE, "phone_number", "phone_number_verified"},
    {TOKEX_ACCOUNT_USERNAME, "preferred_username", NULL},
};
#define STANDARD (sizeof(standard) / sizeof(standard[0]))

const char *tokex_account_keys_claim(const char *attribute)
{
    for (size_t i = 0; i < STANDARD; i++)
        if (strcmp(standard[i].attribute, attribute) == 0)
            return standard[i].claim;
    return attribute;
}

const char *tokex_account_keys_attribute(const char *claim)
{
    for (size_t i = 0; i < STANDARD; i++)
        if (strcmp(standard[i].claim, claim) == 0)
            return standard[i].attribute;
    return NULL;
}

static const char *verified_claim(const char *attribute)
{
    for (size_t i = 0; i < STANDARD; i++)
        if (strcmp(standard[i].attribute, attribute) == 0)
            return standard[i].verified;
    return NULL;
}

/* The row that makes `claim` of the subject token. Only that: parameters are the client's word. */
static const tokex_policy_row_t *find_row(const tokex_policy_issuer_t *issuer, const char *claim)
{
    const tokex_policy_mapping_t *mapping = issuer->mapping;
    for (int i = 0; mapping && i < mapping->row_count; i++)
        if (mapping->rows[i].source == TOKEX_SOURCE_SUBJECT &&
            strcmp(mapping->rows[i].config->to, claim) == 0)
            return &mapping->rows[i];
    return NULL;
}

/* What a row makes; missing where it refuses, and where only its default is left. What it notes
 * goes nowhere: whether its claim can be written is asked later. */
static tokex_value_t value_of_row(const tokex_run_t *run, const tokex_parties_t *parties,
                                  const tokex_policy_row_t *row)
{
    tokex_outcome_t *outcome = apr_pmemdup(run->pool, run->outcome, sizeof(*outcome));
    tokex_run_t aside = *run;
    tokex_value_t found = {.form = TOKEX_FORM_MISSING};
    tokex_value_t made = {.form = TOKEX_FORM_MISSING};
    aside.outcome = outcome;
    if (tokex_mapping_row(&found, &made, &aside, parties, row) || found.form == TOKEX_FORM_MISSING)
        made.form = TOKEX_FORM_MISSING;
    return made;
}

/* A text that is not empty, NULL for anything else. */
static const char *text_of(const tokex_value_t *value)
{
    const char *text = value->form == TOKEX_FORM_TEXT   ? value->text
                       : value->form == TOKEX_FORM_NODE ? tokex_json_string(value->node)
                                                        : NULL;
    return text && *text ? text : NULL;
}

static const char *value_of(const tokex_run_t *run, const tokex_parties_t *parties,
                            const char *claim)
{
    const tokex_policy_row_t *row = find_row(parties->subject.issuer, claim);
    tokex_value_t value = {.form = TOKEX_FORM_NODE};
    if (row)
        value = value_of_row(run, parties, row);
    else
        value.node = tokex_json_get(parties->subject.claims, claim);
    return text_of(&value);
}

/* Does the row read the claim of that very name? */
static bool reads_claim(const tokex_policy_row_t *row, const char *claim)
{
    return row->path.count == 1 && strcmp(row->path.names[0], claim) == 0;
}

static bool is_verified_by_claim(const tokex_run_t *run, const tokex_parties_t *parties,
                                 const char *claim, const char *verified)
{
    const tokex_policy_issuer_t *issuer = parties->subject.issuer;
    const tokex_policy_row_t *row = find_row(issuer, verified);
    const tokex_policy_row_t *origin = find_row(issuer, claim);
    if (row) {
        tokex_value_t value = value_of_row(run, parties, row);
        return value.form == TOKEX_FORM_NODE && tokex_json_is_true(value.node);
    }
    if (origin && !reads_claim(origin, claim))
        return false;
    return tokex_json_is_true(tokex_json_get(parties->subject.claims, verified));
}

static bool is_authoritative(const tokex_issuer_t *issuer, const char *attribute)
{
    for (int i = 0; i < issuer->authoritative_for.count; i++)
        if (strcmp(issuer->authoritative_for.items[i], attribute) == 0)
            return true;
    return false;
}

static bool is_verified(const tokex_run_t *run, const tokex_parties_t *parties,
                        const char *attribute)
{
    const char *verified = verified_claim(attribute);
    if (verified)
        return is_verified_by_claim(run, parties, tokex_account_keys_claim(attribute), verified);
    return is_authoritative(parties->subject.issuer->config, attribute);
}

void tokex_account_keys_read(tokex_account_question_t *question, const char **unverified,
                             const tokex_run_t *run, const tokex_parties_t *parties)
{
    const tokex_issuer_t *issuer = parties->subject.issuer->config;
    const char *const attributes[TOKEX_ACCOUNT_KEYS] = {issuer->lookup_primary,
                                                        issuer->lookup_secondary};
    *unverified = NULL;
    for (int i = 0; i < TOKEX_ACCOUNT_KEYS; i++) {
        const char *attribute = attributes[i];
        const char *value =
            attribute ? value_of(run, parties, tokex_account_keys_claim(attribute)) : NULL;
        if (!value)
            continue;
        if (is_verified(run, parties, attribute))
            question->keys[question->key_count++] = (tokex_account_key_t){attribute, value};
        else if (!*unverified)
            *unverified = attribute;
    }
}
