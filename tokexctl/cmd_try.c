#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_date.h>
#include <apr_escape.h>
#include <apr_strings.h>

#include "args.h"
#include "base/limits.h"
#include "file.h"
#include "try.h"

typedef struct options_t {
    const char *client;
    const char *secret_file;
    const char *subject_token;
    const char *subject_type;
    const char *assertion; /* instead of a subject token */
    const char *actor_token;
    const char *actor_type;
    const char *scope;
    const char *requested_type;
    const char *location;
    const char *as_of;
    const char *draft;
    const char *server;
    bool json;
    bool batch;
    apr_array_header_t *more; /* of const char *: names and values of parameters, in turn */
} options_t;

/* ---- The words of the command line */

/* The parameter that an option which may stand several times gives; NULL: it is another one. */
static const char *repeated(const char *word, apr_size_t len)
{
    static const char *const names[][2] = {
        {"--audience", "audience"}, {"--resource", "resource"}, {"--param", ""}};
    apr_size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i][0]) == len && strncmp(word, names[i][0], len) == 0)
            return names[i][1];
    return NULL;
}

static bool add_parameter(options_t *options, const char *name, const char *value, apr_pool_t *pool)
{
    const char *equals = strchr(value, '=');

    if (!*name) {
        if (!equals || equals == value)
            return false;
        name = apr_pstrmemdup(pool, value, (apr_size_t)(equals - value));
        value = equals + 1;
    }
    APR_ARRAY_PUSH(options->more, const char *) = name;
    APR_ARRAY_PUSH(options->more, const char *) = value;
    return true;
}

/* Takes the options that may stand several times out of the words; false: one has no value. */
static bool take_repeated(options_t *options, int *argc, const char *const **argv, apr_pool_t *pool)
{
    const char **rest = apr_palloc(pool, sizeof *rest * (apr_size_t)(*argc + 1));
    int count = 0, i;

    for (i = 0; i < *argc; i++) {
        const char *word = (*argv)[i], *equals = strchr(word, '=');
        const char *name = repeated(word, equals ? (apr_size_t)(equals - word) : strlen(word));
        const char *value = equals ? equals + 1 : i + 1 < *argc ? (*argv)[i + 1] : NULL;

        if (!name) {
            rest[count++] = word;
            continue;
        }
        if (!value || !add_parameter(options, name, value, pool)) {
            ctl_say(CTL_USAGE, "%s: %s", word,
                    *name ? "a value is missing" : "say NAME=VALUE behind it");
            return false;
        }
        i += equals ? 0 : 1;
    }
    *argc = count;
    *argv = rest;
    return true;
}

static bool read_options(options_t *o, int argc, const char *const *argv, apr_pool_t *pool)
{
    const args_option_t options[] = {
        {0, "client", &o->client, NULL},
        {0, "client-secret-file", &o->secret_file, NULL},
        {0, "subject-token", &o->subject_token, NULL},
        {0, "subject-token-type", &o->subject_type, NULL},
        {0, "assertion", &o->assertion, NULL},
        {0, "actor-token", &o->actor_token, NULL},
        {0, "actor-token-type", &o->actor_type, NULL},
        {0, "scope", &o->scope, NULL},
        {0, "requested-token-type", &o->requested_type, NULL},
        {0, "location", &o->location, NULL},
        {0, "as-of", &o->as_of, NULL},
        {0, "draft", &o->draft, NULL},
        {0, "server", &o->server, NULL},
        {0, "json", NULL, &o->json},
        {0, "batch", NULL, &o->batch},
    };
    args_t args = {options, (int)(sizeof options / sizeof options[0]), NULL, 0};

    o->more = apr_array_make(pool, 8, sizeof(const char *));
    if (!take_repeated(o, &argc, &argv, pool) || !args_read(&args, false, argc, argv, pool))
        return false;
    if (args.operand_count) {
        ctl_say(CTL_USAGE, "try takes no operand");
        return false;
    }
    if (o->batch)
        return true;
    if ((o->client && !o->subject_token == !o->assertion) || !o->client == !o->location) {
        ctl_say(CTL_USAGE, "say: try --client ID --subject-token FILE|-, or --assertion FILE|-, "
                           "or try --location NAME [--subject-token FILE|-]");
        return false;
    }
    if (o->location &&
        (o->more->nelts || o->scope || o->actor_token || o->subject_type || o->assertion)) {
        ctl_say(CTL_USAGE, "a location says by itself what it asks for: leave out everything but "
                           "--subject-token");
        return false;
    }
    return true;
}

/* ---- Values */

/* Seconds, or RFC 3339 in UTC. */
static bool read_time(int64_t *out, const char *text)
{
    char *end;
    apr_time_t t;
    char date[sizeof "9999-12-31T23:59:59Z"];

    *out = strtoll(text, &end, 10);
    if (*end == '\0')
        return *out > 0 && *out <= TOKEX_LIMIT_NUMERIC_DATE;
    if (!apr_date_checkmask(text, "####-##-##T##:##:##Z"))
        return false;
    memcpy(date, text, sizeof date);
    t = 0;
    {
        apr_time_exp_t exp = {0};

        exp.tm_year = (int)strtol(date, NULL, 10) - 1900;
        exp.tm_mon = (int)strtol(date + 5, NULL, 10) - 1;
        exp.tm_mday = (int)strtol(date + 8, NULL, 10);
        exp.tm_hour = (int)strtol(date + 11, NULL, 10);
        exp.tm_min = (int)strtol(date + 14, NULL, 10);
        exp.tm_sec = (int)strtol(date + 17, NULL, 10);
        if (exp.tm_mon < 0 || exp.tm_mon > 11 || apr_time_exp_gmt_get(&t, &exp) != APR_SUCCESS)
            return false;
    }
    *out = apr_time_sec(t);
    return *out > 0;
}

/* A file with one token or secret in it, without the white space around it. */
static const tokex_err_t *read_word(const char **out, const char *path, apr_pool_t *pool)
{
    const char *text;
    apr_size_t len;
    char *word;

    TOKEX_RETURN_ERR(file_read(&text, &len, path, TOKEX_LIMIT_BODY, pool));
    word = apr_pstrmemdup(pool, text, len);
    apr_collapse_spaces(word, word);
    *out = word;
    return NULL;
}

/* Behind the form that there is so far; NULL adds nothing. */
static void add(const char **form, const char *name, const char *value, apr_pool_t *pool)
{
    if (value)
        *form = apr_pstrcat(pool, *form, **form ? "&" : "", apr_pescape_urlencoded(pool, name), "=",
                            apr_pescape_urlencoded(pool, value), NULL);
}

static const tokex_err_t *make_form(tokex_try_question_t *question, tokex_world_view_t *view,
                                    const options_t *o, apr_pool_t *pool)
{
    const char *secret = NULL, *subject = NULL, *actor = NULL;
    const char *form = "";
    int i;

    if (o->subject_token || o->assertion)
        TOKEX_RETURN_ERR(read_word(&subject, o->assertion ? o->assertion : o->subject_token, pool));
    view->tokens[0] = subject;
    if (o->location) {
        question->token = subject;
        return NULL;
    }
    if (o->actor_token)
        TOKEX_RETURN_ERR(read_word(&actor, o->actor_token, pool));
    view->tokens[1] = actor;
    if (o->secret_file)
        TOKEX_RETURN_ERR(read_word(&secret, o->secret_file, pool));
    question->assumes_client = !secret;
    add(&form, "grant_type", o->assertion ? TOKEX_GRANT_ASSERTION : TOKEX_GRANT_EXCHANGE, pool);
    add(&form, "client_id", o->client, pool);
    add(&form, "client_secret", secret, pool);
    add(&form, o->assertion ? "assertion" : "subject_token", subject, pool);
    add(&form, "subject_token_type",
        o->subject_type || o->assertion ? o->subject_type : TOKEX_TYPE_URN_ACCESS_TOKEN, pool);
    add(&form, "actor_token", actor, pool);
    add(&form, "actor_token_type",
        actor && !o->actor_type ? TOKEX_TYPE_URN_ACCESS_TOKEN : o->actor_type, pool);
    add(&form, "scope", o->scope, pool);
    add(&form, "requested_token_type", o->requested_type, pool);
    for (i = 0; i + 1 < o->more->nelts; i += 2)
        add(&form, APR_ARRAY_IDX(o->more, i, const char *),
            APR_ARRAY_IDX(o->more, i + 1, const char *), pool);
    question->form = form;
    question->form_len = strlen(form);
    return NULL;
}

/* A short word for the three types that there are. */
static const char *type_of(const char *word)
{
    if (word && strcmp(word, "access_token") == 0)
        return TOKEX_TYPE_URN_ACCESS_TOKEN;
    if (word && strcmp(word, "jwt") == 0)
        return TOKEX_TYPE_URN_JWT;
    return word && strcmp(word, "id_token") == 0 ? TOKEX_TYPE_URN_ID_TOKEN : word;
}

/* ---- The question */

static int ask(const options_t *o, tokex_world_view_t *view, const ctl_t *ctl)
{
    tokex_try_question_t question = {0};
    try_answer_t answer = {.now = view->now};
    const tokex_err_t *err = make_form(&question, view, o, ctl->pool);
    tokex_world_t *world;
    int code;

    if (err)
        return ctl_error(ctl, err);
    code = try_world_read(&world, view, ctl, ctl->pool);
    if (code != CTL_DONE)
        return code;
    question.exchange_off = !world->exchanges;
    if (o->location) {
        question.location = tokex_world_location(world, o->location);
        if (!question.location)
            return ctl_say(CTL_USAGE,
                           "--location %s: there is no such protected location with a TokexClient, "
                           "or there are several; `tokexctl location list` shows them",
                           o->location);
        question.not_asked = tokex_world_requirements(question.location, ctl->pool);
    }
    answer.world = world;
    answer.report = tokex_try_run(world->engine, &question, ctl->pool);
    if (o->json)
        puts(try_json(&answer, true, ctl->pool));
    else
        try_print(&answer, ctl->pool);
    code = ctl_flush();
    if (code != CTL_DONE)
        return code;
    return answer.report->verdict == TOKEX_TRY_REFUSED ||
                   answer.report->verdict == TOKEX_TRY_UNDETERMINED
               ? CTL_REFUSED
               : CTL_DONE;
}

int ctl_try(ctl_t *ctl, int argc, const char *const *argv)
{
    options_t options = {0};
    tokex_world_view_t view = {.now = ctl->now};
    const tokex_err_t *err = NULL;

    if (!read_options(&options, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (options.batch)
        return try_batch(ctl);
    if (options.as_of && !read_time(&view.now, options.as_of))
        return ctl_say(CTL_USAGE, "--as-of %s: say seconds since 1970, or 2026-11-22T04:07:31Z",
                       options.as_of);
    options.subject_type = type_of(options.subject_type);
    options.actor_type = type_of(options.actor_type);
    options.requested_type = type_of(options.requested_type);
    view.server = options.server;
    view.clients[0] = options.client;
    view.location = options.location;
    if (options.draft)
        err =
            file_read(&view.draft, &view.draft_len, options.draft, TOKEX_LIMIT_DOCUMENT, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    return ask(&options, &view, ctl);
}
