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

static const tokex_err_t *fault_of(const tokex_run_t *run, const tokex_party_t *party,
                                   int64_t number)
{
    return tokex_err_create(run->pool, TOKEX_E_TOKEN_REVOKED, NULL,
                            "revocation %" APR_INT64_T_FMT " holds for it (issuer \"%s\")", number,
                            party->issuer->config->id);
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

/* NULL: it was not. */
static const tokex_err_t *judge(const tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_host_t *host = &run->engine->host;
    tokex_marks_t marks;
    int64_t number = 0;
    if (!host->revokes(host->revocations))
        return NULL;
    if (!read_marks(&marks, run, party))
        return tokex_err_create(run->pool, TOKEX_E_LINEAGE, NULL,
                                "lineage or act of our token is not as we write it");
    /* The same for its subject and its issuer, when its own clock is ahead. */
    if (marks.issued > run->now)
        marks.issued = run->now;
    return host->revoked(&number, host->revocations, &marks) || is_issued_in_vain(&number, run)
               ? fault_of(run, party, number)
               : NULL;
}

const tokex_err_t *tokex_revoked_check(tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_err_t *err = run->engine->host.revokes ? judge(run, party) : NULL;
    if (err)
        return tokex_party_refuse(run, party, TOKEX_STEP_REVOKED, err, NULL);
    if (run->engine->host.revokes)
        tokex_party_pass(run, party, TOKEX_STEP_REVOKED, NULL, NULL);
    return NULL;
}

const tokex_err_t *tokex_revoked_again(tokex_run_t *run, const tokex_party_t *party)
{
    const tokex_err_t *err = run->engine->host.revokes ? judge(run, party) : NULL;
    return err ? tokex_party_blame(party,
                                   tokex_party_refuse(run, party, TOKEX_STEP_REVOKED, err, NULL),
                                   run->pool)
               : NULL;
}
