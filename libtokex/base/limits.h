/*
 * Every bound that protects us from a caller's size, on one page.
 * Sizes are octets unless the name says otherwise.
 */
#ifndef TOKEX_BASE_LIMITS_H
#define TOKEX_BASE_LIMITS_H

/* Token endpoint: a form body. Two tokens of the largest size, percent-encoded, still fit. */
#define TOKEX_LIMIT_BODY (1024 * 1024)
/* Token endpoint: names in one form. */
#define TOKEX_LIMIT_FORM_PARAMS 64
/* Times that `audience` or `resource` may stand in one form. */
#define TOKEX_LIMIT_TARGETS 8
/* Token endpoint: value of `scope`, and one scope token in it. */
#define TOKEX_LIMIT_SCOPE 4096
#define TOKEX_LIMIT_SCOPE_TOKEN 256
#define TOKEX_LIMIT_SCOPE_COUNT 128

/* A compact JWS as a whole, and its protected header decoded. */
#define TOKEX_LIMIT_TOKEN (64 * 1024)
#define TOKEX_LIMIT_JOSE_HEADER 4096
#define TOKEX_LIMIT_KID 256

/* Claims of a token that is issued as an opaque one: sealed, with any header and signature of ours,
 * that is a token that we take. */
#define TOKEX_LIMIT_OPAQUE_CLAIMS (32 * 1024)

/* JSON: nesting of one document, digits of one number. */
#define TOKEX_LIMIT_JSON_DEPTH 32
#define TOKEX_LIMIT_JSON_NUMBER 64

/* Keys in one set, a key document, an RSA modulus in bits, an RSA public exponent in bits. */
#define TOKEX_LIMIT_JWKS_KEYS 64
#define TOKEX_LIMIT_KEY_DOCUMENT (256 * 1024)
/* What an issuer says of one token. */
#define TOKEX_LIMIT_TOKEN_ANSWER (1024 * 1024)
#define TOKEX_LIMIT_RSA_BITS_MIN 2048
#define TOKEX_LIMIT_RSA_BITS_MAX 8192
#define TOKEX_LIMIT_RSA_E_BITS 64
/* URLs of JWK Sets of one issuer. */
#define TOKEX_LIMIT_JWKS_URLS 8

/* Clients: id and secret as presented (RFC 6749 sets none; ours are far smaller). */
#define TOKEX_LIMIT_CLIENT_ID 256
#define TOKEX_LIMIT_CLIENT_SECRET 1024
/* Secrets that may be valid at one time, so that a rotation needs no moment of silence. */
#define TOKEX_LIMIT_CLIENT_SECRETS 2

/* Refresh tokens: the longest time after the exchange, seconds. */
#define TOKEX_LIMIT_REFRESH_LIFETIME (366 * 86400)

/* Lineage of an issued token: its ancestors, and one of them. */
#define TOKEX_LIMIT_LINEAGE 16
#define TOKEX_LIMIT_ANCESTOR 640

/* Tokens that count once and have not ended, in one state.db: 333 a second where each is kept for
 * ten minutes. */
#define TOKEX_LIMIT_SPENT 200000

/* Subject: length of `sub`; values of `aud`. */
#define TOKEX_LIMIT_SUB 1024
#define TOKEX_LIMIT_AUD_COUNT 64

/* Configuration: length of an id, a URL, a text; the whole document. */
#define TOKEX_LIMIT_ID 128
#define TOKEX_LIMIT_URL 2048
#define TOKEX_LIMIT_TEXT 1024
#define TOKEX_LIMIT_DOCUMENT (64 * 1024 * 1024)

/* Mapping: rows in a set; octets of all copied claims in one issued token, the chain of actors
 * among them; texts in a list that a row makes. */
#define TOKEX_LIMIT_MAPPING_ROWS 64
#define TOKEX_LIMIT_MAPPED_CLAIMS (16 * 1024)
#define TOKEX_LIMIT_MAPPED_TEXTS 1024
/* Pairs of one row's table. */
#define TOKEX_LIMIT_TABLE_PAIRS 256

/* Procedures: the source of one; what one run may use: octets of memory in all and in one text or
 * table, instructions, milliseconds of CPU time, octets of the grant that it leaves behind. */
#define TOKEX_LIMIT_PROCEDURE (64 * 1024)
#define TOKEX_LIMIT_PROCEDURE_MEMORY (1024 * 1024)
#define TOKEX_LIMIT_PROCEDURE_PIECE (64 * 1024)
#define TOKEX_LIMIT_PROCEDURE_INSTRUCTIONS 1000000
#define TOKEX_LIMIT_PROCEDURE_MS 20
#define TOKEX_LIMIT_PROCEDURE_RESULT (64 * 1024)
/* Members that a trial names as read by a procedure. */
#define TOKEX_LIMIT_SANDBOX_READS 64

/* Conditions in one list, values of one condition. */
#define TOKEX_LIMIT_CONDITIONS 16
#define TOKEX_LIMIT_CONDITION_VALUES 64
/* Rows of an issuer's scope map; actors of a rule, and `act` in `act`; properties and contacts of a
 * client. */
#define TOKEX_LIMIT_SCOPE_ROWS 256
#define TOKEX_LIMIT_ACTORS 64
#define TOKEX_LIMIT_ACTOR_DEPTH 8
#define TOKEX_LIMIT_PROPERTIES 64
#define TOKEX_LIMIT_CONTACTS 16

/* Local accounts: roles and free attributes of one. */
#define TOKEX_LIMIT_ACCOUNT_ROLES 64
#define TOKEX_LIMIT_ACCOUNT_ATTRIBUTES 64

/* Seconds. */
#define TOKEX_LIMIT_LEEWAY 300
#define TOKEX_LIMIT_MAX_AGE (366 * 24 * 3600)
#define TOKEX_LIMIT_ASSERTION_MAX_AGE 3600
#define TOKEX_LIMIT_LIFETIME (30 * 24 * 3600)
/* How long a signing key signs at most before the schedule replaces it, and how long before it
 * signs the next one is published. */
#define TOKEX_LIMIT_KEY_AGE (2 * 366 * 24 * 3600)
#define TOKEX_LIMIT_KEY_AHEAD (30 * 24 * 3600)
/* Between two questions for an issuer's keys; for how long an answer is used. */
#define TOKEX_LIMIT_KEYS_REFRESH_MIN 60
#define TOKEX_LIMIT_KEYS_REFRESH (24 * 3600)
#define TOKEX_LIMIT_KEYS_STALE (30 * 24 * 3600)
/* For how long an answer about a token is remembered; what a token with no known end has left. */
#define TOKEX_LIMIT_OPAQUE_CACHE 300
#define TOKEX_LIMIT_OPAQUE_LIFETIME (24 * 3600)
/* Largest NumericDate that we take or write: 31 December 9999 (RFC 7519 section 2). */
#define TOKEX_LIMIT_NUMERIC_DATE 253402300799LL

/* Steps that one trace can hold. */
#define TOKEX_LIMIT_TRACE 64
/* A value shown in a log line or a fault; longer ones are cut and end in "...". */
#define TOKEX_LIMIT_SHOWN 120

#endif
