/* The steps until a server can be spoken with: its name, the connection, its certificate. */
#include <string.h>

#include <apr_strings.h>

#include "keys/key_answer.h"
#include "keys/key_probe_private.h"

#define DAY 86400
/* Days that a certificate is good for when it is time to say so. */
#define SOON 14

static const char *date_text(int64_t seconds, apr_pool_t *pool)
{
    apr_time_exp_t t;
    (void)apr_time_exp_gmt(&t, apr_time_from_sec(seconds));
    return apr_psprintf(pool, "%04d-%02d-%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
}

static int64_t now_of(const tokex_probe_walk_t *walk)
{
    return apr_time_sec(walk->way->clock());
}

static const char *shown(const char *text, apr_pool_t *pool)
{
    return text ? tokex_err_shown(pool, text, strlen(text)) : "nobody who is named";
}

static bool is_plain(const char *url)
{
    return strncmp(url, "http://", 7) == 0;
}

static int elapsed_ms(const tokex_probe_walk_t *walk, apr_time_t from)
{
    apr_time_t to = walk->way->clock();
    return to > from ? (int)apr_time_as_msec(to - from) : 0;
}

/* ---- Names */

static const char *join(const tokex_probe_step_t *step, bool forbidden_only, const char *by,
                        apr_pool_t *pool)
{
    const char *text = "";
    for (int i = 0; i < step->address_count; i++)
        if (!forbidden_only || !step->addresses[i].may_ask)
            text = apr_pstrcat(pool, text, *text ? by : "", step->addresses[i].text, NULL);
    return text;
}

static int count_forbidden(const tokex_probe_step_t *step)
{
    int count = 0;
    for (int i = 0; i < step->address_count; i++)
        count += !step->addresses[i].may_ask;
    return count;
}

static void judge_addresses(tokex_probe_walk_t *walk, tokex_probe_step_t *step, const char *host)
{
    apr_pool_t *pool = walk->pool;
    int forbidden = count_forbidden(step);
    const char *found = apr_psprintf(pool, "%s is %s", host, join(step, false, ", ", pool));
    const char *advice = NULL;
    if (forbidden)
        advice = apr_psprintf(pool,
                              "Not public: %s. Where that is meant, write TokexFetchAllow %s into "
                              "httpd's configuration.",
                              join(step, true, ", ", pool), join(step, true, " ", pool));
    if (forbidden == step->address_count)
        tokex_key_probe_fail(walk, step,
                             apr_pstrcat(pool, found, ", which must not be asked", NULL), advice);
    else
        tokex_key_probe_ok(step, found, advice);
}

static void look_up(tokex_probe_walk_t *walk, const char *url)
{
    tokex_probe_step_t *step = tokex_key_probe_add(walk, "dns", url);
    const char *host = tokex_key_answer_host(url, walk->pool);
    apr_time_t from = walk->way->clock();
    const char *problem;
    if (walk->broken)
        return;
    if (walk->way->settings->proxy) {
        step->found =
            apr_psprintf(walk->pool, "the proxy %s looks names up", walk->way->settings->proxy);
        return;
    }
    problem = walk->way->look_up(&step->addresses, &step->address_count, walk->way->settings, host,
                                 walk->pool);
    step->ms = elapsed_ms(walk, from);
    if (problem)
        tokex_key_probe_fail(walk, step,
                             apr_psprintf(walk->pool, "%s has no address: %s", host, problem),
                             "Compare the host of the URL with what the issuer says, and look at "
                             "this host's resolver (/etc/resolv.conf).");
    else
        judge_addresses(walk, step, host);
}

/* ---- The connection */

static const char *connect_advice(const tokex_probe_walk_t *walk, const tokex_probe_leg_t *leg)
{
    switch (leg->facts.stage) {
    case TOKEX_FETCH_AT_URL:
        return "Write a URL that may be asked: https, a host, no user.";
    case TOKEX_FETCH_AT_ADDRESS:
        return "Where that address is meant, name it in TokexFetchAllow in httpd's configuration.";
    case TOKEX_FETCH_AT_NAME:
        return walk->way->settings->proxy ? "Compare TokexFetchProxy with the name of your proxy."
                                          : "Look at this host's resolver (/etc/resolv.conf).";
    default:
        return walk->way->settings->proxy
                   ? "Look at the proxy: does it run, and does it let this host ask there?"
                   : "Let the firewall pass this host there; ask the issuer whether its server "
                     "runs. Where only a proxy may go out, name it in TokexFetchProxy.";
    }
}

static bool has_connected(const tokex_probe_leg_t *leg)
{
    return !leg->fetch.err || leg->facts.status || leg->facts.stage == TOKEX_FETCH_AT_TLS ||
           leg->facts.stage == TOKEX_FETCH_AT_ANSWER;
}

static void tell_connection(tokex_probe_walk_t *walk, const tokex_probe_leg_t *leg)
{
    tokex_probe_step_t *step = tokex_key_probe_add(walk, "connect", leg->fetch.url);
    if (walk->broken)
        return;
    step->ms = leg->facts.connect_ms;
    if (has_connected(leg)) {
        tokex_key_probe_ok(step,
                           apr_psprintf(walk->pool, "connected to %s%s",
                                        leg->facts.address ? leg->facts.address : "the server",
                                        walk->way->settings->proxy ? ", which is the proxy" : ""),
                           NULL);
        return;
    }
    step->ms = leg->fetch.ms;
    step->error = tokex_err_text(leg->fetch.err, walk->pool);
    tokex_key_probe_fail(walk, step, step->error, connect_advice(walk, leg));
}

/* ---- The certificate */

/* Of the whole chain, what ends first. */
static int64_t ends_first(const tokex_probe_step_t *step)
{
    int64_t first = 0;
    for (int i = 0; i < step->certificate_count; i++) {
        int64_t until = step->certificates[i].until;
        if (until && (!first || until < first))
            first = until;
    }
    return first;
}

static void tell_good_chain(const tokex_probe_walk_t *walk, tokex_probe_step_t *step)
{
    apr_pool_t *pool = walk->pool;
    const char *protocol = step->protocol ? step->protocol : "TLS";
    int64_t until = ends_first(step);
    int days = (int)((until - now_of(walk)) / DAY);
    if (!until) {
        tokex_key_probe_ok(
            step, apr_pstrcat(pool, protocol, ", a certificate that is trusted", NULL), NULL);
        return;
    }
    tokex_key_probe_ok(step,
                       apr_psprintf(pool, "%s, certificate of %s from %s, %d day%s left", protocol,
                                    shown(step->certificates->subject, pool),
                                    shown(step->certificates->issuer, pool), days,
                                    days == 1 ? "" : "s"),
                       days < SOON ? "It ends soon: the issuer should renew it." : NULL);
}

/* Is one of the chain out of its time? */
static bool tell_time(tokex_probe_walk_t *walk, tokex_probe_step_t *step)
{
    apr_pool_t *pool = walk->pool;
    int64_t now = now_of(walk);
    for (int i = 0; i < step->certificate_count; i++) {
        const tokex_fetch_certificate_t *one = &step->certificates[i];
        if (one->until && one->until < now) {
            tokex_key_probe_fail(walk, step,
                                 apr_psprintf(pool, "the certificate of %s ended on %s",
                                              shown(one->subject, pool),
                                              date_text(one->until, pool)),
                                 "The issuer has to renew it. If it was renewed, look at this "
                                 "host's clock.");
            return true;
        }
        if (one->from > now) {
            tokex_key_probe_fail(walk, step,
                                 apr_psprintf(pool, "the certificate of %s begins on %s only",
                                              shown(one->subject, pool),
                                              date_text(one->from, pool)),
                                 "Look at this host's clock; if it is right, tell the issuer.");
            return true;
        }
    }
    return false;
}

/* As libcurl says it, with each library of TLS. */
static bool is_other_name(const char *error)
{
    return strstr(error, "subject name") || strstr(error, "host name") || strstr(error, "hostname");
}

static const char *trusted_text(const tokex_probe_walk_t *walk)
{
    const char *file = walk->way->settings->ca_file;
    return file ? apr_psprintf(walk->pool, "Trusted are the authorities in %s (TokexFetchCAFile)",
                               file)
                : "Trusted are this system's authorities";
}

static void tell_distrust(tokex_probe_walk_t *walk, tokex_probe_step_t *step, const char *host)
{
    apr_pool_t *pool = walk->pool;
    const tokex_fetch_certificate_t *leaf = step->certificates;
    bool self = leaf->subject && leaf->issuer && strcmp(leaf->subject, leaf->issuer) == 0;
    if (is_other_name(step->error)) {
        tokex_key_probe_fail(
            walk, step,
            apr_psprintf(pool, "the certificate is for %s, not for %s",
                         shown(leaf->names ? leaf->names : leaf->subject, pool), host),
            "Ask by a name that the certificate has; else the issuer has to get one for this name, "
            "or somebody else answers in its place.");
        return;
    }
    tokex_key_probe_fail(
        walk, step,
        self ? apr_psprintf(pool, "the certificate of %s is signed by nobody but itself",
                            shown(leaf->subject, pool))
             : apr_psprintf(pool, "the certificate of %s is from %s, which is not trusted",
                            shown(leaf->subject, pool), shown(leaf->issuer, pool)),
        apr_pstrcat(pool, trusted_text(walk),
                    ". Get the certificate of its authority in a way that you trust and put it "
                    "into the file that TokexFetchCAFile names. A server that leaves out the "
                    "certificates between looks the same; then the issuer has to add them.",
                    NULL));
}

/* What the server shows, which libcurl does not tell of a connection that it gave up. */
static void look_at_chain(const tokex_probe_walk_t *walk, tokex_probe_step_t *step)
{
    tokex_fetch_facts_t *facts = apr_pcalloc(walk->pool, sizeof(*facts));
    tokex_fetch_t look = {.url = step->url, .accept = "*/*", .facts = facts};
    facts->look = true;
    walk->way->run(walk->way->fetcher, &look, 1, NULL, walk->pool);
    step->certificates = facts->certificates;
    step->certificate_count = facts->certificate_count;
    step->protocol = facts->tls;
}

static void tell_bad_chain(tokex_probe_walk_t *walk, tokex_probe_step_t *step)
{
    look_at_chain(walk, step);
    if (!step->certificate_count)
        tokex_key_probe_fail(walk, step, step->error,
                             "There is no TLS of version 1.2 or 1.3 to be had there. Look at the "
                             "port of the URL, and ask the issuer.");
    else if (!tell_time(walk, step))
        tell_distrust(walk, step, tokex_key_answer_host(step->url, walk->pool));
}

static void tell_tls(tokex_probe_walk_t *walk, const tokex_probe_leg_t *leg)
{
    tokex_probe_step_t *step = tokex_key_probe_add(walk, "tls", leg->fetch.url);
    if (walk->broken)
        return;
    if (is_plain(leg->fetch.url)) {
        step->found = "the URL is http: anybody on the way could put other keys there";
        return;
    }
    step->ms = leg->facts.tls_ms;
    step->protocol = leg->facts.tls;
    step->certificates = leg->facts.certificates;
    step->certificate_count = leg->facts.certificate_count;
    if (!leg->fetch.err || leg->facts.status || leg->facts.stage != TOKEX_FETCH_AT_TLS) {
        tell_good_chain(walk, step);
        return;
    }
    step->error = tokex_err_text(leg->fetch.err, walk->pool);
    tell_bad_chain(walk, step);
}

/* ---- The whole */

/* Date has whole seconds: a difference of one says nothing. */
static void note_clock(tokex_probe_walk_t *walk, const tokex_fetch_facts_t *facts)
{
    int64_t ahead = facts->date + facts->age - now_of(walk);
    if (!facts->date || walk->clock_known)
        return;
    walk->clock_known = true;
    walk->clock_ahead = ahead == 1 || ahead == -1 ? 0 : ahead;
}

void tokex_key_probe_reach(tokex_probe_walk_t *walk, tokex_probe_leg_t *leg, const char *url,
                           const char *accept, bool known)
{
    memset(leg, 0, sizeof(*leg));
    leg->fetch.url = url;
    leg->fetch.accept = accept;
    leg->fetch.facts = &leg->facts;
    leg->fetch.max_age = -1;
    if (!known)
        look_up(walk, url);
    if (!walk->broken) {
        walk->way->run(walk->way->fetcher, &leg->fetch, 1, NULL, walk->pool);
        note_clock(walk, &leg->facts);
    }
    if (known)
        return;
    tell_connection(walk, leg);
    tell_tls(walk, leg);
}
