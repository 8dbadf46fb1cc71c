/*
 * mod_floor: the least that a module of httpd can do for an exchange. A yardstick for bench/run and
 * nothing else: it reads the body, verifies the JWS in subject_token, signs fixed claims, answers.
 * No JSON is read, no claim is checked, no client is authenticated, nothing is logged.
 *
 *   <Location /floor>
 *       SetHandler floor
 *       FloorKeys subject-public.pem signer-private.pem
 *   </Location>
 */
#include <string.h>

#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_protocol.h>
#include <apr_strings.h>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#define BODY_MAX 65536
#define EC_HALF 32

module AP_MODULE_DECLARE_DATA floor_module;

/* A key and a context that is set up once and copied for each use. */
typedef struct {
    EVP_PKEY_CTX *ready;
    int ec;
} floor_key;

typedef struct {
    floor_key *subject;
    floor_key *signer;
    EVP_MD *sha256;
} floor_conf;

static const char head_es[] = "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"floor-es\"}";
static const char head_rs[] = "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"floor-rs\"}";
static const char claims[] =
    "{\"iss\":\"https://sts.example\",\"sub\":\"user-0000000\",\"aud\":[\"https://api.example\"],"
    "\"client_id\":\"bench\",\"scope\":\"orders.read\",\"iat\":1700000000,\"exp\":1700000300,"
    "\"jti\":\"0123456789abcdef0123456789abcdef\",\"email\":\"user-0000000@idp.example\"}";
static const char answer_end[] =
    "\",\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\","
    "\"token_type\":\"Bearer\",\"expires_in\":300,\"scope\":\"orders.read\"}";

static void *create_conf(apr_pool_t *p, char *dir)
{
    (void)dir;
    return apr_pcalloc(p, sizeof(floor_conf));
}

static floor_key *load_key(apr_pool_t *p, const char *path, int private, EVP_MD *md)
{
    FILE *file = fopen(path, "r");
    floor_key *key = apr_pcalloc(p, sizeof(*key));
    EVP_PKEY *pkey = NULL;

    if (file) {
        pkey = private ? PEM_read_PrivateKey(file, NULL, NULL, NULL)
                       : PEM_read_PUBKEY(file, NULL, NULL, NULL);
        fclose(file);
    }
    if (!pkey)
        return NULL;
    key->ec = EVP_PKEY_is_a(pkey, "EC");
    key->ready = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    if (!key->ready)
        return NULL;
    if ((private ? EVP_PKEY_sign_init(key->ready) : EVP_PKEY_verify_init(key->ready)) <= 0)
        return NULL;
    if (!key->ec && EVP_PKEY_CTX_set_rsa_padding(key->ready, RSA_PKCS1_PADDING) <= 0)
        return NULL;
    return EVP_PKEY_CTX_set_signature_md(key->ready, md) > 0 ? key : NULL;
}

static const char *set_keys(cmd_parms *cmd, void *conf, const char *subject, const char *signer)
{
    floor_conf *fc = conf;

    fc->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    fc->subject = load_key(cmd->pool, subject, 0, fc->sha256);
    fc->signer = load_key(cmd->pool, signer, 1, fc->sha256);
    return fc->subject && fc->signer ? NULL : "FloorKeys: a key cannot be read";
}

static const command_rec commands[] = {
    AP_INIT_TAKE2("FloorKeys", set_keys, NULL, ACCESS_CONF,
                  "public key of subject tokens, private key that signs"),
    {NULL}};

static size_t encode(char *to, const unsigned char *from, size_t n)
{
    static const char t[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *o = to;
    size_t i;

    for (i = 0; i < n; i += 3) {
        unsigned v = (unsigned)from[i] << 16 | (i + 1 < n ? from[i + 1] << 8 : 0) |
                     (i + 2 < n ? from[i + 2] : 0);
        *o++ = t[v >> 18];
        *o++ = t[v >> 12 & 63];
        if (i + 1 < n)
            *o++ = t[v >> 6 & 63];
        if (i + 2 < n)
            *o++ = t[v & 63];
    }
    return (size_t)(o - to);
}

static int digit(int c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

static size_t decode(unsigned char *to, size_t max, const char *from, size_t n)
{
    unsigned acc = 0;
    size_t o = 0, i;
    int bits = 0;

    for (i = 0; i < n; i++) {
        int v = digit(from[i]);
        if (v < 0)
            return 0;
        acc = acc << 6 | (unsigned)v;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            if (o == max)
                return 0;
            to[o++] = (unsigned char)(acc >> bits);
        }
    }
    return o;
}

static size_t put_integer(unsigned char *to, const unsigned char *v)
{
    size_t n = EC_HALF, at = 0;

    while (n > 1 && !*v) {
        v++;
        n--;
    }
    to[at++] = 2;
    to[at++] = (unsigned char)(n + (*v >> 7));
    if (*v & 0x80)
        to[at++] = 0;
    memcpy(to + at, v, n);
    return at + n;
}

static int verify(floor_conf *fc, const char *jws, size_t len)
{
    unsigned char raw[512], der[80], md[32], *sig = raw;
    const char *dot = memrchr(jws, '.', len);
    EVP_PKEY_CTX *ctx;
    size_t n;
    int ok;

    if (!dot || !(n = decode(raw, sizeof(raw), dot + 1, len - (size_t)(dot + 1 - jws))))
        return 0;
    if (fc->subject->ec) {
        if (n != 2 * EC_HALF)
            return 0;
        n = put_integer(der + 2, raw);
        n += put_integer(der + 2 + n, raw + EC_HALF);
        der[0] = 0x30;
        der[1] = (unsigned char)n;
        n += 2;
        sig = der;
    }
    ctx = EVP_PKEY_CTX_dup(fc->subject->ready);
    ok = ctx && EVP_Digest(jws, (size_t)(dot - jws), md, NULL, fc->sha256, NULL) &&
         EVP_PKEY_verify(ctx, sig, n, md, sizeof(md)) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

static int to_fixed_width(unsigned char *rs, const unsigned char *der, size_t len)
{
    ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &der, (long)len);
    int ok = s && BN_bn2binpad(ECDSA_SIG_get0_r(s), rs, EC_HALF) == EC_HALF &&
             BN_bn2binpad(ECDSA_SIG_get0_s(s), rs + EC_HALF, EC_HALF) == EC_HALF;

    ECDSA_SIG_free(s);
    return ok;
}

static size_t sign(floor_conf *fc, char *out)
{
    const char *head = fc->signer->ec ? head_es : head_rs;
    unsigned char sig[512], rs[2 * EC_HALF], md[32];
    size_t at, n = sizeof(sig);
    EVP_PKEY_CTX *ctx;
    int ok;

    at = encode(out, (const unsigned char *)head, strlen(head));
    out[at++] = '.';
    at += encode(out + at, (const unsigned char *)claims, sizeof(claims) - 1);
    ctx = EVP_PKEY_CTX_dup(fc->signer->ready);
    ok = ctx && EVP_Digest(out, at, md, NULL, fc->sha256, NULL) &&
         EVP_PKEY_sign(ctx, sig, &n, md, sizeof(md)) == 1;
    EVP_PKEY_CTX_free(ctx);
    if (!ok || (fc->signer->ec && !to_fixed_width(rs, sig, n)))
        return 0;
    out[at++] = '.';
    return at + (fc->signer->ec ? encode(out + at, rs, sizeof(rs)) : encode(out + at, sig, n));
}

static char *read_body(request_rec *r)
{
    apr_size_t len = 0;
    char *body;
    long got;

    if (r->method_number != M_POST || ap_setup_client_block(r, REQUEST_CHUNKED_ERROR) != OK ||
        !ap_should_client_block(r) || r->remaining > BODY_MAX)
        return NULL;
    body = apr_palloc(r->pool, (apr_size_t)r->remaining + 1);
    while ((got = ap_get_client_block(r, body + len, BODY_MAX - len)) > 0)
        len += (apr_size_t)got;
    body[len] = '\0';
    return got < 0 ? NULL : body;
}

static int handler(request_rec *r)
{
    floor_conf *fc = ap_get_module_config(r->per_dir_config, &floor_module);
    char token[2048], *body;
    const char *subject;
    size_t n;

    if (!r->handler || strcmp(r->handler, "floor"))
        return DECLINED;
    if (!fc->signer || !(body = read_body(r)) || !(subject = strstr(body, "subject_token=")))
        return HTTP_BAD_REQUEST;
    subject += strlen("subject_token=");
    if (!verify(fc, subject, strcspn(subject, "&")) || !(n = sign(fc, token)))
        return HTTP_BAD_REQUEST;
    ap_set_content_type(r, "application/json");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    ap_rputs("{\"access_token\":\"", r);
    ap_rwrite(token, (int)n, r);
    ap_rputs(answer_end, r);
    return OK;
}

static void hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(floor) = {
    STANDARD20_MODULE_STUFF, create_conf, NULL, NULL, NULL, commands, hooks, 0};
