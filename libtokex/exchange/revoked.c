#include "exchange/revoked.h"

#include "exchange/marks.h"
#include "exchange/party_private.h"

static bool read_marks(tokex_marks_t *out, const tokex_run_t *run, const tokex_party_t *party)
{
    tokex_own_names_t names;
    if (!party->issuer->is_self) {
        tokex_marks_foreign(out, party->issuer->config->id, party->claims);
        return true;
    }
    tokex_marks_names(&names, party->claims);
    return tokex_marks_own(out, &names, run->engine->policy);
}

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_party_t *party, int64_t number)
{
    return tokex_party_refuse(run, party, TOKEX_STEP_REVOKED,
                              tokex_err_create(run->pool, TOKEX_E_TOKEN_REVOKED, NULL,
                                               "revocation %" APR_INT64_T_FMT
                                               " holds for it (issuer \"%s\")",
                                               number, party->issuer->config->id),
                              NULL);
}

/* A cut-off lies a moment ahead: until then what would be issued is taken back already. */
static bool is_issued_in_vain(int64_t *number, const tokex_run_t *run)
{
    const tokex_host_t *host = &run->engine->host;
    tokex_marks_t marks = {.count = 2, .issued = run->now};
    marks.items[0] =
        (tokex_mark_t){TOKEX_REVOCATION_CLIENT, NULL, run->outcome->client->config->id};
    marks.items[1] = (tokex_mark_t){TOKEX_REVOCATION_ISSUER, NULL, TOKEX_ISSUER_SELF};
    return !run->accepting && host->revoked(number, host->revocations, &marks);
}

const tokex_err_t *tokex_revoked_check(tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_host_t *host = &run->engine->host;
    tokex_marks_t marks;
    int64_t number = 0;
    if (!host->revokes)
        return NULL;
    if (!host->revokes(host->revocations)) {
        tokex_party_pass(run, party, TOKEX_STEP_REVOKED, NULL, NULL);
        return NULL;
    }
    if (!read_marks(&marks, run, party))
        return tokex_party_refuse(run, party, TOKEX_STEP_REVOKED,
                                  tokex_err_create(run->pool, TOKEX_E_LINEAGE, NULL,
                                                   "lineage or act of our token is not as we "
                                                   "write it"),
                                  NULL);
    /* The same for its subject and its issuer, when its own clock is ahead. */
    if (marks.issued > run->now)
        marks.issued = run->now;
    if (host->revoked(&number, host->revocations, &marks) || is_issued_in_vain(&number, run))
        return refuse(run, party, number);
    tokex_party_pass(run, party, TOKEX_STEP_REVOKED, NULL, NULL);
    return NULL;
}
