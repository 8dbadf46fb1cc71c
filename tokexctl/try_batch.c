#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/b64url.h"
#include "exchange/authorization.h"
#include "try.h"

/* One line: {"body": ..., "authorization": ..., "as_of": seconds, "server": ...} with the octets of
 * a form and of the header in base64url, or {"location": ..., "authorization": ...}, or with the
 * "token" where the location takes it from elsewhere. */
typedef struct line_t {
    tokex_try_question_t question;
    tokex_world_view_t view;
    const char *location;
} line_t;

static const tokex_err_t *octets(const char **out, apr_size_t *len, const tokex_json_t *node,
                                 apr_pool_t *pool)
{
    const char *text = tokex_json_string(node);
    unsigned char *decoded;

    *out = NULL;
    if (!text)
        return NULL;
    TOKEX_RETURN_ERR(tokex_b64url_decode(&decoded, len, text, strlen(text), pool));
    *out = (const char *)decoded;
    return NULL;
}

/* Who asks, as far as the form can be read; what cannot is refused whoever asks. */
static void find_names(line_t *line, apr_pool_t *pool)
{
    const tokex_try_question_t *question = &line->question;
    const tokex_form_t *form;
    tokex_request_t *request;

    if (!question->form || tokex_form_parse(&form, question->form, question->form_len, pool) ||
        tokex_request_read(&request, form, question->authorization, pool))
        return;
    line->view.clients[0] = request->credentials.client_id;
    line->view.clients[1] = request->credentials.decoded_id;
    line->view.tokens[0] = request->subject_token;
    line->view.tokens[1] = request->actor_token;
}

static const tokex_err_t *read_line(line_t *line, const char *text, apr_size_t text_len,
                                    const ctl_t *ctl, apr_pool_t *pool)
{
    const tokex_json_t *node;
    apr_size_t len;

    TOKEX_RETURN_ERR(tokex_json_parse_object(&node, text, text_len, pool));
    TOKEX_RETURN_ERR(
        octets(&line->question.form, &line->question.form_len, tokex_json_get(node, "body"), pool));
    TOKEX_RETURN_ERR(
        octets(&line->question.authorization, &len, tokex_json_get(node, "authorization"), pool));
    line->view.now = ctl->now;
    line->view.peek = true;
    (void)tokex_json_integer(tokex_json_get(node, "as_of"), &line->view.now);
    line->view.server = tokex_json_string(tokex_json_get(node, "server"));
    line->location = tokex_json_string(tokex_json_get(node, "location"));
    line->view.location = line->location;
    line->question.token = tokex_json_string(tokex_json_get(node, "token"));
    line->view.tokens[0] = line->question.token;
    if (line->location && !line->question.token &&
        tokex_authorization_bearer(&line->view.tokens[0], line->question.authorization, pool))
        line->view.tokens[0] = NULL;
    find_names(line, pool);
    if (!line->location && !line->question.form)
        return tokex_err_create(pool, TOKEX_E_JSON, NULL, "say body or location in every line");
    return NULL;
}

static const char *failure(const char *text, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 256);

    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "failure", text);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, NULL);
}

static const char *answer_line(const char *text, apr_size_t len, const ctl_t *ctl, apr_pool_t *pool)
{
    line_t line = {{0}, {0}, NULL};
    try_answer_t answer = {0};
    const tokex_err_t *err = read_line(&line, text, len, ctl, pool);
    tokex_world_t *world;

    if (err)
        return failure(tokex_err_text(err, pool), pool);
    if (try_world_read(&world, &line.view, ctl, pool) != CTL_DONE)
        return failure("the installation could not be read", pool);
    line.question.exchange_off = !world->exchanges;
    if (line.location)
        line.question.location = tokex_world_location(world, line.location);
    if (line.location && !line.question.location)
        return failure("there is no such location", pool);
    answer.world = world;
    answer.now = line.view.now;
    answer.report = tokex_try_run(world->engine, &line.question, pool);
    return try_json(&answer, false, pool);
}

int try_batch(const ctl_t *ctl)
{
    char *text = NULL;
    size_t space = 0;
    ssize_t len;

    while ((len = getline(&text, &space, stdin)) > 0) {
        ctl_t now = *ctl;
        apr_pool_t *pool;

        if (apr_pool_create(&pool, ctl->pool) != APR_SUCCESS)
            break;
        now.now = apr_time_sec(apr_time_now());
        now.pool = pool;
        puts(answer_line(text, (apr_size_t)len, &now, pool));
        apr_pool_destroy(pool);
        if (fflush(stdout) != 0)
            break;
    }
    free(text);
    return ctl_flush();
}
