/* JSON answers, never httpd's own pages: the handler sets the status itself and reports OK, so no
 * ErrorDocument of the site takes the answer's place. */
#ifndef MOD_TOKEX_ANSWER_H
#define MOD_TOKEX_ANSWER_H

#include <httpd.h>

/* What every answer of the token endpoint, and every error, needs: not stored, not compressed
 * beside input that a caller chose, nobody's cookie (RFC 6749 section 5.1). */
void tokex_answer_private(request_rec *r);

/* Sends `len` octets of JSON (to live as long as `r`) with `status`. Returns what a handler
 * returns: OK. */
int tokex_answer_json(request_rec *r, int status, const char *body, apr_size_t len);

/*
 * An error that is no outcome of an exchange: no such address, wrong method, nothing loaded.
 * `error` as in RFC 6749 section 5.2, `description` for people, both literals.
 */
int tokex_answer_error(request_rec *r, int status, const char *error, const char *description);

/* A receipt: what a person quotes and the operator finds in the logs. Never NULL; "-" when the
 * random source failed, which is logged. */
const char *tokex_answer_receipt(request_rec *r);

#endif
