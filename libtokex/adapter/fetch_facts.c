/* How a fetch went: times, certificates, the server's clock. For people who look for what is wrong;
 * nothing is decided by it. */
#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "adapter/fetch_private.h"

/* Certificates of a chain that are told. */
#define CHAIN 16
/* An Age beyond this is none. */
#define AGE_MAX (366 * 24 * 3600)
#define VALUE 128

void tokex_fetch_facts_clear(tokex_fetch_facts_t *facts)
{
    bool look = facts->look;

    memset(facts, 0, sizeof(*facts));
    facts->look = look;
    facts->name_ms = facts->connect_ms = facts->tls_ms = facts->answer_ms = -1;
}

/* ---- Before */

/* Lines of libcurl's chatter that tell what no call does, or not for every library of TLS: the
 * version of TLS, and that there was a connection before TLS failed. */
static const struct {
    const char *line;
    const char *tls; /* NULL: there is a connection */
} chatter[] = {
    {"Connected to ", NULL},
    {"SSL connection using TLSv1.3 ", "TLSv1.3"},
    {"SSL connection using TLSv1.2 ", "TLSv1.2"},
    {"SSL connection using TLS1.3 ", "TLSv1.3"},
    {"SSL connection using TLS1.2 ", "TLSv1.2"},
};

static int listen_in(CURL *easy, curl_infotype type, char *data, size_t len, void *to)
{
    tokex_fetch_facts_t *facts = to;
    size_t i;

    (void)easy;
    for (i = 0; type == CURLINFO_TEXT && i < sizeof(chatter) / sizeof(chatter[0]); i++) {
        size_t line = strlen(chatter[i].line);

        if (len < line || memcmp(data, chatter[i].line, line) != 0)
            continue;
        facts->connected = true;
        facts->tls = chatter[i].tls;
    }
    return 0;
}

#define SET(option, value)                                                                         \
    do {                                                                                           \
        CURLcode set_code_ = curl->easy_setopt(easy, option, value);                               \
        if (set_code_ != CURLE_OK)                                                                 \
            return set_code_;                                                                      \
    } while (0)

/* A connection that was not judged serves for nothing else, nor does what TLS remembers of it. */
static CURLcode set_look(const tokex_fetch_library_t *curl, CURL *easy)
{
    SET(CURLOPT_CONNECT_ONLY, 1L);
    SET(CURLOPT_SSL_VERIFYPEER, 0L);
    SET(CURLOPT_SSL_VERIFYHOST, 0L);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    return CURLE_OK;
}

CURLcode tokex_fetch_facts_set(tokex_fetch_facts_t *facts, const tokex_fetch_library_t *curl,
                               CURL *easy)
{
    SET(CURLOPT_CERTINFO, 1L);
    SET(CURLOPT_DEBUGFUNCTION, listen_in);
    SET(CURLOPT_DEBUGDATA, facts);
    SET(CURLOPT_VERBOSE, 1L);
    return facts->look ? set_look(curl, easy) : CURLE_OK;
}

/* ---- The header */

/* The value of the field `name` (with its colon) when `line` is one. */
static const char *value_of(const char *line, apr_size_t len, const char *name, apr_pool_t *pool)
{
    apr_size_t name_len = strlen(name);

    if (len <= name_len || len - name_len > VALUE || strncasecmp(line, name, name_len) != 0)
        return NULL;
    return apr_pstrmemdup(pool, line + name_len, len - name_len);
}

void tokex_fetch_facts_header(tokex_fetch_facts_t *facts, const tokex_fetch_library_t *curl,
                              const char *line, apr_size_t len, apr_pool_t *pool)
{
    const char *value;
    apr_int64_t age;
    time_t date;

    /* Another answer begins. */
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
        facts->date = facts->age = 0;
    if ((value = value_of(line, len, "date:", pool))) {
        date = curl->getdate(value, NULL);
        facts->date = date > 0 ? (int64_t)date : 0;
    } else if ((value = value_of(line, len, "age:", pool))) {
        age = apr_atoi64(value + strspn(value, " \t"));
        facts->age = age > 0 && age < AGE_MAX ? age : 0;
    }
}

/* ---- Behind */

static int64_t microseconds(const tokex_fetch_library_t *curl, CURL *easy, CURLINFO what)
{
    curl_off_t value = 0;

    return curl->easy_getinfo(easy, what, &value) == CURLE_OK ? (int64_t)value : 0;
}

static int between(int64_t from, int64_t to)
{
    return to > from ? (int)((to - from) / 1000) : 0;
}

static void take_times(tokex_fetch_facts_t *facts, const tokex_fetch_library_t *curl, CURL *easy)
{
    int64_t name = microseconds(curl, easy, CURLINFO_NAMELOOKUP_TIME_T);
    int64_t connected = microseconds(curl, easy, CURLINFO_CONNECT_TIME_T);
    int64_t secured = microseconds(curl, easy, CURLINFO_APPCONNECT_TIME_T);
    int64_t all = microseconds(curl, easy, CURLINFO_TOTAL_TIME_T);

    facts->name_ms = name > 0 ? between(0, name) : -1;
    facts->connect_ms = connected > 0 ? between(name, connected) : -1;
    facts->tls_ms = secured > 0 ? between(connected, secured) : -1;
    facts->answer_ms = facts->status ? between(secured > 0 ? secured : connected, all) : -1;
}

static void take_address(tokex_fetch_facts_t *facts, const tokex_fetch_library_t *curl, CURL *easy,
                         apr_pool_t *pool)
{
    char *ip = NULL;
    long port = 0;

    (void)curl->easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
    (void)curl->easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
    if (facts->connected && ip && *ip)
        facts->address = apr_psprintf(pool, strchr(ip, ':') ? "[%s]:%ld" : "%s:%ld", ip, port);
}

static int64_t date_of(const tokex_fetch_library_t *curl, const char *text)
{
    time_t date = curl->getdate(text, NULL);

    return date > 0 ? (int64_t)date : 0;
}

static void take_line(tokex_fetch_certificate_t *to, const tokex_fetch_library_t *curl,
                      const char *line, apr_pool_t *pool)
{
    const char *value = strchr(line, ':');
    apr_size_t name = value ? (apr_size_t)(value - line) : 0;

    if (!value)
        return;
    value++;
    if (name == 7 && memcmp(line, "Subject", name) == 0)
        to->subject = apr_pstrdup(pool, value);
    else if (name == 6 && memcmp(line, "Issuer", name) == 0)
        to->issuer = apr_pstrdup(pool, value);
    else if (name == 31 && memcmp(line, "X509v3 Subject Alternative Name", name) == 0)
        to->names = apr_pstrdup(pool, value);
    else if (name == 10 && memcmp(line, "Start date", name) == 0)
        to->from = date_of(curl, value);
    else if (name == 11 && memcmp(line, "Expire date", name) == 0)
        to->until = date_of(curl, value);
}

static void take_certificates(tokex_fetch_facts_t *facts, const tokex_fetch_library_t *curl,
                              CURL *easy, apr_pool_t *pool)
{
    struct curl_certinfo *chain = NULL;
    tokex_fetch_certificate_t *all;
    const struct curl_slist *line;
    int i;

    if (curl->easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain)
        return;
    all = apr_pcalloc(pool, CHAIN * sizeof(*all));
    for (i = 0; i < chain->num_of_certs && i < CHAIN; i++) {
        for (line = chain->certinfo[i]; line; line = line->next)
            take_line(&all[i], curl, line->data, pool);
    }
    facts->certificates = all;
    facts->certificate_count = i;
}

/* A proxy's answer to CONNECT that is no success. */
static bool has_proxy_refused(const tokex_fetch_library_t *curl, CURL *easy)
{
    long status = 0;

    (void)curl->easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status != 0 && status / 100 != 2;
}

static tokex_fetch_stage_t stage_of(const tokex_fetch_facts_t *facts,
                                    const tokex_fetch_library_t *curl, CURL *easy, CURLcode code)
{
    char *scheme = NULL;

    if (code == CURLE_OK)
        return TOKEX_FETCH_AT_ANSWER;
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY)
        return TOKEX_FETCH_AT_NAME;
    if (has_proxy_refused(curl, easy))
        return TOKEX_FETCH_AT_CONNECT;
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR ||
        code == CURLE_SSL_CACERT_BADFILE)
        return TOKEX_FETCH_AT_TLS;
    if (!facts->connected)
        return TOKEX_FETCH_AT_CONNECT;
    (void)curl->easy_getinfo(easy, CURLINFO_SCHEME, &scheme);
    return scheme && strcasecmp(scheme, "https") == 0 && facts->tls_ms < 0 ? TOKEX_FETCH_AT_TLS
                                                                           : TOKEX_FETCH_AT_ANSWER;
}

void tokex_fetch_facts_take(tokex_fetch_facts_t *facts, const tokex_fetch_library_t *curl,
                            CURL *easy, CURLcode code, apr_pool_t *pool)
{
    long status = 0;

    (void)curl->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    facts->status = (int)status;
    take_times(facts, curl, easy);
    facts->connected = facts->connected || facts->connect_ms >= 0;
    take_address(facts, curl, easy, pool);
    take_certificates(facts, curl, easy, pool);
    facts->stage = stage_of(facts, curl, easy, code);
}
