#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "args.h"
#include "base/limits.h"
#include "file.h"
#include "base/moment.h"
#include "store/revocation_store.h"
#include "token.h"
#include "try_read.h"
#include "way.h"

const char *token_time(int64_t seconds, apr_pool_t *pool)
{
    return seconds ? tokex_moment_text(seconds, pool) : "never";
}

const char *token_what(const tokex_revocation_t *row, apr_pool_t *pool)
{
    return apr_pstrcat(pool, tokex_revocation_kind_name(row->kind), " ", row->issuer,
                       *row->issuer ? " " : "", way_text(row->value, pool), NULL);
}

static char *read_word(const ctl_t *ctl, const char *word, const tokex_err_t **err)
{
    const char *text = word;
    apr_size_t len = strlen(word);
    char *copy;

    *err = NULL;
    if (*word == '@')
        *err = file_read(&text, &len, word + 1, TOKEX_LIMIT_TOKEN + 16, ctl->pool);
    else if (strcmp(word, "-") == 0)
        *err = file_read(&text, &len, word, TOKEX_LIMIT_TOKEN + 16, ctl->pool);
    if (*err)
        return NULL;
    copy = apr_pstrmemdup(ctl->pool, text, len);
    apr_collapse_spaces(copy, copy);
    return copy;
}

int token_inspect(const tokex_inspection_t **out, const ctl_t *ctl, const char *word,
                  const char *server)
{
    const tokex_world_view_t view = {.server = server, .now = ctl->now};
    const tokex_err_t *err;
    const char *token = read_word(ctl, word, &err);
    tokex_world_t *world;
    int code;

    if (err)
        return ctl_error(ctl, err);
    code = try_world_read(&world, &view, ctl, ctl->pool);
    if (code)
        return code;
    *out = tokex_inspect(world->engine, token, strlen(token), ctl->pool);
    return CTL_DONE;
}

/* ---- show */

static const char *ends(const tokex_inspection_t *token, const ctl_t *ctl)
{
    if (!token->exp || token->exp > TOKEX_LIMIT_NUMERIC_DATE || token->exp < 0)
        return "it names no end";
    return apr_psprintf(ctl->pool, "%s, %s", tokex_moment_text(token->exp, ctl->pool),
                        ctl->now < token->exp ? "not expired" : "expired");
}

static const char *revoked(const tokex_inspection_t *token, const ctl_t *ctl)
{
    if (token->problem)
        return "not asked, as it is not verified";
    return token->revoked
               ? apr_psprintf(ctl->pool, "yes, by revocation %" APR_INT64_T_FMT, token->revocation)
               : "no";
}

static void print_text(const tokex_inspection_t *token, const ctl_t *ctl)
{
    if (token->sealed)
        puts("Opaque: sealed in it is\n");
    if (token->header)
        printf("%s\n%s\n\n", tokex_jsonw_pretty_text(token->header, ctl->pool),
               tokex_jsonw_pretty_text(token->claims, ctl->pool));
    printf("Signature: %s%s\n", token->problem ? "not verified: " : "verified",
           token->problem ? way_text(token->problem, ctl->pool) : "");
    if (!token->header)
        return;
    printf("Issuer: %s\n", !token->issuer ? "none of the configuration"
                           : token->own   ? "this server"
                                          : token->issuer);
    printf("Ends: %s\nRevoked: %s\n", ends(token, ctl), revoked(token, ctl));
}

static void print_json(const tokex_inspection_t *token, const ctl_t *ctl)
{
    tokex_jsonw_t *w = tokex_jsonw_create(ctl->pool, 1024);
    const tokex_json_t *node;

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_bool(w, "verified", !token->problem);
    if (token->sealed)
        tokex_jsonw_member_bool(w, "opaque", true);
    tokex_jsonw_member_string(w, "problem", token->problem);
    tokex_jsonw_member_string(w, "issuer", token->issuer);
    if (token->header &&
        !tokex_json_parse(&node, token->header, strlen(token->header), ctl->pool)) {
        tokex_jsonw_name(w, "header");
        tokex_jsonw_node(w, node);
    }
    if (token->claim) {
        tokex_jsonw_member_bool(w, "expired", token->exp && ctl->now >= token->exp);
        tokex_jsonw_name(w, "claims");
        tokex_jsonw_node(w, token->claim);
    }
    if (!token->problem)
        tokex_jsonw_member_bool(w, "revoked", token->revoked);
    if (token->revoked)
        tokex_jsonw_member_integer(w, "revocation", token->revocation);
    tokex_jsonw_object_end(w);
    puts(tokex_jsonw_text(w, NULL));
}

int token_show(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *server = NULL;
    bool json = false;
    const args_option_t options[] = {{0, "server", &server, NULL}, {0, "json", NULL, &json}};
    args_t args = {options, 2, NULL, 0};
    const tokex_inspection_t *token;
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE, "say: token show -|@FILE|TOKEN [--server NAME] [--json]");
    code = token_inspect(&token, ctl, args.operands[0], server);
    if (code)
        return code;
    if (json)
        print_json(token, ctl);
    else
        print_text(token, ctl);
    code = ctl_flush();
    return code ? code : token->header ? CTL_DONE : CTL_REFUSED;
}
