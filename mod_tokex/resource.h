/*
 * Metadata of protected resources (RFC 9728): a public document for each location that says
 * TokexResourceMetadata, and its address for challenges.
 */
#ifndef MOD_TOKEX_RESOURCE_H
#define MOD_TOKEX_RESOURCE_H

#include "directives.h"

/* NULL, or what keeps `url` from being the identifier of a resource (RFC 9728 section 1.2) whose
 * document can be found by its path. */
const char *tokex_resource_fault(const char *url, apr_pool_t *pool);

/* Of the document for a resource whose identifier is good: where it is on its host, and its URL
 * (RFC 9728 section 3). */
const char *tokex_resource_path(const char *identifier, apr_pool_t *pool);
const char *tokex_resource_address(const char *identifier, apr_pool_t *pool);

/* The location whose document `r` asks for by its path; NULL: none. */
const tokex_dir_t *tokex_resource_find(const tokex_conf_t *conf, const request_rec *r);

/* access_checker_ex: a request for a document (the state's `described`) passes where a token would
 * be asked for, because it says how to get one. Other rules of httpd stay. */
int tokex_resource_pass(request_rec *r);

/* Answer it. */
int tokex_resource_answer(request_rec *r, const tokex_conf_t *conf);

#endif
