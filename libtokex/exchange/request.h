/*
 * A request for an exchange as its entrance received it (RFC 8693 section 2.1).
 */
#ifndef TOKEX_EXCHANGE_REQUEST_H
#define TOKEX_EXCHANGE_REQUEST_H

#include "base/form.h"
#include "base/limits.h"
#include "exchange/location.h"

#define TOKEX_GRANT_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"
#define TOKEX_GRANT_ASSERTION "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define TOKEX_GRANT_REFRESH "refresh_token"
#define TOKEX_TYPE_URN_ACCESS_TOKEN "urn:ietf:params:oauth:token-type:access_token"
#define TOKEX_TYPE_URN_JWT "urn:ietf:params:oauth:token-type:jwt"
#define TOKEX_TYPE_URN_ID_TOKEN "urn:ietf:params:oauth:token-type:id_token"

/* How a client presents itself (RFC 6749 section 2.3.1). */
typedef struct tokex_credentials_t {
    /* From HTTP Basic as sent (after base64), from the body decoded; NULL: not presented. */
    const char *client_id;
    const char *client_secret;
    /* Basic only: id and secret form-decoded, tried first; NULL when that is the same or fails. */
    const char *decoded_id;
    const char *decoded_secret;
} tokex_credentials_t;

typedef struct tokex_request_t {
    const tokex_location_t *location; /* that asks for itself; NULL: a client presents
                                         `credentials` */
    tokex_credentials_t credentials;
    const char *grant_type;
    const char *subject_token; /* of TOKEX_GRANT_ASSERTION the assertion (RFC 7523 section 2.1) */
    apr_size_t subject_token_len;
    const char *subject_token_type;
    const char *requested_token_type; /* NULL: not asked for */
    const char *actor_token;
    apr_size_t actor_token_len;
    const char *actor_token_type;
    const char *scope; /* NULL: not asked for */
    const char *audiences[TOKEX_LIMIT_TARGETS];
    int audience_count;
    const char *resources[TOKEX_LIMIT_TARGETS];
    int resource_count;
    const tokex_form_t *form; /* for mapping rows that read a parameter; NULL: there is none */
} tokex_request_t;

/* Is it a request with an assertion? The name of the parameter that its subject token stands in. */
bool tokex_request_is_assertion(const tokex_request_t *request);
const char *tokex_request_subject_name(const tokex_request_t *request);

/*
 * Makes a request from a parsed form and the value of the Authorization header (NULL: none). All is
 * borrowed from `form`, or made in `pool`. Nothing is judged here but how the client presents
 * itself: TOKEX_E_CLIENT_AUTH_MULTIPLE (Basic and a secret in the body, or Basic and another
 * client_id in the body), TOKEX_E_CLIENT_AUTH_SYNTAX (malformed Basic), TOKEX_E_CLIENT_AUTH_METHOD
 * (any other scheme). The `Basic` scheme is found in any case of letters.
 */
const tokex_err_t *tokex_request_read(tokex_request_t **out, const tokex_form_t *form,
                                      const char *authorization, apr_pool_t *pool);

#endif
