#include "adapter/fetch_curl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include <apr_atomic.h>
#include <apr_strings.h>

#include "adapter/curl_library.h"
#include "adapter/fetch_private.h"

#define USER_AGENT "mod_tokex/" TOKEX_VERSION
#define REDIRECTS 3
/* libcurl's own bound differs by version, and was none. */
#define HEADER_OCTETS (64 * 1024)
#define FIRST_SPACE 4096
/* How often `stop` is looked at. */
#define POLL_MS 100
#define ADDRESS_TEXT 64

struct tokex_fetcher_t {
    const tokex_fetch_library_t *curl;
    const tokex_fetch_settings_t *settings;
    CURLM *multi;
};

/* One document on its way. */
typedef struct job_t {
    const tokex_fetch_library_t *curl;
    const tokex_fetch_settings_t *settings;
    tokex_fetch_t *fetch;
    apr_pool_t *pool;
    CURL *easy; /* NULL: there is none any more */
    struct curl_slist *headers;
    const char *url; /* that is asked now, after redirects */
    const char *scheme;
    int redirects;
    int spent_ms; /* by the answers that redirected */

    /* Of the answer that comes now. */
    char *body;
    apr_size_t len;
    apr_size_t space;
    apr_size_t header_octets;
    const char *cache_control;
    bool too_large;
    bool headers_too_large;
    char refused[ADDRESS_TEXT]; /* the last address that must not be asked; "": none */
    int socket_errno;           /* why there was no socket; 0: there was */
    char detail[CURL_ERROR_SIZE];
} job_t;

/* ---- What fetches */

static apr_status_t free_multi(void *data)
{
    const tokex_fetcher_t *fetcher = data;

    fetcher->curl->multi_cleanup(fetcher->multi);
    return APR_SUCCESS;
}

const tokex_err_t *tokex_fetch_create(tokex_fetcher_t **out, const tokex_fetch_library_t *library,
                                      const tokex_fetch_settings_t *settings, apr_pool_t *pool)
{
    tokex_fetcher_t *fetcher = apr_pcalloc(pool, sizeof(*fetcher));

    fetcher->curl = library;
    fetcher->settings = settings;
    fetcher->multi = library->multi_init();
    if (!fetcher->multi)
        return tokex_err_create(pool, TOKEX_E_FETCH, NULL,
                                "libcurl cannot begin: no memory, or no file descriptor is free");
    apr_pool_cleanup_register(pool, fetcher, free_multi, apr_pool_cleanup_null);
    *out = fetcher;
    return NULL;
}

/* ---- What is said when it fails */

/* A query may hold what is nobody else's business. */
static const char *shown_url(const char *url, apr_pool_t *pool)
{
    return tokex_err_shown(pool, url, strcspn(url, "?#"));
}

static const tokex_err_t *failed(const job_t *job, const char *what)
{
    return tokex_err_create(job->pool, TOKEX_E_FETCH, NULL, "%s: %s (after %d ms)",
                            shown_url(job->fetch->url, job->pool), what, job->spent_ms);
}

static const char *detail_of(const job_t *job, CURLcode code)
{
    const char *text = *job->detail ? job->detail : job->curl->easy_strerror(code);

    return tokex_err_shown(job->pool, text, strlen(text));
}

static const char *not_public(const job_t *job, const char *address)
{
    return apr_psprintf(job->pool,
                        "not asked, because %s is not a public address: name it in TokexFetchAllow "
                        "if it may be",
                        tokex_err_shown(job->pool, address, strlen(address)));
}

static const char *reason_of(const job_t *job, CURLcode code)
{
    if (job->too_large)
        return apr_psprintf(job->pool, "the answer is larger than %lu octets",
                            (unsigned long)job->settings->octets);
    if (job->headers_too_large)
        return apr_psprintf(job->pool, "the headers of the answer are larger than %d octets",
                            HEADER_OCTETS);
    if (job->socket_errno)
        return apr_psprintf(job->pool, "there is no socket for it: %s",
                            strerror(job->socket_errno));
    /* Another address of the name may have been tried, in vain. */
    if (*job->refused)
        return not_public(job, job->refused);
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return apr_psprintf(job->pool,
                            "no whole answer in time, which is %d ms to connect and %d "
                            "ms in all: %s",
                            job->settings->connect_ms, job->settings->total_ms,
                            detail_of(job, code));
    case CURLE_PEER_FAILED_VERIFICATION:
        return apr_psprintf(job->pool,
                            "its certificate is not good: %s. Authorities of your own "
                            "stand in the file that TokexFetchCAFile names",
                            detail_of(job, code));
    default:
        return detail_of(job, code);
    }
}

/* ---- What libcurl asks back */

static bool may_connect(const job_t *job, const struct curl_sockaddr *address)
{
    const struct sockaddr *sa = &address->addr;
    apr_sockaddr_t known;

    if (job->settings->proxy)
        return true;
    memset(&known, 0, sizeof(known));
    known.family = sa->sa_family;
    if (sa->sa_family == AF_INET) {
        memcpy(&known.sa.sin, sa, sizeof(known.sa.sin));
        known.ipaddr_ptr = &known.sa.sin.sin_addr;
        known.ipaddr_len = sizeof(known.sa.sin.sin_addr);
    } else if (sa->sa_family == AF_INET6) {
        memcpy(&known.sa.sin6, sa, sizeof(known.sa.sin6));
        known.ipaddr_ptr = &known.sa.sin6.sin6_addr;
        known.ipaddr_len = sizeof(known.sa.sin6.sin6_addr);
    } else {
        return false;
    }
    return tokex_fetch_may_ask(job->settings, &known);
}

static void note_refused(job_t *job, const struct sockaddr *sa)
{
    const void *octets =
        sa->sa_family == AF_INET6
            ? (const void *)&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr
            : (const void *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr;

    if ((sa->sa_family != AF_INET && sa->sa_family != AF_INET6) ||
        !inet_ntop(sa->sa_family, octets, job->refused, sizeof(job->refused)))
        apr_cpystrn(job->refused, "an address of another kind", sizeof(job->refused));
}

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    job_t *job = data;
    curl_socket_t fd;

    if (purpose != CURLSOCKTYPE_IPCXN || !may_connect(job, address)) {
        note_refused(job, &address->addr);
        return CURL_SOCKET_BAD;
    }
    /* Not handed on to a program that another module may start. */
    fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    job->socket_errno = fd == CURL_SOCKET_BAD ? errno : 0;
    return fd;
}

static size_t take_body(char *data, size_t one, size_t count, void *to)
{
    job_t *job = to;
    apr_size_t len = one * count;

    if (len > job->settings->octets - job->len) {
        job->too_large = true;
        return 0;
    }
    if (job->len + len + 1 > job->space) {
        char *wider;

        job->space = job->space ? job->space : FIRST_SPACE;
        while (job->len + len + 1 > job->space)
            job->space *= 2;
        wider = apr_palloc(job->pool, job->space);
        if (job->len > 0)
            memcpy(wider, job->body, job->len);
        job->body = wider;
    }
    memcpy(job->body + job->len, data, len);
    job->len += len;
    return len;
}

static void take_cache_control(job_t *job, const char *value, apr_size_t len)
{
    const char *text = apr_pstrmemdup(job->pool, value, len);

    job->cache_control =
        job->cache_control ? apr_pstrcat(job->pool, job->cache_control, ",", text, NULL) : text;
}

static size_t take_header(char *data, size_t one, size_t count, void *to)
{
    static const char name[] = "cache-control:";
    job_t *job = to;
    apr_size_t len = one * count, name_len = sizeof(name) - 1;

    if (job->fetch->facts)
        tokex_fetch_facts_header(job->fetch->facts, job->curl, data, len, job->pool);
    job->header_octets += len;
    if (job->header_octets > HEADER_OCTETS) {
        job->headers_too_large = true;
        return 0;
    }
    /* Another answer begins, after a 1xx for instance. */
    if (len >= 5 && memcmp(data, "HTTP/", 5) == 0)
        job->cache_control = NULL;
    if (len > name_len && strncasecmp(data, name, name_len) == 0) {
        while (len > name_len && (data[len - 1] == '\r' || data[len - 1] == '\n'))
            len--;
        take_cache_control(job, data + name_len, len - name_len);
    }
    return one * count;
}

/* ---- How it is asked */

#define SET(option, value)                                                                         \
    do {                                                                                           \
        CURLcode set_code_ = job->curl->easy_setopt(job->easy, option, value);                     \
        if (set_code_ != CURLE_OK)                                                                 \
            return set_code_;                                                                      \
    } while (0)

static CURLcode set_callbacks(job_t *job)
{
    SET(CURLOPT_PRIVATE, job);
    SET(CURLOPT_ERRORBUFFER, job->detail);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, job);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, job);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, job);
    return CURLE_OK;
}

static bool add_header(job_t *job, const char *name, const char *value)
{
    struct curl_slist *longer;

    if (!value)
        return true;
    longer = job->curl->slist_append(job->headers, apr_pstrcat(job->pool, name, value, NULL));
    if (longer)
        job->headers = longer;
    return longer != NULL;
}

/* Without "Expect: 100-continue", which makes some servers wait. */
static CURLcode set_form(job_t *job)
{
    const char *form = job->fetch->form;

    if (!form) {
        SET(CURLOPT_HTTPGET, 1L);
        return CURLE_OK;
    }
    if (!add_header(job, "Content-Type: ", "application/x-www-form-urlencoded") ||
        !add_header(job, "Expect:", ""))
        return CURLE_OUT_OF_MEMORY;
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE, (long)strlen(form));
    SET(CURLOPT_POSTFIELDS, form);
    return CURLE_OK;
}

static CURLcode set_request(job_t *job)
{
    CURLcode code;

    if (!add_header(job, "Accept: ", job->fetch->accept) ||
        !add_header(job, "Authorization: ", job->fetch->authorization))
        return CURLE_OUT_OF_MEMORY;
    code = set_form(job);
    if (code != CURLE_OK)
        return code;
    SET(CURLOPT_HTTPHEADER, job->headers);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_USERAGENT, USER_AGENT);
    SET(CURLOPT_ACCEPT_ENCODING, "gzip");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    /* Redirects are followed here, where they can be looked at. */
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* The thread that waits for the system's resolver ends by itself. */
    SET(CURLOPT_QUICK_EXIT, 1L);
#endif
    return CURLE_OK;
}

static CURLcode set_tls(job_t *job)
{
    const tokex_fetch_settings_t *settings = job->settings;

    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!settings->ca_file)
        return CURLE_OK;
    SET(CURLOPT_CAINFO, settings->ca_file);
    /* The system's directory would count beside the file. */
    SET(CURLOPT_CAPATH, NULL);
    if (!settings->proxy)
        return CURLE_OK;
    SET(CURLOPT_PROXY_CAINFO, settings->ca_file);
    SET(CURLOPT_PROXY_CAPATH, NULL);
    return CURLE_OK;
}

/* What changes with each redirect. */
static CURLcode set_target(job_t *job)
{
    const tokex_fetch_settings_t *settings = job->settings;
    int left = settings->total_ms - job->spent_ms;
    int connect = settings->connect_ms < left ? settings->connect_ms : left;

    SET(CURLOPT_URL, job->url);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
    SET(CURLOPT_TIMEOUT_MS, (long)left);
    return CURLE_OK;
}

static CURLcode set_way(job_t *job)
{
    const char *proxy = job->settings->proxy ? job->settings->proxy : "";

    /* Otherwise the environment of httpd would decide (CVE-2016-5387). */
    SET(CURLOPT_PROXY, proxy);
    SET(CURLOPT_NOPROXY, "");
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, job->scheme);
#else
    SET(CURLOPT_PROTOCOLS,
        (long)(strcmp(job->scheme, "https") == 0 ? CURLPROTO_HTTPS : CURLPROTO_HTTP));
#endif
    return CURLE_OK;
}

static CURLcode set_all(job_t *job)
{
    CURLcode code = set_callbacks(job);

    if (code == CURLE_OK)
        code = set_request(job);
    if (code == CURLE_OK)
        code = set_tls(job);
    if (code == CURLE_OK)
        code = set_way(job);
    if (code == CURLE_OK)
        code = set_target(job);
    if (code == CURLE_OK && job->fetch->facts)
        code = tokex_fetch_facts_set(job->fetch->facts, job->curl, job->easy);
    return code;
}

/* ---- Which URLs */

/* A part of a URL as libcurl itself reads it; NULL: it has none. */
static const char *part_of(const job_t *job, CURLU *url, CURLUPart part)
{
    char *text = NULL, *copy;

    if (job->curl->url_get(url, part, &text, 0) != CURLUE_OK)
        return NULL;
    copy = apr_pstrdup(job->pool, text);
    job->curl->free(text);
    return copy;
}

static const char *without_brackets(const char *host, apr_pool_t *pool)
{
    return *host == '[' ? apr_pstrmemdup(pool, host + 1, strcspn(host + 1, "]%")) : host;
}

static void note_stage(const job_t *job, tokex_fetch_stage_t stage)
{
    if (job->fetch->facts)
        job->fetch->facts->stage = stage;
}

/* Why the URL must not be asked; NULL: it may. */
static const char *judge_parts(job_t *job, CURLU *url)
{
    const char *scheme = part_of(job, url, CURLUPART_SCHEME);
    const char *host = part_of(job, url, CURLUPART_HOST);

    if (!scheme || (job->scheme && strcmp(scheme, job->scheme) != 0))
        return apr_psprintf(job->pool, "redirected from %s to %s, which is not followed",
                            job->scheme ? job->scheme : "nothing",
                            scheme ? tokex_err_shown(job->pool, scheme, strlen(scheme))
                                   : "nothing");
    if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
        return "the URL is neither https nor http";
    if (!host || !*host)
        return "the URL has no host";
    if (part_of(job, url, CURLUPART_USER) || part_of(job, url, CURLUPART_PASSWORD))
        return "the URL has a user, which is not sent anywhere";
    host = without_brackets(host, job->pool);
    if (!tokex_fetch_may_ask_host(job->settings, host)) {
        note_stage(job, TOKEX_FETCH_AT_ADDRESS);
        return not_public(job, host);
    }
    job->scheme = scheme;
    return NULL;
}

static const char *judge_url(job_t *job, const char *text)
{
    CURLU *url = job->curl->url();
    const char *why;

    note_stage(job, TOKEX_FETCH_AT_URL);
    if (!url)
        return "out of memory";
    if (job->curl->url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        why = job->redirects ? "redirected to what is not a URL" : "this is not a URL";
    else
        why = judge_parts(job, url);
    job->curl->url_cleanup(url);
    return why;
}

/* ---- From the beginning to the end of one */

static void close_job(job_t *job)
{
    if (job->easy)
        job->curl->easy_cleanup(job->easy);
    job->easy = NULL;
    job->curl->slist_free_all(job->headers);
    job->headers = NULL;
}

static void fail(job_t *job, const char *what)
{
    job->fetch->err = failed(job, what);
    job->fetch->ms = job->spent_ms;
    close_job(job);
}

static void begin(job_t *job, const tokex_fetcher_t *fetcher, tokex_fetch_t *fetch,
                  apr_pool_t *pool)
{
    const char *why;
    CURLcode code;

    memset(job, 0, sizeof(*job));
    job->curl = fetcher->curl;
    job->settings = fetcher->settings;
    job->fetch = fetch;
    job->pool = pool;
    job->url = fetch->url;
    fetch->err = NULL;
    fetch->body = fetch->content_type = NULL;
    fetch->len = 0;
    fetch->max_age = -1;
    fetch->status = 0;
    if (fetch->facts)
        tokex_fetch_facts_clear(fetch->facts);
    why = judge_url(job, fetch->url);
    if (why) {
        fail(job, why);
        return;
    }
    job->easy = job->curl->easy_init();
    code = job->easy ? set_all(job) : CURLE_OUT_OF_MEMORY;
    if (code != CURLE_OK)
        fail(job, detail_of(job, code));
    else if (fetcher->curl->multi_add_handle(fetcher->multi, job->easy) != CURLM_OK)
        fail(job, "libcurl did not begin");
}

static bool is_redirect(long status)
{
    return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

static void forget_answer(job_t *job)
{
    job->len = job->header_octets = 0;
    job->cache_control = NULL;
    *job->refused = *job->detail = '\0';
    job->socket_errno = 0;
}

/* Goes on with what the answer names. NULL: it is on its way. */
static const char *follow(job_t *job, const tokex_fetcher_t *fetcher)
{
    const char *why;
    char *next = NULL;

    /* A token or a secret is for whom it was meant, whatever that one says. */
    if (job->fetch->authorization || job->fetch->form)
        return "redirected, which is not followed with what was sent";
    if (job->settings->stays)
        return "redirected, which is not followed here";
    (void)job->curl->easy_getinfo(job->easy, CURLINFO_REDIRECT_URL, &next);
    if (!next)
        return "redirected to nowhere";
    if (++job->redirects > REDIRECTS)
        return "redirected more than " APR_STRINGIFY(REDIRECTS) " times";
    job->url = apr_pstrdup(job->pool, next);
    why = judge_url(job, job->url);
    if (why)
        return why;
    if (job->spent_ms >= job->settings->total_ms)
        return "redirected until the time was over";
    forget_answer(job);
    if (set_target(job) != CURLE_OK ||
        fetcher->curl->multi_add_handle(fetcher->multi, job->easy) != CURLM_OK)
        return "libcurl did not go on";
    return NULL;
}

static void succeed(job_t *job)
{
    tokex_fetch_t *fetch = job->fetch;
    char *type = NULL;

    if (!job->body)
        job->body = apr_pcalloc(job->pool, 1);
    job->body[job->len] = '\0';
    (void)job->curl->easy_getinfo(job->easy, CURLINFO_CONTENT_TYPE, &type);
    fetch->body = job->body;
    fetch->len = job->len;
    fetch->content_type = type ? apr_pstrdup(job->pool, type) : NULL;
    fetch->max_age = tokex_fetch_max_age(job->cache_control);
    fetch->ms = job->spent_ms;
    close_job(job);
}

static void spend(job_t *job)
{
    curl_off_t microseconds = 0;

    (void)job->curl->easy_getinfo(job->easy, CURLINFO_TOTAL_TIME_T, &microseconds);
    job->spent_ms += (int)(microseconds / 1000);
}

static void take_facts(const job_t *job, CURLcode code)
{
    tokex_fetch_facts_t *facts = job->fetch->facts;

    tokex_fetch_facts_take(facts, job->curl, job->easy, code, job->pool);
    facts->url = job->url;
    if (code != CURLE_OK && *job->refused)
        facts->stage = TOKEX_FETCH_AT_ADDRESS;
}

static bool is_look(const job_t *job)
{
    return job->fetch->facts && job->fetch->facts->look;
}

static void end(job_t *job, const tokex_fetcher_t *fetcher, CURLcode code)
{
    const char *why;
    long status = 0;

    (void)job->curl->easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
    job->fetch->status = (int)status;
    spend(job);
    if (job->fetch->facts)
        take_facts(job, code);
    fetcher->curl->multi_remove_handle(fetcher->multi, job->easy);
    if (code != CURLE_OK) {
        fail(job, reason_of(job, code));
    } else if (status == 200 || is_look(job)) {
        succeed(job);
    } else if (is_redirect(status)) {
        why = follow(job, fetcher);
        if (why)
            fail(job, why);
    } else {
        fail(job, apr_psprintf(job->pool, "the answer has status %ld, not 200", status));
    }
}

static void give_up(job_t *job, const tokex_fetcher_t *fetcher)
{
    if (!job->easy)
        return;
    spend(job);
    fetcher->curl->multi_remove_handle(fetcher->multi, job->easy);
    fail(job, "given up, because the server ends");
}

/* ---- All at the same time */

static void end_finished(const tokex_fetcher_t *fetcher)
{
    CURLMsg *message;
    int left;

    while ((message = fetcher->curl->multi_info_read(fetcher->multi, &left))) {
        CURLcode code = message->data.result;
        char *job = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)fetcher->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
        end((job_t *)(void *)job, fetcher, code);
    }
}

static bool is_any_left(const job_t *jobs, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        if (jobs[i].easy)
            return true;
    }
    return false;
}

void tokex_fetch_run(tokex_fetcher_t *fetcher, tokex_fetch_t *fetches, int count,
                     volatile apr_uint32_t *stop, apr_pool_t *pool)
{
    job_t *jobs = apr_palloc(pool, (apr_size_t)(count > 0 ? count : 1) * sizeof(*jobs));
    int running, i;

    for (i = 0; i < count; i++)
        begin(&jobs[i], fetcher, &fetches[i], pool);
    while (is_any_left(jobs, count) && !(stop && apr_atomic_read32(stop))) {
        if (fetcher->curl->multi_perform(fetcher->multi, &running) != CURLM_OK)
            break;
        end_finished(fetcher);
        if (is_any_left(jobs, count) &&
            fetcher->curl->multi_poll(fetcher->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK)
            break;
    }
    for (i = 0; i < count; i++)
        give_up(&jobs[i], fetcher);
}
