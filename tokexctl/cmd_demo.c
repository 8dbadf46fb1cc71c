#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <apr_strings.h>

#include "args.h"
#include "config/document.h"
#include "crypt/jws.h"
#include "crypt/random.h"
#include "ctl.h"
#include "file.h"
#include "import.h"

#define ISSUER "https://idp.demo.example"
#define ISSUER_ID "demo-idp"
#define CLIENT_ID "orders-api"
#define KID "demo-1"
#define TOKEN_LIFETIME 3600

/* `%s` is the issuer's public key. The issuer knows us by another name than our URL, calls its
 * claims otherwise and gives scopes as a list, one of which means nothing here. */
static const char document[] =
    "{\"schema\": 1,"
    " \"issuers\": [{\"id\": \"" ISSUER_ID "\", \"name\": \"Demo partner\","
    "  \"issuer\": \"" ISSUER "\", \"algorithms\": [\"RS256\"],"
    "  \"audiences\": [\"partner-sts\"], \"mapping\": \"demo-claims\", \"keys\": [{\"jwk\": %s}]}],"
    " \"mappings\": [{\"id\": \"demo-claims\", \"name\": \"Demo claims\", \"rows\": ["
    "  {\"from\": \"groups\", \"to\": \"roles\"}, {\"from\": \"email\", \"to\": \"email\"},"
    "  {\"from\": \"oid\", \"to\": \"partner_oid\"}]}],"
    " \"scopes\": [{\"id\": \"orders.read\", \"description\": \"See orders\"},"
    "  {\"id\": \"orders.write\", \"description\": \"Change orders\"},"
    "  {\"id\": \"invoices.read\", \"description\": \"See invoices\"}],"
    " \"targets\": [{\"id\": \"orders\", \"name\": \"Orders\","
    "  \"audience\": \"https://orders.example\", \"resources\": [\"https://orders.example/\"],"
    "  \"scopes\": [\"orders.read\", \"orders.write\"], \"lifetime\": 300}],"
    " \"clients\": [{\"id\": \"" CLIENT_ID "\", \"name\": \"Orders gateway\","
    "  \"scopes\": [\"orders.read\", \"orders.write\", \"invoices.read\"],"
    "  \"secrets\": [{\"id\": \"s1\", \"generate\": true}],"
    "  \"rules\": [{\"id\": \"partner\", \"issuers\": [\"" ISSUER_ID "\"],"
    "   \"targets\": [\"orders\"], \"default_target\": \"orders\"}]}]}";

static const char claims_of_user[] = "\"sub\":\"partner|7f3a91\",\"oid\":\"4d1c7a2e\","
                                     "\"email\":\"mira@partner.example\","
                                     "\"groups\":[\"sales\",\"sales-north\"],"
                                     "\"scp\":[\"orders.read\",\"orders.write\",\"reports.run\"]";

/* ---- The issuer */

static const char *in(const char *directory, const char *name, apr_pool_t *pool)
{
    return apr_pstrcat(pool, directory, "/", name, NULL);
}

static const tokex_err_t *make_key(const char *path, const ctl_t *ctl)
{
    const unsigned char *der;
    const tokex_key_t *key;
    apr_size_t len;

    TOKEX_RETURN_ERR(tokex_jwk_generate(&key, TOKEX_ALG_RS256, ctl->crypt, ctl->pool));
    TOKEX_RETURN_ERR(tokex_jwk_private_to_der(&der, &len, key, ctl->pool));
    return file_write_private(path, der, len, ctl->pool);
}

static const tokex_err_t *read_key(const tokex_key_t **out, const char *directory, const ctl_t *ctl)
{
    const char *der;
    apr_size_t len;

    TOKEX_RETURN_ERR(
        file_read(&der, &len, in(directory, "issuer.key", ctl->pool), 64 * 1024, ctl->pool));
    return tokex_jwk_private_from_der(out, (const unsigned char *)der, len, KID, ctl->crypt,
                                      ctl->pool);
}

static const tokex_err_t *write_token(const char *directory, const tokex_key_t *key,
                                      const ctl_t *ctl)
{
    apr_pool_t *pool = ctl->pool;
    const tokex_signer_t *signer;
    const char *jti, *claims, *token;

    TOKEX_RETURN_ERR(tokex_jws_signer_create(&signer, key, TOKEX_ALG_RS256, "JWT", pool));
    TOKEX_RETURN_ERR(tokex_random_text(&jti, 16, pool));
    claims = apr_psprintf(
        pool,
        "{\"iss\":\"" ISSUER "\",\"aud\":\"partner-sts\",\"iat\":%" APR_INT64_T_FMT
        ",\"nbf\":%" APR_INT64_T_FMT ",\"exp\":%" APR_INT64_T_FMT ",\"jti\":\"%s\",%s}",
        ctl->now, ctl->now, ctl->now + TOKEN_LIFETIME, jti, claims_of_user);
    TOKEX_RETURN_ERR(tokex_jws_sign(&token, signer, claims, strlen(claims), pool));
    return file_write_private(in(directory, "subject.jwt", pool), token, strlen(token), pool);
}

/* ---- The configuration */

/* Nobody's work may be lost to a try. */
static bool is_empty_or_demo(const tokex_config_t *config)
{
    if (!config->issuer_count && !config->mapping_count && !config->scope_count &&
        !config->target_count && !config->client_count)
        return true;
    return config->issuer_count == 1 && strcmp(config->issuers[0].id, ISSUER_ID) == 0 &&
           strcmp(config->issuers[0].issuer, ISSUER) == 0 && config->client_count == 1 &&
           strcmp(config->clients[0].id, CLIENT_ID) == 0 && config->target_count == 1;
}

static const tokex_err_t *prepare(const tokex_key_t **key, const char *directory, const ctl_t *ctl)
{
    const char *path = in(directory, "issuer.key", ctl->pool);
    struct stat info;

    if (mkdir(directory, 0700) && errno != EEXIST)
        return file_error(directory, ctl->pool);
    if (stat(path, &info))
        TOKEX_RETURN_ERR(make_key(path, ctl));
    return read_key(key, directory, ctl);
}

static const tokex_err_t *write_client(const char *directory, const char *issuer_url,
                                       const char *secret, const ctl_t *ctl)
{
    const char *text = apr_psprintf(ctl->pool,
                                    "CLIENT_ID='" CLIENT_ID "'\nCLIENT_SECRET='%s'\n"
                                    "TOKEN_ENDPOINT='%s/token'\n",
                                    secret, issuer_url);

    return file_write_private(in(directory, "client.env", ctl->pool), text, strlen(text),
                              ctl->pool);
}

static int fill(const char *directory, const char *issuer_url, const ctl_t *ctl)
{
    tokex_jsonw_t *jwk = tokex_jsonw_create(ctl->pool, 1024);
    import_t import = {0};
    const tokex_config_t *present;
    const tokex_key_t *key;
    const tokex_err_t *err;
    tokex_db_t *db;
    int code;

    err = ctl_load(&db, &present, NULL, ctl, TOKEX_DB_READ);
    if (err)
        return ctl_error(ctl, err);
    if (!is_empty_or_demo(present))
        return ctl_say(
            CTL_REFUSED,
            "%s holds a configuration that is not the demo's; the demo would replace it. "
            "Use another directory: tokexctl -d DIR init",
            ctl->config_path);
    err = prepare(&key, directory, ctl);
    if (err)
        return ctl_error(ctl, err);
    tokex_jwk_write_public(jwk, key, TOKEX_ALG_RS256);
    import.text = apr_psprintf(ctl->pool, document, tokex_jsonw_text(jwk, NULL));
    import.len = strlen(import.text);
    code = import_document(&import, ctl);
    if (code)
        return code;
    err = write_client(directory, issuer_url,
                       APR_ARRAY_IDX(import.made, 0, tokex_edit_secret_t).value, ctl);
    if (!err)
        err = write_token(directory, key, ctl);
    if (err)
        return ctl_error(ctl, err);
    printf("client " CLIENT_ID ": %s/client.env\nsubject token of " ISSUER ": %s/subject.jwt\n",
           directory, directory);
    return ctl_flush();
}

static int fresh_token(const char *directory, const ctl_t *ctl)
{
    const tokex_key_t *key;
    const tokex_err_t *err = read_key(&key, directory, ctl);

    if (!err)
        err = write_token(directory, key, ctl);
    if (err)
        return ctl_error(ctl, err);
    printf("subject token of " ISSUER ": %s/subject.jwt\n", directory);
    return ctl_flush();
}

int ctl_demo(ctl_t *ctl, int argc, const char *const *argv)
{
    args_t args = {NULL, 0, NULL, 0};
    const char *url;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 2)
        return ctl_say(CTL_USAGE, "say: demo OUTDIR ISSUER_URL, or: demo token OUTDIR");
    if (strcmp(args.operands[0], "token") == 0)
        return fresh_token(args.operands[1], ctl);
    url = args.operands[1];
    /* It stands between single quotes in a file that shells read. */
    if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
        url[strcspn(url, "'\\ \t\r\n")] || url[strlen(url) - 1] == '/')
        return ctl_say(CTL_USAGE, "%s: not an issuer URL (http or https, no slash at the end)",
                       url);
    return fill(args.operands[0], url, ctl);
}
