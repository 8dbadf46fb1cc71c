#include "exchange/times.h"

#include <apr_strings.h>

#include "exchange/once.h"

/* A time that the token does not name. */
#define ABSENT (-1)

typedef struct times_t {
    int64_t exp;
    int64_t nbf;
    int64_t iat;
} times_t;

typedef struct check_t {
    tokex_run_t *run;
    const tokex_party_t *party;
    const tokex_issuer_t *issuer;
    int64_t max_age;       /* seconds; 0: none */
    const char *age_field; /* that says so */
} check_t;

static const tokex_err_t *refuse(const check_t *c, const tokex_err_t *err, const char *field)
{
    return tokex_trace_refuse(&c->run->outcome->trace, tokex_party_step(c->party, TOKEX_STEP_TIME),
                              err, "issuer", c->issuer->id, field);
}

static const tokex_err_t *read_time(int64_t *out, const check_t *c, const char *name)
{
    const tokex_json_t *node = tokex_json_get(c->party->claims, name);
    int64_t value;
    *out = ABSENT;
    if (!node)
        return NULL;
    if (!tokex_json_floor(node, &value) || value < 0 || value > TOKEX_LIMIT_NUMERIC_DATE)
        return refuse(c,
                      tokex_err_create(c->run->pool, TOKEX_E_TIME_MALFORMED, NULL,
                                       "%s is no number from 0 to %" APR_INT64_T_FMT
                                       " (issuer \"%s\")",
                                       name, (apr_int64_t)TOKEX_LIMIT_NUMERIC_DATE, c->issuer->id),
                      NULL);
    *out = value;
    return NULL;
}

/* Says which time it was, what it is, and the settings that decided. */
static const tokex_err_t *refuse_time(const check_t *c, tokex_code_t code, const char *name,
                                      int64_t value, const char *field)
{
    const tokex_issuer_t *issuer = c->issuer;
    return refuse(c,
                  tokex_err_create(
                      c->run->pool, code, NULL,
                      "%s is %" APR_INT64_T_FMT ", now is %" APR_INT64_T_FMT
                      "; issuer \"%s\" has leeway %" APR_INT64_T_FMT ", max_age %" APR_INT64_T_FMT,
                      name, value, c->run->now, issuer->id, issuer->leeway, c->max_age),
                  field);
}

static const tokex_err_t *check_crossed(const times_t *times, const check_t *c)
{
    const char *later = times->exp < times->iat ? "iat" : "nbf";
    if (times->exp >= times->iat && times->exp >= times->nbf)
        return NULL;
    return refuse(
        c,
        tokex_err_create(c->run->pool, TOKEX_E_TIMES_CROSSED, NULL,
                         "exp is %" APR_INT64_T_FMT ", %s %" APR_INT64_T_FMT " (issuer \"%s\")",
                         times->exp, later, times->exp < times->iat ? times->iat : times->nbf,
                         c->issuer->id),
        NULL);
}

static const tokex_err_t *check_age(const times_t *times, const check_t *c)
{
    const tokex_issuer_t *issuer = c->issuer;
    if (c->max_age == 0)
        return NULL;
    if (times->iat == ABSENT)
        return refuse(c,
                      tokex_err_create(c->run->pool, TOKEX_E_IAT_MISSING, NULL,
                                       "iat is missing; issuer \"%s\" has %s %" APR_INT64_T_FMT,
                                       issuer->id, c->age_field, c->max_age),
                      c->age_field);
    if (c->run->now - times->iat > c->max_age + issuer->leeway)
        return refuse_time(c, TOKEX_E_TOO_OLD, "iat", times->iat, c->age_field);
    return NULL;
}

static int64_t end_of(const times_t *times, const check_t *c)
{
    if (c->max_age > 0 && times->iat + c->max_age < times->exp)
        return times->iat + c->max_age;
    return times->exp;
}

/* That of every token of the issuer, or of an assertion, whichever is less. */
static void set_age(check_t *c)
{
    c->max_age = c->issuer->max_age;
    c->age_field = "max_age";
    if (!tokex_request_is_assertion(c->run->request) ||
        (c->max_age > 0 && c->max_age <= c->issuer->assertion_max_age))
        return;
    c->max_age = c->issuer->assertion_max_age;
    c->age_field = "assertion_max_age";
}

const tokex_err_t *tokex_times_check(tokex_party_t *party, tokex_run_t *run)
{
    check_t check = {run, party, party->issuer->config, 0, NULL};
    const check_t *c = &check;
    const tokex_issuer_t *issuer = c->issuer;
    times_t times;
    set_age(&check);
    TOKEX_RETURN_ERR(read_time(&times.exp, c, "exp"));
    TOKEX_RETURN_ERR(read_time(&times.nbf, c, "nbf"));
    TOKEX_RETURN_ERR(read_time(&times.iat, c, "iat"));
    /* What has no end cannot end before it begins; nor can it be said for how long it is spent. */
    if (times.exp == ABSENT && party->is_opaque && !tokex_once_wanted(run, party))
        times.exp = run->now + issuer->opaque_lifetime;
    else if (times.exp != ABSENT)
        TOKEX_RETURN_ERR(check_crossed(&times, c));
    if (times.exp == ABSENT)
        return refuse(c,
                      tokex_err_create(run->pool, TOKEX_E_EXP_MISSING, NULL,
                                       "exp is missing (issuer \"%s\")", issuer->id),
                      NULL);
    if (run->now >= times.exp + issuer->leeway)
        return refuse_time(c, TOKEX_E_EXPIRED, "exp", times.exp, "leeway");
    if (times.nbf > run->now + issuer->leeway)
        return refuse_time(c, TOKEX_E_NOT_YET_VALID, "nbf", times.nbf, "leeway");
    if (times.iat > run->now + issuer->leeway)
        return refuse_time(c, TOKEX_E_NOT_YET_VALID, "iat", times.iat, "leeway");
    TOKEX_RETURN_ERR(check_age(&times, c));
    tokex_trace_pass(&run->outcome->trace, tokex_party_step(party, TOKEX_STEP_TIME), "issuer",
                     issuer->id, "leeway", NULL);
    party->exp = times.exp;
    party->iat = times.iat;
    if (party->role == TOKEX_ROLE_SUBJECT)
        run->outcome->subject_until = end_of(&times, c);
    return NULL;
}
