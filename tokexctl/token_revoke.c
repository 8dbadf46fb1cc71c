#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "args.h"
#include "base/moment.h"
#include "explain/revoke.h"
#include "token.h"
#include "way.h"

typedef struct options_t {
    const char *jti;
    const char *issuer;
    const char *client;
    const char *server;
    const char *reason;
    bool subject; /* the operands are an issuer's id and a sub */
} options_t;

#define USAGE                                                                                      \
    "say: token revoke -|@FILE|TOKEN, --jti JTI [--issuer ID], --subject ID SUB, --client ID or "  \
    "--issuer ID; [--reason TEXT]"

static int from_token(tokex_revocation_t *row, const ctl_t *ctl, const char *word,
                      const char *server)
{
    const tokex_inspection_t *token;
    int code = token_inspect(&token, ctl, word, server);
    const char *problem = code ? NULL : tokex_revoke_token(row, token, ctl->pool);

    return problem
               ? ctl_say(CTL_REFUSED, "%s: see --jti and --subject", way_text(problem, ctl->pool))
               : code;
}

static int from_options(tokex_revocation_t *row, const ctl_t *ctl, const options_t *o,
                        const args_t *args)
{
    int given = (o->jti != NULL) + o->subject + (o->client != NULL);
    tokex_revocation_kind_t kind = o->jti       ? TOKEX_REVOCATION_TOKEN
                                   : o->subject ? TOKEX_REVOCATION_SUBJECT
                                   : o->client  ? TOKEX_REVOCATION_CLIENT
                                                : TOKEX_REVOCATION_ISSUER;
    const char *value = o->jti ? o->jti : o->client ? o->client : o->issuer, *problem;
    const char *issuer = o->jti && o->issuer ? o->issuer : "";

    if (given > 1 || args->operand_count != (o->subject ? 2 : 0) ||
        (o->issuer && (o->subject || o->client)))
        return ctl_say(CTL_USAGE, USAGE);
    if (o->subject) {
        issuer = args->operands[0];
        value = args->operands[1];
    }
    problem = tokex_revoke_value(row, kind, issuer, value, ctl->now);
    return problem ? ctl_say(CTL_USAGE, "%s", problem) : CTL_DONE;
}

static void tell(const tokex_revocation_t *row, const ctl_t *ctl)
{
    printf("revocation %" APR_INT64_T_FMT ": %s", row->number, token_what(row, ctl->pool));
    if (row->before)
        printf(", all issued before %s", tokex_moment_text(row->before, ctl->pool));
    printf("; it ends %s\n", token_time(row->ends, ctl->pool));
}

static int save(tokex_revocation_t *row, const ctl_t *ctl, const char *reason)
{
    tokex_revocation_t rows[2];
    const tokex_err_t *err;
    int count = 0, i;
    tokex_db_t *config, *db;

    row->created = ctl->now;
    row->who = way_author(ctl, reason).who;
    row->reason = reason ? reason : "";
    /* What cannot be asked hinders nobody who has to take something back. */
    if (tokex_db_open(&config, ctl->config_path, TOKEX_DB_CONFIG, TOKEX_DB_READ, false, ctl->pool))
        config = NULL;
    err = tokex_revoke_lengthen(row, config, ctl->now, ctl->pool);
    if (!err)
        err = tokex_db_open(&db, ctl->state_path, TOKEX_DB_STATE, TOKEX_DB_WRITE, false, ctl->pool);
    if (!err)
        err = tokex_revoke_keep(rows, &count, db, row, ctl->now, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    if (!count)
        return ctl_say(CTL_REFUSED, "the token has expired, and all that came of it; there is "
                                    "nothing to revoke.");
    for (i = 0; i < count; i++)
        tell(&rows[i], ctl);
    return ctl_flush();
}

int token_revoke(ctl_t *ctl, int argc, const char *const *argv)
{
    options_t o = {NULL, NULL, NULL, NULL, NULL, false};
    const args_option_t options[] = {
        {0, "jti", &o.jti, NULL},       {0, "issuer", &o.issuer, NULL},
        {0, "client", &o.client, NULL}, {0, "server", &o.server, NULL},
        {0, "reason", &o.reason, NULL}, {0, "subject", NULL, &o.subject},
    };
    args_t args = {options, 6, NULL, 0};
    tokex_revocation_t row = {.issuer = ""};
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (o.jti || o.subject || o.client || o.issuer)
        code = from_options(&row, ctl, &o, &args);
    else if (args.operand_count == 1)
        code = from_token(&row, ctl, args.operands[0], o.server);
    else
        code = ctl_say(CTL_USAGE, USAGE);
    return code ? code : save(&row, ctl, o.reason);
}
