/* By what a token may have been taken back, read from what it says. */
#ifndef TOKEX_EXCHANGE_MARKS_H
#define TOKEX_EXCHANGE_MARKS_H

#include "base/json.h"
#include "exchange/host.h"

/* Marks an ancestor as a client of ours that a token before this one was issued to. No id begins
 * with it, and no jti of ours. */
#define TOKEX_ANCESTOR_CLIENT '@'

/* What a token of ours says of itself; texts NULL and nodes NULL where it does not. */
typedef struct tokex_own_names_t {
    const char *jti;
    const char *client; /* client_id */
    const char *idp;
    const char *sub;
    const tokex_json_t *lineage;
    const tokex_json_t *act;
    int64_t issued; /* as in tokex_marks_t */
} tokex_own_names_t;

/* Reads them from its claims. */
void tokex_marks_names(tokex_own_names_t *out, const tokex_json_t *claims);

/*
 * The marks of a token of ours: itself, its ancestors and their clients, its client, its subject
 * and where that is from, `self`, and the same of each of its actors, whose issuers are found in
 * `policy`. False when its lineage or its
 * act is not of the shape that we write: then nobody can say what it comes from.
 */
bool tokex_marks_own(tokex_marks_t *out, const tokex_own_names_t *names,
                     const tokex_policy_t *policy);

/* The marks of a token of the issuer with the id `issuer`: itself where it has a jti, its subject,
 * its issuer. What it says of ancestors counts nothing. */
void tokex_marks_foreign(tokex_marks_t *out, const char *issuer, const tokex_json_t *claims);

#endif
