/*
 * The closed list of reason codes: one row a code, each of its texts a literal.
 *
 * TOKEX_CODE(symbol, name, OAuth error, HTTP status, log level, text for the client, cause, remedy)
 *
 * Codes of one OAuth error share the client's text wherever telling them apart would tell a caller
 * something about our configuration (an issuer that is unknown and one that its rules do not
 * allow, for instance, must look alike).
 */
#ifndef TOKEX_BASE_CODES_H
#define TOKEX_BASE_CODES_H

/* clang-format off */
#define TOKEX_CODES(TOKEX_CODE) \
    /* the house */ \
    TOKEX_CODE(INTERNAL, "internal", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "Something failed that should not fail.", \
        "Read the error log at the time of the receipt; the line names the part that " \
        "failed.") \
    TOKEX_CODE(MEMORY, "memory", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "Memory ran out.", \
        "Give the server more memory or lower the number of workers.") \
    TOKEX_CODE(RANDOM, "random", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "The random number generator failed, so no token was made.", \
        "Check the operating system's random source and the OpenSSL installation.") \
    TOKEX_CODE(CRYPTO, "crypto", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "A cryptographic operation of our own failed.", \
        "Check the OpenSSL configuration; the log names the operation.") \
    TOKEX_CODE(SIGNING_KEY_NONE, "signing_key_none", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "There is no active signing key of the algorithm that is wanted.", \
        "Run `tokexctl key rotate --now`, with --algorithm for the one that the log names.") \
    TOKEX_CODE(SEAL, "seal", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "A sealed private key does not open: the master key is another one or the " \
        "data was changed.", \
        "Point TokexMasterKey at the file that was in place when the key was made, or " \
        "make a new key.") \
    TOKEX_CODE(FILE, "file", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "A file could not be read or written.", \
        "Check path, owner and mode; the log names the file.") \
    TOKEX_CODE(FILE_MODE, "file_mode", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "A secret file can be read by others.", \
        "Take the access for others away: chmod o-rwx FILE.") \
    TOKEX_CODE(DB_OPEN, "db_open", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "A database could not be opened.", \
        "Check the path; create a missing database with `tokexctl init`.") \
    TOKEX_CODE(DB_SCHEMA, "db_schema", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "A database has a schema version that this build does not know.", \
        "Run `tokexctl migrate`, or install the build that made it.") \
    TOKEX_CODE(DB_BUSY, "db_busy", "server_error", 503, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "A database stayed locked by another process for longer than the busy " \
        "time-out.", \
        "Find the process that holds the lock and try again.") \
    TOKEX_CODE(DB_CORRUPT, "db_corrupt", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "A database is damaged.", \
        "Restore it from a backup.") \
    TOKEX_CODE(DB_QUERY, "db_query", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "A database statement failed.", \
        "The log names the statement; run `tokexctl doctor`.") \
    TOKEX_CODE(CONFLICT, "conflict", "invalid_request", 409, TOKEX_LEVEL_NOTICE, \
        "The change was not made.", \
        "Somebody else changed the configuration in the meantime.", \
        "Look at what stands there now, and make the change from that.") \
    TOKEX_CODE(JSON, "json", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The request holds text that is not valid JSON.", \
        "The text is not the JSON that RFC 8259 describes.", \
        "Correct it at the octet that the log names.") \
    TOKEX_CODE(ENCODING, "encoding", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The request holds text that is not valid base64url.", \
        "The text is not canonical base64url without padding.", \
        "Send the text exactly as it was issued.") \
    TOKEX_CODE(CHANGE_UNKNOWN, "change_unknown", "invalid_request", 404, TOKEX_LEVEL_NOTICE, \
        "There is no such change.", \
        "No change of the configuration has this number.", \
        "See `tokexctl history`.") \
    TOKEX_CODE(NOUN_UNKNOWN, "noun_unknown", "invalid_request", 404, TOKEX_LEVEL_NOTICE, \
        "There is no such kind of object.", \
        "The configuration has no objects of this kind.", \
        "Write one of: issuer, mapping, scope, target, client, signing, signing_key.") \
    TOKEX_CODE(DOCUMENT, "document", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The document was not accepted.", \
        "The configuration document has faults; each is listed with object, field and " \
        "remedy.", \
        "Correct every fault and import again; nothing was changed.") \
    /* key material */ \
    TOKEX_CODE(KEY_SYNTAX, "key_syntax", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The key was not accepted.", \
        "The text is neither a JWK, a JWK Set, a PEM nor a DER certificate or public " \
        "key.", \
        "Paste the issuer's JWK Set or its certificate.") \
    TOKEX_CODE(KEY_PRIVATE, "key_private", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The key was not accepted.", \
        "The text holds a private key where a public one belongs.", \
        "Treat that private key as exposed; paste the public key or the certificate.") \
    TOKEX_CODE(KEY_UNUSABLE, "key_unusable", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The key was not accepted.", \
        "The key is too small, of a kind or on a curve that is not supported, not " \
        "meant for signatures, or otherwise not usable.", \
        "Use RSA of at least 2048 bits, P-256, P-384, P-521, Ed25519 or Ed448, with " \
        "use `sig`.") \
    TOKEX_CODE(KEY_DUPLICATE, "key_duplicate", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The key was not accepted.", \
        "Two keys of one kind in a set share a kid.", \
        "Give each key a kid of its own.") \
    TOKEX_CODE(FETCH, "fetch", "server_error", 503, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "A document could not be fetched from another server.", \
        "The log names the address and what was wrong; try it from this host with curl.") \
    /* the request as HTTP */ \
    TOKEX_CODE(METHOD, "method", "invalid_request", 405, TOKEX_LEVEL_INFO, \
        "The token endpoint answers only to POST.", \
        "The request was not a POST.", \
        "Send the parameters as a form with POST.") \
    TOKEX_CODE(QUERY, "query", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "Parameters belong in the request body, not in the query.", \
        "The URL of the token endpoint had a query.", \
        "Send the parameters in the body; a secret that stood in a URL is exposed and " \
        "must be rotated.") \
    TOKEX_CODE(CONTENT_TYPE, "content_type", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The Content-Type must be application/x-www-form-urlencoded.", \
        "The body was not declared as a form.", \
        "Send the parameters as application/x-www-form-urlencoded.") \
    TOKEX_CODE(ANSWER_SIGNED, "answer_signed", "invalid_request", 406, TOKEX_LEVEL_INFO, \
        "Answers are application/json alone.", \
        "A resource server asks for a signed answer about a token (RFC 9701), and there is none.", \
        "Have it ask without the header Accept, or with application/json in it.") \
    TOKEX_CODE(BODY_TOO_LARGE, "body_too_large", "invalid_request", 413, TOKEX_LEVEL_NOTICE, \
        "The request body is too large.", \
        "The body is larger than the limit.", \
        "Send only the parameters of the exchange.") \
    TOKEX_CODE(BODY_READ, "body_read", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The request body could not be read.", \
        "The connection ended or the framing was wrong before the whole body had " \
        "arrived.", \
        "Send the request again.") \
    TOKEX_CODE(FORM_SYNTAX, "form_syntax", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The request body is not a well-formed form.", \
        "A percent escape is broken, a name is empty, or a value holds a NUL or is " \
        "not UTF-8.", \
        "Encode the form as RFC 6749 appendix B says.") \
    TOKEX_CODE(FORM_REPEATED, "form_repeated", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "A parameter stands more than once.", \
        "Only `audience` and `resource` may be repeated.", \
        "Send every other parameter once.") \
    TOKEX_CODE(FORM_TOO_MANY, "form_too_many", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The request has too many parameters.", \
        "The form has more names, or more targets, than the limit.", \
        "Send only the parameters of the exchange.") \
    /* client authentication */ \
    TOKEX_CODE(AUTHORIZATION_REPEATED, "authorization_repeated", "invalid_request", 400, \
        TOKEX_LEVEL_NOTICE, \
        "The Authorization header stands more than once.", \
        "The request has several Authorization headers.", \
        "Send one.") \
    TOKEX_CODE(CLIENT_AUTH_MULTIPLE, "client_auth_multiple", "invalid_request", 400, \
        TOKEX_LEVEL_INFO, \
        "The client must authenticate by one method only.", \
        "The client sent credentials in the Authorization header and in the body.", \
        "Use either client_secret_basic or client_secret_post.") \
    TOKEX_CODE(CLIENT_AUTH_MISSING, "client_auth_missing", "invalid_client", 401, \
        TOKEX_LEVEL_INFO, \
        "Client authentication failed.", \
        "The request carries no client credentials.", \
        "Send the client's id and secret, by HTTP Basic or in the body.") \
    TOKEX_CODE(CLIENT_AUTH_SYNTAX, "client_auth_syntax", "invalid_client", 401, TOKEX_LEVEL_INFO, \
        "Client authentication failed.", \
        "The Basic credentials are not well-formed.", \
        "Encode `id:secret` in base64, each form-encoded first (RFC 6749 section " \
        "2.3.1).") \
    TOKEX_CODE(CLIENT_AUTH_METHOD, "client_auth_method", "invalid_client", 401, TOKEX_LEVEL_INFO, \
        "Client authentication failed.", \
        "The authentication method is not supported.", \
        "Use client_secret_basic or client_secret_post.") \
    TOKEX_CODE(CLIENT_UNKNOWN, "client_unknown", "invalid_client", 401, TOKEX_LEVEL_NOTICE, \
        "Client authentication failed.", \
        "No client has this client_id.", \
        "Check the client_id, or register the client.") \
    TOKEX_CODE(CLIENT_SECRET, "client_secret", "invalid_client", 401, TOKEX_LEVEL_NOTICE, \
        "Client authentication failed.", \
        "The secret is not one of the client's.", \
        "Give the client its current secret, or make a new one.") \
    TOKEX_CODE(CLIENT_SECRET_EXPIRED, "client_secret_expired", "invalid_client", 401, \
        TOKEX_LEVEL_NOTICE, \
        "Client authentication failed.", \
        "The secret was right once, but its time has ended.", \
        "Give the client its current secret.") \
    TOKEX_CODE(CLIENT_DISABLED, "client_disabled", "invalid_client", 401, TOKEX_LEVEL_NOTICE, \
        "Client authentication failed.", \
        "The client is switched off.", \
        "Switch the client on if it may be served.") \
    TOKEX_CODE(CLIENT_PUBLIC, "client_public", "invalid_client", 401, TOKEX_LEVEL_NOTICE, \
        "Client authentication failed.", \
        "The client has no secret; only confidential clients may exchange tokens.", \
        "Give the client a secret.") \
    TOKEX_CODE(CLIENT_GRANT, "client_grant", "unauthorized_client", 400, TOKEX_LEVEL_NOTICE, \
        "The client is not allowed to use this grant type.", \
        "The client is known, but the grant type is not among its own.", \
        "Add the grant type that the log names to grant_types of the client if it may use it.") \
    /* the parameters of the exchange */ \
    TOKEX_CODE(EXCHANGE_OFF, "exchange_off", "unsupported_grant_type", 400, TOKEX_LEVEL_NOTICE, \
        "The grant type is not supported.", \
        "Token exchange is switched off here.", \
        "Set `TokexExchange on` where it should be served.") \
    /* what brings a token to a protected location (RFC 6750); the status is the one there */ \
    TOKEX_CODE(BEARER_MISSING, "bearer_missing", "invalid_request", 401, TOKEX_LEVEL_INFO, \
        "There is no bearer token.", \
        "The request has no Authorization header with a bearer token.", \
        "Send `Authorization: Bearer TOKEN`; a token in the query or the body is not read.") \
    TOKEX_CODE(BEARER_MALFORMED, "bearer_malformed", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The Authorization header is not as RFC 6750 section 2.1 writes it.", \
        "The Authorization header is not `Bearer`, one or more blanks and one token.", \
        "Send `Authorization: Bearer TOKEN` once.") \
    TOKEX_CODE(BEARER_TWICE, "bearer_twice", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The request has a token in more than one place.", \
        "There is a token in the Authorization header and one in the query (RFC 6750 section 2).", \
        "Send the token in the Authorization header alone.") \
    TOKEX_CODE(USER_CLAIM, "user_claim", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The token does not say who it is for.", \
        "The token has no text in the claim that names the user.", \
        "Correct TokexUserClaim of the location, or map a claim to that name.") \
    TOKEX_CODE(GRANT_TYPE_MISSING, "grant_type_missing", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The parameter grant_type is missing.", \
        "No grant_type was sent.", \
        "Send the grant_type; that of an exchange is " \
        "urn:ietf:params:oauth:grant-type:token-exchange.") \
    TOKEX_CODE(GRANT_TYPE, "grant_type", "unsupported_grant_type", 400, TOKEX_LEVEL_INFO, \
        "The grant type is not supported.", \
        "The grant_type is none that there is here.", \
        "Send urn:ietf:params:oauth:grant-type:token-exchange (RFC 8693), " \
        "urn:ietf:params:oauth:grant-type:jwt-bearer (RFC 7523) or refresh_token.") \
    TOKEX_CODE(SUBJECT_TOKEN_MISSING, "subject_token_missing", "invalid_request", 400, \
        TOKEX_LEVEL_INFO, \
        "The parameter subject_token is missing.", \
        "No subject_token was sent, or an empty one.", \
        "Send the token to be exchanged.") \
    TOKEX_CODE(SUBJECT_TOKEN_TYPE_MISSING, "subject_token_type_missing", "invalid_request", 400, \
        TOKEX_LEVEL_INFO, \
        "The parameter subject_token_type is missing.", \
        "No subject_token_type was sent.", \
        "Send the type of the subject token.") \
    TOKEX_CODE(SUBJECT_TOKEN_TYPE, "subject_token_type", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject_token_type is not supported.", \
        "The subject token's type is not access_token, jwt or id_token, or the issuer " \
        "is not set up for it.", \
        "Send a type that the metadata lists; check the issuer's token types.") \
    TOKEX_CODE(REQUESTED_TOKEN_TYPE, "requested_token_type", "invalid_request", 400, \
        TOKEX_LEVEL_INFO, \
        "The requested_token_type is not supported.", \
        "The type asked for is not access_token or jwt.", \
        "Leave requested_token_type out, or send one of the two.") \
    TOKEX_CODE(ACTOR_TOKEN_MISSING, "actor_token_missing", "invalid_request", 400, \
        TOKEX_LEVEL_INFO, \
        "The parameter actor_token is missing.", \
        "The request has an actor_token_type but no actor_token.", \
        "Send both, or neither.") \
    TOKEX_CODE(ACTOR_TOKEN_TYPE_MISSING, "actor_token_type_missing", "invalid_request", 400, \
        TOKEX_LEVEL_INFO, \
        "The parameter actor_token_type is missing.", \
        "The request has an actor_token but no actor_token_type.", \
        "Send both, or neither.") \
    TOKEX_CODE(ACTOR_TOKEN_TYPE, "actor_token_type", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The actor_token_type is not supported.", \
        "The type is not access_token, jwt or id_token, or the issuer's tokens are not " \
        "accepted as it.", \
        "Send the type of the actor token; compare the issuer's setting `token_types`.") \
    TOKEX_CODE(RESOURCE, "resource", "invalid_target", 400, TOKEX_LEVEL_INFO, \
        "The resource is not an absolute URI without a fragment.", \
        "A `resource` is relative, has a fragment or is no URI (RFC 8707 section 2).", \
        "Send the resource's absolute URI.") \
    /* the subject token: how it is written */ \
    TOKEX_CODE(TOKEN_SIZE, "token_size", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The token is larger than the limit.", \
        "Ask the issuer for a smaller token.") \
    TOKEX_CODE(TOKEN_SHAPE, "token_shape", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The token is not a JWS in compact form: three parts joined by dots, none of " \
        "them empty.", \
        "Send the JWT exactly as it was issued.") \
    TOKEX_CODE(TOKEN_ENCRYPTED, "token_encrypted", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The token is encrypted (a JWE).", \
        "Have the issuer send signed tokens that are not encrypted.") \
    TOKEX_CODE(TOKEN_ENCODING, "token_encoding", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "A part of the token is not canonical base64url.", \
        "Send the JWT exactly as it was issued.") \
    TOKEX_CODE(TOKEN_HEADER, "token_header", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The JOSE header is too large or not a strict JSON object.", \
        "Ask the issuer; a sound JOSE library does not make such a header.") \
    TOKEX_CODE(TOKEN_ALG, "token_alg", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The header's alg is missing, not a string, or not a signature algorithm that " \
        "is supported; HS256, HS384, HS512 and none never are.", \
        "Have the issuer sign with RS256, ES256, EdDSA or another algorithm of the " \
        "list.") \
    TOKEX_CODE(TOKEN_CRIT, "token_crit", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The header has crit or b64, which no extension of ours understands.", \
        "Have the issuer leave the extension out.") \
    TOKEX_CODE(TOKEN_KID, "token_kid", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The header's kid is not a string or is too long.", \
        "Ask the issuer; a kid is a short string.") \
    TOKEX_CODE(TOKEN_TYP, "token_typ", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The header's typ is not the one that the issuer's setting asks for.", \
        "Check the issuer's setting `typ` against its tokens.") \
    TOKEX_CODE(TOKEN_CLAIMS, "token_claims", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The claims are not a strict JSON object.", \
        "Ask the issuer; a sound JOSE library does not make such claims.") \
    /* the subject token: who made it */ \
    TOKEX_CODE(ISSUER_MISSING, "issuer_missing", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The claim iss is missing or not a string.", \
        "Use tokens of an issuer that names itself.") \
    TOKEX_CODE(ISSUER_UNKNOWN, "issuer_unknown", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "No trusted issuer has exactly this iss.", \
        "Register the issuer; compare letter by letter, a trailing slash makes " \
        "another issuer.") \
    TOKEX_CODE(ISSUER_DISABLED, "issuer_disabled", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The issuer is switched off.", \
        "Switch the issuer on if its tokens may be exchanged.") \
    TOKEX_CODE(ISSUER_RULE, "issuer_rule", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "No rule of the client accepts tokens of this issuer.", \
        "Add a rule for the issuer to the client if it may exchange such tokens.") \
    TOKEX_CODE(ISSUER_LOCATION, "issuer_location", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The protected location does not trust this issuer; without a list of its own it " \
        "trusts the only issuer that is enabled, and none when there are several.", \
        "Name the issuer in TokexTrustedIssuers of the location, or our own tokens in " \
        "TokexOwnTokens.") \
    TOKEX_CODE(OWN_CLAIMS, "own_claims", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "A token of ours lacks a claim that an access token has (RFC 9068 section 2.2).", \
        "Find out what issued it under our key.") \
    TOKEX_CODE(OWN_CLIENT, "own_client", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The client that our token was issued to is switched off or gone.", \
        "Switch the client on if its tokens may be used.") \
    TOKEX_CODE(OWN_ISSUER, "own_issuer", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The issuer that the user of our token came from is switched off or gone.", \
        "Switch the issuer on if its users may come in.") \
    TOKEX_CODE(ALG_NOT_ALLOWED, "alg_not_allowed", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The algorithm is not on the issuer's list.", \
        "Add the algorithm to the issuer if it really signs with it.") \
    TOKEX_CODE(KEY_UNKNOWN, "key_unknown", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The issuer has no key that fits the token's kid and algorithm.", \
        "Check the issuer's keys; it may have rotated them.") \
    TOKEX_CODE(KEY_EXPIRED, "key_expired", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The certificate that the key came in has expired or is not valid yet.", \
        "Give the issuer its current certificate; allow_expired_certificates lets an old " \
        "one count.") \
    TOKEX_CODE(KEY_AMBIGUOUS, "key_ambiguous", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The token has no kid and several keys of the issuer fit.", \
        "Have the issuer send a kid, or leave only one key that fits.") \
    TOKEX_CODE(KEYS_UNAVAILABLE, "keys_unavailable", "temporarily_unavailable", 503, \
        TOKEX_LEVEL_ERROR, \
        "The keys of the token's issuer cannot be asked for at the moment.", \
        "No key that is there fits, and a source of the issuer's keys gave none, gave them too " \
        "long ago, or could not be asked.", \
        "Look whether this server reaches the issuer's jwks_urls and metadata_url; what is " \
        "there already goes on being used.") \
    /* opaque tokens, and UserInfo */ \
    TOKEX_CODE(OPAQUE_ISSUER, "opaque_issuer", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The token is opaque, and more than one issuer may have made it; it is shown to none of " \
        "them to find out.", \
        "Say in opaque_issuer of the client whose opaque tokens it brings; for a location name " \
        "one such issuer in TokexTrustedIssuers.") \
    TOKEX_CODE(TOKEN_INACTIVE, "token_inactive", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The issuer says that the token is not good, or not any more.", \
        "Get a new token; if this one should be good, look which client introspection_client_id " \
        "is at the issuer.") \
    TOKEX_CODE(INTROSPECTED_ISSUER, "introspected_issuer", "invalid_request", 400, \
        TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "What introspection says of the token names another issuer.", \
        "Compare `iss` in the answer with the issuer's setting, letter by letter.") \
    TOKEX_CODE(INTROSPECTED_TYPE, "introspected_type", "invalid_request", 400, \
        TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "What introspection says of the token is that it is no bearer access token.", \
        "Bring the access token and not, for instance, the refresh token.") \
    TOKEX_CODE(USERINFO_SUBJECT, "userinfo_subject", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "UserInfo has no sub, or another one than the token.", \
        "Ask the issuer; both are about the same person (OpenID Connect Core 1.0 section 5.3.2).") \
    TOKEX_CODE(ISSUER_UNAVAILABLE, "issuer_unavailable", "temporarily_unavailable", 503, \
        TOKEX_LEVEL_ERROR, \
        "The issuer of the token cannot be asked about it at the moment.", \
        "Introspection or UserInfo of the issuer did not answer, or not as it should.", \
        "The reason says what was wrong; `tokexctl issuer test ID` asks both from this host.") \
    TOKEX_CODE(SIGNATURE, "signature", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The signature does not verify.", \
        "Check that the issuer's keys are its current ones and that the token was not " \
        "changed on its way.") \
    /* the subject token: what it says */ \
    TOKEX_CODE(AUD_MALFORMED, "aud_malformed", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The claim aud is missing, empty or not a string or a list of strings.", \
        "Use tokens that name their audience.") \
    TOKEX_CODE(AUD_WRONG, "aud_wrong", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The token is not for us: aud holds neither our issuer URL nor an audience " \
        "that the issuer's setting lists.", \
        "Add the audience that the issuer uses for us to the issuer, or ask it for a " \
        "token for us.") \
    TOKEX_CODE(TIME_MALFORMED, "time_malformed", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "One of exp, nbf and iat is not a number of seconds in range.", \
        "Ask the issuer; these claims are NumericDate.") \
    TOKEX_CODE(EXP_MISSING, "exp_missing", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The claim exp is missing.", \
        "Use tokens that end.") \
    TOKEX_CODE(EXPIRED, "expired", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The token's time has ended, the leeway included.", \
        "Get a new token; if it should still live, compare the clocks.") \
    TOKEX_CODE(NOT_YET_VALID, "not_yet_valid", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "nbf or iat lies in the future by more than the leeway.", \
        "Compare the clocks of the issuer and of this server.") \
    TOKEX_CODE(IAT_MISSING, "iat_missing", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The issuer has a largest age, and the token has no iat.", \
        "Use tokens with iat, or take the largest age away.") \
    TOKEX_CODE(TOO_OLD, "too_old", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The token was issued longer ago than the issuer's largest age.", \
        "Get a new token, or raise the largest age.") \
    TOKEX_CODE(TIMES_CROSSED, "times_crossed", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The token ends before it begins: exp is before iat or nbf.", \
        "Ask the issuer.") \
    TOKEX_CODE(SUB_MALFORMED, "sub_malformed", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The claim sub is missing, empty, too long or not a string.", \
        "Use tokens that name their subject.") \
    TOKEX_CODE(SUB_IS_CLIENT, "sub_is_client", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The foreign subject has the name of one of our clients, so the issued token " \
        "could be taken for the client's own.", \
        "Rename the client; its id must not be a subject of an issuer.") \
    TOKEX_CODE(TOKEN_BOUND, "token_bound", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The token is bound to a key (cnf), and no proof of that key can be given " \
        "here.", \
        "Use a token that is not bound.") \
    TOKEX_CODE(ACT_MALFORMED, "act_malformed", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The claim act is not a chain of actors: an object with the text sub, a text iss " \
        "if any and an act like it if any, at most 8 deep; or a foreign issuer names " \
        "an actor as ours.", \
        "Ask the issuer; RFC 8693 section 4.1 says how act is written.") \
    TOKEX_CODE(MAY_ACT_MALFORMED, "may_act_malformed", "invalid_request", 400, \
        TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The claim may_act is not an object with the text sub, and a text iss if any.", \
        "Ask the issuer; RFC 8693 section 4.4 says how may_act is written.") \
    TOKEX_CODE(ISSUER_CONDITION, "issuer_condition", "invalid_request", 400, \
        TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "A condition of the issuer does not hold for the token's claims.", \
        "Compare the claim that the log names with the issuer's conditions.") \
    /* the actor token */ \
    TOKEX_CODE(ACTOR_TOKEN, "actor_token", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The actor token is not accepted.", \
        "The actor token fails one of the checks of a subject token; the reason says which.", \
        "Read the remedy of the code that the reason names.") \
    TOKEX_CODE(ACTOR_DELEGATED, "actor_delegated", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The actor token is not accepted.", \
        "The actor token has act: who really acts would be lost.", \
        "Use a token that the actor got for itself.") \
    /* the local account of the subject */ \
    TOKEX_CODE(SUB_IS_ACCOUNT, "sub_is_account", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The foreign subject begins as the ids of local accounts do, so the issued token could " \
        "be taken for an account's.", \
        "Have the issuer give its users other subjects.") \
    TOKEX_CODE(ACCOUNT_DISABLED, "account_disabled", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The local account of the subject is switched off.", \
        "Switch it on with `tokexctl account set NAME active=true`, or where the site keeps it, " \
        "if its user may come in.") \
    TOKEX_CODE(ACCOUNT_LOCKED, "account_locked", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The local account of the subject is locked for some time.", \
        "Wait until then, or unlock it with `tokexctl account set NAME locked_until=`, or where " \
        "the site keeps it.") \
    TOKEX_CODE(ACCOUNT_GONE, "account_gone", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "A local account that a token of ours names, or as which somebody is signed in, was " \
        "removed; or the subject is linked to one that the site's source of accounts does not " \
        "show.", \
        "Get a new token; one of the same name that was made anew is another account. Links to " \
        "accounts of the site stay until `tokexctl link remove`.") \
    TOKEX_CODE(ACCOUNT_AMBIGUOUS, "account_ambiguous", "invalid_request", 400, TOKEX_LEVEL_ERROR, \
        "The subject token is not accepted.", \
        "A lookup attribute of the token is that of several local accounts, so none was linked.", \
        "Find out whose it is and take it from the others, or link the subject by hand with " \
        "`tokexctl link add`.") \
    TOKEX_CODE(ACCOUNT_NONE, "account_none", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject has no linked account.", \
        "The client has mandate_account, the subject is not linked to a local account, and no " \
        "lookup attribute finds one.", \
        "Link the subject with `tokexctl link add`, or compare the issuer's lookup_primary and " \
        "lookup_secondary, and local_attributes of the client.") \
    TOKEX_CODE(ACCOUNT_UNVERIFIED, "account_unverified", "invalid_request", 400, \
        TOKEX_LEVEL_NOTICE, \
        "The subject has no linked account.", \
        "The issuer did not verify the attribute by which an account would be looked for.", \
        "Have the issuer send email_verified or phone_number_verified true; username and " \
        "attributes count where the issuer is authoritative_for them.") \
    TOKEX_CODE(ACCOUNT_PRIVILEGED, "account_privileged", "invalid_request", 400, \
        TOKEX_LEVEL_NOTICE, \
        "The subject has no linked account.", \
        "The account that the lookup finds is privileged, and the issuer may not find those.", \
        "Link the subject by hand with `tokexctl link add` if it really is that account.") \
    TOKEX_CODE(ACCOUNT_TAKEN, "account_taken", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject is linked already.", \
        "A user wanted to link a subject that is linked to another account.", \
        "Remove the other link first, if both accounts are the same person's.") \
    TOKEX_CODE(LINK_SUBJECT, "link_subject", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject cannot be linked.", \
        "Users link their subjects at other issuers; this token is ours, or a machine's.", \
        "Present a token that the issuer gave to the user.") \
    TOKEX_CODE(ACCOUNT_CHANGED, "account_changed", "temporarily_unavailable", 503, \
        TOKEX_LEVEL_NOTICE, \
        "The request could not be completed at the moment.", \
        "While the subject was to be linked it was linked to another account, or the account was " \
        "removed.", \
        "Send the request again: the link that is there now decides.") \
    TOKEX_CODE(ACCOUNT_UNAVAILABLE, "account_unavailable", "temporarily_unavailable", 503, \
        TOKEX_LEVEL_ERROR, \
        "The request could not be completed at the moment.", \
        "Local accounts decide here, and state.db cannot be read, or the link that is to be made " \
        "not written; or the database or directory of the site could not be asked for one.", \
        "Look at state.db with `tokexctl doctor --user USER`, and at what TokexAccountQuery or " \
        "TokexAccountLDAP names; exchanges without accounts go on.") \
    /* what may be granted */ \
    TOKEX_CODE(TARGET_UNKNOWN, "target_unknown", "invalid_target", 400, TOKEX_LEVEL_NOTICE, \
        "The requested target is not accepted.", \
        "No target has this audience or resource.", \
        "Check the value, or register the target.") \
    TOKEX_CODE(TARGET_DISABLED, "target_disabled", "invalid_target", 400, TOKEX_LEVEL_NOTICE, \
        "The requested target is not accepted.", \
        "The target is switched off.", \
        "Switch the target on if it may be reached.") \
    TOKEX_CODE(TARGET_RULE, "target_rule", "invalid_target", 400, TOKEX_LEVEL_NOTICE, \
        "The requested target is not accepted.", \
        "No rule of the client lets tokens of this issuer reach the target.", \
        "Add the target to a rule of the client.") \
    TOKEX_CODE(TARGET_SUBJECT, "target_subject", "invalid_target", 400, TOKEX_LEVEL_NOTICE, \
        "The requested target is not accepted.", \
        "The subject token was not issued for the target, which the rule's narrow_audience asks " \
        "for.", \
        "Have the issuer name the target in aud, or unset narrow_audience of the rule.") \
    TOKEX_CODE(TARGET_ALGORITHMS, "target_algorithms", "invalid_target", 400, TOKEX_LEVEL_NOTICE, \
        "The requested targets cannot share one token.", \
        "Tokens for the requested targets are signed with different algorithms, and a token has " \
        "one signature.", \
        "Ask for the targets one by one, or give them the same algorithm.") \
    TOKEX_CODE(TOKEN_FORMAT, "token_format", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The requested_token_type is not supported.", \
        "A JWT was asked for, and the token would be opaque: the client or one of the targets " \
        "has it so.", \
        "Leave requested_token_type out, or set token_format of the object that the log names.") \
    TOKEX_CODE(TARGET_NONE, "target_none", "invalid_target", 400, TOKEX_LEVEL_NOTICE, \
        "A target must be named.", \
        "No audience or resource was asked for and the rule has no default target.", \
        "Send `audience` or `resource`, or give the rule a default target.") \
    TOKEX_CODE(RULE_CONDITION, "rule_condition", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The rules of the client that name issuer and targets have conditions that do not " \
        "hold for the token's claims.", \
        "Compare the claim that the log names with the rule's conditions.") \
    TOKEX_CODE(MACHINE_TOKEN, "machine_token", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "A mark of the issuer says that the token is a machine's, and the rule takes none.", \
        "Use a user's token, or set machine_tokens of the rule.") \
    TOKEX_CODE(IMPERSONATION_RULE, "impersonation_rule", "invalid_request", 400, \
        TOKEX_LEVEL_NOTICE, \
        "The delegation is not accepted.", \
        "No actor token was sent and the rule does not allow impersonation.", \
        "Send an actor token, or set impersonation or client_as_actor of the rule.") \
    TOKEX_CODE(DELEGATION_RULE, "delegation_rule", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The delegation is not accepted.", \
        "There is an actor and the rule does not allow delegation.", \
        "Leave the actor token out, or set delegation of the rule.") \
    TOKEX_CODE(ACTOR_RULE, "actor_rule", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The delegation is not accepted.", \
        "None of the rule's actors fits the actor token, and no may_act that the issuer's " \
        "setting accepts names it.", \
        "Add issuer and subject of the actor to the rule's actors.") \
    TOKEX_CODE(MAY_ACT, "may_act", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The delegation is not accepted.", \
        "The claim may_act names somebody else than the actor, or than the client where " \
        "there is no actor token.", \
        "Exchange the token through the party that it names.") \
    TOKEX_CODE(ACT_DEPTH, "act_depth", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The delegation is not accepted.", \
        "The chain of actors is longer than max_actors of the rule.", \
        "Shorten the chain, or raise max_actors.") \
    TOKEX_CODE(SCOPE_MALFORMED, "scope_malformed", "invalid_scope", 400, TOKEX_LEVEL_INFO, \
        "The requested scope is not accepted.", \
        "The scope is too long or holds characters that RFC 6749 section 3.3 forbids.", \
        "Send scope tokens separated by single blanks.") \
    TOKEX_CODE(SCOPE_CLIENT, "scope_client", "invalid_scope", 400, TOKEX_LEVEL_NOTICE, \
        "The requested scope is not accepted.", \
        "A scope was asked for that the client is not registered for, or that is " \
        "never granted by exchange (openid, offline_access).", \
        "Register the scope for the client, or do not ask for it.") \
    TOKEX_CODE(SCOPE_EMPTY, "scope_empty", "invalid_scope", 400, TOKEX_LEVEL_INFO, \
        "The requested scope is not accepted.", \
        "Nothing of the scope asked for is left after narrowing to the subject token, " \
        "the client, the rule and the target.", \
        "Compare the four lists; tokexctl and the audit line name them.") \
    TOKEX_CODE(LIFETIME, "lifetime", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "No second of life is left for the issued token.", \
        "Get a new subject token.") \
    TOKEX_CODE(CLAIMS_SIZE, "claims_size", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The claims that the mapping makes are larger or more than the limit.", \
        "Map fewer or smaller claims.") \
    TOKEX_CODE(MAPPING_TYPE, "mapping_type", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "A value is not of the kind that is needed.", \
        "A mapping row found a value of another kind than its transform or its type asks for.", \
        "Compare the row that the log names with what the issuer or the client sends.") \
    TOKEX_CODE(MAPPING_MISSING, "mapping_missing", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "A value that is needed is missing.", \
        "A mapping row found nothing, and its if_missing is refuse.", \
        "Have the issuer or the client send the value, or let the row skip it.") \
    TOKEX_CODE(MAPPING_PARAMETER, "mapping_parameter", "invalid_request", 400, \
        TOKEX_LEVEL_INFO, \
        "A parameter that is needed is missing in the token exchange request.", \
        "A mapping row reads a parameter that was not sent, and its if_missing is refuse.", \
        "Send the parameter that the log names.") \
    /* procedures */ \
    TOKEX_CODE(PROCEDURE_DENIED, "procedure_denied", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The request is not accepted.", \
        "The procedure of the rule or the client returned tokex.DENY.", \
        "Read the reason that the log names, and the procedure.") \
    TOKEX_CODE(PROCEDURE_REQUEST, "procedure_request", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The request is not accepted.", \
        "The procedure of the rule or the client refused the request.", \
        "Send what the text asks for, or change the procedure.") \
    TOKEX_CODE(PROCEDURE_GRANT, "procedure_grant", "invalid_grant", 400, TOKEX_LEVEL_INFO, \
        "The token is not accepted.", \
        "The procedure of the rule or the client refused the token that was presented.", \
        "Read the reason that the log names, and the procedure.") \
    TOKEX_CODE(PROCEDURE_SCOPE, "procedure_scope", "invalid_scope", 400, TOKEX_LEVEL_INFO, \
        "The requested scope is not accepted.", \
        "The procedure of the rule or the client refused the scope.", \
        "Read the reason that the log names, and the procedure.") \
    TOKEX_CODE(PROCEDURE_TARGET, "procedure_target", "invalid_target", 400, TOKEX_LEVEL_INFO, \
        "The requested target is not accepted.", \
        "The procedure of the rule or the client refused the target.", \
        "Read the reason that the log names, and the procedure.") \
    TOKEX_CODE(PROCEDURE_CLIENT, "procedure_client", "unauthorized_client", 400, TOKEX_LEVEL_INFO, \
        "The client may not do this.", \
        "The procedure of the rule or the client refused the client.", \
        "Read the reason that the log names, and the procedure.") \
    TOKEX_CODE(PROCEDURE_OFF, "procedure_off", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "The procedure that the exchange must pass is switched off.", \
        "Switch it on, or take it out of the rule and the client.") \
    TOKEX_CODE(PROCEDURE_ERROR, "procedure_error", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "The procedure failed: it made an error that the log names with its line.", \
        "Mend the procedure; `tokexctl try` shows what it does to a token.") \
    TOKEX_CODE(PROCEDURE_SPENT, "procedure_spent", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "The procedure was stopped: it used more instructions or more time than it may.", \
        "Make it do less; `tokexctl try` shows how many instructions it uses.") \
    TOKEX_CODE(PROCEDURE_MEMORY, "procedure_memory", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "The procedure was stopped: it used more memory than it may.", \
        "Make it keep less, and build no long texts.") \
    TOKEX_CODE(PROCEDURE_RESULT, "procedure_result", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "The procedure returned neither tokex.OK nor tokex.DENY, or left something in r.grant " \
        "that no token can hold.", \
        "Return one of the two, and put texts, finite numbers, booleans and tables of these into " \
        "r.grant.") \
    TOKEX_CODE(PROCEDURE_CLAIM, "procedure_claim", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "The procedure set a claim that the server alone writes, or one with a name that none " \
        "has.", \
        "Choose another name in r.grant.claims; sub, aud, scope and the like are not there.") \
    TOKEX_CODE(PROCEDURE_WIDER_SCOPE, "procedure_wider_scope", "server_error", 500, \
        TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "The procedure granted a scope beyond those that it was given and the rule's " \
        "procedure_scopes.", \
        "Add the scope to procedure_scopes of the rule, and to the targets, or do not grant it.") \
    TOKEX_CODE(PROCEDURE_WIDER_AUDIENCE, "procedure_wider_audience", "server_error", 500, \
        TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "The procedure named an audience beyond those that it was given, or none.", \
        "Take audiences away only, and leave one.") \
    TOKEX_CODE(PROCEDURE_LIFETIME, "procedure_lifetime", "server_error", 500, TOKEX_LEVEL_ERROR, \
        "The server could not complete the request.", \
        "The procedure set an end or a lifetime that is no whole number of seconds, or beyond " \
        "what it may: that which it was given, or procedure_lifetime of the rule and lifetime " \
        "of the targets.", \
        "Reckon in seconds, not in milliseconds; set procedure_lifetime of the rule for longer.") \
    /* what was taken back; introspection and revocation */ \
    TOKEX_CODE(TOKEN_REVOKED, "token_revoked", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The subject token is not accepted.", \
        "The token was taken back, or something that it comes from, or all tokens of its " \
        "subject, its client or its issuer from before a moment.", \
        "Get a new token; `tokexctl token list` shows the revocation that the log names.") \
    TOKEX_CODE(LINEAGE, "lineage", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "What the token comes from is more than an issued token may name, or not well said, so " \
        "the issued token could not be revoked together with it.", \
        "Exchange a token that has been exchanged less often.") \
    TOKEX_CODE(TOKEN_MISSING, "token_missing", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The parameter token is missing.", \
        "A client asked about a token, or gave one back, and sent none.", \
        "Send the token in the parameter token.") \
    TOKEX_CODE(REVOKE_CLIENT, "revoke_client", "invalid_grant", 400, TOKEX_LEVEL_NOTICE, \
        "The token was issued to another client.", \
        "A client gave a token back that was issued to another one; it stays good.", \
        "Let the client give it back that the log names, or run `tokexctl token revoke`.") \
    TOKEX_CODE(REVOKE_TYPE, "revoke_type", "unsupported_token_type", 400, TOKEX_LEVEL_NOTICE, \
        "Tokens of this type cannot be revoked.", \
        "A client gave back what we signed but what is no access token.", \
        "Give back the access token.") \
    TOKEX_CODE(REVOKE_STORE, "revoke_store", "temporarily_unavailable", 503, TOKEX_LEVEL_ERROR, \
        "The token could not be revoked and stays good; try again later.", \
        "The revocation could not be written into state.db.", \
        "Look at state.db as the log says; the client has to send the request again.") \
    /* refresh tokens (RFC 6749 section 6) */ \
    TOKEX_CODE(REFRESH_MISSING, "refresh_missing", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The parameter refresh_token is missing.", \
        "A client asked with grant_type refresh_token and sent none.", \
        "Send the refresh token in the parameter refresh_token.") \
    TOKEX_CODE(REFRESH_PARAMETER, "refresh_parameter", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "A parameter cannot stand beside a refresh token.", \
        "A client sent a parameter of an exchange beside its refresh token, which stands for the " \
        "exchange as it was.", \
        "Send scope alone, to have less; for another target or subject, exchange a token.") \
    TOKEX_CODE(REFRESH_UNKNOWN, "refresh_unknown", "invalid_grant", 400, TOKEX_LEVEL_INFO, \
        "The refresh token is not accepted.", \
        "There is no such refresh token: it was never issued here, or it has ended and is " \
        "forgotten.", \
        "Exchange a token.") \
    TOKEX_CODE(REFRESH_CLIENT, "refresh_client", "invalid_grant", 400, TOKEX_LEVEL_NOTICE, \
        "The refresh token is not accepted.", \
        "The refresh token was issued to another client; it stays good.", \
        "Find out how the client came by it.") \
    TOKEX_CODE(REFRESH_REUSED, "refresh_reused", "invalid_grant", 400, TOKEX_LEVEL_NOTICE, \
        "The refresh token is not accepted.", \
        "The refresh token was used before: it was copied, or the client did not keep the new " \
        "one. All that came of the exchange is taken back.", \
        "Exchange a token. When the client did not lose it, look for who else has it.") \
    TOKEX_CODE(REFRESH_EXPIRED, "refresh_expired", "invalid_grant", 400, TOKEX_LEVEL_INFO, \
        "The refresh token is not accepted.", \
        "The refresh token has ended: with the subject token, or by refresh_lifetime of the " \
        "rule.", \
        "Exchange a token; set refresh_lifetime of the rule for a longer time.") \
    TOKEX_CODE(REFRESH_REVOKED, "refresh_revoked", "invalid_grant", 400, TOKEX_LEVEL_INFO, \
        "The refresh token is not accepted.", \
        "The refresh token was taken back, or all tokens of its client from before a moment.", \
        "Exchange a token; `tokexctl token list` shows the revocation that the log names.") \
    TOKEX_CODE(REFRESH_PARTY, "refresh_party", "invalid_grant", 400, TOKEX_LEVEL_INFO, \
        "The refresh token is not accepted.", \
        "Who the exchange was for is not accepted any more; the code that the log names says " \
        "why.", \
        "See what that code says.") \
    TOKEX_CODE(REFRESH_SCOPE, "refresh_scope", "invalid_scope", 400, TOKEX_LEVEL_INFO, \
        "The requested scope is not accepted.", \
        "A scope was asked for that the exchange did not grant.", \
        "Ask for less, or exchange a token.") \
    TOKEX_CODE(REFRESH_STORE, "refresh_store", "temporarily_unavailable", 503, TOKEX_LEVEL_ERROR, \
        "The refresh token cannot be used at the moment; it stays good.", \
        "state.db could not be read or written.", \
        "Look at state.db as the log says; the client may try again.") \
    /* assertions (RFC 7523 section 2.1), and tokens that count once */ \
    TOKEX_CODE(ASSERTION_MISSING, "assertion_missing", "invalid_request", 400, TOKEX_LEVEL_INFO, \
        "The parameter assertion is missing.", \
        "A client asked with the grant type of RFC 7523 and sent no assertion, or an empty one.", \
        "Send the JWT in the parameter assertion.") \
    TOKEX_CODE(ASSERTION_PARAMETER, "assertion_parameter", "invalid_request", 400, \
        TOKEX_LEVEL_INFO, \
        "A parameter cannot stand beside an assertion.", \
        "A client sent a parameter of token exchange (RFC 8693) beside an assertion.", \
        "Send scope, audience and resource alone; where there is an actor, exchange a token.") \
    TOKEX_CODE(ASSERTION, "assertion", "invalid_grant", 400, TOKEX_LEVEL_NOTICE, \
        "The assertion is not accepted.", \
        "The assertion fails one of the checks of a subject token, or is not for us alone; the " \
        "reason says which.", \
        "Read the remedy of the code that the reason names.") \
    TOKEX_CODE(ASSERTION_SPENT, "assertion_spent", "invalid_grant", 400, TOKEX_LEVEL_NOTICE, \
        "The assertion is not accepted.", \
        "An assertion of this issuer with the same jti was accepted before; each counts once.", \
        "Get a new assertion for each request. When the client did, look for who else has them.") \
    TOKEX_CODE(TOKEN_SPENT, "token_spent", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "A token of this issuer with the same jti was accepted before, and one_time of the " \
        "issuer says that each counts once.", \
        "Get a new token for each request. When the client did, look for who else has them.") \
    TOKEX_CODE(JTI_MISSING, "jti_missing", "invalid_request", 400, TOKEX_LEVEL_NOTICE, \
        "The subject token is not accepted.", \
        "The claim jti is missing, empty or no text, and the token is an assertion, or one_time " \
        "of its issuer is set: it cannot be told whether it was accepted before.", \
        "Have the issuer send a jti.") \
    TOKEX_CODE(SPENT_FULL, "spent_full", "temporarily_unavailable", 503, TOKEX_LEVEL_ERROR, \
        "The request could not be completed at the moment.", \
        "As many tokens that count once were accepted as can be kept in mind until they end, so " \
        "no more of them are.", \
        "Have issuers give such tokens a shorter life, or a client bring fewer of them; the log " \
        "says how many there are.") \
    TOKEX_CODE(SPENT_STORE, "spent_store", "temporarily_unavailable", 503, TOKEX_LEVEL_ERROR, \
        "The request could not be completed at the moment.", \
        "state.db could not be read or written, so that nobody can tell whether a token that " \
        "counts once was accepted before.", \
        "Look at state.db as the log says; the client may try again with the same token.") \
    /* end of list */
/* clang-format on */

#endif
