#include "try_show.h"

#include <apr_strings.h>

#include "pages.h"

/* ---- Steps */

static const char *state_class(tokex_try_state_t state)
{
    switch (state) {
    case TOKEX_TRY_PASSED:
        return "granted";
    case TOKEX_TRY_STOPPED:
        return "refused";
    case TOKEX_TRY_SKIPPED:
        return "off";
    default:
        return "waiting";
    }
}

static void put_step(admin_t *a, const tokex_try_step_t *step, const char *client)
{
    html_t *h = a->html;

    html_put(h, "<li><span class=\"status %s\">%s</span><div><p><b>%d. %s</b> %s</p>",
             state_class(step->state), tokex_try_state_name(step->state), step->number, step->name,
             step->found);
    if (step->required)
        html_put(h, "<p class=\"hint\">Required: %s</p>", step->required);
    if (step->object) {
        html_put(h, "<p class=\"setting\">");
        admin_put_setting(a, step->object, step->id, step->field, client);
        html_put(h, "</p>");
    }
    html_put(h, "</div></li>\n");
}

/* Whether something happened in the step. */
static bool was_taken(const tokex_try_step_t *step)
{
    return step->state != TOKEX_TRY_SKIPPED && step->state != TOKEX_TRY_NOT_REACHED;
}

static void put_list(admin_t *a, const tokex_try_report_t *report, bool taken)
{
    int i;

    html_put(a->html, "<ol class=\"steps\">");
    for (i = 0; i < TOKEX_STEP_COUNT; i++)
        if (was_taken(&report->steps[i]) == taken)
            put_step(a, &report->steps[i],
                     report->outcome->client ? report->outcome->client->config->id : NULL);
    html_put(a->html, "</ol>");
}

void admin_try_put_steps(admin_t *a, const tokex_try_report_t *report)
{
    html_put(a->html, "<section><h2>Steps</h2>");
    put_list(a, report, true);
    html_put(a->html, "<details><summary>Steps that were skipped or not reached</summary>");
    put_list(a, report, false);
    html_put(a->html, "</details></section>\n");
}

/* ---- Scopes */

static void put_mark(html_t *h, bool yes)
{
    html_put(h, "<td class=\"yes\">%s</td>", yes ? "yes" : "–");
}

void admin_try_put_scopes(admin_t *a, const tokex_try_report_t *report)
{
    html_t *h = a->html;
    int i;

    if (!report->scope_count)
        return;
    html_put(h, "<section><h2>Scopes</h2><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"Scopes\"><table><caption class=\"hidden\">Scopes</caption><thead>"
                "<tr><th scope=\"col\">Scope</th><th scope=\"col\">Requested</th><th scope=\"col\">"
                "Subject had</th><th scope=\"col\">Client may</th><th scope=\"col\">Target knows"
                "</th><th scope=\"col\">Granted</th></tr></thead><tbody>");
    for (i = 0; i < report->scope_count; i++) {
        const tokex_scope_line_t *line = &report->scopes[i];

        html_put(h, "<tr><th scope=\"row\">%s%s</th>", line->scope,
                 !line->sensitive ? ""
                 : line->rule     ? " (sensitive, the rule names it)"
                                  : " (sensitive, the rule does not name it)");
        put_mark(h, line->asked);
        put_mark(h, line->subject);
        put_mark(h, line->client);
        put_mark(h, line->targets);
        html_put(h, "<td><span class=\"status %s\">%s</span></td></tr>\n",
                 line->granted ? "granted" : "off", line->granted ? "granted" : "no");
    }
    html_put(h, "</tbody></table></div></section>\n");
}

/* ---- Life */

static void put_span(admin_t *a, const char *what, const char *whose, int64_t seconds, int64_t most)
{
    apr_pool_t *pool = a->pool;

    if (seconds <= 0)
        return;
    html_put(a->html,
             "<li><span>%s %s</span><meter min=\"0\" max=\"%s\" value=\"%s\" aria-hidden=\"true\">"
             "</meter><b>%s s</b></li>",
             what, whose, apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)most),
             apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)seconds),
             admin_number_text(seconds, pool));
}

void admin_try_put_life(admin_t *a, const tokex_try_report_t *report)
{
    const tokex_outcome_t *outcome = report->outcome;
    int64_t left = outcome->subject_until - a->now, most = left;
    int i;

    if (outcome->err || outcome->accepted || outcome->expires_in <= 0)
        return;
    if (outcome->rule && outcome->rule->config->lifetime > most)
        most = outcome->rule->config->lifetime;
    for (i = 0; i < outcome->target_count; i++)
        if (outcome->targets[i]->config->lifetime > most)
            most = outcome->targets[i]->config->lifetime;
    html_put(a->html, "<section><h2>How long it would live</h2><ul class=\"bars life\">");
    put_span(a, "The subject token has left", "", left, most);
    if (outcome->rule)
        put_span(a, "At most by rule", outcome->rule->config->id, outcome->rule->config->lifetime,
                 most);
    for (i = 0; i < outcome->target_count; i++)
        put_span(a, "At most for target", outcome->targets[i]->config->id,
                 outcome->targets[i]->config->lifetime, most);
    put_span(a, "So the token lives", "", outcome->expires_in, most);
    html_put(a->html, "</ul></section>\n");
}
