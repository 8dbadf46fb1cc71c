#include "cache_key.h"

#include <string.h>

#include <apr_strings.h>

#define TTL_DEFAULT 60
#define NO_TEXT 0xFFFFFFFFu

/*
 * Of a location these fields do not decide what is granted, so they are no part of the key:
 * given file line section subject_from inject original_header exchanged_header strip_bearer
 * auth_context claim_headers metadata allow_preflight.
 */

/* What stands before the location's settings. Numbers are as the machine has them: a host with
 * others only fails to find what this one keeps. */
typedef struct head_t {
    char version[16];
    apr_uint32_t codes;
    apr_uint32_t steps;
    unsigned char site[TOKEX_SHA256_LEN];
    apr_uint64_t issuer_keys;
    apr_uint64_t accounts;
    apr_int32_t own_tokens;
    apr_int32_t machine_tokens;
    apr_int32_t exchange;
    apr_int32_t cache_ttl;
} head_t;

/* Two passes over the same texts: one that measures, one that writes. */
typedef struct sink_t {
    unsigned char *at; /* NULL: measure */
    apr_size_t len;
} sink_t;

static void put(sink_t *sink, const void *octets, apr_size_t len)
{
    if (sink->at)
        memcpy(sink->at + sink->len, octets, len);
    sink->len += len;
}

/* With its length, so that no two lists of texts look the same. */
static void put_text(sink_t *sink, const char *text)
{
    apr_uint32_t len = text ? (apr_uint32_t)strlen(text) : NO_TEXT;

    put(sink, &len, sizeof(len));
    if (text)
        put(sink, text, len);
}

static void put_list(sink_t *sink, const apr_array_header_t *list)
{
    apr_uint32_t count = list ? (apr_uint32_t)list->nelts : 0;
    apr_uint32_t i;

    put(sink, &count, sizeof(count));
    for (i = 0; i < count; i++)
        put_text(sink, APR_ARRAY_IDX(list, (int)i, const char *));
}

static void put_location(sink_t *sink, const tokex_dir_t *dir)
{
    put_text(sink, dir->name);
    put_text(sink, dir->client);
    put_text(sink, dir->subject_type);
    put_text(sink, dir->scope);
    put_text(sink, tokex_location_user_claim(dir));
    put_list(sink, dir->issuers);
    put_list(sink, dir->audiences);
    put_list(sink, dir->resources);
}

static void fill(head_t *head, const tokex_cache_question_t *question)
{
    const tokex_dir_t *dir = question->dir;

    memset(head, 0, sizeof(*head));
    apr_cpystrn(head->version, PACKAGE_VERSION, sizeof(head->version));
    head->codes = TOKEX_E_COUNT;
    head->steps = TOKEX_STEP_COUNT;
    memcpy(head->site, question->site->digest, sizeof(head->site));
    if (question->conf->keys)
        head->issuer_keys = tokex_fetched_keys_mark(tokex_key_refresh_keys(question->conf->keys));
    if (question->conf->accounts)
        head->accounts = tokex_accounts_mark(question->conf->accounts);
    head->own_tokens = tokex_location_own_tokens(dir);
    head->machine_tokens = dir->machine_tokens == 1;
    head->exchange = tokex_location_exchanges(dir);
    head->cache_ttl = tokex_cache_ttl(dir);
}

static void put_all(sink_t *sink, const head_t *head, const tokex_cache_question_t *question)
{
    put(sink, head, sizeof(*head));
    put_location(sink, question->dir);
    put_text(sink, question->token);
}

const tokex_err_t *tokex_cache_key(unsigned char out[TOKEX_CACHE_KEY_LEN],
                                   const tokex_cache_question_t *question, apr_pool_t *pool)
{
    sink_t sink = {NULL, 0};
    unsigned char *octets;
    head_t head;

    fill(&head, question);
    put_all(&sink, &head, question);
    octets = apr_palloc(pool, sink.len);
    sink.at = octets;
    sink.len = 0;
    put_all(&sink, &head, question);
    return tokex_crypt_sha256(question->site->engine.crypt, out, octets, sink.len, pool);
}

int tokex_cache_ttl(const tokex_dir_t *dir)
{
    return dir->cache_ttl == TOKEX_UNSET ? TTL_DEFAULT : dir->cache_ttl;
}
