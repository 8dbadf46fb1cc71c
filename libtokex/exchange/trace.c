#include "exchange/trace.h"

static const char *const step_names[TOKEX_STEP_COUNT] = {
    [TOKEX_STEP_REQUEST] = "request",
    [TOKEX_STEP_CLIENT] = "client",
    [TOKEX_STEP_GRANT] = "grant",
    [TOKEX_STEP_PARAMETERS] = "parameters",
    [TOKEX_STEP_REFRESH] = "refresh",
    [TOKEX_STEP_TOKEN] = "token",
    [TOKEX_STEP_ISSUER] = "issuer",
    [TOKEX_STEP_RENEWAL] = "renewal",
    [TOKEX_STEP_KEY] = "key",
    [TOKEX_STEP_SIGNATURE] = "signature",
    [TOKEX_STEP_INTROSPECTION] = "introspection",
    [TOKEX_STEP_AUDIENCE] = "audience",
    [TOKEX_STEP_TIME] = "time",
    [TOKEX_STEP_SUBJECT] = "subject",
    [TOKEX_STEP_CONDITION] = "condition",
    [TOKEX_STEP_REVOKED] = "revoked",
    [TOKEX_STEP_ACTOR_TOKEN] = "actor_token",
    [TOKEX_STEP_ACTOR_ISSUER] = "actor_issuer",
    [TOKEX_STEP_ACTOR_RENEWAL] = "actor_renewal",
    [TOKEX_STEP_ACTOR_KEY] = "actor_key",
    [TOKEX_STEP_ACTOR_SIGNATURE] = "actor_signature",
    [TOKEX_STEP_ACTOR_INTROSPECTION] = "actor_introspection",
    [TOKEX_STEP_ACTOR_AUDIENCE] = "actor_audience",
    [TOKEX_STEP_ACTOR_TIME] = "actor_time",
    [TOKEX_STEP_ACTOR_SUBJECT] = "actor_subject",
    [TOKEX_STEP_ACTOR_CONDITION] = "actor_condition",
    [TOKEX_STEP_ACTOR_REVOKED] = "actor_revoked",
    [TOKEX_STEP_ACCOUNT] = "account",
    [TOKEX_STEP_TARGET] = "target",
    [TOKEX_STEP_RULE] = "rule",
    [TOKEX_STEP_MACHINE] = "machine",
    [TOKEX_STEP_DELEGATION] = "delegation",
    [TOKEX_STEP_SCOPE] = "scope",
    [TOKEX_STEP_LIFETIME] = "lifetime",
    [TOKEX_STEP_USERINFO] = "userinfo",
    [TOKEX_STEP_PROCEDURE] = "procedure",
    [TOKEX_STEP_CLAIMS] = "claims",
    [TOKEX_STEP_LINK] = "link",
    [TOKEX_STEP_SIGN] = "sign",
    [TOKEX_STEP_ONCE] = "once",
};

static void add(tokex_trace_t *trace, const tokex_trace_entry_t *entry)
{
    if (trace->count < TOKEX_LIMIT_TRACE)
        trace->entries[trace->count++] = *entry;
}

void tokex_trace_pass(tokex_trace_t *trace, tokex_step_t step, const char *object, const char *id,
                      const char *field, const char *found)
{
    tokex_trace_entry_t entry = {
        .step = step, .passed = true, .object = object, .id = id, .field = field, .found = found};
    add(trace, &entry);
}

const tokex_err_t *tokex_trace_refuse(tokex_trace_t *trace, tokex_step_t step,
                                      const tokex_err_t *err, const char *object, const char *id,
                                      const char *field)
{
    tokex_trace_entry_t entry = {
        .step = step, .code = err->code, .object = object, .id = id, .field = field};
    add(trace, &entry);
    return err;
}

const char *tokex_trace_step_name(tokex_step_t step)
{
    return (unsigned int)step < TOKEX_STEP_COUNT ? step_names[step] : "unknown";
}
