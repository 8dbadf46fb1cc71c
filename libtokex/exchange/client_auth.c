#include "exchange/client_auth.h"

#include <string.h>

/* From the least that is known of a client to a yes. */
typedef enum verdict_t { UNKNOWN, PUBLIC, NO_SECRET, WRONG, EXPIRED, DISABLED, RIGHT } verdict_t;

typedef struct reason_t {
    tokex_code_t code;
    const char *text;
} reason_t;

static const reason_t reasons[] = {
    [UNKNOWN] = {TOKEX_E_CLIENT_UNKNOWN, "no client has this client_id"},
    [PUBLIC] = {TOKEX_E_CLIENT_PUBLIC, "the client has no secret"},
    [NO_SECRET] = {TOKEX_E_CLIENT_AUTH_MISSING, "no secret was sent"},
    [WRONG] = {TOKEX_E_CLIENT_SECRET, "the secret is none of its own"},
    [EXPIRED] = {TOKEX_E_CLIENT_SECRET_EXPIRED, "the secret has expired"},
    [DISABLED] = {TOKEX_E_CLIENT_DISABLED, "the client is switched off"},
};

typedef struct check_t {
    const tokex_policy_t *policy;
    int64_t now;
    const tokex_crypt_t *crypt;
    const tokex_client_auth_ops_t *ops;
    apr_pool_t *pool;
} check_t;

static const tokex_client_auth_ops_t real_ops = {tokex_crypt_sha256, tokex_crypt_equal};

/* No text is known that has this SHA-256. */
static const unsigned char no_digest[TOKEX_SHA256_LEN];

/*
 * Copies the one of two digests that may be equal to `digest`, the first when neither is, and says
 * which. Both are read whole and no branch depends on them, so the time tells neither how many
 * secrets there are nor how near a guess came.
 */
static unsigned choose(unsigned char out[TOKEX_SHA256_LEN], const unsigned char *digest,
                       const unsigned char *first, const unsigned char *second)
{
    unsigned differ = 0;
    unsigned mask;
    for (int i = 0; i < TOKEX_SHA256_LEN; i++)
        differ |= (unsigned)(digest[i] ^ second[i]);
    mask = (differ - 1) >> 8 & 0xFF; /* 0xFF when they are equal, else 0 */
    for (int i = 0; i < TOKEX_SHA256_LEN; i++)
        out[i] = (unsigned char)((first[i] & ~mask) | (second[i] & mask));
    return mask & 1;
}

static verdict_t decide(const tokex_policy_client_t *client, bool presented, bool equal,
                        int64_t expires, int64_t now)
{
    if (client->secret_count == 0)
        return PUBLIC;
    if (!presented)
        return NO_SECRET;
    if (!equal)
        return WRONG;
    if (expires != 0 && now >= expires)
        return EXPIRED;
    return client->config->enabled ? RIGHT : DISABLED;
}

/* One way to read the credentials: one digest and one compare, whoever is asking. */
static const tokex_err_t *judge(verdict_t *verdict, tokex_client_found_t *who, const check_t *check,
                                const char *id, const char *secret)
{
    static const tokex_policy_client_t nobody;
    const tokex_policy_client_t *found = tokex_policy_client(check->policy, id);
    const tokex_policy_client_t *of = found ? found : &nobody;
    const char *presented = secret ? secret : "";
    unsigned char digest[TOKEX_SHA256_LEN];
    unsigned char chosen[TOKEX_SHA256_LEN];
    unsigned slot;
    bool equal;
    TOKEX_RETURN_ERR(
        check->ops->sha256(check->crypt, digest, presented, strlen(presented), check->pool));
    slot = choose(chosen, digest, of->secret_count > 0 ? of->secrets[0].sha256 : no_digest,
                  of->secret_count > 1 ? of->secrets[1].sha256 : no_digest);
    equal = check->ops->equal(digest, chosen, TOKEX_SHA256_LEN);
    *who = (tokex_client_found_t){found, of->secrets[slot].id};
    *verdict =
        found ? decide(found, *presented != '\0', equal, found->secrets[slot].expires, check->now)
              : UNKNOWN;
    return NULL;
}

const tokex_err_t *tokex_client_auth_check(tokex_client_found_t *out, const tokex_policy_t *policy,
                                           const tokex_credentials_t *credentials, int64_t now,
                                           const tokex_crypt_t *crypt,
                                           const tokex_client_auth_ops_t *ops, apr_pool_t *pool)
{
    const check_t check = {policy, now, crypt, ops ? ops : &real_ops, pool};
    tokex_client_found_t who;
    const char *id = credentials->client_id;
    verdict_t verdict;
    if (!id)
        return tokex_err_create(pool, TOKEX_E_CLIENT_AUTH_MISSING, NULL,
                                "neither an Authorization header nor client_id");
    TOKEX_RETURN_ERR(judge(&verdict, &who, &check, id, credentials->client_secret));
    if (credentials->decoded_id) {
        tokex_client_found_t decoded_who;
        verdict_t decoded;
        TOKEX_RETURN_ERR(judge(&decoded, &decoded_who, &check, credentials->decoded_id,
                               credentials->decoded_secret));
        if (decoded >= verdict) {
            verdict = decoded;
            who = decoded_who;
            id = credentials->decoded_id;
        }
    }
    if (verdict != RIGHT)
        return tokex_err_create(pool, reasons[verdict].code, NULL, "client \"%s\": %s",
                                tokex_err_shown_param(pool, id), reasons[verdict].text);
    *out = who;
    return NULL;
}

const tokex_err_t *tokex_client_auth_assume(const tokex_policy_client_t **out,
                                            const tokex_policy_t *policy,
                                            const tokex_credentials_t *credentials,
                                            apr_pool_t *pool)
{
    const char *id = credentials->decoded_id ? credentials->decoded_id : credentials->client_id;
    const tokex_policy_client_t *client;
    verdict_t verdict;
    if (!id)
        return tokex_err_create(pool, TOKEX_E_CLIENT_AUTH_MISSING, NULL,
                                "neither an Authorization header nor client_id");
    client = tokex_policy_client(policy, id);
    verdict = client ? decide(client, true, true, 0, 0) : UNKNOWN;
    if (verdict != RIGHT)
        return tokex_err_create(pool, reasons[verdict].code, NULL, "client \"%s\": %s",
                                tokex_err_shown_param(pool, id), reasons[verdict].text);
    *out = client;
    return NULL;
}
