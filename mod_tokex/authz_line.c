#include "authz_line.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/json.h"

/* Longer ago than a year nobody asks for. */
#define AGE_MAX 31536000

static bool is(const char *word, const char *name)
{
    return strcasecmp(word, name) == 0;
}

/* What httpd makes of a refusal behind `not` is no grant but nothing at all, so a provider has to
 * know on which side it stands. */
static int count_negations(const ap_directive_t *directive, apr_pool_t *pool)
{
    const char *args = directive->args;
    int count = is(ap_getword_conf(pool, &args), "not");

    for (directive = directive->parent; directive; directive = directive->parent)
        count += is(directive->directive, "<RequireNone");
    return count;
}

static const char *wrong(cmd_parms *cmd, const tokex_authz_line_t *line, const char *what)
{
    return apr_pstrcat(cmd->pool, "Require ", line->provider, ": ", what, NULL);
}

static bool is_plain(const char *word)
{
    if (!*word || !tokex_json_is_utf8(word, strlen(word)))
        return false;
    for (; *word; word++) {
        if (apr_iscntrl(*word))
            return false;
    }
    return true;
}

static const char *read_words(apr_array_header_t *words, cmd_parms *cmd,
                              const tokex_authz_line_t *line, const char *args)
{
    while (*args) {
        const char *word = ap_getword_conf(cmd->pool, &args);

        if (!is_plain(word))
            return wrong(cmd, line,
                         apr_psprintf(cmd->pool, "word %d is empty, or has control characters",
                                      words->nelts + 1));
        APR_ARRAY_PUSH(words, const char *) = word;
    }
    return NULL;
}

static const char *begin(tokex_authz_line_t **out, apr_array_header_t **words, cmd_parms *cmd,
                         const char *provider, const char *args)
{
    tokex_authz_line_t *line = apr_pcalloc(cmd->pool, sizeof(*line));
    int negations;

    *out = line;
    *words = apr_array_make(cmd->pool, 4, sizeof(const char *));
    line->provider = provider;
    if (!is(cmd->directive->directive, "Require"))
        return wrong(cmd, line,
                     apr_psprintf(cmd->pool,
                                  "cannot stand in %s>, where one cannot see whether a \"not\" "
                                  "will stand before it; write it in the Require line itself",
                                  cmd->directive->directive));
    line->text = apr_pstrdup(cmd->pool, cmd->directive->args);
    negations = count_negations(cmd->directive, cmd->temp_pool);
    if (negations > 1)
        return wrong(cmd, line,
                     "stands behind more than one \"not\" or <RequireNone>; write what is meant "
                     "without them");
    line->negated = negations == 1;
    return read_words(*words, cmd, line, args);
}

/* The first word, if it is one of two that are no values. */
static void take_mode(tokex_authz_line_t *line, const apr_array_header_t *words, int *at)
{
    if (words->nelts == 0)
        return;
    line->all = strcmp(APR_ARRAY_IDX(words, 0, const char *), "all") == 0;
    if (line->all || strcmp(APR_ARRAY_IDX(words, 0, const char *), "any") == 0)
        *at = 1;
}

static const char *take_values(cmd_parms *cmd, tokex_authz_line_t *line,
                               const apr_array_header_t *words, int at, const char *missing)
{
    int i;

    if (at >= words->nelts)
        return wrong(cmd, line, missing);
    line->values = (const char *const *)words->elts + at;
    line->count = words->nelts - at;
    line->listed = "";
    for (i = 0; i < line->count; i++) {
        if (!strpbrk(line->values[i], "*?"))
            line->listed = apr_pstrcat(cmd->pool, line->listed, *line->listed ? " " : "",
                                       line->values[i], NULL);
    }
    return NULL;
}

/* What stands, listed by blanks, in a challenge: RFC 6749 section 3.3. */
static const char *check_listable(cmd_parms *cmd, const tokex_authz_line_t *line, const char *what)
{
    int i;

    for (i = 0; i < line->count; i++) {
        const char *c;

        for (c = line->values[i]; *c; c++) {
            if (*c <= 0x20 || *c > 0x7E || *c == '"' || *c == '\\')
                return wrong(cmd, line,
                             apr_psprintf(cmd->pool,
                                          "\"%s\" is no %s; those have visible ASCII characters "
                                          "without quotes and backslashes",
                                          line->values[i], what));
        }
    }
    return NULL;
}

const char *tokex_authz_line_scope(cmd_parms *cmd, const char *args, const void **out)
{
    tokex_authz_line_t *line;
    apr_array_header_t *words;
    const char *fault = begin(&line, &words, cmd, "tokex-scope", args);
    int at = 0;

    if (fault)
        return fault;
    take_mode(line, words, &at);
    fault = take_values(cmd, line, words, at,
                        "names no scope; write Require tokex-scope [any|all] SCOPE ...");
    if (!fault)
        fault = check_listable(cmd, line, "scope");
    *out = line;
    return fault;
}

const char *tokex_authz_line_claim(cmd_parms *cmd, const char *args, const void **out)
{
    static const char usage[] =
        "names no claim and value; write Require tokex-claim [any|all] CLAIM VALUE ...";
    tokex_authz_line_t *line;
    apr_array_header_t *words;
    const char *fault = begin(&line, &words, cmd, "tokex-claim", args);
    int at = 0;

    if (fault)
        return fault;
    take_mode(line, words, &at);
    if (at >= words->nelts)
        return wrong(cmd, line, usage);
    if (!tokex_path_parse(&line->path, APR_ARRAY_IDX(words, at, const char *), cmd->pool))
        return wrong(cmd, line,
                     apr_psprintf(cmd->pool,
                                  "\"%s\" is no path to a claim; names are joined by dots, a dot "
                                  "inside of a name is written \\. and a backslash \\\\",
                                  APR_ARRAY_IDX(words, at, const char *)));
    *out = line;
    return take_values(cmd, line, words, at + 1, usage);
}

static const char *read_names(cmd_parms *cmd, const char *provider, const char *args,
                              const char *missing, const void **out)
{
    tokex_authz_line_t *line;
    apr_array_header_t *words;
    const char *fault = begin(&line, &words, cmd, provider, args);

    if (fault)
        return fault;
    *out = line;
    return take_values(cmd, line, words, 0, missing);
}

const char *tokex_authz_line_issuer(cmd_parms *cmd, const char *args, const void **out)
{
    return read_names(cmd, "tokex-issuer", args,
                      "names no issuer; write Require tokex-issuer ID ..., with the ids of "
                      "`tokexctl export`",
                      out);
}

const char *tokex_authz_line_client(cmd_parms *cmd, const char *args, const void **out)
{
    return read_names(cmd, "tokex-client", args,
                      "names no client; write Require tokex-client ID ..., with the ids of "
                      "`tokexctl export`",
                      out);
}

const char *tokex_authz_line_actor(cmd_parms *cmd, const char *args, const void **out)
{
    tokex_authz_line_t *line;
    apr_array_header_t *words;
    const char *fault = begin(&line, &words, cmd, "tokex-actor", args);

    if (fault)
        return fault;
    *out = line;
    if (words->nelts > 0)
        line->issuer = APR_ARRAY_IDX(words, 0, const char *);
    return take_values(cmd, line, words, 1,
                       "names no actor; write Require tokex-actor ISSUER SUBJECT ..., with the id "
                       "of an issuer, self for our clients, or * for any");
}

static const char *refuse_negation(cmd_parms *cmd, const tokex_authz_line_t *line)
{
    if (!line->negated)
        return NULL;
    return wrong(cmd, line,
                 "cannot be turned into its opposite; write Require not tokex-claim for a claim "
                 "that must not have a value");
}

const char *tokex_authz_line_acr(cmd_parms *cmd, const char *args, const void **out)
{
    tokex_authz_line_t *line;
    apr_array_header_t *words;
    const char *fault = begin(&line, &words, cmd, "tokex-acr", args);

    if (!fault)
        fault = refuse_negation(cmd, line);
    if (!fault)
        fault = take_values(cmd, line, words, 0,
                            "names no authentication context; write Require tokex-acr VALUE ...");
    if (!fault)
        fault = check_listable(cmd, line, "authentication context");
    if (fault)
        return fault;
    line->listed = apr_array_pstrcat(cmd->pool, words, ' ');
    *out = line;
    return NULL;
}

const char *tokex_authz_line_auth_age(cmd_parms *cmd, const char *args, const void **out)
{
    tokex_authz_line_t *line;
    apr_array_header_t *words;
    const char *fault = begin(&line, &words, cmd, "tokex-auth-age", args);
    const char *word;
    char *end;

    if (!fault)
        fault = refuse_negation(cmd, line);
    if (fault)
        return fault;
    word = words->nelts == 1 ? APR_ARRAY_IDX(words, 0, const char *) : "";
    line->seconds = apr_strtoi64(word, &end, 10);
    if (!apr_isdigit(*word) || *end || line->seconds > AGE_MAX)
        return wrong(cmd, line,
                     apr_psprintf(cmd->pool,
                                  "takes one number of seconds, 0 to %d, that the user may have "
                                  "logged in ago",
                                  AGE_MAX));
    *out = line;
    return NULL;
}
