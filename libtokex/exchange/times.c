#include "exchange/times.h"

#include <apr_strings.h>

/* A time that the token does not name. */
#define ABSENT (-1)

typedef struct times_t {
    int64_t exp;
    int64_t nbf;
    int64_t iat;
} times_t;

static const tokex_err_t *refuse(tokex_run_t *run, const tokex_err_t *err, const char *field)
{
    return tokex_trace_refuse(&run->outcome->trace, TOKEX_STEP_TIME, err, "issuer",
                              run->outcome->issuer->config->id, field);
}

static const tokex_err_t *read_time(int64_t *out, tokex_run_t *run, const tokex_json_t *claims,
                                    const char *name)
{
    const tokex_json_t *node = tokex_json_get(claims, name);
    int64_t value;
    *out = ABSENT;
    if (!node)
        return NULL;
    if (!tokex_json_floor(node, &value) || value < 0 || value > TOKEX_LIMIT_NUMERIC_DATE)
        return refuse(run,
                      tokex_err_create(
                          run->pool, TOKEX_E_TIME_MALFORMED, NULL,
                          "%s is no number from 0 to %" APR_INT64_T_FMT " (issuer \"%s\")", name,
                          (apr_int64_t)TOKEX_LIMIT_NUMERIC_DATE, run->outcome->issuer->config->id),
                      NULL);
    *out = value;
    return NULL;
}

/* Says which time it was, what it is, and the settings that decided. */
static const tokex_err_t *refuse_time(tokex_run_t *run, tokex_code_t code, const char *name,
                                      int64_t value, const char *field)
{
    const tokex_issuer_t *issuer = run->outcome->issuer->config;
    return refuse(run,
                  tokex_err_create(
                      run->pool, code, NULL,
                      "%s is %" APR_INT64_T_FMT ", now is %" APR_INT64_T_FMT
                      "; issuer \"%s\" has leeway %" APR_INT64_T_FMT ", max_age %" APR_INT64_T_FMT,
                      name, value, run->now, issuer->id, issuer->leeway, issuer->max_age),
                  field);
}

static const tokex_err_t *check_crossed(const times_t *times, tokex_run_t *run)
{
    const char *later = times->exp < times->iat ? "iat" : "nbf";
    if (times->exp >= times->iat && times->exp >= times->nbf)
        return NULL;
    return refuse(
        run,
        tokex_err_create(run->pool, TOKEX_E_TIMES_CROSSED, NULL,
                         "exp is %" APR_INT64_T_FMT ", %s %" APR_INT64_T_FMT " (issuer \"%s\")",
                         times->exp, later, times->exp < times->iat ? times->iat : times->nbf,
                         run->outcome->issuer->config->id),
        NULL);
}

static const tokex_err_t *check_age(const times_t *times, tokex_run_t *run)
{
    const tokex_issuer_t *issuer = run->outcome->issuer->config;
    if (issuer->max_age == 0)
        return NULL;
    if (times->iat == ABSENT)
        return refuse(
            run,
            tokex_err_create(run->pool, TOKEX_E_IAT_MISSING, NULL,
                             "iat is missing; issuer \"%s\" has max_age %" APR_INT64_T_FMT,
                             issuer->id, issuer->max_age),
            "max_age");
    if (run->now - times->iat > issuer->max_age + issuer->leeway)
        return refuse_time(run, TOKEX_E_TOO_OLD, "iat", times->iat, "max_age");
    return NULL;
}

const tokex_err_t *tokex_times_check(int64_t *exp, tokex_run_t *run, const tokex_json_t *claims)
{
    const tokex_issuer_t *issuer = run->outcome->issuer->config;
    times_t times;
    TOKEX_RETURN_ERR(read_time(&times.exp, run, claims, "exp"));
    TOKEX_RETURN_ERR(read_time(&times.nbf, run, claims, "nbf"));
    TOKEX_RETURN_ERR(read_time(&times.iat, run, claims, "iat"));
    if (times.exp == ABSENT)
        return refuse(run,
                      tokex_err_create(run->pool, TOKEX_E_EXP_MISSING, NULL,
                                       "exp is missing (issuer \"%s\")", issuer->id),
                      NULL);
    TOKEX_RETURN_ERR(check_crossed(&times, run));
    if (run->now >= times.exp + issuer->leeway)
        return refuse_time(run, TOKEX_E_EXPIRED, "exp", times.exp, "leeway");
    if (times.nbf > run->now + issuer->leeway)
        return refuse_time(run, TOKEX_E_NOT_YET_VALID, "nbf", times.nbf, "leeway");
    if (times.iat > run->now + issuer->leeway)
        return refuse_time(run, TOKEX_E_NOT_YET_VALID, "iat", times.iat, "leeway");
    TOKEX_RETURN_ERR(check_age(&times, run));
    tokex_trace_pass(&run->outcome->trace, TOKEX_STEP_TIME, "issuer", issuer->id, "leeway", NULL);
    *exp = times.exp;
    return NULL;
}
